//go:build prove

package prove

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

var (
	update = flag.Bool("update", false, "run every defect against everything and write the golden file")
	whole  = flag.Bool("whole", false, "hold every defect, not a sample, against everything")
)

// The golden file holds for every defect exactly the findings that it causes, and the cases in
// which they show: a check that stops noticing it and a check that begins to fail for no reason
// both change it. The other file names, each with its reason, what is not proven yet.
const (
	golden   = "../../testdata/golden/prove/defects.yaml"
	unproven = "../../testdata/golden/prove/unproven.yaml"
)

// sample is how many defects, evenly spread, are held against all suites in everyday runs; the
// others against the cases that notice them. make prove-whole takes all.
const sample = 24

type trips struct {
	Trips []string `yaml:"trips"`
	Via   []string `yaml:"via"`
}

type gaps struct {
	Defects map[string]string `yaml:"defects"`
	Checks  map[string]string `yaml:"checks"`
}

// judged are the suites that every defect is held against. A defect that they do not notice is held
// against everything: some faults hurt identity providers only.
var judged = []string{"rfc.*"}

// TestMain lets the garbage collector run less often: hundreds of runs, each of which allocates much
// and keeps little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(600)
	os.Exit(m.Run())
}

func bench(t testing.TB) *Bench {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestProveClean: the reference provider has no finding at all, with one job and with eight.
func TestProveClean(t *testing.T) {
	b := bench(t)
	for _, jobs := range []int{1, 8} {
		doc, err := b.Run(context.Background(), nil, nil, Selection{Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		if f := Findings(doc); len(f) > 0 {
			t.Errorf("%d jobs: the clean provider has findings:\n%s", jobs, Describe(doc))
		}
	}
}

// TestProveVariants: legal differences make no MUST fail.
func TestProveVariants(t *testing.T) {
	b := bench(t)
	all(provider.Variants(), func(d provider.Defect) {
		doc, err := b.Run(context.Background(), nil, []string{d.Name}, Selection{})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		if doc.Counts.Must > 0 || doc.Counts.Errors > 0 {
			t.Errorf("variant %s (%s) is called a failure:\n%s", d.Name, d.Title, Describe(doc))
		}
	})
}

// TestProveDefects: every defect is noticed by the checks of the golden file.
func TestProveDefects(t *testing.T) {
	b := bench(t)
	if *update {
		got := runAll(t, b)
		writeGolden(t, got)
		writeGaps(t, b, got)
		return
	}
	want, known := readGolden(t), readGaps(t)
	all(provider.Defects(), func(d provider.Defect) {
		g, ok := want[d.Name]
		switch {
		case !ok:
			t.Errorf("defect %s is not in the golden file (make prove-update)", d.Name)
			return
		case len(g.Trips) == 0:
			if known.Defects[d.Name] == "" {
				t.Errorf("defect %s is not noticed: %s", d.Name, d.Title)
			}
			return
		}
		doc, err := b.Run(context.Background(), []string{d.Name}, nil, Selection{Only: g.Via})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		got := Findings(doc)
		for _, id := range g.Trips {
			if !slices.Contains(got, id) {
				t.Errorf("%s no longer trips %s", d.Name, id)
			}
		}
	})
}

// TestProveNothingElse: a defect trips what the golden file says and nothing unrelated.
func TestProveNothingElse(t *testing.T) {
	if *update {
		t.Log("golden file just written")
		return
	}
	b := bench(t)
	want := readGolden(t)
	ds := provider.Defects()
	step := max(len(ds)/sample, 1)
	if *whole {
		step = 1
	}
	var some []provider.Defect
	for i := 0; i < len(ds); i += step {
		some = append(some, ds[i])
	}
	all(some, func(d provider.Defect) {
		doc, err := judge(b, d.Name)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		got := Findings(doc)
		for _, id := range got {
			if !slices.Contains(want[d.Name].Trips, id) {
				t.Errorf("%s now trips %s too", d.Name, id)
			}
		}
		for _, id := range want[d.Name].Trips {
			if !slices.Contains(got, id) {
				t.Errorf("%s no longer trips %s", d.Name, id)
			}
		}
	})
}

// TestProveEveryCheck: a check that no defect trips is a check that nobody has ever seen fail.
func TestProveEveryCheck(t *testing.T) {
	b := bench(t)
	known := readGaps(t)
	seen := map[string]bool{}
	for _, g := range readGolden(t) {
		for _, id := range g.Trips {
			seen[id] = true
		}
	}
	var never []string
	n, proved := 0, 0
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		if k.Level == result.May || !ruled(k.ID) {
			continue // informs, never fails; or belongs to a story of an identity provider
		}
		n++
		switch {
		case seen[k.ID]:
			proved++
		case known.Checks[k.ID] == "":
			never = append(never, k.ID)
		}
	}
	t.Logf("%d of %d checks are proven", proved, n)
	if len(never) > 0 {
		t.Errorf("%d checks are tripped by no defect:\n%s", len(never), strings.Join(never, "\n"))
	}
}

// ruled: checks of the RFC suites and those that every answer is held to.
func ruled(id string) bool {
	return strings.HasPrefix(id, "rfc.") || strings.HasPrefix(id, engine.AutomaticID+"/")
}

// all runs f for every defect, as many at a time as there are processors.
func all(ds []provider.Defect, f func(provider.Defect)) {
	work := make(chan provider.Defect)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for d := range work {
				f(d)
			}
		}()
	}
	for _, d := range ds {
		work <- d
	}
	close(work)
	wg.Wait()
}

// judge holds one defect against the judged suites, and against everything when they say nothing.
func judge(b *Bench, defect string) (*result.Document, error) {
	doc, err := b.Run(context.Background(), []string{defect}, nil, Selection{Suites: judged})
	if err != nil || len(Findings(doc)) > 0 {
		return doc, err
	}
	return b.Run(context.Background(), []string{defect}, nil, Selection{})
}

// runAll holds every defect against everything.
func runAll(t *testing.T, b *Bench) map[string]trips {
	var mu sync.Mutex
	out := map[string]trips{}
	all(provider.Defects(), func(d provider.Defect) {
		doc, err := judge(b, d.Name)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		out[d.Name] = trips{Findings(doc), Where(doc)}
		if n := len(doc.Causes); n > 3 {
			t.Logf("%s has %d causes: %s", d.Name, n, causeList(doc))
		}
	})
	return out
}

func causeList(doc *result.Document) string {
	var out []string
	for _, c := range doc.Causes {
		out = append(out, c.ID)
	}
	return strings.Join(out, " ")
}

func readGolden(t *testing.T) map[string]trips {
	t.Helper()
	out := map[string]trips{}
	readYAML(t, golden, &out)
	return out
}

func readGaps(t *testing.T) gaps {
	t.Helper()
	var g gaps
	readYAML(t, unproven, &g)
	return g
}

func readYAML(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make prove-update writes it)", err)
	}
	if err := yaml.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func writeGolden(t *testing.T, got map[string]trips) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What each defect of the reference provider trips: all of it and nothing else, and the cases in which it shows.\n# Written by make prove-update, read by a person.\n")
	names := make([]string, 0, len(got))
	for n := range got {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s:\n  trips:%s\n  via:%s\n", name, yamlList(got[name].Trips), yamlList(got[name].Via))
	}
	if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func yamlList(ids []string) string {
	if len(ids) == 0 {
		return " []"
	}
	var b strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&b, "\n    - %q", id)
	}
	return b.String()
}

// writeGaps writes what is not proven. A reason that a person wrote stays.
func writeGaps(t *testing.T, b *Bench, got map[string]trips) {
	t.Helper()
	old := readGaps(t)
	seen := map[string]bool{}
	var defects, checks []string
	for name, g := range got {
		if len(g.Trips) == 0 {
			defects = append(defects, name)
		}
		for _, id := range g.Trips {
			seen[id] = true
		}
	}
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		if k.Level != result.May && ruled(k.ID) && !seen[k.ID] {
			checks = append(checks, k.ID)
		}
	}
	var out strings.Builder
	out.WriteString("# What is not proven yet, each with its reason. Shorter is better.\n")
	gapList(&out, "defects", defects, old.Defects, "no check notices it yet")
	gapList(&out, "checks", checks, old.Checks, "no defect trips it yet")
	if err := os.WriteFile(unproven, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func gapList(b *strings.Builder, key string, ids []string, old map[string]string, reason string) {
	if len(ids) == 0 {
		fmt.Fprintf(b, "%s: {}\n", key)
		return
	}
	fmt.Fprintf(b, "%s:\n", key)
	sort.Strings(ids)
	for _, id := range slices.Compact(ids) {
		why := old[id]
		if why == "" {
			why = reason
		}
		fmt.Fprintf(b, "  %q: %q\n", id, why)
	}
}
