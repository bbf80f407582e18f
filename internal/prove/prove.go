// Package prove owns the bench on which checks are proven: it runs the whole of the suites against
// the reference provider, in process, with any defects and variants. It must not know reports or
// the command line; what it finds is a result.Document like that of any run.
package prove

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// Bench holds what all runs share: the loaded suites and profiles.
type Bench struct {
	Library  *suites.Library
	Profiles *profile.Set
	byID     map[string]*suites.Case
	written  map[string]string // check of a story that plays an operation → the operation's own
}

// New loads the embedded suites and profiles.
func New() (*Bench, error) {
	profiles, err := profile.Embedded()
	if err != nil {
		return nil, err
	}
	lib, ps := suites.LoadEmbedded()
	if ps = append(ps, lib.CheckNames(engine.Names(profiles))...); len(ps) > 0 {
		return nil, ps
	}
	b := &Bench{lib, profiles, map[string]*suites.Case{}, engine.Written(engine.Checks(lib, profiles))}
	for _, s := range lib.Suites {
		for _, c := range s.Cases {
			b.byID[c.FullID()] = c
		}
	}
	return b, nil
}

// Selection narrows a run.
type Selection struct {
	Suites, Only []string
	Jobs         int
	Options      func(*provider.Options) // last word on the provider
}

var epoch = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// clock moves by itself: a proving run must not wait for real time, and timestamps must differ.
type clock struct{ ticks atomic.Int64 }

func (c *clock) Now() time.Time {
	return epoch.Add(time.Duration(c.ticks.Add(1)) * time.Millisecond)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.ticks.Add(int64(d / time.Millisecond))
	return ctx.Err()
}

// home is on this machine: the provider is called in process.
const home = "http://provider.test/scim/v2"

// Run tests the reference provider with these defects and variants.
func (b *Bench) Run(ctx context.Context, defects, variants []string, sel Selection) (*result.Document, error) {
	return b.run(ctx, defects, variants, sel, result.SinkFunc(func(result.Event) {}), func(h http.Handler) http.Handler { return h })
}

// run is Run with somebody who watches and something before the provider.
func (b *Bench) run(ctx context.Context, defects, variants []string, sel Selection, watch result.Sink, wrap func(http.Handler) http.Handler) (*result.Document, error) {
	ck := &clock{}
	base, elsewhere := home, false
	if at := provider.Address(defects); at != "" {
		base, elsewhere = at, true
	}
	po := provider.Options{Token: "token-a", Tokens: map[string]string{"token-b": "other"}, BaseURL: base, Clock: ck.Now, Defects: defects, Variants: variants}
	if sel.Options != nil {
		sel.Options(&po)
	}
	p, err := provider.New(po)
	if err != nil {
		return nil, err
	}
	client, err := exchange.New(exchange.Config{BaseURL: base, Auth: exchange.Auth{Kind: "bearer", Token: "token-a"}, Handler: wrap(p), Clock: ck, NoCurl: true,
		Rules: exchange.GuardRules{TrustEcho: true}, Timeout: 30 * time.Second})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	fold := result.NewFold()
	e := engine.New(engine.Options{
		Library: b.Library, Profiles: b.Profiles, Client: client, Clock: ck, Sink: result.Tee(watch, fold),
		Target: engine.TargetConfig{AuthB: &exchange.Auth{Kind: "bearer", Token: "token-b"}},
		Tool:   result.Tool{Name: "scimmage"},
		Run:    result.Run{ID: "scimmage-prove", Prefix: "scimmage-prove", Seed: 1, Jobs: max(sel.Jobs, 1), Demo: true, Defects: defects},
		Info:   result.Target{URL: base, Auth: "bearer"},
		Suites: sel.Suites, Only: sel.Only, Remote: elsewhere,
	})
	if _, err := e.Run(ctx); err != nil {
		return nil, err
	}
	return fold.Document(), nil
}

// Findings lists the checks that did not pass, sorted, with the item of expanded cases taken away:
// an attribute more or less is not another check.
func Findings(doc *result.Document) []string {
	var out []string
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Finding() {
					out = append(out, StripItem(k.ID))
				}
			}
			if c.Outcome == result.Error && len(c.Checks) == 0 {
				out = append(out, c.ID+" (error: "+c.Reason+")")
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// Where lists the cases in which the findings show: their own, and for what every answer is held
// StripItem turns a[b]/c into a/c.
func StripItem(id string) string {
	i, j := slices.Index([]byte(id), '['), -1
	for k := len(id) - 1; k >= 0; k-- {
		if id[k] == ']' {
			j = k
			break
		}
	}
	if i < 0 || j < i {
		return id
	}
	return id[:i] + id[j+1:]
}

// Describe renders the findings of a document for a person at a failing test.
func Describe(doc *result.Document) string {
	var out string
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Finding() {
					out += fmt.Sprintf("%-5s %s [%s]\n      %s\n      expected %s\n      actual   %s\n", k.Outcome, k.ID, k.Cause, k.Summary, k.Expected, k.Actual)
				}
			}
			if c.Outcome == result.Error {
				out += fmt.Sprintf("ERROR %s: %s\n", c.ID, c.Reason)
			}
		}
	}
	return out
}
