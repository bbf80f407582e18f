package provider

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// reachRequests and reachHooks are defects by which a request reaches more than what it names.
var reachRequests = map[string]requestHook{
	"groups-list-includes-users": func(p *Provider, c *call) *answer {
		if c.on("GET", "Groups") && !c.query.Has("filter") {
			return p.query(c, p.model.kinds)
		}
		return nil
	},
	"read-by-id-alone":   byIDAlone("GET"),
	"delete-by-id-alone": byIDAlone("DELETE"),
	"client-id-taken": func(p *Provider, c *call) *answer {
		if sent, f := decodeObject(c.body); f == nil && c.on("POST", "Users") {
			c.promised, _ = sent["id"].(string)
		}
		return nil
	},
	"user-groups-patch-joins": func(_ *Provider, c *call) *answer {
		c.reach("PATCH", "Users/", func(t *tenant, r *record) {
			sent, _ := decodeObject(c.body)
			for _, e := range listOf(sent["Operations"]) {
				if op, _ := e.(object); op["path"] == "groups" && op["op"] != "remove" {
					t.joinAll(r, op["value"])
				}
			}
		})
		return nil
	},
	"user-groups-patch-parts": func(_ *Provider, c *call) *answer {
		c.reach("PATCH", "Users/", func(t *tenant, r *record) {
			sent, _ := decodeObject(c.body)
			for _, e := range listOf(sent["Operations"]) {
				op, _ := e.(object)
				if path, _ := op["path"].(string); op["op"] == "remove" && strings.HasPrefix(path, "groups") {
					t.leaveAll(r)
				}
			}
		})
		return nil
	},
	"member-put-inactive-409": func(_ *Provider, c *call) *answer {
		busy := false
		c.reach("PUT", "Users/", func(t *tenant, r *record) { busy = len(t.memberOf[r.id]) > 0 })
		if sent, f := decodeObject(c.body); f != nil || !busy || sent["active"] != false {
			return nil
		}
		return refuse(http.StatusConflict, "", "The account is a member of a group.").answer()
	},
	"second-group-refused": func(_ *Provider, c *call) *answer {
		taken := false
		c.reach("PATCH", "Groups/", func(t *tenant, r *record) {
			for id, groups := range t.memberOf {
				taken = taken || len(groups) > 0 && groups[0] != r && strings.Contains(string(c.body), `"add"`) && strings.Contains(string(c.body), id)
			}
		})
		if !taken {
			return nil
		}
		return refuse(http.StatusConflict, "", "The account is a member of another group.").answer()
	},
	"delete-group-by-prefix": func(_ *Provider, c *call) *answer {
		c.reach("DELETE", "Groups/", func(t *tenant, r *record) {
			col := t.of(r.kind)
			for _, other := range append([]*record(nil), col.order...) {
				if other != r && !other.gone && strings.HasPrefix(displayOf(other), displayOf(r)) {
					t.part(other, other.members.ids())
					col.delete(other, other.kind.keys(decodeOwn(other.body)))
				}
			}
		})
		return nil
	},
	"delete-takes-newest": func(p *Provider, c *call) *answer {
		other := ""
		c.reach("DELETE", "Users/", func(t *tenant, r *record) {
			other = t.of(r.kind).newest(r)
		})
		if other != "" {
			p.drop(c, "User", other)
		}
		return nil
	},
	"deleted-member-empties-groups": func(_ *Provider, c *call) *answer {
		c.reach("DELETE", "Users/", func(t *tenant, r *record) {
			for _, g := range append([]*record(nil), t.memberOf[r.id]...) {
				t.setMembers(g, nil)
			}
		})
		return nil
	},
	"search-creates-account": func(p *Provider, c *call) *answer {
		m := asksForName.FindStringSubmatch(c.query.Get("filter"))
		if m == nil || !c.on("GET", "Users") {
			return nil
		}
		k := p.model.kindByName("User")
		c.tenant.mu.Lock()
		defer c.tenant.mu.Unlock()
		if len(c.tenant.of(k).holders("username", []string{fold(m[1])})) == 0 {
			body := object{"schemas": []any{scim.SchemaUser}, "userName": m[1]}
			_, _ = p.insert(c, k, &intake{body: body}) // a search answers with what there is
		}
		return nil
	},
	"broken-body-salvaged": func(p *Provider, c *call) *answer {
		if _, f := decodeObject(c.body); f == nil || !c.on("POST", "Users") {
			return nil
		}
		if m := salvaged.FindSubmatch(c.body); m != nil {
			c.tenant.mu.Lock()
			defer c.tenant.mu.Unlock()
			body := object{"schemas": []any{scim.SchemaUser}, "userName": string(m[1])}
			_, _ = p.insert(c, p.model.kindByName("User"), &intake{body: body}) // the client is told of its body, not of this
		}
		return nil
	},
	"deep-body-kills": func(p *Provider, c *call) *answer {
		if left, _ := p.recall("dying").(int); left > 0 { // clients try again, and it takes longer than that
			p.remember("dying", left-1)
			return &answer{drop: true, header: http.Header{}}
		}
		if writes(c) && strings.Count(string(c.body), "[")+strings.Count(string(c.body), "{") > 1000 {
			p.remember("dying", 4)
		}
		return nil
	},
}

// salvaged is what a parser that breaks off has seen of a userName.
var salvaged = regexp.MustCompile(`"userName" ?: ?"([^"]+)"`)

// asksForName is the search of every client that looks before it creates.
var asksForName = regexp.MustCompile(`(?i)^userName eq "([^"]+@[^"]+)"$`)

var reachHooks = map[string]responseHook{
	"user-groups-join": func(_ *Provider, c *call, a *answer) {
		if !a.ok() || !c.on("POST PUT", "Users") && !c.on("POST PUT", "Users/") {
			return
		}
		sent, _ := decodeObject(c.body)
		c.tenant.mu.Lock()
		defer c.tenant.mu.Unlock()
		if user := c.tenant.lookup(stringOf(a.tree()["id"])); user != nil {
			c.tenant.joinAll(user, sent["groups"])
		}
	},
}

// leaveAll takes a User out of its groups.
func (t *tenant) leaveAll(user *record) {
	for _, g := range slices.Clone(t.memberOf[user.id]) {
		t.setMembers(g, slices.DeleteFunc(slices.Clone(g.members.list), func(m member) bool { return m.id == user.id }))
	}
}

// joinAll makes a User a member of the groups that were written on it.
func (t *tenant) joinAll(user *record, groups any) {
	for _, e := range listOf(groups) {
		o, _ := e.(object)
		g := t.lookup(stringOf(o["value"]))
		if g == nil || g.kind.rt.Name != "Group" || g.members != nil && g.members.find(user.id) >= 0 {
			continue
		}
		list := []member{{id: user.id, kind: user.kind}}
		if g.members != nil {
			list = append(list, g.members.list...)
		}
		t.setMembers(g, list)
	}
}

// reach does something beside a request on a resource, before it is carried out.
func (c *call) reach(methods, endpoint string, f func(*tenant, *record)) {
	if !c.on(methods, endpoint) {
		return
	}
	c.locked(func(r *record) { f(c.tenant, r) })
}

// byIDAlone is the lookup of a server with one table for all resources, and handlers that ask it for the id and nothing else.
func byIDAlone(method string) requestHook {
	return func(_ *Provider, c *call) *answer {
		if c.r.Method != method || !c.item() || c.tenant == nil {
			return nil
		}
		c.tenant.mu.RLock()
		defer c.tenant.mu.RUnlock()
		if r := c.tenant.lookup(c.path[1]); r != nil {
			c.path[0] = r.kind.rt.Endpoint[1:]
		}
		return nil
	}
}
