package mockidp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"crypto/rand"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/mockidp"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// catalogue is loaded once: it takes longer than most tests.
var catalogue = sync.OnceValues(func() (*suites.Library, *profile.Set) {
	profiles, err := profile.Embedded()
	if err != nil {
		panic(err)
	}
	lib, ps := suites.LoadEmbedded()
	if len(append(ps, lib.CheckNames(engine.Names(profiles))...)) > 0 {
		panic(ps.Render())
	}
	return lib, profiles
})

// world is a mock identity provider with its API, and a reference provider as the application.
type world struct {
	t        testing.TB
	idp      *mockidp.IdP
	api      string
	provider *provider.Provider
	target   string
}

const secret = "s3cret-of-the-application-42"

func open(t testing.TB, path string, o mockidp.Options) *mockidp.IdP {
	t.Helper()
	o.Path, o.System, o.Rand = path, exchange.SystemClock{}, rand.Reader
	o.Library, o.Profiles = catalogue()
	idp, err := mockidp.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return idp
}

func newWorld(t testing.TB, defects ...string) *world {
	t.Helper()
	w := &world{t: t}
	p, err := provider.New(provider.Options{Token: secret, Defects: defects})
	if err != nil {
		t.Fatal(err)
	}
	ps := httptest.NewServer(p)
	w.provider, w.target = p, ps.URL+"/scim/v2"
	srv := httptest.NewUnstartedServer(nil)
	host := srv.Listener.Addr().String()
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		t.Fatal(err)
	}
	w.idp = open(t, ":memory:", mockidp.Options{Hosts: []string{host, "localhost:" + port}})
	srv.Config.Handler = w.idp.Handler()
	srv.Start()
	w.api = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections()
		if err := w.idp.Close(); err != nil {
			t.Error(err)
		}
		srv.Close()
		ps.Close()
	})
	return w
}

// call calls the API and returns the status and the answer.
func (w *world) call(method, path string, body any) (int, map[string]any) {
	w.t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, w.api+"/api/v1"+path, r)
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if bytes.Contains(raw, []byte(secret)) {
		w.t.Errorf("%s %s shows the secret", method, path)
	}
	var v map[string]any
	_ = json.Unmarshal(raw, &v) // lists and empty answers stay nil
	return resp.StatusCode, v
}

// must is call for what has to succeed.
func (w *world) must(method, path string, body any) map[string]any {
	w.t.Helper()
	status, v := w.call(method, path, body)
	if status >= 300 {
		w.t.Fatalf("%s %s answered %d: %v", method, path, status, v)
	}
	return v
}

type m = map[string]any

func (w *world) idle() {
	w.t.Helper()
	if v := w.must("GET", "/idle?wait=60s", nil); v["idle"] != true {
		w.t.Fatal("still busy after a minute")
	}
}

// person adds a person and returns the id.
func (w *world) person(login string, more m) string {
	w.t.Helper()
	p := m{"login": login, "email": login, "firstName": "Ana", "lastName": "Ruiz"}
	for k, v := range more {
		p[k] = v
	}
	return w.must("POST", "/people", m{"profile": p})["id"].(string)
}

// app adds a connected application with everything on.
func (w *world) app(profileID string) string {
	w.t.Helper()
	a := w.must("POST", "/apps", m{"name": "App of " + profileID, "profile": profileID, "secret": secret,
		"settings": m{"baseURL": w.target, "auth": m{"kind": "bearer"}, "create": true, "update": true, "deactivate": true}})
	return a["id"].(string)
}

// accounts are the users of the target by userName.
func (w *world) accounts() map[string]m {
	w.t.Helper()
	var all struct{ Users []m }
	if err := json.Unmarshal(w.provider.Snapshot(""), &all); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]m{}
	for _, u := range all.Users {
		name := u["userName"].(string)
		if out[name] != nil {
			w.t.Errorf("%s is there twice", name)
		}
		out[name] = u
	}
	return out
}

func (w *world) groups() map[string]m {
	w.t.Helper()
	var all struct{ Groups []m }
	if err := json.Unmarshal(w.provider.Snapshot(""), &all); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]m{}
	for _, g := range all.Groups {
		out[g["displayName"].(string)] = g
	}
	return out
}

func size(v any) int { l, _ := v.([]any); return len(l) }

// everyProfile are all identity providers that can be played; does says which of them have an operation.
func everyProfile() []string {
	_, set := catalogue()
	return set.IDs()
}

func does(profileID, operation string) bool {
	_, set := catalogue()
	return set.Profile(profileID).Operation(operation) != nil
}

func familyName(account m) any {
	name, _ := account["name"].(m)
	return name["familyName"]
}

func TestJoinerMoverLeaverRehire(t *testing.T) {
	for _, profileID := range everyProfile() {
		t.Run(profileID, func(t *testing.T) {
			w := newWorld(t)
			app := w.app(profileID)
			next := func() {
				t.Helper()
				if strings.HasPrefix(profileID, "entra") {
					w.must("POST", "/clock", m{"step": "41m"})
				}
				w.idle()
			}
			if strings.HasPrefix(profileID, "entra") {
				w.must("POST", "/apps/"+app+"/cycle/start", nil)
				w.idle()
			}
			id := w.person("ana@example.com", m{"title": "Engineer"})
			w.must("POST", "/apps/"+app+"/assignments", m{"person": "ana@example.com"})
			next()
			if u := w.accounts()["ana@example.com"]; u == nil || u["active"] != true || familyName(u) != "Ruiz" {
				t.Fatalf("after joining: %v", u)
			}
			w.must("PATCH", "/people/"+id, m{"profile": m{"lastName": "Moreau"}})
			next()
			if u := w.accounts()["ana@example.com"]; familyName(u) != "Moreau" {
				t.Errorf("after moving: %v", u["name"])
			}
			w.must("DELETE", "/apps/"+app+"/assignments/person/"+id, nil)
			next()
			if u := w.accounts()["ana@example.com"]; u["active"] != false {
				t.Errorf("after leaving: active %v", u["active"])
			}
			w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
			next()
			if u := w.accounts()["ana@example.com"]; u["active"] != true || familyName(u) != "Moreau" || len(w.accounts()) != 1 {
				t.Errorf("after the rehire: %v of %d accounts", u["active"], len(w.accounts()))
			}
			if s := w.must("GET", "/apps/"+app+"/summary", nil); size(s["findings"]) > 0 || s["tasks"] != 0.0 {
				t.Errorf("findings against the reference provider: %v, tasks %v", s["findings"], s["tasks"])
			}
		})
	}
}

func TestGroups(t *testing.T) {
	for _, profileID := range everyProfile() {
		if !does(profileID, "push-group") {
			continue
		}
		t.Run(profileID, func(t *testing.T) {
			w := newWorld(t)
			app, cycles := w.app(profileID), strings.HasPrefix(profileID, "entra")
			var ids []string
			for k := range 3 {
				ids = append(ids, w.person(fmt.Sprintf("p%d@example.com", k), nil))
			}
			w.must("POST", "/groups", m{"id": "g-team", "name": "Team", "members": []m{{"id": ids[0]}, {"id": ids[1]}}})
			w.must("POST", "/groups", m{"id": "g-all", "name": "All", "members": []m{{"id": ids[0]}, {"id": ids[1]}, {"id": ids[2]}}})
			w.must("POST", "/apps/"+app+"/assignments", m{"group": "All"})
			next := func() {
				if cycles {
					w.must("POST", "/clock", m{"step": "41m"})
				}
				w.idle()
			}
			if cycles {
				w.must("POST", "/apps/"+app+"/assignments", m{"group": "Team"})
				w.must("POST", "/apps/"+app+"/cycle/start", nil)
			} else {
				w.idle()
				w.must("POST", "/apps/"+app+"/pushes", m{"group": "Team"})
			}
			next()
			if g := w.groups()["Team"]; size(g["members"]) != 2 {
				t.Fatalf("after the push: %v", g)
			}
			w.must("POST", "/groups/g-team/members", m{"add": []m{{"id": ids[2]}}, "remove": []m{{"id": ids[0]}}})
			next()
			if g := w.groups()["Team"]; size(g["members"]) != 2 || strings.Contains(fmt.Sprint(g["members"]), fmt.Sprint(w.accounts()["p0@example.com"]["id"])) {
				t.Errorf("after the change: %v", g)
			}
			name := "Team"
			if does(profileID, "rename-group") {
				name = "Crew"
				w.must("PATCH", "/groups/g-team", m{"name": name})
				next()
				if g := w.groups()[name]; g == nil || size(g["members"]) != 2 {
					t.Errorf("after the rename: %v", w.groups())
				}
			}
			if !does(profileID, "delete-group") {
				return
			}
			if cycles {
				w.must("DELETE", "/apps/"+app+"/assignments/group/g-team", nil)
			} else {
				w.must("POST", "/apps/"+app+"/pushes/g-team/unlink-delete", nil)
			}
			next()
			if w.groups()[name] != nil {
				t.Error("the group is still there")
			}
		})
	}
}

func TestFailuresWaitInTasks(t *testing.T) {
	w := newWorld(t)
	app := w.app("okta")
	id := w.person("bo@example.com", nil)
	w.must("PUT", "/apps/"+app+"/faults", m{"serverError": 1, "seed": 7})
	w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
	w.idle()
	tasks := w.must("GET", "/tasks", nil)
	if tasks["total"] != 1.0 || !strings.Contains(fmt.Sprint(tasks["items"]), "Errors reported by remote server") {
		t.Fatalf("tasks: %v", tasks)
	}
	w.must("PUT", "/apps/"+app+"/faults", m{})
	w.must("POST", "/apps/"+app+"/tasks/retry", m{})
	w.idle()
	if tasks := w.must("GET", "/tasks", nil); tasks["total"] != 0.0 || len(w.accounts()) != 1 {
		t.Errorf("after the retry: %v, %d accounts", tasks, len(w.accounts()))
	}
}

func TestRateLimitIsObeyed(t *testing.T) {
	w := newWorld(t)
	app := w.app("okta")
	w.must("POST", "/clock", m{"speed": 0})
	id := w.person("bo@example.com", nil)
	w.must("PUT", "/apps/"+app+"/faults", m{"tooManyRequests": 1, "retryAfter": 120, "methods": "POST"})
	w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
	w.idle()
	w.must("PUT", "/apps/"+app+"/faults", m{})
	if n := len(w.accounts()); n != 0 || w.must("GET", "/tasks", nil)["total"] != 0.0 {
		t.Fatalf("%d accounts while rate limited", n)
	}
	w.must("POST", "/clock", m{"step": "119s"})
	w.idle()
	if n := len(w.accounts()); n != 0 {
		t.Fatal("came back before Retry-After was over")
	}
	w.must("POST", "/clock", m{"step": "2s"})
	w.idle()
	if n := len(w.accounts()); n != 1 {
		t.Fatal("did not come back after Retry-After")
	}
}

func TestQuarantineThresholdAndThirtyDays(t *testing.T) {
	w := newWorld(t)
	app := w.app("entra")
	var ids []string
	for k := range 5 {
		ids = append(ids, w.person(fmt.Sprintf("p%d@example.com", k), nil))
		w.must("POST", "/apps/"+app+"/assignments", m{"person": ids[k]})
	}
	w.must("POST", "/apps/"+app+"/cycle/start", nil)
	w.idle()
	state := func() m { return w.must("GET", "/apps/"+app, nil)["state"].(m) }
	w.must("PUT", "/apps/"+app+"/faults", m{"serverError": 1})
	w.must("POST", "/clock", m{"step": "41m"})
	w.idle()
	if s := state(); s["schedule"] != "quarantine" || s["quarantineReason"] != "EncounteredQuarantineException" {
		t.Fatalf("with a broken endpoint: %v", s)
	}
	w.must("PUT", "/apps/"+app+"/faults", m{})
	w.must("POST", "/clock", m{"step": "5h"})
	w.idle()
	if s := state(); s["schedule"] != "quarantine" {
		t.Error("the first try in quarantine comes after six hours")
	}
	w.must("POST", "/clock", m{"step": "62m"})
	w.idle()
	if s := state(); s["schedule"] != "started" {
		t.Errorf("still in quarantine: %v", s)
	}
	w.must("PATCH", "/apps/"+app, m{"settings": m{"deleteLimit": 2}})
	for _, id := range ids[:2] {
		w.must("DELETE", "/people/"+id, nil)
	}
	w.must("POST", "/clock", m{"step": "41m"})
	w.idle()
	if s := state(); s["stagedDeletes"] != 2.0 || w.accounts()["p0@example.com"]["active"] != true {
		t.Fatalf("the threshold held nothing back: %v", s)
	}
	w.must("POST", "/apps/"+app+"/cycle/allow-deletes", nil)
	w.idle()
	if u := w.accounts()["p0@example.com"]; u["active"] != false {
		t.Fatalf("allowed, but not disabled: %v", u)
	}
	w.must("POST", "/clock", m{"step": "721h"})
	w.idle()
	w.must("POST", "/apps/"+app+"/cycle/allow-deletes", nil)
	w.idle()
	if len(w.accounts()) != 3 {
		t.Errorf("after thirty days there are %d accounts, want 3", len(w.accounts()))
	}
}
