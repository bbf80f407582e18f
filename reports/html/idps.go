package html

import (
	"html/template"

	"github.com/scimmage/scimmage/internal/result"
)

// idps is part 1: will it work with my identity provider?
type idps struct {
	Profiles []profileView
	Rows     []featureRow
	Legend   []badge
	Forecast []forecast
	Options  bool // one of the profiles is known by its options only
}

type profileView struct {
	ID, Title, Note, Evidence string
	Assumed, Options          []string
	Badge                     badge
	Because                   []string
	Anchor                    string
	Link                      template.URL
	Rows                      []verdictRow
}

type featureRow struct {
	Title string
	Cells []cell
}

type cell struct {
	badge
	Link  template.URL
	Label string // for people who hear the page: feature and identity provider
}

// verdictRow is the evidence of one verdict.
type verdictRow struct {
	Anchor, Feature, Because string
	Badge                    badge
	Cases                    []link
	More                     int
	Unasked                  bool // untested, and nothing says why
}

type forecast struct {
	Title, Basis string
	Badge        badge
	Because      []string
}

// evidenceCases is how many cases a verdict names, and supportedCases how many a good one does:
// nobody reads those.
const (
	evidenceCases  = 6
	supportedCases = 3
)

func (b *builder) idps() idps {
	v := idps{Legend: legend()}
	for _, p := range b.doc.Profiles {
		v.Profiles = append(v.Profiles, b.profileView(p))
		v.Options = v.Options || p.Basis != ""
	}
	for _, f := range b.doc.Features {
		r := featureRow{Title: b.feature(f.ID)}
		asked := false
		for _, p := range b.doc.Profiles {
			bd := lookup(verdictBadges, verdict(f, p.ID))
			if unasked(f, p.ID) {
				bd = noCase
			}
			asked = asked || bd != noCase
			r.Cells = append(r.Cells, cell{bd, href(verdictAnchor(p.ID, f.ID)), r.Title + " with " + b.profile(p.ID)})
		}
		if asked { // the others say nothing about any identity provider
			v.Rows = append(v.Rows, r)
		}
	}
	for _, c := range b.doc.Compatibility {
		if c.Replayed() { // stands in the matrix
			continue
		}
		w := forecast{Title: prose(orElse(c.Title, c.Profile)), Basis: prose(c.Basis), Badge: lookup(forecastBadges, c.State)}
		for _, r := range c.Because {
			w.Because = append(w.Because, prose(r))
		}
		v.Forecast = append(v.Forecast, w)
	}
	return v
}

// noCase is the cell of a feature that no story of an identity provider asks for.
var noCase = badge{"void", "·", "No case"}

// unasked: nothing was measured because the identity provider does not do it, or no story says so.
func unasked(f result.Feature, profile string) bool {
	return verdict(f, profile) == result.Untested && f.Because[profile] == "" && len(f.Evidence[profile]) == 0
}

func legend() []badge {
	var out []badge
	for _, v := range []result.Verdict{result.Supported, result.Partial, result.Broken, result.NotSupported, result.Untested} {
		out = append(out, verdictBadges[v])
	}
	out = append(out, noCase)
	return out
}

func verdict(f result.Feature, profile string) result.Verdict {
	if v, ok := f.Verdicts[profile]; ok {
		return v
	}
	return result.Untested
}

func verdictAnchor(profile, feature string) string {
	return "verdict/" + slug(profile) + "/" + slug(feature)
}

func (b *builder) profileView(p result.Profile) profileView {
	r := b.doc.Readiness[p.ID]
	state := r.State
	if state == "" {
		state = "unknown"
	}
	v := profileView{ID: p.ID, Title: b.profile(p.ID), Note: prose(p.Note), Evidence: clip(clean(p.Evidence), 60), Badge: lookup(readyBadges, state),
		Anchor: "idp/" + slug(p.ID), Link: href("idp/" + slug(p.ID))}
	for _, w := range r.Because {
		v.Because = append(v.Because, prose(w))
	}
	for _, a := range p.Assumed {
		v.Assumed = append(v.Assumed, clip(clean(a), 80))
	}
	for _, o := range p.Options {
		v.Options = append(v.Options, prose(o))
	}
	for _, f := range b.doc.Features {
		row := verdictRow{Anchor: verdictAnchor(p.ID, f.ID), Feature: b.feature(f.ID), Because: prose(f.Because[p.ID]), Badge: lookup(verdictBadges, verdict(f, p.ID))}
		room := evidenceCases
		if verdict(f, p.ID) == result.Supported {
			room = max(1, b.room(supportedCases))
		}
		for _, id := range f.Evidence[p.ID] {
			l, ok := b.evidenceLink(id)
			switch {
			case !ok:
			case len(row.Cases) < room:
				row.Cases = append(row.Cases, l)
			default:
				row.More++
			}
		}
		if row.Unasked = unasked(f, p.ID); row.Unasked {
			row.Badge = noCase
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// evidenceLink leads to what decided a verdict: for a case with findings to the first of them, for
// a story to its conversation, else to the case in the list of checks.
func (b *builder) evidenceLink(id string) (link, bool) {
	l, ok := b.caseLink(id)
	if !ok {
		return b.checkLink(id)
	}
	p := b.cases[id]
	for _, c := range p.cas.Checks {
		if c.Finding() && (c.Outcome == p.cas.Outcome) {
			l.Href = href(checkAnchor(c.ID))
			return l, true
		}
	}
	if len(p.cas.Story) > 0 && b.listed[id] {
		l.Href = href(storyAnchor(id))
	}
	return l, true
}
