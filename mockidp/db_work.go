package mockidp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

const jobColumns = "id, app_id, kind, object_id, action, args, state, due, tries, wait, message, title, op, created"

func scanJob(r scanner) (*Job, error) {
	j := &Job{}
	var due, created int64
	err := r.Scan(&j.ID, &j.App, &j.Kind, &j.Object, &j.Action, &j.Args, &j.State, &due, &j.Tries, &j.Wait, &j.Message, &j.Title, &j.Op, &created)
	j.Due, j.Created = fromMillis(due), fromMillis(created)
	return j, err
}

// addJob queues work, unless the same work waits already.
func addJob(ctx context.Context, q querier, now time.Time, app, kind, object, action, args string) error {
	n, err := count(ctx, q, "SELECT count(*) FROM jobs WHERE app_id = ? AND kind = ? AND object_id = ? AND action = ? AND args = ? AND state = 'queued'", app, kind, object, action, args)
	if err != nil || n > 0 {
		return err
	}
	_, err = q.ExecContext(ctx, "INSERT INTO jobs (app_id, kind, object_id, action, args, state, due, created, updated) VALUES (?,?,?,?,?,'queued',?,?,?)", app, kind, object, action, args, millis(now), millis(now), millis(now))
	return err
}

// nextJob is the queued job that is due first, nil when there is none. Its index is named: SQLite takes jobs_state otherwise and walks
// through the queues of all applications, for every job again.
func nextJob(ctx context.Context, q querier, app string) (*Job, error) {
	j, err := scanJob(q.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM jobs INDEXED BY jobs_due WHERE app_id = ? AND state = 'queued' ORDER BY due, id LIMIT 1", app))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return j, err
}

func putJob(ctx context.Context, q querier, j *Job, now time.Time) error {
	if j.State == jobDone {
		_, err := q.ExecContext(ctx, "DELETE FROM jobs WHERE id = ?", j.ID)
		return err
	}
	_, err := q.ExecContext(ctx, "UPDATE jobs SET state=?, due=?, tries=?, wait=?, message=?, title=?, op=?, updated=? WHERE id=?", j.State, millis(j.Due), j.Tries, j.Wait, j.Message, j.Title, j.Op, millis(now), j.ID)
	return err
}

func listTasks(ctx context.Context, q querier, app string, f Query) (Page[*Job], error) {
	cond, args := "state = 'failed'", []any{}
	if app != "" {
		cond, args = cond+" AND app_id = ?", append(args, app)
	}
	total, err := count(ctx, q, "SELECT count(*) FROM jobs WHERE "+cond, args...)
	if err != nil {
		return Page[*Job]{}, err
	}
	items, err := collect(ctx, q, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE "+cond+" AND id > ? ORDER BY id LIMIT ?", append(args, f.After, f.limit()+1)...)
	return paged(items, total, f.limit(), func(j *Job) int64 { return j.ID }), err
}

// Op is one operation as it happened: what was meant, then what was sent.
type Op struct {
	ID        int64           `json:"id"`
	App       string          `json:"app"`
	Kind      string          `json:"kind,omitempty"`
	Object    string          `json:"object,omitempty"`
	Operation string          `json:"operation"` // "<profile>/<operation>"
	Title     string          `json:"title"`
	Outcome   result.Outcome  `json:"outcome"`
	OK        bool            `json:"ok"`
	Message   string          `json:"message,omitempty"` // what the administrator reads
	Requests  int             `json:"requests"`
	Warnings  int             `json:"warnings"`
	Failures  int             `json:"failures"`
	MS        float64         `json:"ms"`
	Cycle     int64           `json:"cycle,omitempty"`
	At        time.Time       `json:"at"`
	Evidence  string          `json:"evidence,omitempty"`
	Source    string          `json:"source,omitempty"`
	Notes     []string        `json:"notes,omitempty"`
	Steps     []Step          `json:"steps,omitempty"` // of a run on demand
	Checks    []result.Check  `json:"checks,omitempty"`
	Args      json.RawMessage `json:"args,omitempty"` // the directory's objects that it was about
	Exchanges []*Exchange     `json:"exchanges,omitempty"`

	limited    bool // the target answered 429
	retryAfter string
	unsure     bool // whether a write was done is not known
	gone       bool // the linked object answered 404
	listed     []map[string]any
}

// Step is one step of a run on demand, as the administrator reads it.
type Step struct {
	Title   string   `json:"title"`
	Outcome string   `json:"outcome"` // success, skipped, failure
	Details []string `json:"details,omitempty"`
}

// Exchange is a recorded exchange with its place in the history.
type Exchange struct {
	Row int64     `json:"row"`
	Op  int64     `json:"operation"`
	App string    `json:"app"`
	At  time.Time `json:"at"`
	*result.Exchange
}

// opDoc is the part of an operation that no query looks into.
type opDoc struct {
	Evidence string          `json:"evidence,omitempty"`
	Source   string          `json:"source,omitempty"`
	Notes    []string        `json:"notes,omitempty"`
	Steps    []Step          `json:"steps,omitempty"`
	Checks   []result.Check  `json:"checks,omitempty"`
	Args     json.RawMessage `json:"args,omitempty"`
}

func addOp(ctx context.Context, q querier, o *Op) error {
	doc, err := json.Marshal(opDoc{o.Evidence, o.Source, o.Notes, o.Steps, o.Checks, o.Args})
	if err != nil {
		return err
	}
	res, err := q.ExecContext(ctx, "INSERT INTO ops (app_id, kind, object_id, operation, title, outcome, ok, message, requests, warnings, failures, ms, cycle, at, doc) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		o.App, o.Kind, o.Object, o.Operation, o.Title, string(o.Outcome), o.OK, o.Message, o.Requests, o.Warnings, o.Failures, o.MS, o.Cycle, millis(o.At), string(doc))
	if err != nil {
		return err
	}
	if o.ID, err = res.LastInsertId(); err != nil {
		return err
	}
	for _, x := range o.Exchanges {
		x.Op = o.ID
		b, err := json.Marshal(x.Exchange)
		if err != nil {
			return err
		}
		status := 0
		if x.Response != nil {
			status = x.Response.Status
		}
		if _, err := q.ExecContext(ctx, "INSERT INTO exchanges (op_id, app_id, method, path, status, ms, at, doc) VALUES (?,?,?,?,?,?,?,?)", o.ID, o.App, x.Request.Method, x.Request.Path, status, x.Timing.Total, millis(o.At), string(b)); err != nil {
			return err
		}
	}
	return addFindings(ctx, q, o)
}

// addFindings keeps, for each check, how often the application passed and failed it.
func addFindings(ctx context.Context, q querier, o *Op) error {
	for _, c := range o.Checks {
		if c.Outcome == result.Skip || c.Outcome == result.Info {
			continue
		}
		bad := c.Finding()
		doc, err := json.Marshal(c)
		if err != nil {
			return err
		}
		p, f := 1, 0
		if bad {
			p, f = 0, 1
		}
		if _, err := q.ExecContext(ctx, `INSERT INTO findings (app_id, check_id, outcome, passed, failed, op, doc) VALUES (?,?,?,?,?,?,?)
			ON CONFLICT (app_id, check_id) DO UPDATE SET outcome=excluded.outcome, passed=passed+excluded.passed, failed=failed+excluded.failed, op=CASE WHEN excluded.failed THEN excluded.op ELSE op END, doc=CASE WHEN excluded.failed THEN excluded.doc ELSE doc END`,
			o.App, c.ID, string(c.Outcome), p, f, o.ID, string(doc)); err != nil {
			return err
		}
	}
	return nil
}

const opColumns = "id, app_id, kind, object_id, operation, title, outcome, ok, message, requests, warnings, failures, ms, cycle, at"

func scanOp(r scanner) (*Op, error) {
	o := &Op{}
	var at int64
	err := r.Scan(&o.ID, &o.App, &o.Kind, &o.Object, &o.Operation, &o.Title, &o.Outcome, &o.OK, &o.Message, &o.Requests, &o.Warnings, &o.Failures, &o.MS, &o.Cycle, &at)
	o.At = fromMillis(at)
	return o, err
}

// OpQuery selects operations, the newest first.
type OpQuery struct {
	App, Object, Text, Outcome string
	Before                     int64
	Limit                      int
}

func listOps(ctx context.Context, q querier, f OpQuery) (Page[*Op], error) {
	where, args := []string{"1"}, []any{}
	add := func(cond string, vals ...any) { where, args = append(where, cond), append(args, vals...) }
	if f.App != "" {
		add("app_id = ?", f.App)
	}
	if f.Object != "" {
		add("object_id = ?", f.Object)
	}
	if f.Text != "" {
		add(`(title LIKE ? ESCAPE '\' OR message LIKE ? ESCAPE '\')`, like(f.Text), like(f.Text))
	}
	switch f.Outcome {
	case "":
	case "problems":
		add("(ok = 0 OR failures > 0 OR warnings > 0)")
	default:
		add("outcome = ?", f.Outcome)
	}
	cond := strings.Join(where, " AND ")
	total, err := count(ctx, q, "SELECT count(*) FROM ops WHERE "+cond, args...)
	if err != nil {
		return Page[*Op]{}, err
	}
	if f.Before > 0 {
		cond, args = cond+" AND id < ?", append(args, f.Before)
	}
	limit := Query{Limit: f.Limit}.limit()
	items, err := collect(ctx, q, scanOp, "SELECT "+opColumns+" FROM ops WHERE "+cond+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...)
	return paged(items, total, limit, func(o *Op) int64 { return o.ID }), err
}

func getOp(ctx context.Context, q querier, id int64) (*Op, error) {
	o, err := scanOp(q.QueryRowContext(ctx, "SELECT "+opColumns+" FROM ops WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("operation", text(id))
	}
	if err != nil {
		return nil, err
	}
	var raw string
	if err := q.QueryRowContext(ctx, "SELECT doc FROM ops WHERE id = ?", id).Scan(&raw); err != nil {
		return nil, err
	}
	var d opDoc
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		return nil, err
	}
	o.Evidence, o.Source, o.Notes, o.Steps, o.Checks, o.Args = d.Evidence, d.Source, d.Notes, d.Steps, d.Checks, d.Args
	o.Exchanges, err = collect(ctx, q, scanExchange, "SELECT "+exchangeColumns+" FROM exchanges WHERE op_id = ? ORDER BY id", id)
	return o, err
}

const exchangeColumns = "id, op_id, app_id, at, doc"

func scanExchange(r scanner) (*Exchange, error) {
	x := &Exchange{Exchange: &result.Exchange{}}
	var at int64
	var doc string
	if err := r.Scan(&x.Row, &x.Op, &x.App, &at, &doc); err != nil {
		return nil, err
	}
	x.At = fromMillis(at)
	return x, json.Unmarshal([]byte(doc), x.Exchange)
}

func listExchanges(ctx context.Context, q querier, app string, before int64, limit int) (Page[*Exchange], error) {
	cond, args := "1", []any{}
	if app != "" {
		cond, args = "app_id = ?", append(args, app)
	}
	total, err := count(ctx, q, "SELECT count(*) FROM exchanges WHERE "+cond, args...)
	if err != nil {
		return Page[*Exchange]{}, err
	}
	if before > 0 {
		cond, args = cond+" AND id < ?", append(args, before)
	}
	n := Query{Limit: limit}.limit()
	items, err := collect(ctx, q, scanExchange, "SELECT "+exchangeColumns+" FROM exchanges WHERE "+cond+" ORDER BY id DESC LIMIT ?", append(args, n+1)...)
	return paged(items, total, n, func(x *Exchange) int64 { return x.Row }), err
}

// Cycle is one run of the schedule of an application.
type Cycle struct {
	ID      int64     `json:"id"`
	App     string    `json:"app"`
	Kind    string    `json:"kind"`  // initial, incremental
	State   string    `json:"state"` // running, done, stopped, failed
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Counts  Counts    `json:"counts"`
	Message string    `json:"message,omitempty"`
}

// Counts are what a cycle did.
type Counts struct {
	Seen, Created, Updated, Disabled, Deleted, Groups, Members, Skipped, Failed, Staged, Requests int
}

type cycleDoc struct {
	Counts  Counts `json:"counts"`
	Message string `json:"message,omitempty"`
}

func scanCycle(r scanner) (*Cycle, error) {
	c := &Cycle{}
	var started int64
	var ended sql.NullInt64
	var doc string
	if err := r.Scan(&c.ID, &c.App, &c.Kind, &c.State, &started, &ended, &doc); err != nil {
		return nil, err
	}
	c.Started, c.Ended = fromMillis(started), fromMillis(ended.Int64)
	var d cycleDoc
	err := json.Unmarshal([]byte(doc), &d)
	c.Counts, c.Message = d.Counts, d.Message
	return c, err
}

func listCycles(ctx context.Context, q querier, app string, limit int) ([]*Cycle, error) {
	return collect(ctx, q, scanCycle, "SELECT id, app_id, kind, state, started, ended, doc FROM cycles WHERE app_id = ? ORDER BY id DESC LIMIT ?", app, limit)
}

func putCycle(ctx context.Context, q querier, c *Cycle) error {
	doc, err := json.Marshal(cycleDoc{c.Counts, c.Message})
	if err != nil {
		return err
	}
	if c.ID == 0 {
		res, err := q.ExecContext(ctx, "INSERT INTO cycles (app_id, kind, state, started, doc) VALUES (?,?,?,?,?)", c.App, c.Kind, c.State, millis(c.Started), string(doc))
		if err != nil {
			return err
		}
		c.ID, err = res.LastInsertId()
		return err
	}
	var ended any
	if !c.Ended.IsZero() {
		ended = millis(c.Ended)
	}
	_, err = q.ExecContext(ctx, "UPDATE cycles SET state = ?, ended = ?, doc = ? WHERE id = ?", c.State, ended, string(doc), c.ID)
	return err
}

// updateOpDoc stores title and steps that became known after an operation was kept.
func updateOpDoc(ctx context.Context, q querier, o *Op) error {
	doc, err := json.Marshal(opDoc{o.Evidence, o.Source, o.Notes, o.Steps, o.Checks, o.Args})
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, "UPDATE ops SET title = ?, doc = ? WHERE id = ?", o.Title, string(doc), o.ID)
	return err
}
