package profile_test

// accounts is a list of one account of that externalId.
func accounts(externalID string) string {
	return list(1, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"jane@test.com","externalId":"`+externalID+`"}`)
}

func member(target string) obj {
	return obj{"id": "d-" + target, "login": "jane@test.com", "target": target}
}

func club(target string, members ...any) obj {
	g := obj{"id": "g-ext", "name": "Droids", "members": members}
	if target != "" {
		g["target"] = target
	}
	return g
}

func openPerson(target string) obj {
	p := obj{"id": "d0c5", "login": "jane@test.com", "email": "jane@test.com", "firstName": "Jane", "lastName": "Smith", "displayName": "Jane Smith", "active": true, "password": "pw-1", "roles": []any{obj{"value": "admin"}}}
	if target != "" {
		p["target"] = target
	}
	return p
}

var openOwn = []string{"Users/u1", "Users/u2", "Groups/g1"}

func rauthyScenes() []scene {
	plus := openPerson("")
	plus["login"] = "jane+tag@test.com"
	echoed := `201 {"id":"g1","externalId":"g-ext"}`
	return []scene{
		{name: "save", plays: []play{{"test-connection", nil}}, answers: []string{nobody}, shows: []string{"import-groups/1"}},
		{name: "read groups", plays: []play{{"import-groups", obj{"start": 101}}}, answers: []string{nobody}, shows: []string{"import-groups/2"}},
		{name: "join", plays: []play{{"create-user", obj{"person": openPerson("")}}}, answers: []string{nobody, nobody, made("u1")}, shows: []string{"match-user/1", "match-user/2", "create-user/1"}},
		{name: "look for an address with a plus", plays: []play{{"match-user", obj{"person": plus}}}, answers: []string{nobody, nobody}, shows: []string{"", "match-user/2-plus-in-address"}},
		{name: "update", own: openOwn, plays: []play{{"update-user", obj{"person": openPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"update-user/1"}},
		{name: "leave", own: openOwn, plays: []play{{"deactivate-user", obj{"person": openPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"deactivate-user/1"}},
		{name: "remove", own: openOwn, plays: []play{{"delete-user", obj{"person": openPerson("u1")}}}, answers: []string{nothing}, shows: []string{"delete-user/1"}},
		{name: "push", plays: []play{{"push-group", obj{"group": club("")}}}, answers: []string{nobody, nobody, echoed}, shows: []string{"match-group/1", "match-group/2", "push-group/1"}},
		{name: "rename", own: openOwn, plays: []play{{"rename-group", obj{"group": club("g1"), "name": "Robots"}}}, answers: []string{nothing}, shows: []string{"rename-group/1"}},
		{name: "unlink", own: openOwn, plays: []play{{"unlink-group", obj{"group": club("g1")}}}, answers: []string{nothing}, shows: []string{"rename-group/unlink"}},
		{name: "add", own: openOwn, plays: []play{{"add-members", obj{"group": club("g1"), "members": []any{member("u1")}}}}, answers: []string{nothing}, shows: []string{"add-members/1"}},
		{name: "take out", own: openOwn, plays: []play{{"remove-members", obj{"group": club("g1", member("u1")), "members": []any{member("u1")}}}}, answers: []string{nothing}, shows: []string{"remove-members/1"}},
	}
}

func pocketScenes() []scene {
	mute := openPerson("")
	mute["email"] = ""
	return []scene{
		{name: "read", plays: []play{{"import-users", nil}}, answers: []string{list(2, existing), list(2, existing)}, shows: []string{"import-users/1", "import-users/2"}},
		{name: "read groups", plays: []play{{"import-groups", nil}}, answers: []string{list(1, groupJSON)}, shows: []string{"import-groups/1"}},
		{name: "join", plays: []play{{"create-user", obj{"person": openPerson("")}}}, answers: []string{list(1, existing), made("u1")}, shows: []string{"", "create-user/1"}},
		{name: "join without a mail", plays: []play{{"create-user", obj{"person": mute}}}, answers: []string{list(1, existing), made("u1")}, shows: []string{"", "create-user/without-email"}},
		{name: "write over", own: openOwn, plays: []play{{"create-user", obj{"person": openPerson("")}}}, answers: []string{accounts("d0c5"), ok(existing)}, shows: []string{"", "update-user/1"}},
		{name: "leave", own: openOwn, plays: []play{{"deactivate-user", obj{"person": openPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"deactivate-user/1"}},
		{name: "delete the unknown", own: openOwn, plays: []play{{"delete-unknown", obj{"people": []any{obj{"id": "other"}}, "disposable": true, "own": []any{"u1"}}}}, answers: []string{accounts("d0c5"), nothing}, shows: []string{"", "delete-user/1"}},
		{name: "delete the unknown of the second page", own: openOwn, plays: []play{{"delete-unknown", obj{"people": []any{obj{"id": "other"}}, "disposable": true, "own": []any{"u1"}}}}, answers: []string{list(2, `{"id":"u9","userName":"eve@test.com"}`), list(2, existing), nothing}, shows: []string{"import-users/1", "import-users/2", "delete-user/1"}},
		{name: "push", own: openOwn, plays: []play{{"push-group", obj{"group": club("", member("u1"))}}}, answers: []string{list(1, groupJSON), made("g1")}, shows: []string{"", "push-group/1"}},
		{name: "write a group", own: openOwn, plays: []play{{"add-members", obj{"group": club("g1"), "members": []any{member("u1")}}}}, answers: []string{ok(groupJSON)}, shows: []string{"replace-members/1"}},
		{name: "empty a group", own: openOwn, plays: []play{{"remove-members", obj{"group": club("g1", member("u1")), "members": []any{member("u1")}}}}, answers: []string{ok(groupJSON)}, shows: []string{"replace-members/empty"}},
		{name: "delete a group", own: openOwn, plays: []play{{"delete-group", obj{"group": club("g1")}}}, answers: []string{nothing}, shows: []string{"delete-group/1"}},
	}
}

func keycloakScenes() []scene {
	return []scene{
		{name: "import", plays: []play{{"test-connection", nil}}, answers: []string{nobody}, shows: []string{"mitodl/import-users/1"}},
		{name: "join", plays: []play{{"create-user", obj{"person": openPerson("")}}}, answers: []string{made("u1")}, shows: []string{"mitodl/create-user/1"}},
		{name: "update", own: openOwn, plays: []play{{"update-user", obj{"person": openPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"mitodl/update-user/put"}},
		{name: "leave", own: openOwn, plays: []play{{"deactivate-user", obj{"person": openPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"mitodl/deactivate-user/put"}},
		{name: "remove", own: openOwn, plays: []play{{"delete-user", obj{"person": openPerson("u1")}}}, answers: []string{nothing}, shows: []string{"mitodl/delete-user/1"}},
		{name: "push", own: openOwn, plays: []play{{"push-group", obj{"group": club("", member("u1"))}}}, answers: []string{made("g1")}, shows: []string{"mitodl/push-group/1"}},
		{name: "change members", own: openOwn, plays: []play{{"add-members", obj{"group": club("g1"), "members": []any{openPerson("u1")}}}}, answers: []string{ok(groupJSON), ok(existing)}, shows: []string{"mitodl/replace-members/put", "mitodl/replace-members/user-after"}},
	}
}

func connidScenes() []scene {
	return []scene{
		{name: "test", plays: []play{{"test-connection", nil}}, answers: []string{nobody}, shows: []string{"test-connection/1"}},
		{name: "join", plays: []play{{"create-user", obj{"person": openPerson("")}}}, answers: []string{nobody, made("u1")}, shows: []string{"match-user/1", ""}},
		{name: "update", own: openOwn, plays: []play{{"update-user", obj{"person": openPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"update-user/put"}},
		{name: "add", own: openOwn, plays: []play{{"add-members", obj{"group": club("g1"), "members": []any{member("u1")}}}}, answers: []string{nothing}, shows: []string{"add-members/1"}},
		{name: "take one out", own: openOwn, plays: []play{{"remove-members", obj{"group": club("g1", member("u1")), "members": []any{member("u1")}}}}, answers: []string{nothing}, shows: []string{"remove-members/filter-and-value"}},
		{name: "take several out", own: openOwn, plays: []play{{"remove-members", obj{"group": club("g1"), "members": []any{member("u1"), member("u2")}}}}, answers: []string{nothing}, shows: []string{"remove-members/several"}},
		{name: "rename", own: openOwn, plays: []play{{"rename-group", obj{"group": club("g1"), "name": "Robots"}}}, answers: []string{nothing}, shows: []string{"rename-group/patch"}},
		{name: "remove", own: openOwn, plays: []play{{"delete-user", obj{"person": openPerson("u1")}}}, answers: []string{nothing}, shows: []string{"delete-user/1"}},
		{name: "delete a group", own: openOwn, plays: []play{{"delete-group", obj{"group": club("g1")}}}, answers: []string{nothing}, shows: []string{"delete-group/1"}},
	}
}
