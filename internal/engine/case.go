package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// scope is the state of one running case. It is used by one goroutine, but for the exchanges of a
// parallel step.
type scope struct {
	e     *Engine
	in    *instance
	vars  map[string]any
	seq   *counter
	names map[string]int

	outcome  result.Outcome
	errText  string
	blocked  string // id of the check that closed the gate
	created  *objects
	base     string // case id, prefix of check and exchange ids
	prefix   string // step prefix inside operations: "leave.patch."
	setup    bool
	cleaning bool
	ops      []*opFrame
	checks   int
}

type counter struct{ n int }

func (c *counter) next() int { c.n++; return c.n }

// runCase plays one case from fixtures to clean-up and returns its outcome.
func (e *Engine) runCase(ctx context.Context, in *instance) result.Outcome {
	start := e.o.Clock.Now()
	e.emit(result.Event{Type: result.CaseStarted, Case: in.id, Text: in.title})
	s := &scope{e: e, in: in, base: in.id, seq: &counter{}, names: map[string]int{}, created: &objects{}, outcome: result.Pass}
	s.vars = e.caseEnv(s)
	if in.hasItem {
		s.vars["item"] = in.item
	}
	end := &result.CaseEnd{}
	s.safely(end, func() { s.playCase(ctx, end) })
	s.safely(end, func() { s.cleanup(ctx) })
	end.DurationMS = float64(e.o.Clock.Now().Sub(start).Microseconds()) / 1000
	e.emit(result.Event{Type: result.CaseEnded, Case: in.id, Ended: end})
	return end.Outcome
}

func (s *scope) playCase(ctx context.Context, end *result.CaseEnd) {
	if block := s.given(ctx, s.in.c.Given); block != nil {
		*end = *block
		return
	}
	s.runSteps(ctx, s.in.c.Steps)
	end.Outcome, end.Reason = s.outcome, s.errText
	if s.checks == 0 && end.Outcome == result.Pass {
		end.Outcome, end.Reason, end.SkipKind = result.Skip, result.NothingApplied, result.SkipNotApplicable
	}
}

// safely keeps a panic of ours inside of its case: the case is an error, what it created is removed, the other cases run and
// the report is written.
func (s *scope) safely(end *result.CaseEnd, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.worse(result.Error)
			*end = result.CaseEnd{Outcome: result.Error, Reason: result.OurBug + s.e.o.Client.Redactor().Text(fmt.Sprint(p))}
			s.e.emit(result.Event{Type: result.Noted, Case: s.base, Text: end.Reason})
		}
	}()
	f()
}

// given creates the fixtures in order. A fixture that cannot be created blocks the case: the fault
// is found by the cases that are about creating.
func (s *scope) given(ctx context.Context, fixtures []suites.Fixture) *result.CaseEnd {
	for i := range fixtures {
		f := &fixtures[i]
		if ctx.Err() != nil || s.e.breaker.open() {
			return &result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipAborted, Reason: "the run ended before this case could begin"}
		}
		v, err := s.fixture(ctx, f)
		if err != nil {
			return &result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipBlocked, BlockedBy: err.blockedBy,
				Reason: fmt.Sprintf("blocked: %s %q could not be set up: %s", f.Kind, f.Name, err.msg)}
		}
		s.vars[f.Name] = v
	}
	return nil
}

func (s *scope) runSteps(ctx context.Context, steps []*suites.Step) {
	for _, st := range steps {
		s.runStep(ctx, st)
	}
}

// runStep runs one step. After a closed gate only steps marked `always` still run.
func (s *scope) runStep(ctx context.Context, st *suites.Step) {
	if s.blocked != "" && !st.Always {
		s.blockStep(st)
		return
	}
	if s.over(ctx) {
		return
	}
	if st.When != nil {
		ok, err := st.When.True(s.vars)
		if err != nil {
			s.broken(st, err)
			return
		}
		if !ok {
			s.unplayed(st)
			return
		}
	}
	switch {
	case st.Use != "":
		s.use(ctx, st)
	case st.Go != "":
		s.procedure(ctx, st)
	case len(st.Parallel) > 0:
		s.parallel(ctx, st)
	case st.Send == nil && st.Read == "":
		s.judge(ctx, st, &response{})
	default:
		s.request(ctx, st)
	}
}

// unplayed leaves an empty answer (no status, no body) in the name of a step whose condition did not hold, so that a later step that reads it
// finds nothing there; whether the condition holds is up to what a server answers.
func (s *scope) unplayed(st *suites.Step) {
	if _, taken := s.vars[st.ID]; st.ID != "" && !taken {
		none := (&response{}).vars()
		none["status"] = nil // 0 would be less than 300
		s.vars[st.ID] = none
	}
}

// over marks a case that the end of the run catches in the middle.
func (s *scope) over(ctx context.Context) bool {
	switch {
	case ctx.Err() != nil:
		s.fault("the run ended during this case")
	case s.e.breaker.open():
		s.fault(s.e.breaker.reason())
	default:
		return false
	}
	return true
}

// request sends the step's request and judges the answer.
func (s *scope) request(ctx context.Context, st *suites.Step) *response {
	r, err := s.buildRequest(st)
	if err != nil {
		s.broken(st, err)
		return nil
	}
	resp := s.send(ctx, st, r)
	s.vars[st.ID] = resp.vars()
	s.judge(ctx, st, resp)
	return resp
}

// judge runs checks, facts and saves of a step over its response.
func (s *scope) judge(ctx context.Context, st *suites.Step, resp *response) {
	s.enter(resp)
	for _, k := range st.Expect {
		s.check(ctx, st, k, resp)
	}
	for _, f := range st.Facts {
		s.fact(f, resp)
	}
	s.assign(st, st.Save)
}

// enter makes resp the response that unqualified names (status, body, …) speak of.
func (s *scope) enter(resp *response) {
	for k, v := range resp.vars() {
		s.vars[k] = v
	}
}

func (s *scope) assign(st *suites.Step, as []suites.Assign) {
	for _, a := range as {
		v, err := a.Expr.Eval(s.vars)
		if err != nil {
			s.broken(st, err)
			return
		}
		setVar(s.vars, a.Name, v)
	}
}

// setVar sets name, or a member of an object variable ("person.target").
func setVar(vars map[string]any, name string, v any) {
	parts := strings.Split(name, ".")
	m := vars
	for _, p := range parts[:len(parts)-1] {
		next, ok := m[p].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[p] = next
		}
		m = next
	}
	m[parts[len(parts)-1]] = v
}

// worse raises the outcome of the case.
func (s *scope) worse(o result.Outcome) { s.outcome = result.Worst(s.outcome, o) }

// fault marks the case as one that could not be judged.
func (s *scope) fault(text string) {
	s.worse(result.Error)
	if s.errText == "" {
		s.errText = text
	}
	if s.blocked == "" {
		s.blocked = s.base
	}
}

// suiteError is a mistake that stands in the suite whatever the target answers: a name that nobody knows.
type suiteError struct{ msg string }

func (e suiteError) Error() string { return e.msg }

func suitef(format string, a ...any) error { return suiteError{fmt.Sprintf(format, a...)} }

// broken reports a step that could not be played or judged. Expressions are compiled when a suite is loaded, so one that
// fails here has met a value that it cannot read; against any target but our own right one, that value came in an answer,
// and what a server answers never makes a suite broken. What is wrong with the answer is said by the checks of every response.
func (s *scope) broken(st *suites.Step, err error) {
	var ours suiteError
	if !errors.As(err, &ours) && !(s.e.o.Run.Demo && len(s.e.o.Run.Defects) == 0) {
		s.fault(fmt.Sprintf("could not be judged, because an answer holds what %s:%d cannot read: %v", st.Pos.File, st.Pos.Line, err))
		return
	}
	s.e.emit(result.Event{Type: result.Noted, Case: s.base, Text: fmt.Sprintf("scimmage or its suite is broken at %s:%d: %v", st.Pos.File, st.Pos.Line, err)})
	s.fault(fmt.Sprintf("%s (%s:%d): %v", result.SuiteBroken, st.Pos.File, st.Pos.Line, err))
}

// blockStep reports the checks of a step that a closed gate keeps from running, each with the reason.
func (s *scope) blockStep(st *suites.Step) {
	for _, k := range st.Expect {
		s.emitCheck(s.skipped(st, k, result.SkipBlocked, s.blocked, "blocked by "+s.blocked))
	}
	for _, p := range st.Parallel {
		s.blockStep(p)
	}
}

func (s *scope) checkID(st *suites.Step, name string) string {
	return s.base + "/" + s.prefix + st.ID + "." + name
}

func (s *scope) emitCheck(c result.Check) {
	if c.Outcome != result.Skip {
		s.checks++
		s.worse(c.Outcome)
	}
	s.e.emit(result.Event{Type: result.CheckDone, Case: s.base, Check: &c})
}

func (s *scope) fact(f *suites.FactDef, resp *response) {
	if f.When != nil {
		if ok, err := f.When.True(s.vars); err != nil || !ok {
			return
		}
	}
	v, err := f.Value.Eval(s.vars)
	if err != nil || v == nil {
		return
	}
	s.checks++
	s.e.emit(result.Event{Type: result.FactFound, Case: s.base, Fact: &result.Fact{ID: f.ID, Group: f.Group, Title: f.Title, Value: v, Note: f.Note, Exchange: resp.id(), Cites: f.Cites}})
}
