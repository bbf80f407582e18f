package provider

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"net/http"

	"github.com/scimmage/scimmage/internal/scim"
)

// create answers POST on a resource type (RFC 7644 section 3.3).
func (p *Provider) create(c *call, k *kind) *answer {
	in, proj, f := p.readWrite(c, k)
	if f == nil {
		f = p.bendIntake(c, in, nil)
	}
	if f != nil {
		return f.answer()
	}
	t := c.tenant
	if p.has("double-create-race") {
		if f := p.uniqueUnlocked(c, k, in); f != nil {
			return f.answer()
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := p.adopt(c, k, in); a != nil {
		return a
	}
	r, f := p.insert(c, k, in)
	if f != nil {
		return f.answer()
	}
	return c.show(c.written(proj, in), r, http.StatusCreated)
}

// readWrite reads body and projection of a create or replace.
func (p *Provider) readWrite(c *call, k *kind) (*intake, *projection, *fault) {
	proj, f := c.projection()
	if f != nil {
		return nil, nil, f
	}
	o, f := decodeObject(c.body)
	if f != nil {
		return nil, nil, f
	}
	in, f := p.read(k, o, c.r.Method == http.MethodPut && p.has("put-required-not-checked"))
	return in, proj, f
}

// written is the view on a resource that this request wrote: attributes returned on request that it set are shown
// (RFC 7643 section 7).
func (c *call) written(proj *projection, in *intake) *view {
	set := map[string]bool{}
	if c.p.has("members-on-request") && in != nil && len(in.members) > 0 {
		set["members"] = true
	}
	if c.p.has("emails-on-request") && in != nil && in.body["emails"] != nil {
		set["emails"] = true
	}
	if len(set) == 0 {
		return c.view(proj)
	}
	if proj == nil {
		proj = newProjection(true, nil)
	}
	proj.written = set
	return c.view(proj)
}

// insert stores a new resource. The caller holds the lock.
func (p *Provider) insert(c *call, k *kind, in *intake) (*record, *fault) {
	t := c.tenant
	keys := k.keys(in.body)
	if !p.has("double-create-race") {
		if f := p.unique(c, k, keys, nil); f != nil {
			return nil, f
		}
	}
	if f := p.alone(c, k, in.body, nil); f != nil {
		return nil, f
	}
	r := &record{id: c.promised, kind: k, version: 1}
	if r.id == "" {
		r.id = p.idFor(t, k, in.body)
	}
	if r.id == "" {
		return nil, refuse(http.StatusInternalServerError, "", "No free identifier was found.")
	}
	members, f := p.resolve(c, r.id, in.members)
	if f != nil {
		return nil, f
	}
	t.seq++
	r.seq = t.seq
	r.created = p.now()
	r.modified = r.created
	p.setBody(r, in.body)
	p.setPassword(r, in.password)
	t.of(k).insert(r, keys)
	if k.rt.Name == "Group" {
		t.setMembers(r, members)
	}
	return r, nil
}

// newID gives an id that no resource of any type has, and that does not hold the reserved word (RFC 7643 section 3.1).
func (p *Provider) newID(t *tenant) string {
	for i := 0; i < 100; i++ {
		id := p.opt.NewID()
		if id != "" && !bytes.Contains(bytes.ToLower([]byte(id)), []byte("bulkid")) && t.lookup(id) == nil {
			return id
		}
	}
	return ""
}

func (p *Provider) setBody(r *record, body object) {
	r.body = encode(body)
	r.refs = bytes.Contains(r.body, []byte(`"manager":`))
}

func (p *Provider) setPassword(r *record, password string) {
	if password == "" {
		return
	}
	m := hmac.New(sha256.New, p.key[:])
	_, _ = m.Write([]byte(r.id + "\x00" + password)) // hash.Hash never fails
	r.secret = (*[32]byte)(m.Sum(nil))
}

// unique refuses a value that another resource of the type has, for attributes whose uniqueness is server or global.
func (p *Provider) unique(c *call, k *kind, keys map[string][]string, self *record) *fault {
	t := c.tenant
	if p.has("cross-tenant-externalid") && self == nil && len(keys["externalid"]) > 0 && p.takenElsewhere(t, k, "externalid", keys["externalid"][0]) {
		return p.conflict("externalId", false)
	}
	for _, name := range []string{"username", "displayname", "externalid"} {
		a := k.attrs[name]
		if a == nil || len(keys[name]) == 0 || a.Uniqueness != "server" && a.Uniqueness != "global" {
			continue
		}
		if p.has("cross-tenant-uniqueness") && name == "username" && self == nil && p.takenElsewhere(t, k, name, keys[name][0]) {
			return p.conflict(a.Name, false)
		}
		for _, other := range t.of(k).indexes[name].find(keys[name][0]) {
			if other != self && !p.tolerateDuplicate(c, other, self) {
				return p.conflict(a.Name, self != nil)
			}
		}
	}
	return nil
}

func (p *Provider) conflict(name string, update bool) *fault {
	status := http.StatusConflict
	switch {
	case update && p.has("conflict-400-on-update"), !update && p.has("duplicate-400"):
		status = http.StatusBadRequest
	case !update && p.has("duplicate-500"):
		return refuse(http.StatusInternalServerError, "", "Internal server error.")
	case !update && p.has("duplicate-no-scimtype"):
		return refuse(status, "", "The %s is already in use.", name)
	}
	return refuse(status, scim.Uniqueness, "The %s is already in use.", name)
}

// replace answers PUT (RFC 7644 section 3.5.1). Attributes that the body does not mention are cleared.
func (p *Provider) replace(c *call, k *kind, id string) *answer {
	if p.has("no-put") {
		return notImplemented("PUT").answer()
	}
	t := c.tenant
	t.mu.RLock()
	missing := t.of(k).byID[id] == nil
	t.mu.RUnlock()
	if missing {
		return notFound(k, id).answer()
	}
	in, proj, f := p.readWrite(c, k)
	if f != nil {
		return f.answer()
	}
	if p.has("if-match-race") {
		if f := p.preconditionRace(c, k, id); f != nil {
			return f.answer()
		}
		p.linger()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.of(k).byID[id]
	if r == nil {
		return notFound(k, id).answer()
	}
	if f := p.precondition(c, c.view(nil), r); f != nil {
		return f.answer()
	}
	p.keepOmitted(r, in)
	if f := p.steadfast(r, in.body); f != nil {
		return f.answer()
	}
	if f := p.bendIntake(c, in, r); f != nil {
		return f.answer()
	}
	if f := p.update(c, r, in); f != nil {
		return f.answer()
	}
	p.replaced(c, r, in)
	return c.show(c.written(proj, in), r, http.StatusOK)
}

// keepOmitted is what variants and defects make of attributes that a replacement leaves out.
func (p *Provider) keepOmitted(r *record, in *intake) {
	old := decodeOwn(r.body)
	for name, v := range old {
		if in.asserted[lower(name)] || name == "schemas" {
			continue
		}
		if p.has("put-keeps-omitted") {
			in.body[name] = v
		}
	}
	if !in.asserted["members"] && p.has("put-keeps-omitted") && r.members != nil {
		in.members = append([]member(nil), r.members.list...)
	}
	named := map[string]string{}
	in.body["schemas"] = p.schemaList(r.kind, named, in.body)
}

// update stores a changed resource if it changed at all; nothing moves otherwise. The caller holds the lock.
func (p *Provider) update(c *call, r *record, in *intake) *fault {
	t := c.tenant
	keys := r.kind.keys(in.body)
	if f := p.unique(c, r.kind, keys, r); f != nil {
		return f
	}
	if f := p.alone(c, r.kind, in.body, r); f != nil {
		return f
	}
	group := r.kind.rt.Name == "Group"
	var members []member
	if group {
		var f *fault
		if members, f = p.resolve(c, r.id, in.members); f != nil {
			return f
		}
	}
	old := r.kind.keys(decodeOwn(r.body))
	before, secret := r.body, r.secret
	col := t.of(r.kind)
	p.setBody(r, in.body)
	p.setPassword(r, in.password)
	changed := !bytes.Equal(before, r.body) || secretChanged(secret, r.secret)
	wasInactive := inactive(&record{body: before})
	col.unlink(r, old)
	col.link(r, keys)
	if group && !sameMembers(r.members, members) {
		t.setMembers(r, members)
		changed = true
	}
	if changed || p.has("noop-moves-last-modified") {
		p.touch(r)
	}
	if !wasInactive && inactive(r) {
		p.deactivated(t, r)
	}
	if wasInactive && !inactive(r) && p.has("reactivation-clears-groups") {
		p.leaveAll(t, r.id)
	}
	return nil
}

func secretChanged(a, b *[32]byte) bool {
	if a == nil || b == nil {
		return a != b
	}
	return *a != *b
}

func sameMembers(m *membership, list []member) bool {
	if m == nil {
		return len(list) == 0
	}
	if len(m.list) != len(list) {
		return false
	}
	for _, e := range list {
		if m.find(e.id) < 0 {
			return false
		}
	}
	return true
}

// touch marks a resource as changed. lastModified never stands still or goes back, whatever the clock does.
func (p *Provider) touch(r *record) {
	if !p.has("version-never-changes") {
		r.version++
	}
	if p.has("last-modified-frozen") {
		return
	}
	r.modified = max(p.now(), r.modified+1)
	if p.has("created-moves") {
		r.created = r.modified
	}
}

// remove answers DELETE (RFC 7644 section 3.6).
func (p *Provider) remove(c *call, k *kind, id string) *answer {
	t := c.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	col := t.of(k)
	r := col.byID[id]
	if r == nil {
		return notFound(k, id).answer()
	}
	if f := p.precondition(c, c.view(nil), r); f != nil {
		return f.answer()
	}
	if p.has("deleted-still-listed") {
		delete(col.byID, id)
		return reply(http.StatusNoContent, nil)
	}
	t.part(r, r.members.ids())
	if !p.has("deleted-members-dangle") {
		p.leaveAll(t, r.id)
	}
	col.delete(r, k.keys(decodeOwn(r.body)))
	return reply(http.StatusNoContent, nil)
}
