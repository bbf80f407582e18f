package result_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

func foldAll(events []result.Event) *result.Document {
	f := result.NewFold()
	for _, e := range events {
		f.Emit(e)
	}
	return f.Document()
}

func asJSON(t interface{ Fatal(...any) }, v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The document does not depend on how concurrent cases interleave: events keep their order within a
// case, and nothing else.
func TestFoldIgnoresTheOrderOfConcurrentCases(t *testing.T) {
	events := append(resulttest.AllKindsEvents(), automaticOccurrences()...)
	head, tail := events[0:2], []result.Event{}
	streams := map[string][]result.Event{}
	var names []string
	for _, e := range events[2:] {
		switch e.Type {
		case result.RunEnded, result.CleanupDone:
			tail = append(tail, e)
		default:
			key := e.Case
			if e.Type == result.CheckDone && key == "automatic/responses" {
				key += e.Check.Exchange // the automatic checks come from whatever case is running
			}
			if _, ok := streams[key]; !ok {
				names = append(names, key)
			}
			streams[key] = append(streams[key], e)
		}
	}
	want := asJSON(t, foldAll(events))
	rapid.Check(t, func(t *rapid.T) {
		left := map[string][]result.Event{}
		for k, v := range streams {
			left[k] = v
		}
		shuffled := slices.Clone(head)
		open := slices.Clone(names)
		for len(open) > 0 {
			i := rapid.IntRange(0, len(open)-1).Draw(t, "next")
			k := open[i]
			shuffled = append(shuffled, left[k][0])
			if left[k] = left[k][1:]; len(left[k]) == 0 {
				open = slices.Delete(open, i, i+1)
			}
		}
		shuffled = append(shuffled, tail...)
		if diff := cmp.Diff(want, asJSON(t, foldAll(shuffled))); diff != "" {
			t.Fatalf("another order of events gave another document:\n%s", diff)
		}
	})
}

// automaticOccurrences are reports of one automatic check from several cases.
func automaticOccurrences() []result.Event {
	var out []result.Event
	for i, x := range []string{"okta/mover#1", "rfc.users/create#1", "entra/leaver#1", "rfc.users/patch-replace#2"} {
		c := result.Check{ID: "automatic/responses/any.date", Level: result.Should, Cites: []string{"RFC7644-3.1-R2"}, Outcome: result.Warn, Summary: fmt.Sprintf("seen in %s", x), Exchange: x, Exchanges: []string{x}, Occurrences: i + 1}
		if i == 3 {
			c.Outcome = result.Pass
		}
		out = append(out, result.Event{Type: result.CheckDone, At: resulttest.Start, Case: "automatic/responses", Check: &c})
	}
	return out
}

func TestRepeatedCheckIsOneFinding(t *testing.T) {
	d := foldAll(append(resulttest.PartialEvents(), automaticOccurrences()...))
	var got *result.Check
	for _, s := range d.Suites {
		for i := range s.Cases {
			for k := range s.Cases[i].Checks {
				if c := &s.Cases[i].Checks[k]; c.ID == "automatic/responses/any.date" {
					if got != nil {
						t.Fatal("the check id is in the document twice")
					}
					got = c
				}
			}
		}
	}
	if got == nil || got.Outcome != result.Warn || got.Occurrences != 6 || got.Exchange != "rfc.users/create#1" {
		t.Fatalf("%+v", got)
	}
	if diff := cmp.Diff([]string{"rfc.users/create#1", "okta/mover#1", "entra/leaver#1"}, got.Exchanges); diff != "" {
		t.Error(diff)
	}
}

func TestFoldOfTheFixtures(t *testing.T) {
	d := resulttest.AllKindsDocument()
	if d.Run.Partial || d.Run.Requests != 13 || d.Run.RateLimited != 1 || d.Counts.Exchanges != 12 {
		t.Errorf("run %+v", d.Run)
	}
	want := result.Counts{
		Suites:   4,
		Cases:    map[result.Outcome]int{result.Fail: 4, result.Error: 1, result.Warn: 1, result.Info: 1, result.Pass: 4, result.Skip: 3},
		Checks:   map[result.Outcome]int{result.Fail: 4, result.Error: 1, result.Warn: 1, result.Info: 1, result.Skip: 1, result.Pass: 10},
		Findings: 5, Must: 3, Should: 1, Errors: 1, Known: 1, Causes: 4, Exchanges: 12,
	}
	if diff := cmp.Diff(want, d.Counts); diff != "" {
		t.Error(diff)
	}
	c := d.Causes[0]
	if c.ID != "patch-collateral" || c.Level != result.Must || c.Title != "PATCH changes attributes that the request did not name" {
		t.Errorf("first cause %+v", c)
	}
	for name, lists := range map[string][2][]string{
		"checks":       {c.Checks, {"rfc.users/patch-replace/patch.unchanged"}},
		"consequences": {c.Consequences, {"okta/mover/update.still-active"}},
		"profiles":     {c.Profiles, {"okta"}},
		"features":     {c.Features, {"update-users", "deactivate-users"}}, // the second through the case it blocks
	} {
		if diff := cmp.Diff(lists[1], lists[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if last := d.Causes[len(d.Causes)-1]; !last.Known {
		t.Errorf("the known cause is not last: %+v", last)
	}
	if len(d.Leftovers) != 1 || d.Leftovers[0].ID != "77ab" {
		t.Errorf("leftovers %+v", d.Leftovers)
	}
}

func TestRequirementsAndCoverage(t *testing.T) {
	d := resulttest.AllKindsDocument()
	outcomes := map[string]result.Outcome{}
	for _, r := range d.Requirements {
		outcomes[r.ID] = r.Outcome
	}
	want := map[string]result.Outcome{
		"RFC7643-3.1-R1": result.Pass, "RFC7644-3.1-R2": result.Warn, "RFC7644-3.3-R4": result.Pass, "RFC7644-3.4.2.2-R5": result.Fail,
		"RFC7644-3.4.2.4-R1": result.Error, "RFC7644-3.5.2-R10": result.Fail, "RFC7644-3.6-R1": result.Skip, "RFC7644-4-R2": result.Skip,
	}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Error(diff)
	}
	for _, c := range d.Coverage {
		if c.Tested != c.Held+c.Broken || c.Tested > c.Total {
			t.Errorf("area %s does not add up: %+v", c.Area, c)
		}
		if c.Area == "crud" && (c.Total != 2 || c.Held != 1 || c.Broken != 0) {
			t.Errorf("crud: %+v", c)
		}
	}
}

func TestPartialRun(t *testing.T) {
	d := resulttest.PartialDocument()
	if !d.Run.Partial || d.Run.PartialWhy == "" || d.Score.Grade != "" || d.Score.NoGrade == "" {
		t.Errorf("run %+v score %+v", d.Run, d.Score)
	}
	reasons := map[string]result.SkipKind{}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			if c.Outcome == result.Skip && c.Reason == "" {
				t.Errorf("%s is skipped without a reason", c.ID)
			}
			reasons[c.ID] = c.SkipKind
			if c.ID == "rfc.users/patch-replace" && c.Outcome != result.Fail {
				t.Errorf("what the interrupted case had found is lost: %+v", c)
			}
		}
	}
	if reasons["okta/joiner"] != result.SkipAborted || reasons["okta/sync-password"] != result.SkipNotApplicable {
		t.Errorf("kinds of skips: %v", reasons)
	}
	if len(d.Leftovers) != 1 || d.Leftovers[0].ID != "2819c223" || d.Leftovers[0].State != "created" {
		t.Errorf("leftovers %+v", d.Leftovers)
	}
	if r := d.Readiness["okta"]; r.Ready || r.State != result.StateUnknown {
		t.Errorf("readiness %+v", r)
	}
}

// A run that ended although planned cases never ran must not look whole.
func TestEndedRunWithMissingCasesIsPartial(t *testing.T) {
	events := slices.DeleteFunc(resulttest.AllKindsEvents(), func(e result.Event) bool { return e.Case == "entra/mover" })
	d := foldAll(events)
	if !d.Run.Partial || d.Score.Grade != "" {
		t.Errorf("run %+v grade %q", d.Run, d.Score.Grade)
	}
}

func TestUntestableTarget(t *testing.T) {
	d := resulttest.EmptyDocument()
	if d.Diagnosis == nil || d.Run.Partial || d.Score.Grade != "" {
		t.Errorf("%+v %+v", d.Run, d.Score)
	}
	events := resulttest.PartialEvents()[:2]
	events = append(events, result.Event{Type: result.Diagnosed, Diagnosis: &result.Diagnosis{Kind: "refused", Message: "refused"}}, result.Event{Type: result.RunEnded})
	d = foldAll(events)
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			if c.Outcome != result.Skip || c.Reason == "" {
				t.Errorf("%s: %s %q", c.ID, c.Outcome, c.Reason)
			}
		}
	}
	if d.Counts.Findings != 0 {
		t.Errorf("an untestable target has findings: %+v", d.Counts)
	}
}

// What no plan announced is reported all the same.
func TestUnplannedCase(t *testing.T) {
	events := resulttest.AllKindsEvents()
	last := events[len(events)-1]
	events = append(events[:len(events)-1],
		result.Event{Type: result.CheckDone, Check: &result.Check{ID: "extra/case/s.c", Level: result.Must, Outcome: result.Fail, Summary: "x"}},
		result.Event{Type: result.CheckDone, Check: &result.Check{ID: "rfc.users/extra/s.c", Level: result.Must, Outcome: result.Pass}}, last)
	d := foldAll(events)
	if n := len(d.Suites); n != 5 || d.Suites[4].ID != "extra" || d.Suites[4].Cases[0].Checks[0].ID != "extra/case/s.c" {
		t.Errorf("%d suites", n)
	}
	if cs := d.Suites[0].Cases; cs[len(cs)-1].ID != "rfc.users/extra" {
		t.Errorf("cases %d", len(cs))
	}
	if d.Counts.Checks[result.Fail] != 5 {
		t.Errorf("counts %+v", d.Counts)
	}
}

func TestFactsAndAttributes(t *testing.T) {
	f := result.NewFold()
	f.Emit(result.Event{Type: result.Planned, Plan: &result.Plan{Suites: []result.Suite{{ID: "s", Cases: []result.Case{{ID: "s/a"}, {ID: "s/b"}}}}}})
	fact := func(c, group, id string, v any) {
		f.Emit(result.Event{Type: result.FactFound, Case: c, Fact: &result.Fact{ID: id, Group: group, Title: id, Value: v}})
	}
	row := func(c, cell, v string) {
		f.Emit(result.Event{Type: result.AttributeSeen, Case: c, Attribute: &result.AttributeRow{Resource: "User", Attribute: "title", Cells: map[string]string{cell: v}}})
	}
	fact("s/b", "G", "x", 2)
	fact("s/a", "G", "x", 1) // the earlier case in the plan decides
	fact("s/b", "H", "h", []string{"p", "q"})
	fact("", "G", "d", 1500000)
	fact("s/a", "G", "n", nil)
	row("s/b", "patch", "yes")
	row("s/a", "patch", "untested")
	row("s/a", "create", "no")
	d := f.Document()
	var ids, texts []string
	for _, v := range d.FactSheet {
		ids, texts = append(ids, v.ID), append(texts, v.Text())
	}
	if diff := cmp.Diff([]string{"d", "x", "n", "h"}, ids); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1500000", "1", "–", "p, q"}, texts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"patch": "yes", "create": "no"}, d.Attributes[0].Cells); diff != "" || len(d.Attributes) != 1 {
		t.Errorf("%d rows %s", len(d.Attributes), diff)
	}
}

func TestLeftovers(t *testing.T) {
	object := func(typ result.EventType, id, marker string) result.Event {
		return result.Event{Type: typ, Object: &result.Object{Endpoint: "Users", ID: id, Marker: marker}}
	}
	for _, c := range []struct {
		name   string
		events []result.Event
		ended  bool
		want   []string
	}{
		{"created and deleted", []result.Event{object(result.ObjectIntent, "", "a"), object(result.ObjectCreated, "1", "a"), object(result.ObjectDeleted, "1", "")}, true, nil},
		{"created", []result.Event{object(result.ObjectIntent, "", "a"), object(result.ObjectCreated, "1", "a")}, true, []string{"created 1"}},
		{"intended, run cut off", []result.Event{object(result.ObjectIntent, "", "a")}, false, []string{"intended "}},
		{"intended, create was refused", []result.Event{object(result.ObjectIntent, "", "a")}, true, nil},
		{"left", []result.Event{object(result.ObjectCreated, "1", "a"), object(result.ObjectLeft, "1", "a")}, true, []string{"left 1"}},
		{"deleted by marker", []result.Event{object(result.ObjectCreated, "1", "a"), object(result.ObjectDeleted, "", "a")}, true, nil},
		{"same marker, other id", []result.Event{object(result.ObjectCreated, "1", "a"), object(result.ObjectCreated, "2", "a"), object(result.ObjectDeleted, "1", "a")}, true, []string{"created 2"}},
	} {
		events := c.events
		if c.ended {
			events = append(events, result.Event{Type: result.RunEnded})
		}
		var got []string
		for _, o := range foldAll(events).Leftovers {
			got = append(got, o.State+" "+o.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestExchanges(t *testing.T) {
	f := result.NewFold()
	f.Emit(result.Event{Type: result.Planned, Plan: &result.Plan{Suites: []result.Suite{{ID: "s", Cases: []result.Case{{ID: "s/b"}, {ID: "s/a"}}}}}})
	raw := &result.Response{Status: 200, Body: "bad \xff", RawBody: []byte("bad \xff"), Headers: []result.Header{}}
	for _, x := range []result.Exchange{
		{ID: "cleanup#1", Started: time.Unix(0, 0)}, {ID: "s/a#2", Case: "s/a"}, {ID: "s/a#1", Case: "s/a"}, {ID: "s/b#10", Case: "s/b"}, {ID: "s/b#2", Case: "s/b", Response: raw},
		{ID: "discovery#1"}, {Case: "s/b"}, {ID: "s/b#2", Case: "s/b"}, {ID: "s/a#3", Case: "s/a", Error: &result.Fault{Kind: "guard"}},
	} {
		f.Emit(result.Event{Type: result.ExchangeDone, Case: x.Case, Exchange: &x})
	}
	d := f.Document()
	var ids []string
	for _, x := range d.Exchanges {
		ids = append(ids, x.ID)
	}
	if diff := cmp.Diff([]string{"discovery#1", "s/b#1", "s/b#2~#1", "s/b#2", "s/b#10", "s/a#1", "s/a#2", "s/a#3", "cleanup#1"}, ids); diff != "" {
		t.Error(diff)
	}
	if x := d.Exchanges[3]; x.Response.RawBody != nil || x.Response.Body != "bad \ufffd" || x.Response.Headers != nil {
		t.Errorf("%+v", x.Response)
	}
	if raw.RawBody == nil {
		t.Error("the fold took the raw bytes away from the engine")
	}
	if d.Run.Requests != 8 {
		t.Errorf("%d requests; what the guard refused was never sent", d.Run.Requests)
	}
}

func TestFoldIsSafeForConcurrentUse(t *testing.T) {
	f := result.NewFold()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				f.Emit(result.Event{Type: result.CheckDone, Case: fmt.Sprintf("s/%d", i), Check: &result.Check{ID: fmt.Sprintf("s/%d/x.%d", i, n), Level: result.Must, Outcome: result.Pass}})
				if n%25 == 0 {
					f.Document()
				}
			}
		})
	}
	wg.Wait()
	if n := f.Document().Counts.Checks[result.Pass]; n != 400 {
		t.Errorf("%d checks", n)
	}
}
