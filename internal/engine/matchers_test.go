package engine

import (
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/suites"
)

// TestMatcherNames: what the validator accepts is what the engine can judge, and nothing else.
func TestMatcherNames(t *testing.T) {
	got := append(sortedNames(matchers()), "any", "all", "not") // these three judge by others
	want := suites.MatcherNames()
	sort.Strings(got)
	sort.Strings(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("suites.Matchers and engine.matchers differ (-suites +engine):\n%s", d)
	}
}

const anaBody = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:x:schemas:ext:2.0:User"],"id":"1","userName":"Ana@Example.com",
"name":{"givenName":"Ana"},"active":true,"title":null,"roles":[],"emails":[{"value":"a@example.com","type":"work","primary":true},{"value":"b@example.com","type":"home"}],
"urn:x:schemas:ext:2.0:User":{"floor":3},"meta":{"created":"2026-01-01T00:00:00Z"}}`

const listBody = `{"totalResults":3,"Resources":[{"id":"a","title":"Ale"},{"id":"b","title":"bock"},{"id":"c","title":"Cider"}]}`

const errorBody = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidFilter","detail":"no such operator"}`

// parseCheck reads one check as it stands in a suite.
func parseCheck(t *testing.T, src string) *suites.Check {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte("[{id: ana, save: {x: status}}, {id: nobody, save: {x: status}}, {id: s, expect: [{id: k, "+src+"}]}]"), &n); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	steps, ps := suites.ParseSteps(n.Content[0], "t.yaml", suites.Options{Cites: []string{"X-R1"}})
	if len(ps) > 0 || len(steps) != 3 || len(steps[2].Expect) != 1 {
		t.Fatalf("%s: %s", src, ps.Render())
	}
	return steps[2].Expect[0]
}

// judgeOne runs one check over one answer.
func judgeOne(t *testing.T, src string, resp *response, vars map[string]any) verdict {
	t.Helper()
	s := &scope{vars: map[string]any{}}
	for k, f := range functions {
		s.vars[k] = f
	}
	for k, v := range vars {
		s.vars[k] = v
	}
	s.enter(resp)
	return s.match(t.Context(), parseCheck(t, src), resp)
}

type matcherTest struct {
	check string
	resp  *response
	ok    bool
	// of a failure: words of expected and actual, and the place in the answer
	expected, actual, pointer, header string
	unjudged                          string
}

func (tc matcherTest) hold(t *testing.T, v verdict) {
	t.Helper()
	if v.err != nil {
		t.Fatalf("%s: broken: %v", tc.check, v.err)
	}
	if (tc.unjudged == "") != (v.unjudged == "") || !strings.Contains(v.unjudged, tc.unjudged) {
		t.Fatalf("%s: unjudged %q, want %q", tc.check, v.unjudged, tc.unjudged)
	}
	if tc.unjudged != "" {
		return
	}
	if v.ok != tc.ok {
		t.Fatalf("%s: ok %v, want %v (expected %q, actual %q)", tc.check, v.ok, tc.ok, v.expected, v.actual)
	}
	if v.expected == "" {
		t.Errorf("%s: nothing said about what is expected", tc.check)
	}
	if tc.ok {
		return
	}
	if !strings.Contains(v.expected, tc.expected) || !strings.Contains(v.actual, tc.actual) {
		t.Errorf("%s: expected %q, actual %q; want %q and %q in them", tc.check, v.expected, v.actual, tc.expected, tc.actual)
	}
	if tc.pointer != "" && (v.at == nil || v.at.Pointer != tc.pointer || v.at.Length == 0 && tc.pointer != "/Resources") {
		t.Errorf("%s: at %+v, want %s", tc.check, v.at, tc.pointer)
	}
	if tc.header != "" && (v.at == nil || v.at.Header != tc.header) {
		t.Errorf("%s: at %+v, want the header %s", tc.check, v.at, tc.header)
	}
}

func TestMatchStatusHeaderMediaBody(t *testing.T) {
	ana, none, text := answer(200, anaBody, "Content-Type", "application/scim+json; charset=utf-8", "Location", "http://x/1"), answer(204, ""), answer(200, "hello")
	refused := answer(404, `{"detail":"not here"}`)
	const gone = "no answer arrived"
	tests := []matcherTest{
		{check: "status: 200", resp: ana, ok: true},
		{check: "status: [201, 200]", resp: ana, ok: true},
		{check: "status: 2xx", resp: none, ok: true},
		{check: "status: 4xx", resp: refused, ok: true},
		{check: "status: [200, 204]", resp: refused, expected: "status 200 or 204", actual: "404 (not here)"},
		{check: "status: 5xx", resp: refused, expected: "5xx", actual: "404"},
		{check: "status: 200", resp: silence("timeout"), unjudged: gone},

		{check: "header: {name: location, present: true}", resp: ana, ok: true},
		{check: "header: {name: ETag, present: false}", resp: ana, ok: true},
		{check: "header: {name: ETag, present: true}", resp: ana, expected: "a ETag header", actual: "no ETag header", header: "ETag"},
		{check: "header: {name: Location, present: false}", resp: ana, expected: "no Location header", actual: "http://x/1", header: "Location"},
		{check: "header: {name: Location, equals: 'http://x/1'}", resp: ana, ok: true},
		{check: "header: {name: Location, equals: 'http://x/2'}", resp: ana, expected: "http://x/2", actual: "http://x/1", header: "Location"},
		{check: "header: {name: Location, matches: '/[0-9]$'}", resp: ana, ok: true},
		{check: "header: {name: Location, matches: '^https:'}", resp: ana, expected: "^https:", actual: "http://x/1", header: "Location"},
		{check: "header: {name: Location, present: true}", resp: silence("reset"), unjudged: gone},

		{check: "media-type: application/scim+json", resp: ana, ok: true},
		{check: "media-type: [application/json, application/SCIM+json]", resp: ana, ok: true},
		{check: "media-type: application/json", resp: ana, expected: "application/json", actual: "application/scim+json; charset", header: "Content-Type"},
		{check: "media-type: application/scim+json", resp: none, expected: "Content-Type", actual: "no Content-Type", header: "Content-Type"},
		{check: "media-type: application/scim+json", resp: silence("reset"), unjudged: gone},

		{check: "body: object", resp: ana, ok: true},
		{check: "body: json", resp: ana, ok: true},
		{check: "body: any", resp: text, ok: true},
		{check: "body: empty", resp: none, ok: true},
		{check: "body: empty", resp: answer(200, " \r\n"), ok: true},
		{check: "body: list", resp: answer(200, listBody), ok: true},
		{check: "body: object", resp: answer(200, listBody), ok: true},
		{check: "body: list", resp: ana, expected: "body: list", actual: "body: object"},
		{check: "body: object", resp: answer(200, "[]"), expected: "body: object", actual: "body: array"},
		{check: "body: object", resp: text, expected: "body: object", actual: "no JSON"},
		{check: "body: any", resp: none, expected: "body: any", actual: "body: empty"},
		{check: "body: json", resp: silence("reset"), unjudged: gone},

		{check: "answers: true", resp: refused, ok: true},
		{check: "answers: true", resp: silence("reset"), expected: "an HTTP answer", actual: "no answer: reset"},
		{check: "answers: true", resp: silence("guard"), unjudged: "guard"},
		{check: "answers: true", resp: silence("cancelled"), unjudged: "cancelled"},
	}
	for _, tc := range tests {
		t.Run(tc.check, func(t *testing.T) { tc.hold(t, judgeOne(t, tc.check, tc.resp, nil)) })
	}
}

func TestMatchAttributes(t *testing.T) {
	ana, text := answer(200, anaBody), answer(200, "hello")
	const noObject = "no JSON object"
	tests := []matcherTest{
		{check: "equals: {at: name.givenName, value: Ana}", resp: ana, ok: true},
		{check: "equals: {at: NAME.givenname, value: Ana}", resp: ana, ok: true},
		{check: "equals: {at: active, value: true}", resp: ana, ok: true},
		{check: "equals: {at: active, value: 'true'}", resp: ana, expected: `active = "true"`, actual: "active = true", pointer: "/active"},
		{check: "equals: {at: name.givenName, value: ana}", resp: ana, expected: `"ana"`, actual: `"Ana"`, pointer: "/name/givenName"},
		{check: "equals: {at: name.familyName, value: Ruiz}", resp: ana, expected: "Ruiz", actual: "name.familyName is absent", pointer: "/name"},
		{check: "equals: {at: 'urn:x:schemas:ext:2.0:User:floor', value: 3}", resp: ana, ok: true},
		{check: "equals: {at: 'urn:x:schemas:ext:2.0:User:floor', value: 4}", resp: ana, expected: "= 4", actual: "= 3", pointer: "/urn:x:schemas:ext:2.0:User/floor"},
		{check: "equals: {at: id, value: '1'}", resp: text, unjudged: noObject},
		{check: "equals: {at: id, value: '1'}", resp: silence("reset"), unjudged: "no answer"},

		{check: "absent: [password, title, roles]", resp: ana, ok: true},
		{check: "absent: [password, name.givenName]", resp: ana, expected: "no name.givenName", actual: `"Ana"`, pointer: "/name/givenName"},
		{check: "absent: [active]", resp: answer(200, `{"active":false}`), expected: "no active", actual: "false", pointer: "/active"},
		{check: "absent: [password]", resp: answer(200, "[]"), unjudged: noObject},
		{check: "absent: [password]", resp: answer(200, `{"password":"hunter2"}`), expected: "no password", actual: "password is there", pointer: "/password"},

		{check: "present: [id, meta.created, active]", resp: ana, ok: true},
		{check: "present: [id, title, roles, meta.version]", resp: ana, expected: "id, title, roles, meta.version present", actual: "title, roles, meta.version absent"},
		{check: "present: [meta.version]", resp: ana, expected: "present", actual: "absent", pointer: "/meta"},
		{check: "present: [id]", resp: text, unjudged: noObject},

		{check: "type: {id: string, active: boolean, emails: array, name: complex, meta.created: dateTime, 'urn:x:schemas:ext:2.0:User:floor': integer}", resp: ana, ok: true},
		{check: "type: {active: string}", resp: ana, expected: "active: string", actual: "active is boolean", pointer: "/active"},
		{check: "type: {id: integer}", resp: ana, expected: "id: integer", actual: `id is string ("1")`, pointer: "/id"},
		{check: "type: {nickName: string}", resp: ana, expected: "nickName: string", actual: "nickName is absent"},
		{check: "type: {title: 'null'}", resp: ana, ok: true},
		{check: "type: {a: number, b: decimal}", resp: answer(200, `{"a":1,"b":1.5}`), ok: true},
		{check: "type: {a: integer}", resp: answer(200, `{"a":1.5}`), expected: "a: integer", actual: "number", pointer: "/a"},
		{check: "type: {a: dateTime}", resp: answer(200, `{"a":"2026-01-01"}`), expected: "a: dateTime", actual: "2026-01-01", pointer: "/a"},
		{check: "type: {a: binary}", resp: answer(200, `{"a":"no base64!"}`), expected: "a: binary", actual: "no base64!", pointer: "/a"},
		{check: "type: {a: reference}", resp: answer(200, `{"a":"two words"}`), expected: "a: reference", actual: "two words", pointer: "/a"},
		{check: "type: {id: string}", resp: text, unjudged: noObject},

		{check: "resource: {userName: ana@example.com, name: {givenName: Ana}}", resp: ana, ok: true},
		{check: "resource: {emails: [{type: home}, {value: A@example.com}]}", resp: ana, ok: true},
		{check: "resource: {title: null, nickName: null, roles: []}", resp: ana, ok: true},
		{check: "resource: {name: {givenName: ana}}", resp: ana, expected: `name.givenName = "ana"`, actual: `name.givenName = "Ana"`, pointer: "/name/givenName"},
		{check: "resource: {name: {familyName: Ruiz}}", resp: ana, expected: "name.familyName", actual: "absent", pointer: "/name"},
		{check: "resource: {emails: [{type: other}]}", resp: ana, expected: "an element", actual: "a@example.com", pointer: "/emails"},
		{check: "resource: {active: null}", resp: ana, expected: "active = null", actual: "true", pointer: "/active"},
		{check: "resource: {name: Ana}", resp: ana, expected: `name = "Ana"`, actual: "givenName", pointer: "/name"},
		{check: "resource: {active: {x: 1}}", resp: ana, expected: "active", actual: "true", pointer: "/active"},
		{check: "resource: {active: [true]}", resp: ana, expected: "[true]", actual: "true", pointer: "/active"},
		{check: "resource: {id: '1'}", resp: text, unjudged: noObject},
	}
	for _, tc := range tests {
		t.Run(tc.check, func(t *testing.T) { tc.hold(t, judgeOne(t, tc.check, tc.resp, nil)) })
	}
}

func TestMatchUnchanged(t *testing.T) {
	before := func() map[string]any { return answer(200, anaBody).value().(map[string]any) }
	changed := func(old, new string) *response { return answer(200, strings.Replace(anaBody, old, new, 1)) }
	tests := []matcherTest{
		{check: "unchanged: {from: ana}", resp: answer(200, anaBody), ok: true},
		{check: "unchanged: {from: ana}", resp: changed(`"2026-01-01T00:00:00Z"`, `"2026-02-02T00:00:00Z"`), ok: true},
		{check: "unchanged: {from: ana}", resp: changed(`"title":null,`, ""), ok: true},
		{check: "unchanged: {from: ana}", resp: changed(`{"value":"a@example.com","type":"work","primary":true},{"value":"b@example.com","type":"home"}`,
			`{"value":"b@example.com","type":"home"},{"value":"a@example.com","type":"work","primary":true}`), ok: true},
		{check: "unchanged: {from: ana}", resp: changed(`"active":true`, `"active":false`), expected: "active as before: true", actual: "false", pointer: "/active"},
		{check: "unchanged: {from: ana}", resp: changed(`"title":null`, `"title":"Chef"`), expected: "title as before: null", actual: "Chef", pointer: "/title"},
		{check: "unchanged: {from: ana}", resp: changed(`,{"value":"b@example.com","type":"home"}`, ""), expected: "emails as before", actual: "a@example.com", pointer: "/emails"},
		{check: "unchanged: {from: ana, except: [active, name.givenName, 'urn:x:schemas:ext:2.0:User:floor']}", ok: true,
			resp: answer(200, strings.NewReplacer(`"active":true`, `"active":false`, `"Ana"`, `"Eva"`, `"floor":3`, `"floor":4`).Replace(anaBody))},
		{check: "unchanged: {from: ana, except: [name.givenName]}", resp: changed(`"active":true`, `"active":true,"name.givenName":"Bo"`), ok: true},
		{check: "unchanged: {from: ana, except: [name]}", resp: changed(`"floor":3`, `"floor":4`), expected: "floor as before: 3", actual: "4", pointer: "/urn:x:schemas:ext:2.0:User/floor"},
		{check: "unchanged: {from: ana, only: [name.givenName]}", resp: changed(`"active":true`, `"active":false`), ok: true},
		{check: "unchanged: {from: ana, only: [active]}", resp: changed(`"active":true`, `"active":false`), expected: "active as before", actual: "false", pointer: "/active"},
		{check: "unchanged: {from: ana}", resp: answer(200, "x"), unjudged: "no JSON object"},
	}
	for _, tc := range tests {
		t.Run(tc.check, func(t *testing.T) {
			tc.hold(t, judgeOne(t, tc.check, tc.resp, map[string]any{"ana": before()}))
			asStep := map[string]any{"ana": answer(200, anaBody).vars()} // a step's answer stands for its resource
			tc.hold(t, judgeOne(t, tc.check, tc.resp, asStep))
		})
	}
	if v := judgeOne(t, "unchanged: {from: nobody}", answer(200, anaBody), nil); v.err == nil {
		t.Error("a comparison with nothing is a broken suite, not a verdict")
	}
}

func TestMatchList(t *testing.T) {
	list := answer(200, listBody)
	tests := []matcherTest{
		{check: "list: {total: 3, count: 3, max: 3, min-total: 2, contains: [a, c], excludes: [z], only: [c, b, a]}", resp: list, ok: true},
		{check: "list: {total: 2}", resp: list, expected: "totalResults 2", actual: "totalResults 3", pointer: "/Resources"},
		{check: "list: {total: 3}", resp: answer(200, `{"totalResults":"3","Resources":[]}`), expected: "totalResults 3", actual: `"3"`},
		{check: "list: {min-total: 4}", resp: list, expected: "at least 4", actual: "3", pointer: "/Resources"},
		{check: "list: {count: 2}", resp: list, expected: "2 resources", actual: "3 resources", pointer: "/Resources"},
		{check: "list: {max: 2}", resp: list, expected: "at most 2", actual: "3 resources", pointer: "/Resources"},
		{check: "list: {contains: [z]}", resp: list, expected: "the resource z among", actual: "a, b, c", pointer: "/Resources"},
		{check: "list: {excludes: [b]}", resp: list, expected: "b not among", actual: "a, b, c", pointer: "/Resources"},
		{check: "list: {only: [a, b]}", resp: list, expected: "exactly a, b", actual: "a, b, c", pointer: "/Resources"},
		{check: "list: {only: [a, b, c]}", resp: answer(200, `{"totalResults":3,"Resources":[{"id":"a"},{"id":"b"},{"id":"b"},{"id":"c"}]}`), ok: true}, // list-once judges what stands twice
		{check: "list: {ordered-by: title}", resp: list, ok: true},
		{check: "list: {ordered-by: title, descending: true}", resp: list, expected: "cider < bock < ale", actual: "ale < bock < cider", pointer: "/Resources"},
		{check: "list: {count: 0}", resp: answer(200, `{"totalResults":0}`), ok: true},
		{check: "list: {contains: [a]}", resp: answer(200, `{"totalResults":0}`), expected: "the resource a", actual: "no resource"},
		{check: "list: {total: 3}", resp: answer(400, listBody), expected: "a ListResponse", actual: "status 400"},
		{check: "list: {total: 3}", resp: answer(200, "[]"), unjudged: "no JSON object"},
	}
	for _, tc := range tests {
		t.Run(tc.check, func(t *testing.T) { tc.hold(t, judgeOne(t, tc.check, tc.resp, nil)) })
	}
}

func TestMatchErrorThatAndNested(t *testing.T) {
	bad, ana := answer(400, errorBody), answer(200, anaBody)
	tests := []matcherTest{
		{check: "error: {status: 400, scimType: [invalidfilter], detail: true}", resp: bad, ok: true},
		{check: "error: {status: [400, 409]}", resp: answer(409, ""), ok: true},
		{check: "error: {status: 404}", resp: bad, expected: "status 404", actual: "400 (no such operator)"},
		{check: "error: {status: 400}", resp: ana, expected: "status 400", actual: "200"},
		{check: "error: {status: 400, scimType: [uniqueness]}", resp: bad, expected: "scimType uniqueness", actual: "invalidFilter", pointer: "/scimType"},
		{check: "error: {status: 400, scimType: [uniqueness]}", resp: answer(400, `{"detail":"x"}`), expected: "scimType uniqueness", actual: "absent"},
		{check: "error: {status: 400, detail: true}", resp: answer(400, `{"detail":""}`), expected: "a detail text", actual: "no detail"},
		{check: "error: {status: 400, detail: true}", resp: answer(400, "oops"), unjudged: "no SCIM body"},
		{check: "error: {status: 400}", resp: silence("reset"), unjudged: "no answer"},

		{check: "that: status == 200", resp: ana, ok: true},
		{check: "that: status == 201", resp: ana, expected: "status == 201", actual: "status 200"},

		{check: "any: [{status: 404}, {resource: {active: true}}]", resp: ana, ok: true},
		{check: "any: [{status: 404}, {resource: {active: false}}]", resp: ana, expected: "status 404, or active = false", actual: "200; active = true"},
		{check: "any: [{status: 404}, {when: 'status == 1', status: 200}]", resp: ana, expected: "status 404", actual: "200"},
		{check: "any: [{when: 'status == 1', status: 200}]", resp: ana, unjudged: "nothing to judge"},
		{check: "any: [{present: [id]}, {status: 404}]", resp: answer(200, "x"), expected: "status 404", actual: "200"},
		{check: "any: [{present: [id]}]", resp: answer(200, "x"), unjudged: "no JSON object"},
		{check: "all: [{status: 200}, {present: [id]}]", resp: ana, ok: true},
		{check: "all: [{status: 200}, {present: [nickName]}]", resp: ana, expected: "nickName present", actual: "nickName absent"},
		{check: "all: [{status: 200}, {when: 'status == 1', status: 404}]", resp: ana, ok: true},
		{check: "all: [{when: 'status == 1', status: 404}]", resp: ana, unjudged: "nothing to judge"},
		{check: "not: {status: 5xx}", resp: ana, ok: true},
		{check: "not: {status: 2xx}", resp: ana, expected: "not status 2xx", actual: "2"},
		{check: "not: {present: [id]}", resp: answer(200, "x"), unjudged: "no JSON object"},
	}
	for _, tc := range tests {
		t.Run(tc.check, func(t *testing.T) { tc.hold(t, judgeOne(t, tc.check, tc.resp, nil)) })
	}
	for _, src := range []string{"any: [{when: 'len(status) > 1', status: 404}]", "all: [{when: 'len(status) > 1', status: 404}]"} {
		if v := judgeOne(t, src, ana, nil); v.err == nil {
			t.Errorf("%s: a condition that cannot be computed is a broken suite: %+v", src, v)
		}
	}
	if v := judgeOne(t, "that: len(raw)", ana, nil); v.err == nil {
		t.Error("a number is no verdict")
	}
	if v := judgeOne(t, "that: body.no.such.thing == 1", answer(200, "x"), nil); v.err == nil && v.ok {
		t.Error("what is not there is not equal to 1")
	}
}

func TestMatchGo(t *testing.T) {
	const good = `"name":"a","type":"string","multiValued":false,"required":false,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none","description":"d"`
	schema := func(attrs string) *response {
		return answer(200, `{"totalResults":1,"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:x:1","name":"X","attributes":[`+attrs+`]}]}`)
	}
	twice := schema("{" + good + "},{" + good + "}")
	tests := []matcherTest{
		{check: "go: {name: definitions, codes: [duplicate-attribute]}", resp: schema("{" + good + "}"), ok: true},
		{check: "go: {name: definitions, codes: [bad-name]}", resp: twice, ok: true},
		{check: "go: {name: definitions, codes: [duplicate-attribute]}", resp: twice, expected: "each name once", actual: "a"},
		{check: "go: {name: definitions, codes: [duplicate-attribute]}", resp: marked(twice), expected: "each name once", actual: "a"},
		{check: "go: {name: definitions, codes: [duplicate-attribute], members: [b]}", resp: twice, ok: true},
		{check: "go: {name: definitions, codes: [duplicate-attribute]}", resp: answer(404, "{}"), unjudged: "no definitions"},
		{check: "go: {name: resource-types, codes: [not-list-response]}", resp: answer(200, "[]"), expected: "a ListResponse", actual: "an array"},
	}
	for _, tc := range tests {
		t.Run(tc.check, func(t *testing.T) { tc.hold(t, judgeOne(t, tc.check, tc.resp, nil)) })
	}
	for _, src := range []string{"go: {name: nonsense, codes: [x]}", "go: {name: definitions}"} {
		if v := judgeOne(t, src, twice, nil); v.err == nil {
			t.Errorf("%s is a broken suite, not a verdict: %+v", src, v)
		}
	}
}

// marked is the same answer with a byte order mark before it.
func marked(r *response) *response {
	return answer(r.status(), byteOrderMark+string(r.x.Response.RawBody))
}
