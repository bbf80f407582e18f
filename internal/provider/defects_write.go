package provider

import (
	"net/http"

	"github.com/scimmage/scimmage/internal/scim"
)

// writeHooks are defects in the answers of writes, and of what happens after them.
var writeHooks = map[string]responseHook{
	"duplicate-409-stored": func(p *Provider, c *call, a *answer) {
		if o := a.tree(); c.creates() && a.status == http.StatusCreated && o != nil {
			c.tenant.mu.RLock()
			found := c.tenant.of(p.model.kindBySegment("Users")).indexes["username"].find(fold(stringOf(o["userName"])))
			c.tenant.mu.RUnlock()
			if len(found) > 1 {
				*a = *p.conflict("userName", false).answer()
			}
		}
	},
	"post-200": func(_ *Provider, c *call, a *answer) {
		if c.creates() && a.status == http.StatusCreated {
			a.status = http.StatusOK
		}
	},
	"no-location": func(_ *Provider, c *call, a *answer) {
		if c.creates() {
			a.header.Del("Location")
		}
	},
	"location-header-differs": func(_ *Provider, c *call, a *answer) {
		if c.creates() && a.status == http.StatusCreated {
			a.header.Set("Location", c.root()+"/"+c.head())
		}
	},
	"create-empty-body": func(_ *Provider, c *call, a *answer) {
		if c.creates() && a.status == http.StatusCreated {
			a.body = nil
		}
	},
	"create-body-null": func(_ *Provider, c *call, a *answer) {
		if c.creates() && a.status == http.StatusCreated {
			a.body = []byte("null")
		}
	},
	"create-without-id": func(_ *Provider, c *call, a *answer) {
		if c.creates() && a.status == http.StatusCreated {
			o := a.tree()
			delete(o, "id")
			a.setTree(o)
		}
	},
	"create-echoes-request": func(_ *Provider, c *call, a *answer) {
		sent, f := decodeObject(c.body)
		if c.creates() && a.status == http.StatusCreated && f == nil {
			o := a.tree()
			sent["id"], sent["meta"] = o["id"], o["meta"]
			delete(sent, "password")
			a.setTree(sent)
		}
	},
	"create-500-after-change": func(_ *Provider, c *call, a *answer) {
		if c.creates() && a.status == http.StatusCreated {
			*a = *serverError()
		}
	},
	"put-204":            status("PUT", http.StatusNoContent),
	"put-201":            status("PUT", http.StatusCreated),
	"put-empty-body":     emptied("PUT"),
	"patch-empty-body":   emptied("PATCH"),
	"put-stale-response": stale("PUT"),
	"patch-500-after-change": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodPatch && a.ok() {
			*a = *serverError()
		}
	},
	"patch-stale-response": stale("PATCH"),
	"patch-204-ignores-attributes": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodPatch && a.ok() {
			a.status, a.body = http.StatusNoContent, nil
		}
	},
	"patch-returns-operations": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodPatch && a.status == http.StatusOK {
			a.body = c.body
		}
	},
	"patch-202": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodPatch && a.ok() {
			a.status = http.StatusAccepted
		}
	},
	"delete-200-body": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodDelete && a.status == http.StatusNoContent {
			a.status, a.body = http.StatusOK, []byte(`{"deleted":true}`)
		}
	},
	"delete-second-500": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodDelete && a.status == http.StatusNotFound {
			*a = *serverError()
		}
	},
	"delete-unknown-204": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodDelete && a.status == http.StatusNotFound {
			*a = *reply(http.StatusNoContent, nil)
		}
	},
	"put-404-as-400": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodPut && a.status == http.StatusNotFound {
			*a = *refuse(http.StatusBadRequest, scim.InvalidValue, "Unknown identifier.").answer()
		}
	},
}

func status(method string, code int) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if c.r.Method == method && a.status == http.StatusOK {
			a.status = code
			if code == http.StatusNoContent {
				a.body = nil
			}
		}
	}
}

func emptied(method string) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if c.r.Method == method && a.status == http.StatusOK {
			a.body = []byte{}
		}
	}
}

// stale answers with the representation of before the change, which a request hook had to remember.
func stale(method string) responseHook {
	return func(p *Provider, c *call, a *answer) {
		if c.r.Method != method || a.status != http.StatusOK {
			return
		}
		if old, ok := p.recall("before:" + c.path[len(c.path)-1]).([]byte); ok {
			a.body = old
		}
	}
}
