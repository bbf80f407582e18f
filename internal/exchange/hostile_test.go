package exchange

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func zl(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func head(status string, fields ...string) string {
	return "HTTP/1.1 " + status + "\r\n" + strings.Join(append(fields, "Connection: close"), "\r\n") + "\r\n\r\n"
}

func withLength(body string, fields ...string) string {
	return head("200 OK", append(fields, fmt.Sprintf("Content-Length: %d", len(body)))...) + body
}

// TestBrokenAnswers holds fixed bytes from the wire against the fault and what is kept of the answer.
func TestBrokenAnswers(t *testing.T) {
	tests := []struct {
		name   string
		raw    string
		kind   string
		status int
		body   string // a part of the record
	}{
		{"plain", withLength(`{"id":"1"}`), "", 200, `{"id":"1"}`},
		{"close without a byte", "", KindReset, 0, ""},
		{"close inside of the status line", "HTTP/1.1 20", KindProtocol, 0, ""},
		{"close inside of the headers", "HTTP/1.1 200 OK\r\nContent-Ty", KindProtocol, 0, ""},
		{"no HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", KindProtocol, 0, ""},
		{"HTTP/0.9 body", "<html>hello</html>\r\n\r\n", KindProtocol, 0, ""},
		{"status is a word", "HTTP/1.1 OK fine\r\n\r\n", KindProtocol, 0, ""},
		{"status too long", "HTTP/1.1 20000 OK\r\n\r\n", KindProtocol, 0, ""},
		{"header without colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", KindProtocol, 0, ""},
		{"content-length too large", head("200 OK", "Content-Length: 100") + `{"id":`, KindTruncated, 200, `{"id":`},
		{"content-length too small", head("200 OK", "Content-Length: 4") + `{"id":"1"}`, "", 200, `{"id`},
		{"content-length negative", head("200 OK", "Content-Length: -5") + "x", KindProtocol, 0, ""},
		{"content-length a word", head("200 OK", "Content-Length: many") + "x", KindProtocol, 0, ""},
		{"content-length twice", head("200 OK", "Content-Length: 3", "Content-Length: 4") + "abcd", KindProtocol, 0, ""},
		{"chunk size no number", head("200 OK", "Transfer-Encoding: chunked") + "zz\r\nhello\r\n0\r\n\r\n", KindProtocol, 200, ""},
		{"chunks without end", head("200 OK", "Transfer-Encoding: chunked") + "5\r\nhello\r\n", KindTruncated, 200, "hello"},
		{"chunk shorter than said", head("200 OK", "Transfer-Encoding: chunked") + "50\r\nhello", KindTruncated, 200, "hello"},
		{"unknown transfer coding", head("200 OK", "Transfer-Encoding: rot13") + "uryyb", KindProtocol, 0, ""},
		{"no length, closed", head("200 OK") + `{"a":1}`, "", 200, `{"a":1}`},
		{"204 with a body", head("204 No Content", "Content-Length: 5") + "hello", "", 204, ""},
		{"304 to a plain GET", head("304 Not Modified"), "", 304, ""},
		{"103 before the answer", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + withLength("{}"), "", 200, "{}"},
		{"100 before the answer", "HTTP/1.1 100 Continue\r\n\r\n" + withLength("{}"), "", 200, "{}"},
		{"100 and then nothing", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 3), KindReset, 0, ""},
		{"101 without being asked", head("101 Switching Protocols", "Upgrade: h2c"), "", 101, ""},
		{"header bomb", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 2000) + "\r\n", KindProtocol, 0, ""},
		{"gzip", withLength(gz(`{"id":"g"}`), "Content-Encoding: gzip"), "", 200, `{"id":"g"}`},
		{"deflate as zlib", withLength(zl(`{"id":"z"}`), "Content-Encoding: deflate"), "", 200, `{"id":"z"}`},
		{"gzip that is not", withLength(`{"id":"p"}`, "Content-Encoding: gzip"), KindProtocol, 200, ""},
		{"gzip cut off", withLength(gz(strings.Repeat("ab", 5000))[:30], "Content-Encoding: gzip"), KindTruncated, 200, ""},
		{"gzip without a body", withLength("", "Content-Encoding: gzip"), "", 200, ""},
		{"gzip bomb", withLength(gz(strings.Repeat("\x00", 4<<20)), "Content-Encoding: gzip"), KindBodyTooLarge, 200, ""},
		{"unknown content coding", withLength("\x1b\x00\xf8", "Content-Encoding: br"), "", 200, "\uFFFD"},
		{"body over the limit", withLength(strings.Repeat("x", 1<<20+1)), KindBodyTooLarge, 200, "xxx"},
		{"invalid UTF-8", withLength("{\"a\":\"\xff\xfe\"}"), "", 200, "{\"a\":\"\uFFFD\"}"},
		{"BOM", withLength("\xef\xbb\xbf{}"), "", 200, "\uFEFF{}"},
		{"NUL and escapes", withLength("\x00\x1b[31m"), "", 200, "\x00\x1b[31m"},
		{"redirect to another host", head("302 Found", "Location: http://login.example.net/sso", "Content-Length: 0"), KindRedirect, 302, ""},
		{"redirect to itself", head("307 Temporary Redirect", "Location: /x", "Content-Length: 0"), KindRedirect, 307, ""},
		{"redirect to nonsense", head("302 Found", "Location: http://[::1", "Content-Length: 0"), KindRedirect, 302, ""},
		{"redirect without Location", head("302 Found", "Content-Length: 0"), "", 302, ""},
		{"redirect to a file", head("302 Found", "Location: file:///etc/passwd", "Content-Length: 0"), KindRedirect, 302, ""},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n{}", "", 200, "{}"},
		{"status 999", head("999 Odd", "Content-Length: 0"), "", 999, ""},
		{"status without a reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", "", 200, "{}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, Config{BaseURL: answers(t, tt.raw), MaxBody: 1 << 20, Timeout: 5 * time.Second})
			x := c.Do(t.Context(), get("/x"))
			mustKind(t, x, tt.kind)
			if status(x) != tt.status {
				t.Errorf("status %d, want %d", status(x), tt.status)
			}
			if x.Response != nil && !strings.Contains(x.Response.Body, tt.body) {
				t.Errorf("body %.80q, want a part %q", x.Response.Body, tt.body)
			}
			if x.Error != nil && (x.Error.Message == "" || x.Error.Hint == "") {
				t.Errorf("fault without message or hint: %+v", x.Error)
			}
		})
	}
}

func TestRecordNotesOddBodies(t *testing.T) {
	c := client(t, Config{BaseURL: answers(t, withLength("{\"a\":\"\xff\"}"))})
	x := c.Do(t.Context(), get("/x"))
	if !x.Response.Binary || string(x.Response.RawBody) != "{\"a\":\"\xff\"}" {
		t.Errorf("invalid UTF-8 must be marked and kept raw: %+v", x.Response)
	}
	c = client(t, Config{BaseURL: answers(t, head("204 No Content", "Content-Length: 5")+"hello")})
	if x = c.Do(t.Context(), get("/x")); x.Response.Header("Content-Length") != "5" {
		t.Errorf("the length that a 204 claims must stand in the record: %+v", x.Response.Headers)
	}
	c = client(t, Config{BaseURL: answers(t, head("200 OK", "Transfer-Encoding: chunked")+"0\r\n\r\n")})
	if x = c.Do(t.Context(), get("/x")); x.Response.Header("transfer-encoding") != "chunked" {
		t.Errorf("the transfer coding must stand in the record: %+v", x.Response.Headers)
	}
	long := strings.Repeat("é", 1000)
	c = client(t, Config{BaseURL: answers(t, withLength(long)), RecordBody: 101})
	x = c.Do(t.Context(), get("/x"))
	if !x.Response.Truncated || x.Response.Body != strings.Repeat("é", 50) || string(x.Response.RawBody) != long {
		t.Errorf("a long body is shortened in the record only, between characters: %d %v", len(x.Response.Body), x.Response.Truncated)
	}
}

// TestSlowAnswers: every way of being slow ends with the timeout of the request.
func TestSlowAnswers(t *testing.T) {
	wait := func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) } // until the client gives up
	tests := []struct {
		name   string
		f      func(c net.Conn, r *http.Request)
		status int
	}{
		{"no answer", func(c net.Conn, _ *http.Request) { wait(c) }, 0},
		{"half a status line", func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "HTTP/1.1 2"); wait(c) }, 0},
		{"headers without end", func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nA: b\r\n"); wait(c) }, 0},
		{"body that stops", func(c net.Conn, _ *http.Request) { fmt.Fprint(c, head("200 OK", "Content-Length: 9")+"{"); wait(c) }, 200},
		{"chunks that stop", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, head("200 OK", "Transfer-Encoding: chunked")+"1\r\n{\r\n")
			wait(c)
		}, 200},
		{"gzip that stops", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, head("200 OK", "Content-Encoding: gzip")+gz("hello")[:12])
			wait(c)
		}, 200},
		{"one byte now and then", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, head("200 OK"))
			for {
				if _, err := c.Write([]byte(" ")); err != nil {
					return
				}
				_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
				wait(c)
			}
		}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, Config{BaseURL: rawServer(t, tt.f)})
			r := get("/x")
			r.Timeout = 150 * time.Millisecond
			x := c.Do(t.Context(), r)
			mustKind(t, x, KindTimeout)
			if status(x) != tt.status {
				t.Errorf("status %d, want %d", status(x), tt.status)
			}
		})
	}
}

func TestEndlessAnswers(t *testing.T) {
	page := bytes.Repeat([]byte("[["), 8<<10)
	pour := func(first string, each []byte) func(net.Conn, *http.Request) {
		return func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, first)
			for {
				if _, err := c.Write(each); err != nil {
					return
				}
			}
		}
	}
	tests := []struct {
		name string
		f    func(net.Conn, *http.Request)
		kind string
	}{
		{"endless body", pour(head("200 OK"), page), KindBodyTooLarge},
		{"endless chunks", pour(head("200 OK", "Transfer-Encoding: chunked"), []byte("4\r\n[[[[\r\n")), KindBodyTooLarge},
		{"endless header", pour("HTTP/1.1 200 OK\r\nX: ", page), KindProtocol},
		{"endless headers", pour("HTTP/1.1 200 OK\r\n", []byte("X-Y: z\r\n")), KindProtocol},
		{"endless status line", pour("HTTP/1.1 200 ", page), KindProtocol},
		{"endless chunk extension", pour(head("200 OK", "Transfer-Encoding: chunked")+"4;", page), KindProtocol},
		{"100 Continue for ever", pour("", []byte("HTTP/1.1 100 Continue\r\n\r\n")), KindProtocol},
		{"endless trailer", pour(head("200 OK", "Transfer-Encoding: chunked")+"0\r\n", []byte("T: v\r\n")), KindProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, Config{BaseURL: rawServer(t, tt.f), MaxBody: 1 << 20, Timeout: 5 * time.Second})
			mustKind(t, c.Do(t.Context(), get("/x")), tt.kind)
		})
	}
}

func TestConnectionFaults(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + ln.Addr().String()
	ln.Close()
	mustKind(t, client(t, Config{BaseURL: closed}).Do(t.Context(), get("/x")), KindRefused)
	mustKind(t, client(t, Config{BaseURL: "http://nowhere.invalid"}).Do(t.Context(), get("/x")), KindDNS)

	reset := rawServer(t, func(c net.Conn, _ *http.Request) { _ = c.(*net.TCPConn).SetLinger(0) })
	mustKind(t, client(t, Config{BaseURL: reset}).Do(t.Context(), get("/x")), KindReset)
	half := rawServer(t, func(c net.Conn, _ *http.Request) {
		fmt.Fprint(c, head("200 OK", "Content-Length: 100")+"abc")
		_, _ = c.Read(make([]byte, 1))
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { time.Sleep(50 * time.Millisecond); cancel() }()
	mustKind(t, client(t, Config{BaseURL: half}).Do(ctx, get("/x")), KindCancelled)
	mustKind(t, client(t, Config{BaseURL: closed}).Do(ctx, get("/x")), KindCancelled)

	proxy := client(t, Config{BaseURL: "http://scim.example.com", Proxy: closed})
	mustKind(t, proxy.Do(t.Context(), get("/x")), KindProxy)
}

// TestResetIsRetriedOnceForReads: a GET whose connection dies before any byte is tried once more; a POST
// never, because the server may have acted on it.
func TestResetIsRetriedOnceForReads(t *testing.T) {
	n := 0
	url := rawServer(t, func(c net.Conn, _ *http.Request) {
		if n++; n > 1 {
			fmt.Fprint(c, withLength("{}"))
		}
	})
	c := client(t, Config{BaseURL: url})
	x := c.Do(t.Context(), get("/x"))
	mustStatus(t, x, 200)
	if len(x.Attempts) != 1 || x.Attempts[0].Error == nil || x.Attempts[0].Error.Kind != KindReset {
		t.Errorf("the first try must stand in the record: %+v", x.Attempts)
	}
	n = 0
	mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/Users", Body: []byte("{}")}), KindReset)
	if n != 1 {
		t.Errorf("the POST was sent %d times", n)
	}
}

// TestNewConnectionAfterAServerError: frameworks destroy the connection after the answer to a request that failed;
// the next request must not be sent into it.
func TestNewConnectionAfterAServerError(t *testing.T) {
	var mu sync.Mutex
	var peers []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		peers = append(peers, r.RemoteAddr)
		mu.Unlock()
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(srv.Close)
	c := client(t, Config{BaseURL: srv.URL})
	for _, path := range []string{"/fine", "/broken", "/fine"} {
		c.Do(t.Context(), get(path))
	}
	if len(peers) != 3 || peers[0] != peers[1] || peers[1] == peers[2] {
		t.Errorf("connections %v: the first is used again, but not after the 500", peers)
	}
}
