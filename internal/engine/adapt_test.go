package engine

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

func TestNamesOfTheTarget(t *testing.T) {
	tests := []struct {
		t                TargetConfig
		mail, userNameIs string
	}{
		{TargetConfig{}, "run-ana@example.com", "run-ana@example.com"},
		{TargetConfig{Domain: "corp.test"}, "run-ana@corp.test", "run-ana@corp.test"},
		{TargetConfig{UserName: "plain"}, "run-ana@example.com", "run-ana"},
		{TargetConfig{UserName: "{name}#{domain}", Domain: "d.test"}, "run-ana@d.test", "run-ana#d.test"},
		{TargetConfig{Longest: 100}, "run-ana@example.com", "run-ana@example.com"},
	}
	for _, tc := range tests {
		if m, u := tc.t.mail("run-ana"), tc.t.userName("run-ana"); m != tc.mail || u != tc.userNameIs {
			t.Errorf("%+v: %s and %s, want %s and %s", tc.t, m, u, tc.mail, tc.userNameIs)
		}
	}
	long := TargetConfig{Longest: 30}.mail(strings.Repeat("x", 40) + "-end")
	if len(long) > 30 || !strings.HasSuffix(long, "-end@example.com") {
		t.Errorf("cut to %q", long)
	}
}

func TestAdapt(t *testing.T) {
	obj := func(s string) *suites.Object {
		o, err := suites.ParseObject([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	cfg := TargetConfig{User: obj(`{"title":"Tester","name":{"familyName":"F"},"urn:acme:1.0:User":{"shift":"late"}}`), Group: obj(`{"externalId":"g"}`),
		LeaveOut: []string{"nickName", "emails.display", "urn:acme:1.0:User:floor"}}
	tests := []struct{ method, path, body, want string }{
		{"POST", "/Users", `{"schemas":["a"],"userName":"x","nickName":"n"}`, `{"schemas":["a","urn:acme:1.0:User"],"userName":"x","title":"Tester","name":{"familyName":"F"},"urn:acme:1.0:User":{"shift":"late"}}`},
		{"PUT", "/Users/1", `{"title":"Own","name":{"givenName":"G"},"urn:acme:1.0:User":{"floor":1}}`, `{"title":"Own","name":{"givenName":"G","familyName":"F"},"urn:acme:1.0:User":{"shift":"late"}}`},
		{"POST", "/Groups", `{"displayName":"x"}`, `{"displayName":"x","externalId":"g"}`},
		{"PATCH", "/Users/1", `{"nickName":"n"}`, `{"nickName":"n"}`},
		{"POST", "/Bulk", `{"nickName":"n"}`, `{"nickName":"n"}`},
		{"POST", "/Users", `no JSON`, `no JSON`},
		{"POST", "/Users", `{"title":"","name":1,"urn:acme:1.0:User":{"shift":"x"},"emails":[{"value":"v","display":"d"}]}`, `{"title":"","name":1,"urn:acme:1.0:User":{"shift":"x"},"emails":[{"value":"v"}]}`},
	}
	for _, tc := range tests {
		if got := string(cfg.adapt(tc.method, tc.path, []byte(tc.body))); got != tc.want {
			t.Errorf("%s %s\n got %s\nwant %s", tc.method, tc.path, got, tc.want)
		}
	}
}

const threeObjects = `
  - id: c
    title: Objects
    given: {ana: {user: minimal}, eva: {user: minimal}, team: {group: minimal, members: [ana]}}
    steps: [{id: r, read: ana, expect: [{status: 200, level: must}]}]
`

// TestFixturesAndCleanUp: names carry the prefix of the run; groups go first, then later objects first.
func TestFixturesAndCleanUp(t *testing.T) {
	r := newRig(t, reference(t), library(t, suite(threeObjects)))
	doc := r.run(t)
	var deletes []string
	for _, s := range r.rec.list {
		if s.Method == "POST" && !strings.Contains(s.Body, `"scimmage-test-`) {
			t.Errorf("an object without the prefix of the run: %s", s.Body)
		}
		if s.Method == "DELETE" {
			deletes = append(deletes, strings.TrimPrefix(s.URI, "/scim/v2"))
		}
	}
	if d := cmp.Diff([]string{"/Groups/id-3", "/Users/id-2", "/Users/id-1"}, deletes); d != "" || len(doc.Leftovers) > 0 {
		t.Errorf("clean-up %v, left %v\n%s", deletes, doc.Leftovers, d)
	}
}

// TestCannotDelete: what cannot be deleted is deactivated and listed with the reason.
func TestCannotDelete(t *testing.T) {
	ref := reference(t)
	h := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		ref.ServeHTTP(w, q)
	})
	doc := newRig(t, h, library(t, suite(threeObjects))).run(t)
	states := map[string]int{}
	for _, o := range doc.Leftovers {
		states[o.Endpoint+" "+o.State]++
		if !strings.Contains(o.Why, "501") || o.Case != "t/c" {
			t.Errorf("left without reason: %+v", o)
		}
	}
	if d := cmp.Diff(map[string]int{"Users deactivated": 2, "Groups created": 1}, states); d != "" {
		t.Error(d)
	}
}

// TestServerDies: a server that stops answering halfway ends the run with a diagnosis and few requests.
func TestServerDies(t *testing.T) {
	ref, n := reference(t), 0
	h := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if n++; n > 9 {
			panic(http.ErrAbortHandler)
		}
		ref.ServeHTTP(w, q)
	})
	var cases string
	for _, id := range strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		cases += statusCase(id, "200", "")
	}
	r := newRig(t, h, library(t, suite(cases)), func(_ *Options, c *exchange.Config) { c.MaxRetries429 = -1 })
	d, err := r.e.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	doc := r.fold.Document()
	if d == nil || d.Kind != "lost" || d.Hint == "" || !doc.Run.Partial || doc.Run.PartialWhy == "" || len(findings(doc)) == 26 {
		t.Fatalf("diagnosis %+v, partial %v %q", d, doc.Run.Partial, doc.Run.PartialWhy)
	}
	if c := caseOf(t, doc, "t/z"); c.Outcome != result.Skip || c.SkipKind != result.SkipAborted {
		t.Errorf("the last case: %s %s", c.Outcome, c.SkipKind)
	}
	if c := caseOf(t, doc, "t/a"); c.Outcome != result.Pass {
		t.Errorf("the first case was answered: %s", c.Outcome)
	}
	if slices.ContainsFunc(doc.Suites[0].Cases, func(c result.Case) bool { return c.Outcome == result.Fail }) {
		t.Error("silence is called a failure of the target")
	}
}
