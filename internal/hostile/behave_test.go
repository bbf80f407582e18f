//go:build hostile

package hostile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// behaviour is what one request meets instead of an answer.
type behaviour func(w http.ResponseWriter, r *http.Request, next http.Handler)

// seize takes the connection away from net/http, to write what net/http would never write.
func seize(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// wire writes raw bytes and closes the connection.
func wire(text string) behaviour {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		conn := seize(w)
		_, _ = io.WriteString(conn, text) // the client may be gone
		_ = conn.Close()
	}
}

// reset writes the beginning of an answer and resets the connection.
func reset(text string) behaviour {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		conn := seize(w)
		_, _ = io.WriteString(conn, text) // the client may be gone
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // RST instead of FIN
		}
		_ = conn.Close()
	}
}

// silence writes the beginning of an answer and then nothing more.
func silence(text string) behaviour {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		conn := seize(w)
		_, _ = io.WriteString(conn, text) // the client may be gone
		_, _ = io.Copy(io.Discard, conn)  // until the client hangs up
		_ = conn.Close()
	}
}

// drip writes text again and again, one piece at a time, for as long as the client listens.
func drip(head, piece string, pause time.Duration) behaviour {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		conn := seize(w)
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, head); err != nil {
			return
		}
		for {
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
}

// says answers the same to everybody.
func says(status int, contentType, body string, headers ...string) behaviour {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the answer is not mistaken for a reset
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}
}

// bend changes the bodies of right answers.
func bend(change func(body []byte) []byte) behaviour {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if len(body) > 0 {
			body = change(body)
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		if rec.Code != http.StatusNoContent {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body) // the client may be gone
	}
}

// label changes the header fields of right answers.
func label(change func(h http.Header)) behaviour {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		change(w.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // the client may be gone
	}
}

// before sends raw bytes on the wire ahead of the right answer.
func before(text string) behaviour {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		conn := seize(w)
		defer func() { _ = conn.Close() }()
		var b bytes.Buffer
		b.WriteString(text)
		fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %d\r\n", rec.Code, http.StatusText(rec.Code), rec.Body.Len())
		_ = rec.Header().Write(&b) // into memory
		b.WriteString("\r\n")
		b.Write(rec.Body.Bytes())
		_, _ = conn.Write(b.Bytes()) // the client may be gone
	}
}

// onlyFor lets other requests pass.
func onlyFor(method, path string, do behaviour) behaviour {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if method != "" && r.Method != method || !strings.Contains(r.URL.Path, path) {
			next.ServeHTTP(w, r)
			return
		}
		do(w, r, next)
	}
}

func gz(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // into memory
	_ = w.Close()
	return b.String()
}

// bomb is about 40 KB that unpack to 40 MB.
func bomb() string { return gz(`{"totalResults":1,"x":"` + strings.Repeat("0", 40<<20) + `"}`) }

const (
	scimJSON = "application/scim+json"
	okHead   = "HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\n"
	oneUser  = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"itemsPerPage":1,"startIndex":1,"Resources":[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"somebody@example.com","active":true,"meta":{"resourceType":"User"}}]}`
	login    = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action=/login><input name=password type=password></form></body></html>"
)
