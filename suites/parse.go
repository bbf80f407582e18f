package suites

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"gopkg.in/yaml.v3"
)

// Options say in what surroundings steps are parsed.
type Options struct {
	Library   *Library  // catalogue for cites, features, causes and fixtures; nil: these are not checked
	Operation bool      // the steps belong to an operation: react is allowed, fixtures are not there
	Vars      []string  // names that expressions know besides the general ones; nil: names are not checked
	Functions []string  // functions that expressions know besides the general ones
	Cites     []string  // requirements that checks inherit
	As        string    // beginning of the requirements that IDP-… stands for: AUTHENTIK; see cites
	OnRef     func(Ref) // told of every name that somebody else must resolve
}

// Ref is a name in a file that this package cannot resolve.
type Ref struct {
	Kind  string // operation, procedure, predicate, builder, profile
	Name  string // as written; operations of an idp suite with their prefix
	Pos   Pos
	Width int
}

// parser reads suites and steps from nodes; problems go to the decoder of the nodes.
type parser struct {
	opts    Options
	kind    Kind    // of the suite; "" in operations
	idp     string  // of the suite
	as      string  // identity provider that a file with idps is read for
	exprs   []*Expr // of the case or operation being read, for the check of names
	stepIDs map[string]bool
	steps   int
	vars    []string // fixtures and saved variables of the case
	afters  []pendingAfter
	ons     []*Node // on: and unchanged.from, resolved at the end of the case
}

// pendingAfter is a dependency on another case.
type pendingAfter struct {
	c    *Case
	name string
	at   *Node
}

var (
	suiteIDPattern = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	idPattern      = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)
	namePattern    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func (p *parser) expr(n *Node) *Expr {
	e := n.Expr()
	if e != nil {
		p.exprs = append(p.exprs, e)
	}
	return e
}

func (p *parser) template(n *Node) *Template {
	t := n.Template()
	p.exprs = append(p.exprs, t.Exprs()...)
	return t
}

// title is a text with {{ }}; it is compiled to find mistakes and kept as text.
func (p *parser) title(n *Node) string {
	if n == nil {
		return ""
	}
	p.template(n)
	return n.Text()
}

func (p *parser) ref(kind, name string, n *Node) {
	if p.opts.OnRef != nil && name != "" {
		p.opts.OnRef(Ref{Kind: kind, Name: name, Pos: n.Pos(), Width: n.width()})
	}
}

// suite reads a whole file.
func (p *parser) suite(root *Node) *Suite {
	m := root.Map("a suite", suiteKeys)
	s := &Suite{Pos: root.Pos(), Kind: KindUser}
	s.ID = p.id(m.Need("suite", "a suite"), suiteIDPattern, "suite id", "small letters, digits, dots and hyphens: rfc.patch")
	s.Title = m.Need("title", "a suite").Text()
	s.About = m.Get("about").Text()
	if k := m.Get("kind"); k != nil {
		s.Kind = Kind(k.OneOf("kind of suite", kinds))
	}
	s.IDP = m.Get("idp").Text()
	if p.as != "" { // stories that several dialects share: idps: [okta, okta-aiw] makes okta.users and okta-aiw.users
		if m.Has("idp") {
			m.Key("idps").Errorf("", "idp and idps exclude each other")
		}
		s.IDP = p.as
		if s.ID != "" {
			s.ID = p.as + "." + s.ID
		}
	}
	if s.Kind == KindIDP && s.IDP == "" {
		root.Errorf("add idp: okta, for example", "a suite of kind idp needs \"idp\"")
	}
	if s.IDP != "" {
		at := m.Get("idp")
		if at == nil {
			at = m.Get("idps")
		}
		p.ref("profile", s.IDP, at)
	}
	p.kind, p.idp = s.Kind, s.IDP
	s.Needs = p.needList(m.Get("needs"))
	s.Off = m.Get("off").Text()
	p.published(m, s)
	if p.opts.Library != nil {
		p.opts.Library.readOwn(m)
	}
	s.Cites = p.cites(m.Get("cites"))
	s.Cause = p.cause(m.Get("cause"))
	p.cases(m.Need("cases", "a suite"), s, sharedBy(root))
	return s
}

func (p *parser) id(n *Node, pattern *regexp.Regexp, what, hint string) string {
	s := n.Text()
	if s != "" && !pattern.MatchString(s) {
		n.Errorf(hint, "bad %s %q", what, s)
	}
	return s
}

// only reads the idps of a case: some of those of its suite.
func (p *parser) only(n *Node, all []string) []string {
	var out []string
	for _, item := range n.ItemsOrOne() {
		if id := item.Text(); p.as == "" || !slices.Contains(all, id) {
			item.Errorf("", "the suite is not told for %q: its idps must name it", id)
		} else {
			out = append(out, id)
		}
	}
	return out
}

func (p *parser) cases(n *Node, s *Suite, all []string) {
	items := n.Items()
	if n.IsList() && len(items) == 0 {
		n.Errorf("", "the suite has no cases")
	}
	seen := map[string]Pos{}
	for _, item := range items {
		m := item.Map("a case", caseKeys)
		if only := m.Get("idps"); only != nil && !slices.Contains(p.only(only, all), p.as) {
			continue
		}
		c := p.oneCase(m, s)
		if first, ok := seen[c.ID]; ok && c.ID != "" {
			m.Get("id").Errorf("", "duplicate case id %q; it stands in line %d already", c.ID, first.Line)
		}
		seen[c.ID] = c.Pos
		s.Cases = append(s.Cases, c)
	}
}

func (p *parser) oneCase(m *Mapping, s *Suite) *Case {
	p.exprs, p.stepIDs, p.steps, p.vars, p.ons = nil, map[string]bool{}, 0, nil, nil
	c := &Case{Pos: m.Node().Pos(), Suite: s}
	c.ID = p.id(m.Need("id", "a case"), idPattern, "case id", "small letters, digits, dots, hyphens and underscores: replace-single")
	c.Title = p.caseTitle(m.Need("title", "a case"))
	c.Feature = p.feature(m.Get("feature"))
	if s.Kind == KindIDP && c.Feature == "" && !m.Has("feature") {
		m.Node().Errorf("add feature: create-users, for example", "a case of an idp suite needs \"feature\": it decides the verdict")
	}
	c.Essential = m.Get("essential").Bool()
	c.Optional = m.Get("optional").Bool()
	c.RFC = p.departure(m.Get("rfc"))
	if at := m.Key("optional"); at != nil && s.Kind != KindPublished {
		at.Errorf("", "only cases of published suites are optional")
	}
	c.Needs = p.needList(m.Get("needs"))
	c.Why, c.Fix = m.Get("why").Text(), m.Get("fix").Text()
	c.Cause = p.cause(m.Get("cause"))
	c.Alone = m.Get("alone").Bool()
	c.Cites = p.cites(m.Get("cites"))
	inherited := c.Cites
	if len(inherited) == 0 {
		inherited = s.Cites
	}
	c.Level = p.level(m.Get("level"), inherited)
	p.when(m, c)
	p.each(m.Get("each"), c)
	p.given(m.Get("given"), c)
	outer := p.opts.Cites
	p.opts.Cites = inherited
	c.Steps = p.stepList(m.Need("steps", "a case"), c.Level != "")
	p.opts.Cites = outer
	if len(c.Steps) > 0 && !judgesAnything(c.Steps) {
		m.Get("steps").Errorf("add expect: to a step", "case %q checks nothing", c.ID)
	}
	p.finishNames(m.Node())
	p.after(m.Get("after"), c)
	return c
}

// caseTitle may hold {{ item }} and nothing else: it is shown before the case runs.
func (p *parser) caseTitle(n *Node) string {
	t := n.Text()
	if strings.Contains(strings.ReplaceAll(t, "{{ item }}", ""), "{{") {
		n.Errorf("", "the title of a case can hold {{ item }} and no other expression: it is shown before the case runs")
	}
	return t
}

// after is resolved when all suites are read.
func (p *parser) after(n *Node, c *Case) {
	for _, item := range n.ItemsOrOne() {
		if name := item.Text(); name != "" {
			if p.as != "" && strings.Contains(name, "/") && !strings.Contains(name, ".") {
				name = p.as + "." + name // "users/joiner" is that of the same identity provider
			}
			c.After = append(c.After, name)
			p.afters = append(p.afters, pendingAfter{c: c, name: name, at: item})
		}
	}
}

func (p *parser) when(m *Mapping, c *Case) {
	w := m.Get("when")
	c.WhenText = m.Get("when-text").Text()
	if w == nil {
		if k := m.Key("when-text"); k != nil {
			k.Errorf("", "when-text without when")
		}
		return
	}
	if e := p.expr(w); e != nil {
		c.When = e.Source
	}
	if c.WhenText == "" {
		w.Errorf("add when-text: the reason that is shown when the condition is false", "when needs \"when-text\"")
	}
}

// judgesAnything tells whether a case can fail or measure anything at all.
func judgesAnything(steps []*Step) bool {
	return slices.ContainsFunc(steps, func(s *Step) bool {
		return len(s.Expect) > 0 || len(s.Facts) > 0 || s.Use != "" || judgesAnything(s.Parallel)
	})
}

func (p *parser) each(n *Node, c *Case) {
	if n == nil {
		return
	}
	c.Each = &Each{Pos: n.Pos()}
	if n.IsMapping() {
		m := n.Map("each", eachKeys)
		if e := p.expr(m.Need("from", "each")); e != nil {
			c.Each.From = e.Source
			c.Each.Pos = e.Pos
		}
		return
	}
	seen := map[string]bool{}
	for _, item := range n.Items() {
		v := Plain(item.Value())
		label := v
		if o, ok := v.(map[string]any); ok {
			if label, ok = o["id"]; !ok {
				item.Errorf("add id: it is appended to the id of the case", "an item of each that is a mapping needs \"id\"")
			}
		}
		if key := fmt.Sprint(label); seen[key] {
			item.Errorf("", "duplicate item %s", key)
		} else {
			seen[key] = true
		}
		c.Each.Items = append(c.Each.Items, v)
	}
	if n.IsList() && len(c.Each.Items) == 0 {
		n.Errorf("", "each without items")
	}
}

func (p *parser) level(n *Node, cites []string) result.Level {
	l := result.Level(n.OneOf("level", levels))
	if l == "" || p.opts.Library == nil {
		return l
	}
	if top, ok := p.opts.Library.LevelOf(cites); ok && l.Rank() > top.Rank() {
		n.Errorf(fmt.Sprintf("use at most %q, or cite a stronger requirement", top), "level %q is stronger than its requirements", l)
		return ""
	}
	return l
}

// own resolves IDP-CREATE-R1 of stories and operations that several identity providers share: each of them has a need
// of that number, with its own source and evidence.
func (p *parser) own(id string) string {
	rest, shared := strings.CutPrefix(id, "IDP-")
	if !shared {
		return id
	}
	as := p.opts.As
	if as == "" && p.opts.Library != nil {
		as = strings.ToUpper(p.opts.Library.needsOf(p.as))
	}
	if as == "" {
		return id
	}
	return as + "-" + rest
}

func (p *parser) cites(n *Node) []string {
	var out []string
	for _, item := range n.ItemsOrOne() {
		id := p.own(item.Text())
		if id == "" {
			continue
		}
		if slices.Contains(out, id) {
			item.Errorf("", "requirement %q is cited twice", id)
			continue
		}
		if lib := p.opts.Library; lib != nil && lib.Requirement(id) == nil {
			item.Errorf(suggest(id, lib.requirementIDs()), "unknown requirement %q", id)
			continue
		}
		out = append(out, id)
	}
	return out
}

func (p *parser) feature(n *Node) string {
	if n == nil {
		return ""
	}
	if p.opts.Library == nil {
		return n.Text()
	}
	return n.OneOf("feature", p.opts.Library.FeatureIDs())
}

func (p *parser) cause(n *Node) string {
	if n == nil {
		return ""
	}
	if p.opts.Library == nil {
		return n.Text()
	}
	return n.OneOf("cause", p.opts.Library.causeKeys())
}

func (p *parser) needList(n *Node) []string {
	var out []string
	for _, item := range n.ItemsOrOne() {
		if s := item.OneOf("need", words(needTable)); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// ParseSteps reads the steps of an operation (or any list of steps) from a YAML node. With the text
// of the file at hand, use Node.Steps: its problems show source lines.
func ParseSteps(node *yaml.Node, file string, opts Options) ([]*Step, Problems) {
	n, d := NewNode(file, nil, node)
	steps := n.Steps(opts)
	return steps, d.Problems()
}

// Steps reads a list of steps.
func (n *Node) Steps(opts Options) []*Step {
	p := &parser{opts: opts, stepIDs: map[string]bool{}}
	steps := p.stepList(n, true)
	p.finishNames(n)
	return steps
}
