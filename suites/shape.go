package suites

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

var statusPattern = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]xx)$`)

// shaped holds the argument of a matcher against its shape. A template value is always right.
func shaped(n *Node, want Member, what string) {
	if isTemplate(n) {
		return
	}
	if n.IsNull() {
		if n != nil && want.Name != "value" {
			n.Errorf("", "%s needs a value", what)
		}
		return
	}
	switch want.Shape {
	case ShapeText:
		if !n.IsScalar() {
			n.wrongKind("text")
		}
	case ShapeRegexp:
		if _, err := regexp.Compile(n.Raw()); err != nil {
			n.Errorf("", "bad regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case ShapeInt:
		n.Int()
	case ShapeBool:
		n.Bool()
	case ShapeTexts:
		if items := notEmpty(n, what); items != nil {
			n.Texts()
		}
	case ShapeStatus:
		for _, item := range notEmpty(n, what) {
			if !statusPattern.MatchString(item.Raw()) && item.IsScalar() && !isTemplate(item) {
				item.Errorf("write 200, 2xx or a list of these", "%q is no HTTP status", item.Raw())
			}
		}
	case ShapeChoice:
		for _, item := range notEmpty(n, what) {
			if !isTemplate(item) {
				item.OneOf("value of "+what, want.Options)
			}
		}
	case ShapeObject:
		shapedObject(n, want, what)
	}
}

// notEmpty are the items of a list or a single value; an empty list is a check that cannot fail
// (or cannot pass) and therefore a problem.
func notEmpty(n *Node, what string) []*Node {
	items := n.ItemsOrOne()
	if n.IsList() && len(items) == 0 {
		n.Errorf("", "%s with an empty list says nothing", what)
	}
	return items
}

func shapedObject(n *Node, want Member, what string) {
	var allowed []string
	for _, k := range want.Keys {
		allowed = append(allowed, k.Name)
	}
	if !n.IsMapping() {
		n.wrongKind("a mapping")
		return
	}
	m := n.Map(what, allowed)
	if len(n.y.Content) == 0 {
		n.Errorf("", "%s with an empty mapping says nothing", what)
		return
	}
	for _, k := range want.Keys {
		v := m.Get(k.Name)
		if v == nil && k.Required {
			n.Errorf("", "%s needs %q", what, k.Name)
		}
		if v != nil {
			shaped(v, k, what+"."+k.Name)
		}
	}
	if want.Values != nil {
		m.Each(func(k, v *Node) { shaped(v, *want.Values, what) })
	}
	if len(want.OneOf) > 0 && m.complete() {
		for _, k := range want.OneOf {
			if m.Has(k) {
				return
			}
		}
		n.Errorf("", "%s needs one of %s", what, strings.Join(want.OneOf, ", "))
	}
}

// isTemplate tells whether a scalar holds an expression, so that only the run knows its value.
func isTemplate(n *Node) bool {
	return n != nil && n.y.Kind == yaml.ScalarNode && strings.Contains(n.y.Value, "{{")
}
