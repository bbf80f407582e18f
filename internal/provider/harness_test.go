package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const testToken = "test-token"

type client struct {
	t     testing.TB
	p     http.Handler
	token string
}

type got struct {
	status int
	header http.Header
	raw    string
}

// clock gives a moment one millisecond later at each call, so that tests never depend on the speed of the machine.
func clock() func() time.Time {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Millisecond); return at }
}

func counter() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("%08x-0000-4000-8000-000000000000", n*2654435761%(1<<32)) }
}

func newClient(t testing.TB, o Options) *client {
	t.Helper()
	if o.Token == "" {
		o.Token = testToken
	}
	if o.Clock == nil {
		o.Clock = clock()
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, p: p, token: o.Token}
}

// do sends a request: body is JSON text, headers are "Name: value".
func (c *client) do(method, path, body string, headers ...string) got {
	c.t.Helper()
	r := httptest.NewRequest(method, "http://scim.test/scim/v2"+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
		r.ContentLength = 0
	} else {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	return c.send(r)
}

func (c *client) send(r *http.Request) (g got) {
	w := httptest.NewRecorder()
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			g = got{status: -1, header: http.Header{}}
		} else if v != nil {
			panic(v)
		}
	}()
	c.p.ServeHTTP(w, r)
	g = got{status: w.Code, header: w.Result().Header, raw: w.Body.String()}
	return g
}

func (g got) str(path ...string) string {
	v := g.at(path...)
	if s, ok := v.(string); ok {
		return s
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// at follows names; a number in a name indexes an array.
func (g got) at(path ...string) any {
	var v any
	if json.Unmarshal([]byte(g.raw), &v) != nil {
		return nil
	}
	for _, name := range path {
		switch t := v.(type) {
		case map[string]any:
			v = t[name]
		case []any:
			i := 0
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(t) {
				return nil
			}
			v = t[i]
		default:
			return nil
		}
	}
	return v
}

func (g got) len(path ...string) int {
	l, _ := g.at(path...).([]any)
	return len(l)
}

const (
	userURN  = `"urn:ietf:params:scim:schemas:core:2.0:User"`
	entURN   = `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`
	groupURN = `"urn:ietf:params:scim:schemas:core:2.0:Group"`
)

func userJSON(name string, more ...string) string {
	extra := ""
	if len(more) > 0 {
		extra = "," + strings.Join(more, ",")
	}
	return `{"schemas":[` + userURN + `],"userName":"` + name + `"` + extra + `}`
}

func groupJSON(name string, members ...string) string {
	var list []string
	for _, m := range members {
		list = append(list, `{"value":"`+m+`"}`)
	}
	return `{"schemas":[` + groupURN + `],"displayName":"` + name + `","members":[` + strings.Join(list, ",") + `]}`
}

func patchJSON(ops ...string) string {
	return `{"schemas":["` + urnPatch + `"],"Operations":[` + strings.Join(ops, ",") + `]}`
}

func (c *client) user(name string, more ...string) got {
	c.t.Helper()
	g := c.do("POST", "/Users", userJSON(name, more...))
	if g.status != 201 {
		c.t.Fatalf("create %s: %d %s", name, g.status, g.raw)
	}
	return g
}

func (c *client) group(name string, members ...string) got {
	c.t.Helper()
	g := c.do("POST", "/Groups", groupJSON(name, members...))
	if g.status != 201 {
		c.t.Fatalf("create group %s: %d %s", name, g.status, g.raw)
	}
	return g
}

func (c *client) want(g got, status int) got {
	c.t.Helper()
	if g.status != status {
		c.t.Fatalf("status %d, want %d: %s", g.status, status, g.raw)
	}
	return g
}

func (c *client) fails(g got, status int, scimType string) {
	c.t.Helper()
	if g.status != status || g.str("scimType") != scimType || g.str("status") != fmt.Sprint(status) || g.header.Get("Content-Type") != mediaSCIM {
		c.t.Errorf("got %d %s, want %d with scimType %q", g.status, g.raw, status, scimType)
	}
}
