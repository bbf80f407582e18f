package engine

import "github.com/scimmage/scimmage/internal/result"

// autoRule is one rule that every response is held to without being asked.
type autoRule struct {
	id, group string // case of the automatic suite
	title     string
	level     result.Level
	cites     []string
	area      string
	cause     string
	discovery string // the cause where only lists of /Schemas and /ResourceTypes are wrong: it explains nothing about people
	why, fix  string
	codes     []string // violation codes of internal/scim that it collects; others come from Go
}

// autoGroups are the cases of the automatic suite, in order.
var autoGroups = []struct{ id, title string }{
	{"transport", "Every answer is well-formed JSON of the right media type"},
	{"errors", "Every error has a SCIM error body"},
	{"lists", "Every list is a ListResponse whose numbers add up"},
	{"resources", "Every resource has its common attributes"},
	{"schema", "Every resource fits its schema"},
	{"secrets", "No answer gives away a secret"},
}

const strictParsers = "Strict clients (generated from schemas, or written in typed languages such as Okta's and Entra's) refuse the whole answer."

// autoRules is data before code: a new automatic check is a row here and, unless its violation comes
// from internal/scim, a test in auto_tests.go.
var autoRules = []autoRule{
	{id: "json", group: "transport", title: "response bodies are valid JSON", level: result.Must, cites: []string{"RFC7644-3.2-R10"}, area: "media-type", cause: "json",
		why: "No client can read the answer.", fix: "Serialise every response body as one JSON value."},
	{id: "utf8", group: "transport", title: "JSON is encoded in UTF-8 without a byte order mark", level: result.Must, cites: []string{"RFC7644-3.8-R2"}, area: "media-type", cause: "json",
		why: "Names with accents arrive broken, or the answer is refused.", fix: "Encode response bodies as UTF-8 without BOM."},
	{id: "duplicate-keys", group: "transport", title: "no JSON object has two members of one name", level: result.Should, cites: []string{"RFC7643-2.1-R1"}, area: "schema", cause: "json.duplicate-keys",
		why: "Which of the two values a client takes is chance (RFC 8259 section 4).", fix: "Write each member once; remember that SCIM names ignore case."},
	{id: "media-type", group: "transport", title: "answers are labelled application/scim+json when that was asked for", level: result.Must, cites: []string{"RFC7644-3.8-R8", "RFC7644-3.1-R1", "ENTRA-CONN-R8"}, area: "media-type", cause: "media-type",
		why: "Clients that check the label, such as Microsoft's validator, stop here.", fix: "Send Content-Type: application/scim+json with every SCIM body."},
	{id: "error-media-type", group: "errors", title: "error bodies are labelled application/scim+json", level: result.Should, cites: []string{"RFC7644-3.12-R6"}, area: "media-type", cause: "media-type",
		why: "Clients that look at the label do not show the reason of the error.", fix: "Send Content-Type: application/scim+json with error bodies too."},
	{id: "no-content", group: "transport", title: "204 comes without a body", level: result.Must, cites: []string{"RFC7644-3.2-R10"}, area: "media-type", cause: "json",
		why: "The bytes are taken for the next answer on the connection.", fix: "Send no body with 204."},

	{id: "error-body", group: "errors", title: "errors of SCIM endpoints have a JSON body in the SCIM error format", level: result.Must, cites: []string{"RFC7644-3.12-R1", "OKTA-CONN-R6", "OKTA-USERS-R18"}, area: "errors", cause: "errors.body", codes: []string{"not-object"},
		why: "The admin reads \"Invalid JSON\" instead of the reason (seen with Okta behind a proxy).", fix: "Answer every error with a SCIM error body (schemas, status, detail)."},
	{id: "error-schemas", group: "errors", title: "error bodies name the Error schema", level: result.Must, cites: []string{"RFC7644-3.12-R2"}, area: "errors", cause: "errors.body", codes: []string{"missing-schemas", "wrong-schemas", "not-array"},
		why: "Okta's published test looks for it.", fix: "Add \"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:Error\"] to error bodies."},
	{id: "error-status", group: "errors", title: "the status of an error body is a string equal to the HTTP status", level: result.Must, cites: []string{"RFC7644-3.12-R3"}, area: "errors", cause: "errors.status", codes: []string{"missing-status", "status-type", "status-mismatch"},
		why: strictParsers, fix: "Write the HTTP status into the error body as a JSON string, such as \"404\"."},
	{id: "error-scimtype", group: "errors", title: "scimType and detail of an error are strings", level: result.Must, cites: []string{"RFC7644-3.12-R4"}, area: "errors", cause: "errors.body", codes: []string{"scimtype-type", "detail-type"},
		why: strictParsers, fix: "Write scimType and detail as JSON strings."},
	{id: "error-known-scimtype", group: "errors", title: "scimType is one of the registered keywords", level: result.May, cites: []string{"RFC7644-3.12-R4"}, area: "errors", cause: "errors.body", codes: []string{"scimtype-unknown"},
		why: "Clients branch on the registered words only.", fix: "Use a keyword of RFC 7644 table 9, or leave scimType out."},
	{id: "server-error", group: "errors", title: "no request makes the server fail with 5xx", level: result.Must, cites: []string{"RFC7644-3.12-R7"}, area: "errors", cause: "errors.5xx",
		why: "Okta leaves the job in error until somebody repeats it by hand; Entra retries for days.", fix: "Find the exception behind the 5xx; refuse what cannot be processed with a 4xx SCIM error."},

	{id: "list-schemas", group: "lists", title: "lists name the ListResponse schema", level: result.Must, cites: []string{"RFC7644-3.4.2-R4"}, area: "paging", cause: "list.shape", codes: []string{"missing-schemas", "wrong-schemas"},
		why: "Okta's published test and Microsoft's validator look for it.", fix: "Add \"schemas\": [\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"]."},
	{id: "list-object", group: "lists", title: "lists are ListResponse objects, not bare arrays", level: result.Must, cites: []string{"RFC7644-3.4.2-R4"}, area: "paging", cause: "list.shape", codes: []string{"not-object", "not-array", "resource-type"},
		why: "Okta reports \"No results for users returned\".", fix: "Wrap the array in a ListResponse."},
	{id: "list-total", group: "lists", title: "every list has an integer totalResults", level: result.Must, cites: []string{"RFC7644-3.4.2-R5"}, area: "paging", cause: "list.total", discovery: "discovery.lists", codes: []string{"missing-total", "wrong-type", "out-of-range"},
		why: "Okta stops after the existence check when a number is a string; imports never start.", fix: "Write totalResults, startIndex and itemsPerPage as JSON integers."},
	{id: "list-total-counts", group: "lists", title: "totalResults is not smaller than what came", level: result.Must, cites: []string{"RFC7644-3.4.2-R6", "OKTA-IMPORT-R5"}, area: "paging", cause: "paging.total", codes: []string{"total-too-small"},
		why: "Imports end early and lose people.", fix: "Count all matches of the query, not those of the page."},
	{id: "list-behind", group: "lists", title: "a page behind the end is empty", level: result.Must, cites: []string{"RFC7644-3.4.2.4-R12"}, area: "paging", cause: "paging.behind", codes: []string{"behind-the-end"},
		why: "An import that asks for one page more reads the same people again, and never ends.", fix: "Return no resources when startIndex is larger than totalResults."},
	{id: "list-resources", group: "lists", title: "a list with results has a Resources array", level: result.Must, cites: []string{"RFC7644-3.4.2-R8"}, area: "paging", cause: "list.shape", codes: []string{"missing-resources", "resources-null", "empty-page"},
		why: "Clients that iterate over Resources crash on null.", fix: "Send Resources as an array whenever there are results; send [] or leave it out when there are none."},
	{id: "list-count", group: "lists", title: "no more resources come than count asked for", level: result.Must, cites: []string{"RFC7644-3.4.2.4-R4"}, area: "paging", cause: "paging.count", codes: []string{"more-than-count"},
		why: "Imports read the same people twice; large tenants time out.", fix: "Return at most count resources; none for count=0."},
	{id: "list-once", group: "lists", title: "no resource stands twice in one list", level: result.Must, cites: []string{"RFC7644-3.4.2-R6"}, area: "paging", cause: "list.twice", discovery: "discovery.lists", codes: []string{"twice"},
		why: "A look-up that meets one account twice is taken for an ambiguous match, and nobody is linked.", fix: "Select each resource once, however many values a joined table has for it."},
	{id: "list-page", group: "lists", title: "a partial list says startIndex and itemsPerPage, and they are right", level: result.Must, cites: []string{"RFC7644-3.4.2-R9", "RFC7644-3.4.2-R11"}, area: "paging", cause: "list.numbers", codes: []string{"missing-start-index", "missing-items-per-page", "start-index", "number-type", "number-range"},
		why: "Clients that page by these numbers skip or repeat people.", fix: "Echo the 1-based startIndex of the first resource and the number of resources on the page."},
	{id: "list-items-per-page", group: "lists", title: "itemsPerPage is the number of resources on the page", level: result.Must, cites: []string{"RFC7644-3.4.2-R12"}, area: "paging", cause: "list.numbers", codes: []string{"items-per-page"},
		why: "Okta's reviewers refuse a page that claims more than it holds.", fix: "Set itemsPerPage to the length of Resources."},

	{id: "id", group: "resources", title: "every resource has a non-empty string id", level: result.Must, cites: []string{"RFC7643-3.1-R5", "RFC7643-3-R8", "RFC7643-3.1-R11"}, area: "schema", cause: "resource.id", codes: []string{"missing-id", "id-type", "id-empty", "id-reserved"},
		why: "The identity provider stores the id; without one it cannot update or deactivate anybody.", fix: "Return a stable, non-empty id as a JSON string."},
	{id: "id-types", group: "resources", title: "no user and group share an id", level: result.Must, cites: []string{"RFC7643-3.1-R6"}, area: "schema", cause: "id",
		why: "A member reference points to two things.", fix: "Give every resource an id that no other resource of the endpoint has, of whatever type."},
	{id: "schemas", group: "resources", title: "every resource has its schemas", level: result.Must, cites: []string{"RFC7643-3-R2", "RFC7643-3-R12"}, area: "schema", cause: "resource.schemas", codes: []string{"missing-schemas", "not-array"},
		why: "Clients tell users from groups by it; Microsoft's validator refuses the resource.", fix: "Return the schemas array with the base schema of the resource type."},
	{id: "extension-declared", group: "resources", title: "schemas names every extension that the resource carries", level: result.Must, cites: []string{"RFC7643-3-R4"}, area: "schema", cause: "resource.schemas", codes: []string{"undeclared-extension"},
		why: "Clients that read extensions by schemas do not see department or manager.", fix: "Add the URN of each extension with data to schemas."},
	{id: "schemas-known", group: "resources", title: "schemas names only declared schemas, each once", level: result.Must, cites: []string{"RFC7643-3-R5", "RFC7643-3-R6"}, area: "schema", cause: "resource.schemas-known", codes: []string{"unknown-schema"},
		why: "Clients look the URN up and fail.", fix: "Declare the extension in the resource type, or leave its URN out."},
	{id: "meta", group: "resources", title: "meta says what kind of resource it is", level: result.Must, cites: []string{"RFC7643-3-R9", "RFC7643-3.1-R27", "OKTA-USERS-R6"}, area: "schema", cause: "resource.meta", codes: []string{"meta-missing", "meta-type", "meta-resource-type", "meta-resource-type-missing"},
		why: "Okta wants meta on every resource that it lists.", fix: "Return meta with resourceType, created, lastModified and location."},
	{id: "meta-location", group: "resources", title: "meta.location is the resource's own address on this endpoint", level: result.Must, cites: []string{"RFC7643-3.1-R33"}, area: "read", cause: "resource.location",
		why: "Clients that follow it end at another host, with their token.", fix: "Build meta.location from the base URL under which the request came and the resource's id."},
	{id: "meta-version", group: "resources", title: "meta.version equals the ETag header", level: result.Must, cites: []string{"RFC7643-3.1-R34"}, area: "etag", cause: "etag",
		why: "Conditional updates fail for clients that take the version from the body.", fix: "Put the ETag, with quotes and W/, into meta.version."},

	{id: "types", group: "schema", title: "values have the JSON type that the schema gives them", level: result.Must, cites: []string{"RFC7643-2.3-R2", "RFC7643-2.3.3-R1", "RFC7643-2.3.4-R1"}, area: "schema", cause: "schema.type", codes: []string{"wrong-type", "not-object"},
		why: strictParsers, fix: "Serialise each attribute with the type of its schema; booleans as true and false."},
	{id: "plurality", group: "schema", title: "multi-valued attributes are arrays, singular ones are not", level: result.Must, cites: []string{"RFC7643-1.2-R3", "RFC7643-1.2-R4", "RFC7643-2.4-R1"}, area: "schema", cause: "schema.type", codes: []string{"not-array", "not-singular"},
		why: strictParsers, fix: "Write multi-valued attributes as arrays even with one value."},
	{id: "required", group: "schema", title: "required attributes are there", level: result.Must, cites: []string{"RFC7643-2.2-R2"}, area: "schema", cause: "schema.required", codes: []string{"missing-required"},
		why: "Identity providers match on them.", fix: "Return every attribute that the schema marks as required, or do not mark it so."},
	{id: "unknown-attribute", group: "schema", title: "only attributes of the published schemas are returned", level: result.Should, cites: []string{"RFC7643-2.1-R5"}, area: "schema", cause: "schema.unknown", codes: []string{"unknown-attribute", "unknown-extension"},
		why: "Nobody can map what no schema describes; strict clients refuse the resource.", fix: "Publish the attribute in a schema (own data in an extension), or do not return it."},
	{id: "name-case", group: "schema", title: "attribute names are spelled as in the schema", level: result.May, cites: []string{"RFC7643-2.1-R3"}, area: "schema", cause: "schema.unknown", codes: []string{"name-case"},
		why: "Many clients compare names with regard to case although they should not.", fix: "Spell names as the schema does."},
	{id: "canonical", group: "schema", title: "values are among the canonical values where the schema closes the list", level: result.May, cites: []string{"RFC7643-2.3.1-R2"}, area: "schema", cause: "schema.canonical", codes: []string{"not-canonical"},
		why: "Clients offer the published values only.", fix: "Return a published value or publish the value."},
	{id: "date-times", group: "schema", title: "dateTime values are complete xsd:dateTime values", level: result.Must, cites: []string{"RFC7643-2.3.5-R1", "RFC7643-2.3.5-R2"}, area: "schema", cause: "schema.type", codes: []string{"bad-datetime"},
		why: "Clients that parse dates fail.", fix: "Write dateTime values such as 2026-01-31T08:00:00Z."},
	{id: "binary", group: "schema", title: "binary values are base64", level: result.Must, cites: []string{"RFC7643-2.3.6-R1"}, area: "schema", cause: "schema.type", codes: []string{"bad-binary"},
		why: "Certificates cannot be read.", fix: "Encode binary attributes as base64."},
	{id: "references", group: "schema", title: "references are URIs", level: result.Must, cites: []string{"RFC7643-2.3.7-R2"}, area: "schema", cause: "schema.reference", codes: []string{"bad-reference"},
		why: "Nobody can follow them.", fix: "Return an absolute URI, or one relative to the base URL."},
	{id: "one-primary", group: "schema", title: "at most one value of an attribute is primary", level: result.Must, cites: []string{"RFC7643-2.4-R5"}, area: "schema", cause: "schema.primary", codes: []string{"several-primary"},
		why: "Okta reads the primary value only: which mail address it gets is chance.", fix: "When a value becomes primary, set the others to false."},
	{id: "no-duplicates", group: "schema", title: "an attribute does not hold the same value and type twice", level: result.Should, cites: []string{"RFC7643-2.4-R12"}, area: "schema", cause: "schema.duplicates", codes: []string{"duplicate-value"},
		why: "Members and addresses pile up with every sync.", fix: "Treat an add of a value that is there as done."},

	{id: "password", group: "secrets", title: "password and other never-returned attributes are never returned", level: result.Must, cites: []string{"RFC7643-7-R37"}, area: "auth-security", cause: "secrets", codes: []string{"returned-never"},
		why: "Whoever may read users can sign in as them; Okta echoes what it reads back in its next PUT.", fix: "Never return password, not even hashed."},
	{id: "leak", group: "secrets", title: "errors give away no stack trace, SQL or file path", level: result.Should, cites: []string{"RFC7644-3.12-R5"}, area: "auth-security", cause: "leak",
		why: "An attacker learns what the server is made of.", fix: "Log the exception and answer with a sentence of your own."},
}
