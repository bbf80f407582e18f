//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// servers are the folders of testdata/servers.
var servers = []string{"scimmy-express4", "scimmy-express5", "better-auth"}

// token is what every server is started with. It looks like nothing else, so that a search for it in the artefacts of
// a run has no false hit.
const token = "e2e-Zm9yLXRlc3RzLW9ubHk-7c1d"

// startLimit is how long a server may take until it listens; better-auth takes about two seconds on an idle machine.
const startLimit = 60 * time.Second

// tail keeps what a server says on stderr, for the message of a test that fails.
type tail struct {
	mu  sync.Mutex
	buf strings.Builder
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf.Len() < 64<<10 {
		t.buf.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}

// start runs a server of testdata/servers on a free port for the length of the test and returns its base URL.
func start(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "testdata", "servers", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatalf("the packages of %s are missing; `make deps` installs them: %v", name, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "node", "start.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PORT=0", "TOKEN="+token, "NODE_ENV=production")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var stderr tail
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was told to stop: its exit status says nothing
		if t.Failed() {
			t.Logf("%s said on stderr:\n%s", name, stderr.String())
		}
	})
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if u, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
				found <- u
				break
			}
		}
		_, _ = io.Copy(io.Discard, stdout) // a full pipe would stop the server
	}()
	select {
	case u := <-found:
		return u
	case <-time.After(startLimit):
		t.Fatalf("%s did not listen within %v; stderr:\n%s", name, startLimit, stderr.String())
		return ""
	}
}

// throttled puts a proxy before base that answers every nth request with 429 and Retry-After: 1 instead of passing it
// on. That is legal (RFC 6585 section 4) and must change no verdict. It returns the proxy's base URL and its counter.
func throttled(t *testing.T, base string, nth int64) (string, *atomic.Int64) {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var seen, refused atomic.Int64
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
		r.Out.Host = r.In.Host
	}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1)%nth == 0 {
			refused.Add(1)
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Content-Type", "application/scim+json")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"429","detail":"slow down"}`)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + target.Path, &refused
}

// call sends one request with the token, outside of the tool, to see what a server really does.
func call(t *testing.T, method, u, body string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, u, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, u, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, u, err)
	}
	return resp.StatusCode, resp.Header, string(text)
}
