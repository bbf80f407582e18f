package scim

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The standard schemas survive their own parser without a violation that is more than a note.
func TestStandardSchemasParse(t *testing.T) {
	type res struct {
		Schemas []string `json:"schemas"`
		*Schema
	}
	var list []res
	for _, sc := range StandardSchemas().Schemas() {
		list = append(list, res{[]string{SchemaSchema}, sc})
	}
	body, err := json.Marshal(map[string]any{"schemas": []string{SchemaListResponse}, "totalResults": len(list), "Resources": list})
	if err != nil {
		t.Fatal(err)
	}
	set, violations := ParseSchemas(body)
	for _, v := range violations {
		if !v.Note {
			t.Errorf("%s at %s", v, v.Pointer)
		}
	}
	for i, sc := range StandardSchemas().Schemas() {
		if d := cmp.Diff(sc, set.Schemas()[i]); d != "" {
			t.Errorf("%s: %s", sc.ID, d)
		}
	}
}

func TestStandardSchemasHaveTheErrata(t *testing.T) {
	at := func(base, path string) *Attribute {
		t.Helper()
		p, err := ParseAttrPath(path)
		if err != nil {
			t.Fatal(err)
		}
		a := StandardSchemas().Attribute(base, p)
		if a == nil {
			t.Fatalf("%s %s is not defined", base, path)
		}
		return a
	}
	if !at(SchemaGroup, "displayName").Required { // 5368
		t.Error("Group.displayName is not required")
	}
	if d := cmp.Diff([]string{"Group"}, at(SchemaUser, "groups.$ref").ReferenceTypes); d != "" { // 8471
		t.Error(d)
	}
	if !at("", SchemaEnterprise+":manager.value").CaseExact { // 8472
		t.Error("manager.value is not case exact")
	}
	if a := at(SchemaResourceType, "endpoint"); a.Uniqueness != "server" || !a.CaseExact { // 8475
		t.Error("ResourceType.endpoint is not unique and case exact")
	}
	if !at(SchemaResourceType, "schemaExtensions").MultiValued || !at("", SchemaSchema+":attributes.referenceTypes").MultiValued { // 7522, 5607
		t.Error("schemaExtensions or referenceTypes is singular")
	}
	for _, a := range []*Attribute{at(SchemaUser, "name"), at(SchemaUser, "emails"), at(SchemaUser, "addresses")} { // 6004
		if a.Uniqueness != "none" {
			t.Errorf("%s has uniqueness", a.Name)
		}
	}
	if at(SchemaUser, "addresses.primary").Type != "boolean" || at(SchemaGroup, "members.display").Type != "string" { // 6005, 6011
		t.Error("addresses.primary or members.display is missing")
	}
	if a := at(SchemaUser, "password"); a.Mutability != "writeOnly" || a.Returned != "never" {
		t.Error("password can be read")
	}
	if a := at(SchemaUser, "groups.value"); a.Mutability != "readOnly" {
		t.Error("groups.value can be written")
	}
	if a := at(SchemaUser, "userName"); !a.Required || a.CaseExact || a.Uniqueness != "server" {
		t.Errorf("userName %+v", a)
	}
}

func TestSchemaSetLookup(t *testing.T) {
	s := StandardSchemas()
	for _, tc := range []struct {
		base, path string
		want       string
	}{
		{SchemaUser, "USERNAME", "userName"}, {SchemaUser, "emails.VALUE", "value"}, {SchemaUser, "id", "id"}, {SchemaUser, "meta.created", "created"},
		{SchemaUser, "members", ""}, {SchemaUser, "department", ""}, {"", "members", "members"}, {"", "supported", ""},
		{SchemaGroup, SchemaUser + ":userName", "userName"}, {strings.ToUpper(SchemaUser), "title", "title"},
		{SchemaUser, strings.ToLower(SchemaEnterprise) + ":department", "department"}, {SchemaUser, "title.x", ""},
		{"urn:none", "title", ""}, {SchemaUser, SchemaUser + ":externalId", "externalId"}, {SchemaUser, SchemaEnterprise + ":id", ""},
	} {
		p, err := ParseAttrPath(tc.path)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if a := s.Attribute(tc.base, p); a != nil {
			got = a.Name
		}
		if got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.base, tc.path, got, tc.want)
		}
	}
	for _, name := range []string{"User", "user", "/Users", "Users", SchemaUser} {
		if rt, ok := s.ResourceType(name); !ok || rt.Name != "User" {
			t.Errorf("%s: %v %v", name, rt, ok)
		}
	}
	for _, name := range []string{"", "Device", "Use"} {
		if rt, ok := s.ResourceType(name); ok {
			t.Errorf("%q found %v", name, rt)
		}
	}
}

func codes(list []Violation) []string {
	out := []string{}
	for _, v := range list {
		c := v.Code
		if v.Note {
			c += "?"
		}
		out = append(out, c+" "+v.Attribute)
	}
	return out
}

func TestParseSchemasViolations(t *testing.T) {
	wrap := func(attrs string) string {
		return `{"schemas":["` + SchemaListResponse + `"],"totalResults":1,"Resources":[{"schemas":["` + SchemaSchema + `"],"id":"urn:x","attributes":[` + attrs + `]}]}`
	}
	for _, tc := range []struct {
		body string
		want []string
	}{
		{wrap(`{"name":"a","type":"string","multiValued":false}`), []string{}},
		{wrap(`{"name":"a","type":"text","multiValued":false}`), []string{"bad-characteristic a.type"}},
		{wrap(`{"name":"a","type":"String","multiValued":false}`), []string{"bad-characteristic a.type"}},
		{wrap(`{"name":"a","type":"string"}`), []string{"missing-characteristic? a.multiValued"}},
		{wrap(`{"name":"a","multiValued":"true"}`), []string{"missing-required a.type", "wrong-type a.multiValued"}},
		{wrap(`{"type":"string","multiValued":false}`), []string{"missing-required name"}},
		{wrap(`{"name":"a b","type":"string","multiValued":false}`), []string{"bad-name a b"}},
		{wrap(`{"name":"$ref","type":"reference","multiValued":false,"caseExact":true,"referenceTypes":["User"]}`), []string{}},
		{wrap(`{"name":"r","type":"reference","multiValued":false,"caseExact":true}`), []string{"missing-reference-types r"}},
		{wrap(`{"name":"a","type":"string","multiValued":false,"referenceTypes":["User"]}`), []string{"reference-types-of-other a"}},
		{wrap(`{"name":"a","type":"string","multiValued":false,"mutability":"readwrite","returned":"sometimes","uniqueness":true}`),
			[]string{"bad-characteristic a.mutability", "bad-characteristic a.returned", "bad-characteristic a.uniqueness"}},
		{wrap(`{"name":"a","type":"string","multiValued":false},{"name":"A","type":"string","multiValued":false}`), []string{"duplicate-attribute A"}},
		{wrap(`{"name":"c","type":"complex","multiValued":true}`), []string{"missing-sub-attributes? c"}},
		{wrap(`{"name":"c","type":"complex","multiValued":true,"subAttributes":[{"name":"d","type":"complex","multiValued":false,"subAttributes":[{"name":"e","type":"string","multiValued":false}]}]}`),
			[]string{"nested-complex c.d"}},
		{wrap(`{"name":"a","type":"string","multiValued":false,"subAttributes":[{"name":"e","type":"string","multiValued":false}]}`), []string{"sub-attributes-of-simple a"}},
		{wrap(`"x"`), []string{"wrong-type attributes"}},
		{`[{"schemas":["` + SchemaSchema + `"],"id":"urn:x","attributes":[]}]`, []string{"not-list-response "}},
		{`{"schemas":["` + SchemaSchema + `"],"id":"urn:x","attributes":[]}`, []string{"not-list-response "}},
		{`{"Resources":[{"id":"urn:x","attributes":[]}]}`, []string{"missing-schemas schemas"}},
		{`{"Resources":null}`, []string{"not-list-response Resources"}},
		{`<html>`, []string{"not-json "}},
		{`{"Resources":[{"schemas":["` + SchemaSchema + `"],"id":"urn:x"}]}`, []string{"not-array attributes"}},
	} {
		set, got := ParseSchemas([]byte(tc.body))
		if set == nil {
			t.Fatalf("%s: no set", tc.body)
		}
		if d := cmp.Diff(tc.want, codes(got)); d != "" {
			t.Errorf("%s: %s", tc.body, d)
		}
	}
	set, _ := ParseSchemas([]byte(wrap(`{"name":"a","type":"Boolean","multiValued":"TRUE","mutability":"readonly"}`)))
	if a := set.Schema("URN:X").Attribute("A"); a == nil || a.Type != "boolean" || !a.MultiValued || a.Mutability != "readOnly" || a.Returned != "default" {
		t.Errorf("tolerant reading gives %+v", a)
	}
}

func TestParseResourceTypes(t *testing.T) {
	list := func(s string) string {
		return `{"schemas":["` + SchemaListResponse + `"],"totalResults":1,"Resources":[` + s + `]}`
	}
	one := `"schemas":["` + SchemaResourceType + `"],"name":"User","endpoint":"/Users","schema":"` + SchemaUser + `"`
	types, got := ParseResourceTypes([]byte(list(`{` + one + `,"id":"User","schemaExtensions":[{"schema":"` + SchemaEnterprise + `","required":true}]}`)))
	want := []ResourceType{{ID: "User", Name: "User", Endpoint: "/Users", Schema: SchemaUser, Extensions: []SchemaExtension{{SchemaEnterprise, true}}}}
	if d := cmp.Diff(want, types); d != "" || len(got) != 0 {
		t.Error(d, got)
	}
	for body, codeList := range map[string][]string{
		list(`{` + one + `,"schemaExtensions":{"schema":"urn:x","required":false}}`): {"not-array schemaExtensions"},
		list(`{` + one + `,"schemaExtensions":[{"schema":"urn:x"}]}`):                {"missing-characteristic? schemaExtensions.required"},
		list(`{` + one + `},{` + one + `}`):                                          {"duplicate-resource-type ", "duplicate-resource-type "},
		list(`{"schemas":["` + SchemaResourceType + `"],"name":"User"}`):             {"missing-required endpoint", "missing-required schema"},
	} {
		if _, got := ParseResourceTypes([]byte(body)); !cmp.Equal(codeList, codes(got)) {
			t.Errorf("%s: %v", body, codes(got))
		}
	}
}
