package mockidp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// querier is what reads: the database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// database is one SQLite file with a single writer. A change is acknowledged after its commit: the write-ahead log is
// then in the hands of the operating system, so killing the process loses nothing.
type database struct {
	w    *statements // of the one connection that writes
	r    *statements
	pool []*sql.DB
	conn *sql.Conn  // the one that writes
	mu   sync.Mutex // one writing transaction at a time: SQLite has one writer, and waiting here is fair
	path string
	temp string // directory that is removed at the end
}

// memory is the path of a database that ends with the process.
const memory = ":memory:"

func openDatabase(ctx context.Context, path string) (*database, error) {
	d := &database{path: path}
	if path == memory {
		// A database in memory would live in a single connection, and end with it when a reader's request is cancelled.
		dir, err := os.MkdirTemp("", "scimmage-idp-")
		if err != nil {
			return nil, fmt.Errorf("make a directory for the database: %w", err)
		}
		d.temp, path = dir, filepath.Join(dir, "idp.db")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of the database: %w; choose another --data", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // the driver would make it readable for everybody
	if err != nil {
		return nil, fmt.Errorf("open the database: %w; choose another --data", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	dsn := "file:" + strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(filepath.ToSlash(path)) +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(2)&_pragma=cache_size(-65536)"
	if err := d.connect(ctx, dsn); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", path, err), d.close())
	}
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the database %s: %w", path, err), d.close())
	}
	return d, nil
}

// connect opens the connection that writes and the pool that reads.
func (d *database) connect(ctx context.Context, dsn string) error {
	w, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	d.pool = append(d.pool, w)
	if d.conn, err = w.Conn(ctx); err != nil {
		return err
	}
	d.w = newStatements(d.conn)
	r, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	r.SetMaxOpenConns(4)
	d.pool, d.r = append(d.pool, r), newStatements(r)
	return nil
}

func (d *database) close() error {
	var err error
	for _, s := range []*statements{d.r, d.w} {
		if s != nil {
			err = errors.Join(err, s.close())
		}
	}
	if d.conn != nil {
		err = errors.Join(err, d.conn.Close())
	}
	for k := len(d.pool) - 1; k >= 0; k-- {
		err = errors.Join(err, d.pool[k].Close())
	}
	if d.temp != "" {
		err = errors.Join(err, os.RemoveAll(d.temp))
	}
	return err
}

// write runs f in a transaction. Inside it only tx is asked: readers see what was committed.
func (d *database) write(ctx context.Context, f func(tx *statements) error) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// A change that was begun is finished: an interrupted request must not leave it in doubt.
	ctx = context.WithoutCancel(ctx)
	if _, err := d.w.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin a change: %w", err)
	}
	done := false
	defer func() {
		if !done { // f failed, or did not come back
			_, rerr := d.w.ExecContext(ctx, "ROLLBACK")
			err = errors.Join(err, rerr)
		}
	}()
	if err := f(d.w); err != nil {
		return err
	}
	if _, err := d.w.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit a change: %w", err)
	}
	done = true
	return nil
}

// migrate brings the schema up to date; each step runs once, in its own transaction.
func (d *database) migrate(ctx context.Context) error {
	var have int
	if err := d.w.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > len(migrations) {
		return fmt.Errorf("it was written by a newer scimmage (schema %d, this one knows %d); use that one, or another --data", have, len(migrations))
	}
	for i := have; i < len(migrations); i++ {
		err := d.write(ctx, func(tx *statements) error {
			if _, err := tx.db.ExecContext(ctx, migrations[i]); err != nil {
				return err
			}
			_, err := tx.db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", i+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %d: %w", i+1, err)
		}
	}
	return nil
}

// migrations are applied in order and never changed once released. Times are milliseconds of the mock clock.
var migrations = []string{`
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE people (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, login TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name TEXT NOT NULL DEFAULT '' COLLATE NOCASE, email TEXT NOT NULL DEFAULT '' COLLATE NOCASE, department TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
  status TEXT NOT NULL, manager TEXT NOT NULL DEFAULT '', doc TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted_at INTEGER);
CREATE INDEX people_manager ON people(manager) WHERE manager <> '';
CREATE INDEX people_name ON people(name, seq);
CREATE INDEX people_status ON people(status);
CREATE INDEX people_deleted ON people(deleted_at) WHERE deleted_at IS NOT NULL;
CREATE TABLE groups (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL COLLATE NOCASE UNIQUE, doc TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);
CREATE TABLE members (
  group_id TEXT NOT NULL REFERENCES groups(id) ON DELETE CASCADE, kind TEXT NOT NULL, member_id TEXT NOT NULL, PRIMARY KEY (group_id, kind, member_id)) WITHOUT ROWID;
CREATE INDEX members_of ON members(member_id, kind, group_id);
CREATE TABLE apps (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, profile TEXT NOT NULL, settings TEXT NOT NULL, secret BLOB, state TEXT NOT NULL, faults TEXT NOT NULL DEFAULT '{}',
  created INTEGER NOT NULL, updated INTEGER NOT NULL);
CREATE TABLE assignments (
  app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, kind TEXT NOT NULL, object_id TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (app_id, kind, object_id)) WITHOUT ROWID;
CREATE INDEX assignments_of ON assignments(object_id, kind, app_id);
CREATE TABLE accounts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, kind TEXT NOT NULL, object_id TEXT NOT NULL,
  assigned INTEGER NOT NULL DEFAULT 0, target TEXT NOT NULL DEFAULT '', active INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
  sent TEXT NOT NULL DEFAULT '', dirty INTEGER NOT NULL DEFAULT 1, attempts INTEGER NOT NULL DEFAULT 0, next_try INTEGER NOT NULL DEFAULT 0,
  before INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '', unsure INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL, UNIQUE (app_id, kind, object_id));
CREATE INDEX accounts_status ON accounts(app_id, kind, status, seq);
CREATE INDEX accounts_dirty ON accounts(app_id, kind, seq) WHERE dirty = 1;
CREATE INDEX accounts_object ON accounts(object_id, kind);
CREATE INDEX accounts_target ON accounts(app_id, kind, target) WHERE target <> '';
CREATE TABLE pushes (
  app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, group_id TEXT NOT NULL, how TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1, created INTEGER NOT NULL, PRIMARY KEY (app_id, group_id)) WITHOUT ROWID;
CREATE INDEX pushes_of ON pushes(group_id);
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, kind TEXT NOT NULL, object_id TEXT NOT NULL, action TEXT NOT NULL, args TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, wait INTEGER NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '', op INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, updated INTEGER NOT NULL);
CREATE INDEX jobs_due ON jobs(app_id, due, id) WHERE state = 'queued';
CREATE INDEX jobs_failed ON jobs(app_id, id) WHERE state = 'failed';
CREATE INDEX jobs_object ON jobs(app_id, kind, object_id, action) WHERE state = 'queued';
CREATE TABLE ops (
  id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL, kind TEXT NOT NULL, object_id TEXT NOT NULL, operation TEXT NOT NULL, title TEXT NOT NULL, outcome TEXT NOT NULL, ok INTEGER NOT NULL, message TEXT NOT NULL DEFAULT '',
  requests INTEGER NOT NULL, warnings INTEGER NOT NULL, failures INTEGER NOT NULL, ms REAL NOT NULL, cycle INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL, doc TEXT NOT NULL);
CREATE INDEX ops_app ON ops(app_id, id);
CREATE INDEX ops_object ON ops(object_id, id);
CREATE INDEX ops_cycle ON ops(app_id, cycle) WHERE cycle > 0;
CREATE TABLE exchanges (
  id INTEGER PRIMARY KEY AUTOINCREMENT, op_id INTEGER NOT NULL, app_id TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, ms REAL NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL);
CREATE INDEX exchanges_op ON exchanges(op_id, id);
CREATE INDEX exchanges_app ON exchanges(app_id, id);
CREATE TABLE findings (
  app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, check_id TEXT NOT NULL, outcome TEXT NOT NULL, passed INTEGER NOT NULL, failed INTEGER NOT NULL, op INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (app_id, check_id)) WITHOUT ROWID;
CREATE TABLE cycles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, kind TEXT NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, doc TEXT NOT NULL);
CREATE INDEX cycles_app ON cycles(app_id, id);
CREATE TABLE imports (
  id INTEGER PRIMARY KEY AUTOINCREMENT, app_id TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, target TEXT NOT NULL, login TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, person TEXT NOT NULL DEFAULT '', matched TEXT NOT NULL DEFAULT '', doc TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (app_id, target));
CREATE INDEX imports_state ON imports(app_id, state, id);
CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, type TEXT NOT NULL, app_id TEXT NOT NULL DEFAULT '', object_id TEXT NOT NULL DEFAULT '', data TEXT NOT NULL DEFAULT '{}');
`, `
CREATE INDEX people_email ON people(email) WHERE email <> '';
CREATE INDEX accounts_app ON accounts(app_id);
CREATE INDEX accounts_state ON accounts(app_id, status);
CREATE INDEX jobs_state ON jobs(state, due);
ALTER TABLE people ADD COLUMN secret BLOB;
`, `
ALTER TABLE accounts ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;
`, `
CREATE INDEX jobs_app ON jobs(app_id, state);
`}
