package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// lifecycleRequests are defects around deactivation and deletion.
var lifecycleRequests = map[string]requestHook{
	"deactivated-hidden-get": func(_ *Provider, c *call) *answer {
		return hidesInactive(c, c.r.Method == http.MethodGet)
	},
	"deactivated-put-404":   func(_ *Provider, c *call) *answer { return hidesInactive(c, c.r.Method == http.MethodPut) },
	"deactivated-patch-404": func(_ *Provider, c *call) *answer { return hidesInactive(c, c.r.Method == http.MethodPatch) },
	"deactivated-frozen": func(_ *Provider, c *call) *answer {
		frozen := false
		if c.on("PUT PATCH", "Users/") {
			c.locked(func(r *record) { frozen = inactive(r) })
		}
		if frozen {
			return refuse(http.StatusConflict, "", "The user is deactivated and cannot be changed.").answer()
		}
		return nil
	},
	"reactivation-403": func(_ *Provider, c *call) *answer {
		frozen := false
		if c.on("PUT PATCH", "Users/") && strings.Contains(strings.ReplaceAll(lower(string(c.body)), " ", ""), `true`) {
			c.locked(func(r *record) { frozen = inactive(r) })
		}
		if frozen {
			return refuse(http.StatusForbidden, "", "A deactivated user cannot be activated again.").answer()
		}
		return nil
	},
	"delete-keeps": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodDelete && c.item() && c.locked(func(*record) {}) {
			return reply(http.StatusNoContent, nil)
		}
		return nil
	},
	"delete-group-keeps": func(_ *Provider, c *call) *answer {
		if c.on("DELETE", "Groups/") && c.locked(func(*record) {}) {
			return reply(http.StatusNoContent, nil)
		}
		return nil
	},
	"delete-deactivates": func(p *Provider, c *call) *answer {
		if !c.on("DELETE", "Users/") {
			return nil
		}
		if c.locked(func(r *record) { setActive(p, r, false) }) {
			return reply(http.StatusNoContent, nil)
		}
		return nil
	},
	"delete-not-allowed": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodDelete && c.item() {
			return refuse(http.StatusMethodNotAllowed, "", "DELETE is not possible here.").withHeader("Allow", "GET, PUT, PATCH").answer()
		}
		return nil
	},
	"delete-second-204": func(p *Provider, c *call) *answer {
		if c.r.Method != http.MethodDelete || !c.item() {
			return nil
		}
		if c.locked(func(*record) { p.remember("deleted:"+c.path[1], true) }) || p.recall("deleted:"+c.path[1]) == nil {
			return nil
		}
		return reply(http.StatusNoContent, nil)
	},
	"delete-still-readable": func(p *Provider, c *call) *answer {
		if !c.item() {
			return nil
		}
		if c.r.Method == http.MethodDelete {
			c.locked(func(r *record) { p.remember("ghost:"+c.path[1], c.view(nil).append(nil, r)) })
		}
		if b, ok := p.recall("ghost:" + c.path[1]).([]byte); ok && c.r.Method == http.MethodGet {
			return reply(http.StatusOK, b)
		}
		return nil
	},
	"delete-group-deletes-members": func(_ *Provider, c *call) *answer {
		if !c.on("DELETE", "Groups/") {
			return nil
		}
		var ids []string
		c.locked(func(r *record) { ids = r.members.ids() })
		users := c.tenant.collections[0]
		for _, id := range ids {
			c.tenant.mu.Lock()
			if r := users.byID[id]; r != nil {
				c.p.leaveAll(c.tenant, id)
				users.delete(r, r.kind.keys(decodeOwn(r.body)))
			}
			c.tenant.mu.Unlock()
		}
		return nil
	},
	"delete-group-with-members-409": func(_ *Provider, c *call) *answer {
		full := false
		if c.on("DELETE", "Groups/") {
			c.locked(func(r *record) { full = r.members != nil })
		}
		if full {
			return refuse(http.StatusConflict, "", "The group has members.").answer()
		}
		return nil
	},
	"delete-needs-content-type": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodDelete && c.r.Header.Get("Content-Type") == "" {
			return refuse(http.StatusUnsupportedMediaType, "", "Content-Type is required.").answer()
		}
		return nil
	},
	"delete-username-reserved": func(p *Provider, c *call) *answer {
		if c.on("DELETE", "Users/") {
			c.locked(func(r *record) { p.remember("reserved:"+fold(nameOf(r)), true) })
		}
		if c.on("POST", "Users") {
			if o, f := decodeObject(c.body); f == nil {
				v, _ := lookup(o, "userName")
				s, _ := v.(string)
				if p.recall("reserved:"+fold(s)) != nil {
					return refuse(http.StatusConflict, scim.Uniqueness, "The userName is already in use.").answer()
				}
			}
		}
		return nil
	},
	"stale-reads": func(p *Provider, c *call) *answer {
		if c.on("PUT PATCH", "Users/") || c.on("PUT PATCH", "Groups/") {
			c.locked(func(r *record) { p.remember("cache:"+c.path[1], c.view(nil).append(nil, r)) })
			return nil
		}
		if c.r.Method == http.MethodGet && c.item() {
			if b, ok := p.remember("cache:"+c.path[1], nil).([]byte); ok {
				return reply(http.StatusOK, b)
			}
		}
		return nil
	},
}

// oneName keeps one of the members whose names differ in letter case only.
func oneName(o object) object {
	out := object{}
	for name, v := range o {
		if have, dup := lookup(out, name); !dup {
			out[name] = v
		} else if stringOf(have) < stringOf(v) {
			for n := range out {
				if strings.EqualFold(n, name) {
					out[n] = v
				}
			}
		}
	}
	return out
}
