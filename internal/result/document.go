package result

import "time"

// SchemaID names the version of the JSON document. It changes when a script could break.
const SchemaID = "scimmage.result/1"

// Document is everything a run found out. It is made by Fold alone; every reporter is a pure
// function of it and counts nothing by itself.
type Document struct {
	Schema        string               `json:"schema"`
	Tool          Tool                 `json:"tool"`
	Run           Run                  `json:"run"`
	Target        Target               `json:"target"`
	Diagnosis     *Diagnosis           `json:"diagnosis,omitempty"` // why the target could not be tested
	Profiles      []Profile            `json:"profiles"`
	Suites        []Suite              `json:"suites"`
	Features      []Feature            `json:"features"`
	Readiness     map[string]Readiness `json:"readiness"`
	Causes        []Cause              `json:"causes"`
	Claims        []Claim              `json:"claims,omitempty"`
	Compatibility []Compatibility      `json:"compatibility,omitempty"`

	Facts      map[string]any `json:"facts"`      // id → value, for scripts
	FactSheet  []Fact         `json:"fact_sheet"` // the same with title, group and evidence, in order
	Attributes []AttributeRow `json:"attributes,omitempty"`

	Requirements []RequirementResult `json:"requirements"`
	Coverage     []Coverage          `json:"coverage"`
	Exchanges    []Exchange          `json:"exchanges"`
	Counts       Counts              `json:"counts"`
	Score        Score               `json:"score"`
	Leftovers    []Object            `json:"leftovers,omitempty"` // created by the run and not removed
	Baseline     *BaselineReport     `json:"baseline,omitempty"`
	Trend        []TrendPoint        `json:"trend,omitempty"` // earlier runs of the same target and this one, where a history is kept
}

// Tool is the scimmage that ran.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Suites  string `json:"suites,omitempty"`  // version (hash) of the embedded suites
	Scoring string `json:"scoring,omitempty"` // version of suites/scoring.yaml
}

// Run is how the tool was run.
type Run struct {
	ID          string    `json:"id"` // also the prefix of every test person, e.g. "scimmage-4f2a"
	Prefix      string    `json:"prefix"`
	Seed        int64     `json:"seed"`
	Started     time.Time `json:"started"`
	DurationMS  int64     `json:"duration_ms"`
	HTTPMS      int64     `json:"http_ms"` // sum of the exchanges' times
	Requests    int       `json:"requests"`
	RateLimited int       `json:"rate_limited"` // 429 answers that were honoured
	Jobs        int       `json:"jobs"`
	ReadOnly    bool      `json:"read_only,omitempty"`
	Demo        bool      `json:"demo,omitempty"`
	Defects     []string  `json:"defects,omitempty"`   // of the embedded provider
	Selection   string    `json:"selection,omitempty"` // what was chosen of all cases; empty = everything
	Partial     bool      `json:"partial"`
	PartialWhy  string    `json:"partial_why,omitempty"`
	Command     string    `json:"command,omitempty"` // how to run it again, without secrets
	FailOn      string    `json:"fail_on,omitempty"`
}

// Target is the endpoint under test.
type Target struct {
	URL      string `json:"url"`
	Title    string `json:"title,omitempty"`
	Auth     string `json:"auth,omitempty"` // kind only
	Insecure bool   `json:"insecure,omitempty"`
}

// Diagnosis says in one sentence why a target could not be tested (exit code 3).
type Diagnosis struct {
	Kind     string `json:"kind"` // refused, dns, tls, timeout, unauthorized, not-scim, html, redirect, scim-1.1, empty, …
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	Exchange string `json:"exchange,omitempty"`
}

// Profile is an identity provider of this run.
type Profile struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Note     string   `json:"note,omitempty"`     // dialect in one sentence
	Evidence string   `json:"evidence,omitempty"` // captured, documented, assumed: the weakest of its operations
	Assumed  []string `json:"assumed,omitempty"`  // operations whose evidence is "assumed"
	Basis    string   `json:"basis,omitempty"`    // option: only options and calls of it are published; else nothing
	Options  []string `json:"options,omitempty"`  // what is open or chosen by an administrator, as it was played
}

// Suite is one YAML suite with its results.
type Suite struct {
	ID    string     `json:"id"`
	Title string     `json:"title"`
	Kind  string     `json:"kind"` // rfc, idp, published, user, automatic
	IDP   string     `json:"idp,omitempty"`
	File  string     `json:"file,omitempty"`
	Score SuiteScore `json:"score"`
	// Published: the suite is that of somebody else, and this is what it would say.
	Published *Published `json:"published,omitempty"`
	LeftOut   int        `json:"left_out,omitempty"` // cases of it that the run did not choose (--only, --skip, --shard)
	Cases     []Case     `json:"cases"`
}

// Case is one story with its checks.
type Case struct {
	ID         string      `json:"id"` // "<suite>/<case>"
	Title      string      `json:"title"`
	Feature    string      `json:"feature,omitempty"`
	Essential  bool        `json:"essential,omitempty"` // the feature is broken, not partial, when this fails
	Optional   bool        `json:"optional,omitempty"`  // of a published suite: does not decide whether it is passed
	Outcome    Outcome     `json:"outcome"`
	Reason     string      `json:"reason,omitempty"` // of a skip or an error
	SkipKind   SkipKind    `json:"skip_kind,omitempty"`
	BlockedBy  string      `json:"blocked_by,omitempty"` // case or check id
	File       string      `json:"file,omitempty"`
	Line       int         `json:"line,omitempty"`
	StartedAt  time.Time   `json:"started,omitzero"`
	DurationMS float64     `json:"duration_ms"`
	Checks     []Check     `json:"checks"`
	Exchanges  []string    `json:"exchanges,omitempty"` // ids, in order
	Story      []StoryLine `json:"story,omitempty"`     // intent first: what the IdP did
}

// StoryLine is one operation of a story: the intent and the exchanges that it caused.
type StoryLine struct {
	Step      string   `json:"step"`
	Text      string   `json:"text"`                // "Deactivate Ana Ruiz"
	Operation string   `json:"operation,omitempty"` // "okta/deactivate-user"
	Evidence  string   `json:"evidence,omitempty"`
	Outcome   Outcome  `json:"outcome,omitempty"`
	Admin     string   `json:"admin,omitempty"` // message that the IdP's admin would see
	Exchanges []string `json:"exchanges,omitempty"`
}

// SkipKind tells why a case or check was not run.
type SkipKind string

// Kinds of skips.
const (
	SkipNotApplicable SkipKind = "not-applicable" // the target does not offer the feature
	SkipBlocked       SkipKind = "blocked"        // something that it depends on is broken
	SkipReadOnly      SkipKind = "read-only"
	SkipNeedsSetup    SkipKind = "needs-setup" // e.g. a second credential was not given
	SkipDeselected    SkipKind = "deselected"
	SkipAborted       SkipKind = "aborted" // run ended before
)

// Check is one assertion. A check that did not pass is a finding.
type Check struct {
	ID          string   `json:"id"` // "<suite>/<case>/<step>.<check>", unique in a document, stable between runs
	Title       string   `json:"title,omitempty"`
	Level       Level    `json:"level"`
	Cites       []string `json:"cites"`
	RFC         *RFCView `json:"rfc,omitempty"` // of a published suite: where it and the RFC part
	Outcome     Outcome  `json:"outcome"`
	Summary     string   `json:"summary"` // one sentence, what was observed
	Expected    string   `json:"expected,omitempty"`
	Actual      string   `json:"actual,omitempty"`
	Exchange    string   `json:"exchange,omitempty"`
	At          *Locus   `json:"at,omitempty"`
	Why         string   `json:"why,omitempty"` // whom it hurts and how a person notices
	Fix         string   `json:"fix,omitempty"` // one imperative sentence
	Area        string   `json:"area,omitempty"`
	Cause       string   `json:"cause,omitempty"`  // key of the Cause it belongs to
	Reason      string   `json:"reason,omitempty"` // of a skip
	SkipKind    SkipKind `json:"skip_kind,omitempty"`
	BlockedBy   string   `json:"blocked_by,omitempty"`
	Occurrences int      `json:"occurrences,omitempty"` // automatic checks: how many exchanges
	Exchanges   []string `json:"exchanges,omitempty"`   // automatic checks: the first of them
	Notes       []string `json:"notes,omitempty"`
	Known       *Known   `json:"known,omitempty"` // baseline
}

// Finding reports whether the check is something to look at.
func (c Check) Finding() bool { return c.Outcome == Fail || c.Outcome == Warn || c.Outcome == Error }

// Locus points into an exchange.
type Locus struct {
	Where   string `json:"where,omitempty"` // response, request
	Header  string `json:"header,omitempty"`
	Pointer string `json:"pointer,omitempty"` // JSON pointer into the body
	Offset  int    `json:"offset,omitempty"`  // byte offset into the redacted body
	Length  int    `json:"length,omitempty"`
}

// Known is what the baseline says of a finding.
type Known struct {
	Reason  string `json:"reason"`
	Until   string `json:"until,omitempty"`
	Expired bool   `json:"expired,omitempty"`
}

// Feature is what a buyer asks about, with a verdict for each profile.
type Feature struct {
	ID       string              `json:"id"`
	Title    string              `json:"title"`
	Verdicts map[string]Verdict  `json:"verdicts"`           // by profile id
	Evidence map[string][]string `json:"evidence,omitempty"` // by profile id: case ids, the deciding one first
	Because  map[string]string   `json:"because,omitempty"`
}

// Verdict for one feature and profile.
type Verdict string

// The five verdicts.
const (
	Supported    Verdict = "supported"
	Partial      Verdict = "partial"
	Broken       Verdict = "broken"
	NotSupported Verdict = "not supported"
	Untested     Verdict = "untested"
)

// Readiness says whether the target will work with an identity provider.
type Readiness struct {
	Ready   bool     `json:"ready"`
	State   string   `json:"state"` // ready, limits, not ready, unknown
	Because []string `json:"because"`
}

// Cause groups the findings that one fault of the target explains.
type Cause struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Outcome      Outcome  `json:"outcome"`
	Level        Level    `json:"level"`
	Checks       []string `json:"checks"`                 // finding ids, the primary one first
	Consequences []string `json:"consequences,omitempty"` // findings that this explains: of stories, and of what follows from it
	Profiles     []string `json:"profiles,omitempty"`     // which IdPs it breaks
	Features     []string `json:"features,omitempty"`
	Why          string   `json:"why,omitempty"`
	Fix          string   `json:"fix,omitempty"`
	Cites        []string `json:"cites,omitempty"`
	Known        bool     `json:"known,omitempty"`  // all of it is in the baseline
	Urgent       bool     `json:"urgent,omitempty"` // data of people is open or damaged, or people who left get in
}

// Fact is one measured property of the endpoint.
type Fact struct {
	ID       string   `json:"id"` // "paging.default-page-size"
	Group    string   `json:"group"`
	Title    string   `json:"title"`
	Value    any      `json:"value"`
	Note     string   `json:"note,omitempty"`
	Exchange string   `json:"exchange,omitempty"`
	Cites    []string `json:"cites,omitempty"`
}

// AttributeRow is one attribute × what was measured of it.
type AttributeRow struct {
	Resource  string            `json:"resource"`
	Attribute string            `json:"attribute"`
	Type      string            `json:"type,omitempty"`
	Cells     map[string]string `json:"cells"` // create, replace, patch, filter, returned → yes, no, ignored, refused, altered, untested
}

// RequirementResult is what the run says of one requirement.
type RequirementResult struct {
	ID      string   `json:"id"`
	Level   Level    `json:"level"`
	Keyword string   `json:"keyword,omitempty"`
	Area    string   `json:"area,omitempty"`
	Section string   `json:"section,omitempty"`
	Summary string   `json:"summary"`
	URL     string   `json:"url,omitempty"`
	Outcome Outcome  `json:"outcome"` // worst of its checks; skip when none ran
	Checks  []string `json:"checks,omitempty"`
}

// Coverage counts requirements by area.
type Coverage struct {
	Area   string `json:"area"`
	Total  int    `json:"total"`
	Tested int    `json:"tested"`
	Held   int    `json:"held"`
	Broken int    `json:"broken"`
}

// Counts of the document. Nobody else counts.
type Counts struct {
	Suites    int             `json:"suites"`
	Cases     map[Outcome]int `json:"cases"`
	Checks    map[Outcome]int `json:"checks"`
	Findings  int             `json:"findings"` // fail + warn + error checks, known ones excluded
	Must      int             `json:"must"`     // failing checks of level must, known ones excluded
	Should    int             `json:"should"`
	Errors    int             `json:"errors"`
	Known     int             `json:"known"`
	Causes    int             `json:"causes"`
	Exchanges int             `json:"exchanges"`
}

// LevelScore is one level's share.
type LevelScore struct {
	Passed  int     `json:"passed"`
	Total   int     `json:"total"`
	Percent float64 `json:"percent"`
}

// SuiteScore of one suite.
type SuiteScore struct {
	Conformance string               `json:"conformance"` // conformant, partial, not conformant, untested
	Percent     float64              `json:"percent"`
	Levels      map[Level]LevelScore `json:"levels"`
}

// Score of the run.
type Score struct {
	Percent float64              `json:"percent"`
	Levels  map[Level]LevelScore `json:"levels"`
	Grade   string               `json:"grade,omitempty"` // none for a partial run
	Caps    []Cap                `json:"caps,omitempty"`
	NoGrade string               `json:"no_grade,omitempty"` // why there is none
}

// Cap limits the grade, with the reason.
type Cap struct {
	Grade  string   `json:"grade"`
	Reason string   `json:"reason"`
	Checks []string `json:"checks,omitempty"`
}

// Object is something on the target that this run created.
type Object struct {
	Endpoint string `json:"endpoint"` // Users
	ID       string `json:"id"`
	Marker   string `json:"marker"` // userName or displayName that we sent
	Location string `json:"location,omitempty"`
	Case     string `json:"case,omitempty"`
	State    string `json:"state,omitempty"` // intended, created, deleted, deactivated, failed, unknown
	Why      string `json:"why,omitempty"`
}

// Claim is one promise of a claims file beside what was measured.
type Claim struct {
	Kind     string `json:"kind,omitempty"` // authentication, limit, attribute; none for a feature
	Feature  string `json:"feature"`
	Profile  string `json:"profile,omitempty"`
	Claimed  string `json:"claimed"`
	Measured string `json:"measured"`
	Verdict  string `json:"verdict"` // kept, broken, not claimed but works, not testable
	Because  string `json:"because,omitempty"`
	Source   string `json:"source,omitempty"`
}

// Compatibility is the forecast for one client of SCIM: from its stories where they were played, otherwise from what it needs.
type Compatibility struct {
	Profile string         `json:"profile"`
	Title   string         `json:"title"`
	State   string         `json:"state"` // will work, will work with limits, will not work, unknown
	Because []string       `json:"because,omitempty"`
	Basis   string         `json:"basis"` // replayed; by its needs, not replayed; or option profile
	Needs   []MeasuredNeed `json:"needs,omitempty"`
}

// MeasuredNeed is one need of a client beside what was measured of it.
type MeasuredNeed struct {
	Behaviour string `json:"behaviour"`
	Title     string `json:"title"`
	For       string `json:"for,omitempty"`
	Wanted    bool   `json:"wanted,omitempty"` // it works without, with limits
	Measured  string `json:"measured"`         // works, fails, not supported, not tested
	Because   string `json:"because,omitempty"`
	Check     string `json:"check,omitempty"` // that decided
	Evidence  string `json:"evidence"`        // captured, documented, assumed
	Source    string `json:"source"`
}

// BaselineReport says how the run differs from what the baseline file expects.
type BaselineReport struct {
	File  string   `json:"file,omitempty"`
	Known int      `json:"known"`
	Drift []string `json:"drift,omitempty"` // unexpected passes, expired and unmatched entries, in words
}
