// Package engine plans cases and runs steps, for suites and for the mock identity provider alike,
// and emits what happens as events. It is the only place where a step is executed. It must not know
// how results are shown or stored, nor hold anything that outlives a run.
package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/internal/sweep"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// Clock is the engine's only source of time.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// Sender sends one request. *exchange.Client is the real one.
type Sender interface {
	Do(ctx context.Context, r exchange.Request) *result.Exchange
}

// Options of a run.
type Options struct {
	Library  *suites.Library
	Profiles *profile.Set
	Client   *exchange.Client
	Clock    Clock
	Sink     result.Sink
	Target   TargetConfig
	Tool     result.Tool
	Run      result.Run // ID, Prefix, Seed, Jobs, ReadOnly, Demo, Defects, Command, FailOn
	Info     result.Target

	Suites      []string // suite ids or globs; empty = all that are on
	IDPs        []string // profile ids, or all; empty = those that are played unasked
	Only        []string // globs over case ids
	Skip        []string
	Features    map[string]bool // --feature overrules what discovery says
	Shard       [2]int          // n of m; zero = everything
	RateTest    bool
	Remote      bool // target is not on loopback
	MaxDuration time.Duration
	Consent     func() error // asked once, after discovery and before anything is created
}

// Mark is what every name of the run holds.
func (o Options) Mark() string {
	if o.Target.Longest > 0 {
		return sweep.ShortMark
	}
	return o.Run.Prefix
}

// Engine runs plans. It has no global state: several can run in one process.
type Engine struct {
	o      Options
	mu     sync.Mutex // serialises events
	rng    *rand.Rand
	rngMu  sync.Mutex
	found  *discovery
	auto   *automatic
	counts struct {
		sync.Mutex
		requests, limited int
		httpMS            float64
	}
	breaker breaker
	asked   atomic.Int64 // how often stillThere has asked
	leave   leavings
	envOnce sync.Once
	titles  sync.Map // text → *suites.Template
	env     map[string]any
}

// New prepares an engine. Nothing is sent.
func New(o Options) *Engine {
	if o.Run.Jobs < 1 {
		o.Run.Jobs = 1
	}
	o.Run.Selection = o.selection()
	seed := uint64(o.Run.Seed)
	return &Engine{o: o, rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)), auto: newAutomatic()}
}

func (e *Engine) emit(ev result.Event) {
	ev.At = e.o.Clock.Now().UTC()
	if e.o.Client != nil {
		ev = e.o.Client.Redactor().Event(ev)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.o.Sink.Emit(ev)
}

// Run discovers the target, plans, runs every case and cleans up. The returned diagnosis is not
// nil when the target could not be tested. Results go to the sink.
func (e *Engine) Run(ctx context.Context) (*result.Diagnosis, error) {
	start := e.o.Clock.Now()
	if e.o.MaxDuration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.o.MaxDuration)
		defer cancel()
	}
	run, target := e.o.Run, e.o.Info
	run.Started = start.UTC()
	e.emit(result.Event{Type: result.RunStarted, Tool: &e.o.Tool, Run: &run, Target: &target})

	diag := e.discover(ctx)
	if diag != nil {
		diag = e.diagnose(diag)
		e.end(start, true, diag.Message)
		return diag, nil
	}
	plan, err := e.Plan()
	if err != nil {
		return nil, err
	}
	if e.o.Consent != nil && !e.o.Run.ReadOnly {
		if err := e.o.Consent(); err != nil {
			return nil, err
		}
	}
	e.emit(result.Event{Type: result.Planned, Plan: plan.public})
	e.emitFacts()
	e.runCases(ctx, plan)
	e.finishAutomatic(plan)
	e.sweep(ctx)
	why := ""
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		why = "the run reached its longest duration"
	case ctx.Err() != nil:
		why = "the run was interrupted"
	case e.breaker.usedUp():
		why = e.breaker.reason()
	case e.breaker.open():
		why = e.breaker.reason()
		diag = e.diagnose(&result.Diagnosis{Kind: "lost", Message: why, Hint: "Look at the target's log around that request: after it nothing was answered any more, and scimmage stopped. When the request made the server end, repair that, start it again and run again."})
	}
	e.end(start, why != "", why)
	return diag, nil
}

// diagnose says why the target could not be tested, without the secrets that it quotes of the server.
func (e *Engine) diagnose(d *result.Diagnosis) *result.Diagnosis {
	d = e.o.Client.Redactor().Event(result.Event{Diagnosis: d}).Diagnosis
	e.emit(result.Event{Type: result.Diagnosed, Diagnosis: d})
	return d
}

func (e *Engine) end(start time.Time, partial bool, why string) {
	run := e.o.Run
	run.Started = start.UTC()
	run.DurationMS = e.o.Clock.Now().Sub(start).Milliseconds()
	run.Partial, run.PartialWhy = partial, why
	e.counts.Lock()
	run.Requests, run.RateLimited, run.HTTPMS = e.counts.requests, e.counts.limited, int64(e.counts.httpMS)
	e.counts.Unlock()
	e.emit(result.Event{Type: result.RunEnded, Run: &run})
}

// runCases runs the plan with Jobs workers. Cases are taken in plan order; a case waits for those
// it depends on, which always stand earlier, so that no order of workers can deadlock.
func (e *Engine) runCases(ctx context.Context, p *plan) {
	var alone sync.RWMutex
	work := make(chan *instance)
	var wg sync.WaitGroup
	for range e.o.Run.Jobs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for in := range work {
				e.runInstance(ctx, p, in, &alone)
			}
		}()
	}
	for _, in := range p.instances {
		work <- in
	}
	close(work)
	wg.Wait()
}

func (e *Engine) runInstance(ctx context.Context, p *plan, in *instance, alone *sync.RWMutex) {
	defer close(in.done)
	if in.skip != nil {
		in.outcome = result.Skip
		return
	}
	for _, dep := range in.after {
		<-dep.done
	}
	if end := e.blockedBefore(ctx, in); end != nil {
		in.outcome = end.Outcome
		e.emit(result.Event{Type: result.CaseEnded, Case: in.id, Ended: end})
		return
	}
	if in.c.Alone {
		alone.Lock()
		defer alone.Unlock()
	} else {
		alone.RLock()
		defer alone.RUnlock()
	}
	in.outcome = e.runCase(ctx, in)
}

// blockedBefore tells why a case cannot start.
func (e *Engine) blockedBefore(ctx context.Context, in *instance) *result.CaseEnd {
	if ctx.Err() != nil || e.breaker.open() {
		return &result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipAborted, Reason: "the run ended before this case"}
	}
	for _, dep := range in.after {
		if dep.outcome == result.Fail || dep.outcome == result.Error || (dep.outcome == result.Skip && dep.skip == nil) {
			return &result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipBlocked, BlockedBy: dep.id,
				Reason: "blocked by " + dep.id + ", which did not pass"}
		}
		if dep.skip != nil && dep.skip.SkipKind == result.SkipNotApplicable {
			return &result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipNotApplicable, BlockedBy: dep.id, Reason: dep.skip.Reason}
		}
	}
	return nil
}

// float is a reproducible random number for names and ids of this run.
func (e *Engine) random(n int) string {
	const digits = "0123456789abcdef"
	e.rngMu.Lock()
	defer e.rngMu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[e.rng.IntN(16)]
	}
	return string(b)
}

// Schemas of the target, or the standard ones where it publishes none.
func (e *Engine) schemas() *scim.SchemaSet { return e.found.schemas }
