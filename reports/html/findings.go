package html

import (
	"html/template"
	"slices"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// findings is part 3: what is broken, grouped by cause.
type findings struct {
	Must, Should, Rest, Known []cause
	Beyond                    []cause // demanded by a published suite and not by the RFC
	Counts                    result.Counts
	Any                       bool
	Checked                   bool // something was checked at all
	Client                    bool // a client was judged, not an endpoint
}

// cause is one fault of the target and everything that it explains.
type cause struct {
	Anchor       string
	Link         template.URL
	Title, Plain string
	Primary      string // what was seen, when the title names only the subject
	Badge        badge
	Outcome      string
	Level        string
	Profiles     []string
	Features     []string
	Fix          string
	Cites        []citation
	Findings     []finding
	Follows      []finding
	Filter       tags
}

// tags are what the filter bar asks of an element.
type tags struct{ Outcome, Level, IdPs, Features, Requirements string }

type finding struct {
	ID, Anchor      string
	Link            template.URL
	Badge           badge
	Level           string
	Summary         string
	Title           string
	Where           string // the case
	Case            link
	Story           template.URL
	Expected        []seg
	Actual          []seg
	Excerpt         []seg
	ExcerptOf       string
	Exchange        *row
	More            []row
	Occurrences     int
	Why, Fix        string
	RFC             string
	Cites           []citation
	Notes           []string
	Blocked, Reason string
	Known, Until    string
	Expired         bool
	Filter          tags
	Open            bool
}

func (b *builder) findings() findings {
	f := findings{Counts: b.doc.Counts}
	causes := append([]result.Cause{}, b.doc.Causes...)
	causes = append(causes, b.orphans(causes)...)
	sort.SliceStable(causes, func(i, j int) bool { return urgency(causes[i]) > urgency(causes[j]) })
	for i, c := range causes {
		v := b.cause(c, i)
		switch {
		case len(v.Findings)+len(v.Follows) == 0:
		case c.Known:
			f.Known = append(f.Known, v)
		case b.beyondRFC(c):
			f.Beyond = append(f.Beyond, v)
		case c.Outcome == result.Fail && c.Level == result.Must:
			f.Must = append(f.Must, v)
		case c.Outcome == result.Warn || c.Outcome == result.Fail:
			f.Should = append(f.Should, v)
		default:
			f.Rest = append(f.Rest, v)
		}
	}
	f.Client = b.client()
	f.Checked = len(b.checks) > 0 && b.doc.Diagnosis == nil
	f.Any = len(f.Must)+len(f.Should)+len(f.Beyond)+len(f.Rest)+len(f.Known) > 0
	return f
}

// urgency orders causes: what breaks a MUST first, then what hurts more identity providers.
func urgency(c result.Cause) int {
	n := map[result.Outcome]int{result.Fail: 3000, result.Warn: 2000, result.Error: 1000}[c.Outcome]
	if !c.Known {
		n += 10_000
	}
	return n + 100*c.Level.Rank() + min(len(c.Profiles), 90)
}

// orphans are findings that no cause names: each becomes its own, so that none is lost.
func (b *builder) orphans(causes []result.Cause) []result.Cause {
	have := map[string]bool{}
	for _, c := range causes {
		for _, id := range append(append([]string{}, c.Checks...), c.Consequences...) {
			have[id] = true
		}
	}
	var out []result.Cause
	for _, s := range b.doc.Suites {
		for _, cas := range s.Cases {
			for _, c := range cas.Checks {
				if !c.Finding() || have[c.ID] {
					continue
				}
				o := result.Cause{ID: "finding:" + c.ID, Title: orElse(c.Summary, orElse(c.Title, c.ID)), Outcome: c.Outcome, Level: c.Level,
					Checks: []string{c.ID}, Why: c.Why, Fix: c.Fix, Cites: c.Cites, Known: c.Known != nil && !c.Known.Expired}
				if s.IDP != "" {
					o.Profiles = []string{s.IDP}
				}
				if cas.Feature != "" {
					o.Features = []string{cas.Feature}
				}
				out = append(out, o)
			}
		}
	}
	return out
}

func (b *builder) cause(c result.Cause, i int) cause {
	anchor := "cause/" + slug(c.ID)
	v := cause{
		Anchor: anchor, Link: href(anchor), Title: prose(orElse(c.Title, c.ID)), Badge: lookup(outcomeBadges, c.Outcome),
		Outcome: string(c.Outcome), Level: strings.ToUpper(clean(string(c.Level))), Profiles: b.profileNames(c.Profiles), Features: b.featureNames(c.Features),
		Fix: prose(c.Fix), Cites: b.citeAll(c.Cites),
	}
	v.Plain = orElse(prose(c.Why), b.plainly(c))
	v.Filter = tags{string(c.Outcome), string(c.Level), join(c.Profiles), join(c.Features), join(c.Cites)}
	if len(c.Checks) > 0 {
		if p, ok := b.checks[c.Checks[0]]; ok && p.check.Summary != c.Title {
			v.Primary = clip(seen(p.check, clean(c.Title)), 150)
		}
	}
	for k, id := range c.Checks {
		if f, ok := b.finding(id, c); ok {
			f.Open = k == 0 && c.Outcome == result.Fail && !c.Known && i < 3
			v.Findings = append(v.Findings, f)
		}
	}
	for _, id := range c.Consequences {
		if f, ok := b.finding(id, c); ok {
			v.Follows = append(v.Follows, f)
		}
	}
	return v
}

// seen is what the first finding of a cause saw. Where its summary only says that its title is not met, which the title
// of the cause says already, it is what was observed instead.
func seen(k *result.Check, title string) string {
	if actual := clean(k.Actual); k.Title != "" && k.Summary == "not met: "+k.Title && actual != "" && actual != "false" {
		return clean(k.Title) + ": got " + actual
	}
	return afterTitle(clean(k.Summary), title)
}

// afterTitle is what a summary says beyond its title.
func afterTitle(summary, title string) string {
	if rest, ok := strings.CutPrefix(summary, title+": "); ok {
		return rest
	}
	return summary
}

// plainly words a cause that brings no explanation: whom it hurts, and in what.
func (b *builder) plainly(c result.Cause) string {
	who := "Clients that keep to the standard"
	if len(c.Profiles) > 0 {
		who = list(b.profileNames(c.Profiles))
	}
	what := ""
	if len(c.Features) > 0 {
		what = " This concerns: " + strings.ToLower(list(b.featureNames(c.Features))) + "."
	}
	switch c.Outcome {
	case result.Fail:
		return who + " cannot rely on this endpoint here: a rule that every endpoint must keep is broken." + what
	case result.Warn:
		return who + " may get into trouble here: the standard recommends otherwise." + what
	}
	return "This could not be judged, so it counts neither for nor against the endpoint." + what
}

func (b *builder) finding(id string, c result.Cause) (finding, bool) {
	p, ok := b.checks[id]
	if !ok || b.rendered[id] || !p.check.Finding() {
		return finding{}, false
	}
	b.rendered[id] = true
	k := p.check
	f := finding{
		ID: prose(id), Anchor: checkAnchor(id), Link: href(checkAnchor(id)), Badge: lookup(outcomeBadges, k.Outcome), Level: strings.ToUpper(clean(string(k.Level))),
		Summary: prose(orElse(k.Summary, orElse(k.Title, id))), Title: prose(k.Title), Where: b.caseTitle(p),
		Occurrences: k.Occurrences, Cites: b.citeAll(without(k.Cites, c.Cites)), Blocked: prose(k.BlockedBy), Reason: prose(k.Reason),
	}
	if f.Where == f.Title && strings.HasPrefix(f.Summary, f.Title) {
		f.Where = "" // said already
	}
	f.Case, _ = b.caseLink(p.cas.ID)
	if len(p.cas.Story) > 0 && b.listed[p.cas.ID] {
		f.Story = href(storyAnchor(p.cas.ID))
	}
	if k.Expected != "" || k.Actual != "" {
		f.Expected, f.Actual = contrast(prose(k.Expected), prose(k.Actual))
	}
	f.RFC = parts(k.RFC)
	if k.Why != c.Why {
		f.Why = prose(k.Why)
	}
	if k.Fix != c.Fix {
		f.Fix = prose(k.Fix)
	}
	for _, n := range k.Notes {
		f.Notes = append(f.Notes, prose(n))
	}
	if k.Known != nil {
		f.Known, f.Until, f.Expired = prose(orElse(k.Known.Reason, "no reason given")), prose(k.Known.Until), k.Known.Expired
	}
	f.Filter = tags{string(k.Outcome), string(k.Level), join(with(c.Profiles, p.suite.IDP)), join(with(nil, p.cas.Feature)), join(k.Cites)}
	b.evidence(&f, k)
	return f, true
}

// caseTitle tells the findings of a cause apart, which often have the same words: the case, and
// the identity provider whose story it is.
func (b *builder) caseTitle(p place) string {
	title := prose(orElse(p.cas.Title, p.cas.ID))
	if who := b.profile(p.suite.IDP); p.suite.IDP != "" && !strings.Contains(title, who) {
		return who + ": " + title
	}
	return title
}

// evidence adds the exchange of a finding and the lines of its body that the check points at.
func (b *builder) evidence(f *finding, k *result.Check) {
	if i, ok := b.exchanges[k.Exchange]; ok {
		x := &b.doc.Exchanges[i]
		body, of := "", "response"
		if k.At != nil && k.At.Where == "request" {
			body, of = x.Request.Body, "request"
		} else if x.Response != nil {
			body = x.Response.Body
		}
		if s, ok := locate(body, k.At); ok {
			f.Excerpt, _ = excerpt(layout(body, []span{s}))
			f.ExcerptOf = of
		}
		if r, ok := b.row(k.Exchange); ok {
			f.Exchange = &r
		}
	}
	for _, id := range k.Exchanges {
		if i, ok := b.exchanges[id]; ok && id != k.Exchange && len(f.More) < 8 {
			x := &b.doc.Exchanges[i]
			f.More = append(f.More, row{N: i + 1, Link: b.xLink(i), Method: clip(clean(x.Request.Method), 12),
				Path: clip(clean(requestTarget(x)), 80), Status: answer(x)})
		}
	}
}

// join makes one attribute of several ids. Ids hold no white space; a hostile one only splits.
func join(ids []string) string { return clip(clean(strings.Join(ids, " ")), 1000) }

// without leaves out what the cause cites already.
func without(ids, had []string) []string {
	var out []string
	for _, id := range ids {
		if !slices.Contains(had, id) {
			out = append(out, id)
		}
	}
	return out
}

func with(ids []string, id string) []string {
	if id == "" {
		return ids
	}
	for _, have := range ids {
		if have == id {
			return ids
		}
	}
	return append(append([]string{}, ids...), id)
}
