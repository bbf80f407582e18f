package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// TestCausesAreToldApart: two causes of one title would tell one fault as two, and a cause that nothing names can explain nothing.
func TestCausesAreToldApart(t *testing.T) {
	profiles, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	named := map[string]bool{}
	for _, k := range Checks(lib, profiles) {
		named[k.Cause] = true
	}
	for _, a := range suites.Areas() {
		named[a] = true
	}
	reactions(t, named)
	titles := map[string]string{}
	for key, c := range lib.Causes {
		if other, twice := titles[c.Title]; twice {
			t.Errorf("%s and %s are both called %q", key, other, c.Title)
		}
		titles[c.Title] = key
		if !named[key] && c.Refused == "" && c.Marks == "" { // those are given by what was refused, or answered
			t.Errorf("nothing names the cause %s", key)
		}
	}
}

// TestRefusalsAreTold: a request that is refused finds the cause that speaks of such a refusal, the most special one.
func TestRefusalsAreTold(t *testing.T) {
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for refusal, want := range map[string]string{
		"400 PATCH /Users/1 application/scim+json\n" + `{"Operations":[{"op":"replace","path":"title","value":"Chef"}]}`:                                       "patch.refused",
		"400 PATCH /Users/1 application/scim+json\n" + `{"Operations":[{"op":"add","value":{"title":"x","emails":[{"value":"a.b"}],"name.formatted":"Gus"}}]}`: "patch.dotted-refused",
		"400 PATCH /Users/1 application/scim+json\n" + `{"Operations":[{"op":"add","path":"name.familyName","value":"Gus"}]}`:                                  "patch.refused",
		"500 PUT /Users/1 application/scim+json\n{}":    "put.refused",
		"400 POST /Users application/scim+json\n{}":     "create.refused",
		"415 POST /Users application/json\n{}":          "media-type.json",
		"415 PUT /Groups/1 application/json\n{}":        "media-type.json",
		"415 POST /Users application/scim+json\n{}":     "create.refused",
		"400 POST /Groups application/scim+json\n{}":    "idp.groups",
		"501 DELETE /Users/1 \n":                        "delete.refused",
		"400 GET /Users?filter=userName%20eq%20%22a \n": "",
	} {
		got, longest := "", 0
		for key, c := range lib.Causes {
			if c.Refused != "" && len(c.Refused) > longest && regexp.MustCompile(c.Refused).MatchString(refusal) {
				got, longest = key, len(c.Refused)
			}
		}
		if got != want {
			t.Errorf("%q is told as %q, want %q", refusal, got, want)
		}
	}
}

var causeLine = regexp.MustCompile(`(?m)\bcause(?:: | = ")([\w.-]+)`)

// reactions adds what reactions of profiles and cases, matchers, requests without an answer and lists of discovery name.
func reactions(t *testing.T, named map[string]bool) {
	t.Helper()
	for _, cause := range unansweredCauses {
		named[cause] = true
	}
	for _, r := range autoRules {
		named[r.discovery] = true
	}
	files, err := filepath.Glob("../../mockidp/profile/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../../suites/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range slices.Concat(files, more, []string{"matchers.go"}) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range causeLine.FindAllStringSubmatch(string(b), -1) {
			named[m[1]] = true
		}
	}
}
