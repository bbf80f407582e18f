package html

import (
	"html/template"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/scimmage/scimmage/internal/result"
)

// talks is part 6: how did the conversation go?
type talks struct {
	Latency *latency
	Slowest []row
	Stories []storyGroup
	Others  []otherGroup
	Lazy    int // exchanges whose bodies only the embedded document has
	Dropped int // exchanges that are not listed at all
	Total   int
	Right   string // the endpoint, as pictures name it
}

type storyGroup struct {
	Title, Left string
	Stories     []story
}

type story struct {
	Anchor, Title, Took string
	Badge               badge
	Case                link
	Brief               string // in place of the parts: where the script finds the story, as suite and case number
	Requests            string
	Reason              string
	Diagram             *sequence
	Parts               []storyPart
}

// storyPart is one intent of the identity provider and the exchanges that it caused.
type storyPart struct {
	Text, Operation, Evidence, Admin string
	Badge                            *badge
	Quiet                            bool // preparation or reading back, not the provider's doing
	Rows                             []row
	Numbers                          string // in place of rows: the exchanges that the script lists
}

// otherGroup holds the exchanges of a suite that tells no stories, case by case.
type otherGroup struct {
	Title string
	Cases []otherCase
}

type otherCase struct {
	Title, Anchor string
	Link          template.URL
	Rows          []row
	Numbers       string // in place of rows: the exchanges that the script lists
}

func (b *builder) talks() talks {
	t := talks{Total: len(b.doc.Exchanges), Right: b.right(), Latency: latencyOf(b.doc.Exchanges)}
	t.Slowest = b.slowest(8)
	used := map[string]bool{}
	for i := range b.doc.Suites {
		s := &b.doc.Suites[i]
		g := storyGroup{Title: b.suiteTitle(s), Left: b.left(s)}
		o := otherGroup{Title: g.Title}
		for k := range s.Cases {
			c := &s.Cases[k]
			ids := fresh(exchangesOf(c), used)
			switch {
			case !b.listed[c.ID]:
				t.Dropped += len(ids)
			case len(c.Story) > 0:
				v := b.story(s, c, ids)
				if !b.rowsOut[c.ID] && b.followsFromCase(c, ids) {
					v.Brief = strconv.Itoa(i) + "." + strconv.Itoa(k)
				}
				g.Stories = append(g.Stories, v)
			case len(ids) > 0:
				o.Cases = append(o.Cases, b.other(c, ids))
			}
		}
		if len(g.Stories) > 0 {
			t.Stories = append(t.Stories, g)
		}
		if len(o.Cases) > 0 {
			t.Others = append(t.Others, o)
		}
	}
	if len(b.strays) > 0 {
		c := otherCase{Title: "Discovery and cleaning up", Anchor: straysAnchor}
		c.Rows, c.Numbers = b.rowsOr(len(b.strays) <= rowRoom, b.strays)
		t.Others = append([]otherGroup{{"Before and after the stories", []otherCase{c}}}, t.Others...)
	}
	for _, x := range b.doc.Exchanges {
		if !b.full[x.ID] {
			t.Lazy++
		}
	}
	return t
}

func (b *builder) other(c *result.Case, ids []string) otherCase {
	v := otherCase{Title: prose(orElse(c.Title, c.ID)), Anchor: xsAnchor(c.ID), Link: href(caseAnchor(c.ID))}
	v.Rows, v.Numbers = b.rowsOr(b.rowsOut[c.ID], ids)
	return v
}

// rowsOr gives the exchanges as rows of the file, or their numbers for the script.
func (b *builder) rowsOr(out bool, ids []string) ([]row, string) {
	if out {
		return b.rows(ids), ""
	}
	return nil, b.numbers(ids)
}

// exchangesOf lists the exchanges of a case in order, those that only its story names included.
func exchangesOf(c *result.Case) []string {
	ids := append([]string{}, c.Exchanges...)
	for _, l := range c.Story {
		ids = append(ids, l.Exchanges...)
	}
	return ids
}

func fresh(ids []string, used map[string]bool) []string {
	var out []string
	for _, id := range ids {
		if !used[id] {
			used[id] = true
			out = append(out, id)
		}
	}
	return out
}

// followsFromCase says that a story went well and holds the exchanges of its case in their order,
// so that the script can tell it from the embedded document.
func (b *builder) followsFromCase(c *result.Case, ids []string) bool {
	if c.Outcome != result.Pass || c.Reason != "" || !slices.Equal(ids, b.byCase[c.ID]) {
		return false
	}
	return !slices.ContainsFunc(c.Story, func(l result.StoryLine) bool { return l.Outcome != "" && l.Outcome != result.Pass })
}

func (b *builder) story(s *result.Suite, c *result.Case, ids []string) story {
	v := story{Anchor: storyAnchor(c.ID), Title: prose(orElse(c.Title, c.ID)), Badge: lookup(outcomeBadges, c.Outcome),
		Reason: prose(c.Reason)}
	v.Case, _ = b.caseLink(c.ID)
	v.Requests = plural(len(ids), "request", "requests")
	if c.DurationMS > 0 {
		v.Took = millis(c.DurationMS)
	}
	plan := storyPlan(c, ids)
	if b.rowsOut[c.ID] {
		v.Diagram = b.sequence(s, c, plan)
	}
	for _, p := range plan {
		part := storyPart{Text: p.text(), Quiet: p.line == nil}
		part.Rows, part.Numbers = b.rowsOr(b.rowsOut[c.ID], p.ids)
		if l := p.line; l != nil {
			part.Operation, part.Evidence, part.Admin = clip(clean(l.Operation), 120), clip(clean(l.Evidence), 40), prose(l.Admin)
			if l.Outcome != "" {
				bd := lookup(outcomeBadges, l.Outcome)
				part.Badge = &bd
			}
		}
		v.Parts = append(v.Parts, part)
	}
	return v
}

// partPlan is a run of exchanges with the story line that they belong to, or none.
type partPlan struct {
	line *result.StoryLine
	ids  []string
}

func (p partPlan) text() string {
	if p.line == nil {
		return "scimmage prepares or reads back"
	}
	return prose(orElse(p.line.Text, p.line.Step))
}

// storyPlan puts the exchanges of a case, in order, under the lines of its story. Lines that sent
// nothing stay in their place: that an identity provider did nothing is part of the story.
func storyPlan(c *result.Case, ids []string) []partPlan {
	owner := map[string]int{}
	for i, l := range c.Story {
		for _, id := range l.Exchanges {
			if _, ok := owner[id]; !ok {
				owner[id] = i
			}
		}
	}
	var out []partPlan
	told := 0
	tell := func(upto int) {
		for ; told <= upto; told++ {
			out = append(out, partPlan{line: &c.Story[told]})
		}
	}
	for _, id := range ids {
		i, ok := owner[id]
		if ok {
			tell(i)
		}
		var line *result.StoryLine
		if ok {
			line = &c.Story[i]
		}
		if n := len(out); n == 0 || out[n-1].line != line {
			out = append(out, partPlan{line: line})
		}
		out[len(out)-1].ids = append(out[len(out)-1].ids, id)
	}
	tell(len(c.Story) - 1)
	return out
}

func (b *builder) slowest(n int) []row {
	idx := make([]int, len(b.doc.Exchanges))
	for i := range idx {
		idx[i] = i
	}
	sort.SliceStable(idx, func(i, j int) bool {
		return b.doc.Exchanges[idx[i]].Timing.Total > b.doc.Exchanges[idx[j]].Timing.Total
	})
	var out []row
	for _, i := range idx[:min(n, len(idx))] {
		x := &b.doc.Exchanges[i]
		if x.Timing.Total <= 0 || len(idx) > 50_000 {
			break
		}
		out = append(out, row{N: i + 1, Link: b.xLink(i), Method: clip(clean(x.Request.Method), 12), Path: clip(clean(requestTarget(x)), 100),
			Status: answer(x), Took: millis(x.Timing.Total), Purpose: clip(clean(x.Purpose), 120)})
	}
	return out
}

// latency is the distribution of the answer times.
type latency struct {
	Bars                    []bar
	Median, P95, P99, Worst string
	Width, Height, Base     int
}

type bar struct {
	X, Y, W, H, Mid, Count, Top int
	Label, Range                string
}

// edges of the bars in milliseconds: a 1-2-5 ladder, since answer times spread over decades.
var edges = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, math.Inf(1)}

var edgeLabels = []string{"<1", "2", "5", "10", "20", "50", "100", "200", "500", "1 s", "2 s", "5 s", "10 s", "30 s", "more"}

func latencyOf(xs []result.Exchange) *latency {
	var all []float64
	counts := make([]int, len(edges))
	for _, x := range xs {
		t := x.Timing.Total
		if t <= 0 || math.IsNaN(t) {
			continue
		}
		all = append(all, t)
		for i, e := range edges {
			if t < e || i == len(edges)-1 {
				counts[i]++
				break
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	sort.Float64s(all)
	at := func(q float64) string { return millis(all[min(int(q*float64(len(all))), len(all)-1)]) }
	l := &latency{Median: at(.5), P95: at(.95), P99: at(.99), Worst: millis(all[len(all)-1]), Height: 170, Base: 140}
	l.Bars = bars(counts, l.Base)
	l.Width = len(l.Bars)*44 + 8
	return l
}

// bars draws the counts between the first and the last that is not empty.
func bars(counts []int, base int) []bar {
	first, last, most := -1, 0, 1
	for i, n := range counts {
		if n > 0 {
			if first < 0 {
				first = i
			}
			last = i
			most = max(most, n)
		}
	}
	var out []bar
	for i := first; i <= last; i++ {
		h := counts[i] * (base - 24) / most
		if counts[i] > 0 {
			h = max(h, 2)
		}
		x := (i-first)*44 + 8
		b := bar{X: x, W: 36, H: h, Y: base - h, Mid: x + 18, Top: base - h - 6, Count: counts[i], Label: edgeLabels[i]}
		switch {
		case i == 0:
			b.Range = "under 1 ms"
		case math.IsInf(edges[i], 1):
			b.Range = "over 30 s"
		default:
			b.Range = millis(edges[i-1]) + " to " + millis(edges[i])
		}
		b.Range += ": " + strconv.Itoa(counts[i])
		out = append(out, b)
	}
	return out
}
