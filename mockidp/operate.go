package mockidp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
)

// connection is what operations of one application need: its tenant's profile and a client. It is made again when the
// settings change.
type connection struct {
	app     *App
	m       *Manners
	prof    *profile.Profile
	client  *exchange.Client
	profs   *profile.Set
	updated time.Time
}

// connect makes the connection of an application.
func (i *IdP) connect(app *App) (*connection, error) {
	m, base := i.manners[app.Profile], i.o.Profiles.Profile(app.Profile)
	if m == nil || base == nil {
		return nil, fmt.Errorf("the application %s is of the profile %s, which this scimmage does not have", app.Name, app.Profile)
	}
	prof, err := m.tenant(base, &app.Settings)
	if err != nil {
		return nil, err
	}
	if _, named := prof.Traits["app"]; named { // in the texts that administrators read
		prof.Traits["app"] = app.Name
	}
	c := &connection{app: app, m: m, prof: prof, updated: app.Updated, profs: &profile.Set{Profiles: []*profile.Profile{prof}}}
	for _, p := range i.o.Profiles.Profiles {
		if p.ID != prof.ID {
			q, err := m.tenant(p, &app.Settings)
			if err != nil {
				return nil, err
			}
			c.profs.Profiles = append(c.profs.Profiles, q)
		}
	}
	c.client, err = i.client(app)
	return c, err
}

// client is the exchange client of an application. Nothing is retried in it: what follows a 429 or a broken connection is the
// business of the identity provider's schedule.
func (i *IdP) client(app *App) (*exchange.Client, error) {
	secrets, err := i.vault.open(app.ID, app.secret)
	if err != nil {
		return nil, &problemError{409, err.Error()}
	}
	a := app.Settings.Auth
	auth := exchange.Auth{Kind: a.Kind, Token: secrets.Token, User: a.User, Password: secrets.Password, TokenURL: a.TokenURL, ClientID: a.ClientID, ClientSecret: secrets.ClientSecret, Scopes: a.Scopes, AuthStyle: a.Style}
	cfg := exchange.Config{BaseURL: app.Settings.BaseURL, Auth: auth, Rules: exchange.GuardRules{Open: true}, MaxRetries429: -1, Clock: i.o.System, Rand: i.o.Rand, RecordBody: 64 << 10}
	if f := app.Faults; f.on() {
		cfg.Wrap = func(next http.RoundTripper) http.RoundTripper { return newFaulty(next, f, i.o.System.Sleep) }
	}
	c, err := exchange.New(cfg)
	if err != nil {
		return nil, &problemError{409, "the settings of the application are not complete: " + err.Error()}
	}
	return c, nil
}

// want is one operation that is to be done.
type want struct {
	operation string
	args      map[string]any
	kind      string
	object    string
	cycle     int64
	profile   string // another dialect than the application's
	progress  func(exchanges int)
	list      string // variable of the operation whose resources are kept: of an import, or of a look-up
}

// operate does one operation through the engine: the only way in which this package causes a request. The record is not stored yet.
func (i *IdP) operate(ctx context.Context, c *connection, w want) (*Op, error) {
	profileID := firstNonEmpty(w.profile, c.prof.ID)
	prof := c.profs.Profile(profileID)
	if prof == nil || prof.Operation(w.operation) == nil {
		return nil, conflict("%s does nothing of the kind %s", profileID, w.operation)
	}
	def := prof.Operation(w.operation)
	op := &Op{App: c.app.ID, Kind: w.kind, Object: w.object, Operation: profileID + "/" + w.operation, Title: def.Intent(w.args), At: i.now(), Cycle: w.cycle, Evidence: def.Evidence, Source: def.Source}
	op.Args = keepArgs(w.args)
	rec := &recorder{op: op, progress: w.progress, target: targetOf(w.args)}
	e := engine.New(engine.Options{
		Library: i.o.Library, Profiles: c.profs, Client: c.client, Clock: i.o.System, Sink: rec, Tool: i.o.Tool,
		Run: result.Run{ID: c.app.ID, Prefix: c.app.ID, Seed: seedOf(c.app.ID, op.At)}, Info: result.Target{URL: c.client.BaseURL()},
	})
	id := "mockidp/" + w.operation
	start := i.o.System.Now()
	res, err := e.Do(ctx, id, profileID, w.operation, w.args)
	if err != nil {
		return nil, err
	}
	op.MS = float64(i.o.System.Now().Sub(start).Microseconds()) / 1000
	op.OK, op.Message = res.OK, res.Message
	if !op.OK && op.Message == "" {
		op.Message = firstNonEmpty(rec.reason, rec.blocked, "the operation could not be completed")
	}
	op.Checks = append(op.Checks, e.Automatic()...)
	for _, ch := range op.Checks {
		switch ch.Outcome {
		case result.Fail:
			op.Failures++
		case result.Warn:
			op.Warnings++
		}
	}
	op.Warnings += len(res.Warnings)
	op.Notes = append(op.Notes, res.Warnings...)
	op.outcome()
	if w.list != "" {
		op.listed = resources(res.Vars[w.list])
	}
	return op, nil
}

// resources of a variable: a list of them, or one.
func resources(v any) (out []map[string]any) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (o *Op) outcome() {
	switch {
	case !o.OK || o.Failures > 0:
		o.Outcome = result.Fail
	case o.Warnings > 0:
		o.Outcome = result.Warn
	default:
		o.Outcome = result.Pass
	}
}

// seedOf makes the random values of probes differ from run to run, and be the same for the same mock time.
func seedOf(app string, at time.Time) int64 {
	n := at.UnixMilli()
	for _, c := range app {
		n = n*31 + int64(c)
	}
	return n & (1<<62 - 1)
}

func targetOf(args map[string]any) string {
	for _, name := range []string{"person", "group"} {
		if m, ok := args[name].(map[string]any); ok {
			if t := text(m["target"]); t != "" {
				return t
			}
		}
	}
	return ""
}

// keepArgs keeps what an operation was about, for the person who makes a test of it. Passwords are not kept.
func keepArgs(args map[string]any) json.RawMessage {
	b, err := json.Marshal(withoutSecrets(args))
	if err != nil || len(b) > 64<<10 {
		return nil
	}
	return b
}

func withoutSecrets(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, x := range t {
			if k != "password" && k != "remote" && k != "pushedMembers" {
				out[k] = withoutSecrets(x)
			}
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, x := range t {
			out[i] = withoutSecrets(x)
		}
		return out
	}
	return v
}

// recorder takes the events of one operation.
type recorder struct {
	mu       sync.Mutex
	op       *Op
	target   string
	reason   string
	blocked  string
	progress func(int)
}

// Emit implements result.Sink.
func (r *recorder) Emit(e result.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e.Exchange != nil:
		r.exchange(e.Exchange)
	case e.Check != nil:
		c := *e.Check
		if c.Outcome != result.Skip {
			r.op.Checks = append(r.op.Checks, c)
		}
		if c.Finding() {
			r.blocked = c.Summary
		}
	case e.Type == result.CaseEnded && e.Ended != nil:
		r.reason = e.Ended.Reason
	case e.Type == result.Noted:
		r.op.Notes = append(r.op.Notes, e.Text)
	}
}

func (r *recorder) exchange(x *result.Exchange) {
	keep := *x
	keep.Request.RawBody = nil
	r.op.limited = false
	r.op.unsure = r.op.unsure || undecided(x)
	if keep.Response != nil {
		resp := *keep.Response
		resp.RawBody = nil
		keep.Response = &resp
		r.op.limited = resp.Status == http.StatusTooManyRequests || resp.Status == http.StatusServiceUnavailable && resp.Header("Retry-After") != ""
		r.op.retryAfter = resp.Header("Retry-After")
		if resp.Status == http.StatusNotFound && r.target != "" && (x.Request.Path == "/Users/"+r.target || x.Request.Path == "/Groups/"+r.target) {
			r.op.gone = true
		}
	}
	r.op.Requests++
	if len(r.op.Exchanges) < maxKept {
		r.op.Exchanges = append(r.op.Exchanges, &Exchange{App: r.op.App, At: r.op.At, Exchange: &keep})
	}
	if r.progress != nil {
		r.progress(r.op.Requests)
	}
}

// undecided: whether a write was done is not known. A conflict may be with what the same request has made: it was delivered twice.
func undecided(x *result.Exchange) bool {
	if x.Request.Method == "GET" {
		return false
	}
	return x.Response == nil || x.Response.Status >= 500 || x.Request.Method == "POST" && x.Response.Status == http.StatusConflict
}

// maxKept bounds the exchanges that one operation keeps: an import of a large application has thousands, all alike.
const maxKept = 200
