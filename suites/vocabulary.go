package suites

import "slices"

// Word is a name of the authoring format with what it means.
type Word struct {
	Name  string
	About string
}

func words(ws []Word) []string {
	out := make([]string, len(ws))
	for i, w := range ws {
		out[i] = w.Name
	}
	return out
}

// functionTable is every function of expressions besides those of expr-lang itself. The engine
// implements them; a name that is not here is a problem of the file, because a call of an unknown
// function would only be noticed when a run comes there.
var functionTable = []Word{
	{"get", "value at a SCIM path, nil when absent: get(ana, \"emails[type eq \\\"work\\\"].value\")"},
	{"has", "tells whether a SCIM path has a value"},
	{"unique", "a new name with the prefix of the run"},
	{"username", "a new userName in the form the target's configuration wants"},
	{"email", "a new mail address in the domain the target's configuration wants"},
	{"quote", "a text as a value of a filter, quoted and escaped"},
	{"urlq", "query encoding with %20 for spaces"},
	{"plus", "query encoding with + for spaces"},
	{"path", "encoding as one segment of a path"},
	{"idIn", "the id that a location ends with, decoded"},
	{"json", "a value as JSON text"},
	{"str", "a value as text"},
	{"without", "a copy without these paths: without(ana, \"meta\", \"groups\")"},
	{"with", "a copy with these members: with(ana, {\"title\": \"Chef\"})"},
	{"same", "equality as SCIM sees it: order of multi-valued attributes does not count"},
	{"equalValue", "equality of JSON values"},
	{"type", "JSON type of a value: string, boolean, integer, number, array, object, null"},
	{"isInt", "a whole JSON number"}, {"isDateTime", "an xsd:dateTime"}, {"isURI", "a URI"}, {"isBase64", "base64 text"},
	{"match", "tells whether a text matches a regular expression"},
	{"ago", "the time a duration ago: ago(\"1h\")"},
	{"repeat", "a text n times"},
	{"random", "random characters; random(\"guid\") is a GUID"},
	{"b64", "base64 of a text"},
	{"elements", "elements of a multi-valued attribute, none when it is absent or no list: elements(body, \"members\")"},
	{"attributes", "attributes of a resource type as the target publishes them"},
	{"sample", "a valid value for an attribute of attributes(): sample(item, 1, tag); 2 and 3 are others; nil where none can be made up"},
	{"assign", "a copy of a resource with an attribute of attributes() set: assign(ana, item, value)"},
	{"filterFor", "an equality filter for an attribute and a value of sample(), nil where it would single nothing out"},
	{"resolve", "a reference resolved against a base URL"},
	{"seq", "the numbers 1 to n"},
	{"secondsBetween", "seconds between two date-times"},
	{"header", "a response header of the step being judged"},
}

// Functions lists the functions of expressions with their meaning.
func Functions() []Word { return slices.Clone(functionTable) }

// variableTable is what every expression of a case knows, besides fixtures, saved variables and
// step ids.
var variableTable = []Word{
	{"run", "id, prefix, seed"}, {"target", "url, domain, remote"}, {"features", "feature name → true or false"}, {"spc", "ServiceProviderConfig"},
	{"schemas", "has(type, path), attribute(type, path)"}, {"item", "item of each"}, {"profile", "the identity provider being played"},
	{"traits", "its traits"}, {"idp", "its id"}, {"name", "name of the fixture being made"}, {"n", "its number"},
	{"status", "HTTP status of the answer"}, {"body", "the JSON body"}, {"raw", "the body as text"}, {"list", "body.Resources"}, {"ms", "duration in milliseconds"},
	{"detail", "detail of a SCIM error, or the beginning of the body"}, {"reason", "the HTTP reason phrase"}, {"scimType", "scimType of an error"},
	{"fault", "what kept an answer from arriving"},
}

// Variables lists the variables of expressions with their meaning.
func Variables() []Word { return slices.Clone(variableTable) }

// needTable is what a case can need; discovery or the configuration decides.
var needTable = []Word{
	{"users", "/Users is there"}, {"groups", "/Groups is there"}, {"enterprise", "the enterprise extension of users"},
	{"patch", "PATCH is announced"}, {"filter", "filtering is announced"}, {"bulk", "/Bulk is announced"}, {"sort", "sorting is announced"},
	{"etag", "ETags are announced"}, {"change-password", "changePassword is announced"},
	{"cursor", "cursor paging is announced (RFC 9865)"}, {"index", "index paging is not ruled out"},
	{"events", "security events are announced (RFC 9967)"},
	{"spc", "/ServiceProviderConfig is there"}, {"schemas", "/Schemas is there"}, {"resource-types", "/ResourceTypes is there"},
	{"write", "the run may write"}, {"token-b", "a second credential is given"}, {"rate-test", "the rate test is on"},
	{"disposable", "nobody needs what is on the target (--feature disposable=on)"},
	{"loopback", "the target runs on this machine"}, {"remote", "the target runs elsewhere"},
	// Nothing announces these: they count as offered until the configuration or --feature switches them off.
	{"me", "/Me, unless switched off"}, {"search", "/.search, unless switched off"}, {"delete", "DELETE, unless switched off"},
	{"password", "setting passwords, unless switched off"}, {"entitlements", "roles and entitlements, unless switched off"},
	{"async", "asynchronous requests (RFC 9967), unless switched off"},
}

// Needs lists the names that needs: and --feature know.
func Needs() []Word { return slices.Clone(needTable) }

// Allowed keys of the format.
var (
	suiteKeys       = []string{"suite", "title", "about", "kind", "idp", "idps", "needs", "off", "published", "cites", "cause", "causes", "requirements", "cases"}
	caseKeys        = []string{"id", "title", "idps", "feature", "essential", "optional", "rfc", "cites", "level", "needs", "after", "cause", "why", "fix", "alone", "each", "when", "when-text", "given", "steps"}
	stepKeys        = []string{"id", "title", "when", "send", "read", "use", "with", "go", "parallel", "expect", "facts", "save", "always"}
	operationStep   = append(slices.Clone(stepKeys), "react")
	methods         = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
	sendKeys        = append(slices.Clone(methods), "query", "raw-query", "headers", "body", "patch", "raw", "build", "with", "auth", "as-is", "missing", "creates", "timeout")
	bodyKeys        = []string{"body", "patch", "raw", "build"}
	checkAttributes = []string{"id", "title", "level", "cites", "rfc", "when", "needs", "on", "gate", "why", "fix", "cause", "expected", "actual"}
	checkKeys       = append(slices.Clone(checkAttributes), MatcherNames()...)
	reactionKeys    = []string{"when", "set", "fail", "done", "warn", "expected", "cites", "level", "cause", "why", "fix"}
	factKeys        = []string{"id", "group", "title", "note", "when", "value", "cites"}
	fixtureKinds    = []string{"user", "group", "person", "people-group", "resource"}
	fixtureKeys     = append(slices.Clone(fixtureKinds), "with", "members", "count")
	eachKeys        = []string{"from"}
	publishedKeys   = []string{"by", "version", "source", "unit"}
	levels          = []string{"must", "should", "may"}
	auths           = []string{"none", "wrong", "cut", "longer", "swapped", "lower", "b"}
	kinds           = []string{string(KindRFC), string(KindIDP), string(KindPublished), string(KindUser), string(KindAutomatic)}
)
