package provider

import (
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// blindFilter are defects in filters that hold for most questions and not for some.
var blindFilter = map[string]filterBend{
	"filter-links-active-only": func(f scim.Filter) scim.Filter {
		match := attribute("emails", "emails.value", "externalid")
		return mapCompare(f, func(c *scim.Compare) scim.Filter {
			if !match(c) {
				return c
			}
			return &scim.And{Terms: []scim.Filter{c, &scim.Compare{Path: scim.Path{Attr: "active"}, Op: "ne", Value: false}}}
		})
	},
	"filter-members-pr-all": finds(everything, func(c *scim.Compare) bool {
		return c.Op == "pr" && strings.EqualFold(c.Path.Attr, "members")
	}),
	"filter-enterprise-pr-all": finds(everything, func(c *scim.Compare) bool {
		return c.Op == "pr" && strings.EqualFold(c.Path.URN, scim.SchemaEnterprise)
	}),
	"filter-enterprise-pr-none": finds(nothing, func(c *scim.Compare) bool {
		return c.Op == "pr" && strings.EqualFold(c.Path.URN, scim.SchemaEnterprise)
	}),
	"filter-first-group-only": func(f scim.Filter) scim.Filter {
		for _, term := range termsOf(f) {
			if len(termsOf(term)) > 0 {
				return term
			}
		}
		return f
	},
	"filter-roles-none":        finds(nothing, attribute("roles", "roles.value", "roles.type", "entitlements", "entitlements.value")),
	"filter-roles-all":         finds(everything, attribute("roles", "roles.value", "roles.type", "entitlements", "entitlements.value")),
	"filter-phones-none":       finds(nothing, attribute("phonenumbers", "phonenumbers.value", "phonenumbers.type")),
	"filter-manager-none":      finds(nothing, attribute("manager", "manager.value")),
	"filter-groups-none":       finds(nothing, attribute("groups", "groups.value")),
	"filter-resourcetype-none": finds(nothing, attribute("meta.resourcetype")),
}

// termsOf are the terms of a filter that joins some.
func termsOf(f scim.Filter) []scim.Filter {
	switch t := f.(type) {
	case *scim.And:
		return t.Terms
	case *scim.Or:
		return t.Terms
	}
	return nil
}

// blindOps are defects in how some operations of a PATCH are understood.
var blindOps = map[string]opsBend{
	"patch-removes-first": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		rank := map[string]int{"remove": 0, "add": 1, "replace": 2}
		out := slices.Clone(ops)
		slices.SortStableFunc(out, func(a, b scim.Op) int { return rank[verb(a)] - rank[verb(b)] })
		return out, nil
	},
	"patch-role-replaces": verbs("add", "replace", func(op scim.Op) bool {
		return strings.EqualFold(op.Path, "roles") || strings.EqualFold(op.Path, "entitlements")
	}),
	"members-or-first-only": rewritesPath(func(path string) string {
		if i := strings.Index(path, " or "); i > 0 && strings.HasPrefix(lower(path), "members[") {
			return path[:i] + "]"
		}
		return path
	}),
	"value-path-or-first-only": rewritesPath(func(path string) string {
		i, j := strings.Index(path, " or "), strings.LastIndexByte(path, ']')
		if i > 0 && j > i && !isMembers(path) {
			return path[:i] + path[j:]
		}
		return path
	}),
}

// blindPatched are defects in what a PATCH makes of a resource, of some resources and values.
var blindPatched = map[string]patchedBend{
	"patch-add-replaces-type": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if verb(op) != "add" || !pluralPath(op.Path) || isMembers(op.Path) {
				continue
			}
			types := map[any]any{}
			for _, e := range valuesOf(op) {
				if m, ok := e.(object); ok && m["type"] != nil {
					types[m["type"]] = m["value"]
				}
			}
			after[op.Path] = slices.DeleteFunc(listOf(after[op.Path]), func(e any) bool {
				m, ok := e.(object)
				value, same := types[m["type"]]
				return ok && same && value != m["value"]
			})
		}
	},
	"patch-department-title-case": func(_ []scim.Op, _, after object) {
		if ext, ok := after[scim.SchemaEnterprise].(object); ok {
			if s, ok := ext["department"].(string); ok {
				ext["department"] = titleCase(s)
			}
		}
	},
}

func titleCase(s string) string {
	words := strings.Fields(lower(s))
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}
