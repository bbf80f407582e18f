package html

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// What the page itself spells out, so that a run of any length stays a page that opens at once.
// What did not pass always comes first and in full. Cases that passed are spelled out while there
// is room; after that the page has their line, and its script brings their checks and exchanges
// back from the embedded document. Beyond listRoom, which only a load test reaches, cases that
// passed are not listed, and the page says how many.
const (
	checkRoom = 1200 // checks spelled out in the file
	rowRoom   = 900  // exchanges spelled out in the file
	caseLimit = 4000
	longRun   = 20_000 // exchanges from which only a quarter of that is listed
	crowded   = 6000   // exchanges and checks from which the file spells out a quarter of that
	packed    = 9000   // and a sixteenth: the embedded document of such a run is half of two megabytes
)

// room scales a limit to the size of the run: the embedded document of a long one needs the bytes.
func (b *builder) room(n int) int {
	switch size := len(b.doc.Exchanges) + len(b.checks); {
	case size > packed:
		return n / 16
	case size > crowded:
		return n / 4
	}
	return n
}

// listRoom is how many cases the page lists one by one. What did not pass is listed always.
func (b *builder) listRoom() int {
	if len(b.doc.Exchanges) > longRun {
		return caseLimit / 4
	}
	return caseLimit
}

// planLists decides what of each case the page spells out.
func (b *builder) planLists() {
	cases, checks, rows := 0, 0, 0
	b.onPage = map[string]bool{}
	for pass := range 2 {
		for i := range b.doc.Suites {
			for k := range b.doc.Suites[i].Cases {
				c := &b.doc.Suites[i].Cases[k]
				passed := c.Outcome == result.Pass
				if passed != (pass == 1) || passed && cases >= b.listRoom() {
					continue
				}
				cases++
				b.listed[c.ID] = true
				if !passed || checks+len(c.Checks) <= b.room(checkRoom) {
					checks += len(c.Checks)
					b.checksOut[c.ID] = true
				}
				ids := exchangesOf(c)
				if !passed && rows < 4*rowRoom || rows+len(ids) <= b.room(rowRoom) {
					rows += len(ids)
					b.rowsOut[c.ID] = true
				}
				b.home(c, ids)
			}
		}
	}
	for id := range b.inFinding {
		b.onPage[id] = true
	}
	b.findStrays()
}

// home notes where the exchanges of a case are found: in their own line, or with their story.
func (b *builder) home(c *result.Case, ids []string) {
	anchor := xsAnchor(c.ID)
	if len(c.Story) > 0 {
		anchor = storyAnchor(c.ID)
	}
	for _, id := range ids {
		if b.rowsOut[c.ID] {
			b.onPage[id] = true
		}
		if b.homes[id] == "" {
			b.homes[id] = anchor
		}
	}
}

// findStrays finds the exchanges outside of every case: discovery before, cleaning up after.
func (b *builder) findStrays() {
	inCase := map[string]bool{}
	for _, s := range b.doc.Suites {
		for i := range s.Cases {
			for _, id := range exchangesOf(&s.Cases[i]) {
				inCase[id] = true
			}
		}
	}
	for _, x := range b.doc.Exchanges {
		if !inCase[x.ID] {
			b.strays = append(b.strays, x.ID)
		}
	}
	for _, id := range b.strays {
		b.homes[id] = straysAnchor
		if len(b.strays) <= rowRoom {
			b.onPage[id] = true
		}
	}
}

const straysAnchor = "xs/outside"

func xsAnchor(id string) string { return "xs/" + slug(id) }

// xLink leads to an exchange or to the story that holds it, if the page has either.
func (b *builder) xLink(i int) template.URL {
	id := b.doc.Exchanges[i].ID
	if b.onPage[id] {
		return href(xAnchor(i + 1))
	}
	if b.homes[id] != "" {
		return href(b.homes[id])
	}
	return ""
}

// caseHref leads to a case in the list of checks, or to its suite when the case is not listed.
func (b *builder) caseHref(p place) template.URL {
	if b.listed[p.cas.ID] {
		return href(caseAnchor(p.cas.ID))
	}
	return href("suite/" + slug(p.suite.ID))
}

// numbers writes the numbers of exchanges for the page's script: "3-7,12".
func (b *builder) numbers(ids []string) string {
	var parts []string
	for i := 0; i < len(ids); {
		from, ok := b.exchanges[ids[i]]
		i++
		if !ok {
			continue
		}
		to := from
		for i < len(ids) {
			if next, ok := b.exchanges[ids[i]]; !ok || next != to+1 {
				break
			}
			to++
			i++
		}
		part := strconv.Itoa(from + 1)
		if to > from {
			part += "-" + strconv.Itoa(to+1)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}
