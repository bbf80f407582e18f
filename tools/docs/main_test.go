package main

import (
	"testing"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

func TestDocumentationIsUpToDate(t *testing.T) {
	if err := run("../../docs", true); err != nil {
		t.Error(err)
	}
}

// TestCatalogueIsWhole: every requirement of the RFCs that can be tested has a check, a fact or a rule for clients, or stands in
// suites/requirements/uncovered.yaml with a reason; and every check says whom its fault hurts and what to do.
func TestCatalogueIsWhole(t *testing.T) {
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	profiles, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	checks := shown(engine.Checks(lib, profiles))
	if len(checks) < 1000 {
		t.Fatalf("only %d checks", len(checks))
	}
	for _, k := range append(checks, lib.ClientChecks()...) {
		if !k.Fact && (k.Why == "" || k.Fix == "") {
			t.Errorf("%s: why %q, fix %q: every check needs both, of its own or of its case", k.ID, k.Why, k.Fix)
		}
	}
	for _, r := range lib.Missing(checks) {
		if r.IDP == "" {
			t.Errorf("%s (%s) has no check, no fact and no rule, and stands not in suites/requirements/uncovered.yaml", r.ID, r.Keyword)
		}
	}
}
