package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// dispatch finds what a path and method stand for (RFC 7644 section 3.2, table 2).
func (p *Provider) dispatch(c *call) *answer {
	if len(c.path) == 0 {
		return c.methods(map[string]func() *answer{http.MethodGet: func() *answer { return p.query(c, p.model.kinds) }})
	}
	head := c.path[0]
	switch head {
	case "ServiceProviderConfig", "ResourceTypes", "Schemas":
		if len(c.path) <= 2 && !(head == "ServiceProviderConfig" && len(c.path) == 2) {
			return c.methods(map[string]func() *answer{http.MethodGet: func() *answer { return p.discover(c) }})
		}
	case ".search":
		if len(c.path) == 1 {
			return p.searchPoint(c, p.model.kinds)
		}
	case "Bulk":
		if len(c.path) == 1 {
			return p.bulkPoint(c)
		}
	case "Me":
		if len(c.path) == 1 {
			return p.mePoint(c)
		}
	}
	if k := p.model.kindBySegment(head); k != nil {
		switch {
		case len(c.path) == 1:
			return c.methods(map[string]func() *answer{
				http.MethodGet:  func() *answer { return p.query(c, []*kind{k}) },
				http.MethodPost: func() *answer { return p.create(c, k) },
			})
		case len(c.path) == 2 && c.path[1] == ".search":
			return p.searchPoint(c, []*kind{k})
		case len(c.path) == 2:
			return p.itemPoint(c, k, c.path[1])
		}
	}
	return refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
}

// methods picks the handler of the request's method; any other method is 405 with Allow (RFC 9110 section 15.5.6).
func (c *call) methods(table map[string]func() *answer) *answer {
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if h := table[method]; h != nil {
		return h()
	}
	var allow []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if table[m] != nil || m == http.MethodHead && table[http.MethodGet] != nil {
			allow = append(allow, m)
		}
	}
	list := strings.Join(allow, ", ")
	return refuse(http.StatusMethodNotAllowed, "", "%s is not possible here; possible are %s.", quoted(c.r.Method), list).withHeader("Allow", list).answer()
}

func (p *Provider) itemPoint(c *call, k *kind, id string) *answer {
	return c.methods(map[string]func() *answer{
		http.MethodGet:    func() *answer { return p.get(c, k, id) },
		http.MethodPut:    func() *answer { return p.replace(c, k, id) },
		http.MethodPatch:  func() *answer { return p.patch(c, k, id) },
		http.MethodDelete: func() *answer { return p.remove(c, k, id) },
	})
}

func (p *Provider) searchPoint(c *call, kinds []*kind) *answer {
	if p.has("no-search") {
		return notImplemented("/.search").answer()
	}
	return c.methods(map[string]func() *answer{http.MethodPost: func() *answer {
		s, f := c.searchBody()
		if f != nil {
			return f.answer()
		}
		return p.list(c, s, kinds)
	}})
}

func (p *Provider) query(c *call, kinds []*kind) *answer {
	s, f := c.searchOf()
	if f != nil {
		return f.answer()
	}
	return p.list(c, s, kinds)
}

// mePoint is the resource of the authenticated subject (RFC 7644 section 3.11), processed directly; 501 for a credential that
// is no User.
func (p *Provider) mePoint(c *call) *answer {
	if c.me == "" || p.has("no-me") {
		return notImplemented("/Me for this credential").answer()
	}
	k := p.model.kindByName("User")
	c.tenant.mu.RLock()
	found := c.tenant.of(k).indexes["username"].find(fold(c.me))
	c.tenant.mu.RUnlock()
	if len(found) == 0 {
		return refuse(http.StatusNotFound, "", "The User of this credential does not exist.").answer()
	}
	return p.itemPoint(c, k, found[0].id)
}

func notImplemented(what string) *fault {
	return refuse(http.StatusNotImplemented, "", "This service does not support %s.", what)
}

// get reads one resource, conditionally where If-None-Match is sent (RFC 7644 section 3.14).
func (p *Provider) get(c *call, k *kind, id string) *answer {
	proj, f := c.projection()
	if f != nil {
		return f.answer()
	}
	c.tenant.mu.RLock()
	defer c.tenant.mu.RUnlock()
	r := c.tenant.of(k).byID[id]
	if r == nil {
		return notFound(k, id).answer()
	}
	v := c.view(proj)
	if f := p.filterOnItem(c, v, k, r); f != nil {
		return f.answer()
	}
	tag := c.r.Header.Get("If-None-Match")
	if tag != "" && !p.noETags() && !p.has("if-none-match-ignored") && (matchesTag(tag, v.etag(r)) || p.has("always-not-modified")) {
		a := reply(http.StatusNotModified, nil)
		a.header.Set("ETag", v.etag(r))
		return a
	}
	return c.show(v, r, http.StatusOK)
}

// filterOnItem applies a filter on a single resource (RFC 7644 section 3.4.2.1 allows the query there): no match is not
// found.
func (p *Provider) filterOnItem(c *call, v *view, k *kind, r *record) *fault {
	if !c.query.Has("filter") {
		return nil
	}
	s := &search{filter: c.query.Get("filter"), hasFilter: true, get: true}
	if f := p.prepare(s, []*kind{k}); f != nil {
		return f
	}
	if s.parsed == nil || p.match(&view{p: p, t: v.t, root: v.root}, s.parsed, r) {
		return nil
	}
	return refuse(http.StatusNotFound, "", "The resource does not match the filter.")
}

func notFound(k *kind, id string) *fault {
	return refuse(http.StatusNotFound, "", "%s %s does not exist.", k.rt.Name, quoted(id))
}

// show answers with one resource, its URI and its version.
func (c *call) show(v *view, r *record, status int) *answer {
	a := reply(status, v.append(make([]byte, 0, len(r.body)+512), r))
	a.header.Set("Location", v.location(r))
	if !c.p.noETags() {
		a.header.Set("ETag", v.etag(r))
	}
	return a
}

// matchesTag is the weak comparison of RFC 9110 section 8.8.3.2 over a list of tags.
func matchesTag(list, tag string) bool {
	for _, t := range strings.Split(list, ",") {
		t = strings.TrimSpace(t)
		if t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// precondition checks If-Match and If-None-Match of a change (RFC 7644 section 3.14: weak tags are compared as they are).
func (p *Provider) precondition(c *call, v *view, r *record) *fault {
	method := c.r.Method
	switch {
	case p.noETags(), p.has("if-match-ignored"), p.has("if-match-race"):
		return nil
	case method == http.MethodPatch && p.has("if-match-patch-ignored"), method == http.MethodDelete && p.has("if-match-delete-ignored"),
		method == http.MethodPut && c.head() == "Groups" && p.has("if-match-group-put-ignored"):
		return nil
	}
	return p.checkVersion(c, v, r)
}

func (p *Provider) checkVersion(c *call, v *view, r *record) *fault {
	always := p.has("if-match-always-412") || p.has("if-match-star-412") && c.r.Header.Get("If-Match") == "*"
	if tag := c.r.Header.Get("If-Match"); tag != "" && (always || !matchesTag(tag, v.etag(r))) {
		return refuse(http.StatusPreconditionFailed, "", "The resource has changed: its version is %s.", v.etag(r))
	}
	if tag := c.r.Header.Get("If-None-Match"); tag != "" && matchesTag(tag, v.etag(r)) {
		return refuse(http.StatusPreconditionFailed, "", "The version %s exists.", v.etag(r))
	}
	return nil
}

func scimFault(e *scim.Error) *fault {
	return &fault{status: e.Status, scimType: e.ScimType, detail: e.Detail}
}
