package scim

import (
	"strings"
)

// coerce checks a value against a definition and gives it its canonical form: sub-attributes spelled as defined, unknown and
// readOnly ones dropped, null kept as nil. The definition's plurality is not regarded: v is one value.
func (p *patcher) coerce(def *Attribute, v any, name string) (any, *Error) {
	if list, ok := v.([]any); ok {
		if len(list) == 0 {
			return nil, nil // unassigned
		}
		if len(list) != 1 || !def.IsComplex() || !p.tol.ManagerAsString {
			return nil, Errorf(400, InvalidValue, "%s takes one value, not an array", name)
		}
		v = list[0]
	}
	if v == nil {
		return nil, nil
	}
	if def.IsComplex() {
		return p.coerceComplex(def, v, name)
	}
	if s, ok := v.(string); ok && def.Type == "boolean" && p.tol.StringBooleans {
		if b, ok := stringBoolean(s); ok {
			return b, nil
		}
	}
	if want := misfit(def.Type, v); want != "" {
		return nil, Errorf(400, InvalidValue, "%s must be %s, not %s", name, want, shorten(formatValue(v)))
	}
	return v, nil
}

func shorten(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}

// misfit says what a simple value should be, "" when it is right.
func misfit(typ string, v any) string {
	switch typ {
	case "boolean":
		if _, ok := v.(bool); !ok {
			return "a boolean"
		}
		return ""
	case "integer", "decimal":
		n, ok := numberOf(v)
		if !ok {
			return "a number"
		}
		if typ == "integer" && n.i == nil {
			return "an integer"
		}
		return ""
	}
	s, ok := v.(string)
	switch {
	case !ok:
		return "a string"
	case typ == "dateTime":
		if _, ok := ParseDateTime(s); !ok {
			return "a dateTime such as 2026-01-31T12:00:00Z"
		}
	case typ == "binary" && !isBase64(s):
		return "base64"
	case typ == "reference" && !isReference(s):
		return "a URI"
	}
	return ""
}

func (p *patcher) coerceComplex(def *Attribute, v any, name string) (any, *Error) {
	obj, ok := v.(map[string]any)
	if s, isString := v.(string); isString && p.tol.ManagerAsString && def.Sub("value") != nil {
		obj, ok = map[string]any{"value": s}, true
	}
	if !ok {
		return nil, Errorf(400, InvalidValue, "%s must be an object", name)
	}
	if p.tol.RolesAsJSON && strings.EqualFold(def.Name, "roles") {
		obj = unpackRole(obj)
	}
	out := make(map[string]any, len(obj))
	for _, k := range sortedKeys(obj) {
		sub := subAttribute(def, k)
		if sub == nil || sub.Mutability == "readOnly" {
			continue
		}
		val, err := p.coercePlural(sub, obj[k], name+"."+sub.Name)
		if err != nil {
			return nil, err
		}
		if _, taken := out[sub.Name]; !taken || k == sub.Name {
			out[sub.Name] = val
		}
	}
	if p.tol.ManagerAsString && !def.MultiValued && out["value"] == "" {
		return nil, nil // "no manager"
	}
	return out, nil
}

// unpackRole reads {"value":"{\"id\":…,\"value\":\"Admin\",\"displayName\":\"Admin\"}"}.
func unpackRole(obj map[string]any) map[string]any {
	key, v, _ := member(obj, "value")
	text, ok := v.(string)
	if !ok || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return obj
	}
	inner, err := Decode([]byte(text))
	role, ok := inner.(map[string]any)
	if err != nil || !ok {
		return obj
	}
	_, value, has := member(role, "value")
	if !has {
		return obj
	}
	out := make(map[string]any, len(obj)+1)
	for k, e := range obj {
		out[k] = e
	}
	out[key] = value
	if _, display, has := member(role, "displayName"); has {
		out["display"] = display
	}
	return out
}

// coercePlural regards plurality: a multi-valued sub-attribute takes an array.
func (p *patcher) coercePlural(def *Attribute, v any, name string) (any, *Error) {
	if !def.MultiValued {
		return p.coerce(def, v, name)
	}
	items, err := p.coerceItems(def, v, name)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	return items, nil
}

// coerceItems reads the values for a multi-valued attribute: an array, or one value alone (RFC 7644 section 3.5.2.1). null
// and the empty array are no values.
func (p *patcher) coerceItems(def *Attribute, v any, name string) ([]any, *Error) {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return nil, nil
		}
		list = []any{v}
	}
	out := make([]any, 0, len(list))
	for _, it := range list {
		if _, nested := it.([]any); nested {
			return nil, Errorf(400, InvalidValue, "a value of %s must not be an array", name)
		}
		val, err := p.coerce(def, it, name)
		if err != nil {
			return nil, err
		}
		if obj, ok := val.(map[string]any); ok {
			val = withoutNulls(obj)
		}
		if err := requiredSubs(def, val, name); err != nil {
			return nil, err
		}
		if Assigned(val) {
			out = append(out, val)
		}
	}
	return out, nil
}

func withoutNulls(obj map[string]any) map[string]any {
	for k, v := range obj {
		if v == nil {
			delete(obj, k)
		}
	}
	return obj
}

// requiredSubs refuses a value that lacks a required sub-attribute.
func requiredSubs(def *Attribute, val any, name string) *Error {
	obj, ok := val.(map[string]any)
	if !ok {
		return nil
	}
	for _, sub := range def.SubAttributes {
		if sub.Required && sub.Mutability != "readOnly" && !Assigned(obj[sub.Name]) {
			return Errorf(400, InvalidValue, "%s.%s is required", name, sub.Name)
		}
	}
	return nil
}

// GetPath reads the value at a path: with a filter, the first value that matches; a sub-attribute of a multi-valued attribute
// without a filter, the array of them. ok is false where there is nothing. It knows no schema.
func GetPath(resource map[string]any, p Path) (v any, ok bool) {
	obj := resource
	if p.URN != "" {
		_, ext, has := member(resource, p.URN)
		if p.Attr == "" {
			return ext, has
		}
		if has {
			obj, _ = ext.(map[string]any)
		} else if !isCoreURN(p.URN) {
			return nil, false
		}
	}
	_, v, ok = member(obj, p.Attr)
	list, multi := v.([]any)
	switch {
	case !ok:
		return nil, false
	case p.HasIndex:
		if p.Index >= len(list) {
			return nil, false
		}
		v = list[p.Index]
	case p.Filter != nil:
		if i := firstMatch(list, p.Filter); i >= 0 {
			v = list[i]
		} else {
			return nil, false
		}
	case multi && p.Sub != "":
		vals, _ := leaves(list, p.Sub)
		return vals, len(vals) > 0
	}
	if p.Sub == "" {
		return v, true
	}
	inner, _ := v.(map[string]any)
	_, v, ok = member(inner, p.Sub)
	return v, ok
}

func firstMatch(list []any, f Filter) int {
	for i, it := range list {
		if MatchValue(f, it, nil) {
			return i
		}
	}
	return -1
}

// SetPath writes a value at a path in place, and makes what is missing on the way: the extension, the complex value, and, for
// a filter of equalities, the value that it describes. nil removes. It knows no schema and no rules.
func SetPath(resource map[string]any, p Path, v any) {
	obj := resource
	if p.URN != "" && !isCoreURN(p.URN) {
		if p.Attr == "" {
			put(resource, p.URN, v)
			return
		}
		obj = object(resource, p.URN, v != nil)
	}
	switch {
	case obj == nil:
	case p.Filter != nil || p.HasIndex:
		setElement(obj, p, v)
	case p.Sub != "":
		put(object(obj, p.Attr, v != nil), p.Sub, v)
	default:
		put(obj, p.Attr, v)
	}
}

// put sets a member under the name it has already, or removes it.
func put(obj map[string]any, name string, v any) {
	if obj == nil {
		return
	}
	key, _, ok := member(obj, name)
	if !ok {
		key = name
	}
	if v == nil {
		delete(obj, key)
		return
	}
	obj[key] = v
}

// object finds a member that is an object, or makes it.
func object(obj map[string]any, name string, create bool) map[string]any {
	_, v, _ := member(obj, name)
	if m, ok := v.(map[string]any); ok || !create {
		return m
	}
	m := map[string]any{}
	put(obj, name, m)
	return m
}

// describeAny reads the value that a filter describes without a schema.
func describeAny(f Filter) (map[string]any, bool) {
	into := map[string]any{}
	def := &Attribute{Type: "complex"}
	for _, name := range filterNames(f) {
		def.SubAttributes = append(def.SubAttributes, &Attribute{Name: name})
	}
	return into, describeValue(f, def, into)
}

func filterNames(f Filter) []string {
	switch f := f.(type) {
	case *And:
		var out []string
		for _, t := range f.Terms {
			out = append(out, filterNames(t)...)
		}
		return out
	case *Compare:
		return []string{f.Path.Attr}
	}
	return nil
}

// setElement writes one value of an array, or a sub-attribute of it.
func setElement(obj map[string]any, p Path, v any) {
	_, cur, _ := member(obj, p.Attr)
	list, _ := cur.([]any)
	at := p.Index
	if p.Filter != nil {
		at = firstMatch(list, p.Filter)
	}
	if at < 0 || at >= len(list) {
		if v == nil {
			return
		}
		var fresh any = map[string]any{}
		if p.Filter != nil {
			described, ok := describeAny(p.Filter)
			if !ok {
				return
			}
			fresh = described
		}
		list, at = append(list[:len(list):len(list)], fresh), len(list)
	}
	switch elem, _ := list[at].(map[string]any); {
	case p.Sub != "":
		put(elem, p.Sub, v)
	case v == nil:
		list = append(list[:at:at], list[at+1:]...)
	default:
		list[at] = v
	}
	var next any = list
	if len(list) == 0 {
		next = nil
	}
	put(obj, p.Attr, next)
}
