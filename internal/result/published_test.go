package result

import (
	"slices"
	"testing"
)

// TestPublishedVerdict: which cases decide, what is told of the RFC, and that the score leaves it alone.
func TestPublishedVerdict(t *testing.T) {
	more := &RFCView{Says: "more", Note: "not demanded"}
	pass, fail := Case{ID: "p/pass", Outcome: Pass}, Case{ID: "p/fail", Outcome: Fail, Checks: []Check{{ID: "p/fail/a", Outcome: Fail, Level: Must}}}
	beyond := Case{ID: "p/beyond", Outcome: Fail, Checks: []Check{{ID: "p/beyond/a", Outcome: Fail, Level: Must, RFC: more}}}
	absent := Case{ID: "p/absent", Outcome: Skip, SkipKind: SkipNotApplicable}
	blocked := Case{ID: "p/blocked", Outcome: Skip, SkipKind: SkipBlocked}
	broken := Case{ID: "p/error", Outcome: Error}
	optional := Case{ID: "p/optional", Optional: true, Outcome: Warn, Checks: []Check{{ID: "p/optional/a", Outcome: Warn, RFC: &RFCView{Says: "less", Note: "demanded"}}}}
	for name, c := range map[string]struct {
		cases   []Case
		verdict string
		failed  []string
		says    string
		passes  string
	}{
		"all pass":                  {[]Case{pass, absent}, PassesYes, nil, "", "yes, 1 of 1 tests"},
		"one fails":                 {[]Case{pass, fail}, PassesNo, []string{"p/fail"}, "the RFC demands what failed, too", "no, 1 of 2 tests"},
		"one goes beyond the RFC":   {[]Case{pass, beyond}, PassesNo, []string{"p/beyond"}, "the RFC does not demand what failed", "no, 1 of 2 tests"},
		"both":                      {[]Case{fail, beyond}, PassesNo, []string{"p/fail", "p/beyond"}, "1 failed check is demanded by the RFC, 1 goes beyond it", "no, 0 of 2 tests"},
		"blocked by another":        {[]Case{pass, blocked}, PassesNo, []string{"p/blocked"}, "", "no, 1 of 2 tests"},
		"not judged":                {[]Case{pass, broken}, PassesUnknown, nil, "", "not known, something could not be judged: 1 of 2 tests"},
		"an optional one fails":     {[]Case{pass, optional}, PassesYes, nil, "the RFC demands what failed, too", "yes, 1 of 1 tests, 0 of 1 optional"},
		"the target offers nothing": {[]Case{absent}, PassesUntested, nil, "", "not tested: the target offers nothing that it asks for"},
	} {
		t.Run(name, func(t *testing.T) {
			s := Suite{ID: "p", Kind: "published", Published: &Published{By: "Somebody", Unit: "tests"}, Cases: c.cases}
			got := publishedVerdict(s)
			if got.Verdict != c.verdict || !slices.Equal(got.Failed, c.failed) || got.SaysRFC() != c.says || got.Passes() != c.passes {
				t.Errorf("%s, failed %v, %q, %q; want %s, %v, %q, %q", got.Verdict, got.Failed, got.SaysRFC(), got.Passes(), c.verdict, c.failed, c.says, c.passes)
			}
			if s.Published.Verdict != "" {
				t.Error("the plan was changed")
			}
		})
	}
	rfc := Suite{ID: "rfc.x", Kind: "rfc", Cases: []Case{{Checks: []Check{{Outcome: Pass, Level: Must}}}}}
	d := &Document{Suites: []Suite{rfc, {ID: "p", Kind: "published", Published: &Published{}, Cases: []Case{fail}}}}
	if got := score(d, Scoring{Grades: []GradeStep{{Grade: "A", From: 0}}}.orDefault()); got.Percent != 100 || got.Grade != "A" {
		t.Errorf("score %v %q with a failing published suite, want 100 A", got.Percent, got.Grade)
	}
	d.Suites = d.Suites[1:]
	if got := score(d, Scoring{Grades: []GradeStep{{Grade: "A", From: 0}}}.orDefault()); got.NoGrade == "" {
		t.Error("a grade for published suites alone")
	}
}
