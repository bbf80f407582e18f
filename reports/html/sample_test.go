package html

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// sampleSize shapes a document for tests of looks, size and speed.
type sampleSize struct {
	stories, rfcCases, checks, requirements int // stories and checks are per identity provider and per case
	profiles                                []string
}

var (
	smallSample = sampleSize{stories: 3, rfcCases: 6, checks: 4, requirements: 40, profiles: []string{"okta", "entra"}}
	fullSample  = sampleSize{stories: 45, rfcCases: 205, checks: 6, requirements: 700, profiles: []string{"okta", "okta-aiw", "entra", "entra-062020"}}
)

var sampleTitles = map[string]string{"okta": "Okta", "okta-aiw": "Okta (app wizard)", "entra": "Microsoft Entra ID", "entra-062020": "Entra ID (aadOptscim062020)"}

var sampleFeatures = []string{"Create users", "Match existing users", "Update attributes", "Deactivate users", "Reactivate users", "Delete users",
	"Import users", "Group push", "Group linking", "Group membership", "Schema discovery", "Sync password", "Roles and entitlements"}

type sampler struct {
	doc *result.Document
	n   int
}

func featureID(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "-") }

// sample makes a document as a run of that size would leave it.
func sample(size sampleSize) *result.Document {
	start := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	s := &sampler{doc: &result.Document{
		Schema: result.SchemaID, Tool: result.Tool{Name: "scimmage", Version: "0.1.0", Commit: "589470d", Suites: "sha256:9f0c1d", Scoring: "1"},
		Run: result.Run{ID: "4f2a", Prefix: "scimmage-4f2a", Seed: 42, Started: start, DurationMS: 48_210, HTTPMS: 39_400, Requests: 1500, RateLimited: 3, Jobs: 1,
			Command: "scimmage run --url https://api.example.com/scim/v2 --idp okta,entra -o html=report.html"},
		Target:    result.Target{URL: "https://api.example.com/scim/v2", Title: "Example CRM", Auth: "bearer"},
		Readiness: map[string]result.Readiness{}, Facts: map[string]any{},
		Counts: result.Counts{Cases: map[result.Outcome]int{}, Checks: map[result.Outcome]int{}},
		Score: result.Score{Percent: 91.4, Grade: "C", Caps: []result.Cap{{Grade: "C", Reason: "deactivation does not reach the endpoint"}},
			Levels: map[result.Level]result.LevelScore{result.Must: {Passed: 812, Total: 830, Percent: 97.8}, result.Should: {Passed: 210, Total: 260, Percent: 80.8}}},
	}}
	s.requirements(size.requirements)
	s.rfc(size)
	for i, p := range size.profiles {
		s.idp(p, i, size)
	}
	s.features(size.profiles)
	s.causes(size.profiles)
	s.sheet()
	s.doc.Counts.Exchanges = len(s.doc.Exchanges)
	s.doc.Run.Requests = len(s.doc.Exchanges)
	s.doc.Counts.Suites, s.doc.Counts.Causes = len(s.doc.Suites), len(s.doc.Causes)
	return s.doc
}

func (s *sampler) requirements(n int) {
	areas := []string{"discovery", "schema", "create", "read", "replace", "patch", "delete", "filter", "paging", "bulk", "errors", "auth"}
	for i := range n {
		r := result.RequirementResult{ID: fmt.Sprintf("RFC7644-3.%d.%d-R%d", 1+i/60, 1+i/10%6, 1+i%10), Level: result.Must, Keyword: "MUST", Area: areas[i*len(areas)/n],
			Section: fmt.Sprintf("3.%d.%d", 1+i/60, 1+i/10%6), Summary: "A service provider that receives such a request answers with the resource as it now is, and leaves attributes alone that the request did not name.", Outcome: result.Pass}
		r.URL = "https://www.rfc-editor.org/rfc/rfc7644#section-" + r.Section
		switch {
		case i%3 == 1:
			r.Level, r.Keyword = result.Should, "SHOULD"
		case i%11 == 5:
			r.Outcome = result.Skip
		}
		s.doc.Requirements = append(s.doc.Requirements, r)
	}
	for k, a := range areas {
		s.doc.Coverage = append(s.doc.Coverage, result.Coverage{Area: a, Total: 40 + k*5, Tested: 38 + k*4, Held: 36 + k*3, Broken: k % 4})
	}
}

// uuid is different for every id and as hard to compress as a real one.
func uuid(id int) string {
	h := sha256.Sum256(fmt.Appendf(nil, "user %d", id))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func (s *sampler) user(id int, active bool) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"%s","externalId":"00u%05d","userName":"scimmage-4f2a-ana.%d@example.com","name":{"formatted":"Ms. Ana Ruiz","familyName":"Ruiz","givenName":"Ana"},"displayName":"Ana Ruiz","title":"Chef","active":%t,"emails":[{"value":"scimmage-4f2a-ana.%d@example.com","type":"work","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%06d","department":"Kitchen"},"meta":{"resourceType":"User","created":"2026-11-21T09:30:%02d.%03dZ","lastModified":"2026-11-21T09:30:%02d.%03dZ","location":"https://api.example.com/scim/v2/Users/%s","version":"W/\"%08x\""}}`,
		uuid(id), id, id, active, id, id, id%60, id%1000, id%60, id%997, uuid(id), id*7919)
}

// send adds an exchange to a case and returns its id.
func (s *sampler) send(c *result.Case, method, path, body, answer string, status int, purpose string) string {
	s.n++
	id := fmt.Sprintf("%s#%d", c.ID, len(c.Exchanges)+1)
	curl := "curl -X " + method + " 'https://api.example.com/scim/v2" + path + "' -H \"Authorization: Bearer $SCIMMAGE_TOKEN\" -H 'Accept: application/scim+json'"
	if body != "" {
		curl += " -H 'Content-Type: application/scim+json; charset=utf-8' -d '" + body + "'"
	}
	p, q, _ := strings.Cut(path, "?")
	x := result.Exchange{ID: id, Case: c.ID, Purpose: purpose, Started: time.Date(2026, 11, 21, 9, 30, 0, s.n*1e6, time.UTC),
		Request: result.Request{Method: method, URL: "https://api.example.com/scim/v2" + path, Path: p, Query: q, Body: body, Headers: []result.Header{
			{Name: "Accept", Value: "application/scim+json"}, {Name: "Authorization", Value: "Bearer [redacted]"}, {Name: "User-Agent", Value: "Okta SCIM Client 1.0.0"}, {Name: "Content-Type", Value: "application/scim+json; charset=utf-8"}}},
		Curl: curl, Timing: result.Timing{FirstByte: float64(3 + s.n%37), Total: float64(4+s.n%37) + float64(s.n%97*(s.n%97))/31}}
	if status > 0 {
		x.Response = &result.Response{Status: status, Proto: "HTTP/1.1", Body: answer, Size: int64(len(answer)), Headers: []result.Header{
			{Name: "Content-Type", Value: "application/scim+json"}, {Name: "Date", Value: "Sat, 21 Nov 2026 09:30:00 GMT"}, {Name: "X-Request-Id", Value: uuid(-s.n)}}}
	} else {
		x.Error = &result.Fault{Kind: "timeout", Message: "no answer within 60s", Hint: "Okta gives up after 60 seconds, too"}
	}
	s.doc.Exchanges = append(s.doc.Exchanges, x)
	c.Exchanges = append(c.Exchanges, id)
	return id
}

func (s *sampler) check(c *result.Case, k result.Check) {
	s.doc.Counts.Checks[k.Outcome]++
	if k.Finding() {
		s.doc.Counts.Findings++
		switch {
		case k.Outcome == result.Error:
			s.doc.Counts.Errors++
		case k.Level == result.Must:
			s.doc.Counts.Must++
		default:
			s.doc.Counts.Should++
		}
	}
	c.Outcome = result.Worst(c.Outcome, k.Outcome)
	c.Checks = append(c.Checks, k)
}

var patchBody = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`

func (s *sampler) rfc(size sampleSize) {
	suite := result.Suite{ID: "rfc", Title: "RFC 7643 and RFC 7644", Kind: "rfc", Score: result.SuiteScore{Conformance: "not conformant", Percent: 93.1,
		Levels: map[result.Level]result.LevelScore{result.Must: {Passed: 702, Total: 720, Percent: 97.5}, result.Should: {Passed: 130, Total: 160, Percent: 81.3}, result.May: {Passed: 20, Total: 20, Percent: 100}}}}
	for i := range size.rfcCases {
		c := result.Case{ID: fmt.Sprintf("rfc/patch-replace-%d", i), Title: fmt.Sprintf("PATCH replaces one attribute and no other (%d)", i), Feature: "update-attributes", Outcome: result.Pass, DurationMS: 84, Checks: []result.Check{}}
		s.send(&c, "POST", "/Users", s.user(i, true), s.user(i, true), 201, "Create a test person")
		x := s.send(&c, "PATCH", "/Users/"+uuid(i), patchBody, s.user(i, false), 200, "Replace one attribute")
		s.send(&c, "GET", "/Users/"+uuid(i), "", s.user(i, false), 200, "Read it back")
		for k := range size.checks {
			s.check(&c, result.Check{ID: fmt.Sprintf("%s/patch.unchanged-%d", c.ID, k), Title: "The answer shows the resource as it now is", Level: result.Must, Outcome: result.Pass,
				Cites: []string{s.doc.Requirements[(i*7+k)%len(s.doc.Requirements)].ID}, Summary: "Nothing that was not named has changed", Exchange: x})
		}
		if i < 4 {
			s.finding(&c, x, i)
		}
		if i == 5 {
			c.Outcome, c.Reason, c.SkipKind = result.Skip, "ServiceProviderConfig says bulk.supported=false", result.SkipNotApplicable
		}
		s.doc.Counts.Cases[c.Outcome]++
		suite.Cases = append(suite.Cases, c)
	}
	s.doc.Suites = append(s.doc.Suites, suite)
}

// finding adds a violated check that points into the answer.
func (s *sampler) finding(c *result.Case, x string, i int) {
	body := s.doc.Exchanges[len(s.doc.Exchanges)-2].Response.Body
	at := strings.Index(body, `"active":`) + len(`"active":`)
	k := result.Check{ID: c.ID + "/patch.others-kept", Title: "Other attributes stay", Level: result.Must, Outcome: result.Fail, Cites: []string{s.doc.Requirements[0].ID, s.doc.Requirements[3].ID},
		Summary: "PATCH changed an attribute that the request did not name", Expected: `active = true (as before the request)`, Actual: `active = false (as before the request)`,
		Exchange: x, At: &result.Locus{Where: "response", Offset: at, Length: len("false")}, Cause: "patch-rewrites",
		Why: "Someone who only gets a new job title is locked out.", Fix: "Apply only the paths that Operations name; do not rebuild the resource from defaults."}
	switch i {
	case 1:
		k.Level, k.Outcome, k.Cause, k.Summary, k.At = result.Should, result.Warn, "etag", "The answer has no ETag although meta.version is there", &result.Locus{Where: "response", Header: "Content-Type"}
		k.Expected, k.Actual, k.Fix, k.Why = `ETag: W/"00001eef"`, "no such header", "Send the version in the ETag header, too.", "Clients cannot avoid overwriting each other's changes."
	case 2:
		k.Outcome, k.Cause, k.Summary, k.Expected, k.Actual, k.At = result.Error, "", "No answer within 60 seconds", "", "", nil
	}
	s.check(c, k)
}

func (s *sampler) idp(profile string, n int, size sampleSize) {
	s.doc.Profiles = append(s.doc.Profiles, result.Profile{ID: profile, Title: sampleTitles[profile], Note: "Replays the requests that this identity provider's own client sends.", Evidence: "documented", Assumed: []string{profile + "/sync-password"}})
	suite := result.Suite{ID: profile, Title: sampleTitles[profile] + " stories", Kind: "idp", IDP: profile, Score: result.SuiteScore{Conformance: []string{"not conformant", "conformant", "partial", "untested"}[n%4], Percent: 88.5,
		Levels: map[result.Level]result.LevelScore{result.Must: {Passed: 90, Total: 98, Percent: 91.8}}}}
	for i := range size.stories {
		suite.Cases = append(suite.Cases, s.story(profile, n, i, size.checks))
	}
	s.doc.Suites = append(s.doc.Suites, suite)
}

func (s *sampler) story(profile string, n, i, checks int) result.Case {
	c := result.Case{ID: fmt.Sprintf("%s/leaver-%d", profile, i), Title: fmt.Sprintf("Leaver: Ana Ruiz leaves the company (%d)", i), Feature: featureID(sampleFeatures[i%len(sampleFeatures)]), Essential: true, Outcome: result.Pass, DurationMS: 312}
	id := 5000 + n*100 + i
	path := "/Users/" + uuid(id)
	line := func(text, op string, out result.Outcome, ids ...string) {
		c.Story = append(c.Story, result.StoryLine{Step: op, Text: text, Operation: profile + "/" + op, Evidence: "captured", Outcome: out, Exchanges: ids})
	}
	list := func(r string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[` + r + `]}`
	}
	q := fmt.Sprintf("/Users?filter=userName%%20eq%%20%%22scimmage-4f2a-ana.%d%%40example.com%%22&startIndex=1&count=100", id)
	a := s.send(&c, "GET", q, "", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`, 200, "Is Ana Ruiz there?")
	b := s.send(&c, "POST", "/Users", s.user(id, true), s.user(id, true), 201, "Create Ana Ruiz")
	line("Ana Ruiz joins: look for her account and create it", "create-user", result.Pass, a, b)
	d := s.send(&c, "GET", path, "", s.user(id, true), 200, "")
	out, status := result.Pass, 200
	if i == 0 && n != 1 {
		out, status = result.Fail, 500
	}
	e := s.send(&c, "PATCH", path, patchBody, s.user(id, false), status, "Deactivate Ana Ruiz")
	line("Ana Ruiz leaves: deactivate her account", "deactivate-user", out, d, e)
	if out == result.Fail {
		c.Story[1].Admin = "Automatic profile push of user Ana Ruiz to app Example CRM failed: Error while deactivating user: Internal Server Error"
	}
	s.send(&c, "GET", path, "", list(s.user(id, status != 200)), 200, "What does the endpoint hold now?")
	if i == 2 {
		s.send(&c, "DELETE", path, "", "", 0, "Clean up")
	}
	for k := range checks {
		s.check(&c, result.Check{ID: fmt.Sprintf("%s/create.status-%d", c.ID, k), Title: "The account exists afterwards, once", Level: result.Must, Outcome: result.Pass, Cites: []string{"OKTA-CREATE-1"}, Exchange: b})
	}
	if out == result.Fail {
		s.check(&c, result.Check{ID: c.ID + "/deactivate.inactive", Level: result.Must, Outcome: result.Fail, Cites: []string{s.doc.Requirements[2].ID, "OKTA-DEACTIVATE-1"}, Exchange: e,
			Summary: "The endpoint answered 500 to the deactivation, and the account is still active", Expected: "200 or 204", Actual: "500", Cause: "patch-rewrites", At: &result.Locus{Where: "request", Pointer: "/Operations/0/value"}})
	}
	s.doc.Counts.Cases[c.Outcome]++
	return c
}
