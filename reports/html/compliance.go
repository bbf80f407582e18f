package html

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// compliance is part 5: how compliant is it?
type compliance struct {
	Grade     grade
	Levels    []levelView
	Suites    []suiteView
	Published []publishedView
	Coverage  []coverageRow
	Areas     []areaView
}

type levelView struct{ Name, Percent, Share string }

type suiteView struct {
	ID, Title, Anchor string
	Link              template.URL
	Badge             badge
	Percent           string
	Levels            []levelView
	Cases             []caseView
	Dropped           int // cases that are not listed one by one
	IDP               string
	Published         bool // its verdict stands in a table of its own
}

type caseView struct {
	Anchor, Title, ID string
	Badge             badge
	Outcome           string
	Reason            string
	Blocked           *link
	Took              string
	Feature, IDP      string
	Story             template.URL
	Groups            []checkGroup
	Brief             string // where the script finds the checks: suite and case number
}

// checkGroup holds the checks of a case with one outcome, worst first: a report has thousands of
// checks that passed, and says so once for each case.
type checkGroup struct {
	Badge   badge
	Outcome string
	Checks  []checkView
}

// checkView is one line.
type checkView struct {
	Level  string
	Text   string
	Tail   string // the part of the id after the case
	Link   template.URL
	Reason string
	Cites  string // ids; the script makes links of them
}

type coverageRow struct {
	Area                              string
	Total, Tested, Held, Broken, Open int
	Link                              template.URL
	HeldW, BrokenW, OpenX             string // bar geometry in a hundred units
	BrokenX                           string
}

// areaView lists the requirements of an area, by the section that states them.
type areaView struct {
	Title, Anchor string
	Sections      []sectionView
}

type sectionView struct {
	Title, URL string
	Reqs       []reqView
}

type reqView struct {
	ID, Level, Text string
	Badge           badge
	Outcome         string
	Links           []link
	More            int
}

func (b *builder) compliance() compliance {
	d := b.doc
	c := compliance{Grade: b.grade(), Levels: levels(d.Score.Levels)}
	for i := range d.Suites {
		c.Suites = append(c.Suites, b.suite(&d.Suites[i], i))
		if d.Suites[i].Published != nil {
			c.Published = append(c.Published, b.published(&d.Suites[i]))
		}
	}
	for _, a := range d.Coverage {
		c.Coverage = append(c.Coverage, coverageBar(a))
	}
	c.Areas = b.areas()
	have := map[string]bool{}
	for _, a := range c.Areas {
		have[a.Anchor] = true
	}
	for i := range c.Coverage {
		if anchor := areaAnchor(d.Coverage[i].Area); have[anchor] {
			c.Coverage[i].Link = href(anchor)
		}
	}
	return c
}

func (b *builder) grade() grade {
	s := b.doc.Score
	g := grade{Letter: clip(clean(s.Grade), 4), None: prose(s.NoGrade), Percent: percent(s.Percent)}
	if g.Letter == "" && g.None == "" {
		g.None = "the run was not complete"
	}
	switch {
	case strings.HasPrefix(g.Letter, "A"):
		g.Class = "good"
	case strings.HasPrefix(g.Letter, "B"), strings.HasPrefix(g.Letter, "C"):
		g.Class = "some"
	case g.Letter != "":
		g.Class = "bad"
	default:
		g.Class = "void"
	}
	for _, c := range s.Caps {
		v := capView{Grade: clip(clean(c.Grade), 4), Reason: prose(c.Reason)}
		v.Checks, v.More = b.casesOf(c.Checks)
		g.Caps = append(g.Caps, v)
	}
	return g
}

// capCases is how many cases a cap names.
const capCases = 3

// casesOf names the cases of findings, each once: a case has many checks and one title.
func (b *builder) casesOf(checks []string) (out []link, more int) {
	seen := map[string]bool{}
	for _, id := range checks {
		p, ok := b.checks[id]
		if !ok || seen[p.cas.ID] {
			continue
		}
		seen[p.cas.ID] = true
		if len(out) == capCases {
			more++
			continue
		}
		l, _ := b.checkLink(id)
		l.Text = prose(orElse(p.cas.Title, p.cas.ID))
		out = append(out, l)
	}
	return out, more
}

func levels(m map[result.Level]result.LevelScore) []levelView {
	var out []levelView
	for _, l := range []result.Level{result.Must, result.Should, result.May} {
		s, ok := m[l]
		if !ok || s.Total == 0 {
			out = append(out, levelView{strings.ToUpper(string(l)), "–", ""})
			continue
		}
		out = append(out, levelView{strings.ToUpper(string(l)), percent(s.Percent), strconv.Itoa(s.Passed) + " of " + strconv.Itoa(s.Total)})
	}
	return out
}

func (b *builder) suite(s *result.Suite, n int) suiteView {
	anchor := "suite/" + slug(s.ID)
	v := suiteView{ID: prose(s.ID), Title: b.suiteTitle(s), Anchor: anchor, Link: href(anchor), Badge: lookup(conformanceBadges, s.Score.Conformance),
		Percent: percent(s.Score.Percent), Levels: levels(s.Score.Levels), IDP: clean(s.IDP), Published: s.Published != nil}
	if s.Score.Conformance == "untested" || s.Score.Conformance == "" {
		v.Percent = "–"
	}
	for i := range s.Cases {
		if !b.listed[s.Cases[i].ID] {
			v.Dropped++
			continue
		}
		c := b.caseView(s, &s.Cases[i])
		if !b.checksOut[s.Cases[i].ID] {
			c.Brief = strconv.Itoa(n) + "." + strconv.Itoa(i)
		} else {
			b.spellChecks(&c, &s.Cases[i])
		}
		v.Cases = append(v.Cases, c)
	}
	return v
}

func (b *builder) caseView(s *result.Suite, c *result.Case) caseView {
	v := caseView{Anchor: caseAnchor(c.ID), Title: prose(orElse(c.Title, c.ID)), ID: prose(c.ID), Badge: lookup(outcomeBadges, c.Outcome), Outcome: string(c.Outcome),
		Reason: prose(c.Reason), Feature: clean(c.Feature)}
	if c.DurationMS > 0 {
		v.Took = millis(c.DurationMS)
	}
	if len(c.Story) > 0 && b.listed[c.ID] {
		v.Story = href(storyAnchor(c.ID))
	}
	if c.BlockedBy != "" {
		l, ok := b.checkLink(c.BlockedBy)
		if !ok {
			l, ok = b.caseLink(c.BlockedBy)
		}
		if ok {
			v.Blocked = &l
		}
	}
	return v
}

// spellChecks puts the checks of a case into the file, by outcome.
func (b *builder) spellChecks(v *caseView, c *result.Case) {
	for _, o := range result.Outcomes() {
		g := checkGroup{Badge: lookup(outcomeBadges, o), Outcome: string(o)}
		for i := range c.Checks {
			if c.Checks[i].Outcome == o {
				g.Checks = append(g.Checks, b.checkView(c.ID, &c.Checks[i]))
			}
		}
		if len(g.Checks) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
}

func (b *builder) checkView(caseID string, k *result.Check) checkView {
	v := checkView{Level: clip(clean(string(k.Level)), 12), Text: clip(clean(orElse(k.Title, k.Summary)), 300), Tail: clip(clean(strings.TrimPrefix(k.ID, caseID+"/")), 120)}
	if k.Finding() {
		v.Link = href(checkAnchor(k.ID))
	}
	if k.Finding() || k.Outcome == result.Info {
		v.Text = clip(clean(orElse(k.Summary, k.Title)), 300)
	}
	if v.Text == "" {
		v.Text = v.Tail
	}
	if k.Outcome == result.Skip {
		v.Reason = clip(clean(k.Reason), 300)
	}
	v.Cites = clip(clean(strings.Join(k.Cites, " ")), 400)
	return v
}

func coverageBar(c result.Coverage) coverageRow {
	total := float64(max(c.Total, 1))
	w := func(n int) string { return strconv.FormatFloat(100*float64(n)/total, 'f', 1, 64) }
	other := max(c.Tested-c.Held-c.Broken, 0)
	return coverageRow{
		Area: areaTitle(c.Area), Total: c.Total, Tested: c.Tested, Held: c.Held, Broken: c.Broken, Open: max(c.Total-c.Tested, 0) + other,
		HeldW: w(c.Held), BrokenX: w(c.Held), BrokenW: w(c.Broken), OpenX: w(c.Held + c.Broken),
	}
}

func areaTitle(area string) string {
	return sentence(strings.ReplaceAll(prose(orElse(area, "other")), "-", " "))
}

func areaAnchor(area string) string { return "area/" + slug(orElse(area, "other")) }

func (b *builder) areas() []areaView {
	var out []areaView
	at := map[string]int{}
	for _, c := range b.doc.Coverage { // the order of the bars
		at[orElse(c.Area, "other")] = -1
	}
	sections := map[string]int{}
	for i := range b.doc.Requirements {
		r := &b.doc.Requirements[i]
		area := orElse(r.Area, "other")
		k, ok := at[area]
		if !ok || k < 0 {
			k = len(out)
			at[area] = k
			out = append(out, areaView{Title: areaTitle(area), Anchor: areaAnchor(area)})
		}
		c := b.cite(r.ID)
		title := c.Label
		if c.Label == c.ID {
			title = clip(clean(orElse(r.Section, strings.SplitN(r.ID, "-", 2)[0])), 160)
		}
		key := area + "\x00" + title + "\x00" + c.URL
		n, ok := sections[key]
		if !ok {
			n = len(out[k].Sections)
			sections[key] = n
			out[k].Sections = append(out[k].Sections, sectionView{Title: title, URL: c.URL})
		}
		out[k].Sections[n].Reqs = append(out[k].Sections[n].Reqs, b.req(r))
	}
	return out
}

func (b *builder) req(r *result.RequirementResult) reqView {
	v := reqView{ID: slug(r.ID), Level: orElse(strings.ToUpper(clean(r.Keyword)), strings.ToUpper(clean(string(r.Level)))),
		Text: clip(clean(r.Summary), 500), Badge: lookup(outcomeBadges, r.Outcome), Outcome: string(r.Outcome)}
	if r.Outcome == result.Skip || r.Outcome == "" {
		v.Badge = badge{"void", "?", "Not tested"}
	}
	if r.Outcome == result.Pass {
		v.Badge.Word = "Held"
		return v
	}
	for _, id := range r.Checks {
		p, ok := b.checks[id]
		if !ok || !p.check.Finding() {
			continue
		}
		if len(v.Links) == 3 {
			v.More++
			continue
		}
		l, _ := b.checkLink(id)
		v.Links = append(v.Links, l)
	}
	return v
}
