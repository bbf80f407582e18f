package result

import (
	"strings"
	"testing"
)

// cases of the verdict table are written as words: an outcome or a kind of skip, "!" for essential,
// "^id" for what blocked it.
func tableCases(words string) []Case {
	var out []Case
	for i, w := range strings.Fields(words) {
		c := Case{ID: "s/" + string(rune('a'+i)), Feature: "f", Title: "case"}
		w, c.BlockedBy, _ = strings.Cut(w, "^")
		if strings.HasSuffix(w, "!") {
			w, c.Essential = strings.TrimSuffix(w, "!"), true
		}
		switch w {
		case "na":
			c.Outcome, c.SkipKind, c.Reason = Skip, SkipNotApplicable, "the target does not offer it"
		case "blocked":
			c.Outcome, c.SkipKind, c.Reason = Skip, SkipBlocked, "blocked by "+c.BlockedBy
		case "aborted":
			c.Outcome, c.SkipKind, c.Reason = Skip, SkipAborted, "the run ended"
		case "readonly":
			c.Outcome, c.SkipKind, c.Reason = Skip, SkipReadOnly, "read-only run"
		case "setup":
			c.Outcome, c.SkipKind, c.Reason = Skip, SkipNeedsSetup, "no second credential"
		case "deselected":
			c.Outcome, c.SkipKind, c.Reason = Skip, SkipDeselected, "not selected"
		default:
			c.Outcome = Outcome(w)
		}
		if c.Outcome == Error {
			c.Reason = "timeout"
		}
		out = append(out, c)
	}
	return out
}

func TestJudge(t *testing.T) {
	others := map[string]*Case{
		"other/failed":  {ID: "other/failed", Feature: "g", Outcome: Fail},
		"same/failed":   {ID: "same/failed", Feature: "f", Outcome: Fail},
		"same/passed":   {ID: "same/passed", Feature: "f", Outcome: Pass},
		"same/error":    {ID: "same/error", Feature: "f", Outcome: Error},
		"same/chained":  {ID: "same/chained", Feature: "f", Outcome: Skip, SkipKind: SkipBlocked, BlockedBy: "same/failed"},
		"other/chained": {ID: "other/chained", Feature: "g", Outcome: Skip, SkipKind: SkipBlocked, BlockedBy: "same/failed"},
		"ring/a":        {ID: "ring/a", Feature: "f", Outcome: Skip, SkipKind: SkipBlocked, BlockedBy: "ring/b"},
		"ring/b":        {ID: "ring/b", Feature: "f", Outcome: Skip, SkipKind: SkipBlocked, BlockedBy: "ring/a"},
		"none/feature":  {ID: "none/feature", Outcome: Fail},
	}
	for _, c := range []struct {
		cases   string
		want    Verdict
		because string
	}{
		// nothing ran
		{"", Untested, "no case"},
		// all good
		{"pass", Supported, ""},
		{"pass!", Supported, ""},
		{"pass pass!", Supported, ""},
		{"info", Supported, ""},
		{"warn", Supported, "1 case with warnings"},
		{"warn!", Supported, "warnings"},
		{"warn warn pass", Supported, "2 cases with warnings"},
		{"pass info warn", Supported, "warnings"},
		// failures
		{"fail", Broken, ""},
		{"fail!", Broken, ""},
		{"fail fail", Broken, ""},
		{"fail! pass pass pass", Broken, ""},
		{"pass fail!", Broken, ""},
		{"pass! fail", Partial, "1 of 2 cases failed"},
		{"pass fail", Partial, "1 of 2"},
		{"pass fail fail", Partial, "2 of 3"},
		{"warn fail", Partial, "1 of 2"},
		{"info fail", Partial, "1 of 2"},
		{"warn! fail", Partial, ""},
		{"fail na", Broken, ""},
		{"fail error", Broken, ""},
		{"pass fail error!", Partial, ""},
		{"pass fail na", Partial, "1 of 2"},
		{"fail blocked^other/failed", Broken, ""},
		{"fail aborted", Broken, ""},
		// not offered
		{"na", NotSupported, "does not offer"},
		{"na!", NotSupported, "does not offer"},
		{"na na", NotSupported, "does not offer"},
		{"na pass", Supported, "1 case was not applicable"},
		{"na! pass", Supported, "not applicable"},
		// not judged
		{"error", Untested, "timeout"},
		{"error!", Untested, "timeout"},
		{"error error", Untested, "timeout"},
		{"na error", Untested, "timeout"},
		{"aborted", Untested, "the run ended"},
		{"readonly", Untested, "read-only"},
		{"setup", Untested, "second credential"},
		{"deselected", Untested, "not selected"},
		{"pass error", Supported, "1 case was not judged (timeout)"},
		{"pass error!", Untested, "the deciding case was not judged: timeout"},
		{"pass aborted!", Untested, "the run ended"},
		{"pass readonly!", Untested, "read-only"},
		{"pass deselected!", Untested, "not selected"},
		{"pass! deselected", Supported, "not judged"},
		{"warn setup", Supported, "warnings; 1 case was not judged"},
		// blocked
		{"blocked^other/failed", Untested, "blocked by other/failed"},
		{"blocked^same/failed", Broken, "blocked by same/failed"},
		{"blocked!^same/failed pass", Broken, ""},
		{"blocked^same/failed pass", Partial, "1 of 2"},
		{"blocked!^other/failed pass", Untested, "the deciding case"},
		{"blocked^other/failed pass", Supported, "not judged"},
		{"blocked^same/error", Untested, ""},
		{"blocked^same/passed", Untested, ""},
		{"blocked^same/chained", Broken, ""},
		{"blocked^other/chained", Broken, ""}, // the root is a failed case of this feature
		{"blocked^ring/a", Untested, ""},
		{"blocked^nowhere", Untested, "blocked by nowhere"},
		{"blocked^none/feature", Untested, ""},
		{"blocked^same/failed na", Broken, ""},
	} {
		j := Judge("f", tableCases(c.cases), func(id string) *Case { return others[id] })
		if j.Verdict != c.want || !strings.Contains(j.Because, c.because) {
			t.Errorf("%q: %s (%s), want %s (…%s…)", c.cases, j.Verdict, j.Because, c.want, c.because)
		}
		if n := len(strings.Fields(c.cases)); len(j.Evidence) != n {
			t.Errorf("%q: evidence %v, want all %d cases", c.cases, j.Evidence, n)
		}
	}
}

func TestJudgeDecidingCaseComesFirst(t *testing.T) {
	for cases, want := range map[string]string{
		"pass fail fail!": "s/c", "pass pass!": "s/b", "blocked^x fail": "s/b", "pass error!": "s/b", "na na": "s/a", "fail! fail": "s/a",
	} {
		if j := Judge("f", tableCases(cases), nil); j.Evidence[0] != want {
			t.Errorf("%q: evidence %v, want %s first", cases, j.Evidence, want)
		}
	}
}

func TestJudgeReasonComesFromTheFailingCheck(t *testing.T) {
	c := Case{ID: "a/b", Feature: "f", Outcome: Fail, Title: "title", Checks: []Check{{Outcome: Pass, Summary: "fine"}, {Outcome: Fail, Summary: "it broke"}}}
	if j := Judge("f", []Case{c}, nil); j.Because != "it broke" {
		t.Errorf("because %q", j.Because)
	}
}

func TestCaseOutcome(t *testing.T) {
	for _, c := range []struct{ ended, worst, want Outcome }{
		{"", "", Pass}, {Pass, "", Pass}, {"", Fail, Fail}, {Pass, Fail, Fail}, {Pass, Warn, Warn}, {Fail, Pass, Fail},
		{Skip, Pass, Skip}, {Skip, Info, Skip}, {Skip, Warn, Warn}, {Skip, Fail, Fail}, {Skip, Error, Error}, {Skip, "", Skip},
		{Error, Pass, Error}, {Error, Fail, Fail}, {Fail, Error, Fail}, {Warn, Pass, Warn}, {Pass, Skip, Pass}, {"", Skip, Skip},
	} {
		if got := caseOutcome(c.ended, c.worst); got != c.want {
			t.Errorf("caseOutcome(%q, %q) = %s, want %s", c.ended, c.worst, got, c.want)
		}
	}
}

func readinessDoc(verdicts string) *Document {
	d := &Document{}
	for i, v := range strings.Fields(verdicts) {
		id := string(rune('a' + i))
		v := map[string]Verdict{"S": Supported, "P": Partial, "B": Broken, "N": NotSupported, "U": Untested}[v]
		d.Features = append(d.Features, Feature{ID: id, Title: "feature " + id, Verdicts: map[string]Verdict{"okta": v}, Because: map[string]string{"okta": "reason " + id}})
	}
	return d
}

// a and b are required, c and d are wanted, e is neither.
func TestReadiness(t *testing.T) {
	rule := ReadinessRule{Required: []string{"a", "b"}, Wanted: []string{"c", "d"}}
	for _, c := range []struct {
		verdicts, state string
		ready           bool
		reasons         int
		first           string
	}{
		{"S S S S S", StateReady, true, 0, ""},
		{"S S S S B", StateReady, true, 0, ""},
		{"S S S U S", StateReady, true, 1, "feature d: untested"},
		{"S S S B S", StateLimits, true, 1, "feature d: broken"},
		{"S S P S S", StateLimits, true, 1, "feature c: partial"},
		{"S S N S S", StateLimits, true, 1, "feature c: not supported"},
		{"P S S S S", StateLimits, true, 1, "feature a: partial"},
		{"B S S S S", StateNotReady, false, 1, "feature a: broken"},
		{"S N S S S", StateNotReady, false, 1, "feature b: not supported"},
		{"S U S S S", StateUnknown, false, 1, "feature b: untested"},
		{"U B S S S", StateNotReady, false, 2, "feature b: broken"},
		{"U P S B S", StateUnknown, false, 3, "feature d: broken"},
		{"U U U U U", StateUnknown, false, 4, "feature a: untested"},
		{"", StateUnknown, false, 1, "nothing was tested"},
	} {
		r := readiness(readinessDoc(c.verdicts), Profile{ID: "okta"}, rule)
		if r.State != c.state || r.Ready != c.ready || len(r.Because) != c.reasons || (c.reasons > 0 && !strings.HasPrefix(r.Because[0], c.first)) {
			t.Errorf("%q: %+v, want %s, %d reasons, first %q", c.verdicts, r, c.state, c.reasons, c.first)
		}
	}
}

// A feature that the IdP wants and whose cases ended in an error is no reason to call the target
// ready: the run could not play it.
func TestReadinessOfWantedFeatureThatEndedInError(t *testing.T) {
	rule := ReadinessRule{Required: []string{"a"}, Wanted: []string{"b"}}
	for _, c := range []struct {
		idp, feature string
		outcome      Outcome
		want         string
	}{
		{"okta", "b", Error, StateLimits},
		{"okta", "b", Skip, StateReady},
		{"okta", "e", Error, StateReady},
		{"entra", "b", Error, StateReady},
	} {
		d := readinessDoc("S U")
		d.Suites = []Suite{{IDP: c.idp, Cases: []Case{{Feature: c.feature, Outcome: c.outcome}}}}
		if r := readiness(d, Profile{ID: "okta"}, rule); r.State != c.want || len(r.Because) != 1 {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}

func TestReadinessOfAnUntestableTarget(t *testing.T) {
	d := readinessDoc("S S")
	d.Diagnosis = &Diagnosis{Message: "refused"}
	if r := readiness(d, Profile{ID: "okta"}, ReadinessRule{}); r.State != StateUnknown || r.Ready || !strings.Contains(r.Because[0], "refused") {
		t.Errorf("%+v", r)
	}
}

func TestDefaultReadiness(t *testing.T) {
	d := &Document{Suites: []Suite{{IDP: "okta", Cases: []Case{{Feature: "a", Essential: true}, {Feature: "b"}}}, {IDP: "x", Cases: []Case{{Feature: "c", Essential: true}}}}}
	rule := defaultReadiness(d, "okta")
	if strings.Join(rule.Required, ",") != "a" || strings.Join(rule.Wanted, ",") != "b" {
		t.Errorf("%+v", rule)
	}
}
