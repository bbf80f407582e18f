package prove

import (
	"context"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/result"
)

// TestCompatibilityNamesChecks: a behaviour that no check measures would stay unknown for ever.
func TestCompatibilityNamesChecks(t *testing.T) {
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		known[StripItem(k.ID)] = true
	}
	for _, bh := range b.Library.Compatibility.Behaviours {
		for _, c := range bh.Checks {
			if !known[StripItem(c)] {
				t.Errorf("behaviour %s is measured by %s, which is no check", bh.ID, c)
			}
		}
	}
	for _, p := range b.Profiles.Profiles {
		found := false
		for _, c := range b.Library.Compatibility.Clients {
			found = found || c.Profile == p.ID
		}
		if !found {
			t.Errorf("nobody says what %s needs", p.ID)
		}
	}
}

// TestCompatibilityOfDefects: what is wrong with a server shows in the forecast of exactly those clients that need it.
func TestCompatibilityOfDefects(t *testing.T) {
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	measuring := []string{"rfc.put", "rfc.create", "rfc.delete", "rfc.filter", "rfc.filter-attributes", "rfc.groups", "rfc.paging", "rfc.patch", "rfc.discovery", "rfc.media-types", "entra.groups", "entra.users"}
	all := []string{"authentik", "onelogin", "jumpcloud", "rauthy", "pocket-id", "keycloak", "connid", "midpoint", "pingfederate", "cyberark", "oracle", "sap"}
	for _, tc := range []struct {
		name              string
		defects, variants []string
		state             string
		clients           []string
		because           string
		spared            []string // clients that get along all the same
	}{
		{"everything works", nil, nil, result.WillWork, append(all, "authentik-2026.5", "google", "sailpoint", "servicenow", "rippling", "pingone"), "", nil},
		{"no PUT", []string{"no-put"}, nil, result.WillNotWork, all, "Replacing users by PUT", []string{"sailpoint", "rippling"}},
		{"removal by value empties the group", []string{"remove-with-value-empties-group"}, nil, result.WillNotWork, []string{"authentik-2026.5", "rauthy"}, "Removing members by a value list fails", []string{"authentik", "pocket-id", "keycloak"}},
		{"no PATCH", nil, []string{"no-patch"}, result.WillNotWork, []string{"rauthy", "sailpoint"}, "not supported", []string{"pocket-id", "keycloak"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc, err := b.Run(context.Background(), tc.defects, tc.variants, Selection{Suites: measuring})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]result.Compatibility{}
			for _, c := range doc.Compatibility {
				got[c.Profile] = c
			}
			for _, id := range tc.clients {
				if c := got[id]; c.State != tc.state || !strings.Contains(strings.Join(c.Because, "\n"), tc.because) {
					t.Errorf("%s: %s because %v, want %s", id, c.State, c.Because, tc.state)
				}
			}
			for _, id := range tc.spared {
				if c := got[id]; c.State != result.WillWork && c.State != result.WillLimited {
					t.Errorf("%s: %s because %v, want it spared", id, c.State, c.Because)
				}
			}
		})
	}
}
