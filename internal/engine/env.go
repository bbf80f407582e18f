package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/mockidp/profile"
)

// baseEnv is what expressions know before any case runs (docs/authoring.md lists it). It is made
// once for each discovery; callers get a copy of their own.
func (e *Engine) baseEnv() map[string]any {
	e.envOnce.Do(func() { e.env = e.makeEnv() })
	return maps.Clone(e.env)
}

func (e *Engine) makeEnv() map[string]any {
	env := map[string]any{
		"run":      map[string]any{"id": e.o.Run.ID, "prefix": e.o.Run.Prefix, "seed": e.o.Run.Seed},
		"target":   map[string]any{"url": e.o.Info.URL, "domain": e.o.Target.domain(), "remote": e.o.Remote},
		"features": e.featureMap(),
		"spc":      e.found.spc,
		"schemas":  e.schemaEnv(),
	}
	for k, f := range functions {
		env[k] = f
	}
	env["attributes"] = e.attributes
	env["sample"] = e.sample
	env["ago"] = func(d string) (string, error) {
		dur, err := time.ParseDuration(d)
		return e.o.Clock.Now().Add(-dur).UTC().Format("2006-01-02T15:04:05Z"), err
	}
	env["random"] = func(kind string) string {
		if kind == "guid" {
			h := e.random(32)
			return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
		}
		return e.random(16)
	}
	return env
}

// functions are those that need no state.
var functions = map[string]any{
	"get": getPath,
	"has": func(v any, path string) bool {
		_, ok := resourceOf(v)
		return ok && getPath(v, path) != nil
	},
	"quote":      func(s any) string { return quote(text(s)) },
	"urlq":       func(s any) string { return escapeQuery(text(s)) },
	"plus":       func(s any) string { return url.QueryEscape(text(s)) },
	"path":       func(s any) string { return escapeSegment(text(s)) },
	"idIn":       func(s any) string { return lastSegment(strings.TrimSuffix(text(s), "/")) },
	"json":       func(v any) string { return show(v) },
	"str":        func(v any) string { return text(v) },
	"same":       func(a, b any) bool { return equalUnordered(a, b) },
	"equalValue": func(a, b any) bool { return scim.Equal(a, b) },
	"type":       func(v any) string { return typeName(v) },
	"isInt":      func(v any) bool { _, ok := v.(int); return ok },
	"isDateTime": func(v any) bool { s, ok := v.(string); return ok && isDateTime(s) },
	"isURI":      func(v any) bool { s, ok := v.(string); return ok && isURI(s) },
	"isBase64":   func(v any) bool { s, ok := v.(string); return ok && isBase64(s) },
	"match":      func(s any, re string) (bool, error) { return regexp.MatchString(re, text(s)) },
	"repeat":     func(s string, n int) string { return strings.Repeat(s, min(max(n, 0), 4<<20)) },
	"elements": func(v any, path string) []any { // of a multi-valued attribute; a server that gives no list has none
		m, ok := resourceOf(v)
		if !ok {
			return []any{}
		}
		x, _ := lookup(m, path)
		if l, ok := x.([]any); ok {
			return l
		}
		return []any{}
	},
	"b64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"resolve":   resolveURL,
	"assign":    setAttribute,
	"filterFor": attributeFilter,
	"without": func(v any, paths ...string) any {
		m, ok := scim.Clone(v).(map[string]any)
		if !ok {
			return v
		}
		delete(m, "$endpoint")
		for _, p := range paths {
			removePath(m, p)
		}
		return m
	},
	"with": func(v any, over map[string]any) any {
		m, ok := scim.Clone(v).(map[string]any)
		if !ok {
			return v
		}
		for k, x := range over {
			m[k] = x
		}
		return m
	},
	"seq": func(n int) []any {
		out := make([]any, min(max(n, 0), 10000))
		for i := range out {
			out[i] = i + 1
		}
		return out
	},
	"secondsBetween": func(a, b string) float64 {
		x, err1 := time.Parse(time.RFC3339Nano, a)
		y, err2 := time.Parse(time.RFC3339Nano, b)
		if err1 != nil || err2 != nil {
			return 0
		}
		return y.Sub(x).Seconds()
	},
}

// getPath finds a path in a resource, in the body of a step's answer ("title" and "body.title" are
// the same there), or in any value with a dotted path of ours.
func getPath(v any, path string) any {
	m, ok := resourceOf(v)
	if !ok {
		x, _ := lookupDotted(v, path)
		return x
	}
	if x, found := lookup(m, path); found {
		return x
	}
	step, _ := v.(map[string]any)
	if _, isStep := step["$response"]; !isStep {
		return nil
	}
	if path == "body" {
		return m
	}
	if rest, ok := strings.CutPrefix(path, "body."); ok {
		x, _ := lookup(m, rest)
		return x
	}
	return nil
}

// quote writes text as a filter value: a JSON string (RFC 7644 section 3.4.2.2), nothing more escaped
// than JSON demands.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func resolveURL(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	r, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return r.String()
}

// caseEnv adds what belongs to one case: its names and the profile being played.
func (e *Engine) caseEnv(s *scope) map[string]any {
	env := e.baseEnv()
	env["unique"] = s.unique
	env["username"] = s.username
	env["email"] = s.email
	if p := s.in.prof; p != nil {
		env["profile"] = map[string]any{"id": p.ID, "title": p.Title}
		env["traits"] = p.Traits
		env["idp"] = p.ID
	}
	return env
}

// unique makes a name that no other run or case uses: prefix of the run, case number, counter.
func (s *scope) unique(name string) string {
	s.names[name]++
	n := ""
	if s.names[name] > 1 {
		n = fmt.Sprint(s.names[name])
	}
	return fmt.Sprintf("%s-%d-%s%s", s.e.o.Run.Prefix, s.in.order, name, n)
}

func (s *scope) username(name string) string { return s.e.o.Target.userName(s.unique(name)) }
func (s *scope) email(name string) string    { return s.e.o.Target.mail(s.unique(name)) }

// profile being played: of the innermost operation, else of the suite.
func (s *scope) profile() *profile.Profile {
	if n := len(s.ops); n > 0 {
		return s.ops[n-1].prof
	}
	if s.in == nil {
		return nil
	}
	return s.in.prof
}

// schemaEnv lets expressions ask what the target publishes.
func (e *Engine) schemaEnv() map[string]any {
	return map[string]any{
		"published": e.found.schemasPublished,
		"list":      e.found.schemaList,
		"types":     e.found.typeList,
		"has":       func(rt, path string) bool { return e.attribute(rt, path) != nil },
		"attribute": func(rt, path string) any { return attributeMap(e.attribute(rt, path), path) },
		"defines":   func(urn string) bool { return e.found.schemasPublished && e.schemas().Schema(urn) != nil },
		"defined":   e.defined,
	}
}

func (e *Engine) attribute(rt, path string) *scim.Attribute {
	t, ok := e.typeNamed(rt)
	if !ok {
		return nil
	}
	p, err := scim.ParseAttrPath(path)
	if err != nil {
		return nil
	}
	return e.schemas().Attribute(t.Schema, p)
}

// defined is an attribute of a published schema, by URN and path; nil when there is none.
func (e *Engine) defined(urn, path string) any {
	s := e.schemas().Schema(urn)
	if s == nil {
		return nil
	}
	list := s.Attributes
	var a *scim.Attribute
	for part := range strings.SplitSeq(path, ".") {
		i := slices.IndexFunc(list, func(x *scim.Attribute) bool { return strings.EqualFold(x.Name, part) })
		if i < 0 {
			return nil
		}
		a, list = list[i], list[i].SubAttributes
	}
	return attributeMap(a, path)
}

// coreTypes are the two resource types that suites speak of by name, with the endpoint and the
// schema that RFC 7643 and 7644 fix.
var coreTypes = map[string]scim.ResourceType{
	"User":  {Name: "User", Endpoint: "/Users", Schema: scim.SchemaUser, Extensions: []scim.SchemaExtension{{Schema: scim.SchemaEnterprise}}},
	"Group": {Name: "Group", Endpoint: "/Groups", Schema: scim.SchemaGroup},
}

// typeNamed finds a resource type; a wrong name or a missing schema in /ResourceTypes is a finding of
// its own and must not hide all others.
func (e *Engine) typeNamed(name string) (scim.ResourceType, bool) {
	core, isCore := coreTypes[name]
	t, ok := e.schemas().ResourceType(name)
	if !ok && isCore {
		if t, ok = e.schemas().ResourceType(core.Endpoint); !ok {
			return core, true
		}
	}
	if t.Schema == "" {
		t.Schema = core.Schema
	}
	return t, ok
}

func attributeMap(a *scim.Attribute, path string) any {
	if a == nil {
		return nil
	}
	var subs []any
	for _, s := range a.SubAttributes {
		subs = append(subs, attributeMap(s, path+"."+s.Name))
	}
	return map[string]any{"subAttributes": subs, "path": path, "name": a.Name, "type": a.Type, "multiValued": a.MultiValued, "required": a.Required, "caseExact": a.CaseExact,
		"mutability": a.Mutability, "returned": a.Returned, "uniqueness": a.Uniqueness, "canonicalValues": toList(a.CanonicalValues), "referenceTypes": toList(a.ReferenceTypes),
		"complex": a.Type == "complex", "description": a.Description}
}

// attributes lists the attributes of a resource type as the target publishes them, core and
// extensions, with sub-attributes after their parent; paths of extensions carry the URN.
func (e *Engine) attributes(rt string) []any {
	t, ok := e.typeNamed(rt)
	if !ok {
		return nil
	}
	var out []any
	add := func(prefix string, as []*scim.Attribute) {
		for _, a := range as {
			m := attributeMap(a, prefix+a.Name).(map[string]any)
			m["id"] = prefix + a.Name // of an expanded case: one name in two schemas is two attributes
			m["extension"], m["sub"], m["parent"], m["container"], m["resource"] = prefix != "", false, "", strings.TrimSuffix(prefix, ":"), rt
			out = append(out, m)
			for _, sub := range a.SubAttributes {
				sm := attributeMap(sub, prefix+a.Name+"."+sub.Name).(map[string]any)
				sm["parent"], sm["sub"], sm["extension"], sm["parentMultiValued"], sm["parentMutability"] = prefix+a.Name, true, prefix != "", a.MultiValued, a.Mutability
				sm["container"] = strings.TrimSuffix(prefix, ":")
				out = append(out, sm)
			}
		}
	}
	if s := e.schemas().Schema(t.Schema); s != nil {
		add("", s.Attributes)
	}
	for _, x := range t.Extensions {
		if s := e.schemas().Schema(x.Schema); s != nil {
			add(x.Schema+":", s.Attributes)
		}
	}
	return out
}
