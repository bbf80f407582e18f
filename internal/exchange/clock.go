package exchange

import (
	"context"
	"time"
)

// Clock gives the time and waits. Waiting for Retry-After and pacing go through it, so that tests
// never sleep. The timeout of a request is not on this clock: it bounds real sockets.
type Clock interface {
	Now() time.Time
	// Sleep waits for d or until ctx is done, and then returns the error of ctx.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the clock of the machine.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep implements Clock.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
