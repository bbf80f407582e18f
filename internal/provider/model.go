package provider

import (
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// model is what this provider offers: its resource types and their schemas.
type model struct {
	kinds   []*kind
	schemas *scim.SchemaSet // all that /Schemas lists
	data    *scim.SchemaSet // without the three fixed discovery schemas: what resources consist of
}

// kind is one resource type with everything that is looked up about it on each request.
type kind struct {
	ordinal int
	rt      scim.ResourceType
	segment string // endpoint without its slash
	attrs   map[string]*scim.Attribute
	exts    map[string]*extension
	indexed map[string]keyer
}

type extension struct {
	schema   *scim.Schema
	required bool
	attrs    map[string]*scim.Attribute
	fixed    []*scim.Attribute // those of them that are immutable
	single   []*scim.Attribute // and those whose values are unique
}

func newExtension(s *scim.Schema, required bool) *extension {
	x := &extension{schema: s, required: required, attrs: byName(s.Attributes)}
	for _, a := range s.Attributes {
		if a.Mutability == "immutable" {
			x.fixed = append(x.fixed, a)
		}
		if a.Uniqueness == "server" || a.Uniqueness == "global" {
			x.single = append(x.single, a)
		}
	}
	return x
}

// keyer gives the index keys of a resource.
type keyer func(object) []string

const (
	schemaRole        = "urn:okta:scim:schemas:core:1.0:Role"
	schemaEntitlement = "urn:okta:scim:schemas:core:1.0:Entitlement"
)

// commonAttributes belong to every resource although no schema lists them (RFC 7643 section 3.1).
func commonAttributes() []*scim.Attribute {
	str := func(name, mutability, returned string, exact bool) *scim.Attribute {
		return &scim.Attribute{Name: name, Type: "string", CaseExact: exact, Mutability: mutability, Returned: returned, Uniqueness: "none"}
	}
	schemas := str("schemas", "readWrite", "always", true)
	schemas.MultiValued = true
	meta := &scim.Attribute{Name: "meta", Type: "complex", Mutability: "readOnly", Returned: "default", Uniqueness: "none"}
	for _, n := range []string{"resourceType", "created", "lastModified", "location", "version"} {
		sub := str(n, "readOnly", "default", true)
		switch n {
		case "created", "lastModified":
			sub.Type, sub.CaseExact = "dateTime", false
		case "location":
			sub.Type, sub.ReferenceTypes = "reference", []string{"uri"}
		}
		meta.SubAttributes = append(meta.SubAttributes, sub)
	}
	return []*scim.Attribute{str("id", "readOnly", "always", true), str("externalId", "readWrite", "default", true), schemas, meta}
}

// newModel builds resource types and schemas from the standard ones, the options, and the variants that change a schema.
func (p *Provider) newModel() (*model, error) {
	std := scim.StandardSchemas()
	if std == nil {
		return nil, fmt.Errorf("the standard schemas are missing")
	}
	var schemas []*scim.Schema
	for _, s := range std.Schemas() {
		schemas = append(schemas, cloneSchema(s))
	}
	types := []scim.ResourceType{{ID: "User", Name: "User", Description: "User Account", Endpoint: "/Users", Schema: scim.SchemaUser}}
	if !p.has("no-enterprise-extension") {
		types[0].Extensions = append(types[0].Extensions, scim.SchemaExtension{Schema: scim.SchemaEnterprise})
	} else {
		schemas = dropSchema(schemas, scim.SchemaEnterprise)
	}
	for _, x := range p.opt.UserExtensions {
		schemas = append(schemas, cloneSchema(x))
		types[0].Extensions = append(types[0].Extensions, scim.SchemaExtension{Schema: x.ID})
	}
	if !p.has("no-groups") {
		types = append(types, scim.ResourceType{ID: "Group", Name: "Group", Description: "Group", Endpoint: "/Groups", Schema: scim.SchemaGroup})
	} else {
		schemas = dropSchema(schemas, scim.SchemaGroup)
	}
	if p.opt.Entitlements || p.has("entitlements") {
		roles, entitlements := entitlementSchemas()
		schemas = append(schemas, roles, entitlements)
		types = append(types,
			scim.ResourceType{ID: "Role", Name: "Role", Description: "Role", Endpoint: "/Roles", Schema: schemaRole},
			scim.ResourceType{ID: "Entitlement", Name: "Entitlement", Description: "Entitlement", Endpoint: "/Entitlements", Schema: schemaEntitlement})
	}
	schemas = p.adaptSchemas(schemas)
	m := &model{schemas: scim.NewSchemaSet(schemas, types)}
	var data []*scim.Schema
	for _, s := range schemas {
		if s.ID != scim.SchemaSPC && s.ID != scim.SchemaResourceType && s.ID != scim.SchemaSchema {
			data = append(data, s)
		}
	}
	m.data = scim.NewSchemaSet(data, types)
	for i, t := range types {
		k, err := newKind(i, t, m.data, p.has("externalid-unique"))
		if err != nil {
			return nil, err
		}
		m.kinds = append(m.kinds, k)
	}
	return m, nil
}

func newKind(ordinal int, t scim.ResourceType, set *scim.SchemaSet, uniqueExternal bool) (*kind, error) {
	k := &kind{ordinal: ordinal, rt: t, segment: strings.TrimPrefix(t.Endpoint, "/"), exts: map[string]*extension{}}
	base := set.Schema(t.Schema)
	if base == nil {
		return nil, fmt.Errorf("resource type %s: no schema %s", t.Name, t.Schema)
	}
	common := commonAttributes()
	if uniqueExternal {
		common[1].Uniqueness = "server"
	}
	k.attrs = byName(append(common, base.Attributes...))
	for _, x := range t.Extensions {
		s := set.Schema(x.Schema)
		if s == nil {
			return nil, fmt.Errorf("resource type %s: no schema %s", t.Name, x.Schema)
		}
		k.exts[strings.ToLower(x.Schema)] = newExtension(s, x.Required)
	}
	k.indexed = map[string]keyer{"externalid": stringKey("externalId", false), "displayname": stringKey("displayName", true)}
	if t.Name == "User" {
		k.indexed["username"] = stringKey("userName", true)
		k.indexed["emails.value"] = emailKeys
	}
	return k, nil
}

// byName indexes attributes by lower-case name; the first definition of a name wins, so that the common attributes keep the
// characteristics of RFC 7643 section 3.1 even where a schema repeats them.
func byName(list []*scim.Attribute) map[string]*scim.Attribute {
	m := make(map[string]*scim.Attribute, len(list))
	for _, a := range list {
		low := strings.ToLower(a.Name)
		if m[low] == nil {
			m[low] = a
		}
	}
	return m
}

func stringKey(name string, insensitive bool) keyer {
	return func(o object) []string {
		s, ok := o[name].(string)
		if !ok || s == "" {
			return nil
		}
		if insensitive {
			s = fold(s)
		}
		return []string{s}
	}
}

func emailKeys(o object) []string {
	list, _ := o["emails"].([]any)
	var keys []string
	for _, e := range list {
		if m, ok := e.(object); ok {
			if s, ok := m["value"].(string); ok && s != "" {
				keys = append(keys, fold(s))
			}
		}
	}
	return keys
}

// keys gives all index keys of a resource.
func (k *kind) keys(o object) map[string][]string {
	out := make(map[string][]string, len(k.indexed))
	for name, f := range k.indexed {
		if values := f(o); values != nil {
			out[name] = values
		}
	}
	return out
}

func (m *model) kindBySegment(s string) *kind {
	for _, k := range m.kinds {
		if k.segment == s {
			return k
		}
	}
	return nil
}

func (m *model) kindByName(n string) *kind {
	for _, k := range m.kinds {
		if k.rt.Name == n {
			return k
		}
	}
	return nil
}

func cloneSchema(s *scim.Schema) *scim.Schema {
	c := *s
	c.Attributes = cloneAttributes(s.Attributes)
	return &c
}

func cloneAttributes(list []*scim.Attribute) []*scim.Attribute {
	if list == nil {
		return nil
	}
	out := make([]*scim.Attribute, len(list))
	for i, a := range list {
		c := *a
		c.SubAttributes = cloneAttributes(a.SubAttributes)
		out[i] = &c
	}
	return out
}

func dropSchema(list []*scim.Schema, id string) []*scim.Schema {
	var out []*scim.Schema
	for _, s := range list {
		if s.ID != id {
			out = append(out, s)
		}
	}
	return out
}

// entitlementSchemas are Okta's Role and Entitlement (okta.com, guide "SCIM 2.0 with entitlements").
func entitlementSchemas() (roles, entitlements *scim.Schema) {
	attr := func(name, mutability string, required bool) *scim.Attribute {
		return &scim.Attribute{Name: name, Type: "string", Required: required, Mutability: mutability, Returned: "default", Uniqueness: "none"}
	}
	roles = &scim.Schema{ID: schemaRole, Name: "Role", Description: "Role of a User",
		Attributes: []*scim.Attribute{attr("displayName", "readWrite", true), attr("description", "readWrite", false)}}
	entitlements = &scim.Schema{ID: schemaEntitlement, Name: "Entitlement", Description: "Entitlement of a User",
		Attributes: []*scim.Attribute{attr("displayName", "readWrite", true), attr("description", "readWrite", false), attr("type", "readWrite", false)}}
	return roles, entitlements
}
