package scim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const okMeta = `"meta":{"resourceType":"User","created":"2026-01-02T03:04:05Z","lastModified":"2026-01-02T03:04:05.123+01:00","location":"https://x/Users/1","version":"W/\"1\""}`

func user(members string) string {
	s := `{"schemas":["` + SchemaUser + `"],"id":"1","userName":"u",` + okMeta
	if members != "" {
		s += "," + members
	}
	return s + "}"
}

// discovered is the standard set as if a server had published it: what it does not know is wrong, not merely unknown.
func discovered() *SchemaSet {
	std := StandardSchemas()
	return NewSchemaSet(std.Schemas(), std.ResourceTypes())
}

func TestValidate(t *testing.T) {
	ent := func(data string) string {
		return strings.Replace(user(`"`+SchemaEnterprise+`":`+data), SchemaUser+`"]`, SchemaUser+`","`+SchemaEnterprise+`"]`, 1)
	}
	without := func(part string) string { return strings.Replace(user(""), part, "", 1) }
	for _, tc := range []struct {
		name, body string
		want       []string
	}{
		{"minimal", user(""), []string{}},
		{"rich", user(`"name":{"givenName":"x"},"active":true,"profileUrl":"https://x/y","emails":[{"value":"a","type":"work","primary":true,"display":"A"},
			{"value":"a","type":"home"}],"x509Certificates":[{"value":"QUI="}],"photos":[{"value":"../p.png"}],"groups":[{"value":"g","$ref":"../Groups/g","display":"G","type":"direct"}],
			"addresses":[{"primary":true,"country":"US"}]`), []string{}},
		{"null and empty are unassigned", user(`"emails":[],"title":null,"name":null,"active":null,"addresses":[{"type":null}]`), []string{}},
		{"enterprise", ent(`{"department":"d","manager":{"value":"m","$ref":"../Users/m","displayName":"M"}}`), []string{}},
		{"enterprise unused", ent(`{}`), []string{"unused-extension? schemas"}},
		{"enterprise null", ent(`null`), []string{"unused-extension? schemas"}},
		{"enterprise undeclared", user(`"` + SchemaEnterprise + `":{"department":"d"}`), []string{"undeclared-extension " + SchemaEnterprise}},
		{"enterprise type", ent(`{"department":5}`), []string{"wrong-type " + SchemaEnterprise + ":department"}},
		{"enterprise unknown", ent(`{"colour":"x"}`), []string{"unknown-attribute " + SchemaEnterprise + ":colour"}},
		{"manager text", ent(`{"manager":"m"}`), []string{"wrong-type " + SchemaEnterprise + ":manager"}},
		{"no schemas", without(`"schemas":["` + SchemaUser + `"],`), []string{"missing-schemas schemas"}},
		{"schemas text", strings.Replace(user(""), `["`+SchemaUser+`"]`, `"`+SchemaUser+`"`, 1), []string{"not-array schemas"}},
		{"other schemas", strings.Replace(user(""), SchemaUser, SchemaGroup, 1), []string{"unknown-schema schemas", "missing-schemas schemas"}},
		{"schemas twice", strings.Replace(user(""), `["`, `["`+strings.ToUpper(SchemaUser)+`","`, 1), []string{"duplicate-value schemas"}},
		{"no id", without(`"id":"1",`), []string{"missing-id id"}},
		{"id number", strings.Replace(user(""), `"id":"1"`, `"id":1`, 1), []string{"id-type id"}},
		{"id empty", strings.Replace(user(""), `"id":"1"`, `"id":""`, 1), []string{"id-empty id"}},
		{"id reserved", strings.Replace(user(""), `"id":"1"`, `"id":"bulkId:1"`, 1), []string{"id-reserved id"}},
		{"externalId", user(`"externalId":5`), []string{"wrong-type externalId"}},
		{"no userName", without(`"userName":"u",`), []string{"missing-required userName"}},
		{"null userName", strings.Replace(user(""), `"u"`, `null`, 1), []string{"missing-required userName"}},
		{"no meta", `{"schemas":["` + SchemaUser + `"],"id":"1","userName":"u"}`, []string{"meta-missing meta"}},
		{"meta text", strings.Replace(user(""), okMeta, `"meta":"x"`, 1), []string{"meta-type meta"}},
		{"meta type", strings.Replace(user(""), `"resourceType":"User"`, `"resourceType":"user"`, 1), []string{"meta-resource-type meta.resourceType"}},
		{"meta without", strings.Replace(user(""), okMeta, `"meta":{}`, 1), []string{"meta-resource-type-missing meta.resourceType", "meta-location-missing meta.location",
			"meta-created-missing? meta.created", "meta-lastmodified-missing? meta.lastModified"}},
		{"meta created", strings.Replace(user(""), "2026-01-02T03:04:05Z", "2026-01-02", 1), []string{"bad-datetime meta.created"}},
		{"meta epoch", strings.Replace(user(""), `"2026-01-02T03:04:05Z"`, "1767323045", 1), []string{"meta-type meta.created"}},
		{"not array", user(`"emails":{"value":"a"}`), []string{"not-array emails"}},
		{"not singular", user(`"title":["a"]`), []string{"not-singular title"}},
		{"text elements", user(`"emails":["a"]`), []string{"wrong-type emails"}},
		{"null element", user(`"emails":[null]`), []string{"wrong-type emails"}},
		{"boolean text", user(`"active":"true"`), []string{"wrong-type active"}},
		{"primary text", user(`"emails":[{"value":"a","primary":"true"}]`), []string{"wrong-type emails.primary"}},
		{"number text", user(`"title":5`), []string{"wrong-type title"}},
		{"complex text", user(`"name":"x"`), []string{"wrong-type name"}},
		{"unknown", user(`"colour":"red"`), []string{"unknown-attribute colour"}},
		{"unknown sub", user(`"name":{"nick":"x"}`), []string{"unknown-attribute name.nick"}},
		{"unknown extension", user(`"urn:acme:1.0:User":{"a":1}`), []string{"undeclared-extension urn:acme:1.0:User", "unknown-extension urn:acme:1.0:User"}},
		{"a value under the name of an attribute of an extension", user(`"` + SchemaEnterprise + `:department":"d"`), []string{"unknown-extension " + SchemaEnterprise + ":department"}},
		{"password", user(`"password":"x"`), []string{"returned-never password"}},
		{"password null", user(`"password":null`), []string{}},
		{"canonical", user(`"emails":[{"value":"a","type":"office"}]`), []string{"not-canonical? emails.type"}},
		{"binary", user(`"x509Certificates":[{"value":"not base64!"}]`), []string{"bad-binary x509Certificates.value"}},
		{"reference", user(`"profileUrl":"not a uri"`), []string{"bad-reference profileUrl"}},
		{"primaries", user(`"emails":[{"value":"a","primary":true},{"value":"b","primary":true}]`), []string{"several-primary emails"}},
		{"three primaries", user(`"emails":[{"value":"a","primary":true},{"value":"b","primary":true},{"value":"c","primary":true}]`), []string{"several-primary emails"}},
		{"duplicates", user(`"emails":[{"value":"a","type":"work"},{"value":"A","type":"WORK"}]`), []string{"duplicate-value emails"}},
		{"letter case", user(`"DisplayName":"x"`), []string{"name-case? displayName"}},
		{"not an object", `[]`, []string{"not-object "}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Validate(mustView(t, tc.body), userType, discovered(), ValidateOptions{})
			if d := cmp.Diff(tc.want, codes(got)); d != "" {
				t.Error(d)
			}
			for _, v := range got {
				if v.Message == "" || v.Offset < 0 || v.Offset > len(tc.body) {
					t.Errorf("%+v", v)
				}
			}
		})
	}
}

func TestValidateOptions(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		rt         ResourceType
		set        *SchemaSet
		opt        ValidateOptions
		want       []string
	}{
		{"projection", `{"id":"1","userName":"u"}`, userType, discovered(), ValidateOptions{Partial: true}, []string{}},
		{"projection without id", `{"userName":"u"}`, userType, discovered(), ValidateOptions{Partial: true}, []string{"missing-id id"}},
		{"request", `{"schemas":["` + SchemaUser + `"],"userName":"u","password":"p"}`, userType, discovered(), ValidateOptions{Request: true}, []string{}},
		{"request unknown", `{"schemas":["` + SchemaUser + `"],"userName":"u","x":1}`, userType, discovered(), ValidateOptions{Request: true}, []string{"unknown-attribute? x"}},
		{"standard set knows no extension", user(`"colour":"red"`), userType, nil, ValidateOptions{}, []string{"unknown-attribute? colour"}},
		{"group without name", `{"schemas":["` + SchemaGroup + `"],"id":"1","meta":{"resourceType":"Group","location":"x","created":"2026-01-02T03:04:05Z","lastModified":"2026-01-02T03:04:05Z"},"members":[{"value":"a","display":"A"},{"value":"a"}]}`,
			groupType, discovered(), ValidateOptions{}, []string{"duplicate-value members", "missing-required displayName"}},
		{"required extension", user(""), ResourceType{Name: "User", Schema: SchemaUser, Extensions: []SchemaExtension{{SchemaEnterprise, true}}}, discovered(),
			ValidateOptions{}, []string{"missing-required " + SchemaEnterprise}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := codes(Validate(mustView(t, tc.body), tc.rt, tc.set, tc.opt))
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestValidateSecrets(t *testing.T) {
	rt := ResourceType{Name: "Thing", Schema: thingURN}
	set := NewSchemaSet([]*Schema{{ID: thingURN, Attributes: parseAttributes("a string never\nb string writeOnly\nc complex\n  pin string never")}}, []ResourceType{rt})
	got := Validate(mustView(t, `{"schemas":["`+thingURN+`"],"id":"1","a":"x","b":"x","c":{"pin":"x"}}`), rt, set, ValidateOptions{Partial: true})
	if d := cmp.Diff([]string{"returned-never a", "returned-never b", "returned-never c.pin"}, codes(got)); d != "" {
		t.Error(d)
	}
	for _, v := range got {
		if strings.Contains(v.Actual+v.Message, `"x"`) {
			t.Errorf("the secret is in the violation: %+v", v)
		}
	}
}

func TestValidateServiceProviderConfig(t *testing.T) {
	rt, ok := FixedResourceType(SchemaSPC)
	if !ok {
		t.Fatal("no type")
	}
	good := `{"schemas":["` + SchemaSPC + `"],"patch":{"supported":true},"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0},
	 "filter":{"supported":true,"maxResults":200},"changePassword":{"supported":false},"sort":{"supported":true},"etag":{"supported":true},
	 "authenticationSchemes":[{"type":"oauthbearertoken","name":"Bearer","description":"d"}],
	 "pagination":{"cursor":true,"index":true},"meta":{"resourceType":"ServiceProviderConfig","location":"https://x/ServiceProviderConfig"}}`
	if got := Validate(mustView(t, good), rt, nil, ValidateOptions{}); len(got) != 0 {
		t.Error(got)
	}
	bad := strings.Replace(strings.Replace(good, `{"supported":true,"maxResults":200}`, `{"supported":"true","maxResults":2.5}`, 1), `"etag":{"supported":true},`, "", 1)
	want := []string{"wrong-type filter.supported", "wrong-type filter.maxResults", "missing-required etag"}
	if d := cmp.Diff(want, codes(Validate(mustView(t, bad), rt, nil, ValidateOptions{}))); d != "" {
		t.Error(d)
	}
}

func TestParseDateTime(t *testing.T) {
	for s, ok := range map[string]bool{
		"2011-05-13T04:42:34Z": true, "2008-01-23T04:56:22.123456789123Z": true, "2011-05-13T04:42:34+02:00": true, "2011-05-13T04:42:34": true,
		"2011-05-13T24:00:00Z": true, "0001-01-03T00:00:00.0000000Z": true, "2011-05-13": false, "2011-05-13 04:42:34Z": false, "2011-13-13T04:42:34Z": false,
		"2011-05-13T04:42Z": false, "1305261754": false, "": false, "Fri, 13 May 2011 04:42:34 GMT": false, "2011-05-13T04:42:34z": false, "2011-02-30T00:00:00Z": false,
	} {
		if _, got := ParseDateTime(s); got != ok {
			t.Errorf("%s: %v", s, got)
		}
	}
}
