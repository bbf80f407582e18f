//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// strangers are accounts that exist before a run: somebody else's. They are as many as a small tenant has, and their
// names are in the way of sloppy filters.
var strangers = []string{"ana", "ana.sol", "Ana.Sol2", "bob", "zoë", "o'brien", "x\\\"y"}

// TestE2ERealServers runs everything against the real servers. What it finds must be what the server's baseline expects,
// with a sentence each on why it is true (exit 0: no new finding, no drift: every expected one is still found). And it
// must have done no harm: other people's accounts are byte for byte what they were, and nothing of its own is left.
func TestE2ERealServers(t *testing.T) {
	for _, name := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each server is a process of its own; most of the time is theirs
			wholeRun(t, name)
		})
	}
}

func wholeRun(t *testing.T, name string) {
	t.Helper()
	if doc := asExpected(t, name); doc.Run.Partial || doc.Run.Selection != "" {
		t.Error("this was no full run")
	}
}

// TestE2EStories: a part of a run is held to its part of the baseline.
func TestE2EStories(t *testing.T) {
	t.Parallel()
	if doc := asExpected(t, "better-auth", "--suite", "okta.*,entra.*"); doc.Run.Selection == "" {
		t.Error("a run of some suites calls itself whole")
	}
}

// asExpected runs against a real server and holds the run to what is expected of it.
func asExpected(t *testing.T, name string, args ...string) document {
	t.Helper()
	base := start(t, name)
	before := populate(t, base)
	o := scimmage(t, base, append(args, "--fail-on", "should", "--baseline", filepath.Join("..", "..", "testdata", "servers", name, "baseline.yaml"))...)
	if o.code != 0 {
		t.Errorf("exit code %d, want 0 (all findings expected and all expected found)\n%s\nfindings:\n%s", o.code, o.stderr, strings.Join(o.doc.findings(), "\n"))
	}
	if o.doc.Run.Requests < 500 {
		t.Errorf("%d requests: nothing was tested", o.doc.Run.Requests)
	}
	for _, l := range o.doc.Leftovers {
		t.Errorf("the report lists something left behind: %s %s (%s)", l.Endpoint, l.Marker, l.Why)
	}
	o.noSecret(t)
	for id, was := range before {
		if _, _, is := call(t, http.MethodGet, base+"/Users/"+id, ""); is != was {
			t.Errorf("an account of somebody else changed\nwas %s\nis  %s", was, is)
		}
	}
	for _, kind := range []string{"Users", "Groups"} {
		_, _, list := call(t, http.MethodGet, base+"/"+kind+"?count=100", "")
		if strings.Contains(list, "scimmage-") {
			t.Errorf("left behind in %s: %s", kind, list)
		}
	}
	return o.doc
}

// populate creates the strangers and returns each one's representation by id.
func populate(t *testing.T, base string) map[string]string {
	t.Helper()
	bodies := map[string]string{}
	for _, name := range strangers {
		status, _, body := call(t, http.MethodPost, base+"/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`@example.com","externalId":"hr-`+name+`",`+
			`"name":{"givenName":"`+name+`","familyName":"Other"},"emails":[{"value":"person`+string(rune('a'+len(bodies)))+`@example.com","type":"work","primary":true}],"active":true}`)
		if status != http.StatusCreated {
			t.Fatalf("create %s: %d %s", name, status, body)
		}
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(body), &made); err != nil || made.ID == "" {
			t.Fatalf("create %s: no id in %s (%v)", name, body, err)
		}
		_, _, read := call(t, http.MethodGet, base+"/Users/"+made.ID, "")
		bodies[made.ID] = read
	}
	return bodies
}

// TestE2EThrottledVerdicts: a legal 429 with Retry-After on every fifth request changes no verdict. One suite is enough:
// the answer to 429 sits below all of them, and each refusal costs a real second.
func TestE2EThrottledVerdicts(t *testing.T) {
	t.Parallel()
	const suite = "okta.groups"
	plain := scimmage(t, start(t, "better-auth"), "--suite", suite)
	slow, refused := throttled(t, start(t, "better-auth"), 5)
	limited := scimmage(t, slow, "--suite", suite)
	if refused.Load() < 3 {
		t.Fatalf("only %d requests were refused: nothing was tested", refused.Load())
	}
	want, got := plain.doc.verdicts(), limited.doc.verdicts()
	if len(want) == 0 {
		t.Fatal("the plain run has no check")
	}
	for id, w := range want {
		if got[id] != w {
			t.Errorf("%s: %q with rate limiting, %q without", id, got[id], w)
		}
	}
	if plain.code != limited.code {
		t.Errorf("exit code %d with rate limiting, %d without", limited.code, plain.code)
	}
}
