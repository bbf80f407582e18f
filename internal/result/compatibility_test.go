package result

import (
	"strings"
	"testing"
)

// TestForecast: required needs decide, wanted ones limit, untested ones leave the forecast open, and what was played decides itself.
func TestForecast(t *testing.T) {
	rules := CompatibilityRules{
		Behaviours: []Behaviour{{ID: "put", Title: "PUT", Checks: []string{"s/put/a", "s/put/b"}}, {ID: "groups", Title: "Groups", Checks: []string{"s/groups/a"}}},
		Clients: []ClientNeeds{{Profile: "x", Title: "X", Needs: []Need{
			{Behaviour: "put", For: "updates", Evidence: "captured", Source: "S"},
			{Behaviour: "groups", Wanted: true, Evidence: "documented", Source: "S"},
		}}},
	}
	one := func(id string, o Outcome) Case {
		return Case{ID: id, Outcome: o, Checks: []Check{{ID: id + "/a", Outcome: o, Summary: id + " went wrong"}}}
	}
	put := func(a, b Outcome) Case {
		return Case{ID: "s/put[item/1]", Outcome: a, Checks: []Check{{ID: "s/put[item/1]/a", Outcome: a, Summary: "refused"}, {ID: "s/put[item/1]/b", Outcome: b, Summary: "not stored"}}}
	}
	absent := Case{ID: "s/put", Outcome: Skip, SkipKind: SkipNotApplicable, Reason: "the target has no PUT"}
	for _, tc := range []struct {
		name         string
		cases        []Case
		ready        string
		state, basis string
		because      string
	}{
		{name: "all works", cases: []Case{put(Pass, Warn), one("s/groups", Pass)}, state: WillWork, basis: BasisNeeds},
		{name: "one of two checks fails", cases: []Case{put(Pass, Fail), one("s/groups", Pass)}, state: WillNotWork, basis: BasisNeeds, because: "PUT fails, needed for updates: not stored (s/put[item/1]/b) [captured]"},
		{name: "a MAY that is not taken up", cases: []Case{put(Pass, Info), one("s/groups", Pass)}, state: WillNotWork, basis: BasisNeeds, because: "PUT fails"},
		{name: "left open by the answers", cases: []Case{{ID: "s/put", Outcome: Skip, SkipKind: SkipNotApplicable, Reason: NothingApplied}, one("s/groups", Pass)}, state: NotKnown, basis: BasisNeeds, because: "PUT not tested, needed for updates: " + NothingApplied},
		{name: "not offered", cases: []Case{absent, one("s/groups", Pass)}, state: WillNotWork, basis: BasisNeeds, because: "PUT not supported, needed for updates: the target has no PUT"},
		{name: "a wanted one fails", cases: []Case{put(Pass, Pass), one("s/groups", Fail)}, state: WillLimited, basis: BasisNeeds, because: "Groups fails: s/groups went wrong"},
		{name: "a required one was not tested", cases: []Case{one("s/groups", Pass)}, state: NotKnown, because: "", basis: BasisNeeds},
		{name: "a wanted one was not tested", cases: []Case{put(Pass, Pass)}, state: NotKnown, basis: BasisNeeds, because: "Groups not tested"},
		{name: "an error is no failure", cases: []Case{put(Pass, Error), one("s/groups", Pass)}, state: NotKnown, basis: BasisNeeds, because: "PUT not tested"},
		{name: "failed beside what was not tested", cases: []Case{put(Fail, Pass)}, state: WillNotWork, basis: BasisNeeds, because: "refused"},
		{name: "played", cases: []Case{put(Fail, Fail)}, ready: StateLimits, state: WillLimited, basis: BasisReplayed, because: "as the stories say"},
		{name: "played without a result", cases: []Case{put(Fail, Pass)}, ready: StateUnknown, state: WillNotWork, basis: BasisNeeds, because: "refused"},
	} {
		d := &Document{Suites: []Suite{{ID: "s", Cases: tc.cases}}, Readiness: map[string]Readiness{}}
		if tc.ready != "" {
			d.Readiness["x"] = Readiness{State: tc.ready, Because: []string{"as the stories say"}}
		}
		got := compatibility(d, rules)
		if tc.state == NotKnown {
			if len(got) != 0 {
				t.Errorf("%s: %+v, want nothing where nothing is known of anybody", tc.name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].State != tc.state || got[0].Basis != tc.basis || !strings.Contains(strings.Join(got[0].Because, "\n"), tc.because) {
			t.Errorf("%s: %+v, want %s (%s) because %q", tc.name, got, tc.state, tc.basis, tc.because)
		}
		if len(got) == 1 && len(got[0].Needs) != 2 {
			t.Errorf("%s: %d needs are shown, want both", tc.name, len(got[0].Needs))
		}
	}
}

// TestOptionProfiles say that they are.
func TestOptionProfiles(t *testing.T) {
	rules := CompatibilityRules{Behaviours: []Behaviour{{ID: "b", Title: "B", Checks: []string{"s/c/a"}}}, Clients: []ClientNeeds{
		{Profile: "exact", Needs: []Need{{Behaviour: "b"}}}, {Profile: "option", Option: true, Needs: []Need{{Behaviour: "b"}}}, {Profile: "open", Needs: []Need{{Behaviour: "nobody measures it"}}}}}
	d := &Document{Suites: []Suite{{ID: "s", Cases: []Case{{ID: "s/c", Outcome: Pass, Checks: []Check{{ID: "s/c/a", Outcome: Pass}}}}}}}
	got := compatibility(d, rules)
	if len(got) != 2 || got[0].Basis != BasisNeeds || got[1].Basis != BasisOption { // of the third nothing was measured
		t.Errorf("%+v", got)
	}
	if d.Diagnosis = (&Diagnosis{Message: "refused"}); compatibility(d, rules) != nil {
		t.Error("a target that could not be tested is forecast")
	}
}
