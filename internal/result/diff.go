package result

import (
	"cmp"
	"regexp"
	"strings"
)

// DiffSchemaID names the version of the JSON form of a Diff.
const DiffSchemaID = "scimmage.diff/1"

// Diff compares two documents, check by check.
type Diff struct {
	Schema   string          `json:"schema"`
	Before   DiffSide        `json:"before"`
	After    DiffSide        `json:"after"`
	Fixed    []DiffItem      `json:"fixed"`    // was a finding, was judged again and is none
	New      []DiffItem      `json:"new"`      // is a finding and was none
	Changed  []DiffItem      `json:"changed"`  // is a finding of another outcome or with another text
	Untested []DiffItem      `json:"untested"` // was a finding and was not judged again: not fixed
	Same     int             `json:"same"`     // findings in both
	Verdicts []VerdictChange `json:"verdicts"`
}

// DiffSide is one of the two documents in short.
type DiffSide struct {
	Target   string  `json:"target"`
	Run      string  `json:"run"`
	Started  string  `json:"started"`
	Partial  bool    `json:"partial"`
	Grade    string  `json:"grade,omitempty"`
	Percent  float64 `json:"percent"`
	Findings int     `json:"findings"`
}

// DiffItem is one check that differs. Before and After are empty where the check was not there.
type DiffItem struct {
	ID      string   `json:"id"`
	Level   Level    `json:"level"`
	Cites   []string `json:"cites,omitempty"`
	Before  Outcome  `json:"before,omitempty"`
	After   Outcome  `json:"after,omitempty"`
	Summary string   `json:"summary"`
	Was     string   `json:"was,omitempty"` // summary before, where it differs
	Why     string   `json:"why,omitempty"` // why it was not judged again
}

// VerdictChange is one cell of the matrix that differs.
type VerdictChange struct {
	Feature string  `json:"feature"`
	Title   string  `json:"title"`
	Profile string  `json:"profile"`
	Name    string  `json:"profile_title"`
	Before  Verdict `json:"before"`
	After   Verdict `json:"after"`
}

// Empty reports whether nothing differs.
func (d *Diff) Empty() bool {
	return len(d.Fixed)+len(d.New)+len(d.Changed)+len(d.Untested)+len(d.Verdicts) == 0
}

// Compare says what changed from a to b. The order is that of b, then that of a for what b lacks.
func Compare(a, b *Document) *Diff {
	out := &Diff{
		Schema: DiffSchemaID, Before: diffSide(a), After: diffSide(b),
		Fixed: []DiffItem{}, New: []DiffItem{}, Changed: []DiffItem{}, Untested: []DiffItem{}, Verdicts: []VerdictChange{},
	}
	before, after := newIndex(a), newIndex(b)
	text := comparableText(a, b)
	eachCheck(b, func(_ *Case, k *Check) { out.compare(before.checks[k.ID], k, text) })
	eachCheck(a, func(c *Case, k *Check) {
		if k.Finding() && after.checks[k.ID] == nil {
			item := itemOf(k)
			item.Before, item.After, item.Why = k.Outcome, "", goneReason(after, c)
			out.Untested = append(out.Untested, item)
		}
	})
	out.compareVerdicts(a, b)
	return out
}

func diffSide(d *Document) DiffSide {
	return DiffSide{
		Target: d.Target.URL, Run: d.Run.ID, Started: d.Run.Started.Format("2006-01-02T15:04:05Z07:00"), Partial: d.Run.Partial,
		Grade: d.Score.Grade, Percent: d.Score.Percent, Findings: d.Counts.Findings,
	}
}

func eachCheck(d *Document, f func(*Case, *Check)) {
	for i := range d.Suites {
		for j := range d.Suites[i].Cases {
			c := &d.Suites[i].Cases[j]
			for k := range c.Checks {
				f(c, &c.Checks[k])
			}
		}
	}
}

func itemOf(k *Check) DiffItem {
	return DiffItem{ID: k.ID, Level: k.Level, Cites: k.Cites, After: k.Outcome, Summary: or(k.Summary, k.Title, k.Reason)}
}

// longID is what differs between two runs of the same thing: ids that the target or the run chose.
// Short numbers such as a status stay.
var longID = regexp.MustCompile(`[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*`)

// comparableText takes out of a summary what is different in every run.
func comparableText(a, b *Document) func(string) string {
	var pairs []string
	for _, d := range []*Document{a, b} {
		for _, s := range []string{d.Run.Prefix, d.Run.ID, d.Target.URL} {
			if s != "" {
				pairs = append(pairs, s, "…")
			}
		}
	}
	run := strings.NewReplacer(pairs...)
	return func(s string) string {
		return longID.ReplaceAllStringFunc(run.Replace(s), func(id string) string {
			const shortest = 6 // a status, a count or a version is shorter than an id
			if len(id) < shortest {
				return id
			}
			return "…"
		})
	}
}

// compare files one check of the later document.
func (d *Diff) compare(was, is *Check, text func(string) string) {
	item := itemOf(is)
	if was == nil {
		if is.Finding() {
			d.New = append(d.New, item)
		}
		return
	}
	item.Before = was.Outcome
	switch {
	case is.Finding() && !was.Finding():
		d.New = append(d.New, item)
	case is.Finding() && (was.Outcome != is.Outcome || text(was.Summary) != text(is.Summary)):
		item.Was = was.Summary
		d.Changed = append(d.Changed, item)
	case is.Finding():
		d.Same++
	case was.Finding() && is.Outcome == Skip:
		item.Why = or(is.Reason, "skipped")
		d.Untested = append(d.Untested, item)
	case was.Finding():
		item.Summary = or(was.Summary, was.Title) // what was wrong; that it is right now says the outcome
		d.Fixed = append(d.Fixed, item)
	}
}

// goneReason says why a check is not in the later document.
func goneReason(x *index, c *Case) string {
	now := x.cases[c.ID]
	switch {
	case now == nil:
		return "its case is not in the later run"
	case now.Outcome == Skip || now.Outcome == Error:
		return or(now.Reason, "its case was not judged")
	}
	return "the check is not in the later run"
}

func (d *Diff) compareVerdicts(a, b *Document) {
	before := map[string]Feature{}
	for _, f := range a.Features {
		before[f.ID] = f
	}
	for _, f := range b.Features {
		old, ok := before[f.ID]
		for _, p := range b.Profiles {
			was, had := old.Verdicts[p.ID]
			if is := f.Verdicts[p.ID]; ok && had && was != is {
				d.Verdicts = append(d.Verdicts, VerdictChange{Feature: f.ID, Title: f.Title, Profile: p.ID, Name: cmp.Or(p.Title, p.ID), Before: was, After: is})
			}
		}
	}
}
