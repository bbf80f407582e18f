package provider

import (
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// forgetPatched are defects of one kind: a PATCH of one attribute takes others away. Records that are written back without
// the columns that the handler did not load, contact rows that are replaced as a whole, upserts keyed by the changed value.
var forgetPatched = map[string]patchedBend{
	"patch-forgets-phones":            forgets("", "phoneNumbers"),
	"reactivation-forgets-addresses":  onReactivation(func(after object) { delete(after, "addresses") }),
	"name-change-forgets-phones":      forgets("name", "phoneNumbers"),
	"name-change-forgets-display":     forgets("name", "displayName"),
	"externalid-change-forgets-title": forgets("externalId", "title", "nickName"),
	"address-change-forgets-phones":   forgets("addresses", "phoneNumbers"),
	"address-part-replaces-address":   addressParts,
	"mail-change-forgets-phones":      forgets("emails", "phoneNumbers"),
	"username-change-forgets-links":   forgets("userName", "externalId"),
	"username-change-forgets-mail":    forgets("userName", "emails"),
	"member-add-forgets-externalid": func(_ []scim.Op, before, after object) {
		if len(listOf(after["members"])) > len(listOf(before["members"])) {
			delete(after, "externalId")
		}
	},
	"member-remove-forgets-externalid": func(_ []scim.Op, before, after object) {
		if len(listOf(after["members"])) < len(listOf(before["members"])) {
			delete(after, "externalId")
		}
	},
	"group-relink-forgets-members": forgets("externalId", "members"),
	"rename-lowers-case": func(_ []scim.Op, before, after object) {
		if name, ok := after["displayName"].(string); ok && after["displayName"] != before["displayName"] && before["members"] != nil {
			after["displayName"] = lower(name)
		}
	},
	"nested-member-dropped": func(_ []scim.Op, before, after object) {
		if len(listOf(after["members"])) <= len(listOf(before["members"])) {
			return
		}
		var users []any
		for _, e := range listOf(after["members"]) {
			if m, ok := e.(object); !ok || m["type"] != "Group" {
				users = append(users, e)
			}
		}
		after["members"] = users
	},
	"case-correction-ignored": func(_ []scim.Op, before, after object) {
		keepFolded(before, after, "displayName")
		was, _ := before["name"].(object)
		if is, ok := after["name"].(object); ok {
			keepFolded(was, is, "givenName")
		}
	},
	"rename-and-add-loses-add": func(ops []scim.Op, before, after object) {
		if named(ops, "displayName") && named(ops, "members") {
			after["members"] = before["members"]
		}
	},
	"second-add-of-members-lost": func(ops []scim.Op, before, after object) {
		list := listOf(after["members"])
		if len(ops) == 2 && verb(ops[0]) == "add" && verb(ops[1]) == "add" && named(ops[:1], "members") && named(ops[1:], "members") && len(list) == len(listOf(before["members"]))+2 {
			after["members"] = list[:len(list)-1]
		}
	},
	"members-capped-twenty": func(_ []scim.Op, _, after object) {
		if list := listOf(after["members"]); len(list) > 20 {
			after["members"] = list[:20]
		}
	},
	"second-element-of-add-lost": func(ops []scim.Op, before, after object) {
		if list := listOf(after["phoneNumbers"]); before["phoneNumbers"] == nil && len(ops) == 1 && verb(ops[0]) == "add" && len(list) > 1 {
			after["phoneNumbers"] = list[:1]
		}
	},
	"inactive-changes-ignored": func(_ []scim.Op, before, after object) {
		if before["active"] == false && after["active"] == false {
			after["displayName"] = before["displayName"]
		}
	},
	"department-change-forgets-manager": func(_ []scim.Op, before, after object) {
		was, _ := before[scim.SchemaEnterprise].(object)
		if is, ok := after[scim.SchemaEnterprise].(object); ok && was["department"] != is["department"] {
			delete(is, "manager")
		}
	},
	"pathless-externalid-lost": func(ops []scim.Op, before, after object) {
		if len(ops) > 0 && !ops[0].HasPath && before["externalId"] != nil {
			after["externalId"] = before["externalId"]
		}
	},
}

// keepFolded leaves a text as it was when the new one differs in letter case only.
func keepFolded(before, after object, name string) {
	was, _ := before[name].(string)
	if is, ok := after[name].(string); ok && strings.EqualFold(was, is) {
		after[name] = was
	}
}

// forgets takes the named attributes away when the changed one has another value than before ("" for any change), and the
// operations do not name them.
func forgets(changed string, taken ...string) patchedBend {
	return func(ops []scim.Op, before, after object) {
		if changed != "" && (before[changed] == nil || scim.Equal(before[changed], after[changed])) {
			return
		}
		for _, name := range taken {
			if !named(ops, name) {
				delete(after, name)
			}
		}
	}
}

// named reports whether an operation is about the attribute.
func named(ops []scim.Op, name string) bool {
	for _, op := range ops {
		if value, ok := op.Value.(object); ok && !op.HasPath && value[name] != nil {
			return true
		}
		if strings.HasPrefix(lower(op.Path), lower(name)) {
			return true
		}
	}
	return false
}

// onReactivation acts when active goes from false to true.
func onReactivation(f func(object)) patchedBend {
	return func(_ []scim.Op, before, after object) {
		if before["active"] == false && after["active"] == true {
			f(after)
		}
	}
}

// addressParts makes of an address to which a part was written an address of that part.
func addressParts(ops []scim.Op, _, after object) {
	for _, op := range ops {
		_, sub, ok := strings.Cut(op.Path, "].")
		if !ok || !strings.HasPrefix(op.Path, "addresses[") || verb(op) == "remove" {
			continue
		}
		for _, e := range listOf(after["addresses"]) {
			if m, ok := e.(object); ok && m[sub] == op.Value {
				for k := range m {
					if k != sub && k != "type" {
						delete(m, k)
					}
				}
			}
		}
	}
}
