package grade

import (
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// writable lists the attributes and extensions of a resource type that clients may write, by lower-case name.
func writable(schemas *scim.SchemaSet, rt scim.ResourceType) map[string]bool {
	out := map[string]bool{"externalid": true}
	if s := schemas.Schema(rt.Schema); s != nil {
		for _, a := range s.Attributes {
			if a.Mutability == "readWrite" && a.Returned != "never" {
				out[strings.ToLower(a.Name)] = true
			}
		}
	}
	for _, x := range rt.Extensions {
		out[strings.ToLower(x.Schema)] = true
	}
	return out
}

// operations are the operations of a PATCH.
func (g *Grader) operations(o *observation) []unit {
	body, _ := o.body.(map[string]any)
	if o.kind != "patch" || body == nil {
		return nil
	}
	var out []unit
	ops, _ := member(body, "Operations").([]any)
	for _, x := range ops {
		m, ok := x.(map[string]any)
		if !ok {
			continue
		}
		out = append(out, g.operation(o, m))
	}
	return out
}

func (g *Grader) operation(o *observation, m map[string]any) unit {
	u := unit{"op": member(m, "op"), "pathError": "", "attribute": nil, "whole": false}
	u["value"], u["hasValue"] = member(m, "value"), false
	_, u["hasValue"] = lookup(m, "value")
	target, has := lookup(m, "path")
	u["target"], u["hasPath"] = target, has
	s, isText := target.(string)
	switch p, err := scim.ParsePath(s); {
	case !has || isText && s == "":
	case !isText:
		u["pathError"] = "it is no text"
	case err != nil:
		u["pathError"] = err.Error()
	default:
		p = g.o.Schemas.Resolve(p)
		u["attribute"] = definition(g.o.Schemas.Attribute(o.rt.Schema, p))
		u["whole"] = p.Filter == nil && p.Sub == "" && !p.HasIndex
	}
	return u
}

// bulk are the operations of a bulk request.
func bulk(o *observation) []unit {
	body, _ := o.body.(map[string]any)
	if o.kind != "bulk" || body == nil {
		return nil
	}
	ops, _ := member(body, "Operations").([]any)
	seen := map[string]int{}
	for _, x := range ops {
		if m, ok := x.(map[string]any); ok {
			seen[text(member(m, "bulkId"))]++
		}
	}
	var out []unit
	for _, x := range ops {
		m, ok := x.(map[string]any)
		if !ok {
			continue
		}
		call := map[string]any{}
		for _, n := range []string{"method", "path", "bulkId", "version", "data"} {
			call[n] = member(m, n)
		}
		id := text(call["bulkId"])
		u := unit{"call": call, "repeated": call["bulkId"] != nil && seen[id] > 1}
		u["unresolved"], u["bare"] = references(call["data"], seen)
		out = append(out, u)
	}
	return out
}

// references finds references to operations of the same request: those with the prefix bulkId: that lead nowhere, and those
// that name an operation without it where an id belongs.
func references(v any, ids map[string]int) (unresolved, bare []any) {
	unresolved, bare = []any{}, []any{}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sorted(v) {
				walk(k, v[k])
			}
		case []any:
			for _, x := range v {
				walk(name, x)
			}
		case string:
			id, prefixed := strings.CutPrefix(v, "bulkId:")
			switch {
			case prefixed && ids[id] == 0:
				unresolved = append(unresolved, v)
			case !prefixed && strings.EqualFold(name, "value") && v != "" && ids[v] > 0:
				bare = append(bare, v)
			}
		}
	}
	walk("", v)
	return unresolved, bare
}
