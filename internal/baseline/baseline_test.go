package baseline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

func written(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "baseline.yaml")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is written is read back, whatever stands in ids and reasons.
func TestRoundTrip(t *testing.T) {
	for name, want := range map[string][]result.BaselineEntry{
		"none": nil,
		"nasty": {
			{Check: `rfc.patch-invalid/type[active]/patch.refused`, Reason: `"quoted": 'and' # not a comment`, Outcome: result.Fail},
			{Check: "okta.users/**", Reason: "zwei\nZeilen – ⟨ü⟩", Until: "2027-01-31"},
		},
	} {
		got, err := Read(written(t, string(Render(want))))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got)+len(want) > 0 && !cmp.Equal(got, want) {
			t.Errorf("%s: %s", name, cmp.Diff(want, got))
		}
	}
}

// An updated baseline covers exactly the findings, those of expanded cases included, and keeps the
// globs and reasons that a person wrote.
func TestUpdateFits(t *testing.T) {
	doc := &result.Document{Suites: []result.Suite{{ID: "rfc.patch", Cases: []result.Case{
		{ID: "rfc.patch/type[active]", Outcome: result.Fail, Checks: []result.Check{{ID: "rfc.patch/type[active]/refused", Level: result.Must, Outcome: result.Fail}}},
		{ID: "rfc.patch/old", Outcome: result.Fail, Checks: []result.Check{{ID: "rfc.patch/old/a", Level: result.Must, Outcome: result.Fail}, {ID: "rfc.patch/old/b", Level: result.Must, Outcome: result.Fail}}},
	}}}}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	entries := result.UpdateBaseline(doc, []result.BaselineEntry{{Check: "rfc.patch/old/*", Reason: "ticket 7"}}, "new", now)
	path := written(t, string(Render(entries)))
	back, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := result.ApplyBaseline(doc, path, back, now); err != nil {
		t.Fatal(err)
	}
	if doc.Counts.Known != 3 || doc.Counts.Must != 0 || len(doc.Baseline.Drift) != 0 || len(back) != 2 {
		t.Errorf("known %d, must %d, drift %q, entries %v", doc.Counts.Known, doc.Counts.Must, doc.Baseline.Drift, back)
	}
}

func TestMistakesHaveAPlace(t *testing.T) {
	_, err := Read(written(t, "expected:\n  - chekc: a/b\n    reason: x\n"))
	var ps suites.Problems
	if !errors.As(err, &ps) || !strings.Contains(ps.Render(), "check") || ps[0].Pos.Line != 2 {
		t.Errorf("got %v", err)
	}
}
