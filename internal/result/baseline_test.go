package result_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

var today = time.Date(2026, 6, 15, 23, 0, 0, 0, time.UTC)

func TestBaseline(t *testing.T) {
	for _, c := range []struct {
		name     string
		entry    result.BaselineEntry
		known    int
		findings int
		drift    string
	}{
		{"none of it", result.BaselineEntry{Check: "no/such/check"}, 0, 6, "unmatched"},
		{"near miss", result.BaselineEntry{Check: "rfc.users/filter-case/search.fond"}, 0, 6, "did you mean rfc.users/filter-case/search.found?"},
		{"exact", result.BaselineEntry{Check: "rfc.users/filter-case/search.found"}, 1, 5, ""},
		{"with outcome", result.BaselineEntry{Check: "rfc.users/filter-case/search.found", Outcome: result.Fail}, 1, 5, ""},
		{"other outcome", result.BaselineEntry{Check: "rfc.users/filter-case/search.found", Outcome: result.Warn}, 0, 6, "changed: expected warn, but rfc.users/filter-case/search.found is fail"},
		{"glob", result.BaselineEntry{Check: "rfc.users/**"}, 2, 4, ""},
		{"everything", result.BaselineEntry{Check: "**"}, 6, 0, ""},
		{"glob with outcome", result.BaselineEntry{Check: "**", Outcome: result.Warn}, 1, 5, "changed"},
		{"passes", result.BaselineEntry{Check: "rfc.users/create/create.status"}, 0, 6, "unexpected pass"},
		{"glob that passes", result.BaselineEntry{Check: "rfc.users/create/*"}, 0, 6, "unexpected pass"},
		{"skipped check", result.BaselineEntry{Check: "rfc.users/paging/list.cursor"}, 0, 6, ""},
		{"skipped case", result.BaselineEntry{Check: "okta/leaver/deactivate.status"}, 0, 6, ""},
		{"not expired today", result.BaselineEntry{Check: "rfc.users/filter-case/search.found", Until: "2026-06-15"}, 1, 5, ""},
		{"expired yesterday", result.BaselineEntry{Check: "rfc.users/filter-case/search.found", Until: "2026-06-14"}, 1, 5, "expired on 2026-06-14"},
		{"expired and passing", result.BaselineEntry{Check: "rfc.users/create/create.status", Until: "2020-01-01"}, 0, 6, "unexpected pass"},
	} {
		d := foldAll(resulttest.AllKindsEvents())
		verdicts, grade := asJSON(t, d.Features), d.Score.Grade
		c.entry.Reason = "because"
		if err := result.ApplyBaseline(d, "base.yaml", []result.BaselineEntry{c.entry}, today); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d.Counts.Known != c.known || d.Counts.Findings != c.findings || d.Baseline.Known != c.known {
			t.Errorf("%s: %d known, %d findings, want %d, %d", c.name, d.Counts.Known, d.Counts.Findings, c.known, c.findings)
		}
		if drift := strings.Join(d.Baseline.Drift, "\n"); (c.drift == "") != (drift == "") || !strings.Contains(drift, c.drift) {
			t.Errorf("%s: drift %q, want …%s…", c.name, drift, c.drift)
		}
		if asJSON(t, d.Features) != verdicts || d.Score.Grade != grade {
			t.Errorf("%s: the baseline changed verdicts or the grade", c.name)
		}
	}
}

func TestBaselineMovesKnownCausesToTheEnd(t *testing.T) {
	d := foldAll(resulttest.AllKindsEvents())
	entries := []result.BaselineEntry{{Check: "rfc.users/patch-replace/*", Reason: "r"}, {Check: "okta/mover/*", Reason: "r"}}
	if err := result.ApplyBaseline(d, "", entries, today); err != nil {
		t.Fatal(err)
	}
	if last := d.Causes[len(d.Causes)-1]; last.ID != "patch-collateral" || !last.Known || d.Counts.Causes != 4 {
		t.Errorf("last cause %+v, %d causes", last, d.Counts.Causes)
	}
	if err := result.ApplyBaseline(d, "", nil, today); err != nil || d.Causes[0].ID != "patch-collateral" || d.Counts.Known != 0 {
		t.Errorf("an empty baseline does not take the marks away: %v %+v", err, d.Counts)
	}
}

func TestBaselineRefuses(t *testing.T) {
	for _, e := range []result.BaselineEntry{
		{Check: "", Reason: "r"}, {Check: "a**", Reason: "r"}, {Check: "a/b"}, {Check: "a/b", Reason: "  "},
		{Check: "a/b", Reason: "r", Until: "soon"}, {Check: "a/b", Reason: "r", Outcome: result.Pass}, {Check: "a/b", Reason: "r", Outcome: "x"},
	} {
		if err := result.ApplyBaseline(resulttest.EmptyDocument(), "", []result.BaselineEntry{e}, today); err == nil {
			t.Errorf("%+v is accepted", e)
		}
	}
}

// The law of the update: its entries make the document clean, without drift, and stale ones are gone.
func TestUpdateBaseline(t *testing.T) {
	old := []result.BaselineEntry{
		{Check: "rfc.users/filter-case/*", Reason: "ticket 7", Until: "2027-01-01"},
		{Check: "rfc.users/create/*", Reason: "passes now"},
		{Check: "no/such/thing", Reason: "gone"},
		{Check: "okta/leaver/*", Reason: "not reached in this run"},
		{Check: "entra/**", Reason: "too old", Until: "2026-01-01"},
	}
	d := foldAll(resulttest.AllKindsEvents())
	entries := result.UpdateBaseline(d, old, "accepted", today)
	if diff := cmp.Diff([]result.BaselineEntry{old[0], old[3]}, entries[:2]); diff != "" {
		t.Error(diff)
	}
	if err := result.ApplyBaseline(d, "", entries, today); err != nil || d.Counts.Findings != 0 || len(d.Baseline.Drift) != 0 {
		t.Errorf("%v %+v %v", err, d.Counts, d.Baseline.Drift)
	}
	if again := result.UpdateBaseline(d, entries, "x", today); !cmp.Equal(entries, again) {
		t.Errorf("an update of an update changes something: %s", cmp.Diff(entries, again))
	}
}

// TestBaselineOfAPart: one baseline serves a run of some suites too. What the run did not choose is no drift, and an update keeps it.
func TestBaselineOfAPart(t *testing.T) {
	entries := []result.BaselineEntry{
		{Check: "elsewhere.users/leaver/**", Reason: "known of the whole run"},
		{Check: "rfc.users/create/create.status", Reason: "it passes now"},
		{Check: "rfc.users/gone/**", Reason: "there is no such case any more"},
		{Check: "answers/errors/status", Reason: "an answer that a part of the suites asks for"},
	}
	for selection, want := range map[string]int{"": 4, "suites rfc.users": 2} {
		d := foldAll(resulttest.AllKindsEvents())
		d.Run.Selection = selection
		d.Suites = append(d.Suites, result.Suite{ID: "answers", Kind: result.KindAutomatic, Cases: []result.Case{
			{ID: "answers/errors", Outcome: result.Pass, Checks: []result.Check{{ID: "answers/errors/status", Outcome: result.Pass}}}}})
		if err := result.ApplyBaseline(d, "base.yaml", entries, today); err != nil {
			t.Fatal(err)
		}
		if got := d.Baseline.Drift; len(got) != want {
			t.Errorf("selection %q: drift %q, want %d", selection, got, want)
		}
		for _, e := range []result.BaselineEntry{entries[0], entries[3]} {
			if kept := slices.Contains(result.UpdateBaseline(d, entries, "new", today), e); kept != (selection != "") {
				t.Errorf("selection %q: the update keeps %s: %v", selection, e.Check, kept)
			}
		}
	}
}
