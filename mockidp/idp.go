package mockidp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// Options of a mock identity provider.
type Options struct {
	Path     string // of the database, or ":memory:"
	System   System // time; only the mock clock, timers and latencies come from it
	Rand     io.Reader
	Library  *suites.Library
	Profiles *profile.Set
	Tool     result.Tool
	Token    string   // credential for the console and the API; "" = none, for loopback only
	Hosts    []string // names under which it may be called (Host header), ports included
	Jobs     int      // accounts of one application that a cycle handles at the same time
}

// IdP is a mock identity provider. It is safe for concurrent use.
type IdP struct {
	o       Options
	db      *database
	vault   *vault
	clock   *clock
	manners map[string]*Manners
	key     []byte // of form tokens and placeholder passwords

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	purging sync.Mutex // one at a time removes who is due

	mu      sync.Mutex
	runners map[string]*runner
	changed chan struct{} // closed and replaced when something happened
}

// Open opens or makes the database and starts the schedules of its applications.
func Open(o Options) (*IdP, error) {
	ctx, cancel := context.WithCancel(context.Background())
	i := &IdP{o: o, clock: newClock(o.System), ctx: ctx, cancel: cancel, runners: map[string]*runner{}, changed: make(chan struct{})}
	if i.o.Jobs <= 0 {
		i.o.Jobs = 4
	}
	var err error
	if i.manners, err = loadManners(o.Profiles); err != nil {
		cancel()
		return nil, err
	}
	if i.db, err = openDatabase(ctx, o.Path); err != nil {
		cancel()
		return nil, err
	}
	if i.vault, err = openVault(o.Path, o.Rand); err == nil {
		err = i.start(ctx)
	}
	if err != nil {
		cancel()
		return nil, errors.Join(err, i.db.close())
	}
	return i, nil
}

// start reads what the last process left: its clock, work that was under way, the applications.
func (i *IdP) start(ctx context.Context) error {
	var apps []*App
	err := i.db.write(ctx, func(tx *statements) error {
		raw, err := getMeta(ctx, tx, "clock")
		if err != nil {
			return err
		}
		var st ClockState
		if raw != "" && json.Unmarshal([]byte(raw), &st) == nil {
			i.clock.restore(st)
		}
		if err := i.loadKey(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE jobs SET state = 'queued' WHERE state = 'running'"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE cycles SET state = 'interrupted', ended = ? WHERE state = 'running'", millis(i.now())); err != nil {
			return err
		}
		apps, err = listApps(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range apps {
		i.startRunner(a.ID)
	}
	i.wg.Go(i.purger)
	return nil
}

func (i *IdP) loadKey(ctx context.Context, tx *statements) error {
	raw, err := getMeta(ctx, tx, "key")
	if err != nil {
		return err
	}
	if i.key, err = hex.DecodeString(raw); err == nil && len(i.key) == keySize {
		return nil
	}
	i.key = make([]byte, keySize)
	if _, err := io.ReadFull(i.o.Rand, i.key); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	return putMeta(ctx, tx, "key", hex.EncodeToString(i.key))
}

// Close ends the schedules and closes the database.
func (i *IdP) Close() error {
	i.cancel()
	i.wg.Wait()
	return i.db.close()
}

func (i *IdP) now() time.Time { return i.clock.now() }

// change commits a change together with the event that tells of it, then wakes who waits.
func (i *IdP) change(ctx context.Context, typ, app, object string, f func(tx *statements) error) error {
	err := i.db.write(ctx, func(tx *statements) error {
		if err := f(tx); err != nil {
			return err
		}
		return addEvent(ctx, tx, i.now(), typ, app, object, nil)
	})
	if err == nil {
		i.announce()
	}
	return err
}

// announce wakes the streams and the schedules.
func (i *IdP) announce() {
	i.mu.Lock()
	defer i.mu.Unlock()
	close(i.changed)
	i.changed = make(chan struct{})
}

// news is closed at the next change.
func (i *IdP) news() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.changed
}

func (i *IdP) runner(app string) *runner {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.runners[app]
}

func (i *IdP) startRunner(app string) {
	ctx, cancel := context.WithCancel(i.ctx)
	r := &runner{i: i, app: app, stop: cancel, done: make(chan struct{})}
	i.mu.Lock()
	i.runners[app] = r
	i.mu.Unlock()
	i.wg.Go(func() {
		defer close(r.done)
		r.loop(ctx)
	})
}

func (i *IdP) stopRunner(app string) {
	i.mu.Lock()
	r := i.runners[app]
	delete(i.runners, app)
	i.mu.Unlock()
	if r != nil {
		r.stop()
		<-r.done
	}
}

// wait blocks until a mock time has come, something changed, or ctx is done. A zero time waits for a change only.
func (i *IdP) wait(ctx context.Context, news <-chan struct{}, t time.Time) {
	var timer <-chan time.Time
	if !t.IsZero() {
		if d, ok := i.clock.until(t); ok {
			tm := time.NewTimer(d)
			defer tm.Stop()
			timer = tm.C
		}
	}
	select {
	case <-ctx.Done():
	case <-news:
	case <-timer:
	}
}

// Idle waits until no application has anything to do that is due. It reports false when the time is over first.
func (i *IdP) Idle(ctx context.Context) (bool, error) {
	for {
		news := i.news()
		busy := false
		i.mu.Lock()
		for _, r := range i.runners {
			busy = busy || r.working()
		}
		i.mu.Unlock()
		if !busy {
			due, err := i.anythingDue(ctx)
			if err != nil || !due {
				return !due, err
			}
		}
		i.wait(ctx, news, i.now().Add(time.Duration(float64(100*time.Millisecond)*max(i.clock.state().Speed, 1))))
		if ctx.Err() != nil {
			return false, nil
		}
	}
}

// anythingDue tells whether a job, a cycle or a purge should have begun by now.
func (i *IdP) anythingDue(ctx context.Context) (bool, error) {
	now := i.now()
	for _, q := range []struct {
		query string
		at    time.Time
	}{
		{"SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'running') OR EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND due <= ?)", now},
		{"SELECT EXISTS (SELECT 1 FROM people WHERE deleted_at <= ?)", now.Add(-softDeleteDays * 24 * time.Hour)},
	} {
		if n, err := count(ctx, i.db.r, q.query, millis(q.at)); err != nil || n > 0 {
			return true, err
		}
	}
	apps, err := listApps(ctx, i.db.r)
	for _, a := range apps {
		if at, ok := cycleDue(a); ok && !at.After(now) {
			return true, err
		}
	}
	return false, err
}

// mac is a keyed hash: form tokens, placeholder passwords and ids that must be the same each time.
func (i *IdP) mac(parts ...string) string {
	h := hmac.New(sha256.New, i.key)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(h.Sum(nil))
}

var ownID = regexp.MustCompile(`^[pg][0-9]{6,}$`)

// wireID is the id that a client of this kind gives the object: each identity provider's ids have their own form. Ids that the
// caller chose are kept.
func wireID(p *profile.Profile, kind, id string) string {
	if !ownID.MatchString(id) {
		return id
	}
	n := 0
	return p.NewID(kind, func(size int) string {
		n++
		out := ""
		for len(out) < size {
			sum := sha256.Sum256([]byte(fmt.Sprint("scimmage ", kind, " ", id, " ", n, " ", len(out))))
			out += hex.EncodeToString(sum[:])
		}
		return out[:size]
	})
}

// placeholder is the password of an account whose person has none of their own: eight characters of all kinds, as
// clients send on each create.
func (i *IdP) placeholder(id string) string {
	const lower, upper, digits, signs = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789", "!#%&*+?^"
	sum := sha256.Sum256([]byte(i.mac("password", id)))
	out := make([]byte, 8)
	for k, set := range []string{lower, signs, lower, upper, lower, digits, upper, lower} {
		out[k] = set[int(sum[k])%len(set)]
	}
	return string(out)
}
