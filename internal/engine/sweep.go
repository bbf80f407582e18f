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

// sweep is the last try: objects that the target did not answer about, or whose id turned out to be somebody else's, creates
// whose end nobody knows, and creates that were refused and made something all the same. What is left then is listed.
func (e *Engine) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	t := &lastTry{e: e}
	t.w = sweep.Sweeper{Guard: e.o.Client.Guard(), Do: t.do, Mark: e.mark()}
	open := e.leave.take()
	for _, in := range e.o.Client.Unsettled() {
		open = append(open, result.Object{Endpoint: strings.Trim(in.Endpoint, "/"), Marker: in.Marker, Case: in.Case, State: "intended", Why: "no answer to the create came"})
	}
	for _, o := range open {
		t.remove(ctx, o)
	}
	if e.o.Shard[1] < 2 && !e.breaker.open() { // the other parts of a run have the same prefix
		t.liars(ctx)
	}
}

// mark is what every name of this run holds.
func (e *Engine) mark() string {
	if e.o.Target.Longest > 0 {
		return sweep.ShortMark
	}
	return e.o.Run.Prefix
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
	case sweep.Absent:
		done.Case = o.Case
		t.e.emit(result.Event{Type: result.ObjectRefused, Case: o.Case, Object: &done})
	default:
		t.e.left(o.Case, done, done.Why)
	}
}

// liars looks for what refused creates have made: one search for each collection, by the prefix of the run, and only names
// count that this run has sent.
func (t *lastTry) liars(ctx context.Context) {
	names := map[string]map[string]exchange.Intent{}
	for _, in := range t.e.o.Client.Refused() {
		coll := strings.Trim(in.Endpoint, "/")
		if !strings.Contains(strings.ToLower(in.Marker), strings.ToLower(t.e.o.Run.Prefix)) {
			continue
		}
		if names[coll] == nil {
			names[coll] = map[string]exchange.Intent{}
		}
		names[coll][strings.ToLower(in.Marker)] = in
	}
	for _, coll := range []string{"Groups", "Users"} {
		if len(names[coll]) == 0 || t.silent || t.e.o.Run.Prefix == "" {
			continue
		}
		var found []result.Object
		// An error means that nothing can be searched: then nothing is known, and cleanup --prefix is left.
		_ = t.w.Walk(ctx, coll, sweep.StartsWith(coll, t.e.o.Run.Prefix), 3, func(r scim.View) {
			if in, ours := names[coll][strings.ToLower(r.Get(sweep.NameOf(coll)).Str())]; ours {
				found = append(found, result.Object{Endpoint: coll, ID: r.Get("id").Str(), Marker: in.Marker, Case: in.Case, Why: "its create was refused, and made it all the same"})
			}
		})
		for _, o := range found {
			t.remove(ctx, o)
		}
	}
}
