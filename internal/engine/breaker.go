package engine

import (
	"context"
	"strings"
	"sync"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

// A server that died halfway must not cost one timeout for each remaining request, nor fill a report with hundreds of
// equal failures.
const (
	breakerLimit  = 4  // requests in a row without a usable answer
	breakerWaits  = 20 // timeouts in the whole run: a server that answers now and then would never make a row
	suspectLimit  = 12 // answers in a row that a crashed server, a proxy or a login page would give
	oversizeLimit = 12 // answers in a row that are larger than anybody reads
)

// breaker watches for a target that stopped answering.
type breaker struct {
	mu       sync.Mutex
	row      int
	waits    int
	suspects int
	oversize int
	last     *result.Fault
	at       string // the first request of the row that got no answer, and its case
	off      bool
	spent    bool // off, because a limit of the run is used up
	why      string
}

// saw takes one exchange. ask is true when the answers have become so odd that somebody should find out whether there
// is still a SCIM endpoint.
func (b *breaker) saw(x *result.Exchange, r *outgoing) (ask bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x.Error == nil {
		b.row, b.oversize = 0, 0
		return b.judgeAnswer(x, r)
	}
	switch x.Error.Kind {
	case exchange.KindGuard, exchange.KindCancelled, exchange.KindRedirect, exchange.KindReadOnly, exchange.KindRequest:
		return false
	case exchange.KindLimit:
		b.last, b.off, b.spent = x.Error, true, true
		return false
	case exchange.KindRateLimited:
		// The exchange has waited for as long as this run waits, and all others with it.
		b.last, b.off = x.Error, true
		return false
	case exchange.KindBodyTooLarge:
		b.last = x.Error
		b.oversize++
		b.off = b.off || b.oversize >= oversizeLimit
		return false
	case exchange.KindTimeout:
		b.waits++
	}
	if b.row == 0 {
		b.at = x.Request.Method + " " + x.Request.Path + " of " + x.Case + " (" + x.Error.Message + ")"
	}
	b.row++
	b.last = x.Error
	b.off = b.off || b.row >= breakerLimit || b.waits >= breakerWaits
	return false
}

// judgeAnswer counts answers in a row that a client of SCIM can do nothing with.
func (b *breaker) judgeAnswer(x *result.Exchange, r *outgoing) (ask bool) {
	if r == nil || x.Response == nil || !suspect(x.Response, r) {
		if r != nil {
			b.suspects = 0
		}
		return false
	}
	b.suspects++
	return b.suspects%suspectLimit == 0
}

// suspect: our own credential is refused, the server fails, or a page for people stands where JSON should.
func suspect(res *result.Response, r *outgoing) bool {
	own := r.Own() && requestHeader(*r, "Authorization") == ""
	if res.Status == 401 {
		return own
	}
	return res.Status >= 500 && res.Status != 501 || res.Status != 204 && strings.Contains(strings.ToLower(res.Header("Content-Type")), "html")
}

func (b *breaker) give(up string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.off {
		b.off, b.why = true, up
	}
}

func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off
}

// lost: the target is gone. What a used-up budget ends may still be cleaned up.
func (b *breaker) lost() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off && !b.spent
}

// usedUp: the run is over because it may not send more, not because the target is gone.
func (b *breaker) usedUp() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

func (b *breaker) reason() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.why != "":
		return b.why
	case b.last == nil:
		return "the target stopped answering"
	case b.spent:
		return b.last.Message
	}
	if b.at != "" && b.row > 1 {
		return "the target stopped answering with " + b.at
	}
	return "the target stopped answering: " + b.last.Message
}

// watch takes one exchange, and finds out what is there when the answers have become too odd.
func (s *scope) watch(ctx context.Context, x *result.Exchange, r *outgoing) {
	if s.e.breaker.saw(x, r) && !r.Cleanup {
		s.e.stillThere(ctx)
	}
}

// stillThere asks again what the run asked first, after a row of answers that mean nothing to a client of SCIM. One answer
// that looks like SCIM is enough to go on; otherwise the run ends with one sentence.
func (e *Engine) stillThere(ctx context.Context) {
	if !looksSCIM(e.found.responses["users"]) {
		return // it never was there; the run lives on something else
	}
	s := e.discoveryScope()
	s.seq.n = int(e.asked.Add(1)) * 1000
	now := s.send(ctx, nil, outgoing{probing: true, Request: exchange.Request{Case: "discovery", Step: "again", Purpose: "Is there still a SCIM endpoint?", Setup: true,
		Method: "GET", Path: "/Users", RawQuery: "startIndex=1&count=1", Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}})
	if now.fault() != nil || looksSCIM(now) {
		return
	}
	if d := diagnoseFirst(now, now); d != nil {
		e.breaker.give("the target stopped answering as before: " + d.Message)
		return
	}
	e.breaker.give("the target stopped answering as before: GET /Users, which was answered at the beginning, now answers " + statusText(now))
}
