package html

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// diffPage is the comparison of two runs as a page of its own.
type diffPage struct {
	CSP, Title, Headline string
	Sides                []diffSide
	Verdicts             []diffVerdict
	Parts                []diffPart
}

type diffSide struct{ Name, Target, Started, Score, Findings, Partial string }

type diffVerdict struct {
	Feature, Profile string
	Before, After    badge
}

type diffPart struct {
	Title, Anchor, Lead string
	Count               int
	Items               []diffItem
}

type diffItem struct {
	ID, Level, Summary, Note string
	Before, After            badge
	Cites                    []citation
}

// WriteDiff writes the comparison of two runs as one offline page.
func WriteDiff(w io.Writer, d *result.Diff) error {
	s, err := loadStatic()
	if err != nil {
		return fmt.Errorf("html report: templates: %w", err)
	}
	b := &builder{}
	p := diffPage{CSP: s.csp, Title: clip(clean(orElse(d.After.Target, "No target")), 120), Headline: diffHeadline(d),
		Sides: []diffSide{side("Before", d.Before), side("After", d.After)}}
	for _, v := range d.Verdicts {
		p.Verdicts = append(p.Verdicts, diffVerdict{prose(orElse(v.Title, v.Feature)), prose(orElse(v.Name, v.Profile)), lookup(verdictBadges, v.Before), lookup(verdictBadges, v.After)})
	}
	for _, part := range []struct {
		title, anchor, lead string
		items               []result.DiffItem
	}{
		{"New", "new", "Findings that the earlier run did not have.", d.New},
		{"Changed", "changed", "Findings of both runs, with another outcome or other words.", d.Changed},
		{"Not judged again", "untested", "Findings of the earlier run that the later one did not come to: they are not fixed.", d.Untested},
		{"Fixed", "fixed", "Findings of the earlier run that were judged again and are none any more.", d.Fixed},
	} {
		v := diffPart{Title: part.title, Anchor: part.anchor, Lead: part.lead, Count: len(part.items)}
		for _, i := range part.items {
			v.Items = append(v.Items, b.diffItem(i))
		}
		p.Parts = append(p.Parts, v)
	}
	out := bufio.NewWriter(w)
	if err := s.tmpl.ExecuteTemplate(out, "diff", p); err != nil {
		return fmt.Errorf("html report: %w", err)
	}
	return out.Flush()
}

func diffHeadline(d *result.Diff) string {
	if d.Empty() {
		return fmt.Sprintf("No difference: %d findings in both runs.", d.Same)
	}
	return fmt.Sprintf("%d fixed, %d new, %d changed, %d not judged again; %d are the same.", len(d.Fixed), len(d.New), len(d.Changed), len(d.Untested), d.Same)
}

func side(name string, s result.DiffSide) diffSide {
	v := diffSide{Name: name, Target: prose(s.Target), Started: clip(clean(strings.NewReplacer("T", " ", "Z", " UTC").Replace(s.Started)), 40),
		Score: percent(s.Percent), Findings: fmt.Sprint(s.Findings)}
	if s.Grade != "" {
		v.Score = clip(clean(s.Grade), 4) + ", " + v.Score
	}
	if s.Partial {
		v.Partial = "partial run"
	}
	return v
}

func (b *builder) diffItem(i result.DiffItem) diffItem {
	absent := badge{"void", "·", "Absent"}
	v := diffItem{ID: clip(clean(i.ID), 200), Level: strings.ToUpper(clean(string(i.Level))), Summary: prose(i.Summary), Before: absent, After: absent, Cites: b.citeAll(i.Cites)}
	if i.Before != "" {
		v.Before = lookup(outcomeBadges, i.Before)
	}
	if i.After != "" {
		v.After = lookup(outcomeBadges, i.After)
	}
	switch {
	case i.Why != "":
		v.Note = prose("Not judged again: " + i.Why)
	case i.Was != "" && i.Was != i.Summary:
		v.Note = prose("Was: " + i.Was)
	}
	return v
}
