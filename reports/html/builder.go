package html

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// builder turns a document into what the templates show. It only selects, orders and words; every
// number comes from the document.
type builder struct {
	doc       *result.Document
	profiles  map[string]string // id → title
	features  map[string]string
	reqs      map[string]*result.RequirementResult
	checks    map[string]place
	cases     map[string]place
	exchanges map[string]int // id → index
	byCase    map[string][]string
	loci      map[string][]result.Locus
	full      map[string]bool   // exchanges that the page itself holds completely
	inFinding map[string]bool   // exchanges that a finding shows
	listed    map[string]bool   // cases that the page has
	checksOut map[string]bool   // cases whose checks the file spells out
	rowsOut   map[string]bool   // cases whose exchanges the file spells out
	onPage    map[string]bool   // exchanges that the file spells out
	homes     map[string]string // exchange → anchor of the story that holds it
	strays    []string          // exchanges outside of every case
	shown     map[string]bool   // exchanges whose complete form has been placed
	bodies    map[string]string // body → anchor of the exchange that shows it
	rendered  map[string]bool   // findings already placed
}

// place is where a check or a case stands in the document.
type place struct {
	suite *result.Suite
	cas   *result.Case
	check *result.Check
}

// page is the root of the templates.
type page struct {
	CSP, Document string
	Generator     string
	Title         string
	Client        bool // a client was judged, not an endpoint
	Summary       summary
	IdPs          idps
	Claims        []claim
	Findings      findings
	Sheet         sheet
	Compliance    compliance
	Talks         talks
	About         about
	Filters       filters
}

// filters are the choices of the filter bar.
type filters struct {
	Outcomes []badgeChoice
	Levels   []string
	Profiles []choice
	Features []choice
}

type badgeChoice struct {
	Value string
	badge
}

type choice struct{ Value, Title string }

func newBuilder(doc *result.Document) *builder {
	b := &builder{
		doc: doc, profiles: map[string]string{}, features: map[string]string{},
		reqs: map[string]*result.RequirementResult{}, checks: map[string]place{}, cases: map[string]place{},
		exchanges: map[string]int{}, byCase: exchangesByCase(doc.Exchanges), loci: map[string][]result.Locus{}, full: map[string]bool{},
		inFinding: map[string]bool{}, listed: map[string]bool{}, checksOut: map[string]bool{}, rowsOut: map[string]bool{}, homes: map[string]string{}, shown: map[string]bool{}, bodies: map[string]string{}, rendered: map[string]bool{},
	}
	for _, p := range doc.Profiles {
		b.profiles[p.ID] = orElse(p.Title, p.ID)
	}
	for _, f := range doc.Features {
		b.features[f.ID] = orElse(f.Title, f.ID)
	}
	for i := range doc.Requirements {
		b.reqs[doc.Requirements[i].ID] = &doc.Requirements[i]
	}
	for i := range doc.Exchanges {
		b.exchanges[doc.Exchanges[i].ID] = i
	}
	for i := range doc.Suites {
		b.index(&doc.Suites[i])
	}
	b.planExchanges()
	b.planLists()
	return b
}

func (b *builder) index(s *result.Suite) {
	for j := range s.Cases {
		c := &s.Cases[j]
		b.cases[c.ID] = place{suite: s, cas: c}
		for k := range c.Checks {
			check := &c.Checks[k]
			b.checks[check.ID] = place{s, c, check}
			if check.Exchange != "" && check.At != nil && check.Finding() {
				b.loci[check.Exchange] = append(b.loci[check.Exchange], *check.At)
			}
		}
	}
}

func (b *builder) page() *page {
	p := &page{Generator: strings.TrimSpace(clean(b.doc.Tool.Name + " " + b.doc.Tool.Version)), Title: b.title(), Filters: b.filters(), Client: b.client()}
	p.IdPs = b.idps()
	p.Claims = b.claims()
	p.Findings = b.findings()
	p.Sheet = b.sheet()
	p.Compliance = b.compliance()
	p.Talks = b.talks()
	p.About = b.about()
	p.Summary = b.summary(p)
	return p
}

func (b *builder) filters() filters {
	f := filters{Levels: []string{"must", "should", "may"}}
	for _, o := range result.Outcomes() {
		f.Outcomes = append(f.Outcomes, badgeChoice{string(o), lookup(outcomeBadges, o)})
	}
	for _, p := range b.doc.Profiles {
		f.Profiles = append(f.Profiles, choice{p.ID, prose(orElse(p.Title, p.ID))})
	}
	for _, x := range b.doc.Features {
		f.Features = append(f.Features, choice{x.ID, prose(orElse(x.Title, x.ID))})
	}
	return f
}

func (b *builder) profile(id string) string { return clip(clean(orElse(b.profiles[id], id)), 60) }
func (b *builder) feature(id string) string { return clip(clean(orElse(b.features[id], id)), 60) }

func (b *builder) profileNames(ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, b.profile(id))
	}
	return out
}

func (b *builder) featureNames(ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, b.feature(id))
	}
	return out
}

// suiteTitle names a suite; two identity providers may have suites of one title.
func (b *builder) suiteTitle(s *result.Suite) string {
	title := prose(orElse(s.Title, s.ID))
	if who := b.profile(s.IDP); s.IDP != "" && !strings.Contains(title, who) {
		return who + ": " + title
	}
	return title
}

// client says that the document is about a client: nothing of identity providers or claims.
func (b *builder) client() bool {
	return len(b.doc.Suites) > 0 && !slices.ContainsFunc(b.doc.Suites, func(s result.Suite) bool { return s.Kind != "client" })
}

// title names the target: its own title, else the host of its address.
func (b *builder) title() string {
	t := b.doc.Target
	switch {
	case t.Title != "":
		return clip(clean(t.Title), 120)
	case b.doc.Run.Demo: // its address is another one each time, and nobody's
		return "The embedded reference provider"
	}
	if u, err := url.Parse(t.URL); err == nil && u.Host != "" {
		return clip(clean(u.Host), 120)
	}
	return clip(clean(orElse(t.URL, "No target")), 120)
}

// link is a place on this page with its words.
type link struct {
	Href  template.URL
	Text  string
	Badge badge
}

// caseLink leads to a case in the list of all checks.
func (b *builder) caseLink(id string) (link, bool) {
	p, ok := b.cases[id]
	if !ok {
		return link{}, false
	}
	return link{b.caseHref(p), prose(orElse(p.cas.Title, id)), lookup(outcomeBadges, p.cas.Outcome)}, true
}

// checkLink leads to a finding, or to the case of a check that passed.
func (b *builder) checkLink(id string) (link, bool) {
	p, ok := b.checks[id]
	if !ok {
		return link{}, false
	}
	to := b.caseHref(p)
	if p.check.Finding() {
		to = href(checkAnchor(id))
	}
	return link{to, prose(orElse(p.check.Summary, orElse(p.check.Title, id))), lookup(outcomeBadges, p.check.Outcome)}, true
}

func caseAnchor(id string) string  { return "case/" + slug(id) }
func storyAnchor(id string) string { return "story/" + slug(id) }

// checkAnchor is the id of the check itself, so that a link from a log or an issue needs no table.
func checkAnchor(id string) string {
	if s := slug(id); strings.Contains(s, "/") {
		return s
	}
	return "check/" + slug(id)
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
