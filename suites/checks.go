package suites

import (
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// CheckInfo is what is known about a check before any run, for the generated documentation. The
// engine lists all checks of a run, those of operations and automatic ones included; Library.Checks
// lists what stands in the files.
type CheckInfo struct {
	ID    string // as in a result, without the item of an expanded case
	Case  string // full id of its case
	Title string
	Level result.Level
	Cites []string
	Why   string
	Fix   string
	Judge string // matcher and argument in one line
	Fact  bool   // records a choice, cannot fail
	RFC   *result.RFCView
}

// Checks lists every check and every fact that stands in the suites, in order.
func (l *Library) Checks() []CheckInfo {
	var out []CheckInfo
	for _, s := range l.Suites {
		for _, c := range s.Cases {
			for _, st := range c.Steps {
				out = l.stepChecks(out, c, st)
			}
		}
	}
	return out
}

func (l *Library) stepChecks(out []CheckInfo, c *Case, st *Step) []CheckInfo {
	for _, k := range st.Expect {
		out = append(out, l.checkInfo(c, st, k))
	}
	for _, f := range st.Facts {
		out = append(out, CheckInfo{ID: c.FullID() + "/" + st.ID + "." + f.ID, Case: c.FullID(), Title: f.Title, Level: result.May,
			Cites: f.Cites, Fact: true, Judge: f.Value.text()})
	}
	for _, sub := range st.Parallel {
		out = l.stepChecks(out, c, sub)
	}
	return out
}

func (e *Expr) text() string {
	if e == nil {
		return ""
	}
	return e.Source
}

func (l *Library) checkInfo(c *Case, st *Step, k *Check) CheckInfo {
	info := CheckInfo{ID: c.FullID() + "/" + st.ID + "." + k.ID, Case: c.FullID(), Title: first(k.Title, st.Title, c.Title),
		Why: first(k.Why, c.Why), Fix: first(k.Fix, c.Fix), Judge: judge(k), RFC: k.Departs(c)}
	for _, cites := range [][]string{k.Cites, c.Cites, c.Suite.Cites} {
		if len(cites) > 0 {
			info.Cites = cites
			break
		}
	}
	info.Level = k.Level
	if info.Level == "" {
		info.Level = c.Level
	}
	if info.Level == "" {
		info.Level, _ = l.LevelOf(info.Cites)
	}
	text := l.Causes[first(k.Cause, c.Cause, c.Suite.Cause, l.area(info.Cites))]
	info.Why, info.Fix = first(info.Why, text.Why), first(info.Fix, text.Fix)
	return info
}

func (l *Library) area(cites []string) string {
	for _, id := range cites {
		if r := l.Requirement(id); r != nil {
			return r.Area
		}
	}
	return ""
}

// judge shows the matcher of a check as its author wrote it.
func judge(k *Check) string {
	if len(k.Sub) == 0 {
		return k.Matcher + ": " + k.Args.Source()
	}
	s := k.Matcher + ": ["
	for i, sub := range k.Sub {
		if i > 0 {
			s += "; "
		}
		s += judge(sub)
	}
	return s + "]"
}

func first(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// Covering maps each requirement to the ids of the checks that cite it, in order, without repeats.
func Covering(checks []CheckInfo) map[string][]string {
	out := map[string][]string{}
	for _, k := range checks {
		for _, id := range k.Cites {
			if !slices.Contains(out[id], k.ID) {
				out[id] = append(out[id], k.ID)
			}
		}
	}
	return out
}

// withFacts adds the facts of the files and the rules for clients to a list of checks that may lack them.
func (l *Library) withFacts(checks []CheckInfo) []CheckInfo {
	out := slices.Clone(checks)
	seen := map[string]bool{}
	for _, k := range checks {
		seen[k.ID] = k.Fact || strings.HasSuffix(k.ID, "/kept") // a fact and a check of one step may have one id
	}
	for _, k := range l.Checks() {
		if k.Fact && !seen[k.ID] {
			out = append(out, k)
		}
	}
	for _, k := range l.ClientChecks() {
		if !seen[k.ID] {
			out = append(out, k)
		}
	}
	return out
}

// WhyUncovered says why a requirement has no check: a reason of uncovered.yaml, or one that follows
// from the requirement itself. "" means that it should have one.
func (l *Library) WhyUncovered(r *Requirement) string {
	switch why := l.Uncovered[r.ID]; {
	case why != "":
		return why
	case r.Subject == "client" && r.Level() == result.May:
		return "A permission of clients: there is nothing to break."
	case r.Subject == "client":
		return "" // a rule of suites/client judges it, or uncovered.yaml says why not
	case r.Testable == "not-testable":
		return first(r.WhyNot, "A black box cannot see it.")
	}
	return ""
}

// Uncheckable tells whether a run against a provider can test the requirement at all.
func (r *Requirement) Uncheckable() bool {
	return r.Subject == "client" || r.Testable == "not-testable"
}

// Missing lists the requirements that should have a check and neither have one nor stand in
// uncovered.yaml.
func (l *Library) Missing(checks []CheckInfo) []*Requirement {
	covering := Covering(l.withFacts(checks))
	var out []*Requirement
	for _, r := range l.Requirements {
		if len(covering[r.ID]) == 0 && l.WhyUncovered(r) == "" {
			out = append(out, r)
		}
	}
	return out
}

// CheckSteps holds the cites and causes of steps that were parsed without a library (operations of
// a profile) against this one.
func (l *Library) CheckSteps(steps []*Step) Problems {
	var out Problems
	report := func(pos Pos, cites []string, cause string) {
		for _, id := range cites {
			if l.Requirement(id) == nil {
				out = append(out, Problem{Pos: pos, Msg: "unknown requirement \"" + id + "\"", Hint: suggest(id, l.requirementIDs())})
			}
		}
		if _, ok := l.Causes[cause]; cause != "" && !ok {
			out = append(out, Problem{Pos: pos, Msg: "unknown cause \"" + cause + "\"", Hint: suggest(cause, l.causeKeys())})
		}
	}
	for _, s := range steps {
		for _, r := range s.React {
			report(r.Pos, r.Cites, r.Cause)
		}
		for _, k := range s.Expect {
			report(k.Pos, k.Cites, k.Cause)
		}
		for _, f := range s.Facts {
			report(f.Pos, f.Cites, "")
		}
		out = append(out, l.CheckSteps(s.Parallel)...)
	}
	return out
}
