//go:build prove

package prove

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

var grants = Selection{Suites: []string{"okta-entitlements.*"}}

// rewritten answers the endpoint of entitlements with something put in the place of something else.
func rewritten(old, new string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/Entitlements") {
				next.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			for name, values := range rec.Header() {
				if name != "Content-Length" && name != "Etag" {
					w.Header()[name] = values
				}
			}
			body := bytes.ReplaceAll(rec.Body.Bytes(), []byte(old), []byte(new))
			w.WriteHeader(rec.Code)
			_, _ = w.Write(body)
		})
	}
}

// TestProveEntitlements: the stories of Okta's Entitlement Management are silent on a provider that publishes roles and entitlements, are not
// told to one that does not, and notice each of these faults. The bench of the map has no such resource types, so they are proven here.
func TestProveEntitlements(t *testing.T) {
	b := bench(t)
	asIs := func(h http.Handler) http.Handler { return h }
	told := func(defects []string, variants []string, wrap func(http.Handler) http.Handler) *result.Document {
		t.Helper()
		doc, err := b.run(context.Background(), defects, variants, grants, result.SinkFunc(func(result.Event) {}), wrap)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	entitlements := []string{"entitlements"}
	clean := told(nil, entitlements, asIs)
	if f := Findings(clean); len(f) > 0 {
		t.Fatalf("the right provider has findings:\n%s", Describe(clean))
	}
	cases := 0
	for _, s := range clean.Suites {
		for _, c := range s.Cases {
			if s.IDP == "okta-entitlements" && c.Outcome == result.Pass {
				cases++
			}
		}
	}
	if cases != 6 {
		t.Errorf("%d stories passed, want 6", cases)
	}
	for _, s := range told(nil, nil, asIs).Suites {
		for _, c := range s.Cases {
			if s.IDP == "okta-entitlements" && c.SkipKind != result.SkipNotApplicable {
				t.Errorf("without roles and entitlements %s is %s", c.ID, c.Outcome)
			}
		}
	}
	seen := map[string]bool{}
	for _, c := range []struct {
		name    string
		defects []string
		wrap    func(http.Handler) http.Handler
		want    []string // what fails behind okta-entitlements.grants/
	}{
		{"resource types as a bare array", []string{"resourcetypes-bare-array"}, asIs, nil},
		{"nameless", nil, rewritten(`"displayName":`, `"label":`), []string{"enable/read.discover.read.more.list.accepted"}},
		{"one name for all ids", nil, rewritten(`"displayName":"Entitlement 1"`, `"displayName":" "`), []string{"enable/offered.unlike"}},
		{"a type that is no resource type", nil, rewritten(`"type":"Entitlement"`, `"type":"licence"`), []string{"enable/offered.type"}},
		{"long descriptions", nil, rewritten(`Seeded entitlement`, strings.Repeat("long ", 300)), []string{"enable/offered.description"}},
		{"PUT is ignored", []string{"put-ignored"}, asIs, []string{"grant-role/account.role", "grant-entitlement/account.entitlement"}},
		{"PUT merges lists", []string{"put-merges-multivalued"}, asIs, []string{"change-grant/swapped.only"}},
		{"PUT is refused", []string{"put-not-allowed"}, asIs, []string{"grant-role/grant.push.put.accepted"}},
		{"no PUT at all, for the change of a title", []string{"no-put"}, asIs, nil},
	} {
		found := Findings(told(c.defects, entitlements, c.wrap))
		for _, id := range found {
			seen[id] = true
		}
		for _, w := range c.want {
			if !slices.Contains(found, "okta-entitlements.grants/"+w) {
				t.Errorf("%s: %s did not fail; failed: %v", c.name, w, found)
			}
		}
		if len(found) == 0 {
			t.Errorf("%s: nothing was noticed", c.name)
		}
	}
	t.Logf("%d checks were seen to fail", len(seen))
}
