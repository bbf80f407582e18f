package grade

import (
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// unit is what one rule judges, beside the variables of its request.
type unit map[string]any

// writer lists the attributes that a body writes.
type writer struct {
	schemas *scim.SchemaSet
	rt      scim.ResourceType
	op      string
	out     []unit
	missing []any // extensions that hold values and that schemas does not name
	named   map[string]bool
}

// values lists every attribute that a request writes, with its definition.
func (g *Grader) values(o *observation) *writer {
	w := &writer{schemas: g.o.Schemas, rt: o.rt}
	body, _ := o.body.(map[string]any)
	switch {
	case !o.known || body == nil:
	case o.kind == "create" || o.kind == "replace":
		w.named = map[string]bool{}
		named, _ := member(body, "schemas").([]any)
		for _, s := range named {
			w.named[strings.ToLower(text(s))] = true
		}
		w.members(body, true)
	case o.kind == "patch":
		ops, _ := member(body, "Operations").([]any)
		for _, op := range ops {
			if m, ok := op.(map[string]any); ok {
				w.operation(m)
			}
		}
	}
	return w
}

func (w *writer) operation(m map[string]any) {
	op, _ := member(m, "op").(string)
	w.op = strings.ToLower(op)
	value, has := lookup(m, "value")
	target, _ := member(m, "path").(string)
	if target == "" {
		if v, ok := value.(map[string]any); ok {
			w.members(v, true)
		}
		return
	}
	p, err := scim.ParsePath(target)
	if err != nil {
		return
	}
	p = w.schemas.Resolve(p)
	if p.Attr == "" { // the path is the URN of an extension
		if v, ok := value.(map[string]any); ok {
			w.container(p.URN, v)
		}
		return
	}
	a := w.schemas.Attribute(w.rt.Schema, p)
	if a == nil && p.URN == "" && p.Sub == "" {
		a = w.unqualified(p.Attr)
	}
	if !has {
		w.add(target, nil, a, false)
		return
	}
	w.attribute(target, value, a, p.Filter != nil)
}

// unqualified finds an attribute of an extension that is named without its URN.
func (w *writer) unqualified(name string) *scim.Attribute {
	for _, x := range w.rt.Extensions {
		if s := w.schemas.Schema(x.Schema); s != nil {
			if a := s.Attribute(name); a != nil {
				return a
			}
		}
	}
	return nil
}

// members walks the members of a resource, or of the value of an operation without path.
func (w *writer) members(m map[string]any, top bool) {
	for _, name := range sorted(m) {
		v := m[name]
		switch {
		case top && (strings.EqualFold(name, "schemas") || strings.EqualFold(name, "id") && w.op == ""):
			continue // rules of their own
		case w.schemas.Schema(name) != nil:
			if inner, ok := v.(map[string]any); ok {
				w.note(name, inner)
				w.container(name, inner)
			}
		default:
			p, err := scim.ParsePath(name)
			var a *scim.Attribute
			if err == nil {
				p = w.schemas.Resolve(p)
				a = w.schemas.Attribute(w.rt.Schema, p)
			}
			odd := strings.ContainsAny(name, ".[") || strings.HasPrefix(strings.ToLower(name), "urn:")
			n := len(w.out)
			w.attribute(name, v, a, false)
			w.out[n]["alone"] = odd
		}
	}
}

// note remembers an extension that has values and that schemas does not name.
func (w *writer) note(urn string, v map[string]any) {
	if w.named == nil || w.named[strings.ToLower(urn)] {
		return
	}
	for _, x := range v {
		if assigned(x) {
			w.missing = append(w.missing, urn)
			return
		}
	}
}

func (w *writer) container(urn string, m map[string]any) {
	for _, name := range sorted(m) {
		a := w.schemas.Attribute(w.rt.Schema, scim.Path{URN: urn, Attr: name})
		w.attribute(urn+":"+name, m[name], a, false)
	}
}

// attribute adds one attribute and its sub-attributes. selected: the path has picked elements of a list by a value filter.
func (w *writer) attribute(written string, v any, a *scim.Attribute, selected bool) {
	w.add(written, v, a, selected)
	if a == nil || !a.IsComplex() {
		return
	}
	elements := []any{v}
	if l, ok := v.([]any); ok {
		elements = l
	}
	for _, e := range elements {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		for _, name := range sorted(m) {
			if sub := a.Sub(name); sub != nil || !strings.HasPrefix(name, "$") {
				w.add(written+"."+name, m[name], sub, false)
			}
		}
	}
}

func (w *writer) add(written string, v any, a *scim.Attribute, selected bool) {
	w.out = append(w.out, unit{"written": written, "value": v, "attribute": definition(a), "op": w.op, "alone": false, "fits": fits(a, v, w.op != "" || selected), "primaries": primaries(v)})
}

// definition is an attribute as expressions see it.
func definition(a *scim.Attribute) any {
	if a == nil {
		return nil
	}
	return map[string]any{"name": a.Name, "type": a.Type, "multiValued": a.MultiValued, "mutability": a.Mutability, "returned": a.Returned, "complex": a.IsComplex()}
}

// fits tells whether a value has the JSON type of its attribute (RFC 7643 table 1). null stands for no value. A PATCH may
// give one element of a multi-valued attribute without a list around it, and a value path means single elements.
func fits(a *scim.Attribute, v any, single bool) bool {
	if a == nil || v == nil {
		return true
	}
	if l, ok := v.([]any); ok {
		if !a.MultiValued {
			return false
		}
		for _, e := range l {
			if !fitsOne(a, e) {
				return false
			}
		}
		return true
	}
	return (!a.MultiValued || single) && fitsOne(a, v)
}

func fitsOne(a *scim.Attribute, v any) bool {
	got := typeOf(v)
	switch a.Type {
	case "boolean":
		return got == "boolean"
	case "integer":
		return got == "integer"
	case "decimal":
		return got == "integer" || got == "number"
	case "complex":
		return got == "object"
	}
	return got == "string"
}

// primaries counts the elements that are marked as primary.
func primaries(v any) int {
	n := 0
	l, _ := v.([]any)
	for _, e := range l {
		if m, ok := e.(map[string]any); ok && member(m, "primary") == true {
			n++
		}
	}
	return n
}

// leftOut lists what the client has read of a resource and leaves out of its replacement, of what it may write.
func (o *observation) leftOut(a *account, body map[string]any) []any {
	out := []any{}
	for _, low := range sorted(a.attrs) {
		def := o.writable[low]
		if _, there := lookup(body, a.attrs[low]); def && !there {
			out = append(out, a.attrs[low])
		}
	}
	return out
}
