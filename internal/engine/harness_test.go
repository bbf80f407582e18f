package engine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

const testBase = "http://provider.test/scim/v2"

// tickClock moves by itself, so that no test waits for real time.
type tickClock struct{ ticks atomic.Int64 }

func (c *tickClock) Now() time.Time {
	return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(c.ticks.Add(1)) * time.Millisecond)
}

func (c *tickClock) Sleep(ctx context.Context, d time.Duration) error {
	c.ticks.Add(int64(d / time.Millisecond))
	return ctx.Err()
}

// profiles are the embedded ones: they are read only.
var profiles = sync.OnceValues(profile.Embedded)

func testProfiles(t testing.TB) *profile.Set {
	t.Helper()
	set, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// library is the catalogue with these suites of a user.
func library(t testing.TB, files ...string) *suites.Library {
	t.Helper()
	lib, ps := suites.Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for i, f := range files {
		if _, ps := lib.Add(fmt.Sprintf("suite%d.yaml", i), []byte(f)); len(ps) > 0 {
			t.Fatal(ps.Render())
		}
	}
	return lib
}

// suite is a user's suite around these cases.
func suite(cases string) string {
	return "suite: t\ntitle: A suite of the test\nkind: user\ncases:\n" + cases
}

// sent is one request as a handler saw it.
type sent struct {
	Method, URI, Body string
	Header            http.Header
}

func (s sent) line() string { return s.Method + " " + s.URI }

// recorder notes what arrives and passes it on.
type recorder struct {
	next http.Handler
	mu   sync.Mutex
	list []sent
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	b, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	r.list = append(r.list, sent{q.Method, q.URL.RequestURI(), string(b), q.Header.Clone()})
	r.mu.Unlock()
	q.Body = io.NopCloser(strings.NewReader(string(b)))
	r.next.ServeHTTP(w, q)
}

func (r *recorder) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, s := range r.list {
		out = append(out, s.line())
	}
	return out
}

// rig is an engine before a handler of this process.
type rig struct {
	e      *Engine
	fold   *result.Fold
	rec    *recorder
	events []result.Event
}

type rigOption func(*Options, *exchange.Config)

func newRig(t testing.TB, h http.Handler, lib *suites.Library, opts ...rigOption) *rig {
	t.Helper()
	ck := &tickClock{}
	r := &rig{fold: result.NewFold(), rec: &recorder{next: h}}
	cfg := exchange.Config{BaseURL: testBase, Auth: exchange.Auth{Kind: "bearer", Token: "token-a"}, Handler: r.rec, Clock: ck, NoCurl: true,
		Rules: exchange.GuardRules{TrustEcho: true}, Timeout: 30 * time.Second}
	o := Options{Library: lib, Profiles: testProfiles(t), Clock: ck, Tool: result.Tool{Name: "scimmage"},
		Run:  result.Run{ID: "scimmage-test", Prefix: "scimmage-test", Seed: 7, Jobs: 1},
		Info: result.Target{URL: testBase, Auth: "bearer"}}
	o.Sink = result.Tee(r.fold, result.SinkFunc(func(e result.Event) { r.events = append(r.events, e) }))
	for _, f := range opts {
		f(&o, &cfg)
	}
	client, err := exchange.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	o.Client = client
	r.e = New(o)
	return r
}

// run plays everything and gives the document.
func (r *rig) run(t testing.TB) *result.Document {
	t.Helper()
	if _, err := r.e.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r.fold.Document()
}

// reference is the embedded provider with ids that count, so that two runs are alike.
func reference(t testing.TB, defects ...string) http.Handler {
	t.Helper()
	var n atomic.Int64
	ck := &tickClock{}
	p, err := provider.New(provider.Options{Token: "token-a", Tokens: map[string]string{"token-b": "other"}, BaseURL: testBase, Clock: ck.Now, Defects: defects,
		NewID: func() string { return fmt.Sprintf("id-%d", n.Add(1)) }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func caseOf(t testing.TB, doc *result.Document, id string) result.Case {
	t.Helper()
	var have []string
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if c.ID == id {
				return c
			}
			have = append(have, c.ID)
		}
	}
	t.Fatalf("no case %q in the document; it has %s", id, strings.Join(have, ", "))
	return result.Case{}
}

func checkOf(t testing.TB, doc *result.Document, id string) result.Check {
	t.Helper()
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if i := slices.IndexFunc(c.Checks, func(k result.Check) bool { return k.ID == id }); i >= 0 {
				return c.Checks[i]
			}
		}
	}
	t.Fatalf("no check %q in the document", id)
	return result.Check{}
}

// findings lists the checks that did not pass.
func findings(doc *result.Document) []string {
	var out []string
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Finding() {
					out = append(out, k.ID)
				}
			}
		}
	}
	return out
}

// answer makes a response as a matcher sees it.
func answer(status int, body string, headers ...string) *response {
	res := &result.Response{Status: status, RawBody: []byte(body)}
	for i := 0; i+1 < len(headers); i += 2 {
		res.Headers = append(res.Headers, result.Header{Name: headers[i], Value: headers[i+1]})
	}
	return newResponse(&result.Exchange{ID: "t/c#1", Response: res})
}

// silence is an exchange that ended without an answer.
func silence(kind string) *response {
	return newResponse(&result.Exchange{ID: "t/c#1", Error: &result.Fault{Kind: kind, Message: "no answer: " + kind}})
}
