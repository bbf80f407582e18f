package grade

import (
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// kinds of requests, in the order in which facts show them.
var kinds = []string{"create", "replace", "patch", "delete", "read", "list", "search", "bulk", "discovery", "me", "other"}

// observation is one request with its answer, read and sorted.
type observation struct {
	r                  *request
	at, answered       time.Time
	method             string
	path               string // below the base URL, decoded
	endpoint, id, kind string
	rt                 scim.ResourceType
	known              bool // endpoint belongs to a resource type
	query              url.Values
	body, answer       any
	bodyError          string
	status             int
	retryAfter         string
	filterText         string
	filterErr          string
	unknown            []any
	equals             []equality
	asked              asked
	projected          bool
	writable           map[string]bool // attributes that clients may write
}

// equality is a comparison of a filter with eq.
type equality struct{ attr, value string }

// asked is which page a query asks for, and the rest of its parameters.
type asked struct {
	start, count int
	cursor       string
	hasCursor    bool
	params       string
}

// read makes an observation of what came and what was answered.
func (g *Grader) read(r *request, c *capture, answered time.Time) *observation {
	o := &observation{r: r, at: r.at, answered: answered, method: r.Method, status: c.status, retryAfter: c.header.Get("Retry-After")}
	o.path = strings.TrimPrefix(r.URL.Path, g.prefix)
	o.query, _ = url.ParseQuery(r.URL.RawQuery) // what cannot be read is the business of a rule over rawQuery
	o.place(g.o.Schemas)
	if len(r.body) > 0 && !r.tooLong {
		v, err := scim.Decode(r.body)
		if err != nil {
			o.bodyError = err.Error()
		}
		o.body = plain(v)
	}
	if c.body.Len() > 0 {
		if v, err := scim.Decode(c.body.Bytes()); err == nil {
			o.answer = plain(v)
		}
	}
	o.readQuery(g.o.Schemas)
	return o
}

// place finds out what the request is for.
func (o *observation) place(schemas *scim.SchemaSet) {
	parts := strings.Split(strings.Trim(o.path, "/"), "/")
	o.endpoint = parts[0]
	if len(parts) > 1 {
		o.id = parts[1]
	}
	o.rt, o.known = schemas.ResourceType("/" + o.endpoint)
	o.known = o.known && strings.EqualFold(strings.Trim(o.rt.Endpoint, "/"), o.endpoint)
	if o.known {
		o.endpoint = strings.Trim(o.rt.Endpoint, "/")
	}
	o.kind = o.kindOf()
	if o.id == ".search" {
		o.id = ""
	}
}

func (o *observation) kindOf() string {
	search := o.id == ".search" || o.endpoint == ".search"
	switch low := strings.ToLower(o.endpoint); {
	case o.method == http.MethodPost && search:
		return "search"
	case low == "bulk":
		return "bulk"
	case low == "me":
		return "me"
	case low == "serviceproviderconfig" || low == "schemas" || low == "resourcetypes":
		return "discovery"
	case !o.known && o.endpoint != "":
		return "other"
	case isRead(o.method) && o.id == "":
		return "list"
	case isRead(o.method):
		return "read"
	case o.method == http.MethodPost && o.id == "" && o.known:
		return "create"
	case o.id == "":
		return "other"
	}
	if k := map[string]string{http.MethodPut: "replace", http.MethodPatch: "patch", http.MethodDelete: "delete"}[o.method]; k != "" {
		return k
	}
	return "other"
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// readQuery takes filter, page and projection from the query, or from the body of a search.
func (o *observation) readQuery(schemas *scim.SchemaSet) {
	get := func(name string) (string, bool) {
		if _, ok := o.query[name]; ok {
			return o.query.Get(name), true
		}
		return "", false
	}
	params := url.Values{}
	for k, v := range o.query {
		params[k] = v
	}
	if o.kind == "search" {
		body, _ := o.body.(map[string]any)
		get = func(name string) (string, bool) {
			v, ok := lookup(body, name)
			if !ok {
				return "", false
			}
			return text(v), true
		}
		for k, v := range body {
			params.Set(k, text(v))
		}
	}
	o.filterText, _ = get("filter")
	o.asked.start = atoi(get("startIndex"))
	o.asked.count = atoi(get("count"))
	o.asked.cursor, o.asked.hasCursor = get("cursor")
	_, some := get("attributes")
	_, less := get("excludedAttributes")
	o.projected = some || less
	for _, n := range []string{"startIndex", "cursor"} {
		params.Del(n)
	}
	o.asked.params = params.Encode()
	if o.filterText != "" {
		o.readFilter(schemas)
	}
}

func atoi(s string, _ bool) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func (o *observation) readFilter(schemas *scim.SchemaSet) {
	f, err := scim.ParseFilter(o.filterText)
	if err != nil {
		o.filterErr = err.Error()
		return
	}
	o.walkFilter(f, schemas, nil)
}

// walkFilter collects what a filter compares; parent is the attribute before brackets.
func (o *observation) walkFilter(f scim.Filter, schemas *scim.SchemaSet, parent *scim.Path) {
	switch f := f.(type) {
	case *scim.And:
		for _, t := range f.Terms {
			o.walkFilter(t, schemas, parent)
		}
	case *scim.Or:
		for _, t := range f.Terms {
			o.walkFilter(t, schemas, parent)
		}
	case *scim.Not:
		o.walkFilter(f.Filter, schemas, parent)
	case *scim.ValuePath:
		o.walkFilter(f.Filter, schemas, &f.Path)
	case *scim.Compare:
		p := schemas.Resolve(f.Path)
		if parent != nil {
			p = schemas.Resolve(*parent)
			p.Sub = f.Path.Attr
		}
		base := o.rt.Schema
		if o.known && schemas.Attribute(base, p) == nil {
			o.unknown = append(o.unknown, p.String())
		}
		if s, ok := f.Value.(string); ok {
			o.equals = append(o.equals, equality{p.String(), s})
		}
	}
}

// env is the request as expressions see it.
func (g *Grader) env(o *observation) map[string]any {
	v := map[string]any{
		"kind": o.kind, "method": o.method, "path": o.path, "endpoint": o.endpoint, "resource": o.rt.Name, "id": o.id,
		"query": queryEnv(o.query), "rawQuery": o.r.URL.RawQuery, "raw": string(o.r.body), "body": o.body, "bodyError": o.bodyError,
		"mediaType": mediaType(o.r.Header.Get("Content-Type")), "duplicates": duplicates(o.r),
		"remote": remote(o.r.RemoteAddr), "secure": o.r.TLS != nil || strings.EqualFold(o.r.Header.Get("X-Forwarded-Proto"), "https"), "userinfo": o.r.URL.User != nil,
		"status": o.status, "answer": o.answer, "operations": []any{}, "missing": []any{},
		"asked":  o.askedEnv(),
		"header": func(name string) string { return o.r.Header.Get(name) },
	}
	if !o.known {
		v["resource"] = ""
	}
	for name, f := range functions {
		v[name] = f
	}
	g.state.book.before(v, o)
	return v
}

func (o *observation) askedEnv() map[string]any {
	v := map[string]any{"startIndex": o.asked.start, "count": o.asked.count, "cursor": o.asked.cursor, "hasCursor": o.asked.hasCursor, "filter": nil}
	if o.filterText != "" {
		v["filter"] = map[string]any{"text": o.filterText, "error": o.filterErr, "unknown": list(o.unknown), "values": values(o.equals)}
	}
	return v
}

func values(eqs []equality) []any {
	out := []any{}
	for _, e := range eqs {
		out = append(out, e.value)
	}
	return out
}

func list(v []any) []any {
	if v == nil {
		return []any{}
	}
	return v
}

func queryEnv(q url.Values) map[string]any {
	out := map[string]any{}
	for k, v := range q {
		out[k] = v[0]
	}
	return out
}

// mediaType is Content-Type without parameters; of what cannot be read as one, the text itself.
func mediaType(s string) string {
	m, _, err := mime.ParseMediaType(s)
	if err != nil {
		return strings.TrimSpace(s)
	}
	return m
}

func duplicates(r *request) []any {
	out := []any{}
	if r.tooLong {
		return out
	}
	for _, d := range scim.Duplicates(r.body) {
		out = append(out, fmt.Sprintf("%s (%s)", d.Name, d.Pointer))
	}
	return out
}

// remote tells whether a client is on another machine.
func remote(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && !ip.IsLoopback()
}
