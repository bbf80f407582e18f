//go:build prove

package prove

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/internal/provider"
)

var (
	update   = flag.Bool("update", false, "measure and write the map of the proofs, then hold it")
	defects  = flag.String("defect", "", "measure these defects only, by name, comma-separated; \"new\" are those that the map does not have")
	variants = flag.String("variant", "", "hold these variants only, comma-separated")
	cases    = flag.String("case", "", "measure these cases only, against every defect; ids or suite/*, comma-separated")
)

// dataDir is where the map stands.
const dataDir = "../proofs/data"

// TestMain lets the garbage collector run only when memory fills up: hundreds of runs, each of which
// allocates much and keeps little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(5 << 30)
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
		doc, err := b.Run(context.Background(), nil, nil, Selection{Jobs: jobs})
		if err != nil {
			t.Fatal(err)
		}
		if f := Findings(doc); len(f) > 0 {
			t.Errorf("%d jobs: the clean provider has findings:\n%s", jobs, Describe(doc))
		}
	}
}

// TestProveVariants: legal differences make no MUST fail, in any suite, and nothing error out. What an
// identity provider needs and the RFCs leave open may be missing: then the variant says so.
func TestProveVariants(t *testing.T) {
	b := bench(t)
	wanted := split(*variants)
	all(provider.Variants(), func(d provider.Defect) {
		if len(wanted) > 0 && !slices.Contains(wanted, d.Name) {
			return
		}
		doc, err := b.Run(context.Background(), nil, []string{d.Name}, Selection{})
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		alarms, idle := Alarms(doc, d.Unmet)
		if len(alarms) > 0 {
			t.Errorf("variant %s (%s) is called a failure:\n%s", d.Name, d.Title, strings.Join(alarms, "\n"))
		}
		if len(idle) > 0 {
			t.Errorf("variant %s says that %s is not met, and no story notices: take it out", d.Name, strings.Join(idle, ", "))
		}
	})
}

// TestProveMap holds the map against the catalogue of defects and the suites: every defect is noticed,
// every check is proven or stands in the list of those that are not.
func TestProveMap(t *testing.T) {
	b := bench(t)
	m := readMap(t)
	known := map[string]bool{}
	for _, d := range provider.Defects() {
		known[d.Name] = true
		switch r := m[d.Name]; {
		case r == nil:
			t.Errorf("defect %s was never measured: make prove-update DEFECT=%s", d.Name, d.Name)
		case r.Silent():
			t.Errorf("nothing notices defect %s (%s): it needs a check, or it is no defect", d.Name, d.Title)
		}
	}
	for name := range m {
		if !known[name] {
			t.Errorf("the map has a defect %s, which is no more: make prove-update DEFECT=new", name)
		}
	}
	proven(t, b, m)
}

// proven: a check that no defect trips is a check that nobody has ever seen fail.
func proven(t *testing.T, b *Bench, m proofs.Map) {
	t.Helper()
	u, err := proofs.ReadUnproven(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Checks) > u.AtMost {
		t.Errorf("%d checks are listed as unproven, at-most is %d: the list only shrinks", len(u.Checks), u.AtMost)
	}
	by := m.ByCheck()
	judged := map[string]bool{}
	count := map[string][2]int{}
	for _, k := range b.Judged() {
		judged[k.ID] = true
		n := count[string(k.Level)]
		n[0]++
		if len(by[k.ID]) > 0 {
			n[1]++
			if u.Checks[k.ID] != "" {
				t.Errorf("%s is listed as unproven, and %s proves it: take it out of %s", k.ID, by[k.ID][0], proofs.UnprovenFile)
			}
		} else if u.Checks[k.ID] == "" {
			t.Errorf("no defect makes %s fail. Is one there, and the case new? make prove-update CASE=%s", k.ID, k.Case)
		}
		count[string(k.Level)] = n
	}
	for id := range u.Checks {
		if !judged[id] {
			t.Errorf("%s is listed as unproven, and no check has that id: take it out of %s", id, proofs.UnprovenFile)
		}
	}
	for _, level := range []string{"must", "should"} {
		t.Logf("%s: %d of %d checks are proven", level, count[level][1], count[level][0])
	}
}

// TestProveDefects looks for every defect in its share of the cases: exactly what the map holds fails.
func TestProveDefects(t *testing.T) {
	b := bench(t)
	if *update {
		measure(t, b)
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

// TestProveWhole measures every defect with every case and compares with the map. It takes long: it is
// not part of everyday runs.
func TestProveWhole(t *testing.T) {
	b := bench(t)
	m := readMap(t)
	tape, err := b.Record(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	all(provider.Defects(), func(d provider.Defect) {
		got, err := b.whole(tape, d.Name, nil)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		want := m[d.Name]
		if want == nil {
			t.Errorf("defect %s was never measured", d.Name)
			return
		}
		if lost, more := apartFrom(want.Checks(), got.Checks()), apartFrom(got.Checks(), want.Checks()); len(lost)+len(more) > 0 {
			t.Errorf("defect %s:\n  no longer fail: %s\n  fail now: %s", d.Name, strings.Join(lost, " "), strings.Join(more, " "))
		}
	})
}

// apartFrom lists what of a is not in b.
func apartFrom(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// measure writes the map again, or the asked part of it.
func measure(t *testing.T, b *Bench) {
	m := readMap(t)
	area := map[string]string{}
	var todo []provider.Defect
	asked := split(*defects)
	for _, d := range provider.Defects() {
		area[d.Name] = d.Area
		if len(asked) == 0 || slices.Contains(asked, d.Name) || slices.Contains(asked, "new") && m[d.Name] == nil {
			todo = append(todo, d)
		}
	}
	for _, name := range asked {
		if name != "new" && area[name] == "" {
			t.Fatalf("no defect is called %s", name)
		}
	}
	only := caseIDs(t, b)
	tape, err := b.Record(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	done := 0
	save := func() {
		if err := m.Write(dataDir, area); err != nil {
			t.Error(err)
		}
	}
	all(todo, func(d provider.Defect) {
		got, err := b.whole(tape, d.Name, only)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		if len(only) > 0 && m[d.Name] != nil {
			got = merged(m[d.Name], got, only)
		}
		m[d.Name] = got
		if done++; done%25 == 0 {
			save()
		}
	})
	settle(t, b, m, todo)
	save()
}

// whole judges one defect with every case (or with those that are asked for) in which an answer differs.
func (b *Bench) whole(tape *Tape, defect string, only []string) (*proofs.Record, error) {
	cases := only
	if len(only) == 0 {
		var err error
		if cases, err = tape.Differing(defect); err != nil {
			return nil, err
		}
	}
	return b.Judge(defect, cases)
}

// settle tries the everyday share of what was measured and marks the cases that say something else when
// they run without the others, until the share says what the map holds.
func settle(t *testing.T, b *Bench, m proofs.Map, measured []provider.Defect) {
	var mu sync.Mutex
	tried := map[string]bool{}
	for range 6 {
		share := b.Choose(m)
		again := false
		all(measured, func(d provider.Defect) {
			mu.Lock()
			key := d.Name + " " + strings.Join(share[d.Name], " ")
			seen := tried[key]
			tried[key] = true
			mu.Unlock()
			if seen || len(share[d.Name]) == 0 || m[d.Name] == nil {
				return
			}
			for _, c := range share[d.Name] {
				got, err := b.Judge(d.Name, []string{c})
				if err != nil {
					t.Errorf("%s: %v", d.Name, err)
					return
				}
				if diff := b.Differences(m[d.Name], got, []string{c}); len(diff) > 0 {
					t.Logf("%s says something else alone with %s: %s", c, d.Name, strings.Join(diff, "; "))
					mu.Lock()
					m[d.Name].Apart = append(m[d.Name].Apart, c)
					sort.Strings(m[d.Name].Apart)
					again = true
					mu.Unlock()
				}
			}
		})
		if !again {
			return
		}
	}
}

// merged puts what was measured of some cases into the record of all.
func merged(old, part *proofs.Record, only []string) *proofs.Record {
	in := func(c string) bool { return slices.Contains(only, c) }
	out := &proofs.Record{Causes: map[string]map[string][]string{}}
	put := func(cause, c string, names []string) {
		if out.Causes[cause] == nil {
			out.Causes[cause] = map[string][]string{}
		}
		out.Causes[cause][c] = append(out.Causes[cause][c], names...)
	}
	have := old.Checks()
	for cause, cs := range old.Causes {
		for c, names := range cs {
			if !in(c) {
				put(cause, c, names)
			}
		}
	}
	for cause, cs := range part.Causes {
		for c, names := range cs {
			if in(c) || strings.HasPrefix(c, proofs.Automatic+"/") && !slices.Contains(have, c) {
				put(cause, c, names)
			}
		}
	}
	for _, list := range [][2][]string{{old.Errors, part.Errors}} {
		for _, c := range list[0] {
			if !in(c) {
				out.Errors = append(out.Errors, c)
			}
		}
		for _, c := range list[1] {
			if in(c) {
				out.Errors = append(out.Errors, c)
			}
		}
	}
	for _, c := range old.Apart {
		if !in(c) {
			out.Apart = append(out.Apart, c)
		}
	}
	sort.Strings(out.Errors)
	return out
}

// TestProveTape: a tape sent to the clean provider again shows no difference but where it says so.
func TestProveTape(t *testing.T) {
	b := bench(t)
	tape, err := b.Record(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d requests; always run: %s", len(tape.shots), strings.Join(tape.always, " "))
	for _, d := range split(*defects) {
		start := time.Now()
		diff, err := tape.Differing(d)
		t.Logf("%s: %v %d cases differ: %s %v", d, time.Since(start), len(diff), strings.Join(diff, " "), err)
		if len(diff) > 0 {
			start := time.Now()
			r1, _ := b.Judge(d, diff)
			t.Log(time.Since(start))
			r2, _ := b.Judge(d, nil)
			t.Log("lost ", apartFrom(r2.Checks(), r1.Checks()), "more", apartFrom(r1.Checks(), r2.Checks()))
		}
	}
}

// caseIDs are the cases that -case names.
func caseIDs(t *testing.T, b *Bench) []string {
	var out []string
	for _, pattern := range split(*cases) {
		n := len(out)
		for id := range b.byID {
			if ok, err := filepath.Match(pattern, id); err == nil && ok {
				out = append(out, id)
			}
		}
		if len(out) == n {
			t.Fatalf("no case matches %s", pattern)
		}
	}
	sort.Strings(out)
	return out
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
