package profile

import (
	"strings"
	"testing"
)

// TestPatchChanges: one replace for each changed mapping, sub-attributes apart or as an object of those that changed, and everything where nothing
// that is mapped changed.
func TestPatchChanges(t *testing.T) {
	type m = map[string]any
	jane := m{"target": "u1", "id": "1", "login": "jane", "firstName": "Jane", "lastName": "Smith", "displayName": "Jane Smith", "email": "jane@example.com", "active": true}
	const patch = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`
	for name, c := range map[string]struct {
		traits, changes m
		want            string
	}{
		"paths":                 {nil, m{"lastName": "Doe", "title": "Chef"}, `{"op":"replace","path":"name.familyName","value":"Doe"},{"op":"replace","path":"title","value":"Chef"}]}`},
		"object":                {m{"patchForm": "object"}, m{"lastName": "Doe"}, `{"op":"replace","path":"name","value":{"familyName":"Doe"}}]}`},
		"old and new":           {nil, m{"displayName": m{"old": "J", "new": "Jane Smith"}}, `{"op":"replace","path":"displayName","value":"Jane Smith"}]}`},
		"a list":                {nil, m{"email": "j@example.com"}, `{"op":"replace","path":"emails","value":[{"primary":true,"value":"j@example.com","type":"work"}]}]}`},
		"what was emptied":      {nil, m{"lastName": "Doe", "displayName": ""}, `{"op":"replace","path":"name.familyName","value":"Doe"}]}`},
		"false":                 {nil, m{"active": false}, `{"op":"replace","path":"active","value":false}]}`},
		"nothing that is known": {m{"patchForm": "object"}, m{"shoeSize": "42"}, `{"op":"replace","path":"userName","value":"jane"},{"op":"replace","path":"externalId","value":"1"},{"op":"replace","path":"name","value":{"givenName":"Jane","familyName":"Smith"}},{"op":"replace","path":"displayName","value":"Jane Smith"},{"op":"replace","path":"emails","value":[{"primary":true,"value":"jane@example.com","type":"work"}]},{"op":"replace","path":"active","value":true}]}`},
	} {
		got, err := embedded(t).Profile("google").Build("patch-changes", m{"person": jane, "changes": c.changes, "traits": c.traits})
		if err != nil || string(got) != patch+c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, patch+c.want)
		}
	}
}

// TestOptionProfiles: a client of which only options are known says so, claims no capture of its operations, and offers what is open.
func TestOptionProfiles(t *testing.T) {
	seen := 0
	for _, p := range embedded(t).Profiles {
		pub := p.Public()
		if says := strings.HasSuffix(pub.Title, "(option profile)"); says != (p.Known() == OptionBasis) || says != (pub.Basis == OptionBasis) {
			t.Errorf("%s, which is %s, is shown as %q, basis %q", p.ID, p.Known(), pub.Title, pub.Basis)
		}
		if p.Known() != OptionBasis {
			continue
		}
		seen++
		if len(p.Options) == 0 || len(pub.Options) != len(p.Options) {
			t.Errorf("%s offers %d options and shows %d", p.ID, len(p.Options), len(pub.Options))
		}
		for _, o := range p.Listed() {
			if o.Evidence == Captured {
				t.Errorf("%s/%s is said to be captured", p.ID, o.ID)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d option profiles", seen)
	}
}
