package result

import (
	"slices"
	"strconv"
)

// renamer gives ids of one journal names that are unique among several.
type renamer struct {
	id       func(string) string // suites, cases, checks
	exchange func(string) string
	profile  func(string) string
	key      func(string) string // causes and facts
	group    func(string) string // of facts
}

// renameAll copies the events of the n-th journal under new names: with the target as prefix where
// there are several, else with the number of the shard for the exchanges that belong to no case
// (every shard makes its own discovery).
func renameAll(events []Event, label string, n int, several bool) []Event {
	same := func(s string) string { return s }
	r := renamer{id: same, exchange: same, profile: same, key: same, group: same}
	if several {
		prefix := func(s string) string {
			if s == "" {
				return ""
			}
			return label + ":" + s
		}
		r = renamer{id: prefix, exchange: prefix, key: prefix,
			profile: func(s string) string {
				if s == "" {
					return ""
				}
				return s + "@" + label
			},
			group: func(s string) string { return label + ": " + s }}
	} else if n > 0 {
		own := map[string]bool{}
		for _, e := range events {
			if e.Exchange != nil && e.Exchange.Case == "" && e.Case == "" {
				own[e.Exchange.ID] = true
			}
		}
		r.exchange = func(s string) string {
			if !own[s] {
				return s
			}
			return "shard" + strconv.Itoa(n+1) + ":" + s
		}
	}
	out := make([]Event, len(events))
	for i, e := range events {
		out[i] = r.event(e)
	}
	return out
}

func (r renamer) all(list []string, f func(string) string) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

func (r renamer) event(e Event) Event {
	e.Case = r.id(e.Case)
	if e.Plan != nil {
		e.Plan = r.plan(*e.Plan)
	}
	if e.Exchange != nil {
		x := *e.Exchange
		x.ID, x.Case = r.exchange(x.ID), r.id(x.Case)
		e.Exchange = &x
	}
	if e.Check != nil {
		e.Check = r.check(*e.Check)
	}
	if e.Fact != nil {
		v := *e.Fact
		v.ID, v.Exchange, v.Group = r.key(v.ID), r.exchange(v.Exchange), r.group(v.Group)
		e.Fact = &v
	}
	if e.Attribute != nil {
		v := *e.Attribute
		v.Resource = r.key(v.Resource)
		e.Attribute = &v
	}
	if e.Object != nil {
		v := *e.Object
		v.Case = r.id(v.Case)
		e.Object = &v
	}
	if e.Story != nil {
		v := *e.Story
		v.Exchanges = r.all(v.Exchanges, r.exchange)
		e.Story = &v
	}
	if e.Ended != nil {
		v := *e.Ended
		v.BlockedBy = r.id(v.BlockedBy)
		e.Ended = &v
	}
	return e
}

func (r renamer) check(c Check) *Check {
	c.ID, c.Exchange, c.BlockedBy, c.Cause = r.id(c.ID), r.exchange(c.Exchange), r.id(c.BlockedBy), r.key(c.Cause)
	c.Exchanges = r.all(c.Exchanges, r.exchange)
	return &c
}

func (r renamer) plan(p Plan) *Plan {
	p.Suites, p.Profiles = slices.Clone(p.Suites), slices.Clone(p.Profiles)
	for i := range p.Suites {
		s := &p.Suites[i]
		s.ID, s.IDP, s.Cases = r.id(s.ID), r.profile(s.IDP), slices.Clone(s.Cases)
		for j := range s.Cases {
			s.Cases[j].ID, s.Cases[j].BlockedBy = r.id(s.Cases[j].ID), r.id(s.Cases[j].BlockedBy)
		}
	}
	for i := range p.Profiles {
		if id := r.profile(p.Profiles[i].ID); id != p.Profiles[i].ID {
			p.Profiles[i].Title += " (" + id[len(p.Profiles[i].ID)+1:] + ")"
			p.Profiles[i].ID = id
		}
	}
	causes := make(map[string]CauseText, len(p.Causes))
	for k, v := range p.Causes {
		causes[r.key(k)] = v
	}
	rules := make(map[string]ReadinessRule, len(p.Readiness))
	for k, v := range p.Readiness {
		rules[r.profile(k)] = v
	}
	p.Causes, p.Readiness = causes, rules
	return &p
}
