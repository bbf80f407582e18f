package result

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Merge makes one document of several journals. Journals of the same target are shards of one run:
// what one of them left to another is taken from the other. Journals of different targets stand
// side by side: the ids of suites, cases, checks, profiles and causes get the target as prefix, so
// that they stay unique and each target has columns of its own.
func Merge(journals ...[]Event) (*Document, error) {
	if len(journals) == 0 {
		return nil, errors.New("nothing to merge: no journal was given")
	}
	if len(journals) == 1 {
		return (&Input{Events: journals[0]}).Fold(), nil
	}
	for i, j := range journals {
		if planOf(j) == nil && diagnosisOf(j) == nil {
			return nil, fmt.Errorf("journal %d of %d has neither a plan nor a diagnosis: it cannot be merged", i+1, len(journals))
		}
	}
	labels := targetLabels(journals)
	several := len(slices.Compact(slices.Sorted(slices.Values(labels)))) > 1
	united := make([][]Event, len(journals))
	for i := range journals {
		united[i] = renameAll(journals[i], labels[i], i, several)
	}
	return foldTogether(united, labels, several), nil
}

func planOf(events []Event) *Plan {
	for _, e := range events {
		if e.Type == Planned && e.Plan != nil {
			return e.Plan
		}
	}
	return nil
}

func diagnosisOf(events []Event) *Diagnosis {
	for _, e := range events {
		if e.Type == Diagnosed && e.Diagnosis != nil {
			return e.Diagnosis
		}
	}
	return nil
}

// targetLabels names each journal's target: its title, else its host, with the path where hosts
// are the same.
func targetLabels(journals [][]Event) []string {
	labels, urls := make([]string, len(journals)), make([]string, len(journals))
	for i, events := range journals {
		for _, e := range events {
			if e.Target != nil {
				urls[i], labels[i] = e.Target.URL, e.Target.Title
				break
			}
		}
		if u, err := url.Parse(urls[i]); labels[i] == "" && err == nil {
			labels[i] = u.Host
		}
	}
	for i := range labels {
		for j := range labels {
			if labels[i] == labels[j] && urls[i] != urls[j] {
				labels[i], labels[j] = urls[i], urls[j]
			}
			if urls[i] == urls[j] {
				labels[j] = labels[i]
			}
		}
	}
	clean := strings.NewReplacer("/", "-", "#", "-", " ", "-", "*", "-", "?", "-")
	for i := range labels {
		labels[i] = clean.Replace(strings.TrimPrefix(strings.TrimPrefix(labels[i], "https://"), "http://"))
	}
	return labels
}

// foldTogether feeds one fold with a united plan and then with everything else.
func foldTogether(journals [][]Event, labels []string, several bool) *Document {
	f := NewFold()
	if several {
		f.noGrade = "one grade for several targets would say nothing"
	}
	f.Emit(Event{Type: Planned, Plan: unitePlans(journals)})
	var run Run
	var why []string
	for i, events := range journals {
		over, last := false, Run{}
		for _, e := range events {
			if e.Run != nil {
				last = *e.Run
			}
			over = over || e.Type == RunEnded
			if e.Type != Planned && e.Type != Diagnosed {
				f.Emit(e)
			}
		}
		run = uniteRuns(run, last, i == 0)
		reason := ""
		if d := diagnosisOf(events); d != nil {
			reason = d.Message
		} else if !over || last.Partial {
			reason = or(last.PartialWhy, "it has no end")
		}
		if reason != "" {
			why = append(why, fmt.Sprintf("journal %d of %d (%s): %s", i+1, len(journals), labels[i], reason))
		}
	}
	if d := diagnosisOf(journals[0]); d != nil && len(why) == len(journals) && planOf(journals[0]) == nil {
		f.Emit(Event{Type: Diagnosed, Diagnosis: d})
	}
	run.Partial, run.PartialWhy = len(why) > 0, strings.Join(why, "; ")
	f.Emit(Event{Type: RunEnded, Run: &run, Target: uniteTargets(journals, labels)})
	return f.Document()
}

// uniteRuns joins how two runs went: they are taken to have run side by side.
func uniteRuns(a, b Run, first bool) Run {
	if first || a.Started.IsZero() {
		return b
	}
	if b.Started.IsZero() {
		b.Started = a.Started
	}
	end := max(a.Started.UnixMilli()+a.DurationMS, b.Started.UnixMilli()+b.DurationMS)
	if b.Started.Before(a.Started) {
		a.Started = b.Started
	}
	a.DurationMS = end - a.Started.UnixMilli()
	a.ReadOnly = a.ReadOnly || b.ReadOnly
	switch { // beside a run of everything, a part is nothing more
	case a.Selection == "" || b.Selection == "":
		a.Selection = ""
	case a.Selection != b.Selection:
		a.Selection += "; and " + b.Selection
	}
	a.Jobs += b.Jobs
	return a
}

// uniteTargets is the one target of shards, or all of them in words.
func uniteTargets(journals [][]Event, labels []string) *Target {
	var out *Target
	var names []string
	for i, events := range journals {
		for _, e := range events {
			if e.Target != nil {
				if out == nil {
					t := *e.Target
					out = &t
				}
				out.Insecure = out.Insecure || e.Target.Insecure
				names = appendNew(names, labels[i])
				break
			}
		}
	}
	if out != nil && len(names) > 1 {
		out.URL, out.Title, out.Auth = strings.Join(names, ", "), plural(len(names), "target", "targets"), ""
	}
	return out
}

// unitePlans joins plans: suites and cases in the order in which they first appear. A case that
// one plan leaves out and another runs is planned to run.
func unitePlans(journals [][]Event) *Plan {
	out := &Plan{Causes: map[string]CauseText{}, Readiness: map[string]ReadinessRule{}}
	for _, events := range journals {
		p := planOf(events)
		if p == nil {
			continue
		}
		for _, s := range p.Suites {
			out.Suites = uniteSuite(out.Suites, s)
		}
		out.Profiles = uniteBy(out.Profiles, p.Profiles, func(x Profile) string { return x.ID })
		out.Features = uniteBy(out.Features, p.Features, func(x Feature) string { return x.ID })
		out.Requirements = uniteBy(out.Requirements, p.Requirements, func(x RequirementResult) string { return x.ID })
		maps.Copy(out.Causes, p.Causes)
		maps.Copy(out.Readiness, p.Readiness)
		if len(out.Scoring.Weights) == 0 {
			out.Scoring = p.Scoring
		}
	}
	return out
}

func uniteBy[T any](have, more []T, id func(T) string) []T {
	for _, m := range more {
		if !slices.ContainsFunc(have, func(h T) bool { return id(h) == id(m) }) {
			have = append(have, m)
		}
	}
	return have
}

func uniteSuite(list []Suite, s Suite) []Suite {
	i := slices.IndexFunc(list, func(h Suite) bool { return h.ID == s.ID })
	if i < 0 {
		s.Cases = slices.Clone(s.Cases)
		return append(list, s)
	}
	list[i].LeftOut = max(list[i].LeftOut, s.LeftOut)
	for _, c := range s.Cases {
		j := slices.IndexFunc(list[i].Cases, func(h Case) bool { return h.ID == c.ID })
		switch {
		case j < 0:
			list[i].Cases = append(list[i].Cases, c)
		case list[i].Cases[j].Outcome == Skip && (c.Outcome != Skip || list[i].Cases[j].SkipKind == SkipDeselected):
			list[i].Cases[j] = c
		}
	}
	return list
}
