package grade

import (
	"fmt"
	"maps"
	"slices"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// kindClient is the kind of the suites in the document.
const kindClient = "client"

// Document is the report on everything that the client has sent so far.
func (g *Grader) Document() *result.Document {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.state
	env := s.conversation()
	fold := result.NewFold()
	run := g.o.Run
	run.Started, run.DurationMS = s.started.UTC(), s.last.Sub(s.started).Milliseconds()
	target := result.Target{URL: g.o.BaseURL, Title: "the client " + clientName(s), Auth: "none"}
	if l := s.seen.values["schemes"]; len(l) > 0 {
		target.Auth = l[0]
	}
	fold.Emit(result.Event{Type: result.RunStarted, At: s.started, Tool: &g.o.Tool, Run: &run, Target: &target})
	fold.Emit(result.Event{Type: result.Planned, At: s.started, Plan: g.plan()})
	for _, x := range s.kept {
		shown := *x
		shown.Setup = false
		fold.Emit(result.Event{Type: result.ExchangeDone, At: x.Started, Exchange: &shown})
	}
	for _, t := range s.tallies {
		whole := t
		if t.rule.Of == "conversation" { // judged when asked for, and each time anew
			whole = &tally{rule: t.rule}
			if s.requests > 0 {
				whole.judge(env, "")
			}
		}
		s.emit(fold, whole)
	}
	for _, c := range g.o.Library.Clients {
		for _, f := range c.Facts {
			s.fact(fold, f, env)
		}
	}
	fold.Emit(result.Event{Type: result.RunEnded, At: s.last, Run: &run})
	return fold.Document()
}

// clientName is how the client calls itself.
func clientName(s *state) string {
	if l := s.seen.values["agents"]; len(l) > 0 {
		return l[0]
	}
	return "(no User-Agent)"
}

// conversation is what rules and facts about the whole see.
func (s *state) conversation() map[string]any {
	env := map[string]any{"agent": "", "requests": s.requests, "kinds": s.seen.kindEnv(), "seen": s.seen.env()}
	env["discovered"] = env["seen"].(map[string]any)["discovery"]
	if l := s.seen.values["agents"]; len(l) > 0 {
		env["agent"] = l[0]
	}
	maps.Copy(env, functions)
	return env
}

func (g *Grader) plan() *result.Plan {
	p := &result.Plan{Causes: map[string]result.CauseText{}, Scoring: g.o.Library.Scoring}
	p.Scoring.Caps = nil // they speak of what providers do
	cited := map[string]bool{}
	for _, c := range g.o.Library.Clients {
		out := result.Suite{ID: c.ID, Title: c.Title, Kind: kindClient}
		for _, r := range c.Rules {
			out.Cases = append(out.Cases, result.Case{ID: r.FullID(), Title: r.Title})
			p.Causes[r.FullID()] = result.CauseText{Title: r.Title, Why: r.Why, Fix: r.Fix}
			for _, id := range r.Cites {
				cited[id] = true
			}
		}
		p.Suites = append(p.Suites, out)
	}
	for _, r := range g.o.Library.Requirements {
		if cited[r.ID] {
			p.Requirements = append(p.Requirements, result.RequirementResult{ID: r.ID, Level: r.Level(), Keyword: r.Keyword, Area: r.Area, Section: r.Section, Summary: r.Summary, URL: r.URL()})
		}
	}
	return p
}

// emit makes the check of a rule.
func (s *state) emit(fold *result.Fold, t *tally) {
	r := t.rule
	k := result.Check{ID: r.CheckID(), Title: r.Title, Level: r.Level, Cites: r.Cites, Why: r.Why, Fix: r.Fix, Cause: r.FullID(), Expected: t.expected, Actual: t.actual}
	switch {
	case t.trouble != "" && t.broken == 0:
		k.Outcome, k.Summary = result.Error, "could not be judged: "+t.trouble
	case t.judged == 0:
		k.Outcome, k.SkipKind, k.Reason = result.Skip, result.SkipNotApplicable, "the client sent nothing that this rule is about"
		k.Summary = "not judged: " + k.Reason
	case t.broken == 0:
		k.Outcome, k.Summary = result.Pass, r.Title
	default:
		k.Outcome = r.Level.Violated()
		k.Summary = r.Title + ": " + count(t)
		k.Occurrences, k.Exchanges = t.broken, slices.Clone(t.evidence)
		if len(t.evidence) > 0 {
			k.Exchange = t.evidence[0]
			k.At = &result.Locus{Where: "request"}
		}
	}
	fold.Emit(result.Event{Type: result.CaseStarted, At: s.started, Case: r.FullID()})
	fold.Emit(result.Event{Type: result.CheckDone, At: s.last, Case: r.FullID(), Check: &k})
	fold.Emit(result.Event{Type: result.CaseEnded, At: s.last, Case: r.FullID(), Ended: &result.CaseEnd{Outcome: k.Outcome, SkipKind: k.SkipKind, Reason: k.Reason}})
}

var unitNames = map[string][2]string{
	"request": {"request", "requests"}, "operation": {"PATCH operation", "PATCH operations"}, "value": {"value", "values"}, "bulk": {"bulk operation", "bulk operations"},
}

// count says how often a rule was broken.
func count(t *tally) string {
	names, ok := unitNames[t.rule.Of]
	switch {
	case !ok:
		return "not in the whole conversation"
	case t.judged == 1:
		return "broken by the only " + names[0] + " that it is about"
	}
	return fmt.Sprintf("broken by %d of %d %s", t.broken, t.judged, names[1])
}

func (s *state) fact(fold *result.Fold, f *suites.FactDef, env map[string]any) {
	if s.requests == 0 {
		return
	}
	if f.When != nil {
		if applies, err := f.When.True(env); err != nil || !applies {
			return
		}
	}
	v, err := f.Value.Eval(env)
	if err != nil || v == nil {
		return
	}
	fold.Emit(result.Event{Type: result.FactFound, At: s.last, Fact: &result.Fact{ID: f.ID, Group: f.Group, Title: f.Title, Note: f.Note, Value: v, Cites: f.Cites}})
}
