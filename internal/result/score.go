package result

import (
	"fmt"
	"math"
	"slices"
)

// Conformance of a suite.
const (
	Conformant        = "conformant"
	PartialConformant = "partial"
	NotConformant     = "not conformant"
	UntestedSuite     = "untested"
)

// maxErrorShare is how many of the judged cases may have ended in errors before a grade would be
// a guess.
const maxErrorShare = 0.1

// orDefault fills in what a plan without scoring lacks, so that a percentage always means the same.
func (s Scoring) orDefault() Scoring {
	if len(s.Weights) == 0 {
		s.Weights = map[Level]float64{Must: 10, Should: 3}
	}
	return s
}

// levelScores counts the checks that say something about the target. Skips and errors say
// nothing; a MAY that merely informs counts as passed.
func levelScores(suites []Suite) map[Level]LevelScore {
	out := map[Level]LevelScore{}
	for _, s := range suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				l := out[k.Level]
				switch k.Outcome {
				case Pass, Info:
					l.Passed++
					l.Total++
				case Warn, Fail:
					l.Total++
				default:
					continue
				}
				out[k.Level] = l
			}
		}
	}
	for level, l := range out {
		l.Percent = percent(float64(l.Passed), float64(l.Total))
		out[level] = l
	}
	return out
}

// percent rounds down to a tenth, so that 100 means all of it.
func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	if part >= whole {
		return 100
	}
	return math.Min(99.9, math.Floor(part/whole*1000)/10)
}

func weighted(levels map[Level]LevelScore, weights map[Level]float64) float64 {
	var part, whole float64
	for _, level := range []Level{Must, Should, May} {
		part += weights[level] * float64(levels[level].Passed)
		whole += weights[level] * float64(levels[level].Total)
	}
	return percent(part, whole)
}

// suiteScore is the score of one suite. A failed MUST makes it not conformant; a case that could
// not be judged leaves it partial; violated SHOULDs show in the percentages alone.
func suiteScore(s Suite, scoring Scoring) SuiteScore {
	out := SuiteScore{Levels: levelScores([]Suite{s})}
	out.Percent = weighted(out.Levels, scoring.Weights)
	judged, failed, open := 0, 0, 0
	for _, c := range s.Cases {
		switch {
		case c.Outcome == Fail:
			failed++
			judged++
		case c.Outcome == Error, c.Outcome == Skip && c.SkipKind != SkipNotApplicable:
			open++
		case c.Outcome != Skip:
			judged++
		}
	}
	switch {
	case failed > 0:
		out.Conformance = NotConformant
	case judged == 0:
		out.Conformance = UntestedSuite
	case open > 0:
		out.Conformance = PartialConformant
	default:
		out.Conformance = Conformant
	}
	return out
}

// score is the score of the run: percentages over all checks, and a grade with its caps where
// the run was whole enough to deserve one.
func score(d *Document, scoring Scoring) Score {
	out := Score{Levels: levelScores(scored(d.Suites))}
	out.Percent = weighted(out.Levels, scoring.Weights)
	out.Caps = caps(d, scoring)
	if out.NoGrade = noGrade(d, scoring, out); out.NoGrade != "" {
		return out
	}
	out.Grade = scoring.Grades[len(scoring.Grades)-1].Grade
	for _, step := range scoring.Grades {
		if out.Percent >= step.From {
			out.Grade = step.Grade
			break
		}
	}
	for _, c := range out.Caps {
		if gradeRank(scoring, c.Grade) > gradeRank(scoring, out.Grade) {
			out.Grade = c.Grade
		}
	}
	return out
}

// gradeRank is the place of a grade in the list, best first; -1 for a grade that is not in it.
func gradeRank(s Scoring, grade string) int {
	return slices.IndexFunc(s.Grades, func(g GradeStep) bool { return g.Grade == grade })
}

// noGrade says why a run deserves no grade, or "".
func noGrade(d *Document, scoring Scoring, s Score) string {
	total := 0
	for _, l := range s.Levels {
		total += l.Total
	}
	deselected, cases, errors := selection(d)
	switch {
	case d.Diagnosis != nil:
		return "the target could not be tested"
	case d.Run.Partial:
		return "the run is partial: " + d.Run.PartialWhy
	case d.Run.ReadOnly:
		return "a read-only run tests no write, so a grade would say too little"
	case onlyPublished(d.Suites):
		return "published suites alone say no more than whether they would be passed"
	case total == 0:
		return "no check was judged"
	case deselected > 0:
		return fmt.Sprintf("only a selection was run: %d of %d cases were left out", deselected, cases)
	case float64(errors) > maxErrorShare*float64(cases):
		return fmt.Sprintf("%d of %d cases could not be judged", errors, cases)
	case len(scoring.Grades) == 0:
		return "the suites define no grades"
	}
	return ""
}

// selection counts deselected cases within suites that were run at least in part: a suite that
// was left out as a whole was not asked for.
func selection(d *Document) (deselected, cases, errors int) {
	for _, s := range d.Suites {
		n := 0
		for _, c := range s.Cases {
			if c.Outcome == Skip && c.SkipKind == SkipDeselected {
				n++
			}
			if c.Outcome == Error {
				errors++
			}
		}
		if n == len(s.Cases) {
			continue
		}
		deselected += n
		cases += len(s.Cases)
	}
	return deselected, cases, errors
}

// caps returns the rules that limit the grade: those with a failing check of level must that a
// glob matches by its id, by "cause:KEY" or by "feature:ID" of its case.
func caps(d *Document, scoring Scoring) []Cap {
	var out []Cap
	for _, rule := range scoring.Caps {
		c := Cap{Grade: rule.Grade, Reason: rule.Reason}
		for _, s := range scored(d.Suites) {
			for _, cs := range s.Cases {
				for _, k := range cs.Checks {
					if k.Outcome == Fail && k.Level == Must && rule.matches(cs, k) {
						c.Checks = append(c.Checks, k.ID)
					}
				}
			}
		}
		if len(c.Checks) > 0 {
			out = append(out, c)
		}
	}
	return out
}

func (r CapRule) matches(c Case, k Check) bool {
	for _, pattern := range r.When {
		if MatchGlob(pattern, k.ID) || MatchGlob(pattern, "cause:"+causeKey(k)) ||
			(c.Feature != "" && MatchGlob(pattern, "feature:"+c.Feature)) {
			return true
		}
	}
	return false
}
