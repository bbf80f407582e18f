package scim

import "strings"

// single applies to a singular attribute.
func (p *patcher) single(verb string, t target, v any) *Error {
	cur := p.get(t)
	if verb == "remove" {
		v = nil
	}
	val, err := p.coerce(t.def, v, t.name)
	if err != nil {
		return err
	}
	if t.def.Mutability == "immutable" && Assigned(cur) && !Equal(cur, val) {
		return Errorf(400, Mutability, "%s is immutable and has a value", t.name)
	}
	obj, complex := val.(map[string]any)
	if !complex {
		return p.setAttr(t, val)
	}
	old, _ := cur.(map[string]any)
	merged, err := merge(t.def, old, obj, t.name)
	if err != nil {
		return err
	}
	if err := requiredSubs(t.def, merged, t.name); err != nil && Assigned(merged) {
		return err
	}
	return p.setAttr(t, merged)
}

// merge puts the sub-attributes of val over a copy of cur; null unassigns.
func merge(def *Attribute, cur, val map[string]any, name string) (map[string]any, *Error) {
	out, _ := Clone(cur).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	for _, k := range sortedKeys(val) {
		if err := setSub(subAttribute(def, k), out, val[k], name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// setSub sets or, with an unassigned value, removes one sub-attribute of obj in place.
func setSub(sub *Attribute, obj map[string]any, v any, name string) *Error {
	if sub == nil {
		return nil
	}
	key, old, has := member(obj, sub.Name)
	if sub.Mutability == "immutable" && Assigned(old) && !Equal(old, v) {
		return Errorf(400, Mutability, "%s.%s is immutable and has a value", name, sub.Name)
	}
	if has {
		delete(obj, key)
	}
	if !Assigned(v) {
		if sub.Required {
			return Errorf(400, Mutability, "%s.%s is required and cannot become unassigned", name, sub.Name)
		}
		return nil
	}
	obj[sub.Name] = v
	return nil
}

// subOp applies to a sub-attribute without a filter: of the one complex value, or of every value.
func (p *patcher) subOp(verb string, t target, v any) *Error {
	if verb == "remove" {
		v = nil
	}
	val, err := p.coercePlural(t.sub, v, t.name)
	if err != nil {
		return err
	}
	if !t.def.MultiValued {
		old, _ := p.get(t).(map[string]any)
		merged, err := merge(t.def, old, map[string]any{t.sub.Name: val}, t.def.Name)
		if err != nil {
			return err
		}
		return p.setAttr(t, merged)
	}
	items := p.items(t)
	if len(items) == 0 && Assigned(val) {
		return p.setAttr(t, []any{map[string]any{t.sub.Name: val}})
	}
	all := make([]int, len(items))
	for i := range all {
		all[i] = i
	}
	return p.setSubs(t, items, all, val)
}

// setSubs sets one sub-attribute of the values at idx.
func (p *patcher) setSubs(t target, items []any, idx []int, val any) *Error {
	for _, i := range idx {
		old, _ := items[i].(map[string]any)
		merged, err := merge(t.def, old, map[string]any{t.sub.Name: val}, t.def.Name)
		if err != nil {
			return err
		}
		items[i] = merged
	}
	if val == true && strings.EqualFold(t.sub.Name, "primary") && len(idx) > 0 {
		demote(items, idx[len(idx)-1])
	}
	return p.setItems(t, items)
}

// items is a copy of the values of a multi-valued attribute, or of the one value of a complex attribute.
func (p *patcher) items(t target) []any {
	switch v := p.get(t).(type) {
	case nil:
		return nil
	case []any:
		return append([]any(nil), v...)
	default:
		return []any{v}
	}
}

// setItems stores values, without those that have become empty.
func (p *patcher) setItems(t target, items []any) *Error {
	kept := items[:0]
	for _, it := range items {
		if Assigned(it) {
			kept = append(kept, it)
		}
	}
	if !t.def.MultiValued {
		if len(kept) == 0 {
			return p.setAttr(t, nil)
		}
		return p.setAttr(t, kept[0])
	}
	return p.setAttr(t, kept)
}

// demote leaves primary to the value at keep (RFC 7644 section 3.5.2).
func demote(items []any, keep int) {
	for i, it := range items {
		obj, ok := it.(map[string]any)
		if !ok || i == keep {
			continue
		}
		if key, v, _ := member(obj, "primary"); v == true {
			c, _ := Clone(obj).(map[string]any)
			c[key] = false
			items[i] = c
		}
	}
}

// multi applies to a whole multi-valued attribute.
func (p *patcher) multi(verb string, t target, v any, hasValue bool) *Error {
	cur := p.items(t)
	if verb == "remove" {
		if hasValue && v != nil && p.tol.RemoveMembersWithValue {
			return p.removeListed(t, cur, v)
		}
		if t.def.Mutability == "immutable" && len(cur) > 0 {
			return Errorf(400, Mutability, "%s is immutable and has a value", t.name)
		}
		return p.setItems(t, nil)
	}
	fresh, err := p.coerceItems(t.def, v, t.name)
	if err != nil {
		return err
	}
	winner, err := onePrimary(fresh, t.name)
	if err != nil {
		return err
	}
	if t.def.Mutability == "immutable" && Assigned(cur) && !Equal(cur, fresh) {
		return Errorf(400, Mutability, "%s is immutable and has a value", t.name)
	}
	if verb == "replace" {
		cur = nil
	}
	return p.setItems(t, addItems(t.def, cur, fresh, winner))
}

// onePrimary gives the index of the primary value, -1 without one.
func onePrimary(items []any, name string) (int, *Error) {
	at := -1
	for i, it := range items {
		obj, _ := it.(map[string]any)
		if _, v, _ := member(obj, "primary"); v == true {
			if at >= 0 {
				return at, Errorf(400, InvalidValue, "more than one value of %s is primary", name)
			}
			at = i
		}
	}
	return at, nil
}

// addItems appends the fresh values that are not there yet (RFC 7644 section 3.5.2.1). Where the value is there with the same
// type, what is new in it is merged; a value that is immutable, as a group's member, stays as it is.
func addItems(def *Attribute, cur, fresh []any, winner int) []any {
	find := finder(def, len(fresh))
	keep := -1
	for n, it := range fresh {
		at := find(cur, it)
		if at < 0 {
			at = len(cur)
			cur = append(cur, it)
		} else if sub := def.Sub("value"); sub == nil || sub.Mutability != "immutable" {
			cur[at] = overlay(cur[at], it)
		}
		if n == winner {
			keep = at
		}
	}
	if keep >= 0 {
		demote(cur, keep)
	}
	return cur
}

// finder gives a function that finds a value among those of a growing list, -1 when it is not there. A few values are looked
// for one by one, many through an index, so that neither a long group nor a long patch costs more than their sum.
func finder(def *Attribute, fresh int) func([]any, any) int {
	const few = 8
	index, indexed := map[string][]int{}, 0
	return func(list []any, it any) int {
		if fresh <= few {
			for i, have := range list {
				if sameValue(def, have, it) && sameItem(have, it) {
					return i
				}
			}
			return -1
		}
		for ; indexed < len(list); indexed++ {
			k := itemKey(def, list[indexed])
			index[k] = append(index[k], indexed)
		}
		for _, i := range index[itemKey(def, it)] {
			if sameItem(list[i], it) {
				return i
			}
		}
		return -1
	}
}

// sameValue says what equal keys say, without building them where both values are plain strings.
func sameValue(def *Attribute, a, b any) bool {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if ok && ok2 {
		s, isText := x["value"].(string)
		r, isText2 := y["value"].(string)
		if isText && isText2 {
			return s == r || !exactValue(def) && strings.EqualFold(s, r)
		}
	}
	return itemKey(def, a) == itemKey(def, b)
}

// itemKey is equal for values that may be the same.
func itemKey(def *Attribute, it any) string {
	if obj, ok := it.(map[string]any); ok {
		if _, v, _ := member(obj, "value"); v != nil {
			if s, ok := v.(string); ok {
				return "value " + foldUnless(exactValue(def), s)
			}
		}
	} else if s, ok := it.(string); ok {
		return "value " + foldUnless(def.CaseExact, s)
	}
	d, _ := digestOf(it)
	return "digest " + string(d[:])
}

// sameItem says whether two values of equal key are the same: equal type, or no type in the fresh one.
func sameItem(cur, fresh any) bool {
	a, ok := cur.(map[string]any)
	b, ok2 := fresh.(map[string]any)
	if !ok || !ok2 {
		return ok == ok2
	}
	_, x, _ := member(a, "type")
	_, y, _ := member(b, "type")
	s, _ := x.(string)
	r, _ := y.(string)
	return r == "" || strings.EqualFold(s, r)
}

// overlay puts the assigned members of fresh over cur.
func overlay(cur, fresh any) any {
	a, ok := cur.(map[string]any)
	b, ok2 := fresh.(map[string]any)
	if !ok || !ok2 {
		return cur
	}
	out, _ := Clone(a).(map[string]any)
	for k, v := range b {
		key, old, has := member(out, k)
		if has && (Equal(old, v) || strings.EqualFold(k, "value")) {
			continue
		}
		if has {
			delete(out, key)
		}
		out[k] = v
	}
	return out
}

// removeListed removes the values that the operation lists.
func (p *patcher) removeListed(t target, cur []any, v any) *Error {
	listed, err := p.coerceItems(t.def, v, t.name)
	if err != nil {
		return err
	}
	if t.def.Mutability == "immutable" && len(listed) > 0 && len(cur) > 0 {
		return Errorf(400, Mutability, "%s is immutable and has a value", t.name)
	}
	gone := make(map[string][]any, len(listed))
	for _, it := range listed {
		k := itemKey(t.def, it)
		gone[k] = append(gone[k], it)
	}
	kept := cur[:0]
	for _, it := range cur {
		remove := false
		for _, g := range gone[itemKey(t.def, it)] {
			remove = remove || sameItem(it, g)
		}
		if !remove {
			kept = append(kept, it)
		}
	}
	return p.setItems(t, kept)
}
