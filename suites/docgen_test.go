package suites

import (
	"strings"
	"testing"
)

const docSuite = `suite: my.users
title: Users | of mine
kind: user
cites: [RFC7644-3.3-R1]
cases:
  - id: create
    title: Create
    feature: create-users
    essential: true
    each: [a, b]
    steps:
      - id: post
        send: {POST: /Users, body: {userName: "{{ username(item) }}"}}
        expect:
          - status: 201
            why: Because.
          - any: [{status: 201}, {present: [id]}]
        facts:
          - {id: kind, group: Ids, title: Kind of id, value: type(body.id), cites: [RFC7643-1.1-R1]}
`

func TestPages(t *testing.T) {
	l, ps := Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	if _, ps := l.Add("my.yaml", []byte(docSuite)); len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	auto := CheckInfo{ID: "every-response/id/present", Case: "every-response/id", Title: "Resources have an id", Level: "must", Cites: []string{"RFC7643-3.1-R1"}}
	proofs := Proofs{"my.users/create/post.status": {"create-200"}}
	all := append(l.Checks(), auto)
	req := string(RequirementsPage(l, all, proofs))
	for _, want := range []string{"[my.users/create/post.status](checks/my.users.md) (proven by create-200)", "(https://www.rfc-editor.org/rfc/rfc7644#section-3.3)",
		"every-response/id/present", "none: A permission of clients", "## Needs of okta", "| **all** |"} {
		if !strings.Contains(req, want) {
			t.Errorf("requirements page lacks %q", want)
		}
	}
	pages := CheckPages(l, all, proofs)
	page := string(pages["my.users.md"])
	for _, want := range []string{"### `my.users/create/post.status`", "* Why it matters: Because.", "any: [status: 201; present: [\"id\"]]", "* Level: a fact", "(essential)", "* Proven by defects: create-200"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q:\n%s", want, page)
		}
	}
	if !strings.Contains(string(pages["README.md"]), `Users \| of mine`) || len(pages["every-response.md"]) == 0 {
		t.Error("index or automatic page is incomplete")
	}
	for _, r := range l.Missing(all) {
		if r.ID == "RFC7644-3.3-R1" || r.ID == "RFC7643-3.1-R1" {
			t.Errorf("%s is not missing", r.ID)
		}
	}
}
