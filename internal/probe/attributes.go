package probe

import (
	"fmt"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// attributes sets what the schemas promise beside what resources carry.
func (p *prober) attributes(kind string, types []scim.ResourceType, set *scim.SchemaSet, sample []scim.View) {
	rows := map[string]*AttributeRow{}
	row := func(name string) *AttributeRow {
		k := strings.ToLower(name)
		if rows[k] == nil {
			rows[k] = &AttributeRow{Resource: kind, Attribute: name, Of: len(sample)}
		}
		return rows[k]
	}
	for _, s := range schemasOf(kind, types, set) {
		prefix := ""
		if !isCore(s.ID) {
			prefix = s.ID + ":"
		}
		for _, a := range s.Attributes {
			declare(row, prefix+a.Name, a)
			for _, sub := range a.SubAttributes {
				declare(row, prefix+a.Name+"."+sub.Name, sub)
			}
		}
	}
	for _, u := range sample {
		for name := range carried(u) {
			row(name).Carried++
		}
	}
	var names []string
	for k := range rows {
		names = append(names, k)
	}
	sort.Strings(names)
	undeclared := 0
	for _, k := range names {
		p.rep.Attributes = append(p.rep.Attributes, *rows[k])
		if r := rows[k]; !r.InSchema && r.Carried > 0 && !common(r.Attribute) {
			undeclared++
		}
	}
	if len(sample) > 0 && set != nil {
		p.fact("Content", "attributes.undeclared."+strings.ToLower(kind), kind+" attributes that resources carry and no schema declares", undeclared)
	}
	if len(sample) > 0 {
		p.fact("Content", "attributes.sample."+strings.ToLower(kind), kind+" resources looked at for attributes", len(sample))
	}
}

func declare(row func(string) *AttributeRow, name string, a *scim.Attribute) {
	r := row(name)
	r.InSchema, r.Type, r.Mutability, r.Required = true, a.Type, a.Mutability, a.Required
	if a.MultiValued {
		r.Type = fmt.Sprintf("%s, multi-valued", a.Type)
	}
}

func common(name string) bool {
	n, _, _ := strings.Cut(strings.ToLower(name), ".")
	return n == "id" || n == "externalid" || n == "meta" || n == "schemas"
}

func isCore(urn string) bool {
	return strings.HasPrefix(strings.ToLower(urn), "urn:ietf:params:scim:schemas:core:2.0:")
}

// schemasOf are the schemas of a resource type: what the published type names, or the usual ones.
func schemasOf(kind string, types []scim.ResourceType, set *scim.SchemaSet) []*scim.Schema {
	if set == nil {
		return nil
	}
	urns := []string{"urn:ietf:params:scim:schemas:core:2.0:" + kind}
	if kind == "User" {
		urns = append(urns, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
	}
	for _, t := range types {
		if strings.EqualFold(t.Name, kind) {
			urns = []string{t.Schema}
			for _, e := range t.Extensions {
				urns = append(urns, e.Schema)
			}
		}
	}
	var out []*scim.Schema
	for _, u := range urns {
		if s := set.Schema(u); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// carried are the attribute paths with a value in a resource; array elements share one path.
func carried(u scim.View) map[string]bool {
	out := map[string]bool{}
	var walk func(prefix string, v scim.View, depth int)
	walk = func(prefix string, v scim.View, depth int) {
		v.Each(func(k string, x scim.View) bool {
			name := prefix + k
			if x.IsNull() || x.IsArray() && x.Len() == 0 || k == "schemas" && depth == 0 {
				return true
			}
			isURN := strings.HasPrefix(strings.ToLower(k), "urn:")
			switch {
			case isURN && x.IsObject():
				walk(name+":", x, depth)
				return true
			case x.IsObject() && depth < 1:
				walk(name+".", x, depth+1)
			case x.IsArray() && depth < 1:
				for _, item := range x.Items() {
					if item.IsObject() {
						walk(name+".", item, depth+1)
					}
				}
			}
			out[name] = true
			return true
		})
	}
	walk("", u, 0)
	return out
}
