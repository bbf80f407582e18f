package engine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// lurePlaceholder stands in the body for the address of the listener, which is known only when it listens.
const lurePlaceholder = "http://listener.invalid"

// lure sends a request whose body names URLs on this machine and listens whether the target fetches
// them (server-side request forgery, RFC 7643 section 9.2 and RFC 7644 section 7). A target that
// fetches later than the wait is not found out: a check must not wait for ever.
func lure(ctx context.Context, s *scope, st *suites.Step, args map[string]any) (map[string]any, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listener: %w", err)
	}
	var hits atomic.Int64
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends with ErrServerClosed when this function closes the server
	}()
	defer func() {
		_ = srv.Close() // nothing is open that could be lost
		<-done
	}()
	out := outgoing{Request: exchange.Request{Case: s.base, Step: s.prefix + st.ID, Purpose: s.purpose(st), Method: text(args["method"]), Path: text(args["path"]),
		Header: []exchange.Header{{Name: "Accept", Value: scimJSON}, {Name: "Content-Type", Value: scimJSON}}, HasBody: true,
		Body: []byte(strings.ReplaceAll(text(args["body"]), lurePlaceholder, "http://"+l.Addr().String()))}}
	s.mark(&suites.Send{}, &out)
	resp := s.send(ctx, st, out)
	for range 10 {
		if hits.Load() > 0 || s.e.o.Clock.Sleep(ctx, 60*time.Millisecond) != nil {
			break
		}
	}
	return map[string]any{"hits": int(hits.Load()), "$response": resp}, nil
}

// burst sends GETs at a steady pace, several of them at once when answers take longer than the pace,
// and tells how the target stood it. Microsoft Entra sends 25 requests a second to an application.
func burst(ctx context.Context, s *scope, st *suites.Step, args map[string]any) (map[string]any, error) {
	rate, n := intOr(args["rate"], 25), min(intOr(args["requests"], 25), 200)
	if rate < 1 {
		return nil, fmt.Errorf("burst: rate must be 1 at least")
	}
	xs := make([]*result.Exchange, n)
	reqs := make([]outgoing, n)
	var wg sync.WaitGroup
	start := s.e.o.Clock.Now()
	for i := range n {
		reqs[i] = outgoing{Request: exchange.Request{ID: fmt.Sprintf("%s#%d", s.base, s.seq.next()), Case: s.base, Step: s.prefix + st.ID, Purpose: fmt.Sprintf("Request %d of %d", i+1, n),
			Method: "GET", Path: text(args["path"]), RawQuery: text(args["query"]), Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}}
		wg.Add(1)
		go func() {
			defer wg.Done()
			xs[i] = s.e.o.Client.Do(ctx, reqs[i].Request)
		}()
		if s.e.o.Clock.Sleep(ctx, time.Second/time.Duration(rate)) != nil {
			break
		}
	}
	wg.Wait()
	seconds := s.e.o.Clock.Now().Sub(start).Seconds()
	return s.burstResult(ctx, st, xs, reqs, seconds), nil
}

func (s *scope) burstResult(ctx context.Context, st *suites.Step, xs []*result.Exchange, reqs []outgoing, seconds float64) map[string]any {
	var statuses []any
	var times []float64
	limited, hinted := 0, 0
	var last *response
	for i, x := range xs {
		if x == nil {
			continue
		}
		r := s.received(st, x, reqs[i])
		s.watch(ctx, x, &reqs[i])
		statuses = append(statuses, r.status())
		times = append(times, x.Timing.Total)
		if last == nil || r.status() > 0 {
			last = r // what has no answer is told by its status of 0, not by the end of the case
		}
		for _, a := range x.Attempts {
			if a.Status == http.StatusTooManyRequests {
				limited++
			}
		}
		if r.status() == http.StatusTooManyRequests {
			limited++
			if x.Response.Header("Retry-After") != "" {
				hinted++
			}
		}
	}
	slices.Sort(times)
	median := 0.0
	if len(times) > 0 {
		median = times[len(times)/2]
	}
	return map[string]any{"statuses": orEmpty(statuses), "limited": limited, "hinted": hinted, "seconds": seconds, "median": median, "$response": last}
}
