package engine

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/scim"
)

// success: a list or a resource.
func (s *seeing) success() {
	path := strings.Trim(s.req.Path, "/")
	seg := strings.Split(path, "/")
	head := strings.ToLower(seg[0])
	v := s.r.view
	switch {
	case head == "bulk", s.req.Method == "DELETE": // a body with DELETE is a fault of its own, whatever is in it
		return
	case isError(v):
		s.a.judged("error-status")
		s.add("error-status", scim.Violation{Pointer: v.Pointer(), Offset: max(v.Offset(), 0), Expected: "the HTTP status of the error", Actual: "HTTP status " + strconv.Itoa(s.res.Status),
			Message: "an error body comes with a status of success"})
		return
	case isListPath(seg, s.req.Method):
		s.list(v, head)
	case v.Get("Resources").Exists() && v.Get("totalResults").Exists():
		s.list(v, head)
	default:
		s.resource(v, head, s.partial())
	}
}

func isError(v scim.View) bool {
	for _, u := range v.Get("schemas").Items() {
		if strings.EqualFold(u.Str(), scim.SchemaError) {
			return true
		}
	}
	return false
}

func isListPath(seg []string, method string) bool {
	last := seg[len(seg)-1]
	if strings.EqualFold(last, ".search") {
		return true
	}
	if len(seg) != 1 || method != "GET" {
		return false
	}
	switch strings.ToLower(seg[0]) {
	case "serviceproviderconfig", "me", "bulk", "":
		return false
	}
	return true
}

func (s *seeing) partial() bool {
	q := strings.ToLower(s.req.RawQuery)
	return strings.Contains(q, "attributes=") || strings.Contains(strings.ToLower(string(s.req.Body)), `"attributes"`) || strings.Contains(strings.ToLower(string(s.req.Body)), `"excludedattributes"`)
}

func (s *seeing) list(v scim.View, head string) {
	s.a.judged("list-schemas", "list-object", "list-total", "list-total-counts", "list-resources", "list-count", "list-behind", "list-once", "list-page", "list-items-per-page")
	q, sane := s.listQuery()
	if head == "schemas" || head == "resourcetypes" { // paging parameters mean nothing there (RFC 7644 section 4): a check of its own
		sane = q.StartIndex == nil && q.Count == nil
	}
	if sane {
		s.violations("lists", scim.CheckListResponse(v, q))
	}
	items := v.Get("Resources")
	if v.IsArray() {
		items = v
	}
	for i, r := range items.Items() {
		if i >= 50 { // the fifty-first resource of a page has no new mistakes
			break
		}
		if r.IsObject() {
			s.resource(r, head, s.partial())
		}
	}
}

// listQuery is what was asked for. With paging parameters that are no numbers, or that stand there
// twice (which of the two counts is the server's own choice), there is nothing to hold the numbers of
// the answer against: sane is false.
func (s *seeing) listQuery() (q scim.ListQuery, sane bool) {
	vals, err := url.ParseQuery(s.req.RawQuery)
	if err != nil {
		return q, false
	}
	for k, v := range vals {
		name := strings.ToLower(k)
		if name == "cursor" {
			q.Cursor = true
		}
		if name != "startindex" && name != "count" {
			continue
		}
		n, err := strconv.Atoi(v[0])
		if err != nil || len(v) > 1 {
			return q, false
		}
		if name == "startindex" {
			q.StartIndex = &n
		} else {
			q.Count = &n
		}
	}
	if s.req.Method == "POST" && s.req.HasBody {
		s.bodyQuery(&q)
	}
	return q, true
}

func (s *seeing) bodyQuery(q *scim.ListQuery) {
	b, err := scim.ParseView(s.req.Body)
	if err != nil {
		return
	}
	if v := b.Get("startIndex"); v.Kind() == "integer" {
		n := int(v.Int())
		q.StartIndex = &n
	}
	if v := b.Get("count"); v.Kind() == "integer" {
		n := int(v.Int())
		q.Count = &n
	}
	if v := b.Get("cursor"); v.Exists() {
		q.Cursor = true
	}
}

var resourceRules = func() []string {
	var out []string
	for _, r := range autoRules {
		if r.group == "resources" || r.group == "schema" || r.id == "password" {
			out = append(out, r.id)
		}
	}
	return out
}()

// resource: one representation against its type and schema.
func (s *seeing) resource(v scim.View, head string, partial bool) {
	rt, ok := s.typeOf(v, head)
	if !ok {
		return
	}
	s.a.judged(resourceRules...)
	if v.IsObject() && !partial && !v.Get("id").Exists() && !v.Get("schemas").Exists() && !v.Get("meta").Exists() {
		s.add("id", scim.Violation{Pointer: v.Pointer(), Offset: max(v.Offset(), 0), Expected: "a resource with schemas, id and meta", Actual: firstLine(v.Raw(), 120), Message: "the answer is no SCIM resource"})
		return
	}
	s.distinct(v, rt.Name)
	s.violations("resources", scim.Validate(v, rt, s.e.schemas(), scim.ValidateOptions{Partial: partial}))
	if rt.Name == "User" || rt.Name == "Group" {
		s.location(v)
	}
	if et := s.res.Header("ETag"); et != "" && v.Offset() == s.r.view.Offset() {
		if ver := v.Get("meta", "version"); ver.IsString() && ver.Str() != et && strings.Trim(strings.TrimPrefix(et, "W/"), `"`) != ver.Str() {
			s.add("meta-version", scim.Violation{Pointer: ver.Pointer(), Offset: ver.Offset(), Expected: "meta.version " + et, Actual: ver.Str(), Message: "meta.version differs from the ETag header"})
		}
	}
}

// distinct: an id that was seen with a user and with a group is no id (RFC 7643 section 3.1). Other
// types may be views of these two.
func (s *seeing) distinct(v scim.View, typ string) {
	id := v.Get("id")
	if !id.IsString() || id.Str() == "" || typ != "User" && typ != "Group" {
		return
	}
	if other := s.a.claim(id.Str(), typ); other != typ {
		s.add("id-types", scim.Violation{Pointer: id.Pointer(), Offset: id.Offset(), Expected: "an id of its own", Actual: id.Str(), Message: "the " + typ + " has the id of a " + other})
	}
}

// location: meta.location must lead to this resource on this endpoint. A relative one is resolved
// (errata-and-ambiguities C7).
func (s *seeing) location(v scim.View) {
	loc := v.Get("meta", "location")
	if !loc.IsString() {
		return
	}
	base := strings.TrimSuffix(s.e.o.Info.URL, "/") + "/"
	got, err := url.Parse(resolveURL(base, loc.Str()))
	want, err2 := url.Parse(base)
	if err != nil || err2 != nil {
		s.add("meta-location", scim.Violation{Pointer: loc.Pointer(), Offset: loc.Offset(), Expected: "a URI", Actual: loc.Str(), Message: "meta.location is no URI"})
		return
	}
	id := v.Get("id").Str()
	if forwarded(s.req) { // a server behind a proxy has to believe such a header; the case that sends one says what follows
		want = got
	}
	if !strings.EqualFold(got.Hostname(), want.Hostname()) && !bothLocal(got.Hostname(), want.Hostname()) {
		s.add("meta-location", scim.Violation{Pointer: loc.Pointer(), Offset: loc.Offset(), Expected: "an address on " + want.Host, Actual: loc.Str(), Message: "meta.location is on another host"})
	} else if id != "" && lastSegment(strings.TrimSuffix(got.EscapedPath(), "/")) != id {
		s.add("meta-location", scim.Violation{Pointer: loc.Pointer(), Offset: loc.Offset(), Expected: "an address that ends in " + id, Actual: loc.Str(), Message: "meta.location does not lead to this resource"})
	}
}

// bothLocal: localhost and 127.0.0.1 are one machine; a server behind a port mapping says either.
func bothLocal(a, b string) bool {
	local := func(h string) bool { return h == "localhost" || h == "::1" || strings.HasPrefix(h, "127.") }
	return local(a) && local(b)
}

// typeOf finds the resource type by endpoint, else by meta.resourceType, else by schemas.
func (s *seeing) typeOf(v scim.View, head string) (scim.ResourceType, bool) {
	if discoveryEndpoint(head) {
		// Judged by the discovery suite, against the fixed schemas, also where the server lists them as resource types.
		return scim.ResourceType{}, false
	}
	for _, t := range s.e.schemas().ResourceTypes() {
		if strings.EqualFold(strings.Trim(t.Endpoint, "/"), head) {
			return t, true
		}
	}
	return s.e.schemas().ResourceType(v.Get("meta", "resourceType").Str())
}

// forwarded tells whether a request says that it came to another host.
func forwarded(r outgoing) bool {
	return slices.ContainsFunc(r.Header, func(h exchange.Header) bool {
		name := strings.ToLower(h.Name)
		return name == "forwarded" || strings.HasPrefix(name, "x-forwarded-")
	})
}
