package mockidp

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Faults are what goes wrong between the identity provider and an application, on request. The same seed gives the same faults for the same
// sequence of requests.
type Faults struct {
	Seed       int64   `json:"seed,omitempty"`
	Limit      float64 `json:"tooManyRequests,omitempty"` // share of requests answered 429, 0…1
	RetryAfter int     `json:"retryAfter,omitempty"`      // seconds; 0 = the header is missing
	Error      float64 `json:"serverError,omitempty"`     // share answered 500
	Slow       float64 `json:"slow,omitempty"`            // share that takes SlowMS longer
	SlowMS     int     `json:"slowMS,omitempty"`
	DropBefore float64 `json:"dropBefore,omitempty"` // the connection breaks before the application sees the request
	DropAfter  float64 `json:"dropAfter,omitempty"`  // … after it has done what was asked
	Duplicate  float64 `json:"duplicate,omitempty"`  // the request is delivered twice
	Methods    string  `json:"methods,omitempty"`    // only these, separated by commas; empty = all
}

func (f Faults) on() bool {
	return f.Limit+f.Error+f.Slow+f.DropBefore+f.DropAfter+f.Duplicate > 0
}

func (f Faults) validate() error {
	shares := map[string]float64{"tooManyRequests": f.Limit, "serverError": f.Error, "slow": f.Slow, "dropBefore": f.DropBefore, "dropAfter": f.DropAfter, "duplicate": f.Duplicate}
	for name, v := range shares {
		if !(v >= 0 && v <= 1) {
			return badInput("%s is %v; give the share of requests, from 0 to 1", name, v)
		}
	}
	if f.RetryAfter < 0 || f.SlowMS < 0 || f.SlowMS > 600_000 {
		return badInput("retryAfter and slowMS must not be negative, and slowMS at most 600000")
	}
	return nil
}

// faulty is the transport that does it, below everything that records and retries.
type faulty struct {
	next  http.RoundTripper
	sleep func(ctx context.Context, d time.Duration) error
	f     Faults
	mu    sync.Mutex
	rng   *rand.Rand
}

func newFaulty(next http.RoundTripper, f Faults, sleep func(context.Context, time.Duration) error) *faulty {
	return &faulty{next: next, f: f, sleep: sleep, rng: rand.New(rand.NewPCG(uint64(f.Seed), 0x5ca1ab1e))}
}

// draw takes the same number of random values for every request, so that a request's fate does not depend on the fates before it.
func (t *faulty) draw() (d [6]float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range d {
		d[i] = t.rng.Float64()
	}
	return d
}

// RoundTrip implements http.RoundTripper.
func (t *faulty) RoundTrip(req *http.Request) (*http.Response, error) {
	d := t.draw()
	if t.f.Methods != "" && !strings.Contains(","+strings.ToUpper(t.f.Methods)+",", ","+req.Method+",") {
		return t.next.RoundTrip(req)
	}
	if d[0] < t.f.Slow {
		if err := t.sleep(req.Context(), time.Duration(t.f.SlowMS)*time.Millisecond); err != nil {
			return nil, err
		}
	}
	switch {
	case d[1] < t.f.Limit:
		h := http.Header{}
		if t.f.RetryAfter > 0 {
			h.Set("Retry-After", fmt.Sprint(t.f.RetryAfter))
		}
		return t.answer(req, http.StatusTooManyRequests, "too many requests (a fault that was asked for)", h), nil
	case d[2] < t.f.Error:
		return t.answer(req, http.StatusInternalServerError, "internal error (a fault that was asked for)", http.Header{}), nil
	case d[3] < t.f.DropBefore:
		return nil, syscall.ECONNRESET
	}
	if d[4] < t.f.Duplicate && (req.Body == nil || req.GetBody != nil) {
		if err := t.twice(req); err != nil {
			return nil, err
		}
	}
	resp, err := t.next.RoundTrip(req)
	if err == nil && d[5] < t.f.DropAfter {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, syscall.ECONNRESET
	}
	return resp, err
}

// twice delivers the request once more before the delivery whose answer counts.
func (t *faulty) twice(req *http.Request) error {
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return err
		}
		again.Body = body
	}
	resp, err := t.next.RoundTrip(again)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return err
}

func (t *faulty) answer(req *http.Request, status int, detail string, h http.Header) *http.Response {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"%d","detail":"%s"}`, status, detail)
	h.Set("Content-Type", "application/scim+json")
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: req,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}
