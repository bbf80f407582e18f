package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/internal/sweep"
)

// lastTry removes at the end of a run what its cases could not.
type lastTry struct {
	e      *Engine
	w      sweep.Sweeper
	n      int
	silent bool // the first request that stays without an answer ends it
}

// surveyPages bounds the search where a server does not filter: leftovers are the newest, but nobody knows on which page those are.
const surveyPages = 3

// sweep is the last try: objects that the target did not answer about, or whose id turned out to be somebody else's, creates
// whose end nobody knows (no answer, a 5xx, a success without an id: real servers fail after the change was made), and whatever
// else carries a name of this run. What is left then is listed.
func (e *Engine) sweep(ctx context.Context) {
	ctx, cancel := outlasting(ctx)
	defer cancel()
	t := &lastTry{e: e}
	t.w = sweep.Sweeper{Guard: e.o.Client.Guard(), Do: t.do, Mark: e.o.Mark()}
	open := e.leave.take()
	for _, in := range e.o.Client.Unsettled() {
		open = append(open, result.Object{Endpoint: strings.Trim(in.Endpoint, "/"), Marker: in.Marker, Case: in.Case, State: "intended", Why: "its create got no clear answer"})
	}
	for _, o := range open {
		t.remove(ctx, o)
	}
	if e.o.Shard[1] < 2 && !e.breaker.lost() { // the other parts of a run have the same prefix
		t.survey(ctx)
	}
}

func (t *lastTry) do(ctx context.Context, r exchange.Request) *result.Exchange {
	t.n++
	r.ID, r.Case, r.Step = fmt.Sprintf("cleanup#%d", t.n), "cleanup", "sweep"
	x := t.e.o.Client.Do(ctx, r)
	t.silent = t.silent || x.Response == nil && x.Error != nil && x.Error.Kind != exchange.KindGuard
	t.e.record(x)
	return x
}

func (t *lastTry) remove(ctx context.Context, o result.Object) {
	if t.silent || ctx.Err() != nil {
		t.e.left(o.Case, o, o.Why)
		return
	}
	switch done := t.w.Remove(ctx, o); done.State {
	case sweep.Deleted:
		done.Case = o.Case
		t.e.emit(result.Event{Type: result.ObjectDeleted, Case: o.Case, Object: &done})
		if o.ID == "" { // the id under which it was reported is not the one under which it was found
			o.State = done.State
			t.e.emit(result.Event{Type: result.ObjectDeleted, Case: o.Case, Object: &o})
		}
	case sweep.Absent:
		done.Case = o.Case
		t.e.emit(result.Event{Type: result.ObjectRefused, Case: o.Case, Object: &done})
	default:
		t.e.left(o.Case, done, done.Why)
	}
}

// survey looks for what nothing else has told about: objects that refused creates have made, that a bulk job has made twice,
// that got another id with a later write. One search for each collection, by what the names of the run begin with; only names
// count that this run has sent.
func (t *lastTry) survey(ctx context.Context) {
	guard := t.e.o.Client.Guard()
	for _, coll := range guard.Collections() {
		if t.silent || t.w.Mark == "" {
			return
		}
		var found []result.Object
		// An error is no reason to stop: what a search showed before it broke off counts, and for the rest there is cleanup --prefix.
		_ = t.w.Walk(ctx, coll, sweep.StartsWith(coll, t.w.Mark), surveyPages, func(r scim.View) {
			o := result.Object{Endpoint: coll, ID: r.Get("id").Str(), Why: "a search at the end of the run shows it"}
			for _, attr := range []string{sweep.NameOf(coll), "externalId"} {
				name := r.Get(attr).Str()
				by, ours := guard.Gave(name)
				o.Marker, o.Case = name, by
				if ours && !t.e.leave.known(o) && !t.stale(ctx, o) {
					found = append(found, o)
					return
				}
			}
		})
		for _, o := range found {
			t.remove(ctx, o)
		}
	}
}

// stale: we have deleted it, and the target knows so; only its search does not yet.
func (t *lastTry) stale(ctx context.Context, o result.Object) bool {
	return t.e.o.Client.Guard().Deleted(o.Endpoint, o.ID) && t.w.Gone(ctx, o)
}
