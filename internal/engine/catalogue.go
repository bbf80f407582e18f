package engine

import (
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// CheckInfo is a check as it is listed and explained, before any run.
type CheckInfo struct {
	ID    string          `json:"id"`
	Case  string          `json:"case"`
	Title string          `json:"title,omitempty"`
	Level result.Level    `json:"level"`
	Cites []string        `json:"cites"`
	Asks  string          `json:"asks,omitempty"` // the matcher and its argument
	Why   string          `json:"why,omitempty"`
	Fix   string          `json:"fix,omitempty"`
	RFC   *result.RFCView `json:"rfc,omitempty"` // of a published suite: where it and the RFC part
	Cause string          `json:"cause"`         // what its findings are grouped under
	// Of is the check as it is written, where a story only plays it: the step of an operation of a profile, "okta/create-user/create.accepted".
	// Every story that plays the operation makes the same check under an id of its own.
	Of string `json:"of,omitempty"`
}

// Written is the id under which the check stands in the files: its own, or that of the operation's step that a story plays.
func (k *CheckInfo) Written() string {
	if k.Of != "" {
		return k.Of
	}
	return k.ID
}

// Checks lists every check that a run can make, with the id that it has in a document (without the
// item of expanded cases).
func Checks(lib *suites.Library, profiles *profile.Set) []CheckInfo {
	l := &lister{lib: lib, profiles: profiles, e: &Engine{o: Options{Library: lib, Profiles: profiles}}}
	for _, s := range lib.Suites {
		for _, c := range s.Cases {
			l.c = c
			l.steps(c.FullID()+"/", c.Steps, profiles.Profile(s.IDP), 0)
		}
	}
	for _, r := range autoRules {
		l.out = append(l.out, CheckInfo{ID: AutomaticID + "/" + r.group + "/" + r.id, Case: AutomaticID + "/" + r.group, Title: r.title, Level: r.level, Cites: r.cites, Cause: r.cause, Asks: "every answer", Why: r.why, Fix: r.fix})
	}
	return l.out
}

// Written gives for every check of a list (Checks) that a story only plays the id under which it is written.
func Written(checks []CheckInfo) map[string]string {
	out := map[string]string{}
	for i := range checks {
		if k := &checks[i]; k.Of != "" {
			out[k.ID] = k.Of
		}
	}
	return out
}

type lister struct {
	lib      *suites.Library
	profiles *profile.Set
	e        *Engine
	c        *suites.Case
	of       string // the operation that is being listed
	out      []CheckInfo
}

func (l *lister) steps(prefix string, steps []*suites.Step, prof *profile.Profile, depth int) {
	for _, st := range steps {
		if st.Use != "" && depth < 8 {
			l.operation(prefix+st.ID+".", st.Use, prof, depth)
		}
		l.steps(prefix, st.Parallel, prof, depth)
		for _, k := range st.Expect {
			l.add(prefix, st.ID+"."+k.ID, k.Title, asks(k), k.Level, firstList(k.Cites, l.c.Cites, l.c.Suite.Cites), k.Cause, firstNonEmpty(k.Why, l.c.Why), firstNonEmpty(k.Fix, l.c.Fix))
			l.out[len(l.out)-1].RFC = k.Departs(l.c)
		}
		if cites := failCites(st); len(cites) > 0 {
			r := st.React[len(st.React)-1]
			l.add(prefix, st.ID+".accepted", "", r.Expected, r.Level, cites, r.Cause, firstNonEmpty(r.Why, l.c.Why), firstNonEmpty(r.Fix, l.c.Fix))
		}
	}
}

func (l *lister) operation(prefix, use string, prof *profile.Profile, depth int) {
	name := use
	if id, op, ok := strings.Cut(use, "/"); ok {
		prof, name = l.profiles.Profile(id), op
	}
	if prof == nil {
		return
	}
	if op := prof.Operation(name); op != nil {
		outer := l.of
		l.of = prof.ID + "/" + name + "/"
		l.steps(prefix, op.Steps, prof, depth+1)
		l.of = outer
	}
}

func (l *lister) add(prefix, name, title, asks string, level result.Level, cites []string, cause, why, fix string) {
	if level == "" {
		level = l.c.Level
	}
	if level == "" {
		level = l.e.levelOf(cites)
	}
	of := ""
	if l.of != "" {
		of = l.of + name
	}
	l.out = append(l.out, CheckInfo{ID: prefix + name, Of: of, Case: l.c.FullID(), Title: title, Level: level, Cites: cites, Cause: firstNonEmpty(cause, l.c.Cause, l.c.Suite.Cause, l.e.areaOf(cites)), Asks: asks, Why: why, Fix: fix})
}

func asks(k *suites.Check) string {
	if len(k.Sub) > 0 {
		var parts []string
		for _, s := range k.Sub {
			parts = append(parts, asks(s))
		}
		return k.Matcher + " of: " + strings.Join(parts, "; ")
	}
	return k.Matcher + ": " + thatSource(k)
}
