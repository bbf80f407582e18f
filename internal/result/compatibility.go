package result

import (
	"slices"
	"strings"
)

// CompatibilityRules say what clients need of a server, as data (suites/compatibility.yaml): behaviours, each measured by checks of a
// run, and clients, each with the behaviours that it needs.
type CompatibilityRules struct {
	Behaviours []Behaviour   `json:"behaviours,omitempty" yaml:"behaviours"`
	Clients    []ClientNeeds `json:"clients,omitempty" yaml:"clients"`
}

// Behaviour is something a server does or does not do.
type Behaviour struct {
	ID     string   `json:"id" yaml:"id"`
	Title  string   `json:"title" yaml:"title"`
	Checks []string `json:"checks" yaml:"checks"` // every one of them must have passed; ids or globs
}

// ClientNeeds are what one client needs.
type ClientNeeds struct {
	Profile string `json:"profile" yaml:"profile"`
	Title   string `json:"title" yaml:"title"`
	Option  bool   `json:"option,omitempty" yaml:"option"` // nothing exact is known of its requests
	Needs   []Need `json:"needs" yaml:"needs"`
}

// Need is one of them.
type Need struct {
	Behaviour string `json:"behaviour" yaml:"behaviour"`
	For       string `json:"for,omitempty" yaml:"for"`       // what the client does with it
	Wanted    bool   `json:"wanted,omitempty" yaml:"wanted"` // works without it, with limits
	Evidence  string `json:"evidence" yaml:"evidence"`       // captured, documented, assumed
	Source    string `json:"source" yaml:"source"`
}

// States of a forecast.
const (
	WillWork    = "will work"
	WillLimited = "will work with limits"
	WillNotWork = "will not work"
	NotKnown    = "unknown"
)

// Bases of a forecast.
const (
	BasisReplayed       = "replayed"
	BasisReplayedOption = "replayed as an option profile"
	BasisNeeds          = "by its needs, not replayed"
	BasisOption         = "option profile"
)

// Replayed: the stories of the client were told, so that it stands with the profiles of the run.
func (c Compatibility) Replayed() bool {
	return c.Basis == BasisReplayed || c.Basis == BasisReplayedOption
}

// What was measured of a behaviour.
const (
	behaviourHolds  = "works"
	behaviourFails  = "fails"
	behaviourAbsent = "not supported"
	behaviourOpen   = "not tested"
)

// measured is what a run says of one behaviour: the weakest of its checks decides, a failure before all.
type measured struct {
	state, because, check string
}

func (b Behaviour) measure(d *Document) measured {
	rank := map[string]int{behaviourHolds: 0, behaviourOpen: 1, behaviourAbsent: 2, behaviourFails: 3}
	out := measured{state: behaviourHolds}
	for _, pattern := range b.Checks {
		if m := measureCheck(d, pattern); rank[m.state] > rank[out.state] {
			out = m
		}
	}
	return out
}

// NothingApplied is the reason of a case that was told and in which the target's answers left nothing to judge. It does not say that
// the target lacks what the case is about: a walk through pages that found no filter for its own people, for example.
const NothingApplied = "nothing in this case applied to the target's answers"

// measureCheck looks for the checks of one pattern. Where none was made, the case that they belong to says why.
func measureCheck(d *Document, pattern string) measured {
	caseID, _, _ := cutLast(pattern, "/")
	out := measured{state: behaviourOpen, because: "no check of it was run"}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			if !matchItem(caseID, c.ID) {
				continue
			}
			if c.Outcome == Skip {
				out.because = caseReason(c)
				if c.SkipKind == SkipNotApplicable && c.Reason != NothingApplied {
					out.state = behaviourAbsent
				}
				continue
			}
			for _, k := range c.Checks {
				if !matchItem(pattern, k.ID) {
					continue
				}
				switch k.Outcome {
				case Fail, Info: // a MAY that a server does not take up is no fault, and still not there for this client
					return measured{behaviourFails, or(k.Summary, k.Title), k.ID}
				case Pass, Warn:
					out = measured{state: behaviourHolds, check: k.ID}
				default:
					out = measured{state: behaviourOpen, because: or(k.Reason, k.Summary), check: k.ID}
				}
			}
		}
	}
	return out
}

// matchItem leaves the item of an expanded case out of the comparison where the pattern names none.
func matchItem(pattern, id string) bool {
	if i, j := strings.IndexByte(id, '['), strings.LastIndexByte(id, ']'); i >= 0 && j > i && !strings.Contains(pattern, "[") {
		id = id[:i] + id[j+1:]
	}
	return MatchGlob(pattern, id)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// compatibility forecasts for every client. What was played decides for itself; for the others the needs do. Nothing is said when
// nothing was measured.
func compatibility(d *Document, rules CompatibilityRules) []Compatibility {
	if d.Diagnosis != nil {
		return nil
	}
	found := map[string]measured{}
	titles := map[string]string{}
	for _, b := range rules.Behaviours {
		found[b.ID], titles[b.ID] = b.measure(d), b.Title
	}
	var out []Compatibility
	known := false
	for _, c := range rules.Clients {
		f := c.forecast(found, titles)
		if r, ok := d.Readiness[c.Profile]; ok && r.State != StateUnknown {
			f.State = map[string]string{StateReady: WillWork, StateLimits: WillLimited, StateNotReady: WillNotWork}[r.State]
			f.Because, f.Basis = slices.Clone(r.Because), BasisReplayed
			if c.Option {
				f.Basis = BasisReplayedOption
			}
		}
		known = known || f.State != NotKnown
		if f.Replayed() || slices.ContainsFunc(f.Needs, func(n MeasuredNeed) bool { return n.Measured != behaviourOpen }) {
			out = append(out, f)
		}
	}
	if !known {
		return nil
	}
	return out
}

// forecast weighs the needs of a client. A need that was not tested leaves the forecast open, unless another one has decided it.
func (c ClientNeeds) forecast(found map[string]measured, titles map[string]string) Compatibility {
	out := Compatibility{Profile: c.Profile, Title: c.Title, State: WillWork, Basis: BasisNeeds}
	if c.Option {
		out.Basis = BasisOption
	}
	rank := map[string]int{WillWork: 0, WillLimited: 1, NotKnown: 2, WillNotWork: 3}
	var reasons [4][]string
	for _, n := range c.Needs {
		m := found[n.Behaviour]
		if m.state == "" {
			m = measured{state: behaviourOpen, because: "nothing measures it"}
		}
		out.Needs = append(out.Needs, MeasuredNeed{Behaviour: n.Behaviour, Title: titles[n.Behaviour], For: n.For, Wanted: n.Wanted, Measured: m.state, Because: m.because, Check: m.check, Evidence: n.Evidence, Source: n.Source})
		state := n.judge(m.state)
		if state == WillWork {
			continue
		}
		if rank[state] > rank[out.State] {
			out.State = state
		}
		reasons[rank[state]] = append(reasons[rank[state]], n.reason(m, titles[n.Behaviour]))
	}
	for i := len(reasons) - 1; i >= 0; i-- {
		out.Because = append(out.Because, reasons[i]...)
	}
	return out
}

func (n Need) judge(state string) string {
	switch {
	case state == behaviourHolds:
		return WillWork
	case state == behaviourOpen:
		return NotKnown
	case n.Wanted:
		return WillLimited
	}
	return WillNotWork
}

func (n Need) reason(m measured, title string) string {
	text := title + " " + m.state
	if n.For != "" {
		text += ", needed for " + n.For
	}
	if m.because != "" {
		text += ": " + m.because
	}
	if m.check != "" && m.state == behaviourFails {
		text += " (" + m.check + ")"
	}
	return text + " [" + n.Evidence + "]"
}
