package prove

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// longest bounds one run: a defect that makes the suites hang is a fault of ours.
const longest = 2 * time.Minute

// Judge runs the cases (every one if there are none) against a provider with one defect and records
// what fails.
func (b *Bench) Judge(defect string, cases []string) (*proofs.Record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	doc, err := b.Run(ctx, []string{defect}, nil, Selection{Only: b.closure(cases)})
	if err != nil {
		return nil, err
	}
	return Reduce(doc), nil
}

// Reduce keeps of a document what fails, by cause and case, with the items of expanded cases taken
// together: an attribute more or less is not another check.
func Reduce(doc *result.Document) *proofs.Record {
	r := &proofs.Record{Causes: map[string]map[string][]string{}}
	note := func(cause, caseID, name string) {
		if r.Causes[cause] == nil {
			r.Causes[cause] = map[string][]string{}
		}
		r.Causes[cause][caseID] = append(r.Causes[cause][caseID], name)
	}
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if c.Outcome == result.Error {
				r.Errors = append(r.Errors, StripItem(c.ID))
			}
			for _, k := range c.Checks {
				if k.Outcome != result.Fail && k.Outcome != result.Warn {
					continue
				}
				id := StripItem(k.ID)
				if s.Kind == string(suites.KindAutomatic) {
					first, _, _ := strings.Cut(k.Exchange, "#")
					note(k.Cause, id, StripItem(first))
					continue
				}
				caseID := StripItem(c.ID)
				note(k.Cause, caseID, strings.TrimPrefix(id, caseID+"/"))
			}
		}
	}
	for _, cases := range r.Causes {
		for c := range cases {
			cases[c] = tidy(cases[c])
		}
	}
	r.Errors = tidy(r.Errors)
	r.Told = toldIn(doc)
	return r
}

// toldIn lists the causes that a report tells of, without those that nothing but stories tell of; where there are no
// others, those.
func toldIn(doc *result.Document) []string {
	story := map[string]bool{}
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				story[k.ID] = s.Kind == string(suites.KindIDP) || s.Kind == string(suites.KindPublished)
			}
		}
	}
	var out, all []string
	for _, c := range doc.Causes {
		if c.Outcome == result.Error {
			continue
		}
		all = append(all, c.ID)
		if slices.ContainsFunc(c.Checks, func(id string) bool { return !story[id] }) {
			out = append(out, c.ID)
		}
	}
	if len(out) == 0 {
		out = all
	}
	return tidy(out)
}

func tidy(list []string) []string {
	sort.Strings(list)
	return slices.Compact(list)
}

// everyCase lists every case that is part of some run without being asked for by its suite: those of profiles that are played
// only when they are named (docs/adr/0024) as well.
func (b *Bench) everyCase() []string {
	var out []string
	for id, c := range b.byID {
		if c.Suite.Off == "" && c.Suite.Kind != suites.KindPublished {
			out = append(out, id)
		}
	}
	sort.Strings(out)
	return out
}

// casesOf lists those of everyCase whose id begins with the prefix.
func (b *Bench) casesOf(prefix string) []string {
	return slices.DeleteFunc(b.everyCase(), func(id string) bool { return !strings.HasPrefix(id, prefix) })
}

// closure adds the cases that these come after: what follows from a broken one is skipped, in a part of
// the run as in the whole.
func (b *Bench) closure(cases []string) []string {
	var out []string
	var add func(id string)
	add = func(id string) {
		if c := b.byID[id]; c != nil && !slices.Contains(out, id) {
			out = append(out, id)
			for _, a := range c.After {
				if !strings.Contains(a, "/") {
					a = c.Suite.ID + "/" + a
				}
				add(a)
			}
		}
	}
	for _, id := range cases {
		add(id)
	}
	sort.Strings(out)
	return out
}

// Told leaves out the causes that another one explains (docs/adr/0015): their findings stand under that one in a report. Of
// two that explain each other the first stays.
func (b *Bench) Told(primary []string) []string {
	explains := func(k, d string) bool {
		return slices.ContainsFunc(b.Library.Causes[k].Entails, func(p string) bool { return result.MatchGlob(p, d) })
	}
	var out []string
	for _, d := range primary {
		if !slices.ContainsFunc(primary, func(k string) bool { return k != d && explains(k, d) && (!explains(d, k) || k < d) }) {
			out = append(out, d)
		}
	}
	return out
}

// Story reports whether a case shows what a fault does to somebody rather than the fault itself.
func (b *Bench) Story(caseID string) bool {
	c := b.byID[caseID]
	return c != nil && (c.Suite.Kind == suites.KindIDP || c.Suite.Kind == suites.KindPublished)
}

// Judged lists the checks that have to be proven, each as it is written: all but those that only inform. A step of an operation
// is one check, however many stories play it (docs/adr/0055).
func (b *Bench) Judged() []engine.CheckInfo {
	seen := map[string]bool{}
	var out []engine.CheckInfo
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		c := b.byID[k.Case]
		if k.Level == result.May || seen[k.Written()] || c != nil && c.Suite.Off != "" {
			continue
		}
		seen[k.Written()] = true
		if k.Of != "" {
			i := strings.LastIndexByte(k.Of, '/')
			k.ID, k.Case = k.Of, k.Of[:i]
		}
		out = append(out, k)
	}
	return out
}

// Alarms lists what a legal variant must not bring about: violated MUSTs and cases that cannot be judged.
// A story of an identity provider may fail on a need that the variant says it does not meet; idle are
// those of them on which nothing failed.
func Alarms(doc *result.Document, unmet []string) (alarms, idle []string) {
	used := map[string]bool{}
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if c.Outcome == result.Error {
				alarms = append(alarms, "ERROR "+c.ID+": "+c.Reason)
			}
			for _, k := range c.Checks {
				if k.Outcome != result.Fail {
					continue
				}
				expected := ""
				for _, r := range k.Cites {
					if s.IDP != "" && slices.Contains(unmet, r) {
						expected = r
					}
				}
				if used[expected] = true; expected == "" {
					alarms = append(alarms, fmt.Sprintf("%s %v [%s]\n      %s\n      expected %s\n      actual   %s", k.ID, k.Cites, k.Cause, k.Summary, k.Expected, k.Actual))
				}
			}
		}
	}
	for _, r := range unmet {
		if !used[r] {
			idle = append(idle, r)
		}
	}
	return alarms, idle
}
