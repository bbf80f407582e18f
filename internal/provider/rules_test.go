package provider

import (
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// ruled is a client of a provider whose only defect is made of these rules.
func ruled(t *testing.T, text string) *client {
	t.Helper()
	var rules []rule
	if err := yaml.Unmarshal([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, Options{})
	c.p.(*Provider).bends.collectRules(rules)
	return c
}

// TestRules: what a rule can say, on one user of each.
func TestRules(t *testing.T) {
	title := patchJSON(`{"op":"replace","path":"title","value":"Chef"}`)
	for _, tt := range []struct {
		name, rules string
		status      int    // of the PATCH of title
		stored      string // title afterwards
	}{
		{"nothing fits", `[{on: PUT Users/, refuse: 403}, {on: PATCH Groups/, refuse: 403}, {on: PATCH, body: nickName, refuse: 403}, {on: PATCH, not-body: title, refuse: 403}, {on: PATCH, query: x, refuse: 403}, {on: PATCH, changed: true, refuse: 403}, {on: PATCH, holds: Chef, refuse: 403}, {on: PATCH, seen: true, refuse: 403}]`, 200, "Chef"},
		{"refuse", `[{on: PUT PATCH Users/, body: '"title"', fresh: true, refuse: 403}]`, 403, ""},
		{"ignore", `[{on: PATCH, ignore: true}]`, 200, ""},
		{"lose", `[{on: PATCH, holds: '"userName":"ada"', lose: true}]`, 200, ""},
		{"stored", `[{on: PATCH, if: ok, stored: [{set: title, to: Cook}]}]`, 200, "Cook"},
		{"only if refused", `[{on: PATCH, if: refused, stored: [{set: title, to: Cook}]}]`, 200, "Chef"},
		{"status", `[{on: PATCH, status: 202}]`, 202, "Chef"},
		{"path", `[{on: PATCH, path: '^Users/', refuse: 418}]`, 418, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := ruled(t, tt.rules)
			path := "/Users/" + c.user("ada").str("id")
			g := c.do("PATCH", path, title)
			if after := c.do("GET", path, ""); g.status != tt.status || after.str("title") != tt.stored {
				t.Errorf("%d, stored %q; wanted %d and %q", g.status, after.str("title"), tt.status, tt.stored)
			}
		})
	}
}

// TestRulesPretend: a refusal is told as a success, and nothing changes.
func TestRulesPretend(t *testing.T) {
	c := ruled(t, `[{on: PATCH, pretend: true}]`)
	path := "/Users/" + c.user("ada").str("id")
	c.want(c.do("PATCH", path, patchJSON(`{"op":"replace","path":"nowhere","value":"Chef"}`)), 200)
	if g := c.do("GET", path, ""); strings.Contains(g.raw, "Chef") {
		t.Errorf("the refused change is stored: %s", g.raw)
	}
}

// TestRulesOfAnswers: answers are edited as a whole and resource by resource, on paths through lists.
func TestRulesOfAnswers(t *testing.T) {
	c := ruled(t, `[{on: GET Users, answer: [{set: totalResults, to: 7}, {drop: itemsPerPage}], resource: [{set: emails/*/value, to: x}, {drop: emails/type=home}, {add: emails, to: {value: y}}, {set: userName=ben/title, to: Ben}], headers: {X-Y: z, ETag: null}}]`)
	c.user("ada", `"emails":[{"value":"a@x.example","type":"work"},{"value":"b@x.example","type":"home"}]`)
	c.user("ben")
	g := c.do("GET", "/Users", "")
	if want := `"totalResults":7`; !strings.Contains(g.raw, want) || strings.Contains(g.raw, "itemsPerPage") || g.header.Get("X-Y") != "z" {
		t.Errorf("the answer: %v %s", g.header, g.raw)
	}
	if g.str("Resources", "0", "emails", "0", "value") != "x" || g.str("Resources", "0", "emails", "1", "value") != "y" || g.len("Resources", "0", "emails") != 2 {
		t.Errorf("the emails: %s", g.raw)
	}
	if g.str("Resources", "0", "title") != "" || g.str("Resources", "1", "title") != "Ben" {
		t.Errorf("one of two: %s", g.raw)
	}
}

// TestRulesOfGroups: members that a rule takes away, or that a lost write would have added, are gone from both sides.
func TestRulesOfGroups(t *testing.T) {
	c := ruled(t, `[{on: POST Groups, stored: [{drop: members/0}]}, {on: PATCH Groups/, lose: true}, {on: POST Users, body: third, neighbour: [{set: title, to: second}]}]`)
	ada, ben := c.user("ada").str("id"), c.user("ben").str("id")
	c.user("third")
	path := "/Groups/" + c.group("team", ada, ben).str("id")
	c.want(c.do("PATCH", path, patchJSON(`{"op":"remove","path":"members"}`)), 200)
	if g := c.do("GET", path, ""); g.len("members") != 1 || g.str("members", "0", "value") != ben {
		t.Errorf("the group: %s", g.raw)
	}
	if g := c.do("GET", "/Users/"+ada, ""); g.at("groups") != nil || g.str("title") == "second" {
		t.Errorf("who left: %s", g.raw)
	}
	if g := c.do("GET", "/Users/"+ben, ""); g.len("groups") != 1 || g.str("title") != "second" {
		t.Errorf("who stayed: %s", g.raw)
	}
}

// TestRulesOfSearches: a rewritten query asks for something else.
func TestRulesOfSearches(t *testing.T) {
	c := ruled(t, `[{on: GET Users, query: filter=, rewrite: [{from: 'filter=[^&]*', to: 'x=1'}]}]`)
	c.user("ada")
	c.user("ben")
	if g := c.do("GET", "/Users?filter="+esc(`userName eq "ada"`)+"&count=5", ""); g.len("Resources") != 2 {
		t.Errorf("everybody is found: %s", g.raw)
	}
}

// TestRulesThatRemember: what was once, what a member is, and what stands anywhere in a collection.
func TestRulesThatRemember(t *testing.T) {
	c := ruled(t, `[{on: GET Users/, once: '"active":false', holds: '"active":true', refuse: 404}, {on: PATCH Groups/, member: '"title":"away"', refuse: 403}, {on: GET Users, holds: '"title":"away"', refuse: 503}]`)
	ada, ben := "/Users/"+c.user("ada", `"active":true`).str("id"), c.user("ben").str("id")
	team := "/Groups/" + c.group("team", ben).str("id")
	rename := patchJSON(`{"op":"replace","path":"displayName","value":"crew"}`)
	c.want(c.do("GET", ada, ""), 200)
	c.want(c.do("GET", "/Users", ""), 200)
	c.want(c.do("PATCH", team, rename), 200)
	for _, active := range []string{"false", "true"} {
		c.want(c.do("PATCH", ada, patchJSON(`{"op":"replace","path":"active","value":`+active+`}`)), 200)
	}
	c.want(c.do("PATCH", "/Users/"+ben, patchJSON(`{"op":"replace","path":"title","value":"away"}`)), 200)
	c.want(c.do("GET", ada, ""), 404)
	c.want(c.do("GET", "/Users", ""), 503)
	c.want(c.do("PATCH", team, rename), 403)
}
