package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// patch answers PATCH (RFC 7644 section 3.5.2): all operations in order on a copy, and the copy takes effect as a whole or not
// at all.
func (p *Provider) patch(c *call, k *kind, id string) *answer {
	if p.has("no-patch") {
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
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.of(k).byID[id]
	if r == nil {
		return notFound(k, id).answer()
	}
	if f := p.precondition(c, c.view(nil), r); f != nil {
		return f.answer()
	}
	in, f := p.patched(c, r, ops, tol)
	if f != nil {
		return f.answer()
	}
	if in != nil {
		if f := p.update(c, r, in); f != nil {
			return f.answer()
		}
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
	if !namesSchema(body, urnPatch) && !p.has("patch-schema-not-checked") {
		return nil, scim.Tolerances{}, refuse(http.StatusBadRequest, scim.InvalidSyntax, "A PATCH body names %s in schemas.", urnPatch)
	}
	list, _ := lookup(body, "Operations")
	raw, _ := list.([]any)
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
	if f := p.bendRawOps(c, k, body, raw); f != nil {
		return nil, tol, f
	}
	ops, e := tol.ParsePatch(body)
	if e != nil {
		return nil, tol, scimFault(e)
	}
	for i := range ops {
		tolerateOp(&ops[i], k)
	}
	return p.bendOps(k, ops), tol, nil
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
		if after = p.partial(r, ops, tol, before); after == nil {
			return nil, scimFault(e)
		}
	}
	after, changed = p.bendPatched(before, after, changed)
	if !changed && !p.has("noop-moves-last-modified") {
		return nil, nil
	}
	in, f := p.read(r.kind, after)
	if f == nil && e != nil {
		if f := p.update(c, r, in); f == nil {
			return nil, scimFault(e)
		}
	}
	return in, f
}
