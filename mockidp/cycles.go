package mockidp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Reasons of a quarantine, by the names that its administrator reads (entra.md 6).
const (
	reasonEndpoint = "EncounteredQuarantineException"
	reasonErrors   = "EncounteredEscrowProportionThreshold"
	reasonDeletes  = "DeletionThresholdReached"
)

// cycleDue is when the next cycle of an application is due; ok is false when it has no schedule.
func cycleDue(a *App) (time.Time, bool) {
	if a.State.Schedule != cycleStarted && a.State.Schedule != cycleQuarantine {
		return time.Time{}, false
	}
	return a.State.Next, true
}

// running is one cycle under way.
type running struct {
	i *IdP
	r *runner
	c *connection
	*Cycle

	mu   sync.Mutex
	done int
}

// cycle does one cycle: probe, people, groups, memberships, references, watermark (entra.md 6).
func (r *runner) cycle(ctx context.Context, app *App) {
	c, err := r.connection(app)
	i := r.i
	cy := &running{i: i, r: r, c: c, Cycle: &Cycle{App: app.ID, Kind: "incremental", State: "running", Started: i.now()}}
	if !app.State.Initial {
		cy.Kind = "initial"
	}
	work, end := r.begin(ctx, cy.Kind+" cycle", 0)
	defer end()
	if i.change(ctx, "cycle", app.ID, "", func(tx *statements) error { return putCycle(ctx, tx, cy.Cycle) }) != nil {
		return
	}
	reason := ""
	if err == nil {
		reason, err = cy.run(work)
	}
	cy.Ended, cy.State = i.now(), "done"
	switch {
	case work.Err() != nil:
		cy.State, cy.Message = "stopped", "Stopped; what is left is done in the next cycle."
	case err != nil:
		cy.State, cy.Message, reason = "failed", err.Error(), firstNonEmpty(reason, reasonEndpoint)
	case reason != "":
		cy.State = "failed"
	}
	_ = i.change(ctx, "cycle", app.ID, "", func(tx *statements) error {
		if err := cy.count(ctx, tx); err != nil {
			return err
		}
		now, err := getApp(ctx, tx, app.ID)
		if err != nil {
			return err
		}
		cy.next(now, reason)
		return errors.Join(putCycle(ctx, tx, cy.Cycle), putState(ctx, tx, now))
	})
}

// next is the schedule after a cycle.
func (cy *running) next(app *App, reason string) {
	st, m, now := &app.State, cy.c.manners(cy.i, app), cy.i.now()
	switch {
	case st.Schedule != cycleStarted && st.Schedule != cycleQuarantine: // stopped meanwhile
	case reason != "":
		if st.Schedule != cycleQuarantine {
			st.Since, st.Tries = now, 0
		}
		st.Schedule, st.Reason, st.Tries = cycleQuarantine, reason, st.Tries+1
		wait := 24 * time.Hour
		if n := len(m.QuarantineRetries); n > 0 {
			wait = m.QuarantineRetries[min(st.Tries, n)-1]
		}
		st.Next = now.Add(wait)
		if now.Sub(st.Since) >= time.Duration(m.QuarantineDays)*24*time.Hour {
			st.Schedule = cycleDisabled
		}
	case cy.State == "stopped":
		st.Next = now.Add(interval(app, m))
	default:
		st.Schedule, st.Reason, st.Tries, st.Since = cycleStarted, "", 0, time.Time{}
		st.Initial, st.Watermark, st.Next, st.AllowDeletes, st.Staged = true, cy.Started, now.Add(interval(app, m)), false, 0
	}
	if reason == reasonDeletes {
		st.Staged = cy.Counts.Staged
	}
}

// manners works for a connection that could not be made as well.
func (c *connection) manners(i *IdP, app *App) *Manners { return i.manners[app.Profile] }

func interval(app *App, m *Manners) time.Duration {
	if d, err := time.ParseDuration(app.Settings.Interval); err == nil && d > 0 {
		return d
	}
	return m.Interval
}

// run is the work of a cycle. A reason puts the application into quarantine.
func (cy *running) run(ctx context.Context) (reason string, err error) {
	if ok, err := cy.probe(ctx); err != nil || !ok {
		return reasonEndpoint, err
	}
	if cy.c.app.Settings.Scope == "all" && cy.Kind == "initial" {
		err := cy.i.db.write(ctx, func(tx *statements) error {
			return errors.Join(cy.c.app.touch(ctx, tx, cy.c.m, cy.i.now(), kindPerson, "SELECT id FROM people", ""), cy.c.app.touch(ctx, tx, cy.c.m, cy.i.now(), kindGroup, "SELECT id FROM groups", ""))
		})
		if err != nil {
			return "", err
		}
	}
	held, err := cy.holdDeletes(ctx)
	if err != nil {
		return "", err
	}
	for pass := range 2 { // people, then the references to those who are new
		if err := cy.people(ctx, held, pass > 0); err != nil {
			return "", err
		}
	}
	for _, members := range []bool{false, true} {
		if err := cy.groups(ctx, members); err != nil {
			return "", err
		}
	}
	q := cy.c.app.Settings.Quarantine
	events := cy.Counts.Seen + cy.Counts.Groups
	switch n := cy.Counts.Failed; {
	case held:
		return reasonDeletes, nil
	case n >= max(q.Least, 1) && events > 0 && n*100 > q.Percent*events, q.Most > 0 && n > q.Most:
		cy.Message = fmt.Sprintf("%d of %d failed.", n, events)
		return reasonErrors, nil
	}
	return "", nil
}

// probe looks whether the application answers as it should; it is the only traffic of an idle cycle.
func (cy *running) probe(ctx context.Context) (bool, error) {
	operation := "probe"
	if cy.c.prof.Operation(operation) == nil {
		operation = "test-connection"
	}
	op, err := cy.i.operate(ctx, cy.c, want{operation: operation, args: map[string]any{}, cycle: cy.ID})
	if err != nil {
		return false, err
	}
	if !op.OK {
		cy.Message = op.Message
	}
	return op.OK, cy.i.keep(ctx, op)
}

// keep stores the record of an operation that changes no account.
func (i *IdP) keep(ctx context.Context, op *Op) error {
	return i.change(ctx, "operation", op.App, op.Object, func(tx *statements) error { return addOp(ctx, tx, op) })
}

const leaving = `a.app_id = ? AND a.kind = 'person' AND a.dirty = 1 AND a.target <> '' AND (a.active = 1 AND (a.assigned = 0 OR coalesce(p.status, 'deleted') <> 'active') OR a.why = '` + whyPurged + `')`

// holdDeletes tells whether so many people would lose their accounts that an administrator has to allow it first.
func (cy *running) holdDeletes(ctx context.Context) (bool, error) {
	s := &cy.c.app.Settings
	if s.DeleteLimit <= 0 || !s.Deactivate {
		return false, nil
	}
	n, err := count(ctx, cy.i.db.r, "SELECT count(*) FROM accounts a LEFT JOIN people p ON p.id = a.object_id WHERE "+leaving, cy.c.app.ID)
	if err != nil || n < s.DeleteLimit || cy.c.app.State.AllowDeletes {
		return false, err
	}
	cy.Counts.Staged = n
	cy.Message = fmt.Sprintf("StagedDelete: %d accounts would be disabled or deleted, and the threshold is %d. Nothing was sent for them.", n, s.DeleteLimit)
	return true, nil
}

// people handles every person who changed since the watermark, several at a time.
func (cy *running) people(ctx context.Context, held, again bool) error {
	q, args := "SELECT a.object_id FROM accounts a LEFT JOIN people p ON p.id = a.object_id WHERE a.app_id = ? AND a.kind = 'person' AND a.dirty = 1 AND a.next_try <= ?", []any{cy.c.app.ID, millis(cy.Started)}
	if held {
		q, args = q+" AND NOT ("+leaving+")", append(args, cy.c.app.ID)
	}
	if again {
		q += " AND a.attempts = 0"
	}
	ids, err := collect(ctx, cy.i.db.r, scanString, q+" ORDER BY a.seq", args...)
	if err != nil {
		return err
	}
	if !again {
		cy.r.report(0, len(ids))
	}
	work := make(chan string)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	for range min(cy.i.o.Jobs, max(len(ids), 1)) {
		wg.Go(func() {
			for id := range work {
				if err := cy.person(ctx, id, again); err != nil {
					mu.Lock()
					first = errors.Join(first, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, id := range ids {
		mu.Lock()
		failed := first != nil
		mu.Unlock()
		if ctx.Err() != nil || failed {
			break
		}
		work <- id
	}
	close(work)
	wg.Wait()
	return first
}

func (cy *running) person(ctx context.Context, id string, again bool) error {
	op, err := cy.i.syncPerson(ctx, cy.c, id, false, cy.ID)
	if err != nil {
		return err
	}
	if ctx.Err() != nil && op != nil && !op.OK {
		return nil
	}
	if err := cy.escrow(ctx, op, kindPerson, id); err != nil {
		return err
	}
	cy.mu.Lock()
	defer cy.mu.Unlock()
	n := &cy.Counts
	if !again {
		n.Seen++
		cy.done++
	}
	cy.r.report(cy.done, 0)
	switch {
	case op == nil:
		n.Skipped++
	case !op.OK:
		n.Failed++
	}
	return nil
}

// count reads what was done from the history, which alone knows it all.
func (cy *running) count(ctx context.Context, q querier) error {
	n := &cy.Counts
	for name, to := range map[string]*int{"create-user": &n.Created, "update-user": &n.Updated, "reactivate-user": &n.Updated, "deactivate-user": &n.Disabled, "delete-user": &n.Deleted} {
		c, err := count(ctx, q, "SELECT count(*) FROM ops WHERE app_id = ? AND cycle = ? AND ok = 1 AND operation LIKE '%/"+name+"'", cy.App, cy.ID)
		if err != nil {
			return err
		}
		*to += c
	}
	var err error
	n.Requests, err = count(ctx, q, "SELECT coalesce(sum(requests), 0) FROM ops WHERE app_id = ? AND cycle = ?", cy.App, cy.ID)
	return err
}

// escrow puts a failed object aside for longer and longer.
func (cy *running) escrow(ctx context.Context, op *Op, kind, id string) error {
	if op == nil || op.OK {
		return nil
	}
	return cy.i.db.write(ctx, func(tx *statements) error {
		a, err := getAccount(ctx, tx, cy.c.app.ID, kind, id)
		if err != nil || a == nil {
			return err
		}
		a.Attempts++
		wait := interval(cy.c.app, cy.c.m) << min(a.Attempts-1, 12)
		if most := cy.c.m.BackOffMost; most > 0 {
			wait = min(wait, most)
		}
		a.NextTry, a.Dirty = cy.i.now().Add(wait).Add(-time.Second), true
		return putAccount(ctx, tx, a)
	})
}

// groups creates and renames groups, or writes their memberships.
func (cy *running) groups(ctx context.Context, members bool) error {
	ids, err := collect(ctx, cy.i.db.r, scanString, "SELECT object_id FROM accounts WHERE app_id = ? AND kind = 'group' AND dirty = 1 AND next_try <= ? ORDER BY seq", cy.c.app.ID, millis(cy.Started))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			return nil
		}
		op, err := cy.i.syncGroup(ctx, cy.c, id, cy.ID, members)
		if err != nil {
			return err
		}
		if err := cy.escrow(ctx, op, kindGroup, id); err != nil {
			return err
		}
		cy.mu.Lock()
		switch {
		case op != nil && !op.OK:
			cy.Counts.Failed++
		case op != nil && members:
			cy.Counts.Members++
		case op != nil:
			cy.Counts.Groups++
		}
		cy.mu.Unlock()
	}
	return nil
}

// Schedule starts, stops or restarts the cycles of an application, or makes the next one due now.
func (i *IdP) Schedule(ctx context.Context, appID, what string) error {
	r := i.runner(appID)
	if r == nil {
		return notFound("application", appID)
	}
	if what == "stop" {
		r.stopWork()
	}
	return i.change(ctx, "schedule", appID, "", func(tx *statements) error {
		a, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		m := i.manners[a.Profile]
		if !m.cycles() {
			return conflict("%s works at once and has no cycles", a.Name)
		}
		st := &a.State
		switch what {
		case "start":
			st.Schedule, st.Next, st.Reason, st.Tries = cycleStarted, i.now(), "", 0
		case "stop":
			st.Schedule = cycleStopped
		case "run":
			if st.Schedule == cycleStopped || st.Schedule == cycleDisabled || st.Schedule == "" {
				return conflict("provisioning is not started")
			}
			st.Next = i.now()
		case "restart":
			*st = AppState{Schedule: cycleStarted, Next: i.now(), LastTest: st.LastTest, LastImport: st.LastImport}
			if _, err := tx.ExecContext(ctx, "UPDATE accounts SET "+marked+", attempts = 0, next_try = 0 WHERE app_id = ?", appID); err != nil {
				return err
			}
		case "allow-deletes":
			st.AllowDeletes, st.Next = true, i.now()
		default:
			return badInput("%q is none of start, stop, run, restart, allow-deletes", what)
		}
		return putState(ctx, tx, a)
	})
}
