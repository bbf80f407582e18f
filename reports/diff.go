package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	page "github.com/scimmage/scimmage/reports/html"
)

// DiffWriter writes the comparison of two documents in one format.
type DiffWriter func(io.Writer, *result.Diff) error

// DiffFormat is one entry of the registry of comparisons.
type DiffFormat struct {
	Name      string
	Ext       string
	MediaType string
	Write     DiffWriter
}

// DiffFormats lists the formats of comparisons.
func DiffFormats(o Options) []DiffFormat {
	return []DiffFormat{
		{"text", ".txt", "text/plain; charset=utf-8", DiffTextWith(o)},
		{"json", ".json", "application/json", DiffJSON},
		{"markdown", ".md", "text/markdown; charset=utf-8", DiffMarkdown},
		{"html", ".html", "text/html; charset=utf-8", page.WriteDiff},
	}
}

// DiffJSON writes the comparison as it is.
func DiffJSON(w io.Writer, d *result.Diff) error { return writeJSON(w, d) }

// diffSections are the parts of a comparison, worst first.
func diffSections(d *result.Diff) []diffSection {
	return []diffSection{
		{"New", "✗", d.New}, {"Changed", "▲", d.Changed}, {"Not judged again", "○", d.Untested}, {"Fixed", "✓", d.Fixed},
	}
}

type diffSection struct {
	title, glyph string
	items        []result.DiffItem
}

// diffLine says the result of a comparison in one sentence.
func diffLine(d *result.Diff) string {
	if d.Empty() {
		return fmt.Sprintf("no difference, %s in both", plural(d.Same, "finding", "findings"))
	}
	return fmt.Sprintf("%d fixed, %d new, %d changed, %d not judged again, %d the same; %s",
		len(d.Fixed), len(d.New), len(d.Changed), len(d.Untested), d.Same, plural(len(d.Verdicts), "verdict differs", "verdicts differ"))
}

func diffSide(s result.DiffSide) string {
	text := fmt.Sprintf("run %s of %s, %s: %s, %.1f %%", s.Run, s.Target, s.Started, plural(s.Findings, "finding", "findings"), s.Percent)
	if s.Grade != "" {
		text += ", grade " + s.Grade
	}
	if s.Partial {
		text += ", partial"
	}
	return clip(oneLine(text), clipValue)
}

// itemNote says what an item was before, or why it was not judged.
func itemNote(i result.DiffItem) string {
	switch {
	case i.Why != "":
		return "not judged again: " + i.Why
	case i.Was != "" && i.Was != i.Summary:
		return "was: " + i.Was
	}
	return ""
}

func itemChange(i result.DiffItem) string {
	before, after := word(i.Before), word(i.After)
	if i.Before == "" {
		before = "absent"
	}
	if i.After == "" {
		after = "absent"
	}
	return before + " → " + after
}

// DiffText writes the comparison for a terminal, without colours.
func DiffText(w io.Writer, d *result.Diff) error { return DiffTextWith(Options{})(w, d) }

// DiffTextWith returns the text writer of comparisons with options.
func DiffTextWith(o Options) DiffWriter {
	return func(w io.Writer, d *result.Diff) error {
		p := newPen(&result.Document{}, o)
		var b strings.Builder
		fmt.Fprintf(&b, "before  %s\nafter   %s\n", diffSide(d.Before), diffSide(d.After))
		for _, s := range diffSections(d) {
			if len(s.items) == 0 {
				continue
			}
			p.heading(&b, fmt.Sprintf("%s (%d)", s.title, len(s.items)))
			for _, i := range s.items {
				l := &lines{}
				l.add(fmt.Sprintf("  %s %s  %s  %s", s.glyph, p.bold.Sprint(clip(oneLine(i.ID), 200)), strings.ToUpper(string(i.Level)), itemChange(i)))
				l.labelled("    ", "", clip(oneLine(i.Summary), clipSummary), p.width, 0)
				l.labelled("    ", "", p.faint.Sprint(clip(oneLine(itemNote(i)), clipSummary)), p.width, 0)
				b.WriteString(l.b.String())
			}
		}
		if len(d.Verdicts) > 0 {
			p.heading(&b, "Verdicts")
			rows := [][]string{}
			for _, v := range d.Verdicts {
				rows = append(rows, []string{clip(oneLine(v.Title), 40), clip(oneLine(v.Profile), 40), string(v.Before) + " → " + string(v.After)})
			}
			writeTable(&b, rows, "  ")
		}
		b.WriteString("\n" + p.bold.Sprint(diffLine(d)) + "\n")
		_, err := io.WriteString(w, defuse(b.String()))
		return err
	}
}

// DiffMarkdown writes the comparison for pull requests, within the budget of a step summary.
func DiffMarkdown(w io.Writer, d *result.Diff) error {
	m := &markdown{}
	fmt.Fprintf(&m.b, "# SCIM conformance: what changed\n\n**%s**\n\n- before: %s\n- after: %s\n\n", mdText(diffLine(d)), mdText(diffSide(d.Before)), mdText(diffSide(d.After)))
	if len(d.Verdicts) > 0 {
		var rows [][]string
		for _, v := range d.Verdicts {
			rows = append(rows, []string{mdText(v.Title), mdText(v.Profile), verdictGlyph(v.Before) + " " + string(v.Before), verdictGlyph(v.After) + " " + string(v.After)})
		}
		m.table([]string{"Feature", "Profile", "Before", "After"}, rows)
	}
	for _, s := range diffSections(d) {
		if len(s.items) == 0 {
			continue
		}
		fmt.Fprintf(&m.b, "## %s (%d)\n\n", s.title, len(s.items))
		for n, i := range s.items {
			if m.b.Len() > markdownBudget-4096 {
				fmt.Fprintf(&m.b, "- … and %d more\n", len(s.items)-n)
				break
			}
			fmt.Fprintf(&m.b, "- %s %s (%s, %s): %s", s.glyph, mdCode(clip(i.ID, 200)), strings.ToUpper(string(i.Level)), itemChange(i), mdText(clip(i.Summary, clipSummary)))
			if note := itemNote(i); note != "" {
				m.b.WriteString(" — " + mdText(clip(note, clipSummary)))
			}
			m.b.WriteString("\n")
		}
		m.b.WriteString("\n")
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}
