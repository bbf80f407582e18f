package provider

import (
	"fmt"
	"net/url"
	"strings"
)

// fits tells whether the request is one of those that the rule is about.
func (r *rule) fits(c *call) bool {
	methods, endpoint := r.On, ""
	if i := strings.LastIndexByte(r.On, ' '); i >= 0 && r.On[i+1:] != strings.ToUpper(r.On[i+1:]) || i < 0 && r.On != strings.ToUpper(r.On) {
		methods, endpoint = strings.TrimSpace(r.On[:i+1]), r.On[i+1:]
	}
	if !c.on(methods, endpoint) || endpoint == "" && r.Path.Regexp == nil && c.discovery() {
		return false
	}
	query, err := url.QueryUnescape(c.rawQuery)
	if err != nil {
		query = c.rawQuery
	}
	body := string(c.body)
	for name, p := range r.Sent {
		if !p.fits(c.r.Header.Get(name)) {
			return false
		}
	}
	return len(body) >= r.Larger && r.Credentials == c.credentials && r.Query.fits(query) && !r.NotQuery.hits(query) && r.Body.fits(body) && !r.NotBody.hits(body) &&
		r.Path.fits(strings.Join(c.path, "/")) && (r.Share == "" || c.shares(r.Share)) && (r.Shard == "" || c.sharded(r.Shard)) && r.fitsResource(c)
}

func (r *rule) fitsResource(c *call) bool {
	if r.Once.Regexp != nil && c.p.recall(r.once(c)) == nil || r.Member.Regexp != nil && !c.anyMember(r.Member) {
		return false
	}
	if r.Holds.Regexp != nil && len(c.path) == 1 && !c.anyStored(r.Holds) {
		return false
	}
	if len(c.path) == 1 && !r.Changed && !r.Fresh && r.NotHolds.Regexp == nil {
		return r.fitsHistory(c)
	}
	if r.Changed || r.Fresh || r.Holds.Regexp != nil || r.NotHolds.Regexp != nil {
		var version uint32
		var body string
		if !c.locked(func(rec *record) {
			version, body = rec.version, fmt.Sprintf("%s members:%d", rec.body, len(rec.members.ids()))
		}) {
			return false
		}
		if r.Changed && version < 2 || r.Fresh && version != 1 || !r.Holds.fits(body) || r.NotHolds.hits(body) {
			return false
		}
	}
	return r.fitsHistory(c)
}

func (r *rule) fitsHistory(c *call) bool {
	if !r.Seen && r.Often == 0 {
		return true
	}
	query, err := url.QueryUnescape(c.rawQuery)
	if err != nil {
		query = c.rawQuery
	}
	return c.p.asked(c.r.Method+strings.Join(c.path, "/")+"?"+query+string(c.body)) >= max(r.Often, 1)
}

// anyStored tells whether a resource of the collection fits.
func (c *call) anyStored(p pattern) bool {
	k := c.p.model.kindBySegment(c.head())
	if k == nil || c.tenant == nil {
		return false
	}
	c.tenant.mu.Lock()
	defer c.tenant.mu.Unlock()
	for _, r := range c.tenant.of(k).order {
		if r != nil && !r.gone && p.fits(string(r.body)) {
			return true
		}
	}
	return false
}

// anyMember tells whether a member of the Group fits.
func (c *call) anyMember(p pattern) bool {
	found := false
	c.locked(func(rec *record) {
		if rec.members == nil {
			return
		}
		for _, m := range rec.members.list {
			u := c.tenant.lookup(m.id)
			found = found || u != nil && p.fits(string(u.body))
		}
	})
	return found
}

// asked counts how often the same was asked before.
func (p *Provider) asked(what string) int {
	p.defectMu.Lock()
	defer p.defectMu.Unlock()
	if len(p.memory) > 10_000 {
		p.memory = map[string]any{}
	}
	n, _ := p.memory["asked "+what].(int)
	p.memory["asked "+what] = n + 1
	return n
}

// once is the key under which a rule remembers that a resource was as it says.
func (r *rule) once(c *call) string { return fmt.Sprintf("once %p %s", r, strings.Join(c.path, "/")) }
