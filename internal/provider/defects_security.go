package provider

import (
	"net/http"
	"strings"
)

// securityRequests are defects that open doors.
var securityRequests = map[string]requestHook{
	"cross-tenant-read": func(p *Provider, c *call) *answer {
		if c.r.Method == http.MethodGet && c.item() {
			p.wander(c)
		}
		return nil
	},
	"cross-tenant-write": func(p *Provider, c *call) *answer {
		if c.r.Method != http.MethodGet && c.item() {
			p.wander(c)
		}
		return nil
	},
	"cross-tenant-patch": func(p *Provider, c *call) *answer {
		if c.r.Method == http.MethodPatch && c.item() {
			p.wander(c)
		}
		return nil
	},
	"cross-tenant-list": func(p *Provider, c *call) *answer {
		if c.lists() && c.query.Has("filter") {
			for _, t := range p.tenants {
				if t != c.tenant && t.name == defaultTenant {
					c.tenant = t
				}
			}
		}
		return nil
	},
	"me-first-user": func(p *Provider, c *call) *answer {
		if c.head() == "Me" {
			c.tenant.mu.RLock()
			if w := c.tenant.collections[0].window(0, 1); len(w) > 0 {
				c.me = nameOf(w[0])
			}
			c.tenant.mu.RUnlock()
		}
		return nil
	},
	"me-500": func(_ *Provider, c *call) *answer {
		if c.head() == "Me" {
			return serverError()
		}
		return nil
	},
	"me-200-empty": func(_ *Provider, c *call) *answer {
		if c.head() == "Me" && c.me == "" {
			return reply(http.StatusOK, []byte("{}"))
		}
		return nil
	},
	"search-creates": func(p *Provider, c *call) *answer {
		if k := p.model.kindBySegment(c.head()); c.r.Method == http.MethodPost && len(c.path) == 2 && c.path[1] == ".search" && k != nil {
			return p.create(c, k)
		}
		return nil
	},
	"search-root-users-only": func(p *Provider, c *call) *answer {
		if len(c.path) == 1 && c.head() == ".search" && c.r.Method == http.MethodPost {
			return p.searchPoint(c, p.model.kinds[:1])
		}
		return nil
	},
	"search-500": func(_ *Provider, c *call) *answer {
		if len(c.path) > 0 && c.path[len(c.path)-1] == ".search" {
			return serverError()
		}
		return nil
	},
	"root-query-users-only": func(p *Provider, c *call) *answer {
		if len(c.path) == 0 && c.r.Method == http.MethodGet {
			return p.query(c, p.model.kinds[:1])
		}
		return nil
	},
	"groups-endpoint-404": func(_ *Provider, c *call) *answer {
		if c.head() == "Groups" {
			return refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
		}
		return nil
	},
	"groups-list-501": func(_ *Provider, c *call) *answer {
		if c.on("GET", "Groups") {
			return notImplemented("listing Groups").answer()
		}
		return nil
	},
	"users-list-needs-filter": func(_ *Provider, c *call) *answer {
		if c.on("GET", "Users") && !c.query.Has("filter") {
			return refuse(http.StatusBadRequest, "tooMany", "A filter is required.").answer()
		}
		return nil
	},
	"odd-id-500": func(_ *Provider, c *call) *answer {
		if c.item() && strings.ContainsAny(c.path[1], "'%;<") {
			return serverError()
		}
		return nil
	},
}

// wander moves the request into the tenant that has the resource.
func (p *Provider) wander(c *call) {
	k := p.model.kindBySegment(c.head())
	if k == nil {
		return
	}
	for _, t := range p.tenants {
		t.mu.RLock()
		found := t.of(k).byID[c.path[1]] != nil
		t.mu.RUnlock()
		if found {
			c.tenant = t
			return
		}
	}
}
