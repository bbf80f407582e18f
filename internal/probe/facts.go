package probe

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// answer is one answer of the endpoint that was found, read as JSON.
type answer struct {
	x     *result.Exchange
	v     scim.View
	isObj bool
}

func (a answer) status() int {
	if a.x == nil || a.x.Response == nil {
		return 0
	}
	return a.x.Response.Status
}

// ok: status 200 with a JSON body.
func (a answer) ok() bool { return a.status() == 200 && a.isObj }

// why says in words what came instead of a usable answer.
func (a answer) why() string {
	switch {
	case a.x == nil:
		return "not asked"
	case a.x.Error != nil:
		return a.x.Error.Message
	case a.status() != 200:
		return fmt.Sprintf("answers %d", a.status())
	case !a.isObj:
		return "answers 200, but not with JSON"
	}
	return "answers 200"
}

// list gives the resources of a list and whether it is one.
func (a answer) list() ([]scim.View, bool) {
	if !a.ok() {
		return nil, false
	}
	if a.v.IsArray() {
		return a.v.Items(), true
	}
	rs := a.v.Get("Resources")
	return rs.Items(), rs.Exists() || a.v.Get("totalResults").Exists()
}

// total gives totalResults; -1 when it is missing.
func (a answer) total() int64 {
	t := a.v.Get("totalResults")
	if !a.ok() || !t.IsNumber() {
		return -1
	}
	return t.Int()
}

func (p *prober) get(ctx context.Context, path, query string, headers ...exchange.Header) answer {
	if ctx.Err() != nil {
		return answer{}
	}
	return read(p.send(ctx, exchange.Request{Path: path, RawQuery: query, Header: headers, Purpose: "probe: fact sheet"}))
}

func read(x *result.Exchange) answer {
	a := answer{x: x}
	if x.Response == nil || x.Error != nil {
		return a
	}
	v, err := scim.ParseView(scim.Unmarked(x.Response.RawBody))
	if err == nil && (v.IsObject() || v.IsArray()) {
		a.v, a.isObj = v, true
	}
	return a
}

// facts writes the sheet of a SCIM endpoint.
func (p *prober) facts(ctx context.Context) {
	p.fact("Endpoint", "scim.version", "SCIM version", p.rep.Verdict.Version)
	p.fact("Endpoint", "endpoint.url", "Base URL", p.rep.Base)
	p.fact("Authentication", "auth.used", "Authentication used", first(p.o.AuthKind, "none"))
	spc := p.discovery(ctx)
	if p.rep.Verdict.Kind != KindSCIM2 {
		return // the rest needs a credential, or is 2.0's
	}
	types := p.types(ctx)
	schemas := p.schemas(ctx)
	p.openDoor(ctx)
	users := p.paging(ctx, spc)
	if len(users) > 0 {
		p.filters(ctx, users)
		p.single(ctx, users[0])
		p.sorting(ctx)
		p.projection(ctx)
	}
	groups := p.groups(ctx)
	p.extras(ctx)
	p.attributes("User", types, schemas, users)
	p.attributes("Group", types, schemas, groups)
}

// discovery reads ServiceProviderConfig (RFC 7643 section 5), or SCIM 1.1's.
func (p *prober) discovery(ctx context.Context) answer {
	path := "/ServiceProviderConfig"
	if p.rep.Verdict.Version == "1.1" {
		path += "s"
	}
	a := p.get(ctx, path, "")
	if !a.ok() {
		p.fact("Discovery", "discovery.spc", "ServiceProviderConfig", a.why(), "clients must guess what is supported")
		return a
	}
	p.fact("Discovery", "discovery.spc", "ServiceProviderConfig", "published"+mediaNote(a))
	if l := a.v.Get("Resources"); l.IsArray() && l.Len() > 0 { // seen: wrapped into a list
		a.v = l.Items()[0]
		p.fact("Discovery", "discovery.spc.form", "ServiceProviderConfig, form", "wrapped into a list; RFC 7644 section 4 wants the object itself")
	}
	var schemes []string
	for _, s := range a.v.Get("authenticationSchemes").Items() {
		schemes = append(schemes, first(s.Get("type").Str(), s.Get("name").Str()))
	}
	p.fact("Authentication", "auth.schemes", "Authentication schemes announced", first(strings.Join(schemes, ", "), "none"))
	for _, f := range []struct{ member, title string }{{"patch", "PATCH"}, {"bulk", "Bulk"}, {"filter", "Filter"}, {"sort", "Sort"}, {"etag", "ETag"}, {"changePassword", "Change password"}} {
		value := "not said"
		if s := a.v.Get(f.member, "supported"); s.IsBool() {
			value = yes(s.Bool())
		} else if s.Exists() {
			value = "said, but not as a boolean: " + string(clip([]byte(s.Raw())))
		}
		p.fact("Announced", "announced."+strings.ToLower(f.member), f.title, value)
	}
	for _, l := range []struct{ a, b, id, title string }{{"filter", "maxResults", "filter.max-results", "Largest result of a filter"},
		{"bulk", "maxOperations", "bulk.max-operations", "Largest bulk request"}, {"bulk", "maxPayloadSize", "bulk.max-payload", "Largest bulk body in bytes"}} {
		if n := a.v.Get(l.a, l.b); n.IsNumber() {
			p.fact("Announced", l.id, l.title, n.Int())
		}
	}
	return a
}

func mediaNote(a answer) string {
	mt := strings.ToLower(a.x.Response.Header("Content-Type"))
	if strings.HasPrefix(mt, "application/scim+json") {
		return ""
	}
	return fmt.Sprintf(" as %s instead of application/scim+json", first(mt, "no media type"))
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (p *prober) types(ctx context.Context) []scim.ResourceType {
	a := p.get(ctx, "/ResourceTypes", "")
	if !a.ok() {
		p.fact("Discovery", "discovery.resource-types", "ResourceTypes", a.why(), "a client has to assume Users and Groups")
		return nil
	}
	list, bad := scim.ParseResourceTypes(a.x.Response.RawBody)
	p.fact("Discovery", "discovery.resource-types", "ResourceTypes", "published"+mediaNote(a), complaints(bad))
	var names []string
	for _, t := range list {
		n := t.Name + " (" + t.Endpoint + ")"
		for _, e := range t.Extensions {
			n += " + " + e.Schema
		}
		names = append(names, n)
	}
	p.fact("Content", "resource-types", "Resource types", first(strings.Join(names, "; "), "none"))
	return list
}

func (p *prober) schemas(ctx context.Context) *scim.SchemaSet {
	a := p.get(ctx, "/Schemas", "")
	if !a.ok() {
		p.fact("Discovery", "discovery.schemas", "Schemas", a.why(), "attributes cannot be discovered")
		return nil
	}
	set, bad := scim.ParseSchemas(a.x.Response.RawBody)
	p.fact("Discovery", "discovery.schemas", "Schemas", "published"+mediaNote(a), complaints(bad))
	var urns []string
	for _, s := range set.Schemas() {
		urns = append(urns, s.ID)
	}
	p.fact("Content", "schemas", "Schemas published", first(strings.Join(urns, "; "), "none"))
	return set
}

func complaints(vs []scim.Violation) string {
	var out []string
	for _, v := range vs {
		if !v.Note && len(out) < 3 {
			out = append(out, v.String())
		}
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("with faults (%d): %s", len(vs), strings.Join(out, "; "))
}

// openDoor looks whether the list of users is shown to somebody without a credential.
func (p *prober) openDoor(ctx context.Context) {
	if !p.o.Credentials {
		p.fact("Authentication", "auth.required", "Users are shown only with a credential", "no", "this probe had none: everybody who knows the address can read the directory")
		return
	}
	a := read(p.send(ctx, exchange.Request{Path: "/Users", RawQuery: "count=1", NoAuth: true, Purpose: "probe: without credentials"}))
	switch list, isList := a.list(); {
	case isList && (len(list) > 0 || a.total() > 0):
		p.fact("Authentication", "auth.required", "Users are shown only with a credential", "no", "the same request without a credential was answered with users")
	case isList:
		p.fact("Authentication", "auth.required", "Users are shown only with a credential", "not to be seen: there are no users", "an empty list came without a credential, too, and no 401")
	case a.status() == 401:
		challenge := a.x.Response.Header("WWW-Authenticate")
		p.fact("Authentication", "auth.required", "Users are shown only with a credential", "yes", "401 with WWW-Authenticate: "+first(challenge, "nothing (RFC 9110 section 15.5.2 wants it)"))
	default:
		p.fact("Authentication", "auth.required", "Users are shown only with a credential", "yes, as far as can be seen", "without one it "+a.why())
	}
}

// single reads one account by its id: ETag and conditional reads (RFC 7644 section 3.14).
func (p *prober) single(ctx context.Context, user scim.View) {
	id := user.Get("id").Str()
	if id == "" {
		p.fact("Reading", "read.one", "Read one user", "not tried: users carry no id")
		return
	}
	path := "/Users/" + url.PathEscape(id)
	a := p.get(ctx, path, "")
	if !a.ok() {
		p.fact("Reading", "read.one", "Read one user", a.why())
		return
	}
	value := "works"
	if a.v.Get("id").Str() != id {
		value = "answers with another id than was asked for"
	}
	p.fact("Reading", "read.one", "Read one user", value)
	tag := a.x.Response.Header("ETag")
	if tag == "" {
		p.fact("Reading", "etag", "ETag", "none sent", versionNote(a.v))
		return
	}
	c := p.get(ctx, path, "", exchange.Header{Name: "If-None-Match", Value: tag})
	if c.status() == 304 {
		p.fact("Reading", "etag", "ETag", "sent and honoured (304)")
		return
	}
	p.fact("Reading", "etag", "ETag", fmt.Sprintf("sent, but a conditional read gives %d instead of 304", c.status()))
}

func versionNote(v scim.View) string {
	if x := v.Get("meta", "version"); x.Exists() {
		return "meta.version is there, the header is not"
	}
	return ""
}

// sorting compares both directions (RFC 7644 section 3.4.2.3).
func (p *prober) sorting(ctx context.Context) {
	order := func(dir string) ([]string, answer) {
		a := p.get(ctx, "/Users", "sortBy=userName&sortOrder="+dir+"&count=50")
		list, _ := a.list()
		var out []string
		for _, u := range list {
			out = append(out, strings.ToLower(u.Get("userName").Str()))
		}
		return out, a
	}
	up, a := order("ascending")
	if len(up) == 0 {
		p.fact("Reading", "sort", "Sorting", a.why())
		return
	}
	down, _ := order("descending")
	switch {
	case len(up) < 2 || up[0] == up[len(up)-1]:
		p.fact("Reading", "sort", "Sorting", "not to be seen: fewer than two users")
	case sorted(up, 1) && sorted(down, -1):
		p.fact("Reading", "sort", "Sorting", "works in both directions")
	case strings.Join(up, "\n") == strings.Join(down, "\n"):
		p.fact("Reading", "sort", "Sorting", "ignored: both directions give the same order")
	default:
		p.fact("Reading", "sort", "Sorting", "gives an order that is not alphabetical without regard to letter case")
	}
}

func sorted(list []string, dir int) bool {
	for i := 1; i < len(list); i++ {
		if strings.Compare(list[i-1], list[i])*dir > 0 {
			return false
		}
	}
	return len(list) > 0
}

// projection looks at attributes and excludedAttributes (RFC 7644 section 3.9).
func (p *prober) projection(ctx context.Context) {
	for _, q := range []struct{ id, title, query, gone string }{
		{"attributes", "attributes=userName", "attributes=userName&count=1", "name"},
		{"excluded", "excludedAttributes=userName,name,emails", "excludedAttributes=name,emails&count=1", "name"},
	} {
		a := p.get(ctx, "/Users", q.query)
		list, _ := a.list()
		if len(list) == 0 {
			p.fact("Reading", "projection."+q.id, q.title, a.why())
			continue
		}
		u := list[0]
		var lost []string
		for _, must := range []string{"id", "schemas"} {
			if !u.Get(must).Exists() {
				lost = append(lost, must)
			}
		}
		value := "works"
		switch {
		case u.Get(q.gone).Exists() || u.Get("emails").Exists():
			value = "ignored: everything is returned"
		case len(lost) > 0:
			value = "drops what must always be there: " + strings.Join(lost, ", ")
		}
		p.fact("Reading", "projection."+q.id, q.title, value)
	}
}

func (p *prober) groups(ctx context.Context) []scim.View {
	a := p.get(ctx, "/Groups", "startIndex=1&count=20")
	list, isList := a.list()
	if !isList {
		p.fact("Content", "groups.total", "Groups", "none: "+a.why(), "group push is not possible without /Groups")
		return nil
	}
	p.fact("Content", "groups.total", "Groups visible to this credential", number(a.total()))
	return list
}

// extras are the endpoints that few have.
func (p *prober) extras(ctx context.Context) {
	me := p.get(ctx, "/Me", "")
	p.fact("Reading", "me", "/Me", me.why())
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"startIndex":1,"count":1}`)
	s := read(p.send(ctx, exchange.Request{Method: "POST", Path: "/Users/.search", Body: body, HasBody: true,
		Header: []exchange.Header{{Name: "Content-Type", Value: "application/scim+json"}}, Purpose: "probe: search by POST"}))
	value := s.why()
	if _, isList := s.list(); isList {
		value = "works"
	}
	p.fact("Reading", "search", "POST /Users/.search", value)
}

func number(n int64) any {
	if n < 0 {
		return "not said: totalResults is missing"
	}
	return n
}
