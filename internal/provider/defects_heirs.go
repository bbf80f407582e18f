package provider

import (
	"net/http"

	"github.com/scimmage/scimmage/internal/scim"
)

// heirRequests and heirHooks are defects of servers that tie what belongs to an account to something else than its id: to the
// userName, or to a foreign key that is followed too far.
var heirRequests = map[string]requestHook{
	"successor-inherits-groups":  leavesWill,
	"successor-inherits-profile": leavesWill,
	"username-change-leaves-groups": func(p *Provider, c *call) *answer {
		if o, f := decodeObject(c.body); f == nil && c.on("PATCH", "Users/") && named(patchOps(o), "userName") {
			c.locked(func(r *record) { p.leaveAll(c.tenant, r.id) })
		}
		return nil
	},
	"manager-deletion-cascades": func(p *Provider, c *call) *answer {
		if len(c.path) == 2 && c.on("DELETE", "Users/") {
			for _, id := range c.reports(c.path[1]) {
				c.tenant.mu.Lock()
				users := c.tenant.of(p.model.kindBySegment("Users"))
				r := users.byID[id]
				p.leaveAll(c.tenant, id)
				users.delete(r, r.kind.keys(decodeOwn(r.body)))
				c.tenant.mu.Unlock()
			}
		}
		return nil
	},
	"nested-group-deletion-500": func(_ *Provider, c *call) *answer {
		held := false
		if c.on("DELETE", "Groups/") {
			c.locked(func(r *record) { held = len(c.tenant.memberOf[r.id]) > 0 })
		}
		if held {
			return refuse(http.StatusInternalServerError, "", "The foreign key does not allow that.").answer()
		}
		return nil
	},
	"manager-deletion-refused": func(_ *Provider, c *call) *answer {
		if len(c.path) == 2 && c.on("DELETE", "Users/") && len(c.reports(c.path[1])) > 0 {
			return refuse(http.StatusConflict, "", "The user is still a manager.").answer()
		}
		return nil
	},
}

var heirHooks = map[string]responseHook{
	"successor-inherits-groups": func(p *Provider, c *call, a *answer) {
		o := a.tree()
		name, _ := o["userName"].(string)
		groups, _ := p.recall("will:" + fold(name)).(will)
		if !c.on("POST", "Users") || a.status != http.StatusCreated {
			return
		}
		c.tenant.mu.Lock()
		defer c.tenant.mu.Unlock()
		heir := c.tenant.of(p.model.kindBySegment("Users")).byID[stringOf(o["id"])]
		for _, id := range groups.groups {
			if g := c.tenant.of(p.model.kindBySegment("Groups")).byID[id]; g != nil && heir != nil {
				list := []member{{id: heir.id, kind: heir.kind}}
				if g.members != nil {
					list = append(append([]member(nil), g.members.list...), list...)
				}
				c.tenant.setMembers(g, list)
			}
		}
	},
	"successor-inherits-profile": func(p *Provider, c *call, a *answer) {
		o := a.tree()
		name, _ := o["userName"].(string)
		left, _ := p.recall("will:" + fold(name)).(will)
		if !c.on("POST", "Users") || a.status != http.StatusCreated || left.title == nil || o["title"] != nil {
			return
		}
		c.tenant.mu.Lock()
		defer c.tenant.mu.Unlock()
		if heir := c.tenant.of(p.model.kindBySegment("Users")).byID[stringOf(o["id"])]; heir != nil {
			c.alter(heir, []edit{{Set: "title", To: left.title}})
		}
		o["title"] = left.title
		a.setTree(o)
	},
}

// will is what a deleted account leaves to the next one of its name.
type will struct {
	groups []string
	title  any
}

func leavesWill(p *Provider, c *call) *answer {
	if !c.on("DELETE", "Users/") {
		return nil
	}
	c.locked(func(r *record) {
		w := will{title: decodeOwn(r.body)["title"]}
		for _, g := range c.tenant.memberOf[r.id] {
			w.groups = append(w.groups, g.id)
		}
		p.remember("will:"+fold(nameOf(r)), w)
	})
	return nil
}

// reports are the ids of those whose manager the User is.
func (c *call) reports(id string) []string {
	c.tenant.mu.RLock()
	defer c.tenant.mu.RUnlock()
	var out []string
	for _, r := range c.tenant.of(c.p.model.kindBySegment("Users")).order {
		work, _ := decodeOwn(r.body)[scim.SchemaEnterprise].(object)
		if boss, _ := work["manager"].(object); !r.gone && r.id != id && stringOf(boss["value"]) == id {
			out = append(out, r.id)
		}
	}
	return out
}

// patchOps reads the operations of a PATCH as they came.
func patchOps(o object) []scim.Op {
	var out []scim.Op
	for _, e := range listOf(o["Operations"]) {
		if m, ok := e.(object); ok {
			path, has := m["path"].(string)
			out = append(out, scim.Op{Path: path, HasPath: has, Value: m["value"]})
		}
	}
	return out
}
