//go:build prove

package prove

import (
	"context"
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

var (
	defects  = flag.String("defect", "", "measure these defects only, by name, comma-separated; \"new\" are those that the map does not have, \"new:AREA\" those of one area")
	variants = flag.String("variant", "", "hold these variants only, comma-separated")
	stories  = flag.Bool("stories", false, "hold the variants against the stories of identity providers too")
	unproven = flag.String("unproven", "", "with -update: put checks that nothing proves on the list, for this reason")
	cases    = flag.String("case", "", "measure these cases only, against every defect; ids or suite/*, comma-separated")
)

// dataDir is where the map stands.
const dataDir = "../proofs/data"

// TestMain lets the garbage collector run less often: hundreds of runs, each of which allocates much
// and keeps little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
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

func readMap(t *testing.T) proofs.Map {
	t.Helper()
	m, err := proofs.Read(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestProveClean: the reference provider has no finding at all, with one job and with eight.
func TestProveClean(t *testing.T) {
	b := bench(t)
	for _, jobs := range []int{1, 8} {
		doc, err := b.Run(context.Background(), nil, nil, Selection{Only: b.everyCase(), Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		if f := Findings(doc); len(f) > 0 {
			t.Errorf("%d jobs: the clean provider has findings:\n%s", jobs, Describe(doc))
		}
	}
}

// TestProveVariants: legal differences make no MUST of the RFC suites fail, and nothing error out. With
// -stories those of the identity providers are held as well: what a provider needs and the RFCs leave
// open may be missing, then the variant says so.
func TestProveVariants(t *testing.T) {
	b := bench(t)
	wanted, played := split(*variants), b.casesOf("rfc.")
	if *stories {
		played = b.everyCase()
	}
	tape, err := b.Record(context.Background(), played)
	if err != nil {
		t.Fatal(err)
	}
	all(provider.Variants(), func(d provider.Defect) {
		if len(wanted) > 0 && !slices.Contains(wanted, d.Name) {
			return
		}
		cases, err := tape.Differing(nil, []string{d.Name})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		if len(cases) == 0 {
			cases = played
		}
		doc, err := b.Run(context.Background(), nil, []string{d.Name}, Selection{Only: b.closure(cases)})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		alarms, idle := Alarms(doc, d.Unmet)
		if len(alarms) > 0 {
			t.Errorf("variant %s (%s) is called a failure:\n%s", d.Name, d.Title, strings.Join(alarms, "\n"))
		}
		if *stories && len(idle) > 0 {
			t.Errorf("variant %s says that %s is not met, and no story notices: take it out", d.Name, strings.Join(idle, ", "))
		}
	})
}

// TestProveMap holds the map against the catalogue of defects and the suites: every defect is noticed,
// every check is proven or stands in the list of those that are not.
func TestProveMap(t *testing.T) {
	b := bench(t)
	m := readMap(t)
	u, err := proofs.ReadUnproven(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, d := range provider.Defects() {
		known[d.Name] = true
		switch r := m[d.Name]; {
		case r == nil:
			t.Errorf("defect %s was never measured: make prove-update DEFECT=%s", d.Name, d.Name)
		case !r.Silent() && u.Silent[d.Name] != "":
			t.Errorf("defect %s is listed as silent, and is noticed: make prove-update DEFECT=none", d.Name)
		case r.Silent() && u.Silent[d.Name] == "":
			t.Errorf("nothing notices defect %s (%s): it needs a check, or it is no defect", d.Name, d.Title)
		}
	}
	for name := range m {
		if !known[name] {
			t.Errorf("the map has a defect %s, which is no more: make prove-update DEFECT=none", name)
		}
	}
	t.Logf("%d defects, %d of them noticed", len(known), len(known)-len(u.Silent))
	proven(t, b, m, u)
}

// TestProveCauses: a fault has few causes in a report, or says why it has more.
func TestProveCauses(t *testing.T) {
	b := bench(t)
	m := readMap(t)
	u, err := proofs.ReadUnproven(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	broad := map[string]bool{} // families of which one member at least needs its reason
	for _, d := range provider.Defects() {
		broad[d.Family] = broad[d.Family] || len(causes(b, m[d.Name])) > proofs.Narrow
	}
	for _, d := range provider.Defects() {
		found := causes(b, m[d.Name])
		n, may := len(found), max(proofs.Narrow, u.Wide[d.Name])
		if d.Wide != "" && n <= proofs.Narrow && (d.Family == "" || !broad[d.Family]) {
			t.Errorf("defect %s says why it has many causes, and has %d: take wide out", d.Name, n)
		}
		if d.Wide == "" && n > may {
			t.Errorf("defect %s has %d primary causes, at most %d: %s. Does a case depend on what it is not about? Give it after, a gate or when", d.Name, n, may, strings.Join(found, ", "))
		}
	}
}

// proven: a check that no defect trips is a check that nobody has ever seen fail.
func proven(t *testing.T, b *Bench, m proofs.Map, u proofs.Unproven) {
	t.Helper()
	listed := u.Checks()
	if len(listed) > u.AtMost {
		t.Errorf("%d checks are listed as unproven, at-most is %d: the list only shrinks", len(listed), u.AtMost)
	}
	by := m.ByCheck(b.written)
	judged := map[string]bool{}
	all, seen := map[result.Level]int{}, map[result.Level]int{}
	for _, k := range b.Judged() {
		judged[k.ID] = true
		all[k.Level]++
		switch {
		case len(by[k.ID]) > 0:
			seen[k.Level]++
			if listed[k.ID] != "" {
				t.Errorf("%s is listed as unproven, and %s proves it: make prove-update DEFECT=none", k.ID, by[k.ID][0])
			}
		case listed[k.ID] == "":
			t.Errorf("no defect makes %s fail. Is there one, and the case new? make prove-update CASE=%s", k.ID, k.Case)
		}
	}
	for id := range listed {
		if !judged[id] {
			t.Errorf("%s is listed as unproven, and no check has that id: make prove-update DEFECT=none", id)
		}
	}
	t.Logf("proven: %d of %d MUST, %d of %d SHOULD", seen[result.Must], all[result.Must], seen[result.Should], all[result.Should])
}

// TestProveDefects looks for every defect in its share of the cases: exactly what the map holds fails.
func TestProveDefects(t *testing.T) {
	b := bench(t)
	if *update {
		measure(t, b) // which tries what it writes
		return
	}
	m := readMap(t)
	share := b.Choose(m)
	n := 0
	for _, cases := range share {
		n += len(cases)
	}
	t.Logf("%d defects, looked for in %d cases", len(share), n)
	all(provider.Defects(), func(d provider.Defect) {
		if r := m[d.Name]; r != nil && len(share[d.Name]) > 0 {
			got, err := b.Judge(d.Name, share[d.Name])
			if err != nil {
				t.Errorf("%s: %v", d.Name, err)
			} else if diff := b.Differences(r, got, share[d.Name]); len(diff) > 0 {
				t.Errorf("defect %s in %s:\n  %s\nIs the change meant? make prove-update DEFECT=%s", d.Name, strings.Join(share[d.Name], " "), strings.Join(diff, "\n  "), d.Name)
			}
		}
	})
}

// TestProveTape: a tape tells in which cases a defect can show, and leaves out hardly any work that was
// not needed.
func TestProveTape(t *testing.T) {
	b := bench(t)
	only := []string{"rfc.patch/several", "rfc.patch-invalid/atomic", "rfc.sort/order", "rfc.concurrency/members"}
	tape, err := b.Record(context.Background(), slices.DeleteFunc(only, func(id string) bool { return b.byID[id] == nil }))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(tape.always, " "); got != "rfc.concurrency/members" {
		t.Errorf("on no tape: %s", got)
	}
	for defect, want := range map[string]string{"patch-not-atomic": "rfc.concurrency/members rfc.patch-invalid/atomic", "schemas-500": "", "patch-last-op-only": "rfc.concurrency/members rfc.patch-invalid/atomic rfc.patch/several"} {
		if diff, err := tape.Differing([]string{defect}, nil); err != nil || strings.Join(diff, " ") != want {
			t.Errorf("%s: %s %v, wanted %s", defect, strings.Join(diff, " "), err, want)
		}
	}
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
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
