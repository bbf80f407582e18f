package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
)

// seen is what arrived at a server, byte for byte.
type seen struct {
	mu    sync.Mutex
	uris  []string
	heads []http.Header
}

func (s *seen) handler(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.uris = append(s.uris, r.Method+" "+r.RequestURI)
		s.heads = append(s.heads, r.Header.Clone())
		s.mu.Unlock()
		w.WriteHeader(status)
		if status != 204 {
			_, _ = io.WriteString(w, body)
		}
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	ok := "https://scim.example.com/v2"
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"no URL", Config{}, "missing"},
		{"no scheme", Config{BaseURL: "scim.example.com/v2"}, "http://"},
		{"other scheme", Config{BaseURL: "ftp://scim.example.com"}, "http://"},
		{"no host", Config{BaseURL: "https:///v2"}, "no host"},
		{"fragment", Config{BaseURL: ok + "#a"}, "fragment"},
		{"dots", Config{BaseURL: "https://scim.example.com/a/%2e%2e/b"}, ".."},
		{"credentials in URL", Config{BaseURL: "https://u:hunter22@scim.example.com"}, "credentials"},
		{"CA missing", Config{BaseURL: ok, CAFile: filepath.Join(dir, "none")}, "CA file"},
		{"CA junk", Config{BaseURL: ok, CAFile: junk}, "PEM"},
		{"cert without key", Config{BaseURL: ok, CertFile: junk}, "both files"},
		{"cert junk", Config{BaseURL: ok, CertFile: junk, KeyFile: junk}, "client certificate"},
		{"proxy", Config{BaseURL: ok, Proxy: "::"}, "proxy"},
		{"proxy scheme", Config{BaseURL: ok, Proxy: "gopher://h:1"}, "gopher"},
		{"auth kind", Config{BaseURL: ok, Auth: Auth{Kind: "magic"}}, "magic"},
		{"empty bearer", Config{BaseURL: ok, Auth: Auth{Kind: "bearer"}}, "SCIMMAGE_TOKEN"},
		{"newline in token", Config{BaseURL: ok, Auth: Auth{Kind: "bearer", Token: "abc\n"}}, "line break"},
		{"empty basic", Config{BaseURL: ok, Auth: Auth{Kind: "basic"}}, "password"},
		{"oauth URL", Config{BaseURL: ok, Auth: Auth{Kind: "oauth2"}}, "token URL"},
		{"oauth secret", Config{BaseURL: ok, Auth: Auth{Kind: "oauth2", TokenURL: ok, ClientID: "c"}}, "client secret"},
		{"oauth style", Config{BaseURL: ok, Auth: Auth{Kind: "oauth2", TokenURL: ok, ClientID: "c", AuthStyle: "smile"}}, "smile"},
		{"oauth key", Config{BaseURL: ok, Auth: Auth{Kind: "oauth2", TokenURL: ok, ClientID: "c", AuthStyle: "private-key-jwt", PrivateKeyFile: junk}}, "PEM"},
		{"header", Config{BaseURL: ok, Headers: []Header{{Name: "X", Value: "a\r\nb"}}}, "line break"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one about %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter22") {
				t.Errorf("the error repeats the password: %v", err)
			}
		})
	}
}

// TestWireBytes: path and query arrive as they were written, over a socket and in process alike.
func TestWireBytes(t *testing.T) {
	tests := []struct {
		name, base string
		r          Request
		want       string
	}{
		{"plain", "/scim/v2", get("/Users"), "GET /scim/v2/Users"},
		{"base with slash", "/scim/v2/", get("/Users"), "GET /scim/v2/Users"},
		{"no base path", "", get("/Users"), "GET /Users"},
		{"base itself", "/scim", get(""), "GET /scim"},
		{"root", "", get(""), "GET /"},
		{"okta filter", "", Request{Method: "GET", Path: "/Users", RawQuery: "filter=userName%20eq%20%22a%40b.c%22&startIndex=1&count=100"}, "GET /Users?filter=userName%20eq%20%22a%40b.c%22&startIndex=1&count=100"},
		{"entra filter", "", Request{Method: "GET", Path: "/Users", RawQuery: "filter=userName+eq+%22a%22"}, "GET /Users?filter=userName+eq+%22a%22"},
		{"query not escaped", "", Request{Method: "GET", Path: "/Users", RawQuery: `filter=userName%20eq%20"a"&x=%zz&&=`}, `GET /Users?filter=userName%20eq%20"a"&x=%zz&&=`},
		{"empty query", "", Request{Method: "GET", Path: "/Groups/1", ForceQuery: true}, "GET /Groups/1?"},
		{"query in path", "", get("/Users?a=b"), "GET /Users?a=b"},
		{"base with query", "?flag=1", Request{Method: "GET", Path: "/Users", RawQuery: "a=b"}, "GET /Users?flag=1&a=b"},
		{"odd escapes", "", get("/Users/%41%2f%2E%e2%82%ac"), "GET /Users/%41%2f%2E%e2%82%ac"},
		{"sub-delims", "", get("/Users/a@b:c;d,e+f!$&'()*="), "GET /Users/a@b:c;d,e+f!$&'()*="},
		{"quote in path", "", get(`/Users/a"b`), `GET /Users/a"b`},
		{"dots kept", "", get("/Users/../x"), "GET /Users/../x"},
		{"double slash", "/scim", get("//Users"), "GET /scim//Users"},
		{"double slash at the root", "", get("//Users"), "GET //Users"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var socket, memory seen
			srv := httptest.NewServer(socket.handler(200, "{}"))
			defer srv.Close()
			mustStatus(t, client(t, Config{BaseURL: srv.URL + tt.base}).Do(t.Context(), tt.r), 200)
			mustStatus(t, client(t, Config{BaseURL: "http://h" + tt.base, Handler: memory.handler(200, "{}")}).Do(t.Context(), tt.r), 200)
			if diff := cmp.Diff([][]string{{tt.want}, {tt.want}}, [][]string{socket.uris, memory.uris}); diff != "" {
				t.Errorf("request line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWireHeaders(t *testing.T) {
	okta := []Header{{Name: "Accept", Value: "application/scim+json"}, {Name: "Accept-Charset", Value: "utf-8"},
		{Name: "User-Agent", Value: "Okta SCIM Client 1.0.0"}, {Name: "Accept-Encoding", Value: "gzip,deflate"}}
	tests := []struct {
		name string
		r    Request
		want http.Header
	}{
		{"defaults", Request{Method: "GET"}, http.Header{"User-Agent": {"scimmage"}, "Authorization": {"Bearer s3cr3t-t0ken"}, "X-Extra": {"1"}}},
		{"okta", Request{Method: "GET", Header: okta}, http.Header{"Accept": {"application/scim+json"}, "Accept-Charset": {"utf-8"},
			"User-Agent": {"Okta SCIM Client 1.0.0"}, "Accept-Encoding": {"gzip,deflate"}, "Authorization": {"Bearer s3cr3t-t0ken"}, "X-Extra": {"1"}}},
		{"no user agent", Request{Method: "GET", NoAuth: true, Header: []Header{{Name: "user-agent", Omit: true}, {Name: "X-Extra", Omit: true}}}, http.Header{}},
		{"empty user agent", Request{Method: "GET", NoAuth: true, Header: []Header{{Name: "User-Agent"}, {Name: "X-Extra", Omit: true}}}, http.Header{"User-Agent": {""}}},
		{"own authorization", Request{Method: "GET", Header: []Header{{Name: "Authorization", Value: "Digest x"}}},
			http.Header{"User-Agent": {"scimmage"}, "Authorization": {"Digest x"}, "X-Extra": {"1"}}},
		{"other token", Request{Method: "GET", Auth: &Auth{Kind: "bearer", Token: "wrong"}},
			http.Header{"User-Agent": {"scimmage"}, "Authorization": {"Bearer wrong"}, "X-Extra": {"1"}}},
		{"body", Request{Method: "POST", Path: "/Users", NoAuth: true, Body: []byte("{}"), Header: []Header{{Name: "Content-Type", Value: "application/scim+json"}}},
			http.Header{"User-Agent": {"scimmage"}, "Content-Length": {"2"}, "Content-Type": {"application/scim+json"}, "X-Extra": {"1"}}},
		{"POST without body", Request{Method: "POST", Path: "/Users", NoAuth: true}, http.Header{"User-Agent": {"scimmage"}, "Content-Length": {"0"}, "X-Extra": {"1"}}},
		{"repeated", Request{Method: "GET", NoAuth: true, Header: []Header{{Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}}},
			http.Header{"User-Agent": {"scimmage"}, "X-A": {"1", "2"}, "X-Extra": {"1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var socket, memory seen
			srv := httptest.NewServer(socket.handler(200, "{}"))
			defer srv.Close()
			cfg := Config{BaseURL: srv.URL, Auth: Auth{Kind: "bearer", Token: "s3cr3t-t0ken"}, Headers: []Header{{Name: "X-Extra", Value: "1"}}}
			mustStatus(t, client(t, cfg).Do(t.Context(), tt.r), 200)
			cfg.Handler = memory.handler(200, "{}")
			mustStatus(t, client(t, cfg).Do(t.Context(), tt.r), 200)
			if diff := cmp.Diff(tt.want, socket.heads[0]); diff != "" {
				t.Errorf("over a socket (-want +got):\n%s", diff)
			}
			delete(memory.heads[0], "User-Agent")
			delete(socket.heads[0], "User-Agent")
			if diff := cmp.Diff(socket.heads[0], memory.heads[0]); diff != "" {
				t.Errorf("in process, against the socket (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeleteMayCarryContentTypeWithoutBody(t *testing.T) {
	var s seen
	srv := httptest.NewServer(s.handler(204, ""))
	defer srv.Close()
	c := client(t, Config{BaseURL: srv.URL})
	c.Guard().AllowMissing("5c1e7b1e-94a5-4f0c-9a51-000000000001")
	x := c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/5c1e7b1e-94a5-4f0c-9a51-000000000001",
		Header: []Header{{Name: "Content-Type", Value: "application/scim+json; charset=utf-8"}}})
	mustStatus(t, x, 204)
	if h := s.heads[0]; h.Get("Content-Type") == "" || h.Get("Content-Length") != "" {
		t.Errorf("headers %v", h)
	}
}

func TestOtherHostsAreNeverAsked(t *testing.T) {
	c := client(t, Config{BaseURL: "https://scim.example.com/v2", Handler: http.NotFoundHandler()})
	for _, path := range []string{"https://evil.example.net/v2/Users", "http://scim.example.com/v2/Users", "https://scim.example.com:8443/v2/Users",
		"https://scim.example.com@evil.example.net/v2", "https://u@scim.example.com/v2"} {
		mustKind(t, c.Do(t.Context(), get(path)), KindGuard)
	}
	for _, path := range []string{"https://scim.example.com/v2/Users", "HTTPS://SCIM.example.com:443/v2/Users", "/Users/https://x"} {
		mustStatus(t, c.Do(t.Context(), get(path)), 404)
	}
}

func TestRedirects(t *testing.T) {
	var s seen
	mux := http.NewServeMux()
	mux.HandleFunc("/a", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b?x=%20y", 302) })
	mux.HandleFunc("/b", s.handler(200, `{"at":"b"}`))
	mux.HandleFunc("/post", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/Users", 302) })
	mux.HandleFunc("/out", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://other.example.net/", 302) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", 307) })
	mux.HandleFunc("/keep", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/kept", 308) })
	c := client(t, Config{Handler: mux, BaseURL: "http://h", Auth: Auth{Kind: "bearer", Token: "tok-12345678"}})

	x := c.Do(t.Context(), get("/a"))
	mustStatus(t, x, 200)
	if x.Response.RedirectedTo != "http://h/b?x=%20y" || len(x.Attempts) != 1 || x.Attempts[0].Status != 302 || x.Request.URL != "http://h/a" {
		t.Errorf("redirect not recorded: %+v %+v", x.Response, x.Attempts)
	}
	if s.heads[0].Get("Authorization") != "Bearer tok-12345678" {
		t.Error("the same origin keeps the credentials")
	}
	x = c.Do(t.Context(), get("/out"))
	mustKind(t, x, KindRedirect)
	if !strings.Contains(x.Error.Message, "other.example.net") {
		t.Errorf("message %q", x.Error.Message)
	}
	mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/post", Body: []byte("{}")}), KindRedirect)
	x = c.Do(t.Context(), get("/loop"))
	mustKind(t, x, KindRedirect)
	if len(x.Attempts) != maxRedirects {
		t.Errorf("%d redirects followed", len(x.Attempts))
	}
	mustKind(t, c.Do(t.Context(), Request{Method: "POST", Path: "/keep", Body: []byte("{}")}), KindGuard)
	x = c.Do(t.Context(), Request{Method: "GET", Path: "/a", NoRedirect: true})
	mustStatus(t, x, 302)
}

// TestLegal429ChangesNothing: a limit on every fifth request is waited for and leaves a trace, no fault.
func TestLegal429ChangesNothing(t *testing.T) {
	n := 0
	clock := newFakeClock()
	h := func(w http.ResponseWriter, r *http.Request) {
		if n++; n%5 == 0 {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(429)
			return
		}
		_, _ = io.WriteString(w, "{}")
	}
	c := client(t, Config{Handler: http.HandlerFunc(h), Clock: clock})
	limited := 0
	for range 40 {
		x := c.Do(t.Context(), get("/Users"))
		mustStatus(t, x, 200)
		for _, a := range x.Attempts {
			if a.Status != 429 || a.RetryAfter != "2" || a.WaitMS != 2000 {
				t.Errorf("attempt %+v", a)
			}
			limited++
		}
	}
	if limited != 9 || c.Stats().RateLimited != 9 || clock.total() != 18*time.Second {
		t.Errorf("%d limited, %+v, waited %s", limited, c.Stats(), clock.total())
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value, date string
		tries       int
		want        time.Duration
	}{
		{"3", "", 0, 3 * time.Second},
		{" 3 ", "", 0, 3 * time.Second},
		{"0", "", 4, 0},
		{"-1", "", 0, time.Second},
		{"", "", 0, time.Second},
		{"soon", "", 2, 4 * time.Second},
		{"99999999999999999999", "", 1, 2 * time.Second},
		{"9999999999", "", 1, (1 << 31) * time.Second},
		{"Sun, 01 Mar 2026 12:00:07 GMT", "", 0, 7 * time.Second},
		{"Sun, 01 Mar 2026 11:00:00 GMT", "", 0, 0},
		{"Fri, 01 Mar 2002 12:00:07 GMT", "Fri, 01 Mar 2002 12:00:00 GMT", 0, 7 * time.Second},
	}
	for _, tt := range tests {
		h := http.Header{}
		h.Set("Retry-After", tt.value)
		if tt.date != "" {
			h.Set("Date", tt.date)
		}
		if got := retryAfter(h, now, tt.tries); got != tt.want {
			t.Errorf("Retry-After %q, Date %q: %s, want %s", tt.value, tt.date, got, tt.want)
		}
	}
}

func TestEndless429IsBounded(t *testing.T) {
	n := 0
	clock := newFakeClock()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(429)
	})
	c := client(t, Config{Handler: h, Clock: clock, MaxRetries429: 3})
	for range 50 {
		x := c.Do(t.Context(), get("/Users"))
		mustKind(t, x, KindRateLimited)
		if status(x) != 429 {
			t.Fatalf("the answer itself must stand in the record")
		}
	}
	if n > 100 || clock.total() > 3*time.Minute {
		t.Errorf("%d requests, waited %s", n, clock.total())
	}
	long := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(503)
	})
	x := client(t, Config{Handler: long, Clock: clock}).Do(t.Context(), get("/Users"))
	mustKind(t, x, KindRateLimited)
	plain503 := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) })
	mustStatus(t, client(t, Config{Handler: plain503}).Do(t.Context(), get("/Users")), 503)
	asked := Request{Method: "GET", Path: "/Users", NoRetry: true}
	mustStatus(t, client(t, Config{Handler: h}).Do(t.Context(), asked), 429)
}

func TestLimits(t *testing.T) {
	var s seen
	clock := newFakeClock()
	c := client(t, Config{Handler: s.handler(200, "{}"), Clock: clock, MaxRequests: 3, Rate: 2})
	for range 3 {
		mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
	}
	mustKind(t, c.Do(t.Context(), get("/Users")), KindLimit)
	if len(s.uris) != 3 || clock.total() != time.Second {
		t.Errorf("%d requests at 2/s took %s", len(s.uris), clock.total())
	}
	c = client(t, Config{Handler: s.handler(200, "{}"), Clock: clock, MaxDuration: time.Minute})
	mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
	_ = clock.Sleep(t.Context(), time.Minute)
	mustKind(t, c.Do(t.Context(), get("/Users")), KindLimit)
}

func TestReadOnly(t *testing.T) {
	var s seen
	c := client(t, Config{Handler: s.handler(200, "{}"), ReadOnly: true, Rules: GuardRules{AllowMe: true, AllowUnsafe: true}})
	for _, r := range []Request{get("/Users"), {Method: "POST", Path: "/.search", Body: []byte("{}")}, {Method: "POST", Path: "/Users/.search"}, {Method: "HEAD", Path: "/Users"}} {
		mustStatus(t, c.Do(t.Context(), r), 200)
	}
	n := len(s.uris)
	for _, r := range []Request{{Method: "POST", Path: "/Users"}, {Method: "PUT", Path: "/Me"}, {Method: "DELETE", Path: "/Users", Unsafe: true},
		{Method: "POST", Path: "/Bulk", Body: []byte(`{"Operations":[]}`)}, {Method: "POST", Path: "/x/.search/y"}, {Method: "PATCH", Path: "/.search"}} {
		mustKind(t, c.Do(t.Context(), r), KindReadOnly)
	}
	if len(s.uris) != n {
		t.Errorf("writes were sent: %v", s.uris[n:])
	}
}

func TestHandlerBehavesLikeAServer(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	tests := []struct {
		name string
		h    http.HandlerFunc
	}{
		{"sniffed type", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html>hi</html>") }},
		{"nothing written", func(w http.ResponseWriter, r *http.Request) {}},
		{"status only", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }},
		{"204 with a body", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204); _, _ = io.WriteString(w, "no") }},
		{"header after status", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); w.Header().Set("X-Late", "1") }},
		{"second status", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); w.WriteHeader(500) }},
		{"early hints", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(103); w.WriteHeader(201) }},
		{"length too large", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "abc")
		}},
		{"length too small", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "2")
			_, _ = io.WriteString(w, "abc")
		}},
		{"aborted", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
		{"aborted inside of the body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}},
		{"hijacked", func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprint(c, head("200 OK", "Content-Length: 10")+"abc")
				c.Close()
			}
		}},
		{"hijacked and dropped", func(w http.ResponseWriter, r *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				c.Close()
			}
		}},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}},
		{"asleep", func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}},
		{"asleep inside of the body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(tt.h)
			srv.Config.ErrorLog = nil
			srv.Start()
			defer srv.Close()
			r := Request{Method: "GET", Path: "/x", Timeout: 100 * time.Millisecond, NoRetry: true}
			socket := client(t, Config{BaseURL: srv.URL, MaxBody: 1 << 16}).Do(t.Context(), r)
			memory := client(t, Config{Handler: tt.h, MaxBody: 1 << 16}).Do(t.Context(), r)
			if kind(socket) != kind(memory) || status(socket) != status(memory) {
				t.Fatalf("socket: %d %q, in process: %d %q", status(socket), kind(socket), status(memory), kind(memory))
			}
			if socket.Response == nil || kind(socket) == KindBodyTooLarge {
				return
			}
			opt := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Headers" }, cmp.Transformer("names", plainHeaders))
			if diff := cmp.Diff(socket.Response, memory.Response, opt); diff != "" {
				t.Errorf("socket against in process:\n%s", diff)
			}
		})
	}
	bug := func(http.ResponseWriter, *http.Request) { panic("a bug of the handler") }
	mustKind(t, client(t, Config{Handler: http.HandlerFunc(bug)}).Do(t.Context(), get("/x")), KindPanic)
}

func plainHeaders(hs []result.Header) []string {
	var out []string
	for _, h := range hs {
		if h.Name != "Date" && h.Name != "Transfer-Encoding" {
			out = append(out, h.Name+": "+h.Value)
		}
	}
	return slices.Compact(out)
}

func TestLedgerKnowsOfCreatesFirst(t *testing.T) {
	var log []string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log = append(log, "sent "+r.Method)
		switch {
		case r.Method == "DELETE":
			w.WriteHeader(204)
		case r.URL.Path == "/scim/v2/Groups":
			w.WriteHeader(409)
		default:
			w.Header().Set("Location", "http://scim.example.com/scim/v2/Users/77")
			w.WriteHeader(201)
			_, _ = io.WriteString(w, `{"id":"77","userName":"run-abc-1"}`)
		}
	})
	stop := false
	c := client(t, Config{Handler: h, Rules: GuardRules{TrustEcho: true},
		OnCreateIntent: func(_ context.Context, in Intent) error {
			if stop {
				return errors.New("disk full")
			}
			log = append(log, "intent "+in.Endpoint+" "+in.Marker)
			return nil
		},
		OnCreated:        func(cr Created) { log = append(log, "created "+cr.Endpoint+"/"+cr.ObjectID) },
		OnCreateRejected: func(in Intent, st int) { log = append(log, fmt.Sprint("rejected ", in.Endpoint, " ", st)) },
		OnDeleted:        func(d Deleted) { log = append(log, "deleted "+d.Endpoint+"/"+d.ObjectID) },
	})
	c.Do(t.Context(), Request{Method: "POST", Path: "/Users", Body: []byte(`{"userName":"run-abc-1"}`)})
	c.Do(t.Context(), Request{Method: "POST", Path: "/Groups", Body: []byte(`{"displayName":"run-abc-g"}`)})
	c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/77"})
	c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/77"})
	stop = true
	x := c.Do(t.Context(), Request{Method: "POST", Path: "/Users", Body: []byte(`{"userName":"run-abc-2"}`)})
	mustKind(t, x, KindOther)
	want := []string{"intent /Users run-abc-1", "sent POST", "created /Users/77", "intent /Groups run-abc-g", "sent POST", "rejected /Groups 409",
		"sent DELETE", "deleted /Users/77", "sent DELETE"}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConcurrentUse: many at once, with limits, creates and deletes; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	l := newLiar()
	var mu sync.Mutex
	n := 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		limited := n%5 == 0
		mu.Unlock()
		if limited {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
			return
		}
		l.ServeHTTP(w, r)
	})
	c := client(t, Config{Handler: h, Rules: GuardRules{RunID: "run-c"}, Auth: Auth{Kind: "bearer", Token: "tok-12345678"}})
	before := l.foreign()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 10 {
				path := "/Users/" + idOf(create(c, t, "/Users", fmt.Sprintf("run-c-%d-%d", i, k)))
				for _, r := range []Request{get("/Users"), {Method: "PATCH", Path: path}, {Method: "DELETE", Path: path}} {
					if x := c.Do(t.Context(), r); x.Error != nil {
						t.Errorf("%s %s: %v", r.Method, r.Path, x.Error)
					}
				}
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(before, l.foreign()); diff != "" || len(l.users) != 2 {
		t.Errorf("left behind or changed: %d users\n%s", len(l.users), diff)
	}
}
