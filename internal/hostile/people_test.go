//go:build hostile

package hostile

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/provider"
)

// real are people of the tenant, each with data of every kind. Nothing of it may stand in an artefact of a run with --redact-pii.
var real = []map[string]any{
	{"userName": "wilhelmina.okafor@realcorp.test", "externalId": "HR-0099182", "displayName": "Wilhelmina Okafor", "nickName": "Minchen", "profileUrl": "https://intra.realcorp.test/people/wokafor",
		"name":         map[string]any{"givenName": "Wilhelmina", "familyName": "Okafor", "formatted": "Dr. Wilhelmina Q. Okafor"},
		"emails":       []any{map[string]any{"value": "wilhelmina.okafor@realcorp.test", "type": "work", "primary": true}, map[string]any{"value": "minchen77@private-mail.test", "type": "home"}},
		"phoneNumbers": []any{map[string]any{"value": "+44 20 7946 0991", "type": "work"}}, "active": true,
		"addresses":    []any{map[string]any{"streetAddress": "17 Acacia Lane", "locality": "Chipping Sodbury", "postalCode": "BS37 6ZZ", "type": "home"}},
		"schemas":      []any{coreUser, enterpriseUser},
		enterpriseUser: map[string]any{"employeeNumber": "EMP-556677"}},
	{"userName": "zebulon", "displayName": "Zebulon Przybylski", "name": map[string]any{"givenName": "Zebulon", "familyName": "Przybylski"},
		"emails": []any{map[string]any{"value": "zeb@realcorp.test", "primary": true}}, "phoneNumbers": []any{map[string]any{"value": "tel:+1-201-555-0123"}}, "active": true, "schemas": []any{coreUser}},
}

const (
	coreUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseUser = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// hire puts people and a group of theirs into the tenant.
func (b *bench) hire(t *testing.T) {
	t.Helper()
	post := func(path string, body map[string]any) string {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", b.url+path, strings.NewReader(string(raw)))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", scimJSON)
		w := httptest.NewRecorder()
		b.provider.ServeHTTP(w, r)
		var made struct{ ID string }
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return made.ID
	}
	var members []any
	for _, p := range real {
		members = append(members, map[string]any{"value": post("/Users", p)})
	}
	post("/Groups", map[string]any{"schemas": []any{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": "Friends of Zebulon", "members": members})
	b.before = b.objects(t)
}

// personal are the texts by which somebody could be known, of people who are not ours.
func (b *bench) personal(t *testing.T) []string {
	t.Helper()
	out := []string{"wilhelmina", "okafor", "zebulon", "przybylski", "minchen", "acacia lane", "chipping sodbury", "bs37 6zz", "EMP-556677", "HR-0099182", "7946 0991", "201-555-0123", "realcorp.test", "private-mail.test"}
	for key, body := range b.before {
		var u struct {
			UserName string
			Emails   []struct{ Value string }
		}
		if !strings.HasPrefix(key, "Users/") || json.Unmarshal([]byte(body), &u) != nil {
			continue
		}
		out = append(out, u.UserName)
		for _, e := range u.Emails {
			out = append(out, e.Value)
		}
	}
	return out
}

// gossips is a server that tells of its people wherever it can: in details of errors, header fields, attributes of its own.
func gossips(w http.ResponseWriter, r *http.Request, next http.Handler) {
	w.Header().Set("X-Served-For", "Wilhelmina Okafor")
	bend(func(b []byte) []byte {
		return []byte(strings.NewReplacer(`"detail":"`, `"detail":"ask Zebulon Przybylski (zeb@realcorp.test, tel:+1-201-555-0123): `, `"title":"`, `"title":"as Okafor, `, `"meta":{`, `"x_owner":"Minchen","meta":{`).Replace(string(b)))
	})(w, r, next)
}

// TestPeopleStayInside: with --redact-pii nothing that a run writes tells of the people who were in the tenant before, although
// runs read lists of them, and servers that lie put them into answers about ours.
func TestPeopleStayInside(t *testing.T) {
	tests := []struct {
		name  string
		with  provider.Options
		do    behaviour
		suite string
	}{
		{"a right server", provider.Options{}, nil, "rfc.*,okta.*"},
		{"filters are ignored", provider.Options{Defects: []string{"filter-ignored"}}, gossips, "rfc.filter*,rfc.create,okta.users,entra.users"},
		{"a server that gossips", provider.Options{}, gossips, "rfc.create,rfc.errors,rfc.put,rfc.groups,rfc.paging,okta.users"},
		{"ids are user names", provider.Options{Defects: []string{"id-is-username"}}, nil, "rfc.create,rfc.paging,okta.users"},
		{"a search finds somebody else", provider.Options{}, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if f := r.URL.Query().Get("filter"); f != "" {
				r.URL.RawQuery = "filter=" + url.QueryEscape(`userName eq "zebulon"`)
			}
			next.ServeHTTP(w, r)
		}, "rfc.create,rfc.filter*,okta.users,entra.users"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.with, func(_ int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
				if tt.do == nil {
					next.ServeHTTP(w, r)
					return
				}
				tt.do(w, r, next)
			})
			b.hire(t)
			o := run(t, b.url, "-v", "--redact-pii", "--suite", tt.suite)
			if o.doc.Run.Requests < 20 {
				t.Errorf("%d requests: nothing was played", o.doc.Run.Requests)
			}
			for where, text := range artefacts(t, o) {
				lower := strings.ToLower(text)
				for _, p := range b.personal(t) {
					for _, form := range []string{p, url.QueryEscape(p), url.PathEscape(p)} {
						if i := strings.Index(lower, strings.ToLower(form)); i >= 0 {
							t.Errorf("%s tells of %q: …%s…", where, form, text[max(0, i-160):min(len(text), i+len(form)+60)])
							break
						}
					}
				}
			}
			b.foreignUntouched(t)
			b.allListed(t, o.doc)
		})
	}
}
