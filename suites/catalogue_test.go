package suites

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

const idFile = "../testdata/golden/requirement-ids.txt"

// TestRequirementIDsOnlyGrow holds the promise that ids never change: reports, baselines and
// claims of years ago refer to them. -update appends new ids and never removes one.
func TestRequirementIDsOnlyGrow(t *testing.T) {
	l, ps := Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	data, err := os.ReadFile(idFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	known := strings.Fields(string(data))
	for _, id := range known {
		if l.Requirement(id) == nil {
			t.Errorf("requirement %s is gone or renamed: ids are only appended", id)
		}
	}
	for _, r := range l.Requirements {
		if slices.Contains(known, r.ID) {
			continue
		}
		if !*update {
			t.Errorf("new requirement %s: add it to %s with -update", r.ID, idFile)
		}
		known = append(known, r.ID)
	}
	if *update {
		if err := os.WriteFile(idFile, []byte(strings.Join(known, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSourcesResolve shows that every key of evidence of an IdP's need can be looked up.
func TestSourcesResolve(t *testing.T) {
	l, ps := Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for _, r := range l.Requirements {
		if r.IDP == "" {
			continue
		}
		if r.Source == "" {
			t.Errorf("%s has no source", r.ID)
		}
		for _, s := range strings.Split(r.Source, ", ") {
			if l.Source(r.IDP, s) == "" {
				t.Errorf("%s: source %q is in no list", r.ID, s)
			}
		}
	}
}

// TestEveryAreaHasACause: the area of the first cite is the cause of a check by default.
func TestEveryAreaHasACause(t *testing.T) {
	l, ps := Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for _, a := range Areas() {
		if l.Causes[a].Title == "" {
			t.Errorf("area %s has no cause", a)
		}
	}
	for k, c := range l.Causes {
		if c.Why == "" || c.Fix == "" {
			t.Errorf("cause %s says not why or how to fix", k)
		}
	}
	for _, c := range l.Scoring.Caps {
		for _, w := range c.When {
			if key, ok := strings.CutPrefix(w, "cause:"); ok && l.Causes[key].Title == "" {
				t.Errorf("cap %q refers to the unknown cause %q", c.Reason, key)
			}
		}
	}
	for _, level := range []result.Level{result.Must, result.Should, result.May} {
		if _, ok := l.Scoring.Weights[level]; !ok {
			t.Errorf("no weight of %s", level)
		}
	}
}

// TestFixtureTemplates renders every template the way a run does.
func TestFixtureTemplates(t *testing.T) {
	l, ps := Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	env := map[string]any{"name": "ana", "n": 1, "username": func(s string) string { return s + "@example.com" },
		"email": func(s string) string { return s + "@example.com" }, "unique": func(s string) string { return "run-" + s }}
	for kind, names := range l.order {
		for _, name := range names {
			b, err := l.Fixture(kind, name).RenderJSON(env)
			if err != nil {
				t.Errorf("%s %s: %v", kind, name, err)
			}
			if kind != "resource" && !strings.Contains(string(b), `"schemas":["urn:ietf:params:scim:schemas:core:2.0:`) {
				t.Errorf("%s %s has no schemas: %s", kind, name, b)
			}
		}
	}
	for _, name := range []string{"minimal", "full", "enterprise", "inactive"} {
		if l.Fixture("user", name) == nil {
			t.Errorf("no template %s", name)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, ps := LoadEmbedded(); len(ps) > 0 {
			b.Fatal(ps.Render())
		}
	}
}
