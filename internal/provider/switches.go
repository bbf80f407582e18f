package provider

import (
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// The kinds of code that a defect can have, besides a switch asked by has at the natural place.
type (
	// requestHook sees a request before it is dispatched; an answer ends it there.
	requestHook func(*Provider, *call) *answer
	// responseHook rewrites an answer.
	responseHook func(*Provider, *call, *answer)
	// searchBend changes what a query asks for.
	searchBend func(*Provider, *call, *search)
	// projectionBend changes what attributes or excludedAttributes ask for.
	projectionBend func(*call, *projection) *projection
	// filterBend changes a parsed filter.
	filterBend func(scim.Filter) scim.Filter
	// opsBend changes the operations of a PATCH, or refuses them.
	opsBend func(*Provider, *call, *kind, []scim.Op) ([]scim.Op, *fault)
	// patchedBend changes the outcome of a PATCH; it sees the resource before and after.
	patchedBend func(ops []scim.Op, before, after object)
	// intakeBend changes what a create or replace will store; old is nil for a create.
	intakeBend func(*Provider, *call, *intake, *record) *fault
)

// bends are the changes in force, in the order of the catalogue, so that a combination does not depend on the order in which
// it was asked for.
type bends struct {
	admit   []*rule
	before  []requestHook
	after   []responseHook
	search  []searchBend
	project []projectionBend
	filter  []filterBend
	ops     []opsBend
	patched []patchedBend
	intake  []intakeBend
}

// collect gathers the code of one name and tells whether it has any.
func (b *bends) collect(name string) bool {
	n := b.size()
	take(&b.before, name, requestHooks, discoveryRequests, authRequests, lifecycleRequests, securityRequests, asyncRequests, updateRequests, reachRequests, variantRequests, heirRequests, apartRequests)
	take(&b.after, name, resourceHooks, listHooks, errorHooks, discoveryHooks, writeHooks, authHooks, bulkHooks, mediaHooks, asyncHooks, updateHooks, reachHooks, variantHooks, heirHooks, staleHooks, apartHooks)
	take(&b.search, name, searchBends)
	take(&b.project, name, projectionBends)
	take(&b.filter, name, filterBends, blindFilter)
	take(&b.ops, name, opsBends, groupOpsBends, updateOps, variantOps, blindOps, apartOps)
	take(&b.patched, name, patchedBends, updatePatched, forgetPatched, blindPatched)
	take(&b.intake, name, intakeBends, groupIntakeBends, updateIntake, variantIntake, apartIntake)
	return n < b.size()
}

func (b *bends) size() int {
	return len(b.before) + len(b.after) + len(b.search) + len(b.project) + len(b.filter) + len(b.ops) + len(b.patched) + len(b.intake)
}

func take[T any](into *[]T, name string, tables ...map[string]T) {
	for _, t := range tables {
		if code, ok := t[name]; ok {
			*into = append(*into, code)
		}
	}
}

func (p *Provider) noETags() bool   { return p.has("no-etag") || p.has("claims-etag") }
func (p *Provider) noSort() bool    { return p.has("no-sort") || p.has("claims-sort") }
func (p *Provider) noPatch() bool   { return p.has("no-patch") || p.has("claims-patch") }
func (p *Provider) noBulk() bool    { return p.has("no-bulk") || p.has("claims-bulk") }
func (p *Provider) cursorsOn() bool { return !p.has("no-cursor") && !p.has("claims-cursor") }

func (p *Provider) bend(f scim.Filter) scim.Filter {
	for _, b := range p.bends.filter {
		f = b(f)
	}
	return f
}

func (p *Provider) bendOps(c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
	for _, b := range p.bends.ops {
		var f *fault
		if ops, f = b(p, c, k, ops); f != nil {
			return nil, f
		}
	}
	return ops, nil
}

func (p *Provider) bendIntake(c *call, in *intake, old *record) *fault {
	for _, b := range p.bends.intake {
		if f := b(p, c, in, old); f != nil {
			return f
		}
	}
	return nil
}

func (c *call) bendProjection(proj *projection) *projection {
	for _, b := range c.p.bends.project {
		if proj != nil {
			proj = b(c, proj)
		}
	}
	return proj
}

// adaptSchemas is what variants make of the published schemas.
func (p *Provider) adaptSchemas(list []*scim.Schema) []*scim.Schema {
	for _, s := range list {
		for _, a := range s.Attributes {
			switch {
			case s.ID == scim.SchemaGroup && a.Name == "displayName" && p.has("group-names-unique"):
				a.Uniqueness = "server"
			case s.ID == scim.SchemaGroup && a.Name == "members" && p.has("members-on-request"):
				a.Returned = "request"
			case s.ID == scim.SchemaUser && a.Name == "emails" && p.has("emails-required"):
				a.Required = true
			case s.ID == scim.SchemaUser && a.Name == "userName" && p.has("user-name-immutable"):
				a.Mutability = "immutable"
			case s.ID == scim.SchemaUser && a.Name == "emails" && p.has("emails-on-request"):
				a.Returned = "request"
			}
		}
	}
	return list
}

// writableReadOnly is mass assignment: a readOnly attribute that a client may write after all.
func (p *Provider) writableReadOnly(a *scim.Attribute) bool {
	return a.Name == "groups" && p.has("groups-writable")
}

// inactive tells whether a User is deactivated.
func inactive(r *record) bool { return strings.Contains(string(r.body), `"active":false`) }
