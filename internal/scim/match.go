package scim

import (
	"encoding/json"
	"strings"
)

// Match says whether a resource matches a filter (RFC 7644 section 3.4.2.2). Letter case follows caseExact, dateTime values
// compare as moments, a multi-valued attribute matches when any value does, and a comparison with a complex attribute means
// its "value". An attribute that neither the schemas nor the resource know matches nothing, and neither does one of another
// resource type (section 3.4.2.1). With s nil the standard schemas hold.
func Match(f Filter, resource map[string]any, s *SchemaSet) bool {
	if s == nil {
		s = StandardSchemas()
	}
	m := matcher{set: s, obj: resource, base: s.BaseSchema(resource)}
	return m.match(f)
}

// MatchValue says whether one value of the multi-valued attribute def matches the filter between the brackets of a value
// path. def may be nil. A simple value answers to the name "value".
func MatchValue(f Filter, value any, def *Attribute) bool {
	obj, ok := value.(map[string]any)
	if !ok {
		obj = map[string]any{"value": value}
		if def != nil && !def.IsComplex() {
			elem := *def
			elem.Name, elem.MultiValued = "value", false
			def = &Attribute{Type: "complex", SubAttributes: []*Attribute{&elem}}
		}
	}
	if c, isCompare := f.(*Compare); isCompare && c.Op == "eq" && c.Path.Sub == "" { // `members[value eq "…"]`, on long lists
		lit, isText := c.Value.(string)
		if v, plain := obj[c.Path.Attr].(string); isText && plain {
			return compareStrings(c.Op, v, lit, def.Sub(c.Path.Attr))
		}
	}
	m := matcher{obj: obj, parent: def, element: true}
	return m.match(f)
}

// BaseSchema gives the URN of the base schema that a resource names in "schemas"; "" when it names none that the set knows.
func (s *SchemaSet) BaseSchema(resource map[string]any) string {
	_, list, _ := member(resource, "schemas")
	items, _ := list.([]any)
	for _, it := range items {
		urn, _ := it.(string)
		if sc := s.Schema(urn); sc != nil && s.isBase(sc) {
			return sc.ID
		}
	}
	return ""
}

// matcher evaluates against one object: a resource, or one value of a complex attribute.
type matcher struct {
	set     *SchemaSet
	obj     map[string]any
	base    string
	element bool
	parent  *Attribute // of an element
}

func (m matcher) match(f Filter) bool {
	switch f := f.(type) {
	case *And:
		for _, t := range f.Terms {
			if !m.match(t) {
				return false
			}
		}
		return true
	case *Or:
		for _, t := range f.Terms {
			if m.match(t) {
				return true
			}
		}
		return false
	case *Not:
		return !m.match(f.Filter)
	case *ValuePath:
		return m.valuePath(f)
	case *Compare:
		return m.compare(f)
	}
	return false
}

func (m matcher) valuePath(f *ValuePath) bool {
	top, def, _ := m.attribute(f.Path)
	items, multi := top.([]any)
	if !multi {
		if !Assigned(top) {
			return false
		}
		items = []any{top}
	}
	for _, it := range items {
		if MatchValue(f.Filter, it, def) {
			return true
		}
	}
	return false
}

// attribute gives the value and the definition of p.Attr, and whether either is known.
func (m matcher) attribute(p Path) (v any, def *Attribute, known bool) {
	if m.element {
		if p.URN != "" {
			return nil, nil, false
		}
		def = m.parent.Sub(p.Attr)
		_, v, ok := member(m.obj, p.Attr)
		return v, def, ok || def != nil || m.parent == nil || strings.EqualFold(p.Attr, "primary")
	}
	container := m.obj
	if p.URN != "" {
		p = m.set.Resolve(p)
		_, ext, isExt := member(m.obj, p.URN)
		switch {
		case isExt:
			container, _ = ext.(map[string]any)
			if p.Attr == "" {
				return ext, &Attribute{Type: "complex"}, true
			}
		case strings.EqualFold(p.URN, m.base), m.base == "" && isCoreURN(p.URN):
		default:
			container = nil
			if !m.extends(p.URN) {
				return nil, nil, false
			}
		}
	}
	def = m.set.Attribute(m.base, Path{URN: p.URN, Attr: p.Attr})
	_, v, ok := member(container, p.Attr)
	return v, def, ok || def != nil
}

// extends says whether urn is an extension of the resource's type.
func (m matcher) extends(urn string) bool {
	rt, ok := m.set.ResourceType(m.base)
	if !ok || m.base == "" {
		return false
	}
	_, ok = rt.Extension(urn)
	return ok
}

func (m matcher) compare(c *Compare) bool {
	top, def, known := m.attribute(c.Path)
	if !known {
		return false
	}
	sub := c.Path.Sub
	if sub == "" && c.Op == "pr" {
		return present(top)
	}
	if sub == "" && (def.IsComplex() || isComplexValue(top)) {
		sub = "value" // "emails co" of the RFC's own examples
	}
	vals, ok := leaves(top, sub)
	if sub != "" {
		leaf := def.Sub(sub)
		if def != nil && leaf == nil && !ok && !isDefaultSub(sub) {
			return false
		}
		def = leaf
	}
	if _, isBool := c.Value.(bool); isBool && len(vals) == 0 && strings.EqualFold(c.Path.Attr, "primary") && m.element {
		vals = []any{false} // no primary means not primary, in filters too (RFC 7643 section 2.4)
	}
	return compareLeaves(c.Op, vals, c.Value, def)
}

func isComplexValue(v any) bool {
	if items, ok := v.([]any); ok && len(items) > 0 {
		v = items[0]
	}
	_, ok := v.(map[string]any)
	return ok
}

// isDefaultSub knows the sub-attributes that every multi-valued attribute has unless its schema says otherwise (RFC 7643
// section 2.4).
func isDefaultSub(name string) bool {
	switch strings.ToLower(name) {
	case "type", "primary", "display", "value", "$ref":
		return true
	}
	return false
}

// leaves collects the assigned simple values of v, or of the sub-attribute of each of its elements.
func leaves(v any, sub string) (vals []any, found bool) {
	items, multi := v.([]any)
	if !multi {
		items = []any{v}
	}
	for _, it := range items {
		if sub != "" {
			obj, isObj := it.(map[string]any)
			if !isObj {
				if !strings.EqualFold(sub, "value") {
					continue
				}
			} else {
				var ok bool
				_, it, ok = member(obj, sub)
				found = found || ok
				if !ok && strings.EqualFold(sub, "primary") {
					it = false
				}
			}
		}
		if inner, ok := it.([]any); ok {
			vals = append(vals, inner...)
		} else if it != nil {
			vals = append(vals, it)
		}
	}
	return vals, found
}

// present is "pr": a non-empty or non-null value, or a non-empty node.
func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		for _, e := range v {
			if present(e) {
				return true
			}
		}
		return false
	case map[string]any:
		for _, e := range v {
			if present(e) {
				return true
			}
		}
		return false
	}
	return true
}

func compareLeaves(op string, vals []any, lit any, def *Attribute) bool {
	switch {
	case op == "pr":
		return present(vals)
	case lit == nil && op == "eq":
		return len(vals) == 0
	case lit == nil && op == "ne":
		return len(vals) > 0
	case lit == nil:
		return false
	case len(vals) == 0:
		return op == "ne"
	}
	for _, v := range vals {
		if compareLeaf(op, v, lit, def) {
			return true
		}
	}
	return false
}

func compareLeaf(op string, v, lit any, def *Attribute) bool {
	switch l := lit.(type) {
	case string:
		if s, ok := v.(string); ok {
			return compareStrings(op, s, l, def)
		}
	case bool:
		if b, ok := v.(bool); ok {
			return op == "eq" && b == l || op == "ne" && b != l
		}
	case json.Number:
		x, ok := numberOf(v)
		y, ok2 := numberOf(l)
		if ok && ok2 {
			return ordered(op, compareNumbers(x, y))
		}
	}
	return op == "ne" // values of different types are not identical
}

func compareStrings(op, v, lit string, def *Attribute) bool {
	if def != nil && def.Type == "dateTime" && op != "co" && op != "sw" && op != "ew" {
		a, ok := ParseDateTime(v)
		b, ok2 := ParseDateTime(lit)
		if ok && ok2 {
			return ordered(op, a.Compare(b))
		}
	}
	if v != lit && (def == nil || !def.CaseExact && def.Type != "binary") {
		v, lit = strings.ToLower(v), strings.ToLower(lit)
	}
	switch op {
	case "co":
		return strings.Contains(v, lit)
	case "sw":
		return strings.HasPrefix(v, lit)
	case "ew":
		return strings.HasSuffix(v, lit)
	}
	return ordered(op, strings.Compare(v, lit))
}

func ordered(op string, cmp int) bool {
	switch op {
	case "eq":
		return cmp == 0
	case "ne":
		return cmp != 0
	case "gt":
		return cmp > 0
	case "ge":
		return cmp >= 0
	case "lt":
		return cmp < 0
	case "le":
		return cmp <= 0
	}
	return false
}
