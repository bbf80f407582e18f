package mockidp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestMatchingPrecedence: people are looked for by each matching attribute in turn, until one of them finds somebody.
func TestMatchingPrecedence(t *testing.T) {
	for _, c := range []struct {
		name, there string // an account that the application has already
		lookups     []string
		created     bool
	}{
		{"by the first", `"externalId":"ana@example.com","userName":"a.ruiz"`, []string{"externalId"}, false},
		{"by the second", `"userName":"ana@example.com"`, []string{"externalId", "userName"}, false},
		{"by the third", `"userName":"a.ruiz","emails":[{"type":"work","value":"ana@example.com"}]`, []string{"externalId", "userName", `emails[type eq "work"].value`}, false},
		{"by none", `"userName":"bo"`, []string{"externalId", "userName", `emails[type eq "work"].value`}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			rec := newWire(t)
			r := httptest.NewRequest("POST", "/scim/v2/Users", strings.NewReader(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"active":true,`+c.there+`}`))
			r.Header.Set("Authorization", "Bearer "+secret)
			r.Header.Set("Content-Type", "application/scim+json")
			rec.next.ServeHTTP(httptest.NewRecorder(), r)
			srv := httptest.NewServer(rec)
			t.Cleanup(srv.Close)
			w.target = srv.URL + "/scim/v2"
			app := w.app("entra")
			w.must("PATCH", "/apps/"+app, m{"settings": m{"unique": "externalId", "matching": []string{"userName", `emails[type eq "work"].value`}}})
			// the alias is what externalId is mapped from
			w.must("POST", "/people", m{"id": "u-ana", "profile": m{"login": "ana@example.com", "alias": "ana@example.com", "email": "ana@example.com", "firstName": "Ana", "lastName": "Ruiz"}})
			w.must("POST", "/apps/"+app+"/mappings", m{"target": "externalId", "source": "alias"})
			w.must("POST", "/apps/"+app+"/assignments", m{"person": "u-ana"})
			rec.take()
			w.must("POST", "/apps/"+app+"/cycle/start", nil)
			w.idle()
			var asked []string
			created := false
			for _, l := range rec.take() {
				first, _, _ := strings.Cut(l, "\n")
				created = created || strings.HasPrefix(first, "POST /scim/v2/Users")
				if _, q, ok := strings.Cut(first, "/Users?filter="); ok {
					filter, err := url.QueryUnescape(q)
					if err != nil {
						t.Fatal(err)
					}
					attribute, _, _ := strings.Cut(filter, ` eq "ana@`)
					asked = append(asked, attribute)
				}
			}
			if got, want := strings.Join(asked, ", "), strings.Join(c.lookups, ", "); got != want {
				t.Errorf("looked for by %s, want %s", got, want)
			}
			if created != c.created {
				t.Errorf("an account was created: %t, want %t", created, c.created)
			}
		})
	}
}

// Settings that cannot be are refused.
func TestMatchingIsChecked(t *testing.T) {
	w := newWorld(t)
	entra, okta := w.app("entra"), w.app("okta")
	for _, c := range []struct {
		app, says string
		matching  []string
	}{
		{entra, "twice", []string{"userName"}}, {entra, "twice", []string{"externalId", "externalId"}}, {entra, "matching attributes are userName, externalId", []string{"shoeSize"}}, {okta, "one attribute", []string{"email"}},
	} {
		status, answer := w.call("PATCH", "/apps/"+c.app, m{"settings": m{"matching": c.matching}})
		if detail, _ := answer["detail"].(string); status != 400 || !strings.Contains(detail, c.says) {
			t.Errorf("%v: %d %s, want 400 with %q", c.matching, status, detail, c.says)
		}
	}
}

// The form offers each precedence, and the list of mappings names those that are set.
func TestMatchingIsShown(t *testing.T) {
	w := newWorld(t)
	app := w.app("entra")
	w.must("PATCH", "/apps/"+app, m{"settings": m{"matching": []string{"externalId"}}})
	for tab, want := range map[string][]string{
		"connection": {"Matching precedence 2", "Matching precedence 3"},
		"mappings":   {`<code>userName</code> <span class="b note">matching precedence 1</span>`, `<code>externalId</code> <span class="b note">matching precedence 2</span>`},
	} {
		page := w.page("/apps/" + app + "?tab=" + tab)
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("the tab %s lacks %q", tab, s)
			}
		}
	}
}

// page is a page of the console.
func (w *world) page(path string) string {
	w.t.Helper()
	resp, err := http.Get(w.api + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		w.t.Fatalf("GET %s answered %d %v", path, resp.StatusCode, err)
	}
	return string(b)
}
