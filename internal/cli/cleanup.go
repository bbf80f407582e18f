package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
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

// sweep removes objects of earlier runs.
type sweep struct {
	e       *env
	client  *exchange.Client
	removed int
	left    []result.Object
}

func (e *env) cleanupAction(c *cli.Context) error {
	s, err := e.settings(c)
	if err != nil {
		return err
	}
	var objects []result.Object
	target := ""
	if !c.IsSet("prefix") {
		if objects, target, err = e.journalObjects(c.String("journal")); err != nil {
			return err
		}
	}
	if s.text("url", s.file.URL) == "" {
		s.file.URL = target
	}
	base, err := s.targetURL()
	if err != nil {
		return err
	}
	cfg, err := s.exchangeConfig(base)
	if err != nil {
		return err
	}
	client, err := exchange.New(cfg)
	if err != nil {
		return usagef("", "%v", err)
	}
	defer client.Close()
	w := &sweep{e: e, client: client}
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

// journalObjects lists what a journal says was intended or created and not deleted.
func (e *env) journalObjects(path string) ([]result.Object, string, error) {
	if path == "" {
		last, err := lastJournalPath(e.sys)
		if err != nil {
			return nil, "", usagef("give --journal FILE", "%v", err)
		}
		path = last
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", usagef("", "--journal: %v", err)
	}
	l := ledger{state: map[string]int{}}
	if _, err := result.ReadJournal(bytes.NewReader(data), result.SinkFunc(l.take)); err != nil {
		return nil, "", usagef("", "%s: %v", path, err)
	}
	return l.open(), l.url, nil
}

// ledger follows intents, creates and deletes of a journal.
type ledger struct {
	url   string
	list  []result.Object
	state map[string]int
}

func (l *ledger) take(ev result.Event) {
	if ev.Target != nil {
		l.url = ev.Target.URL
	}
	if ev.Object == nil {
		return
	}
	o := *ev.Object
	o.Endpoint = strings.Trim(o.Endpoint, "/")
	switch ev.Type {
	case result.ObjectIntent:
		l.list = append(l.list, o)
	case result.ObjectCreated:
		for i := range l.list {
			if l.list[i].ID == "" && l.list[i].Endpoint == o.Endpoint && l.list[i].Marker == o.Marker && l.list[i].Case == o.Case {
				l.list[i] = o
				return
			}
		}
		l.list = append(l.list, o)
	case result.ObjectDeleted:
		for i := range l.list {
			if l.list[i].ID == o.ID && l.list[i].Endpoint == o.Endpoint {
				l.list[i].State = "deleted"
			}
		}
	}
}

func (l *ledger) open() []result.Object {
	var out []result.Object
	for i := len(l.list) - 1; i >= 0; i-- {
		if l.list[i].State != "deleted" {
			out = append(out, l.list[i])
		}
	}
	return out
}

// find looks for people and groups whose name begins with the prefix of a run.
func (w *sweep) find(ctx context.Context, prefix string) ([]result.Object, error) {
	if len(prefix) < 8 {
		return nil, usagef("give the whole prefix of the run, such as scimmage-4f2a", "--prefix %q is too short to be safe", prefix)
	}
	var out []result.Object
	for _, k := range []struct{ endpoint, name string }{{"Groups", "displayName"}, {"Users", "userName"}} {
		list, err := w.list(ctx, k.endpoint)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			name := m.Get(k.name).Str()
			if strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) {
				out = append(out, result.Object{Endpoint: k.endpoint, ID: m.Get("id").Str(), Marker: name})
			}
		}
	}
	return out, nil
}

const sweepPages = 2000

// list walks a collection by index paging; it ends at a page that brings nothing new.
func (w *sweep) list(ctx context.Context, endpoint string) ([]scim.View, error) {
	var out []scim.View
	seen := map[string]bool{}
	for start := 1; start < sweepPages*100; {
		x := w.client.Do(ctx, exchange.Request{Method: "GET", Path: "/" + endpoint, RawQuery: fmt.Sprintf("startIndex=%d&count=100", start), Header: acceptSCIM()})
		if x.Error != nil || x.Response.Status != 200 {
			if endpoint == "Groups" && x.Response != nil {
				return out, nil
			}
			return nil, &exitError{exitUntestable, "GET /" + endpoint + " failed: " + outcomeOf(x), ""}
		}
		v, err := scim.ParseView(x.Response.RawBody)
		if err != nil {
			return nil, &exitError{exitUntestable, err.Error(), ""}
		}
		fresh := 0
		for _, r := range v.Get("Resources").Items() {
			if id := r.Get("id").Str(); !seen[id] {
				seen[id] = true
				fresh++
				out = append(out, r)
			}
		}
		start += max(v.Get("Resources").Len(), 1)
		if fresh == 0 || int64(start) > v.Get("totalResults").Int() {
			break
		}
	}
	return out, nil
}

func acceptSCIM() []exchange.Header {
	return []exchange.Header{{Name: "Accept", Value: "application/scim+json"}}
}

func outcomeOf(x *result.Exchange) string {
	if x.Error != nil {
		return x.Error.Message
	}
	return fmt.Sprintf("status %d", x.Response.Status)
}

func (e *env) agree(c *cli.Context, base string, objects []result.Object) error {
	for _, o := range objects {
		fmt.Fprintf(e.err, "  %s/%s  %s\n", o.Endpoint, o.ID, o.Marker)
	}
	if len(objects) == 0 || c.Bool("yes") {
		return nil
	}
	if _, ok := e.sys.Terminal(e.in); !ok {
		return usagef("add --yes to agree", "%d objects on %s would be deleted", len(objects), base)
	}
	fmt.Fprintf(e.err, "Delete these %d objects on %s? [y/N] ", len(objects), base)
	var answer string
	if _, err := fmt.Fscanln(e.in, &answer); err != nil || answer != "y" && answer != "yes" {
		return &exitError{exitUsage, "nothing deleted", ""}
	}
	return nil
}

func (w *sweep) all(ctx context.Context, objects []result.Object) {
	for _, o := range objects {
		if o.ID == "" {
			o.ID = w.lookUp(ctx, o)
			if o.ID == "" {
				continue // the create never happened
			}
		}
		w.remove(ctx, o)
	}
}

// lookUp finds an object of which only the intent is known: the run died before the answer came.
func (w *sweep) lookUp(ctx context.Context, o result.Object) string {
	attr := "userName"
	if strings.EqualFold(o.Endpoint, "Groups") {
		attr = "displayName"
	}
	q := "filter=" + strings.ReplaceAll(url.QueryEscape(attr+" eq "+fmt.Sprintf("%q", o.Marker)), "+", "%20")
	x := w.client.Do(ctx, exchange.Request{Method: "GET", Path: "/" + o.Endpoint, RawQuery: q, Header: acceptSCIM()})
	if x.Error != nil || x.Response.Status != 200 {
		w.leave(o, "could not be looked up: "+outcomeOf(x))
		return ""
	}
	v, err := scim.ParseView(x.Response.RawBody)
	if err != nil {
		return ""
	}
	for _, r := range v.Get("Resources").Items() {
		if strings.EqualFold(r.Get(attr).Str(), o.Marker) {
			return r.Get("id").Str()
		}
	}
	return ""
}

// remove deletes one object, after the guard has read it back and seen our name on it.
func (w *sweep) remove(ctx context.Context, o result.Object) {
	if err := w.client.Guard().Claim(o.Endpoint, o.ID, exchange.Evidence{Marker: o.Marker}); err != nil {
		w.leave(o, err.Error())
		return
	}
	path := "/" + o.Endpoint + "/" + url.PathEscape(o.ID)
	x := w.client.Do(ctx, exchange.Request{Method: "DELETE", Path: path, Header: acceptSCIM()})
	switch {
	case x.Error != nil:
		w.leave(o, x.Error.Message)
	case x.Response.Status == 404 || x.Response.Status == 410:
	case x.Response.Status >= 200 && x.Response.Status < 300:
		w.removed++
	default:
		w.deactivate(ctx, o, path, x)
	}
}

func (w *sweep) deactivate(ctx context.Context, o result.Object, path string, del *result.Exchange) {
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
	x := w.client.Do(ctx, exchange.Request{Method: "PATCH", Path: path, Body: body, HasBody: true, Header: append(acceptSCIM(), exchange.Header{Name: "Content-Type", Value: "application/scim+json"})})
	why := "DELETE: " + outcomeOf(del)
	if x.Error == nil && x.Response.Status < 300 {
		why += "; deactivated instead"
	}
	w.leave(o, why)
}

func (w *sweep) leave(o result.Object, why string) {
	o.Why = why
	w.left = append(w.left, o)
}

func (w *sweep) report() error {
	fmt.Fprintf(w.e.out, "removed %d objects\n", w.removed)
	for _, o := range w.left {
		fmt.Fprintf(w.e.out, "left %s/%s (%s): %s\n", o.Endpoint, o.ID, o.Marker, o.Why)
	}
	if len(w.left) > 0 {
		return &exitError{exitFail, fmt.Sprintf("%d objects are still there", len(w.left)), ""}
	}
	return nil
}
