package mockidp

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// TestConnection does what the identity provider does when its administrator presses the button.
func (i *IdP) TestConnection(ctx context.Context, appID string) (*Op, error) {
	var op *Op
	err := i.exclusively(ctx, appID, func(ctx context.Context, _ *runner, c *connection) error {
		var err error
		op, err = i.test(ctx, c)
		return err
	})
	return op, err
}

func (i *IdP) test(ctx context.Context, c *connection) (*Op, error) {
	op, err := i.operate(ctx, c, want{operation: "test-connection", args: map[string]any{}})
	if err != nil {
		return nil, err
	}
	return op, i.change(ctx, "test", c.app.ID, "", func(tx *statements) error {
		if err := addOp(ctx, tx, op); err != nil {
			return err
		}
		a, err := getApp(ctx, tx, c.app.ID)
		if err != nil {
			return err
		}
		a.State.LastTest = &Tested{At: op.At, OK: op.OK, Message: op.Message, Op: op.ID}
		return putState(ctx, tx, a)
	})
}

// syncPassword sends a person's password to one application.
func (i *IdP) syncPassword(ctx context.Context, c *connection, id string) (*Op, error) {
	p, a, err := i.personAccount(ctx, c.app.ID, id)
	if err != nil || a == nil || a.Target == "" || !a.Active || !c.app.Settings.SyncPassword {
		return nil, err
	}
	doc, err := i.person(ctx, i.db.r, c, p, a)
	if err != nil {
		return nil, err
	}
	op, err := i.operate(ctx, c, want{operation: "sync-password", args: map[string]any{"person": doc, "password": doc["password"]}, kind: kindPerson, object: id})
	if err != nil {
		return nil, err
	}
	return op, i.keep(ctx, op)
}

// deleteAccount removes a person's account, where the administrator asks for it.
func (i *IdP) deleteAccount(ctx context.Context, c *connection, id string, cycle int64) (*Op, error) {
	p, a, err := i.personAccount(ctx, c.app.ID, id)
	if err != nil || a == nil || a.Target == "" {
		return nil, err
	}
	doc, err := i.person(ctx, i.db.r, c, p, a)
	if err != nil {
		return nil, err
	}
	op, err := i.operate(ctx, c, want{operation: "delete-user", args: map[string]any{"person": doc}, kind: kindPerson, object: id, cycle: cycle})
	if err != nil {
		return nil, err
	}
	return op, i.settle(ctx, c, a, p, op, doc, "delete-user")
}

// pushNow overwrites the members of a pushed group.
func (i *IdP) pushNow(ctx context.Context, c *connection, id string) (*Op, error) {
	w, err := i.groupWant(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if w.a.Target == "" {
		return i.syncGroup(ctx, c, id, 0, true)
	}
	group := map[string]any{"id": wireID(c.prof, kindGroup, id), "name": w.g.Name, "target": w.a.Target, "members": []any{}}
	members, all := map[string]any{}, []any{}
	for _, m := range w.order {
		members[m] = w.members[m]["target"]
		all = append(all, w.members[m])
	}
	group["members"] = all
	op, err := i.operate(ctx, c, want{operation: "replace-members", args: map[string]any{"group": group}, kind: kindGroup, object: id})
	if err != nil {
		return nil, err
	}
	if op.OK {
		w.a.Sent = map[string]any{"name": w.g.Name, "members": members}
		w.a.Message, w.a.Status = "", stProvisioned
	} else {
		w.a.Message, w.a.Status = op.Message, stFailed
	}
	return op, i.settleGroup(ctx, c, w, op)
}

// linkGroup connects a group with one that the application has already; to is its id, or "" for the one of the same name.
func (i *IdP) linkGroup(ctx context.Context, c *connection, id, to string) (*Op, error) {
	w, err := i.groupWant(ctx, c, id)
	if err != nil {
		return nil, err
	}
	group := map[string]any{"id": wireID(c.prof, kindGroup, id), "name": w.g.Name, "members": []any{}}
	args := map[string]any{"group": group}
	if to != "" {
		args["to"] = to
	}
	op, err := i.operate(ctx, c, want{operation: "link-group", args: args, kind: kindGroup, object: id})
	if err != nil {
		return nil, err
	}
	if t := text(group["target"]); t != "" {
		w.a.Target = t
	}
	if op.OK {
		w.a.Sent, w.a.Message, w.a.Status = map[string]any{"name": w.g.Name, "members": map[string]any{}}, "", stProvisioned
	} else {
		w.a.Message, w.a.Status = op.Message, stFailed
	}
	if err := i.settleGroup(ctx, c, w, op); err != nil || !op.OK {
		return op, err
	}
	if next, err := i.syncGroup(ctx, c, id, 0, true); err != nil || next != nil {
		return next, err
	}
	return op, nil
}

// deletePushed deletes the application's group of a push that was unlinked.
func (i *IdP) deletePushed(ctx context.Context, c *connection, id string) (*Op, error) {
	w, err := i.groupWant(ctx, c, id)
	if err != nil || w.a.Target == "" {
		return nil, err
	}
	group := map[string]any{"id": wireID(c.prof, kindGroup, id), "name": firstNonEmpty(text(w.a.Sent["name"]), w.g.Name), "target": w.a.Target, "members": []any{}}
	op, err := i.operate(ctx, c, want{operation: "delete-group", args: map[string]any{"group": group}, kind: kindGroup, object: id})
	if err != nil {
		return nil, err
	}
	if op.OK || op.gone {
		w.a.Target, w.a.Sent, w.a.Status, w.a.Message, w.a.Dirty = "", nil, stUnassigned, "", false
	} else {
		w.a.Message, w.a.Status = op.Message, stFailed
	}
	return op, i.settleGroup(ctx, c, w, op)
}

// ProvisionOnDemand provisions one person outside of a cycle and shows the steps that led to what was done (entra.md 10.1).
func (i *IdP) ProvisionOnDemand(ctx context.Context, appID, personID string) (*Op, error) {
	var out *Op
	err := i.exclusively(ctx, appID, func(ctx context.Context, _ *runner, c *connection) error {
		if !c.m.cycles() {
			return conflict("%s works at once: assign the person, or sync again", c.app.Name)
		}
		var err error
		out, err = i.onDemand(ctx, c, personID)
		return err
	})
	return out, err
}

func (i *IdP) onDemand(ctx context.Context, c *connection, id string) (*Op, error) {
	p, err := getPerson(ctx, i.db.r, id)
	if err != nil {
		return nil, err
	}
	rule := c.m.OnDemand
	var steps []Step
	for range max(rule.Probes, 1) {
		op, err := i.operate(ctx, c, want{operation: "probe", args: map[string]any{}, kind: kindPerson, object: id, profile: rule.Profile})
		if err != nil {
			return nil, err
		}
		if !op.OK {
			op.Steps = []Step{{Title: "Test connection to target system", Outcome: "failure", Details: []string{op.Message}}}
			op.Title = c.m.Word("on-demand") + ": " + p.Name()
			return op, i.keep(ctx, op)
		}
		if err := i.keep(ctx, op); err != nil {
			return nil, err
		}
	}
	steps = append(steps, Step{"Import user", "success", []string{"login: " + p.Login(), "status: " + p.Status}})
	a, err := getAccount(ctx, i.db.r, c.app.ID, kindPerson, id)
	if err != nil {
		return nil, err
	}
	scope := scopeStep(c, p, a)
	steps = append(steps, scope)
	if a == nil || scope.Outcome != "success" && (a.Target == "" || !a.Active) {
		op := &Op{App: c.app.ID, Kind: kindPerson, Object: id, Operation: c.prof.ID + "/on-demand", Title: c.m.Word("on-demand") + ": " + p.Name(), OK: true, At: i.now(), Steps: append(steps, Step{"Match user between source and target system", "skipped", nil}, Step{"Perform action", "skipped", []string{"Nothing was sent."}})}
		op.outcome()
		return op, i.keep(ctx, op)
	}
	linked := a.Target != ""
	dialect := *c
	if d := c.profs.Profile(rule.Profile); d != nil {
		dialect.prof = d
	}
	op, err := i.syncPerson(ctx, &dialect, id, true, 0)
	if err != nil {
		return nil, err
	}
	if op == nil {
		op = &Op{App: c.app.ID, Kind: kindPerson, Object: id, Operation: c.prof.ID + "/on-demand", OK: true, At: i.now()}
		op.outcome()
		if err := i.keep(ctx, op); err != nil {
			return nil, err
		}
	}
	op.Steps = append(steps, matchStep(op, linked), actionStep(op))
	op.Title = c.m.Word("on-demand") + ": " + firstNonEmpty(op.Title, p.Name())
	return op, i.db.write(ctx, func(tx *statements) error { return updateOpDoc(ctx, tx, op) })
}

func scopeStep(c *connection, p *Person, a *Account) Step {
	s := Step{Title: "Determine if user is in scope", Outcome: "success"}
	say := func(name string, ok bool) {
		s.Details = append(s.Details, fmt.Sprintf("%s: %t", name, ok))
		if !ok {
			s.Outcome = "skipped"
		}
	}
	say("Active in source system", p.Status == Active)
	if c.app.Settings.Scope == "all" {
		s.Details = append(s.Details, "Scope sync all: true")
	} else {
		say("Assigned to application", a != nil && a.Assigned)
	}
	for _, f := range c.app.Settings.Filters {
		say("Scoping filter "+f.String(), f.holds(text(p.Profile[c.m.attribute(f.Attribute)])))
	}
	return s
}

func matchStep(op *Op, linked bool) Step {
	s := Step{Title: "Match user between source and target system", Outcome: "success"}
	switch {
	case linked:
		s.Details = []string{"Linked already; no look-up is needed."}
	case slices.ContainsFunc(op.Exchanges, func(x *Exchange) bool { return x.Request.Method == "POST" }):
		s.Details = []string{"No matching account was found."}
	case op.OK:
		s.Details = []string{"A matching account was found and linked."}
	default:
		s.Outcome, s.Details = "failure", []string{op.Message}
	}
	return s
}

func actionStep(op *Op) Step {
	s := Step{Title: "Perform action", Outcome: "success"}
	for _, x := range op.Exchanges {
		if x.Request.Method != "GET" && x.Response != nil {
			s.Details = append(s.Details, fmt.Sprintf("%s %s answered %d", x.Request.Method, x.Request.Path, x.Response.Status))
		}
	}
	switch {
	case !op.OK:
		s.Outcome, s.Details = "failure", append(s.Details, strings.TrimSpace(op.Message))
	case len(s.Details) == 0:
		s.Outcome, s.Details = "skipped", []string{"Nothing differs; no action was needed."}
	}
	return s
}
