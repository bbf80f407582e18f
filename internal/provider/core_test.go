package provider

import (
	"strings"
	"testing"
)

func TestLifecycle(t *testing.T) {
	c := newClient(t, Options{})
	u := c.user("ada@example.com", `"name":{"givenName":"Ada","familyName":"Lovelace"}`, `"emails":[{"value":"ada@example.com","type":"work","primary":true}]`,
		`"active":true`, `"password":"s3cret"`, `"id":"mine"`, `"meta":{"resourceType":"X"}`, `"nickName":null`, `"phoneNumbers":[]`,
		entURN+`:{"department":"R&D","manager":{"value":"nobody"}}`)
	id := u.str("id")
	if id == "" || id == "mine" || u.header.Get("Location") != "http://scim.test/scim/v2/Users/"+id || u.str("meta", "location") != u.header.Get("Location") {
		t.Fatalf("id and location: %s %v", u.raw, u.header)
	}
	if u.str("meta", "resourceType") != "User" || u.str("meta", "created") != u.str("meta", "lastModified") || u.header.Get("ETag") != u.str("meta", "version") {
		t.Errorf("meta: %s", u.raw)
	}
	if strings.Contains(u.raw, "s3cret") || u.at("password") != nil || u.len("schemas") != 2 {
		t.Errorf("password or schemas: %s", u.raw)
	}
	g := c.want(c.do("GET", "/Users/"+id, ""), 200)
	if g.raw != u.raw {
		t.Errorf("GET differs from POST:\n%s\n%s", g.raw, u.raw)
	}
	c.fails(c.do("POST", "/Users", userJSON("ADA@Example.com")), 409, "uniqueness")
	put := c.want(c.do("PUT", "/Users/"+id, userJSON("ada@example.com", `"displayName":"Ada L."`)), 200)
	if put.str("displayName") != "Ada L." || put.at("name") != nil || put.str("meta", "created") != u.str("meta", "created") ||
		put.str("meta", "lastModified") <= u.str("meta", "lastModified") || put.str("meta", "version") == u.str("meta", "version") {
		t.Errorf("PUT: %s", put.raw)
	}
	if put.len("schemas") != 1 {
		t.Errorf("the extension is gone but not its URN: %s", put.raw)
	}
	c.want(c.do("DELETE", "/Users/"+id, ""), 204)
	for _, m := range []string{"GET", "DELETE"} {
		c.fails(c.do(m, "/Users/"+id, ""), 404, "")
	}
	c.fails(c.do("PUT", "/Users/"+id, userJSON("x")), 404, "")
	c.fails(c.do("PATCH", "/Users/"+id, patchJSON(`{"op":"replace","path":"active","value":false}`)), 404, "")
	c.user("ada@example.com")
}

func TestRefusals(t *testing.T) {
	c := newClient(t, Options{MaxBody: 4096})
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		scimType                 string
	}{
		{"no body", "POST", "/Users", "", 400, "invalidSyntax"},
		{"not JSON", "POST", "/Users", `{"userName":`, 400, "invalidSyntax"},
		{"array", "POST", "/Users", `[]`, 400, "invalidSyntax"},
		{"duplicate key", "POST", "/Users", userJSON("a", `"username":"b"`), 400, "invalidSyntax"},
		{"deep", "POST", "/Users", userJSON("a", `"x":`+deep), 400, "invalidSyntax"},
		{"no schemas", "POST", "/Users", `{"userName":"a"}`, 400, "invalidSyntax"},
		{"foreign schema", "POST", "/Users", `{"schemas":["urn:x"],"userName":"a"}`, 400, "invalidValue"},
		{"no userName", "POST", "/Users", `{"schemas":[` + userURN + `]}`, 400, "invalidValue"},
		{"empty userName", "POST", "/Users", userJSON(" "), 400, "invalidValue"},
		{"number as userName", "POST", "/Users", `{"schemas":[` + userURN + `],"userName":7}`, 400, "invalidValue"},
		{"active is a word", "POST", "/Users", userJSON("a", `"active":"yes"`), 400, "invalidValue"},
		{"emails is an object", "POST", "/Users", userJSON("a", `"emails":{"value":"x"}`), 400, "invalidValue"},
		{"emails holds strings", "POST", "/Users", userJSON("a", `"emails":["x"]`), 400, "invalidValue"},
		{"two primaries", "POST", "/Users", userJSON("a", `"emails":[{"value":"x","primary":true},{"value":"y","primary":true}]`), 400, "invalidValue"},
		{"invalid UTF-8", "POST", "/Users", userJSON("a\xff"), 400, "invalidSyntax"},
		{"too large", "POST", "/Users", userJSON(strings.Repeat("a", 5000)), 413, ""},
		{"unknown member", "POST", "/Groups", groupJSON("g", "nobody"), 400, "invalidValue"},
		{"group without name", "POST", "/Groups", `{"schemas":[` + groupURN + `]}`, 400, "invalidValue"},
		{"unknown path", "GET", "/Nothing", "", 404, ""},
		{"plural configuration", "GET", "/ServiceProviderConfigs", "", 404, ""},
		{"letter case of endpoints", "GET", "/users", "", 404, ""},
		{"below a resource", "GET", "/Users/1/2", "", 404, ""},
		{"DELETE a collection", "DELETE", "/Users", "", 405, ""},
		{"POST discovery", "POST", "/Schemas", "{}", 405, ""},
		{"filter discovery", "GET", "/Schemas?filter=id+pr", "", 403, ""},
		{"unknown schema", "GET", "/Schemas/urn:nope", "", 404, ""},
		{"me without user", "GET", "/Me", "", 501, ""},
		{"empty filter", "GET", "/Users?filter=", "", 400, "invalidFilter"},
		{"malformed filter", "GET", "/Users?filter=userName+eq", "", 400, "invalidFilter"},
		{"unknown operator", "GET", `/Users?filter=userName+like+%22a%22`, "", 400, "invalidFilter"},
		{"boolean order", "GET", `/Users?filter=active+gt+true`, "", 400, "invalidFilter"},
		{"unknown attribute", "GET", `/Users?filter=nope+eq+%22a%22`, "", 400, "invalidFilter"},
		{"password in a URI", "GET", `/Users?filter=password+eq+%22a%22`, "", 403, "sensitive"},
		{"count is a word", "GET", `/Users?count=abc`, "", 400, "invalidValue"},
		{"both projections", "GET", `/Users?attributes=a&excludedAttributes=b`, "", 400, "invalidValue"},
		{"sortOrder", "GET", `/Users?sortBy=userName&sortOrder=up`, "", 400, "invalidValue"},
		{"bad cursor", "GET", `/Users?cursor=abc`, "", 400, "invalidCursor"},
		{"search without schema", "POST", "/.search", `{"filter":"id pr"}`, 400, "invalidSyntax"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &client{t: t, p: c.p, token: c.token}
			c.fails(c.do(tt.method, tt.path, tt.body), tt.status, tt.scimType)
		})
	}
	if n := c.do("GET", "/Users", "").str("totalResults"); n != "0" {
		t.Errorf("refused requests left %s users", n)
	}
}

func TestMediaAndAuth(t *testing.T) {
	c := newClient(t, Options{})
	c.fails(c.do("POST", "/Users", "userName=a", "Content-Type: application/x-www-form-urlencoded"), 415, "")
	c.want(c.do("POST", "/Users", userJSON("a"), "Content-Type: application/json; charset=iso-8859-1"), 201)
	c.want(c.do("POST", "/Users", userJSON("b"), "Content-Type: application/scim+json;charset=UTF-8"), 201)
	for _, tt := range []struct{ accept, media string }{
		{"", mediaSCIM}, {"*/*", mediaSCIM}, {"application/scim+json", mediaSCIM}, {"application/json", mediaJSON},
		{"application/json, application/scim+json", mediaSCIM}, {"application/scim+json;q=0.5, application/json", mediaSCIM}, {"text/html, */*;q=0.1", mediaSCIM},
	} {
		if m := c.want(c.do("GET", "/Users", "", "Accept: "+tt.accept), 200).header.Get("Content-Type"); m != tt.media {
			t.Errorf("Accept %q gives %q, want %q", tt.accept, m, tt.media)
		}
	}
	c.fails(c.do("GET", "/Users", "", "Accept: text/html"), 406, "")
	for _, auth := range []string{"", "Bearer wrong", "Basic dGVzdDp0ZXN0", "Bearer ", testToken} {
		g := c.do("GET", "/Users", "", "Authorization: "+auth)
		c.fails(g, 401, "")
		if !strings.HasPrefix(g.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%q: no challenge: %v", auth, g.header)
		}
	}
	c.want(c.do("GET", "/Users", "", "Authorization: bearer "+testToken), 200)
	c.want(c.do("GET", "/ServiceProviderConfig", "", "Authorization: "), 200)
	c.fails(c.do("GET", "/ServiceProviderConfig", "", "Authorization: Bearer wrong"), 401, "")
	g := c.do("DELETE", "/Users", "")
	if g.header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", g.header.Get("Allow"))
	}
	if g := c.want(c.do("HEAD", "/Users", ""), 200); g.raw != "" {
		t.Errorf("HEAD has a body: %s", g.raw)
	}
}

func TestTenants(t *testing.T) {
	c := newClient(t, Options{Tokens: map[string]string{"other": "b/eve", "same": "default"}, Me: "ada"})
	ada := c.user("ada")
	b := &client{t: t, p: c.p, token: "other"}
	eve := b.user("eve")
	b.user("ada")
	c.fails(c.do("GET", "/Users/"+eve.str("id"), ""), 404, "")
	c.fails(b.do("DELETE", "/Users/"+ada.str("id"), ""), 404, "")
	c.fails(c.do("POST", "/Groups", groupJSON("g", eve.str("id"))), 400, "invalidValue")
	if g := b.want(b.do("GET", "/Me", ""), 200); g.str("id") != eve.str("id") || g.header.Get("Location") != eve.header.Get("Location") {
		t.Errorf("Me: %s", g.raw)
	}
	if g := c.want(c.do("PATCH", "/Me", patchJSON(`{"op":"replace","path":"title","value":"Boss"}`)), 200); g.str("id") != ada.str("id") || g.str("title") != "Boss" {
		t.Errorf("PATCH Me: %s", g.raw)
	}
	same := &client{t: t, p: c.p, token: "same"}
	same.want(same.do("GET", "/Users/"+ada.str("id"), ""), 200)
	if cur := c.do("GET", "/Users?cursor&count=1", "").str("nextCursor"); cur != "" {
		t.Errorf("one user has a next page: %s", cur)
	}
}

func TestGroups(t *testing.T) {
	c := newClient(t, Options{})
	a, b := c.user("a").str("id"), c.user("b").str("id")
	inner := c.group("inner", a, a)
	if inner.len("members") != 1 || inner.str("members", "0", "type") != "User" || inner.str("members", "0", "$ref") != "http://scim.test/scim/v2/Users/"+a {
		t.Fatalf("members: %s", inner.raw)
	}
	outer := c.group("outer", inner.str("id"), b)
	before := c.do("GET", "/Users/"+a, "")
	if before.len("groups") != 2 || before.str("groups", "0", "type") != "direct" || before.str("groups", "1", "type") != "indirect" || before.str("groups", "1", "value") != outer.str("id") {
		t.Fatalf("groups: %s", before.raw)
	}
	if g := c.do("GET", "/Users?filter="+esc(`groups.value eq "`+inner.str("id")+`"`), ""); g.str("totalResults") != "1" {
		t.Errorf("filter by group: %s", g.raw)
	}
	if g := c.do("GET", "/Groups?filter="+esc(`members.value eq "`+b+`"`), ""); g.str("totalResults") != "1" || g.str("Resources", "0", "id") != outer.str("id") {
		t.Errorf("filter by member: %s", g.raw)
	}
	if g := c.do("GET", "/Groups?excludedAttributes=members&filter="+esc(`displayName eq "OUTER"`), ""); g.str("totalResults") != "1" || g.at("Resources", "0", "members") != nil {
		t.Errorf("excluded members: %s", g.raw)
	}
	c.want(c.do("DELETE", "/Users/"+a, ""), 204)
	if g := c.do("GET", "/Groups/"+inner.str("id"), ""); g.at("members") != nil || g.str("meta", "version") == inner.str("meta", "version") {
		t.Errorf("deleted user still a member: %s", g.raw)
	}
	put := c.want(c.do("PUT", "/Groups/"+outer.str("id"), groupJSON("outer", b)), 200)
	if put.len("members") != 1 || c.do("GET", "/Users/"+b, "").len("groups") != 1 {
		t.Errorf("PUT of members: %s", put.raw)
	}
	c.want(c.do("DELETE", "/Groups/"+outer.str("id"), ""), 204)
	if g := c.do("GET", "/Users/"+b, ""); g.at("groups") != nil {
		t.Errorf("deleted group still listed: %s", g.raw)
	}
}

func TestDiscovery(t *testing.T) {
	c := newClient(t, Options{Entitlements: true})
	spc := c.want(c.do("GET", "/ServiceProviderConfig", ""), 200)
	for _, name := range []string{"patch", "bulk", "filter", "changePassword", "sort", "etag"} {
		if spc.at(name, "supported") != true {
			t.Errorf("%s: %s", name, spc.raw)
		}
	}
	types := c.want(c.do("GET", "/ResourceTypes?startIndex=9&count=1", ""), 200)
	if types.len("Resources") != 4 {
		t.Fatalf("resource types: %s", types.raw)
	}
	for i := range types.len("Resources") {
		n := string(rune('0' + i))
		c.want(c.do("GET", types.str("Resources", n, "endpoint"), ""), 200)
		c.want(c.do("GET", "/Schemas/"+types.str("Resources", n, "schema"), ""), 200)
		if g := c.want(c.do("GET", "/ResourceTypes/"+types.str("Resources", n, "name"), ""), 200); g.str("meta", "resourceType") != "ResourceType" {
			t.Errorf("%s", g.raw)
		}
	}
	schemas := c.want(c.do("GET", "/Schemas", ""), 200)
	if schemas.len("Resources") != 8 {
		t.Errorf("%d schemas", schemas.len("Resources"))
	}
}
