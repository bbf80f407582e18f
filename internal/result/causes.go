package result

import (
	"slices"
	"strings"
)

// index finds cases and checks of a document by id.
type index struct {
	cases  map[string]*Case
	suites map[string]*Suite // by case id
	checks map[string]*Check
	owner  map[string]*Case // by check id
}

func newIndex(d *Document) *index {
	x := &index{cases: map[string]*Case{}, suites: map[string]*Suite{}, checks: map[string]*Check{}, owner: map[string]*Case{}}
	for i := range d.Suites {
		s := &d.Suites[i]
		for j := range s.Cases {
			c := &s.Cases[j]
			x.cases[c.ID], x.suites[c.ID] = c, s
			for k := range c.Checks {
				x.checks[c.Checks[k].ID], x.owner[c.Checks[k].ID] = &c.Checks[k], c
			}
		}
	}
	return x
}

// caseOf finds a case by its own id or by the id of one of its checks.
func (x *index) caseOf(id string) *Case {
	if c := x.cases[id]; c != nil {
		return c
	}
	if c := x.owner[id]; c != nil {
		return c
	}
	return x.cases[parentID(id)]
}

// root follows BlockedBy to the case that started it. A ring ends where it began.
func (x *index) root(c *Case) *Case {
	for n := 0; n < len(x.cases) && c != nil && c.Outcome == Skip && c.BlockedBy != ""; n++ {
		next := x.caseOf(c.BlockedBy)
		if next == nil || next == c {
			break
		}
		c = next
	}
	return c
}

// primaryKind tells suites whose findings are faults by themselves from those whose findings show
// what a fault does to an identity provider.
func primaryKind(kind string) bool { return kind != "idp" && kind != "published" }

// causeDraft collects one cause.
type causeDraft struct {
	key       string
	first     int // place of its first finding in the document
	primary   []*Check
	secondary []*Check
}

// buildCauses groups findings by cause key. Findings of rfc, automatic and user suites are the
// cause itself; those of identity-provider stories with the same key are its consequences, unless
// there is nothing else. A cause that another one explains is not a cause at all (see explained).
func buildCauses(d *Document, x *index, texts map[string]CauseText) []Cause {
	var order []*causeDraft
	byKey := map[string]*causeDraft{}
	talk := newTalk(d.Exchanges)
	n := 0
	for i := range d.Suites {
		for j := range d.Suites[i].Cases {
			checks := d.Suites[i].Cases[j].Checks
			for k := range checks {
				n++
				if !checks[k].Finding() {
					continue
				}
				key := causeKey(checks[k])
				if marked := talk.marked(&checks[k], texts); marked != "" {
					key = marked
				} else if recased := talk.recased(&checks[k], texts); recased != "" {
					key = recased
				} else if primaryKind(d.Suites[i].Kind) {
					key = talk.failedAs(key, &checks[k], texts)
				} else {
					key = talk.failedAs(talk.refusedAs(key, &checks[k], texts), &checks[k], texts)
				}
				if byKey[key] == nil {
					byKey[key] = &causeDraft{key: key, first: n}
					order = append(order, byKey[key])
				}
				if primaryKind(d.Suites[i].Kind) {
					byKey[key].primary = append(byKey[key].primary, &checks[k])
				} else {
					byKey[key].secondary = append(byKey[key].secondary, &checks[k])
				}
			}
		}
	}
	order = explained(order, texts, talk)
	causes := make([]Cause, 0, len(order))
	for _, draft := range order {
		causes = append(causes, draft.cause(d, x, texts[draft.key]))
	}
	sortCauses(causes)
	return causes
}

func causeKey(c Check) string {
	if c.Cause != "" {
		return c.Cause
	}
	return c.ID
}

func (draft *causeDraft) cause(d *Document, x *index, text CauseText) Cause {
	primary, secondary := draft.primary, draft.secondary
	if len(primary) == 0 {
		primary, secondary = secondary, nil
	}
	sortFindings(primary)
	sortFindings(secondary)
	c := Cause{ID: draft.key, Title: text.Title, Why: text.Why, Fix: text.Fix, Urgent: text.Urgent, Known: true, Checks: []string{}}
	for _, k := range primary {
		c.Checks = append(c.Checks, k.ID)
		c.Cites = appendNew(c.Cites, k.Cites...)
	}
	for _, k := range secondary {
		c.Consequences = append(c.Consequences, k.ID)
	}
	for _, k := range append(slices.Clone(primary), secondary...) {
		c.Outcome = worse(c.Outcome, k.Outcome)
		if k.Outcome != Error && k.Level.Rank() > c.Level.Rank() || c.Level == "" {
			c.Level = k.Level
		}
		c.Known = c.Known && k.Known != nil
		c.Title, c.Why, c.Fix = or(c.Title, k.Summary, k.Title), or(c.Why, k.Why), or(c.Fix, k.Fix)
	}
	c.Profiles, c.Features = breaks(d, x, append(slices.Clone(primary), secondary...))
	return c
}

// breaks lists the profiles and features that failing findings break, by themselves or by
// blocking cases. A warning breaks nothing.
func breaks(d *Document, x *index, findings []*Check) (profiles, features []string) {
	failing := map[*Case]bool{}
	for _, k := range findings {
		if k.Outcome == Fail {
			failing[x.owner[k.ID]] = true
		}
	}
	if len(failing) == 0 {
		return nil, nil
	}
	hitProfile, hitFeature := map[string]bool{}, map[string]bool{}
	for i := range d.Suites {
		s := &d.Suites[i]
		for j := range s.Cases {
			c := &s.Cases[j]
			if !failing[c] && !(c.Outcome == Skip && c.SkipKind == SkipBlocked && failing[x.root(c)]) {
				continue
			}
			if s.IDP != "" && !hitProfile[s.IDP] {
				hitProfile[s.IDP] = true
				profiles = append(profiles, s.IDP)
			}
			if c.Feature != "" && !hitFeature[c.Feature] {
				hitFeature[c.Feature] = true
				features = append(features, c.Feature)
			}
		}
	}
	return profiles, features
}

func sortFindings(list []*Check) {
	slices.SortStableFunc(list, func(a, b *Check) int {
		if a.Outcome != b.Outcome {
			return badness[b.Outcome] - badness[a.Outcome]
		}
		return b.Level.Rank() - a.Level.Rank()
	})
}

// causeRank orders outcomes in the list of causes: what could not be judged comes last.
var causeRank = map[Outcome]int{Fail: 3, Warn: 2, Error: 1}

// sortCauses puts new causes before known ones, MUST before SHOULD, and then those first that are
// urgent, and those that break the most identity providers.
func sortCauses(list []Cause) {
	slices.SortStableFunc(list, func(a, b Cause) int {
		switch {
		case a.Known != b.Known:
			if a.Known {
				return 1
			}
			return -1
		case a.Outcome != b.Outcome:
			return causeRank[b.Outcome] - causeRank[a.Outcome]
		case a.Level != b.Level:
			return b.Level.Rank() - a.Level.Rank()
		case a.Urgent != b.Urgent:
			if a.Urgent {
				return -1
			}
			return 1
		case len(a.Profiles) != len(b.Profiles):
			return len(b.Profiles) - len(a.Profiles)
		}
		return len(b.Checks) + len(b.Consequences) - len(a.Checks) - len(a.Consequences)
	})
}

func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// or returns the first text that is not blank.
func or(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
