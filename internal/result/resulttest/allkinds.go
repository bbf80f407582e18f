package resulttest

import "github.com/scimmage/scimmage/internal/result"

// AllKindsDocument has every outcome, verdict, kind of skip and part of a document.
func AllKindsDocument() *result.Document {
	d := fold(AllKindsEvents())
	d.Claims = []result.Claim{
		{Feature: "create-users", Profile: "okta", Claimed: "supported", Measured: "supported", Verdict: "kept", Source: "claims.yaml:3"},
		{Feature: "update-users", Profile: "okta", Claimed: "supported", Measured: "broken", Verdict: "broken", Because: "PATCH switched active to false", Source: "claims.yaml:4"},
	}
	d.Compatibility = []result.Compatibility{{Profile: "onelogin", Title: "OneLogin", State: "will work with limits", Because: []string{"updates damage other attributes"}, Basis: "option profile"}}
	for i := range d.Suites { // the baseline itself is tested where it lives
		for j := range d.Suites[i].Cases {
			for k := range d.Suites[i].Cases[j].Checks {
				if c := &d.Suites[i].Cases[j].Checks[k]; c.ID == "rfc.users/filter-case/search.found" {
					c.Known = &result.Known{Reason: "ticket DIR-77, fixed with the next release", Until: "2026-06-30"}
				}
			}
		}
	}
	result.Recount(d)
	d.Trend = history(d)
	d.Baseline = &result.BaselineReport{File: "scimmage.baseline.yaml", Known: 1, Drift: []string{"rfc.users/paging/**: unexpected pass, remove the entry"}}
	return d
}

// AllKindsEvents is the journal of AllKindsDocument.
func AllKindsEvents() []result.Event {
	b := newBuilder()
	b.start(run(), plan())
	b.discover()
	b.pass("rfc.users/create", "RFC7644-3.3-R4")
	b.playPatch("rfc.users/patch-replace")
	b.close("rfc.users/patch-replace", result.CaseEnd{Outcome: result.Fail})
	b.playFilter()
	b.playPaging()
	b.playAutomatic()
	b.playOkta()
	b.playEntra()
	b.emit(result.Event{Type: result.ObjectLeft, Case: "okta/leaver", Object: &result.Object{Endpoint: "Users", ID: "77aa", Marker: "scimmage-4f2a-ben@example.com", State: "failed", Why: "DELETE answered 500"}})
	b.emit(result.Event{Type: result.ObjectLeft, Case: "okta/leaver", Object: &result.Object{Endpoint: "Users", ID: "77ab", Marker: "scimmage-4f2a-cleo@example.com", Why: "DELETE answered 500"}})
	b.end(run())
	return b.events
}

func (b *builder) playPatch(id string) {
	b.open(id)
	b.send(id, exchange{method: "POST", path: "/Users", body: anaBody, status: 201, answer: anaGood, purpose: "Create Ana Ruiz"})
	x := b.send(id, exchange{method: "PATCH", path: "/Users/2819c223", body: patch, status: 200, answer: anaAfter, purpose: "Change the title of Ana Ruiz"})
	b.check(id, result.Check{ID: id + "/patch.status", Level: result.Must, Cites: []string{"RFC7644-3.5.2-R10"}, Outcome: result.Pass, Summary: "answered with 200 OK", Exchange: x, Area: "patch"})
	b.check(id, result.Check{
		ID: id + "/patch.unchanged", Title: "nothing else changes", Level: result.Must, Cites: []string{"RFC7644-3.5.2-R10"}, Outcome: result.Fail,
		Summary: "PATCH changed an attribute that the request did not name", Expected: "active = true (as before the request)", Actual: "active = false",
		Exchange: x, At: locate(anaAfter, "false", "/active"), Area: "patch", Cause: "patch-collateral",
		Why: "A person who only got a new title loses access.", Fix: "Apply only the paths listed in Operations.", Notes: []string{"was true"},
	})
}

func (b *builder) playFilter() {
	const id = "rfc.users/filter-case"
	const answer = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`
	b.open(id)
	x := b.send(id, exchange{method: "GET", path: "/Users", query: "filter=USERNAME%20eq%20%22ana.ruiz%40example.com%22", status: 200, answer: answer, purpose: "Search with capital letters", retried: true})
	b.check(id, result.Check{
		ID: id + "/search.found", Level: result.Must, Cites: []string{"RFC7644-3.4.2.2-R5"}, Outcome: result.Fail, Summary: "the filter is case-sensitive in attribute names",
		Expected: "totalResults = 1", Actual: "totalResults = 0", Exchange: x, At: locate(answer, "0,", "/totalResults"), Area: "filter", Fix: "Compare attribute names without case.",
	})
	b.close(id, result.CaseEnd{Outcome: result.Fail})
}

func (b *builder) playPaging() {
	const id = "rfc.users/paging"
	b.open(id)
	x := b.send(id, exchange{method: "GET", path: "/Users", query: "count=5", status: 200, media: "application/json", answer: `{"totalResults":12,"itemsPerPage":5}`})
	b.check(id, result.Check{ID: id + "/list.limit", Level: result.May, Cites: []string{"RFC7644-3.4.2.4-R1"}, Outcome: result.Info, Summary: "the provider limits pages to 1000", Exchange: x, Area: "paging"})
	b.check(id, result.Check{ID: id + "/list.cursor", Level: result.May, Cites: []string{"RFC7644-3.4.2.4-R1"}, Outcome: result.Skip, SkipKind: result.SkipNotApplicable, Reason: "cursor paging is not announced", Summary: "cursor paging", Area: "paging"})
	b.close(id, result.CaseEnd{Outcome: result.Info})
}

func (b *builder) playAutomatic() {
	const id = "automatic/responses"
	b.open(id)
	b.check(id, result.Check{
		ID: id + "/any.media-type", Level: result.Should, Cites: []string{"RFC7644-3.1-R2"}, Outcome: result.Warn, Summary: "answers are labelled application/json",
		Expected: "Content-Type: application/scim+json", Actual: "Content-Type: application/json", Exchange: "rfc.users/paging#1", At: &result.Locus{Where: "response", Header: "Content-Type"},
		Area: "protocol", Cause: "media-type", Occurrences: 17, Exchanges: []string{"rfc.users/paging#1", "okta/joiner#1"},
	})
	b.check(id, result.Check{ID: id + "/any.id", Level: result.Must, Cites: []string{"RFC7643-3.1-R1"}, Outcome: result.Pass, Summary: "every resource has an id", Area: "schema", Occurrences: 21})
	b.close(id, result.CaseEnd{Outcome: result.Warn})
}

func (b *builder) playOkta() {
	b.pass("okta/joiner", "RFC7644-3.3-R4")
	const id = "okta/mover"
	b.open(id)
	x := b.send(id, exchange{method: "PATCH", path: "/Users/2819c223", body: patch, status: 200, answer: anaAfter, purpose: "Change the title of Ana Ruiz"})
	b.emit(result.Event{Type: result.StoryTold, Case: id, Story: &result.StoryLine{Step: "update", Text: "Change the title of Ana Ruiz", Operation: "okta/update-user", Evidence: "captured", Outcome: result.Fail, Admin: "no error: the admin sees nothing", Exchanges: []string{x}}})
	b.check(id, result.Check{ID: id + "/update.still-active", Level: result.Must, Cites: []string{"RFC7644-3.5.2-R10"}, Outcome: result.Fail, Summary: "Ana Ruiz was deactivated by a change of her title",
		Expected: "active = true", Actual: "active = false", Exchange: x, At: locate(anaAfter, "false", "/active"), Cause: "patch-collateral", Area: "patch"})
	b.close(id, result.CaseEnd{Outcome: result.Fail})
	b.open("okta/leaver")
	b.close("okta/leaver", result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipBlocked, BlockedBy: id, Reason: "blocked by okta/mover"})
	b.open("okta/import")
	b.send("okta/import", exchange{method: "GET", path: "/Users", query: "startIndex=1&count=100", fault: &result.Fault{Kind: "timeout", Message: "no answer within 60 s", Hint: "raise --timeout if the target is known to be slow"}})
	b.check("okta/import", result.Check{ID: "okta/import/list.status", Level: result.Must, Cites: []string{"RFC7644-3.4.2.4-R1"}, Outcome: result.Error, Summary: "no answer within 60 s", Exchange: "okta/import#1", Area: "paging"})
	b.close("okta/import", result.CaseEnd{Outcome: result.Error, Reason: "no answer within 60 s"})
}

func (b *builder) playEntra() {
	b.pass("entra/joiner", "RFC7644-3.3-R4")
	b.pass("entra/mover", "RFC7644-3.5.2-R10")
	const id = "entra/leaver"
	b.open(id)
	x := b.send(id, exchange{method: "PATCH", path: "/Users/2819c223", body: `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, status: 400, answer: `{"status":"400","detail":"active must be a boolean"}`, purpose: "Deactivate Ana Ruiz"})
	b.check(id, result.Check{ID: id + "/deactivate.status", Level: result.Must, Cites: []string{"ENTRA-BOOL-1"}, Outcome: result.Fail, Summary: "the deactivation was refused", Expected: "200 or 204", Actual: "400 Bad Request", Exchange: x,
		Why: "People who left keep their access.", Fix: "Accept \"True\" and \"False\" as booleans in PATCH.", Area: "patch"})
	b.close(id, result.CaseEnd{Outcome: result.Fail})
	b.open("entra/group-push")
	b.close("entra/group-push", result.CaseEnd{Outcome: result.Skip, SkipKind: result.SkipNeedsSetup, Reason: "no group owner was configured"})
}

// history is that of a target that got better, once interrupted.
func history(d *result.Document) []result.TrendPoint {
	now := result.TrendOf(d)
	first, second := now, now
	first.At, first.Percent, first.Grade, first.Findings = now.At.AddDate(0, 0, -14), 31.5, "D", 24
	second.At, second.Percent, second.Grade, second.Findings, second.Partial = now.At.AddDate(0, 0, -7), 48, "", 12, true
	return []result.TrendPoint{first, second, now}
}
