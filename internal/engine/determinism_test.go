package engine

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// embeddedLibrary is all that is built in.
func embeddedLibrary(t testing.TB) *suites.Library {
	t.Helper()
	lib, ps := suites.LoadEmbedded()
	if ps = append(ps, lib.CheckNames(Names(testProfiles(t)))...); len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	return lib
}

// TestOperationsCite: what the operations of the identity providers cite is in the catalogue.
func TestOperationsCite(t *testing.T) {
	lib := embeddedLibrary(t)
	n := 0
	for _, p := range testProfiles(t).Profiles {
		for _, o := range p.Operations {
			n++
			for _, problem := range lib.CheckSteps(o.Steps) {
				t.Errorf("%s/%s: %v", p.ID, o.ID, problem)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d operations", n)
	}
}

// determined is what of a document must not depend on time or on the number of jobs.
func determined(t *testing.T, doc *result.Document) map[string]any {
	t.Helper()
	b, err := json.Marshal(map[string]any{"suites": doc.Suites, "facts": doc.Facts, "sheet": doc.FactSheet, "attributes": doc.Attributes, "counts": doc.Counts,
		"score": doc.Score, "features": doc.Features, "readiness": doc.Readiness, "causes": doc.Causes, "leftovers": doc.Leftovers, "requirements": doc.Requirements})
	if err != nil {
		t.Fatal(err)
	}
	var m any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return withoutTimes(m).(map[string]any)
}

func withoutTimes(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range []string{"started", "duration_ms"} {
			delete(x, k)
		}
		for k, y := range x {
			x[k] = withoutTimes(y)
		}
	case []any:
		for i, y := range x {
			x[i] = withoutTimes(y)
		}
	}
	return v
}

// TestSameSeedSameDocument: nothing but times differs between two runs.
func TestSameSeedSameDocument(t *testing.T) {
	lib := embeddedLibrary(t)
	one := func() (map[string]any, []sent) {
		r := newRig(t, reference(t, "post-200"), lib, func(o *Options, _ *exchange.Config) { o.Suites = []string{"rfc.create", "okta.*"} })
		doc := r.run(t)
		if len(casesOf(doc)) < 20 || len(findings(doc)) == 0 {
			t.Fatalf("%d cases with findings %v: too little to compare", len(casesOf(doc)), findings(doc))
		}
		return determined(t, doc), r.rec.list
	}
	a, sentA := one()
	b, sentB := one()
	if d := cmp.Diff(a, b); d != "" {
		t.Errorf("two runs differ:\n%s", d)
	}
	if d := cmp.Diff(sentA, sentB); d != "" {
		t.Errorf("two runs sent other bytes:\n%s", d)
	}
}

// checkLines are the checks in order, with their outcome.
func checkLines(doc *result.Document) []string {
	var out []string
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			out = append(out, string(c.Outcome)+" "+c.ID)
			for _, k := range c.Checks {
				out = append(out, string(k.Outcome)+" "+k.ID+" "+k.BlockedBy)
			}
		}
	}
	return out
}

// TestJobsChangeNothing: eight at a time give the same checks in the same order as one.
func TestJobsChangeNothing(t *testing.T) {
	lib := embeddedLibrary(t)
	var docs [][]string
	for _, jobs := range []int{1, 8} {
		r := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) { o.Run.Jobs = jobs })
		docs = append(docs, checkLines(r.run(t)))
	}
	if len(docs[0]) < 500 {
		t.Fatalf("only %d lines", len(docs[0]))
	}
	if d := cmp.Diff(docs[0], docs[1]); d != "" {
		t.Errorf("one job and eight differ:\n%s", d)
	}
}
