package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/claims"
	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

func (e *env) runCommand() *cli.Command {
	var flags []cli.Flag
	flags = append(append(append(flags, targetFlags()...), runFlags()...), showFlags()...)
	return &cli.Command{
		Name: "run", Usage: "play the identity providers against a target, judge every answer, score and report",
		UsageText: "scimmage run --demo -o html=report.html\nSCIMMAGE_TOKEN=… scimmage run --url https://app.example.com/scim/v2 -o html=report.html -o junit=junit.xml",
		Flags:     flags, Action: e.runAction,
	}
}

// job is one run with everything it holds open.
type job struct {
	e      *env
	s      *settings
	outs   []output
	fold   *result.Fold
	opts   engine.Options
	base   string
	demo   bool
	close  []func()
	status *status
	engine *engine.Engine
}

func (e *env) runAction(c *cli.Context) (err error) {
	e.limitMemory()
	s, err := e.settings(c)
	if err != nil {
		return err
	}
	j := &job{e: e, s: s, demo: c.Bool("demo"), fold: result.NewFold()}
	defer func() {
		for i := len(j.close) - 1; i >= 0; i-- {
			j.close[i]()
		}
	}()
	if err := j.prepare(c); err != nil {
		return err
	}
	return j.execute(c)
}

// prepare checks everything that can be checked before the first request.
func (j *job) prepare(c *cli.Context) error {
	var err error
	if j.outs, err = j.e.outputs(c, j.s.file.Outputs); err != nil {
		return err
	}
	if err := checkFailOn(j.failOn()); err != nil {
		return err
	}
	if path := j.s.text("baseline", j.s.file.Baseline); path != "" {
		if _, err := readBaseline(path); err != nil {
			return err
		}
	}
	lib, profiles, err := loadLibrary(split(j.s.lines("suite", j.s.file.Suites)))
	if err != nil {
		return err
	}
	if err := checkClaims(c.String("claims"), lib.library, profiles); err != nil {
		return err
	}
	cfg, err := j.config(c)
	if err != nil {
		return err
	}
	if err := j.options(c, &cfg); err != nil {
		return err
	}
	if profiles, err = choose(c, profiles); err != nil {
		return err
	}
	if profiles, err = j.e.remap(c, profiles); err != nil {
		return err
	}
	if j.opts.Target.People, err = j.e.readPeople(c.String("people")); err != nil {
		return err
	}
	j.opts.Library, j.opts.Profiles = lib.library, profiles
	j.opts.Suites = lib.selection
	if err := engine.New(j.opts).Check(); err != nil {
		return selectionError(err)
	}
	if err := j.openJournal(c, &cfg); err != nil {
		return err
	}
	cfg.OnSide = func(x *result.Exchange) { j.engine.Side(x) }
	cfg.Rules = exchange.GuardRules{TrustEcho: j.demo, RunID: j.opts.Mark()}
	if j.opts.Client, err = exchange.New(cfg); err != nil {
		return usagef("", "%v", err)
	}
	j.opts.Consent = j.consent
	j.engine = engine.New(j.opts)
	j.close = append(j.close, func() { j.opts.Client.Close() })
	return nil
}

// config decides the target: the embedded provider or a URL.
func (j *job) config(c *cli.Context) (exchange.Config, error) {
	if !j.demo {
		if len(c.StringSlice("defect")) > 0 {
			return exchange.Config{}, usagef("add --demo, or start scimmage provider with the defect", "--defect makes our own provider wrong; it needs --demo")
		}
		base, err := j.s.targetURL()
		if err != nil {
			return exchange.Config{}, err
		}
		j.base = base
		return j.s.exchangeConfig(base)
	}
	if c.IsSet("url") && c.String("url") != "" {
		return exchange.Config{}, usagef("leave one of them out", "--demo and --url exclude each other")
	}
	p, err := startProvider("127.0.0.1:0", demoOptions(split(c.StringSlice("defect")), j.e.sys))
	if err != nil {
		return exchange.Config{}, err
	}
	j.close = append(j.close, p.stop)
	j.base = p.public
	cfg, err := j.s.exchangeConfig(p.base)
	if err != nil && cfg.BaseURL == "" {
		cfg = exchange.Config{BaseURL: p.base, UserAgent: "scimmage/" + Version, Clock: j.e.sys}
	}
	if p.public != p.base { // a name that only the defect knows: nothing is looked up, and nothing leaves the machine
		cfg.BaseURL, cfg.Handler = p.public, p.handler
	}
	cfg.Auth = exchange.Auth{Kind: "bearer", Token: p.token}
	j.opts.Target.AuthB = &exchange.Auth{Kind: "bearer", Token: p.tokenB}
	return cfg, nil
}

func (j *job) options(c *cli.Context, cfg *exchange.Config) error {
	seed := c.Int64("seed")
	if seed == 0 {
		seed = j.e.sys.Entropy()
	}
	target, err := j.s.target()
	if err != nil {
		return err
	}
	if target.AuthB == nil {
		target.AuthB = j.opts.Target.AuthB
	}
	feats, err := j.s.features()
	if err != nil {
		return err
	}
	shard, err := j.s.shard()
	if err != nil {
		return err
	}
	prefix := engine.RunPrefix(seed)
	j.opts.Clock, j.opts.Target, j.opts.Features, j.opts.Shard = j.e.sys, target, feats, shard
	j.opts.IDPs = split(j.s.lines("idp", j.s.file.IDPs))
	j.opts.Only, j.opts.Skip = split(c.StringSlice("only")), split(append(c.StringSlice("skip"), j.s.file.Skip...))
	j.opts.RateTest, j.opts.Remote = c.Bool("rate-test"), remote(j.base)
	j.opts.MaxDuration = j.s.maxDuration(j.base)
	j.opts.Tool = tool()
	j.opts.Run = result.Run{ID: prefix, Prefix: prefix, Seed: seed, Jobs: max(j.s.number("jobs", j.s.file.Jobs), 1), ReadOnly: cfg.ReadOnly, Demo: j.demo,
		Defects: split(c.StringSlice("defect")), FailOn: j.failOn(), Command: again(c, j.base, j.demo)}
	j.opts.Info = result.Target{URL: j.base, Title: j.s.file.Title, Auth: cfg.Auth.Kind, Insecure: cfg.Insecure}
	return nil
}

func (j *job) failOn() string {
	if v := j.s.text("fail-on", j.s.file.FailOn); v != "" {
		return v
	}
	return "must"
}

func checkFailOn(v string) error {
	switch v {
	case "must", "should", "any":
		return nil
	}
	return usagef(didYouMean(v, []string{"must", "should", "any"}), "--fail-on %q", v)
}

// openJournal writes the journal of this run to the place asked for and always to the cache, where
// replay and cleanup look for the last run.
func (j *job) openJournal(c *cli.Context, cfg *exchange.Config) error {
	var sinks []result.Sink
	sinks = append(sinks, j.fold)
	if path := c.String("journal"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			return usagef("", "--journal: %v", err)
		}
		j.close = append(j.close, func() { _ = f.Close() })
		sinks = append(sinks, result.NewJournalWriter(f))
	}
	if f := j.lastJournal(); f != nil {
		j.close = append(j.close, func() { _ = f.Close() })
		sinks = append(sinks, result.NewJournalWriter(f))
	}
	j.status = newStatus(j.e, c)
	sinks = append(sinks, j.status)
	tee := lockedSink(result.Tee(sinks...))
	j.opts.Sink = tee
	cfg.OnCreateIntent = func(_ context.Context, in exchange.Intent) error {
		tee.Emit(result.Event{Type: result.ObjectIntent, At: j.e.sys.Now().UTC(), Case: in.Case, Object: &result.Object{Endpoint: in.Endpoint, Marker: in.Marker, Case: in.Case, State: "intended"}})
		return nil
	}
	cfg.OnCreated = func(cr exchange.Created) {
		made := result.Event{Type: result.ObjectCreated, At: j.e.sys.Now().UTC(), Case: cr.Case, Object: &result.Object{Endpoint: cr.Endpoint, ID: cr.ObjectID, Marker: cr.Marker, Location: cr.Location, Case: cr.Case, State: "created"}}
		tee.Emit(j.opts.Client.Redactor().Event(made)) // id and Location are the server's words
	}
	cfg.OnCreateRejected = func(in exchange.Intent, status int) {
		o := result.Object{Endpoint: in.Endpoint, Marker: in.Marker, Case: in.Case, State: "failed"}
		if status != 0 {
			o.Why = fmt.Sprintf("the create was answered %d", status)
		}
		tee.Emit(result.Event{Type: result.ObjectRefused, At: j.e.sys.Now().UTC(), Case: in.Case, Object: &o})
	}
	cfg.OnDeleted = func(d exchange.Deleted) {
		gone := result.Event{Type: result.ObjectDeleted, At: j.e.sys.Now().UTC(), Case: d.Case, Object: &result.Object{Endpoint: d.Endpoint, ID: d.ObjectID, Case: d.Case, State: "deleted"}}
		tee.Emit(j.opts.Client.Redactor().Event(gone)) // so that it is the id of its create
	}
	return nil
}

// lastJournalPath is where the journal of the newest run stands.
func lastJournalPath(sys system) (string, error) {
	dir, err := sys.CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "scimmage", "last.ndjson"), nil
}

// lastJournal is best effort: a machine without a cache directory still runs tests.
func (j *job) lastJournal() *os.File {
	path, err := lastJournalPath(j.e.sys)
	if err != nil || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "run-*.ndjson")
	if err != nil {
		return nil
	}
	// Runs at the same time each have a file of their own; the newest one is the last run.
	if os.Rename(f.Name(), path) != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil
	}
	return f
}

// consent says what a run will do to a target that is not on this machine, and asks.
func (j *job) consent() error {
	if j.opts.Run.ReadOnly || !j.opts.Remote || j.demo || j.s.c.Bool("dry-run") || j.s.on("yes", j.s.file.Yes) {
		return nil
	}
	say := fmt.Sprintf("This run creates, changes and deletes test people and groups on %s.\nTheir names begin with %q; nothing else is touched; everything is removed at the end.", j.base, j.opts.Run.Prefix)
	if _, ok := j.e.sys.Terminal(j.e.in); !ok {
		return usagef("add --yes to agree, or --read-only to send nothing but GET", "%s", say)
	}
	fmt.Fprintf(j.e.err, "%s\nGo on? [y/N] ", say)
	var answer string
	if _, err := fmt.Fscanln(j.e.in, &answer); err != nil || answer != "y" && answer != "Y" && answer != "yes" {
		return &exitError{exitUsage, "not started", ""}
	}
	return nil
}

// execute runs the engine, writes every report and decides the exit code.
func (j *job) execute(c *cli.Context) error {
	eng := j.engine
	if c.Bool("dry-run") {
		return j.dryRun(c.Context, eng)
	}
	diag, err := eng.Run(c.Context)
	j.status.finish()
	if err != nil {
		var sel *engine.SelectionError
		if errors.As(err, &sel) {
			return selectionError(err)
		}
		var x *exitError
		if errors.As(err, &x) {
			return x
		}
		return brokenf("%v", err)
	}
	doc := j.fold.Document()
	if err := addClaims(c.String("claims"), doc); err != nil {
		return err
	}
	drift, err := j.baseline(c, doc)
	if err != nil {
		return err
	}
	history := j.s.text("history", j.s.file.History)
	if history != "" {
		if err := addTrend(history, doc); err != nil {
			return err
		}
	}
	if err := j.e.write(c, doc, j.outs, true); err != nil {
		return err
	}
	if history != "" {
		if err := appendHistory(history, doc); err != nil {
			return err
		}
		if !c.Bool("quiet") {
			fmt.Fprintln(j.e.err, trendLine(doc))
		}
	}
	return j.verdict(c, doc, diag, drift)
}

// verdict turns the document into the exit code.
func (j *job) verdict(c *cli.Context, doc *result.Document, diag *result.Diagnosis, drift bool) error {
	n := doc.Counts
	fails := failing(doc, j.failOn()) || claims.Fails(doc.Claims, j.failOn())
	switch {
	case c.Context.Err() != nil:
		return &exitError{exitInterrupted, "interrupted; the report is partial", ""}
	case diag != nil:
		return &exitError{exitUntestable, diag.Message, diag.Hint}
	case ourFault(doc):
		return &exitError{exitBroken, "a suite of scimmage is broken here; its cases are marked error", "please report it with the journal"}
	case fails:
		return &exitError{code: exitFail}
	case c.IsSet("fail-under") && doc.Score.Percent < c.Float64("fail-under"):
		return tooLow(doc, c.Float64("fail-under"))
	case n.Cases[result.Error] > 0 && n.Cases[result.Pass]+n.Cases[result.Warn]+n.Cases[result.Info] == 0:
		return &exitError{exitUntestable, "nothing could be judged", ""}
	case doc.Run.Partial:
		return &exitError{exitUntestable, "the run is not whole: " + doc.Run.PartialWhy, "what was judged until then is in the report"}
	case drift:
		return errDrift()
	}
	return nil
}

func ourFault(doc *result.Document) bool {
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if c.Outcome == result.Error && (strings.HasPrefix(c.Reason, result.SuiteBroken) || strings.HasPrefix(c.Reason, result.OurBug)) {
				return true
			}
		}
	}
	return false
}

func selectionError(err error) error {
	what := "cases"
	var sel *engine.SelectionError
	if errors.As(err, &sel) {
		what = firstOf(map[string]string{"suite": "suites", "identity provider": "idps"}[sel.What], what)
	}
	return usagef("scimmage list "+what+" shows them all", "%v", err)
}
