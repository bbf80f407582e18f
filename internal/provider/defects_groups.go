package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// groupOpsBends are defects in how membership operations are understood.
var groupOpsBends = map[string]opsBend{
	"member-add-ignored":    dropsOps(func(op scim.Op) bool { return verb(op) == "add" && isMembers(op.Path) }),
	"member-remove-ignored": dropsOps(func(op scim.Op) bool { return verb(op) == "remove" && isMembers(op.Path) }),
	"member-filter-remove-refused": refusesOp(func(op scim.Op) bool { return strings.HasPrefix(lower(op.Path), "members[") },
		scim.InvalidPath, "Filters in path are not supported."),
	"member-filter-remove-ignored": dropsOps(func(op scim.Op) bool { return strings.HasPrefix(lower(op.Path), "members[") }),
	"member-remove-empties":        rewritesPath(membersOnly),
	"member-add-replaces":          verbs("add", "replace", func(op scim.Op) bool { return isMembers(op.Path) }),
	"members-replace-appends":      verbs("replace", "add", func(op scim.Op) bool { return isMembers(op.Path) }),
	"members-replace-empty-ignored": dropsOps(func(op scim.Op) bool {
		return verb(op) == "replace" && isMembers(op.Path) && len(listOf(op.Value)) == 0
	}),
	"members-replace-refused": refusesOp(func(op scim.Op) bool { return verb(op) == "replace" && isMembers(op.Path) },
		scim.InvalidPath, "replace is not supported for members."),
	"pathless-members-ignored": pathlessWithout("members"),
	"group-rename-ignored":     onGroups(withoutAttribute("displayname")),
	"group-rename-with-id-refused": func(_ *Provider, c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		if k.rt.Name == "Group" && !strings.Contains(string(c.body), `"path"`) && strings.Contains(string(c.body), `"id"`) {
			return nil, refuse(http.StatusBadRequest, scim.Mutability, "Attribute 'id' is readOnly.")
		}
		return ops, nil
	},
	"member-add-first-only": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i, op := range ops {
			if list := listOf(op.Value); verb(op) == "add" && isMembers(op.Path) && len(list) > 1 {
				ops[i].Value = list[:1]
			}
		}
		return ops, nil
	},
	"member-batch-limit": refusesOp(func(op scim.Op) bool { return isMembers(op.Path) && len(listOf(op.Value)) > 20 },
		scim.TooMany, "At most 20 members in one request."),
	"member-type-required":    memberNeeds(func(m object) bool { return m["type"] != nil }, "members.type is required."),
	"member-ref-null-refused": memberNeeds(func(m object) bool { _, has := m["$ref"]; return !has || m["$ref"] != nil }, "members.$ref must not be null."),
	"member-display-refused":  memberNeeds(func(m object) bool { _, has := m["display"]; return !has }, "members.display is not allowed."),
	"add-existing-member-409": memberConflict("add"),
	"remove-non-member-400":   memberConflict("remove"),
	"member-remove-by-value-ignored": dropsOps(func(op scim.Op) bool {
		return verb(op) == "remove" && strings.EqualFold(op.Path, "members") && op.HasValue
	}),
}

func membersOnly(path string) string {
	if strings.HasPrefix(lower(path), "members[") {
		return "members"
	}
	return path
}

func onGroups(b opsBend) opsBend {
	return func(p *Provider, c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		if k.rt.Name != "Group" {
			return ops, nil
		}
		return b(p, c, k, ops)
	}
}

func memberNeeds(ok func(object) bool, why string) opsBend {
	return refusesOp(func(op scim.Op) bool {
		if !isMembers(op.Path) {
			return false
		}
		for _, e := range listOf(op.Value) {
			if m, isObject := e.(object); isObject && !ok(m) {
				return true
			}
		}
		return false
	}, scim.InvalidValue, why)
}

// memberConflict refuses an operation that would change nothing.
func memberConflict(name string) opsBend {
	return func(_ *Provider, c *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		c.tenant.mu.RLock()
		defer c.tenant.mu.RUnlock()
		r := c.record()
		for _, op := range ops {
			if r == nil || verb(op) != name || !isMembers(op.Path) {
				continue
			}
			if _, v, ok := strings.Cut(op.Path, `value eq "`); ok && name == "remove" {
				id, _, _ := strings.Cut(v, `"`)
				if r.members.find(id) < 0 {
					return nil, refuse(http.StatusBadRequest, scim.NoTarget, "Not a member.")
				}
			}
			for _, e := range listOf(op.Value) {
				m, _ := e.(object)
				id, _ := m["value"].(string)
				if there := r.members.find(id) >= 0; there == (name == "add") {
					return nil, refuse(http.StatusConflict, scim.Uniqueness, "The membership is as requested already.")
				}
			}
		}
		return ops, nil
	}
}

// groupIntakeBends are defects in what a create or replace of a Group stores.
var groupIntakeBends = map[string]intakeBend{
	"group-create-ignores-members": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old == nil {
			in.members = nil
		}
		return nil
	},
	"put-members-ignored": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old != nil {
			in.members = membersOf(old)
		}
		return nil
	},
	"put-members-merged": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old != nil {
			have := map[string]bool{}
			for _, m := range in.members {
				have[m.id] = true
			}
			for _, m := range membersOf(old) {
				if !have[m.id] {
					in.members = append(in.members, m)
				}
			}
		}
		return nil
	},
	"put-group-name-ignored": func(_ *Provider, c *call, in *intake, old *record) *fault {
		if old != nil && c.head() == "Groups" {
			in.body["displayName"] = decodeOwn(old.body)["displayName"]
		}
		return nil
	},
	"group-externalid-dropped": func(_ *Provider, c *call, in *intake, _ *record) *fault {
		if c.head() == "Groups" {
			delete(in.body, "externalId")
		}
		return nil
	},
	"group-empty-refused": func(_ *Provider, c *call, in *intake, _ *record) *fault {
		if c.head() == "Groups" && len(in.members) == 0 {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "A group needs at least one member.")
		}
		return nil
	},
	"members-capped": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		in.members = in.members[:min(len(in.members), 10)]
		return nil
	},
	"member-display-null-500": func(_ *Provider, c *call, _ *intake, _ *record) *fault {
		if strings.Contains(strings.ReplaceAll(string(c.body), " ", ""), `"display":null`) {
			return refuse(http.StatusInternalServerError, "", "Internal server error.")
		}
		return nil
	},
	"group-same-name-500": func(_ *Provider, c *call, in *intake, old *record) *fault {
		if old != nil || c.head() != "Groups" {
			return nil
		}
		groups := c.tenant.collections[1]
		for _, key := range groups.kind.keys(in.body)["displayname"] {
			if len(groups.indexes["displayname"].find(key)) > 0 {
				return refuse(http.StatusInternalServerError, "", "Internal server error.")
			}
		}
		return nil
	},
	"adscim-schema-refused": func(_ *Provider, c *call, _ *intake, _ *record) *fault {
		if strings.Contains(string(c.body), legacyGroupSchema) {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "Unknown schema %s.", legacyGroupSchema)
		}
		return nil
	},
}
