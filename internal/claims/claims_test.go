package claims

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
)

func measured() *result.Document {
	feature := func(id, title string, v result.Verdict) result.Feature {
		return result.Feature{ID: id, Title: title, Verdicts: map[string]result.Verdict{"okta": v}}
	}
	return &result.Document{Profiles: []result.Profile{{ID: "okta"}}, Features: []result.Feature{
		feature("create-users", "Create users", result.Supported), feature("update-users", "Update user attributes", result.Partial),
		feature("deactivate-users", "Deactivate users", result.Broken), feature("group-push", "Group push", result.NotSupported),
		feature("import-users", "Import users", result.Supported), feature("sync-password", "Sync password", result.Untested),
		feature("group-linking", "Group linking", result.Supported),
	}, Compatibility: []result.Compatibility{{Profile: "onelogin", State: "will not work"}},
		FactSheet: []result.Fact{{ID: "auth.used", Value: "bearer"}, {ID: "auth.schemes", Value: "oauthbearertoken, oauth2"}, {ID: "paging.largest", Value: 500}, {ID: "paging.default-size", Value: 100},
			{ID: "filter.max-results", Value: 200}, {ID: "rate.headers", Value: "none"}, {ID: "rate.result", Value: "3 of 30 throttled, median answer 5 ms"}},
		Exchanges: []result.Exchange{{Attempts: []result.Attempt{{Status: 429, RetryAfter: "1"}}}},
		Attributes: []result.AttributeRow{
			{Resource: "User", Attribute: "title", Cells: map[string]string{"create": "yes", "replace": "yes", "patch": "yes", "returned": "yes"}},
			{Resource: "User", Attribute: "nickName", Cells: map[string]string{"create": "ignored", "returned": "no"}},
			{Resource: "User", Attribute: "urn:x:User:department", Cells: map[string]string{"create": "yes", "patch": "refused", "returned": "yes"}},
			{Resource: "User", Attribute: "groups", Cells: map[string]string{"create": "ignored", "returned": "yes"}},
			{Resource: "User", Attribute: "locale", Cells: map[string]string{"create": "untested"}},
		}}
}

const promisesOfAll = `
product: x
features:
  Create users: yes
  Update user attributes: yes
  Deactivate users: yes
  Group Push: JIT only
  sync-password: yes
  Attribute sourcing: yes
idps:
  okta: {Group linking: no, Update user attributes: partial}
  onelogin: {Create users: yes, Single sign-on: yes}
authentication: [HTTP header, OAuth 2.0, basic]
limits: {largest page: 200, default page size: 50, max results: 500, Retry-After: yes, rate-limit headers: yes, requests per second: 25, bulk operations: 10}
attributes: {title: yes, nickName: yes, department: yes, groups: read-only, shoeSize: yes, hat: no, locale: yes}
`

func TestJudge(t *testing.T) {
	f, err := Parse([]byte(promisesOfAll))
	if err != nil {
		t.Fatal(err)
	}
	cs, err := Judge(f, measured())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range cs {
		got[c.Profile+c.Kind+" "+c.Feature] = c.Verdict
		if c.Feature == "Group Push" || c.Feature == "group-push" && c.Claimed != "not supported (JIT only)" {
			t.Errorf("%+v", c)
		}
		if c.Profile == "onelogin" && c.Feature == "create-users" && !strings.Contains(c.Because, "--idp onelogin") || c.Feature == "create-users" && c.Profile == "onelogin" && !strings.Contains(c.Because, "will not work") {
			t.Errorf("%+v", c)
		}
	}
	want := map[string]string{
		"okta create-users": "kept", "okta update-users": "kept", "okta deactivate-users": "broken", "okta group-push": "kept", "okta import-users": "not claimed but works",
		"okta sync-password": "not testable", "okta Attribute sourcing": "not testable", "okta group-linking": "not claimed but works",
		"onelogin create-users": "not testable", "onelogin Single sign-on": "not testable",
		"authentication HTTP header": "kept", "authentication OAuth 2.0": "not testable", "authentication basic": "not testable",
		"limit largest page": "kept", "limit default page size": "broken", "limit max results": "broken", "limit Retry-After": "kept", "limit rate-limit headers": "broken", "limit requests per second": "broken", "limit bulk operations": "not testable",
		"attribute title": "kept", "attribute nickName": "broken", "attribute department": "broken", "attribute groups": "kept", "attribute shoeSize": "broken", "attribute hat": "kept", "attribute locale": "not testable",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if cs[0].Verdict != "broken" || !Fails(cs, "must") || Fails([]result.Claim{{Verdict: "broken", Measured: "partial"}}, "must") || !Fails([]result.Claim{{Verdict: "broken", Measured: "partial: patch refused"}}, "should") || Fails([]result.Claim{{Verdict: "kept"}}, "any") {
		t.Error("order, or exit code")
	}
}

// TestFewUsers: a page that holds everybody says nothing of the largest page.
func TestFewUsers(t *testing.T) {
	doc := measured()
	doc.FactSheet = []result.Fact{{ID: "paging.largest", Value: 3}, {ID: "paging.default-size", Value: "at least 3"}}
	f, err := Parse([]byte("limits: {largest page: 200, default page: 2}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Sheet(fromDocument(doc)) {
		if want := map[string]string{"largest page": "not testable", "default page": "broken"}[c.Feature]; c.Verdict != want {
			t.Errorf("%s: %s, want %s", c.Feature, c.Verdict, want)
		}
	}
}

// TestAbsent: where there is no SCIM, what was promised is broken, and what was denied is kept.
func TestAbsent(t *testing.T) {
	f, err := Parse([]byte("features: {Create users: yes, Group push: no}\nauthentication: {basic: yes, none: no}\nlimits: {largest page: 9}\nattributes: [title]"))
	if err != nil {
		t.Fatal(err)
	}
	cs, err := Absent(f, "a web app")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range cs {
		got[c.Feature] = c.Verdict
	}
	if d := cmp.Diff(map[string]string{"create-users": "broken", "group-push": "kept", "basic": "broken", "none": "kept", "largest page": "broken", "title": "broken"}, got); d != "" {
		t.Error(d)
	}
	if cs, _ = Judge(f, &result.Document{}); len(cs) != 6 || cs[0].Verdict != "not testable" {
		t.Errorf("a run that could not begin: %+v", cs)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "product: x", "- a", "features: {create: maybe}", "featurez: {create: yes}", "features: [", "features: {create: yes, create: no}", "idps: {okta: yes}", "limits: {largest page: many}", "limits: {width: 3}", "authentication: [pigeon]", "attributes: {title: {a: b}}", "features: {create: yes}\nfeatures: {}"} {
		if _, err := Parse([]byte(s)); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

// TestCheck: wrong names are found before a run, with their lines.
func TestCheck(t *testing.T) {
	k := Known{Features: measured().Features, IDPs: []string{"okta", "onelogin"}}
	for s, want := range map[string]string{"features: {Teleport: yes}": "Teleport", "product: x\nidps:\n  okat: {Create users: yes}": "did you mean okta", "idps:\n  okta:\n    Create usars: yes": "did you mean Create users"} {
		f, err := Parse([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		err = f.Check(k)
		var at *At
		if !errors.As(err, &at) || at.Line != strings.Count(s, "\n")+1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", s, err)
		}
	}
	f, err := Parse([]byte(promisesOfAll))
	if err != nil || f.Check(k) != nil {
		t.Errorf("%v, %v", err, f.Check(k))
	}
}
