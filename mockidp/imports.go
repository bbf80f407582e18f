package mockidp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Imported is one account that an import found and nobody is linked to.
type Imported struct {
	ID     int64          `json:"id"`
	Target string         `json:"target"`
	Login  string         `json:"login"`
	Name   string         `json:"name"`
	State  string         `json:"state"`             // new, confirmed, ignored
	Match  string         `json:"matched,omitempty"` // id of the person who seems to be meant
	Doc    map[string]any `json:"resource,omitempty"`
}

// ImportResult is what an import came to.
type ImportResult struct {
	Scanned   int  `json:"scanned"`
	New       int  `json:"new"`
	Unchanged int  `json:"unchanged"`
	Updated   int  `json:"updated"` // linked accounts that differ from the directory
	Removed   int  `json:"removed"` // linked accounts that are gone
	Inactive  int  `json:"inactive"`
	Stopped   bool `json:"stopped,omitempty"`
	Op        *Op  `json:"operation,omitempty"`
}

// Import reads every account of the application: those who are linked are compared (drift), the others wait to be confirmed or ignored.
func (i *IdP) Import(ctx context.Context, appID string) (*ImportResult, error) {
	res := &ImportResult{}
	err := i.importInto(ctx, appID, res)
	// The result stays on the application: whoever began the import may have gone.
	kept := &Taken{At: i.now(), ImportResult: *res}
	kept.Op = nil
	switch {
	case err != nil:
		kept.Message = err.Error()
	case res.Op != nil && !res.Op.OK:
		kept.Message = res.Op.Message
	}
	if kerr := i.change(context.WithoutCancel(ctx), "import", appID, "", func(tx *statements) error {
		a, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		a.State.LastImport = kept
		return putState(ctx, tx, a)
	}); kerr != nil {
		return res, firstError(err, kerr)
	}
	return res, err
}

// ImportLater begins an import and does not wait for it. The application shows its progress, and what it came to.
func (i *IdP) ImportLater(ctx context.Context, appID string) error {
	r := i.runner(appID)
	if r == nil {
		return notFound("application", appID)
	}
	if _, err := i.App(ctx, appID); err != nil {
		return err
	}
	if r.underWay() != nil || !r.importing.CompareAndSwap(false, true) {
		return conflict("something is under way already; stop it, or wait until it is done")
	}
	r.asked.Add(1)
	i.wg.Go(func() {
		defer func() { r.importing.Store(false); r.asked.Add(-1); i.announce() }()
		_, _ = i.Import(i.ctx, appID) // kept on the application, its errors too
	})
	return nil
}

func (i *IdP) importInto(ctx context.Context, appID string, res *ImportResult) error {
	return i.exclusively(ctx, appID, func(ctx context.Context, r *runner, c *connection) error {
		work, end := r.begin(ctx, "import", 0)
		defer end()
		op, err := i.operate(work, c, want{operation: "import-users", args: map[string]any{}, list: "users", progress: func(n int) { r.report(n*100, 0) }})
		if err != nil {
			return err
		}
		res.Op, res.Scanned, res.Stopped = op, len(op.listed), work.Err() != nil
		if !op.OK || res.Stopped {
			if res.Stopped {
				op.Message = "Stopped; nothing was imported."
			}
			return i.keep(context.WithoutCancel(ctx), op)
		}
		return i.takeIn(ctx, c, op, res)
	})
}

// takeIn compares what was read with what is linked.
func (i *IdP) takeIn(ctx context.Context, c *connection, op *Op, res *ImportResult) error {
	linked, err := collect(ctx, i.db.r, scanAccount, "SELECT "+accountColumns+accountFrom+"WHERE a.app_id = ? AND a.kind = 'person' AND a.target <> ''", c.app.ID)
	if err != nil {
		return err
	}
	byTarget := map[string]*Account{}
	for _, a := range linked {
		byTarget[a.Target] = a
	}
	return i.change(ctx, "import", c.app.ID, "", func(tx *statements) error {
		if err := addOp(ctx, tx, op); err != nil {
			return err
		}
		for _, u := range op.listed {
			id := text(u["id"])
			a := byTarget[id]
			delete(byTarget, id)
			switch {
			case id == "":
				continue
			case a != nil:
				if err := i.compare(ctx, tx, c, a, u, res); err != nil {
					return err
				}
			case u["active"] == false && c.m.ImportActiveOnly:
				res.Inactive++
			default:
				res.New++
				if err := i.offer(ctx, tx, c, u); err != nil {
					return err
				}
			}
		}
		for _, a := range byTarget {
			res.Removed++
			if err := i.drifted(ctx, tx, a, "The account is no longer in the application."); err != nil {
				return err
			}
		}
		return nil
	})
}

// compared are the SCIM paths by which drift is noticed.
var compared = []string{"userName", "name.givenName", "name.familyName", "displayName", "title", "externalId"}

func (i *IdP) compare(ctx context.Context, tx *statements, c *connection, a *Account, u map[string]any, res *ImportResult) error {
	p, err := getPerson(ctx, tx, a.Object)
	if err != nil {
		res.Unchanged++
		return nil
	}
	doc, err := i.person(ctx, tx, c, p, a)
	if err != nil {
		return err
	}
	var diff []string
	if on, ok := u["active"].(bool); ok && on != a.Active {
		diff = append(diff, fmt.Sprintf("active is %t there", on))
	}
	for _, path := range compared {
		want := c.prof.Mapped(doc, path)
		if want == nil || c.prof.Mapped(withID(a.Sent, doc), path) == nil { // never sent
			continue
		}
		if have := at(u, path); !strings.EqualFold(text(have), text(want)) {
			diff = append(diff, fmt.Sprintf("%s is %q there and %q here", path, text(have), text(want)))
		}
	}
	if len(diff) == 0 {
		res.Unchanged++
		if a.Status == stDrifted {
			a.Status, a.Message = stProvisioned, ""
			if !a.Active {
				a.Status = stDisabled
			}
			return putAccount(ctx, tx, a)
		}
		return nil
	}
	res.Updated++
	return i.drifted(ctx, tx, a, strings.Join(diff, "; "))
}

func withID(sent, doc map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range sent {
		out[k] = v
	}
	for _, k := range internals {
		out[k] = doc[k]
	}
	return out
}

func (i *IdP) drifted(ctx context.Context, tx *statements, a *Account, message string) error {
	a.Status, a.Message, a.Updated = stDrifted, message, i.now()
	return putAccount(ctx, tx, a)
}

// at reads a dotted path without regard to letter case.
func at(m map[string]any, path string) any {
	head, rest, more := strings.Cut(path, ".")
	for k, v := range m {
		if !strings.EqualFold(k, head) {
			continue
		}
		if !more {
			return v
		}
		sub, _ := v.(map[string]any)
		return at(sub, rest)
	}
	return nil
}

func firstMail(u map[string]any) string {
	l, _ := at(u, "emails").([]any)
	best := ""
	for _, e := range l {
		m, _ := e.(map[string]any)
		if v := text(m["value"]); best == "" || m["primary"] == true {
			best = v
		}
	}
	return best
}

// offer keeps an account for the administrator, with the person who seems to be meant: by login, then by address.
func (i *IdP) offer(ctx context.Context, tx *statements, c *connection, u map[string]any) error {
	login, mail := text(at(u, "userName")), firstMail(u)
	people, err := collect(ctx, tx, scanString, "SELECT id FROM people WHERE login = ? UNION SELECT id FROM people WHERE login = ? UNION SELECT id FROM people WHERE email <> '' AND email = ? LIMIT 2", login, mail, mail)
	if err != nil {
		return err
	}
	match := ""
	if len(people) == 1 {
		match = people[0]
	}
	doc, err := json.Marshal(withoutSecrets(u))
	if err != nil {
		return err
	}
	name := firstNonEmpty(text(at(u, "displayName")), strings.TrimSpace(text(at(u, "name.givenName"))+" "+text(at(u, "name.familyName"))), login)
	_, err = tx.ExecContext(ctx, `INSERT INTO imports (app_id, target, login, name, state, matched, doc, at) VALUES (?,?,?,?,'new',?,?,?)
		ON CONFLICT (app_id, target) DO UPDATE SET login=excluded.login, name=excluded.name, matched=excluded.matched, doc=excluded.doc, at=excluded.at, state=CASE WHEN state='confirmed' THEN 'new' ELSE state END`, c.app.ID, text(u["id"]), login, name, match, string(doc), millis(i.now()))
	return err
}

func listImports(ctx context.Context, q querier, app, state string, f Query) (Page[*Imported], error) {
	cond, args := "app_id = ?", []any{app}
	if state != "" {
		cond, args = cond+" AND state = ?", append(args, state)
	}
	total, err := count(ctx, q, "SELECT count(*) FROM imports WHERE "+cond, args...)
	if err != nil {
		return Page[*Imported]{}, err
	}
	items, err := collect(ctx, q, func(r scanner) (*Imported, error) {
		m := &Imported{}
		var doc string
		if err := r.Scan(&m.ID, &m.Target, &m.Login, &m.Name, &m.State, &m.Match, &doc); err != nil {
			return nil, err
		}
		return m, json.Unmarshal([]byte(doc), &m.Doc)
	}, "SELECT id, target, login, name, state, matched, doc FROM imports WHERE "+cond+" AND id > ? ORDER BY id LIMIT ?", append(args, f.After, f.limit()+1)...)
	return paged(items, total, f.limit(), func(m *Imported) int64 { return m.ID }), err
}

// ConfirmImport links an imported account with a person: the one that is named, the one that was matched, or a new one made from it.
func (i *IdP) ConfirmImport(ctx context.Context, appID string, id int64, person string) error {
	return i.change(ctx, "import", appID, person, func(tx *statements) error {
		m, err := getImport(ctx, tx, appID, id)
		if err != nil {
			return err
		}
		app, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		c, err := i.connect(app)
		if err != nil {
			return err
		}
		person = firstNonEmpty(person, m.Match)
		if person == "" {
			p, err := i.createPerson(ctx, tx, PersonInput{Profile: profileOf(m.Doc)})
			if err != nil {
				return err
			}
			person = p.ID
		}
		p, err := getPerson(ctx, tx, person)
		if err != nil {
			return err
		}
		if a, err := getAccount(ctx, tx, appID, kindPerson, person); err != nil || a != nil && a.Target != "" {
			return firstError(err, conflict("%s is linked to another account already", p.Name()))
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO assignments (app_id, kind, object_id, created) VALUES (?,'person',?,?)", appID, person, millis(i.now())); err != nil {
			return err
		}
		a := &Account{App: appID, Kind: kindPerson, Object: person, Assigned: true, Target: m.Target, Active: m.Doc["active"] != false, Status: stProvisioned, Updated: i.now()}
		doc, err := i.person(ctx, tx, c, p, a)
		if err != nil {
			return err
		}
		a.Sent = snapshot(doc)
		if err := putAccount(ctx, tx, a); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE accounts SET assigned = 1 WHERE app_id = ? AND kind = 'person' AND object_id = ?", appID, person); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE imports SET state = 'confirmed', person = ? WHERE id = ?", person, id); err != nil {
			return err
		}
		return i.follow(ctx, tx, c, a)
	})
}

func firstError(errs ...error) error {
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}

func getImport(ctx context.Context, q querier, appID string, id int64) (*Imported, error) {
	page, err := listImports(ctx, q, appID, "", Query{After: id - 1, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 || page.Items[0].ID != id {
		return nil, notFound("imported account", fmt.Sprint(id))
	}
	return page.Items[0], nil
}

// IgnoreImport takes an imported account off the list. The application is not told.
func (i *IdP) IgnoreImport(ctx context.Context, appID string, id int64) error {
	return i.change(ctx, "import", appID, "", func(tx *statements) error {
		if _, err := getImport(ctx, tx, appID, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE imports SET state = 'ignored' WHERE id = ?", id)
		return err
	})
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// profileOf makes a directory profile of a SCIM user.
func profileOf(u map[string]any) map[string]any {
	out := map[string]any{}
	set := func(name string, v any) {
		if s := text(v); s != "" {
			out[name] = s
		}
	}
	set("login", at(u, "userName"))
	set("email", firstNonEmpty(firstMail(u), mailLike(text(at(u, "userName")))))
	for name, path := range map[string]string{"firstName": "name.givenName", "lastName": "name.familyName", "middleName": "name.middleName", "displayName": "displayName", "title": "title", "nickName": "nickName",
		"userType": "userType", "locale": "locale", "timezone": "timezone", "preferredLanguage": "preferredLanguage"} {
		set(name, at(u, path))
	}
	ext, _ := at(map[string]any{"x": u[enterprise]}, "x").(map[string]any)
	for _, name := range []string{"employeeNumber", "department", "costCenter", "organization", "division"} {
		set(name, ext[name])
	}
	return out
}

func mailLike(s string) string {
	if strings.Contains(s, "@") {
		return s
	}
	return ""
}
