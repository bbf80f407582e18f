package reports

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/scimmage/scimmage/internal/result"
)

// matrix draws features × profiles as a table. Where the terminal is too narrow for the titles of
// the profiles, their ids stand in the head; where that is too wide, too, it becomes a list.
func (p *pen) matrix(b *strings.Builder) {
	d := p.v.doc
	features := testedFeatures(d)
	if len(features) == 0 || len(d.Profiles) == 0 {
		return
	}
	p.heading(b, "Will it work with my identity provider?")
	for _, title := range []func(result.Profile) string{
		func(pr result.Profile) string { return clip(oneLine(pr.Title), 52) },
		func(pr result.Profile) string { return clip(oneLine(pr.ID), 30) },
	} {
		rows := [][]string{{""}}
		for _, pr := range d.Profiles {
			rows[0] = append(rows[0], title(pr))
		}
		for _, f := range features {
			row := []string{clip(oneLine(f.Title), 30)}
			for _, pr := range d.Profiles {
				row = append(row, verdictCell(f, pr.ID))
			}
			rows = append(rows, row)
		}
		if p.matrixTable(b, rows, features) {
			return
		}
	}
	p.matrixList(b, features)
}

// testedFeatures leaves out the features that no profile of this run has a case for.
func testedFeatures(d *result.Document) []result.Feature {
	var out []result.Feature
	for _, f := range d.Features {
		if len(f.Evidence) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// verdictCell is a verdict with its glyph. Where no case stands behind it, it says so: an identity
// provider that never does something is not the same as a test that did not run.
func verdictCell(f result.Feature, profile string) string {
	v := f.Verdicts[profile]
	if v == result.Untested && len(f.Evidence[profile]) == 0 {
		return "· no case"
	}
	return verdictGlyph(v) + " " + string(v)
}

// matrixTable draws the table if it fits.
func (p *pen) matrixTable(b *strings.Builder, rows [][]string, features []result.Feature) bool {
	widths := tableWidths(rows)
	total := 0
	for _, w := range widths {
		total += w + 2
	}
	if total > p.width {
		return false
	}
	for i, row := range rows {
		line := "  "
		for j, cell := range row {
			text := pad(cell, widths[j])
			switch {
			case i == 0:
				text = p.bold.Sprint(text)
			case j > 0:
				text = p.verdict(features[i-1].Verdicts[p.v.doc.Profiles[j-1].ID]).Sprint(text)
			}
			line += text + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return true
}

func (p *pen) matrixList(b *strings.Builder, features []result.Feature) {
	for _, f := range features {
		b.WriteString("  " + p.bold.Sprint(clip(oneLine(f.Title), 30)) + "\n")
		for _, pr := range p.v.doc.Profiles {
			v := f.Verdicts[pr.ID]
			b.WriteString("    " + p.verdict(v).Sprint(verdictCell(f, pr.ID)) + "  " + clip(oneLine(pr.ID), 30) + "\n")
		}
	}
}

func (p *pen) readiness(b *strings.Builder) {
	d := p.v.doc
	if len(d.Profiles) == 0 {
		return
	}
	b.WriteString("\n")
	colors := map[string]func(...any) string{
		result.StateReady: p.green.Sprint, result.StateLimits: p.yellow.Sprint, result.StateNotReady: p.red.Sprint, result.StateUnknown: p.faint.Sprint,
	}
	const shown = 3
	for _, pr := range d.Profiles {
		r, ok := d.Readiness[pr.ID]
		if !ok {
			continue
		}
		paint := colors[r.State]
		if paint == nil {
			paint = p.faint.Sprint
		}
		b.WriteString("  " + paint(readinessGlyph(r.State)+" "+clip(oneLine(pr.Title), 60)+": "+readinessWord(r.State)) + "\n")
		for i, why := range r.Because {
			if i == shown && p.verbose == 0 {
				fmt.Fprintf(b, "      and %s\n", plural(len(r.Because)-i, "more reason", "more reasons"))
				break
			}
			l := &lines{}
			l.labelled("      ", "", clip(oneLine(why), clipSummary), p.width, 0)
			b.WriteString(l.b.String())
		}
		if pr.Basis != "" {
			l := &lines{}
			l.labelled("      ", "", "what its vendor leaves open was played as: "+clip(oneLine(strings.Join(pr.Options, "; ")), clipSummary), p.width, 0)
			b.WriteString(l.b.String())
		}
		if len(pr.Assumed) > 0 && p.verbose > 0 {
			b.WriteString("      " + p.faint.Sprint("assumed, not captured: "+clip(oneLine(strings.Join(pr.Assumed, ", ")), clipSummary)) + "\n")
		}
	}
	p.forecast(b)
}

// summary is the end of the report: counts, grade, leftovers, drift and the next command.
func (p *pen) summary(b *strings.Builder) {
	d := p.v.doc
	p.heading(b, "Summary")
	b.WriteString("  " + p.countLine() + "\n")
	p.para(b, "  ", plural(d.Run.Requests, "request", "requests")+" in "+seconds(d.Run.DurationMS)+p.rateNote(), nil)
	b.WriteString("  " + p.gradeLine() + "\n")
	for _, c := range d.Score.Caps {
		l := &lines{}
		l.labelled("    ", "", fmt.Sprintf("at most %s: %s (%s)", c.Grade, oneLine(c.Reason), clip(oneLine(strings.Join(c.Checks, ", ")), 200)), p.width, 0)
		b.WriteString(l.b.String())
	}
	if d.Run.Partial {
		p.para(b, "  ", "▲ partial run: "+clip(oneLine(d.Run.PartialWhy), clipSummary), p.yellow)
	}
	p.leftovers(b)
	if d.Baseline != nil {
		for _, s := range d.Baseline.Drift {
			l := &lines{}
			l.labelled("  ", p.yellow.Sprint("▲ baseline drift:"), clip(oneLine(s), clipSummary), p.width, 0)
			b.WriteString(l.b.String())
		}
	}
	b.WriteString("\n")
	line, colour := p.result()
	p.para(b, "  ", line, colour)
	if next := nextCommand(p.v); next != "" {
		b.WriteString("  next    " + next + "\n")
	}
}

func (p *pen) rateNote() string {
	if n := p.v.doc.Run.RateLimited; n > 0 {
		return fmt.Sprintf(", %s honoured", plural(n, "rate limit answer was", "rate limit answers were"))
	}
	return ""
}

// countLine lists the outcomes of cases and checks, in words.
func (p *pen) countLine() string {
	n := p.v.doc.Counts
	cases, checks := 0, 0
	for _, o := range result.Outcomes() {
		cases += n.Cases[o]
		checks += n.Checks[o]
	}
	var parts []string
	for _, o := range result.Outcomes() {
		if n.Cases[o] > 0 {
			parts = append(parts, p.outcome(o).Sprint(fmt.Sprintf("%d %s", n.Cases[o], word(o))))
		}
	}
	line := plural(cases, "case", "cases")
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	return line + fmt.Sprintf(" · %s in %s", plural(checks, "check", "checks"), plural(n.Suites, "suite", "suites"))
}

func (p *pen) gradeLine() string {
	s := p.v.doc.Score
	text := fmt.Sprintf("score %.1f %% (must %s, should %s)", s.Percent, levelText(s.Levels, result.Must), levelText(s.Levels, result.Should))
	if s.Grade != "" {
		return p.bold.Sprint("grade "+s.Grade) + ", " + text
	}
	if s.NoGrade != "" {
		return text + ", no grade: " + clip(oneLine(s.NoGrade), clipSummary)
	}
	return text
}

func (p *pen) leftovers(b *strings.Builder) {
	const shown = 5
	for i, o := range p.v.doc.Leftovers {
		if i == shown {
			fmt.Fprintf(b, "    and %d more\n", len(p.v.doc.Leftovers)-i)
			break
		}
		text := fmt.Sprintf("▲ left on the target: %s %s (%s)", o.Endpoint, o.Marker, o.ID)
		if o.ID == "" {
			text = fmt.Sprintf("▲ may be left on the target: %s %s", o.Endpoint, o.Marker)
		}
		if o.Why != "" {
			text += ": " + o.Why
		}
		p.para(b, "  ", clip(oneLine(text), clipSummary), p.yellow)
	}
}

// resultLine says the result in one sentence.
func (p *pen) resultLine() string {
	line, _ := p.result()
	return line
}

// result is the result in one sentence, and its colour.
func (p *pen) result() (string, *color.Color) {
	d := p.v.doc
	n := d.Counts
	clean := n.Findings == 0 && n.Errors == 0
	switch {
	case d.Diagnosis != nil:
		return "! the target could not be tested: " + clip(oneLine(d.Diagnosis.Message), clipSummary), p.red
	case clean && n.Checks[result.Pass]+n.Checks[result.Info]+n.Known == 0:
		return "○ nothing was judged", p.yellow
	case clean && n.Known > 0:
		return "✓ nothing new: " + plural(n.Known, "known finding", "known findings"), p.green
	case clean:
		return "✓ no findings", p.green
	}
	text := fmt.Sprintf("%s, %s: %d MUST, %d SHOULD", plural(n.Findings, "finding", "findings"), plural(n.Causes, "cause", "causes"), n.Must, n.Should)
	if n.Errors > 0 {
		text += fmt.Sprintf(", %d not judged because of errors", n.Errors)
	}
	if n.Known > 0 {
		text += fmt.Sprintf(", %d more known", n.Known)
	}
	if n.Must > 0 {
		return "✗ " + text, p.red
	}
	return "▲ " + text, p.yellow
}

// nextCommand is what a person would type next, or "".
func nextCommand(v *view) string {
	d := v.doc
	if d.Diagnosis != nil {
		return oneLine(d.Run.Command) // the hint above says what to change first
	}
	if d.Run.Partial && len(d.Leftovers) > 0 {
		return "scimmage cleanup --journal FILE"
	}
	for _, c := range d.Causes {
		for _, id := range c.Checks {
			if k := v.checks[id].check; !c.Known && k != nil && k.Finding() {
				return "scimmage explain " + shellWord(oneLine(id))
			}
		}
	}
	return ""
}
