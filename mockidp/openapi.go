package mockidp

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// openAPI describes the routes (OpenAPI 3.1). It is made from the same table that serves them, so that it cannot be wrong about what there is.
func openAPI(routes []route) map[string]any {
	s := &schemas{defs: map[string]any{}}
	problems := map[string]any{"description": "what is wrong, and what to do", "content": map[string]any{"application/problem+json": map[string]any{"schema": s.of(reflect.TypeOf(Problem{}))}}}
	paths := map[string]any{
		"/readyz":              map[string]any{"get": plainGet("ready", "Answers when the database does; needs no credentials", "text/plain")},
		"/api/v1/openapi.json": map[string]any{"get": plainGet("openAPI", "This description", "application/json")},
	}
	for _, rt := range routes {
		full := "/api/v1" + rt.path
		item, _ := paths[full].(map[string]any)
		if item == nil {
			item = map[string]any{}
			paths[full] = item
		}
		item[strings.ToLower(rt.method)] = s.operation(rt, problems)
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{"title": "scimmage mock identity provider", "version": "1",
			"description": "A directory, applications connected by SCIM, and everything that its console can do. Errors are problem+json (RFC 9457)."},
		"paths":      paths,
		"components": map[string]any{"schemas": s.defs},
	}
}

func plainGet(id, about, media string) map[string]any {
	return map[string]any{"operationId": id, "summary": about, "tags": []string{"system"}, "responses": map[string]any{"200": map[string]any{"description": "done", "content": map[string]any{media: map[string]any{}}}}}
}

// whole are query parameters that are numbers.
var whole = []string{"after", "before", "limit"}

func (s *schemas) operation(rt route, problems map[string]any) map[string]any {
	params := []any{}
	add := func(name, in string) {
		schema := map[string]any{"type": "string"}
		if slices.Contains(whole, name) && !slices.Contains(rt.names, name) {
			schema["type"] = "integer"
		}
		if l := rt.oneOf[name]; len(l) > 0 {
			schema["enum"] = l
		}
		params = append(params, map[string]any{"name": name, "in": in, "required": in == "path", "schema": schema})
	}
	for _, m := range pathParameter.FindAllStringSubmatch(rt.path, -1) {
		add(m[1], "path")
	}
	for _, q := range rt.query {
		add(q, "query")
	}
	op := map[string]any{"operationId": rt.id, "summary": rt.about, "tags": []string{rt.tag}, "parameters": params}
	switch {
	case rt.body != nil:
		op["requestBody"] = map[string]any{"required": true, "content": media([]string{"application/json"}, s.of(reflect.TypeOf(rt.body)))}
	case len(rt.accepts) > 0:
		op["requestBody"] = map[string]any{"required": true, "content": media(rt.accepts, map[string]any{})}
	}
	ok, answer := "200", map[string]any{"description": "done"}
	switch {
	case rt.answer != nil:
		answer["content"] = media([]string{"application/json"}, s.of(reflect.TypeOf(rt.answer)))
		if rt.status == 201 {
			ok = "201"
		}
	case len(rt.gives) > 0:
		answer["content"] = media(rt.gives, map[string]any{})
	default:
		ok = "204"
	}
	op["responses"] = map[string]any{ok: answer, "default": problems}
	return op
}

func media(types []string, schema map[string]any) map[string]any {
	out := map[string]any{}
	for _, t := range types {
		out[t] = map[string]any{"schema": schema}
	}
	return out
}

// schemas makes JSON schemas of Go types.
type schemas struct{ defs map[string]any }

func (s *schemas) of(t reflect.Type) map[string]any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeOf(time.Time{}):
		return map[string]any{"type": "string", "format": "date-time"}
	case t.PkgPath() == "encoding/json":
		return map[string]any{}
	}
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.object(t)
	}
	return map[string]any{}
}

var genericName = regexp.MustCompile(`[^A-Za-z0-9]+`)

func (s *schemas) object(t reflect.Type) map[string]any {
	name := t.Name()
	if i := strings.IndexByte(name, '['); i >= 0 {
		last := name[strings.LastIndexByte(name, '.')+1:]
		name = name[:i] + "Of" + last
	}
	name = genericName.ReplaceAllString(name, "")
	ref := map[string]any{"$ref": "#/components/schemas/" + name}
	if _, done := s.defs[name]; done {
		return ref
	}
	props := map[string]any{}
	s.defs[name] = map[string]any{"type": "object", "properties": props}
	s.fields(t, props)
	return ref
}

func (s *schemas) fields(t reflect.Type, props map[string]any) {
	for f := range t.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		ft := f.Type
		for ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		if f.Anonymous && tag == "" && ft.Kind() == reflect.Struct {
			s.fields(ft, props)
			continue
		}
		props[firstNonEmpty(tag, f.Name)] = s.of(f.Type)
	}
}
