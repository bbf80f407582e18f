package html

import (
	"html/template"

	"github.com/scimmage/scimmage/internal/result"
)

// Limits of what a page lists. An ordinary run stays far below them; a load test of a hundred
// thousand exchanges still gives a page that opens. Whatever is left out is said on the page and
// is in the embedded document.
const (
	rowLimit   = 6000 // exchanges listed under stories
	checkLimit = 8000 // checks listed one by one
)

// planLists decides which cases are told with their exchanges and which are listed with their
// checks: those that did not pass first, then the rest in order while there is room.
func (b *builder) planLists() {
	rows, checks := 0, 0
	used := map[string]bool{}
	for pass := range 2 {
		for i := range b.doc.Suites {
			for k := range b.doc.Suites[i].Cases {
				c := &b.doc.Suites[i].Cases[k]
				if (c.Outcome == result.Pass) != (pass == 1) {
					continue
				}
				if checks+len(c.Checks) <= checkLimit {
					checks += len(c.Checks)
					b.listed[c.ID] = true
				}
				ids := exchangesOf(c)
				if rows+len(ids) > rowLimit {
					continue
				}
				rows += len(ids)
				b.told[c.ID] = true
				for _, id := range ids {
					used[id] = true
				}
			}
		}
	}
	b.planStrays(used, rowLimit-rows)
}

// planStrays finds the exchanges outside of every case (discovery before, cleaning up after) and
// those that a finding shows although its case is not told.
func (b *builder) planStrays(used map[string]bool, room int) {
	inCase := map[string]bool{}
	for _, s := range b.doc.Suites {
		for i := range s.Cases {
			for _, id := range exchangesOf(&s.Cases[i]) {
				inCase[id] = true
			}
		}
	}
	for _, x := range b.doc.Exchanges {
		if !inCase[x.ID] && len(b.strays) < room {
			b.strays = append(b.strays, x.ID)
			used[x.ID] = true
		}
	}
	for id := range b.inFinding {
		used[id] = true
	}
	b.onPage = used
}

// xLink leads to an exchange, if the page has it.
func (b *builder) xLink(i int) template.URL {
	if !b.onPage[b.doc.Exchanges[i].ID] {
		return ""
	}
	return href(xAnchor(i + 1))
}

// caseHref leads to a case in the list of checks, or to its suite when the case is not listed.
func (b *builder) caseHref(p place) template.URL {
	if b.listed[p.cas.ID] {
		return href(caseAnchor(p.cas.ID))
	}
	return href("suite/" + slug(p.suite.ID))
}
