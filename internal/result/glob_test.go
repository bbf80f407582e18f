package result

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGlobMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, id string
		want        bool
	}{
		{"a/b/c.d", "a/b/c.d", true},
		{"a/b", "a/b/c.d", false},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/**", "a/b/c", true},
		{"a/**", "a", true},
		{"**", "anything/at/all", true},
		{"**/c.d", "a/b/c.d", true},
		{"**/c.d", "c.d", true},
		{"a/**/d", "a/d", true},
		{"a/**/d", "a/b/c/d", true},
		{"a/**/d", "a/b/c/e", false},
		{"rfc.*/create", "rfc.users/create", true},
		{"rfc.*", "rfc.users/create", false},
		{"*.status", "create.status", true},
		{"c*t*s", "create.status", true},
		{"c*t*x", "create.status", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*", "", true},
		{"a*a", "a", false},
		{"A/b", "a/b", false},
		{"cause:patch*", "cause:patch-collateral", true},
	} {
		if got := MatchGlob(c.pattern, c.id); got != c.want {
			t.Errorf("MatchGlob(%q, %q) = %v", c.pattern, c.id, got)
		}
	}
}

func TestGlobMatchCase(t *testing.T) {
	for _, c := range []struct {
		pattern, id string
		want        bool
	}{
		{"rfc.users/create", "rfc.users/create", true},
		{"rfc.users", "rfc.users/create", true}, // the suite selects its cases
		{"rfc.*", "rfc.users/create", true},
		{"rfc.users/create/post.status", "rfc.users/create", true}, // a check selects its case
		{"**/post.status", "rfc.users/create", true},
		{"*/create/*", "rfc.users/create", true},
		{"rfc.users/delete", "rfc.users/create", false},
		{"rfc.groups", "rfc.users/create", false},
		{"*/*/*/*", "rfc.users/create", true}, // could match further down
	} {
		g, err := CompileGlob(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.MatchCase(c.id); got != c.want {
			t.Errorf("%q MatchCase(%q) = %v", c.pattern, c.id, got)
		}
	}
}

func TestCompileGlobRefuses(t *testing.T) {
	for _, p := range []string{"", "  ", "a**", "a/**b/c"} {
		if _, err := CompileGlob(p); err == nil {
			t.Errorf("%q is accepted", p)
		}
	}
	if g, _ := CompileGlob("a/b"); !g.Literal() || g.String() != "a/b" {
		t.Error("a literal is not seen as one")
	}
}

// Laws: an id matches itself, "**" matches everything, and what matches a prefix with /** matches.
func TestGlobLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-c]{1,3}(/[a-c.]{1,4}){0,4}`).Draw(t, "id")
		cut := rapid.IntRange(0, len(id)).Draw(t, "cut")
		if !MatchGlob(id, id) || !MatchGlob("**", id) {
			t.Fatalf("%q does not match itself or **", id)
		}
		if id[:cut] != "" && id[cut:] != "" && id[cut] == '/' && !MatchGlob(id[:cut]+"/**", id) {
			t.Fatalf("%q/** does not match %q", id[:cut], id)
		}
		p := rapid.StringMatching(`[a-c*?]{1,3}(/[a-c*?.]{1,4}){0,4}`).Draw(t, "pattern")
		if g, err := CompileGlob(p); err == nil && g.Match(id) && parentID(id) != "" && !g.CouldMatchBelow(parentID(id)) {
			t.Fatalf("%q matches %q but not below its parent", p, id)
		}
	})
}

func TestNearest(t *testing.T) {
	candidates := []string{"okta", "okta-aiw", "entra", "entra-062020", "onelogin", "create-users", "okta"}
	for _, c := range []struct {
		name string
		want []string
	}{
		{"oktaa", []string{"okta"}},
		{"otka", []string{"okta"}},
		{"OKTA", []string{"okta", "okta-aiw"}},
		{"enrta", []string{"entra"}},
		{"create-user", []string{"create-users"}},
		{"aiw", []string{"okta-aiw"}},
		{"zzzzzz", nil},
		{"", nil},
	} {
		if diff := cmp.Diff(c.want, Nearest(c.name, candidates, 2)); diff != "" {
			t.Errorf("Nearest(%q): %s", c.name, diff)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ñandú", "nandu", 2}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if back := editDistance(c.b, c.a); back != c.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", c.b, c.a, back, c.want)
		}
	}
}
