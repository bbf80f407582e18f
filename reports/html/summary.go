package html

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// summary is the first screen and the sheet of paper: the answer, the reasons, what to do first.
type summary struct {
	Title, URL, Headline string
	Partial              string
	Diagnosis            *diagnosis
	Cards                []card
	Figures              []figure
	Grade                grade
	First                []cause
	More                 int
	Meta                 []pair
	Trend                *trend
	Insecure             bool
	Wide                 bool // many identity providers: the sheet sets its cards smaller
}

type diagnosis struct {
	Message, Hint string
	Exchange      *row
}

// card is the readiness for one identity provider.
type card struct {
	Profile, Note string
	Badge         badge
	Because       []string
	More          int
	Link          template.URL
}

type figure struct{ Value, Label, Class string }

type pair struct{ Key, Value string }

type grade struct {
	Letter, Percent, None string
	Class                 string
	Caps                  []capView
}

type capView struct {
	Grade, Reason string
	Checks        []link // the cases, each by its first finding
	More          int
}

// Limits of the summary, so that it stays one sheet.
const (
	cardReasons = 2
	firstCauses = 5
)

func (b *builder) summary(p *page) summary {
	d := b.doc
	s := summary{
		Title: b.title(), URL: clip(clean(d.Target.URL), 300), Headline: b.headline(), Grade: p.Compliance.Grade,
		Insecure: d.Target.Insecure, Wide: len(d.Profiles) > 6,
	}
	if d.Run.Partial {
		s.Partial = prose(orElse(d.Run.PartialWhy, "it ended early"))
	}
	if d.Diagnosis != nil {
		s.Diagnosis = &diagnosis{Message: prose(d.Diagnosis.Message), Hint: prose(d.Diagnosis.Hint)}
		if i, ok := b.exchanges[d.Diagnosis.Exchange]; ok && b.xLink(i) != "" {
			x := &d.Exchanges[i]
			s.Diagnosis.Exchange = &row{Link: b.xLink(i), Method: clip(clean(x.Request.Method), 12), Path: clip(clean(requestTarget(x)), 160), Status: answer(x)}
		}
	}
	for _, pr := range p.IdPs.Profiles {
		c := card{Profile: pr.Title, Note: pr.Note, Badge: pr.Badge, Because: pr.Because, Link: pr.Link}
		if len(c.Because) > cardReasons {
			c.More = len(c.Because) - cardReasons
			c.Because = c.Because[:cardReasons]
		}
		c.Because = brief(c.Because)
		s.Cards = append(s.Cards, c)
	}
	s.Figures = figures(d)
	all := append(append(append([]cause{}, p.Findings.Must...), p.Findings.Should...), p.Findings.Rest...)
	s.First, s.More = all, 0
	if len(all) > firstCauses {
		s.First, s.More = all[:firstCauses], len(all)-firstCauses
	}
	s.Meta = b.meta()
	s.Trend = b.trend()
	return s
}

// briefDetail is how long the words in brackets behind a verdict may be on a card.
const briefDetail = 64

// brief leaves out details that only a developer reads, such as ids and whole messages of an
// identity provider. They stand in part 1, one click away.
func brief(because []string) []string {
	out := make([]string, len(because))
	for i, w := range because {
		head, detail, found := strings.Cut(w, " (")
		if found && (len([]rune(detail)) > briefDetail || strings.Contains(detail, `["`)) {
			w = head
		}
		out[i] = w
	}
	return out
}

func figures(d *result.Document) []figure {
	n := func(v int, label, class string) figure {
		if v == 0 && class != "good" {
			class = "none"
		}
		return figure{strconv.Itoa(v), label, class}
	}
	c := d.Counts
	return []figure{
		n(c.Must, "mandatory checks failed (MUST)", "bad"),
		n(c.Should, "recommended checks failed (SHOULD)", "some"),
		n(c.Errors, "checks not judged", "odd"),
		n(c.Checks[result.Pass], "checks passed", "good"),
	}
}

// headline says in a sentence or two what the reader came for.
func (b *builder) headline() string {
	d := b.doc
	if d.Diagnosis != nil {
		return "This endpoint could not be tested."
	}
	groups := []struct{ state, words string }{
		{"not ready", "Not ready for "}, {"limits", "Works with limits for "}, {"ready", "Ready for "},
	}
	var out []string
	for _, g := range groups {
		var names []string
		for _, p := range d.Profiles {
			if d.Readiness[p.ID].State == g.state {
				names = append(names, b.profile(p.ID))
			}
		}
		if len(names) > 0 {
			out = append(out, g.words+list(names)+".")
		}
	}
	if len(out) > 0 {
		var open []string
		for _, p := range d.Profiles {
			if state := d.Readiness[p.ID].State; state == "unknown" || state == "" {
				open = append(open, b.profile(p.ID))
			}
		}
		if len(open) > 0 {
			out = append(out, "Not known for "+list(open)+".")
		}
		return strings.Join(out, " ")
	}
	switch c := d.Counts; {
	case c.Checks[result.Pass]+c.Findings+c.Known == 0:
		return "Nothing was checked in this run."
	case c.Must > 0:
		return plural(c.Must, "mandatory check fails.", "mandatory checks fail.")
	case c.Findings > 0:
		return "No mandatory check fails; " + plural(c.Findings, "finding remains.", "findings remain.")
	}
	return "Every check passed."
}

func (b *builder) meta() []pair {
	r := b.doc.Run
	var out []pair
	if !r.Started.IsZero() {
		out = append(out, pair{"Tested", moment(r.Started)})
	}
	out = append(out, pair{"Requests", strconv.Itoa(r.Requests) + " in " + millis(float64(r.DurationMS))})
	if t := b.doc.Tool; t.Version != "" {
		out = append(out, pair{"Tool", clip(clean(t.Name+" "+t.Version), 60)})
	}
	return out
}

// moment writes a time without the reader's zone, so that the bytes depend on the document alone.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }

// claim is a line of part 2.
type claim struct {
	Feature, Profile, Claimed, Measured, Because, Source, URL string
	Badge                                                     badge
}

func (b *builder) claims() []claim {
	var out []claim
	for _, c := range b.doc.Claims {
		v := claim{Feature: b.feature(c.Feature), Claimed: prose(c.Claimed), Measured: prose(c.Measured),
			Because: prose(c.Because), Source: clip(clean(c.Source), 200), URL: webLink(c.Source), Badge: lookup(claimBadges, c.Verdict)}
		switch {
		case c.Profile != "":
			v.Profile = b.profile(c.Profile)
		case c.Kind != "":
			v.Profile = prose(c.Kind)
		}
		out = append(out, v)
	}
	return out
}

// about is the end of the page: how to run it again, what was left behind.
type about struct {
	Command   string
	Pairs     []pair
	Leftovers []leftover
	Drift     []string
	Baseline  string
	Defects   string
	Dropped   string
}

type leftover struct{ What, ID, Marker, State, Why string }

func (b *builder) about() about {
	d := b.doc
	a := about{Command: clip(clean(d.Run.Command), 2000)}
	add := func(k, v string) {
		if v != "" {
			a.Pairs = append(a.Pairs, pair{k, clip(clean(v), 300)})
		}
	}
	add("Tool", strings.TrimSpace(d.Tool.Name+" "+d.Tool.Version+" "+d.Tool.Commit))
	add("Suites", d.Tool.Suites)
	add("Scoring rules", d.Tool.Scoring)
	add("Run", d.Run.ID)
	add("Seed", strconv.FormatInt(d.Run.Seed, 10))
	add("Authentication", d.Target.Auth)
	add("Time spent waiting for the endpoint", millis(float64(d.Run.HTTPMS))+" of "+millis(float64(d.Run.DurationMS)))
	if d.Run.RateLimited > 0 {
		add("Rate limits honoured", plural(d.Run.RateLimited, "answer 429", "answers 429"))
	}
	if d.Run.ReadOnly {
		add("Mode", "read only: nothing was created or changed")
	}
	add("Chosen of all cases", d.Run.Selection)
	add("Defects switched on", strings.Join(d.Run.Defects, ", "))
	for _, o := range d.Leftovers {
		a.Leftovers = append(a.Leftovers, leftover{clip(clean(o.Endpoint), 80), clip(clean(o.ID), 120), clip(clean(o.Marker), 160), clip(clean(o.State), 40), clip(clean(o.Why), 300)})
	}
	if bl := d.Baseline; bl != nil {
		a.Baseline = clip(clean(bl.File), 200)
		for _, w := range bl.Drift {
			a.Drift = append(a.Drift, prose(w))
		}
	}
	return a
}
