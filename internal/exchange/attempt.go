package exchange

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// answer is what one attempt brought.
type answer struct {
	status  int // 0 = no answer
	proto   string
	header  http.Header
	coding  []string // Transfer-Encoding, which net/http keeps apart
	body    []byte
	fault   *result.Fault
	timing  result.Timing
	gotByte bool
}

// attempt sends a request once.
func (c *Client) attempt(parent context.Context, r *Request, p place, auth string) *answer {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = c.cfg.Timeout
	}
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	tm := &timer{clock: c.cfg.Clock}
	tctx := ctx
	if c.cfg.Handler == nil {
		tctx = httptrace.WithClientTrace(ctx, tm.trace())
	}
	req := c.httpRequest(tctx, r, p, auth)
	tm.start = c.cfg.Clock.Now()
	resp, err := c.rt.RoundTrip(req)
	a := &answer{}
	switch {
	case err != nil:
		a.fault = classify(parent, ctx, err)
	case resp.StatusCode < 100: // net/http takes "000", which is no status (RFC 9110 section 15)
		a.fault = fault(KindProtocol, fmt.Sprintf("status %03d", resp.StatusCode))
		_ = resp.Body.Close() // nothing of it is read
	default:
		a.status, a.proto, a.header, a.coding = resp.StatusCode, resp.Proto, resp.Header, resp.TransferEncoding
		a.body, a.fault = c.readBody(parent, ctx, resp)
		if resp.StatusCode >= http.StatusInternalServerError {
			// Frameworks destroy the connection of a request that failed, right after its answer and without
			// announcing it (express does, when headers were sent before its last error handler). The next
			// request must not be the one that notices.
			c.sockets.CloseIdleConnections()
		}
	}
	a.timing, a.gotByte = tm.timing(c.cfg.Clock.Now())
	return a
}

// httpRequest builds the request with the exact headers; see headerList for their order in the
// record. On HTTP/1 net/http writes them sorted by name.
func (c *Client) httpRequest(ctx context.Context, r *Request, p place, auth string) *http.Request {
	h := make(http.Header, len(r.Header)+len(c.cfg.Headers)+3)
	for _, f := range c.headerList(r, auth) {
		name := f.Name
		switch {
		case strings.EqualFold(name, "Content-Length"), strings.EqualFold(name, "Transfer-Encoding"), strings.EqualFold(name, "Trailer"):
			continue
		case strings.EqualFold(name, "User-Agent"):
			if name = "User-Agent"; f.Value == "" {
				name = "user-agent" // only this spelling is written empty (OneLogin sends it so)
			}
		}
		h[name] = append(h[name], f.Value)
	}
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = []string{""} // keeps net/http from sending its own
	}
	proxied := c.cfg.Handler == nil && c.sockets.Proxy != nil
	req := &http.Request{
		Method: r.Method, URL: p.requestURL(false), Header: h, Host: p.host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if proxied && req.URL.Opaque != "" {
		if u, err := c.sockets.Proxy(req); err == nil && u != nil {
			req.URL = p.requestURL(true)
		}
	}
	if r.HasBody || len(r.Body) > 0 {
		req.ContentLength = int64(len(r.Body))
		req.Body = bodyReader(r.Body)
		if len(r.Body) == 0 {
			req.Body = http.NoBody
		}
		req.GetBody = func() (io.ReadCloser, error) { return bodyReader(r.Body), nil }
	}
	return req.WithContext(ctx)
}

// headerList is every header field that a request carries, in the order of the record: those of the
// request, those of the configuration, User-Agent, Authorization.
func (c *Client) headerList(r *Request, auth string) []Header {
	out := make([]Header, 0, len(r.Header)+len(c.cfg.Headers)+2)
	named := func(name string) bool {
		for _, h := range r.Header {
			if strings.EqualFold(h.Name, name) {
				return true
			}
		}
		return false
	}
	for _, h := range r.Header {
		if !h.Omit {
			out = append(out, h)
		}
	}
	for _, h := range c.cfg.Headers {
		if !h.Omit && !named(h.Name) {
			out = append(out, h)
		}
	}
	if !named("User-Agent") && !hasHeader(out, "User-Agent") {
		out = append(out, Header{Name: "User-Agent", Value: c.cfg.UserAgent})
	}
	if auth != "" && !named("Authorization") {
		out = append(out, Header{Name: "Authorization", Value: auth})
	}
	return out
}

func hasHeader(hs []Header, name string) bool {
	for _, h := range hs {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

// timer measures the stages of an attempt. The transport calls the hooks from its own goroutines.
type timer struct {
	clock Clock
	start time.Time

	mu                               sync.Mutex
	dns0, dns1, dial0, dial1, t0, t1 time.Time
	first                            time.Time
}

func (t *timer) set(at *time.Time) {
	now := t.clock.Now()
	t.mu.Lock()
	*at = now
	t.mu.Unlock()
}

func (t *timer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { t.set(&t.dns0) },
		DNSDone:              func(httptrace.DNSDoneInfo) { t.set(&t.dns1) },
		ConnectStart:         func(string, string) { t.set(&t.dial0) },
		ConnectDone:          func(string, string, error) { t.set(&t.dial1) },
		TLSHandshakeStart:    func() { t.set(&t.t0) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { t.set(&t.t1) },
		GotFirstResponseByte: func() { t.set(&t.first) },
	}
}

func (t *timer) timing(end time.Time) (result.Timing, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	span := func(a, b time.Time) float64 {
		if a.IsZero() || b.IsZero() {
			return 0
		}
		return ms(b.Sub(a))
	}
	tm := result.Timing{
		DNS: span(t.dns0, t.dns1), Connect: span(t.dial0, t.dial1), TLS: span(t.t0, t.t1),
		FirstByte: span(t.start, t.first), Total: span(t.start, end),
	}
	return tm, !t.first.IsZero()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
