package scim

import "strings"

// Attribute is an attribute definition with its characteristics (RFC 7643 sections 2.2 and 7).
type Attribute struct {
	Name            string       `json:"name"`
	Type            string       `json:"type"` // string boolean decimal integer dateTime binary reference complex
	MultiValued     bool         `json:"multiValued"`
	Description     string       `json:"description,omitempty"`
	Required        bool         `json:"required"`
	CaseExact       bool         `json:"caseExact"`
	CanonicalValues []string     `json:"canonicalValues,omitempty"`
	Mutability      string       `json:"mutability"` // readOnly readWrite immutable writeOnly
	Returned        string       `json:"returned"`   // always never default request
	Uniqueness      string       `json:"uniqueness"` // none server global
	ReferenceTypes  []string     `json:"referenceTypes,omitempty"`
	SubAttributes   []*Attribute `json:"subAttributes,omitempty"`
}

// Sub finds a sub-attribute without regard to letter case; nil when there is none.
func (a *Attribute) Sub(name string) *Attribute {
	if a == nil {
		return nil
	}
	return findAttribute(a.SubAttributes, name)
}

// IsComplex says whether values are objects.
func (a *Attribute) IsComplex() bool { return a != nil && a.Type == "complex" }

func findAttribute(list []*Attribute, name string) *Attribute {
	for _, a := range list {
		if strings.EqualFold(a.Name, name) {
			return a
		}
	}
	return nil
}

// Schema is a schema definition (RFC 7643 section 7).
type Schema struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Attributes  []*Attribute `json:"attributes"`
}

// Attribute finds a top-level attribute without regard to letter case; nil when there is none.
func (s *Schema) Attribute(name string) *Attribute {
	if s == nil {
		return nil
	}
	return findAttribute(s.Attributes, name)
}

// SchemaExtension names an extension of a resource type.
type SchemaExtension struct {
	Schema   string `json:"schema"`
	Required bool   `json:"required"`
}

// ResourceType is a resource type (RFC 7643 section 6).
type ResourceType struct {
	ID          string            `json:"id,omitempty"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Endpoint    string            `json:"endpoint"`
	Schema      string            `json:"schema"`
	Extensions  []SchemaExtension `json:"schemaExtensions,omitempty"`
}

// Extension gives the extension with that URN, spelled in any letter case.
func (rt ResourceType) Extension(urn string) (SchemaExtension, bool) {
	for _, e := range rt.Extensions {
		if strings.EqualFold(e.Schema, urn) {
			return e, true
		}
	}
	return SchemaExtension{}, false
}

// SchemaSet is a set of schemas and resource types, looked up without regard to letter case. It is immutable once made, and
// so must callers treat the definitions in it.
type SchemaSet struct {
	schemas  []*Schema
	types    []ResourceType
	byURN    map[string]*Schema
	attrs    map[*Schema]map[string]*Attribute
	common   map[string]*Attribute
	standard bool // not discovered: what it lacks may still be right
}

// NewSchemaSet indexes schemas and resource types.
func NewSchemaSet(schemas []*Schema, types []ResourceType) *SchemaSet {
	s := &SchemaSet{
		schemas: schemas, types: types,
		byURN:  make(map[string]*Schema, len(schemas)),
		attrs:  make(map[*Schema]map[string]*Attribute, len(schemas)),
		common: indexAttributes(parseAttributes(commonAttributes)),
	}
	for _, sc := range schemas {
		low := strings.ToLower(sc.ID)
		if s.byURN[low] == nil {
			s.byURN[low] = sc
		}
		s.attrs[sc] = indexAttributes(sc.Attributes)
	}
	return s
}

func indexAttributes(list []*Attribute) map[string]*Attribute {
	m := make(map[string]*Attribute, 2*len(list))
	for _, a := range list {
		for _, key := range [...]string{a.Name, strings.ToLower(a.Name)} {
			if m[key] == nil {
				m[key] = a
			}
		}
	}
	return m
}

func lookupAttribute(m map[string]*Attribute, name string) *Attribute {
	if a := m[name]; a != nil { // the usual spelling needs no lower-casing
		return a
	}
	return m[strings.ToLower(name)]
}

// WithResourceTypes gives a set with the same schemas and other resource types.
func (s *SchemaSet) WithResourceTypes(types []ResourceType) *SchemaSet {
	c := *s
	c.types = types
	return &c
}

// Standard says whether the set is the printed one and not what a server published.
func (s *SchemaSet) Standard() bool { return s.standard }

// Schemas lists the schemas in order.
func (s *SchemaSet) Schemas() []*Schema { return s.schemas }

// Schema finds a schema by URN; nil when there is none.
func (s *SchemaSet) Schema(urn string) *Schema {
	if s == nil {
		return nil
	}
	return s.byURN[strings.ToLower(urn)]
}

// ResourceTypes lists the resource types in order.
func (s *SchemaSet) ResourceTypes() []ResourceType { return s.types }

// ResourceType finds a resource type by name, id, endpoint or base schema.
func (s *SchemaSet) ResourceType(name string) (ResourceType, bool) {
	for _, rt := range s.types {
		if strings.EqualFold(rt.Name, name) || strings.EqualFold(rt.ID, name) && name != "" || strings.EqualFold(rt.Schema, name) ||
			strings.EqualFold(strings.Trim(rt.Endpoint, "/"), strings.Trim(name, "/")) {
			return rt, true
		}
	}
	return ResourceType{}, false
}

// Attribute finds the definition that a path means, sub-attribute included; nil when there is none. base is the schema of the
// resource; with base "" an unqualified name is looked for in every schema. The common attributes id, externalId, meta and
// schemas belong to every resource (RFC 7643 section 3).
func (s *SchemaSet) Attribute(base string, p Path) *Attribute {
	if s == nil || p.Attr == "" {
		return nil
	}
	a := s.top(base, p)
	if a != nil && p.Sub != "" {
		return a.Sub(p.Sub)
	}
	return a
}

// top is the definition of p.Attr.
func (s *SchemaSet) top(base string, p Path) *Attribute {
	urn := p.URN
	if urn == "" {
		if a := lookupAttribute(s.common, p.Attr); a != nil {
			return a
		}
		urn = base
	}
	if urn != "" {
		sc := s.Schema(urn)
		if sc == nil {
			return nil
		}
		if a := lookupAttribute(s.attrs[sc], p.Attr); a != nil {
			return a
		}
		if s.isBase(sc) { // `urn:…:User:id` is a legal way to write id
			return lookupAttribute(s.common, p.Attr)
		}
		return nil
	}
	for _, sc := range s.schemas {
		if a := lookupAttribute(s.attrs[sc], p.Attr); a != nil && !isFixedSchema(sc.ID) {
			return a
		}
	}
	return nil
}

func (s *SchemaSet) isBase(sc *Schema) bool {
	for _, rt := range s.types {
		if strings.EqualFold(rt.Schema, sc.ID) {
			return true
		}
	}
	return isCoreURN(sc.ID)
}

func isFixedSchema(urn string) bool {
	return strings.EqualFold(urn, SchemaSPC) || strings.EqualFold(urn, SchemaResourceType) || strings.EqualFold(urn, SchemaSchema)
}

// Resolve reads a path again with the schemas at hand: a path whose whole text is a known URN means that schema, and a URN
// that is known decides where the attribute begins, whatever its form.
func (s *SchemaSet) Resolve(p Path) Path {
	if s == nil || p.URN == "" || s.Schema(p.URN) != nil {
		return p
	}
	whole := p.URN
	if p.Attr != "" {
		whole += ":" + p.Attr
	}
	if p.Filter == nil && p.Sub == "" && s.Schema(whole) != nil {
		p.URN, p.Attr = whole, ""
	}
	return p
}
