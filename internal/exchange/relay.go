package exchange

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/scimmage/scimmage/internal/result"
)

// Relay stands between a SCIM client and a target: it hands every request on as it came and every answer back as it
// came, and records both, redacted. The client's own credentials pass through; the relay adds none and keeps none.
// It is no Client: what goes through it is somebody else's traffic, so there is no guard, no pacing and no retry.
type Relay struct {
	client *Client // for its transport, its redactor and the form of its records
	proxy  *httputil.ReverseProxy
	take   func(*result.Exchange)

	mu sync.Mutex
	n  int
}

// NewRelay relays to cfg.BaseURL. take gets each exchange once it is over, one at a time.
func NewRelay(cfg Config, take func(*result.Exchange)) (*Relay, error) {
	cfg.Auth, cfg.NoCurl = Auth{}, true
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	r := &Relay{client: c, take: take}
	r.proxy = &httputil.ReverseProxy{Transport: c.rt, Rewrite: r.rewrite, ErrorHandler: r.failed}
	return r, nil
}

// Close ends idle connections to the target.
func (r *Relay) Close() { r.client.Close() }

// rewrite turns the address of the relay into that of the target. The escaped path goes out byte for byte, because what
// a client escapes and how is a part of what is recorded.
func (r *Relay) rewrite(p *httputil.ProxyRequest) {
	b := r.client.base
	rel := r.below(p.In)
	p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = b.scheme, b.host, b.host
	p.Out.URL.Opaque, p.Out.URL.RawPath = "", ""
	path, err := url.PathUnescape(b.path + rel)
	if err == nil {
		p.Out.URL.Path, p.Out.URL.RawPath = path, b.path+rel
	}
	p.Out.URL.RawQuery, p.Out.URL.ForceQuery = p.In.URL.RawQuery, p.In.URL.ForceQuery
	p.Out.Header.Set("Accept-Encoding", "identity") // what cannot be read cannot be recorded
	if _, named := p.In.Header["User-Agent"]; !named {
		p.Out.Header["User-Agent"] = nil // a client that says nothing is not given a name
	}
}

// below is where a request goes below the base URL. Whoever types the relay's address into an identity provider often keeps the path
// of the target's; both addresses are good.
func (r *Relay) below(in *http.Request) string {
	path := in.URL.EscapedPath()
	if rel, ok := strings.CutPrefix(path, r.client.base.path); ok && strings.HasPrefix(rel, "/") {
		return rel
	}
	return path
}

func (r *Relay) failed(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, "scimmage record: the target did not answer: "+r.client.red.Text(err.Error()), http.StatusBadGateway)
}

// ServeHTTP relays one request.
func (r *Relay) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, in.Body, r.client.cfg.MaxBody))
	if err != nil {
		http.Error(w, "scimmage record: the request is too long or broke off", http.StatusRequestEntityTooLarge)
		return
	}
	r.learn(in)
	started := r.client.cfg.Clock.Now()
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if len(body) == 0 {
		in.Body = http.NoBody
	}
	headers := headersOf(in)
	seen := &tee{ResponseWriter: w, limit: int(r.client.cfg.MaxBody)}
	r.proxy.ServeHTTP(seen, in)

	x := &result.Exchange{Started: started}
	x.Request = r.client.recordRequest(&Request{Method: in.Method, Body: body, HasBody: len(body) > 0}, r.place(in), headers, func(v string) string { return r.client.red.Header("Authorization", v) })
	x.Response = r.client.recordResponse(&answer{status: seen.status, proto: "HTTP/1.1", header: w.Header().Clone(), body: seen.body.Bytes()})
	x.Timing.Total = float64(r.client.cfg.Clock.Now().Sub(started).Microseconds()) / 1000
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	x.ID = fmt.Sprintf("record#%d", r.n)
	r.take(x)
}

// learn makes the client's credential known to the redactor before anything of the request is kept: a token also turns
// up in bodies and addresses.
func (r *Relay) learn(in *http.Request) {
	if v := in.Header.Get("Authorization"); v != "" {
		r.client.red.Add(v)
		if _, secret, ok := strings.Cut(v, " "); ok {
			r.client.red.Add(secret)
		}
	}
}

// place is where the request went, for the record.
func (r *Relay) place(in *http.Request) place {
	b, rel := r.client.base, r.below(in)
	return place{scheme: b.scheme, host: b.host, path: b.path + rel, rel: rel, query: in.URL.RawQuery, below: true}
}

// headersOf are the headers that the client set, without those that belong to the connection.
func headersOf(in *http.Request) []Header {
	var out []Header
	for name, values := range in.Header {
		if name == "Connection" || name == "Accept-Encoding" && len(values) == 1 && values[0] == "gzip" {
			continue
		}
		for _, v := range values {
			out = append(out, Header{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(out, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// tee keeps a copy of an answer while it is handed on.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	limit  int
}

func (t *tee) WriteHeader(status int) {
	if status >= 200 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tee) Write(b []byte) (int, error) {
	if room := t.limit - t.body.Len(); room > 0 {
		t.body.Write(b[:min(room, len(b))])
	}
	return t.ResponseWriter.Write(b)
}

// Flush lets a long answer through in pieces.
func (t *tee) Flush() {
	if f, ok := t.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
