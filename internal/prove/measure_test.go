//go:build prove

package prove

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/internal/provider"
)

// TestWholeMap measures every defect with every case and compares with the map. It takes long: it is
// not part of everyday runs.
func TestWholeMap(t *testing.T) {
	b := bench(t)
	m := readMap(t)
	every := b.everyCase()
	tape, err := b.Record(context.Background(), every)
	if err != nil {
		t.Fatal(err)
	}
	all(provider.Defects(), func(d provider.Defect) {
		got, err := b.whole(tape, d.Name, every)
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
		if n := len(got.Told); len(want.Told) > 0 && n > max(proofs.Narrow, len(want.Told)) {
			t.Errorf("defect %s: the report tells %d causes, the map has %d: %s", d.Name, n, len(want.Told), strings.Join(got.Told, " "))
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
		if len(asked) == 0 || slices.Contains(asked, d.Name) || m[d.Name] == nil && (slices.Contains(asked, "new") || slices.Contains(asked, "new:"+d.Area)) {
			todo = append(todo, d)
		}
	}
	for _, name := range asked {
		if !strings.HasPrefix(name, "new") && name != "none" && area[name] == "" {
			t.Fatalf("no defect is called %s", name)
		}
	}
	only := caseIDs(t, b)
	played := only
	if len(only) == 0 {
		played = b.everyCase()
	}
	var mu sync.Mutex
	done := 0
	cause := map[string]string{}
	for _, k := range engine.Checks(b.Library, b.Profiles) {
		cause[k.ID] = k.Cause
	}
	save := func() {
		for _, r := range m {
			r.Regroup(func(id string) string { return cause[id] })
		}
		if err := m.Write(dataDir, area); err != nil {
			t.Error(err)
		}
	}
	if len(todo) == 0 { // DEFECT=none
		save()
		list(t, b, m)
		return
	}
	tape, err := b.Record(context.Background(), played)
	if err != nil {
		t.Fatal(err)
	}
	all(todo, func(d provider.Defect) {
		got, err := b.whole(tape, d.Name, played)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		if len(only) > 0 && m[d.Name] != nil {
			got = merged(m[d.Name], got, only)
		} else if len(got.Told) <= proofs.Narrow && len(b.Told(got.Primary(b.Story))) <= proofs.Narrow {
			got.Told = nil // few causes, however they are counted
		}
		m[d.Name] = got
		if done++; done%25 == 0 {
			save()
		}
	})
	settle(t, b, m, todo)
	save()
	list(t, b, m)
}

// whole judges one defect with every case (or with those that are asked for) in which an answer differs.
func (b *Bench) whole(tape *Tape, defect string, only []string) (*proofs.Record, error) {
	cases, err := tape.Differing([]string{defect}, nil)
	if err != nil {
		return nil, err
	}
	if len(cases) == 0 {
		cases = only
	}
	return b.Judge(defect, cases)
}

// settle tries the everyday share of what was measured and marks the cases that say something else when
// they run without the others, or with those of the share alone, until the share says what the map holds.
func settle(t *testing.T, b *Bench, m proofs.Map, measured []provider.Defect) {
	var mu sync.Mutex
	tried := map[string]bool{}
	for range 40 {
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
			together, err := b.Judge(d.Name, share[d.Name])
			if err != nil {
				t.Errorf("%s: %v", d.Name, err)
				return
			}
			for _, c := range share[d.Name] {
				got, err := b.Judge(d.Name, []string{c})
				if err != nil {
					t.Errorf("%s: %v", d.Name, err)
					return
				}
				diff := b.Differences(m[d.Name], got, []string{c})
				if len(diff) == 0 {
					diff = b.Differences(m[d.Name], together, []string{c})
				}
				if len(diff) > 0 {
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
	out := &proofs.Record{Causes: map[string]map[string][]string{}, Told: old.Told}
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

// list takes from the list of unproven checks what is proven or no more, and puts in what is not when a
// reason is given.
func list(t *testing.T, b *Bench, m proofs.Map) {
	u, err := proofs.ReadUnproven(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	old, left, caseOf := u.Checks(), map[string]string{}, map[string]string{}
	by := m.ByCheck(b.written)
	for _, k := range b.Judged() {
		caseOf[k.ID] = k.Case
		why := old[k.ID]
		if why == "" {
			why = *unproven
		}
		if len(by[k.ID]) == 0 && why != "" {
			left[k.ID] = why
		}
	}
	next := proofs.WithChecks(left, func(id string) string { return caseOf[id] })
	next.Silent = map[string]string{}
	for name, r := range m {
		why := u.Silent[name]
		if why == "" {
			why = *unproven
		}
		if r.Silent() && why != "" {
			next.Silent[name] = why
		}
	}
	next.Wide = map[string]int{}
	for _, d := range provider.Defects() {
		n, was := len(causes(b, m[d.Name])), u.Wide[d.Name]
		if d.Wide == "" && n > proofs.Narrow && (was > 0 || *unproven != "") {
			next.Wide[d.Name] = n
			if was > 0 {
				next.Wide[d.Name] = min(n, was)
			}
		}
	}
	if err := next.Write(dataDir); err != nil {
		t.Error(err)
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

// causes are what a report tells of a defect: those that the report of a whole run told, where that is in the map, and
// else its primary causes without those that another of them entails (docs/adr/0079).
func causes(b *Bench, r *proofs.Record) []string {
	switch {
	case r == nil:
		return nil
	case len(r.Told) > 0:
		return r.Told
	}
	return b.Told(r.Primary(b.Story))
}
