package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// Tolerance is one deviation from the letter of the RFCs that a real identity provider needs.
type Tolerance struct {
	Name, Rule, Evidence string
}

// Tolerances lists every deviation this provider accepts. There are no others: whatever is not here is judged by the RFC.
func Tolerances() []Tolerance {
	return []Tolerance{
		{"capital-ops", "The op of a PATCH operation is read without regard to letter case.",
			"Entra's default dialect sends Add, Replace and Remove (Microsoft, SCIM compatibility page)."},
		{"string-booleans", `"True", "False", "true" and "false" are read as booleans where the schema wants one.`,
			"Entra's default dialect deactivates with \"False\" (rancher/rancher 52996, scimmyjs/scimmy 86); the validator posts roles[].primary as \"True\"."},
		{"remove-members-with-value", "A remove with path members and a value list removes the listed members only.",
			"Entra's default dialect (Microsoft, SCIM compatibility page); to the letter of RFC 7644 section 3.5.2.2 it would empty the Group."},
		{"dotted-keys", `A pathless add or replace may use keys such as "name.givenName" and "urn:…:User:department".`,
			"Entra's aadOptscim062020 dialect (Microsoft; pond/scimitar 123, SCIM-SDK 267)."},
		{"create-missing-element", "A value path that matches no element creates one, for add always, for replace when the client is Entra " +
			"(a capitalised op, or an Adscimversion header); a lower-case replace gets noTarget as RFC 7644 section 3.5.2.3 says.",
			"Entra relies on it (scim-for-keycloak 73, ssoready 249); erratum 8097 is held."},
		{"legacy-group-schema", "The URI http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group in schemas of a Group is ignored, " +
			"and so is Microsoft's misspelling of the enterprise extension (2.0User).",
			"Entra's Group create (Microsoft, use-scim page; better-auth acceptLegacyGroupSchema)."},
		{"manager-as-string", "manager may be the bare id, or an array with one object, in place of an object; an object whose value is empty removes it.",
			"Entra (SCIM-SDK 686, directory-scimple 1242; the array form in Microsoft's documentation)."},
		{"roles-as-json", `A role whose value is a JSON object in a string is unpacked.`,
			"Entra's AppRoleAssignmentsComplex over PATCH (SCIM-SDK 516, entra-docs 215)."},
		{"id-in-patch-value", "id and meta inside the value of a pathless PATCH are ignored.",
			"Okta's Group rename sends id beside displayName (Okta SCIM reference; keycloak-scim-server PR 113)."},
		{"broken-filter", `emails[type eq "work"].value eq "x" is read as emails[type eq "work" and value eq "x"].`,
			"Entra's match by e-mail (RIPAGlobal/scimitar 115)."},
		{"unqualified-extension-attribute", "A filter may name an enterprise attribute without its URN.",
			"Entra's check of a manager: filter=id eq \"…\" and manager eq \"…\" (Microsoft, use-scim page, example 4)."},
		{"empty-string-clears", `A PATCH replace with "" on an attribute that is not required leaves it unassigned.`,
			"Entra's gallery validation clears with \"\" and wants it to read back empty; ory/polis fixtures."},
		{"value-filter-in-projection", `attributes=emails[type eq "work"] is read as attributes=emails.`,
			"Microsoft's Postman collection for SCIM reference code."},
		{"empty-operations", "A PATCH with an empty Operations array is refused, as RFC 7644 section 3.5.2 says: this one is not tolerated, although Microsoft's validator sends it.",
			"scimmyjs/scimmy 59 and 90."},
	}
}

// patchTolerances are the tolerances of one PATCH request.
func (p *Provider) patchTolerances(c *call, ops []rawOp) scim.Tolerances {
	t := scim.Tolerances{
		CapitalOps:             !p.has("capital-ops-refused"),
		StringBooleans:         !p.has("string-boolean-refused"),
		RemoveMembersWithValue: !p.has("remove-with-value-empties-group"),
		DottedKeys:             !p.has("patch-dotted-keys-ignored") && !p.has("patch-dotted-keys-refused"),
		ManagerAsString:        !p.has("manager-string-refused"),
		RolesAsJSON:            !p.has("roles-json-kept"),
		EmptyOperations:        p.has("empty-operations-accepted") || p.has("unknown-op-accepted"),
	}
	t.CreateOnMissingValuePath = createsMissing(c, ops) && !p.has("value-path-never-creates")
	return t
}

// createsMissing decides the tolerance create-missing-element for a whole request.
func createsMissing(c *call, ops []rawOp) bool {
	if c.r.Header.Get("Adscimversion") != "" {
		return true
	}
	lowerReplace := false
	for _, op := range ops {
		if op.op != strings.ToLower(op.op) {
			return true
		}
		lowerReplace = lowerReplace || op.op == "replace" && strings.Contains(op.path, "[")
	}
	return !lowerReplace
}

// rawOp is what the tolerances need to know of an operation before it is parsed.
type rawOp struct{ op, path string }

func toleratedBoolean(v any) (value, ok bool) {
	switch v {
	case "True", "true":
		return true, true
	case "False", "false":
		return false, true
	}
	return false, false
}

const legacyGroupSchema = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

func toleratedSchema(k *kind, uri string) bool {
	switch k.rt.Name {
	case "Group":
		return strings.EqualFold(uri, legacyGroupSchema)
	case "User":
		return strings.EqualFold(uri, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User")
	}
	return false
}

// toleratedComplex reads the forms in which Entra sends manager.
func toleratedComplex(a *scim.Attribute, v any) object {
	if a.Name != "manager" {
		return nil
	}
	switch t := v.(type) {
	case string:
		return object{"value": t}
	case []any:
		if len(t) == 1 {
			o, _ := t[0].(object)
			return o
		}
	}
	return nil
}

// unwrapRole unpacks a role whose value is a JSON object in a string.
func (p *Provider) unwrapRole(a *scim.Attribute, in object) object {
	if a.Name != "roles" || p.has("roles-json-kept") {
		return in
	}
	v, _ := lookup(in, "value")
	s, ok := v.(string)
	if !ok || !strings.HasPrefix(strings.TrimSpace(s), "{") {
		return in
	}
	inner, f := decodeObject([]byte(s))
	if f != nil {
		return in
	}
	out := object{}
	for name, v := range in {
		if !strings.EqualFold(name, "value") {
			out[name] = v
		}
	}
	for name, v := range inner {
		switch strings.ToLower(name) {
		case "value":
			out["value"] = v
		case "displayname", "display":
			out["display"] = v
		}
	}
	return out
}

// unknownAttribute decides about an attribute that no schema of the resource defines: ignored by default (RFC 7644 sections
// 3.1 and 3.3), refused or kept by a variant.
func (p *Provider) unknownAttribute(out object, name string, v any) *fault {
	if p.has("unknown-attributes-refused") {
		return refuse(http.StatusBadRequest, scim.InvalidSyntax, "The attribute %s is not defined by any schema of this resource.", quoted(name))
	}
	p.keepUnknown(out, name, v)
	return nil
}

// keepUnknown is what a variant and a defect do with an undefined attribute: they store it. Undefined sub-attributes are never
// refused: Entra's roles come with one.
func (p *Provider) keepUnknown(out object, name string, v any) {
	if p.has("unknown-attributes-kept") || p.has("patch-literal-keys") {
		out[name] = v
	}
}
