package suites

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Template is a YAML value with {{ expressions }} inside, compiled at load time.
//
// A string that is one {{ expr }} and nothing else keeps the type (and identity) of the value;
// inside longer text the value is rendered as text. Mappings keep the order of their keys, because
// the key order of what an IdP sends is part of what is replayed. A mapping member or sequence item whose
// {{ expr }} gives nil is left out ("unmapped attributes are omitted"), and so is a mapping that
// has nothing left because of that; a literal null stays null.
type Template struct {
	Pos  Pos
	node tnode
}

type tkind int

const (
	tLiteral tkind = iota // scalar without expressions
	tExpr                 // exactly one {{ }}
	tText                 // text with {{ }} in it
	tMap
	tList
)

type tnode struct {
	kind  tkind
	value any
	expr  *Expr
	parts []tpart
	keys  []tnode // of tMap: tLiteral strings, or tText / tExpr
	items []tnode
	pos   Pos
}

type tpart struct {
	text string
	expr *Expr
}

// Literal makes a template of a value that has no expressions.
func Literal(v any) *Template { return &Template{node: tnode{kind: tLiteral, value: v}} }

// renderer walks a template with one environment.
type renderer struct {
	env     map[string]any
	keepNil bool // nil expressions become null instead of being left out
}

// Render evaluates the template: scalars as string, bool, int, float64 or nil, mappings as *Object,
// sequences as []any, values of expressions as they are.
func (t *Template) Render(env map[string]any) (any, error) {
	return t.render(renderer{env: env})
}

// RenderKeep is Render without the omission: an expression that gives nil is null. For the
// arguments of matchers, where a member that silently disappeared would be a check that cannot fail.
func (t *Template) RenderKeep(env map[string]any) (any, error) {
	return t.render(renderer{env: env, keepNil: true})
}

func (t *Template) render(r renderer) (any, error) {
	if t == nil {
		return nil, nil
	}
	v, omitted, err := r.node(&t.node)
	if err != nil {
		return nil, err
	}
	if omitted && t.node.kind == tMap {
		return NewObject(), nil
	}
	return v, nil
}

func (r renderer) node(n *tnode) (v any, omitted bool, err error) {
	switch n.kind {
	case tExpr:
		v, err = n.expr.Eval(r.env)
		return v, v == nil && !r.keepNil, err
	case tText:
		v, err = r.text(n, nil)
		return v, false, err
	case tMap:
		return r.object(n)
	case tList:
		v, err = r.list(n)
		return v, false, err
	}
	return n.value, false, nil
}

func (r renderer) object(n *tnode) (any, bool, error) {
	o := &Object{Values: make(map[string]any, len(n.items))}
	for i := range n.items {
		v, omitted, err := r.node(&n.items[i])
		if err != nil {
			return nil, false, err
		}
		if omitted {
			continue
		}
		key, err := r.key(&n.keys[i])
		if err != nil {
			return nil, false, err
		}
		o.Set(key, v)
	}
	return o, len(o.Keys) == 0 && len(n.items) > 0, nil
}

func (r renderer) key(n *tnode) (string, error) {
	if n.kind == tLiteral {
		return n.value.(string), nil
	}
	return r.text(n, nil)
}

func (r renderer) list(n *tnode) (any, error) {
	l := make([]any, 0, len(n.items))
	for i := range n.items {
		v, omitted, err := r.node(&n.items[i])
		if err != nil {
			return nil, err
		}
		if !omitted {
			l = append(l, v)
		}
	}
	return l, nil
}

// text renders a scalar as text. With esc, values are escaped and must not be empty: a path like
// /Users/{{ id }} would name the whole collection.
func (r renderer) text(n *tnode, esc func(string) string) (string, error) {
	parts := n.parts
	switch n.kind {
	case tLiteral:
		return ValueText(n.value)
	case tExpr:
		parts = []tpart{{expr: n.expr}}
	case tMap, tList:
		v, _, err := r.node(n)
		if err != nil {
			return "", err
		}
		return ValueText(v)
	}
	var b strings.Builder
	for _, p := range parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.expr.Eval(r.env)
		if err != nil {
			return "", err
		}
		s, err := ValueText(v)
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", p.expr.Pos, p.expr.Source, err)
		}
		if esc != nil {
			if s == "" {
				return "", fmt.Errorf("%s: {{ %s }} is empty, so the path would name something else", p.expr.Pos, p.expr.Source)
			}
			s = esc(s)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// RenderText evaluates the template as text; nil is "".
func (t *Template) RenderText(env map[string]any) (string, error) {
	if t == nil {
		return "", nil
	}
	return renderer{env: env}.text(&t.node, nil)
}

// RenderEscaped is RenderText with esc applied to the value of every expression and not to the
// literal text between them. An expression that gives nothing is an error.
func (t *Template) RenderEscaped(env map[string]any, esc func(string) string) (string, error) {
	if t == nil {
		return "", nil
	}
	return renderer{env: env}.text(&t.node, esc)
}

// RenderJSON evaluates the template to compact JSON with members in order.
func (t *Template) RenderJSON(env map[string]any) ([]byte, error) {
	v, err := t.Render(env)
	if err != nil {
		return nil, err
	}
	b, err := EncodeJSON(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Pos, err)
	}
	return b, nil
}

// Text renders a string with {{ }} in it, a title for example.
func Text(text string, env map[string]any) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	t, err := CompileText(text)
	if err != nil {
		return "", err
	}
	return t.RenderText(env)
}

// CompileText compiles a string with {{ }} in it. Callers that render it often keep the result.
func CompileText(text string) (*Template, error) {
	c := &templateCompiler{src: &Source{}}
	t := &Template{node: c.text(&yaml.Node{Kind: yaml.ScalarNode, Value: text}, text, Pos{})}
	if err := c.problems.Err(); err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return t, nil
}

// Exprs lists the expressions of the template in order, for checks of names.
func (t *Template) Exprs() []*Expr {
	if t == nil {
		return nil
	}
	var out []*Expr
	t.node.walk(func(n *tnode) {
		if n.expr != nil {
			out = append(out, n.expr)
		}
		for _, p := range n.parts {
			if p.expr != nil {
				out = append(out, p.expr)
			}
		}
	})
	return out
}

func (n *tnode) walk(f func(*tnode)) {
	f(n)
	for i := range n.items {
		if n.kind == tMap {
			n.keys[i].walk(f)
		}
		n.items[i].walk(f)
	}
}

// Constant returns the value of a template without expressions.
func (t *Template) Constant() (any, bool) {
	if t == nil || len(t.Exprs()) > 0 {
		return nil, false
	}
	v, err := t.RenderKeep(nil)
	return v, err == nil
}

// Source shows the template as its author wrote it in one line; a lone expression without braces.
func (t *Template) Source() string {
	if t == nil {
		return ""
	}
	if t.node.kind == tExpr {
		return t.node.expr.Source
	}
	s, _ := ValueText(t.node.source())
	return s
}

func (n *tnode) source() any {
	switch n.kind {
	case tExpr:
		return "{{ " + n.expr.Source + " }}"
	case tText:
		var b strings.Builder
		for _, p := range n.parts {
			if p.expr != nil {
				b.WriteString("{{ " + p.expr.Source + " }}")
			} else {
				b.WriteString(p.text)
			}
		}
		return b.String()
	case tMap:
		o := NewObject()
		for i := range n.items {
			k, _ := ValueText(n.keys[i].source())
			o.Set(k, n.items[i].source())
		}
		return o
	case tList:
		l := make([]any, len(n.items))
		for i := range n.items {
			l[i] = n.items[i].source()
		}
		return l
	}
	return n.value
}
