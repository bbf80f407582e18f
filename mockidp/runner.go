package mockidp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// runner is the schedule of one application. Everything that is sent to an application is sent by its runner, one thing after the
// other, whether a job, a cycle or a button asked for it.
type runner struct {
	i    *IdP
	app  string
	stop context.CancelFunc
	done chan struct{}

	use       sync.Mutex   // held while something is sent
	asked     atomic.Int64 // work that was asked for and has not got hold of it yet
	importing atomic.Bool  // an import was asked for and is not done

	mu       sync.Mutex
	busy     bool
	progress *Progress
	told     time.Time
	cancel   context.CancelFunc // of the long work under way
	conn     *connection
}

// Progress is how far long work has come.
type Progress struct {
	What    string    `json:"what"`
	Done    int       `json:"done"`
	Total   int       `json:"total,omitempty"`
	Started time.Time `json:"started"`
}

func (r *runner) working() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.busy || r.asked.Load() > 0
}

func (r *runner) setBusy(b bool) {
	r.mu.Lock()
	r.busy = b
	r.mu.Unlock()
}

// loop does what is due until ctx ends.
func (r *runner) loop(ctx context.Context) {
	for ctx.Err() == nil {
		news := r.i.news()
		next, worked := r.turn(ctx)
		if worked {
			continue
		}
		r.i.wait(ctx, news, next)
	}
}

// turn does one piece of work that is due. Without one it says when the next will be.
func (r *runner) turn(ctx context.Context) (next time.Time, worked bool) {
	r.use.Lock()
	defer r.use.Unlock()
	app, err := getApp(ctx, r.i.db.r, r.app)
	if err != nil {
		return time.Time{}, false
	}
	if j, err := nextJob(ctx, r.i.db.r, r.app); err == nil && j != nil {
		if !j.Due.After(r.i.now()) {
			r.setBusy(true)
			defer r.setBusy(false)
			if app, err = getApp(ctx, r.i.db.r, r.app); err == nil {
				r.job(ctx, app, j)
			}
			return time.Time{}, err == nil
		}
		next = j.Due
	}
	if due, ok := cycleDue(app); ok {
		if !due.After(r.i.now()) {
			r.setBusy(true)
			defer r.setBusy(false)
			_ = r.i.purgeDue(ctx) // who was restored in between stays; the purger goes on with the others
			// The clock may have been moved since app was read, and its settings changed before that.
			if app, err = getApp(ctx, r.i.db.r, r.app); err == nil {
				r.cycle(ctx, app)
			}
			return time.Time{}, err == nil
		}
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next, false
}

// connection of the application, made again when its settings have changed.
func (r *runner) connection(app *App) (*connection, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn != nil && r.conn.updated.Equal(app.Updated) {
		r.conn.app = app
		return r.conn, nil
	}
	c, err := r.i.connect(app)
	if err != nil {
		return nil, err
	}
	if r.conn != nil {
		r.conn.client.Close()
	}
	r.conn = c
	return c, nil
}

// job does one job and decides what becomes of it: done, a task for the administrator, or a wait that the application asked for.
func (r *runner) job(ctx context.Context, app *App, j *Job) {
	i := r.i
	j.State = "running"
	if err := i.db.write(ctx, func(tx *statements) error { return putJob(ctx, tx, j, i.now()) }); err != nil {
		return
	}
	op, err := r.act(ctx, app, j)
	if ctx.Err() != nil { // stopped: what was under way is taken up again at the next start
		j.State = jobQueued
		_ = i.db.write(ctx, func(tx *statements) error { return putJob(ctx, tx, j, i.now()) })
		return
	}
	m := i.manners[app.Profile]
	j.State = jobDone
	switch {
	case err != nil:
		var p *problemError
		if !errors.As(err, &p) || p.status != 404 {
			j.State, j.Message, j.Title = jobFailed, err.Error(), firstNonEmpty(j.Title, j.Action)
		}
	case op == nil || op.OK:
	case op.limited && j.Tries+1 < max(m.RateLimitTries, 1):
		j.State, j.Tries = jobQueued, j.Tries+1
		wait := retryAfter(op.retryAfter, m.DefaultRetryAfter)
		if j.Wait > 0 {
			wait = max(wait, 2*time.Duration(j.Wait)*time.Millisecond)
		}
		j.Wait, j.Due, j.Message, j.Title, j.Op = wait.Milliseconds(), i.now().Add(wait), "Rate limited by the application; waiting.", op.Title, op.ID
	default:
		j.State, j.Message, j.Title, j.Op = jobFailed, op.Message, op.Title, op.ID
	}
	_ = i.change(ctx, "job", app.ID, j.Object, func(tx *statements) error {
		if j.State == jobFailed { // an older task of the same object is overtaken by this one
			if _, err := tx.ExecContext(ctx, "DELETE FROM jobs WHERE app_id = ? AND kind = ? AND object_id = ? AND state = 'failed' AND id <> ?", j.App, j.Kind, j.Object, j.ID); err != nil {
				return err
			}
		}
		if j.State == jobDone && op != nil {
			if _, err := tx.ExecContext(ctx, "DELETE FROM jobs WHERE app_id = ? AND kind = ? AND object_id = ? AND state = 'failed'", j.App, j.Kind, j.Object); err != nil {
				return err
			}
		}
		return putJob(ctx, tx, j, i.now())
	})
}

// act does what a job is about.
func (r *runner) act(ctx context.Context, app *App, j *Job) (*Op, error) {
	if app.Settings.BaseURL == "" {
		return nil, nil // not connected yet: what changed stays marked
	}
	c, err := r.connection(app)
	if err != nil {
		return nil, err
	}
	i := r.i
	switch j.Action {
	case "sync":
		if j.Kind == kindGroup {
			return i.syncGroup(ctx, c, j.Object, 0, true)
		}
		return i.syncPerson(ctx, c, j.Object, false, 0)
	case "force":
		return i.syncPerson(ctx, c, j.Object, true, 0)
	case "password":
		return i.syncPassword(ctx, c, j.Object)
	case "push-now":
		return i.pushNow(ctx, c, j.Object)
	case "link":
		return i.linkGroup(ctx, c, j.Object, j.Args)
	case "unlink-delete":
		return i.deletePushed(ctx, c, j.Object)
	case "delete-user":
		return i.deleteAccount(ctx, c, j.Object, 0)
	}
	return nil, conflict("this scimmage knows no work of the kind %q", j.Action)
}

// exclusively does something at a person's request, when the runner has nothing in its hands.
func (i *IdP) exclusively(ctx context.Context, appID string, f func(ctx context.Context, r *runner, c *connection) error) error {
	r := i.runner(appID)
	if r == nil {
		return notFound("application", appID)
	}
	r.use.Lock()
	defer r.use.Unlock()
	app, err := getApp(ctx, i.db.r, appID)
	if err != nil {
		return err
	}
	c, err := r.connection(app)
	if err != nil {
		return err
	}
	r.setBusy(true)
	defer func() { r.setBusy(false); i.announce() }()
	return f(ctx, r, c)
}

// begin shows progress of long work and makes it possible to stop it.
func (r *runner) begin(ctx context.Context, what string, total int) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	r.mu.Lock()
	r.progress, r.cancel = &Progress{What: what, Total: total, Started: r.i.now()}, cancel
	r.mu.Unlock()
	r.i.announce()
	return ctx, func() {
		cancel()
		r.mu.Lock()
		r.progress, r.cancel = nil, nil
		r.mu.Unlock()
		r.i.announce()
	}
}

// report counts progress.
func (r *runner) report(done, total int) {
	r.mu.Lock()
	tell := false
	if r.progress != nil {
		r.progress.Done = done
		if total > 0 {
			r.progress.Total = total
		}
		if now := r.i.o.System.Now(); now.Sub(r.told) > 500*time.Millisecond {
			r.told, tell = now, true
		}
	}
	r.mu.Unlock()
	if tell {
		r.i.announce()
	}
}

func (r *runner) underWay() *Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.progress == nil {
		return nil
	}
	p := *r.progress
	return &p
}

// stopWork ends the long work under way; false when there is none.
func (r *runner) stopWork() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel == nil {
		return false
	}
	r.cancel()
	return true
}
