package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/internal/sweep"
)

func (e *env) cleanupCommand() *cli.Command {
	return &cli.Command{
		Name: "cleanup", Usage: "remove what an interrupted run left behind",
		UsageText: "scimmage cleanup --journal run.ndjson [--url URL]\nscimmage cleanup --prefix scimmage-4f2a --url URL",
		Flags: append(targetFlags(),
			&cli.StringFlag{Name: "journal", Usage: "journal of the run (default: the last run on this machine)"},
			&cli.StringFlag{Name: "prefix", Usage: "find leftovers by the prefix of the run when its journal is lost; asks first"},
			flag("yes", "do not ask", "y")),
		Action: e.cleanupAction,
	}
}

// broom removes objects of earlier runs.
type broom struct {
	e       *env
	sweep   sweep.Sweeper
	removed int
	left    []result.Object
}

func (e *env) cleanupAction(c *cli.Context) error {
	s, err := e.settings(c)
	if err != nil {
		return err
	}
	var objects []result.Object
	mark := c.String("prefix")
	if !c.IsSet("prefix") {
		l, err := e.readLedger(c.String("journal"))
		if err != nil {
			return err
		}
		objects, mark = l.Open(), l.Mark()
		if s.text("url", s.file.URL) == "" {
			s.file.URL = l.URL
		}
	}
	base, err := s.targetURL()
	if err != nil {
		return err
	}
	cfg, err := s.exchangeConfig(base)
	if err != nil {
		return err
	}
	cfg.Rules.RunID = mark // an object without it in its name is not touched, whatever the journal says
	client, err := exchange.New(cfg)
	if err != nil {
		return usagef("", "%v", err)
	}
	defer client.Close()
	w := &broom{e: e, sweep: sweep.Sweeper{Do: client.Do, Guard: client.Guard(), Mark: mark}}
	if prefix := c.String("prefix"); c.IsSet("prefix") {
		if objects, err = w.find(c.Context, prefix); err != nil {
			return err
		}
		if err := e.agree(c, base, objects); err != nil {
			return err
		}
	}
	w.all(c.Context, objects)
	return w.report()
}

// readLedger reads what a journal says of the objects of its run.
func (e *env) readLedger(path string) (*sweep.Ledger, error) {
	if path == "" {
		last, err := lastJournalPath(e.sys)
		if err != nil {
			return nil, usagef("give --journal FILE", "%v", err)
		}
		path = last
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("", "--journal: %v", err)
	}
	var l sweep.Ledger
	if _, err := result.ReadJournal(bytes.NewReader(data), &l); err != nil {
		return nil, usagef("", "%s: %v", path, err)
	}
	if l.Prefix == "" {
		return nil, usagef("is this the journal of a run?", "%s names no run", path)
	}
	return &l, nil
}

// find looks for people and groups whose name begins with the prefix of a run.
func (w *broom) find(ctx context.Context, prefix string) ([]result.Object, error) {
	if !strings.HasPrefix(prefix, "scimmage-") || len(prefix) < len("scimmage-0000") {
		return nil, usagef("give the whole prefix of the run, such as scimmage-4f2a", "--prefix %q is no prefix of a run, and too short to be safe", prefix)
	}
	var out []result.Object
	for _, endpoint := range []string{"Groups", "Users"} {
		err := w.sweep.Walk(ctx, endpoint, "", sweep.All, func(r scim.View) {
			if name := r.Get(sweep.NameOf(endpoint)).Str(); strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) {
				out = append(out, result.Object{Endpoint: endpoint, ID: r.Get("id").Str(), Marker: name})
			}
		})
		if err != nil && endpoint == "Users" {
			return nil, &exitError{exitUntestable, err.Error(), ""}
		}
	}
	return out, nil
}

func (e *env) agree(c *cli.Context, base string, objects []result.Object) error {
	for _, o := range objects {
		fmt.Fprintf(e.err, "  %s/%s  %s\n", o.Endpoint, oneLine(o.ID), oneLine(o.Marker))
	}
	if len(objects) == 0 || c.Bool("yes") {
		return nil
	}
	if _, ok := e.sys.Terminal(e.in); !ok {
		return usagef("add --yes to agree", "%s on %s would be deleted", counted(len(objects), "object", "objects"), base)
	}
	fmt.Fprintf(e.err, "Delete %s on %s? [y/N] ", counted(len(objects), "object", "objects"), base)
	var answer string
	if _, err := fmt.Fscanln(e.in, &answer); err != nil || answer != "y" && answer != "yes" {
		return &exitError{exitUsage, "nothing deleted", ""}
	}
	return nil
}

func (w *broom) all(ctx context.Context, objects []result.Object) {
	for _, o := range objects {
		switch o = w.sweep.Remove(ctx, o); o.State {
		case sweep.Deleted:
			w.removed++
		case sweep.Absent:
		case sweep.Deactivated:
			o.Why += "; deactivated instead"
			w.left = append(w.left, o)
		default:
			w.left = append(w.left, o)
		}
	}
}

func (w *broom) report() error {
	fmt.Fprintf(w.e.out, "removed %s\n", counted(w.removed, "object", "objects"))
	for _, o := range w.left {
		fmt.Fprintf(w.e.out, "left %s/%s (%s): %s\n", oneLine(o.Endpoint), oneLine(o.ID), oneLine(o.Marker), oneLine(o.Why))
	}
	if len(w.left) > 0 {
		return &exitError{exitFail, "still there: " + counted(len(w.left), "object", "objects"), ""}
	}
	return nil
}
