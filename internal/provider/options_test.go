package provider

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

func TestOptions(t *testing.T) {
	for _, o := range []Options{{BaseURL: "no/host"}, {BaseURL: "http://h/scim?x=1"}, {BaseURL: "%"}, {Variants: []string{"nope"}}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	p, err := New(Options{BaseURL: "https://scim.example.com/tenants/a/", Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "http://proxy.internal/tenants/a/Users?count=1&startIndex=2", nil)
	g := (&client{t: t, p: p}).send(r)
	if g.status != 200 || g.str("totalResults") != "3" || !strings.HasPrefix(g.str("Resources", "0", "meta", "location"), "https://scim.example.com/tenants/a/Users/") {
		t.Errorf("%d %s", g.status, g.raw)
	}
	if g := (&client{t: t, p: p}).send(httptest.NewRequest("GET", "http://proxy.internal/scim/v2/Users", nil)); g.status != 404 {
		t.Errorf("outside of the root: %d", g.status)
	}
	if n := p.Count("", "Users"); n != 3 || p.Count("", "Nothing") != 0 || p.Count("nobody", "Users") != 0 {
		t.Errorf("count %d", n)
	}
	var state map[string][]map[string]any
	if err := json.Unmarshal(p.Snapshot(""), &state); err != nil || len(state["Users"]) != 3 || state["Users"][0]["userName"] == "" {
		t.Errorf("snapshot: %v %s", err, p.Snapshot(""))
	}
	if s := string(p.Snapshot("nobody")); s != "{}" {
		t.Errorf("snapshot of an unknown tenant: %s", s)
	}
	p.Reset()
	if n := p.Count("", "Users"); n != 0 {
		t.Errorf("%d users after a reset", n)
	}
}

func TestHostileHost(t *testing.T) {
	c := newClient(t, Options{})
	for i, host := range []string{"evil\"><x", "a b", strings.Repeat("x", 300), "x/y", ""} {
		r := httptest.NewRequest("POST", "http://scim.test/scim/v2/Users", strings.NewReader(userJSON(fmt.Sprint("u", i))))
		r.Host = host
		r.Header.Set("Authorization", "Bearer "+c.token)
		g := c.send(r)
		if g.status != 201 || !strings.HasPrefix(g.header.Get("Location"), "http://localhost/scim/v2/Users/") {
			t.Errorf("%q: %d %v", host, g.status, g.header)
		}
	}
}

// typed is an extension with one attribute of each type.
func typed() *scim.Schema {
	a := func(name, typ string, more func(*scim.Attribute)) *scim.Attribute {
		x := &scim.Attribute{Name: name, Type: typ, Mutability: "readWrite", Returned: "default", Uniqueness: "none"}
		if more != nil {
			more(x)
		}
		return x
	}
	return &scim.Schema{ID: "urn:example:params:scim:schemas:1.0:Typed", Name: "Typed", Attributes: []*scim.Attribute{
		a("level", "integer", nil), a("score", "decimal", nil), a("start", "dateTime", nil), a("key", "binary", nil), a("badge", "string", func(x *scim.Attribute) { x.CaseExact = true }),
		a("tags", "string", func(x *scim.Attribute) { x.MultiValued = true }), a("fixed", "string", func(x *scim.Attribute) { x.Mutability = "readOnly" }),
		a("must", "string", func(x *scim.Attribute) { x.Required = true }), a("loud", "string", func(x *scim.Attribute) { x.Returned = "always" }),
	}}
}

func TestCustomExtension(t *testing.T) {
	c := newClient(t, Options{UserExtensions: []*scim.Schema{typed()}})
	urn := typed().ID
	ext := func(s string) string { return `"` + urn + `":{"must":"x"` + s + `}` }
	for i, bad := range []string{`,"level":1.5`, `,"level":"1"`, `,"score":true`, `,"start":"yesterday"`, `,"start":7`, `,"key":"***"`, `,"tags":"x"`, `,"tags":[1]`, `,"badge":["x"]`} {
		c.fails(c.do("POST", "/Users", userJSON(fmt.Sprint("bad", i), ext(bad))), 400, "invalidValue")
	}
	c.fails(c.do("POST", "/Users", userJSON("lacks", `"`+urn+`":{"badge":"x"}`)), 400, "invalidValue")
	c.fails(c.do("POST", "/Users", userJSON("text", `"`+urn+`":"x"`)), 400, "invalidValue")
	a := c.user("a", ext(`,"level":10,"score":1.5,"start":"2026-01-01T00:00:00+02:00","key":"YQ","tags":["x","y","x"],"fixed":"no","badge":"B","loud":"l"`))
	c.user("b", ext(`,"level":9,"start":"2025-12-31T23:30:00Z","badge":"b"`))
	if a.at(urn, "fixed") != nil || a.len(urn, "tags") != 2 || a.str("schemas", "1") != urn {
		t.Errorf("stored: %s", a.raw)
	}
	for _, tt := range []struct{ query, want string }{
		{"filter=" + esc(urn+`:level gt 9`), "a"}, {"filter=" + esc(urn+`:badge eq "b"`), "b"}, {"filter=" + esc(urn+`:start lt "2025-12-31T22:30:00Z"`), "a"},
		{"filter=" + esc(urn+`:tags eq "y"`), "a"}, {"sortBy=" + urn + ":level", "b a"}, {"sortBy=" + urn + ":start", "a b"}, {"sortBy=" + urn + ":badge", "a b"}, {"sortBy=" + urn + ":score", "a b"},
	} {
		g := c.want(c.do("GET", "/Users?"+tt.query, ""), 200)
		if s := strings.Join(names(g), " "); s != tt.want {
			t.Errorf("%s: %s", tt.query, s)
		}
	}
	g := c.want(c.do("GET", "/Users/"+a.str("id")+"?attributes=userName", ""), 200)
	if g.str(urn, "loud") != "l" || g.at(urn, "badge") != nil {
		t.Errorf("returned always: %s", g.raw)
	}
	c.fails(c.do("PATCH", "/Users/"+a.str("id"), patchJSON(`{"op":"replace","path":"`+urn+`:fixed","value":"x"}`)), 400, "mutability")
	c.fails(c.do("PATCH", "/Users/"+a.str("id"), patchJSON(`{"op":"remove","path":"`+urn+`:must"}`)), 400, "mutability")
}

func TestFilterOnOneResource(t *testing.T) {
	c := newClient(t, Options{})
	path := "/Users/" + c.user("a", `"title":"x"`).str("id")
	c.want(c.do("GET", path+"?filter="+esc(`title eq "X"`), ""), 200)
	c.fails(c.do("GET", path+"?filter="+esc(`title eq "y"`), ""), 404, "")
	c.fails(c.do("GET", path+"?filter="+esc(`title eq`), ""), 400, "invalidFilter")
}

func TestMembersOnRequest(t *testing.T) {
	c := newClient(t, Options{Variants: []string{"members-on-request"}})
	id := c.user("a").str("id")
	g := c.group("g", id)
	path := "/Groups/" + g.str("id")
	if g.len("members") != 1 {
		t.Errorf("a write shows what it set: %s", g.raw)
	}
	if r := c.do("GET", path, ""); r.at("members") != nil {
		t.Errorf("not asked for: %s", r.raw)
	}
	if r := c.do("GET", path+"?attributes=members", ""); r.len("members") != 1 {
		t.Errorf("asked for: %s", r.raw)
	}
	if r := c.do("GET", "/Schemas/"+scim.SchemaGroup, ""); !strings.Contains(r.raw, `"returned":"request"`) {
		t.Errorf("not published: %s", r.raw)
	}
}

// TestManyDeletions walks through a collection while most of it goes away: pages stay complete, order stays.
func TestManyDeletions(t *testing.T) {
	c := newClient(t, Options{Seed: 5000, MaxPage: 1000, Clock: time.Now})
	p := c.p.(*Provider)
	first := c.do("GET", "/Users?cursor=&count=1000", "")
	cursor := first.str("nextCursor")
	for i, r := range append([]*record(nil), p.tenants[defaultTenant].collections[0].order...) {
		if i%10 != 0 && i != 1000 {
			c.want(c.do("DELETE", "/Users/"+r.id, ""), 204)
		}
	}
	seen := map[string]bool{}
	for start := 1; ; start += 100 {
		g := c.want(c.do("GET", fmt.Sprintf("/Users?count=100&startIndex=%d", start), ""), 200)
		if g.str("totalResults") != "500" {
			t.Fatalf("total %s", g.str("totalResults"))
		}
		for i := range g.len("Resources") {
			seen[g.str("Resources", fmt.Sprint(i), "id")] = true
		}
		if g.len("Resources") < 100 {
			break
		}
	}
	if len(seen) != 500 {
		t.Errorf("%d users on the pages", len(seen))
	}
	if g := c.want(c.do("GET", "/Users?cursor="+cursor, ""), 200); g.len("Resources") != 400 || g.str("nextCursor") != "" {
		t.Errorf("after the cursor: %d, next %q", g.len("Resources"), g.str("nextCursor"))
	}
	if n := len(p.tenants[defaultTenant].collections[0].order); n > 2*blockSize {
		t.Errorf("%d slots for 500 users", n)
	}
}

func TestManyNames(t *testing.T) {
	c := newClient(t, Options{})
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	c.want(c.do("POST", "/Users", userJSON("many", strings.TrimPrefix(b.String(), ","))), 201)
	c.fails(c.do("POST", "/Users", userJSON("twice", strings.TrimPrefix(b.String(), ","), `"K7":2`)), 400, "invalidSyntax")
	c.fails(c.do("POST", "/Users", userJSON("number", `"k":01`)), 400, "invalidSyntax")
	c.fails(c.do("POST", "/Users", `{"a":1}x`), 400, "invalidSyntax")
}

func TestTolerances(t *testing.T) {
	seen := map[string]bool{}
	for _, tol := range Tolerances() {
		if seen[tol.Name] || tol.Rule == "" || tol.Evidence == "" {
			t.Errorf("%+v", tol)
		}
		seen[tol.Name] = true
	}
	c := newClient(t, Options{})
	g := c.want(c.do("POST", "/Groups", `{"schemas":[`+groupURN+`,"`+legacyGroupSchema+`"],"externalId":"x","displayName":"g","meta":{"resourceType":"Group"}}`), 201)
	if g.len("schemas") != 1 || g.at("members") != nil {
		t.Errorf("%s", g.raw)
	}
	u := c.user("m", entURN+`:{"manager":"`+g.str("id")+`"}`)
	if u.str(ent, "manager", "value") != g.str("id") {
		t.Errorf("manager as string: %s", u.raw)
	}
	boss := c.user("boss", `"displayName":"The Boss"`)
	u = c.want(c.do("PUT", "/Users/"+u.str("id"), userJSON("m", entURN+`:{"manager":[{"$ref":"http://x/y","value":"`+boss.str("id")+`"}]}`)), 200)
	if u.str(ent, "manager", "$ref") != boss.str("meta", "location") || u.str(ent, "manager", "displayName") != "The Boss" {
		t.Errorf("manager: %s", u.raw)
	}
	path := "/Users/" + u.str("id")
	c.want(c.do("PATCH", path, patchJSON(`{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@x"}`), "Adscimversion: Date:x"), 200)
	if g := c.do("GET", "/Users?filter="+esc(`emails[type eq "work"].value eq "A@x"`), ""); g.str("totalResults") != "1" {
		t.Errorf("broken filter: %s", g.raw)
	}
}
