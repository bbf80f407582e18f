package resulttest

import "github.com/scimmage/scimmage/internal/result"

func profiles() []result.Profile {
	return []result.Profile{
		{ID: "okta", Title: "Okta", Note: "PUT for profiles, PATCH for activation and groups.", Evidence: "captured"},
		{ID: "entra", Title: "Microsoft Entra ID", Note: "PATCH with capital operations and string booleans.", Evidence: "assumed", Assumed: []string{"entra/sync-password"}},
	}
}

func features() []result.Feature {
	return []result.Feature{
		{ID: "create-users", Title: "Create users"}, {ID: "update-users", Title: "Update attributes"},
		{ID: "deactivate-users", Title: "Deactivate users"}, {ID: "import-users", Title: "Import users"},
		{ID: "push-groups", Title: "Group push"}, {ID: "sync-password", Title: "Sync password"},
	}
}

func requirement(id, section, keyword, area, summary string) result.RequirementResult {
	return result.RequirementResult{
		ID: id, Level: result.LevelOf(keyword), Keyword: keyword, Area: area, Section: section, Summary: summary,
		URL: "https://www.rfc-editor.org/rfc/" + rfc(id) + "#section-" + section,
	}
}

func rfc(id string) string {
	if len(id) > 7 {
		return "rfc" + id[3:7]
	}
	return "rfc7644"
}

func requirements() []result.RequirementResult {
	return []result.RequirementResult{
		requirement("RFC7643-3.1-R1", "3.1", "MUST", "schema", "Every resource carries a unique id that the provider assigned."),
		requirement("RFC7644-3.1-R2", "3.1", "SHOULD", "protocol", "Answers are of media type application/scim+json."),
		requirement("RFC7644-3.3-R4", "3.3", "SHALL", "crud", "A created resource is answered with 201 and its representation."),
		requirement("RFC7644-3.4.2.2-R5", "3.4.2.2", "MUST", "filter", "Attribute names and operators in filters are case-insensitive."),
		requirement("RFC7644-3.4.2.4-R1", "3.4.2.4", "MAY", "paging", "A provider may limit the number of resources in a page."),
		requirement("RFC7644-3.5.2-R10", "3.5.2", "SHALL", "patch", "A PATCH changes nothing but what its operations name."),
		requirement("RFC7644-3.6-R1", "3.6", "MUST", "crud", "A deleted resource is answered with 404 afterwards."),
		requirement("RFC7644-4-R2", "4", "SHALL", "discovery", "ServiceProviderConfig describes the features of the provider."),
	}
}

func causeTexts() map[string]result.CauseText {
	return map[string]result.CauseText{
		"patch-collateral": {
			Title: "PATCH changes attributes that the request did not name",
			Why:   "A person who only got a new title loses access to the app without anybody asking for it.",
			Fix:   "Apply only the paths listed in Operations; do not rebuild the resource from defaults.",
		},
		"media-type": {
			Title: "Answers are labelled application/json",
			Why:   "Strict clients refuse to parse the answer.",
			Fix:   "Send Content-Type: application/scim+json.",
		},
	}
}

func scoring() result.Scoring {
	return result.Scoring{
		Version: "1",
		Weights: map[result.Level]float64{result.Must: 10, result.Should: 3, result.May: 0},
		Grades:  []result.GradeStep{{Grade: "A", From: 95}, {Grade: "B", From: 85}, {Grade: "C", From: 70}, {Grade: "D", From: 50}, {Grade: "F", From: 0}},
		Caps:    []result.CapRule{{Grade: "C", When: []string{"cause:patch-collateral"}, Reason: "an update damages other attributes of the same person"}},
	}
}

func readinessRules() map[string]result.ReadinessRule {
	rule := result.ReadinessRule{Required: []string{"create-users", "update-users", "deactivate-users"}, Wanted: []string{"import-users", "push-groups"}}
	return map[string]result.ReadinessRule{"okta": rule, "entra": rule}
}

func plannedCase(id, title, feature string, essential bool, line int) result.Case {
	return result.Case{ID: id, Title: title, Feature: feature, Essential: essential, File: "suites/" + parent(id) + ".yaml", Line: line}
}

func parent(id string) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '/' {
			return id[:i]
		}
	}
	return id
}

// plan is the plan of the larger fixtures.
func plan() result.Plan {
	absent := plannedCase("okta/sync-password", "Password sync", "sync-password", true, 90)
	absent.Outcome, absent.SkipKind, absent.Reason = result.Skip, result.SkipNotApplicable, "ServiceProviderConfig says changePassword.supported = false"
	return result.Plan{
		Profiles: profiles(), Features: features(), Requirements: requirements(), Causes: causeTexts(),
		Scoring: scoring(), Readiness: readinessRules(),
		Suites: []result.Suite{
			{ID: "rfc.users", Title: "Users (RFC 7644)", Kind: "rfc", File: "suites/rfc.users.yaml", Cases: []result.Case{
				plannedCase("rfc.users/create", "A user can be created and read back", "", false, 12),
				plannedCase("rfc.users/patch-replace", "PATCH replace changes one attribute and nothing else", "", false, 40),
				plannedCase("rfc.users/filter-case", "Filters ignore the case of attribute names", "", false, 66),
				plannedCase("rfc.users/paging", "Pages have the size that was asked for", "", false, 88),
			}},
			{ID: "automatic", Title: "Checks on every response", Kind: "automatic", File: "suites/automatic.yaml", Cases: []result.Case{
				plannedCase("automatic/responses", "Every response is well formed", "", false, 3),
			}},
			{ID: "okta", Title: "Okta", Kind: "idp", IDP: "okta", File: "suites/okta.yaml", Cases: []result.Case{
				plannedCase("okta/joiner", "Ana Ruiz joins", "create-users", true, 10),
				plannedCase("okta/mover", "Ana Ruiz gets a new title", "update-users", true, 30),
				plannedCase("okta/leaver", "Ana Ruiz leaves", "deactivate-users", true, 50),
				plannedCase("okta/import", "Import of existing people", "import-users", true, 70),
				absent,
			}},
			{ID: "entra", Title: "Microsoft Entra ID", Kind: "idp", IDP: "entra", File: "suites/entra.yaml", Cases: []result.Case{
				plannedCase("entra/joiner", "Ana Ruiz joins", "create-users", true, 10),
				plannedCase("entra/mover", "Ana Ruiz gets a new title", "update-users", true, 30),
				plannedCase("entra/leaver", "Ana Ruiz leaves", "deactivate-users", true, 50),
				plannedCase("entra/group-push", "A group is pushed", "push-groups", true, 70),
			}},
		},
	}
}
