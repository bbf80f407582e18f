package html

import (
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// wide is a document with twelve identity providers, many features and many long causes.
func wide() *result.Document {
	size := smallSample
	size.profiles = nil
	for i := range 12 {
		size.profiles = append(size.profiles, fmt.Sprintf("provider-number-%d", i))
	}
	doc := sample(size)
	for i := range 10 {
		doc.Features = append(doc.Features, result.Feature{ID: fmt.Sprintf("more-%d", i), Title: fmt.Sprintf("Another thing that buyers ask about (%d)", i), Verdicts: map[string]result.Verdict{size.profiles[i]: result.NotSupported}})
	}
	for _, s := range doc.Suites[2:8] {
		for _, c := range s.Cases[1:2] {
			c.Checks[len(c.Checks)-1].Outcome = result.Fail
			doc.Causes = append(doc.Causes, result.Cause{ID: "long " + c.ID, Title: strings.Repeat("What is broken takes many words to say. ", 3), Fix: strings.Repeat("And so does the repair. ", 8), Outcome: result.Fail, Level: result.Must, Checks: []string{c.Checks[len(c.Checks)-1].ID}})
		}
	}
	return doc
}

func (s *sampler) features(profiles []string) {
	verdicts := []result.Verdict{result.Supported, result.Supported, result.Supported, result.Partial, result.Supported, result.Broken, result.Supported, result.NotSupported, result.Untested}
	for i, title := range sampleFeatures {
		f := result.Feature{ID: featureID(title), Title: title, Verdicts: map[string]result.Verdict{}, Evidence: map[string][]string{}, Because: map[string]string{}}
		for n, p := range profiles {
			v := verdicts[(i*(n+2)+n)%len(verdicts)]
			f.Verdicts[p] = v
			if v == result.Untested {
				continue
			}
			for _, suite := range s.doc.Suites {
				for _, c := range suite.Cases {
					if suite.IDP == p && c.Feature == f.ID {
						f.Evidence[p] = append(f.Evidence[p], c.ID)
					}
				}
			}
			if v != result.Supported {
				f.Because[p] = "1 of 3 stories fails: the account stays active"
			}
		}
		s.doc.Features = append(s.doc.Features, f)
	}
	for n, p := range profiles {
		s.doc.Readiness[p] = []result.Readiness{
			{State: "not ready", Because: []string{"Deactivate users is broken: the endpoint answers 500 to the request that Okta sends", "Group push is partial", "Import users was not tested"}},
			{State: "ready", Ready: true, Because: []string{"Every feature that it needs works"}},
			{State: "limits", Ready: true, Because: []string{"Delete users is not supported: accounts stay, deactivated"}},
			{State: "unknown", Because: []string{"The stories were not run"}},
		}[n%4]
	}
	s.doc.Compatibility = []result.Compatibility{{Profile: "jumpcloud", Title: "JumpCloud", State: "will work with limits", Because: []string{"It needs group PATCH with several members"}, Basis: "option profile"}}
	s.doc.Claims = []result.Claim{{Feature: "create-users", Profile: "okta", Claimed: "supported", Measured: "supported", Verdict: "kept", Source: "https://www.example.com/listing"},
		{Feature: "deactivate-users", Profile: "okta", Claimed: "supported", Measured: "broken", Verdict: "broken", Because: "The account stays active", Source: "listing, page 2"}}
}

func (s *sampler) causes(profiles []string) {
	patch := result.Cause{ID: "patch-rewrites", Title: "Deactivating a person fails, and PATCH changes what it was not asked to", Outcome: result.Fail, Level: result.Must, Profiles: profiles, Features: []string{"deactivate-users", "update-attributes"},
		Why: "When somebody leaves the company, their account stays open: the identity provider believes that it is closed. Somebody who only gets a new job title is locked out.",
		Fix: "Apply only the paths that Operations name; do not rebuild the resource from defaults.", Cites: []string{s.doc.Requirements[0].ID}}
	etag := result.Cause{ID: "etag", Title: "Answers lack the ETag header", Outcome: result.Warn, Level: result.Should, Why: "Two administrators who work at the same time overwrite each other.", Fix: "Send the version in the ETag header, too."}
	for _, suite := range s.doc.Suites {
		for _, c := range suite.Cases {
			for _, k := range c.Checks {
				switch {
				case k.Cause == "etag":
					etag.Checks = append(etag.Checks, k.ID)
				case k.Cause == "patch-rewrites" && suite.IDP == "":
					patch.Checks = append(patch.Checks, k.ID)
				case k.Cause == "patch-rewrites":
					patch.Consequences = append(patch.Consequences, k.ID)
				}
			}
		}
	}
	s.doc.Causes = []result.Cause{etag, patch}
}

func (s *sampler) sheet() {
	x := s.doc.Exchanges[0].ID
	s.doc.FactSheet = []result.Fact{
		{ID: "scim.version", Group: "Protocol", Title: "SCIM version", Value: "2.0", Exchange: x},
		{ID: "auth.schemes", Group: "Protocol", Title: "Authentication", Value: []string{"OAuth bearer token", "HTTP Basic"}},
		{ID: "paging.default", Group: "Paging", Title: "Default page size", Value: 100, Exchange: x},
		{ID: "paging.largest", Group: "Paging", Title: "Largest page", Value: 1000, Note: "a count of 1,000,000 was answered with 1000"},
		{ID: "bulk", Group: "Features", Title: "Bulk", Value: false},
		{ID: "sort", Group: "Features", Title: "Sorting", Value: true},
		{ID: "etag", Group: "Features", Title: "ETag", Value: nil},
		{ID: "rate.header", Group: "Limits", Title: "Rate limit headers", Value: "X-RateLimit-Remaining", Exchange: x},
	}
	for i, a := range []string{"userName", "name.givenName", "name.familyName", "displayName", "title", "active", "emails[type eq \"work\"].value", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"} {
		states := []string{"yes", "yes", "yes", "altered", "yes", "ignored", "refused", "no", "untested"}
		cells := map[string]string{}
		for k, o := range operations {
			cells[o.id] = states[(i*(k+1))%len(states)]
		}
		s.doc.Attributes = append(s.doc.Attributes, result.AttributeRow{Resource: "User", Attribute: a, Type: "string", Cells: cells})
	}
	s.doc.Leftovers = []result.Object{{Endpoint: "Users", ID: "2819c223", Marker: "scimmage-4f2a-ana", State: "failed", Why: "DELETE was answered with 403"}}
}
