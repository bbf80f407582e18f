package scim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	userType  = ResourceType{ID: "User", Name: "User", Endpoint: "/Users", Schema: SchemaUser, Extensions: []SchemaExtension{{Schema: SchemaEnterprise}}}
	groupType = ResourceType{ID: "Group", Name: "Group", Endpoint: "/Groups", Schema: SchemaGroup}
)

const patchUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"bjensen","active":true,"title":"VP",
 "name":{"givenName":"Barbara","familyName":"Jensen"},
 "emails":[{"value":"b@work.com","type":"work","primary":true},{"value":"b@home.org","type":"home"}],
 "addresses":[{"type":"work","streetAddress":"100 Main","locality":"LA","country":"US"},{"type":"home","streetAddress":"1 Elm"}],
 "groups":[{"value":"g1"}],"meta":{"resourceType":"User"}}`

const patchGroup = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g","displayName":"Tour",
 "members":[{"value":"a","display":"Babs"},{"value":"b"}]}`

// patchCase is one patch: operations, and what becomes of the resource, given as the members that change ("null" is gone).
type patchCase struct {
	name   string
	ops    string
	want   string // members that differ afterwards, null for gone; "" means no change
	err    string // scimType
	strict bool   // without tolerances
}

func runPatch(t *testing.T, base string, rt ResourceType, cases []patchCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			tol := AllTolerances()
			if tc.strict {
				tol = Tolerances{}
			}
			before, pristine := resource(t, base), resource(t, base)
			body := resource(t, `{"schemas":["`+SchemaPatchOp+`"],"Operations":`+tc.ops+`}`)
			ops, err := tol.ParsePatch(body)
			var out map[string]any
			var changed bool
			if err == nil {
				out, changed, err = ApplyPatch(before, ops, rt, nil, tol)
			}
			if d := cmp.Diff(pristine, before); d != "" {
				t.Errorf("the resource itself changed: %s", d)
			}
			if tc.err != "" {
				if err == nil || err.ScimType != tc.err || err.Status != 400 {
					t.Errorf("error %v, want %s; out %v", err, tc.err, out)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := pristine
			if tc.want != "" {
				for k, v := range resource(t, tc.want) {
					if v == nil {
						delete(want, k)
					} else {
						want[k] = v
					}
				}
			}
			if d := cmp.Diff(want, out); d != "" {
				t.Error(d)
			}
			if changed != (tc.want != "") {
				t.Errorf("changed = %v", changed)
			}
		})
	}
}

// Every example of RFC 7644 section 3.5.2.
func TestPatchRFCExamples(t *testing.T) {
	runPatch(t, patchGroup, groupType, []patchCase{
		{name: "add a member", strict: true,
			ops:  `[{"op":"add","path":"members","value":[{"display":"Babs Jensen","$ref":"https://example.com/v2/Users/2819","value":"2819"}]}]`,
			want: `{"members":[{"value":"a","display":"Babs"},{"value":"b"},{"display":"Babs Jensen","$ref":"https://example.com/v2/Users/2819","value":"2819"}]}`},
		{name: "add a member that is there", strict: true, ops: `[{"op":"add","path":"members","value":[{"value":"b","display":"New name"}]}]`},
		{name: "remove a member", strict: true, ops: `[{"op":"remove","path":"members[value eq \"a\"]"}]`, want: `{"members":[{"value":"b"}]}`},
		{name: "remove a member that is not there", strict: true, ops: `[{"op":"remove","path":"members[value eq \"zz\"]"}]`},
		{name: "remove all members", strict: true, ops: `[{"op":"remove","path":"members"}]`, want: `{"members":null}`},
		{name: "remove and add", strict: true,
			ops:  `[{"op":"remove","path":"members[value eq\"a\"]"},{"op":"add","path":"members","value":[{"display":"James Smith","value":"08e1"}]}]`,
			want: `{"members":[{"value":"b"},{"display":"James Smith","value":"08e1"}]}`},
		{name: "replace all by remove and add", strict: true,
			ops:  `[{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"x"},{"value":"y"}]}]`,
			want: `{"members":[{"value":"x"},{"value":"y"}]}`},
		{name: "replace all members", strict: true,
			ops:  `[{"op":"replace","path":"members","value":[{"display":"Babs","value":"2819"},{"display":"James","value":"08e1"}]}]`,
			want: `{"members":[{"display":"Babs","value":"2819"},{"display":"James","value":"08e1"}]}`},
	})
	runPatch(t, patchUser, userType, []patchCase{
		{name: "add without path", strict: true,
			ops:  `[{"op":"add","value":{"emails":[{"value":"babs@jensen.org","type":"home"}],"nickname":"Babs"}}]`,
			want: `{"nickName":"Babs","emails":[{"value":"b@work.com","type":"work","primary":true},{"value":"b@home.org","type":"home"},{"value":"babs@jensen.org","type":"home"}]}`},
		{name: "remove by complex filter", strict: true, ops: `[{"op":"remove","path":"emails[type eq \"work\" and value ew \"work.com\"]"}]`,
			want: `{"emails":[{"value":"b@home.org","type":"home"}]}`},
		{name: "replace the work address", strict: true,
			ops:  `[{"op":"replace","path":"addresses[type eq \"work\"]","value":{"type":"work","streetAddress":"911 Universal City Plaza","primary":true}}]`,
			want: `{"addresses":[{"type":"work","streetAddress":"911 Universal City Plaza","primary":true},{"type":"home","streetAddress":"1 Elm"}]}`},
		{name: "replace a street", strict: true, ops: `[{"op":"replace","path":"addresses[type eq \"work\"].streetAddress","value":"1010 Broadway Ave"}]`,
			want: `{"addresses":[{"type":"work","streetAddress":"1010 Broadway Ave","locality":"LA","country":"US"},{"type":"home","streetAddress":"1 Elm"}]}`},
		{name: "replace without path", strict: true,
			ops:  `[{"op":"replace","value":{"emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],"nickname":"Babs"}}]`,
			want: `{"nickName":"Babs","emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}]}`},
		{name: "extension attribute enters schemas", strict: true,
			ops: `[{"op":"add","path":"` + SchemaEnterprise + `:employeeNumber","value":"7"}]`,
			want: `{"schemas":["` + SchemaUser + `","` + SchemaEnterprise + `"],
			 "` + SchemaEnterprise + `":{"employeeNumber":"7"}}`},
	})
}

func TestPatchRules(t *testing.T) {
	runPatch(t, patchUser, userType, []patchCase{
		{name: "replace single", ops: `[{"op":"replace","path":"title","value":"CEO"}]`, want: `{"title":"CEO"}`},
		{name: "add replaces single", ops: `[{"op":"add","path":"title","value":"CEO"}]`, want: `{"title":"CEO"}`},
		{name: "replace missing is add", ops: `[{"op":"replace","path":"nickName","value":"B"}]`, want: `{"nickName":"B"}`},
		{name: "same value changes nothing", ops: `[{"op":"replace","path":"title","value":"VP"}]`},
		{name: "null removes", ops: `[{"op":"replace","path":"title","value":null}]`, want: `{"title":null}`},
		{name: "empty array removes", ops: `[{"op":"replace","path":"emails","value":[]}]`, want: `{"emails":null}`},
		{name: "remove single", ops: `[{"op":"remove","path":"title"}]`, want: `{"title":null}`},
		{name: "remove missing", ops: `[{"op":"remove","path":"nickName"}]`},
		{name: "complex merges", ops: `[{"op":"replace","path":"name","value":{"familyName":"Smith","middleName":"J"}}]`,
			want: `{"name":{"givenName":"Barbara","familyName":"Smith","middleName":"J"}}`},
		{name: "complex null sub", ops: `[{"op":"replace","path":"name","value":{"familyName":null}}]`, want: `{"name":{"givenName":"Barbara"}}`},
		{name: "sub-attribute", ops: `[{"op":"replace","path":"name.familyName","value":"Smith"}]`, want: `{"name":{"givenName":"Barbara","familyName":"Smith"}}`},
		{name: "remove the last subs", ops: `[{"op":"remove","path":"name.familyName"},{"op":"remove","path":"name.givenName"}]`, want: `{"name":null}`},
		{name: "primary demotes by add", ops: `[{"op":"add","path":"emails","value":{"value":"n@x.com","type":"other","primary":true}}]`,
			want: `{"emails":[{"value":"b@work.com","type":"work","primary":false},{"value":"b@home.org","type":"home"},{"value":"n@x.com","type":"other","primary":true}]}`},
		{name: "primary demotes by sub", ops: `[{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}]`,
			want: `{"emails":[{"value":"b@work.com","type":"work","primary":false},{"value":"b@home.org","type":"home","primary":true}]}`},
		{name: "two primaries", ops: `[{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}]`, err: InvalidValue},
		{name: "add exact duplicate", ops: `[{"op":"add","path":"emails","value":[{"value":"b@work.com","type":"work","primary":true}]}]`},
		{name: "add same value new display", ops: `[{"op":"add","path":"emails","value":[{"value":"B@work.com","type":"work","display":"B"}]}]`,
			want: `{"emails":[{"value":"b@work.com","type":"work","primary":true,"display":"B"},{"value":"b@home.org","type":"home"}]}`},
		{name: "add same value without type", ops: `[{"op":"add","path":"emails","value":[{"value":"b@home.org"}]}]`},
		{name: "add same value other type", ops: `[{"op":"add","path":"emails","value":[{"value":"b@work.com","type":"other"}]}]`,
			want: `{"emails":[{"value":"b@work.com","type":"work","primary":true},{"value":"b@home.org","type":"home"},{"value":"b@work.com","type":"other"}]}`},
		{name: "value filter no target", strict: true, ops: `[{"op":"replace","path":"emails[type eq \"other\"].value","value":"x"}]`, err: NoTarget},
		{name: "sub of every value", ops: `[{"op":"remove","path":"addresses.streetAddress"}]`,
			want: `{"addresses":[{"type":"work","locality":"LA","country":"US"},{"type":"home"}]}`},
		{name: "remove sub of selected", ops: `[{"op":"remove","path":"emails[type eq \"work\"].value","value":"ignored"}]`,
			want: `{"emails":[{"type":"work","primary":true},{"value":"b@home.org","type":"home"}]}`},
		{name: "core URN path", ops: `[{"op":"replace","path":"` + SchemaUser + `:name.familyName","value":"S"}]`, want: `{"name":{"givenName":"Barbara","familyName":"S"}}`},
		{name: "name in any case", ops: `[{"op":"replace","path":"NAME.FAMILYNAME","value":"S"}]`, want: `{"name":{"givenName":"Barbara","familyName":"S"}}`},
		{name: "extension object", ops: `[{"op":"add","value":{"` + SchemaEnterprise + `":{"department":"D","manager":{"value":"m","displayName":"ignored"}}}}]`,
			want: `{"schemas":["` + SchemaUser + `","` + SchemaEnterprise + `"],"` + SchemaEnterprise + `":{"department":"D","manager":{"value":"m"}}}`},
		{name: "extension comes and goes", ops: `[{"op":"add","path":"` + SchemaEnterprise + `:department","value":"D"},{"op":"remove","path":"` + SchemaEnterprise + `"}]`},
		{name: "id equal is let through", ops: `[{"op":"replace","value":{"id":"1","title":"CEO"}}]`, want: `{"title":"CEO"}`},
		{name: "meta in a value is ignored", ops: `[{"op":"replace","value":{"meta":{"resourceType":"X"},"title":"CEO"}}]`, want: `{"title":"CEO"}`},
		{name: "schemas by value", ops: `[{"op":"replace","path":"schemas","value":["` + SchemaUser + `"]}]`},
		{name: "schemas add extension", ops: `[{"op":"add","path":"schemas","value":["` + SchemaEnterprise + `"]}]`, want: `{"schemas":["` + SchemaUser + `","` + SchemaEnterprise + `"]}`},
		{name: "sequence sees the former result", ops: `[{"op":"replace","path":"title","value":"A"},{"op":"remove","path":"title"},{"op":"add","path":"title","value":"VP"}]`},

		{name: "id", ops: `[{"op":"replace","path":"id","value":"2"}]`, err: Mutability},
		{name: "id in value", ops: `[{"op":"replace","value":{"id":"2"}}]`, err: Mutability},
		{name: "meta", ops: `[{"op":"replace","path":"meta.created","value":"x"}]`, err: Mutability},
		{name: "groups", ops: `[{"op":"add","path":"groups","value":[{"value":"g2"}]}]`, err: Mutability},
		{name: "manager.displayName", ops: `[{"op":"add","path":"` + SchemaEnterprise + `:manager.displayName","value":"x"}]`, err: Mutability},
		{name: "remove required", ops: `[{"op":"remove","path":"userName"}]`, err: Mutability},
		{name: "null required", ops: `[{"op":"replace","path":"userName","value":null}]`, err: Mutability},
		{name: "empty required", ops: `[{"op":"replace","path":"userName","value":""}]`, err: InvalidValue},
		{name: "remove without path", ops: `[{"op":"remove"}]`, err: NoTarget},
		{name: "remove schemas", ops: `[{"op":"remove","path":"schemas"}]`, err: Mutability},
		{name: "unknown schema", ops: `[{"op":"add","path":"schemas","value":["urn:x"]}]`, err: InvalidValue},
		{name: "unknown attribute", ops: `[{"op":"add","path":"noSuch","value":1}]`, err: InvalidPath},
		{name: "unknown sub-attribute", ops: `[{"op":"add","path":"name.noSuch","value":"x"}]`, err: InvalidPath},
		{name: "unknown in value", ops: `[{"op":"add","value":{"noSuch":1}}]`, err: InvalidPath},
		{name: "unknown urn", ops: `[{"op":"add","path":"urn:x:1.0:User:a","value":1}]`, err: InvalidPath},
		{name: "broken path", ops: `[{"op":"add","path":"emails[type eq","value":1}]`, err: InvalidPath},
		{name: "filter on unknown sub", ops: `[{"op":"add","path":"emails[colour eq \"x\"]","value":{"value":"x"}}]`, err: InvalidFilter},
		{name: "filter on simple attribute", ops: `[{"op":"add","path":"title[value eq \"x\"]","value":"x"}]`, err: InvalidPath},
		{name: "add without value", ops: `[{"op":"add","path":"title"}]`, err: InvalidValue},
		{name: "wrong type", ops: `[{"op":"replace","path":"title","value":5}]`, err: InvalidValue},
		{name: "object for string", ops: `[{"op":"replace","path":"title","value":{}}]`, err: InvalidValue},
		{name: "boolean as text", strict: true, ops: `[{"op":"replace","path":"active","value":"False"}]`, err: InvalidValue},
		{name: "capital op", strict: true, ops: `[{"op":"Replace","path":"active","value":false}]`, err: InvalidSyntax},
		{name: "unknown op", ops: `[{"op":"move","path":"title","value":"x"}]`, err: InvalidSyntax},
		{name: "value not an object", ops: `[{"op":"replace","value":"x"}]`, err: InvalidValue},
		{name: "no operations", strict: true, ops: `[]`, err: InvalidSyntax},
		{name: "late error undoes all", ops: `[{"op":"replace","path":"title","value":"CEO"},{"op":"remove","path":"userName"}]`, err: Mutability},
	})
}

// The tolerances, each in the form that its identity provider sends.
func TestPatchTolerances(t *testing.T) {
	entSchemas := `"schemas":["` + SchemaUser + `","` + SchemaEnterprise + `"]`
	runPatch(t, patchUser, userType, []patchCase{
		{name: "Entra disable", ops: `[{"op":"Replace","path":"active","value":"False"}]`, want: `{"active":false}`},
		{name: "Entra several", ops: `[{"op":"Replace","path":"displayName","value":"Pvlo"},
			{"op":"Replace","path":"emails[type eq \"work\"].value","value":"t@x.com"},{"op":"Add","path":"name.givenName","value":"G"},
			{"op":"Replace","path":"` + SchemaEnterprise + `:employeeNumber","value":"E"}]`,
			want: `{"displayName":"Pvlo","name":{"givenName":"G","familyName":"Jensen"},` + entSchemas + `,"` + SchemaEnterprise + `":{"employeeNumber":"E"},
			"emails":[{"value":"t@x.com","type":"work","primary":true},{"value":"b@home.org","type":"home"}]}`},
		{name: "Entra flagged", ops: `[{"op":"replace","value":{"displayName":"B","name.givenName":"K","name.familyName":"U","` + SchemaEnterprise + `:employeeNumber":"A"}}]`,
			want: `{"displayName":"B","name":{"givenName":"K","familyName":"U"},` + entSchemas + `,"` + SchemaEnterprise + `":{"employeeNumber":"A"}}`},
		{name: "Entra creates by filter", ops: `[{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"},{"op":"Replace","path":"roles[primary eq \"True\"].display","value":"R"}]`,
			want: `{"phoneNumbers":[{"type":"mobile","value":"1"}],"roles":[{"primary":true,"display":"R"}]}`},
		{name: "Entra manager string", ops: `[{"op":"Add","path":"` + SchemaEnterprise + `:manager","value":"271"}]`, want: `{` + entSchemas + `,"` + SchemaEnterprise + `":{"manager":{"value":"271"}}}`},
		{name: "Entra manager array", ops: `[{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/2","value":"2"}]}]`,
			want: `{` + entSchemas + `,"` + SchemaEnterprise + `":{"manager":{"$ref":"http://x/Users/2","value":"2"}}}`},
		{name: "Entra manager away", ops: `[{"op":"Add","path":"` + SchemaEnterprise + `:manager","value":"271"},{"op":"replace","path":"` + SchemaEnterprise + `:manager","value":{"value":""}}]`},
		{name: "Entra roles as JSON", ops: `[{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"8ae0\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]}]`,
			want: `{"roles":[{"value":"Admin","display":"Administrator"}]}`},
		{name: "validator sends nothing", ops: `[]`},
		{name: "Okta deactivates", ops: `[{"op":"replace","value":{"active":false}}]`, want: `{"active":false}`},
	})
	runPatch(t, patchGroup, groupType, []patchCase{
		{name: "Entra removes members by value", ops: `[{"op":"Remove","path":"members","value":[{"$ref":null,"value":"a"}]}]`, want: `{"members":[{"value":"b"}]}`},
		{name: "letter of the RFC removes all", strict: true, ops: `[{"op":"remove","path":"members","value":[{"value":"a"}]}]`, want: `{"members":null}`},
		{name: "removing an unknown member", ops: `[{"op":"remove","path":"members","value":[{"value":"zz"}]}]`},
		{name: "removing an empty list", ops: `[{"op":"remove","path":"members","value":[]}]`},
		{name: "filter and value", ops: `[{"op":"remove","path":"members[value eq \"a\"]","value":[{"value":"b"}]}]`, want: `{"members":[{"value":"b"}]}`},
		{name: "Okta renames with id", ops: `[{"op":"replace","value":{"id":"g","displayName":"New"}}]`, want: `{"displayName":"New"}`},
		{name: "Okta empties", ops: `[{"op":"replace","path":"members","value":[]}]`, want: `{"members":null}`},
		{name: "Okta P7", ops: `[{"op":"replace","value":{"members":[],"id":"g","displayName":"New"}}]`, want: `{"displayName":"New","members":null}`},
		{name: "member as text", ops: `[{"op":"add","path":"members","value":"c"}]`, want: `{"members":[{"value":"a","display":"Babs"},{"value":"b"},{"value":"c"}]}`},
		{name: "immutable member id", ops: `[{"op":"replace","path":"members[value eq \"a\"].value","value":"z"}]`, err: Mutability},
		{name: "group name required", ops: `[{"op":"remove","path":"displayName"}]`, err: Mutability},
	})
}

func TestParsePatchShape(t *testing.T) {
	for in, typ := range map[string]string{
		`[]`: InvalidSyntax,
		`{}`: InvalidSyntax,
		`{"schemas":["urn:x"],"Operations":[{"op":"remove","path":"a"}]}`:            InvalidSyntax,
		`{"schemas":["` + SchemaPatchOp + `"]}`:                                      InvalidSyntax,
		`{"schemas":["` + SchemaPatchOp + `"],"Operations":{}}`:                      InvalidSyntax,
		`{"schemas":["` + SchemaPatchOp + `"],"Operations":["x"]}`:                   InvalidSyntax,
		`{"schemas":["` + SchemaPatchOp + `"],"Operations":[{"path":"a"}]}`:          InvalidSyntax,
		`{"schemas":["` + SchemaPatchOp + `"],"Operations":[{"op":"add","path":1}]}`: InvalidPath,
	} {
		if _, err := ParsePatch(mustView(t, in)); err == nil || err.ScimType != typ {
			t.Errorf("%s: %v, want %s", in, err, typ)
		}
	}
	ops, err := ParsePatch(mustView(t, `{"SCHEMAS":["`+strings.ToUpper(SchemaPatchOp)+`"],"operations":[{"OP":"add","Path":"a","VALUE":null},{"op":"remove","path":null}]}`))
	want := []Op{{Op: "add", Path: "a", HasPath: true, HasValue: true}, {Op: "remove"}}
	if d := cmp.Diff(want, ops); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestPatchLargeGroup(t *testing.T) {
	const n = 200000
	members := make([]any, n)
	for i := range members {
		members[i] = map[string]any{"value": "m" + itoa(i)}
	}
	group := map[string]any{"schemas": []any{SchemaGroup}, "displayName": "all", "members": members}
	out, changed, err := ApplyPatch(group, []Op{
		{Op: "add", Path: "members", HasPath: true, HasValue: true, Value: []any{map[string]any{"value": "m5"}, map[string]any{"value": "new"}}},
		{Op: "remove", Path: `members[value eq "m7"]`, HasPath: true},
	}, groupType, nil, Tolerances{})
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	if got := len(out["members"].([]any)); got != n {
		t.Errorf("%d members", got)
	}
	if len(members) != n || members[7].(map[string]any)["value"] != "m7" {
		t.Error("the original changed")
	}
}
