package provider

import (
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// memberStep is a membership operation in its simplest form.
type memberStep struct {
	add    []member
	remove []string
}

// memberSteps reads a PATCH that consists of nothing but additions and removals of single members, the form in which identity
// providers fill large Groups. Such a PATCH costs what it changes and not what the Group holds. Everything else, and
// everything odd, goes the general way.
func (p *Provider) memberSteps(k *kind, r *record, ops []scim.Op) []memberStep {
	if len(p.on) != 0 || k.rt.Name != "Group" || r.members == nil || len(r.members.list) < 64 {
		return nil
	}
	var steps []memberStep
	for _, op := range ops {
		var s memberStep
		switch path := op.Path; {
		case verb(op) == "add" && path == "members":
			if s.add = plainMembers(op.Value); s.add == nil {
				return nil
			}
		case verb(op) == "remove" && path == "members" && op.HasValue:
			for _, m := range plainMembers(op.Value) {
				s.remove = append(s.remove, m.id)
			}
			if s.remove == nil {
				return nil
			}
		case verb(op) == "remove" && strings.HasPrefix(path, `members[value eq "`) && strings.HasSuffix(path, `"]`):
			id := path[len(`members[value eq "`) : len(path)-2]
			if strings.ContainsAny(id, `"\`) {
				return nil
			}
			s.remove = []string{id}
		default:
			return nil
		}
		steps = append(steps, s)
	}
	return steps
}

// plainMembers reads a list of members that hold nothing odd; nil for anything else.
func plainMembers(v any) []member {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	var out []member
	for _, e := range list {
		o, _ := e.(object)
		var m member
		for name, v := range o {
			s, isString := v.(string)
			switch {
			case name == "value" && isString && s != "":
				m.id = s
			case name == "display" && isString:
				m.display = s
			case name == "display" && v == nil, name == "$ref", name == "type" && isString:
			default:
				return nil
			}
		}
		if m.id == "" {
			return nil
		}
		out = append(out, m)
	}
	return out
}

// takeSteps carries out the steps: unknown members are found before anything is changed. The caller holds the lock.
func (p *Provider) takeSteps(c *call, r *record, steps []memberStep) *fault {
	for i, s := range steps {
		var fresh []member
		for _, m := range s.add {
			if at := r.members.find(m.id); at >= 0 {
				m.kind = r.members.list[at].kind
			}
			fresh = append(fresh, m)
		}
		resolved, f := p.resolve(c, r.id, fresh)
		if f != nil {
			return f
		}
		steps[i].add = resolved
	}
	changed := p.takeNet(c, r, steps)
	if len(r.members.list) == 0 {
		r.members = nil
	}
	if changed {
		p.touch(r)
	}
	return nil
}

// takeNet makes the changes that are left when all steps are taken together: somebody who is removed and added again stays.
func (p *Provider) takeNet(c *call, r *record, steps []memberStep) bool {
	var order []member
	last := map[string]bool{} // id → is a member in the end
	for _, s := range steps {
		for _, m := range s.add {
			if _, seen := last[m.id]; !seen {
				order = append(order, m)
			}
			last[m.id] = true
		}
		for _, id := range s.remove {
			if _, seen := last[id]; !seen {
				order = append(order, member{id: id})
			}
			last[id] = false
		}
	}
	changed := false
	for _, s := range steps {
		for _, m := range s.add {
			if last[m.id] && r.members.find(m.id) < 0 {
				r.members.add(m)
				c.tenant.join(r, []string{m.id})
				changed = true
			}
		}
	}
	for _, m := range order {
		if at := r.members.find(m.id); at >= 0 && !last[m.id] {
			r.members.remove(at)
			c.tenant.part(r, []string{m.id})
			changed = true
		}
	}
	return changed
}
