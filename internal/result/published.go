package result

import "fmt"

// Published says whether the target would pass a suite that somebody else publishes, as published,
// and beside it what the RFC says of what failed. It is no part of the score.
type Published struct {
	By      string `json:"by"`                // who publishes it: Okta
	Version string `json:"version,omitempty"` // which issue of it, e.g. "exported 2024-05-13"
	Source  string `json:"source,omitempty"`
	Unit    string `json:"unit"` // what its cases are called: requests, tests, requirements
	// Verdict: yes, no, unknown (something could not be judged), untested.
	Verdict        string   `json:"verdict"`
	Passed         int      `json:"passed"` // of the cases that decide
	Of             int      `json:"of"`     // without what the target does not offer
	OptionalPassed int      `json:"optional_passed,omitempty"`
	OptionalOf     int      `json:"optional_of,omitempty"`
	Failed         []string `json:"failed,omitempty"`     // cases that decide and did not pass, in order
	RFCBroken      []string `json:"rfc_broken,omitempty"` // failing checks that the RFC demands, too
	BeyondRFC      []string `json:"beyond_rfc,omitempty"` // failing checks that the RFC does not demand, or forbids
}

// Verdicts of a published suite.
const (
	PassesYes      = "yes"
	PassesNo       = "no"
	PassesUnknown  = "unknown"
	PassesUntested = "untested"
)

// RFCView says where a published suite and the RFC part: the suite demands more, less, or the
// opposite (against). The note says what the RFC says.
type RFCView struct {
	Says string `json:"says"` // more, less, against
	Note string `json:"note"`
}

// publishedVerdict fills in what a run found out about a published suite.
func publishedVerdict(s Suite) *Published {
	if s.Published == nil {
		return nil
	}
	p := *s.Published
	open := 0
	for _, c := range s.Cases {
		passed := c.Outcome == Pass || c.Outcome == Info || c.Outcome == Warn
		switch {
		case c.Outcome == Skip && c.SkipKind == SkipNotApplicable:
			continue
		case c.Optional:
			p.OptionalOf++
			if c.Outcome == Pass { // its checks are at most of level should: it never fails a run
				p.OptionalPassed++
			}
		default:
			p.Of++
			switch {
			case passed:
				p.Passed++
			case c.Outcome == Fail || c.Outcome == Skip && c.SkipKind == SkipBlocked:
				p.Failed = append(p.Failed, c.ID)
			default:
				open++
			}
		}
		p.compare(c)
	}
	switch {
	case len(p.Failed) > 0:
		p.Verdict = PassesNo
	case p.Of == 0:
		p.Verdict = PassesUntested
	case open > 0:
		p.Verdict = PassesUnknown
	default:
		p.Verdict = PassesYes
	}
	return &p
}

// compare notes what the RFC says of the failing checks of a case.
func (p *Published) compare(c Case) {
	for _, k := range c.Checks {
		switch {
		case k.Outcome != Fail && k.Outcome != Warn:
		case k.RFC != nil && k.RFC.Says != "less":
			p.BeyondRFC = append(p.BeyondRFC, k.ID)
		default:
			p.RFCBroken = append(p.RFCBroken, k.ID)
		}
	}
}

// scored are the suites that the score is about: a published suite has a verdict of its own.
func scored(all []Suite) []Suite {
	out := make([]Suite, 0, len(all))
	for _, s := range all {
		if s.Published == nil {
			out = append(out, s)
		}
	}
	return out
}

// onlyPublished: nothing but published suites and what every answer is held to was run.
func onlyPublished(all []Suite) bool {
	published := false
	for _, s := range all {
		if s.Published == nil && s.Kind != KindAutomatic && len(s.Cases) > 0 {
			return false
		}
		published = published || s.Published != nil
	}
	return published
}

// Passes says in words whether the suite would be passed as published.
func (p Published) Passes() string {
	share := fmt.Sprintf("%d of %d %s", p.Passed, p.Of, p.Unit)
	if p.OptionalOf > 0 {
		share += fmt.Sprintf(", %d of %d optional", p.OptionalPassed, p.OptionalOf)
	}
	switch p.Verdict {
	case PassesYes:
		return "yes, " + share
	case PassesNo:
		return "no, " + share
	case PassesUnknown:
		return "not known, something could not be judged: " + share
	}
	return "not tested: the target offers nothing that it asks for"
}

// SaysRFC says what the RFC says of the checks that failed, "" when none did.
func (p Published) SaysRFC() string {
	broken, beyond := len(p.RFCBroken), len(p.BeyondRFC)
	switch {
	case broken+beyond == 0:
		return ""
	case broken == 0:
		return "the RFC does not demand what failed"
	case beyond == 0:
		return "the RFC demands what failed, too"
	}
	return plural(broken, "failed check is demanded by the RFC", "failed checks are demanded by the RFC") + ", " + plural(beyond, "goes beyond it", "go beyond it")
}

// Title says how a published suite and the RFC part.
func (v RFCView) Title() string {
	return map[string]string{"more": "The suite demands more than the RFC", "less": "The suite demands less than the RFC", "against": "The suite contradicts the RFC"}[v.Says]
}
