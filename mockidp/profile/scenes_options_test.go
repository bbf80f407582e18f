package profile_test

import "github.com/scimmage/scimmage/mockidp/profile"

// optionPerson is somebody as the option profiles write people.
func optionPerson(target string) obj {
	return obj{"id": "1", "login": "jane@test.com", "email": "jane@test.com", "firstName": "Jane", "lastName": "Smith", "displayName": "Jane Smith", "active": true, "target": target}
}

const (
	userType  = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User"}`
	groupType = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Group","name":"Group","endpoint":"/Groups","schema":"urn:ietf:params:scim:schemas:core:2.0:Group"}`
	oneSchema = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[]}`
)

func googleScenes() []scene {
	return []scene{
		{name: "join", plays: []play{{"create-user", obj{"person": optionPerson("")}}}, answers: []string{nobody, made("u1")}, shows: []string{"", "headers"}},
	}
}

func cyberarkScenes() []scene {
	own := []string{"Users/u1", "Groups/g1"}
	group := obj{"id": "9", "name": "Droids", "target": "g1", "members": []any{}}
	one := []any{obj{"id": "1", "target": "u1"}}
	return []scene{
		{name: "verify", plays: []play{{"test-connection", nil}}, answers: []string{nobody, configuration("true"), ok(userType), ok(oneSchema), ok(groupType), ok(oneSchema)},
			shows: []string{"test-connection/1", "discover-schema/service-provider-config", "discover-schema/resource-type-user", "discover-schema/schema", "discover-schema/resource-type-group", ""}},
		{name: "join", plays: []play{{"create-user", obj{"person": optionPerson("")}}}, answers: []string{nobody, made("u1")}, shows: []string{"match-user/1", "create-user/1"}},
		{name: "update", own: own, plays: []play{{"update-user", obj{"person": optionPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"update-user/1"}},
		{name: "leave", own: own, plays: []play{{"deactivate-user", obj{"person": optionPerson("u1")}}}, answers: []string{ok(existing)}, shows: []string{"deactivate-user/1"}},
		{name: "push", plays: []play{{"push-group", obj{"group": obj{"id": "9", "name": "Droids", "members": []any{}}}}}, answers: []string{nobody, made("g1")}, shows: []string{"match-group/1", "push-group/1"}},
		{name: "add a member", own: own, plays: []play{{"add-members", obj{"group": group, "members": one}}}, answers: []string{nothing}, shows: []string{"membership/1"}},
	}
}

func sailpointScenes() []scene {
	types := list(2, userType, groupType)
	return []scene{
		{name: "discover", plays: []play{{"discover-schema", nil}}, answers: []string{configuration("true"), types, list(1, oneSchema), ok(userType), ok(groupType)},
			shows: []string{"discover-schema/1", "discover-schema/2", "discover-schema/3", "discover-schema/4", "discover-schema/5"}},
		{name: "rename", own: []string{"Users/u1"}, plays: []play{{"update-user", obj{"person": optionPerson("u1"), "changes": obj{"lastName": "Doe"}}}}, answers: []string{ok(existing)}, shows: []string{"update-user/partial-name"}},
	}
}

func pingoneScenes() []scene {
	return []scene{
		{name: "match", plays: []play{{"match-user", obj{"person": optionPerson("")}}}, answers: []string{nobody}, shows: []string{"match-user/1"}},
		{name: "match by mail", variant: profile.Variant{Traits: obj{"userFilter": "email Co"}}, plays: []play{{"match-user", obj{"person": optionPerson("")}}}, answers: []string{nobody}, shows: []string{"match-user/2"}},
	}
}
