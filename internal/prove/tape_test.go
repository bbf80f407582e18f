//go:build prove

package prove

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// Tape is everything that one run sends to the clean provider. Sent again to a provider with a defect,
// it tells in which cases an answer differs; the others say of the defect what they say of the clean
// provider, and need not run. To ask again costs a fraction of a run, which has to judge as well.
type Tape struct {
	shots  []shot
	clean  [][32]byte
	always []string // cases that a tape cannot hold
}

type shot struct {
	caseID      string
	method, url string
	header      http.Header
	body        []byte
	host        string
	at          time.Time // when it came: what an answer showed of the clock comes again in later requests
}

// What a run sends before its first case decides about every case; what it sends between two, or after the last, about none.
const (
	before = ""
	after  = "-"
)

// Record runs the cases (those of a default run if there are none) against the clean provider and keeps what was sent.
func (b *Bench) Record(ctx context.Context, only []string) (*Tape, error) {
	t := &Tape{}
	played := map[string]bool{}
	current := before
	names := newNames()
	sink := result.SinkFunc(func(e result.Event) {
		switch e.Type {
		case result.CaseStarted:
			current = StripItem(e.Case)
			played[current] = true
			names.enter(e.Case)
		case result.CaseEnded:
			current = after
		}
	})
	var running func() time.Time
	var now atomic.Pointer[time.Time]
	var mu sync.Mutex
	began := epoch
	now.Store(&began)
	options := func(o *provider.Options) {
		running = o.Clock
		o.NewID, o.Clock = names.next, func() time.Time { return *now.Load() }
	}
	_, err := b.run(ctx, nil, nil, Selection{Only: b.closure(only), Options: options}, sink, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			mu.Lock() // a case may ask several things at the same time
			at := running()
			now.Store(&at)
			if err == nil {
				t.shots = append(t.shots, shot{current, r.Method, r.URL.String(), r.Header.Clone(), body, r.Host, at})
			}
			mu.Unlock()
			r.Body = io.NopCloser(bytes.NewReader(body))
			h.ServeHTTP(w, r)
		})
	})
	if err != nil {
		return nil, err
	}
	for _, s := range b.Library.Suites {
		for _, c := range s.Cases {
			if played[c.FullID()] && (slices.ContainsFunc(c.Steps, live) || slices.Contains(c.Needs, "loopback")) {
				t.always = append(t.always, c.FullID())
			}
		}
	}
	if t.clean, err = t.replay(nil, nil); err != nil {
		return nil, err
	}
	again, err := t.replay(nil, nil)
	if err != nil {
		return nil, err
	}
	for i := range again {
		if again[i] != t.clean[i] && t.shots[i].caseID != before && t.shots[i].caseID != after {
			t.always = append(t.always, t.shots[i].caseID) // a cursor, say: no two are alike
		}
	}
	t.always = tidy(t.always)
	return t, nil
}

// live: what goes over the wire at the same time, or waits for somebody to call, is on no tape.
func live(s *suites.Step) bool {
	return len(s.Parallel) > 0 || slices.Contains([]string{"listener", "burst"}, s.Go)
}

// Differing lists the cases in which a provider with the defect (or the variant: one of the two) answers
// differently. It is nil when the tape does not tell: then the whole has to run.
func (t *Tape) Differing(defect, variant []string) ([]string, error) {
	if provider.Address(defect) != "" {
		return nil, nil // it is not the answers that differ
	}
	got, err := t.replay(defect, variant)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(t.always)
	for i := range got {
		if got[i] == t.clean[i] || t.shots[i].caseID == after {
			continue
		}
		if t.shots[i].caseID == before {
			return nil, nil // what discovery says decides about every case
		}
		out = append(out, t.shots[i].caseID)
	}
	return tidy(out), nil
}

// replay sends the tape and gives the digest of each answer.
func (t *Tape) replay(defects, variants []string) ([][32]byte, error) {
	names := newNames()
	var now time.Time
	p, err := provider.New(provider.Options{Token: "token-a", Tokens: map[string]string{"token-b": "other"}, BaseURL: home,
		Clock: func() time.Time { return now }, NewID: names.next, Defects: defects, Variants: variants})
	if err != nil {
		return nil, err
	}
	got := make([][32]byte, len(t.shots))
	for i, s := range t.shots {
		now = s.at
		names.enter(s.caseID)
		got[i] = s.send(p)
	}
	return got, nil
}

func (s shot) send(h http.Handler) [32]byte {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, s.method, s.url, bytes.NewReader(s.body))
	if err != nil {
		return sha256.Sum256([]byte(err.Error()))
	}
	req.Header, req.Host = s.header.Clone(), s.host
	w := &digest{header: http.Header{}}
	w.serve(h, req)
	return w.sum()
}

// digest is a ResponseWriter that keeps what is needed to compare.
type digest struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
	note   string
}

func (w *digest) serve(h http.Handler, r *http.Request) {
	defer func() {
		if p := recover(); p != nil {
			w.note = "panic"
		}
	}()
	h.ServeHTTP(w, r)
}

func (w *digest) Header() http.Header { return w.header }

func (w *digest) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
	}
}

// enough is more than any honest answer: an endless body ends here.
const enough = 16 << 20

func (w *digest) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len() > enough {
		panic(http.ErrAbortHandler)
	}
	return w.body.Write(b)
}

// Hijack implements http.Hijacker: whoever takes the connection does something that the clean one does not.
func (w *digest) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.note = "hijacked"
	return nil, nil, errors.New("no connection here")
}

func (w *digest) sum() [32]byte {
	h := sha256.New()
	fmt.Fprintln(h, w.status, w.note)
	var names []string
	for n := range w.sent {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintln(h, n, w.sent[n])
	}
	h.Write(w.body.Bytes())
	return [32]byte(h.Sum(nil))
}

// names hands out ids that depend on the case alone: what one case creates more or less is no
// difference in the next.
type names struct {
	at string
	n  map[string]int
}

func newNames() *names { return &names{n: map[string]int{}} }

func (k *names) enter(id string) { k.at = StripItem(id) }

func (k *names) next() string {
	k.n[k.at]++
	s := sha256.Sum256(fmt.Appendf(nil, "%s %d", k.at, k.n[k.at]))
	s[6], s[8] = s[6]&0x0f|0x40, s[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", s[0:4], s[4:6], s[6:8], s[8:10], s[10:16])
}
