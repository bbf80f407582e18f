package suites

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (p *parser) stepList(n *Node, leveled bool) []*Step {
	items := n.Items()
	if n.IsList() && len(items) == 0 {
		n.Errorf("", "no steps")
	}
	var out []*Step
	for _, item := range items {
		out = append(out, p.step(item, leveled))
	}
	return out
}

func (p *parser) step(n *Node, leveled bool) *Step {
	keys := stepKeys
	if p.opts.Operation || lookupNode(n, "react") != nil {
		keys = operationStep
	}
	m := n.Map("a step", keys)
	if k := m.Key("react"); k != nil && !p.opts.Operation {
		k.Errorf("write expect: instead", "react belongs to the operations of an identity provider, not to a suite")
	}
	p.steps++
	s := &Step{Pos: n.Pos()}
	s.Title = p.title(m.Get("title"))
	s.When = p.expr(m.Get("when"))
	s.Always = m.Get("always").Bool()
	p.action(m, s)
	p.stepID(m, s)
	if e := m.Get("expect"); e != nil {
		s.Expect = p.checks(e, leveled)
	}
	for _, f := range m.Get("facts").Items() {
		s.Facts = append(s.Facts, p.fact(f))
	}
	s.Save = p.assigns(m.Get("save"), true)
	if p.opts.Operation {
		s.React = p.reactions(m.Get("react"))
	}
	return s
}

// action reads what the step does: at most one of send, read, use, go, parallel.
func (p *parser) action(m *Mapping, s *Step) {
	var have []string
	for _, k := range []string{"send", "read", "use", "go", "parallel"} {
		if m.Has(k) {
			have = append(have, k)
		}
	}
	if len(have) > 1 {
		m.Key(have[1]).Errorf("make it two steps", "a step does one thing; it has %s already", have[0])
	}
	if len(have) == 0 && m.Node().IsMapping() && !m.Has("expect") && !m.Has("save") && !m.Has("facts") && !m.Has("react") {
		m.Node().Errorf("add send, read, use, go or parallel", "the step does nothing")
	}
	if v := m.Get("send"); v != nil {
		s.Send = p.send(v)
	}
	if v := m.Get("read"); v != nil {
		s.Read = v.Text()
		p.ons = append(p.ons, v)
	}
	if v := m.Get("use"); v != nil {
		s.Use = v.Text()
		p.useRef(v, s.Use)
	}
	if v := m.Get("go"); v != nil {
		s.Go = v.Text()
		p.ref("procedure", s.Go, v)
	}
	if w := m.Get("with"); w != nil {
		if s.Use == "" && s.Go == "" {
			m.Key("with").Errorf("", "with belongs to use and go")
		}
		if !w.IsMapping() {
			w.wrongKind("a mapping")
		}
		s.With = p.template(w)
	}
	if v := m.Get("parallel"); v != nil {
		s.Parallel = p.stepList(v, true)
	}
}

func (p *parser) useRef(n *Node, name string) {
	switch {
	case name == "" || strings.Contains(name, "{{"):
	case p.opts.Operation || strings.Contains(name, "/"):
		p.ref("operation", name, n)
	case p.idp != "":
		p.ref("operation", p.idp+"/"+name, n)
	default:
		n.Errorf("write use: okta/"+name+", for example, or give the suite an idp", "operation %q without an identity provider", name)
	}
}

// stepID takes the id or makes the default: read-<name> for reads, else s<number>.
func (p *parser) stepID(m *Mapping, s *Step) {
	at := m.Get("id")
	s.ID = p.id(at, idPattern, "step id", "small letters, digits, dots, hyphens and underscores")
	if s.ID == "" {
		s.ID = fmt.Sprintf("s%d", p.steps)
		if s.Read != "" {
			s.ID = "read-" + strings.ToLower(s.Read)
		}
		at = m.Node()
	}
	if p.stepIDs[s.ID] {
		hint := ""
		if !m.Has("id") {
			hint = "give this step an id"
		}
		at.Errorf(hint, "duplicate step id %q", s.ID)
	}
	p.stepIDs[s.ID] = true
}

func (p *parser) send(n *Node) *Send {
	m := n.Map("send", sendKeys)
	s := &Send{Pos: n.Pos()}
	for _, method := range methods {
		v := m.Get(method)
		if v == nil {
			continue
		}
		if s.Method != "" {
			m.Key(method).Errorf("make it two steps", "a request has one method; %s is given already", s.Method)
			continue
		}
		s.Method = method
		s.Path = p.template(v)
		if t := v.Raw(); !strings.HasPrefix(t, "/") && !strings.HasPrefix(t, "{{") {
			v.Errorf("paths are relative to the base URL: /Users", "the path must begin with /")
		}
	}
	if s.Method == "" && m.complete() {
		n.Errorf("write GET: /Users, for example", "send needs a method: one of %s", strings.Join(methods, ", "))
	}
	if m.Has("query") && m.Has("raw-query") {
		m.Key("raw-query").Errorf("", "query and raw-query exclude each other")
	}
	s.Query = p.params(m.Get("query"), "query")
	s.RawQuery = p.template(m.Get("raw-query"))
	s.Headers = p.params(m.Get("headers"), "headers")
	p.body(m, s)
	s.Auth = p.template(m.Get("auth"))
	if _, fixed := s.Auth.Constant(); fixed {
		m.Get("auth").OneOf("auth", auths)
	}
	s.AsIs, s.Missing = m.Get("as-is").Bool(), m.Get("missing").Bool()
	s.Creates = m.Get("creates").Text()
	if t := m.Get("timeout"); t != nil {
		s.Timeout = t.Raw()
		if d, err := time.ParseDuration(s.Timeout); err != nil || d <= 0 {
			t.Errorf("write it like 500ms, 10s or 2m", "%q is no duration", s.Timeout)
		}
	}
	return s
}

func (p *parser) body(m *Mapping, s *Send) {
	first := ""
	for _, k := range bodyKeys {
		if !m.Has(k) {
			continue
		}
		if first != "" {
			m.Key(k).Errorf("", "a request has one body; %s is given already", first)
		}
		first = k
	}
	s.Body = p.template(m.Get("body"))
	s.Raw = p.template(m.Get("raw"))
	if v := m.Get("raw"); v != nil && !v.IsScalar() {
		v.Errorf("use body: for JSON", "raw must be text, it is %s", v.kindName())
	}
	if v := m.Get("patch"); v != nil {
		if !v.IsList() && !v.IsScalar() {
			v.wrongKind("a list of operations")
		}
		s.Patch = p.template(v)
	}
	if v := m.Get("build"); v != nil {
		s.Build = v.Text()
		p.ref("builder", s.Build, v)
	}
	if w := m.Get("with"); w != nil {
		if s.Build == "" {
			m.Key("with").Errorf("", "with belongs to build")
		}
		s.With = p.template(w)
	}
}

// params reads ordered names and values; null removes a header.
func (p *parser) params(n *Node, what string) []Param {
	var out []Param
	n.Map(what, nil).Each(func(k, v *Node) {
		param := Param{Name: k.Raw()}
		if !v.IsNull() {
			if !v.IsScalar() {
				v.wrongKind("a single value")
			}
			param.Value = p.template(v)
		}
		out = append(out, param)
	})
	return out
}

// assigns reads name: expression. Names may reach into an object: person.target.
func (p *parser) assigns(n *Node, save bool) []Assign {
	var out []Assign
	n.Map("assignments", nil).Each(func(k, v *Node) {
		name := k.Raw()
		head, _, deep := strings.Cut(name, ".")
		for part := range strings.SplitSeq(name, ".") {
			if !namePattern.MatchString(part) {
				k.Errorf("letters, digits and _; a dot reaches into an object", "bad name %q", name)
				break
			}
		}
		switch {
		case !deep && save && !slices.Contains(p.vars, head):
			p.addVar(k)
		default:
			p.vars = append(p.vars, head)
		}
		if e := p.expr(v); e != nil {
			out = append(out, Assign{Pos: k.Pos(), Name: name, Expr: e})
		}
	})
	return out
}

func (p *parser) reactions(n *Node) []*Reaction {
	var out []*Reaction
	open := false
	for _, item := range n.Items() {
		m := item.Map("a reaction", reactionKeys)
		r := &Reaction{Pos: item.Pos()}
		r.When = p.expr(m.Get("when"))
		if open {
			item.Errorf("put it before the reaction without when", "this reaction is never reached: the one before has no when")
		}
		open = open || !m.Has("when") && item.IsMapping()
		r.Set = p.assigns(m.Get("set"), false)
		r.Fail, r.Warn = p.template(m.Get("fail")), p.template(m.Get("warn"))
		r.Done = m.Get("done").Bool()
		if m.Has("fail") && m.Get("done") != nil {
			m.Key("done").Errorf("", "a reaction fails or is done, not both")
		}
		r.Expected = p.title(m.Get("expected"))
		r.Cites = p.cites(m.Get("cites"))
		r.Level = p.level(m.Get("level"), r.Cites)
		r.Cause = p.cause(m.Get("cause"))
		r.Why, r.Fix = m.Get("why").Text(), m.Get("fix").Text()
		out = append(out, r)
	}
	return out
}

func (p *parser) fact(n *Node) *FactDef {
	m := n.Map("a fact", factKeys)
	return &FactDef{
		Pos: n.Pos(), ID: p.id(m.Need("id", "a fact"), idPattern, "fact id", "small letters, digits, dots and hyphens"),
		Group: m.Need("group", "a fact").Text(), Title: p.title(m.Need("title", "a fact")), Note: p.title(m.Get("note")),
		When: p.expr(m.Get("when")), Value: p.expr(m.Need("value", "a fact")), Cites: p.cites(m.Get("cites")),
	}
}
