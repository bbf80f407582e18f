package provider

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

func escapeSegment(id string) string { return url.PathEscape(id) }

// projection is what attributes or excludedAttributes ask for (RFC 7644 section 3.9).
type projection struct {
	exclude bool
	whole   map[string]bool            // lower-case names of whole attributes, extension attributes as urn:name, extensions as urn
	parts   map[string]map[string]bool // attribute → sub-attributes
	// written are attributes of returned "request" that this request itself wrote (RFC 7643 section 7).
	written map[string]bool
}

func newProjection(exclude bool, names []string) *projection {
	p := &projection{exclude: exclude, whole: map[string]bool{}, parts: map[string]map[string]bool{}}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		if n == "" {
			continue
		}
		attr, sub := splitName(n)
		if sub == "" {
			p.whole[attr] = true
			continue
		}
		if p.parts[attr] == nil {
			p.parts[attr] = map[string]bool{}
		}
		p.parts[attr][sub] = true
	}
	return p
}

// splitName takes a lower-case attribute name apart: core URNs are dropped, extension URNs kept, a sub-attribute separated. A
// value filter in brackets is dropped (tolerance value-filter-in-projection).
func splitName(n string) (attr, sub string) {
	if i := strings.IndexByte(n, '['); i >= 0 {
		rest := ""
		if j := strings.LastIndexByte(n, ']'); j > i {
			rest = n[j+1:]
		}
		n = n[:i] + rest
	}
	prefix := ""
	if strings.HasPrefix(n, "urn:") {
		i := strings.LastIndexByte(n, ':')
		prefix, n = n[:i+1], n[i+1:]
		if strings.HasPrefix(prefix, "urn:ietf:params:scim:schemas:core:2.0:") && strings.Count(prefix, ":") > strings.Count("urn:ietf:params:scim:schemas:core:2.0:", ":") {
			prefix = ""
		}
	}
	attr, sub, _ = strings.Cut(n, ".")
	return prefix + attr, sub
}

// projectionOf reads the two parameters. They exclude each other; a request with both is refused.
func projectionOf(attributes, excluded []string) (*projection, *fault) {
	switch {
	case attributes != nil && excluded != nil:
		return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "attributes and excludedAttributes cannot be used together (RFC 7644 section 3.9).")
	case attributes != nil:
		return newProjection(false, attributes), nil
	case excluded != nil:
		return newProjection(true, excluded), nil
	}
	return nil, nil
}

// drops tells whether an attribute cannot be in the answer, so that it need not be built.
func (p *projection) drops(name string) bool {
	switch {
	case p == nil || p.written[name]:
		return false
	case p.exclude:
		return p.whole[name]
	}
	return !p.whole[name] && p.parts[name] == nil
}

// project gives the resource with the attributes that the client gets to see.
func (v *view) project(r *record) object {
	o := v.tree(r)
	out := make(object, len(o))
	for name, value := range o {
		low := strings.ToLower(name)
		if x := r.kind.exts[low]; x != nil {
			if part := v.projectExtension(x, low, value); part != nil {
				out[name] = part
			}
			continue
		}
		a := r.kind.attrs[low]
		if a == nil {
			if v.proj == nil || v.proj.exclude && !v.proj.whole[low] {
				out[name] = value
			}
			continue
		}
		if kept := v.projectAttribute(a, low, value); kept != nil {
			out[name] = kept
		}
	}
	return out
}

func (v *view) projectExtension(x *extension, urn string, value any) any {
	in, ok := value.(object)
	if !ok || v.proj == nil {
		return value
	}
	named := v.proj.whole[urn]
	if named && v.proj.exclude {
		return nil
	}
	out := object{}
	for name, sub := range in {
		low := strings.ToLower(name)
		a := x.attrs[low]
		if a == nil {
			continue
		}
		if named {
			out[name] = sub
		} else if kept := v.projectAttribute(a, urn+":"+low, sub); kept != nil {
			out[name] = kept
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// projectAttribute applies the returned characteristic and the projection to one attribute; nil leaves it out.
func (v *view) projectAttribute(a *scim.Attribute, name string, value any) any {
	p := v.proj
	switch a.Returned {
	case "never":
		return nil
	case "always":
		return value
	case "request":
		if p == nil || p.exclude {
			if p != nil && p.written[name] && !p.whole[name] {
				return value
			}
			return nil
		}
	}
	if p == nil {
		return value
	}
	if p.exclude {
		if p.whole[name] {
			return nil
		}
		if subs := p.parts[name]; subs != nil {
			return pick(a, value, func(s string) bool { return !subs[s] })
		}
		return value
	}
	if p.whole[name] {
		return value
	}
	if subs := p.parts[name]; subs != nil {
		return pick(a, value, func(s string) bool { return subs[s] })
	}
	if name == "meta" && v.p.has("projection-with-meta") {
		return value
	}
	return nil
}

// pick keeps some sub-attributes of a complex value, and always those that are returned always.
func pick(a *scim.Attribute, value any, keep func(lower string) bool) any {
	switch t := value.(type) {
	case object:
		out := object{}
		for name, sub := range t {
			s := a.Sub(name)
			if keep(strings.ToLower(name)) || s != nil && s.Returned == "always" {
				out[name] = sub
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := make([]any, 0, len(t))
		for _, e := range t {
			if kept := pick(a, e, keep); kept != nil {
				out = append(out, kept)
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return value
}
