package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// patch answers PATCH (RFC 7644 section 3.5.2): all operations in order on a copy, and the copy takes effect as a whole or not
// at all.
func (p *Provider) patch(c *call, k *kind, id string) *answer {
	if p.noPatch() {
		return notImplemented("PATCH").answer()
	}
	proj, f := c.projection()
	if f != nil {
		return f.answer()
	}
	t := c.tenant
	t.mu.RLock()
	missing := t.of(k).byID[id] == nil
	t.mu.RUnlock()
	if missing {
		return notFound(k, id).answer()
	}
	body, f := decodeObject(c.body)
	if f != nil {
		return f.answer()
	}
	ops, tol, f := p.patchOps(c, k, body)
	if f != nil {
		return f.answer()
	}
	if p.has("if-match-race") {
		if f := p.preconditionRace(c, k, id); f != nil {
			return f.answer()
		}
		p.linger()
	}
	if p.has("lost-updates") && k.rt.Name == "User" || k.rt.Name == "Group" && (p.has("lost-member-adds") || p.has("lost-member-removals") && removesMembers(ops)) {
		if a := p.racyPatch(c, k, ops, tol); a != nil {
			return a
		}
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
	var in *intake
	if steps := p.memberSteps(k, r, ops); steps != nil {
		f = p.takeSteps(c, r, steps)
	} else if in, f = p.patched(c, r, ops, tol); f == nil && in != nil {
		f = p.update(c, r, in)
	}
	if f != nil {
		return f.answer()
	}
	if p.has("patch-204") && !c.query.Has("attributes") {
		a := reply(http.StatusNoContent, nil)
		if !p.noETags() {
			a.header.Set("ETag", c.view(nil).etag(r))
		}
		return a
	}
	return c.show(c.written(proj, in), r, http.StatusOK)
}

// patchOps reads the message: schemas, Operations, and the tolerances that this client needs.
func (p *Provider) patchOps(c *call, k *kind, body object) ([]scim.Op, scim.Tolerances, *fault) {
	if p.has("patch-schema-not-checked") {
		body["schemas"] = []any{urnPatch}
	}
	if !namesSchema(body, urnPatch) {
		return nil, scim.Tolerances{}, refuse(http.StatusBadRequest, scim.InvalidSyntax, "A PATCH body names %s in schemas.", urnPatch)
	}
	list, _ := lookup(body, "Operations")
	raw, _ := list.([]any)
	if p.has("unknown-op-accepted") {
		raw = knownOps(raw)
		body["Operations"] = raw
	}
	var seen []rawOp
	for _, e := range raw {
		if o, ok := e.(object); ok {
			op, _ := lookup(o, "op")
			path, _ := lookup(o, "path")
			name, _ := op.(string)
			where, _ := path.(string)
			seen = append(seen, rawOp{name, where})
		}
	}
	tol := p.patchTolerances(c, seen)
	ops, e := tol.ParsePatch(body)
	if e != nil {
		return nil, tol, scimFault(e)
	}
	for i := range ops {
		tolerateOp(&ops[i], k)
	}
	ops, f := p.bendOps(c, k, ops)
	return ops, tol, f
}

// tolerateOp applies the tolerances id-in-patch-value and empty-string-clears to one operation.
func tolerateOp(op *scim.Op, k *kind) {
	if !op.HasPath {
		in, ok := op.Value.(object)
		if !ok {
			return
		}
		out := make(object, len(in))
		for name, v := range in {
			if low := lower(name); low == "id" || low == "meta" || v == "" && strings.EqualFold(op.Op, "add") {
				continue
			}
			out[name] = emptyIsNull(v)
		}
		if len(out) > 0 || len(in) == 0 {
			op.Value = out
		} else {
			op.Value = object{"schemas": []any{k.rt.Schema}} // nothing but id: a change of nothing
		}
		return
	}
	if op.HasValue {
		op.Value = emptyIsNull(op.Value)
	}
}

func emptyIsNull(v any) any {
	if v == "" {
		return nil
	}
	if o, ok := v.(object); ok && len(o) == 1 {
		if inner, has := lookup(o, "value"); has && inner == "" {
			return nil
		}
	}
	return v
}

// patched applies the operations to a copy of the resource; nil without fault means that nothing changes.
func (p *Provider) patched(c *call, r *record, ops []scim.Op, tol scim.Tolerances) (*intake, *fault) {
	before := (&view{p: p, t: c.tenant, root: c.root()}).tree(r)
	after, changed, e := scim.ApplyPatch(before, ops, r.kind.rt, p.model.data, tol)
	if e != nil {
		return p.failedPatch(c, r, ops, tol, before, e)
	}
	for _, b := range p.bends.patched {
		b(ops, before, after)
		changed = true
	}
	if !changed && !p.has("noop-moves-last-modified") {
		if p.has("patch-noop-400") {
			return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "Nothing to change.")
		}
		return nil, nil
	}
	return p.read(r.kind, after, p.has("patch-removes-required"))
}

// knownOps leaves out operations that are none.
func knownOps(list []any) []any {
	out := []any{}
	for _, e := range list {
		o, _ := e.(object)
		op, _ := lookup(o, "op")
		switch lower(stringOf(op)) {
		case "add", "remove", "replace":
			out = append(out, e)
		}
	}
	return out
}

// failedPatch is what becomes of a PATCH with a failing operation: nothing (RFC 7644 section 3.5.2), unless a defect keeps the
// operations before it or keeps silent about the failure.
func (p *Provider) failedPatch(c *call, r *record, ops []scim.Op, tol scim.Tolerances, before object, e *scim.Error) (*intake, *fault) {
	swallow := p.has("patch-errors-swallowed")
	if !swallow && !p.has("patch-not-atomic") && !p.has("patch-skips-failing-op") {
		return nil, scimFault(e)
	}
	after := before
	for _, op := range ops {
		next, _, e := scim.ApplyPatch(after, []scim.Op{op}, r.kind.rt, p.model.data, tol)
		if e == nil {
			after = next
		} else if !swallow && !p.has("patch-skips-failing-op") {
			break
		}
	}
	in, f := p.read(r.kind, after, false)
	if f == nil && !swallow {
		f = p.update(c, r, in)
	}
	if f == nil && !swallow {
		f = scimFault(e)
	}
	return in, f
}
