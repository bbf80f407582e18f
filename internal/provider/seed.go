package provider

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

var (
	givenNames  = strings.Fields("Ada Alan Barbara Claude Dorothy Edsger Frances Grace Hedy Ivan Jean Katherine Leslie Margaret Niklaus Olga Peter Radia Sophie Tim")
	familyNames = strings.Fields("Abbott Baker Carver Dixon Ellery Foster Garner Hobbs Irving Jensen Keller Lovell Mercer Norton Osborn Palmer Quincy Rhodes Sawyer Turner")
	departments = strings.Fields("Engineering Sales Finance Legal Support Marketing")
)

// seeded gives the names and the address of the User of a number.
func seeded(i int) (given, family, address string) {
	given, family = givenNames[i%len(givenNames)], familyNames[i/len(givenNames)%len(familyNames)]
	return given, family, lower(given) + "." + lower(family) + strconv.Itoa(i) + "@example.com"
}

// Seed adds n Users with names of their own to the first tenant, the same ones each time apart from ids and times.
func (p *Provider) Seed(n int) error {
	t := p.tenants[defaultTenant]
	k := p.model.kindByName("User")
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &call{p: p, tenant: t}
	base := t.of(k).count
	for i := base + 1; i <= base+n; i++ {
		given, family, address := seeded(i)
		body := object{
			"schemas":     []any{scim.SchemaUser},
			"userName":    address,
			"name":        object{"givenName": given, "familyName": family, "formatted": given + " " + family},
			"displayName": given + " " + family,
			"emails":      []any{object{"value": address, "type": "work", "primary": true}},
			"active":      i%10 != 0,
		}
		if !p.has("no-enterprise-extension") {
			body["schemas"] = []any{scim.SchemaUser, scim.SchemaEnterprise}
			body[scim.SchemaEnterprise] = object{"department": departments[i%len(departments)], "employeeNumber": strconv.Itoa(100000 + i)}
		}
		if _, f := p.insert(c, k, &intake{body: body}); f != nil {
			return fmt.Errorf("seed user %d: %w", i, f)
		}
	}
	return nil
}

// seedEntitlements gives the resource types of Options.Entitlements something to list.
func (p *Provider) seedEntitlements() {
	c := &call{p: p, tenant: p.tenants[defaultTenant]}
	for _, name := range []string{"Role", "Entitlement"} {
		k := p.model.kindByName(name)
		if k == nil {
			continue
		}
		for i := 1; i <= 3; i++ {
			body := object{"schemas": []any{k.rt.Schema}, "displayName": name + " " + strconv.Itoa(i), "description": "Seeded " + lower(name)}
			if name == "Entitlement" {
				body["type"] = "Entitlement"
			}
			if _, f := p.insert(c, k, &intake{body: body}); f != nil {
				return // only a generator that gives the same id twice gets here; the list stays short then
			}
		}
	}
}

// Snapshot is everything that one tenant has ("" is the first one), as JSON: endpoint name → resources in creation order.
func (p *Provider) Snapshot(tenantName string) []byte {
	if tenantName == "" {
		tenantName = defaultTenant
	}
	t := p.tenants[tenantName]
	if t == nil {
		return []byte("{}")
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	v := &view{p: p, t: t, root: p.prefix}
	out := object{}
	for _, col := range t.collections {
		list := []any{}
		for _, r := range col.order {
			if !r.gone {
				list = append(list, v.tree(r))
			}
		}
		out[col.kind.segment] = list
	}
	return encode(out)
}

// Count is the number of resources at an endpoint ("Users") of a tenant.
func (p *Provider) Count(tenantName, endpoint string) int {
	if tenantName == "" {
		tenantName = defaultTenant
	}
	t, k := p.tenants[tenantName], p.model.kindBySegment(endpoint)
	if t == nil || k == nil {
		return 0
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.of(k).count
}
