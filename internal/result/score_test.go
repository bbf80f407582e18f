package result

import (
	"strings"
	"testing"
)

// scoreDoc has one suite with one case for each word: level and outcome, as "m+" (must, pass),
// "s-" (should, warn), "m-" (must, fail), "m!" (error), "may" (info), "na", "blocked", "deselected".
func scoreDoc(words string) *Document {
	s := Suite{ID: "s"}
	for i, w := range strings.Fields(words) {
		c := Case{ID: "s/" + string(rune('a'+i)), Feature: "f"}
		k := Check{ID: c.ID + "/x.y", Level: Must}
		switch w {
		case "na":
			c.Outcome, c.SkipKind = Skip, SkipNotApplicable
		case "blocked":
			c.Outcome, c.SkipKind = Skip, SkipBlocked
		case "deselected":
			c.Outcome, c.SkipKind = Skip, SkipDeselected
		case "m+":
			k.Outcome = Pass
		case "m-":
			k.Outcome = Fail
		case "m!":
			k.Outcome = Error
		case "s+":
			k.Level, k.Outcome = Should, Pass
		case "s-":
			k.Level, k.Outcome = Should, Warn
		case "may":
			k.Level, k.Outcome = May, Info
		}
		if c.Outcome != Skip {
			c.Outcome, c.Checks = k.Outcome, []Check{k}
		}
		s.Cases = append(s.Cases, c)
	}
	return &Document{Suites: []Suite{s}}
}

var testScoring = Scoring{
	Weights: map[Level]float64{Must: 10, Should: 5, May: 0},
	Grades:  []GradeStep{{"A", 95}, {"B", 80}, {"C", 60}, {"F", 0}},
}

func TestScore(t *testing.T) {
	for _, c := range []struct {
		checks  string
		percent float64
		grade   string
	}{
		{"m+", 100, "A"},
		{"m+ s+", 100, "A"},
		{"m+ s-", 66.6, "C"},
		{"m-", 0, "F"},
		{"m+ m+ m+ m+ m-", 80, "B"},
		{"m+ m+ m+ s-", 85.7, "B"},
		{"m+ may may", 100, "A"},
		{"m+ na na", 100, "A"},
	} {
		s := score(scoreDoc(c.checks), testScoring)
		if s.Percent != c.percent || s.Grade != c.grade || s.NoGrade != "" {
			t.Errorf("%q: %.1f %s (%s), want %.1f %s", c.checks, s.Percent, s.Grade, s.NoGrade, c.percent, c.grade)
		}
	}
}

func TestNoGrade(t *testing.T) {
	for _, c := range []struct {
		checks string
		change func(*Document)
		why    string
	}{
		{"m+", func(d *Document) { d.Run.Partial, d.Run.PartialWhy = true, "interrupted" }, "partial: interrupted"},
		{"m+", func(d *Document) { d.Run.ReadOnly = true }, "read-only"},
		{"m+", func(d *Document) { d.Diagnosis = &Diagnosis{} }, "could not be tested"},
		{"na", func(*Document) {}, "no check was judged"},
		{"", func(*Document) {}, "no check was judged"},
		{"m+ deselected", func(*Document) {}, "1 of 2 cases were left out"},
		{"m+ m!", func(*Document) {}, "1 of 2 cases could not be judged"},
	} {
		d := scoreDoc(c.checks)
		c.change(d)
		if s := score(d, testScoring); s.Grade != "" || !strings.Contains(s.NoGrade, c.why) {
			t.Errorf("%q: grade %q, %q, want none because …%s…", c.checks, s.Grade, s.NoGrade, c.why)
		}
	}
	if s := score(scoreDoc("m+"), Scoring{}.orDefault()); s.Grade != "" || s.NoGrade == "" || s.Percent != 100 {
		t.Errorf("without grades: %+v", s)
	}
	d := scoreDoc("m+") // a suite that was not asked for as a whole does not take the grade away
	d.Suites = append(d.Suites, scoreDoc("deselected deselected").Suites...)
	if s := score(d, testScoring); s.Grade != "A" {
		t.Errorf("another suite that was left out: %+v", s)
	}
}

func TestCaps(t *testing.T) {
	rule := func(when ...string) Scoring {
		s := testScoring
		s.Caps = []CapRule{{Grade: "C", When: when, Reason: "because"}}
		return s
	}
	good := strings.Repeat("m+ ", 24) + "m-"
	for _, c := range []struct {
		name    string
		scoring Scoring
		want    string
		caps    int
	}{
		{"no rule", testScoring, "A", 0},
		{"check", rule("s/y/x.y"), "C", 1},
		{"glob", rule("s/**"), "C", 1},
		{"feature", rule("feature:f"), "C", 1},
		{"cause", rule("cause:key"), "C", 1},
		{"other cause", rule("cause:other"), "A", 0},
		{"passing check", rule("s/a/x.y"), "A", 0},
	} {
		d := scoreDoc(good)
		d.Suites[0].Cases[24].Checks[0].Cause = "key"
		s := score(d, c.scoring)
		if s.Grade != c.want || len(s.Caps) != c.caps {
			t.Errorf("%s: grade %s, caps %+v, want %s", c.name, s.Grade, s.Caps, c.want)
		}
	}
	d := scoreDoc("m+ m-") // a cap never lifts a grade
	if s := score(d, rule("s/**")); s.Grade != "F" || len(s.Caps) != 1 {
		t.Errorf("a cap lifted a grade: %+v", s)
	}
}

func TestSuiteScore(t *testing.T) {
	for checks, want := range map[string]string{
		"m+": Conformant, "m+ s-": Conformant, "m+ na": Conformant, "m+ may": Conformant, "m-": NotConformant, "m+ m-": NotConformant,
		"m- m!": NotConformant, "m+ m!": PartialConformant, "m+ blocked": PartialConformant, "m+ deselected": PartialConformant, "na": UntestedSuite, "": UntestedSuite, "m!": UntestedSuite,
	} {
		if got := suiteScore(scoreDoc(checks).Suites[0], testScoring).Conformance; got != want {
			t.Errorf("%q: %s, want %s", checks, got, want)
		}
	}
}

func TestPercentIsNeverRoundedUp(t *testing.T) {
	for _, c := range []struct{ part, whole, want float64 }{{0, 0, 0}, {1, 1, 100}, {9999, 10000, 99.9}, {2, 3, 66.6}, {0, 3, 0}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("percent(%v, %v) = %v, want %v", c.part, c.whole, got, c.want)
		}
	}
}
