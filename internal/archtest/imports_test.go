package archtest

import (
	"slices"
	"sort"
	"strings"
	"testing"
)

// arrow says which packages of ours a layer may import. A layer is a folder and everything below it; the longest
// matching layer rules. Packages within one layer may import each other; "*" may import everything.
type arrow struct {
	layer string
	may   []string
}

// arrows is design part 2. A package that stands in no layer is an error: give it a place here, on purpose.
var arrows = []arrow{
	{"internal/scim", nil},
	{"internal/result", nil},
	{"internal/exchange", []string{"internal/result"}},
	{"suites", []string{"internal/scim", "internal/result"}},
	{"mockidp/profile", []string{"suites", "internal/scim", "internal/result"}},
	{"internal/sweep", []string{"internal/exchange", "internal/scim", "internal/result"}},
	{"internal/engine", []string{"internal/sweep", "suites", "mockidp/profile", "internal/exchange", "internal/scim", "internal/result"}},
	{"internal/provider", []string{"internal/scim"}},
	{"internal/apps", []string{"internal/provider"}},
	{"internal/sheet", nil},
	{"internal/audit", []string{"internal/sheet", "internal/exchange", "internal/scim", "internal/result"}},
	{"internal/proofs", nil},
	{"internal/claims", []string{"internal/result"}},
	{"internal/baseline", []string{"suites", "internal/result"}},
	{"internal/grade", []string{"suites", "internal/exchange", "internal/scim", "internal/result"}},
	{"internal/probe", []string{"internal/sheet", "internal/exchange", "internal/scim", "internal/result"}},
	{"internal/record", []string{"internal/result"}},
	{"reports", []string{"internal/result"}},
	{"mockidp", []string{"internal/engine", "mockidp/profile", "suites", "internal/exchange", "internal/scim", "internal/result"}},
	{"internal/cli", []string{"internal/apps", "internal/audit", "internal/baseline", "internal/claims", "internal/probe", "internal/engine", "internal/exchange", "internal/grade", "internal/proofs", "internal/provider", "internal/record", "internal/result", "internal/scim", "internal/sweep", "mockidp", "mockidp/profile", "reports", "suites"}},
	{"scimtest", []string{"internal/baseline", "internal/engine", "internal/exchange", "internal/result", "mockidp/profile", "reports", "suites"}},
	{"cmd", []string{"internal/cli"}},
	{"internal/archtest", nil},
	{"tools", []string{"*"}}, // generators and programs of the build
	// End-to-end and proof tests that belong to no single package; nothing imports them.
	{"internal/prove", []string{"*"}},
	{"internal/e2e", []string{"*"}},
	{"internal/hostile", []string{"*"}},
}

// outside says which foreign packages stay in which layers, because of what they do.
var outside = []struct {
	pkg    string
	layers []string
	why    string
}{
	{"github.com/tidwall/gjson", []string{"internal/scim"}, "gjson is case-sensitive and lets duplicates pass; SCIM goes through internal/scim"},
	{"github.com/urfave/cli/v2", []string{"internal/cli"}, "the command line library is replaceable"},
	{"github.com/fatih/color", []string{"internal/cli", "reports"}, "colour is for people, not for logic"},
	{"modernc.org/sqlite", []string{"mockidp"}, "the database belongs to the mock IdP alone"},
	{"golang.org/x/oauth2", []string{"internal/exchange"}, "credentials are used at the edge only"},
	{"testing", []string{"scimtest", "internal/result/resulttest"}, "the product does not carry the test framework"},
}

func below(pkg, layer string) bool { return pkg == layer || strings.HasPrefix(pkg, layer+"/") }

// layerOf finds the longest layer that holds pkg.
func layerOf(pkg string) (arrow, bool) {
	best, found := arrow{}, false
	for _, a := range arrows {
		if below(pkg, a.layer) && len(a.layer) > len(best.layer) {
			best, found = a, true
		}
	}
	return best, found
}

// complaints is the rule itself, apart from go list, so that it can be tested on graphs that must fail.
func complaints(pkg string, imports []string) []string {
	from, ok := layerOf(pkg)
	if !ok {
		return []string{pkg + " stands in no layer; add it to arrows in internal/archtest"}
	}
	var out []string
	for _, imp := range imports {
		to, ours := strings.CutPrefix(imp, module+"/")
		if !ours {
			for _, o := range outside {
				if below(imp, o.pkg) && !slices.ContainsFunc(o.layers, func(l string) bool { return below(pkg, l) }) {
					out = append(out, pkg+" imports "+imp+": "+o.why)
				}
			}
			continue
		}
		target, ok := layerOf(to)
		if ok && target.layer == from.layer {
			continue
		}
		// What is allowed is a layer, not all that happens to lie below it: mockidp/profile is below mockidp.
		allowed := slices.ContainsFunc(from.may, func(m string) bool { return m == target.layer || m == "*" })
		if !ok || !allowed {
			out = append(out, pkg+" must not import "+to+" (imports point down only, design part 2)")
		}
	}
	return out
}

func TestImportsPointDown(t *testing.T) {
	all := packages(t)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if name == "" && len(all[name].GoFiles) == 0 {
			continue
		}
		for _, c := range complaints(name, all[name].Imports) {
			t.Error(c)
		}
	}
}

// TestImportRuleFails shows that the rule can fail: an arrow test that lets everything pass looks like a good house.
func TestImportRuleFails(t *testing.T) {
	tests := []struct {
		pkg, imp string
		bad      bool
	}{
		{"internal/scim", module + "/internal/result", true},
		{"internal/result", "encoding/json", false},
		{"internal/exchange", module + "/internal/engine", true},
		{"internal/provider", module + "/internal/exchange", true},
		{"mockidp/profile", module + "/mockidp", true},
		{"mockidp", module + "/mockidp/profile", false},
		{"internal/engine", module + "/mockidp/profile", false},
		{"internal/engine", module + "/mockidp/store", true},
		{"reports/html", module + "/reports", false},
		{"reports/html", module + "/internal/engine", true},
		{"cmd/scimmage", module + "/reports", true},
		{"internal/e2e", module + "/internal/provider", false},
		{"newlayer", "fmt", true},
		{"suites", "github.com/tidwall/gjson", true},
		{"internal/scim", "github.com/tidwall/gjson", false},
		{"internal/engine", "github.com/urfave/cli/v2", true},
	}
	for _, tt := range tests {
		if got := complaints(tt.pkg, []string{tt.imp}); (len(got) > 0) != tt.bad {
			t.Errorf("%s → %s: complaints %q, want some: %v", tt.pkg, tt.imp, got, tt.bad)
		}
	}
}

func TestNoImportCycleBetweenLayers(t *testing.T) {
	// The compiler forbids cycles between packages, not between layers: two layers that may import each other are one.
	may := map[string][]string{}
	for _, a := range arrows {
		may[a.layer] = a.may
	}
	var reaches func(from, to string, seen map[string]bool) bool
	reaches = func(from, to string, seen map[string]bool) bool {
		for _, next := range may[from] {
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next] = true
				if reaches(next, to, seen) {
					return true
				}
			}
		}
		return false
	}
	for _, a := range arrows {
		if reaches(a.layer, a.layer, map[string]bool{}) {
			t.Errorf("layer %s reaches itself through the arrows", a.layer)
		}
	}
}
