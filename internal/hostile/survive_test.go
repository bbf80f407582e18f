//go:build hostile

package hostile

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

// someSuites are some cases of every kind: fixtures, groups, paging, an identity provider.
var someSuites = []string{"--suite", "rfc.create,rfc.groups,rfc.paging,okta.users", "--only", "okta.users/*,rfc.paging/*,rfc.groups/add*,rfc.create/*"}

// likeAnother are the servers that are left out without -whole, because another one meets the same handling.
var likeAnother = map[string]string{
	"reset-after-the-request": "reset-at-once", "reset-in-the-status-line": "reset-in-the-headers",
	"binary": "ssh", "tls-expired": "tls-self-signed", "http2-goaway": "http2-goaway-with-an-error", "http2-garbage": "http2-reset-stream",
	"status-000": "status-999", "status-garbage": "http-0.9", "content-length-negative": "content-length-twice", "chunk-size-huge": "chunk-size-broken",
	"redirects-endless": "redirect-to-itself", "login-page-as-json": "login-page", "forbidden": "unauthorized", "rate-limited-for-a-year": "rate-limited-for-ever",
	"gzip-cut": "gzip-garbage", "null": "empty-objects", "a-hundred-thousand-members": "a-million-members", "long-numbers": "huge-numbers",
	"scalars-are-objects": "scalars-are-lists", "wrapped-in-a-list": "wrapped-in-data", "ids-with-script": "ids-with-quotes",
	"ids-with-percent": "ids-with-dots", "garbage-halfway": "cut-answers-halfway", "bad-gateway-halfway": "server-errors-halfway",
	"tls-too-old": "tls-wants-our-certificate", "reset-in-the-body": "content-length-too-long", "accepts-and-hangs-up": "reset-at-once",
	"login-page-halfway": "login-page", "captive-portal": "server-error-always", "redirect-to-garbage": "redirect-to-another-host",
	"continue-flood": "early-hints", "utf-16": "byte-order-mark", "lists-are-objects": "scalars-are-lists", "the-same-list-for-everything": "empty-objects",
	"ids-with-slashes": "ids-with-dots", "body-slow": "headers-slow", "negative-totals": "huge-numbers",
	"endless-bodies-halfway": "body-endless", "silent-bodies-halfway": "silent-halfway", "resets-halfway": "cut-answers-halfway",
}

// TestSurvivesEveryFault plays the whole command against every hostile server of the table; without -whole against one of each
// kind of handling, which are 60 at least too.
func TestSurvivesEveryFault(t *testing.T) {
	table := faults()
	played := table
	if !*whole {
		played = slices.DeleteFunc(slices.Clone(table), func(f fault) bool { return likeAnother[f.name] != "" })
	}
	if len(played) < 60 {
		t.Fatalf("%d faults; the table is to hold 60 at least", len(played))
	}
	seen := map[string]bool{}
	for _, f := range table {
		if seen[f.name] {
			t.Fatalf("two faults are called %s", f.name)
		}
		seen[f.name] = true
	}
	for name, other := range likeAnother {
		if !seen[name] || !seen[other] || likeAnother[other] != "" {
			t.Errorf("likeAnother names %s and %s; both must be in the table, and the second must be played", name, other)
		}
	}
	for _, f := range played {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.survive(t)
		})
	}
}

func (f fault) survive(t *testing.T) {
	url, b := f.target(t)
	args := slices.Clone(f.args)
	if !slices.Contains(args, "--suite") {
		args = append(args, someSuites...)
	}
	o := run(t, url, args...)
	t.Logf("exit %d after %s, %d MB, %d requests, %d findings", o.code, o.took.Round(1e6), o.rss>>20, o.doc.Run.Requests, o.doc.Counts.Findings)
	if !slices.Contains(f.exit, o.code) {
		t.Errorf("exit %d, want one of %v; stderr:\n%s", o.code, f.exit, tail(o.stderr))
	}
	if o.rss == 0 && runtime.GOOS == "linux" {
		t.Error("nobody knows how much memory that took")
	}
	if o.rss > memoryLimit {
		t.Errorf("%d MB of memory, more than %d", o.rss>>20, memoryLimit>>20)
	}
	readable(t, o)
	if f.says != "" && !strings.Contains(o.stdout+o.stderr, f.says) {
		t.Errorf("nobody is told %q; stderr:\n%s", f.says, tail(o.stderr))
	}
	if bad := verdicts(o.doc); !f.judged && len(bad) > 0 {
		t.Errorf("%d checks fail against a server that could not be judged, the first is %s", len(bad), bad[0])
	}
	if f.finds != "" && !found(o.doc, f.finds) {
		t.Errorf("%s is not among the findings", f.finds)
	}
	complete(t, o)
	if b != nil {
		b.foreignUntouched(t)
		b.allListed(t, o.doc)
	}
}

// target puts the fault in front of a provider, or starts the listener that the fault brings.
func (f fault) target(t *testing.T) (string, *bench) {
	if f.serve != nil {
		return f.serve(&backend{t: t}), nil
	}
	b := newBench(t, f.with, func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if f.do == nil || n <= f.after {
			next.ServeHTTP(w, r)
			return
		}
		f.do(w, r, next)
	})
	return b.url, b
}

var ugly = regexp.MustCompile(`panic|goroutine \d|runtime error|nil pointer|0xc000|%!|<nil>|the suite is broken|has a bug`)

// maxLines is how much a person has to read of a server that could not be tested.
const maxLines = 700

// readable: no trace of a crash, no flood of equal errors.
func readable(t *testing.T, o outcome) {
	t.Helper()
	text := o.stdout + o.stderr
	if m := ugly.FindString(text); m != "" {
		i := strings.Index(text, m)
		t.Errorf("the output holds %q: …%s", m, text[max(0, i-300):min(len(text), i+300)])
	}
	if strings.ContainsAny(text, "\x1b\x07\x00") {
		t.Error("control characters of the server reach the terminal")
	}
	if n := strings.Count(text, "\n"); n > maxLines && o.code != fails {
		t.Errorf("%d lines of output", n)
	}
	errs := 0
	for _, s := range o.doc.Suites {
		for _, c := range s.Cases {
			if c.Outcome == result.Error {
				errs++
			}
		}
	}
	if o.doc.Run.Partial && errs > 30 {
		t.Errorf("%d cases end in an error although the run was given up", errs)
	}
}

// complete: every artefact that was asked for is there and is what it claims to be.
func complete(t *testing.T, o outcome) {
	t.Helper()
	for _, name := range []string{"r.html", "r.xml", "r.md", "r.sarif", "r.tap", "r.har", "r.csv", "r.svg", "r.ndjson"} {
		b, err := os.ReadFile(filepath.Join(o.dir, name))
		if err != nil || len(b) == 0 {
			t.Errorf("%s was not written: %v", name, err)
			continue
		}
		if name == "r.xml" {
			for d := xml.NewDecoder(strings.NewReader(string(b))); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Errorf("%s: %v", name, err)
					break
				}
			}
		}
	}
	if _, err := result.ReadJournal(open(t, filepath.Join(o.dir, "r.ndjson")), result.SinkFunc(func(result.Event) {})); err != nil {
		t.Errorf("journal: %v", err)
	}
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // read only
	return f
}

// allListed: what the run left on the target stands in its report.
func (b *bench) allListed(t *testing.T, doc *result.Document) {
	t.Helper()
	for key, is := range b.ours(t) {
		if !slices.ContainsFunc(doc.Leftovers, func(o result.Object) bool {
			return o.ID != "" && strings.HasSuffix(key, "/"+o.ID) || o.Marker != "" && strings.Contains(strings.ToLower(is), strings.ToLower(o.Marker))
		}) {
			t.Errorf("left behind and not listed: %s %s", key, tail(is))
		}
	}
}

// verdicts are the checks that say something bad of the target.
func verdicts(doc *result.Document) (out []string) {
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Outcome == result.Fail || k.Outcome == result.Warn {
					out = append(out, fmt.Sprintf("%s: %s", k.ID, k.Summary))
				}
			}
		}
	}
	return out
}

func found(doc *result.Document, id string) bool {
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			if slices.ContainsFunc(c.Checks, func(k result.Check) bool { return k.ID == id && k.Finding() }) {
				return true
			}
		}
	}
	return false
}
