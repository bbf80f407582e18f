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
		if !named[key] && c.Refused == "" { // those are given by what was refused
			t.Errorf("nothing names the cause %s", key)
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
