package profile_test

import (
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/mockidp/profile"
)

const (
	nobody  = `200 {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`
	nothing = `204 `
)

func list(total int, resources ...string) string {
	return fmt.Sprintf(`200 {"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"startIndex":1,"itemsPerPage":%d,"Resources":[%s]}`, total, len(resources), strings.Join(resources, ","))
}

func made(id string) string { return `201 {"id":"` + id + `"}` }

func ok(body string) string { return "200 " + body }

// octocat is the sample user that the captured AIW app read (C3), keys in the alphabetical order of its logger.
func octocat(active bool) string {
	return fmt.Sprintf(`{"active":%v,"displayName":"Mona Octocat","emails":[{"primary":true,"value":"octocat@github.com"}],"externalId":"00u6a15d23T9AeHhF5d7","id":"5fc0c238-1112-11e8-8e45-920c87bdbd75",`+
		`"meta":{"created":"2018-02-13T15:05:24.000-08:00","lastModified":"2018-02-13T15:05:55.000-08:00","location":"https://%s","resourceType":"User"},`+
		`"name":{"familyName":"Octocat","formatted":"Mona Octocat","givenName":"Mona"},"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"octocat@github.com"}`, active, strings.Repeat("x", 88))
}

func jane() obj {
	return obj{"id": "00u6a15d23T9AeHhF5d7", "login": "jane@test.com", "email": "jane@test.com", "firstName": "Jane", "lastName": "Smith", "displayName": "Jane Smith", "locale": "en-US", "password": "gl^m&qWZ"}
}

func linked(id string) obj {
	p := jane()
	p["target"] = id
	return p
}

func person(id, login string) obj { return obj{"id": "00u" + id, "login": login, "target": id} }

func droids() obj {
	return obj{"id": "00g1", "name": "Droids", "members": []any{person("cc2573a1-e1c4-491d-a3db-ae4a2e078d61", "bb-8@iamciam.dev"), person("478c4cf4-1aa3-41a1-93da-4c154c5955e0", "c-3po@iamciam.dev")}}
}

const (
	inactiveHit = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"jane@test.com","active":false}`
	activeHit   = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"jane@test.com","active":true}`
	groupJSON   = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g1","displayName":"Droids","members":[]}`
)

func commonOktaScenes() []scene {
	return []scene{
		{name: "connect", plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"", "test-connection/2"}},
		{name: "match", plays: []play{{"match-user", obj{"person": obj{"login": "test.user@okta.local"}}}}, answers: []string{nobody}, shows: []string{"match-user/1"}},
		{name: "link", own: []string{"Users/u1"}, plays: []play{{"create-user", obj{"person": jane()}}}, answers: []string{list(1, activeHit), ok(activeHit), ok(activeHit)},
			shows: []string{"link-existing/1", "link-existing/2", ""}},
		{name: "update", own: []string{"Users/u1"}, plays: []play{{"update-user", obj{"person": linked("u1"), "changes": obj{"title": "Chef"}}}}, answers: []string{ok(activeHit), ok(activeHit)},
			shows: []string{"update-user/1", "update-user/2"}},
		{name: "import users", plays: []play{{"import-users", nil}}, answers: []string{list(150, activeHit), list(150)}, shows: []string{"import-users/1", "import-users/2"}},
		{name: "import groups", plays: []play{{"import-groups", nil}}, answers: []string{nobody}, shows: []string{"import-groups/1"}},
		{name: "delete group", own: []string{"Groups/g1"}, plays: []play{{"delete-group", obj{"group": obj{"name": "x", "target": "g1"}}}}, answers: []string{nothing}, shows: []string{"delete-group/1"}},
	}
}

func aiwScenes() []scene {
	bare := obj{"id": "00u18ep2sjmnGT1wk698", "login": "test.joiner@example.com", "email": "test.joiner@example.com", "emailType": "", "firstName": "test", "lastName": "joiner", "locale": "", "password": "wA&&cprB"}
	enterprise := obj{"id": "00u1", "login": "e", "title": "T", "department": "D", "password": "p"}
	extended := linked("u1")
	more := obj{"workPhone": "555 98765432", "employeeNumber": "1", "costCenter": "2", "organization": "3", "department": "4"}
	for k, v := range more {
		extended[k] = v
	}
	two := obj{"id": "00g2", "name": "KOTestGroup Test", "target": "fc0a8962-1", "members": []any{obj{"id": "a", "target": "e07986cd-1"}, obj{"id": "b", "target": "6c320c45-2"}}}
	empty := func() obj { return obj{"id": "00g3", "name": "Empty", "members": []any{}} }
	mona := linked("5fc0c238-1112-11e8-8e45-920c87bdbd75")
	return append(commonOktaScenes(), []scene{
		{name: "connect, first request", plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"test-connection/1"}},
		{name: "connect of 2018", plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"test-connection/printed-2018"}},
		{name: "join", plays: []play{{"create-user", obj{"person": bare}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/1"}},
		{name: "join with department", plays: []play{{"create-user", obj{"person": enterprise}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/enterprise"}},
		{name: "link octocat", own: []string{"Users/5fc0c238-1112-11e8-8e45-920c87bdbd75"}, plays: []play{{"create-user", obj{"person": jane()}}},
			answers: []string{list(1, strings.Replace(octocat(true), `"userName":"octocat@github.com"`, `"userName":"jane@test.com"`, 1)), ok(octocat(true)), ok(octocat(true))}, shows: []string{"", "", "link-existing/3"}},
		{name: "extensions", own: []string{"Users/u1"}, plays: []play{{"update-user", obj{"person": extended}}},
			answers: []string{ok(`{"id":"u1","schemas":["urn:ietf:params:scim:schemas:core:2.0:User","teleport"],"userName":"jane@test.com"}`), ok(activeHit)}, shows: []string{"", "update-user/extension-fixture"}},
		{name: "leave", own: []string{"Users/5fc0c238-1112-11e8-8e45-920c87bdbd75"}, plays: []play{{"deactivate-user", obj{"person": mona}}}, answers: []string{ok(octocat(true)), ok(octocat(false))},
			shows: []string{"deactivate-user/1", "deactivate-user/2"}},
		{name: "leave a server that answers a list", own: []string{"Users/u1"}, plays: []play{{"deactivate-user", obj{"person": linked("u1")}}},
			answers: []string{ok(`{"resources":[],"Resources":[{"natsRole":"x"}],"totalResults":1}`), ok(`{"active":false}`)}, shows: []string{"", "deactivate-user/echo-of-list"}},
		{name: "come back", own: []string{"Users/u1"}, plays: []play{{"reactivate-user", obj{"person": jane()}}},
			answers: []string{list(1, inactiveHit), ok(inactiveHit), ok(activeHit), ok(activeHit), ok(activeHit)},
			shows:   []string{"reassign-inactive/1", "reassign-inactive/2", "reassign-inactive/3", "reassign-inactive/4", "reassign-inactive/5"}},
		{name: "come back to a server that hides", plays: []play{{"create-user", obj{"person": jane()}}}, answers: []string{nobody, made("u2")}, shows: []string{"reassign-hidden/1", "reassign-hidden/2"}},
		{name: "race", own: []string{"Users/u1"}, plays: []play{{"activate-user", obj{"person": linked("u1")}}, {"deactivate-user", obj{"person": linked("u1")}}},
			answers: []string{ok(inactiveHit), ok(activeHit), ok(activeHit), ok(inactiveHit)}, shows: []string{"", "reactivate-race/1", "", "reactivate-race/2"}},
		{name: "password", own: []string{"Users/u1"}, plays: []play{{"sync-password", obj{"person": linked("u1"), "password": "new"}}}, answers: []string{ok(activeHit), ok(activeHit)},
			shows: []string{"sync-password/1", "sync-password/2"}},
		{name: "push", plays: []play{{"push-group", obj{"group": droids()}}}, answers: []string{nobody, made("g1"), ok(groupJSON), ok(groupJSON)},
			shows: []string{"match-group/1", "push-group/1", "push-group/2", "push-group/3"}, own: []string{"Groups/g1", "Users/cc2573a1-e1c4-491d-a3db-ae4a2e078d61", "Users/478c4cf4-1aa3-41a1-93da-4c154c5955e0"}},
		{name: "push nobody", own: []string{"Groups/g1"}, plays: []play{{"push-group", obj{"group": empty()}}}, answers: []string{nobody, made("g1"), ok(groupJSON), ok(groupJSON)},
			shows: []string{"", "push-group/empty-post", "", "push-group/empty-put"}},
		{name: "push as published", own: []string{"Groups/g1"}, plays: []play{{"push-group", obj{"group": empty()}}}, answers: []string{nobody, made("g1"), ok(groupJSON), ok(groupJSON)}, shows: []string{"", "push-group/published-sample"}},
		{name: "write members", own: []string{"Groups/fc0a8962-1", "Users/e07986cd-1", "Users/6c320c45-2"}, plays: []play{{"replace-members", obj{"group": two}}},
			answers: []string{ok(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"fc0a8962-1","displayName":"KOTestGroup","members":[]}`), ok(groupJSON)}, shows: []string{"replace-members/1", "replace-members/2"}},
		{name: "write members as published", own: []string{"Groups/g1"}, plays: []play{{"replace-members", obj{"group": obj{"name": "Droids", "target": "g1"}}}}, answers: []string{ok(`{"displayName":"Droids"}`), ok(groupJSON)},
			shows: []string{"", "replace-members/published-sample"}},
		{name: "rename", own: []string{"Groups/g1"}, plays: []play{{"rename-group", obj{"group": obj{"name": "Droids", "target": "g1"}, "name": "Robots"}}}, answers: []string{ok(groupJSON), ok(groupJSON)}, shows: []string{"rename-group/1", "rename-group/2"}},
	}...)
}

func oktaScenes() []scene {
	obi := obj{"id": "00use6vjvehodmsQb4x6", "login": "obi-wan.kenobi@iamciam.dev", "email": "obi-wan.kenobi@iamciam.dev", "firstName": "Obi-Wan", "lastName": "Kenobi", "displayName": "Obi-Wan Kenobi", "password": "gl^m&qWZ"}
	published := jane()
	published["password"] = "1mz050nq"
	mapped := func(targets ...string) profile.Variant {
		v := profile.Variant{}
		for i, t := range targets {
			v.Users = append(v.Users, profile.Mapping{Target: t, Source: fmt.Sprintf("custom%d", i)})
		}
		return v
	}
	custom := jane()
	custom["custom0"] = "value"
	roleText := jane()
	roleText["roles"] = "admin"
	pushed := func() obj { g := droids(); g["target"] = "g1"; return g }
	alpha, beta, gamma := person("u1", "a@x"), person("u2", "b@x"), person("u3", "c@x")
	crew := []string{"Groups/g1", "Users/u1", "Users/u2", "Users/u3", "Users/cc2573a1-e1c4-491d-a3db-ae4a2e078d61", "Users/478c4cf4-1aa3-41a1-93da-4c154c5955e0"}
	form := func(s string) obj { return obj{"setMembers": s} }
	types := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"%[1]s","name":"%[1]s","endpoint":"/%[1]s","schema":"urn:okta:scim:schemas:core:1.0:%[2]s"}`
	schema := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[]}`
	return append(commonOktaScenes(), []scene{
		{name: "connect, Header Auth template", auth: exchange.Auth{Kind: "header", Token: "Bearer 123456789"}, plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"test-connection/header-auth-template"}},
		{name: "connect, wizard header", auth: exchange.Auth{Kind: "header", Token: "key-1"}, plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"test-connection/wizard-header"}},
		{name: "connect, wizard bearer", plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"test-connection/wizard-bearer"}},
		{name: "join", plays: []play{{"create-user", obj{"person": obi}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/1"}},
		{name: "join as published", plays: []play{{"create-user", obj{"person": published}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/published-sample"}},
		{name: "custom namespace", variant: mapped("urn:example:ext:1.0:User:color"), plays: []play{{"create-user", obj{"person": custom}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/custom-namespace"}},
		{name: "role by type", variant: mapped("roles.^[type=='LICENSED_USER'].value"), plays: []play{{"create-user", obj{"person": custom}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/typed-entry-roles"}},
		{name: "entitlement by type", variant: mapped("entitlements.^[type=='license'].value"), plays: []play{{"create-user", obj{"person": custom}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/typed-entry-entitlements"}},
		{name: "role as text", plays: []play{{"create-user", obj{"person": roleText}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "create-user/roles-not-an-object"}},
		{name: "link, put", own: []string{"Users/u1"}, plays: []play{{"create-user", obj{"person": jane()}}}, answers: []string{list(1, activeHit), ok(activeHit), ok(activeHit)}, shows: []string{"", "", "link-existing/3"}},
		{name: "a server that returns passwords", own: []string{"Users/u1"}, plays: []play{{"update-user", obj{"person": linked("u1")}}}, answers: []string{ok(`{"id":"u1","password":"TkdFNVdIVkxhM2c9"}`), ok(activeHit)},
			shows: []string{"", "update-user/password-echo-2018"}},
		{name: "leave", own: []string{"Users/u1"}, plays: []play{{"deactivate-user", obj{"person": linked("u1")}}}, answers: []string{nothing}, shows: []string{"deactivate-user/1"}},
		{name: "come back", own: []string{"Users/u1"}, plays: []play{{"reactivate-user", obj{"person": jane()}}}, answers: []string{list(1, inactiveHit), nothing, ok(activeHit), ok(activeHit)},
			shows: []string{"reassign-inactive/1", "reassign-inactive/2", "reassign-inactive/3", "reassign-inactive/4"}},
		{name: "password", own: []string{"Users/u1"}, plays: []play{{"sync-password", obj{"person": linked("u1"), "password": "n3w"}}}, answers: []string{nothing}, shows: []string{"sync-password/1"}},
		{name: "push", own: crew, plays: []play{{"push-group", obj{"group": droids()}}}, answers: []string{nobody, made("g1"), nothing, nothing}, shows: []string{"match-group/1", "push-group/1", "rename-group/P1", "add-members/P2"}},
		{name: "change members", own: crew, plays: []play{{"change-members", obj{"group": pushed(), "remove": []any{alpha, beta}, "add": []any{gamma}}}}, answers: []string{nothing, nothing}, shows: []string{"membership/P1", "remove-members/P3"}},
		{name: "push now", own: crew, plays: []play{{"replace-members", obj{"group": pushed()}}}, answers: []string{nothing, nothing}, shows: []string{"push-now/P1", "replace-members/P4"}},
		{name: "push nobody now", own: crew, plays: []play{{"replace-members", obj{"group": obj{"name": "x", "target": "g1", "members": []any{}}}}}, answers: []string{nothing, nothing}, shows: []string{"", "replace-members/P5"}},
		{name: "push now without path", own: crew, plays: []play{{"replace-members", obj{"group": obj{"name": "x", "target": "g1", "members": []any{obj{"id": "1", "target": "u1", "login": "a"}}}, "traits": form("pathless")}}}, answers: []string{nothing}, shows: []string{""}},
		{name: "push now with name", own: crew, plays: []play{{"replace-members", obj{"group": obj{"name": "x", "target": "g1", "members": []any{}}, "traits": form("group")}}}, answers: []string{nothing}, shows: []string{"replace-members/P7"}},
		{name: "push now without path, value only", own: crew, variant: profile.Variant{Traits: obj{"setMembers": "pathless", "memberShape": "value"}}, plays: []play{{"replace-members", obj{"group": obj{"name": "x", "target": "g1", "members": []any{alpha}}}}}, answers: []string{nothing}, shows: []string{"replace-members/P6"}},
		{name: "granular deprovisioning", own: []string{"Users/u1"}, plays: []play{{"delete-user", obj{"person": linked("u1")}}}, answers: []string{nothing}, shows: []string{"delete-user/granular-deprovisioning"}},
		{name: "import schema", plays: []play{{"discover-schema", nil}}, answers: []string{list(1, schema), list(0)}, shows: []string{"schema-import/schemas", "schema-import/resource-types"}},
		{name: "governance", plays: []play{{"discover-entitlements", nil}}, answers: []string{list(2, fmt.Sprintf(types, "Roles", "Role"), fmt.Sprintf(types, "Entitlements", "Entitlement")), list(1, schema), list(0), list(0)},
			shows: []string{"governance/1", "governance/2", "governance/3", "governance/4"}},
		{name: "grant", own: []string{"Users/u1"}, plays: []play{{"update-user", obj{"person": linked("u1"), "changes": obj{"roles": []any{obj{"value": "r1", "display": "R"}}, "entitlements": []any{obj{"value": "e1", "display": "E", "type": "License"}}}}}},
			answers: []string{ok(activeHit), ok(activeHit)}, shows: []string{"governance-grant/1", "governance-grant/2"}},
	}...)
}
