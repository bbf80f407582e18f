package html

import (
	"html/template"

	"github.com/scimmage/scimmage/internal/result"
)

// publishedView is the verdict on a suite that somebody else publishes.
type publishedView struct {
	Title, By, Passes, RFC string
	Link                   template.URL
	Badge                  badge
	Failed                 []link
}

var passesBadges = map[string]badge{
	result.PassesYes:      {"good", "✓", "Would pass"},
	result.PassesNo:       {"bad", "✗", "Would not pass"},
	result.PassesUnknown:  {"some", "!", "Not known"},
	result.PassesUntested: {"void", "○", "Not tested"},
}

func (b *builder) published(s *result.Suite) publishedView {
	p := s.Published
	v := publishedView{Title: b.suiteTitle(s), By: prose(p.By), Passes: prose(p.Passes()), RFC: prose(p.SaysRFC()), Link: href("suite/" + slug(s.ID)), Badge: lookup(passesBadges, p.Verdict)}
	if p.Version != "" {
		v.By += ", " + prose(p.Version)
	}
	for _, id := range p.Failed {
		if l, ok := b.caseLink(id); ok {
			v.Failed = append(v.Failed, l)
		}
	}
	return v
}

// parts says where a check of a published suite and the RFC part.
func parts(v *result.RFCView) string {
	if v == nil {
		return ""
	}
	return prose(v.Title() + ": " + v.Note)
}

// beyondRFC: nothing that the cause names is demanded by an RFC.
func (b *builder) beyondRFC(c result.Cause) bool {
	for _, id := range append(append([]string{}, c.Checks...), c.Consequences...) {
		if p, ok := b.checks[id]; !ok || p.check.RFC == nil || p.check.RFC.Says == "less" {
			return false
		}
	}
	return true
}
