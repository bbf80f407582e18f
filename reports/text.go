package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/scimmage/scimmage/internal/result"
)

// Text writes the report for a terminal, without colours.
func Text(w io.Writer, d *result.Document) error { return TextWith(Options{})(w, d) }

// TextWith returns the text writer with options. The order is: what is broken, grouped by cause;
// what was measured; how compliant each suite is; and last, where the eye rests, the matrix, the
// counts, the grade and the next command.
func TextWith(o Options) Writer {
	return func(w io.Writer, d *result.Document) error {
		p := newPen(d, o)
		var b strings.Builder
		p.header(&b)
		p.causes(&b)
		p.notRun(&b)
		p.claims(&b)
		p.facts(&b)
		p.suites(&b)
		p.published(&b)
		p.matrix(&b)
		p.readiness(&b)
		p.summary(&b)
		_, err := io.WriteString(w, defuse(b.String()))
		return err
	}
}

// Summary writes only the end of the text report: matrix, readiness, counts, grade, next command.
func Summary(o Options) Writer {
	return func(w io.Writer, d *result.Document) error {
		p := newPen(d, o)
		var b strings.Builder
		p.published(&b)
		p.matrix(&b)
		p.readiness(&b)
		p.summary(&b)
		_, err := io.WriteString(w, defuse(b.String()))
		return err
	}
}

func (p *pen) heading(b *strings.Builder, title string) {
	b.WriteString("\n" + p.bold.Sprint(title) + "\n\n")
}

// para writes a wrapped paragraph in one colour; c may be nil.
func (p *pen) para(b *strings.Builder, indent, text string, c *color.Color) {
	for i, line := range wrap(text, p.width-len(indent)) {
		if c != nil {
			line = c.Sprint(line)
		}
		if i > 0 {
			line = "  " + line
		}
		b.WriteString(indent + line + "\n")
	}
}

func (p *pen) header(b *strings.Builder) {
	d := p.v.doc
	line := strings.TrimSpace(d.Tool.Name+" "+d.Tool.Version) + " · " + d.Target.URL
	if d.Target.Title != "" {
		line += " (" + d.Target.Title + ")"
	}
	p.para(b, "", clip(oneLine(line), clipValue), p.bold)
	var notes []string
	if d.Run.Demo {
		notes = append(notes, "embedded provider")
	}
	if len(d.Run.Defects) > 0 {
		notes = append(notes, "defects: "+strings.Join(d.Run.Defects, ", "))
	}
	if d.Run.ReadOnly {
		notes = append(notes, "read-only")
	}
	if d.Run.Selection != "" {
		notes = append(notes, clip(d.Run.Selection, clipValue))
	}
	if d.Target.Insecure {
		notes = append(notes, "TLS certificates were not verified")
	}
	if len(notes) > 0 {
		b.WriteString(p.yellow.Sprint(oneLine(strings.Join(notes, " · "))) + "\n")
	}
	if d.Diagnosis != nil {
		l := &lines{}
		l.labelled("", p.red.Sprint("! cannot test the target:"), clip(oneLine(d.Diagnosis.Message), clipValue), p.width, 0)
		l.labelled("  ", "hint", clip(oneLine(d.Diagnosis.Hint), clipValue), p.width, 4)
		if x := p.v.exchanges[d.Diagnosis.Exchange]; x != nil {
			l.add("  " + clip(oneLine(conversation(x)), 300))
		}
		b.WriteString("\n" + l.b.String())
	}
}

func (p *pen) causes(b *strings.Builder) {
	causes := p.v.doc.Causes
	if len(causes) == 0 {
		return
	}
	p.heading(b, "What is broken")
	var quiet []string
	for i := range causes {
		c := &causes[i]
		if c.Known && p.verbose == 0 {
			quiet = append(quiet, fmt.Sprintf("%s %s  %s: %s", glyph(c.Outcome), word(c.Outcome), clip(oneLine(c.Title), 120), p.knownReason(c)))
			continue
		}
		b.WriteString(p.cause(c, i+1) + "\n")
	}
	if len(quiet) > 0 {
		b.WriteString(p.bold.Sprint("Known, not counted") + "\n")
		for _, q := range quiet {
			b.WriteString("  " + p.faint.Sprint(q) + "\n")
		}
	}
}

func (p *pen) knownReason(c *result.Cause) string {
	for _, id := range append(append([]string{}, c.Checks...), c.Consequences...) {
		if f := p.v.checks[id]; f.check != nil && f.check.Known != nil {
			return clip(oneLine(known(f.check)), 160)
		}
	}
	return "known"
}

// notRun lists cases that were skipped for a reason that somebody can do something about, and
// errors without a check; with -v all skips.
func (p *pen) notRun(b *strings.Builder) {
	type group struct {
		reason string
		ids    []string
	}
	var groups []*group
	byReason := map[string]*group{}
	for _, s := range p.v.doc.Suites {
		for _, c := range s.Cases {
			quiet := c.SkipKind == result.SkipNotApplicable || c.SkipKind == result.SkipDeselected
			if c.Outcome != result.Error && (c.Outcome != result.Skip || quiet && p.verbose == 0) {
				continue
			}
			kind := word(c.Outcome)
			if c.SkipKind != "" {
				kind = string(c.SkipKind)
			}
			key := kind + ": " + oneLine(c.Reason)
			if byReason[key] == nil {
				byReason[key] = &group{reason: key}
				groups = append(groups, byReason[key])
			}
			byReason[key].ids = append(byReason[key].ids, c.ID)
		}
	}
	if len(groups) == 0 {
		return
	}
	p.heading(b, "Not judged")
	const shown = 4
	for _, g := range groups {
		l := &lines{}
		ids := oneLine(strings.Join(g.ids[:min(len(g.ids), shown)], ", "))
		if n := len(g.ids) - shown; n > 0 {
			ids += fmt.Sprintf(" and %d more", n)
		}
		l.labelled("  ", "○", clip(g.reason, clipSummary), p.width, 1)
		l.labelled("     ", "", clip(ids, clipValue), p.width, 0)
		b.WriteString(l.b.String())
	}
}

func (p *pen) claims(b *strings.Builder) {
	if len(p.v.doc.Claims) == 0 {
		return
	}
	p.heading(b, "Claimed and measured")
	rows := [][]string{{"promise", "for", "claimed", "measured", "verdict"}}
	more := map[string][]string{} // what works beyond the promises, by profile: a table of it would hide what is broken
	var whose []string
	for _, c := range p.v.doc.Claims {
		if c.Verdict == "not claimed but works" && c.Claimed == "not said" {
			if more[c.Profile] == nil {
				whose = append(whose, c.Profile)
			}
			more[c.Profile] = append(more[c.Profile], oneLine(p.v.promise(c)))
			continue
		}
		rows = append(rows, []string{clip(oneLine(p.v.promise(c)), 40), clip(oneLine(promisedFor(c)), 30), clip(oneLine(c.Claimed), 30), clip(oneLine(c.Measured), 50), clip(oneLine(c.Verdict), 30)})
	}
	writeTable(b, rows, "  ")
	for _, id := range whose {
		l := &lines{}
		l.labelled("  ", "works, not claimed", clip(oneLine(id), 30)+": "+clip(strings.Join(more[id], ", "), 600), p.width, 4)
		b.WriteString(l.b.String())
	}
	for _, c := range p.v.doc.Claims {
		if c.Verdict == "broken" && c.Because != "" {
			l := &lines{}
			l.labelled("  ", "✗ "+clip(oneLine(p.v.promise(c)), 40), clip(oneLine(c.Because), 300), p.width, 4)
			b.WriteString(l.b.String())
		}
	}
}

// facts shows the fact sheet, a group a paragraph.
func (p *pen) facts(b *strings.Builder) {
	d := p.v.doc
	if len(d.FactSheet) == 0 {
		return
	}
	p.heading(b, "What this endpoint is")
	for i := 0; i < len(d.FactSheet); {
		group := d.FactSheet[i].Group
		var parts []string
		for ; i < len(d.FactSheet) && d.FactSheet[i].Group == group; i++ {
			f := d.FactSheet[i]
			text := f.Title + " " + f.Text()
			if f.Note != "" && p.verbose > 0 {
				text += " (" + f.Note + ")"
			}
			parts = append(parts, clip(oneLine(text), 160))
		}
		l := &lines{}
		l.labelled("  ", clip(oneLine(group), 30), strings.Join(parts, " · "), p.width, 14)
		b.WriteString(l.b.String())
	}
}

func (p *pen) suites(b *strings.Builder) {
	d := p.v.doc
	if len(d.Suites) == 0 {
		return
	}
	p.heading(b, "Conformance")
	rows := [][]string{{"suite", "conformance", "must", "should", "score"}}
	for _, s := range d.Suites {
		if s.Published != nil {
			continue // told as what it is: passed or not
		}
		rows = append(rows, []string{clip(oneLine(s.ID), 40), s.Score.Conformance, levelText(s.Score.Levels, result.Must), levelText(s.Score.Levels, result.Should), fmt.Sprintf("%.1f %%", s.Score.Percent)})
	}
	writeTable(b, rows, "  ")
	if total, tested, held := coverageSum(d); total > 0 {
		b.WriteString("\n")
		p.para(b, "  ", fmt.Sprintf("%d of %s were tested, %d held", tested, plural(total, "requirement", "requirements"), held), nil)
	}
}

// coverageSum adds up the rows of the coverage table.
func coverageSum(d *result.Document) (total, tested, held int) {
	for _, c := range d.Coverage {
		total, tested, held = total+c.Total, tested+c.Tested, held+c.Held
	}
	return total, tested, held
}

func levelText(levels map[result.Level]result.LevelScore, l result.Level) string {
	s, ok := levels[l]
	if !ok || s.Total == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", s.Passed, s.Total)
}

// writeTable aligns columns; cells must be plain.
func writeTable(b *strings.Builder, rows [][]string, indent string) {
	widths := tableWidths(rows)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(pad(cell, widths[i]) + "  ")
		}
		b.WriteString(indent + strings.TrimRight(line.String(), " ") + "\n")
	}
}

func tableWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(cell))
		}
	}
	return widths
}
