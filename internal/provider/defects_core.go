package provider

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
)

// Code of defects and variants that sits deeper than an answer.

// sieving tells whether lists leave somebody out.
func (p *Provider) sieving() bool { return p.has("deactivated-hidden-list") }

// sieve leaves deactivated Users out of lists.
func (p *Provider) sieve(s *search, list []*record) []*record {
	if !p.has("deactivated-hidden-list") && !(p.has("deactivated-hidden-filter") && s.hasFilter) {
		return list
	}
	var out []*record
	for _, r := range list {
		if !inactive(r) {
			out = append(out, r)
		}
	}
	return out
}

// exactOnly compares with letter case where the attribute does not want it.
func (p *Provider) exactOnly(index, value string, list []*record) []*record {
	name := ""
	switch {
	case index == "username" && p.has("filter-username-case-sensitive"):
		name = `"userName":`
	case index == "displayname" && p.has("filter-displayname-case-sensitive"):
		name = `"displayName":`
	case index == "emails.value" && p.has("filter-email-case-sensitive"):
		name = `"value":`
	default:
		return list
	}
	want := name + string(appendString(nil, value))
	var out []*record
	for _, r := range list {
		if strings.Contains(string(r.body), want) {
			out = append(out, r)
		}
	}
	return out
}

// foldFind is an equality without regard to letter case on an index that regards it.
func (c *collection) foldFind(index, value string) []*record {
	var out []*record
	for key := range c.indexes[index].one {
		if strings.EqualFold(key, value) {
			out = append(out, c.indexes[index].find(key)...)
		}
	}
	sortBySeq(out)
	return out
}

// idFor gives the id of a new resource: a random one, unless a defect or variant has another idea.
func (p *Provider) idFor(t *tenant, k *kind, body object) string {
	name := stringOf(body["userName"]) + stringOf(body["displayName"])
	switch {
	case p.has("id-sequential"):
		return strconv.FormatUint(1000+p.serial.Add(1), 10)
	case p.has("id-shared-between-types") && k.rt.Name == "Group":
		if id := t.collections[0].newest(nil); id != "" && t.of(k).byID[id] == nil {
			return id
		}
	case p.has("id-is-username") && k.rt.Name == "User":
		return stringOf(body["userName"])
	case p.has("id-with-slash"):
		return "dept/" + p.opt.NewID()
	case p.has("id-with-space"):
		return "no " + p.opt.NewID()
	case p.has("id-reused"):
		h := fnv.New64a()
		_, _ = h.Write([]byte(k.rt.Name + name)) // hash.Hash never fails
		if id := strconv.FormatUint(h.Sum64(), 16); t.lookup(id) == nil {
			return id
		}
	case p.has("id-holds-bulkid"):
		return "bulkId-" + p.opt.NewID()
	case p.has("id-number"):
		h := fnv.New32a()
		_, _ = h.Write([]byte(p.opt.NewID())) // hash.Hash never fails
		if id := strconv.FormatUint(uint64(h.Sum32()), 10); t.lookup(id) == nil {
			return id
		}
	case p.has("long-ids"):
		return strings.Repeat("Zx9_-", 20) + p.opt.NewID()
	case p.has("ids-with-url-safe-characters"):
		return "u~" + strings.ReplaceAll(p.opt.NewID(), "-", ".") + "_"
	}
	return p.newID(t)
}

// newest is the id of what was created last, apart from one.
func (c *collection) newest(apart *record) string {
	for i := len(c.order) - 1; i >= 0; i-- {
		if !c.order[i].gone && c.order[i] != apart {
			return c.order[i].id
		}
	}
	return ""
}

// takenElsewhere tells whether another tenant has the userName.
func (p *Provider) takenElsewhere(t *tenant, k *kind, name, key string) bool {
	for _, other := range p.tenants {
		if other == t || !other.mu.TryRLock() {
			continue
		}
		n := len(other.of(k).indexes[name].find(key))
		other.mu.RUnlock()
		if n > 0 {
			return true
		}
	}
	return false
}

// deactivated is what happens when a User turns inactive: nothing but that. The caller holds the lock.
func (p *Provider) deactivated(t *tenant, r *record) {
	if p.has("deactivation-clears-groups") {
		p.leaveAll(t, r.id)
	}
	if p.has("deactivation-deletes") {
		p.leaveAll(t, r.id)
		body := r.body
		t.of(r.kind).delete(r, r.kind.keys(decodeOwn(r.body)))
		r.body = body // for the answer only
	}
}

// replaced is what happens after a replacement was stored: nothing. The caller holds the lock.
func (p *Provider) replaced(c *call, r *record, in *intake) {
	t := c.tenant
	if r.kind.rt.Name == "User" && (p.has("put-groups-clears") && in.asserted["groups"] || p.has("put-without-groups-clears") && !in.asserted["groups"] && c.r.Method == http.MethodPut) {
		p.leaveAll(t, r.id)
	}
	if p.has("id-changes-on-put") && c.r.Method == http.MethodPut {
		col := t.of(r.kind)
		delete(col.byID, r.id)
		r.id = p.newID(t)
		col.byID[r.id] = r
	}
}
