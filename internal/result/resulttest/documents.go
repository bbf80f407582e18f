package resulttest

import (
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Names of the five documents.
const (
	Empty    = "empty"
	AllPass  = "all-pass"
	AllKinds = "all-kinds"
	Hostile  = "hostile"
	Partial  = "partial"
)

// Names lists the five documents in order.
func Names() []string { return []string{Empty, AllPass, AllKinds, Hostile, Partial} }

// Document returns a fresh copy of the document of that name, nil when there is none.
func Document(name string) *result.Document {
	switch name {
	case Empty:
		return EmptyDocument()
	case AllPass:
		return AllPassDocument()
	case AllKinds:
		return AllKindsDocument()
	case Hostile:
		return HostileDocument()
	case Partial:
		return PartialDocument()
	}
	return nil
}

// Documents returns fresh copies of the five documents by name.
func Documents() map[string]*result.Document {
	out := map[string]*result.Document{}
	for _, name := range Names() {
		out[name] = Document(name)
	}
	return out
}

func run() result.Run {
	return result.Run{
		ID: "4f2a", Prefix: "scimmage-4f2a", Seed: 42, Jobs: 1, FailOn: "must",
		Command: "scimmage run --url https://scim.example.com/v2 --idp okta,entra",
	}
}

// EmptyDocument is a run of a target that could not be tested at all.
func EmptyDocument() *result.Document {
	b := newBuilder()
	b.start(run(), result.Plan{})
	b.emit(result.Event{Type: result.Diagnosed, Diagnosis: &result.Diagnosis{
		Kind: "refused", Message: "https://scim.example.com/v2 refuses connections", Hint: "is the server running, and is the port right?",
	}})
	b.end(run())
	return fold(b.events)
}

const (
	anaBody  = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ana.ruiz@example.com","name":{"givenName":"Ana","familyName":"Ruiz"},"active":true}`
	anaAfter = "{\n  \"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\"],\n  \"id\": \"2819c223\",\n  \"userName\": \"ana.ruiz@example.com\",\n  \"title\": \"Chef\",\n  \"active\": false,\n  \"meta\": {\"resourceType\": \"User\"}\n}"
	anaGood  = "{\n  \"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\"],\n  \"id\": \"2819c223\",\n  \"userName\": \"ana.ruiz@example.com\",\n  \"title\": \"Chef\",\n  \"active\": true,\n  \"meta\": {\"resourceType\": \"User\"}\n}"
	patch    = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Chef"}]}`
)

// operation names the operation of the profile whose suite the case is in.
func operation(caseID, name string) string {
	if idp := parent(caseID); idp == "okta" || idp == "entra" {
		return idp + "/" + name
	}
	return ""
}

// pass plays a case in which everything is right.
func (b *builder) pass(id, cite string) {
	b.open(id)
	x := b.send(id, exchange{method: "POST", path: "/Users", body: anaBody, status: 201, answer: anaGood, purpose: "Create Ana Ruiz"})
	b.emit(result.Event{Type: result.StoryTold, Case: id, Story: &result.StoryLine{Step: "create", Text: "Create Ana Ruiz", Operation: operation(id, "create-user"), Evidence: "captured", Outcome: result.Pass, Exchanges: []string{x}}})
	b.check(id, result.Check{ID: id + "/create.status", Title: "answered with 201", Level: result.Must, Cites: []string{cite}, Outcome: result.Pass, Summary: "answered with 201 Created", Exchange: x, Area: "crud"})
	b.check(id, result.Check{ID: id + "/create.media-type", Title: "answered as SCIM", Level: result.Should, Cites: []string{"RFC7644-3.1-R2"}, Outcome: result.Pass, Summary: "media type is application/scim+json", Exchange: x, Area: "protocol"})
	b.close(id, result.CaseEnd{Outcome: result.Pass})
}

func (b *builder) discover() {
	b.send("", exchange{method: "GET", path: "/ServiceProviderConfig", status: 200, answer: `{"patch":{"supported":true},"changePassword":{"supported":false}}`, purpose: "Ask what the target supports"})
	b.fact("Protocol", "scim.version", "SCIM version", "2.0", "")
	b.fact("Paging", "paging.default-page-size", "Default page size", 100, "")
	b.fact("Paging", "paging.largest-page", "Largest page", 1000, "a count of 1000000 was answered with 1000")
	b.fact("Features", "features.bulk", "Bulk", false, "")
	b.fact("Features", "features.auth", "Authentication schemes", []string{"oauthbearertoken", "httpbasic"}, "")
	for _, a := range []string{"userName", "title", "active"} {
		b.emit(result.Event{Type: result.AttributeSeen, Attribute: &result.AttributeRow{Resource: "User", Attribute: a, Type: "string", Cells: map[string]string{"create": "yes", "replace": "yes", "patch": "altered", "filter": "no", "returned": "yes"}}})
	}
}

// AllPassDocument is a clean run with a grade.
func AllPassDocument() *result.Document {
	b := newBuilder()
	p := plan()
	b.start(run(), p)
	b.discover()
	cites := requirements()
	n := 0
	for _, s := range p.Suites {
		for _, c := range s.Cases {
			if c.Outcome != result.Skip {
				b.pass(c.ID, cites[n%len(cites)].ID)
				n++
			}
		}
	}
	b.end(run())
	return fold(b.events)
}

// PartialDocument is a run that was interrupted in its second case.
func PartialDocument() *result.Document { return fold(PartialEvents()) }

// PartialEvents is the journal of PartialDocument: it has no end.
func PartialEvents() []result.Event {
	b := newBuilder()
	b.start(run(), plan())
	b.discover()
	b.pass("rfc.users/create", "RFC7644-3.3-R4")
	b.emit(result.Event{Type: result.ObjectIntent, Case: "rfc.users/patch-replace", Object: &result.Object{Endpoint: "Users", Marker: "scimmage-4f2a-ana@example.com"}})
	b.emit(result.Event{Type: result.ObjectCreated, Case: "rfc.users/patch-replace", Object: &result.Object{Endpoint: "Users", ID: "2819c223", Marker: "scimmage-4f2a-ana@example.com", Location: "https://scim.example.com/v2/Users/2819c223"}})
	b.playPatch("rfc.users/patch-replace")
	return b.events
}

// hostileText is what a server may send to break a report.
const hostileText = `<script>alert("x")</script> & ]]> ' "quoted" ` + "\x1b[31mred\x1b[0m \x1b]0;title\x07 NUL\x00 BEL\a RTL\u202e\u05d0\u05d1 \u2066 \ufffe \u2028 {{.}} ${x} `tick` | pipe % %0A \r\n::error::injected \xff\xfe end"

// hugeBody is two megabytes in one line.
func hugeBody() string {
	return `{"id":"` + strings.Repeat("<b>&\"]]>", 256*1024) + `","active":false}`
}

// HostileDocument has hostile strings wherever a server, a user or a file can put one.
func HostileDocument() *result.Document {
	d := fold(HostileEvents())
	h := strings.ToValidUTF8(hostileText, "?")
	d.Claims = []result.Claim{{Feature: h, Claimed: h, Measured: h, Verdict: "broken", Because: h}}
	return d
}

// HostileEvents is the journal of HostileDocument.
func HostileEvents() []result.Event {
	b := newBuilder()
	h := hostileText
	p := plan()
	p.Suites = []result.Suite{{ID: "hostile", Title: h, Kind: "user", File: "suites/<&>\".yaml", Cases: []result.Case{
		{ID: "hostile/one", Title: h, Feature: "create-users", File: "suites/<&>\".yaml", Line: 1},
		{ID: "hostile/skipped", Title: h, Outcome: result.Skip, SkipKind: result.SkipNeedsSetup, Reason: h},
		{ID: "hostile/error", Title: h},
	}}, {ID: "okta", Title: h, Kind: "idp", IDP: "okta", Cases: []result.Case{{ID: "okta/<x>", Title: h, Feature: "create-users", Essential: true}}}}
	p.Profiles[0].Title, p.Profiles[0].Note = "Okta "+h, h
	p.Features[0].Title = "Create users " + h
	b.start(run(), p)
	b.fact("Group "+h, "hostile.fact", h, h, h)
	b.emit(result.Event{Type: result.AttributeSeen, Attribute: &result.AttributeRow{Resource: "User", Attribute: h, Type: h, Cells: map[string]string{"create": "yes"}}})
	body := hugeBody()
	b.open("hostile/one")
	x := b.send("hostile/one", exchange{method: "GET", path: "/Users/" + h, query: "filter=" + h, body: h, status: 200, answer: body, purpose: h})
	b.emit(result.Event{Type: result.StoryTold, Case: "hostile/one", Story: &result.StoryLine{Step: "get", Text: h, Admin: h, Outcome: result.Fail, Exchanges: []string{x}}})
	b.check("hostile/one", result.Check{ID: "hostile/one/get.<id>", Title: h, Level: result.Must, Cites: []string{"RFC7643-3.1-R1", "<&>"}, Outcome: result.Fail, Summary: h, Expected: h, Actual: body[:70000], Exchange: x,
		At: locate(body, "false", "/active"), Why: h, Fix: h, Area: h, Cause: "cause " + h, Notes: []string{h}})
	y := b.send("hostile/one", exchange{method: "GET", path: "/Users", status: 500, answer: h})
	b.check("hostile/one", result.Check{ID: "hostile/one/list.body", Level: result.Should, Cites: []string{"RFC7644-3.1-R2"}, Outcome: result.Warn, Summary: h, Exchange: y, At: &result.Locus{Where: "response", Offset: 1 << 40, Length: -5}})
	b.close("hostile/one", result.CaseEnd{Outcome: result.Fail})
	b.open("hostile/error")
	b.send("hostile/error", exchange{method: "GET", path: "/Users", fault: &result.Fault{Kind: "reset", Message: h, Hint: h}})
	b.close("hostile/error", result.CaseEnd{Outcome: result.Error, Reason: h})
	b.open("okta/<x>")
	b.check("okta/<x>", result.Check{ID: "okta/<x>/s.c", Level: result.Must, Cites: []string{"OKTA-1"}, Outcome: result.Fail, Summary: h, Exchange: "no such exchange#9"})
	b.close("okta/<x>", result.CaseEnd{Outcome: result.Fail})
	b.emit(result.Event{Type: result.ObjectLeft, Object: &result.Object{Endpoint: "Users", ID: h, Marker: h, Why: h}})
	b.end(run())
	b.events[0].Target.URL, b.events[0].Target.Title = "https://scim.example.com/"+h, h
	return b.events
}
