package mockidp

import (
	"context"
	"sync"
	"time"
)

// System is the machine's clock, handed in.
type System interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// clock is the mock identity provider's time: the machine's, faster, slower, stopped, or moved on by hand. It never goes back, because
// schedules and the thirty days of a soft delete count on that.
type clock struct {
	sys   System
	mu    sync.Mutex
	base  time.Time // mock time at real time since
	since time.Time
	speed float64
}

// ClockState is the clock as it is stored and shown.
type ClockState struct {
	Now   time.Time `json:"now"`
	Speed float64   `json:"speed"` // 1 = the machine's, 0 = stopped
}

const maxSpeed = 100_000

func newClock(sys System) *clock {
	now := sys.Now()
	return &clock{sys: sys, base: now, since: now, speed: 1}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(c.sys.Now())
}

// at needs mu. It is the mock time at a real time.
func (c *clock) at(real time.Time) time.Time {
	return c.base.Add(time.Duration(float64(real.Sub(c.since)) * c.speed)).UTC().Truncate(time.Millisecond)
}

func (c *clock) state() ClockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return ClockState{c.at(c.sys.Now()), c.speed}
}

// set moves the clock on by step and changes its speed (negative = leave it).
func (c *clock) set(step time.Duration, speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.sys.Now()
	c.base, c.since = c.at(now).Add(max(step, 0)), now
	if speed >= 0 {
		c.speed = min(speed, maxSpeed)
	}
}

// restore continues where a stored clock stood, or at the machine's time where that is later.
func (c *clock) restore(s ClockState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.sys.Now()
	c.base, c.since, c.speed = now, now, min(max(s.Speed, 0), maxSpeed)
	if s.Now.After(now) {
		c.base = s.Now
	}
}

// until is how long to wait in real time for a mock time; ok is false when it never comes by itself.
func (c *clock) until(t time.Time) (d time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := t.Sub(c.at(c.sys.Now()))
	if left <= 0 {
		return 0, true
	}
	if c.speed <= 0 {
		return 0, false
	}
	return time.Duration(float64(left)/c.speed) + time.Millisecond, true
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
