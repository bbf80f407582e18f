package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/result"
)

// liar is a small SCIM server with other people's accounts. Its lies are what the guard is for.
type liar struct {
	mu        sync.Mutex
	users     map[string]string // id → userName
	groups    map[string]string
	next      int
	wrongID   string // answers each create with this id
	emptyBody bool   // 201 without a body
	upsert    bool   // a create overwrites nothing, but answers with the first account there is
	noGet     int    // status for reads by id
	noFilter  bool   // filters are ignored
	listOnGet bool   // a list where one object was asked for
	reuse     bool   // a deleted id is given to somebody else at once
	noNames   bool   // reads show no names
	reqs      []string
}

func newLiar() *liar {
	return &liar{users: map[string]string{"1": "ceo@corp.example", "2": "cfo@corp.example"}, groups: map[string]string{"7": "Admins"}, next: 100}
}

func (l *liar) foreign() map[string]string {
	out := map[string]string{}
	for id, n := range l.users {
		if !strings.HasPrefix(n, "run-") {
			out["u"+id] = n
		}
	}
	for id, n := range l.groups {
		if !strings.HasPrefix(n, "run-") {
			out["g"+id] = n
		}
	}
	return out
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reqs = append(l.reqs, r.Method+" "+r.URL.EscapedPath())
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/scim/v2"), "/"), "/")
	store, attr := l.users, "userName"
	if strings.EqualFold(parts[0], "Groups") {
		store, attr = l.groups, "displayName"
	}
	var in map[string]any
	_ = json.NewDecoder(r.Body).Decode(&in)
	name, _ := in[attr].(string)
	show := func(id string) map[string]any {
		m := map[string]any{"id": id}
		if !l.noNames {
			m[attr] = store[id]
		}
		return m
	}
	reply := func(st int, v any) {
		w.WriteHeader(st)
		if v != nil {
			_ = json.NewEncoder(w).Encode(v)
		}
	}
	list := func(ids ...string) {
		res := []any{}
		for _, id := range ids {
			res = append(res, show(id))
		}
		reply(200, map[string]any{"totalResults": len(res), "Resources": res})
	}
	id := ""
	if len(parts) > 1 {
		id = parts[1]
	}
	all := func() (ids []string) {
		f := r.URL.Query().Get("filter")
		for k, n := range store {
			if f == "" || l.noFilter || strings.Contains(strings.ToLower(f), strings.ToLower(n)) {
				ids = append(ids, k)
			}
		}
		return ids
	}
	switch {
	case r.Method == "POST":
		l.next++
		id = fmt.Sprint(l.next)
		store[id] = name
		answer := map[string]any{"id": id, attr: name}
		if l.wrongID != "" {
			answer["id"] = l.wrongID
		}
		if l.upsert {
			delete(store, id)
			answer = show(map[string]string{"userName": "1", "displayName": "7"}[attr])
			answer[attr] = name // echoes the request, has the id of somebody else
		}
		w.Header().Set("Location", fmt.Sprint("http://scim.example.com/scim/v2/", parts[0], "/", answer["id"]))
		if l.emptyBody {
			reply(201, nil)
			return
		}
		reply(201, answer)
	case id == "":
		list(all()...)
	case r.Method == "GET" && l.noGet != 0:
		reply(l.noGet, nil)
	case r.Method == "GET" && l.listOnGet:
		list(all()...)
	case store[id] == "":
		reply(404, nil)
	case r.Method == "GET":
		reply(200, show(id))
	case r.Method == "DELETE":
		delete(store, id)
		if l.reuse {
			store[id] = "newcomer@corp.example"
		}
		reply(204, nil)
	default:
		store[id] += " (changed)"
		if name != "" {
			store[id] = name
		}
		reply(200, show(id))
	}
}

func create(c *Client, t testing.TB, coll, name string) *result.Exchange {
	attr := map[string]string{"/Users": "userName", "/Groups": "displayName"}[coll]
	return c.Do(t.Context(), Request{ID: "c", Method: "POST", Path: coll, Body: []byte(fmt.Sprintf(`{"%s":%q}`, attr, name))})
}

func idOf(x *result.Exchange) string {
	id := ""
	if x.Response != nil {
		identities(x.Response.RawBody, func(i identity) { id = i.id })
		if id == "" {
			id = lastSegment(x.Response.Header("Location"))
		}
	}
	return id
}

// TestGuardAgainstLyingServers plays a story against each lie: create, rename, delete, delete again. Foreign
// accounts must be what they were; and where the server lies about something else, the story must work.
func TestGuardAgainstLyingServers(t *testing.T) {
	tests := []struct {
		name string
		lie  func(*liar)
		runs bool // our own object can be changed and deleted
	}{
		{"honest", func(l *liar) {}, true},
		{"create answers with the id of somebody", func(l *liar) { l.wrongID = "1" }, false},
		{"the same without a body", func(l *liar) { l.wrongID, l.emptyBody = "2", true }, false},
		{"the same, and filters are ignored", func(l *liar) { l.wrongID, l.noFilter = "1", true }, false},
		{"the same, and reads by id fail", func(l *liar) { l.wrongID, l.noGet = "1", 500 }, false},
		{"the same, and reads by id are not there", func(l *liar) { l.wrongID, l.noGet = "1", 404 }, false},
		{"create returns an existing account", func(l *liar) { l.upsert = true }, false},
		{"create answers with an id climbing out", func(l *liar) { l.wrongID = ".." }, false},
		{"create answers with an id holding a path", func(l *liar) { l.wrongID = "x/../1" }, false},
		{"201 without a body", func(l *liar) { l.emptyBody = true }, true},
		{"filters are ignored", func(l *liar) { l.noFilter = true }, true},
		{"reads by id fail", func(l *liar) { l.noGet = 500 }, true},
		{"reads by id are not there", func(l *liar) { l.noGet = 404 }, true},
		{"reads by id fail and filters are ignored", func(l *liar) { l.noGet, l.noFilter = 500, true }, true},
		{"a list where one object was asked for", func(l *liar) { l.listOnGet, l.noFilter = true, true }, true},
		{"reads show no names", func(l *liar) { l.noNames = true }, false},
	}
	for _, tt := range tests {
		for _, rules := range []GuardRules{{RunID: "run-5f"}, {}} {
			t.Run(fmt.Sprintf("%s/%q", tt.name, rules.RunID), func(t *testing.T) {
				l := newLiar()
				tt.lie(l)
				before := maps.Clone(l.foreign())
				c := client(t, Config{Handler: l, Rules: rules})
				for i := range 3 {
					for _, coll := range []string{"/Users", "/Groups"} {
						x := create(c, t, coll, fmt.Sprintf("run-5f-%d", i))
						path := coll + "/" + idOf(x)
						ch := c.Do(t.Context(), Request{Method: "PATCH", Path: path, Body: []byte(`{"Operations":[{"op":"replace","path":"title","value":"x"}]}`)})
						de := c.Do(t.Context(), Request{Method: "DELETE", Path: path})
						again := c.Do(t.Context(), Request{Method: "DELETE", Path: path})
						if tt.runs {
							mustStatus(t, ch, 200)
							mustStatus(t, de, 204)
							if k := kind(again); k != "" && l.noGet != 500 && !l.listOnGet {
								t.Errorf("second DELETE: %v", again.Error)
							}
						} else if kind(ch) != KindGuard || kind(de) != KindGuard {
							t.Errorf("PATCH %v %v, DELETE %v %v", status(ch), ch.Error, status(de), de.Error)
						}
						c.Do(t.Context(), get(coll)) // a look at everybody changes nothing
					}
				}
				if diff := cmp.Diff(before, l.foreign()); diff != "" {
					t.Errorf("foreign accounts were changed (-before +after):\n%s\n%s", diff, strings.Join(l.reqs, "\n"))
				}
			})
		}
	}
}

func TestGuardReusedIDs(t *testing.T) {
	l := newLiar()
	l.reuse = true
	c := client(t, Config{Handler: l})
	path := "/Users/" + idOf(create(c, t, "/Users", "run-reuse-1"))
	mustStatus(t, c.Do(t.Context(), Request{Method: "DELETE", Path: path}), 204)
	for _, m := range []string{"DELETE", "PATCH", "PUT"} {
		mustKind(t, c.Do(t.Context(), Request{Method: m, Path: path, Body: []byte(`{"userName":"run-reuse-1"}`)}), KindGuard)
	}
	if l.users[strings.TrimPrefix(path, "/Users/")] != "newcomer@corp.example" {
		t.Error("the newcomer was touched")
	}
}

// TestGuardPaths: no spelling of a path reaches a foreign account, or more than one object.
func TestGuardPaths(t *testing.T) {
	var s seen
	c := client(t, Config{Handler: s.handler(200, "{}"), Rules: GuardRules{TrustEcho: true}})
	if err := c.Guard().Claim("/Users", "mine", Evidence{Marker: "run-marker", Body: []byte(`{"id":"mine","userName":"run-marker"}`)}); err != nil {
		t.Fatal(err)
	}
	if err := c.Guard().Claim("/Users", "a/b", Evidence{Marker: "run-marker", Body: []byte(`{"id":"a/b","userName":"run-marker"}`)}); err != nil {
		t.Fatal(err)
	}
	refused := []string{"/Users/other", "/Users/MINE", "/Groups/mine", "/Users", "/Users/", "/", "", "//Users/mine", "/Users//mine", "/Users/mine//",
		"/Users/mine/../other", "/Users/mine/..", "/Users/mine/%2e%2e/other", "/Users/mine/%252e%252e/other", "/Users/mine/%25252e%25252e/x", "/Users/mine%2f..%2fother",
		"/Users/mine%5c..%5cother", `/Users/mine\..\other`, "/Users/./mine", "/Users/.", "/Users/..", "/Users/%2E%2E", "/Users/mine;x=1", "/Users/mine%00", "/Users/mine%0a",
		"/Users/mine#x", "/Users/mine%", "/Users/mine%zz", "/Users/mine\x01", "/Users/%6dine%2f", "/../Users/mine", "/Users/mine%20", "/Users/ mine", "/Users/*",
		"/Users?filter=userName%20sw%20%22%22", "/Me", "/me", "/Me/", "/%4de", "/ServiceProviderConfig", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/ResourceTypes/User",
		"/Users/a/b", "/Users/bulkId:1", "/v2/Users/mine", "http://scim.example.com/other/Users/mine", "http://scim.example.com/scim/v2evil/Users/mine",
		"http://scim.example.com/scim/Users/mine", "/Users/mine?_method=PUT", "/.search", "/Bulk"}
	for _, path := range refused {
		for _, m := range []string{"PUT", "PATCH", "DELETE", "delete", "Patch", "PURGE", "TRACE", "LOCK"} {
			x := c.Do(t.Context(), Request{Method: m, Path: path, Body: []byte("{}"), Unsafe: true})
			if kind(x) != KindGuard {
				t.Errorf("%s %q was not refused: %d %v", m, path, status(x), x.Error)
			}
		}
	}
	for _, path := range []string{"/Users/other", "/Users/mine/../other", "/Me", "", "/", "/Users//", "/%2e%2e", "/Users/..", "/Users/x/.search"} {
		mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: path, Body: []byte("{}")}), KindGuard)
	}
	for _, h := range []Header{{Name: "X-HTTP-Method-Override", Value: "DELETE"}, {Name: "x-method-override", Value: "PUT"}, {Name: "Host", Value: "other"}} {
		mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Users", Header: []Header{h}}), KindGuard)
		mustKind(t, c.Do(t.Context(), Request{Method: "GET", Path: "/Users/other", Header: []Header{h}}), KindGuard)
	}
	if len(s.uris) != 0 {
		t.Fatalf("something was sent: %v", s.uris)
	}
	for _, path := range []string{"/Users/mine", "/Users/mine/", "/users/mine", "/Users/%6dine", "/Users/mine?attributes=id", "http://scim.example.com/scim/v2/Users/mine", "/Users/mine/x"} {
		mustStatus(t, c.Do(t.Context(), Request{Method: "PATCH", Path: path, Body: []byte("{}")}), 200)
	}
}

// TestGuardAwkwardIDs: an id that servers may read in two ways is ours only after a read of the same bytes.
func TestGuardAwkwardIDs(t *testing.T) {
	for _, id := range []string{"a/b", `q"uo'te`, "<script>", "50%", "a%2Fb", "ümlaut", "with space", `back\slash`, "semi;colon", "q?uery#frag"} {
		t.Run(id, func(t *testing.T) {
			esc := map[string]string{"<script>": "%3Cscript%3E"}[id]
			if esc == "" {
				esc = percentAll(id)
			}
			exists := true
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := json.Marshal(map[string]any{"id": id, "userName": "run-awkward"})
				switch {
				case r.Method == "POST":
					w.WriteHeader(201)
					_, _ = w.Write(body)
				case !exists || !strings.HasSuffix(r.RequestURI, esc):
					w.WriteHeader(404)
				case r.Method == "DELETE":
					exists = false
					w.WriteHeader(204)
				default:
					_, _ = w.Write(body)
				}
			})
			c := client(t, Config{Handler: h, Rules: GuardRules{TrustEcho: true}})
			mustStatus(t, create(c, t, "/Users", "run-awkward"), 201)
			mustStatus(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/" + esc}), 204)
			exists = true
		})
	}
}

func TestGuardMembers(t *testing.T) {
	l := newLiar()
	c := client(t, Config{Handler: l, Rules: GuardRules{TrustEcho: true}})
	mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
	group := "/Groups/" + idOf(create(c, t, "/Groups", "run-group-1"))
	user := idOf(create(c, t, "/Users", "run-user-1"))
	for _, body := range []string{
		`{"displayName":"run-group-1","members":[{"value":"1"}]}`,
		`{"Operations":[{"op":"add","path":"members","value":[{"value":"2"}]}]}`,
		`{"Operations":[{"op":"add","value":{"members":[{"$ref":"http://scim.example.com/scim/v2/Users/1"}]}}]}`,
		`{"Operations":[{"op":"add","path":"mem\u0062ers","value":[{"VALUE":"1"}]}]}`,
		`{"members":[{"value":1}]}`,
	} {
		mustKind(t, c.Do(t.Context(), Request{Method: "PATCH", Path: group, Body: []byte(body)}), KindGuard)
		mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Groups", Body: []byte(body)}), KindGuard)
	}
	mustStatus(t, c.Do(t.Context(), Request{Method: "PATCH", Path: group, Body: []byte(fmt.Sprintf(`{"members":[{"value":%q},{"value":"no-such-user"}]}`, user))}), 200)
}

func TestGuardBulk(t *testing.T) {
	var s seen
	c := client(t, Config{Handler: s.handler(200, "{}"), Rules: GuardRules{TrustEcho: true}})
	if err := c.Guard().Claim("/Users", "mine", Evidence{Marker: "run-marker", Body: []byte(`{"id":"mine","userName":"run-marker"}`)}); err != nil {
		t.Fatal(err)
	}
	op := func(ops string) string { return `{"schemas":["x"],"Operations":[` + ops + `]}` }
	refused := []string{
		op(`{"method":"DELETE","path":"/Users/other"}`),
		op(`{"method":"delete","path":"Users/other"}`),
		op(`{"method":"PUT","path":"/Users/mine/../other","data":{}}`),
		op(`{"method":"PATCH","path":"/Users","data":{}}`),
		op(`{"method":"DELETE","path":"/Users/mine"},{"method":"DELETE","path":"/Users/other"}`),
		op(`{"method":"DELETE","path":"/Users/mine","path":"/Users/other"}`),
		op(`{"method":"DELETE","path":"/Users/mine","Path":"/Users/other"}`),
		op(`{"method":"POST","path":"/Users/other","data":{}}`),
		op(`{"method":"POST","path":"/Me","data":{}}`),
		op(`{"method":"PATCH","path":"/Users/bulkId:nope","data":{}}`),
		op(`{"method":"DELETE","path":"http://scim.example.com/scim/v2/Users/other"}`),
		op(`{"method":"DELETE","path":"/Users/mine?x=1"}`),
		op(`{"met\u0068od":"DELETE","path":"/Users/other"}`),
		`{"Operations":[{"method":"POST","path":"/Users"}],"operations":[{"method":"DELETE","path":"/Users/other"}]}`,
		`{"Operations":[{"method":"DELETE","path":"/Users/other"},]}`,
		`{"Operations":[{'method':'DELETE'}]}`,
		"\xff\xfe{\x00", `{"Operations":{"method":"DELETE","path":"/Users/other"}}`,
		`{"a":"\u0044ELETE",}`,
	}
	for _, b := range refused {
		mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Bulk", Body: []byte(b)}), KindGuard)
		mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/bulk/", Body: []byte(b)}), KindGuard)
	}
	if len(s.uris) != 0 {
		t.Fatalf("something was sent: %v", s.uris)
	}
	for _, b := range []string{
		op(`{"method":"DELETE","path":"/Users/mine"}`),
		op(`{"method":"POST","path":"/Users","bulkId":"q","data":{"userName":"run-bulk-1"}},{"method":"PATCH","path":"/Users/bulkId:q","data":{}}`),
		op(`{"method":"GET","path":"/Users/other"}`), op(``), `{"Operations":`, `not json`, `[]`,
	} {
		mustStatus(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Bulk", Body: []byte(b)}), 200)
	}
}

func TestGuardBulkCreatesAreOurs(t *testing.T) {
	bulk := `{"Operations":[{"method":"POST","bulkId":"q","status":"201","location":"http://h/Users/501"},{"method":"DELETE","status":"204","location":"http://h/Users/501"}]}`
	var created, deleted []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			_, _ = io.WriteString(w, `{"id":"501","userName":"run-bulk-1"}`)
			return
		}
		_, _ = io.WriteString(w, bulk)
	})
	c := client(t, Config{Handler: h,
		OnCreated: func(cr Created) { created = append(created, cr.Endpoint+"/"+cr.ObjectID) },
		OnDeleted: func(d Deleted) { deleted = append(deleted, d.Endpoint+"/"+d.ObjectID) }})
	send := func(body string) {
		t.Helper()
		mustStatus(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Bulk", Body: []byte(body)}), 200)
	}
	send(`{"Operations":[{"method":"POST","path":"/Users","bulkId":"q","data":{"userName":"run-bulk-1"}}]}`)
	bulk = `{"Operations":[{"method":"DELETE","status":{"code":"204"},"location":"http://h/Users/501"}]}`
	send(`{"Operations":[{"method":"DELETE","path":"/Users/501"}]}`)
	if diff := cmp.Diff([][]string{{"/Users/501"}, {"/Users/501"}}, [][]string{created, deleted}); diff != "" {
		t.Errorf("created and deleted (-want +got):\n%s", diff)
	}
}

// A server may take a create without bulkId, or one whose path names a resource: what it makes is ours, too.
func TestGuardBulkCreatesWithoutBulkID(t *testing.T) {
	for name, tt := range map[string]struct {
		sent, answer string
		want         []string
	}{
		"without bulkId": {
			`{"method":"POST","path":"/Users","data":{"userName":"run-bulk-1"}}`,
			`{"method":"POST","status":"201","location":"http://h/Users/501"}`, []string{"/Users/501"},
		},
		"on a resource": {
			`{"method":"POST","path":"/Users/mine","bulkId":"x","data":{"userName":"run-bulk-1"}}`,
			`{"method":"POST","bulkId":"x","status":"201","location":"http://h/Users/501"}`, []string{"/Users/501"},
		},
		"two of them": {
			`{"method":"POST","path":"/Users","data":{"userName":"run-bulk-1"}},{"method":"POST","path":"/Users","data":{"userName":"run-bulk-2"}}`,
			`{"method":"POST","status":"201","location":"http://h/Users/501"},{"method":"POST","status":"201","location":"http://h/Users/502"}`, nil,
		},
		"refused": {
			`{"method":"POST","path":"/Users","data":{"userName":"run-bulk-1"}}`,
			`{"method":"POST","status":"400","location":"http://h/Users/501"}`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var created []string
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "GET" {
					_, _ = io.WriteString(w, `{"id":"`+lastSegment(r.URL.Path)+`","userName":"run-bulk-1"}`)
					return
				}
				_, _ = io.WriteString(w, `{"Operations":[`+tt.answer+`]}`)
			})
			c := client(t, Config{Handler: h, OnCreated: func(cr Created) { created = append(created, cr.Endpoint+"/"+cr.ObjectID) }})
			if err := c.Guard().Claim("/Users", "mine", Evidence{Marker: "run-bulk-1", Body: []byte(`{"id":"mine","userName":"run-bulk-1"}`)}); err != nil {
				t.Fatal(err)
			}
			mustStatus(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Bulk", Body: []byte(`{"Operations":[` + tt.sent + `]}`)}), 200)
			if diff := cmp.Diff(tt.want, created); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGuardMissing(t *testing.T) {
	l := newLiar()
	c := client(t, Config{Handler: l})
	g := c.Guard()
	uuid := "0c5e0e6e-4f6b-4a53-9f39-7a1d3c1d8a11"
	mustKind(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/" + uuid}), KindGuard)
	for _, id := range []string{uuid, "does-not-exist", "1", "7", "a/b"} {
		g.AllowMissing(id)
	}
	n := len(l.reqs)
	mustStatus(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/" + uuid}), 404)
	if len(l.reqs) != n+1 {
		t.Errorf("an id made up by chance needs no look: %v", l.reqs[n:])
	}
	mustStatus(t, c.Do(t.Context(), Request{Method: "PATCH", Path: "/Users/does-not-exist"}), 404)
	mustKind(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/1"}), KindGuard)
	mustStatus(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/7"}), 404) // Groups/7 is another object
	mustKind(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Groups/7"}), KindGuard)
	mustKind(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/a%2Fb"}), KindGuard)
}

// TestGuardFindsLostCreates: a create whose answer was lost becomes ours when a read shows its name,
// but only with a run id, which no earlier account can carry.
func TestGuardFindsLostCreates(t *testing.T) {
	for _, tt := range []struct {
		rules GuardRules
		ours  bool
	}{{GuardRules{RunID: "run-77"}, true}, {GuardRules{}, false}} {
		l := newLiar()
		lose := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l.ServeHTTP(w, r)
			if r.Method == "POST" {
				panic(http.ErrAbortHandler)
			}
		})
		dropped := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				lose(discard{http.Header{}}, r)
			}
			l.ServeHTTP(w, r)
		})
		c := client(t, Config{Handler: dropped, Rules: tt.rules})
		mustKind(t, create(c, t, "/Users", "run-77-lost"), KindReset)
		mustStatus(t, c.Do(t.Context(), get("/Users?filter=x%20run-77-lost")), 200)
		if got := c.Guard().Owns("/Users", "101"); got != tt.ours {
			t.Errorf("RunID %q: owned %v, want %v", tt.rules.RunID, got, tt.ours)
		}
		if c.Guard().Owns("/Users", "1") {
			t.Error("a foreign account became ours")
		}
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func TestGuardClaimNeedsEvidence(t *testing.T) {
	g := NewGuard(GuardRules{})
	for _, tt := range []struct {
		id, marker, body string
		ok               bool
	}{
		{"1", "run-abc", `{"id":"1","userName":"RUN-abc"}`, true},
		{"1", "run-abc", `{"id":"1","userName":"ceo"}`, false},
		{"1", "ab", `{"id":"1","userName":"ab"}`, false},
		{"", "run-abc", `{"userName":"run-abc"}`, false},
		{"..", "run-abc", `{"userName":"run-abc"}`, false},
	} {
		if err := g.Claim("/Users", tt.id, Evidence{Marker: tt.marker, Body: []byte(tt.body)}); (err == nil) != tt.ok {
			t.Errorf("Claim(%q, %q, %s): %v", tt.id, tt.marker, tt.body, err)
		}
	}
}

func TestGuardLongEndpoints(t *testing.T) {
	var s seen
	c := client(t, Config{Handler: s.handler(201, `{"id":"9","displayName":"run-thing"}`), Rules: GuardRules{TrustEcho: true}})
	c.Guard().RegisterEndpoint("/Custom/Things")
	mustStatus(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Custom/Things", Body: []byte(`{"displayName":"run-thing"}`)}), 201)
	mustStatus(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Custom/Things/9"}), 201)
	mustKind(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Custom/Things"}), KindGuard)
	mustKind(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Custom/Things/8"}), KindGuard)
}

// TestGuardLaw: whatever path and method a suite comes up with, no request other than a create, a read or a
// write to an object of ours reaches the server.
func TestGuardLaw(t *testing.T) {
	segs := []string{"Users", "users", "Groups", "mine", "other", "..", ".", "", "%2e%2e", "%252e", "mine%2f..%2fother", "Me", "Bulk", ".search", "MINE", "%6dine", "*", "mine;a", "Schemas", "\\", "%"}
	rapid.Check(t, func(rt *rapid.T) {
		var s seen
		c := client(t, Config{Handler: s.handler(404, ""), Rules: GuardRules{TrustEcho: true}})
		if err := c.Guard().Claim("/Users", "mine", Evidence{Marker: "run-marker", Body: []byte(`{"id":"mine","userName":"run-marker"}`)}); err != nil {
			rt.Fatal(err)
		}
		path := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(segs), 0, 5).Draw(rt, "segs"), "/")
		m := rapid.SampledFrom([]string{"PUT", "PATCH", "DELETE", "put", "MOVE"}).Draw(rt, "method")
		c.Do(t.Context(), Request{Method: m, Path: path, Body: []byte("{}")})
		for _, u := range s.uris {
			p := strings.TrimPrefix(strings.ToLower(u[strings.IndexByte(u, ' ')+1:]), "/scim/v2/")
			p = strings.ReplaceAll(p, "%6d", "m")
			if !strings.HasPrefix(p, "users/mine") || strings.Contains(p, "..") || strings.Contains(p, "%2e") || strings.Contains(p, "other") && !strings.HasPrefix(p, "users/mine/") {
				rt.Fatalf("%s got through", u)
			}
		}
	})
}
