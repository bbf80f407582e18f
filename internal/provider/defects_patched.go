package provider

import (
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// patchedBends are defects in what a PATCH makes of a resource.
var patchedBends = map[string]patchedBend{
	"patch-complex-wiped": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if !op.HasPath {
				if in, ok := op.Value.(object); ok && in["name"] != nil {
					after["name"] = in["name"]
				}
			} else if strings.EqualFold(op.Path, "name") && op.Value != nil {
				after["name"] = op.Value
			}
		}
	},
	"patch-sub-wipes-complex": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if sub, ok := strings.CutPrefix(op.Path, "name."); ok && verb(op) != "remove" {
				after["name"] = object{sub: op.Value}
			}
		}
	},
	"patch-extension-wiped": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, ok := strings.CutPrefix(op.Path, scim.SchemaEnterprise+":")
			if ext, has := after[scim.SchemaEnterprise].(object); ok && has && ext[attr] != nil {
				after[scim.SchemaEnterprise] = object{attr: ext[attr]}
			}
		}
	},
	"patch-primary-not-demoted": func(_ []scim.Op, before, after object) {
		was := map[any]bool{}
		for _, e := range listOf(before["emails"]) {
			if m, ok := e.(object); ok && m["primary"] == true {
				was[m["value"]] = true
			}
		}
		for _, e := range listOf(after["emails"]) {
			if m, ok := e.(object); ok && was[m["value"]] {
				m["primary"] = true
			}
		}
	},
	"patch-add-duplicates": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if verb(op) != "add" || !pluralPath(op.Path) || isMembers(op.Path) {
				continue
			}
			fresh := valuesOf(op)
			now := listOf(after[op.Path])
			for _, e := range fresh {
				n := 0
				for _, have := range now {
					if scim.Equal(have, e) {
						n++
					}
				}
				if n > 0 && len(now) == len(listOf(after[op.Path])) {
					now = append(now, scim.Clone(e))
				}
			}
			after[op.Path] = now
		}
	},
	"patch-remove-filter-removes-all": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if attr, _, ok := strings.Cut(op.Path, "["); ok && verb(op) == "remove" && !isMembers(op.Path) {
				delete(after, attr)
			}
		}
	},
	"patch-remove-filter-removes-first": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, _, ok := strings.Cut(op.Path, "[")
			if ok && verb(op) == "remove" && !isMembers(op.Path) && strings.HasSuffix(op.Path, "]") && len(listOf(before[attr])) > 0 {
				after[attr] = listOf(before[attr])[1:]
			}
		}
	},
	"patch-remove-sub-removes-complex": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if strings.HasPrefix(op.Path, "name.") && verb(op) == "remove" {
				delete(after, "name")
			}
		}
	},
	"patch-value-path-appends": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, rest, ok := strings.Cut(op.Path, "[")
			if !ok || verb(op) == "remove" || isMembers(op.Path) || op.Value == nil {
				continue
			}
			_, sub, _ := strings.Cut(rest, "].")
			if sub == "" || len(listOf(before[attr])) == 0 {
				continue
			}
			element := object{sub: op.Value}
			if _, v, ok := strings.Cut(rest, `type eq "`); ok {
				element["type"], _, _ = strings.Cut(v, `"`)
			}
			after[attr] = append(append([]any{}, listOf(scim.Clone(before[attr]))...), element)
		}
	},
	"patch-value-path-first": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, rest, ok := strings.Cut(op.Path, "[")
			_, sub, _ := strings.Cut(rest, "].")
			was := listOf(scim.Clone(before[attr]))
			if !ok || sub == "" || verb(op) == "remove" || len(was) < 2 || isMembers(op.Path) {
				continue
			}
			if m, ok := was[0].(object); ok {
				m[sub] = op.Value
				after[attr] = was
			}
		}
	},
	"patch-clears-unmentioned": func(_ []scim.Op, before, after object) {
		for _, name := range []string{"nickName", "title", "phoneNumbers", "externalId"} {
			if before[name] != nil && scim.Equal(before[name], after[name]) {
				delete(after, name)
			}
		}
	},
	"deactivation-wipes-profile": onDeactivation(func(after object) {
		for _, name := range []string{"emails", "name", "phoneNumbers", "displayName"} {
			delete(after, name)
		}
	}),
	"patch-removes-required": func(ops []scim.Op, _, after object) {
		if len(ops) == 0 {
			delete(after, "userName") // the only operation was the one that opsBends took out
		}
	},
	"group-rename-drops-members": func(_ []scim.Op, before, after object) {
		if before["displayName"] != after["displayName"] && before["members"] != nil {
			delete(after, "members")
		}
	},
	"member-duplicated": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if verb(op) == "add" && isMembers(op.Path) {
				after["members"] = append(append([]any{}, listOf(before["members"])...), listOf(op.Value)...)
			}
		}
	},
	"string-boolean-stored": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if s, ok := op.Value.(string); ok && strings.EqualFold(op.Path, "active") {
				after["active"] = s
			}
		}
	},
	"manager-empty-kept": func(ops []scim.Op, _, after object) {
		ext, ok := after[scim.SchemaEnterprise].(object)
		for _, op := range ops {
			if ok && strings.HasSuffix(lower(op.Path), ":manager") && op.Value == nil {
				ext["manager"] = object{"value": ""}
			}
		}
	},
	"patch-literal-keys": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if op.HasPath && strings.Contains(op.Path, ".") && !strings.HasPrefix(op.Path, "urn:") && verb(op) != "remove" {
				after[op.Path] = op.Value
				after["name"] = before["name"]
			}
		}
	},
	"deactivation-renames": onDeactivation(func(after object) {
		if s, ok := after["userName"].(string); ok {
			after["userName"] = "deactivated-" + s
		}
	}),
}

// onDeactivation acts when active goes from true to false.
func onDeactivation(f func(object)) patchedBend {
	return func(_ []scim.Op, before, after object) {
		if before["active"] != false && after["active"] == false {
			f(after)
		}
	}
}
