package mockidp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// App is one application that people are provisioned to.
type App struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Profile   string    `json:"profile"`
	Settings  Settings  `json:"settings"`
	State     AppState  `json:"state"`
	Faults    Faults    `json:"faults"`
	HasSecret bool      `json:"hasSecret"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	secret    []byte
	seq       int64
}

// States of the schedule of an application that works in cycles.
const (
	cycleStopped    = "stopped"
	cycleStarted    = "started"
	cycleQuarantine = "quarantine"
	cycleDisabled   = "disabled"
)

// AppState is what an application's schedule remembers.
type AppState struct {
	Schedule     string    `json:"schedule,omitempty"`
	Initial      bool      `json:"initial"` // the initial cycle has been completed
	Watermark    time.Time `json:"watermark,omitzero"`
	Next         time.Time `json:"next,omitzero"`
	Since        time.Time `json:"quarantinedSince,omitzero"`
	Reason       string    `json:"quarantineReason,omitempty"`
	Tries        int       `json:"quarantineTries,omitempty"`
	AllowDeletes bool      `json:"allowDeletes,omitempty"`
	Staged       int       `json:"stagedDeletes,omitempty"` // held back by the deletion threshold
	LastTest     *Tested   `json:"lastTest,omitempty"`
	LastImport   *Taken    `json:"lastImport,omitempty"`
}

// Taken is what the last import came to.
type Taken struct {
	At time.Time `json:"at"`
	ImportResult
	Message string `json:"message,omitempty"`
}

// Tested is the last test of the connection.
type Tested struct {
	At      time.Time `json:"at"`
	OK      bool      `json:"ok"`
	Message string    `json:"message,omitempty"`
	Op      int64     `json:"operation"`
}

const appColumns = "seq, id, name, profile, settings, secret, state, faults, created, updated"

func scanApp(r scanner) (*App, error) {
	a := &App{}
	var settings, state, faults string
	var created, updated int64
	if err := r.Scan(&a.seq, &a.ID, &a.Name, &a.Profile, &settings, &a.secret, &state, &faults, &created, &updated); err != nil {
		return nil, err
	}
	a.HasSecret, a.Created, a.Updated = len(a.secret) > 0, fromMillis(created), fromMillis(updated)
	return a, errors.Join(json.Unmarshal([]byte(settings), &a.Settings), json.Unmarshal([]byte(state), &a.State), json.Unmarshal([]byte(faults), &a.Faults))
}

func getApp(ctx context.Context, q querier, id string) (*App, error) {
	a, err := scanApp(q.QueryRowContext(ctx, "SELECT "+appColumns+" FROM apps WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("application", id)
	}
	return a, err
}

func listApps(ctx context.Context, q querier) ([]*App, error) {
	return collect(ctx, q, scanApp, "SELECT "+appColumns+" FROM apps ORDER BY seq")
}

func putApp(ctx context.Context, q querier, a *App) error {
	settings, err1 := json.Marshal(a.Settings)
	state, err2 := json.Marshal(a.State)
	faults, err3 := json.Marshal(a.Faults)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `INSERT INTO apps (id, name, profile, settings, secret, state, faults, created, updated) VALUES (?,?,?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET name=excluded.name, settings=excluded.settings, secret=excluded.secret, state=excluded.state, faults=excluded.faults, updated=excluded.updated`,
		a.ID, a.Name, a.Profile, string(settings), a.secret, string(state), string(faults), millis(a.Created), millis(a.Updated))
	return err
}

func putState(ctx context.Context, q querier, a *App) error {
	state, err := json.Marshal(a.State)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, "UPDATE apps SET state = ? WHERE id = ?", string(state), a.ID)
	return err
}

// accountName shows the person's or group's name beside the account.
const accountColumns = `a.seq, a.app_id, a.kind, a.object_id, coalesce(p.name, g.name, a.object_id), a.assigned, a.target, a.active, a.status, a.message, a.sent, a.dirty, a.attempts, a.next_try, a.before, a.why, a.unsure, a.touched, a.updated,
	EXISTS (SELECT 1 FROM assignments s WHERE s.app_id = a.app_id AND s.kind = a.kind AND s.object_id = a.object_id)`

const accountFrom = ` FROM accounts a LEFT JOIN people p ON a.kind = 'person' AND p.id = a.object_id LEFT JOIN groups g ON a.kind = 'group' AND g.id = a.object_id `

func scanAccount(r scanner) (*Account, error) {
	a := &Account{}
	var sent string
	var next, updated int64
	if err := r.Scan(&a.seq, &a.App, &a.Kind, &a.Object, &a.Name, &a.Assigned, &a.Target, &a.Active, &a.Status, &a.Message, &sent, &a.Dirty, &a.Attempts, &next, &a.Before, &a.Why, &a.Unsure, &a.touched, &updated, &a.Direct); err != nil {
		return nil, err
	}
	a.NextTry, a.Updated = fromMillis(next), fromMillis(updated)
	if sent != "" {
		return a, json.Unmarshal([]byte(sent), &a.Sent)
	}
	return a, nil
}

// getAccount is nil when the object has none in the application.
func getAccount(ctx context.Context, q querier, app, kind, object string) (*Account, error) {
	a, err := scanAccount(q.QueryRowContext(ctx, "SELECT "+accountColumns+accountFrom+"WHERE a.app_id = ? AND a.kind = ? AND a.object_id = ?", app, kind, object))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return a, err
}

func listAccounts(ctx context.Context, q querier, app string, f Query) (Page[*Account], error) {
	where, args := []string{"a.app_id = ?"}, []any{app}
	if f.Kind != "" {
		where, args = append(where, "a.kind = ?"), append(args, f.Kind)
	}
	switch f.Status {
	case "":
		where = append(where, "a.status <> '"+stUnassigned+"'")
	case "any":
	default:
		where, args = append(where, "a.status = ?"), append(args, f.Status)
	}
	if f.Text != "" {
		where = append(where, `(p.name LIKE ? ESCAPE '\' OR p.login LIKE ? ESCAPE '\' OR g.name LIKE ? ESCAPE '\')`)
		l := like(f.Text)
		args = append(args, l, l, l)
	}
	cond := "WHERE " + strings.Join(where, " AND ")
	from := accountFrom
	if f.Text == "" { // names are not asked for: an index alone counts, seven times as fast at a hundred thousand
		from = " FROM accounts a "
	}
	total, err := count(ctx, q, "SELECT count(*)"+from+cond, args...)
	if err != nil {
		return Page[*Account]{}, err
	}
	items, err := collect(ctx, q, scanAccount, "SELECT "+accountColumns+accountFrom+cond+" AND a.seq > ? ORDER BY a.seq LIMIT ?", append(args, f.After, f.limit()+1)...)
	return paged(items, total, f.limit(), func(a *Account) int64 { return a.seq }), err
}

// accountsOf are the accounts of one person or group in every application.
func accountsOf(ctx context.Context, q querier, kind, object string) ([]*Account, error) {
	return collect(ctx, q, scanAccount, "SELECT "+accountColumns+accountFrom+"WHERE a.kind = ? AND a.object_id = ? ORDER BY a.app_id", kind, object)
}

// marked is what every change of the directory does to an account: it is to be looked at, and whoever has looked at it before this
// change cannot take the mark away (putAccount).
const marked = "dirty = 1, touched = touched + 1"

// putAccount stores what was found out about an account. An account that was marked since it was read stays as the mark has
// left it: what was found out is older.
func putAccount(ctx context.Context, q querier, a *Account) error {
	sent := ""
	if a.Sent != nil {
		b, err := json.Marshal(a.Sent)
		if err != nil {
			return err
		}
		sent = string(b)
	}
	_, err := q.ExecContext(ctx, `INSERT INTO accounts (app_id, kind, object_id, assigned, target, active, status, message, sent, dirty, attempts, next_try, before, why, unsure, touched, updated) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT (app_id, kind, object_id) DO UPDATE SET target=excluded.target, active=excluded.active, status=excluded.status, message=excluded.message, sent=excluded.sent, attempts=excluded.attempts, unsure=excluded.unsure,
		  dirty=`+unlessMarked("dirty")+`, next_try=`+unlessMarked("next_try")+`, before=`+unlessMarked("before")+`, why=`+unlessMarked("why")+`, updated=excluded.updated`,
		a.App, a.Kind, a.Object, a.Assigned, a.Target, a.Active, a.Status, a.Message, sent, a.Dirty, a.Attempts, nextMillis(a.NextTry), a.Before, a.Why, a.Unsure, a.touched, millis(a.Updated))
	return err
}

func unlessMarked(column string) string {
	return "CASE WHEN accounts.touched = excluded.touched THEN excluded." + column + " ELSE accounts." + column + " END"
}

func nextMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return millis(t)
}

// entitled is the condition that an object o is assigned to the application of the parameter: by itself, or, for people, through a
// group that they stand in. Groups within groups do not count, as neither kind of client expands them.
const entitled = `(EXISTS (SELECT 1 FROM assignments s WHERE s.app_id = @app AND s.kind = @kind AND s.object_id = o.id)
	OR @kind = 'person' AND EXISTS (SELECT 1 FROM members m JOIN assignments s ON s.kind = 'group' AND s.object_id = m.group_id AND s.app_id = @app WHERE m.kind = 'person' AND m.member_id = o.id)
	OR @all)`

// touch brings the accounts of the objects that the query ids names up to date with their assignments, marks them as changed, and,
// where the application works at once, queues a job for each. ids may use the parameter @id.
func (a *App) touch(ctx context.Context, tx *statements, m *Manners, now time.Time, kind, ids, id string) error {
	table := map[string]string{kindPerson: "people", kindGroup: "groups"}[kind]
	late := !m.cycles() && !a.Settings.Create && kind == kindPerson
	args := []any{sql.Named("app", a.ID), sql.Named("kind", kind), sql.Named("id", id), sql.Named("all", m.cycles() && a.Settings.Scope == "all"), sql.Named("now", millis(now)), sql.Named("late", late)}
	status := "CASE WHEN @late THEN '" + stNotSent + "' ELSE '" + stPending + "' END"
	if _, err := tx.ExecContext(ctx, `INSERT INTO accounts (app_id, kind, object_id, assigned, status, before, updated) SELECT @app, @kind, o.id, 1, `+status+`, @late, @now FROM `+table+` o WHERE o.id IN (`+ids+`) AND `+entitled+`
		ON CONFLICT (app_id, kind, object_id) DO UPDATE SET `+marked+`, assigned = 1, next_try = 0,
		  before = CASE WHEN accounts.assigned = 0 AND accounts.target = '' THEN @late ELSE accounts.before END,
		  status = CASE WHEN accounts.assigned = 0 AND accounts.target = '' THEN `+status+` WHEN accounts.assigned = 0 THEN '`+stPending+`' ELSE accounts.status END,
		  message = CASE WHEN accounts.assigned = 0 THEN '' ELSE accounts.message END`, args...); err != nil {
		return fmt.Errorf("bring assignments up to date: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET `+marked+`, assigned = 0, next_try = 0 WHERE app_id = @app AND kind = @kind AND object_id IN (`+ids+`)
		AND NOT EXISTS (SELECT 1 FROM `+table+` o WHERE o.id = accounts.object_id AND `+entitled+`)`, args...); err != nil {
		return fmt.Errorf("bring assignments up to date: %w", err)
	}
	if m.cycles() {
		return nil
	}
	// +x.dirty keeps the planner from walking through everybody who waits instead of looking up those who are named.
	_, err := tx.ExecContext(ctx, `INSERT INTO jobs (app_id, kind, object_id, action, state, due, created, updated) SELECT @app, @kind, x.object_id, 'sync', 'queued', @now, @now, @now FROM accounts x
		WHERE x.app_id = @app AND x.kind = @kind AND x.object_id IN (`+ids+`) AND +x.dirty = 1 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.app_id = @app AND j.kind = @kind AND j.object_id = x.object_id AND j.action = 'sync' AND j.state = 'queued') ORDER BY x.seq`, args...)
	return err
}
