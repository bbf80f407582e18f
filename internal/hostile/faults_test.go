//go:build hostile

package hostile

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/scimmage/scimmage/internal/provider"
)

// Exit codes that a fault may lead to (the contract of the command line).
const (
	fails      = 1 // judged, and something is wrong with it
	untestable = 3
)

// fault is one way in which a server is hostile or broken.
type fault struct {
	name  string
	after int64 // so many requests are answered rightly before it begins
	do    behaviour
	serve func(b *backend) string // a listener of its own, which gives the base URL
	with  provider.Options
	args  []string
	exit  []int
	says  string // what a person must read on the terminal or in the text report
	// judged: there are answers that can be judged, so that findings are right. Without it not one check may fail.
	judged bool
	finds  string // a check that must be among the findings
}

// soon is the wait for answers that never come. Where a slow machine cannot make a difference it is short.
var soon = []string{"--timeout", "400ms"}

var afterwards int64 = 40 // the run is in the middle of its cases then

// faults is the table: every line is played against the whole command. Those on the wire below HTTP stand in wireFaults.
func faults() []fault {
	return append(append(append(wireFaults(), messageFaults()...), bodyFaults()...), lateFaults()...)
}

// messageFaults: HTTP that is odd, hostile or not for us.
func messageFaults() []fault {
	var hops atomic.Int64
	return []fault{
		{name: "http-0.9", do: wire("<html>hello</html>"), exit: []int{untestable}, says: "not valid HTTP"},
		{name: "status-garbage", do: wire("HTTP/1.1 abc OK\r\n\r\n"), exit: []int{untestable}, says: "not valid HTTP"},
		{name: "status-999", do: wire("HTTP/1.1 999 Whatever\r\nContent-Length: 0\r\n\r\n"), exit: []int{untestable}},
		{name: "status-000", do: wire("HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n"), exit: []int{untestable}},
		{name: "switching-protocols", do: wire("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), args: soon, exit: []int{untestable}},
		{name: "content-length-too-long", do: wire(okHead + "Content-Length: 9000\r\n\r\n" + oneUser), exit: []int{untestable}, says: "broke off"},
		{name: "content-length-too-short", do: wire(okHead + "Content-Length: 20\r\nConnection: close\r\n\r\n" + oneUser), exit: []int{untestable}},
		{name: "content-length-negative", do: wire(okHead + "Content-Length: -5\r\n\r\n" + oneUser), exit: []int{untestable}, says: "not valid HTTP"},
		{name: "content-length-twice", do: wire(okHead + "Content-Length: 5\r\nContent-Length: 7\r\n\r\n1234567"), exit: []int{untestable}, says: "not valid HTTP"},
		{name: "chunk-size-broken", do: wire(okHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"), exit: []int{untestable}},
		{name: "chunks-end-early", do: wire(okHead + "Transfer-Encoding: chunked\r\n\r\n50\r\n{\"totalResults\":"), exit: []int{untestable}, says: "broke off"},
		{name: "chunk-size-huge", do: wire(okHead + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}"), exit: []int{untestable}},
		{name: "headers-too-large", do: wire("HTTP/1.1 200 OK\r\nX-Bomb: " + strings.Repeat("b", 3<<20) + "\r\n\r\n"), exit: []int{untestable}},
		{name: "header-flood", do: label(func(h http.Header) {
			for i := range 2000 {
				h.Set(fmt.Sprintf("X-Flood-%d", i), strings.Repeat("f", 100))
			}
		}), args: []string{"--suite", "rfc.create,okta.users", "--only", "rfc.create/*,okta.users/join*"}, exit: []int{0, fails}, judged: true},
		{name: "headers-endless", do: drip("HTTP/1.1 200 OK\r\n", "X-More: and more and more and more\r\n", 0), exit: []int{untestable}},
		{name: "headers-slow", do: drip("HTTP/1.1 200 OK\r\n", "X", 50*time.Millisecond), args: soon, exit: []int{untestable}, says: "in time"},
		{name: "body-slow", do: drip(okHead+"Content-Length: 100000\r\n\r\n{", " ", 50*time.Millisecond), args: soon, exit: []int{untestable}, says: "in time"},
		{name: "body-endless", do: drip(okHead+"\r\n[", strings.Repeat("1,", 32<<10), 0), exit: []int{untestable}, says: "larger than the limit"},
		{name: "continue-flood", do: before(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 3)), exit: []int{0, fails}, judged: true},
		{name: "continue-endless", do: drip("", "HTTP/1.1 100 Continue\r\n\r\n", 0), exit: []int{untestable}},
		{name: "early-hints", do: before("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"), exit: []int{0, fails}, judged: true},
		{name: "no-content-with-a-body", do: onlyFor("DELETE", "/Users", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			bend(func([]byte) []byte { return nil })(discard{}, r, next)
			wire("HTTP/1.1 204 No Content\r\nContent-Length: 20\r\n\r\n{\"deleted\":\"really\"}")(w, r, next)
		}), exit: []int{0, fails}, judged: true},
		{name: "redirect-to-itself", do: func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}, exit: []int{untestable}, says: "redirect"},
		{name: "redirects-endless", do: func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, fmt.Sprintf("/scim/v2/Users/%d", hops.Add(1)), http.StatusTemporaryRedirect)
		}, exit: []int{untestable}, says: "redirect"},
		{name: "redirect-to-another-host", do: says(302, "", "", "Location", "http://203.0.113.9/scim/v2/Users"), exit: []int{untestable}, says: "never sent to another"},
		{name: "redirect-to-garbage", do: says(302, "", "", "Location", "http://[::1:%zz/"), exit: []int{untestable}, says: "redirect"},
		{name: "redirect-to-login", do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.URL.Path == "/login" {
				says(200, "text/html", login)(w, r, next)
				return
			}
			http.Redirect(w, r, "/login", http.StatusFound)
		}, exit: []int{untestable}, says: "web page"},
		{name: "login-page", do: says(200, "text/html; charset=utf-8", login), exit: []int{untestable}, says: "web page"},
		{name: "login-page-as-json", do: says(200, scimJSON, login), exit: []int{untestable}},
		{name: "captive-portal", do: says(511, "text/html", login), exit: []int{untestable}},
		{name: "nothing-here", do: says(404, "text/plain", "404 page not found\n"), exit: []int{untestable}, says: "nothing here"},
		{name: "unauthorized", do: says(401, scimJSON, `{"detail":"who are you?"}`), exit: []int{untestable}, says: "credentials"},
		{name: "forbidden", do: says(403, "text/plain", "no"), exit: []int{untestable}, says: "credentials"},
		{name: "server-error-always", do: says(500, "text/plain", "oops"), exit: []int{untestable}},
		{name: "rate-limited-for-ever", do: says(429, scimJSON, `{}`), args: []string{"--max-wait", "1s"}, exit: []int{untestable}, says: "429"},
		{name: "rate-limited-for-a-year", do: says(429, scimJSON, `{}`, "Retry-After", "31536000"), exit: []int{untestable}, says: "429"},
		{name: "unavailable-for-ever", do: says(503, scimJSON, `{}`, "Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"), exit: []int{untestable}},
		{name: "gzip-bomb", do: says(200, scimJSON, bomb(), "Content-Encoding", "gzip"), exit: []int{untestable}, says: "larger than the limit"},
		{name: "gzip-garbage", do: says(200, scimJSON, oneUser, "Content-Encoding", "gzip"), exit: []int{untestable}},
		{name: "gzip-cut", do: says(200, scimJSON, gz(oneUser)[:60], "Content-Encoding", "gzip"), exit: []int{untestable}},
		{name: "clock-years-off", with: provider.Options{Clock: func() time.Time { return time.Date(1997, 3, 1, 0, 0, 0, 0, time.UTC) }},
			do: label(func(h http.Header) { h.Set("Date", "Sat, 01 Mar 1997 00:00:00 GMT") }), exit: []int{0, fails}, judged: true},
		{name: "location-elsewhere", do: label(func(h http.Header) {
			if h.Get("Location") != "" {
				h.Set("Location", "https://evil.example.net/scim/v2/Users/1")
			}
		}), exit: []int{fails}, judged: true},
	}
}

// discard is a response that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

var (
	jsonString = regexp.MustCompile(`:"[^"]*"`)
	jsonScalar = regexp.MustCompile(`:(true|false|[0-9]+|"[^"]*")`)
	jsonID     = regexp.MustCompile(`"id":"[^"]*"`)
)

func swap(re *regexp.Regexp, with string) behaviour {
	return bend(func(b []byte) []byte { return re.ReplaceAll(b, []byte(with)) })
}

// ids makes the provider hand out odd ids.
func ids(pattern string) provider.Options {
	var n atomic.Int64
	return provider.Options{NewID: func() string { return fmt.Sprintf(pattern, n.Add(1)) }}
}

// bodyFaults: answers that are HTTP, with bodies that are not what anybody promised.
func bodyFaults() []fault {
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	return []fault{
		{name: "empty-bodies", do: says(200, scimJSON, ""), exit: []int{untestable}, says: "empty body"},
		{name: "empty-objects", do: says(200, scimJSON, "{}"), exit: []int{untestable}, says: "no SCIM here"},
		{name: "null", do: says(200, scimJSON, "null"), exit: []int{untestable}},
		{name: "error-inside-200", do: says(200, scimJSON, `{"success":false,"error":{"code":42,"message":"not logged in"}}`), exit: []int{untestable}, says: "no SCIM here"},
		{name: "the-same-list-for-everything", do: says(200, scimJSON, oneUser), exit: []int{fails}, judged: true},
		{name: "deep-nesting", do: says(200, scimJSON, deep), exit: []int{untestable}},
		{name: "deep-nesting-in-a-user", do: bend(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"userName":`), []byte(`"deep":`+strings.Repeat(`[`, 20_000)+strings.Repeat("]", 20_000)+`,"userName":`), 1)
		}), exit: []int{0, fails}, judged: true},
		{name: "a-million-members", do: onlyFor("", "/Groups", bend(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"displayName":`), []byte(`"members":[`+strings.Repeat(`{"value":"x"},`, 999_999)+`{"value":"y"}],"displayName":`), 1)
		})), args: []string{"--suite", "rfc.groups", "--only", "rfc.groups/create*"}, exit: []int{0, fails}, judged: true},
		{name: "a-hundred-thousand-members", do: onlyFor("POST", "/Groups", bend(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"displayName":`), []byte(`"members":[`+strings.Repeat(`{"value":"0f8fad5b-d9cb-469f-a165-70867728950e"},`, 99_999)+`{"value":"y"}],"displayName":`), 1)
		})), args: []string{"--suite", "rfc.groups", "--only", "rfc.groups/create*"}, exit: []int{0, fails}, judged: true},
		{name: "huge-numbers", do: bend(func(b []byte) []byte {
			return regexp.MustCompile(`"(totalResults|startIndex|itemsPerPage|maxResults|maxOperations|maxPayloadSize)":\d+`).ReplaceAll(b, []byte(`"$1":1e400`))
		}), exit: []int{fails}, judged: true},
		{name: "long-numbers", do: bend(func(b []byte) []byte {
			return regexp.MustCompile(`"totalResults":\d+`).ReplaceAll(b, []byte(`"totalResults":`+strings.Repeat("9", 4000)))
		}), exit: []int{fails}, judged: true},
		{name: "negative-totals", do: bend(func(b []byte) []byte {
			return regexp.MustCompile(`"(totalResults|itemsPerPage|startIndex)":\d+`).ReplaceAll(b, []byte(`"$1":-7`))
		}), exit: []int{fails}, judged: true},
		{name: "invalid-utf8", do: bend(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("@"), []byte("\xff\xfe")) }), exit: []int{fails}, judged: true, finds: "every-response/transport/utf8"},
		{name: "byte-order-mark", do: bend(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }), exit: []int{fails}, judged: true, finds: "every-response/transport/utf8"},
		{name: "utf-16", do: bend(func(b []byte) []byte {
			out := []byte{0xff, 0xfe}
			for _, c := range b {
				out = append(out, c, 0)
			}
			return out
		}), exit: []int{untestable}},
		{name: "duplicate-keys", do: swap(jsonID, `"id":"first","id":"second"`), exit: []int{fails}, judged: true, finds: "every-response/transport/duplicate-keys"},
		{name: "not-a-number", do: swap(regexp.MustCompile(`"totalResults":\d+`), `"totalResults":NaN`), exit: []int{fails, untestable}, judged: true},
		{name: "strings-are-numbers", do: swap(jsonString, ":7"), exit: []int{fails, untestable}, judged: true},
		{name: "scalars-are-lists", do: swap(jsonScalar, ":[$1]"), exit: []int{fails}, judged: true},
		{name: "scalars-are-objects", do: swap(jsonScalar, `:{"value":$1}`), exit: []int{fails, untestable}, judged: true},
		{name: "scalars-are-null", do: swap(jsonScalar, ":null"), exit: []int{fails, untestable}, judged: true},
		{name: "lists-are-objects", do: bend(func(b []byte) []byte {
			return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte(":["), []byte(`:{"0":[`)), []byte("],"), []byte("]},"))
		}), exit: []int{fails, untestable}, judged: true},
		{name: "booleans-are-strings", do: swap(regexp.MustCompile(`:(true|false)`), `:"$1"`), exit: []int{fails}, judged: true},
		{name: "wrapped-in-a-list", do: bend(func(b []byte) []byte { return append(append([]byte("["), b...), ']') }), exit: []int{fails, untestable}, judged: true},
		{name: "wrapped-in-data", do: bend(func(b []byte) []byte { return append(append([]byte(`{"data":`), b...), '}') }), exit: []int{fails, untestable}, judged: true},
		{name: "garbage-after-the-end", do: bend(func(b []byte) []byte { return append(b, "<!-- rendered in 4 ms -->"...) }), exit: []int{fails, untestable}, judged: true},
		{name: "cut-in-half", do: bend(func(b []byte) []byte { return b[:len(b)/2] }), exit: []int{untestable}},
		{name: "control-characters", do: bend(func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("Test"), []byte(`\u001b[2J\u0007\u0000\u202e`))
		}), exit: []int{0, fails}, judged: true},
		{name: "ids-with-slashes", with: ids("a/b/%d"), exit: []int{0, fails, untestable}, judged: true},
		{name: "ids-with-quotes", with: ids(`"'%d\`), exit: []int{0, fails}, judged: true},
		{name: "ids-with-script", with: ids(`<script>alert(%d)</script>`), exit: []int{0, fails, untestable}, judged: true},
		{name: "ids-with-dots", with: ids("../../Users/..%%2f%d"), exit: []int{0, fails, untestable}, judged: true},
		{name: "ids-with-percent", with: ids("100%%25%%zz%%00-%d"), exit: []int{0, fails, untestable}, judged: true},
		{name: "ids-with-line-breaks", with: ids("a\r\nX-Injected: %d"), exit: []int{0, fails}, judged: true},
		{name: "ids-of-a-megabyte", do: bend(func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte(`"id":"`), []byte(`"id":"`+strings.Repeat("i", 1<<20)))
		}), exit: []int{0, fails}, judged: true, args: []string{"--suite", "rfc.create"}},
		{name: "ids-empty", do: swap(jsonID, `"id":""`), exit: []int{fails}, judged: true},
		{name: "ids-all-the-same", do: swap(jsonID, `"id":"42"`), exit: []int{fails}, judged: true},
		{name: "list-without-end", do: onlyFor("GET", "/Users", endlessList()), exit: []int{fails, 0}, judged: true},
		{name: "cursor-loops", do: bend(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"Resources":`), []byte(`"nextCursor":"again","Resources":`), 1)
		}), exit: []int{0, fails}, judged: true},
	}
}

// endlessList gives a full page of new people for whatever page is asked.
func endlessList() behaviour {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path != "/scim/v2/Users" {
			next.ServeHTTP(w, r)
			return
		}
		var b strings.Builder
		for i := range 100 {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"e%d","userName":"endless%d@example.com","meta":{"resourceType":"User"}}`, n.Add(1), n.Load())
		}
		says(200, scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2147483647,"itemsPerPage":100,"startIndex":1,"nextCursor":"`+fmt.Sprint(n.Load())+`","Resources":[`+b.String()+`]}`)(w, r, next)
	}
}

// lateFaults begin in the middle of a run: the target was there, and then it was not.
func lateFaults() []fault {
	var turn atomic.Int64
	return []fault{
		{name: "silent-halfway", after: afterwards, do: silence(""), args: soon, exit: []int{untestable}, says: "stopped answering"},
		{name: "silent-bodies-halfway", after: afterwards, do: silence(okHead + "Content-Length: 500\r\n\r\n{"), args: soon, exit: []int{untestable}, says: "stopped answering"},
		{name: "silent-now-and-then", after: afterwards, args: soon, exit: []int{untestable}, says: "stopped answering", do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if turn.Add(1)%3 == 0 {
				silence("")(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		}, judged: true},
		{name: "resets-halfway", after: afterwards, do: reset(""), exit: []int{untestable}, says: "stopped answering with "},
		{name: "cut-answers-halfway", after: afterwards, do: wire(okHead + "Content-Length: 900\r\n\r\n{"), exit: []int{untestable}, says: "stopped answering"},
		{name: "garbage-halfway", after: afterwards, do: wire("garbage\r\n\r\n"), exit: []int{untestable}, says: "stopped answering"},
		{name: "endless-bodies-halfway", after: afterwards, do: drip(okHead+"\r\n[", strings.Repeat("1,", 32<<10), 0), exit: []int{untestable}, says: "stopped answering"},
		{name: "rate-limited-halfway", after: afterwards, do: says(429, scimJSON, "{}"), args: []string{"--max-wait", "1s"}, exit: []int{untestable}, says: "429"},
		{name: "bad-gateway-halfway", after: afterwards, do: says(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"), exit: []int{untestable}, says: "502", judged: true},
		{name: "token-expires-halfway", after: afterwards, do: says(401, scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401"}`), exit: []int{untestable}, says: "credentials", judged: true},
		{name: "login-page-halfway", after: afterwards, do: says(200, "text/html", login), exit: []int{untestable}, says: "web page", judged: true},
		{name: "server-errors-halfway", after: afterwards, do: says(500, scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"500"}`), exit: []int{untestable, fails}, judged: true},
	}
}
