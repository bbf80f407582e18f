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

var update = flag.Bool("update", false, "write what every defect trips to the golden file")

// golden holds for every defect exactly the findings that it causes: a check that stops noticing it
// and a check that begins to fail for no reason both change this file.
const golden = "../../testdata/golden/prove/defects.yaml"

// maxCauses is how many primary causes one fault may have in a report.
const maxCauses = 3

func bench(t testing.TB) *Bench {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMain lets the garbage collector run less often: hundreds of runs, each of which allocates much
// and keeps little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(600)
	os.Exit(m.Run())
}

// TestClean: the reference provider has no finding at all, with one job and with eight.
func TestClean(t *testing.T) {
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

// TestVariants: legal differences make no MUST fail.
func TestVariants(t *testing.T) {
	b := bench(t)
	all(t, provider.Variants(), func(d provider.Defect) {
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

// TestDefects: every defect is noticed, by exactly the checks of the golden file, and in a report
// it is at most three causes. Every check is proven by at least one defect.
func TestDefects(t *testing.T) {
	b := bench(t)
	var mu sync.Mutex
	got := map[string][]string{}
	all(t, provider.Defects(), func(d provider.Defect) {
		doc, err := b.Run(context.Background(), []string{d.Name}, nil, Selection{})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		f := Findings(doc)
		mu.Lock()
		got[d.Name] = f
		mu.Unlock()
		if len(f) == 0 {
			t.Errorf("defect %s is not noticed: %s", d.Name, d.Title)
		}
		if n := causes(doc); n > maxCauses {
			t.Errorf("defect %s has %d causes:\n%s", d.Name, n, causeList(doc))
		}
	})
	if *update {
		writeGolden(t, got)
		return
	}
	compare(t, readGolden(t), got)
	proven(t, b, got)
}

// all runs f for every defect, as many at a time as there are processors.
func all(t *testing.T, ds []provider.Defect, f func(provider.Defect)) {
	t.Helper()
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

func causes(doc *result.Document) int {
	n := 0
	for _, c := range doc.Causes {
		if c.Outcome == result.Fail {
			n++
		}
	}
	return n
}

func causeList(doc *result.Document) string {
	var b strings.Builder
	for _, c := range doc.Causes {
		fmt.Fprintf(&b, "  %s %s: %s\n", c.Outcome, c.ID, strings.Join(c.Checks, " "))
	}
	return b.String()
}

func readGolden(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (make prove-update writes it)", err)
	}
	out := map[string][]string{}
	if err := yaml.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func writeGolden(t *testing.T, got map[string][]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What each defect of the reference provider trips: all of it and nothing else. Written by make prove-update, read by a person.\n")
	for _, name := range sortedKeys(got) {
		fmt.Fprintf(&b, "%s:\n", name)
		for _, id := range got[name] {
			fmt.Fprintf(&b, "  - %q\n", id)
		}
	}
	if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func compare(t *testing.T, want, got map[string][]string) {
	t.Helper()
	for _, name := range sortedKeys(got) {
		for _, id := range want[name] {
			if !slices.Contains(got[name], id) {
				t.Errorf("%s no longer trips %s", name, id)
			}
		}
		for _, id := range got[name] {
			if !slices.Contains(want[name], id) {
				t.Errorf("%s now trips %s too", name, id)
			}
		}
	}
}

// proven: a check that no defect trips is a check that nobody has ever seen fail.
func proven(t *testing.T, b *Bench, got map[string][]string) {
	t.Helper()
	seen := map[string]bool{}
	for _, ids := range got {
		for _, id := range ids {
			seen[id] = true
		}
	}
	var never []string
	n := 0
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		if k.Level == result.May {
			continue // informs, never fails
		}
		n++
		if !seen[k.ID] {
			never = append(never, k.ID)
		}
	}
	if len(never) > 0 {
		t.Errorf("%d of %d checks are tripped by no defect:\n%s", len(never), n, strings.Join(never, "\n"))
	}
}

func sortedKeys(m map[string][]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
