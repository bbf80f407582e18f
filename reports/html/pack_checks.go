package html

import (
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Checks and exchanges of a case begin their ids with the id of the case, and most checks say
// their title as their summary. A mark stands for what is said already; a text that begins with
// the mark itself gets a second one.
const mark = "\x7f"

func (e *envelope) packCase(c *result.Case) {
	c.Checks = slices.Clone(c.Checks)
	for k := range c.Checks {
		x := &c.Checks[k]
		x.ID = shorter(x.ID, c.ID)
		x.Exchange = shorter(x.Exchange, c.ID)
		switch {
		case x.Summary == x.Title && x.Title != "":
			x.Summary = mark
		case strings.HasPrefix(x.Summary, mark):
			x.Summary = mark + x.Summary
		}
	}
	c.Story = slices.Clone(c.Story)
	for k := range c.Story {
		ids := slices.Clone(c.Story[k].Exchanges)
		for i := range ids {
			ids[i] = shorter(ids[i], c.ID)
		}
		c.Story[k].Exchanges = ids
	}
}

func unpackCase(c *result.Case) {
	for k := range c.Checks {
		x := &c.Checks[k]
		x.ID = longer(x.ID, c.ID)
		x.Exchange = longer(x.Exchange, c.ID)
		switch {
		case x.Summary == mark:
			x.Summary = x.Title
		case strings.HasPrefix(x.Summary, mark):
			x.Summary = x.Summary[len(mark):]
		}
	}
	for k := range c.Story {
		for i := range c.Story[k].Exchanges {
			c.Story[k].Exchanges[i] = longer(c.Story[k].Exchanges[i], c.ID)
		}
	}
}

func shorter(id, caseID string) string {
	if rest, ok := strings.CutPrefix(id, caseID); ok && rest != "" && caseID != "" && !strings.HasPrefix(rest, mark) {
		return mark + rest
	}
	if strings.HasPrefix(id, mark) {
		return mark + id
	}
	return id
}

func longer(id, caseID string) string {
	rest, ok := strings.CutPrefix(id, mark)
	if !ok || strings.HasPrefix(rest, mark) {
		return rest
	}
	return caseID + rest
}

// packRequirements leaves out the checks of a requirement where they are those that cite it.
func (e *envelope) packRequirements(doc *result.Document) {
	citing := citedBy(doc)
	slim := e.Document
	slim.Requirements = slices.Clone(doc.Requirements)
	for i := range slim.Requirements {
		r := &slim.Requirements[i]
		switch {
		case len(r.Checks) == 0 && len(citing[r.ID]) > 0:
			e.Unlisted = append(e.Unlisted, r.ID)
		case slices.Equal(r.Checks, citing[r.ID]):
			r.Checks = nil
		}
	}
}

func (e envelope) unpackRequirements() {
	citing := citedBy(e.Document)
	for i := range e.Document.Requirements {
		r := &e.Document.Requirements[i]
		if len(r.Checks) == 0 && !slices.Contains(e.Unlisted, r.ID) {
			r.Checks = citing[r.ID]
		}
	}
}

// citedBy lists the checks that cite each requirement, in the order of the document.
func citedBy(doc *result.Document) map[string][]string {
	out := map[string][]string{}
	for i := range doc.Suites {
		for j := range doc.Suites[i].Cases {
			for k := range doc.Suites[i].Cases[j].Checks {
				c := &doc.Suites[i].Cases[j].Checks[k]
				for n, id := range c.Cites {
					if !slices.Contains(c.Cites[:n], id) {
						out[id] = append(out[id], c.ID)
					}
				}
			}
		}
	}
	return out
}
