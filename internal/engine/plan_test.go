package engine

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// statusCase is a case with one GET that wants this status.
func statusCase(id, status, more string) string {
	return fmt.Sprintf("  - {id: %s, title: Case %s, steps: [{id: get, send: {GET: /Users}, expect: [{status: %s, level: must}]}]%s}\n", id, id, status, more)
}

func TestSelectionErrors(t *testing.T) {
	lib := library(t, suite(statusCase("first", "200", "")+statusCase("second", "200", "")))
	tests := []struct {
		name string
		set  func(*Options)
		want SelectionError
	}{
		{"suite", func(o *Options) { o.Suites = []string{"tt"} }, SelectionError{"suite", "tt", []string{"t"}}},
		{"identity provider", func(o *Options) { o.IDPs = []string{"oktta"} }, SelectionError{"identity provider", "oktta", nil}},
		{"only", func(o *Options) { o.Only = []string{"t/frist"} }, SelectionError{"case", "t/frist", nil}},
		{"skip", func(o *Options) { o.Skip = []string{"t/secnd"} }, SelectionError{"case", "t/secnd", nil}},
		{"nothing left", func(o *Options) { o.Skip = []string{"t/*"} }, SelectionError{"case", "this selection", nil}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) { tc.set(o) })
			var got *SelectionError
			if err := r.e.Check(); !errors.As(err, &got) || got.What != tc.want.What || got.Name != tc.want.Name {
				t.Fatalf("%v, want %+v", err, tc.want)
			}
			if len(tc.want.Nearest) > 0 && !slices.Contains(got.Nearest, tc.want.Nearest[0]) {
				t.Errorf("nearest %v, want %v", got.Nearest, tc.want.Nearest)
			}
			if tc.name != "nothing left" && !strings.Contains(got.Error(), "nearest: ") {
				t.Errorf("the error helps nobody: %v", got)
			}
			if len(r.rec.lines()) > 0 {
				t.Error("something was sent")
			}
		})
	}
}

func TestSelection(t *testing.T) {
	lib := library(t, suite(statusCase("first", "200", "")+statusCase("second", "200", "")+statusCase("each", "200", ", each: [a, b]")))
	tests := []struct {
		only, skip []string
		want       []string
	}{
		{nil, nil, []string{"t/first", "t/second", "t/each[a]", "t/each[b]"}},
		{[]string{"t/f*"}, nil, []string{"t/first"}},
		{[]string{"t/second/get.status"}, nil, []string{"t/second"}}, // an id copied from a report
		{[]string{"t/each[b]"}, nil, []string{"t/each[a]", "t/each[b]"}},
		{nil, []string{"t/each"}, []string{"t/first", "t/second"}},
		{[]string{"t/*"}, []string{"t/second"}, []string{"t/first", "t/each[a]", "t/each[b]"}},
	}
	for _, tc := range tests {
		r := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) { o.Only, o.Skip = tc.only, tc.skip })
		if d := cmp.Diff(tc.want, casesOf(r.run(t))); d != "" {
			t.Errorf("only %v, skip %v:\n%s", tc.only, tc.skip, d)
		}
	}
}

// casesOf lists the ids of the cases that are not automatic.
func casesOf(doc *result.Document) []string {
	var out []string
	for _, s := range doc.Suites {
		if s.ID == AutomaticID {
			continue
		}
		for _, c := range s.Cases {
			out = append(out, c.ID)
		}
	}
	return out
}

// TestSharding: the shards together are the whole, and none is in two of them.
func TestSharding(t *testing.T) {
	var cases string
	for i := range 11 {
		cases += statusCase(fmt.Sprintf("c%02d", i), "200", "")
	}
	lib := library(t, suite(cases))
	for _, m := range []int{1, 2, 3, 11, 20} {
		var all []string
		for n := 1; n <= m; n++ {
			r := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) { o.Shard = [2]int{n, m} })
			all = append(all, casesOf(r.run(t))...)
		}
		slices.Sort(all)
		if len(all) != 11 || len(slices.Compact(slices.Clone(all))) != 11 {
			t.Errorf("%d shards: %v", m, all)
		}
	}
}

func TestApplicability(t *testing.T) {
	spc := func(body string) http.Handler {
		ref := reference(t)
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if strings.HasSuffix(q.URL.Path, "/ServiceProviderConfig") {
				w.Header().Set("Content-Type", scimJSON)
				_, _ = w.Write([]byte(body))
				return
			}
			ref.ServeHTTP(w, q)
		})
	}
	post := "  - {id: c, title: T, steps: [{id: s, send: {POST: /Users, body: {}}, expect: [{status: 4xx, level: must}]}]}\n"
	given := "  - {id: c, title: T, given: {ana: {user: minimal}}, steps: [{id: s, read: ana, expect: [{status: 200, level: must}]}]}\n"
	tests := []struct {
		name, cases string
		h           http.Handler
		set         func(*Options)
		kind        result.SkipKind // "" = it ran
		reason      string
	}{
		{"offered", statusCase("c", "200", ", needs: [bulk]"), reference(t), nil, "", ""},
		{"denied", statusCase("c", "200", ", needs: [bulk]"), spc(`{"bulk":{"supported":false}}`), nil, result.SkipNotApplicable, "bulk.supported = false"},
		{"not announced", statusCase("c", "200", ", needs: [bulk]"), spc(`{}`), nil, result.SkipNotApplicable, "does not announce bulk"},
		{"switched on", statusCase("c", "200", ", needs: [bulk]"), spc(`{}`), func(o *Options) { o.Features = map[string]bool{"bulk": true} }, "", ""},
		{"switched off", statusCase("c", "200", ", needs: [bulk]"), reference(t), func(o *Options) { o.Features = map[string]bool{"bulk": false} }, result.SkipNotApplicable, "--feature bulk=off"},
		{"second credential", statusCase("c", "200", ", needs: [token-b]"), reference(t), nil, result.SkipNeedsSetup, "--token-b"},
		{"second credential given", statusCase("c", "200", ", needs: [token-b]"), reference(t), func(o *Options) { o.Target.AuthB = &exchange.Auth{Kind: "bearer", Token: "token-b"} }, "", ""},
		{"local only", statusCase("c", "200", ", needs: [loopback]"), reference(t), func(o *Options) { o.Remote = true }, result.SkipNeedsSetup, "on this machine"},
		{"reads in a read-only run", statusCase("c", "200", ""), reference(t), readOnly, "", ""},
		{"writes in a read-only run", post, reference(t), readOnly, result.SkipReadOnly, "read-only"},
		{"fixtures in a read-only run", given, reference(t), readOnly, result.SkipReadOnly, "read-only"},
		{"condition", statusCase("c", "200", `, when: 'target.domain == "nowhere"', when-text: only nowhere`), reference(t), nil, result.SkipNotApplicable, "only nowhere"},
		{"condition holds", statusCase("c", "200", `, when: 'target.domain == "example.com"', when-text: only here`), reference(t), nil, "", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.h, library(t, suite(tc.cases)), func(o *Options, c *exchange.Config) {
				if tc.set != nil {
					tc.set(o)
				}
				c.ReadOnly = o.Run.ReadOnly
			})
			c := caseOf(t, r.run(t), "t/c")
			if tc.kind == "" && c.Outcome != result.Pass || tc.kind != "" && (c.Outcome != result.Skip || c.SkipKind != tc.kind || !strings.Contains(c.Reason, tc.reason)) {
				t.Errorf("%s %s %q, want %q %q", c.Outcome, c.SkipKind, c.Reason, tc.kind, tc.reason)
			}
		})
	}
}

func readOnly(o *Options) { o.Run.ReadOnly = true }

// TestReadOnlySendsNoWrite: not one request of all built-in suites changes anything.
func TestReadOnlySendsNoWrite(t *testing.T) {
	r := newRig(t, reference(t), embeddedLibrary(t), func(o *Options, c *exchange.Config) { o.Run.ReadOnly, c.ReadOnly = true, true })
	doc := r.run(t)
	for _, l := range r.rec.lines() {
		if !strings.HasPrefix(l, "GET ") && !strings.HasPrefix(l, "HEAD ") && !strings.HasPrefix(l, "OPTIONS ") && !strings.Contains(l, "/.search") {
			t.Errorf("a read-only run sent %s", l)
		}
	}
	if f := findings(doc); len(f) > 0 || len(r.rec.lines()) < 50 {
		t.Errorf("%d requests, findings %v", len(r.rec.lines()), f)
	}
}

func TestAfterBlocks(t *testing.T) {
	tests := []struct{ base, outcome, reason string }{
		{statusCase("base", "200", ""), "pass", ""},
		{statusCase("base", "201", ""), "skip", "blocked by t/base"},
		{statusCase("base", "200", `, when: 'target.domain == "nowhere"', when-text: only nowhere`), "skip", "only nowhere"},
		{statusCase("base", "200", ", each: [a, b]"), "pass", ""},
		{statusCase("base", `"{{ item }}"`, ", each: [200, 201]"), "skip", "blocked by t/base[201]"},
	}
	for _, tc := range tests {
		// the case stands before the one that it needs: order in the file is not order of the run
		lib := library(t, suite(statusCase("then", "200", ", after: [base]")+statusCase("last", "200", ", after: [then]")+tc.base))
		for _, jobs := range []int{1, 8} {
			r := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) { o.Run.Jobs = jobs })
			doc := r.run(t)
			c := caseOf(t, doc, "t/then")
			if string(c.Outcome) != tc.outcome || !strings.Contains(c.Reason, tc.reason) {
				t.Errorf("%s with %d jobs: %s %q, want %s %q", tc.base, jobs, c.Outcome, c.Reason, tc.outcome, tc.reason)
			}
			if last := caseOf(t, doc, "t/last"); tc.outcome == "skip" && last.Outcome != result.Skip {
				t.Errorf("what needs a blocked case ran: %s", last.Outcome)
			}
		}
	}
}

// TestCircleOfNeeds: cases that need each other end, too.
func TestCircleOfNeeds(t *testing.T) {
	a, b := &instance{id: "a"}, &instance{id: "b"}
	a.after, b.after = []*instance{b}, []*instance{a}
	if got := inOrder([]*instance{a, b}); len(got) != 2 || got[0] != b || got[1] != a || len(b.after) != 0 {
		t.Errorf("%v", got)
	}
}

// TestGate: one fault gives one finding; what builds on it is blocked with the reason.
func TestGate(t *testing.T) {
	lib := library(t, suite(`
  - id: c
    title: Gate
    steps:
      - id: one
        send: {GET: /Users}
        expect:
          - {id: first, status: 201, level: must, gate: true}
          - {id: second, status: 202, level: must}
      - {id: two, send: {GET: /Groups}, expect: [{status: 203, level: must}]}
      - {id: always, always: true, send: {GET: /Schemas}, expect: [{status: 204, level: must}]}
`))
	r := newRig(t, reference(t), lib)
	doc := r.run(t)
	if d := cmp.Diff([]string{"t/c/one.first", "t/c/always.status"}, findings(doc)); d != "" {
		t.Errorf("findings:\n%s", d)
	}
	for _, id := range []string{"t/c/one.second", "t/c/two.status"} {
		if k := checkOf(t, doc, id); k.Outcome != result.Skip || k.SkipKind != result.SkipBlocked || k.BlockedBy != "t/c/one.first" {
			t.Errorf("%s: %s %s by %q", id, k.Outcome, k.SkipKind, k.BlockedBy)
		}
	}
	if n := strings.Count(strings.Join(r.rec.lines(), "\n"), "GET /scim/v2/Groups"); n != 1 { // that of the discovery
		t.Errorf("%d requests to /Groups, the blocked step was sent", n)
	}
}

func TestEach(t *testing.T) {
	lib := library(t, suite(`
  - {id: named, title: "Item {{ item }}", each: [{id: x, want: 200}, {id: y, want: 404}], steps: [{id: g, send: {GET: /Users}, expect: [{that: status == item.want, level: must}]}]}
  - {id: from, title: "Type {{ item }}", each: {from: schemas.types}, steps: [{id: g, send: {GET: /Users}, expect: [{that: 'status == 200 && item.name != ""', level: must}]}]}
  - {id: none, title: None, each: {from: 'filter(schemas.types, #.name == "Nobody")'}, steps: [{id: g, send: {GET: /Users}, expect: [{status: 200, level: must}]}]}
`))
	doc := newRig(t, reference(t), lib).run(t)
	want := map[string]result.Outcome{"t/named[x]": result.Pass, "t/named[y]": result.Fail, "t/from[User]": result.Pass, "t/from[Group]": result.Pass, "t/none": result.Skip}
	for id, o := range want {
		c := caseOf(t, doc, id)
		if c.Outcome != o {
			t.Errorf("%s: %s, want %s", id, c.Outcome, o)
		}
		if i := strings.IndexByte(id, '['); i > 0 && !strings.HasSuffix(c.Title, " "+id[i+1:len(id)-1]) {
			t.Errorf("%s is titled %q", id, c.Title)
		}
	}
	if c := caseOf(t, doc, "t/none"); c.SkipKind != result.SkipNotApplicable || c.Reason == "" {
		t.Errorf("nothing to test: %s %q", c.SkipKind, c.Reason)
	}
}

// TestUnasked: a profile that says off is played when somebody asks for it, in whatever way.
func TestUnasked(t *testing.T) {
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	tests := []struct {
		name              string
		idps, only, suite []string
		okta, authentik   bool
	}{
		{"unasked", nil, nil, nil, true, false},
		{"by name", []string{"authentik"}, nil, nil, false, true},
		{"all", []string{"all"}, nil, nil, true, true},
		{"by suite", nil, nil, []string{"authentik.*"}, false, true},
		{"by case", nil, []string{"authentik.users/joiner"}, nil, true, true},
		{"all of a suite", []string{"all"}, nil, []string{"okta.*"}, true, false},
	}
	for _, tc := range tests {
		e := New(Options{Library: lib, Profiles: testProfiles(t), IDPs: tc.idps, Only: tc.only, Suites: tc.suite})
		if err := e.Check(); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		for id, want := range map[string]bool{"okta.users": tc.okta, "authentik.users": tc.authentik} {
			if got := e.selected(lib.Suite(id)); got != want {
				t.Errorf("%s: %s selected %v, want %v", tc.name, id, got, want)
			}
		}
	}
}
