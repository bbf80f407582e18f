package prove

import (
	"container/heap"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/proofs"
)

// Share is the everyday part of the proof: for each defect the cases in which it is looked for, so
// that every defect is noticed and every check that can be seen to fail is seen to fail, with few runs.
type Share map[string][]string

// pair is a defect and a case in which it shows; pairs are what the share is chosen from.
type pair struct {
	defect, caseID string
	covers         []string
}

// Choose picks the share, always the same for the same map: the pair that shows most that nothing
// chosen before it shows, and of those the one whose defect makes the fewest checks fail.
func (b *Bench) Choose(m proofs.Map) Share {
	var pairs []pair
	open := map[string]bool{}
	size := map[string]int{}
	for name, r := range m {
		size[name] = len(r.Checks())
		for _, c := range r.Cases() {
			if slices.Contains(r.Apart, c) || b.byID[c] == nil {
				continue
			}
			p := pair{name, c, []string{"defect " + name}}
			for _, id := range r.In(c) {
				if w := b.written[id]; w != "" {
					id = w
				}
				p.covers = append(p.covers, id)
			}
			for _, id := range p.covers {
				open[id] = true
			}
			pairs = append(pairs, p)
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		x, y := pairs[i], pairs[j]
		if size[x.defect] != size[y.defect] {
			return size[x.defect] < size[y.defect]
		}
		return x.defect < y.defect || x.defect == y.defect && x.caseID < y.caseID
	})
	share := Share{}
	gain := func(p pair) (n int) {
		for _, id := range p.covers {
			if open[id] {
				n++
			}
		}
		return n
	}
	// What a pair adds only falls while others are chosen: a pair whose figure is fresh and not below
	// the old figures of all others is the best.
	queue := &byGain{}
	for i, p := range pairs {
		queue.items = append(queue.items, ranked{i, len(p.covers)})
	}
	heap.Init(queue)
	for len(open) > 0 {
		top := heap.Pop(queue).(ranked)
		p := pairs[top.place]
		if n := gain(p); n != top.gain {
			if top.gain = n; n > 0 {
				heap.Push(queue, top)
			}
			continue
		}
		for _, id := range p.covers {
			delete(open, id)
		}
		share[p.defect] = append(share[p.defect], p.caseID)
	}
	for _, cases := range share {
		sort.Strings(cases)
	}
	return share
}

// ranked is a pair by its place, with what it adds at most.
type ranked struct{ place, gain int }

// byGain is a heap: most first, then the first in place.
type byGain struct{ items []ranked }

func (q *byGain) Len() int      { return len(q.items) }
func (q *byGain) Swap(i, j int) { q.items[i], q.items[j] = q.items[j], q.items[i] }
func (q *byGain) Push(x any)    { q.items = append(q.items, x.(ranked)) }
func (q *byGain) Less(i, j int) bool {
	a, b := q.items[i], q.items[j]
	return a.gain > b.gain || a.gain == b.gain && a.place < b.place
}
func (q *byGain) Pop() any {
	last := q.items[len(q.items)-1]
	q.items = q.items[:len(q.items)-1]
	return last
}

// Differences compares what a part of a run says with what the map holds for its cases. What every
// answer is held to has to show where the map has its first witness, and may show in other cases of the
// part when the map knows that the defect makes it fail.
func (b *Bench) Differences(want, got *proofs.Record, cases []string) []string {
	var out []string
	known := want.Checks()
	found := got.Checks()
	for _, c := range b.closure(cases) {
		if slices.Contains(want.Apart, c) {
			continue
		}
		for _, id := range want.In(c) {
			if !slices.Contains(found, id) {
				out = append(out, "no longer fails: "+id)
			}
		}
		if e := slices.Contains(got.Errors, c); e != slices.Contains(want.Errors, c) {
			out = append(out, fmt.Sprintf("could not be judged: %v: %s", e, c))
		}
	}
	for _, id := range found {
		if !slices.Contains(known, id) && !b.apart(want, id) {
			out = append(out, "fails now: "+id)
		}
	}
	return out
}

// apart: the check is of a case that says something else in a part of the run.
func (b *Bench) apart(r *proofs.Record, id string) bool {
	return slices.ContainsFunc(r.Apart, func(c string) bool { return strings.HasPrefix(id, c+"/") })
}
