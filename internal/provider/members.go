package provider

import (
	"net/http"

	"github.com/scimmage/scimmage/internal/scim"
)

// member is one entry of a Group's members. Its $ref is not stored: it follows from id and type.
type member struct {
	id, display string
	kind        *kind // of the target, known once the member was found
}

// membership is the ordered set of a Group's members.
type membership struct {
	list []member
	// at gives for an id the place it had when the map was made or the entry added; nil while the list is short. Removals
	// only shift entries to the left, so the entry stands at that place or at most shifts places before it.
	at     map[string]int
	shifts int
}

const mapFrom = 16

func newMembership(list []member) *membership {
	m := &membership{list: list}
	if len(list) >= mapFrom {
		m.index()
	}
	return m
}

func (m *membership) index() {
	m.at, m.shifts = make(map[string]int, len(m.list)), 0
	for i, e := range m.list {
		m.at[e.id] = i
	}
}

func (m *membership) find(id string) int {
	if m == nil {
		return -1
	}
	if m.at != nil {
		i, ok := m.at[id]
		for i = min(i, len(m.list)-1); ok && i >= 0; i-- {
			if m.list[i].id == id {
				return i
			}
		}
		return -1
	}
	for i, e := range m.list {
		if e.id == id {
			return i
		}
	}
	return -1
}

func (m *membership) add(e member) {
	m.list = append(m.list, e)
	if m.at != nil {
		m.at[e.id] = len(m.list) - 1
	} else if len(m.list) >= mapFrom {
		m.index()
	}
}

// remove keeps the order of the others.
func (m *membership) remove(i int) {
	id := m.list[i].id
	copy(m.list[i:], m.list[i+1:])
	m.list = m.list[:len(m.list)-1]
	if m.at == nil {
		return
	}
	delete(m.at, id)
	if m.shifts++; m.shifts > 1024 {
		m.index()
	}
}

// readMembers reads the members attribute after its types were checked. A value that occurs twice is one member.
func readMembers(list []any, repeats bool) ([]member, *fault) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]member, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, e := range list {
		o, _ := e.(object)
		id, _ := o["value"].(string)
		if id == "" {
			return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "An entry of members has no value; it needs the id of a resource.")
		}
		if seen[id] && !repeats {
			continue
		}
		seen[id] = true
		display, _ := o["display"].(string)
		out = append(out, member{id: id, display: display})
	}
	return out, nil
}

// resolve checks that every member exists (in this tenant) and completes type and display. The caller holds the lock.
func (p *Provider) resolve(c *call, group string, list []member) ([]member, *fault) {
	t := c.tenant
	kept := list[:0]
	for _, e := range list {
		if e.kind != nil {
			kept = append(kept, e)
			continue
		}
		target := p.memberTarget(t, e.id)
		switch {
		case target == nil && c.pending[e.id] != nil:
			e.kind = c.pending[e.id]
		case target == nil && p.has("unknown-member-dropped"):
			continue
		case target == nil && p.has("unknown-member-accepted"):
			e.kind = p.model.kinds[0]
		case target == nil:
			return nil, refuse(p.unknownMemberStatus(), p.unknownMemberType(), "The member %s does not exist.", quoted(e.id))
		case e.id == group:
			return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "A Group cannot be a member of itself.")
		default:
			e.kind = target.kind
			if e.display == "" {
				e.display = displayOf(target)
			}
		}
		kept = append(kept, e)
	}
	return kept, nil
}

func (p *Provider) memberTarget(t *tenant, id string) *record {
	for _, name := range []string{"User", "Group"} {
		if k := p.model.kindByName(name); k != nil {
			if r := t.of(k).byID[id]; r != nil {
				return r
			}
		}
	}
	if p.has("cross-tenant-members") {
		for _, other := range p.tenants {
			if other == t || !other.mu.TryRLock() {
				continue
			}
			r := other.lookup(id)
			other.mu.RUnlock()
			if r != nil {
				return r
			}
		}
	}
	return nil
}

func (p *Provider) unknownMemberStatus() int {
	if p.has("unknown-member-404") {
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

func (p *Provider) unknownMemberType() string {
	if p.has("unknown-member-404") {
		return ""
	}
	return scim.InvalidValue
}

func displayOf(r *record) string {
	o := decodeOwn(r.body)
	for _, name := range []string{"displayName", "userName"} {
		if s, _ := o[name].(string); s != "" {
			return s
		}
	}
	return ""
}

// join and part keep the reverse index from members to Groups. The caller holds the lock.
func (t *tenant) join(g *record, ids []string) {
	for _, id := range ids {
		t.memberOf[id] = append(t.memberOf[id], g)
	}
}

func (t *tenant) part(g *record, ids []string) {
	if t.stale {
		return
	}
	for _, id := range ids {
		rest := without(t.memberOf[id], g)
		if len(rest) == 0 {
			delete(t.memberOf, id)
		} else {
			t.memberOf[id] = rest
		}
	}
}

func (m *membership) ids() []string {
	if m == nil {
		return nil
	}
	out := make([]string, len(m.list))
	for i, e := range m.list {
		out[i] = e.id
	}
	return out
}

// setMembers exchanges the members of a Group and keeps the reverse index in step. The caller holds the lock.
func (t *tenant) setMembers(g *record, list []member) {
	t.part(g, g.members.ids())
	g.members = nil
	if len(list) > 0 {
		g.members = newMembership(list)
		t.join(g, g.members.ids())
	}
}

// leaveAll takes a deleted resource out of every Group (RFC 7643 section 2.3.7 allows integrity; people expect it).
func (p *Provider) leaveAll(t *tenant, id string) {
	for _, g := range append([]*record(nil), t.memberOf[id]...) {
		i := g.members.find(id)
		if i < 0 {
			continue
		}
		g.members.remove(i)
		if len(g.members.list) == 0 {
			g.members = nil
		}
		p.touch(g)
	}
	delete(t.memberOf, id)
}

// groupsOf lists the Groups of a User: those that have it as member, and those it belongs to through nested Groups
// (RFC 7643 section 4.1.2, type direct and indirect).
func (p *Provider) groupsOf(t *tenant, id string) (direct, indirect []*record) {
	direct = t.memberOf[id]
	if len(direct) == 0 || p.has("user-groups-direct-only") {
		return direct, nil
	}
	seen := map[*record]bool{}
	for _, g := range direct {
		seen[g] = true
	}
	queue := direct
	for len(queue) > 0 {
		var next []*record
		for _, g := range queue {
			for _, parent := range t.memberOf[g.id] {
				if !seen[parent] {
					seen[parent] = true
					indirect = append(indirect, parent)
					next = append(next, parent)
				}
			}
		}
		queue = next
	}
	return direct, indirect
}
