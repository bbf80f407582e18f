package result

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// DateFormat of Until.
const DateFormat = "2006-01-02"

// BaselineEntry is one expected finding. The file it stands in is read elsewhere.
type BaselineEntry struct {
	Check   string  `json:"check" yaml:"check"` // glob over check ids
	Reason  string  `json:"reason" yaml:"reason"`
	Until   string  `json:"until,omitempty" yaml:"until,omitempty"` // last day on which it holds, 2006-01-02
	Outcome Outcome `json:"outcome,omitempty" yaml:"outcome,omitempty"`
}

// Validate refuses entries that could hide something by accident.
func (e BaselineEntry) Validate() error {
	if _, err := CompileGlob(e.Check); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	if or(e.Reason) == "" {
		return fmt.Errorf("baseline: %s has no reason: say why the finding is expected", e.Check)
	}
	if e.Until != "" {
		if _, err := time.Parse(DateFormat, e.Until); err != nil {
			return fmt.Errorf("baseline: %s: until is %q, wanted a date such as 2026-12-31", e.Check, e.Until)
		}
	}
	switch e.Outcome {
	case "", Fail, Warn, Error:
		return nil
	}
	return fmt.Errorf("baseline: %s: outcome is %q, wanted fail, warn or error", e.Check, e.Outcome)
}

// expired reports whether the last day is over.
func (e BaselineEntry) expired(now time.Time) bool {
	t, err := time.Parse(DateFormat, e.Until)
	return err == nil && !now.UTC().Before(t.AddDate(0, 0, 1))
}

// ApplyBaseline marks the findings that entries expect as known and writes the baseline report.
// A known finding counts for verdicts and scores, which tell the truth, but not for the exit code.
// An expired entry still covers its findings, and is drift.
//
// Drift is: an entry that matches no check (unless the check was not reached in this run), an entry
// whose checks were all judged and none of which is a finding any more, an entry whose
// finding has another outcome than it says, and an expired entry.
func ApplyBaseline(d *Document, file string, entries []BaselineEntry, now time.Time) error {
	for _, e := range entries {
		if err := e.Validate(); err != nil {
			return err
		}
	}
	eachCheck(d, func(_ *Case, k *Check) { k.Known = nil })
	report := &BaselineReport{File: file}
	for _, e := range entries {
		report.Drift = append(report.Drift, applyEntry(d, e, now)...)
	}
	Recount(d)
	report.Known = d.Counts.Known
	d.Baseline = report
	return nil
}

// entryUse is what one entry met in a document.
type entryUse struct {
	matched, known, passed, unjudged int
	other                            []string // findings with an outcome that the entry does not expect
}

func applyEntry(d *Document, e BaselineEntry, now time.Time) []string {
	glob, _ := CompileGlob(e.Check)
	expired := e.expired(now)
	var use entryUse
	for i := range d.Suites {
		for j := range d.Suites[i].Cases {
			c := &d.Suites[i].Cases[j]
			for k := range c.Checks {
				if glob.Match(c.Checks[k].ID) {
					use.take(&c.Checks[k], e, expired)
				}
			}
			if notReached(c) && glob.CouldMatchBelow(c.ID) {
				use.unjudged++
			}
		}
	}
	var drift []string
	for _, other := range use.other {
		drift = append(drift, fmt.Sprintf("%s: changed: expected %s, but %s", e.Check, e.Outcome, other))
	}
	switch {
	case use.matched == 0 && use.unjudged == 0 && !chosen(d, e): // one baseline serves the parts of a run too
	case use.matched == 0 && use.unjudged == 0:
		drift = append(drift, unmatchedText(d, e))
	case use.known == 0 && len(use.other) == 0 && use.passed > 0 && use.unjudged == 0 && hearsPart(d, e): // the answer that it is about may not have been asked for
	case use.known == 0 && len(use.other) == 0 && use.passed > 0 && use.unjudged == 0:
		drift = append(drift, fmt.Sprintf("%s: unexpected pass: it passes now, so remove the entry (%s)", e.Check, e.Reason))
	case expired && use.known > 0:
		drift = append(drift, fmt.Sprintf("%s: expired on %s: fix it or give it a new date (%s)", e.Check, e.Until, e.Reason))
	}
	return drift
}

// chosen: what the entry is about was a part of the run. Of a run of some suites that is said by the suite that the entry names.
func chosen(d *Document, e BaselineEntry) bool {
	suite, _, _ := strings.Cut(e.Check, "/")
	return d.Run.Selection == "" || slices.ContainsFunc(d.Suites, func(s Suite) bool { return s.ID == suite && s.LeftOut == 0 })
}

// KindAutomatic is the kind of a suite whose checks are held to every answer of a run, whatever was chosen.
const KindAutomatic = "automatic"

// hearsPart: the entry is about every answer of a run, and the run asked for a part of them only.
func hearsPart(d *Document, e BaselineEntry) bool {
	suite, _, _ := strings.Cut(e.Check, "/")
	return d.Run.Selection != "" && slices.ContainsFunc(d.Suites, func(s Suite) bool { return s.ID == suite && s.Kind == KindAutomatic })
}

func (u *entryUse) take(c *Check, e BaselineEntry, expired bool) {
	u.matched++
	switch {
	case c.Finding() && (e.Outcome == "" || e.Outcome == c.Outcome):
		u.known++
		if c.Known == nil || c.Known.Expired && !expired {
			c.Known = &Known{Reason: e.Reason, Until: e.Until, Expired: expired}
		}
	case c.Finding():
		u.other = append(u.other, fmt.Sprintf("%s is %s", c.ID, c.Outcome))
	case c.Outcome == Skip:
		u.unjudged++
	default:
		u.passed++
	}
}

// notReached reports whether checks of the case may exist that this run did not come to.
func notReached(c *Case) bool { return c.Outcome == Skip || c.Outcome == Error }

func unmatchedText(d *Document, e BaselineEntry) string {
	var ids []string
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				ids = append(ids, k.ID)
			}
		}
	}
	text := fmt.Sprintf("%s: unmatched: there is no such check in this run", e.Check)
	if near := Nearest(e.Check, ids, 1); len(near) > 0 {
		text += "; did you mean " + near[0] + "?"
	}
	return text
}

// UpdateBaseline returns the entries that would make the document clean: old entries that still
// cover a finding (or whose checks were not reached, or not chosen) stay as they are, with their
// reasons, stale ones go, and each finding that none covers gets an entry of its own with the given reason.
func UpdateBaseline(d *Document, old []BaselineEntry, reason string, now time.Time) []BaselineEntry {
	var out []BaselineEntry
	covered := map[string]bool{}
	for _, e := range old {
		glob, err := CompileGlob(e.Check)
		if err != nil || e.expired(now) {
			continue
		}
		keep, met := false, false
		for _, s := range d.Suites {
			for _, c := range s.Cases {
				keep = keep || notReached(&c) && glob.CouldMatchBelow(c.ID)
				for _, k := range c.Checks {
					if !glob.Match(k.ID) {
						continue
					}
					met = true
					if k.Finding() && (e.Outcome == "" || e.Outcome == k.Outcome) {
						keep, covered[k.ID] = true, true
					}
				}
			}
		}
		if keep || !met && !chosen(d, e) || met && hearsPart(d, e) {
			out = append(out, e)
		}
	}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Finding() && !covered[k.ID] {
					out = append(out, BaselineEntry{Check: k.ID, Reason: reason, Outcome: k.Outcome})
				}
			}
		}
	}
	return slices.Clip(out)
}
