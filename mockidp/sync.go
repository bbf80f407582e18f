package mockidp

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// needed is the operation by which a person's account comes nearer to what the directory says, "" when there is none.
func (c *connection) needed(p *Person, a *Account, doc map[string]any) (operation string) {
	s := &c.app.Settings
	wanted := a.Assigned && c.inScope(doc) && (p.Status == Active || p.Status == Suspended && c.m.Suspended == "nothing")
	if a.Why == whyPurged && a.Target != "" {
		return "delete-user"
	}
	if p.Status == Suspended && c.m.Suspended == "nothing" {
		return ""
	}
	switch {
	case a.Target == "" && wanted && s.Create && !a.Before:
		return "create-user"
	case a.Target == "" && a.Unsure && !wanted && s.Deactivate && c.prof.Operation("match-user") != nil:
		return "match-user"
	case a.Target == "":
		return ""
	case (a.Active || a.Unsure) && !wanted:
		if !s.Deactivate || !a.Assigned && s.SkipOutOfScope {
			return ""
		}
		return "deactivate-user"
	case (!a.Active || a.Unsure) && wanted && s.Create:
		return "reactivate-user"
	case wanted && s.Update && c.differs(a.Sent, doc):
		return "update-user"
	}
	return ""
}

// internals of a person's document that are no attributes of the directory.
var internals = []string{"target", "remote", "password", "active", "id"}

// differs tells whether any mapping would give another value than the one that was sent last.
func (c *connection) differs(sent, doc map[string]any) bool {
	if sent == nil {
		return true
	}
	old := maps.Clone(sent)
	for _, k := range internals {
		old[k] = doc[k]
	}
	for k := range c.prof.Users {
		m := &c.prof.Users[k]
		if m.Apply == "create" || m.HasConst {
			continue
		}
		if !equalJSON(c.prof.Mapped(old, m.Target), c.prof.Mapped(doc, m.Target)) {
			return true
		}
	}
	return false
}

func equalJSON(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// changesOf lists the attributes that differ from what was sent, for clients that send only those.
func changesOf(sent, doc map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range doc {
		if !slices.Contains(internals, k) && !equalJSON(sent[k], v) {
			out[k] = map[string]any{"old": sent[k], "new": v}
		}
	}
	for k, v := range sent {
		if _, still := doc[k]; !still && !slices.Contains(internals, k) {
			out[k] = map[string]any{"old": v, "new": nil}
		}
	}
	return out
}

// person is the directory's person as operations see it: the profile, the id in this client's form, and the link.
func (i *IdP) person(ctx context.Context, q querier, c *connection, p *Person, a *Account) (map[string]any, error) {
	doc := maps.Clone(p.Profile)
	doc["id"] = wireID(c.prof, kindPerson, p.ID)
	doc["active"] = p.Status == Active
	if text(doc["displayName"]) == "" {
		doc["displayName"] = p.Name()
	}
	var err error
	if doc["password"], err = i.password(p); err != nil {
		return nil, err
	}
	if a != nil && a.Target != "" {
		doc["target"] = a.Target
	}
	if p.Manager != "" {
		m, err := getAccount(ctx, q, c.app.ID, kindPerson, p.Manager)
		if err != nil {
			return nil, err
		}
		if m != nil && m.Target != "" {
			doc["managerTarget"] = m.Target
		}
		doc["managerId"] = wireID(c.prof, kindPerson, p.Manager)
	}
	return doc, nil
}

// snapshot is what is remembered as sent.
func snapshot(doc map[string]any) map[string]any {
	out := maps.Clone(doc)
	for _, k := range internals {
		delete(out, k)
	}
	return out
}

// syncPerson does what is needed for one account, until nothing is: a reactivation may be followed by an update. The record of the
// last operation is returned, nil when nothing was sent.
func (i *IdP) syncPerson(ctx context.Context, c *connection, id string, force bool, cycle int64) (*Op, error) {
	var last *Op
	for range 3 {
		p, a, err := i.personAccount(ctx, c.app.ID, id)
		if err != nil || a == nil {
			return last, err
		}
		doc, err := i.person(ctx, i.db.r, c, p, a)
		if err != nil {
			return last, err
		}
		operation := c.needed(p, a, doc)
		if operation == "" && force && a.Target != "" && a.Active {
			operation = "update-user"
		}
		if operation == "" {
			return last, i.settle(ctx, c, a, p, nil, nil, "")
		}
		force = false
		args := map[string]any{"person": doc}
		if operation == "update-user" && a.Sent != nil {
			if ch := changesOf(a.Sent, doc); len(ch) > 0 {
				args["changes"] = ch
			}
		}
		op, err := i.operate(ctx, c, want{operation: operation, args: args, kind: kindPerson, object: id, cycle: cycle, list: "found"})
		if err != nil {
			return last, err
		}
		last = op
		if err := i.settle(ctx, c, a, p, op, doc, operation); err != nil {
			return op, err
		}
		if !op.OK || ctx.Err() != nil {
			return op, nil
		}
	}
	return last, nil
}

func (i *IdP) personAccount(ctx context.Context, app, id string) (*Person, *Account, error) {
	a, err := getAccount(ctx, i.db.r, app, kindPerson, id)
	if err != nil || a == nil {
		return nil, nil, err
	}
	p, err := getPerson(ctx, i.db.r, id)
	if err != nil { // purged: what is left is the account
		return &Person{ID: id, Status: Deleted, Profile: map[string]any{"login": a.Name, "displayName": a.Name}}, a, nil
	}
	return p, a, nil
}

// settle stores what an operation came to: the record, the link, and what the account's state is now.
func (i *IdP) settle(ctx context.Context, c *connection, a *Account, p *Person, op *Op, doc map[string]any, operation string) error {
	now := i.now()
	before := *a
	gained := false
	if op != nil {
		if t := text(doc["target"]); t != a.Target {
			gained = a.Target == "" && t != ""
			a.Target = t
		}
		on, said := doc["active"].(bool)
		switch {
		case op.OK && operation == "match-user": // a creation was not answered, and the person has left since
			if a.Unsure = false; len(op.listed) > 0 {
				a.Target, a.Active = text(op.listed[0]["id"]), op.listed[0]["active"] != false
				op.Notes = append(op.Notes, "An earlier creation was not answered, and the person has left since. That the account is looked for and disabled is inferred: no source says what "+c.prof.Title+" does.")
			}
			a.Message, a.Attempts, a.NextTry = "", 0, time.Time{}
		case op.OK:
			a.Active = operation != "deactivate-user" && operation != "delete-user"
			if operation == "delete-user" {
				a.Target = ""
			}
			if operation == "create-user" || operation == "update-user" || c.reassigns(operation) {
				a.Sent = snapshot(doc)
			}
			a.Message, a.Attempts, a.NextTry, a.Before, a.Unsure = "", 0, time.Time{}, false, false
		case a.Target != before.Target && said: // linked, but the profile could not be pushed
			a.Active = on
		}
		if !op.OK {
			a.Message = op.Message
			if op.unsure {
				a.Unsure, a.Sent = true, nil
			}
			if operation == "delete-user" && op.gone {
				a.Target, a.Message = "", "" // gone already, which is what was wanted
			}
			if op.gone && c.m.Missing == "forget" {
				a.Target, a.Active, a.Sent = "", false, nil
			}
		}
	}
	if op == nil {
		a.Message, a.Attempts = "", 0
	}
	a.Status, a.Why = c.status(a, p, op), why(a, p)
	a.Updated = now
	if op == nil || op.OK {
		a.Dirty = false
	}
	return i.change(ctx, "account", a.App, a.Object, func(tx *statements) error {
		if op != nil {
			if err := addOp(ctx, tx, op); err != nil {
				return err
			}
		}
		if op == nil && sameAccount(before, *a) {
			_, err := tx.ExecContext(ctx, "UPDATE accounts SET dirty = 0 WHERE app_id = ? AND kind = ? AND object_id = ? AND touched = ?", a.App, a.Kind, a.Object, a.touched)
			return err
		}
		if err := putAccount(ctx, tx, a); err != nil {
			return err
		}
		if gained {
			return i.follow(ctx, tx, c, a)
		}
		return nil
	})
}

func sameAccount(a, b Account) bool {
	return a.Target == b.Target && a.Active == b.Active && a.Status == b.Status && a.Message == b.Message && a.Before == b.Before && a.Unsure == b.Unsure && a.Why == b.Why
}

// reassigns: some clients reactivate by provisioning anew, which sends the profile too; others only set a flag.
func (c *connection) reassigns(operation string) bool {
	def := c.prof.Operation(operation)
	return operation == "reactivate-user" && def != nil && slices.ContainsFunc(stepUses(def), func(u string) bool { return u == "create-user" })
}

func stepUses(o *profile.Operation) (out []string) {
	for _, s := range o.Steps {
		if s.Use != "" {
			out = append(out, s.Use)
		}
	}
	return out
}

// follow marks what waited for this account: people whose manager it is, groups that it is a member of.
func (i *IdP) follow(ctx context.Context, tx *statements, c *connection, a *Account) error {
	if err := c.app.touch(ctx, tx, c.m, i.now(), kindPerson, "SELECT p.id FROM people p CROSS JOIN accounts x ON x.app_id = @app AND x.kind = 'person' AND x.object_id = p.id AND x.target <> '' WHERE p.manager = @id AND p.manager <> ''", a.Object); err != nil {
		return err
	}
	return i.touchGroupsOf(ctx, tx, c.app, c.m, a.Object)
}

// touchGroupsOf marks the groups of a person that the application has.
func (i *IdP) touchGroupsOf(ctx context.Context, tx *statements, app *App, m *Manners, person string) error {
	return app.touchGroups(ctx, tx, m, i.now(), "SELECT group_id FROM members WHERE member_id = @id", person)
}

// why an account that is not active was disabled: what follows thirty days after a deletion depends on it.
func why(a *Account, p *Person) string {
	switch {
	case a.Target == "" || a.Active:
		return ""
	case a.Why != "":
		return a.Why
	case p.Status == Deleted && a.Assigned:
		return whySoftDeleted
	}
	return whyUnassigned
}

func (c *connection) status(a *Account, p *Person, op *Op) string {
	switch {
	case op != nil && !op.OK && op.limited:
		return stRateLimited
	case op != nil && !op.OK:
		return stFailed
	case a.Target == "" && a.Assigned && a.Before:
		return stNotSent
	case a.Target == "" && a.Assigned && !c.app.Settings.Create:
		return stPending
	case a.Target == "" && a.Assigned:
		switch {
		case p.Status != Active:
			a.Message = "Not provisioned: the person is " + p.Status + " in the directory."
		case !c.inScope(p.Profile):
			a.Message = "Skipped: not in scope of the scoping filters."
		default:
			return stPending
		}
		return stSkipped
	case a.Target == "":
		return stUnassigned
	case a.Active && !a.Assigned && !c.app.Settings.Deactivate:
		a.Message = "Still active: " + c.m.Word("deactivate") + " is off."
		return stUnassigned
	case a.Active:
		return stProvisioned
	}
	return stDisabled
}

// retryAfter reads the wait that a 429 asks for; only whole seconds are understood (okta.md 8).
func retryAfter(value string, none time.Duration) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 {
		return none
	}
	return time.Duration(n) * time.Second
}
