package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

var errHandlerPanic = errors.New("the handler panicked")

// handlerTransport calls an http.Handler as a server would, without a socket. What a server of
// net/http adds or refuses (Content-Length, sniffed Content-Type, a body on 204) is done here too, so
// that a check gives the same answer either way.
type handlerTransport struct {
	handler http.Handler
	limit   int64 // bytes of a body after which the handler is stopped
	clock   Clock
}

// RoundTrip implements http.RoundTripper. A handler that does not return in time is left behind, as a
// slow server is: its next write ends it.
func (t *handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	in, err := serverRequest(req)
	if err != nil {
		return badRequest(req), nil
	}
	w := &memWriter{header: make(http.Header, 8), req: req, limit: t.limit}
	done := make(chan error, 1)
	go func() { done <- w.serve(t.handler, in) }()
	select {
	case err := <-done:
		return w.response(err, t.clock)
	case <-req.Context().Done():
		return w.interrupted(req.Context().Err())
	}
}

// serverRequest is the request as a server sees it.
func serverRequest(req *http.Request) (*http.Request, error) {
	uri := req.URL.RequestURI()
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, err
	}
	h := make(http.Header, len(req.Header)+1)
	for k, vs := range req.Header {
		if k == "User-Agent" && len(vs) == 1 && vs[0] == "" {
			continue
		}
		ck := http.CanonicalHeaderKey(k)
		h[ck] = append(h[ck], vs...)
	}
	body := req.Body
	if body == nil {
		body = http.NoBody
	}
	if req.ContentLength > 0 || req.Method == "POST" || req.Method == "PUT" || req.Method == "PATCH" {
		h["Content-Length"] = []string{strconv.FormatInt(req.ContentLength, 10)}
	}
	in := &http.Request{
		Method: req.Method, URL: u, RequestURI: uri, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: body, ContentLength: req.ContentLength, Host: req.URL.Host, RemoteAddr: "127.0.0.1:1",
	}
	return in.WithContext(req.Context()), nil
}

// badRequest is what a server of net/http answers to a request line that it cannot read.
func badRequest(req *http.Request) *http.Response {
	b := []byte("400 Bad Request")
	return &http.Response{
		StatusCode: 400, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Connection": {"close"}},
		Body:   &memBody{b: b}, ContentLength: int64(len(b)),
	}
}

// memWriter is the http.ResponseWriter. The lock is for the case that the handler outlives its
// request.
type memWriter struct {
	mu     sync.Mutex
	header http.Header
	sent   http.Header // the header as it was when the status was written
	status int
	body   bytes.Buffer
	req    *http.Request
	limit  int64
	over   bool // the exchange has ended without the handler
	conn   *memConn
}

func (w *memWriter) serve(h http.Handler, in *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				err = io.ErrUnexpectedEOF
				return
			}
			err = fmt.Errorf("%w: %v", errHandlerPanic, p)
		}
	}()
	h.ServeHTTP(w, in)
	return nil
}

// Header implements http.ResponseWriter.
func (w *memWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter; informational statuses are not kept, as a client that
// did not ask for them skips them.
func (w *memWriter) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(status)
}

func (w *memWriter) writeHeader(status int) {
	if w.status != 0 || status >= 100 && status < 200 && status != 101 {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
}

func (w *memWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		return 0, http.ErrHijacked
	}
	w.writeHeader(http.StatusOK)
	if w.over || int64(w.body.Len()) > w.limit {
		panic(http.ErrAbortHandler) // nobody reads any more: an endless body ends here
	}
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil && n >= 0 && int64(w.body.Len()+len(b)) > n {
		return 0, http.ErrContentLength
	}
	if w.req.Method == "HEAD" {
		return len(b), nil
	}
	return w.body.Write(b)
}

// Flush implements http.Flusher.
func (w *memWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(http.StatusOK)
}

// Hijack implements http.Hijacker: what is written to the connection is read as a raw answer.
func (w *memWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		return nil, nil, http.ErrHijacked
	}
	w.conn = &memConn{limit: w.limit}
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

func bodyAllowed(status int) bool { return status != 204 && status != 304 && status >= 200 }

// response is the answer after the handler has returned, or died with err.
func (w *memWriter) response(err error, clock Clock) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		return w.conn.response(w.req, err)
	}
	if err != nil && (w.status == 0 || errors.Is(err, errHandlerPanic)) && int64(w.body.Len()) <= w.limit {
		return nil, err
	}
	w.writeHeader(http.StatusOK)
	h, body := w.sent, &memBody{b: w.body.Bytes(), err: err}
	length := int64(len(body.b))
	if cl := h.Get("Content-Length"); cl != "" {
		n, perr := strconv.ParseInt(cl, 10, 64)
		switch {
		case perr != nil || n < 0:
			h.Del("Content-Length") // as net/http does
		case n > length && w.req.Method != "HEAD" && bodyAllowed(w.status):
			body.err = io.ErrUnexpectedEOF
		}
	} else if bodyAllowed(w.status) && w.req.Method != "HEAD" && err == nil {
		h["Content-Length"] = []string{strconv.FormatInt(length, 10)}
	}
	sniff(h, body.b)
	if _, ok := h["Date"]; !ok {
		h["Date"] = []string{clock.Now().UTC().Format(http.TimeFormat)}
	}
	return &http.Response{
		StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: body, ContentLength: length, Request: w.req,
	}, nil
}

func sniff(h http.Header, body []byte) {
	if _, ok := h["Content-Type"]; !ok && len(body) > 0 && h.Get("Content-Encoding") == "" {
		h["Content-Type"] = []string{http.DetectContentType(body)}
	}
}

// interrupted is the answer when the time was over first: what had been flushed until then.
func (w *memWriter) interrupted(err error) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.status == 0 || w.conn != nil {
		return nil, err
	}
	sniff(w.sent, w.body.Bytes())
	return &http.Response{
		StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &memBody{b: bytes.Clone(w.body.Bytes()), err: err}, Request: w.req,
	}, nil
}

// memBody is a body that is already there; err follows its last byte.
type memBody struct {
	b   []byte
	at  int
	err error
}

func (m *memBody) Read(p []byte) (int, error) {
	if m.at >= len(m.b) {
		if m.err != nil {
			return 0, m.err
		}
		return 0, io.EOF
	}
	n := copy(p, m.b[m.at:])
	m.at += n
	return n, nil
}

// Close implements io.Closer.
func (m *memBody) Close() error { return nil }

// memConn is the connection of a hijacked request.
type memConn struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	limit int64
}

func (c *memConn) response(req *http.Request, err error) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(err, errHandlerPanic) {
		return nil, err
	}
	if c.buf.Len() == 0 {
		return nil, io.EOF
	}
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(c.buf.Bytes())), req)
}

func (c *memConn) Read([]byte) (int, error) { return 0, io.EOF }

func (c *memConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int64(c.buf.Len()) > c.limit+maxHeaderBytes {
		return 0, net.ErrClosed
	}
	return c.buf.Write(b)
}

func (c *memConn) Close() error                     { return nil }
func (c *memConn) LocalAddr() net.Addr              { return memAddr{} }
func (c *memConn) RemoteAddr() net.Addr             { return memAddr{} }
func (c *memConn) SetDeadline(time.Time) error      { return nil }
func (c *memConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }

type memAddr struct{}

func (memAddr) Network() string { return "memory" }
func (memAddr) String() string  { return "in-process" }

var _ interface {
	http.Hijacker
	http.Flusher
} = (*memWriter)(nil)
