package scim

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
func (a *Attribute) Sub(name string) *Attribute { return nil }

// Schema is a schema definition (RFC 7643 section 7).
type Schema struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Attributes  []*Attribute `json:"attributes"`
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

// SchemaSet is a set of schemas and resource types, looked up by URN without regard to letter case. It is immutable once made.
type SchemaSet struct {
	schemas []*Schema
	types   []ResourceType
}

// NewSchemaSet indexes schemas and resource types.
func NewSchemaSet(schemas []*Schema, types []ResourceType) *SchemaSet {
	return &SchemaSet{schemas: schemas, types: types}
}

// StandardSchemas are the schemas of RFC 7643 section 8.7 with the verified errata applied.
func StandardSchemas() *SchemaSet                                      { return nil }
func ParseSchemas(listResponse []byte) (*SchemaSet, []Violation)       { return nil, nil }
func ParseResourceTypes(body []byte) ([]ResourceType, []Violation)     { return nil, nil }
func (s *SchemaSet) WithResourceTypes(types []ResourceType) *SchemaSet { return s }
func (s *SchemaSet) Schemas() []*Schema                                { return s.schemas }
func (s *SchemaSet) Schema(urn string) *Schema                         { return nil }
func (s *SchemaSet) ResourceTypes() []ResourceType                     { return s.types }
func (s *SchemaSet) ResourceType(name string) (ResourceType, bool)     { return ResourceType{}, false }
func (s *SchemaSet) Attribute(base string, p Path) *Attribute          { return nil }

// ValidateOptions tune Validate.
type ValidateOptions struct {
	Request bool // the body of a client: id, meta and readOnly attributes are not demanded
	Partial bool // a projection (attributes, excludedAttributes): absence proves nothing
}

func Validate(resource View, rt ResourceType, s *SchemaSet, o ValidateOptions) []Violation {
	return nil
}
