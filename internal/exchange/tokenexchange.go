package exchange

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// tokenExchange sends one request of x/oauth2 and records it. The token endpoint may be on another host
// than the target: it gets the client credentials and nothing else, and no redirect is followed.
func (c *Client) tokenExchange(req *http.Request) (*result.Exchange, *http.Response) {
	x := &result.Exchange{ID: "token", Purpose: "Obtain an access token", Setup: true, Started: c.cfg.Clock.Now()}
	r := &Request{Method: req.Method, HasBody: true}
	if req.Body != nil {
		b, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
		if err != nil {
			x.Error = fault(KindAuth, plain(err))
			return x, nil
		}
		r.Body = b
	}
	for name, vs := range req.Header {
		for _, v := range vs {
			r.Header = append(r.Header, Header{Name: name, Value: v})
		}
	}
	p := place{scheme: req.URL.Scheme, host: req.URL.Host, path: req.URL.EscapedPath(), query: req.URL.RawQuery}
	a, f := c.tokenAttempt(req, r, p)
	x.Error = f
	x.Request = c.recordRequest(r, p, c.tokenHeaders(r), func(v string) string { return c.red.Header("Authorization", v) })
	if a == nil {
		return x, nil
	}
	x.Timing = a.timing
	if a.status == 0 {
		x.Error = a.fault
		return x, nil
	}
	x.Response = c.recordResponse(a)
	resp := &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
	}
	resp.Status = strconv.Itoa(a.status) + " " + resp.Status
	return x, resp
}

func (c *Client) tokenHeaders(r *Request) []Header {
	return append(append([]Header{}, r.Header...), Header{Name: "User-Agent", Value: c.cfg.UserAgent})
}

// tokenAttempt goes to the embedded target only if the token URL is on its host.
func (c *Client) tokenAttempt(req *http.Request, r *Request, p place) (*answer, *result.Fault) {
	ctx := req.Context()
	// Without a token nothing could be cleaned up either.
	if f := c.pace.admit(ctx, true); f != nil {
		return nil, f
	}
	t := &Client{cfg: c.cfg, base: c.base, rt: c.rt, sockets: c.sockets, red: c.red}
	t.cfg.Headers = nil // those of the target are none of its business
	if c.cfg.Handler != nil && !strings.EqualFold(p.host, c.base.host) {
		t.cfg.Handler, t.rt = nil, c.sockets
	}
	return t.attempt(ctx, r, p, ""), nil
}
