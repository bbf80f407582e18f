package mockidp_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/mockidp"
)

// FuzzAPI sends whatever it likes to any route: nothing may break inside (500), every error is problem+json, and afterwards the directory still answers.
func FuzzAPI(f *testing.F) {
	idp := open(f, ":memory:", mockidp.Options{Hosts: []string{"idp.test"}})
	f.Cleanup(func() { _ = idp.Close() })
	h := idp.Handler()
	for _, profile := range []string{"okta", "entra"} {
		if w := ask(h, "POST", "/api/v1/apps", `{"id":"`+profile+`","name":"A","profile":"`+profile+`"}`, "Content-Type", asJSON); w.Code != 201 {
			f.Fatal(w.Body)
		}
	}
	for _, s := range [][3]string{
		{"POST", "/people", `{"profile":{"login":"a","x":[1,{"y":null}]}}`}, {"PATCH", "/people/p000001", `{"profile":{"login":null},"manager":"p000001"}`}, {"POST", "/people/p000001/delete", ``},
		{"GET", "/people?q=%25_&after=-1&limit=99999999", ``}, {"POST", "/groups", `{"name":"g","members":[{"kind":"group","id":"g000001"}]}`}, {"POST", "/groups/g000001/members", `{"add":[{"id":"p000001"}],"remove":[{}]}`},
		{"PATCH", "/apps/okta", `{"settings":{"interval":"-1s","mappings":[{"target":"a[b","expression":"len("}],"traits":{"x":1}}}`}, {"POST", "/apps/entra/mappings", `{"target":"title","expression":"IIF([a], , )"}`},
		{"POST", "/apps/entra/mappings", `{"target":"emails[type eq \"work\"].value","source":"email","apply":"create"}`}, {"PUT", "/apps/okta/faults", `{"seed":-1,"slow":0.5,"slowMS":1}`}, {"POST", "/apps/okta/assignments", `{"person":"a"}`},
		{"POST", "/apps/okta/pushes", `{"group":"g","rule":{"operator":"x","value":""}}`}, {"POST", "/apps/entra/cycle/start", ``}, {"POST", "/clock", `{"step":"9h","jump":"2001-01-01T00:00:00Z","speed":1e308}`},
		{"POST", "/import?format=csv", "login,\n\"a"}, {"POST", "/import?format=scim", `{"Resources":[{"userName":1}]}`}, {"POST", "/import?format=yaml", "people: [{profile: {login: &a [*a]}}]"}, {"GET", "/export?format=scim", ``},
		{"GET", "/operations?before=x&outcome=problems", ``}, {"DELETE", "/apps/okta/mappings?target=userName", ``}, {"POST", "/apps/okta/tasks/retry", `{"tasks":[-1]}`},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if len(path) == 0 || path[0] != '/' || strings.ContainsAny(path, " \x00\r\n\t#\\\"<>^`{|}") || !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
			return
		}
		if _, err := url.Parse("http://idp.test/api/v1" + path); err != nil { // refused before us
			return
		}
		for _, wait := range []string{"/events", "/idle", "/sample", "/reset"} { // those that last, or begin anew
			if strings.Contains(strings.SplitN(path, "?", 2)[0], wait) {
				return
			}
		}
		w := ask(h, method, "/api/v1"+path, body, "Content-Type", asJSON)
		if w.Code == 500 {
			t.Fatalf("%s %s %q: %s", method, path, body, w.Body)
		}
		var p mockidp.Problem
		if w.Code >= 400 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/") && (json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != w.Code || p.Detail == "") {
			t.Fatalf("%s %s: %d is no problem+json: %s", method, path, w.Code, w.Body)
		}
		if r := ask(h, "GET", "/api/v1/people?limit=1", ""); r.Code != 200 {
			t.Fatalf("after %s %s the directory answers %d %s", method, path, r.Code, r.Body)
		}
	})
}
