package scim

import "strings"

// filtered applies to the values that a filter selects, or to one sub-attribute of them.
func (p *patcher) filtered(verb string, t target, v any) *Error {
	items := p.items(t)
	var idx []int
	for i, it := range items {
		if MatchValue(t.filter, it, t.def) {
			idx = append(idx, i)
		}
	}
	if t.def.Mutability == "immutable" && len(idx) > 0 {
		return Errorf(400, Mutability, "%s is immutable and has a value", t.def.Name)
	}
	if verb == "remove" || v == nil {
		return p.removeFiltered(t, items, idx)
	}
	if t.sub != nil {
		val, err := p.coercePlural(t.sub, v, t.name)
		if err != nil {
			return err
		}
		if len(idx) == 0 {
			return p.create(t, items, map[string]any{t.sub.Name: val})
		}
		return p.setSubs(t, items, idx, val)
	}
	if list, ok := v.([]any); ok && len(list) == 1 { // an array of the one value that is meant
		v = list[0]
	}
	val, err := p.coerce(t.def, v, t.name)
	if err != nil {
		return err
	}
	if len(idx) == 0 {
		return p.create(t, items, val)
	}
	return p.setFiltered(verb, t, items, idx, val)
}

// setFiltered gives the selected values a new value: replace puts it in their place, add merges it. Where a value that does not
// match would be created, the new value keeps what the filter says, or the same patch, sent again, would find nothing and add
// a second one.
func (p *patcher) setFiltered(verb string, t target, items []any, idx []int, val any) *Error {
	obj, complex := val.(map[string]any)
	for _, i := range idx {
		old, _ := items[i].(map[string]any)
		if verb == "replace" {
			old = nil
			if described := map[string]any{}; p.tol.CreateOnMissingValuePath && describeValue(t.filter, t.def, described) {
				old = described
			}
		}
		if !complex {
			items[i] = val
			continue
		}
		merged, err := merge(t.def, old, obj, t.def.Name)
		if err != nil {
			return err
		}
		if err := requiredSubs(t.def, merged, t.def.Name); err != nil {
			return err
		}
		items[i] = merged
	}
	if complex && obj["primary"] == true {
		demote(items, idx[len(idx)-1])
	}
	return p.setItems(t, items)
}

// removeFiltered removes the selected values, or one sub-attribute of them. Nothing selected is a success without change.
func (p *patcher) removeFiltered(t target, items []any, idx []int) *Error {
	if len(idx) == 0 {
		return nil
	}
	if t.sub != nil {
		return p.setSubs(t, items, idx, nil)
	}
	for _, i := range idx {
		items[i] = nil
	}
	return p.setItems(t, items)
}

// create makes the value that a filter describes when it selects none, where the tolerance allows it; noTarget else (RFC 7644
// section 3.5.2.3).
func (p *patcher) create(t target, items []any, val any) *Error {
	if !p.tol.CreateOnMissingValuePath {
		return Errorf(400, NoTarget, "no value of %s matches %s", t.def.Name, t.filter)
	}
	if !t.def.MultiValued && len(items) > 0 {
		return Errorf(400, NoTarget, "%s does not match %s", t.def.Name, t.filter)
	}
	obj, complex := val.(map[string]any)
	if !complex {
		return p.setItems(t, append(items, val))
	}
	described := map[string]any{}
	if !describeValue(t.filter, t.def, described) {
		return Errorf(400, NoTarget, "no value of %s matches %s, and the filter does not describe one", t.def.Name, t.filter)
	}
	fresh, err := merge(t.def, described, obj, t.def.Name)
	if err != nil {
		return err
	}
	items = append(items, fresh)
	if fresh["primary"] == true {
		demote(items, len(items)-1)
	}
	return p.setItems(t, items)
}

// describeValue collects the equalities of a filter that is nothing but equalities joined by "and".
func describeValue(f Filter, def *Attribute, into map[string]any) bool {
	switch f := f.(type) {
	case *And:
		for _, term := range f.Terms {
			if !describeValue(term, def, into) {
				return false
			}
		}
		return true
	case *Compare:
		sub := subAttribute(def, f.Path.Attr)
		if f.Op != "eq" || sub == nil {
			return false
		}
		if f.Value != nil {
			into[sub.Name] = f.Value
		}
		return true
	}
	return false
}

// schemas applies to the attribute schemas: the base schema stays, an extension that goes takes its data along.
func (p *patcher) schemas(verb string, t target, v any) *Error {
	if t.sub != nil {
		return Errorf(400, InvalidPath, "schemas has no sub-attributes")
	}
	_, list, _ := member(p.res, "schemas")
	cur, _ := list.([]any)
	next := append([]any(nil), cur...)
	if verb == "remove" {
		if t.filter == nil {
			return Errorf(400, Mutability, "schemas is required and cannot become unassigned")
		}
		next = next[:0]
		for _, it := range cur {
			if !MatchValue(t.filter, it, t.def) {
				next = append(next, it)
			}
		}
		return p.setSchemas(next)
	}
	if t.filter != nil {
		return Errorf(400, InvalidPath, "a filter cannot set schemas")
	}
	items, err := p.coerceItems(t.def, v, "schemas")
	if err != nil {
		return err
	}
	if verb == "replace" {
		next = nil
	}
	return p.setSchemas(addItems(&Attribute{Type: "reference"}, next, items, -1))
}

func (p *patcher) setSchemas(next []any) *Error {
	base := false
	for i, it := range next {
		urn, _ := it.(string)
		ext, known := p.rt.Extension(urn)
		switch {
		case strings.EqualFold(urn, p.rt.Schema):
			base = true
		case known:
			next[i] = ext.Schema
		case !namesSchema(p.res, urn): // one that was there before may stay
			return Errorf(400, InvalidValue, "%s is not a schema of %s", quoteShort(urn), p.rt.Name)
		}
	}
	if !base {
		return Errorf(400, Mutability, "schemas must keep the base schema %s", p.rt.Schema)
	}
	for _, ext := range p.rt.Extensions {
		key, _, has := member(p.res, ext.Schema)
		if !has || containsURN(next, ext.Schema) {
			continue
		}
		if ext.Required {
			return Errorf(400, Mutability, "the extension %s is required", ext.Schema)
		}
		delete(p.res, key)
	}
	p.res["schemas"] = next
	return nil
}

func containsURN(list []any, urn string) bool {
	for _, it := range list {
		if s, ok := it.(string); ok && strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}
