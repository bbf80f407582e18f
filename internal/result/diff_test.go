package result_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

// diffDoc has checks written as "id=outcome" or "id=outcome:summary".
func diffDoc(checks string) *result.Document {
	f := result.NewFold()
	f.Emit(result.Event{Type: result.RunStarted, Run: &result.Run{ID: "r" + fmt.Sprint(len(checks)), Prefix: "scimmage-" + fmt.Sprint(len(checks))}, Target: &result.Target{URL: "https://scim.example.com"}})
	plan := &result.Plan{Suites: []result.Suite{{ID: "s", Kind: "rfc", Cases: []result.Case{{ID: "s/c"}}}}}
	f.Emit(result.Event{Type: result.Planned, Plan: plan})
	f.Emit(result.Event{Type: result.CaseStarted, Case: "s/c"})
	for _, w := range strings.Split(checks, ";") {
		id, rest, ok := strings.Cut(strings.TrimSpace(w), "=")
		if !ok {
			continue
		}
		outcome, summary, _ := strings.Cut(rest, ":")
		f.Emit(result.Event{Type: result.CheckDone, Case: "s/c", Check: &result.Check{ID: "s/c/" + id, Level: result.Must, Outcome: result.Outcome(outcome), Summary: summary}})
	}
	f.Emit(result.Event{Type: result.CaseEnded, Case: "s/c", Ended: &result.CaseEnd{}})
	f.Emit(result.Event{Type: result.RunEnded})
	return f.Document()
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		want                string // fixed new changed untested same
	}{
		{"same", "a=pass;b=fail", "a=pass;b=fail", "0 0 0 0 1"},
		{"fixed", "a=fail", "a=pass", "1 0 0 0 0"},
		{"fixed to info", "a=warn", "a=info", "1 0 0 0 0"},
		{"new", "a=pass", "a=fail", "0 1 0 0 0"},
		{"new check that passes", "", "a=pass", "0 0 0 0 0"},
		{"new check that fails", "", "a=warn", "0 1 0 0 0"},
		{"from skip", "a=skip", "a=fail", "0 1 0 0 0"},
		{"worse", "a=warn", "a=fail", "0 0 1 0 0"},
		{"other text", "a=fail:answered 400", "a=fail:answered 500", "0 0 1 0 0"},
		{"only ids differ", "a=fail:/Users/2819c223 is wrong", "a=fail:/Users/9a8b7c6d is wrong", "0 0 0 0 1"},
		{"only the prefix differs", "a=fail:scimmage-44 x", "a=fail:scimmage-46 x;b=pass", "0 0 0 0 1"},
		{"skipped now", "a=fail", "a=skip", "0 0 0 1 0"},
		{"gone", "a=fail;b=pass", "b=pass", "0 0 0 1 0"},
		{"error now", "a=fail", "a=error", "0 0 1 0 0"},
		{"passing check gone", "a=pass", "", "0 0 0 0 0"},
		{"pass to skip", "a=pass", "a=skip", "0 0 0 0 0"},
	} {
		d := result.Compare(diffDoc(c.before), diffDoc(c.after))
		got := fmt.Sprintf("%d %d %d %d %d", len(d.Fixed), len(d.New), len(d.Changed), len(d.Untested), d.Same)
		if got != c.want {
			t.Errorf("%s: %s, want %s (%+v)", c.name, got, c.want, d)
		}
	}
}

func TestCompareWithItself(t *testing.T) {
	for name, d := range resulttest.Documents() {
		if diff := result.Compare(d, d); !diff.Empty() {
			t.Errorf("%s differs from itself: %+v", name, diff)
		}
	}
}

// What was not judged again is never called fixed.
func TestComparePartial(t *testing.T) {
	d := result.Compare(resulttest.AllKindsDocument(), resulttest.PartialDocument())
	if len(d.Fixed) != 0 || len(d.Untested) != 5 || d.Same != 1 {
		t.Errorf("fixed %d untested %d same %d", len(d.Fixed), len(d.Untested), d.Same)
	}
	for _, i := range d.Untested {
		if i.Why == "" || i.Before == "" {
			t.Errorf("%+v has no reason", i)
		}
	}
	if len(d.Verdicts) == 0 {
		t.Error("the verdicts are the same")
	}
}
