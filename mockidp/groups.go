package mockidp

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"
)

// touchGroups marks groups that the application has (pushed, or assigned where groups are provisioned by assignment).
func (a *App) touchGroups(ctx context.Context, tx *statements, m *Manners, now time.Time, ids, id string) error {
	if m.cycles() {
		return a.touch(ctx, tx, m, now, kindGroup, ids, id)
	}
	args := []any{sql.Named("app", a.ID), sql.Named("id", id), sql.Named("now", millis(now))}
	_, err := tx.ExecContext(ctx, `INSERT INTO jobs (app_id, kind, object_id, action, state, due, created, updated) SELECT @app, 'group', x.group_id, 'sync', 'queued', @now, @now, @now FROM pushes x
		WHERE x.app_id = @app AND x.active = 1 AND x.group_id IN (`+ids+`) AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.app_id = @app AND j.kind = 'group' AND j.object_id = x.group_id AND j.action = 'sync' AND j.state = 'queued')`, args...)
	return err
}

// groupWant is what an application should have of a group.
type groupWant struct {
	g       *Group
	a       *Account
	wanted  bool
	members map[string]map[string]any // by object id
	order   []string
}

func (i *IdP) groupWant(ctx context.Context, c *connection, id string) (*groupWant, error) {
	w := &groupWant{members: map[string]map[string]any{}}
	var err error
	if w.a, err = getAccount(ctx, i.db.r, c.app.ID, kindGroup, id); err != nil {
		return nil, err
	}
	if w.a == nil {
		w.a = &Account{App: c.app.ID, Kind: kindGroup, Object: id, Status: stPending, Dirty: true}
	}
	if w.g, err = getGroup(ctx, i.db.r, id); err != nil {
		w.g = &Group{ID: id, Name: firstNonEmpty(text(w.a.Sent["name"]), w.a.Name)}
		return w, nil // deleted in the directory
	}
	if c.m.cycles() {
		w.wanted = w.a.Assigned
	} else {
		n, err := count(ctx, i.db.r, "SELECT count(*) FROM pushes WHERE app_id = ? AND group_id = ? AND active = 1", c.app.ID, id)
		if err != nil {
			return nil, err
		}
		w.wanted = n > 0
	}
	// Members are those who are provisioned; a group within a group is sent as its id, where it has one (entra.md 5, okta.md 6.1).
	rows, err := collect(ctx, i.db.r, func(r scanner) (map[string]any, error) {
		var id, target, login, kind string
		err := r.Scan(&id, &target, &login, &kind)
		m := map[string]any{"id": id, "object": id, "target": target, "kind": kind}
		if login != "" {
			m["login"] = login
		}
		return m, err
	}, `SELECT m.member_id, x.target, coalesce(p.login, ''), m.kind FROM members m JOIN accounts x ON x.app_id = ? AND x.kind = m.kind AND x.object_id = m.member_id AND x.target <> '' AND (x.active = 1 OR m.kind = 'group')
		LEFT JOIN people p ON m.kind = 'person' AND p.id = m.member_id WHERE m.group_id = ? ORDER BY m.kind DESC, m.member_id`, c.app.ID, id)
	if err != nil {
		return nil, err
	}
	for _, m := range rows {
		obj := text(m["object"])
		m["id"] = wireID(c.prof, text(m["kind"]), obj)
		delete(m, "kind")
		w.members[obj] = m
		w.order = append(w.order, obj)
	}
	return w, nil
}

// had is the members as they were sent last, by object id → target.
func (w *groupWant) had() map[string]string {
	out := map[string]string{}
	for k, v := range asMap(w.a.Sent["members"]) {
		out[k] = text(v)
	}
	return out
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// syncGroup brings a group of the application up to date: create, rename, members, delete. The record of the last operation is returned.
func (i *IdP) syncGroup(ctx context.Context, c *connection, id string, cycle int64, members bool) (*Op, error) {
	var last *Op
	for range 5 {
		w, err := i.groupWant(ctx, c, id)
		if err != nil {
			return last, err
		}
		operation, args, after := c.neededGroup(w, members)
		if operation == "" {
			if w.a.seq == 0 {
				return last, nil
			}
			w.a.Dirty = w.a.Dirty && !members
			w.a.Status = groupStatus(w)
			return last, i.settleGroup(ctx, c, w, nil)
		}
		if err := i.wholePeople(ctx, c, args["members"]); err != nil {
			return last, err
		}
		op, err := i.operate(ctx, c, want{operation: operation, args: args, kind: kindGroup, object: id, cycle: cycle})
		if err != nil {
			return last, err
		}
		last = op
		g := asMap(args["group"])
		if op.OK || text(g["target"]) != "" {
			w.a.Target = text(g["target"])
		}
		if op.OK {
			w.a.Sent = after
			w.a.Message, w.a.Attempts, w.a.NextTry = "", 0, time.Time{}
			w.a.Status = groupStatus(w)
		} else {
			w.a.Message, w.a.Status = op.Message, stFailed
			i.partly(w, g)
			if op.unsure && w.a.Sent != nil {
				w.doubt(operation, args)
			}
			if op.gone && c.m.Missing == "forget" {
				w.a.Target, w.a.Sent = "", nil
			}
		}
		if err := i.settleGroup(ctx, c, w, op); err != nil {
			return op, err
		}
		if !op.OK || ctx.Err() != nil {
			return op, nil
		}
	}
	return last, nil
}

// doubt remembers what a write that was not answered may have done, so that it is written again whatever the directory says next.
func (w *groupWant) doubt(operation string, args map[string]any) {
	sent := maps.Clone(w.a.Sent)
	if operation == "rename-group" {
		sent["name"] = ""
	}
	maybe := maps.Clone(asMap(sent["maybe"]))
	if maybe == nil {
		maybe = map[string]any{}
	}
	for _, name := range []string{"add", "remove", "members"} {
		l, ok := args[name].([]any)
		for _, m := range l {
			if mm := asMap(m); ok && mm != nil {
				maybe[text(mm["object"])] = mm["target"]
			}
		}
	}
	sent["maybe"] = maybe
	w.a.Sent = sent
}

// partly remembers those members that were written before an operation failed: clients that send one request for each member do not repeat them.
func (i *IdP) partly(w *groupWant, g map[string]any) {
	list, ok := g["members"].([]any)
	if !ok || w.a.Sent == nil || w.a.Target == "" {
		return
	}
	now := map[string]any{}
	for _, m := range list {
		if mm := asMap(m); mm != nil {
			now[text(mm["object"])] = mm["target"]
		}
	}
	w.a.Sent = maps.Clone(w.a.Sent)
	w.a.Sent["members"] = now
}

func groupStatus(w *groupWant) string {
	switch {
	case w.a.Target == "" && w.wanted:
		return stPending
	case w.a.Target == "":
		return stUnassigned
	}
	return stProvisioned
}

// neededGroup is the next operation for a group, with its arguments and what the account remembers after its success.
func (c *connection) neededGroup(w *groupWant, members bool) (operation string, args map[string]any, after map[string]any) {
	group := map[string]any{"id": wireID(c.prof, kindGroup, w.g.ID), "name": w.g.Name}
	if w.a.Target != "" {
		group["target"] = w.a.Target
	}
	args = map[string]any{"group": group}
	want := map[string]any{}
	var all []any
	for _, id := range w.order {
		want[id] = w.members[id]["target"]
		all = append(all, w.members[id])
	}
	had := w.had()
	switch {
	case !w.wanted:
		if w.a.Target == "" || !c.m.cycles() || c.app.Settings.SkipOutOfScope || !c.app.Settings.Deactivate {
			return "", nil, nil
		}
		return "delete-group", args, nil
	case w.a.Target == "":
		if !members {
			all, want = nil, map[string]any{}
		}
		group["members"] = list(all)
		return "push-group", args, map[string]any{"name": w.g.Name, "members": want}
	case text(w.a.Sent["name"]) != w.g.Name:
		group["members"] = list(c.sentMembers(w, had))
		return "rename-group", args, map[string]any{"name": w.g.Name, "members": toAny(had), "maybe": asMap(w.a.Sent["maybe"])}
	case !members:
		return "", nil, nil
	}
	add, remove := difference(w, had, c)
	if len(add)+len(remove) == 0 {
		return "", nil, nil
	}
	group["members"] = list(c.sentMembers(w, had))
	switch {
	case c.prof.Operation("change-members") != nil:
		args["add"], args["remove"] = list(add), list(remove)
		return "change-members", args, map[string]any{"name": w.g.Name, "members": want}
	case len(remove) > 0:
		args["members"] = list(remove)
		left := toAny(had)
		maybe := maps.Clone(asMap(w.a.Sent["maybe"]))
		for _, m := range remove {
			delete(left, text(asMap(m)["object"]))
			delete(maybe, text(asMap(m)["object"]))
		}
		return "remove-members", args, map[string]any{"name": w.g.Name, "members": left, "maybe": maybe}
	}
	args["members"] = list(add)
	return "add-members", args, map[string]any{"name": w.g.Name, "members": want}
}

func list(l []any) []any {
	if l == nil {
		return []any{}
	}
	return l
}

func toAny(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// difference are the members to add and to remove. One whose account was made anew has another target id: the old one goes, the new one comes.
func difference(w *groupWant, had map[string]string, c *connection) (add, remove []any) {
	maybe := asMap(w.a.Sent["maybe"])
	for _, id := range w.order {
		if had[id] != text(w.members[id]["target"]) || maybe[id] != nil {
			add = append(add, w.members[id])
		}
	}
	for _, id := range sortedKeys(maybe) {
		if m := w.members[id]; had[id] == "" && (m == nil || text(m["target"]) != text(maybe[id])) {
			remove = append(remove, map[string]any{"id": wireID(c.prof, kindPerson, id), "object": id, "target": text(maybe[id])})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(had)) {
		if m := w.members[id]; m == nil || text(m["target"]) != had[id] {
			remove = append(remove, map[string]any{"id": wireID(c.prof, kindPerson, id), "object": id, "target": had[id]})
		}
	}
	return add, remove
}

func (c *connection) sentMembers(w *groupWant, had map[string]string) []any {
	var out []any
	for _, id := range slices.Sorted(maps.Keys(had)) {
		if m := w.members[id]; m != nil && text(m["target"]) == had[id] {
			out = append(out, m)
			continue
		}
		out = append(out, map[string]any{"id": wireID(c.prof, kindPerson, id), "object": id, "target": had[id]})
	}
	return out
}

// wholePeople gives members their whole profiles where the client writes the person after the group (trait memberProfiles). Others have no need
// of them, and a group can have many.
func (i *IdP) wholePeople(ctx context.Context, c *connection, members any) error {
	if on, _ := c.prof.Traits["memberProfiles"].(bool); !on {
		return nil
	}
	list, _ := members.([]any)
	for _, m := range list {
		mm := asMap(m)
		p, a, err := i.personAccount(ctx, c.app.ID, text(mm["object"]))
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		doc, err := i.person(ctx, i.db.r, c, p, a)
		if err != nil {
			return err
		}
		for k, v := range doc {
			if _, has := mm[k]; !has {
				mm[k] = v
			}
		}
	}
	return nil
}

func (i *IdP) settleGroup(ctx context.Context, c *connection, w *groupWant, op *Op) error {
	w.a.Updated, w.a.Active = i.now(), w.a.Target != ""
	return i.change(ctx, "account", w.a.App, w.a.Object, func(tx *statements) error {
		if op != nil {
			if err := addOp(ctx, tx, op); err != nil {
				return err
			}
		}
		return putAccount(ctx, tx, w.a)
	})
}
