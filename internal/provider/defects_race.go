package provider

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// linger leaves the door of a defect of concurrency open: long when other requests are under way, for a moment only when there
// are none, so that a run that asks one thing after the other does not become slow.
func (p *Provider) linger() {
	for range 10 { // on a busy machine the other request of a pair comes some milliseconds later
		time.Sleep(time.Millisecond)
		if p.inflight.Load() > 1 {
			time.Sleep(25 * time.Millisecond)
			return
		}
	}
}

// uniqueUnlocked is a uniqueness check that is not in one piece with the write after it.
func (p *Provider) uniqueUnlocked(c *call, k *kind, in *intake) *fault {
	c.tenant.mu.RLock()
	f := p.unique(c, k, k.keys(in.body), nil)
	c.tenant.mu.RUnlock()
	p.linger()
	return f
}

// racyPatch reads, waits, and writes what it computed from the old state: whatever happened in between is lost.
func (p *Provider) racyPatch(c *call, k *kind, ops []scim.Op, tol scim.Tolerances) *answer {
	t := c.tenant
	t.mu.RLock()
	r := t.of(k).byID[c.path[len(c.path)-1]]
	if r == nil {
		t.mu.RUnlock()
		return nil
	}
	in, f := p.patched(c, r, ops, tol)
	t.mu.RUnlock()
	if f != nil || in == nil {
		return nil
	}
	p.linger()
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.gone {
		return nil
	}
	if f := p.update(c, r, in); f != nil {
		return f.answer()
	}
	return c.show(c.view(nil), r, http.StatusOK)
}

// removesMembers tells whether the operations take members out and do nothing else.
func removesMembers(ops []scim.Op) bool {
	return len(ops) > 0 && !slices.ContainsFunc(ops, func(op scim.Op) bool { return verb(op) != "remove" || !isMembers(op.Path) })
}

// preconditionRace checks If-Match outside of the write that relies on it.
func (p *Provider) preconditionRace(c *call, k *kind, id string) *fault {
	c.tenant.mu.RLock()
	defer c.tenant.mu.RUnlock()
	r := c.tenant.of(k).byID[id]
	if r == nil {
		return nil
	}
	return p.checkVersion(c, c.view(nil), r)
}

// fetchLoopback is what a server does that fetches every URL it is given (server-side request forgery). This one reaches
// loopback addresses only.
func fetchLoopback(raw string) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" {
		return
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return
	}
	conn, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return
	}
	_ = conn.SetDeadline(time.Now().Add(time.Second)) // a socket that takes no deadline fails at the write below
	path := strings.NewReplacer("\r", "", "\n", "").Replace(u.RequestURI())
	if _, err := conn.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nConnection: close\r\n\r\n")); err == nil {
		var b [256]byte
		_, _ = conn.Read(b[:]) // what comes back does not matter
	}
	_ = conn.Close() // nothing was sent that could be lost
}

// tolerateDuplicate is what a provider overlooks that does not watch uniqueness properly.
func (p *Provider) tolerateDuplicate(c *call, other, self *record) bool {
	o, f := decodeObject(c.body)
	if f != nil {
		return false
	}
	switch {
	case p.has("duplicate-accepted"), self == nil && p.has("duplicate-409-stored"):
		return true
	case self != nil && c.r.Method == http.MethodPut && p.has("put-duplicate-accepted"):
		return true
	case self != nil && c.r.Method == http.MethodPatch && p.has("patch-uniqueness-unchecked"):
		return true
	case p.has("inactive-username-reusable") && inactive(other):
		return true
	case p.has("search-managed-only") && decodeOwn(other.body)["externalId"] == nil:
		return true
	}
	v, _ := lookup(o, "userName")
	sent, _ := v.(string)
	stored := nameOf(other)
	switch {
	case sent == "" || sent == stored:
		return false
	case p.has("duplicate-case-accepted"):
		return strings.EqualFold(sent, stored)
	case p.has("duplicate-normalisation-accepted"):
		return !strings.EqualFold(sent, stored)
	}
	return false
}

// adopt is what a create becomes when the resource is there already: nil on a sound provider, which goes on to refuse it.
func (p *Provider) adopt(c *call, k *kind, in *intake) *answer {
	col := c.tenant.of(k)
	if k.rt.Name == "User" {
		name, _ := in.body["userName"].(string)
		if found := col.indexes["username"].find(fold(name)); len(found) > 0 {
			switch {
			case p.has("duplicate-201-old"):
				return c.show(c.view(nil), found[0], http.StatusCreated)
			case p.has("duplicate-200-old"):
				return c.show(c.view(nil), found[0], http.StatusOK)
			case p.has("duplicate-overwrites"):
				if f := p.update(c, found[0], in); f != nil {
					return f.answer()
				}
				return c.show(c.view(nil), found[0], http.StatusCreated)
			}
		}
	}
	var found []*record
	user := k.rt.Name == "User"
	switch {
	case user && p.has("email-adoption"):
		found = col.holders("emails.value", emailKeys(in.body))
	case user && p.has("external-id-adoption"):
		found = col.holders("externalid", k.keys(in.body)["externalid"])
	case !user && p.has("group-name-overwrites"):
		found = col.holders("displayname", k.keys(in.body)["displayname"])
	}
	if len(found) == 0 {
		return nil
	}
	if f := p.update(c, found[0], in); f != nil {
		return f.answer()
	}
	return c.show(c.view(nil), found[0], http.StatusCreated)
}

// holders are the resources that have one of the keys.
func (c *collection) holders(index string, keys []string) (found []*record) {
	for _, key := range keys {
		found = append(found, c.indexes[index].find(key)...)
	}
	return found
}
