package engine

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

// always answers every request alike.
func always(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		if body != "" {
			_, _ = w.Write([]byte(body))
		}
	})
}

const oneStatusCase = `
  - id: list
    title: Users are listed
    steps:
      - {id: get, send: {GET: /Users}, expect: [{status: 200, level: must}]}
`

// TestDiagnosis: a target that cannot be tested gets one sentence and no case; one that can, however
// broken, is tested.
func TestDiagnosis(t *testing.T) {
	scimError := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"500","detail":"database down"}`
	tests := []struct {
		name string
		h    http.Handler
		kind string // "" = tested
		says string
	}{
		{"reference", reference(t), "", ""},
		{"wrong token", always(401, "application/scim+json", `{"detail":"who are you"}`), "unauthorized", "401 (who are you)"},
		{"forbidden everywhere", always(403, "", ""), "unauthorized", "403"},
		{"web page", always(200, "text/html", "<!doctype html><p>hello"), "html", "a web page"},
		{"web page without label", always(404, "text/plain", "\n<html><body>lost"), "html", "404"},
		{"login page", http.RedirectHandler("https://login.test/", http.StatusFound), "redirect", "redirects"},
		{"empty", always(200, "application/json", ""), "empty", "empty body"},
		{"no JSON", always(200, "text/plain", "hello there"), "not-json", "no JSON"},
		{"SCIM 1.1", always(200, "application/json", `{"schemas":["urn:scim:schemas:core:1.0"],"foo":[]}`), "scim-1.1", "SCIM 1.1"},
		{"nothing there", always(404, "application/json", `{"detail":"no route"}`), "not-scim", "404 (no route)"},
		{"another API", always(200, "application/json", `{"hello":"world"}`), "not-scim", "nothing in it looks like SCIM"},
		{"array of strangers", always(200, "application/json", `[{"name":"x"}]`), "not-scim", "nothing in it looks like SCIM"},
		{"broken server", always(500, "text/plain", "oops"), "not-json", "500"},
		{"broken SCIM server", always(500, "application/scim+json", scimError), "", ""},
		{"bare array of SCIM users", always(200, "application/json", `[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1"}]`), "", ""},
		{"refuses the media type", always(406, "text/plain", "not acceptable"), "", ""},
		{"list without schemas", always(200, "application/json", `{"totalResults":0}`), "", ""},
		{"silent", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "reset", "could not be reached"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.h, library(t, suite(oneStatusCase)))
			d, err := r.e.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r.holdDiagnosis(t, d, tc.kind, tc.says)
		})
	}
}

func (r *rig) holdDiagnosis(t *testing.T, d *result.Diagnosis, kind, says string) {
	t.Helper()
	doc := r.fold.Document()
	if kind == "" {
		if d != nil {
			t.Fatalf("diagnosed as %+v, but it can be tested", d)
		}
		if o := caseOf(t, doc, "t/list").Outcome; o != result.Pass && o != result.Fail {
			t.Errorf("the case was not judged: %s", o)
		}
		return
	}
	if d == nil || d.Kind != kind || !strings.Contains(d.Message, says) || d.Hint == "" && kind != "reset" {
		t.Fatalf("diagnosis %+v, want kind %s and %q in the message", d, kind, says)
	}
	if d.Exchange == "" || !doc.Run.Partial || doc.Diagnosis == nil {
		t.Errorf("no evidence or not told: exchange %q, partial %v, diagnosis %v", d.Exchange, doc.Run.Partial, doc.Diagnosis)
	}
	for _, l := range r.rec.lines() {
		if !strings.HasPrefix(l, "GET ") {
			t.Errorf("something was written before the target was known: %s", l)
		}
	}
	if n := doc.Counts.Must + doc.Counts.Should; n > 0 {
		t.Errorf("%d findings beside the diagnosis", n)
	}
}

func TestDiagnosisRefused(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	url := srv.URL
	srv.Close() // nobody listens there any more
	r := newRig(t, http.NotFoundHandler(), library(t, suite(oneStatusCase)), func(o *Options, c *exchange.Config) {
		c.BaseURL, c.Handler, o.Info.URL = url, nil, url
	})
	d, err := r.e.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.holdDiagnosis(t, d, exchange.KindRefused, "could not be reached")
}

// TestConsent: without it nothing is created.
func TestConsent(t *testing.T) {
	lib := library(t, suite(`
  - {id: c, title: A user, given: {ana: {user: minimal}}, steps: [{id: r, read: ana, expect: [{status: 200, level: must}]}]}
`))
	no := http.ErrAbortHandler
	r := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) { o.Consent = func() error { return no } })
	if _, err := r.e.Run(t.Context()); err != no {
		t.Fatalf("error %v, want that of the consent", err)
	}
	for _, l := range r.rec.lines() {
		if strings.HasPrefix(l, "POST") {
			t.Errorf("created without consent: %s", l)
		}
	}
}

func TestLearnFeatures(t *testing.T) {
	spc := func(s string) *response { return answer(200, s) }
	list, gone := answer(200, `{"totalResults":0}`), answer(404, "")
	types := answer(200, `{"totalResults":1,"Resources":[{"name":"User","endpoint":"/Users","schema":"urn:ietf:params:scim:schemas:core:2.0:User"}]}`)
	tests := []struct {
		name               string
		spc, types, groups *response
		on, off            string
	}{
		{"nothing published", gone, gone, list, "patch filter users groups enterprise index write loopback", "bulk sort etag change-password cursor events spc schemas resource-types token-b remote"},
		{"no groups", gone, gone, gone, "users", "groups"},
		{"types name users only", gone, types, gone, "users resource-types", "groups enterprise"},
		{"types forget groups, which answer", gone, types, list, "users groups", "enterprise"},
		{"all announced", spc(`{"patch":{"supported":true},"bulk":{"supported":true},"sort":{"supported":"True"},"etag":{"supported":true},"changePassword":{"supported":true},"filter":{"supported":true},"pagination":{"cursor":true,"index":true},"securityEvents":{"asyncRequest":"long"}}`),
			gone, list, "patch bulk sort etag change-password filter cursor index events spc", ""},
		{"all denied", spc(`{"patch":{"supported":false},"bulk":{"supported":false},"filter":{"supported":"false"},"pagination":{"cursor":false,"index":false}}`),
			gone, list, "spc", "patch bulk filter cursor index"},
		{"not said", spc(`{"patch":true,"filter":{}}`), gone, list, "patch filter", "bulk"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			e := New(Options{})
			e.found = standardDiscovery()
			e.found.learn(tc.spc, tc.types, gone)
			e.learnFeatures(list, tc.groups)
			for _, f := range strings.Fields(tc.on) {
				if ok, why := e.feature(f); !ok {
					t.Errorf("%s is off: %s", f, why)
				}
			}
			for _, f := range strings.Fields(tc.off) {
				if ok, why := e.feature(f); ok || why == "" {
					t.Errorf("%s is on %v, reason %q", f, ok, why)
				}
			}
		})
	}
}

func TestFeatureOverrules(t *testing.T) {
	e := New(Options{Features: map[string]bool{"bulk": true, "patch": false}})
	e.found = standardDiscovery()
	e.found.set("bulk", false, "not announced")
	e.found.set("patch", true, "")
	if ok, _ := e.feature("bulk"); !ok || e.featureMap()["bulk"] != true {
		t.Error("--feature bulk=on was not heard")
	}
	if ok, why := e.feature("patch"); ok || !strings.Contains(why, "--feature patch=off") || e.featureMap()["patch"] != false {
		t.Errorf("--feature patch=off was not heard: %v %q", ok, why)
	}
}
