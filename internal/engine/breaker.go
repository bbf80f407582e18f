package engine

import (
	"sync"

	"github.com/scimmage/scimmage/internal/result"
)

// breakerLimit is how many requests in a row may stay without any answer before the run stops: a
// server that died halfway must not cost one timeout for each remaining request (eight hundred
// identical failures are no report).
const breakerLimit = 4

// breaker watches for a target that stopped answering.
type breaker struct {
	mu   sync.Mutex
	row  int
	last *result.Fault
	off  bool
}

func (b *breaker) saw(x *result.Exchange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x.Response != nil || x.Error == nil {
		b.row = 0
		return
	}
	switch x.Error.Kind {
	case "guard", "cancelled", "redirect":
		return
	case "limit":
		b.last, b.off = x.Error, true
		return
	}
	b.row++
	b.last = x.Error
	if b.row >= breakerLimit {
		b.off = true
	}
}

func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off
}

func (b *breaker) reason() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil {
		return "the target stopped answering"
	}
	if b.last.Kind == "limit" {
		return b.last.Message
	}
	return "the target stopped answering: " + b.last.Message
}
