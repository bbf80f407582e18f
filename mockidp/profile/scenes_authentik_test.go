package profile_test

import "github.com/scimmage/scimmage/mockidp/profile"

// configuration is a ServiceProviderConfig as authentik reads it.
func configuration(patch string) string {
	return ok(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"patch":{"supported":` + patch + `},"filter":{"supported":true,"maxResults":100},"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0}}`)
}

const existing = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"jane@test.com"}`

// client is a person as the captures of the open-source clients have them.
func client(target string) obj {
	p := obj{"id": "d0c5", "login": "u", "email": "u@example.com", "firstName": "First", "lastName": "Last", "displayName": "First Last", "active": true}
	if target != "" {
		p["target"] = target
	}
	return p
}

func authentikScenes() []scene {
	yes, no := configuration("true"), configuration("false")
	group := func(target string, members ...any) obj {
		g := obj{"id": "g-ext", "name": "Droids", "members": members}
		if target != "" {
			g["target"] = target
		}
		return g
	}
	a, b := obj{"id": "1", "target": "u1"}, obj{"id": "2", "target": "u2"}
	own := []string{"Users/u1", "Groups/g1"}
	bob := obj{"id": "1", "login": "jane@test.com", "active": true}
	return []scene{
		{name: "connect", plays: []play{{"test-connection", nil}}, answers: []string{yes}, shows: []string{"test-connection/1"}},
		{name: "resource types", plays: []play{{"discover-schema", nil}}, answers: []string{nobody}, shows: []string{"discover-schema/resource-types"}},
		{name: "discover users", plays: []play{{"import-users", nil}}, answers: []string{list(2, existing), list(2, existing)}, shows: []string{"import-users/1", "import-users/2"}},
		{name: "discover groups", plays: []play{{"import-groups", nil}}, answers: []string{list(2, groupJSON), list(2, groupJSON)}, shows: []string{"import-groups/1", "import-groups/2"}},
		{name: "join", plays: []play{{"create-user", obj{"person": client("")}}}, answers: []string{yes, made("u1")}, shows: []string{"", "create-user/1"}},
		{name: "join without a name", plays: []play{{"create-user", obj{"person": obj{"id": "1", "login": "u"}}}}, answers: []string{yes, made("u1")}, shows: []string{"", "create-user/empty-name"}},
		{name: "take over", plays: []play{{"create-user", obj{"person": bob}}}, answers: []string{yes, "409 {}", list(1, existing)}, shows: []string{"", "", "match-user/after-409"}},
		{name: "update", own: own, plays: []play{{"update-user", obj{"person": client("u1")}}}, answers: []string{ok(existing)}, shows: []string{"update-user/1"}},
		{name: "leave", own: own, plays: []play{{"deactivate-user", obj{"person": client("u1")}}}, answers: []string{ok(existing)}, shows: []string{"deactivate-user/1"}},
		{name: "return", own: own, plays: []play{{"reactivate-user", obj{"person": client("u1")}}}, answers: []string{ok(existing)}, shows: []string{"reactivate-user/1"}},
		{name: "remove", own: own, plays: []play{{"delete-user", obj{"person": client("u1")}}}, answers: []string{nothing}, shows: []string{"delete-user/1"}},
		{name: "push with PATCH", own: own, plays: []play{{"push-group", obj{"group": group("", a, b)}}}, answers: []string{yes, made("g1"), nothing}, shows: []string{"", "push-group/patch-supported", "add-members/1"}},
		{name: "push without PATCH", own: own, plays: []play{{"push-group", obj{"group": group("", a)}}}, answers: []string{no, made("g1")}, shows: []string{"", "push-group/patch-not-supported"}},
		{name: "push to a group that exists", own: own, plays: []play{{"push-group", obj{"group": group("")}}}, answers: []string{yes, "409 {}", list(1, groupJSON)}, shows: []string{"", "", "match-group/after-409"}},
		{name: "rename", own: own, plays: []play{{"rename-group", obj{"group": group("g1")}}}, answers: []string{yes, nothing, ok(groupJSON)}, shows: []string{"", "rename-group/patch", "rename-group/read-after"}},
		{name: "rename until 2026.5", as: "authentik-2026.5", own: own, plays: []play{{"rename-group", obj{"group": group("g1")}}}, answers: []string{yes, nothing, ok(groupJSON)}, shows: []string{"", "rename-group/patch-with-id"}},
		{name: "rename at AWS", own: own, variant: profile.Variant{Traits: obj{"mode": "aws"}}, plays: []play{{"rename-group", obj{"group": group("g1")}}}, answers: []string{yes, nothing, ok(groupJSON)}, shows: []string{"", "rename-group/aws"}},
		{name: "write an empty group", own: own, plays: []play{{"rename-group", obj{"group": group("g1")}}}, answers: []string{no, ok(groupJSON)}, shows: []string{"", "rename-group/put"}},
		{name: "write a group until 2026.5", as: "authentik-2026.5", own: own, plays: []play{{"rename-group", obj{"group": group("g1", a)}}}, answers: []string{no, ok(groupJSON)}, shows: []string{"", "rename-group/put-before-25024"}},
		{name: "remove a member", own: own, plays: []play{{"remove-members", obj{"group": group("g1", a, b), "members": []any{b}}}}, answers: []string{yes, nothing}, shows: []string{"", "remove-members/since-23800"}},
		{name: "remove a member until 2026.5", as: "authentik-2026.5", own: own, plays: []play{{"remove-members", obj{"group": group("g1", a, b), "members": []any{b}}}}, answers: []string{yes, nothing}, shows: []string{"", "remove-members/up-to-2026.5"}},
		{name: "delete a group", own: own, plays: []play{{"delete-group", obj{"group": group("g1")}}}, answers: []string{nothing}, shows: []string{"delete-group/1"}},
	}
}
