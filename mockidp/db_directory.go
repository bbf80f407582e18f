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

const personColumns = "seq, id, status, manager, doc, created, updated, deleted_at, secret"

type scanner interface{ Scan(dest ...any) error }

func scanPerson(row scanner) (*Person, error) {
	p := &Person{}
	var doc string
	var created, updated int64
	var deleted sql.NullInt64
	if err := row.Scan(&p.seq, &p.ID, &p.Status, &p.Manager, &doc, &created, &updated, &deleted, &p.secret); err != nil {
		return nil, err
	}
	p.Created, p.Updated = fromMillis(created), fromMillis(updated)
	if deleted.Valid {
		t := fromMillis(deleted.Int64)
		p.DeletedAt = &t
	}
	if err := json.Unmarshal([]byte(doc), &p.Profile); err != nil {
		return nil, fmt.Errorf("the stored profile of %s is damaged: %w", p.ID, err)
	}
	return p, nil
}

func getPerson(ctx context.Context, q querier, id string) (*Person, error) {
	p, err := scanPerson(q.QueryRowContext(ctx, "SELECT "+personColumns+" FROM people WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("person", id)
	}
	return p, err
}

// collect reads all rows before it returns: no statement stays open while others run.
func collect[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (out []T, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func scanString(r scanner) (string, error) {
	var s string
	err := r.Scan(&s)
	return s, err
}

func count(ctx context.Context, q querier, query string, args ...any) (int, error) {
	var n int
	err := q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// Query selects a page of a list.
type Query struct {
	Text   string // name, login or address contains this
	Status string
	Kind   string
	After  int64 // cursor: sequence number of the last one seen
	Limit  int
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return 50
	}
	return min(q.Limit, 1000)
}

// Page is one page of a list; Next is the cursor of the following one, 0 at the end.
type Page[T any] struct {
	Items []T   `json:"items"`
	Total int   `json:"total"`
	Next  int64 `json:"next,omitempty"`
}

func like(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s) + "%"
}

func listPeople(ctx context.Context, q querier, f Query) (Page[*Person], error) {
	where, args := []string{"1"}, []any{}
	if f.Text != "" {
		where = append(where, `(name LIKE ? ESCAPE '\' OR login LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\' OR department LIKE ? ESCAPE '\' OR id = ?)`)
		l := like(f.Text)
		args = append(args, l, l, l, l, f.Text)
	}
	if f.Status != "" {
		where, args = append(where, "status = ?"), append(args, f.Status)
	}
	cond := strings.Join(where, " AND ")
	total, err := count(ctx, q, "SELECT count(*) FROM people WHERE "+cond, args...)
	if err != nil {
		return Page[*Person]{}, err
	}
	items, err := collect(ctx, q, scanPerson, "SELECT "+personColumns+" FROM people WHERE "+cond+" AND seq > ? ORDER BY seq LIMIT ?", append(args, f.After, f.limit()+1)...)
	return paged(items, total, f.limit(), func(p *Person) int64 { return p.seq }), err
}

func paged[T any](items []T, total, limit int, seq func(T) int64) Page[T] {
	pg := Page[T]{Items: items, Total: total}
	if len(items) > limit {
		pg.Items = items[:limit]
		pg.Next = seq(items[limit-1])
	}
	return pg
}

func putPerson(ctx context.Context, q querier, p *Person) error {
	doc, err := json.Marshal(p.Profile)
	if err != nil {
		return err
	}
	var deleted any
	if p.DeletedAt != nil {
		deleted = millis(*p.DeletedAt)
	}
	_, err = q.ExecContext(ctx, `INSERT INTO people (id, login, name, email, department, status, manager, doc, created, updated, deleted_at, secret) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET login=excluded.login, name=excluded.name, email=excluded.email, department=excluded.department, status=excluded.status, manager=excluded.manager, doc=excluded.doc, updated=excluded.updated, deleted_at=excluded.deleted_at, secret=excluded.secret`,
		p.ID, p.Login(), p.Name(), text(p.Profile["email"]), text(p.Profile["department"]), p.Status, p.Manager, string(doc), millis(p.Created), millis(p.Updated), deleted, p.secret)
	if err != nil && strings.Contains(err.Error(), "people.login") {
		return conflict("somebody else has the login %q already", p.Login())
	}
	return err
}

const groupColumns = "g.seq, g.id, g.name, g.doc, g.created, g.updated, (SELECT count(*) FROM members m WHERE m.group_id = g.id)"

func scanGroup(row scanner) (*Group, error) {
	g := &Group{}
	var doc string
	var created, updated int64
	if err := row.Scan(&g.seq, &g.ID, &g.Name, &doc, &created, &updated, &g.Members); err != nil {
		return nil, err
	}
	g.Created, g.Updated = fromMillis(created), fromMillis(updated)
	return g, json.Unmarshal([]byte(doc), &g.Profile)
}

func getGroup(ctx context.Context, q querier, id string) (*Group, error) {
	g, err := scanGroup(q.QueryRowContext(ctx, "SELECT "+groupColumns+" FROM groups g WHERE g.id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("group", id)
	}
	return g, err
}

func listGroups(ctx context.Context, q querier, f Query) (Page[*Group], error) {
	cond, args := "1", []any{}
	if f.Text != "" {
		cond, args = `(name LIKE ? ESCAPE '\' OR id = ?)`, []any{like(f.Text), f.Text}
	}
	total, err := count(ctx, q, "SELECT count(*) FROM groups WHERE "+cond, args...)
	if err != nil {
		return Page[*Group]{}, err
	}
	items, err := collect(ctx, q, scanGroup, "SELECT "+groupColumns+" FROM groups g WHERE "+cond+" AND seq > ? ORDER BY seq LIMIT ?", append(args, f.After, f.limit()+1)...)
	return paged(items, total, f.limit(), func(g *Group) int64 { return g.seq }), err
}

func putGroup(ctx context.Context, q querier, g *Group) error {
	if g.Profile == nil {
		g.Profile = map[string]any{}
	}
	doc, err := json.Marshal(g.Profile)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `INSERT INTO groups (id, name, doc, created, updated) VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET name=excluded.name, doc=excluded.doc, updated=excluded.updated`,
		g.ID, g.Name, string(doc), millis(g.Created), millis(g.Updated))
	if err != nil && strings.Contains(err.Error(), "groups.name") {
		return conflict("there is another group with the name %q", g.Name)
	}
	return err
}

func listMembers(ctx context.Context, q querier, group string, limit int, after string) ([]Member, error) {
	return collect(ctx, q, func(r scanner) (Member, error) {
		var m Member
		err := r.Scan(&m.Kind, &m.ID, &m.Name)
		return m, err
	}, `SELECT m.kind, m.member_id, coalesce(p.name, g.name, m.member_id) FROM members m LEFT JOIN people p ON m.kind = 'person' AND p.id = m.member_id LEFT JOIN groups g ON m.kind = 'group' AND g.id = m.member_id
		WHERE m.group_id = ? AND m.kind || ':' || m.member_id > ? ORDER BY m.kind, m.member_id LIMIT ?`, group, after, limit)
}

// groupsOf are the groups that a person or group stands in directly.
func groupsOf(ctx context.Context, q querier, kind, id string) ([]*Group, error) {
	return collect(ctx, q, scanGroup, "SELECT "+groupColumns+" FROM groups g JOIN members x ON x.group_id = g.id WHERE x.member_id = ? AND x.kind = ? ORDER BY g.name", id, kind)
}

// nextID gives ids of the directory's own: short, in order, the same for the same history.
func nextID(ctx context.Context, q querier, kind string) (string, error) {
	var n int64
	key := "next-" + kind
	err := q.QueryRowContext(ctx, `INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING CAST(value AS INTEGER)`, key).Scan(&n)
	return fmt.Sprintf("%s%06d", kind[:1], n), err
}

func getMeta(ctx context.Context, q querier, key string) (string, error) {
	var v string
	err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

func putMeta(ctx context.Context, q querier, key, value string) error {
	_, err := q.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	return err
}

// Event is one line of the live stream.
type Event struct {
	ID     int64           `json:"id"`
	At     time.Time       `json:"at"`
	Type   string          `json:"type"`
	App    string          `json:"app,omitempty"`
	Object string          `json:"object,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
}

func scanEvent(r scanner) (Event, error) {
	var e Event
	var at int64
	var data string
	err := r.Scan(&e.ID, &at, &e.Type, &e.App, &e.Object, &data)
	e.At, e.Data = fromMillis(at), json.RawMessage(data)
	return e, err
}

func addEvent(ctx context.Context, q querier, at time.Time, typ, app, object string, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if data == nil {
		b = []byte("{}")
	}
	_, err = q.ExecContext(ctx, "INSERT INTO events (at, type, app_id, object_id, data) VALUES (?,?,?,?,?)", millis(at), typ, app, object, string(b))
	return err
}

func eventsAfter(ctx context.Context, q querier, id int64, limit int) ([]Event, error) {
	return collect(ctx, q, scanEvent, "SELECT id, at, type, app_id, object_id, data FROM events WHERE id > ? ORDER BY id LIMIT ?", id, limit)
}

// personRef finds a person by id or login: people type logins, programs ids.
func personRef(ctx context.Context, q querier, ref string) (string, error) {
	var id string
	err := q.QueryRowContext(ctx, "SELECT id FROM people WHERE id = ? OR login = ? ORDER BY id = ? DESC LIMIT 1", ref, ref, ref).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", notFound("person", ref)
	}
	return id, err
}

// groupRef finds a group by id or name.
func groupRef(ctx context.Context, q querier, ref string) (string, error) {
	var id string
	err := q.QueryRowContext(ctx, "SELECT id FROM groups WHERE id = ? OR name = ? ORDER BY id = ? DESC LIMIT 1", ref, ref, ref).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", notFound("group", ref)
	}
	return id, err
}
