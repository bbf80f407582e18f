//go:build hostile

package hostile

import (
	"context"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/prove"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

var (
	whole       = flag.Bool("whole", false, "play every server, every liar and many points of death, not one of each kind")
	everyDefect = flag.Bool("every-defect", false, "TestForeignAccountsStayUntouched plays every defect with every suite")
	sampleSeed  = flag.Uint64("sample-seed", 0, "which defects the random sample takes; 0 = others each time with -whole")
)

// lying matches the defects that could most easily lead to somebody else's account: they are played every time.
// -every-defect plays all that there are.
var lying = regexp.MustCompile(`^(filter-ignored|filter-ne-finds-all|filter-id|search-filter-ignored|id-|duplicate-overwrites|cross-tenant-(write|list|members)|delete-unknown)|reused|overwrit`)

var locations = regexp.MustCompile(`"location":"[^"]*"`)

// writing are the suites and stories that change something, or that look before they do.
var writing = []string{"okta.*", "okta-aiw.*", "entra.*", "entra-062020.*", "rfc.create", "rfc.put", "rfc.delete", "rfc.bulk", "rfc.groups", "rfc.concurrency", "rfc.me", "rfc.security", "rfc.robustness"}

// Without -whole the worst liars meet some of the stories.
var (
	worst       = regexp.MustCompile(`^(filter-ignored|duplicate-overwrites|cross-tenant-write|id-(reused|is-username|changes-on-put|in-urn))$`)
	someWriting = []string{"okta.users", "rfc.groups", "rfc.bulk"}
)

func oneOf[T any](all, short T) T {
	if *whole {
		return all
	}
	return short
}

const inProcess = "http://provider.test/scim/v2"

// ticking is a clock that moves by itself: nothing here waits.
type ticking struct{ ticks atomic.Int64 }

func (c *ticking) Now() time.Time {
	return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(c.ticks.Add(1)) * time.Millisecond)
}

func (c *ticking) Sleep(ctx context.Context, d time.Duration) error {
	c.ticks.Add(int64(d / time.Millisecond))
	return ctx.Err()
}

// playable are the defects by which the provider does not itself change what it was not asked about.
func playable() []provider.Defect {
	return slices.DeleteFunc(provider.Defects(), provider.Defect.ChangesOthers)
}

// TestForeignAccountsStayUntouched plays suites and the stories of the identity providers against a provider that is full of
// other people's accounts and lies about them: afterwards every one of them is byte for byte what it was.
func TestForeignAccountsStayUntouched(t *testing.T) {
	house := house(t)
	which, sel := oneOf(lying, worst), oneOf(writing, someWriting)
	if *everyDefect {
		sel = nil
	}
	for _, d := range playable() {
		if *everyDefect || which.MatchString(d.Name) {
			t.Run(d.Name, func(t *testing.T) {
				t.Parallel()
				play(t, house, []string{d.Name}, nil, sel)
			})
		}
	}
}

// TestForeignAccountsSurviveLiars: lies that are aimed at one person.
func TestForeignAccountsSurviveLiars(t *testing.T) {
	house := house(t)
	for _, l := range ofLiars() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			play(t, house, nil, l.lie, oneOf(writing, someWriting))
		})
	}
}

// TestForeignAccountsInARandomSample plays some of all defects, two at a time, others each time it runs with
// -whole.
func TestForeignAccountsInARandomSample(t *testing.T) {
	house := house(t)
	seed := *sampleSeed
	if seed == 0 && *whole {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-sample-seed %d repeats this", seed)
	rng := rand.New(rand.NewPCG(seed, seed))
	all := playable()
	for range oneOf(6, 2) {
		pair := []string{all[rng.IntN(len(all))].Name, all[rng.IntN(len(all))].Name}
		t.Run(strings.Join(pair, "+"), func(t *testing.T) {
			t.Parallel()
			play(t, house, pair, nil, oneOf(writing, someWriting))
		})
	}
}

func house(t *testing.T) *prove.Bench {
	t.Helper()
	b, err := prove.New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// play runs suites against one provider in process, with the guard as it is for any target of somebody else's.
func play(t *testing.T, house *prove.Bench, defects []string, lie func(victim) behaviour, sel []string) {
	t.Helper()
	const prefix = "scimmage-7e57"
	ck := &ticking{}
	b := &bench{provider: newProvider(t, provider.Options{Tokens: map[string]string{"token-b": "other"}, Clock: ck.Now, Defects: defects, Seed: 12}, inProcess)}
	b.before = b.objects(t)
	client, err := exchange.New(exchange.Config{BaseURL: inProcess, Auth: exchange.Auth{Kind: "bearer", Token: token}, Handler: b.handler(t, lie), Clock: ck, NoCurl: true,
		Rules: exchange.GuardRules{RunID: prefix}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	fold := result.NewFold()
	e := engine.New(engine.Options{Library: house.Library, Profiles: house.Profiles, Client: client, Clock: ck, Sink: fold, Suites: sel,
		Target: engine.TargetConfig{AuthB: &exchange.Auth{Kind: "bearer", Token: "token-b"}},
		Run:    result.Run{ID: prefix, Prefix: prefix, Seed: 7, Defects: defects}, Info: result.Target{URL: inProcess}})
	if _, err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	doc := fold.Document()
	if doc.Run.Requests < 5 {
		t.Fatalf("%d requests: nothing was played", doc.Run.Requests)
	}
	changed := b.foreignUntouched(t)
	b.allListed(t, doc)
	t.Logf("%d requests, %d foreign objects, %d changed, %d left of ours", doc.Run.Requests, len(b.before), changed, len(b.ours(t)))
}

// handler is the provider, with a lie about its first person.
func (b *bench) handler(t *testing.T, lie func(victim) behaviour) http.Handler {
	t.Helper()
	if lie == nil {
		return b.provider
	}
	var v victim
	for key, body := range b.before {
		if id, ok := strings.CutPrefix(key, "Users/"); ok && (v.id == "" || id < v.id) {
			v = victim{id, body}
		}
	}
	if !json.Valid([]byte(v.body)) {
		t.Fatalf("no victim in %d objects", len(b.before))
	}
	do := lie(v)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { do(w, r, b.provider) })
}
