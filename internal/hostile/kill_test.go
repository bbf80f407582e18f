//go:build hostile

package hostile

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/scimmage/scimmage/internal/provider"
)

// fewSuites create users and groups, change them and delete them again.
var fewSuites = []string{"--suite", "rfc.groups,okta.users", "--only", "rfc.groups/add*,okta.users/*", "--journal", "r.ndjson", "-o", "json=r.json"}

// strike does something to the running command when the target has got its n-th request.
type strike struct {
	at       int64
	handled  bool // the target does what it was asked for, but nobody ever hears of it
	cmd      atomic.Pointer[exec.Cmd]
	signal   syscall.Signal
	went     atomic.Bool
	goesOn   bool // the target answers after the signal
	theRest  behaviour
	finished atomic.Bool
}

func (s *strike) wrap(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch {
	case s.finished.Load() || n < s.at:
		next.ServeHTTP(w, r)
		return
	case s.theRest != nil:
		s.theRest(w, r, next)
		return
	case !s.went.CompareAndSwap(false, true):
		next.ServeHTTP(w, r)
		return
	}
	if s.handled {
		next.ServeHTTP(discard{}, r)
	}
	if cmd := s.cmd.Load(); cmd != nil {
		_ = cmd.Process.Signal(s.signal) // it may have ended by itself
	}
	if s.goesOn {
		next.ServeHTTP(w, r)
		return
	}
	reset("")(w, r, next)
}

// play runs the command until the strike has done its work.
func (s *strike) play(t *testing.T) (*bench, outcome) {
	t.Helper()
	b := newBench(t, provider.Options{}, s.wrap)
	ctx, cancel := context.WithTimeout(context.Background(), hangAfter)
	defer cancel()
	cmd := command(ctx, t, t.TempDir(), append([]string{"run", "--url", b.url, "--seed", seed}, fewSuites...)...)
	s.cmd.Store(cmd)
	o := finish(t, cmd)
	s.finished.Store(true)
	return b, o
}

// cleanup runs `scimmage cleanup` in the directory of an earlier run.
func cleanup(t *testing.T, b *bench, dir string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hangAfter)
	defer cancel()
	return finish(t, command(ctx, t, dir, append([]string{"cleanup", "--url", b.url}, args...)...))
}

// TestKilledAnywhere kills the run at many of its requests, before and after the target has done what it was asked for:
// afterwards `cleanup --journal` leaves nothing behind, and everything that was there before is what it was.
func TestKilledAnywhere(t *testing.T) {
	points := oneOf(16, 4)
	for i := range points {
		s := &strike{at: int64(6 + 112/points*i), handled: i%2 == 0, signal: syscall.SIGKILL}
		t.Run(fmt.Sprintf("request %d", s.at), func(t *testing.T) {
			t.Parallel()
			b, o := s.play(t)
			if o.code != -1 {
				t.Fatalf("exit %d: the run ended before it was killed; stderr:\n%s", o.code, tail(o.stderr))
			}
			left := len(b.ours(t))
			c := cleanup(t, b, o.dir, "--journal", "r.ndjson")
			if c.code != 0 {
				t.Errorf("cleanup: exit %d\n%s%s", c.code, c.stdout, c.stderr)
			}
			b.nothingOfOurs(t)
			b.foreignUntouched(t)
			t.Logf("%d objects there after the kill, %s", left, strings.TrimSpace(c.stdout))
		})
	}
}

func (b *bench) nothingOfOurs(t *testing.T) {
	t.Helper()
	for key, is := range b.ours(t) {
		t.Errorf("left behind: %s %s", key, tail(is))
	}
}

// TestInterrupted: a signal ends the run with a partial report, and everything is removed.
func TestInterrupted(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := &strike{at: 41, signal: sig, goesOn: true}
			b, o := s.play(t)
			if o.code != 130 {
				t.Errorf("exit %d, want 130; stderr:\n%s", o.code, tail(o.stderr))
			}
			b.nothingOfOurs(t)
			b.foreignUntouched(t)
			report, err := os.ReadFile(o.dir + "/r.json")
			if err != nil || !strings.Contains(string(report), `"partial": true`) && !strings.Contains(string(report), `"partial":true`) {
				t.Errorf("no partial report (%v)", err)
			}
		})
	}
}

// TestNetworkLost: what could not be removed without a network is removed by cleanup when it is back.
func TestNetworkLost(t *testing.T) {
	t.Parallel()
	s := &strike{at: 41, theRest: reset("")}
	b, o := s.play(t)
	if o.code != untestable {
		t.Errorf("exit %d, want %d; stderr:\n%s", o.code, untestable, tail(o.stderr))
	}
	if len(b.ours(t)) == 0 {
		t.Error("nothing was left, so nothing is shown by removing it")
	}
	if c := cleanup(t, b, o.dir); c.code != 0 { // the journal of the last run is found in the cache
		t.Errorf("cleanup: exit %d\n%s%s", c.code, c.stdout, c.stderr)
	}
	b.nothingOfOurs(t)
	b.foreignUntouched(t)
}

// TestCleanupByPrefixAsksFirst: a run was killed and its journal is lost.
func TestCleanupByPrefixAsksFirst(t *testing.T) {
	t.Parallel()
	s := &strike{at: 55, signal: syscall.SIGKILL}
	b, o := s.play(t)
	before := len(b.ours(t))
	if before == 0 {
		t.Fatal("nothing was left, so nothing is shown by removing it")
	}
	prefix := prefixOf(t, o.dir)
	if c := cleanup(t, b, o.dir, "--prefix", prefix); c.code != 2 || !strings.Contains(c.stderr, "would be deleted") || len(b.ours(t)) != before {
		t.Errorf("exit %d, %d of %d objects are there: it did not ask\n%s", c.code, len(b.ours(t)), before, c.stderr)
	}
	for _, short := range []string{"s", "scimmage", "a@example.com"} {
		if c := cleanup(t, b, o.dir, "--prefix", short, "--yes"); c.code != 2 {
			t.Errorf("--prefix %s: exit %d, want 2", short, c.code)
		}
	}
	if c := cleanup(t, b, o.dir, "--prefix", prefix, "--yes"); c.code != 0 {
		t.Errorf("exit %d\n%s%s", c.code, c.stdout, c.stderr)
	}
	b.nothingOfOurs(t)
	b.foreignUntouched(t)
}

func prefixOf(t *testing.T, dir string) string {
	t.Helper()
	journal, err := os.ReadFile(dir + "/r.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(journal), `"prefix":"`)
	if !ok {
		t.Fatal("the journal names no prefix")
	}
	prefix, _, _ := strings.Cut(rest, `"`)
	return prefix
}

// TestWithoutDelete: people that a server cannot delete are deactivated and listed.
func TestWithoutDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t, provider.Options{}, func(_ int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			says(501, scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"501"}`)(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
	o := run(t, b.url, "--suite", "okta.users")
	ours := b.ours(t)
	if len(ours) == 0 {
		t.Fatal("nothing was left, so nothing is shown")
	}
	for key, is := range ours {
		if strings.HasPrefix(key, "Users/") && !strings.Contains(is, `"active":false`) {
			t.Errorf("%s is still active: %s", key, tail(is))
		}
	}
	b.allListed(t, o.doc)
	b.foreignUntouched(t)
}
