package scim

import (
	"strings"
)

// ParseSchemas reads what a server answers at /Schemas: a ListResponse, or, noted as a violation, a bare array or one Schema.
// It reads as much as it can, applies the defaults of RFC 7643 section 2.2 to what a definition leaves out, and lists every
// deviation from section 7. The set is never nil.
func ParseSchemas(listResponse []byte) (*SchemaSet, []Violation) {
	p := &schemaParser{}
	var list []*Schema
	for _, v := range p.items(listResponse, SchemaSchema) {
		if sc := p.schema(v); sc != nil {
			list = append(list, sc)
		}
	}
	return NewSchemaSet(list, nil), p.out
}

// ParseResourceTypes reads what a server answers at /ResourceTypes (RFC 7643 section 6), as tolerantly as ParseSchemas.
func ParseResourceTypes(body []byte) ([]ResourceType, []Violation) {
	p := &schemaParser{}
	var list []ResourceType
	seen := map[string]string{}
	for _, v := range p.items(body, SchemaResourceType) {
		rt := ResourceType{ID: v.Get("id").Str(), Name: p.text(v, "name", true), Description: p.text(v, "description", false),
			Endpoint: p.text(v, "endpoint", true), Schema: p.text(v, "schema", true)}
		p.extensions(v, &rt)
		for _, unique := range [...]string{"name " + rt.Name, "endpoint " + rt.Endpoint} {
			if seen[unique] != "" { // verified erratum 8475
				p.add(v, "duplicate-resource-type", "", "unique names and endpoints", unique, "two resource types have the same %s", unique)
			}
			seen[unique] = "seen"
		}
		list = append(list, rt)
	}
	return list, p.out
}

type schemaParser struct{ out []Violation }

func (p *schemaParser) add(at View, code, attr, expected, actual, format string, args ...any) *Violation {
	p.out = append(p.out, found(at, code, attr, expected, actual, format, args...))
	return &p.out[len(p.out)-1]
}

// items finds the definitions in the body, whatever carries them.
func (p *schemaParser) items(body []byte, urn string) []View {
	v, err := ParseView(body)
	if err != nil {
		viol := Violation{Code: "not-json", Message: err.Error(), Expected: "JSON", Actual: "no JSON"}
		if je, ok := err.(*JSONError); ok {
			viol.Offset = je.Offset
		}
		p.out = append(p.out, viol)
		return nil
	}
	list := v.Get("Resources")
	switch {
	case v.IsArray():
		p.add(v, "not-list-response", "", "a ListResponse", "an array", "the answer is a bare array, not a ListResponse")
		list = v
	case v.IsObject() && hasSchema(v, urn) || v.Get("attributes").IsArray() && !list.Exists():
		p.add(v, "not-list-response", "", "a ListResponse", "one resource", "the answer is one resource, not a ListResponse")
		return []View{v}
	case !list.IsArray():
		p.add(v, "not-list-response", "Resources", "a ListResponse with Resources", show(list), "the answer has no array of Resources")
		return nil
	}
	var out []View
	for _, it := range list.Items() {
		if !it.IsObject() {
			p.add(it, "wrong-type", "Resources", "an object", show(it), "an entry of the list must be an object, not %s", it.Kind())
			continue
		}
		if !hasSchema(it, urn) {
			p.add(it, "missing-schemas", "schemas", urn, show(it.Get("schemas")), "the definition does not name %s in schemas", urn)
		}
		out = append(out, it)
	}
	return out
}

// text reads a string member; a required one must be there and not empty.
func (p *schemaParser) text(v View, name string, required bool) string {
	m := v.Get(name)
	switch {
	case !m.Exists() || m.IsNull():
		if required {
			p.add(v, "missing-required", name, "a string", absentOr(m), "the definition has no %s", name)
		}
		return ""
	case !m.IsString():
		p.add(m, "wrong-type", name, "a string", show(m), "%s must be a JSON string, not %s", name, m.Kind())
		return ""
	case required && m.Str() == "":
		p.add(m, "missing-required", name, "a non-empty string", `""`, "%s is empty", name)
	}
	return m.Str()
}

func (p *schemaParser) extensions(v View, rt *ResourceType) {
	exts := v.Get("schemaExtensions")
	if !exts.Exists() || exts.IsNull() {
		return
	}
	items := exts.Items()
	if !exts.IsArray() { // verified erratum 7522
		p.add(exts, "not-array", "schemaExtensions", "an array", show(exts), "schemaExtensions must be an array, also with one extension")
		if exts.IsObject() {
			items = []View{exts}
		}
	}
	for _, it := range items {
		if !it.IsObject() {
			p.add(it, "wrong-type", "schemaExtensions", "an object", show(it), "an extension must be an object, not %s", it.Kind())
			continue
		}
		ext := SchemaExtension{Schema: p.text(it, "schema", true)}
		ext.Required = p.boolean(it, "required", "schemaExtensions.required", true)
		if ext.Schema != "" {
			rt.Extensions = append(rt.Extensions, ext)
		}
	}
}

// boolean reads a JSON boolean, and a string that looks like one with a violation.
func (p *schemaParser) boolean(v View, name, attr string, required bool) bool {
	m := v.Get(name)
	if !m.Exists() || m.IsNull() {
		if required {
			// Required by the text, but with a default (RFC 7643 section 2.2): nothing breaks without it.
			p.add(v, "missing-characteristic", attr, "true or false", absentOr(m), "the definition has no %s", name).Note = true
		}
		return false
	}
	if !m.IsBool() {
		p.add(m, "wrong-type", attr, "true or false", show(m), "%s must be a JSON boolean, not %s", name, m.Kind())
		return strings.EqualFold(m.Str(), "true")
	}
	return m.Bool()
}

func (p *schemaParser) schema(v View) *Schema {
	sc := &Schema{ID: p.text(v, "id", true), Name: p.text(v, "name", false), Description: p.text(v, "description", false)}
	if sc.ID == "" {
		return nil
	}
	attrs := v.Get("attributes")
	if !attrs.IsArray() {
		p.add(attrs, "not-array", "attributes", "an array", show(attrs), "the schema %s has no array of attributes", sc.ID)
		return sc
	}
	fixed := isFixedSchema(sc.ID)
	sc.Attributes = p.attributes(attrs, "", 0, fixed)
	return sc
}

// maxAttributeDepth is how deep definitions are read: RFC 7643 has two levels, the schema of schemas prints three.
const maxAttributeDepth = 4

func (p *schemaParser) attributes(list View, prefix string, depth int, fixed bool) []*Attribute {
	var out []*Attribute
	seen := map[string]bool{}
	for _, it := range list.Items() {
		if !it.IsObject() {
			p.add(it, "wrong-type", prefix+"attributes", "an object", show(it), "a definition must be an object, not %s", it.Kind())
			continue
		}
		a := p.attribute(it, prefix, depth, fixed)
		if a.Name == "" {
			continue
		}
		if low := strings.ToLower(a.Name); seen[low] {
			p.add(it, "duplicate-attribute", prefix+a.Name, "each name once", a.Name, "%s is defined twice", prefix+a.Name)
		} else {
			seen[low] = true
		}
		out = append(out, a)
	}
	return out
}

func (p *schemaParser) attribute(v View, prefix string, depth int, fixed bool) *Attribute {
	a := &Attribute{Name: p.text(v, "name", true), Description: p.text(v, "description", false)}
	attr := prefix + a.Name
	if a.Name != "" && badName(a.Name) >= 0 {
		p.add(v.Get("name"), "bad-name", attr, "a letter, then letters, digits, - _ $", a.Name, "%s is no attribute name", quoteShort(a.Name))
	}
	a.Type = p.choice(v, "type", attr, "string", "string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex")
	if typ := v.Get("type"); !typ.Exists() || typ.IsNull() {
		p.add(v, "missing-required", attr+".type", "a data type", "absent", "%s has no type", attr)
	}
	a.MultiValued = p.boolean(v, "multiValued", attr+".multiValued", true)
	a.Required = p.boolean(v, "required", attr+".required", false)
	a.CaseExact = p.boolean(v, "caseExact", attr+".caseExact", false)
	a.Mutability = p.choice(v, "mutability", attr, "readWrite", "readOnly", "readWrite", "immutable", "writeOnly")
	a.Returned = p.choice(v, "returned", attr, "default", "always", "never", "default", "request")
	a.Uniqueness = p.choice(v, "uniqueness", attr, "none", "none", "server", "global")
	a.CanonicalValues = p.strings(v, "canonicalValues", attr)
	a.ReferenceTypes = p.strings(v, "referenceTypes", attr)
	p.combination(v, a, attr)
	subs := v.Get("subAttributes")
	if subs.Exists() && !subs.IsNull() && !subs.IsArray() {
		p.add(subs, "not-array", attr+".subAttributes", "an array", show(subs), "subAttributes of %s must be an array", attr)
	}
	if depth > 0 && a.Type == "complex" && !fixed { // verified erratum 8415; the schema of schemas is the exception
		p.add(v, "nested-complex", attr, "a simple type", "complex", "%s is a complex sub-attribute, which the model forbids", attr)
	}
	if depth < maxAttributeDepth {
		a.SubAttributes = p.attributes(subs, attr+".", depth+1, fixed)
	}
	if a.Type == "complex" && len(a.SubAttributes) == 0 {
		p.add(v, "missing-sub-attributes", attr, "subAttributes", show(subs), "%s is complex and lists no sub-attributes", attr).Note = true
	} else if a.Type != "complex" && len(a.SubAttributes) > 0 {
		p.add(subs, "sub-attributes-of-simple", attr, "no subAttributes", "some", "%s has sub-attributes, but its type is %s", attr, a.Type)
	}
	return a
}

// combination judges characteristics that do not go together.
func (p *schemaParser) combination(v View, a *Attribute, attr string) {
	if a.Type != "reference" && len(a.ReferenceTypes) > 0 {
		p.add(v.Get("referenceTypes"), "reference-types-of-other", attr, "no referenceTypes", show(v.Get("referenceTypes")),
			"%s has referenceTypes, but its type is %s", attr, a.Type)
	}
	if a.Type == "reference" && len(a.ReferenceTypes) == 0 {
		p.add(v, "missing-reference-types", attr, "referenceTypes", "absent", "%s is a reference and does not list its targets", attr)
	}
	plain := a.Type == "boolean" || a.Type == "complex" || a.Type == "dateTime"
	if plain && a.CaseExact {
		p.add(v.Get("caseExact"), "meaningless-case-exact", attr, "no caseExact", "true", "%s is %s: caseExact has no meaning", attr, a.Type).Note = true
	}
	if (plain || a.Type == "binary") && a.Uniqueness != "none" {
		p.add(v.Get("uniqueness"), "meaningless-uniqueness", attr, "none", a.Uniqueness, "%s is %s: uniqueness has no meaning", attr, a.Type).Note = true
	}
	if a.Mutability == "writeOnly" && a.Returned != "never" {
		p.add(v, "write-only-returned", attr, "never", a.Returned, "%s is writeOnly, so returned should be never", attr).Note = true
	}
	if (a.Type == "reference" || a.Type == "binary") && !a.CaseExact {
		p.add(v, "case-exact", attr, "caseExact true", "false", "%s is %s, whose values are case exact (errata 6000, 6001)", attr, a.Type).Note = true
	}
}

// choice reads a member that has a fixed set of values. A value in the wrong letter case is read, with a violation.
func (p *schemaParser) choice(v View, name, attr, def string, allowed ...string) string {
	m := v.Get(name)
	if !m.Exists() || m.IsNull() {
		return def
	}
	if m.IsString() {
		for _, a := range allowed {
			if a == m.Str() {
				return a
			}
		}
	}
	p.add(m, "bad-characteristic", attr+"."+name, strings.Join(allowed, ", "), show(m), "%s of %s has a value that is not defined", name, attr)
	for _, a := range allowed {
		if strings.EqualFold(a, m.Str()) {
			return a
		}
	}
	return def
}

// strings reads an array of strings.
func (p *schemaParser) strings(v View, name, attr string) []string {
	m := v.Get(name)
	if !m.Exists() || m.IsNull() {
		return nil
	}
	if !m.IsArray() {
		p.add(m, "not-array", attr+"."+name, "an array of strings", show(m), "%s of %s must be an array", name, attr)
		return nil
	}
	var out []string
	for _, it := range m.Items() {
		if it.IsNumber() || it.IsBool() || it.IsString() {
			out = append(out, it.Str())
		}
		if !it.IsString() && name == "referenceTypes" {
			p.add(it, "wrong-type", attr+"."+name, "a string", show(it), "an entry of %s must be a string", name)
		}
	}
	return out
}
