package result

import "time"

// EventType names what happened. The journal is a stream of events, one JSON object a line, and
// is the truth of a run: Fold makes the Document from it and from nothing else.
type EventType string

// Event types, in the order in which a run emits the first of each.
const (
	RunStarted    EventType = "run.started"
	Planned       EventType = "planned"
	Diagnosed     EventType = "diagnosed" // target cannot be tested
	CaseStarted   EventType = "case.started"
	ExchangeDone  EventType = "exchange"
	CheckDone     EventType = "check"
	FactFound     EventType = "fact"
	AttributeSeen EventType = "attribute"
	ObjectIntent  EventType = "object.intent" // written and flushed before the create is sent
	ObjectCreated EventType = "object.created"
	ObjectRefused EventType = "object.refused" // the create was not sent (no id, no status), or answered 4xx (Why says so)
	ObjectDeleted EventType = "object.deleted"
	ObjectLeft    EventType = "object.left"
	StoryTold     EventType = "story"
	CaseEnded     EventType = "case.ended"
	CleanupDone   EventType = "cleanup"
	RunEnded      EventType = "run.ended"
	Noted         EventType = "note" // progress and warnings for the person at the terminal
)

// Event is one line of the journal. Only the fields of its type are set.
type Event struct {
	Type EventType `json:"type"`
	At   time.Time `json:"at"`
	Case string    `json:"case,omitempty"`

	Tool      *Tool         `json:"tool,omitempty"`
	Run       *Run          `json:"run,omitempty"`
	Target    *Target       `json:"target,omitempty"`
	Plan      *Plan         `json:"plan,omitempty"`
	Diagnosis *Diagnosis    `json:"diagnosis,omitempty"`
	Exchange  *Exchange     `json:"exchange,omitempty"`
	Check     *Check        `json:"check,omitempty"`
	Fact      *Fact         `json:"fact,omitempty"`
	Attribute *AttributeRow `json:"attribute,omitempty"`
	Object    *Object       `json:"object,omitempty"`
	Story     *StoryLine    `json:"story,omitempty"`
	Ended     *CaseEnd      `json:"ended,omitempty"`
	Text      string        `json:"text,omitempty"`
}

// Plan is what the run intends: it fixes the order of everything in the document, whatever the
// order of events under --jobs.
type Plan struct {
	Suites       []Suite                  `json:"suites"` // cases without checks; skipped ones carry outcome skip and reason
	Profiles     []Profile                `json:"profiles"`
	Features     []Feature                `json:"features"` // id and title, in order
	Requirements []RequirementResult      `json:"requirements"`
	Causes       map[string]CauseText     `json:"causes,omitempty"` // texts by cause key
	Scoring      Scoring                  `json:"scoring"`
	Readiness    map[string]ReadinessRule `json:"readiness,omitempty"` // by profile
	Needs        CompatibilityRules       `json:"needs,omitzero"`      // of clients
}

// CauseText is the human text of a cause key.
type CauseText struct {
	Title string `json:"title"`
	Why   string `json:"why,omitempty"`
	Fix   string `json:"fix,omitempty"`
	// What else a fault of this name brings about (globs of cause keys): stories of identity providers
	// that stop somewhere else because of it, and findings of any suite that follow from it.
	Stories []string `json:"stories,omitempty"`
	Entails []string `json:"entails,omitempty"`
	// What has to be true of a finding for this cause to explain it: a request of its case, written as
	// "METHOD /path?query\nbody", that this regular expression fits, one that fits the request in question itself, and
	// how that one was answered: success, error, or what else Answers lists. "" = whatever.
	Sent     string `json:"sent,omitempty"`
	Asked    string `json:"asked,omitempty"`
	Answered string `json:"answered,omitempty"`
	// Refused: where a request of an identity provider was refused and the cause that its story names speaks of
	// something that was answered with success, or has such an expression itself, the finding is grouped under the cause whose expression fits what was
	// refused ("415 POST /Users application/json\nbody"); of several, under the one with the longest.
	Refused string `json:"refused,omitempty"`
	// Same and About: what the groups of this expression take out of the request of a finding, or out of what was
	// expected and observed, must be among what they take out of a finding of this cause: the attribute of a filter,
	// the name that a message begins with.
	Same  string `json:"same,omitempty"`
	About string `json:"about,omitempty"`
	// Beside: what was noticed on answers all of which are answers of findings of such a cause (globs) follows from it.
	Beside []string `json:"beside,omitempty"`
	// Marks: an answer that was not wanted and fits ("406 GET /Users \nbody") stands under this cause, whatever the
	// check looks for.
	Marks string `json:"marks,omitempty"`
	// Attribute is the attribute that a fault of this name is seen at, and Unmoved keeps a cause from explaining a finding
	// about an attribute that the last write did change: whatever went wrong there, nothing was ignored.
	Attribute string `json:"attribute,omitempty"`
	Unmoved   bool   `json:"unmoved,omitempty"`
	// Failed: where the server failed (5xx) at a request that another cause wants to have refused and that, by its name,
	// was answered with success, the finding is grouped under this one.
	Failed bool `json:"failed,omitempty"`
	// Recased: a finding that named an id, of a resource whose answer has it in another letter case, stands under this one.
	Recased bool `json:"recased,omitempty"`
	// Exact: only checks that look for this very fault name it, so that stories may tell of it, too.
	Exact bool `json:"exact,omitempty"`
	// Urgent: data of people is open or damaged, or people who left get in. It is told first.
	Urgent bool `json:"urgent,omitempty"`
}

// ReadinessRule says which features a profile cannot live without.
type ReadinessRule struct {
	Required []string `json:"required"`         // broken or not supported: not ready
	Wanted   []string `json:"wanted,omitempty"` // broken or not supported: ready with limits
}

// Scoring is suites/scoring.yaml: weights and caps, versioned.
type Scoring struct {
	Version string            `json:"version" yaml:"version"`
	Weights map[Level]float64 `json:"weights" yaml:"weights"`
	Grades  []GradeStep       `json:"grades" yaml:"grades"` // best first
	Caps    []CapRule         `json:"caps" yaml:"caps"`
}

// GradeStep gives a grade from a percentage on.
type GradeStep struct {
	Grade string  `json:"grade" yaml:"grade"`
	From  float64 `json:"from" yaml:"from"`
}

// CapRule limits the grade when a check that matches one of the globs fails at level must.
type CapRule struct {
	Grade  string   `json:"grade" yaml:"grade"`
	When   []string `json:"when" yaml:"when"` // globs over check ids, cause keys ("cause:…") or features ("feature:…")
	Reason string   `json:"reason" yaml:"reason"`
}

// CaseEnd closes a case.
type CaseEnd struct {
	Outcome    Outcome  `json:"outcome"`
	Reason     string   `json:"reason,omitempty"`
	SkipKind   SkipKind `json:"skip_kind,omitempty"`
	BlockedBy  string   `json:"blocked_by,omitempty"`
	DurationMS float64  `json:"duration_ms"`
}

// Sink takes events. Implementations: journal writer, fold, terminal, SSE hub.
type Sink interface {
	Emit(Event)
}

// SinkFunc adapts a function.
type SinkFunc func(Event)

// Emit calls f.
func (f SinkFunc) Emit(e Event) { f(e) }

// Tee sends every event to all sinks, in order.
func Tee(sinks ...Sink) Sink {
	return SinkFunc(func(e Event) {
		for _, s := range sinks {
			s.Emit(e)
		}
	})
}
