package suites

import (
	"slices"
	"strings"
)

func (p *parser) checks(n *Node, leveled bool) []*Check {
	items := n.Items()
	if n.IsList() && len(items) == 0 {
		n.Errorf("", "expect without checks")
	}
	var out []*Check
	seen := map[string]*Check{}
	for _, item := range items {
		k := p.check(item, false)
		if first := seen[k.ID]; first != nil && k.ID != "" {
			hint := ""
			if k.ID == k.Matcher {
				hint = "give each of them an id: check ids must stay the same when checks are added"
			}
			item.Errorf(hint, "duplicate check id %q in this step", k.ID)
		}
		seen[k.ID] = k
		p.mustCite(item, k, leveled)
		out = append(out, k)
	}
	return out
}

// mustCite enforces that every check says what it rests on. A user's own check may instead say how
// bad its failure is.
func (p *parser) mustCite(n *Node, k *Check, leveled bool) {
	if len(k.Cites) > 0 || len(p.opts.Cites) > 0 || k.Matcher == "" {
		return
	}
	if p.kind == KindUser && (k.Level != "" || leveled) {
		return
	}
	hint := "add cites: [RFC7644-3.5.2-R1] to the check, its case or the suite"
	if p.kind == KindUser {
		hint += "; a check of your own may have a level: must instead"
	}
	n.Errorf(hint, "check %q cites no requirement", k.ID)
}

// check reads one check; inner ones of any, all and not have no id of their own.
func (p *parser) check(n *Node, inner bool) *Check {
	k := &Check{Pos: n.Pos()}
	m := n.Map("a check", checkKeys)
	for _, key := range m.Keys() {
		if slices.Contains(checkAttributes, key) {
			continue
		}
		if k.Matcher != "" {
			m.Key(key).Errorf("make it two checks, or use all: [ … ]", "a check has one matcher; %q is given already", k.Matcher)
			continue
		}
		k.Matcher = key
	}
	if k.Matcher == "" {
		if m.complete() {
			n.Errorf("add one of "+strings.Join(MatcherNames(), ", "), "a check needs a matcher")
		}
		return k
	}
	k.ID = k.Matcher
	if m.Has("id") {
		k.ID = p.id(m.Get("id"), idPattern, "check id", "small letters, digits, dots, hyphens and underscores")
	}
	p.attributes(m, k)
	p.args(m.Get(k.Matcher), k)
	if inner && m.Has("gate") {
		m.Key("gate").Errorf("put it at the outer check", "gate does not belong to an inner check")
	}
	return k
}

func (p *parser) attributes(m *Mapping, k *Check) {
	k.Title = p.title(m.Get("title"))
	k.Cites = p.cites(m.Get("cites"))
	cites := k.Cites
	if len(cites) == 0 {
		cites = p.opts.Cites
	}
	k.Level = p.level(m.Get("level"), cites)
	k.When = p.expr(m.Get("when"))
	k.Needs = p.needList(m.Get("needs"))
	if on := m.Get("on"); on != nil {
		k.On = on.Text()
		p.ons = append(p.ons, on)
	}
	k.Gate = m.Get("gate").Bool()
	k.RFC = p.departure(m.Get("rfc"))
	k.Why, k.Fix = p.title(m.Get("why")), p.title(m.Get("fix"))
	k.Cause = p.cause(m.Get("cause"))
	k.Expected, k.Actual = p.template(m.Get("expected")), p.template(m.Get("actual"))
}

// args reads the argument of the matcher and holds it against the table.
func (p *parser) args(n *Node, k *Check) {
	matcher := FindMatcher(k.Matcher)
	switch matcher.Arg.Shape {
	case ShapeExpr:
		if e := p.expr(n); e != nil {
			if constantExpr(e) {
				n.Errorf("", "the expression does not depend on anything: this check cannot fail")
			}
			k.Args = &Template{Pos: e.Pos, node: tnode{kind: tExpr, expr: e, pos: e.Pos}}
		}
		return
	case ShapeChecks:
		items := []*Node{n}
		if !n.IsMapping() {
			items = n.Items()
		}
		for _, item := range items {
			k.Sub = append(k.Sub, p.check(item, true))
		}
		if len(items) == 0 && n.IsList() {
			n.Errorf("", "%q without checks", k.Matcher)
		}
		if k.Matcher == "not" && len(items) > 1 {
			n.Errorf("use not: {any: [ … ]}", "not takes one check")
		}
		return
	}
	k.Args = p.template(n)
	shaped(n, matcher.Arg, k.Matcher)
	switch k.Matcher {
	case "unchanged":
		if from := lookupNode(n, "from"); from.IsScalar() && !strings.Contains(from.Raw(), "{{") {
			p.ons = append(p.ons, from)
		}
		if a := lookupNode(n, "appeared"); a != nil {
			p.cause(a)
		}
	case "go":
		name := lookupNode(n, "name")
		if name == nil && n.IsMapping() {
			n.Errorf("go: {name: …}", "go needs the name of a predicate")
		}
		if name != nil {
			p.ref("predicate", name.Text(), name)
		}
	}
}

// lookupNode finds a member without reporting anything.
func lookupNode(n *Node, key string) *Node {
	if !n.IsMapping() {
		return nil
	}
	for i := 0; i+1 < len(n.y.Content); i += 2 {
		if n.y.Content[i].Value == key {
			return &Node{y: n.y.Content[i+1], d: n.d}
		}
	}
	return nil
}
