package grade

import (
	"context"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// ticking moves by itself: the stories must not wait for real time.
type ticking struct{ ms atomic.Int64 }

func (c *ticking) Now() time.Time {
	return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(c.ms.Add(1)) * time.Millisecond)
}

func (c *ticking) Sleep(ctx context.Context, d time.Duration) error {
	c.ms.Add(d.Milliseconds())
	return ctx.Err()
}

// expectation is what a dialect does wrong, each with its source.
type expectation struct {
	Breaks map[string]string `yaml:"breaks"` // rule → evidence
	Pages  map[string]string `yaml:"pages"`  // the same, against a provider of small pages
}

// TestDialectsBreakWhatTheRealOnesBreak plays every story of each identity provider against the graded provider. A dialect
// breaks exactly the rules that its real client is known to break: one more is a fault of our dialect or of the rule, one
// less is a dialect that is better behaved than the client it stands for.
func TestDialectsBreakWhatTheRealOnesBreak(t *testing.T) {
	data, err := os.ReadFile("testdata/dialects.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]expectation
	if err := yaml.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	profiles, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	lib, ps := library()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for id, expect := range want {
		t.Run(id, func(t *testing.T) {
			compare(t, id, outcomes(playStories(t, lib, profiles, id, provider.Options{})), expect.Breaks)
		})
		if len(expect.Pages) == 0 {
			continue
		}
		t.Run(id+" small pages", func(t *testing.T) {
			got := outcomes(playStories(t, lib, profiles, id, provider.Options{Variants: []string{"page-cap-ten"}, Seed: 130}, "*.imports"))
			maps.DeleteFunc(got, func(rule string, _ result.Check) bool {
				return expect.Breaks[rule] != "" || rule == "client.discovery/resource-types"
			}) // imports alone discover nothing
			compare(t, id, got, expect.Pages)
		})
	}
}

func compare(t *testing.T, id string, got map[string]result.Check, want map[string]string) {
	t.Helper()
	for rule, k := range got {
		if k.Finding() && want[rule] == "" {
			t.Errorf("%s breaks %s, which is not known of the real client: %s; %s", id, rule, k.Summary, k.Actual)
		}
	}
	for rule, source := range want {
		if !got[rule].Finding() {
			t.Errorf("%s keeps %s, which the real client breaks (%s)", id, rule, source)
		}
	}
}

// playStories runs the suites of one identity provider; only what its client sends is graded, not what the engine sends to
// prepare and to read back.
func playStories(t *testing.T, lib *suites.Library, profiles *profile.Set, id string, o provider.Options, only ...string) *result.Document {
	t.Helper()
	clock := &ticking{}
	o.BaseURL, o.Clock, o.Token = base, clock.Now, "token-of-the-client"
	p, err := provider.New(o)
	if err != nil {
		t.Fatal(err)
	}
	g := New(Options{Library: lib, Schemas: p.Schemas(), BaseURL: base, Clock: clock.Now, Secrets: []string{"token-of-the-client"}, Tool: result.Tool{Name: "scimmage"}})
	graded := g.Wrap(p)
	front := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("User-Agent"), "scimmage") {
			p.ServeHTTP(w, r)
			return
		}
		graded.ServeHTTP(w, r)
	})
	client, err := exchange.New(exchange.Config{BaseURL: base, Auth: exchange.Auth{Kind: "bearer", Token: "token-of-the-client"}, Handler: front, Clock: clock, NoCurl: true,
		Rules: exchange.GuardRules{TrustEcho: true}, Timeout: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var names []string
	for _, s := range lib.Suites {
		if s.IDP == id && s.Off == "" && (len(only) == 0 || strings.HasSuffix(s.ID, strings.TrimPrefix(only[0], "*"))) {
			names = append(names, s.ID)
		}
	}
	if len(names) == 0 {
		t.Fatalf("no suites are played as %s", id)
	}
	fold := result.NewFold()
	e := engine.New(engine.Options{Library: lib, Profiles: profiles, Client: client, Clock: clock, Sink: fold, Tool: result.Tool{Name: "scimmage"},
		Run: result.Run{ID: "grade", Prefix: "grade", Seed: 1, Jobs: 1}, Info: result.Target{URL: base, Auth: "bearer"}, Suites: names})
	if _, err := e.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := fold.Document().Counts.Must; len(only) == 0 && n > 0 || g.Requests() < 2 {
		t.Fatalf("the stories did not run: %d failures, %d requests", n, g.Requests())
	}
	return g.Document()
}
