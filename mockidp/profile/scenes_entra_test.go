package profile_test

import "github.com/scimmage/scimmage/mockidp/profile"

func alice() obj {
	return obj{"id": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "login": "alice@contoso.com", "email": "alice@contoso.com", "firstName": "Alice", "lastName": "Smith", "active": true}
}

func mine(over obj) obj {
	p := alice()
	p["target"] = "u1"
	for k, v := range over {
		p[k] = v
	}
	return p
}

// fullUser is what the target shows of a person who has everything that a test changes.
const fullUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"alice@contoso.com","active":true,"displayName":"A","externalId":"x","nickName":"N","title":"T","name":{"givenName":"A","familyName":"S"},` +
	`"emails":[{"type":"work","value":"a@x","primary":true}],"addresses":[{"type":"work","formatted":"F","streetAddress":"S"}],"phoneNumbers":[{"type":"work","value":"1"}],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"1"}}`

const emptyUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u1","userName":"alice@contoso.com"}`

func traits(kv ...any) profile.Variant {
	v := profile.Variant{Traits: obj{}}
	for i := 0; i < len(kv); i += 2 {
		v.Traits[kv[i].(string)] = kv[i+1]
	}
	return v
}

// updating is a scene of one update: GET, then the PATCH that shows a capture.
func updating(name string, v profile.Variant, current string, changes, extra obj, shows string) scene {
	args := obj{"person": mine(extra), "changes": changes}
	if ref, ok := extra["$ref"]; ok {
		args["ref"] = ref
	}
	return scene{name: name, variant: v, own: []string{"Users/u1", "Users/271", "Users/2819c223-7"}, plays: []play{{"update-user", args}}, answers: []string{ok(current), nothing}, shows: []string{"", shows}}
}

func creating(name string, v profile.Variant, over obj, shows string) scene {
	p := alice()
	for k, x := range over {
		p[k] = x
	}
	return scene{name: name, variant: v, own: []string{"Users/myuser"}, plays: []play{{"create-user", obj{"person": p}}}, answers: []string{nobody, made("u1")}, shows: []string{"", shows}}
}

func writingActive(name string, v profile.Variant, op, shows string) scene {
	return scene{name: name, variant: v, own: []string{"Users/u1"}, plays: []play{{op, obj{"person": mine(nil)}}}, answers: []string{nothing}, shows: []string{shows}}
}

func members(name string, v profile.Variant, op, id, shows string) scene {
	return scene{name: name, variant: v, own: []string{"Groups/g1", "Users/" + id}, plays: []play{{op, obj{"group": obj{"id": "1", "name": "G", "target": "g1"}, "members": []any{obj{"id": "7", "target": id}}}}}, answers: []string{nothing}, shows: []string{shows}}
}

func entraScenes() []scene {
	group := obj{"id": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", "name": "displayName", "members": []any{obj{"id": "7", "target": "f648f8d5ea4e4cd38e9c"}}}
	theirs := obj{"id": "8aa1a0c0", "name": "displayName"}
	groupHit := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g1","displayName":"displayName"}`
	multi := profile.Variant{Users: []profile.Mapping{{Target: "clearances", Source: "clearance", Type: "list"}}}
	byExtension := profile.Variant{Traits: obj{"matching": "urn:example:2.0:User:badge"}, Users: []profile.Mapping{{Target: "urn:example:2.0:User:badge", Source: "badge"}}}
	withExtension := profile.Variant{Users: []profile.Mapping{{Target: "urn:example:2.0:User:badge", Source: "badge"}}}
	noFormatted := profile.Variant{Drop: []string{"name.formatted"}}
	// The order of mappings is the tenant's: in this one the street comes after the phone.
	phonesFirst := profile.Variant{Traits: obj{"clear": "empty"}, Drop: []string{`addresses[type eq "work"].streetAddress`},
		Users: []profile.Mapping{{Target: `addresses[type eq "work"].streetAddress`, Source: "streetAddress"}}}
	roles := []any{obj{"id": "8ae06bd4-1", "value": "Admin", "displayName": "Admin"}}
	lower := func(v profile.Variant) profile.Variant { v.Traits["opCase"] = "lower"; return v }
	return []scene{
		{name: "connect", plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"probe/1", "test-connection/2"}},
		{name: "connect by externalId", variant: traits("matching", "externalId"), plays: []play{{"probe", nil}}, answers: []string{nobody}, shows: []string{"test-connection/external-id"}},
		{name: "match", plays: []play{{"match-user", obj{"person": alice()}}}, answers: []string{nobody}, shows: []string{"match-user/user-name"}},
		{name: "match by externalId", variant: traits("matching", "externalId"), plays: []play{{"match-user", obj{"person": obj{"id": "johnwong"}}}}, answers: []string{nobody}, shows: []string{"match-user/external-id"}},
		{name: "match by mail", variant: traits("matching", `emails[type eq "work"].value`), plays: []play{{"match-user", obj{"person": obj{"email": "foo@bar.com"}}}}, answers: []string{nobody}, shows: []string{"match-user/work-email"}},
		{name: "match by extension", variant: byExtension, plays: []play{{"match-user", obj{"person": obj{"badge": "B7"}}}}, answers: []string{nobody}, shows: []string{"match-user/extension-attribute"}},
		{name: "verify manager", plays: []play{{"verify-manager", obj{"person": mine(obj{"managerTarget": "m1"})}}}, answers: []string{nobody}, shows: []string{"match-user/id-and-manager"}},
		creating("create", profile.Variant{}, obj{"login": "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1", "email": "Test_User_fd0ea19b@testuser.com", "firstName": "givenName", "lastName": "familyName"}, "create-user/1"),
		creating("create with manager", profile.Variant{}, obj{"managerTarget": "myuser"}, "create-user/manager-string"),
		creating("create with extension", withExtension, obj{"badge": "B7"}, "create-user/custom-extension"),
		creating("create with role", traits("roles", "single"), obj{"roles": roles}, "create-user/single-app-role"),
		creating("create with roles", traits("roles", "complex"), obj{"roles": roles}, "create-user/app-roles-complex"),
		{name: "read before update", own: []string{"Users/u1"}, plays: []play{{"update-user", obj{"person": mine(nil), "changes": obj{"title": "Chef"}}}}, answers: []string{ok(fullUser), nothing}, shows: []string{"update-user/1"}},
		updating("several", noFormatted, fullUser, obj{"displayName": "Pvlo", "email": "TestBcwqnm@test.microsoft.com", "firstName": "Gtfd", "lastName": "Pkqf", "id": "Eqpj", "employeeNumber": "Eqpj"}, nil, "update-user/several"),
		updating("one", profile.Variant{}, emptyUser, obj{"nickName": "Babs"}, nil, "update-user/one-string"),
		updating("mail, office, department", profile.Variant{}, fullUser, obj{"email": "b@x", "office": "G", "department": "D"}, nil, "update-user/value-path-and-urn"),
		updating("first phone", profile.Variant{}, emptyUser, obj{"workPhone": "1"}, nil, "update-user/value-path-no-such-element"),
		updating("add what is there", traits("opOnExisting", "add"), fullUser, obj{"title": "Chef"}, nil, "update-user/add-on-single-valued"),
		updating("remove a mail", traits("clear", "remove"), fullUser, obj{"email": ""}, nil, "update-user/remove-with-value"),
		updating("roles by path", traits("roles", "value-paths"), fullUser, obj{"roles": roles}, nil, "update-user/roles-value-path"),
		updating("phones", profile.Variant{}, emptyUser, obj{"workPhone": "1", "mobilePhone": "2", "fax": "3"}, nil, "update-user/phone-value-paths"),
		updating("clear", lower(phonesFirst), fullUser, obj{"workPhone": "", "streetAddress": ""}, obj{"workPhone": "1", "streetAddress": "S"}, "update-user/clear-by-empty-string"),
		updating("multi-valued", multi, emptyUser, obj{"clearance": []any{"1"}}, nil, "update-user/custom-multi-valued"),
		updating("manager as documented", traits("managerForm", "document"), emptyUser, obj{"managerTarget": "2819c223-7"}, obj{"$ref": "http://host/scim/Users/2819c223-7"}, "update-user/manager-document-form"),
		updating("manager", profile.Variant{}, emptyUser, obj{"managerTarget": "271"}, nil, "update-user/manager-wire-form"),
		updating("roles", traits("roles", "complex"), emptyUser, obj{"roles": roles}, nil, "update-user/roles-json-in-value"),
		updating("roles, assertive", lower(traits("roles", "assertive")), emptyUser, obj{"roles": roles}, nil, "update-user/roles-assertive"),
		writingActive("disable", profile.Variant{}, "deactivate-user", "deactivate-user/compat"),
		writingActive("disable, native", traits("booleans", "native"), "deactivate-user", "deactivate-user/use"),
		writingActive("disable by Add", traits("activeOp", "add"), "deactivate-user", "deactivate-user/add"),
		writingActive("disable, small letters", traits("booleans", "lower"), "deactivate-user", "deactivate-user/lower-case-string"),
		writingActive("restore", profile.Variant{}, "reactivate-user", "reactivate-user/1"),
		{name: "delete", own: []string{"Users/u1"}, plays: []play{{"delete-user", obj{"person": mine(nil)}}}, answers: []string{nothing}, shows: []string{"delete-user/1"}},
		{name: "group", own: []string{"Groups/g1", "Users/f648f8d5ea4e4cd38e9c"}, plays: []play{{"push-group", obj{"group": group}}}, answers: []string{nobody, made("g1"), nothing}, shows: []string{"match-group/1", "push-group/1", "add-members/1"}},
		{name: "match a group", own: []string{"Groups/g1"}, plays: []play{{"link-group", obj{"group": theirs}}}, answers: []string{list(1, groupHit), nothing, ok(groupHit)}, shows: []string{"", "update-group/external-id", "update-group/read"}},
		{name: "rename", own: []string{"Groups/g1"}, plays: []play{{"rename-group", obj{"group": obj{"name": "a", "target": "g1"}, "name": "b"}}}, answers: []string{nothing}, shows: []string{"rename-group/1"}},
		members("add member, compat", traits("memberShape", "value"), "add-members", "u7", "add-members/compat"),
		members("remove member", profile.Variant{}, "remove-members", "f648f8d5ea4e4cd38e9c", "remove-members/1"),
		members("remove member, compat", traits("memberShape", "value"), "remove-members", "u1091", "remove-members/compat"),
		members("remove member, small letters", lower(traits("memberShape", "value")), "remove-members", "u7", "remove-members/lower-case-with-value"),
		{name: "verify member", plays: []play{{"verify-member", obj{"group": obj{"name": "G", "target": "g1"}, "person": mine(nil)}}}, answers: []string{nobody}, shows: []string{"membership-check/1"}},
		{name: "delete group", own: []string{"Groups/g1"}, plays: []play{{"delete-group", obj{"group": obj{"name": "G", "target": "g1"}}}}, answers: []string{nothing}, shows: []string{"delete-group/1"}},
		{name: "account discovery", plays: []play{{"import-users", nil}}, answers: []string{nobody}, shows: []string{"import-users/account-discovery"}},
		{name: "connect, first request", plays: []play{{"test-connection", nil}}, answers: []string{nobody, nobody}, shows: []string{"test-connection/1"}},
	}
}

func flaggedScenes() []scene {
	allMail := profile.Variant{Users: []profile.Mapping{{Target: `emails[type eq "work"].primary`, Constant: true, HasConst: true, Type: "boolean"}}}
	contacts := profile.Variant{Users: []profile.Mapping{{Target: "urn:example:2.0:User:contacts[primary eq true].value", Source: "contact"}}}
	noFormatted := profile.Variant{Drop: []string{"name.formatted"}}
	hasContact := `{"schemas":[],"id":"u1","userName":"alice@contoso.com","urn:example:2.0:User":{"contacts":[{"primary":true,"value":"x"}]}}`
	return []scene{
		writingActive("disable", profile.Variant{}, "deactivate-user", "deactivate-user/1"),
		updating("one", profile.Variant{}, emptyUser, obj{"nickName": "Babs"}, nil, "update-user/one-string"),
		updating("several", noFormatted, fullUser, obj{"email": "TestMhvaes@test.microsoft.com", "displayName": "Bjfe", "firstName": "Kkom", "lastName": "Unua", "employeeNumber": "Aklq"}, nil, "update-user/several"),
		updating("several of 2020", allMail, fullUser, obj{"email": "b@x", "active": false, "login": "b@contoso.com"}, nil, "update-user/several-2020"),
		updating("department", profile.Variant{}, emptyUser, obj{"department": "D"}, nil, "update-user/extension-add-2020"),
		updating("new names", profile.Variant{}, emptyUser, obj{"displayName": "D", "title": "T", "firstName": "G", "lastName": "F"}, nil, "update-user/pathless-add"),
		updating("names", profile.Variant{}, fullUser, obj{"firstName": "G", "lastName": "F"}, nil, "update-user/pathless-replace-name"),
		updating("contact", contacts, hasContact, obj{"contact": "y"}, nil, "update-user/extension-value-path-native-boolean"),
		members("add member", profile.Variant{}, "add-members", "u7", "add-members/1"),
		members("remove member", profile.Variant{}, "remove-members", "7f4bc1a3-1", "remove-members/1"),
	}
}
