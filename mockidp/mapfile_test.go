package mockidp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/mockidp/profile"
)

func rowsOf(f *MappingFile) map[string]string {
	out := map[string]string{}
	for _, r := range f.Rows {
		switch {
		case r.Dropped && !strings.HasPrefix(r.Target, "urn:") && r.Target != "userType" && r.Target != "title":
		case r.Dropped:
			out[r.Target] = "dropped"
		default:
			out[r.Target] = strings.Join(strings.Fields(r.Source+" "+r.Expression+" "+r.Constant+" "+r.Apply), " ")
		}
	}
	return out
}

// TestReadMappings: what Okta and Entra export, and what is left out of it.
func TestReadMappings(t *testing.T) {
	profiles, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	okta, err := ReadMappings(profiles, "okta", []byte("\xef\xbb\xbf"+`{"id":"prm1","properties":{"userName":{"expression":"user.login","pushStatus":"PUSH"},"email":{"expression":"user.email"},"primaryPhone":{"expression":"user.primaryPhone"},
		"postalCode":{"expression":"user.zipCode"},"nickName":{"expression":"String.toUpperCase(user.zipCode)","pushStatus":"DONT_PUSH"},"addressType":{"expression":"'work'"},"badge":{"expression":"user.badge"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := rowsOf(okta)
	for target, want := range map[string]string{"userName": "login", "emails[primary eq true].value": "email", "phoneNumbers[primary eq true].value": "workPhone", "addresses[type eq \"work\"].postalCode": "zip", "nickName": "String.toUpperCase(user.zip) create", "title": "dropped", "userType": "dropped"} {
		if got[target] != want {
			t.Errorf("okta, %s: %q, want %q", target, got[target], want)
		}
	}
	for _, r := range okta.Rows {
		if r.Dropped && (r.Target == "externalId" || r.Target == "password" || strings.HasSuffix(r.Target, ".type")) {
			t.Errorf("%s is dropped, which no export of Okta names", r.Target)
		}
	}
	if len(okta.Notes) != 2 || !strings.Contains(okta.Notes[1], "badge") {
		t.Errorf("%q", okta.Notes)
	}
	entra, err := ReadMappings(profiles, "entra", []byte(`{"synchronizationRules":[{"objectMappings":[
		{"enabled":true,"sourceObjectName":"Group","attributeMappings":[{"targetAttributeName":"displayName","source":{"type":"Attribute","name":"displayName"}}]},
		{"enabled":false,"sourceObjectName":"User","attributeMappings":[{"targetAttributeName":"title","source":{"type":"Attribute","name":"nobody"}}]},
		{"enabled":true,"sourceObjectName":"User","attributeMappings":[
			{"targetAttributeName":"userName","matchingPriority":2,"source":{"type":"Attribute","name":"userPrincipalName","expression":"[userPrincipalName]"}},
			{"targetAttributeName":"externalId","matchingPriority":1,"source":{"type":"Attribute","name":"mailNickname","expression":"[mailNickname]"}},
			{"targetAttributeName":"active","source":{"type":"Function","expression":"Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")"}},
			{"targetAttributeName":"userType","flowType":"ObjectAddOnly","source":{"type":"Constant","expression":"\"Employee\""}},
			{"targetAttributeName":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","source":{"type":"Attribute","name":"manager","expression":"[manager]"}},
			{"targetAttributeName":"roles[primary eq \"True\"].value","source":{"type":"Function","expression":"SingleAppRoleAssignment([appRoleAssignments])"}}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	got = rowsOf(entra)
	for target, want := range map[string]string{"userName": "userPrincipalName", "userType": "Employee create", "title": "dropped", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": "managerTarget", "roles": "", "active": "", "externalId": ""} {
		if got[target] != want {
			t.Errorf("entra, %s: %q, want %q", target, got[target], want)
		}
	}
	if d := cmp.Diff(map[string]any{"roles": "single", "matching": "externalId", "matchingNext": []any{"userName"}}, entra.Traits); d != "" {
		t.Error(d)
	}
	p, err := Remapped(profiles, "entra", entra)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"title": true, "userType": true, "roles": false, "active": false, "externalId": false, "emails": true, "displayName": true, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": false} {
		if p.Remapped(path) != want {
			t.Errorf("%s: remapped %v, want %v", path, !want, want)
		}
	}
}

func TestReadMappingsRefuses(t *testing.T) {
	profiles, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for in, says := range map[string]string{"": "empty", "{": "line 1", "{}": "neither", "[{}]": "a list", "- {target: a, source: b}\n- {target: a, source: c}": "twice", "target: x": "list of rows", "- {source: x, tarket: y}": "tarket", "[]": "a list",
		`{"properties":{"title":{"expression":"user.title"}}}`: "userName", `{"properties":{"shoe":{"expression":"user.shoe"}}}`: "none of its properties", `{"synchronizationRules":[{"objectMappings":[]}]}`: "none of its object mappings"} {
		if _, err := ReadMappings(profiles, "okta", []byte(in)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", in, err)
		}
	}
	if _, err := ReadMappings(profiles, "nobody", nil); err == nil {
		t.Error("an unknown profile is taken")
	}
	if _, err := Remapped(profiles, "okta", &MappingFile{Rows: []MappingRow{{Target: "honorificPrefix", Dropped: true}}}); err == nil {
		t.Error("what is not mapped is dropped without a word")
	}
}
