// Package result owns what a run found out: outcomes, findings, events, the fold from events to
// the versioned document, verdicts, readiness and scores. It is a leaf: it knows neither HTTP
// clients nor suites nor how anything is printed, so that every report is a pure function of a
// Document and every Document a pure function of a journal.
package result

import "strings"

// Outcome of a check or a case. The order is the order of badness; Worst picks the largest.
type Outcome string

// The six outcomes of the design.
const (
	Pass  Outcome = "pass"
	Info  Outcome = "info"  // a MAY: which choice the server took
	Skip  Outcome = "skip"  // not applicable or blocked; always with a reason
	Warn  Outcome = "warn"  // a violated SHOULD
	Fail  Outcome = "fail"  // a violated MUST
	Error Outcome = "error" // could not be judged: network, timeout, our bug
)

var badness = map[Outcome]int{Pass: 1, Info: 2, Skip: 0, Warn: 3, Fail: 5, Error: 4}

// Outcomes lists all outcomes, worst first, for tables and filters.
func Outcomes() []Outcome { return []Outcome{Fail, Error, Warn, Info, Pass, Skip} }

// Worst returns the worse of two outcomes (Fail > Error > Warn > Info > Pass > Skip).
func Worst(a, b Outcome) Outcome {
	if badness[b] > badness[a] {
		return b
	}
	return a
}

// Level is how binding a requirement is.
type Level string

// The three levels; SHALL and REQUIRED count as must, RECOMMENDED as should, OPTIONAL as may.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// LevelOf maps an RFC 2119 keyword to a level.
func LevelOf(keyword string) Level {
	switch strings.ToUpper(strings.TrimSpace(keyword)) {
	case "MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED":
		return Must
	case "SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED":
		return Should
	}
	return May
}

// Violated returns the outcome of a violated check of this level.
func (l Level) Violated() Outcome {
	switch l {
	case Must:
		return Fail
	case Should:
		return Warn
	}
	return Info
}

// Rank orders levels: must 3, should 2, may 1.
func (l Level) Rank() int {
	switch l {
	case Must:
		return 3
	case Should:
		return 2
	}
	return 1
}

func headerValue(hs []Header, name string) string {
	for _, h := range hs {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
