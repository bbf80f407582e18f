package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// requestHooks are defects that act before a request is dispatched.
var requestHooks = map[string]requestHook{
	"put-stale-response":   remembersBefore("PUT"),
	"patch-stale-response": remembersBefore("PATCH"),
	"put-creates": func(p *Provider, c *call) *answer {
		k := p.model.kindBySegment(c.head())
		if c.r.Method != http.MethodPut || len(c.path) != 2 || k == nil {
			return nil
		}
		if c.locked(func(*record) {}) {
			return nil
		}
		c.promised = c.path[1]
		return p.create(c, k)
	},
	"put-not-allowed": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodPut && c.item() {
			return refuse(http.StatusMethodNotAllowed, "", "PUT is not possible here.").withHeader("Allow", "GET, PATCH, DELETE").answer()
		}
		return nil
	},
	"patch-not-allowed": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodPatch && c.item() {
			return refuse(http.StatusMethodNotAllowed, "", "PATCH is not possible here.").withHeader("Allow", "GET, PUT, DELETE").answer()
		}
		return nil
	},
	"patch-one-op-only": func(_ *Provider, c *call) *answer {
		return refusesOps(c, func(n int) bool { return n > 1 }, "One operation at a time.")
	},
	"patch-ten-ops-only": func(_ *Provider, c *call) *answer {
		return refusesOps(c, func(n int) bool { return n > 10 }, "Too many operations.")
	},
	"patch-echo-not-stored": func(p *Provider, c *call) *answer {
		if c.r.Method != http.MethodPatch || !c.item() || c.bulk {
			return nil
		}
		return p.pretend(c)
	},
	"users-list-includes-groups": func(p *Provider, c *call) *answer {
		if c.on("GET", "Users") && !c.query.Has("filter") {
			return p.query(c, p.model.kinds)
		}
		return nil
	},
	"claims-password-change": func(_ *Provider, c *call) *answer {
		if c.on("PUT PATCH", "Users/") && strings.Contains(string(c.body), `"password"`) {
			return refuse(http.StatusForbidden, scim.Mutability, "Passwords cannot be changed here.").answer()
		}
		return nil
	},
	"attributes-refused": func(_ *Provider, c *call) *answer {
		if c.query.Has("attributes") || c.query.Has("excludedAttributes") {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "attributes is not supported.").answer()
		}
		return nil
	},
	"unknown-query-parameter-400": func(_ *Provider, c *call) *answer {
		for name := range c.query {
			switch name {
			case "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes":
			default:
				return refuse(http.StatusBadRequest, scim.InvalidValue, "Unknown parameter.").answer()
			}
		}
		return nil
	},
	"paging-parameters-400": func(_ *Provider, c *call) *answer {
		if c.query.Has("startIndex") && c.query.Has("filter") {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "startIndex cannot be combined with filter.").answer()
		}
		return nil
	},
	"put-needs-if-match": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodPut && c.item() && c.r.Header.Get("If-Match") == "" {
			return refuse(http.StatusPreconditionFailed, "", "If-Match is required.").answer()
		}
		return nil
	},
	"malformed-json-500": func(_ *Provider, c *call) *answer {
		if writes(c) && len(c.body) > 0 {
			if _, f := decodeObject(c.body); f != nil {
				return serverError()
			}
		}
		return nil
	},
	"empty-body-500": func(_ *Provider, c *call) *answer {
		if writes(c) && len(c.body) == 0 {
			return serverError()
		}
		return nil
	},
	"malformed-json-drops": func(_ *Provider, c *call) *answer {
		if writes(c) && len(c.body) > 0 {
			if _, f := decodeObject(c.body); f != nil {
				return &answer{drop: true, header: http.Header{}}
			}
		}
		return nil
	},
	"malformed-json-text": func(_ *Provider, c *call) *answer {
		if writes(c) && len(c.body) > 0 {
			if _, f := decodeObject(c.body); f != nil {
				return text(http.StatusBadRequest, "text/html; charset=utf-8", "<html><body><pre>SyntaxError: Unexpected token in JSON at position 1<br> &nbsp; at JSON.parse (&lt;anonymous&gt;)</pre></body></html>")
			}
		}
		return nil
	},
	"array-body-500": func(_ *Provider, c *call) *answer {
		if writes(c) && strings.HasPrefix(strings.TrimSpace(string(c.body)), "[") {
			return serverError()
		}
		return nil
	},
	"deep-body-drops": func(_ *Provider, c *call) *answer {
		if writes(c) && strings.Count(string(c.body), "[") > 100 {
			return &answer{drop: true, header: http.Header{}}
		}
		return nil
	},
	"large-body-500": func(_ *Provider, c *call) *answer {
		if writes(c) && len(c.body) > 100_000 {
			return serverError()
		}
		return nil
	},
	"wrong-type-500": func(p *Provider, c *call) *answer {
		o, f := decodeObject(c.body)
		if !writes(c) || f != nil || c.r.Method == http.MethodPatch {
			return nil
		}
		for name, want := range map[string]bool{"userName": true, "displayName": true, "active": false, "name": false, "emails": false} {
			v, has := lookup(o, name)
			_, isString := v.(string)
			if has && v != nil && isString != want && !(name == "active" && v == "True") {
				_, isBool := v.(bool)
				_, isObject := v.(object)
				_, isList := v.([]any)
				if want || !(name == "active" && isBool || name == "name" && isObject || name == "emails" && isList) {
					return serverError()
				}
			}
		}
		return nil
	},
	"duplicate-keys-accepted": func(_ *Provider, c *call) *answer {
		if writes(c) {
			if o := decodeOwn(c.body); o != nil {
				c.body = encode(oneName(o))
			}
		}
		return nil
	},
}

func writes(c *call) bool {
	return c.r.Method == http.MethodPost || c.r.Method == http.MethodPut || c.r.Method == http.MethodPatch
}

func nameOf(r *record) string {
	s, _ := decodeOwn(r.body)["userName"].(string)
	return s
}

func hidesInactive(c *call, applies bool) *answer {
	hidden := false
	if applies && c.on("", "Users/") {
		c.tenant.mu.RLock()
		if r := c.record(); r != nil {
			hidden = inactive(r)
		}
		c.tenant.mu.RUnlock()
	}
	if hidden {
		return notFound(c.p.model.kinds[0], c.path[1]).answer()
	}
	return nil
}

// setActive changes the stored User. The caller holds the lock.
func setActive(p *Provider, r *record, active bool) {
	o := decodeOwn(r.body)
	o["active"] = active
	p.setBody(r, o)
	p.touch(r)
}

func remembersBefore(method string) requestHook {
	return func(p *Provider, c *call) *answer {
		if c.r.Method == method && c.item() {
			c.locked(func(r *record) { p.remember("before:"+c.path[1], c.view(nil).append(nil, r)) })
		}
		return nil
	}
}

func refusesOps(c *call, tooMany func(int) bool, why string) *answer {
	if c.r.Method != http.MethodPatch {
		return nil
	}
	o, f := decodeObject(c.body)
	if f != nil {
		return nil
	}
	if v, _ := lookup(o, "Operations"); tooMany(len(listOf(v))) {
		return refuse(http.StatusBadRequest, scim.InvalidSyntax, "%s", why).answer()
	}
	return nil
}

// pretend carries out a PATCH and takes it back, so that only the answer shows it.
func (p *Provider) pretend(c *call) *answer {
	var saved record
	var keys map[string][]string
	var members []member
	found := c.locked(func(r *record) {
		saved, keys, members = *r, r.kind.keys(decodeOwn(r.body)), membersOf(r)
	})
	if !found {
		return nil
	}
	a := p.dispatch(c)
	c.locked(func(r *record) {
		col := c.tenant.of(r.kind)
		col.unlink(r, r.kind.keys(decodeOwn(r.body)))
		col.link(r, keys)
		r.body, r.refs, r.version, r.modified, r.secret = saved.body, saved.refs, saved.version, saved.modified, saved.secret
		if r.kind.rt.Name == "Group" {
			c.tenant.setMembers(r, members)
		}
	})
	return a
}
