package provider

import "github.com/scimmage/scimmage/internal/scim"

type (
	requestHook  = func(*Provider, *call) *answer
	responseHook = func(*Provider, *call, *answer)
)

func requestHooks() map[string]requestHook   { return nil }
func responseHooks() map[string]responseHook { return nil }

func (p *Provider) noETags() bool   { return p.has("no-etag") }
func (p *Provider) noSort() bool    { return p.has("no-sort") }
func (p *Provider) cursorsOn() bool { return !p.has("no-cursor") }

func (p *Provider) bend(f scim.Filter) scim.Filter { return f }
func (p *Provider) lookThrough(other *record, attr string, body object, self *record) bool {
	return false
}
func (p *Provider) putKeeps(k *kind, name string) bool { return false }
func (p *Provider) partial(r *record, ops []scim.Op, tol scim.Tolerances, before object) object {
	return nil
}
func (p *Provider) bendRawOps(c *call, k *kind, body object, raw []any) *fault { return nil }
func (p *Provider) bendOps(k *kind, ops []scim.Op) []scim.Op                   { return ops }
func (p *Provider) bendPatched(before, after object, changed bool) (object, bool) {
	return after, changed
}
func (p *Provider) adaptSchemas(list []*scim.Schema) []*scim.Schema { return list }
func (p *Provider) writableReadOnly(a *scim.Attribute) bool         { return false }
