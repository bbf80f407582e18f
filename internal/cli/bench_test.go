package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

// benchTarget serves a fresh reference provider over a socket. Every answer takes at least the given time, as a
// target with a database and a network in between does.
func benchTarget(b *testing.B, latency time.Duration) string {
	b.Helper()
	srv := httptest.NewUnstartedServer(nil)
	url := "http://" + srv.Listener.Addr().String() + "/scim/v2"
	p, err := provider.New(provider.Options{Token: "bench-token", BaseURL: url})
	if err != nil {
		b.Fatal(err)
	}
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if latency > 0 {
			time.Sleep(latency)
		}
		p.ServeHTTP(w, r)
	})
	srv.Start()
	b.Cleanup(srv.Close)
	return url
}

// benchRun is `scimmage run --url` as a person starts it.
func benchRun(b *testing.B, url string, more ...string) time.Duration {
	b.Helper()
	var out, errs bytes.Buffer
	start := time.Now()
	if code := Main(append([]string{"scimmage", "run", "--url", url, "--token", "bench-token", "--seed", "7", "--quiet"}, more...), strings.NewReader(""), &out, &errs); code != exitOK {
		b.Fatalf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	return time.Since(start)
}

// replayBare sends the requests of a run again with nothing but net/http, one after the other, and reads the answers.
func replayBare(b *testing.B, from, to string, exchanges []result.Exchange) time.Duration {
	b.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	start := time.Now()
	for _, x := range exchanges {
		req, err := http.NewRequestWithContext(b.Context(), x.Request.Method, to+strings.TrimPrefix(x.Request.URL, from), strings.NewReader(x.Request.Body))
		if err != nil {
			continue // bytes that net/http does not send, such as a filter that is no UTF-8
		}
		for _, h := range x.Request.Headers {
			req.Header.Add(h.Name, h.Value)
		}
		if req.Header.Get("Authorization") != "" {
			req.Header.Set("Authorization", "Bearer bench-token")
		}
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	return time.Since(start)
}

// BenchmarkRunOverBareHTTP compares the wall time of a whole run with that of its bare requests, both measured here
// and now over the same kind of socket. The ratio is what scimmage costs beside the target; it should stay under 1.3
// for a target that takes 10 ms for an answer (better-auth, the fastest real server of our tests with a database, takes 11).
func BenchmarkRunOverBareHTTP(b *testing.B) {
	b.Setenv("XDG_CACHE_HOME", b.TempDir())
	for _, latency := range []time.Duration{0, 10 * time.Millisecond} {
		b.Run("answers-after-"+latency.String(), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "result.json")
			first := benchTarget(b, 0)
			benchRun(b, first, "-o", "json="+file)
			raw, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			var doc result.Document
			if err := json.Unmarshal(raw, &doc); err != nil || len(doc.Exchanges) < 1000 {
				b.Fatalf("%d exchanges, %v", len(doc.Exchanges), err)
			}
			var whole, bare time.Duration
			for b.Loop() {
				whole += benchRun(b, benchTarget(b, latency))
				bare += replayBare(b, first, benchTarget(b, latency), doc.Exchanges)
			}
			b.ReportMetric(float64(whole)/float64(bare), "ratio")
			b.ReportMetric(float64(len(doc.Exchanges)), "requests")
			b.ReportMetric((whole-bare).Seconds()*1000/float64(b.N)/float64(len(doc.Exchanges)), "extra-ms/request")
		})
	}
}
