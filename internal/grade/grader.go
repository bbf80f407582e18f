package grade

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// Options of a Grader.
type Options struct {
	Library *suites.Library  // rules and requirements
	Schemas *scim.SchemaSet  // what the provider publishes
	BaseURL string           // of the provider
	Clock   func() time.Time // the only source of time
	Secrets []string         // credentials, redacted wherever they appear
	Tool    result.Tool
	Run     result.Run // ID, Command, FailOn
}

// Limits of what is kept, so that a provider can be left running for days.
const (
	maxExchanges  = 500     // exchanges in the report; those that break a rule come first
	maxEvidence   = 5       // exchanges named by one rule
	maxRemembered = 200_000 // names, resources, requests and searches that are remembered
	maxBody       = 8 << 20 // bytes of a body that are read; what is longer is passed on and not judged
)

// Grader judges what clients send. It is safe for concurrent use.
type Grader struct {
	o      Options
	prefix string
	red    *exchange.Redactor

	mu    sync.Mutex
	state *state
}

// state is everything that Reset forgets.
type state struct {
	started, last time.Time
	tallies       []*tally
	byUnit        map[string][]*tally
	book          *book
	seen          *topics
	kept          []*result.Exchange
	requests      int
}

// New makes a Grader.
func New(o Options) *Grader {
	g := &Grader{o: o, red: exchange.NewRedactor(o.Secrets...)}
	if u, err := url.Parse(o.BaseURL); err == nil {
		g.prefix = strings.TrimSuffix(u.Path, "/")
	}
	g.Reset()
	return g
}

// Reset forgets everything, as if the client came for the first time.
func (g *Grader) Reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := &state{started: g.o.Clock(), book: newBook(), seen: newTopics(), byUnit: map[string][]*tally{}}
	s.last = s.started
	for _, suite := range g.o.Library.Clients {
		for _, r := range suite.Rules {
			t := &tally{rule: r}
			s.tallies = append(s.tallies, t)
			s.byUnit[r.Of] = append(s.byUnit[r.Of], t)
		}
	}
	g.state = s
}

// Requests is how many requests have been judged.
func (g *Grader) Requests() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state.requests
}

// Wrap stands before a provider. The answer is judged before the client gets it, so that the next request of the client is
// judged after this one.
func (g *Grader) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := take(r, g.o.Clock())
		c := &capture{header: http.Header{}}
		defer func() {
			v := recover() // a provider that breaks off the connection: the request counts all the same
			g.observe(seen, c, v != nil)
			if v != nil {
				panic(v)
			}
			c.copyTo(w)
		}()
		next.ServeHTTP(c, r)
	})
}
