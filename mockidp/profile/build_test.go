package profile

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var loadOnce = sync.OnceValues(Embedded)

func embedded(t testing.TB) *Set {
	t.Helper()
	set, err := loadOnce()
	if err != nil {
		t.Fatalf("embedded profiles: %v", err)
	}
	return set
}

func build(t testing.TB, profile, builder string, args map[string]any) string {
	t.Helper()
	b, err := embedded(t).Profile(profile).Build(builder, args)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type m = map[string]any

func TestBuilders(t *testing.T) {
	jane := m{"id": "00u1", "login": "jane@test.com", "email": "jane@test.com", "firstName": "Jane", "lastName": "Smith", "displayName": "Jane Smith", "target": "u1"}
	bob := m{"id": "00u2", "login": "bob@test.com", "target": "u2"}
	group := m{"id": "00g1", "name": "Crew", "target": "g1"}
	cases := []struct {
		name, profile, builder, want string
		args                         m
	}{
		{"okta merges what it reads", "okta", "put-user",
			`{"extra":{"b":1.50,"a":"x/y"},"id":"u1","name":{"formatted":"J","familyName":"Smith","givenName":"Jane"},"userName":"jane@test.com","emails":[{"primary":true,"value":"jane@test.com","type":"work"}],"displayName":"Jane Smith","locale":"en-US","externalId":"00u1","groups":[]}`,
			m{"person": jane, "current": `{ "extra": {"b":1.50, "a":"x\/y"}, "id":"u1", "name":{"formatted":"J","familyName":"Old"}, "userName":"old" }`}},
		{"okta finds the mail by type", "okta", "put-user",
			`{"emails":[{"value":"jane@test.com","type":"work","primary":true},{"value":"h@x","type":"home"}],"userName":"jane@test.com","name":{"givenName":"Jane","familyName":"Smith"},"displayName":"Jane Smith","locale":"en-US","externalId":"00u1","groups":[]}`,
			m{"person": jane, "current": `{"emails":[{"value":"old@x","type":"work"},{"value":"h@x","type":"home"}]}`}},
		{"okta takes an emptied attribute out", "okta", "put-user",
			`{"title":null,"userName":"jane@test.com","name":{"givenName":"Jane","familyName":"Smith"},"emails":[{"primary":true,"value":"jane@test.com","type":"work"}],"displayName":"Jane Smith","locale":"en-US","externalId":"00u1","groups":[]}`,
			m{"person": jane, "current": `{"title":null,"nickName":"J","phoneNumbers":[{"primary":true,"value":"1","type":"work"}]}`, "changes": m{"nickName": m{"old": "J", "new": ""}, "workPhone": nil}}},
		{"okta echoes a list", "okta-aiw", "put-active", `{"resources":[],"Resources":[{"natsRole":"x"}],"active":false}`,
			m{"active": false, "current": `{"resources":[],"Resources":[{"natsRole":"x"}]}`}},
		{"okta flips active in place", "okta-aiw", "put-active", `{"active":true,"id":"1"}`, m{"active": true, "current": `{"active":"False","id":"1"}`}},
		{"okta adds an extension to schemas", "okta", "put-user",
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","teleport","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"x","name":{},"locale":"en-US","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7","department":"D"},"externalId":"e","groups":[]}`,
			m{"person": m{"id": "e", "login": "x", "department": "D", "employeeNumber": "7"}, "current": `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","teleport"],"userName":"y","name":{}}`}},
		{"okta removes first", "okta", "members-change",
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"u1\"]"},{"op":"add","path":"members","value":[{"value":"u2","display":"bob@test.com"}]}]}`,
			m{"remove": []any{jane}, "add": []any{bob}}},
		{"okta P6", "okta", "members-set", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"members":[{"value":"u2","display":"bob@test.com"}]}}]}`,
			m{"group": group, "members": []any{bob}, "traits": m{"setMembers": "pathless"}}},
		{"aiw rename keeps the server's members", "okta-aiw", "put-group", `{"displayName":"Crew","members":[{"value":"u9"}]}`,
			m{"group": group, "current": `{"displayName":"Old","members":[{"value":"u9"}]}`}},
		{"only people with an account are members", "okta-aiw", "put-group", `{"displayName":"Crew","members":[{"value":"u2","display":"bob@test.com"}]}`,
			m{"group": group, "members": []any{bob, m{"id": "x"}}, "current": `{"displayName":"Old"}`}},
		{"entra says False", "entra", "patch-active", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, m{"active": false}},
		{"entra adds what is missing and replaces what is there", "entra", "patch-user",
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"title","value":"Chef"},{"op":"Add","path":"nickName","value":"Jay"}]}`,
			m{"person": jane, "changes": m{"title": "Chef", "nickName": "Jay"}, "current": `{"title":"Cook"}`}},
		{"entra sends nothing for an emptied attribute", "entra", "patch-user", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[]}`,
			m{"person": m{"title": "Chef"}, "changes": m{"title": ""}, "current": `{"title":"Chef"}`}},
		{"entra strips the guest marker", "entra", "create-user",
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"7","userName":"ann_contoso.com@tenant.example","active":true,"meta":{"resourceType":"User"},"name":{"formatted":"Ann Berg","familyName":"Berg","givenName":"Ann"},"roles":[]}`,
			m{"person": m{"id": "7", "login": "ann_contoso.com#EXT#@tenant.example", "firstName": "Ann", "lastName": "Berg", "active": true}}},
		{"the flag gathers plain attributes", "entra-062020", "patch-user",
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":"2"},{"op":"add","value":{"title":"T","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"D"}}]}`,
			m{"person": jane, "changes": m{"title": "T", "department": "D", "workPhone": "2"}, "current": `{"phoneNumbers":[{"type":"work","value":"1"}]}`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, build(t, c.profile, c.builder, c.args)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuilderErrors(t *testing.T) {
	for name, c := range map[string]struct {
		builder, want string
		args          m
	}{
		"no such builder": {"nothing", "no builder", nil},
		"no person":       {"create-user", "not a person", m{"person": "x"}},
		"list":            {"put-active", "no JSON object", m{"current": "[]"}},
		"broken":          {"put-active", "not JSON", m{"current": "{"}},
		"deep":            {"put-active", "nested deeper", m{"current": strings.Repeat("[", 5000)}},
		"no group":        {"put-group", "not a group", nil},
	} {
		_, err := embedded(t).Profile("okta").Build(c.builder, c.args)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestTreeKeepsEverything: reading and writing loses no member, no order and no number, for any JSON.
func TestTreeKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genTree(3).Draw(t, "tree")
		got, err := parseTree(want.bytes())
		if err != nil {
			t.Fatalf("%s: %v", want.bytes(), err)
		}
		if string(got.bytes()) != string(want.bytes()) {
			t.Fatalf("read back %s, want %s", got.bytes(), want.bytes())
		}
		if !json.Valid(want.bytes()) {
			t.Fatalf("not JSON: %s", want.bytes())
		}
	})
}

func genTree(depth int) *rapid.Generator[*tree] {
	return rapid.Custom(func(t *rapid.T) *tree {
		kinds := 3
		if depth == 0 {
			kinds = 1
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 1:
			return array(rapid.SliceOfN(genTree(depth-1), 0, 3).Draw(t, "items")...)
		case 2:
			o := object()
			for _, k := range rapid.SliceOfNDistinct(rapid.String(), 0, 3, rapid.ID[string]).Draw(t, "keys") {
				o.set(strings.ToValidUTF8(k, "?"), genTree(depth-1).Draw(t, "member"))
			}
			return o
		}
		return leaf(rapid.OneOf(rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](json.Number("1.50")), rapid.Map(rapid.String(), func(s string) any { return strings.ToValidUTF8(s, "?") })).Draw(t, "scalar"))
	})
}

// TestPutTouchesOnlyMappedLeaves: whatever else the server's user holds comes back unchanged and in its order.
func TestPutTouchesOnlyMappedLeaves(t *testing.T) {
	set := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		extra := genTree(2).Draw(t, "extra")
		cur := object().set("x-before", extra).set("userName", leaf("old")).set("meta", extra)
		b, err := set.Profile("okta").Build("put-user", m{"person": m{"id": "1", "login": "new"}, "current": string(cur.bytes())})
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseTree(b)
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range []string{"x-before", "userName", "meta"} {
			if got.members[i].key != k {
				t.Fatalf("member %d is %q, want %q in %s", i, got.members[i].key, k, b)
			}
		}
		if string(got.get("meta").bytes()) != string(extra.bytes()) {
			t.Fatalf("meta is %s, want %s", got.get("meta").bytes(), extra.bytes())
		}
	})
}

func FuzzParseTree(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, `"\ud800"`, `{"a":1,"a":2}`, `[`, `{} x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, err := parseTree(b)
		if err != nil {
			return
		}
		again, err := parseTree(tr.bytes())
		if err != nil || string(again.bytes()) != string(tr.bytes()) {
			t.Fatalf("%q: %v, %s and %s", b, err, tr.bytes(), again.bytes())
		}
	})
}

func TestParseTarget(t *testing.T) {
	for s, want := range map[string]target{
		"title":                                    {attr: "title"},
		"name.givenName":                           {attr: "name", sub: "givenName"},
		`emails[type eq "work"].value`:             {attr: "emails", fAttr: "type", fVal: "work", sub: "value"},
		`roles.^[type=='LICENSED_USER'].value`:     {attr: "roles", fAttr: "type", fVal: "LICENSED_USER", sub: "value"},
		"urn:x:ext:2.0:User:manager.value":         {urn: "urn:x:ext:2.0:User", attr: "manager", sub: "value"},
		"urn:x:User:contacts[primary eq true].val": {urn: "urn:x:User", attr: "contacts", fAttr: "primary", fVal: true, sub: "val"},
	} {
		got, err := parseTarget(s)
		want.text = s
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "emails[type]", "emails[type eq work]", "a b", "emails[type eq \"x\""} {
		if _, err := parseTarget(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}
