package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// procedure is something that no list of steps can say: a walk over an unknown number of pages, a
// listener, a wait. It returns variables of its step.
type procedure struct {
	about    string
	readOnly bool
	run      func(ctx context.Context, s *scope, st *suites.Step, args map[string]any) (map[string]any, error)
}

// procedures is the closed list for `go:`.
func procedures() map[string]procedure {
	return map[string]procedure{
		"walk-pages":     {"GETs a list page by page (path, query, count, max-pages) by startIndex; gives ids, pages, totals, duplicates, looped, status", true, walkPages},
		"walk-cursor":    {"the same by cursor (RFC 9865)", true, walkCursor},
		"wait":           {"waits (seconds) until the target's clock can have moved on", true, waitFor},
		"attribute-cell": {"compares what was sent for an attribute (attribute, cell, status, sent, got, before, or state) with what came back and notes it in the attribute table; gives state and text", true, attributeCell},
		"listener":       {"sends a request (method, path, body) whose body names http://listener.invalid, and listens there on this machine; gives hits", false, lure},
		"burst":          {"sends GETs at a pace (path, query, rate, requests); gives statuses, limited, hinted, seconds, median", true, burst},
		"repeat":         {"sends the same GET n times (path, times); gives statuses", true, repeatGet},
	}
}

func readOnlyProc(name string) bool { return procedures()[name].readOnly }

// Procedures lists the named procedures with their descriptions, for the validator and explain.
func Procedures() map[string]string {
	out := map[string]string{}
	for k, p := range procedures() {
		out[k] = p.about
	}
	return out
}

func (s *scope) procedure(ctx context.Context, st *suites.Step) {
	p, ok := procedures()[st.Go]
	if !ok {
		s.broken(st, suitef("go: no procedure %q", st.Go))
		return
	}
	args, err := s.rendered(st.With)
	if err != nil {
		s.broken(st, err)
		return
	}
	vars, err := p.run(ctx, s, st, args)
	if err != nil {
		s.broken(st, err)
		return
	}
	resp, _ := vars["$response"].(*response)
	if resp == nil {
		resp = &response{}
	}
	out := map[string]any{}
	for k, v := range resp.vars() {
		out[k] = v
	}
	for k, v := range vars {
		out[k] = v
	}
	s.vars[st.ID] = out
	s.judge(ctx, st, resp)
}

func (s *scope) get(ctx context.Context, st *suites.Step, path, query, purpose string) *response {
	return s.send(ctx, st, outgoing{Request: exchange.Request{Case: s.base, Step: s.prefix + st.ID, Purpose: purpose, Method: "GET", Path: path, RawQuery: query,
		Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}})
}

// pageWalk is what a walk over pages saw.
type pageWalk struct {
	ids, duplicates []any
	pages           []any
	totals          []any
	seen            map[string]bool
	last            *response
	looped          bool
}

// take adds a page and says how many resources it had.
func (w *pageWalk) take(r *response) int {
	w.last = r
	m, _ := r.value().(map[string]any)
	res, _ := m["Resources"].([]any)
	w.totals = append(w.totals, m["totalResults"])
	var page []any
	fresh := false
	for _, x := range res {
		o, _ := x.(map[string]any)
		id := text(o["id"])
		page = append(page, id)
		if w.seen[id] {
			w.duplicates = append(w.duplicates, id)
			continue
		}
		w.seen[id], fresh = true, true
		w.ids = append(w.ids, id)
	}
	w.pages = append(w.pages, page)
	if len(res) > 0 && !fresh {
		w.looped = true
	}
	return len(res)
}

func (w *pageWalk) vars() map[string]any {
	return map[string]any{"ids": orEmpty(w.ids), "duplicates": orEmpty(w.duplicates), "pages": orEmpty(w.pages), "totals": orEmpty(w.totals), "looped": w.looped, "$response": w.last}
}

func orEmpty(l []any) []any {
	if l == nil {
		return []any{}
	}
	return l
}

// walkPages follows startIndex the way RFC 7644 section 3.4.2.4 describes: on by the number of
// resources that came, until totalResults is reached. It is bounded: a list that never ends is a
// finding, not a hang.
func walkPages(ctx context.Context, s *scope, st *suites.Step, args map[string]any) (map[string]any, error) {
	path, count := text(args["path"]), intOr(args["count"], 2)
	limit := intOr(args["max-pages"], 50)
	w := &pageWalk{seen: map[string]bool{}}
	start := 1
	for page := range limit {
		q := fmt.Sprintf("startIndex=%d&count=%d", start, count)
		if extra := text(args["query"]); extra != "" {
			q = extra + "&" + q
		}
		r := s.get(ctx, st, path, q, fmt.Sprintf("Page %d", page+1))
		n := 0
		if r.status() == 200 {
			n = w.take(r)
		} else {
			w.last = r
		}
		total, _ := asInt(w.lastTotal())
		if step := intOr(args["step"], 0); step > 0 {
			n = step * min(n, 1)
		}
		start += n
		if n == 0 || w.looped || start > total || ctx.Err() != nil || s.e.breaker.open() {
			break
		}
	}
	return w.vars(), nil
}

func (w *pageWalk) lastTotal() any {
	if len(w.totals) == 0 {
		return nil
	}
	return w.totals[len(w.totals)-1]
}

func walkCursor(ctx context.Context, s *scope, st *suites.Step, args map[string]any) (map[string]any, error) {
	path, count := text(args["path"]), intOr(args["count"], 2)
	w := &pageWalk{seen: map[string]bool{}}
	cursor, cursors := "", []any{}
	for page := range intOr(args["max-pages"], 50) {
		q := fmt.Sprintf("cursor=%s&count=%d", escapeQuery(cursor), count)
		if extra := text(args["query"]); extra != "" {
			q = extra + "&" + q
		}
		r := s.get(ctx, st, path, q, fmt.Sprintf("Page %d by cursor", page+1))
		if r.status() != 200 {
			w.last = r
			break
		}
		w.take(r)
		m, _ := r.value().(map[string]any)
		next := text(m["nextCursor"])
		if next == "" || w.looped || ctx.Err() != nil || s.e.breaker.open() {
			break
		}
		if slices.Contains(cursors, any(next)) {
			w.looped = true
			break
		}
		cursors = append(cursors, next)
		cursor = next
	}
	out := w.vars()
	out["cursors"] = cursors
	return out, nil
}

func waitFor(ctx context.Context, s *scope, _ *suites.Step, args map[string]any) (map[string]any, error) {
	d, err := time.ParseDuration(strings.TrimSuffix(text(args["seconds"]), "s") + "s")
	if err != nil {
		return nil, err
	}
	if d > 30*time.Second {
		return nil, fmt.Errorf("wait: %s is longer than a test may wait", d)
	}
	return map[string]any{}, s.e.o.Clock.Sleep(ctx, d)
}

func repeatGet(ctx context.Context, s *scope, st *suites.Step, args map[string]any) (map[string]any, error) {
	var statuses []any
	var last *response
	for range min(intOr(args["times"], 2), 100) {
		last = s.get(ctx, st, text(args["path"]), text(args["query"]), "Again")
		statuses = append(statuses, last.status())
	}
	return map[string]any{"statuses": statuses, "$response": last}, nil
}

func asInt(v any) (int, bool) {
	switch t := v.(type) {
	case int:
		return t, true
	case float64:
		return int(t), t == float64(int(t))
	case string:
		var n int
		_, err := fmt.Sscanf(t, "%d", &n)
		return n, err == nil
	}
	return 0, false
}

func intOr(v any, def int) int {
	if n, ok := asInt(v); ok {
		return n
	}
	return def
}

// parallel sends the requests of all its steps at the same time and judges them afterwards, in the
// order of the file.
func (s *scope) parallel(ctx context.Context, st *suites.Step) {
	type job struct {
		step *suites.Step
		out  outgoing
		x    *result.Exchange
	}
	var jobs []*job
	for _, p := range st.Parallel {
		r, err := s.buildRequest(p)
		if err != nil {
			s.broken(p, err)
			return
		}
		r.ID = fmt.Sprintf("%s#%d", s.base, s.seq.next())
		if r.missing {
			s.e.o.Client.Guard().AllowMissing(lastSegment(r.Path))
		}
		jobs = append(jobs, &job{step: p, out: r})
	}
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			j.x = s.e.o.Client.Do(ctx, j.out.Request)
		}()
	}
	wg.Wait()
	for _, j := range jobs {
		resp := s.received(j.step, j.x, j.out)
		s.watch(ctx, j.x, &j.out)
		s.vars[j.step.ID] = resp.vars()
		s.judge(ctx, j.step, resp)
	}
	s.judge(ctx, st, &response{})
}
