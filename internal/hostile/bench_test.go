//go:build hostile

package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/cli"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

// asCommand makes this test binary the scimmage command: the tests run whole processes, to be able to kill them and to measure
// their memory.
const asCommand = "SCIMMAGE_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		code := cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr)
		if file := os.Getenv(peakFile); file != "" {
			status, _ := os.ReadFile("/proc/self/status") // not there on every system; the parent looks
			_ = os.WriteFile(file, status, 0o600)         // the parent misses it, if it fails
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// peakFile is where the command leaves what the kernel says of its memory: the figure that a parent gets of a child that has
// ended counts the parent's own pages too.
const peakFile = "SCIMMAGE_PEAK_FILE"

// peak is the most memory that a command has had, 0 where the kernel does not say.
func peak(dir string) int64 {
	b, _ := os.ReadFile(filepath.Join(dir, "peak"))
	for _, line := range strings.Split(string(b), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(kb, "kB")), 10, 64) // 0 when it is no number
			return n << 10
		}
	}
	return 0
}

// Credentials of the benches. They are searched for in everything that a run writes.
const (
	token = "hostile-Tok3n/of+the=bench-8d21"
	seed  = "4711"
)

// bench is the reference provider, full of other people's accounts, behind a wrapper that misbehaves.
type bench struct {
	provider *provider.Provider
	url      string
	before   map[string]string // foreign objects, by endpoint and id
	requests atomic.Int64
}

// wrapper decides what becomes of a request; n counts from 1.
type wrapper func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler)

func newBench(t testing.TB, o provider.Options, wrap wrapper) *bench {
	t.Helper()
	b := &bench{}
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.url = "http://" + ln.Addr().String() + "/scim/v2"
	b.provider = newProvider(t, o, b.url)
	b.before = b.objects(t)
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := b.requests.Add(1)
		if wrap == nil {
			b.provider.ServeHTTP(w, r)
			return
		}
		wrap(n, w, r, b.provider)
	})}
	go func() { _ = srv.Serve(ln) }()     // ends when the test closes the server
	t.Cleanup(func() { _ = srv.Close() }) // nothing is open that could be lost
	return b
}

// newProvider makes a provider with forty people and six groups of theirs that no run may touch.
func newProvider(t testing.TB, o provider.Options, url string) *provider.Provider {
	t.Helper()
	o.Token, o.BaseURL = token, url
	if o.Seed == 0 {
		o.Seed = 40
	}
	p, err := provider.New(o)
	if err != nil {
		t.Fatal(err)
	}
	plain := func(method, path, body string) map[string]any {
		r := httptest.NewRequest(method, url+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/scim+json")
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		var m map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &m) // of a provider that is wrong on purpose
		return m
	}
	list, _ := plain("GET", "/Users?count=100", "")["Resources"].([]any)
	for i, name := range []string{"Everyone", "Payroll", "Admins", "VPN", "Board", "Contractors"} {
		var members []string
		for j, u := range list {
			if m, _ := u.(map[string]any); j%(i+2) == 0 {
				id, _ := json.Marshal(m["id"]) // of a string
				members = append(members, `{"value":`+string(id)+`}`)
			}
		}
		plain("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"`+name+`","members":[`+strings.Join(members, ",")+`]}`)
	}
	return p
}

// objects are all users and groups as the provider has them, by endpoint and id.
func (b *bench) objects(t testing.TB) map[string]string {
	t.Helper()
	var all map[string][]json.RawMessage
	if err := json.Unmarshal(b.provider.Snapshot(""), &all); err != nil {
		t.Fatalf("snapshot: %v", err)
	}
	out := map[string]string{}
	for endpoint, list := range all {
		for _, raw := range list {
			var o struct{ ID string }
			_ = json.Unmarshal(raw, &o) // an id that is no string is compared by its bytes below
			out[endpoint+"/"+o.ID] += string(raw)
		}
	}
	return out
}

// foreignUntouched holds every account that was there before against what it is now, byte for byte.
func (b *bench) foreignUntouched(t testing.TB) (changed int) {
	t.Helper()
	now := b.objects(t)
	for key, was := range b.before {
		if is, ok := now[key]; !ok {
			t.Errorf("HARM: %s is gone", key)
			changed++
		} else if is != was {
			t.Errorf("HARM: %s was changed\n was %s\n is  %s", key, was, is)
			changed++
		}
	}
	return changed
}

// ours are the objects that the run has made and that are still there.
func (b *bench) ours(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for key, is := range b.objects(t) {
		if _, foreign := b.before[key]; !foreign {
			out[key] = is
		}
	}
	return out
}

// outcome is what a process did.
type outcome struct {
	code           int
	stdout, stderr string
	rss            int64 // bytes, the most it had
	took           time.Duration
	dir            string // artefacts
	doc            *result.Document
}

// limits that hold for every run against every server.
const (
	memoryLimit = 256 << 20
	hangAfter   = 4 * time.Minute // a deadline against hanging, not a measurement: CI machines are slow
)

// command starts scimmage in a directory of its own.
func command(ctx context.Context, t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Dir = dir
	cmd.Env = []string{asCommand + "=1", peakFile + "=" + dir + "/peak", "SCIMMAGE_TOKEN=" + token, "HOME=" + dir, "XDG_CACHE_HOME=" + dir + "/cache", "NO_COLOR=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "NO_PROXY=*"}
	return cmd
}

// finish waits for a started command.
func finish(t testing.TB, cmd *exec.Cmd) (o outcome) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	o.took = time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v", err)
	}
	o.code, o.stdout, o.stderr, o.dir = cmd.ProcessState.ExitCode(), out.String(), errs.String(), cmd.Dir
	o.rss = peak(cmd.Dir)
	return o
}

// reports that every run is asked for.
var reportArgs = []string{"-o", "json=r.json", "-o", "html=r.html", "-o", "junit=r.xml", "-o", "markdown=r.md", "-o", "sarif=r.sarif", "-o", "tap=r.tap", "-o", "har=r.har", "-o", "csv=r.csv", "-o", "badge=r.svg", "--journal", "r.ndjson"}

// run runs scimmage against a target and reads its document.
func run(t testing.TB, url string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hangAfter)
	defer cancel()
	args = append(append([]string{"run", "--url", url, "--seed", seed}, reportArgs...), args...)
	o := finish(t, command(ctx, t, t.TempDir(), args...))
	if ctx.Err() != nil {
		t.Fatalf("did not end within %s; stderr:\n%s", hangAfter, tail(o.stderr))
	}
	b, err := os.ReadFile(filepath.Join(o.dir, "r.json"))
	if err != nil {
		t.Fatalf("no report: %v; exit %d, stderr:\n%s", err, o.code, tail(o.stderr))
	}
	o.doc = &result.Document{}
	if err := json.Unmarshal(b, o.doc); err != nil {
		t.Fatalf("the report cannot be read: %v; exit %d, stderr:\n%s", err, o.code, tail(o.stderr))
	}
	return o
}

func tail(s string) string {
	if len(s) > 3000 {
		return "…" + s[len(s)-3000:]
	}
	return s
}
