package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// plan is what applies to this target, in order, and why the rest does not.
type plan struct {
	public    *result.Plan
	instances []*instance
	byID      map[string]*instance
	seen      int // instances before sharding
}

// instance is one case, expanded for one item.
type instance struct {
	c       *suites.Case
	id      string
	title   string
	item    any
	hasItem bool
	order   int
	prof    *profile.Profile
	after   []*instance
	skip    *result.CaseEnd
	done    chan struct{}
	outcome result.Outcome
}

// SelectionError is a selection that matches nothing, with the nearest names.
type SelectionError struct {
	What, Name string
	Nearest    []string
}

func (s *SelectionError) Error() string {
	msg := fmt.Sprintf("no %s matches %q", s.What, s.Name)
	if len(s.Nearest) > 0 {
		msg += "; nearest: " + strings.Join(s.Nearest, ", ")
	}
	return msg
}

// Check reports a selection that matches nothing, before anything is sent.
func (e *Engine) Check() error {
	ids := map[string][]string{}
	for _, s := range e.o.Library.Suites {
		ids["suite"] = append(ids["suite"], s.ID)
		for _, c := range s.Cases {
			ids["case"] = append(ids["case"], c.FullID())
		}
	}
	for _, p := range e.o.Profiles.Profiles {
		ids["identity provider"] = append(ids["identity provider"], p.ID)
	}
	for what, patterns := range map[string][]string{"suite": e.o.Suites, "identity provider": e.o.IDPs} {
		for _, p := range patterns {
			if !slices.ContainsFunc(ids[what], func(id string) bool { return matchID(p, id) }) && (what == "suite" || !strings.EqualFold(p, "all")) {
				return &SelectionError{what, p, result.Nearest(p, ids[what], 3)}
			}
		}
	}
	for _, p := range slices.Concat(e.o.Only, e.o.Skip) {
		if !slices.ContainsFunc(ids["case"], func(id string) bool { return matchCase(p, id) }) {
			return &SelectionError{"case", p, result.Nearest(p, ids["case"], 3)}
		}
	}
	if !slices.ContainsFunc(e.o.Library.Suites, func(s *suites.Suite) bool {
		return e.selected(s) && slices.ContainsFunc(s.Cases, func(c *suites.Case) bool { return e.caseSelected(c.FullID()) })
	}) {
		return &SelectionError{"case", "this selection", nil}
	}
	return nil
}

func matchID(pattern, id string) bool {
	return strings.EqualFold(pattern, id) || result.MatchGlob(pattern, id)
}

// matchCase matches a case id; the pattern may leave out the item of an expanded case or end in a
// check, so that an id copied from a report selects its case.
func matchCase(pattern, id string) bool {
	base, _, _ := strings.Cut(pattern, "[")
	if result.MatchGlob(pattern, id) || base == id {
		return true
	}
	parts := strings.Split(pattern, "/")
	return len(parts) == 3 && result.MatchGlob(strings.Join(parts[:2], "/"), id)
}

// selection says in words what was chosen of all cases, "" when everything is played that is played unasked.
func (o *Options) selection() string {
	var out []string
	for _, c := range []struct {
		what string
		list []string
	}{{"suites ", o.Suites}, {"identity providers ", o.IDPs}, {"only ", o.Only}, {"without ", o.Skip}} {
		if len(c.list) > 0 {
			out = append(out, c.what+strings.Join(c.list, ", "))
		}
	}
	if o.Shard[1] > 1 {
		out = append(out, fmt.Sprintf("part %d of %d", o.Shard[0], o.Shard[1]))
	}
	return strings.Join(out, "; ")
}

func (e *Engine) selected(s *suites.Suite) bool {
	if len(e.o.Suites) > 0 && !slices.ContainsFunc(e.o.Suites, func(p string) bool { return matchID(p, s.ID) }) {
		return false
	}
	if s.IDP != "" && len(e.o.IDPs) > 0 {
		return slices.ContainsFunc(e.o.IDPs, func(p string) bool { return matchIDP(p, s.IDP) })
	}
	return len(e.o.Suites) > 0 || s.Off == "" && e.playedUnasked(s)
}

// matchIDP is matchID with a word for everybody.
func matchIDP(pattern, id string) bool {
	return strings.EqualFold(pattern, "all") || matchID(pattern, id)
}

// playedUnasked: profiles that say off are played when --idp, --suite or --only names them (docs/adr/0024).
func (e *Engine) playedUnasked(s *suites.Suite) bool {
	prof := e.o.Profiles.Profile(s.IDP)
	if prof == nil || prof.Off == "" {
		return true
	}
	return slices.ContainsFunc(e.o.Only, func(p string) bool { return strings.HasPrefix(p, prof.ID+".") })
}

func (e *Engine) caseSelected(id string) bool {
	if len(e.o.Only) > 0 && !slices.ContainsFunc(e.o.Only, func(p string) bool { return matchCase(p, id) }) {
		return false
	}
	return !slices.ContainsFunc(e.o.Skip, func(p string) bool { return matchCase(p, id) })
}

// Plan decides which cases exist for the discovered target. It sends nothing.
func (e *Engine) Plan() (*plan, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	p := &plan{byID: map[string]*instance{}, public: &result.Plan{Causes: e.o.Library.Causes, Scoring: e.o.Library.Scoring, Needs: e.o.Library.Compatibility, Readiness: map[string]result.ReadinessRule{}}}
	cited := map[string]bool{}
	for _, s := range e.o.Library.Suites {
		if !e.selected(s) {
			continue
		}
		if err := e.planSuite(p, s, cited); err != nil {
			return nil, err
		}
	}
	p.public.Suites = append(p.public.Suites, automaticSuite(cited))
	e.linkAfter(p)
	e.planProfiles(p)
	for _, f := range e.o.Library.Features {
		p.public.Features = append(p.public.Features, result.Feature{ID: f.ID, Title: f.Title})
	}
	for _, r := range e.o.Library.Requirements {
		if cited[r.ID] {
			p.public.Requirements = append(p.public.Requirements, publicRequirement(r))
		}
	}
	return p, nil
}

func (e *Engine) planSuite(p *plan, s *suites.Suite, cited map[string]bool) error {
	out := result.Suite{ID: s.ID, Title: s.Title, Kind: string(s.Kind), IDP: s.IDP, File: s.Pos.File}
	if p := s.Published; p != nil {
		out.Published = &result.Published{By: p.By, Version: p.Version, Source: p.Source, Unit: p.Unit}
	}
	var prof *profile.Profile
	if s.IDP != "" {
		prof = e.o.Profiles.Profile(s.IDP)
	}
	for _, c := range s.Cases {
		if !e.caseSelected(c.FullID()) {
			out.LeftOut++
			continue
		}
		ins, err := e.expand(c, prof)
		if err != nil {
			return err
		}
		for _, in := range ins {
			if in.skip == nil {
				in.skip = e.applicable(c)
			}
			p.seen++
			if !e.inShard(p.seen) {
				out.LeftOut++
				continue
			}
			in.order = len(p.instances)
			p.instances = append(p.instances, in)
			p.byID[in.id] = in
			pub := result.Case{ID: in.id, Title: in.title, Feature: c.Feature, Essential: c.Essential, Optional: c.Optional, File: c.Pos.File, Line: c.Pos.Line}
			if in.skip != nil {
				pub.Outcome, pub.Reason, pub.SkipKind = result.Skip, in.skip.Reason, in.skip.SkipKind
			}
			out.Cases = append(out.Cases, pub)
		}
		citeCase(c, cited)
	}
	if len(out.Cases) > 0 {
		p.public.Suites = append(p.public.Suites, out)
	}
	return nil
}

func (e *Engine) inShard(i int) bool {
	return e.o.Shard[1] == 0 || i%e.o.Shard[1] == e.o.Shard[0]%e.o.Shard[1]
}

// expand makes the instances of a case: one, or one for each item of `each`.
func (e *Engine) expand(c *suites.Case, prof *profile.Profile) ([]*instance, error) {
	one := func(id, title string, item any, has bool) *instance {
		return &instance{c: c, id: id, title: title, item: item, hasItem: has, prof: prof, done: make(chan struct{})}
	}
	if c.Each == nil {
		return []*instance{one(c.FullID(), c.Title, nil, false)}, nil
	}
	items := c.Each.Items
	if c.Each.From != "" {
		var err error
		if items, err = e.eachFrom(c); err != nil {
			return nil, err
		}
	}
	var out []*instance
	for _, it := range items {
		name := itemName(it)
		in := one(c.FullID()+"["+name+"]", strings.ReplaceAll(c.Title, "{{ item }}", name), it, true)
		out = append(out, in)
	}
	if len(out) == 0 {
		in := one(c.FullID(), c.Title, nil, false)
		in.skip = &result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipNotApplicable, Reason: "the target has nothing that this case is about"}
		out = append(out, in)
	}
	return out, nil
}

func itemName(it any) string {
	if m, ok := it.(map[string]any); ok {
		for _, k := range []string{"id", "name", "path"} {
			if s, ok := m[k].(string); ok {
				return s
			}
		}
	}
	return fmt.Sprint(it)
}

func (e *Engine) eachFrom(c *suites.Case) ([]any, error) {
	x, err := suites.CompileExpr(c.Each.From, c.Each.Pos)
	if err != nil {
		return nil, fmt.Errorf("%s:%d:%d: %w", c.Each.Pos.File, c.Each.Pos.Line, c.Each.Pos.Col, err)
	}
	v, err := x.Eval(e.baseEnv())
	if err != nil {
		return nil, err
	}
	return toList(v), nil
}

// applicable decides whether a case exists for this target. Expectation is another matter.
func (e *Engine) applicable(c *suites.Case) *result.CaseEnd {
	na := func(kind result.SkipKind, reason string) *result.CaseEnd {
		return &result.CaseEnd{Outcome: result.Skip, SkipKind: kind, Reason: reason}
	}
	for _, n := range slices.Concat(c.Suite.Needs, c.Needs) {
		if ok, why := e.feature(n); !ok {
			switch n {
			case "write":
				return na(result.SkipReadOnly, "read-only run")
			case "token-b", "rate-test", "loopback", "remote", "disposable":
				return na(result.SkipNeedsSetup, why)
			}
			return na(result.SkipNotApplicable, why)
		}
	}
	if ok, why := e.feature("patch"); !ok {
		if op := e.patching(c); op != "" {
			return na(result.SkipNotApplicable, why+"; "+op+" sends PATCH")
		}
	}
	if e.o.Run.ReadOnly && writes(c) {
		return na(result.SkipReadOnly, "the case writes and the run is read-only")
	}
	if c.When != "" {
		x, err := suites.CompileExpr(c.When, c.Pos)
		if err != nil {
			return na(result.SkipNotApplicable, err.Error())
		}
		ok, err := x.True(e.baseEnv())
		if err != nil || !ok {
			why := c.WhenText
			if why == "" {
				why = "not applicable: " + c.When + " is not true of this target"
			}
			return na(result.SkipNotApplicable, why)
		}
	}
	return nil
}

// writes tells whether a case sends anything but reads.
func writes(c *suites.Case) bool {
	for _, f := range c.Given {
		if f.Kind == "user" || f.Kind == "group" || f.Kind == "resource" {
			return true
		}
	}
	return slices.ContainsFunc(c.Steps, stepWrites)
}

func stepWrites(s *suites.Step) bool {
	switch {
	case s.Send != nil:
		return s.Send.Method != "GET" && s.Send.Method != "HEAD" && s.Send.Method != "OPTIONS" && !isSearch(s.Send)
	case s.Use != "":
		op := s.Use[strings.LastIndex(s.Use, "/")+1:]
		return !slices.Contains([]string{"test-connection", "import-users", "import-groups", "discover-schema", "match-user", "probe"}, op)
	case s.Go != "":
		return !readOnlyProc(s.Go)
	}
	return slices.ContainsFunc(s.Parallel, stepWrites)
}

func isSearch(s *suites.Send) bool {
	t, err := s.Path.RenderText(map[string]any{})
	return err == nil && s.Method == "POST" && strings.HasSuffix(t, "/.search")
}

// linkAfter resolves `after`, whatever file the other case stands in, and puts every case behind
// those that it needs: suites are read in the order of their names, which says nothing about what
// builds on what.
func (e *Engine) linkAfter(p *plan) {
	for _, in := range p.instances {
		for _, name := range in.c.After {
			if !strings.Contains(name, "/") {
				name = in.c.Suite.ID + "/" + name
			}
			for _, dep := range p.instances {
				if dep != in && (dep.id == name || strings.HasPrefix(dep.id, name+"[")) {
					in.after = append(in.after, dep)
				}
			}
		}
	}
	p.instances = inOrder(p.instances)
	for i, in := range p.instances {
		in.order = i
	}
}

// inOrder sorts cases so that each comes after those it needs and otherwise keeps the order. A circle of
// needs is broken where it closes: the case that was reached last does not wait.
func inOrder(all []*instance) []*instance {
	const (
		fresh = iota
		open
		done
	)
	state := make(map[*instance]int, len(all))
	out := make([]*instance, 0, len(all))
	var visit func(in *instance)
	visit = func(in *instance) {
		state[in] = open
		kept := in.after[:0]
		for _, dep := range in.after {
			if state[dep] == fresh {
				visit(dep)
			}
			if state[dep] == done {
				kept = append(kept, dep)
			}
		}
		in.after = kept
		state[in] = done
		out = append(out, in)
	}
	for _, in := range all {
		if state[in] == fresh {
			visit(in)
		}
	}
	return out
}

func (e *Engine) planProfiles(p *plan) {
	for _, prof := range e.o.Profiles.Profiles {
		if !slices.ContainsFunc(p.public.Suites, func(s result.Suite) bool { return s.IDP == prof.ID }) {
			continue
		}
		p.public.Profiles = append(p.public.Profiles, prof.Public())
		p.public.Readiness[prof.ID] = prof.Readiness
	}
}

func publicRequirement(r *suites.Requirement) result.RequirementResult {
	return result.RequirementResult{ID: r.ID, Level: r.Level(), Keyword: r.Keyword, Area: r.Area, Section: r.Section, Summary: r.Summary, URL: r.URL()}
}

func citeCase(c *suites.Case, cited map[string]bool) {
	mark := func(ids []string) {
		for _, id := range ids {
			cited[id] = true
		}
	}
	mark(c.Suite.Cites)
	mark(c.Cites)
	var steps func([]*suites.Step)
	steps = func(ss []*suites.Step) {
		for _, s := range ss {
			for _, k := range s.Expect {
				mark(k.Cites)
			}
			for _, r := range s.React {
				mark(r.Cites)
			}
			steps(s.Parallel)
		}
	}
	steps(c.Steps)
}
