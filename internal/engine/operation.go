package engine

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// opFrame is one operation being played, nested ones above it.
type opFrame struct {
	prof      *profile.Profile
	op        *profile.Operation
	done      bool
	failed    bool
	message   string // what the admin would see
	warnings  []string
	exchanges []string
}

// OpResult is what an operation came to, as the caller of Do and the steps of a case see it.
type OpResult struct {
	OK        bool
	Message   string   // what the admin would see when it failed
	Warnings  []string // what the admin would see although it went on
	Exchanges []string
	Vars      map[string]any
}

// use plays an operation as a step of a case.
func (s *scope) use(ctx context.Context, st *suites.Step) {
	args, err := s.rendered(st.With)
	if err != nil {
		s.broken(st, err)
		return
	}
	prof, op, err := s.operation(st.Use)
	if err != nil {
		s.broken(st, err)
		return
	}
	res := s.play(ctx, st, prof, op, args)
	step := map[string]any{"ok": res.OK, "message": res.Message, "warnings": toList(res.Warnings)}
	for k, v := range res.Vars {
		if _, own := step[k]; !own {
			step[k] = v
		}
	}
	s.vars[st.ID] = step
	if n := len(s.ops); n > 0 {
		for k, v := range res.Vars {
			if strings.HasPrefix(k, "$") {
				continue
			}
			s.vars[k] = v
		}
		if last, ok := res.Vars["$last"].(*response); ok { // what a step inside of it was answered is what the operation was answered
			s.vars["$response"] = last
		}
		if !res.OK {
			f := s.ops[n-1]
			f.failed, f.message = true, res.Message
		}
		return
	}
	if !res.OK && s.blocked == "" && s.outcome != result.Pass {
		s.blocked = s.base + "/" + st.ID
	}
	if last, ok := res.Vars["$last"].(*response); ok {
		s.judge(ctx, st, last)
	} else {
		s.judge(ctx, st, &response{})
	}
}

// operation resolves "okta/deactivate-user", or "deactivate-user" of the profile being played.
func (s *scope) operation(name string) (*profile.Profile, *profile.Operation, error) {
	prof := s.profile()
	if id, op, ok := strings.Cut(name, "/"); ok {
		prof, name = s.e.o.Profiles.Profile(id), op
	}
	if prof == nil {
		return nil, nil, suitef("use: %s: no such identity provider", name)
	}
	op := prof.Operation(name)
	if op == nil {
		return nil, nil, suitef("use: %s has no operation %q", prof.ID, name)
	}
	return prof, op, nil
}

// play runs the steps of an operation in a scope of their own: they see their parameters, not the
// variables of the case. Objects handed in are shared, which is how links are remembered.
func (s *scope) play(ctx context.Context, st *suites.Step, prof *profile.Profile, op *profile.Operation, args map[string]any) OpResult {
	frame := &opFrame{prof: prof, op: op}
	outer, prefix := s.vars, s.prefix
	s.vars = s.opEnv(prof, op, args)
	s.prefix = prefix + st.ID + "."
	s.ops = append(s.ops, frame)
	for _, step := range op.Steps {
		if frame.done || frame.failed || s.blocked != "" {
			break
		}
		s.opStep(ctx, frame, step)
	}
	s.ops = s.ops[:len(s.ops)-1]
	vars := maps.Clone(s.vars)
	s.vars, s.prefix = outer, prefix
	ok := !frame.failed && s.blocked == ""
	if len(s.ops) == 0 {
		s.tell(st, prof, op, args, frame, ok)
	}
	return OpResult{OK: ok, Message: frame.message, Warnings: frame.warnings, Exchanges: frame.exchanges, Vars: opResultVars(vars, s.e)}
}

// opResultVars keeps what the operation set, not the functions of the environment.
func opResultVars(vars map[string]any, e *Engine) map[string]any {
	for k := range e.baseEnv() {
		delete(vars, k)
	}
	for _, k := range []string{"profile", "traits", "idp", "status", "body", "raw", "ms", "list", "detail", "reason", "scimType", "fault"} {
		delete(vars, k)
	}
	maps.DeleteFunc(vars, func(_ string, v any) bool { return reflect.ValueOf(v).Kind() == reflect.Func })
	if r, ok := vars["$response"].(*response); ok {
		vars["$last"] = r
		delete(vars, "$response")
	}
	return vars
}

func (s *scope) opEnv(prof *profile.Profile, op *profile.Operation, args map[string]any) map[string]any {
	env := s.e.caseEnv(s)
	over, _ := args["traits"].(map[string]any)
	maps.Copy(env, prof.Env(over))
	env["idp"] = prof.ID
	for _, p := range op.Params {
		env[p.Name] = p.Default
	}
	for k, v := range args {
		if k != "traits" {
			env[k] = v
		}
	}
	return env
}

func (s *scope) opStep(ctx context.Context, frame *opFrame, step *suites.Step) {
	if step.Use != "" || step.Go != "" || len(step.Parallel) > 0 {
		s.runStep(ctx, step)
		return
	}
	if s.over(ctx) {
		return
	}
	if step.When != nil {
		ok, err := step.When.True(s.vars)
		if err != nil {
			s.broken(step, err)
			return
		}
		if !ok {
			return
		}
	}
	if step.Send == nil && step.Read == "" {
		s.assign(step, step.Save)
		return
	}
	resp := s.request(ctx, step)
	if resp == nil {
		return
	}
	s.react(ctx, frame, step, resp)
}

// react does with the answer what the client does. Requests that stay without an answer are an
// error of the exchange, not a verdict; the client's own reaction to them is still told.
func (s *scope) react(ctx context.Context, frame *opFrame, step *suites.Step, resp *response) {
	if len(step.React) == 0 || s.blocked != "" {
		return
	}
	k := &suites.Check{Pos: step.Pos, ID: "accepted"}
	if f := resp.fault(); f != nil && f.Kind != exchange.KindRedirect {
		frame.failed, frame.message = true, f.Message
		s.unanswered(step, k, resp, f)
		return
	}
	for _, r := range step.React {
		if r.When != nil {
			ok, err := r.When.True(s.vars)
			if err != nil {
				s.broken(step, err)
				return
			}
			if !ok {
				continue
			}
		}
		s.apply(frame, step, r, resp, k)
		return
	}
}

func (s *scope) apply(frame *opFrame, step *suites.Step, r *suites.Reaction, resp *response, k *suites.Check) {
	s.assign(step, r.Set)
	cites := firstList(r.Cites, failCites(step))
	k.Cites, k.Level, k.Cause, k.Why, k.Fix = cites, r.Level, r.Cause, r.Why, r.Fix
	k.Title = ""
	switch {
	case r.Fail != nil:
		msg, err := r.Fail.RenderText(s.vars)
		if err != nil {
			s.broken(step, err)
			return
		}
		frame.failed, frame.message = true, msg
		s.conclude(step, k, resp, verdict{expected: firstNonEmpty(r.Expected, "an answer that "+frame.prof.Title+" accepts"),
			actual: "status " + statusText(resp), summary: frame.prof.Title + " gives up: " + msg})
		return
	case r.Warn != nil:
		msg, err := r.Warn.RenderText(s.vars)
		if err != nil {
			s.broken(step, err)
			return
		}
		frame.warnings = append(frame.warnings, msg)
	case r.Done:
		frame.done = true
	}
	if len(cites) > 0 {
		s.conclude(step, k, resp, verdict{ok: true, expected: frame.prof.Title + " takes the answer"})
	}
}

// failCites: an accepted answer is the same check as a refused one, so it cites the same needs.
func failCites(step *suites.Step) []string {
	var out []string
	for _, r := range step.React {
		for _, id := range r.Cites {
			if r.Fail != nil && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// tell adds the line of the story: intent first, then the exchanges that it caused.
func (s *scope) tell(st *suites.Step, prof *profile.Profile, op *profile.Operation, args map[string]any, f *opFrame, ok bool) {
	line := result.StoryLine{Step: st.ID, Operation: prof.ID + "/" + op.ID, Evidence: op.Evidence, Exchanges: f.exchanges, Admin: f.message, Outcome: result.Pass}
	line.Text = firstNonEmpty(s.purpose(st), op.Intent(args))
	if len(f.warnings) > 0 {
		line.Outcome, line.Admin = result.Warn, strings.Join(f.warnings, "; ")
	}
	if !ok {
		line.Outcome = result.Fail
	}
	s.e.emit(result.Event{Type: result.StoryTold, Case: s.base, Story: &line})
}

// Do plays one operation outside of a suite: the console and the schedules of the mock identity
// provider call it. The same code as in a case sends every byte.
func (e *Engine) Do(ctx context.Context, id, profileID, operation string, args map[string]any) (OpResult, error) {
	prof := e.o.Profiles.Profile(profileID)
	if prof == nil {
		return OpResult{}, fmt.Errorf("no identity provider %q", profileID)
	}
	op := prof.Operation(operation)
	if op == nil {
		return OpResult{}, fmt.Errorf("%s has no operation %q", profileID, operation)
	}
	if e.found == nil {
		e.found = standardDiscovery()
	}
	c := &suites.Case{ID: operation, Title: op.ID, Suite: &suites.Suite{ID: profileID, IDP: profileID}}
	in := &instance{c: c, id: id, title: op.ID, prof: prof, done: make(chan struct{})}
	s := &scope{e: e, in: in, base: id, seq: &counter{}, names: map[string]int{}, created: &objects{}, outcome: result.Pass}
	s.vars = e.caseEnv(s)
	e.emit(result.Event{Type: result.CaseStarted, Case: id, Text: op.Intent(args)})
	start := e.o.Clock.Now()
	res := s.play(ctx, &suites.Step{ID: "do"}, prof, op, args)
	end := &result.CaseEnd{Outcome: s.outcome, Reason: s.errText, DurationMS: float64(e.o.Clock.Now().Sub(start).Microseconds()) / 1000}
	e.emit(result.Event{Type: result.CaseEnded, Case: id, Ended: end})
	return res, nil
}
