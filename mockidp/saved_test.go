package mockidp_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// TestSavedCaseIsASuite: what "save as test" writes is loaded and passes against the reference provider.
func TestSavedCaseIsASuite(t *testing.T) {
	for _, idp := range []string{"okta", "entra"} {
		w := newWorld(t)
		app := w.app(idp)
		w.must("POST", "/groups", m{"id": "g-team", "name": "Team", "members": []m{{"id": w.person("ana@example.com", m{"title": "Engineer"})}}})
		w.must("POST", "/apps/"+app+"/assignments", m{"group": "g-team"})
		if idp == "entra" {
			w.must("POST", "/apps/"+app+"/cycle/start", nil)
		} else {
			w.must("POST", "/apps/"+app+"/pushes", m{"group": "g-team"})
		}
		w.idle()
		ops := w.must("GET", "/operations", nil)["items"].([]any)
		if len(ops) < 2 {
			t.Fatalf("%d operations", len(ops))
		}
		lib, _ := suites.LoadEmbedded()
		ids, files := []string{}, [][]byte{}
		var ps suites.Problems
		for _, o := range ops {
			b := w.saved(o.(m))
			own, p := lib.Add(fmt.Sprint(o.(m)["id"], ".yaml"), b)
			if ps = append(ps, p...); len(ps) > 0 {
				t.Fatalf("%s\n%s", ps.Render(), b)
			}
			ids, files = append(ids, own.ID), append(files, b)
		}
		_, set := catalogue()
		if ps = lib.CheckNames(engine.Names(set)); len(ps) > 0 {
			t.Fatal(ps.Render())
		}
		for k, o := range ops {
			runSaved(t, lib, ids[k], o.(m), files[k])
		}
	}
}

// saved is what the button "save as test" gives.
func (w *world) saved(op m) []byte {
	w.t.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/api/v1/operations/%v/case.yaml", w.api, op["id"]))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		w.t.Fatalf("%d %s %v", resp.StatusCode, b, err)
	}
	return b
}

func runSaved(t *testing.T, lib *suites.Library, id string, op m, b []byte) {
	t.Helper()
	_, set := catalogue()
	fresh := newWire(t)
	client, err := exchange.New(exchange.Config{BaseURL: "http://app.example.com/scim/v2", Auth: exchange.Auth{Kind: "bearer", Token: secret}, Handler: fresh, Rand: rand.Reader, Rules: exchange.GuardRules{TrustEcho: true}})
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	e := engine.New(engine.Options{Library: lib, Profiles: set, Client: client, Clock: exchange.SystemClock{}, Suites: []string{id}, Run: result.Run{ID: "r", Prefix: "scimmage-r", Seed: 1}, Info: result.Target{URL: "http://app.example.com/scim/v2"},
		Sink: result.SinkFunc(func(ev result.Event) {
			if ev.Check == nil {
				return
			}
			if ev.Check.Finding() {
				t.Errorf("%v: %s: %s\n%s", op["title"], ev.Check.ID, ev.Check.Summary, b)
			}
			if strings.HasSuffix(ev.Check.ID, ".done") && ev.Check.Outcome == result.Pass {
				passed++
			}
		})})
	if diag, err := e.Run(context.Background()); diag != nil || err != nil {
		t.Fatal(diag, err)
	}
	if passed != 1 {
		t.Errorf("%v: the saved check passed %d times\n%s", op["title"], passed, b)
	}
}
