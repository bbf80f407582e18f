package record_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/record"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

const token = "s3cret-token-of-the-tenant"

// world is a reference provider behind a relay, and what went through it.
type world struct {
	t        *testing.T
	direct   string // the provider
	relayed  string // the relay
	recorded []*result.Exchange
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	p, err := provider.New(provider.Options{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	w.direct = srv.URL + "/scim/v2"
	relay, err := exchange.NewRelay(exchange.Config{BaseURL: w.direct, Proxy: "none"}, func(x *result.Exchange) { w.recorded = append(w.recorded, x) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	front := httptest.NewServer(relay)
	t.Cleanup(front.Close)
	w.relayed = front.URL
	return w
}

// run plays suites against a base URL and returns what the engine says that it sent.
func (w *world) run(base string, lib *suites.Library, only ...string) ([]*result.Exchange, *result.Document) {
	w.t.Helper()
	profiles, err := profile.Embedded()
	if err != nil {
		w.t.Fatal(err)
	}
	client, err := exchange.New(exchange.Config{BaseURL: base, Auth: exchange.Auth{Kind: "bearer", Token: token}, Timeout: 30 * time.Second, NoCurl: true, Proxy: "none"})
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	var sent []*result.Exchange
	fold := result.NewFold()
	sink := result.Tee(fold, result.SinkFunc(func(e result.Event) {
		if e.Exchange != nil {
			sent = append(sent, e.Exchange)
		}
	}))
	e := engine.New(engine.Options{Library: lib, Profiles: profiles, Client: client, Clock: exchange.SystemClock{}, Sink: sink,
		Run: result.Run{ID: "scimmage-rec", Prefix: "scimmage-rec", Seed: 1, Jobs: 1}, Info: result.Target{URL: base}, Suites: only})
	if _, err := e.Run(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	return sent, fold.Document()
}

func library(t *testing.T) *suites.Library {
	t.Helper()
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	return lib
}

// wire is a request as both sides of the relay tell it.
func wire(x *result.Exchange) string {
	var b strings.Builder
	b.WriteString(x.Request.Method + " " + x.Request.Path + "?" + x.Request.Query)
	for _, name := range []string{"Accept", "Content-Type", "User-Agent"} {
		for _, h := range x.Request.Headers {
			if h.Name == name {
				b.WriteString("\n" + name + ": " + h.Value)
			}
		}
	}
	b.WriteString("\n" + x.Request.Body)
	if x.Response != nil {
		b.WriteString("\n→ ")
		b.WriteString(x.Response.Body)
	}
	return b.String()
}

// TestRecordsWhatWasSent: what goes through the relay is recorded byte for byte, and comes back unchanged.
func TestRecordsWhatWasSent(t *testing.T) {
	w := newWorld(t)
	sent, doc := w.run(w.relayed, library(t), "okta.users", "okta.groups", "entra.users")
	if doc.Counts.Must != 0 || len(sent) < 100 {
		t.Fatalf("%d requests, %+v", len(sent), doc.Counts)
	}
	// Clean-up and the guard's own looks go through the relay too; the engine tells of them elsewhere.
	at := 0
	for i, x := range sent {
		want := wire(x)
		from := at
		for at < len(w.recorded) && wire(w.recorded[at]) != want {
			at++
		}
		if at == len(w.recorded) {
			t.Fatalf("request %d was sent and not recorded as it was (-sent +recorded next):\n%s", i, cmp.Diff(want, wire(w.recorded[from])))
		}
		at++
	}
}

// TestBothAddressesAreGood: the relay's address may keep the path of the target's.
func TestBothAddressesAreGood(t *testing.T) {
	w := newWorld(t)
	sent, doc := w.run(w.relayed+"/scim/v2", library(t), "okta.users")
	if doc.Counts.Must != 0 || len(sent) < 20 {
		t.Fatalf("%d requests, %+v", len(sent), doc.Counts)
	}
	for _, x := range w.recorded {
		if strings.HasPrefix(x.Request.Path, "/scim") {
			t.Errorf("recorded as %s", x.Request.Path)
		}
	}
}

// TestCompare: a profile's own requests are all of its shapes, another client's are not, and it is said what differs.
func TestCompare(t *testing.T) {
	w := newWorld(t)
	okta, _ := w.run(w.direct, library(t), "okta.*")
	known := record.Learn(okta)
	sent, _ := w.run(w.relayed, library(t), "okta.users")
	own := map[string]bool{}
	for _, x := range sent {
		own[wire(x)] = !x.Setup
	}
	held := 0
	for i, j := range record.Compare(w.recorded, known) {
		if !own[wire(w.recorded[i])] {
			continue // a fixture or clean-up: not the profile's
		}
		held++
		if !j.Same {
			t.Errorf("%s: nearest %s, %v", j.Request, j.Nearest, j.Differs)
		}
	}
	if held < 50 {
		t.Errorf("%d requests were compared", held)
	}
	x := *w.recorded[0]
	x.Request = result.Request{Method: "POST", Path: "/Users", Headers: []result.Header{{Name: "Accept", Value: "text/plain"}}, Body: `{"userName":"ana","sudo":true}`}
	js := record.Compare([]*result.Exchange{&x}, known)
	if js[0].Same || js[0].Nearest == "" || !strings.Contains(strings.Join(js[0].Differs, "\n"), "+ body sudo: boolean") || !strings.Contains(strings.Join(js[0].Differs, "\n"), "+ header Accept: text/plain") {
		t.Errorf("%+v", js[0])
	}
	// Fewer attributes than any story has are of the profile's shape, and so are operations that no story puts together;
	// another client's removal of a member is not.
	for body, same := range map[string]bool{
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members","value":[{"value":"x"}]}]}`: false,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"members[value eq \"x\"]"}]}`:         true,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Remove","path":"members[value eq \"x\"]"}]}`:         false,
	} {
		y := *w.recorded[0]
		y.Request = result.Request{Method: "PATCH", Path: "/Groups/g", Headers: []result.Header{{Name: "Accept", Value: "application/scim+json"}, {Name: "Content-Type", Value: "application/scim+json; charset=utf-8"}}, Body: body}
		if js := record.Compare([]*result.Exchange{&y}, known); js[0].Same != same {
			t.Errorf("%s: same %v, %q", body, js[0].Same, js[0].Differs)
		}
	}
	x.Request.Path = "/Elsewhere"
	if js = record.Compare([]*result.Exchange{&x}, known); js[0].Nearest != "" || len(js[0].Differs) != 1 {
		t.Errorf("%+v", js[0])
	}
}

// TestReplay: a recorded joiner and leaver is written as a suite that passes on a fresh target, and fails on one that
// ignores the deactivation's user.
func TestReplay(t *testing.T) {
	w := newWorld(t)
	w.run(w.relayed, library(t), "okta.users")
	file, _, err := record.Suite("okta", w.recorded)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(file), token) {
		t.Error("the token is in the suite")
	}
	lib := library(t)
	if _, ps := lib.Add("replay.yaml", file); len(ps) > 0 {
		t.Fatalf("%v\n%s", ps, file)
	}
	_, doc := newWorld(t).run(newWorld(t).direct, lib, "recorded.okta")
	if doc.Counts.Must != 0 || doc.Counts.Errors != 0 || doc.Counts.Checks[result.Pass] < 20 {
		t.Errorf("%+v", doc.Counts)
	}
}

// TestReplayOfStrangers: what was done to people and groups that were there before is replayed with others in their place,
// and none of their names is in the suite.
func TestReplayOfStrangers(t *testing.T) {
	w := newWorld(t)
	send := func(base, method, path, body string) map[string]any {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/scim+json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		m := map[string]any{}
		_ = json.NewDecoder(res.Body).Decode(&m) // 204 has none
		return m
	}
	const user, group, patch = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`, `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`, `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`
	id := func(m map[string]any) string { return m["id"].(string) }
	ana := id(send(w.direct, "POST", "/Users", `{`+user+`,"userName":"ana.real@corp.example","externalId":"real-1","emails":[{"value":"ana.private@corp.example"}]}`))
	boss := id(send(w.direct, "POST", "/Users", `{`+user+`,"userName":"boss.real@corp.example"}`))
	crew := id(send(w.direct, "POST", "/Groups", `{`+group+`,"displayName":"Real Crew"}`))
	send(w.relayed, "GET", "/Users?filter=userName%20eq%20%22ana.real%40corp.example%22", "")
	send(w.relayed, "GET", "/Users/no-such-id", "")
	send(w.relayed, "PUT", "/Users/"+ana, `{`+user+`,"userName":"ana.real@corp.example","externalId":"real-1","title":"Chef","emails":[{"value":"ana.private@corp.example"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"`+boss+`"}}}`)
	send(w.relayed, "PATCH", "/Groups/"+crew, `{`+patch+`,"Operations":[{"op":"add","path":"members","value":[{"value":"`+ana+`"},{"value":"`+boss+`"}]}]}`)
	send(w.relayed, "PATCH", "/Groups/"+crew, `{`+patch+`,"Operations":[{"op":"remove","path":"members[value eq \"`+boss+`\"]"}]}`)
	send(w.relayed, "PATCH", "/Users/"+ana, `{`+patch+`,"Operations":[{"op":"replace","value":{"active":false}}]}`)
	send(w.relayed, "DELETE", "/Users/"+ana, "")
	file, dropped, err := record.Suite("strangers", w.recorded)
	if err != nil || dropped != 0 {
		t.Fatalf("%d dropped, %v", dropped, err)
	}
	for _, secret := range []string{"ana.real", "ana.private", "boss.real", "real-1", ana, boss, crew} {
		if strings.Contains(string(file), secret) {
			t.Errorf("%s is in the suite:\n%s", secret, file)
		}
	}
	lib := library(t)
	if _, ps := lib.Add("replay.yaml", file); len(ps) > 0 {
		t.Fatalf("%v\n%s", ps, file)
	}
	_, doc := w.run(newWorld(t).direct, lib, "recorded.strangers")
	if doc.Counts.Must != 0 || doc.Counts.Errors != 0 || doc.Counts.Checks[result.Pass] < 7 {
		t.Errorf("%+v\n%s", doc.Counts, file)
	}
}

// TestCapture: the capture has the format of testdata/captures, and no secret.
func TestCapture(t *testing.T) {
	w := newWorld(t)
	w.run(w.relayed, library(t), "okta.users")
	b, err := json.Marshal(record.NewCapture("okta", time.Unix(0, 0), w.recorded))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), token) {
		t.Error("the token is in the capture")
	}
	ops := map[string]int{}
	for _, e := range record.NewCapture("okta", time.Unix(0, 0), w.recorded).Exchanges {
		ops[e.Operation]++
		if e.Request.BodyRaw != nil && e.Request.Body == nil {
			t.Errorf("%s: body %q is not whole", e.ID, *e.Request.BodyRaw)
		}
	}
	for _, name := range []string{"match-user", "create-user", "update-user", "deactivate-user", "reactivate-user"} {
		if ops[name] == 0 {
			t.Errorf("no %s among %v", name, ops)
		}
	}
}
