package result

import (
	"fmt"
	"slices"
	"strings"
)

// Judgement is a verdict with its reason and its evidence.
type Judgement struct {
	Verdict  Verdict
	Because  string
	Evidence []string // case ids, the deciding one first
}

// Judge decides a feature from its cases for one profile. find looks up any case of the document,
// to follow what a skipped case was blocked by; it may be nil.
//
// The rules, in this order:
//
//  1. No case: untested.
//  2. A case counts as failed when it failed, or when it was blocked by a failed case of the same
//     feature. Baseline entries change nothing: a known failure is still a failure.
//  3. An essential case failed: broken. Cases failed and none passed: broken. Cases failed and
//     others passed: partial.
//  4. Nothing failed, but an essential case could not be judged (error, blocked by another
//     feature, aborted, read-only, needs setup, deselected): untested, with its reason. A promise is
//     never called kept when its deciding case did not run.
//  5. At least one case passed (information and warnings pass, too): supported.
//  6. Every case was skipped as not applicable: not supported.
//  7. Otherwise: untested, with the first reason.
func Judge(feature string, cases []Case, find func(id string) *Case) Judgement {
	if len(cases) == 0 {
		return Judgement{Verdict: Untested, Because: "no case of this feature was run for this profile"}
	}
	t := sortCases(feature, cases, find)
	switch {
	case len(t.failed) > 0:
		return t.judgeFailed()
	case t.essentialUnjudged() != nil:
		c := t.essentialUnjudged()
		return Judgement{Untested, "the deciding case was not judged: " + caseReason(*c), t.evidence(c)}
	case len(t.passed) > 0:
		return Judgement{Supported, t.supportNote(), t.evidence(&t.passed[0])}
	case len(t.absent) == len(cases):
		return Judgement{NotSupported, caseReason(t.absent[0]), t.evidence(&t.absent[0])}
	}
	return Judgement{Untested, caseReason(t.unjudged[0]), t.evidence(&t.unjudged[0])}
}

// tally sorts the cases of a feature by what they say of it.
type tally struct {
	failed, passed, unjudged, absent []Case
	warned                           int
}

func sortCases(feature string, cases []Case, find func(string) *Case) tally {
	var t tally
	for _, c := range cases {
		switch c.Outcome {
		case Fail:
			t.failed = append(t.failed, c)
		case Pass, Info, Warn:
			t.passed = append(t.passed, c)
			if c.Outcome == Warn {
				t.warned++
			}
		case Skip:
			switch {
			case c.SkipKind == SkipNotApplicable:
				t.absent = append(t.absent, c)
			case blockedWithin(feature, c, find):
				t.failed = append(t.failed, c)
			default:
				t.unjudged = append(t.unjudged, c)
			}
		default:
			t.unjudged = append(t.unjudged, c)
		}
	}
	slices.SortStableFunc(t.failed, essentialFirst)
	slices.SortStableFunc(t.passed, essentialFirst)
	return t
}

// essentialFirst puts the deciding case first; a case that failed itself comes before one that
// was only blocked.
func essentialFirst(a, b Case) int {
	rank := func(c Case) int {
		n := 0
		if c.Essential {
			n += 2
		}
		if c.Outcome != Skip {
			n++
		}
		return n
	}
	return rank(b) - rank(a)
}

// blockedWithin reports whether the case was blocked, over any number of cases, by a failed case
// of the same feature.
func blockedWithin(feature string, c Case, find func(string) *Case) bool {
	if c.SkipKind != SkipBlocked || find == nil {
		return false
	}
	seen := map[string]bool{}
	for id := c.BlockedBy; id != "" && !seen[id]; {
		seen[id] = true
		b := find(id)
		if b == nil {
			return false
		}
		if b.Outcome == Fail {
			return b.Feature == feature
		}
		id = b.BlockedBy
	}
	return false
}

func (t tally) judgeFailed() Judgement {
	first := t.failed[0]
	j := Judgement{Because: caseReason(first), Evidence: t.evidence(&first)}
	switch {
	case first.Essential || len(t.passed) == 0:
		j.Verdict = Broken
	default:
		j.Verdict = Partial
		j.Because = fmt.Sprintf("%d of %d cases failed: %s", len(t.failed), len(t.failed)+len(t.passed), j.Because)
	}
	return j
}

func (t tally) essentialUnjudged() *Case {
	for i := range t.unjudged {
		if t.unjudged[i].Essential {
			return &t.unjudged[i]
		}
	}
	return nil
}

// supportNote says what limits a verdict of "supported", if anything does.
func (t tally) supportNote() string {
	var notes []string
	if t.warned > 0 {
		notes = append(notes, plural(t.warned, "case with warnings", "cases with warnings"))
	}
	if len(t.unjudged) > 0 {
		notes = append(notes, plural(len(t.unjudged), "case was not judged", "cases were not judged")+" ("+caseReason(t.unjudged[0])+")")
	}
	if len(t.absent) > 0 {
		notes = append(notes, plural(len(t.absent), "case was not applicable", "cases were not applicable")+" ("+caseReason(t.absent[0])+")")
	}
	return strings.Join(notes, "; ")
}

// evidence lists all case ids, the deciding one first, failed before the rest.
func (t tally) evidence(deciding *Case) []string {
	out := []string{deciding.ID}
	for _, list := range [][]Case{t.failed, t.passed, t.unjudged, t.absent} {
		for _, c := range list {
			out = appendNew(out, c.ID)
		}
	}
	return out
}

// caseReason says in one line why a case ended as it did.
func caseReason(c Case) string {
	if c.Outcome == Skip || c.Outcome == Error {
		if r := or(c.Reason); r != "" {
			return r
		}
		if c.BlockedBy != "" {
			return "blocked by " + c.BlockedBy
		}
	}
	for _, k := range c.Checks {
		if k.Outcome == c.Outcome {
			if s := or(k.Summary, k.Title, k.Reason); s != "" {
				return s
			}
		}
	}
	return or(c.Reason, c.Title, c.ID)
}

func featureVerdicts(d *Document, x *index, planned []Feature) []Feature {
	byKey := map[[2]string][]Case{}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			if s.IDP != "" && c.Feature != "" {
				k := [2]string{c.Feature, s.IDP}
				byKey[k] = append(byKey[k], c)
			}
		}
	}
	out := make([]Feature, 0, len(planned))
	for _, f := range planned {
		f.Verdicts, f.Evidence, f.Because = map[string]Verdict{}, map[string][]string{}, map[string]string{}
		for _, p := range d.Profiles {
			j := Judge(f.ID, byKey[[2]string{f.ID, p.ID}], x.caseOf)
			f.Verdicts[p.ID] = j.Verdict
			if len(j.Evidence) > 0 {
				f.Evidence[p.ID] = j.Evidence
			}
			if j.Because != "" {
				f.Because[p.ID] = j.Because
			}
		}
		out = append(out, f)
	}
	return out
}

// States of readiness.
const (
	StateReady    = "ready"
	StateLimits   = "limits"
	StateNotReady = "not ready"
	StateUnknown  = "unknown"
)

// readiness applies a rule to the verdicts of one profile. Required features decide: broken or not
// supported means not ready, untested means unknown, partial means limits. Wanted features that do
// not work mean limits. A wanted one that was not tested is only mentioned where nobody asked for
// it or the target says that it has none; where its cases were played and ended in an error, it
// limits: what could not be played for us is not ready for the IdP.
func readiness(d *Document, p Profile, rule ReadinessRule) Readiness {
	if d.Diagnosis != nil {
		return Readiness{State: StateUnknown, Because: []string{"the target could not be tested: " + d.Diagnosis.Message}}
	}
	r := Readiness{State: StateReady, Because: []string{}}
	rank := map[string]int{StateReady: 0, StateLimits: 1, StateUnknown: 2, StateNotReady: 3}
	note := func(f Feature, state string) {
		if rank[state] > rank[r.State] {
			r.State = state
		}
		text := f.Title + ": " + string(f.Verdicts[p.ID])
		if b := f.Because[p.ID]; b != "" {
			text += " (" + b + ")"
		}
		r.Because = append(r.Because, text)
	}
	requiredState := map[Verdict]string{Broken: StateNotReady, NotSupported: StateNotReady, Partial: StateLimits, Untested: StateUnknown}
	wantedState := func(f Feature) (string, bool) {
		switch v := f.Verdicts[p.ID]; {
		case v == Broken, v == NotSupported, v == Partial, v == Untested && endedInError(d, p.ID, f.ID):
			return StateLimits, true
		case v == Untested:
			return StateReady, true
		}
		return "", false
	}
	judged := false
	for _, f := range d.Features {
		v := f.Verdicts[p.ID]
		judged = judged || v != Untested
		if slices.Contains(rule.Required, f.ID) {
			if state, bad := requiredState[v]; bad {
				note(f, state)
			}
		} else if slices.Contains(rule.Wanted, f.ID) {
			if state, bad := wantedState(f); bad {
				note(f, state)
			}
		}
	}
	if !judged {
		r.State = StateUnknown
		if len(r.Because) == 0 {
			r.Because = append(r.Because, "nothing was tested for this profile")
		}
	}
	sortByState(r.Because, d, p)
	r.Ready = r.State == StateReady || r.State == StateLimits
	return r
}

// endedInError tells whether a case of this feature was played for the profile and could not be
// judged.
func endedInError(d *Document, profile, feature string) bool {
	for _, s := range d.Suites {
		if s.IDP == profile && slices.ContainsFunc(s.Cases, func(c Case) bool {
			return c.Feature == feature && c.Outcome == Error
		}) {
			return true
		}
	}
	return false
}

// sortByState puts the worst reasons first: broken, not supported, partial, untested.
func sortByState(reasons []string, d *Document, p Profile) {
	rank := map[string]int{}
	order := map[Verdict]int{Broken: 0, NotSupported: 1, Partial: 2, Untested: 3}
	for _, f := range d.Features {
		for _, r := range reasons {
			if strings.HasPrefix(r, f.Title+": "+string(f.Verdicts[p.ID])) {
				rank[r] = order[f.Verdicts[p.ID]]
			}
		}
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return rank[a] - rank[b] })
}

// defaultReadiness serves profiles without a rule of their own: features with an essential case
// are required, the others that have a case are wanted.
func defaultReadiness(d *Document, profile string) ReadinessRule {
	var rule ReadinessRule
	for _, s := range d.Suites {
		if s.IDP != profile {
			continue
		}
		for _, c := range s.Cases {
			if c.Essential {
				rule.Required = appendNew(rule.Required, c.Feature)
			} else {
				rule.Wanted = appendNew(rule.Wanted, c.Feature)
			}
		}
	}
	return rule
}
