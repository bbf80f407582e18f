package scim

import "strings"

// patcher holds the copy that operations work on.
type patcher struct {
	res     map[string]any
	rt      ResourceType
	set     *SchemaSet
	tol     Tolerances
	touched map[string]bool // URNs of extensions that an operation changed
}

// target is a resolved path.
type target struct {
	urn    string     // of an extension, "" for the resource itself
	def    *Attribute // nil: the whole extension or resource
	sub    *Attribute
	filter Filter
	name   string // for messages
}

func (p *patcher) apply(op Op) *Error {
	verb, ok := p.tol.verb(op.Op)
	switch {
	case !ok:
		return Errorf(400, InvalidSyntax, "op must be \"add\", \"remove\" or \"replace\"")
	case verb == "remove" && !op.HasPath:
		return Errorf(400, NoTarget, "remove needs a path")
	case verb != "remove" && !op.HasValue:
		return Errorf(400, InvalidValue, "%s needs a value", verb)
	case !op.HasPath:
		return p.pathless(verb, op.Value)
	}
	t, err := p.resolve(op.Path)
	if err != nil {
		return err
	}
	return p.at(verb, t, op.Value, op.HasValue)
}

// resolve reads a path and finds its definitions.
func (p *patcher) resolve(s string) (target, *Error) {
	path, perr := ParsePath(s)
	if perr != nil {
		return target{}, Errorf(400, InvalidPath, "%s", perr)
	}
	path = p.set.Resolve(path)
	t := target{name: path.String()}
	if path.URN != "" && !strings.EqualFold(path.URN, p.rt.Schema) {
		ext, ok := p.rt.Extension(path.URN)
		if !ok || p.set.Schema(ext.Schema) == nil {
			return t, Errorf(400, InvalidPath, "%s is not a schema of %s", path.URN, p.rt.Name)
		}
		t.urn = ext.Schema
	}
	if path.Attr == "" {
		return t, nil
	}
	if t.def = p.set.Attribute(p.rt.Schema, Path{URN: path.URN, Attr: path.Attr}); t.def == nil && p.tol.ManagerAsString && path.URN == "" {
		t.urn, t.def = p.inExtension(path.Attr)
	}
	if t.def == nil {
		return t, Errorf(400, InvalidPath, "%s has no attribute %s", p.rt.Name, path.Attr)
	}
	if path.Sub != "" {
		if t.sub = subAttribute(t.def, path.Sub); t.sub == nil {
			return t, Errorf(400, InvalidPath, "%s has no sub-attribute %s", t.def.Name, path.Sub)
		}
	}
	return t, p.resolveFilter(&t, path.Filter)
}

func (p *patcher) resolveFilter(t *target, f Filter) *Error {
	if f == nil {
		return nil
	}
	if !t.def.MultiValued && !t.def.IsComplex() {
		return Errorf(400, InvalidPath, "%s has one simple value: a filter cannot select from it", t.def.Name)
	}
	typed, err := p.typeFilter(f, t.def)
	t.filter = typed
	return err
}

// inExtension finds an unqualified name in the extensions.
func (p *patcher) inExtension(name string) (string, *Attribute) {
	for _, e := range p.rt.Extensions {
		if def := p.set.Schema(e.Schema).Attribute(name); def != nil {
			return e.Schema, def
		}
	}
	return "", nil
}

// subAttribute finds a sub-attribute; the default ones exist on every multi-valued complex attribute (RFC 7643 section 2.4).
func subAttribute(def *Attribute, name string) *Attribute {
	if sub := def.Sub(name); sub != nil || !def.MultiValued || !def.IsComplex() || !isDefaultSub(name) {
		return sub
	}
	sub := &Attribute{Name: strings.ToLower(name), Type: "string", Mutability: "readWrite", Returned: "default", Uniqueness: "none"}
	switch sub.Name {
	case "primary":
		sub.Type = "boolean"
	case "$ref":
		sub.Type = "reference"
	}
	return sub
}

// typeFilter checks the names of a value filter, and gives literals the type of their attribute where a tolerance says so.
func (p *patcher) typeFilter(f Filter, def *Attribute) (Filter, *Error) {
	switch f := f.(type) {
	case *And:
		terms, err := p.typeTerms(f.Terms, def)
		return &And{Terms: terms}, err
	case *Or:
		terms, err := p.typeTerms(f.Terms, def)
		return &Or{Terms: terms}, err
	case *Not:
		inner, err := p.typeFilter(f.Filter, def)
		return &Not{Filter: inner}, err
	case *Compare:
		sub := subAttribute(def, f.Path.Attr)
		if !def.IsComplex() && strings.EqualFold(f.Path.Attr, "value") {
			sub = def
		}
		if sub == nil || f.Path.URN != "" || f.Path.Sub != "" {
			return f, Errorf(400, InvalidFilter, "%s has no sub-attribute %s", def.Name, f.Path)
		}
		c := *f
		if s, ok := c.Value.(string); ok && sub.Type == "boolean" && p.tol.StringBooleans {
			if b, ok := stringBoolean(s); ok {
				c.Value = b
			}
		}
		return &c, checkCompare(&c, sub)
	}
	return f, Errorf(400, InvalidFilter, "a value filter inside a value filter")
}

func (p *patcher) typeTerms(terms []Filter, def *Attribute) ([]Filter, *Error) {
	out := make([]Filter, len(terms))
	for i, t := range terms {
		typed, err := p.typeFilter(t, def)
		if err != nil {
			return nil, err
		}
		out[i] = typed
	}
	return out, nil
}

func stringBoolean(s string) (value, ok bool) {
	if strings.EqualFold(s, "true") {
		return true, true
	}
	return false, strings.EqualFold(s, "false")
}

// pathless applies an object of attributes to the resource itself.
func (p *patcher) pathless(verb string, v any) *Error {
	obj, ok := v.(map[string]any)
	if !ok {
		return Errorf(400, InvalidValue, "without a path the value must be an object of attributes")
	}
	for _, key := range sortedKeys(obj) {
		if strings.EqualFold(key, "meta") { // SHALL be ignored when clients send it
			continue
		}
		t, err := p.resolveKey(key)
		if err != nil {
			return err
		}
		if err := p.at(verb, t, obj[key], true); err != nil {
			return err
		}
	}
	return nil
}

// resolveKey finds what a key of a pathless value means.
func (p *patcher) resolveKey(key string) (target, *Error) {
	if ext, ok := p.rt.Extension(key); ok {
		return target{urn: ext.Schema, name: ext.Schema}, nil
	}
	if def := p.set.Attribute(p.rt.Schema, Path{Attr: key}); def != nil {
		return target{def: def, name: def.Name}, nil
	}
	if p.tol.DottedKeys && strings.ContainsAny(key, ".:[") {
		return p.resolve(key)
	}
	return target{}, Errorf(400, InvalidPath, "%s has no attribute %s", p.rt.Name, quoteShort(key))
}

// at applies one operation to one target.
func (p *patcher) at(verb string, t target, v any, hasValue bool) *Error {
	switch {
	case t.def == nil && t.urn == "":
		if verb == "remove" {
			return Errorf(400, Mutability, "the base schema %s cannot be removed", p.rt.Schema)
		}
		return p.pathless(verb, v)
	case t.def == nil:
		return p.extension(verb, t, v)
	case t.urn == "" && t.def.Name == "schemas":
		return p.schemas(verb, t, v)
	case t.def.Mutability == "readOnly", t.sub != nil && t.sub.Mutability == "readOnly":
		return p.readOnly(verb, t, v)
	}
	p.touch(t.urn)
	switch {
	case t.filter != nil:
		return p.filtered(verb, t, v)
	case t.sub != nil:
		return p.subOp(verb, t, v)
	case t.def.MultiValued:
		return p.multi(verb, t, v, hasValue)
	}
	return p.single(verb, t, v)
}

// readOnly lets a value through that is already there, as Okta sends id beside displayName, and refuses any other.
func (p *patcher) readOnly(verb string, t target, v any) *Error {
	if verb != "remove" && t.filter == nil && t.sub == nil {
		if _, cur, _ := member(p.container(t.urn, false), t.def.Name); Equal(cur, v) {
			return nil
		}
	}
	return Errorf(400, Mutability, "%s is readOnly", t.name)
}

// extension applies an object of attributes to an extension, or removes it.
func (p *patcher) extension(verb string, t target, v any) *Error {
	sc := p.set.Schema(t.urn)
	if sc == nil {
		return Errorf(400, InvalidPath, "%s is not a known schema", t.urn)
	}
	if verb == "remove" || v == nil {
		ext, _ := p.rt.Extension(t.urn)
		if ext.Required {
			return Errorf(400, Mutability, "the extension %s is required", t.urn)
		}
		p.touch(t.urn)
		if key, _, ok := member(p.res, t.urn); ok {
			delete(p.res, key)
		}
		return nil
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return Errorf(400, InvalidValue, "the value of %s must be an object", t.urn)
	}
	for _, key := range sortedKeys(obj) {
		def := sc.Attribute(key)
		if def == nil {
			return Errorf(400, InvalidPath, "%s has no attribute %s", sc.ID, quoteShort(key))
		}
		if err := p.at(verb, target{urn: t.urn, def: def, name: sc.ID + ":" + def.Name}, obj[key], true); err != nil {
			return err
		}
	}
	return nil
}

// touch remembers that an operation may take the last value of an extension. One that is named in schemas without data, as
// Entra creates users, stays named.
func (p *patcher) touch(urn string) {
	if urn != "" && Assigned(p.container(urn, false)) {
		p.touched[urn] = true
	}
}

// container is the object that holds the attributes of a schema; nil when it does not exist and is not to be made.
func (p *patcher) container(urn string, create bool) map[string]any {
	if urn == "" {
		return p.res
	}
	key, v, _ := member(p.res, urn)
	if obj, ok := v.(map[string]any); ok {
		return obj
	}
	if !create {
		return nil
	}
	if key == "" {
		key = urn
	}
	obj := map[string]any{}
	p.res[key] = obj
	return obj
}

// get and setAttr read and write a whole attribute; an unassigned value removes it.
func (p *patcher) get(t target) any {
	_, v, _ := member(p.container(t.urn, false), t.def.Name)
	return v
}

func (p *patcher) setAttr(t target, v any) *Error {
	empty := !Assigned(v)
	if t.def.Required && (empty || v == "") {
		if empty {
			return Errorf(400, Mutability, "%s is required and cannot become unassigned", t.name)
		}
		return Errorf(400, InvalidValue, "%s is required and cannot be empty", t.name)
	}
	obj := p.container(t.urn, !empty)
	key, _, ok := member(obj, t.def.Name)
	if ok {
		delete(obj, key)
	}
	if !empty {
		obj[t.def.Name] = v
	}
	return nil
}

// bookkeeping keeps schemas in step with the extension data after an operation.
func (p *patcher) bookkeeping() {
	for _, ext := range p.rt.Extensions {
		key, data, exists := member(p.res, ext.Schema)
		listed := namesSchema(p.res, ext.Schema)
		switch {
		case Assigned(data) && !listed:
			_, list, _ := member(p.res, "schemas")
			items, _ := list.([]any)
			p.res["schemas"] = append(append([]any(nil), items...), ext.Schema)
		case !Assigned(data) && p.touched[ext.Schema]:
			if exists {
				delete(p.res, key)
			}
			if listed {
				p.dropSchema(ext.Schema)
			}
		}
	}
	clear(p.touched)
}

func (p *patcher) dropSchema(urn string) {
	key, list, _ := member(p.res, "schemas")
	items, _ := list.([]any)
	kept := make([]any, 0, len(items))
	for _, it := range items {
		if s, ok := it.(string); !ok || !strings.EqualFold(s, urn) {
			kept = append(kept, it)
		}
	}
	p.res[key] = kept
}
