package reports

import (
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// maxFailed is how many failed cases of a published suite are named when not verbose.
const maxFailed = 5

// published says of each published suite whether it would be passed as published, and what the RFC says
// of what failed.
func (p *pen) published(b *strings.Builder) {
	head := false
	for _, s := range p.v.doc.Suites {
		if s.Published == nil {
			continue
		}
		if !head {
			p.heading(b, "Would it pass what others publish?")
			head = true
		}
		v := s.Published
		mark, paint := "○", p.faint.Sprint
		switch v.Verdict {
		case result.PassesYes:
			mark, paint = "✓", p.green.Sprint
		case result.PassesNo:
			mark, paint = "✗", p.red.Sprint
		case result.PassesUnknown:
			mark, paint = "▲", p.yellow.Sprint
		}
		p.para(b, "  ", paint(mark+" "+clip(oneLine(publishedTitle(s)), 100)+": "+v.Passes()), nil)
		l := &lines{}
		l.labelled("      ", "", v.SaysRFC(), p.width, 0)
		for i, id := range v.Failed {
			if i == maxFailed && p.verbose == 0 {
				l.add("        and " + plural(len(v.Failed)-i, "more", "more"))
				break
			}
			l.labelled("      ", "", "✗ "+clip(oneLine(p.v.caseTitle(id)), clipSummary), p.width, 0)
		}
		b.WriteString(l.b.String())
	}
}

func publishedTitle(s result.Suite) string {
	if s.Published.Version == "" {
		return or(s.Title, s.ID)
	}
	return or(s.Title, s.ID) + " (" + s.Published.Version + ")"
}

// caseTitle is the title of a case with its id.
func (v *view) caseTitle(id string) string {
	if f, ok := v.cases[id]; ok {
		return f.cs.Title + " (" + id + ")"
	}
	return id
}

func (m *markdown) published() {
	var rows [][]string
	for _, s := range m.v.doc.Suites {
		if s.Published != nil {
			rows = append(rows, []string{mdText(clip(publishedTitle(s), 100)), mdText(s.Published.Passes()), mdText(s.Published.SaysRFC())})
		}
	}
	if len(rows) > 0 {
		m.b.WriteString("## Would it pass what others publish?\n\n")
		m.table([]string{"Published suite", "Would pass", "What the RFC says of what failed"}, rows)
	}
}
