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

func oneloginScenes() []scene {
	own := []string{"Users/u1", "Groups/g1"}
	jane := func(target string) obj {
		return obj{"id": "1", "login": "jane@test.com", "email": "jane@test.com", "firstName": "Jane", "lastName": "Smith", "active": true, "target": target}
	}
	legacy := profile.Variant{Traits: obj{"schemas": "legacy"}}
	group := obj{"id": "9", "name": "Droids", "target": "g1", "members": []any{obj{"id": "1", "target": "u1"}}}
	return []scene{
		{name: "connect", plays: []play{{"test-connection", nil}}, answers: []string{nobody}, shows: []string{""}},
		{name: "match", plays: []play{{"match-user", obj{"person": jane("")}}}, answers: []string{nobody}, shows: []string{"match-user/1"}},
		{name: "join", plays: []play{{"create-user", obj{"person": jane("")}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/1"}},
		{name: "join with a mail as an object", variant: profile.Variant{Traits: obj{"emails": "object"}}, plays: []play{{"create-user", obj{"person": jane("")}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/emails-as-object"}},
		{name: "update", own: own, variant: legacy, plays: []play{{"update-user", obj{"person": jane("u1")}}}, answers: []string{nobody, ok(existing)}, shows: []string{"", "update-user/1"}},
		{name: "leave", own: own, plays: []play{{"deactivate-user", obj{"person": jane("u1")}}}, answers: []string{ok(existing)}, shows: []string{"deactivate-user/1"}},
		{name: "return", own: own, plays: []play{{"reactivate-user", obj{"person": jane("u1")}}}, answers: []string{ok(existing)}, shows: []string{"reactivate-user/1"}},
		{name: "remove", own: own, plays: []play{{"delete-user", obj{"person": jane("u1")}}}, answers: []string{nothing}, shows: []string{"delete-user/1"}},
		{name: "import", plays: []play{{"import-users", nil}}, answers: []string{nobody}, shows: []string{"import-users/1"}},
		{name: "push", plays: []play{{"push-group", obj{"group": obj{"id": "9", "name": "Droids", "members": []any{}}}}}, answers: []string{nobody, made("g1")}, shows: []string{"match-group/1", "push-group/1"}},
		{name: "change members", own: own, plays: []play{{"add-members", obj{"group": group, "members": []any{obj{"id": "1", "target": "u1"}}}}}, answers: []string{nothing}, shows: []string{"membership/1"}},
	}
}

func jumpcloudScenes() []scene {
	own := []string{"Users/u1", "Groups/g1"}
	jane := func(target string) obj {
		return obj{"id": "64b7f0c2a1d4e5f6a7b8c9d0", "login": "jane@test.com", "email": "jane@test.com", "firstName": "Jane", "lastName": "Smith", "displayName": "Jane Smith", "active": true, "target": target}
	}
	full := jane("")
	more := obj{"streetAddress": "1 Pier", "city": "Oslo", "workPhone": "tel:+1-5550100", "locale": "en-US", "preferredLanguage": "en"}
	for k, v := range more {
		full[k] = v
	}
	titled := jane("u1")
	titled["title"], titled["department"] = "Chef", "Kitchen"
	group := func() obj {
		return obj{"id": "9", "name": "Droids", "target": "g1", "members": []any{obj{"id": "1", "target": "u1"}}}
	}
	one := []any{obj{"id": "1", "target": "u1"}}
	return []scene{
		{name: "activate", own: own, plays: []play{{"test-connection", nil}}, answers: []string{made("u1"), made("g1"), ok(existing), nothing, nothing},
			shows: []string{"test-connection/1", "test-connection/2", "test-connection/update-test-user", "test-connection/3", "test-connection/4"}},
		{name: "match", plays: []play{{"match-user", obj{"person": jane("")}}}, answers: []string{nobody}, shows: []string{"match-user/1"}},
		{name: "join", plays: []play{{"create-user", obj{"person": full}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/1"}},
		{name: "update", own: own, plays: []play{{"update-user", obj{"person": titled}}}, answers: []string{ok(existing)}, shows: []string{"update-user/1"}},
		{name: "leave", own: own, plays: []play{{"deactivate-user", obj{"person": jane("u1")}}}, answers: []string{ok(existing)}, shows: []string{"deactivate-user/1"}},
		{name: "remove", own: own, plays: []play{{"delete-user", obj{"person": jane("u1")}}}, answers: []string{nothing}, shows: []string{"delete-user/1"}},
		{name: "rename", own: own, plays: []play{{"rename-group", obj{"group": group(), "name": "Robots"}}}, answers: []string{nothing}, shows: []string{"rename-group/1"}},
		{name: "add", own: own, plays: []play{{"add-members", obj{"group": group(), "members": one}}, {"add-members", obj{"group": group(), "members": one}}}, answers: []string{nothing, nothing}, shows: []string{"add-members/1", "add-members/repeated"}},
		{name: "take out", own: own, plays: []play{{"remove-members", obj{"group": group(), "members": one}}}, answers: []string{nothing}, shows: []string{"remove-members/1"}},
	}
}
