//go:build prove

package prove

import (
	"context"
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

// whole takes every defect; everyday runs take every third, to stay short.
var whole = flag.Bool("whole", false, "hold every defect against the suites, not every third")

// longest bounds one run: a defect that makes the suites hang is a fault of ours.
const longest = 2 * time.Minute

// ratchetFile holds how much is proven. The numbers only ever grow: a check that stops noticing its
// defect makes the test fail.
const ratchetFile = "../../testdata/golden/prove/ratchet.yaml"

type ratchet struct {
	Defects int `yaml:"defects"` // noticed, at least
	Checks  int `yaml:"checks"`  // of the RFC suites and of every answer, tripped by at least one defect
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

// TestProveVariants: legal differences make no MUST of the RFC suites fail, and nothing error out.
func TestProveVariants(t *testing.T) {
	b := bench(t)
	all(provider.Variants(), func(d provider.Defect) {
		doc, err := b.Run(context.Background(), nil, []string{d.Name}, Selection{Suites: judged})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		if doc.Counts.Must > 0 || doc.Counts.Errors > 0 {
			t.Errorf("variant %s (%s) is called a failure:\n%s", d.Name, d.Title, Describe(doc))
		}
	})
}

// TestProveDefects holds every defect against the suites: how many are noticed, and how many checks
// have been seen to fail.
func TestProveDefects(t *testing.T) {
	b := bench(t)
	var want ratchet
	data, err := os.ReadFile(ratchetFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var silent []string
	tripped := map[string]bool{}
	defects := provider.Defects()
	if !*whole {
		var some []provider.Defect
		for i := 0; i < len(defects); i += 3 {
			some = append(some, defects[i])
		}
		defects = some
	}
	all(defects, func(d provider.Defect) {
		doc, err := judge(b, d.Name)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		found := Findings(doc)
		if len(found) == 0 {
			silent = append(silent, d.Name)
		}
		for _, id := range found {
			tripped[id] = true
		}
	})
	noticed := len(defects) - len(silent)
	sort.Strings(silent)
	t.Logf("%d of %d defects are noticed; not: %s", noticed, len(defects), strings.Join(silent, " "))
	if noticed < want.Defects {
		t.Errorf("%d defects are noticed, %d were", noticed, want.Defects)
	}
	proven(t, b, tripped, want.Checks)
}

// proven: a check that no defect trips is a check that nobody has ever seen fail.
func proven(t *testing.T, b *Bench, tripped map[string]bool, want int) {
	t.Helper()
	var never []string
	n, proved := 0, 0
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		if k.Level == result.May || !ruled(k.ID) {
			continue // informs, never fails; or belongs to a story of an identity provider
		}
		n++
		if tripped[k.ID] {
			proved++
		} else {
			never = append(never, k.ID)
		}
	}
	t.Logf("%d of %d checks are proven; not:\n%s", proved, n, strings.Join(slices.Compact(never), "\n"))
	if proved < want {
		t.Errorf("%d checks are proven, %d were", proved, want)
	}
}

// ruled: checks of the RFC suites and those that every answer is held to.
func ruled(id string) bool {
	return strings.HasPrefix(id, "rfc.") || strings.HasPrefix(id, engine.AutomaticID+"/")
}

// judge holds one defect against the judged suites, and against everything when they say nothing.
func judge(b *Bench, defect string) (*result.Document, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	doc, err := b.Run(ctx, []string{defect}, nil, Selection{Suites: judged})
	if err != nil || len(Findings(doc)) > 0 {
		return doc, err
	}
	return b.Run(ctx, []string{defect}, nil, Selection{})
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
