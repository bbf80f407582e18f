package provider

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// intake is what a client's representation becomes: canonical names, only what clients may assert, password and members
// taken out.
type intake struct {
	body     object
	password string
	members  []member
	// asserted are the lower-case names that the client mentioned at all, null and [] included.
	asserted map[string]bool
	// nulls are those of them that were null.
	nulls map[string]bool
}

// read turns the representation in a create or replace request into an intake (RFC 7644 sections 3.3 and 3.5.1): attribute
// names in any letter case, readOnly attributes ignored, null and empty array as unassigned, unknown attributes ignored.
//
// lax leaves out the check for required attributes, which only defects ask for.
func (p *Provider) read(k *kind, in object, lax bool) (*intake, *fault) {
	out := &intake{body: object{}, asserted: map[string]bool{}, nulls: map[string]bool{}}
	schemas, f := p.readSchemas(k, in)
	if f != nil {
		return nil, f
	}
	for name, v := range in {
		low := strings.ToLower(name)
		out.asserted[low] = true
		if v == nil {
			out.nulls[low] = true
		}
		if low == "schemas" {
			continue
		}
		if x := k.exts[low]; x != nil {
			if f := p.readExtension(x, v, out.body); f != nil {
				return nil, f
			}
			continue
		}
		a := k.attrs[low]
		if a == nil {
			if f := p.unknownAttribute(out.body, name, v); f != nil {
				return nil, f
			}
			continue
		}
		if a.Mutability == "readOnly" && !p.writableReadOnly(a) {
			continue
		}
		value, f := p.readValue(a, a.Name, v)
		if f != nil {
			return nil, f
		}
		if value != nil {
			out.body[a.Name] = value
		}
	}
	for low, x := range k.exts {
		if out.body[x.schema.ID] != nil {
			schemas[low] = x.schema.ID
		}
	}
	out.body["schemas"] = p.schemaList(k, schemas, out.body)
	if !lax {
		if f := p.required(k, out.body); f != nil {
			return nil, f
		}
	}
	if f := out.split(p.has("member-duplicated") || p.has("repeated-members-kept")); f != nil {
		return nil, f
	}
	return out, nil
}

// readSchemas checks the schemas of a request: an array of URIs with the base schema of the resource type, and nothing
// that the resource type does not have.
func (p *Provider) readSchemas(k *kind, in object) (map[string]string, *fault) {
	v, ok := lookup(in, "schemas")
	list, isList := v.([]any)
	if !ok || !isList || len(list) == 0 {
		if p.has("schemas-not-checked") {
			return map[string]string{}, nil
		}
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "The attribute schemas is required: an array with %s.", k.rt.Schema)
	}
	found := map[string]string{}
	base := false
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute schemas holds something that is not a string.")
		}
		low := strings.ToLower(s)
		switch {
		case low == strings.ToLower(k.rt.Schema):
			base = true
		case k.exts[low] != nil:
			found[low] = k.exts[low].schema.ID
		case toleratedSchema(k, s), p.has("schemas-not-checked"):
		case p.has("no-enterprise-extension") && strings.EqualFold(s, scim.SchemaEnterprise):
		default:
			return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "The schema %s is not one of resource type %s.", quoted(s), k.rt.Name)
		}
	}
	if !base && !p.has("schemas-not-checked") {
		return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute schemas lacks %s.", k.rt.Schema)
	}
	return found, nil
}

// schemaList is the schemas attribute as stored: the base schema, and each extension that the resource really has.
func (p *Provider) schemaList(k *kind, named map[string]string, body object) []any {
	list := []any{k.rt.Schema}
	for _, x := range k.rt.Extensions {
		if body[x.Schema] != nil || named[strings.ToLower(x.Schema)] != "" && p.has("empty-extension-stays-listed") {
			list = append(list, x.Schema)
		}
	}
	return list
}

func (p *Provider) readExtension(x *extension, v any, body object) *fault {
	if v == nil {
		return nil
	}
	in, ok := v.(object)
	if !ok {
		return refuse(http.StatusBadRequest, scim.InvalidValue, "The extension %s is not an object.", x.schema.ID)
	}
	out := object{}
	for name, sub := range in {
		a := x.attrs[strings.ToLower(name)]
		if a == nil {
			p.keepUnknown(out, name, sub)
			continue
		}
		if a.Mutability == "readOnly" && !p.has("read-only-extension-written") {
			continue
		}
		path := x.schema.ID + ":" + a.Name
		value, f := p.readValue(a, path, sub)
		if f == nil {
			value, f = p.characters(a, path, value)
		}
		if f != nil {
			return f
		}
		if value != nil {
			out[a.Name] = value
		}
	}
	if len(out) > 0 {
		body[x.schema.ID] = out
	}
	return nil
}

// readValue checks a value against its definition and gives it back in canonical form; nil is unassigned.
func (p *Provider) readValue(a *scim.Attribute, path string, v any) (any, *fault) {
	if v == nil {
		return nil, nil
	}
	if !a.MultiValued {
		if list, isList := v.([]any); isList {
			if len(list) == 0 {
				return nil, nil
			}
			if !p.has("types-not-checked") && toleratedComplex(a, v) == nil {
				return nil, wrongType(path, a.Type, v)
			}
		}
		return p.readSingle(a, path, v)
	}
	list, ok := v.([]any)
	if !ok {
		if p.has("types-not-checked") {
			return v, nil
		}
		return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute %s is multi-valued and needs an array.", path)
	}
	out := make([]any, 0, len(list))
	primaries := 0
	for _, e := range list {
		item, f := p.readSingle(a, path, e)
		if f != nil {
			return nil, f
		}
		if item == nil {
			continue
		}
		if m, ok := item.(object); ok && m["primary"] == true {
			primaries++
			if primaries > 1 && p.has("keep-first-primary") {
				m["primary"] = false
			}
		}
		if len(list) <= 64 && containsValue(out, item) && !p.has("duplicate-values-kept") && !(path == "members" && p.has("repeated-members-kept")) {
			continue
		}
		out = append(out, item)
	}
	if primaries > 1 && !p.has("keep-first-primary") && !p.has("two-primaries") {
		return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute %s has more than one primary value.", path)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func containsValue(list []any, v any) bool {
	for _, e := range list {
		if scim.Equal(e, v) {
			return true
		}
	}
	return false
}

func (p *Provider) readSingle(a *scim.Attribute, path string, v any) (any, *fault) {
	if v == nil {
		return nil, nil
	}
	if a.Type == "complex" {
		return p.readComplex(a, path, v)
	}
	if p.has("types-not-checked") {
		return v, nil
	}
	switch a.Type {
	case "boolean":
		if s, ok := v.(string); ok && p.has("string-boolean-stored") {
			return s, nil
		}
		if b, ok := toleratedBoolean(v); ok && !p.has("string-boolean-refused") {
			return b, nil
		}
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, wrongType(path, a.Type, v)
	case "integer", "decimal":
		n, ok := v.(json.Number)
		if !ok || a.Type == "integer" && strings.ContainsAny(string(n), ".eE") {
			return nil, wrongType(path, a.Type, v)
		}
		return n, nil
	}
	s, ok := v.(string)
	if !ok {
		return nil, wrongType(path, a.Type, v)
	}
	switch a.Type {
	case "dateTime":
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return nil, wrongType(path, a.Type, v)
		}
	case "binary":
		if !isBase64(s) {
			return nil, wrongType(path, a.Type, v)
		}
	}
	return s, nil
}

// isBase64 takes both alphabets and leaves padding free (RFC 7643 section 2.3.6).
func isBase64(s string) bool {
	s = strings.TrimRight(s, "=")
	if _, err := base64.RawStdEncoding.DecodeString(s); err == nil {
		return true
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

func (p *Provider) readComplex(a *scim.Attribute, path string, v any) (any, *fault) {
	in, ok := v.(object)
	if !ok {
		if in = toleratedComplex(a, v); in == nil || p.has("manager-string-refused") {
			if p.has("types-not-checked") {
				return v, nil
			}
			return nil, wrongType(path, a.Type, v)
		}
	}
	in = p.unwrapRole(a, in)
	out := object{}
	for name, sub := range in {
		s := a.Sub(name)
		if s == nil {
			p.keepUnknown(out, name, sub)
			continue
		}
		if s.Mutability == "readOnly" {
			continue
		}
		value, f := p.readValue(s, path+"."+s.Name, sub)
		if f != nil {
			return nil, f
		}
		if value != nil {
			out[s.Name] = value
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func wrongType(path, want string, v any) *fault {
	return refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute %s is of type %s; the request has %s.", path, want, describe(v))
}

func describe(v any) string {
	switch t := v.(type) {
	case string:
		return "the string " + quoted(t)
	case json.Number:
		return "the number " + string(t)
	case bool:
		return "a boolean"
	case []any:
		return "an array"
	case object:
		return "an object"
	}
	return "null"
}

// required enforces the required attributes of the base schema and of the extensions present (RFC 7643 section 7).
func (p *Provider) required(k *kind, body object) *fault {
	if p.has("required-not-checked") {
		return nil
	}
	for _, a := range k.attrs {
		if !a.Required || a.Mutability == "readOnly" {
			continue
		}
		if s, isString := body[a.Name].(string); body[a.Name] == nil || isString && strings.TrimSpace(s) == "" && !p.has("empty-username-accepted") {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute %s is required and must not be empty.", a.Name)
		}
	}
	for _, x := range k.exts {
		part, present := body[x.schema.ID].(object)
		if !present && !x.required {
			continue
		}
		for _, a := range x.attrs {
			if a.Required && a.Mutability != "readOnly" && part[a.Name] == nil {
				return refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute %s:%s is required.", x.schema.ID, a.Name)
			}
		}
	}
	return nil
}

// split takes password and members out of the body: one is never stored as such, the others live in a structure of their own.
func (in *intake) split(repeats bool) *fault {
	if s, ok := in.body["password"].(string); ok {
		in.password = s
	}
	delete(in.body, "password")
	list, _ := in.body["members"].([]any)
	delete(in.body, "members")
	members, f := readMembers(list, repeats)
	in.members = members
	return f
}
