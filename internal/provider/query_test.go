package provider

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func esc(s string) string { return url.QueryEscape(s) }

func names(g got) []string {
	var out []string
	list, _ := g.at("Resources").([]any)
	for _, r := range list {
		o, _ := r.(map[string]any)
		n, _ := o["userName"].(string)
		out = append(out, n)
	}
	return out
}

func TestRawQuery(t *testing.T) {
	c := newClient(t, Options{})
	r := httptest.NewRequest("GET", "http://scim.test/scim/v2/Users", nil)
	r.URL.RawQuery = "filter=%zz"
	r.Header.Set("Authorization", "Bearer "+c.token)
	c.fails(c.send(r), 400, "invalidSyntax")
}

func TestFilters(t *testing.T) {
	c := newClient(t, Options{})
	c.user("Bjensen", `"name":{"familyName":"Jensen"}`, `"title":"Tour Guide"`, `"active":true`, `"externalId":"X1"`,
		`"emails":[{"type":"work","value":"bj@work.example"},{"type":"home","value":"bj@home.example"}]`, entURN+`:{"department":"Tours","manager":{"value":"m1"}}`)
	c.user("carl", `"name":{"familyName":"O'Malley"}`, `"userType":"Employee"`, `"active":false`, `"externalId":"x1"`,
		`"emails":[{"type":"home","value":"carl@work.example"}]`)
	c.user("J\u0075\u0308rgen")
	for _, tt := range []struct {
		filter string
		want   []string
	}{
		{`userName eq "bjensen"`, []string{"Bjensen"}},
		{`USERNAME EQ "BJENSEN"`, []string{"Bjensen"}},
		{`userName eq "jürgen"`, []string{"Ju\u0308rgen"}},
		{`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "B"`, []string{"Bjensen"}},
		{`name.familyName co "O'Malley"`, []string{"carl"}},
		{`title pr`, []string{"Bjensen"}},
		{`title pr or userType eq "Employee"`, []string{"Bjensen", "carl"}},
		{`not (title pr)`, []string{"carl", "Ju\u0308rgen"}},
		{`active eq false`, []string{"carl"}},
		{`externalId eq "X1"`, []string{"Bjensen"}},
		{`emails[type eq "work" and value co "@work.example"]`, []string{"Bjensen"}},
		{`emails[type eq "home" and value ew "@work.example"]`, []string{"carl"}},
		{`emails[type eq "work"].value eq "bj@work.example"`, []string{"Bjensen"}},
		{`emails eq "carl@work.example"`, []string{"carl"}},
		{`emails.value eq "BJ@home.example"`, []string{"Bjensen"}},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tours"`, []string{"Bjensen"}},
		{`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`, []string{"Bjensen"}},
		{`manager eq "m1" and department eq "Tours"`, []string{"Bjensen"}},
		{`meta.lastModified gt "2011-05-13T04:42:34Z" and userName eq "carl"`, []string{"carl"}},
		{`meta.resourceType eq "User" and (userName eq "carl" or userName eq "bjensen")`, []string{"Bjensen", "carl"}},
		{`userName eq "nobody"`, nil},
	} {
		g := c.want(c.do("GET", "/Users?filter="+esc(tt.filter), ""), 200)
		if d := cmp.Diff(tt.want, names(g)); d != "" || g.str("totalResults") != fmt.Sprint(len(tt.want)) {
			t.Errorf("%s: %s\n%s", tt.filter, d, g.raw)
		}
		body := `{"schemas":["` + urnSearch + `"],"filter":` + string(encode(tt.filter)) + `}`
		if s := c.want(c.do("POST", "/Users/.search", body), 200); s.raw != g.raw {
			t.Errorf("%s: .search differs: %s", tt.filter, s.raw)
		}
	}
	g := c.want(c.do("GET", "/?filter="+esc(`userName eq "carl" or displayName eq "nobody"`), ""), 200)
	if g.str("totalResults") != "1" {
		t.Errorf("root query: %s", g.raw)
	}
}

func TestSortAndIndexPaging(t *testing.T) {
	c := newClient(t, Options{MaxPage: 4})
	for _, n := range []string{"delta", "Alpha", "charlie", "bravo", "echo"} {
		more := `"title":"` + n + `"`
		if n == "echo" {
			more = `"nickName":"none"`
		}
		c.user(n, more, `"emails":[{"value":"z@x.example"},{"value":"`+n+`@x.example","primary":true}]`)
	}
	for _, tt := range []struct{ query, want string }{
		{"", "delta Alpha charlie bravo"},
		{"sortBy=userName", "Alpha bravo charlie delta"},
		{"sortBy=title&count=9", "Alpha bravo charlie delta"},
		{"sortBy=title&sortOrder=descending&count=2", "echo delta"},
		{"sortBy=emails&startIndex=4", "delta echo"},
		{"sortBy=meta.created&sortOrder=descending&count=1", "echo"},
		{"startIndex=3&count=2", "charlie bravo"},
		{"startIndex=0&count=1", "delta"},
		{"startIndex=-5&count=1", "delta"},
		{"startIndex=6", ""},
		{"startIndex=99999999999999999999", ""},
		{"count=0", ""},
		{"count=-1", ""},
	} {
		g := c.want(c.do("GET", "/Users?"+tt.query, ""), 200)
		if s := strings.Join(names(g), " "); s != tt.want || g.str("totalResults") != "5" || g.str("itemsPerPage") != fmt.Sprint(len(names(g))) {
			t.Errorf("%s: %q\n%s", tt.query, s, g.raw)
		}
	}
	c.fails(c.do("GET", "/Users?sortBy=nope", ""), 400, "invalidPath")
}

func TestCursorPaging(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := newClient(t, Options{Clock: func() time.Time { return now }})
	for i := range 7 {
		c.user(fmt.Sprintf("u%d", i))
	}
	for _, base := range []string{"/Users?count=3&cursor", "/Users?count=3&sortBy=userName&cursor", "/Users?count=3&filter=" + esc(`userName sw "u"`) + "&cursor"} {
		var all []string
		cursor, last := "", got{}
		for page := 0; page < 9; page++ {
			last = c.want(c.do("GET", base+"="+cursor, ""), 200)
			if (page == 0) != (last.at("previousCursor") == nil) {
				t.Errorf("%s page %d: %s", base, page, last.raw)
			}
			all = append(all, names(last)...)
			if cursor = last.str("nextCursor"); cursor == "" {
				break
			}
		}
		if s := strings.Join(all, " "); s != "u0 u1 u2 u3 u4 u5 u6" {
			t.Errorf("%s: %s", base, s)
		}
		prev := c.want(c.do("GET", base+"="+last.str("previousCursor"), ""), 200)
		if s := strings.Join(names(prev), " "); s != "u3 u4 u5" {
			t.Errorf("%s: previous page is %s", base, s)
		}
	}
	next := c.do("GET", "/Users?count=3&cursor=", "").str("nextCursor")
	c.fails(c.do("GET", "/Users?count=2&cursor="+next, ""), 400, "invalidCount")
	c.fails(c.do("GET", "/Groups?cursor="+next, ""), 400, "invalidCursor")
	c.fails(c.do("GET", "/Users?count=x&cursor="+next, ""), 400, "invalidCount")
	now = now.Add(time.Hour)
	c.fails(c.do("GET", "/Users?cursor="+next, ""), 400, "expiredCursor")
}

func TestProjection(t *testing.T) {
	c := newClient(t, Options{})
	id := c.user("ada", `"name":{"givenName":"Ada","familyName":"L"}`, `"emails":[{"value":"a@x","type":"work"}]`, entURN+`:{"department":"R","costCenter":"1"}`).str("id")
	for _, tt := range []struct{ query, want string }{
		{"attributes=userName", `emails- name- userName+ department- meta-`},
		{"attributes=NAME.givenname", `emails- givenName+ familyName- userName-`},
		{"attributes=emails.type", `emails+ a@x- work+`},
		{"attributes=" + esc(`emails[type eq "work"]`), `emails+ name-`},
		{"attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", `department+ costCenter- userName-`},
		{"attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName,meta.created", `userName+ created+ lastModified- emails-`},
		{"attributes=password", `password- userName-`},
		{"excludedAttributes=emails,name.familyName,id", `emails- givenName+ familyName- userName+ meta+`},
		{"excludedAttributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", `department- userName+`},
	} {
		for _, g := range []got{c.do("GET", "/Users/"+id+"?"+tt.query, ""), c.do("GET", "/Users?"+tt.query, "")} {
			c.want(g, 200)
			if !strings.Contains(g.raw, `"id":"`+id) {
				t.Errorf("%s: no id: %s", tt.query, g.raw)
			}
			for _, w := range strings.Fields(tt.want) {
				word, sign := w[:len(w)-1], w[len(w)-1]
				if strings.Contains(g.raw, `"`+word+`"`) != (sign == '+') {
					t.Errorf("%s: %s: %s", tt.query, w, g.raw)
				}
			}
		}
	}
	g := c.do("PUT", "/Users/"+id+"?attributes=userName", userJSON("ada2"))
	if g.str("userName") != "ada2" || g.at("meta") != nil {
		t.Errorf("PUT with attributes: %s", g.raw)
	}
}

func TestConditional(t *testing.T) {
	c := newClient(t, Options{})
	u := c.user("ada")
	path, tag := "/Users/"+u.str("id"), u.header.Get("ETag")
	if g := c.want(c.do("GET", path, "", "If-None-Match: "+tag), 304); g.raw != "" || g.header.Get("ETag") != tag {
		t.Errorf("304: %v %s", g.header, g.raw)
	}
	c.want(c.do("PUT", path, userJSON("ada", `"title":"x"`), "If-Match: "+tag), 200)
	c.want(c.do("GET", path, "", "If-None-Match: "+tag), 200)
	c.fails(c.do("PUT", path, userJSON("ada"), "If-Match: "+tag), 412, "")
	c.fails(c.do("PATCH", path, patchJSON(`{"op":"replace","path":"title","value":"y"}`), "If-Match: "+tag), 412, "")
	c.fails(c.do("DELETE", path, "", "If-Match: "+tag), 412, "")
	g := c.do("GET", path, "")
	if g.str("title") != "x" {
		t.Errorf("a refused change was made: %s", g.raw)
	}
	if same := c.want(c.do("PUT", path, userJSON("ada", `"title":"x"`)), 200); same.raw != g.raw {
		t.Errorf("a change of nothing moved something: %s", same.raw)
	}
	c.group("g", u.str("id"))
	c.want(c.do("GET", path, "", "If-None-Match: "+g.header.Get("ETag")), 200)
}
