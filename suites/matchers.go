package suites

import "slices"

// Shape is what the argument of a matcher (or one of its members) must look like. A value with
// {{ }} fits every shape, because only the run knows what it becomes.
type Shape string

// Shapes.
const (
	ShapeAny    Shape = "any"    // any value, not null
	ShapeText   Shape = "text"   // one text
	ShapeTexts  Shape = "texts"  // one text or a list of them, not empty
	ShapeStatus Shape = "status" // 200, 2xx or a list of these, not empty
	ShapeInt    Shape = "int"
	ShapeBool   Shape = "bool"
	ShapeChoice Shape = "choice" // one or a list of Options
	ShapeObject Shape = "object" // mapping with Keys; any key when Keys is nil; not empty
	ShapeExpr   Shape = "expr"   // expression without braces
	ShapeChecks Shape = "checks" // checks
	ShapeRegexp Shape = "regexp"
)

// Matcher is one way of judging an answer. The engine implements it; this table is what validate,
// explain and the documentation know.
type Matcher struct {
	Name    string
	About   string // passes when …
	Example string
	Arg     Member
}

// Member describes an argument or a member of one.
type Member struct {
	Name     string
	Shape    Shape
	Required bool
	Options  []string // of ShapeChoice
	Keys     []Member // of ShapeObject
	OneOf    []string // at least one of these members must be there
	Values   *Member  // of ShapeObject without Keys: shape of every value
}

var jsonTypes = []string{"string", "boolean", "integer", "number", "decimal", "array", "object", "complex", "dateTime", "uri", "reference", "binary", "null"}

var matcherTable = []Matcher{
	{Name: "status", About: "the status is one of them", Example: "status: [200, 204]", Arg: Member{Shape: ShapeStatus}},
	{Name: "header", About: "the response header is there, has the value, or matches the regular expression", Example: "header: {name: Location, present: true}",
		Arg: Member{Shape: ShapeObject, OneOf: []string{"present", "equals", "matches"}, Keys: []Member{
			{Name: "name", Shape: ShapeText, Required: true}, {Name: "present", Shape: ShapeBool}, {Name: "equals", Shape: ShapeText}, {Name: "matches", Shape: ShapeRegexp}}}},
	{Name: "media-type", About: "Content-Type without parameters is it, or one of them", Example: "media-type: application/scim+json", Arg: Member{Shape: ShapeTexts}},
	{Name: "body", About: "the body is of this kind", Example: "body: object", Arg: Member{Shape: ShapeChoice, Options: []string{"json", "object", "empty", "list", "any"}}},
	{Name: "resource", About: "every member named is there with that value; of a multi-valued attribute each element given is matched by some element; names ignore letter case",
		Example: "resource: {title: Chef, name: {givenName: Ana}}", Arg: Member{Shape: ShapeObject}},
	{Name: "equals", About: "the value at the path is exactly this one; types count", Example: "equals: {at: name.givenName, value: Ana}",
		Arg: Member{Shape: ShapeObject, Keys: []Member{{Name: "at", Shape: ShapeText, Required: true}, {Name: "value", Shape: ShapeAny, Required: true}}}},
	{Name: "absent", About: "the attributes are absent, null or empty lists", Example: "absent: [password]", Arg: Member{Shape: ShapeTexts}},
	{Name: "present", About: "the attributes are there and neither null nor an empty list", Example: "present: [id, meta.location]", Arg: Member{Shape: ShapeTexts}},
	{Name: "type", About: "the attributes are there and of that JSON type", Example: "type: {totalResults: integer}",
		Arg: Member{Shape: ShapeObject, Values: &Member{Shape: ShapeChoice, Options: jsonTypes}}},
	{Name: "unchanged", About: "the answer is the same resource as the variable, but for the paths excepted (or in the paths named)",
		Example: "unchanged: {from: ana, except: [title]}", Arg: Member{Shape: ShapeObject, Keys: []Member{
			{Name: "from", Shape: ShapeText, Required: true}, {Name: "except", Shape: ShapeTexts}, {Name: "only", Shape: ShapeTexts}, {Name: "appeared", Shape: ShapeText}}}},
	{Name: "list", About: "a ListResponse with these resources; sets are compared by id, only = exactly these and no others", Example: "list: {contains: ['{{ ana.id }}'], total: 1}",
		Arg: Member{Shape: ShapeObject, OneOf: []string{"total", "min-total", "contains", "excludes", "only", "count", "max", "ordered-by"}, Keys: []Member{
			{Name: "total", Shape: ShapeInt}, {Name: "min-total", Shape: ShapeInt}, {Name: "contains", Shape: ShapeTexts}, {Name: "excludes", Shape: ShapeTexts},
			{Name: "only", Shape: ShapeAny}, {Name: "count", Shape: ShapeInt}, {Name: "max", Shape: ShapeInt}, {Name: "ordered-by", Shape: ShapeText}, {Name: "descending", Shape: ShapeBool}}}},
	{Name: "error", About: "a SCIM error with this status, one of these scimTypes and, if asked for, a detail", Example: "error: {status: 400, scimType: [invalidFilter]}",
		Arg: Member{Shape: ShapeObject, OneOf: []string{"status", "scimType", "detail"}, Keys: []Member{
			{Name: "status", Shape: ShapeStatus}, {Name: "scimType", Shape: ShapeTexts}, {Name: "detail", Shape: ShapeBool}}}},
	{Name: "that", About: "the expression is true; give expected and actual in words", Example: "that: len(list) == 1", Arg: Member{Shape: ShapeExpr}},
	{Name: "answers", About: "an HTTP answer arrived at all", Example: "answers: true", Arg: Member{Shape: ShapeBool}},
	{Name: "any", About: "one of the checks passes", Example: "any: [{status: 404}, {resource: {active: false}}]", Arg: Member{Shape: ShapeChecks}},
	{Name: "all", About: "all of the checks pass", Example: "all: [{status: 200}, {present: [id]}]", Arg: Member{Shape: ShapeChecks}},
	{Name: "not", About: "the check does not pass", Example: "not: {status: 5xx}", Arg: Member{Shape: ShapeChecks}},
	{Name: "go", About: "a named predicate of the engine holds", Example: "go: {name: …}",
		Arg: Member{Shape: ShapeObject}},
}

// Matchers lists all matchers in the order of the documentation.
func Matchers() []Matcher { return slices.Clone(matcherTable) }

// FindMatcher finds a matcher by name, nil when there is none.
func FindMatcher(name string) *Matcher {
	for i := range matcherTable {
		if matcherTable[i].Name == name {
			return &matcherTable[i]
		}
	}
	return nil
}

// MatcherNames lists the names.
func MatcherNames() []string {
	out := make([]string, len(matcherTable))
	for i, m := range matcherTable {
		out[i] = m.Name
	}
	return out
}
