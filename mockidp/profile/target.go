package profile

import (
	"encoding/json"
	"fmt"
	"strings"
)

// target is the SCIM place a mapping writes to: [urn:]attr[[filterAttr eq value]][.sub]. Okta's own
// notation for an entry of a list, roles.^[type=='LICENSED_USER'].value (okta.md 7.1), is read too.
type target struct {
	text  string
	urn   string
	attr  string
	fAttr string // attribute of the value filter, "" when there is none
	fVal  any    // string or bool
	sub   string
}

func parseTarget(s string) (target, error) {
	t := target{text: s}
	head, filter, tail, err := splitFilter(s)
	if err != nil {
		return t, err
	}
	if filter == "" {
		t.urn, head = splitURN(head)
		t.attr, t.sub, _ = strings.Cut(head, ".")
	} else {
		t.urn, t.attr = splitURN(strings.TrimSuffix(head, ".^"))
		if t.fAttr, t.fVal, err = parseFilter(filter); err != nil {
			return t, fmt.Errorf("%s: %w", s, err)
		}
		t.sub = strings.TrimPrefix(tail, ".")
	}
	if t.attr == "" || strings.ContainsAny(t.attr+t.sub, " []^\"'") {
		return t, fmt.Errorf("%q is no attribute path; write attr, attr.sub, attr[type eq \"x\"].sub or urn:…:attr", s)
	}
	return t, nil
}

func splitFilter(s string) (head, filter, tail string, err error) {
	open := strings.IndexByte(s, '[')
	if open < 0 {
		return s, "", "", nil
	}
	end := strings.IndexByte(s[open:], ']')
	if end < 0 {
		return "", "", "", fmt.Errorf("%q: the '[' is not closed", s)
	}
	return s[:open], s[open+1 : open+end], s[open+end+1:], nil
}

// splitURN cuts at the last colon: the version dots of a URN stand before it, attribute names hold none.
func splitURN(s string) (urn, rest string) {
	if len(s) < 4 || !strings.EqualFold(s[:4], "urn:") {
		return "", s
	}
	i := strings.LastIndexByte(s, ':')
	return s[:i], s[i+1:]
}

func parseFilter(f string) (string, any, error) {
	name, val, ok := strings.Cut(f, " eq ")
	if !ok {
		if name, val, ok = strings.Cut(f, "=="); !ok {
			return "", nil, fmt.Errorf("%q is no filter of the form attr eq value", f)
		}
	}
	name, val = strings.TrimSpace(name), strings.TrimSpace(val)
	switch {
	case val == "true" || val == "false":
		return name, val == "true", nil
	case len(val) > 1 && val[0] == '\'' && val[len(val)-1] == '\'':
		return name, val[1 : len(val)-1], nil
	}
	var s string
	if err := json.Unmarshal([]byte(val), &s); err != nil {
		return "", nil, fmt.Errorf("%s is neither a string nor true or false", val)
	}
	return name, s, nil
}

// holder is the object that the target's attribute stands in: the resource, or its extension.
func (t target) holder(root *tree, create bool) *tree {
	if t.urn == "" {
		return root
	}
	if create {
		return root.child(t.urn)
	}
	return root.get(t.urn)
}

// element finds the entry of a list that a value filter names. A boolean filter is also met by its
// text in a server's answer: Entra's mappings compare primary with "True" (entra.md 3.3).
func (t target) element(list *tree) *tree {
	if list == nil || list.kind != 'a' {
		return nil
	}
	for _, it := range list.items {
		if v := it.get(t.fAttr); v != nil && v.kind == 's' && sameFilterValue(v.scalar, t.fVal) {
			return it
		}
	}
	return nil
}

func sameFilterValue(have, want any) bool {
	if have == want {
		return true
	}
	_, hs := have.(bool)
	_, ws := want.(bool)
	return (hs || ws) && strings.EqualFold(fmt.Sprint(have), fmt.Sprint(want))
}

// find reads the value at the target, or nil.
func (t target) find(root *tree) *tree {
	h := t.holder(root, false)
	if h == nil {
		return nil
	}
	v := h.get(t.attr)
	if t.fAttr != "" {
		v = t.element(v)
	}
	if t.sub == "" || v == nil {
		return v
	}
	return v.get(t.sub)
}

// place writes v at the target. A missing entry of a list is added, with the filter's attribute first.
func (t target) place(root *tree, v *tree) {
	h := t.holder(root, true)
	switch {
	case t.fAttr != "":
		list := h.list(t.attr)
		el := t.element(list)
		if el == nil {
			el = object().set(t.fAttr, leaf(t.fVal))
			list.items = append(list.items, el)
		}
		if t.sub != "" {
			el.set(t.sub, v)
		}
	case t.sub != "":
		h.child(t.attr).set(t.sub, v)
	default:
		h.set(t.attr, v)
	}
}

// remove takes the value at the target away; other members of the same object stay.
func (t target) remove(root *tree) {
	h := t.holder(root, false)
	if h == nil {
		return
	}
	if t.sub == "" && t.fAttr == "" {
		h.del(t.attr)
		return
	}
	v := h.get(t.attr)
	if t.fAttr != "" {
		v = t.element(v)
	}
	if v != nil && v.kind == 'o' {
		v.del(t.sub)
	}
}
