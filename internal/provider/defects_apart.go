package provider

import (
	"net/http"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// apartRequests, apartHooks, apartOps and apartIntake are defects of what belongs apart or together: the names that were and the names
// that are, an entry that stands twice, one of several that is refused.
var apartRequests = map[string]requestHook{
	"old-username-reserved": func(p *Provider, c *call) *answer {
		if c.on("PUT PATCH", "Users/") {
			c.locked(func(r *record) { p.remember("was:"+fold(nameOf(r)), true) })
		}
		if o, f := decodeObject(c.body); f == nil && c.on("POST", "Users") {
			if v, _ := lookup(o, "userName"); p.recall("was:"+fold(stringOf(v))) != nil {
				return refuse(http.StatusConflict, scim.Uniqueness, "The userName is already in use.").answer()
			}
		}
		return nil
	},
	"rehire-not-found": func(p *Provider, c *call) *answer {
		if c.on("DELETE", "Users/") {
			c.locked(func(r *record) { p.remember("left:"+fold(nameOf(r)), true) })
		}
		return nil
	},
	"deleted-externalid-reserved": func(p *Provider, c *call) *answer {
		if c.on("DELETE", "Users/") {
			c.locked(func(r *record) {
				if id := stringOf(decodeOwn(r.body)["externalId"]); id != "" {
					p.remember("link:"+id, true)
				}
			})
		}
		if o, f := decodeObject(c.body); f == nil && c.on("POST", "Users") {
			if v, _ := lookup(o, "externalId"); p.recall("link:"+stringOf(v)) != nil {
				return refuse(http.StatusConflict, scim.Uniqueness, "The externalId is already in use.").answer()
			}
		}
		return nil
	},
	"title-change-leaves-groups": func(p *Provider, c *call) *answer {
		if o, f := decodeObject(c.body); f == nil && c.on("PATCH", "Users/") && named(patchOps(o), "title") {
			c.locked(func(r *record) { p.leaveAll(c.tenant, r.id) })
		}
		return nil
	},
}

var apartHooks = map[string]responseHook{
	"filter-new-group-externalid-none": unindexed("Groups", "externalId"),
	"lists-hide-inactive-members": lists(func(c *call, o object) {
		c.tenant.mu.Lock()
		defer c.tenant.mu.Unlock()
		for _, e := range listOf(o["Resources"]) {
			g, _ := e.(object)
			var kept []any
			for _, m := range listOf(g["members"]) {
				if u := c.tenant.lookup(stringOf(m.(object)["value"])); u == nil || !inactive(u) {
					kept = append(kept, m)
				}
			}
			if g["members"] != nil {
				g["members"] = kept
			}
		}
	}),
	"rehire-not-found": func(p *Provider, c *call, a *answer) {
		if !c.on(http.MethodGet, "Users") || c.query.Get("filter") == "" {
			return
		}
		o := a.tree()
		var kept []any
		for _, e := range listOf(o["Resources"]) {
			if m, _ := e.(object); p.recall("left:"+fold(stringOf(m["userName"]))) == nil {
				kept = append(kept, e)
			}
		}
		o["totalResults"] = number(intOf(o["totalResults"]) - len(listOf(o["Resources"])) + len(kept))
		o["Resources"], o["itemsPerPage"] = kept, number(len(kept))
		a.setTree(o)
	},
}

var apartOps = map[string]opsBend{
	"repeated-member-500": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for _, op := range ops {
			if isMembers(op.Path) && repeats(listOf(op.Value)) {
				return nil, refuse(http.StatusInternalServerError, "", "Internal server error.")
			}
		}
		return ops, nil
	},
	// operations are carried out by kind, removals at the end
	"removals-come-last": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		sorted := slices.Clone(ops)
		slices.SortStableFunc(sorted, func(a, b scim.Op) int { return strings.Index(verb(a), "remove") - strings.Index(verb(b), "remove") })
		return sorted, nil
	},
	// what is known of a list of members is added before somebody unknown is met
	"unknown-member-by-half": func(_ *Provider, c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		c.tenant.mu.Lock()
		defer c.tenant.mu.Unlock()
		g := c.record()
		for _, op := range ops {
			if g == nil || verb(op) != "add" || !isMembers(op.Path) {
				continue
			}
			var found []member
			list := listOf(op.Value)
			for _, e := range list {
				m, _ := e.(object)
				if u := c.tenant.lookup(stringOf(m["value"])); u != nil && g.members.find(u.id) < 0 {
					found = append(found, member{id: u.id, kind: u.kind})
				}
			}
			if n := len(found); n > 0 && n < len(list) {
				c.tenant.setMembers(g, append(membersOf(g), found...))
			}
		}
		return ops, nil
	},
}

var apartIntake = map[string]intakeBend{
	"repeated-member-500": func(_ *Provider, c *call, _ *intake, _ *record) *fault {
		o, f := decodeObject(c.body)
		if f == nil && c.head() == "Groups" && repeats(listOf(o["members"])) {
			return refuse(http.StatusInternalServerError, "", "Internal server error.")
		}
		return nil
	},
}

// repeats tells whether a member stands twice in a list.
func repeats(list []any) bool {
	seen := map[string]bool{}
	for _, e := range list {
		m, _ := e.(object)
		id := stringOf(m["value"])
		if seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}
