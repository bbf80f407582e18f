package profile

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/scimmage/scimmage/suites"
)

const smallProfile = "id: x\ntitle: X\ndialect: d\n"

// TestLoadProblems: what is wrong with a profile is said with its place.
func TestLoadProblems(t *testing.T) {
	op := "operations:\n  probe:\n    title: T\n    feature: f\n    evidence: captured\n    source: S\n    steps:\n      - send: {GET: /Users}\n"
	cases := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"broken YAML", map[string]string{"x/profile.yaml": "id: ["}, "broken YAML"},
		{"unknown key", map[string]string{"x/profile.yaml": smallProfile + "trates: {}\n"}, `unknown key "trates"`},
		{"wrong directory", map[string]string{"y/profile.yaml": smallProfile}, "must be the same"},
		{"extends nobody", map[string]string{"x/profile.yaml": smallProfile + "extends: z\n"}, "no readable profile"},
		{"circle", map[string]string{"x/profile.yaml": smallProfile + "extends: x\n"}, "circle"},
		{"bad target", map[string]string{"x/profile.yaml": smallProfile + "users: [{target: 'a[b', source: c}]\n"}, "not closed"},
		{"two sources", map[string]string{"x/profile.yaml": smallProfile + "users: [{target: a, source: b, constant: 1}]\n"}, "exactly one of"},
		{"unknown evidence", map[string]string{"x/profile.yaml": smallProfile, "x/operations.yaml": strings.Replace(op, "captured", "guessed", 1)}, `"guessed"`},
		{"no source", map[string]string{"x/profile.yaml": smallProfile, "x/operations.yaml": strings.Replace(op, "    source: S\n", "", 1)}, `needs "source"`},
		{"unknown builder", map[string]string{"x/profile.yaml": smallProfile, "x/operations.yaml": strings.Replace(op, "{GET: /Users}", "{POST: /Users, build: mak-user}", 1)}, `"mak-user"`},
		{"unknown variable", map[string]string{"x/profile.yaml": smallProfile, "x/operations.yaml": strings.Replace(op, "/Users", "'/Users/{{ nobody.id }}'", 1)}, `unknown variable "nobody"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for k, v := range c.files {
				fsys[k] = &fstest.MapFile{Data: []byte(v)}
			}
			_, problems := Load(fsys)
			if !strings.Contains(problems.Error(), c.want) {
				t.Errorf("problems:\n%s\nwant one with %q", problems.Error(), c.want)
			}
		})
	}
}

// TestInheritance: a child has everything of its parent but what it says itself.
func TestInheritance(t *testing.T) {
	set := embedded(t)
	okta, aiw := set.Profile("okta"), set.Profile("OKTA-AIW")
	if aiw == nil || aiw.Extends != "okta" || len(aiw.Users) != len(okta.Users) || len(aiw.Headers) != len(okta.Headers) {
		t.Fatalf("okta-aiw does not have the mappings and headers of okta: %+v", aiw)
	}
	if got := aiw.Operation("deactivate-user"); got.Profile != "okta-aiw" {
		t.Errorf("deactivate-user of okta-aiw is that of %s", got.Profile)
	}
	if got := aiw.Operation("import-users"); got.Profile != "okta" {
		t.Errorf("import-users of okta-aiw is that of %s", got.Profile)
	}
	if okta.Operation("deactivate-user").Profile != "okta" {
		t.Error("the child changed its parent")
	}
	if aiw.Operation("no-such") != nil || set.Profile("no-such") != nil {
		t.Error("something that does not exist was found")
	}
	if diff := cmp.Diff([]string{"authentik", "authentik-2026.5", "connid", "cyberark", "entra", "entra-062020", "google", "jumpcloud", "keycloak", "okta", "okta-aiw", "okta-entitlements", "onelogin", "pingone", "pocket-id", "rauthy", "rippling", "sailpoint"}, set.IDs()); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
}

// TestOperations: the operations that the four profiles promise are there, each with its evidence, and cite and name what exists.
func TestOperations(t *testing.T) {
	lib, problems := suites.Catalogue()
	if len(problems) > 0 {
		t.Fatal(problems.Render())
	}
	whole := []string{"test-connection", "create-user", "update-user", "deactivate-user", "reactivate-user"}
	everything := []string{"test-connection", "match-user", "create-user", "update-user", "deactivate-user", "reactivate-user", "delete-user", "import-users", "push-group", "link-group", "rename-group",
		"add-members", "remove-members", "delete-group", "discover-schema"}
	own := map[string][]string{"okta": {"sync-password", "import-groups", "replace-members"}, "entra": {"probe", "provision-on-demand", "verify-manager"}}
	for _, p := range embedded(t).Profiles {
		var common []string
		brand := own[strings.SplitN(p.ID, "-", 2)[0]]
		if brand == nil {
			common, brand = whole, []string{}
		} else {
			common = everything
		}
		for _, id := range append(common, brand...) {
			if p.Operation(id) == nil {
				t.Errorf("%s has no operation %s", p.ID, id)
			}
		}
		keys := map[string]bool{}
		for _, s := range p.Sources {
			keys[s.Key] = true
		}
		for _, o := range p.Operations {
			checkOperation(t, lib, p, o, keys)
		}
		for _, f := range append(p.Readiness.Required, p.Readiness.Wanted...) {
			if lib.Feature(f) == nil {
				t.Errorf("%s: readiness names the unknown feature %s", p.ID, f)
			}
		}
	}
}

func checkOperation(t *testing.T, lib *suites.Library, p *Profile, o *Operation, sources map[string]bool) {
	t.Helper()
	if lib.Feature(o.Feature) == nil {
		t.Errorf("%s/%s: unknown feature %q", p.ID, o.ID, o.Feature)
	}
	for _, key := range strings.Split(o.Source, ", ") {
		if !sources[key] {
			t.Errorf("%s/%s: source %q is not in profile.yaml", p.ID, o.ID, key)
		}
	}
	for _, s := range o.Steps {
		if s.Use != "" && p.Operation(s.Use) == nil && !slices.Contains(p.never, s.Use) { // of a base: its `when` holds for other clients
			t.Errorf("%s/%s: step %s uses the unknown operation %s", p.ID, o.ID, s.ID, s.Use)
		}
		for _, r := range s.React {
			if r.Cause != "" && lib.Causes[r.Cause].Title == "" {
				t.Errorf("%s:%d: unknown cause %s", r.Pos.File, r.Pos.Line, r.Cause)
			}
			if r.Fail != nil && (len(r.Cites) == 0 || r.Expected == "") {
				t.Errorf("%s:%d: a failing reaction needs cites and expected", r.Pos.File, r.Pos.Line)
			}
			for _, c := range r.Cites {
				if lib.Requirement(c) == nil {
					t.Errorf("%s:%d: unknown requirement %s", r.Pos.File, r.Pos.Line, c)
				}
			}
		}
		for _, k := range s.Expect {
			if k.Cause != "" && lib.Causes[k.Cause].Title == "" {
				t.Errorf("%s:%d: unknown cause %s", k.Pos.File, k.Pos.Line, k.Cause)
			}
			for _, c := range k.Cites {
				if lib.Requirement(c) == nil {
					t.Errorf("%s:%d: unknown requirement %s", k.Pos.File, k.Pos.Line, c)
				}
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	vars := map[string]any{"traits": map[string]any{"adscimversion": "v"}}
	for _, c := range []struct {
		profile, method string
		body            bool
		want            []Header
	}{
		{"okta", "GET", false, []Header{{Name: "Accept", Value: "application/scim+json"}, {Name: "Accept-Charset", Value: "utf-8"}, {Name: "User-Agent", Value: "Okta SCIM Client 1.0.0"}, {Name: "Connection", Value: "Keep-Alive"}, {Name: "Accept-Encoding", Value: "gzip,deflate"}}},
		{"okta", "DELETE", false, []Header{{Name: "Accept", Value: "application/scim+json"}, {Name: "Accept-Charset", Value: "utf-8"}, {Name: "Content-Type", Value: "application/scim+json; charset=utf-8"}, {Name: "User-Agent", Value: "Okta SCIM Client 1.0.0"}, {Name: "Connection", Value: "Keep-Alive"}, {Name: "Accept-Encoding", Value: "gzip,deflate"}}},
		{"entra", "DELETE", false, []Header{{Name: "User-Agent", Omit: true}, {Name: "Accept", Value: "application/scim+json"}, {Name: "Adscimversion", Value: "v"}}},
		{"entra", "PATCH", true, []Header{{Name: "User-Agent", Omit: true}, {Name: "Accept", Value: "application/scim+json"}, {Name: "Content-Type", Value: "application/scim+json; charset=utf-8"}, {Name: "Adscimversion", Value: "v"}}},
	} {
		got, err := embedded(t).Profile(c.profile).HeadersFor(c.method, c.body, vars)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.profile, c.method, diff)
		}
	}
}

func TestNewID(t *testing.T) {
	hex := func(n int) string { return strings.Repeat("a", n) }
	for profile, want := range map[string][2]string{
		"okta":  {"00uaaaaaaaaaaaaaaaaa", "00gaaaaaaaaaaaaaaaaa"},
		"entra": {"aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa", "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa"},
	} {
		p := embedded(t).Profile(profile)
		if got := [2]string{p.NewID("person", hex), p.NewID("group", hex)}; got != want {
			t.Errorf("%s: ids %v, want %v", profile, got, want)
		}
	}
}

func TestPublicAndIntent(t *testing.T) {
	p := embedded(t).Profile("okta")
	pub := p.Public()
	if pub.Evidence != Assumed || !strings.Contains(strings.Join(pub.Assumed, " "), "sync-password") {
		t.Errorf("what is assumed is not shown: %+v", pub)
	}
	for _, o := range p.Listed() {
		if o.Hidden {
			t.Errorf("%s is listed although it is hidden", o.ID)
		}
	}
	if got := p.Operation("deactivate-user").Intent(map[string]any{"person": map[string]any{"login": "ana"}}); got != "Deactivate ana" {
		t.Errorf("intent %q", got)
	}
}

// TestDocs: the evidence table of docs/idps.md says what the profiles say.
func TestDocs(t *testing.T) {
	b, err := os.ReadFile("../../docs/idps.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range embedded(t).Profiles {
		_, section, ok := strings.Cut(string(b), "### `"+p.ID+"`\n")
		if !ok {
			t.Errorf("docs/idps.md has no table of %s", p.ID)
		}
		section, _, _ = strings.Cut(section, "\n##")
		for _, o := range p.Listed() {
			if row := "| `" + o.ID + "` | " + o.Evidence + " | " + o.Source + " |"; o.Profile == p.ID && !strings.Contains(section, row) {
				t.Errorf("docs/idps.md, %s: no row %s", p.ID, row)
			}
		}
	}
}

// TestInherited: what profiles have in common is read for each of them, with the needs of its own; evidence can be given without steps.
func TestInherited(t *testing.T) {
	files := fstest.MapFS{
		"base/profile.yaml": {Data: []byte("{id: base, title: Base, dialect: d, abstract: true}")},
		"base/operations.yaml": {Data: []byte(`operations:
  test-connection: {title: T, feature: test-connection, evidence: assumed, source: A, steps: [{send: {GET: /Users}, react: [{fail: no, expected: x, cites: [IDP-CONN-R1]}]}]}
  delete-user: {title: D, feature: delete-users, evidence: assumed, source: A, steps: [{send: {DELETE: /Users/1}, react: [{fail: no, expected: x, cites: [IDP-DELETE-R1]}]}]}
`)},
		"one/profile.yaml":    {Data: []byte("{id: one, title: One, dialect: d, extends: base, needs: ONE, never: [delete-user]}")},
		"one/operations.yaml": {Data: []byte("operations: {test-connection: {evidence: documented, source: B}}")},
		"two/profile.yaml":    {Data: []byte("{id: two, title: Two, dialect: d, extends: base, needs: TWO}")},
	}
	set, problems := Load(files)
	if len(problems) > 0 {
		t.Fatal(problems.Render())
	}
	if diff := cmp.Diff([]string{"one", "two"}, set.IDs()); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	one, two := set.Profile("one"), set.Profile("two")
	if o := one.Operation("test-connection"); o.Evidence != Documented || o.Source != "B" || o.Profile != "one" || o.Steps[0].React[0].Cites[0] != "ONE-CONN-R1" {
		t.Errorf("one tests the connection with %+v, citing %v", o, o.Steps[0].React[0].Cites)
	}
	if one.Operation("delete-user") != nil {
		t.Error("one never deletes, but can")
	}
	if o := two.Operation("delete-user"); o.Profile != "base" || o.Steps[0].React[0].Cites[0] != "TWO-DELETE-R1" {
		t.Errorf("two deletes as %s does, citing %v", o.Profile, o.Steps[0].React[0].Cites)
	}
	files["one/profile.yaml"].Data = []byte("{id: one, title: One, dialect: d, extends: base, needs: ONE, never: [dance]}")
	if _, problems := Load(files); len(problems) != 1 || !strings.Contains(problems[0].Msg, "dance") {
		t.Errorf("an operation that nobody has is left out without a word: %v", problems)
	}
}
