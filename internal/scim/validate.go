package scim

import "strings"

// ValidateOptions tune Validate.
type ValidateOptions struct {
	Request bool // the body of a client: id, meta and readOnly attributes are not demanded
	Partial bool // a projection (attributes, excludedAttributes): absence proves nothing
}

// Validate judges a resource against its resource type and schemas (RFC 7643 sections 2, 3 and 7). null and [] mean
// unassigned and are legal everywhere. Where servers may differ, and for all that only the printed schemas do not know,
// the violation carries Note.
func Validate(resource View, rt ResourceType, s *SchemaSet, o ValidateOptions) []Violation {
	if !resource.IsObject() {
		return []Violation{found(resource, "not-object", "", "a JSON object", resource.Kind(), "the resource is not a JSON object")}
	}
	if s == nil {
		s = StandardSchemas()
	}
	c := &resourceCheck{root: resource, rt: rt, set: s, opt: o, base: s.Schema(rt.Schema)}
	c.members = map[string]View{}
	resource.Each(func(key string, v View) bool {
		if low := strings.ToLower(key); !c.members[low].Exists() {
			c.members[low] = v
		}
		return true
	})
	c.schemas()
	c.common()
	resource.Each(func(key string, v View) bool {
		c.member(key, v)
		return true
	})
	c.required()
	return c.out
}

type resourceCheck struct {
	root    View
	members map[string]View // by lower-case name
	rt      ResourceType
	set     *SchemaSet
	base    *Schema // nil when the set lacks it
	opt     ValidateOptions
	out     []Violation
}

func (c *resourceCheck) add(at View, code, attr, expected, actual, format string, args ...any) *Violation {
	c.out = append(c.out, found(at, code, attr, expected, actual, format, args...))
	return &c.out[len(c.out)-1]
}

func (c *resourceCheck) get(name string) View {
	if v, ok := c.members[strings.ToLower(name)]; ok {
		return v
	}
	return View{keyOff: -1}
}

func assigned(v View) bool {
	if !v.Exists() || v.IsNull() {
		return false
	}
	if !v.IsArray() && !v.IsObject() {
		return true
	}
	return Assigned(v.Value())
}

// schemas judges the "schemas" member (RFC 7643 section 3).
func (c *resourceCheck) schemas() {
	list := c.get("schemas")
	switch {
	case !list.Exists() || list.IsNull():
		if !c.opt.Partial {
			c.add(c.root, "missing-schemas", "schemas", c.rt.Schema, "absent", "the resource has no schemas")
		}
		return
	case !list.IsArray():
		c.add(list, "not-array", "schemas", "an array", show(list), "schemas must be an array")
		return
	}
	seen := map[string]bool{}
	for _, it := range list.Items() {
		if !it.IsString() {
			c.add(it, "wrong-type", "schemas", "a URI string", show(it), "an entry of schemas must be a string, not %s", it.Kind())
			continue
		}
		urn := strings.ToLower(it.Str())
		if seen[urn] {
			c.add(it, "duplicate-value", "schemas", "each URI once", show(it), "schemas names %s twice", it.Str())
		}
		seen[urn] = true
		c.schemaEntry(it)
	}
	if c.rt.Schema != "" && !seen[strings.ToLower(c.rt.Schema)] {
		c.add(list, "missing-schemas", "schemas", c.rt.Schema, show(list), "schemas lacks the base schema %s", c.rt.Schema)
	}
	c.root.Each(func(key string, v View) bool {
		if isURN(key) && v.IsObject() && !seen[strings.ToLower(key)] && assigned(v) { // a value under a URN is no extension
			c.add(v, "undeclared-extension", key, "schemas with "+key, show(list),
				"the resource carries %s, but schemas does not name it", key).Note = c.opt.Request
		}
		return true
	})
}

// schemaEntry judges one URI of "schemas".
func (c *resourceCheck) schemaEntry(it View) {
	urn := it.Str()
	if strings.EqualFold(urn, c.rt.Schema) {
		return
	}
	ext, known := c.rt.Extension(urn)
	if !known {
		v := c.add(it, "unknown-schema", "schemas", "the base schema and declared extensions", show(it),
			"%s is neither the base schema nor an extension of %s", urn, c.rt.Name)
		v.Note = c.set.Standard() || c.opt.Request
		return
	}
	if !assigned(c.get(ext.Schema)) && !c.opt.Partial {
		c.add(it, "unused-extension", "schemas", "data of "+ext.Schema, "none",
			"schemas names %s, but the resource has no data of it", ext.Schema).Note = true
	}
}

// common judges id, externalId and meta (RFC 7643 section 3.1).
func (c *resourceCheck) common() {
	id := c.get("id")
	fixed := isFixedSchema(c.rt.Schema)
	switch {
	case !id.Exists() || id.IsNull():
		// Neither the configuration nor a resource type need one (RFC 7643 sections 5 and 6), and clients send none.
		if !c.opt.Request && !strings.EqualFold(c.rt.Schema, SchemaSPC) && !strings.EqualFold(c.rt.Schema, SchemaResourceType) {
			c.add(c.root, "missing-id", "id", "a non-empty string", "absent", "the resource has no id")
		}
	case !id.IsString():
		c.add(id, "id-type", "id", "a string", show(id), "id must be a JSON string, not %s", id.Kind())
	case id.Str() == "" && !c.opt.Request:
		c.add(id, "id-empty", "id", "a non-empty string", `""`, "id is empty")
	case strings.Contains(strings.ToLower(id.Str()), "bulkid") && !c.opt.Request && !fixed:
		c.add(id, "id-reserved", "id", "no reserved word", show(id), "id contains the reserved word bulkId")
	}
	if ext := c.get("externalId"); ext.Exists() && !ext.IsNull() && !ext.IsString() {
		c.add(ext, "wrong-type", "externalId", "a string", show(ext), "externalId must be a JSON string, not %s", ext.Kind())
	}
	if !c.opt.Request {
		c.meta(fixed)
	}
}

func (c *resourceCheck) meta(fixed bool) {
	meta := c.get("meta")
	if !meta.Exists() || meta.IsNull() {
		if !c.opt.Partial {
			// The discovery resources are exempt from the common attributes or show them rarely (RFC 7643 section 3.1).
			c.add(c.root, "meta-missing", "meta", "an object", "absent", "the resource has no meta").Note = fixed
		}
		return
	}
	if !meta.IsObject() {
		c.add(meta, "meta-type", "meta", "an object", show(meta), "meta must be an object, not %s", meta.Kind())
		return
	}
	rtype := meta.Get("resourceType")
	switch {
	case !rtype.Exists() || rtype.IsNull():
		if !c.opt.Partial {
			c.add(meta, "meta-resource-type-missing", "meta.resourceType", c.rt.Name, "absent", "meta has no resourceType").Note = fixed
		}
	case !rtype.IsString():
		c.add(rtype, "meta-type", "meta.resourceType", c.rt.Name, show(rtype), "meta.resourceType must be a string")
	case c.rt.Name != "" && rtype.Str() != c.rt.Name:
		v := c.add(rtype, "meta-resource-type", "meta.resourceType", c.rt.Name, show(rtype), "meta.resourceType differs from the name of the resource type")
		v.Note = rtype.Str() == c.rt.ID // erratum 8362: types may be referenced by id
	}
	c.metaMember(meta, "location", "reference", fixed)
	for _, name := range [...]string{"created", "lastModified"} {
		v := meta.Get(name)
		if (!v.Exists() || v.IsNull()) && !c.opt.Partial && !fixed { // returned by default, but some stores have no such dates
			c.add(meta, "meta-"+strings.ToLower(name)+"-missing", "meta."+name, "a dateTime", "absent", "meta has no %s", name).Note = true
		}
		c.metaMember(meta, name, "dateTime", true)
	}
	c.metaMember(meta, "version", "string", true)
}

// metaMember judges a string of meta and its form; when it is absent, that is said unless it is optional.
func (c *resourceCheck) metaMember(meta View, name, typ string, optional bool) {
	v := meta.Get(name)
	attr := "meta." + name
	switch {
	case !v.Exists() || v.IsNull():
		if !optional && !c.opt.Partial {
			c.add(meta, "meta-"+strings.ToLower(name)+"-missing", attr, "a URI", "absent", "meta has no %s", name)
		}
	case !v.IsString():
		c.add(v, "meta-type", attr, "a string", show(v), "%s must be a string, not %s", attr, v.Kind())
	case typ == "dateTime":
		if _, ok := ParseDateTime(v.Str()); !ok {
			c.add(v, "bad-datetime", attr, "an xsd:dateTime such as 2026-01-31T12:00:00Z", show(v), "%s is not a dateTime", attr)
		}
	case typ == "reference" && !isReference(v.Str()):
		c.add(v, "bad-reference", attr, "a URI", show(v), "%s is not a URI", attr)
	}
}

func isURN(key string) bool {
	return len(key) > 4 && strings.EqualFold(key[:4], "urn:") || strings.Contains(key, "://")
}

// member judges one member of the resource.
func (c *resourceCheck) member(key string, v View) {
	switch strings.ToLower(key) {
	case "schemas", "id", "externalid", "meta":
		return
	}
	if _, declared := c.rt.Extension(key); declared || isURN(key) {
		c.extension(key, v)
		return
	}
	if c.base == nil {
		return // without a schema nothing is known about its attributes
	}
	def := c.base.Attribute(key)
	if def == nil {
		c.unknown(key, key, v)
		return
	}
	c.value(def, def.Name, key, v)
}

func (c *resourceCheck) unknown(key, attr string, v View) {
	viol := c.add(v, "unknown-attribute", attr, "an attribute of the schema", key, "no schema of the resource defines %s", attr)
	viol.Note = c.set.Standard() || c.opt.Request
}

func (c *resourceCheck) extension(key string, v View) {
	if v.IsNull() {
		return
	}
	ext, declared := c.rt.Extension(key)
	sc := c.set.Schema(key)
	if !declared && sc == nil || strings.EqualFold(key, c.rt.Schema) {
		viol := c.add(v, "unknown-extension", key, "an extension of "+c.rt.Name, key, "%s is no extension of %s", key, c.rt.Name)
		viol.Note = c.set.Standard() || c.opt.Request
		return
	}
	if !v.IsObject() {
		c.add(v, "wrong-type", key, "an object", show(v), "the extension %s must be an object, not %s", ext.Schema, v.Kind())
		return
	}
	if sc == nil {
		return
	}
	v.Each(func(name string, val View) bool {
		attr := sc.ID + ":" + name
		if def := sc.Attribute(name); def != nil {
			c.value(def, sc.ID+":"+def.Name, name, val)
		} else {
			c.unknown(name, attr, val)
		}
		return true
	})
	if !c.opt.Partial && assigned(v) {
		c.requiredOf(sc.Attributes, v, sc.ID+":")
	}
}

// required reports required attributes without a value, and required extensions that are missing.
func (c *resourceCheck) required() {
	if c.opt.Partial || c.base == nil {
		return
	}
	c.requiredOf(c.base.Attributes, c.root, "")
	for _, ext := range c.rt.Extensions {
		if ext.Required && !assigned(c.get(ext.Schema)) {
			c.add(c.root, "missing-required", ext.Schema, "data of "+ext.Schema, "absent", "the extension %s is required", ext.Schema)
		}
	}
}

func (c *resourceCheck) requiredOf(defs []*Attribute, in View, prefix string) {
	for _, def := range defs {
		if !def.Required || isCommonName(def.Name) && prefix == "" {
			continue
		}
		if c.opt.Request && def.Mutability == "readOnly" || !c.opt.Request && (def.Returned == "never" || def.Returned == "request" || def.Mutability == "writeOnly") {
			continue
		}
		if v := in.Get(def.Name); !assigned(v) {
			c.add(in, "missing-required", prefix+def.Name, "a value", absentOr(v), "%s is required and has no value", prefix+def.Name)
		}
	}
}

func absentOr(v View) string {
	if !v.Exists() {
		return "absent"
	}
	return show(v)
}

func isCommonName(name string) bool {
	switch strings.ToLower(name) {
	case "schemas", "id", "externalid", "meta":
		return true
	}
	return false
}
