package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// qualify gives names that only an extension has their URN (tolerance unqualified-extension-attribute).
func (k *kind) qualify(f scim.Filter) scim.Filter {
	return mapCompare(f, func(c *scim.Compare) scim.Filter {
		if c.Path.URN != "" || k.attribute(c.Path) != nil {
			return c
		}
		for _, x := range k.rt.Extensions {
			if k.exts[lower(x.Schema)].attrs[lower(c.Path.Attr)] != nil {
				d := *c
				d.Path.URN = x.Schema
				return &d
			}
		}
		return c
	})
}

// mapCompare rewrites each comparison of a filter.
func mapCompare(f scim.Filter, g func(*scim.Compare) scim.Filter) scim.Filter {
	switch t := f.(type) {
	case *scim.Compare:
		return g(t)
	case *scim.Not:
		return &scim.Not{Filter: mapCompare(t.Filter, g)}
	case *scim.And:
		return &scim.And{Terms: mapTerms(t.Terms, g)}
	case *scim.Or:
		return &scim.Or{Terms: mapTerms(t.Terms, g)}
	case *scim.ValuePath:
		return &scim.ValuePath{Path: t.Path, Filter: mapCompare(t.Filter, g)}
	}
	return f
}

func mapTerms(list []scim.Filter, g func(*scim.Compare) scim.Filter) []scim.Filter {
	out := make([]scim.Filter, len(list))
	for i, e := range list {
		out[i] = mapCompare(e, g)
	}
	return out
}

// unknownIn refuses an attribute that the one resource type searched does not have. Across types it would simply not match
// (RFC 7644 section 3.4.2.1).
func unknownIn(f scim.Filter, k *kind) *fault {
	var bad *fault
	walk(f, func(p scim.Path) {
		if k.attribute(p) == nil && bad == nil {
			bad = refuse(http.StatusBadRequest, scim.InvalidFilter, "The filter names the attribute %s, which %s does not have.", quoted(p.String()), k.rt.Name)
		}
	})
	return bad
}

// attribute finds the definition of the attribute of a path, the sub-attribute left aside.
func (k *kind) attribute(p scim.Path) *scim.Attribute {
	urn := strings.ToLower(p.URN)
	if urn == "" || urn == strings.ToLower(k.rt.Schema) {
		return k.attrs[strings.ToLower(p.Attr)]
	}
	if x := k.exts[urn]; x != nil {
		if p.Attr == "" {
			return &scim.Attribute{Name: x.schema.ID, Type: "complex", Returned: "default", SubAttributes: x.schema.Attributes}
		}
		return x.attrs[strings.ToLower(p.Attr)]
	}
	return nil
}

// walk visits the path of each comparison and value path, those inside brackets aside.
func walk(f scim.Filter, visit func(scim.Path)) {
	switch t := f.(type) {
	case *scim.Compare:
		visit(t.Path)
	case *scim.ValuePath:
		visit(t.Path)
	case *scim.Not:
		walk(t.Filter, visit)
	case *scim.And:
		for _, e := range t.Terms {
			walk(e, visit)
		}
	case *scim.Or:
		for _, e := range t.Terms {
			walk(e, visit)
		}
	}
}

func mentionsSecret(f scim.Filter) bool {
	found := false
	walk(f, func(p scim.Path) { found = found || strings.EqualFold(p.Attr, "password") })
	return found
}
