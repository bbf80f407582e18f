// Package suites owns the judgement as data: the YAML format of suites and cases, its loader and
// validator (positions, carets, did-you-mean), the requirement catalogue, templates and
// expressions, and the embedded files. It must not know how a step is executed, what an identity
// provider is (mockidp/profile uses the same step model) or how a result is shown.
package suites

import (
	"fmt"

	"github.com/scimmage/scimmage/internal/result"
)

// Pos is a place in a YAML file. It is kept for every node a message could be about.
type Pos struct {
	File string
	Line int
	Col  int
}

// Kind of a suite.
type Kind string

// Kinds of suites. Findings of rfc and automatic suites are primary; those of the others can be
// consequences of one of them.
const (
	KindRFC       Kind = "rfc"
	KindIDP       Kind = "idp"
	KindPublished Kind = "published"
	KindUser      Kind = "user"
	KindAutomatic Kind = "automatic"
)

// Suite is one YAML file of cases.
type Suite struct {
	Pos   Pos
	ID    string // "rfc.patch", "okta"
	Title string
	About string // what the suite is, for list and the reports
	Kind  Kind
	IDP   string   // profile id that its operations are played with
	Needs []string // features that every case needs
	Cites []string // default of the cases
	Cause string   // default of the cases
	Off   string   // not run unless selected by --suite; says why
	// Published: who publishes the suite; every suite of kind published has it.
	Published *Published
	Cases     []*Case
}

// Published says whose suite it is. Such a suite never runs unless it is selected: it demands what its
// author wants, which is more or less than the RFC.
type Published struct {
	By, Version, Source string
	Unit                string // what its cases are called: requests, tests, requirements
}

// Departs says where the check and the RFC part: what it says itself, or what its case says of all.
func (k *Check) Departs(c *Case) *result.RFCView {
	if k.RFC != nil {
		return k.RFC
	}
	return c.RFC
}

// Departures are the words of rfc:.
func Departures() []string { return []string{"more", "less", "against"} }

// Case is one story. Cases are isolated: whatever they need they create, and it is removed
// afterwards, so that they can run concurrently and in any selection.
type Case struct {
	Pos       Pos
	Suite     *Suite
	ID        string // unique in the suite
	Title     string
	Feature   string          // of the feature list: create-users, deactivate-users, …
	Essential bool            // its failure makes the feature broken rather than partial
	Optional  bool            // of a published suite: does not decide whether it is passed
	RFC       *result.RFCView // of a published suite, default of its checks
	Cites     []string
	Level     result.Level // only downwards; "" = from the cites
	Needs     []string     // features: patch, groups, bulk, sort, etag, filter, me, cursor, token-b, write, …
	After     []string     // cases ("id" or "suite/id") without which this one means nothing: skipped as blocked when they failed
	Cause     string
	Why       string
	Fix       string
	Alone     bool   // must not run beside other cases (measures time, counts everything, …)
	Each      *Each  // one case per item
	When      string // expression over run, target, features, spc, schemas: not applicable when false
	WhenText  string // the reason shown when When is false
	Given     []Fixture
	Steps     []*Step
}

// FullID is "suite/case".
func (c *Case) FullID() string { return c.Suite.ID + "/" + c.ID }

// Each expands a case into one per item. The item is the variable `item`; its string form (or
// item.id) is appended to the case id: "type[title]".
type Each struct {
	Pos   Pos
	Items []any  // literal items, or
	From  string // an expression that gives a list when the target has been discovered, e.g. "filter(attributes('User'), .mutability == 'readOnly')"
}

// Fixture is something that exists before the steps run and is removed after them.
//
//	given:
//	  ana:  {user: minimal, with: {title: Engineer}}      # created on the target by plain POST
//	  team: {group: minimal, members: [ana]}
//	  eve:  {person: {firstName: Eve}}                     # exists in the IdP's directory only
//	  crew: {people-group: {name: Crew, members: [eve]}}   # group of the IdP's directory only
type Fixture struct {
	Pos      Pos
	Name     string
	Kind     string    // user, group, person, people-group, resource
	Base     string    // template of suites/fixtures.yaml
	With     *Template // merged over the template
	Members  []string  // names of fixtures
	Count    int       // > 1: the variable is a list
	Endpoint string    // kind resource: any endpoint
}

// Step is one exchange, one operation of an IdP or one named procedure, with its checks. Suites
// and profile operations share it.
type Step struct {
	Pos   Pos
	ID    string // unique in the case; default "s<n>"
	Title string // purpose in words, may hold {{ }}
	When  *Expr  // left out when false

	Send     *Send     // one request
	Read     string    // GET the fixture of this name by its id
	Use      string    // operation: "okta/deactivate-user" or "deactivate-user" in a suite with idp
	With     *Template // arguments of Use or Go (an object)
	Go       string    // named procedure of the engine: walk-pages, race-create, …
	Parallel []*Step   // sent at the same time

	Expect []*Check
	Facts  []*FactDef
	Save   []Assign // variables set after the checks

	React  []*Reaction // operations: what the client does with the answer; first match wins
	Always bool        // run even when an earlier gate of the case failed (read-backs)
}

// Assign sets a variable, or a member of an object variable ("person.target"), to an expression.
type Assign struct {
	Pos  Pos
	Name string
	Expr *Expr
}

// Reaction is what a client does with an answer.
type Reaction struct {
	Pos      Pos
	When     *Expr     // nil = otherwise
	Set      []Assign  // variables of the operation
	Fail     *Template // the operation fails; what the admin sees
	Done     bool      // the operation ends here, successfully
	Warn     *Template // goes on, with a warning the admin sees
	Expected string    // text for the report: what the client needs here
	Cites    []string
	Level    result.Level
	Cause    string
	Why      string
	Fix      string
}

// Send describes one request.
type Send struct {
	Pos      Pos
	Method   string
	Path     *Template // relative to the base URL, "{{ }}" values are path-escaped
	Query    []Param   // encoded in order (spaces as %20)
	RawQuery *Template // sent byte for byte instead; nil = none
	Headers  []Param   // over the defaults (Accept, Content-Type with a body); an absent value (null) removes one
	Body     *Template // JSON, keys in the order of the YAML
	Raw      *Template // body as text, byte for byte
	Patch    *Template // list of operations, wrapped in a PatchOp message
	Build    string    // named builder of the profile; With are its arguments
	With     *Template
	Auth     *Template // none, wrong, cut, longer, swapped, lower or b; the configured credential when there is none
	AsIs     bool      // no target adaptation (extra attributes) of this body
	Missing  bool      // the id in the path is known not to exist: the guard lets it pass
	Timeout  string
	Creates  string // endpoint, where the request creates something although it is no POST to a collection (bulk, PUT that creates)
}

// Param is one ordered name and value.
type Param struct {
	Name  string
	Value *Template // nil: header removed
}

// Check is one assertion over a response (or over variables). Exactly one matcher is set.
type Check struct {
	Pos      Pos
	ID       string // unique in the step; default the matcher's name
	Title    string
	Level    result.Level
	Cites    []string
	When     *Expr // judged only when true; else the check is left out silently
	Needs    []string
	On       string // step id or variable whose response is judged; default this step
	RFC      *result.RFCView
	Gate     bool // later checks and steps of the case are blocked when this one fails
	Why      string
	Fix      string
	Cause    string
	Expected *Template // overrides the matcher's text
	Actual   *Template
	Matcher  string    // key of the matcher table
	Args     *Template // its argument
	Sub      []*Check  // of any / all / not
}

// FactDef records a measured property.
type FactDef struct {
	Pos                    Pos
	ID, Group, Title, Note string
	When                   *Expr
	Value                  *Expr
	Cites                  []string
}

// Requirement is one normative sentence of an RFC or one documented need of an IdP.
type Requirement struct {
	ID       string `yaml:"id" json:"id"`
	RFC      int    `yaml:"rfc" json:"rfc,omitempty"`
	IDP      string `yaml:"idp" json:"idp,omitempty"`
	Document string `yaml:"document" json:"document,omitempty"` // a published suite or profile that is no RFC
	Section  string `yaml:"section" json:"section,omitempty"`
	Keyword  string `yaml:"level" json:"keyword"`
	Subject  string `yaml:"subject" json:"subject,omitempty"`
	Summary  string `yaml:"summary" json:"summary"`
	Testable string `yaml:"testable" json:"testable,omitempty"`
	WhyNot   string `yaml:"why" json:"why,omitempty"` // why a black box cannot test it, or what setup it takes
	Area     string `yaml:"area" json:"area"`
	Implied  bool   `yaml:"implied" json:"implied,omitempty"`
	Lines    []int  `yaml:"lines" json:"lines,omitempty"`
	Source   string `yaml:"source" json:"source,omitempty"`     // IdP needs
	Evidence string `yaml:"evidence" json:"evidence,omitempty"` // captured, documented, assumed
}

// Level of the requirement.
func (r *Requirement) Level() result.Level { return result.LevelOf(r.Keyword) }

// URL of the section of the RFC; "" for the need of an identity provider.
func (r *Requirement) URL() string {
	switch {
	case r.RFC == 0:
		return ""
	case r.Section == "":
		return fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d", r.RFC)
	}
	return fmt.Sprintf("https://www.rfc-editor.org/rfc/rfc%d#section-%s", r.RFC, r.Section)
}
