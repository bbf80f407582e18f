package exchange

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// fakeClock moves only when somebody sleeps on it.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (f *fakeClock) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() == nil {
		f.now = f.now.Add(d)
		f.slept = append(f.slept, d)
	}
	return ctx.Err()
}

func (f *fakeClock) total() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	var d time.Duration
	for _, s := range f.slept {
		d += s
	}
	return d
}

// client makes a client for tests; the configuration may leave out everything but the target.
func client(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.BaseURL == "" {
		cfg.BaseURL = "http://scim.example.com/scim/v2"
	}
	if cfg.Clock == nil {
		cfg.Clock = newFakeClock()
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// rawServer answers each connection with f, which gets the request that was read. f returns when
// the connection is to be closed.
func rawServer(t testing.TB, f func(c net.Conn, r *http.Request)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err == nil {
					f(c, r)
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

// answers makes a raw server that writes fixed bytes and closes the connection.
func answers(t testing.TB, raw string) string {
	return rawServer(t, func(c net.Conn, _ *http.Request) { _, _ = c.Write([]byte(raw)) })
}

func get(path string) Request { return Request{ID: "t#1", Method: "GET", Path: path} }

func kind(x *result.Exchange) string {
	if x.Error == nil {
		return ""
	}
	return x.Error.Kind
}

func status(x *result.Exchange) int {
	if x.Response == nil {
		return 0
	}
	return x.Response.Status
}

func mustStatus(t testing.TB, x *result.Exchange, want int) {
	t.Helper()
	if x.Error != nil || status(x) != want {
		t.Fatalf("%s %s: status %d, error %v; want status %d", x.Request.Method, x.Request.URL, status(x), x.Error, want)
	}
}

func mustKind(t testing.TB, x *result.Exchange, want string) {
	t.Helper()
	if kind(x) != want {
		t.Fatalf("%s %s: fault %v (status %d); want %q", x.Request.Method, x.Request.URL, x.Error, status(x), want)
	}
}
