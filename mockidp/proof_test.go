package mockidp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// wire records requests on their way to a reference provider whose ids come in order.
type wire struct {
	mu   sync.Mutex
	list []string
	next http.Handler
}

var guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}`)

func newWire(t *testing.T) *wire {
	t.Helper()
	n := 0
	var mu sync.Mutex
	p, err := provider.New(provider.Options{Token: secret, Clock: func() time.Time { return time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC) }, NewID: func() string { mu.Lock(); defer mu.Unlock(); n++; return fmt.Sprintf("object-%d", n) }})
	if err != nil {
		t.Fatal(err)
	}
	return &wire{next: p}
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, "body", 400)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	line := fmt.Sprintf("%s %s\naccept=%s content-type=%s agent=%s adscim=%s\n%s", r.Method, r.RequestURI, r.Header.Get("Accept"), r.Header.Get("Content-Type"), r.Header.Get("User-Agent"), r.Header.Get("Adscimversion"), body)
	w.mu.Lock()
	w.list = append(w.list, guid.ReplaceAllString(line, "GUID"))
	w.mu.Unlock()
	w.next.ServeHTTP(rw, r)
}

var (
	testName = regexp.MustCompile(`(scimmage-r|a\d{6})-\d+-`)
	testID   = regexp.MustCompile(`"externalId":"[0-9a-f]{24}"`)
	objectID = regexp.MustCompile(`object-\d+`)
)

// alike gives names and ids that a client makes up for its connection test the same text in both tellings, and numbers the ids of the target
// in the order in which they are used.
func alike(lines []string) []string {
	ids := map[string]string{}
	for k, l := range lines {
		l = testID.ReplaceAllString(testName.ReplaceAllString(l, "TEST-"), `"externalId":"ID"`)
		lines[k] = objectID.ReplaceAllStringFunc(l, func(id string) string {
			if ids[id] == "" {
				ids[id] = fmt.Sprintf("target-%d", len(ids)+1)
			}
			return ids[id]
		})
	}
	return lines
}

// take returns what was sent since the last call, without the probes that a schedule adds.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, l := range w.list {
		if !strings.Contains(strings.SplitN(l, "\n", 2)[0], "GUID") || strings.HasPrefix(l, "GET /scim/v2/Groups") {
			out = append(out, l)
		}
	}
	w.list = nil
	return alike(out)
}

const twoPeople = `
      ana: {person: {id: u-ana, login: ana@example.com, email: ana@example.com, firstName: Ana, lastName: Ruiz, displayName: Ana Ruiz, title: Engineer, department: R&D, password: "Pw-1ana!x"}}
      bo: {person: {id: u-bo, login: bo@example.com, email: bo@example.com, firstName: Bo, lastName: Moreau, displayName: Bo Moreau, password: "Pw-2bo!xx"}}
`

// story is told twice: as a suite, and by an administrator through the API. Entra reactivates by a flag, so its suites name the same operations. What a
// profile does not do is left out of its story.
const story = `suite: acme.story.IDP
title: Story
kind: user
cases:
  - id: story
    title: Story
    given:` + twoPeople + `    steps:
      - {id: test, use: IDP/test-connection}
      - {id: a, use: IDP/create-user, with: {person: '{{ ana }}'}}
      - {id: b, use: IDP/create-user, with: {person: '{{ bo }}'}}
      - {id: c, use: IDP/update-user, with: {person: '{{ ana }}', changes: {lastName: {old: Ruiz, new: Berg}}}}
      - save: {team: '{"id": "g-team", "name": "Platform Team", "members": [ana, bo]}'}
      - {id: d, use: IDP/push-group, with: {group: '{{ team }}'}}
      - {id: e, use: IDP/deactivate-user, with: {person: '{{ bo }}'}}
      - {id: f, use: IDP/reactivate-user, with: {person: '{{ bo }}'}}
      - {id: g, use: IDP/import-users}
`

var usedOperation = regexp.MustCompile(`use: IDP/([a-z-]+)`)

// storyOf is the story with what the profile does.
func storyOf(idp string) string {
	var out []string
	for _, line := range strings.Split(story, "\n") {
		if op := usedOperation.FindStringSubmatch(line); op == nil || does(idp, op[1]) {
			out = append(out, line)
		}
	}
	return strings.ReplaceAll(strings.Join(out, "\n"), "IDP", idp)
}

// TestSameBytes: every operation of every profile gives the same requests through the suite and through the API, because there is one engine.
func TestSameBytes(t *testing.T) {
	lib, _ := suites.LoadEmbedded()
	_, set := catalogue()
	var ps suites.Problems
	for _, idp := range everyProfile() {
		_, p := lib.Add(idp+".yaml", []byte(storyOf(idp)))
		ps = append(ps, p...)
	}
	if ps = append(ps, lib.CheckNames(engine.Names(set))...); len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for _, idp := range everyProfile() {
		t.Run(idp, func(t *testing.T) {
			fromSuite, fromAPI := tellAsSuite(t, lib, "acme.story."+idp), tellByAPI(t, idp)
			if diff := cmp.Diff(fromSuite, fromAPI); diff != "" {
				t.Errorf("the requests differ (-suite +API):\n%s", diff)
			}
			if len(fromSuite) < 7 {
				t.Errorf("only %d requests were compared", len(fromSuite))
			}
		})
	}
}

func tellAsSuite(t *testing.T, lib *suites.Library, id string, there ...func(*wire)) []string {
	t.Helper()
	w := newWire(t)
	for _, f := range there {
		f(w)
	}
	_, set := catalogue()
	client, err := exchange.New(exchange.Config{BaseURL: "http://app.example.com/scim/v2", Auth: exchange.Auth{Kind: "bearer", Token: secret}, Handler: w, Rules: exchange.GuardRules{TrustEcho: true, Open: len(there) > 0}})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	sink := result.SinkFunc(func(e result.Event) {
		if e.Exchange == nil {
			if e.Check != nil && e.Check.Finding() {
				said[e.Check.ID+": "+e.Check.Summary] = true
			}
			return
		}
		if e.Exchange.Case == "discovery" || e.Exchange.Setup { // what a run adds of its own
			w.mu.Lock()
			w.list = w.list[:len(w.list)-1]
			w.mu.Unlock()
		}
	})
	e := engine.New(engine.Options{Library: lib, Profiles: set, Client: client, Clock: exchange.SystemClock{}, Sink: sink, Suites: []string{id},
		Run: result.Run{ID: "r", Prefix: "scimmage-r", Seed: 1}, Info: result.Target{URL: "http://app.example.com/scim/v2"}})
	if diag, err := e.Run(context.Background()); err != nil || diag != nil {
		t.Fatal(diag, err)
	}
	for s := range said {
		t.Error("finding:", s)
	}
	return w.take()
}

func tellByAPI(t *testing.T, idp string) []string {
	t.Helper()
	w := newWorld(t)
	rec := newWire(t)
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	w.target = srv.URL + "/scim/v2"
	app, cycles := w.app(idp), strings.HasPrefix(idp, "entra")
	w.must("PATCH", "/apps/"+app, m{"settings": m{"actions": []string{"importUsers", "pushNew", "pushUpdates", "pushGroups", "importGroups"}}})
	rec.take()
	next := func() {
		t.Helper()
		if cycles {
			w.must("POST", "/clock", m{"step": "41m"})
		}
		w.idle()
	}
	w.must("POST", "/apps/"+app+"/test-connection", nil)
	if cycles {
		w.must("POST", "/apps/"+app+"/cycle/start", nil)
		w.idle()
	}
	add := func(id, login, first, last, password string, more m) {
		p := m{"login": login, "email": login, "firstName": first, "lastName": last, "displayName": first + " " + last, "password": password}
		for k, v := range more {
			p[k] = v
		}
		w.must("POST", "/people", m{"id": id, "profile": p})
		w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
		next()
	}
	add("u-ana", "ana@example.com", "Ana", "Ruiz", "Pw-1ana!x", m{"title": "Engineer", "department": "R&D"})
	add("u-bo", "bo@example.com", "Bo", "Moreau", "Pw-2bo!xx", nil)
	w.must("PATCH", "/people/u-ana", m{"profile": m{"lastName": "Berg"}})
	next()
	w.must("POST", "/groups", m{"id": "g-team", "name": "Platform Team", "members": []m{{"id": "u-ana"}, {"id": "u-bo"}}})
	if cycles {
		w.must("POST", "/apps/"+app+"/assignments", m{"group": "g-team"})
	} else if does(idp, "push-group") {
		w.must("POST", "/apps/"+app+"/pushes", m{"group": "g-team"})
	}
	next()
	if cycles { // people of an assigned group stay in scope: switching them off in the directory is what disables them
		w.must("POST", "/people/u-bo/deactivate", nil)
		next()
		w.must("POST", "/people/u-bo/activate", nil)
	} else {
		w.must("DELETE", "/apps/"+app+"/assignments/person/u-bo", nil)
		next()
		w.must("POST", "/apps/"+app+"/assignments", m{"person": "u-bo"})
	}
	next()
	if does(idp, "import-users") {
		w.must("POST", "/apps/"+app+"/import", nil)
	}
	for k, l := range rec.list {
		rec.list[k] = strings.ReplaceAll(l, srv.URL, "http://app.example.com")
	}
	return rec.take()
}
