package result_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

// shard keeps the events of every k-th case and marks the others as left to other shards.
func shard(events []result.Event, n, k int, leaveOut bool) []result.Event {
	mine := map[string]bool{}
	i := 0
	var out []result.Event
	for _, e := range events {
		if e.Plan != nil {
			p := *e.Plan
			p.Suites = slices.Clone(p.Suites)
			for s := range p.Suites {
				p.Suites[s].Cases = slices.Clone(p.Suites[s].Cases)
				for c := range p.Suites[s].Cases {
					if cs := &p.Suites[s].Cases[c]; i%k == n {
						mine[cs.ID] = true
					} else if cs.Outcome == "" {
						cs.Outcome, cs.SkipKind, cs.Reason = result.Skip, result.SkipDeselected, "runs in another shard"
					}
					i++
				}
				if leaveOut {
					p.Suites[s].Cases = slices.DeleteFunc(p.Suites[s].Cases, func(c result.Case) bool { return !mine[c.ID] })
				}
			}
			e.Plan = &p
		}
		if e.Case == "" || mine[e.Case] {
			out = append(out, e)
		}
	}
	return out
}

// Shards of one run give the result of the whole run.
func TestMergeOfShardsIsTheWholeRun(t *testing.T) {
	events := resulttest.AllKindsEvents()
	want := foldAll(events)
	for _, leaveOut := range []bool{false, true} {
		for _, k := range []int{2, 3} {
			var journals [][]result.Event
			for n := range k {
				journals = append(journals, shard(events, n, k, leaveOut))
			}
			got, err := result.Merge(journals...)
			if err != nil {
				t.Fatal(err)
			}
			if leaveOut { // the plans say nothing of the common order, so only the sets can be the same
				sortCases(want)
				sortCases(got)
			}
			if got.Run.Partial {
				t.Errorf("%d shards: partial: %s", k, got.Run.PartialWhy)
			}
			for name, pair := range map[string][2]any{
				"suites": {want.Suites, got.Suites}, "readiness": {want.Readiness, got.Readiness},
				"coverage": {want.Coverage, got.Coverage}, "score": {want.Score.Percent, got.Score.Percent}, "grade": {want.Score.Grade, got.Score.Grade},
				"must": {want.Counts.Must, got.Counts.Must}, "causes": {len(want.Causes), len(got.Causes)},
			} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%d shards, left out %v, %s:\n%s", k, leaveOut, name, diff)
				}
			}
		}
	}
}

func sortCases(d *result.Document) {
	for _, s := range d.Suites {
		slices.SortFunc(s.Cases, func(a, b result.Case) int { return strings.Compare(a.ID, b.ID) })
	}
}

func TestMergeNeedsAllShards(t *testing.T) {
	events := resulttest.AllKindsEvents()
	cut := shard(events, 1, 2, false)
	cut = cut[:len(cut)-3]
	d, err := result.Merge(shard(events, 0, 2, false), cut)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Run.Partial || !strings.Contains(d.Run.PartialWhy, "journal 2 of 2") || d.Score.Grade != "" {
		t.Errorf("a shard without end is taken as whole: %+v %+v", d.Run, d.Score)
	}
}

// Different targets stand side by side, and every id stays unique.
func TestMergeOfTargets(t *testing.T) {
	a, b := resulttest.AllKindsEvents(), resulttest.AllKindsEvents()
	other := result.Target{URL: "https://staging.example.com/scim", Title: ""}
	b[0].Target = &other
	d, err := result.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	ids, exchanges := map[string]bool{}, map[string]bool{}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, id := range append([]string{c.ID}, checkIDs(c)...) {
				if ids[id] {
					t.Errorf("%s is there twice", id)
				}
				ids[id] = true
			}
		}
	}
	for _, x := range d.Exchanges {
		if exchanges[x.ID] {
			t.Errorf("exchange %s is there twice", x.ID)
		}
		exchanges[x.ID] = true
	}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Exchange != "" && !exchanges[k.Exchange] {
					t.Errorf("%s points to %s, which is not there", k.ID, k.Exchange)
				}
			}
			if c.BlockedBy != "" && !ids[c.BlockedBy] {
				t.Errorf("%s is blocked by %s, which is not there", c.ID, c.BlockedBy)
			}
		}
	}
	whole := foldAll(a)
	if d.Counts.Must != 2*foldAll(a).Counts.Must || len(d.Causes) != 2*len(whole.Causes) || len(d.Profiles) != 4 || len(d.Facts) != 2*len(whole.Facts) {
		t.Errorf("counts %+v, %d causes, %d profiles, %d facts", d.Counts, len(d.Causes), len(d.Profiles), len(d.Facts))
	}
	if !ids["Example-Directory:okta/mover"] || !ids["staging.example.com:okta/mover"] {
		t.Errorf("ids: %v", ids)
	}
	for _, p := range d.Profiles {
		if _, ok := d.Readiness[p.ID]; !ok || d.Features[0].Verdicts[p.ID] != result.Supported {
			t.Errorf("profile %s has no verdicts", p.ID)
		}
	}
	if d.Score.Grade != "" || !strings.Contains(d.Score.NoGrade, "several targets") {
		t.Errorf("grade %+v", d.Score)
	}
	if d.Target.Title != "2 targets" {
		t.Errorf("target %+v", d.Target)
	}
}

func checkIDs(c result.Case) []string {
	var out []string
	for _, k := range c.Checks {
		out = append(out, k.ID)
	}
	return out
}

func TestMergeEdges(t *testing.T) {
	if _, err := result.Merge(); err == nil {
		t.Error("nothing can be merged")
	}
	if _, err := result.Merge(resulttest.AllKindsEvents(), []result.Event{{Type: result.Noted}}); err == nil {
		t.Error("a journal without a plan can be merged")
	}
	one, err := result.Merge(resulttest.AllKindsEvents())
	if err != nil || asJSON(t, one) != asJSON(t, foldAll(resulttest.AllKindsEvents())) {
		t.Errorf("one journal is not itself: %v", err)
	}
	down := []result.Event{{Type: result.RunStarted, Run: &result.Run{ID: "x"}, Target: &result.Target{URL: "https://down.example.com"}},
		{Type: result.Diagnosed, Diagnosis: &result.Diagnosis{Kind: "refused", Message: "it refuses"}}, {Type: result.RunEnded}}
	d, err := result.Merge(resulttest.AllKindsEvents(), down)
	if err != nil || d.Diagnosis != nil || !d.Run.Partial || !strings.Contains(d.Run.PartialWhy, "it refuses") {
		t.Errorf("one target down: %v %+v", err, d.Run)
	}
	if d, err = result.Merge(down, down); err != nil || d.Diagnosis == nil {
		t.Errorf("all down: %v %+v", err, d.Diagnosis)
	}
}
