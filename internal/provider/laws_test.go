package provider

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestMemberStepsAreThePatch holds the short way for large Groups against the general way: the same operations, the same
// Group, the same memberships of its Users.
func TestMemberStepsAreThePatch(t *testing.T) {
	setup := func(variants ...string) (*client, []string, string) {
		c := newClient(t, Options{NewID: counter(), Variants: variants})
		var ids []string
		for i := range 90 {
			ids = append(ids, c.user(fmt.Sprintf("u%d", i)).str("id"))
		}
		return c, ids, "/Groups/" + c.group("g", ids[:70]...).str("id")
	}
	short, ids, path := setup()
	long, _, _ := setup("rate-limit-headers") // any variant switches the short way off
	rapid.Check(t, func(rt *rapid.T) {
		member := func(i int) string { return ids[i] }
		for range rapid.IntRange(1, 4).Draw(rt, "requests") {
			var ops []string
			for range rapid.IntRange(1, 4).Draw(rt, "ops") {
				i, j := rapid.IntRange(0, 89).Draw(rt, "i"), rapid.IntRange(0, 89).Draw(rt, "j")
				switch rapid.IntRange(0, 3).Draw(rt, "kind") {
				case 0:
					ops = append(ops, `{"op":"add","path":"members","value":[{"value":"`+member(i)+`"},{"value":"`+member(j)+`","display":"d"}]}`)
				case 1:
					ops = append(ops, `{"op":"remove","path":"members[value eq \"`+member(i)+`\"]"}`)
				case 2:
					ops = append(ops, `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`+member(i)+`"}]}`)
				case 3:
					ops = append(ops, `{"op":"add","path":"members","value":[{"value":"nobody"}]}`)
				}
			}
			a, b := short.do("PATCH", path+"?attributes=id", patchJSON(ops...)), long.do("PATCH", path+"?attributes=id", patchJSON(ops...))
			if a.status != b.status {
				rt.Fatalf("%v: %d and %d", ops, a.status, b.status)
			}
		}
		a, b := short.do("GET", path, ""), long.do("GET", path, "")
		if x, y := memberIDs(a), memberIDs(b); x != y || a.str("meta", "version") != b.str("meta", "version") {
			rt.Fatalf("the ways differ: %d and %d members, version %s and %s", a.len("members"), b.len("members"), a.str("meta", "version"), b.str("meta", "version"))
		}
		for i := 0; i < len(ids); i += 7 {
			if x, y := short.do("GET", "/Users/"+ids[i], "").at("groups"), long.do("GET", "/Users/"+ids[i], "").at("groups"); fmt.Sprint(x) != fmt.Sprint(y) {
				rt.Fatalf("groups of %s: %v and %v", ids[i], x, y)
			}
		}
	})
}

func memberIDs(g got) string {
	var ids []string
	for i := range g.len("members") {
		ids = append(ids, g.str("members", fmt.Sprint(i), "value"))
	}
	sort.Strings(ids)
	return strings.Join(ids, " ")
}

// TestPartialTreeIsEnough holds the partial reading of scans against the full one.
func TestPartialTreeIsEnough(t *testing.T) {
	full := newClient(t, Options{NewID: counter(), Variants: []string{"rate-limit-headers"}})
	part := newClient(t, Options{NewID: counter()})
	for _, c := range []*client{full, part} {
		for i := range 20 {
			c.user(fmt.Sprintf("u%d", i), fmt.Sprintf(`"title":"t%d","nickName":"n\"\\%d","name":{"givenName":"g%d"},"emails":[{"value":"e%d@x","type":"work"}],"active":%t`, i%3, i, i%4, i%5, i%2 == 0),
				entURN+fmt.Sprintf(`:{"department":"d%d"}`, i%2))
		}
	}
	terms := []string{`title eq "t1"`, `title pr`, `nickName co "\""`, `name.givenName eq "g1"`, `emails.value sw "e2"`, `emails[type eq "work" and value eq "e3@x"]`, `active eq true`,
		ent + `:department eq "d1"`, `meta.created pr`, `id pr`, `schemas co "enterprise"`, `groups pr`, `userName co "1"`, `externalId pr`}
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom(terms).Draw(rt, "a")
		for range rapid.IntRange(0, 2).Draw(rt, "more") {
			b := rapid.SampledFrom(terms).Draw(rt, "b")
			f = rapid.SampledFrom([]string{f + " and " + b, f + " or " + b, "not (" + f + ") and " + b}).Draw(rt, "join")
		}
		x, y := full.do("GET", "/Users?filter="+esc(f), ""), part.do("GET", "/Users?filter="+esc(f), "")
		if fmt.Sprint(names(x)) != fmt.Sprint(names(y)) {
			rt.Fatalf("%s: %v and %v", f, names(x), names(y))
		}
	})
}

// TestConcurrentUse sends everything at once; the race detector watches when it is asked to, the counts are held always.
func TestConcurrentUse(t *testing.T) {
	p, err := New(Options{Token: testToken, MaxPage: 50})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, p: p, token: testToken}
	g := c.group("all")
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rnd := rand.New(rand.NewPCG(uint64(w), 1))
			for i := range 40 {
				u := c.do("POST", "/Users", userJSON(fmt.Sprintf("u%d", rnd.IntN(100))+fmt.Sprint(w), `"emails":[{"value":"x@x"}]`))
				if u.status != 201 && u.status != 409 {
					t.Errorf("create: %d %s", u.status, u.raw)
				}
				if u.status != 201 {
					continue
				}
				path := "/Users/" + u.str("id")
				if a := c.do("PATCH", "/Groups/"+g.str("id"), patchJSON(`{"op":"add","path":"members","value":[{"value":"`+u.str("id")+`"}]}`)); a.status != 200 {
					t.Errorf("add: %s", a.raw)
				}
				c.do("PATCH", path, patchJSON(`{"op":"replace","value":{"active":false}}`))
				c.do("GET", "/Users?filter="+esc(`emails.value eq "x@x" and active eq false`)+"&count=5", "")
				c.do("GET", "/Users?cursor=&count=7&sortBy=userName", "")
				c.do("GET", path, "")
				if i%3 == 0 {
					c.do("DELETE", path, "")
				}
				c.do("GET", "/Schemas", "")
			}
		}()
	}
	wg.Wait()
	users := c.do("GET", "/Users?count=0", "").str("totalResults")
	if members := fmt.Sprint(c.do("GET", "/Groups/"+g.str("id"), "").len("members")); members != users {
		t.Errorf("%s members of %s users: adds or removals were lost", members, users)
	}
}

// FuzzRequest throws anything at the provider: it must answer every request, never with a server error, and every body must be
// JSON of the right shape.
func FuzzRequest(f *testing.F) {
	for _, s := range [][3]string{
		{"POST", "/Users", userJSON("a", adaMore)}, {"POST", "/Users", `{"schemas":["` + urnPatch + `"]}`}, {"POST", "/Users", "[[[[{"}, {"POST", "/Groups", groupJSON("g", "x")},
		{"PATCH", "/Users/seed", patchJSON(`{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}`)}, {"PATCH", "/Users/seed", patchJSON(`{"op":"replace","value":{"name.givenName":["x"]}}`)},
		{"PATCH", "/Groups/team", patchJSON(`{"op":"remove","path":"members","value":[{"value":null}]}`)}, {"PUT", "/Users/seed", userJSON("seed", `"emails":{}`)},
		{"GET", "/Users?filter=userName+eq+%22a%22+and+not(title+pr)&sortBy=emails&cursor=x&attributes=a.b,urn:x:y", ""}, {"GET", "/Users?filter=((((((&count=-9&startIndex=9e9", ""},
		{"POST", "/.search", `{"schemas":["` + urnSearch + `"],"filter":"a[b eq 1]","attributes":[null]}`}, {"DELETE", "/Groups/team", ""}, {"GET", "/Schemas/%2e%2e/x", ""},
		{"POST", "/Bulk", `{"schemas":["` + urnBulk + `"],"Operations":[{"method":"POST","bulkId":"a","path":"/Users","data":{"x":"bulkId:a"}},{"method":"PUT","path":"/Users/bulkId:a","data":1}]}`},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		ids := []string{"seed", "team"}
		p, err := New(Options{Token: testToken, Me: "seed", Clock: clock(), NewID: func() string {
			if len(ids) > 0 {
				id := ids[0]
				ids = ids[1:]
				return id
			}
			return randomUUID()
		}})
		if err != nil {
			t.Fatal(err)
		}
		c := &client{t: t, p: p, token: testToken}
		c.user("seed", adaMore)
		c.group("team", "seed")
		r, err := http.NewRequest(method, "http://scim.test/scim/v2/"+strings.TrimPrefix(path, "/"), strings.NewReader(body))
		if err != nil {
			return // no such request can reach a handler
		}
		r.Header.Set("Authorization", "Bearer "+testToken)
		w := httptest.NewRecorder()
		call := &call{p: p, r: r}
		a := p.guarded(call)
		call.send(w, a)
		if call.panicked != nil {
			t.Fatalf("panic: %v", call.panicked)
		}
		if w.Code >= 500 && w.Code != 501 {
			t.Fatalf("%s %s %q: %d %s", method, path, body, w.Code, w.Body)
		}
		if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %s %q: not JSON: %s", method, path, body, w.Body)
		}
		if w.Code >= 400 && method != "HEAD" && !strings.Contains(w.Body.String(), fmt.Sprintf(`"status":"%d"`, w.Code)) {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if !json.Valid(p.Snapshot("")) {
			t.Fatal("the state is not JSON")
		}
	})
}
