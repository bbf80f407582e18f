package engine

import (
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

const (
	goodUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ana",` +
		`"meta":{"resourceType":"User","created":"2026-01-02T03:04:05Z","lastModified":"2026-01-02T03:04:05Z","location":"http://provider.test/scim/v2/Users/1","version":"W/\"1\""}}`
	goodList  = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[` + goodUser + `]}`
	goodError = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","scimType":"noTarget","detail":"No such user."}`
)

// seen is one answer to one request, judged by all automatic rules.
type seen struct {
	request string // "GET /Users?count=1"
	status  int
	headers []string // name, value …; Content-Type is application/scim+json unless given
	body    string
}

// discovered is an engine that knows the schemas of the reference provider and has judged nothing.
func discovered(t *testing.T) *Engine {
	t.Helper()
	schemasOnce.Do(func() {
		r := newRig(t, reference(t), library(t))
		if d := r.e.discover(t.Context()); d != nil {
			t.Fatal(d.Message)
		}
		published = r.e.found
	})
	e := New(Options{Info: result.Target{URL: testBase}})
	e.found = published
	return e
}

var (
	schemasOnce sync.Once
	published   *discovery // read only
)

func (a seen) judge(t *testing.T, before ...seen) []result.Check {
	t.Helper()
	e := discovered(t)
	for _, b := range append(before, a) {
		b.see(t, e)
	}
	var out []result.Check
	for _, r := range autoRules {
		out = append(out, e.auto.conclude(r))
	}
	return out
}

func (a seen) see(t *testing.T, e *Engine) {
	t.Helper()
	method, target, _ := strings.Cut(a.request, " ")
	path, query, _ := strings.Cut(target, "?")
	if _, err := url.ParseQuery(query); err != nil {
		t.Fatal(err)
	}
	hs := a.headers
	if !strings.Contains(strings.Join(hs, " "), "Content-Type") && a.body != "" {
		hs = append([]string{"Content-Type", scimJSON}, hs...)
	}
	req := outgoing{Request: exchange.Request{Method: method, Path: path, RawQuery: query, Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}}
	e.auto.see(e, &instance{id: "t/c"}, answer(a.status, a.body, hs...), req)
}

func failed(ks []result.Check) []string {
	out := []string{}
	for _, k := range ks {
		if k.Outcome != result.Pass && k.Outcome != result.Skip {
			out = append(out, k.ID[strings.LastIndexByte(k.ID, '/')+1:])
		}
	}
	return out
}

var goodAnswers = []seen{
	{"GET /Users/1", 200, []string{"ETag", `W/"1"`}, goodUser},
	{"GET /Users?startIndex=1&count=1", 200, nil, goodList},
	{"GET /Users", 200, []string{"Content-Type", "application/scim+json;charset=utf-8"}, goodList},
	{"GET /Users?count=0&count=5", 200, nil, goodList}, // which of two counts holds is the server's choice
	{"POST /Users/.search", 200, nil, goodList},
	{"GET /Users/2", 404, nil, goodError},
	{"DELETE /Users/1", 204, nil, ""},
	{"PATCH /Users/1", 204, nil, ""},
	{"GET /Users?count=0", 200, nil, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":4}`},
	{"GET /Users/1?attributes=userName", 200, nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ana"}`},
	{"GET /Users/1", 503, []string{"Retry-After", "1"}, strings.Replace(goodError, "404", "503", 1)},
	{"GET /Me", 501, nil, strings.Replace(goodError, "404", "501", 1)},
	{"HEAD /Users/9", 404, nil, ""},
	{"POST /Users", 201, nil, `{"displayName":` + strings.Repeat("[", scim.MaxDepth) + strings.Repeat("]", scim.MaxDepth) + "}"},
	{"GET /nonsense", 404, []string{"Content-Type", "text/html"}, "<p>gone"},
	{"GET /Users", 302, []string{"Content-Type", "text/html"}, "<p>elsewhere"},
}

// TestAutomaticStaysSilent: nothing is said of answers that are right.
func TestAutomaticStaysSilent(t *testing.T) {
	judged := map[string]bool{}
	for _, a := range goodAnswers {
		ks := a.judge(t)
		if d := cmp.Diff([]string{}, failed(ks)); d != "" {
			t.Errorf("%s answered %d %s:\n%s", a.request, a.status, a.body, d)
		}
		for i, k := range ks {
			judged[autoRules[i].id] = judged[autoRules[i].id] || k.Outcome == result.Pass
		}
	}
	for _, r := range autoRules {
		if !judged[r.id] {
			t.Errorf("no good answer is judged by %s", r.id)
		}
	}
}

func user(old, new string) seen {
	return seen{"GET /Users/1", 200, []string{"ETag", `W/"1"`}, strings.Replace(goodUser, old, new, 1)}
}

func withMember(member string) seen { return user(`"userName":"ana"`, `"userName":"ana",`+member) }

func list(old, new string) seen {
	return seen{"GET /Users?startIndex=1&count=2", 200, nil, strings.Replace(goodList, old, new, 1)}
}

func scimError(old, new string) seen {
	return seen{"GET /Users/2", 404, nil, strings.Replace(goodError, old, new, 1)}
}

// badAnswers holds for every rule the answers that break it, and it alone unless also says more.
var badAnswers = map[string][]struct {
	seen
	also string
}{
	"json":                 {{seen{"GET /Users/1", 200, nil, `{"id":`}, ""}, {seen{"GET /Users/1", 200, []string{"Content-Type", "text/html"}, `<p>`}, ""}},
	"utf8":                 {{user(`"ana"`, "\"an\xe1\""), ""}, {seen{"GET /Users/1", 200, nil, "\xef\xbb\xbf" + goodUser}, ""}},
	"duplicate-keys":       {{withMember(`"title":"a","Title":"b"`), "name-case"}, {withMember(`"title":"a","title":"a"`), ""}},
	"media-type":           {{seen{"GET /Users/1", 200, []string{"Content-Type", "application/json"}, goodUser}, ""}, {seen{"GET /Users", 200, []string{"Content-Type", ""}, goodList}, ""}},
	"error-media-type":     {{seen{"GET /Users/2", 404, []string{"Content-Type", "application/json"}, goodError}, ""}},
	"no-content":           {{seen{"DELETE /Users/1", 204, nil, goodUser}, ""}, {seen{"DELETE /Users/1", 204, []string{"Content-Length", "2"}, ""}, ""}},
	"error-body":           {{seen{"GET /Users/2", 404, []string{"Content-Type", "text/html"}, "<p>gone"}, ""}, {seen{"GET /Groups/2", 404, nil, ""}, ""}, {seen{"GET /Users/2", 404, nil, `"gone"`}, ""}},
	"error-schemas":        {{scimError(`"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],`, ""), ""}, {scimError("2.0:Error", "2.0:Fault"), ""}, {scimError(`["urn:ietf:params:scim:api:messages:2.0:Error"]`, `"urn:ietf:params:scim:api:messages:2.0:Error"`), ""}},
	"error-status":         {{scimError(`"404"`, `404`), ""}, {scimError(`"404"`, `"400"`), ""}, {scimError(`"status":"404",`, ""), ""}},
	"error-scimtype":       {{scimError(`"noTarget"`, `7`), ""}, {scimError(`"No such user."`, `["No"]`), ""}},
	"error-known-scimtype": {{scimError("noTarget", "whatever"), ""}},
	"server-error":         {{seen{"GET /Users/2", 500, nil, strings.Replace(goodError, "404", "500", 1)}, ""}, {seen{"GET /Users/2", 503, nil, strings.Replace(goodError, "404", "503", 1)}, ""}},

	"list-schemas":        {{list(`"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],`, ""), ""}, {list("2.0:ListResponse", "2.0:List"), ""}},
	"list-object":         {{seen{"GET /Users", 200, nil, "[" + goodUser + "]"}, ""}, {list(`"Resources":[`+goodUser+`]`, `"Resources":{}`), ""}},
	"list-total":          {{list(`"totalResults":1`, `"totalResults":"1"`), ""}, {list(`"totalResults":1,`, ``), ""}},
	"list-total-counts":   {{list(`"totalResults":1`, `"totalResults":0`), ""}},
	"list-resources":      {{list(`,"startIndex":1,"itemsPerPage":1,"Resources":[`+goodUser+`]`, ``), ""}, {list(`[`+goodUser+`]`, `null`), ""}, {list(`"itemsPerPage":1,"Resources":[`+goodUser+`]`, `"itemsPerPage":0,"Resources":[]`), ""}},
	"list-count":          {{seen{"GET /Users?count=0", 200, nil, goodList}, ""}},
	"list-once":           {{list(`"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[`, `"totalResults":2,"startIndex":1,"itemsPerPage":2,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ana","meta":{"resourceType":"User","location":"http://provider.test/scim/v2/Users/1"}},`), ""}},
	"list-page":           {{list(`"totalResults":1,"startIndex":1,`, `"totalResults":9,`), ""}, {list(`"totalResults":1,"startIndex":1,"itemsPerPage":1`, `"totalResults":9,"startIndex":1`), ""}, {list(`"startIndex":1`, `"startIndex":3`), ""}, {list(`"startIndex":1`, `"startIndex":"1"`), ""}, {list(`"itemsPerPage":1`, `"itemsPerPage":-1`), ""}},
	"list-behind":         {{seen{"GET /Users?startIndex=5&count=5", 200, nil, strings.Replace(goodList, `"startIndex":1`, `"startIndex":5`, 1)}, ""}},
	"list-items-per-page": {{list(`"totalResults":1,"startIndex":1,"itemsPerPage":1`, `"totalResults":9,"startIndex":1,"itemsPerPage":0`), ""}},

	"id":                 {{user(`"id":"1",`, ``), ""}, {user(`"id":"1"`, `"id":1`), ""}, {user(`"id":"1"`, `"id":""`), ""}},
	"id-types":           {{user("", ""), ""}},
	"schemas":            {{user(`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],`, ``), ""}, {user(`["urn:ietf:params:scim:schemas:core:2.0:User"]`, `"urn:ietf:params:scim:schemas:core:2.0:User"`), ""}},
	"extension-declared": {{withMember(`"` + extURN + `":{"department":"Tools"}`), ""}},
	"schemas-known":      {{user(`2.0:User"]`, `2.0:User","urn:nobody:1.0:X"]`), ""}},
	"meta":               {{seen{"GET /Users/1", 200, nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ana"}`}, ""}, {user(`"resourceType":"User",`, ``), ""}, {user(`"resourceType":"User"`, `"resourceType":"Person"`), ""}},
	"meta-location":      {{user("http://provider.test/", "http://elsewhere.test/"), ""}, {user("Users/1", "Users/2"), ""}},
	"meta-version":       {{user(`W/\"1\"`, `W/\"2\"`), ""}},

	"types":             {{withMember(`"active":"true"`), ""}, {withMember(`"title":5`), ""}, {withMember(`"name":"Ana"`), ""}, {withMember(`"emails":["a@example.com"]`), ""}},
	"plurality":         {{withMember(`"emails":{"value":"a@example.com"}`), ""}, {withMember(`"title":["Chef"]`), ""}},
	"required":          {{user(`"userName":"ana",`, ``), ""}},
	"unknown-attribute": {{withMember(`"colour":"red"`), ""}, {withMember(`"name":{"nick":"x"}`), ""}},
	"name-case":         {{withMember(`"DisplayName":"Ana"`), ""}},
	"canonical":         {{withMember(`"emails":[{"value":"a@example.com","type":"office"}]`), ""}},
	"date-times":        {{user(`"created":"2026-01-02T03:04:05Z"`, `"created":"2026-01-02"`), ""}},
	"binary":            {{withMember(`"x509Certificates":[{"value":"not base64!"}]`), ""}},
	"references":        {{withMember(`"profileUrl":"two words"`), ""}},
	"one-primary":       {{withMember(`"emails":[{"value":"a","primary":true},{"value":"b","primary":true}]`), ""}},
	"no-duplicates":     {{withMember(`"emails":[{"value":"a","type":"work"},{"value":"a","type":"work"}]`), ""}},

	"password": {{withMember(`"password":"x"`), ""}},
	"leak": {{scimError("No such user.", `panic: runtime error`), ""}, {scimError("No such user.", `at Users.find(Users.java:12)`), ""},
		{scimError("No such user.", `boom at Object.<anonymous> (/app/src/users.js:42:13)`), ""}, {scimError("No such user.", `ERROR at SELECT * FROM users WHERE id = 1`), ""},
		{scimError("No such user.", `TypeError: x is not a function`), ""}, {scimError("No such user.", `relation \"users\" does not exist`), ""}, {scimError("No such user.", `duplicate key value violates unique constraint`), ""},
		{scimError("No such user.", `System.NullReferenceException`), ""}, {scimError("No such user.", `/var/www/app/user.php`), ""}},
}

// preceded are answers of the same run without which an answer breaks nothing.
var preceded = map[string][]seen{
	"id-types": {{"GET /Groups/1", 200, nil, strings.NewReplacer("core:2.0:User", "core:2.0:Group", "userName", "displayName", `"User"`, `"Group"`, "/Users/", "/Groups/").Replace(goodUser)}},
}

// TestAutomaticRules: every rule fails on an answer that breaks it, points at the answer, and no other
// rule speaks of the same mistake.
func TestAutomaticRules(t *testing.T) {
	for _, r := range autoRules {
		t.Run(r.id, func(t *testing.T) {
			if len(badAnswers[r.id]) == 0 {
				t.Fatal("no answer shows that this rule can fail")
			}
			for _, bad := range badAnswers[r.id] {
				ks := bad.judge(t, preceded[r.id]...)
				want := map[string]bool{r.id: true}
				for _, id := range strings.Fields(bad.also) {
					want[id] = true
				}
				got := map[string]bool{}
				for _, id := range failed(ks) {
					got[id] = true
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s answered %d %q (-want +got):\n%s", bad.request, bad.status, bad.body, d)
				}
				for i, k := range ks {
					if autoRules[i].id == r.id {
						holdAutomatic(t, r, k)
					}
				}
			}
		})
	}
}

func holdAutomatic(t *testing.T, r autoRule, k result.Check) {
	t.Helper()
	if k.Outcome == result.Pass {
		return // said already
	}
	if k.Outcome != r.level.Violated() || k.Level != r.level || k.Exchange != "t/c#1" || k.Summary == "" || k.Expected == "" || k.Actual == "" || k.At == nil || k.Why == "" || k.Fix == "" || k.Cause == "" {
		t.Errorf("a finding that says too little: %+v", k)
	}
}

// TestAutomaticRuleCites: what a rule cites is in the catalogue, and its texts and cause too.
func TestAutomaticRuleCites(t *testing.T) {
	lib := library(t)
	groups := map[string]bool{}
	for _, g := range autoGroups {
		groups[g.id] = true
	}
	for _, r := range autoRules {
		if !groups[r.group] || len(r.cites) == 0 {
			t.Errorf("%s: group %q, cites %v", r.id, r.group, r.cites)
		}
		for _, id := range r.cites {
			if lib.Requirement(id) == nil {
				t.Errorf("%s cites %s, which is no requirement", r.id, id)
			}
		}
		if _, ok := lib.Causes[r.cause]; !ok {
			t.Errorf("%s: cause %q has no text", r.id, r.cause)
		}
	}
}

// TestAutomaticOneFinding: however many answers show a mistake, it is one finding that counts them.
func TestAutomaticOneFinding(t *testing.T) {
	e := discovered(t)
	req := outgoing{Request: exchange.Request{Method: "GET", Path: "/Users/1", Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}}
	const n = result.MaxOccurrences + 5
	for i := range n {
		r := answer(200, withMember(`"active":"true"`).body, "Content-Type", scimJSON)
		r.x.ID = "t/c#" + strconv.Itoa(i)
		e.auto.see(e, &instance{id: "t/c", order: n - i}, r, req)
	}
	ks := e.Automatic()
	if len(ks) != 1 {
		t.Fatalf("%d findings, want one: %+v", len(ks), ks)
	}
	if k := ks[0]; k.Occurrences != n || len(k.Exchanges) != result.MaxOccurrences || k.Exchange != "t/c#"+strconv.Itoa(n-1) || !strings.Contains(k.Summary, "active") {
		t.Errorf("occurrences %d, exchanges %v, first %s (by plan order), summary %q", k.Occurrences, k.Exchanges, k.Exchange, k.Summary)
	}
}
