package suites

import (
	"slices"

	"github.com/expr-lang/expr/builtin"
)

// maxCount limits the fixtures of one name: a suite file must not be able to flood a target.
const maxCount = 1000

// given reads the fixtures of a case.
func (p *parser) given(n *Node, c *Case) {
	if n == nil {
		return
	}
	m := n.Map("given", nil)
	m.Each(func(k, v *Node) {
		f := p.fixture(k, v, m.Keys())
		p.addVar(k)
		c.Given = append(c.Given, f)
	})
}

// addVar makes a name known to the expressions of the case.
func (p *parser) addVar(k *Node) {
	name := k.Raw()
	switch {
	case !namePattern.MatchString(name):
		k.Errorf("letters, digits and _, beginning with a letter", "bad name %q", name)
	case slices.Contains(words(variableTable), name) || slices.Contains(words(functionTable), name):
		k.Errorf("take another name", "%q is a name of scimmage already", name)
	case isBuiltin(name):
		k.Errorf("take another name", "%q is a function of the expression language", name)
	}
	p.vars = append(p.vars, name)
}

// isBuiltin tells whether a name is a function of expr-lang: as a variable it could not be used.
func isBuiltin(name string) bool {
	_, ok := builtin.Index[name]
	return ok
}

func (p *parser) fixture(k, v *Node, siblings []string) Fixture {
	f := Fixture{Pos: k.Pos(), Name: k.Raw(), Count: 1}
	m := v.Map("a fixture", fixtureKeys)
	for _, kind := range fixtureKinds {
		if !m.Has(kind) {
			continue
		}
		if f.Kind != "" {
			m.Key(kind).Errorf("", "a fixture has one kind; %q is given already", f.Kind)
			continue
		}
		f.Kind = kind
	}
	if f.Kind == "" && v.IsMapping() {
		v.Errorf("write user: minimal, for example", "a fixture needs one of user, group, person, people-group, resource")
		return f
	}
	p.fixtureBase(m, &f)
	if m.Has("count") {
		if f.Count = m.Get("count").Int(); f.Count < 1 || f.Count > maxCount {
			m.Get("count").Errorf("", "count must be between 1 and %d", maxCount)
		}
	}
	if ms := m.Get("members"); ms != nil {
		if f.Kind != "group" && f.Kind != "people-group" {
			m.Key("members").Errorf("", "members belong to a group")
		}
		f.Members = p.members(ms, f.Name, siblings)
	}
	return f
}

func (p *parser) members(n *Node, self string, siblings []string) []string {
	var out []string
	for _, item := range n.ItemsOrOne() {
		name := item.Text()
		if name == "" {
			continue
		}
		if name == self || !slices.Contains(siblings, name) {
			item.Errorf(suggest(name, siblings), "no fixture %q in this case", name)
			continue
		}
		out = append(out, name)
	}
	return out
}

func (p *parser) fixtureBase(m *Mapping, f *Fixture) {
	v := m.Get(f.Kind)
	with := m.Get("with")
	switch f.Kind {
	case "user", "group":
		f.Base = v.Text()
		if lib := p.opts.Library; lib != nil && f.Base != "" && lib.Fixture(f.Kind, f.Base) == nil {
			v.Errorf(suggest(f.Base, lib.fixtureNames(f.Kind)), "no template %q for a %s", f.Base, f.Kind)
		}
	case "resource":
		f.Base, f.Endpoint = "empty", v.Text()
	case "person", "people-group":
		p.directoryFixture(m, v, f)
		if with != nil {
			m.Key("with").Errorf("write its attributes in "+f.Kind+": {…}", "with belongs to user, group and resource")
		}
		return
	}
	f.With = p.template(with)
	if with != nil && !with.IsMapping() {
		with.wrongKind("a mapping")
	}
}

// directoryFixture reads a person or a group of the IdP's directory: the attributes stand in the
// value itself, members of the group too.
func (p *parser) directoryFixture(m *Mapping, v *Node, f *Fixture) {
	if v.IsNull() {
		f.With = &Template{Pos: v.Pos(), node: tnode{kind: tMap, pos: v.Pos()}}
		return
	}
	if !v.IsMapping() {
		v.wrongKind("a mapping")
		return
	}
	attrs := *v.y
	attrs.Content = nil
	in := v.Map("a "+f.Kind, nil)
	in.Each(func(k, val *Node) {
		if f.Kind == "people-group" && k.Raw() == "members" {
			f.Members = p.members(val, f.Name, p.vars)
			return
		}
		attrs.Content = append(attrs.Content, k.y, val.y)
	})
	f.With = p.template(&Node{y: &attrs, d: v.d})
}
