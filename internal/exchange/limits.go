package exchange

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/scimmage/scimmage/internal/result"
)

// pacer holds what all requests of a client share: the rate, the pause that a 429 demands, and the
// budget of the run.
type pacer struct {
	clock   Clock
	limiter *rate.Limiter
	maxReq  int
	maxDur  time.Duration

	mu      sync.Mutex
	started time.Time
	sent    int
	until   time.Time // nobody sends before
	limited int       // rate-limited answers in a row, over all requests
	total   int       // rate-limited answers
}

func newPacer(c Config) *pacer {
	p := &pacer{clock: c.Clock, maxReq: c.MaxRequests, maxDur: c.MaxDuration}
	if c.Rate > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(c.Rate), 1)
	}
	return p
}

// admit waits for the turn of a request and books it.
func (p *pacer) admit(ctx context.Context, cleanup bool) *result.Fault {
	for {
		if ctx.Err() != nil {
			return contextFault(ctx)
		}
		now := p.clock.Now()
		wait, f := p.book(now, cleanup)
		if f != nil {
			return f
		}
		if wait <= 0 {
			break
		}
		if p.clock.Sleep(ctx, wait) != nil {
			return contextFault(ctx)
		}
	}
	if p.limiter == nil {
		return nil
	}
	now := p.clock.Now()
	if d := p.limiter.ReserveN(now, 1).DelayFrom(now); d > 0 && p.clock.Sleep(ctx, d) != nil {
		return contextFault(ctx)
	}
	return nil
}

func (p *pacer) book(now time.Time, cleanup bool) (time.Duration, *result.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started.IsZero() {
		p.started = now
	}
	if !cleanup && p.maxDur > 0 && now.Sub(p.started) >= p.maxDur {
		return 0, fault(KindLimit, fmt.Sprintf("the run has lasted longer than %s", p.maxDur))
	}
	if wait := p.until.Sub(now); wait > 0 {
		return wait, nil
	}
	if !cleanup && p.maxReq > 0 && p.sent >= p.maxReq {
		return 0, fault(KindLimit, fmt.Sprintf("%d requests have been sent", p.maxReq))
	}
	p.sent++
	return 0, nil
}

// pause makes all requests wait, and returns the number of rate-limited answers in a row.
func (p *pacer) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.clock.Now().Add(d); t.After(p.until) {
		p.until = t
	}
}

func (p *pacer) sawLimited() (inARow int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limited++
	p.total++
	return p.limited
}

func (p *pacer) sawAnswer() {
	p.mu.Lock()
	p.limited = 0
	p.mu.Unlock()
}

func contextFault(ctx context.Context) *result.Fault {
	if ctx.Err() == context.DeadlineExceeded {
		return fault(KindTimeout, "the time for this step is over")
	}
	return fault(KindCancelled, "")
}

// Stats are the counts of a client.
type Stats struct {
	Requests    int // sent over the wire, retries and redirects included
	RateLimited int // answers that asked to come back later
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	c.pace.mu.Lock()
	defer c.pace.mu.Unlock()
	return Stats{Requests: c.pace.sent, RateLimited: c.pace.total}
}

// rateLimited reports whether an answer asks to come back later: 429 (RFC 6585 section 4), or 503
// with Retry-After (RFC 9110 section 15.6.4).
func rateLimited(status int, h http.Header) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && h.Get("Retry-After") != ""
}

// retryAfter is how long to wait: delay-seconds or an HTTP-date (RFC 9110 section 10.2.3); the date
// counts from the Date of the server, whose clock may be years off. Without a usable value the wait
// doubles from one second.
func retryAfter(h http.Header, now time.Time, tries int) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<31)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		if d, err := http.ParseTime(h.Get("Date")); err == nil {
			now = d
		}
		return max(t.Sub(now), 0)
	}
	return time.Second << min(tries, 6)
}
