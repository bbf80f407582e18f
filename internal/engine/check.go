package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// verdict is what a matcher found.
type verdict struct {
	ok       bool
	expected string
	actual   string
	summary  string // of a failure; made from expected and actual when empty
	at       *result.Locus
	cause    string // more exact than what the suite says, where the matcher can tell
	unjudged string // why it could not be judged (no JSON, no answer): skipped as blocked
	notes    []string
	err      error // the suite is broken
}

// check judges one assertion of a step.
func (s *scope) check(ctx context.Context, st *suites.Step, k *suites.Check, resp *response) {
	for _, n := range k.Needs {
		if ok, _ := s.e.feature(n); !ok {
			return
		}
	}
	if k.On != "" {
		other, ok := s.vars[k.On].(map[string]any)
		if !ok {
			s.emitCheck(s.skipped(st, k, result.SkipBlocked, s.blocked, "step "+k.On+" did not run"))
			return
		}
		if r, ok := other["$response"].(*response); ok {
			resp = r
			s.enter(r)
			defer s.enter(resp)
		}
	}
	if k.When != nil {
		ok, err := k.When.True(s.vars)
		if err != nil {
			s.broken(st, err)
			return
		}
		if !ok {
			return
		}
	}
	if s.blocked != "" && !st.Always {
		s.emitCheck(s.skipped(st, k, result.SkipBlocked, s.blocked, "blocked by "+s.blocked))
		return
	}
	if f := resp.fault(); f != nil && !toleratesFault(k, resp) {
		s.unanswered(st, k, resp, f)
		return
	}
	s.conclude(st, k, resp, s.match(ctx, k, resp))
}

// toleratesFault: `answers` judges that an answer arrived at all; `that` may speak of `fault`.
func toleratesFault(k *suites.Check, resp *response) bool {
	if k.Matcher == "answers" {
		return true
	}
	f := resp.fault()
	return f != nil && f.Kind == "redirect" && resp.status() != 0
}

// unansweredCauses are the causes of requests that got no answer, by the kind of the fault. What the guard keeps back because the
// server does not show whose it is says nothing of what was to be asked; in a story it is what the client was about to do.
var unansweredCauses = map[string]string{exchange.KindGuard: "robust.unrecognised", exchange.KindReset: "robust.dropped", exchange.KindTruncated: "robust.dropped", exchange.KindRefused: "robust.gone", exchange.KindTimeout: "robust.slow"}

// unanswered turns a transport fault into one error per step; it is never a failure of the target.
func (s *scope) unanswered(st *suites.Step, k *suites.Check, resp *response, f *result.Fault) {
	c := s.newCheck(st, k)
	c.Exchange = resp.id()
	c.Outcome, c.Summary = result.Error, "could not be judged: "+f.Message
	if cause := unansweredCauses[f.Kind]; cause != "" && (f.Kind != exchange.KindGuard || s.in.prof == nil) { // what the check looks for was not seen, right or wrong
		c.Cause = cause
	}
	c.Reason = f.Message
	s.emitCheck(c)
	if s.errText == "" {
		s.errText = f.Message
	}
	s.blocked = c.ID
}

func (s *scope) conclude(st *suites.Step, k *suites.Check, resp *response, v verdict) {
	if v.err != nil {
		s.broken(st, v.err)
		return
	}
	if v.unjudged != "" {
		s.emitCheck(s.skipped(st, k, result.SkipBlocked, "", v.unjudged))
		return
	}
	c := s.newCheck(st, k)
	c.Exchange = resp.id()
	c.Notes = v.notes
	if v.ok {
		c.Outcome, c.Summary = result.Pass, firstNonEmpty(c.Title, v.expected)
		s.emitCheck(c)
		return
	}
	c.Outcome = c.Level.Violated()
	c.Cause = firstNonEmpty(v.cause, c.Cause)
	c.Expected, c.Actual, c.At = s.override(k.Expected, v.expected), s.override(k.Actual, v.actual), v.at
	c.Summary = s.summary(c, v)
	s.emitCheck(c)
	if k.Gate && c.Outcome == result.Fail || k.Gate && c.Outcome == result.Warn {
		s.blocked = c.ID
	}
}

func (s *scope) summary(c result.Check, v verdict) string {
	switch {
	case c.Title != "" && v.summary != "":
		return c.Title + ": " + v.summary
	case v.summary != "":
		return v.summary
	case c.Title != "":
		return "not met: " + c.Title
	}
	return fmt.Sprintf("expected %s, got %s", c.Expected, c.Actual)
}

func (s *scope) override(t *suites.Template, def string) string {
	if t == nil {
		return def
	}
	if x, err := t.RenderText(s.vars); err == nil {
		return x
	}
	return def
}

// newCheck fills in what the suite says of a check.
func (s *scope) newCheck(st *suites.Step, k *suites.Check) result.Check {
	c := s.in.c
	cites := firstList(k.Cites, c.Cites, c.Suite.Cites)
	level := k.Level
	if level == "" {
		level = c.Level
	}
	if level == "" {
		level = s.e.levelOf(cites)
	}
	area := s.e.areaOf(cites)
	return result.Check{
		ID: s.checkID(st, k.ID), Title: s.title(k.Title), Level: level, Cites: slices.Clone(cites), Area: area,
		Cause: firstNonEmpty(k.Cause, c.Cause, c.Suite.Cause, area),
		Why:   firstNonEmpty(k.Why, c.Why), Fix: firstNonEmpty(k.Fix, c.Fix), RFC: k.Departs(c),
	}
}

func (s *scope) title(t string) string { return s.e.title(t, s.vars) }

func (s *scope) skipped(st *suites.Step, k *suites.Check, kind result.SkipKind, by, reason string) result.Check {
	c := s.newCheck(st, k)
	c.Outcome, c.SkipKind, c.BlockedBy, c.Reason = result.Skip, kind, by, reason
	c.Summary = "not judged: " + reason
	return c
}

func (e *Engine) levelOf(cites []string) result.Level {
	level := result.May
	for _, id := range cites {
		if r := e.o.Library.Requirement(id); r != nil && r.Level().Rank() > level.Rank() {
			level = r.Level()
		}
	}
	return level
}

func (e *Engine) areaOf(cites []string) string {
	for _, id := range cites {
		if r := e.o.Library.Requirement(id); r != nil && r.Area != "" {
			return r.Area
		}
	}
	return "other"
}

func firstNonEmpty(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

func firstList(ls ...[]string) []string {
	for _, l := range ls {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}

// match runs the matcher of a check.
func (s *scope) match(ctx context.Context, k *suites.Check, resp *response) verdict {
	switch k.Matcher {
	case "any":
		return s.matchAny(ctx, k, resp)
	case "all":
		return s.matchAll(ctx, k, resp)
	case "not":
		v := s.match(ctx, k.Sub[0], resp)
		if v.err != nil || v.unjudged != "" {
			return v
		}
		return verdict{ok: !v.ok, expected: "not " + v.expected, actual: firstNonEmpty(v.actual, v.expected), at: v.at}
	}
	fn, ok := matchers()[k.Matcher]
	if !ok {
		return verdict{err: suitef("matcher %q is not implemented", k.Matcher)}
	}
	if why := s.remapped(k); why != "" {
		return verdict{unjudged: why}
	}
	var args any
	if k.Args != nil {
		var err error
		if args, err = k.Args.RenderKeep(s.vars); err != nil {
			return verdict{err: err}
		}
	}
	return fn(matchCall{s: s, ctx: ctx, resp: resp, args: suites.Plain(args), check: k})
}

func (s *scope) matchAny(ctx context.Context, k *suites.Check, resp *response) verdict {
	var want, got []string
	var at *result.Locus
	blocked := ""
	for _, sub := range k.Sub {
		if sub.When != nil {
			ok, err := sub.When.True(s.vars)
			if err != nil {
				return verdict{err: err}
			}
			if !ok {
				continue
			}
		}
		v := s.match(ctx, sub, resp)
		if v.err != nil || v.ok {
			return v
		}
		if v.unjudged != "" {
			blocked = v.unjudged
			continue
		}
		want, got = append(want, v.expected), append(got, v.actual)
		if at == nil {
			at = v.at
		}
	}
	if len(want) == 0 {
		return verdict{unjudged: firstNonEmpty(blocked, "nothing to judge")}
	}
	return verdict{expected: strings.Join(want, ", or "), actual: strings.Join(slices.Compact(got), "; "), at: at}
}

func (s *scope) matchAll(ctx context.Context, k *suites.Check, resp *response) verdict {
	var want []string
	for _, sub := range k.Sub {
		if sub.When != nil {
			ok, err := sub.When.True(s.vars)
			if err != nil {
				return verdict{err: err}
			}
			if !ok {
				continue
			}
		}
		v := s.match(ctx, sub, resp)
		if v.err != nil || v.unjudged != "" || !v.ok {
			return v
		}
		want = append(want, v.expected)
	}
	if len(want) == 0 {
		return verdict{unjudged: "nothing to judge"} // a pass would claim that something was looked at
	}
	return verdict{ok: true, expected: strings.Join(want, " and ")}
}
