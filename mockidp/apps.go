package mockidp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// AppInput is an application as callers give it. Secrets go in and never come out.
type AppInput struct {
	ID       string    `json:"id,omitempty"`
	Name     string    `json:"name"`
	Profile  string    `json:"profile"`
	Settings *Settings `json:"settings,omitempty"`
	Secret   string    `json:"secret,omitempty"`
}

// CreateApp adds an application of a profile.
func (i *IdP) CreateApp(ctx context.Context, in AppInput) (*App, error) {
	m := i.manners[in.Profile]
	if m == nil {
		return nil, badInput("there is no profile %q; there are %s", in.Profile, strings.Join(i.o.Profiles.IDs(), ", "))
	}
	a := &App{Name: strings.TrimSpace(in.Name), Profile: in.Profile, Settings: m.defaults(), Created: i.now(), Updated: i.now()}
	if a.Name == "" {
		return nil, badInput("an application needs a name")
	}
	if m.cycles() {
		a.State.Schedule = cycleStopped
	}
	if in.Settings != nil {
		a.Settings = *in.Settings
	}
	err := i.change(ctx, "app", "", "", func(tx *statements) error {
		a.ID = in.ID
		if a.ID == "" {
			id, err := nextID(ctx, tx, "app")
			if err != nil {
				return err
			}
			a.ID = id
		} else if _, err := getApp(ctx, tx, a.ID); err == nil {
			return conflict("there is an application %q already", a.ID)
		}
		return i.saveApp(ctx, tx, a, in.Secret)
	})
	if err == nil {
		i.startRunner(a.ID)
		i.announce()
	}
	return a, err
}

// saveApp checks and stores the settings of an application; an empty secret leaves the stored one.
func (i *IdP) saveApp(ctx context.Context, tx *statements, a *App, secret string) error {
	m, s := i.manners[a.Profile], &a.Settings
	if err := checkTraits(i.o.Profiles.Profile(a.Profile), s.Traits); err != nil {
		return err
	}
	if _, err := m.tenant(i.o.Profiles.Profile(a.Profile), s); err != nil {
		return err
	}
	for _, f := range s.Filters {
		if !slices.Contains(operators, f.Operator) || f.Attribute == "" {
			return badInput("a scoping filter needs an attribute and one of %s", strings.Join(operators, ", "))
		}
	}
	if s.Interval != "" {
		if d, err := time.ParseDuration(s.Interval); err != nil || d < time.Second {
			return badInput("the interval %q is no duration of at least a second; write it as 40m", s.Interval)
		}
	}
	if s.Scope != "all" && s.Scope != "assigned" {
		return badInput("the scope is all or assigned, not %q", s.Scope)
	}
	if s.DeleteLimit < 0 {
		return badInput("the deletion threshold must not be negative")
	}
	if !slices.ContainsFunc(m.Auth.Choices, func(c AuthChoice) bool { return c.ID == s.Auth.Kind }) {
		return badInput("%q is no way to sign in that %s offers", s.Auth.Kind, a.Profile)
	}
	if secret != "" {
		sec := Secrets{Token: secret}
		switch s.Auth.Kind {
		case "basic":
			sec = Secrets{Password: secret}
		case "oauth2":
			sec = Secrets{ClientSecret: secret}
		}
		var err error
		if a.secret, err = i.vault.seal(a.ID, sec); err != nil {
			return err
		}
	}
	a.Updated, a.HasSecret = i.later(a.Updated), len(a.secret) > 0
	return putApp(ctx, tx, a)
}

// later is now, or a moment after t: connections tell versions of an application apart by it.
func (i *IdP) later(t time.Time) time.Time {
	now := i.now()
	if !now.After(t) {
		return t.Add(time.Millisecond)
	}
	return now
}

// UpdateApp changes an application with f. What was switched on does not replay what was missed; a changed mapping or scope of
// an application that works in cycles makes its next cycle an initial one (entra.md 6).
func (i *IdP) UpdateApp(ctx context.Context, id, secret string, f func(*App) error) (*App, error) {
	var a *App
	var m *Manners
	err := i.change(ctx, "app", id, "", func(tx *statements) error {
		var err error
		if a, err = getApp(ctx, tx, id); err != nil {
			return err
		}
		m = i.manners[a.Profile]
		before := a.Settings
		if err := f(a); err != nil {
			return err
		}
		if err := i.saveApp(ctx, tx, a, secret); err != nil {
			return err
		}
		if m.cycles() && (!equalJSON(before.Mappings, a.Settings.Mappings) || !equalJSON(before.Filters, a.Settings.Filters) || before.Scope != a.Settings.Scope || !equalJSON(before.Drop, a.Settings.Drop) || before.Unique != a.Settings.Unique || !equalJSON(before.Matching, a.Settings.Matching)) {
			a.State.Initial = false
			if err := a.touch(ctx, tx, m, i.now(), kindPerson, "SELECT object_id FROM accounts WHERE app_id = @app AND kind = 'person' UNION SELECT id FROM people WHERE @all", ""); err != nil {
				return err
			}
			return putState(ctx, tx, a)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if m.TestOnSave && a.Settings.BaseURL != "" {
		if _, err := i.TestConnection(ctx, id); err != nil {
			var p *problemError
			if !errors.As(err, &p) {
				return nil, err
			}
		}
	}
	return i.App(ctx, id)
}

// App is one application.
func (i *IdP) App(ctx context.Context, id string) (*App, error) { return getApp(ctx, i.db.r, id) }

// DeleteApp removes an application with its history. Accounts in the application itself are left alone.
func (i *IdP) DeleteApp(ctx context.Context, id string) error {
	if _, err := i.App(ctx, id); err != nil {
		return err
	}
	i.stopRunner(id)
	return i.change(ctx, "app", id, "", func(tx *statements) error {
		for _, q := range []string{"DELETE FROM exchanges WHERE app_id = ?", "DELETE FROM ops WHERE app_id = ?", "DELETE FROM apps WHERE id = ?"} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Assign gives an application to a person, or to the people of a group.
func (i *IdP) Assign(ctx context.Context, appID, kind, object string) error {
	return i.assignment(ctx, appID, kind, object, func(ctx context.Context, tx *statements, now time.Time) error {
		var err error
		switch kind {
		case kindPerson:
			_, err = getPerson(ctx, tx, object)
		case kindGroup:
			_, err = getGroup(ctx, tx, object)
		default:
			err = badInput("a person or a group can be assigned, not a %q", kind)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR IGNORE INTO assignments (app_id, kind, object_id, created) VALUES (?,?,?,?)", appID, kind, object, millis(now))
		return err
	})
}

// Unassign takes it away again.
func (i *IdP) Unassign(ctx context.Context, appID, kind, object string) error {
	return i.assignment(ctx, appID, kind, object, func(ctx context.Context, tx *statements, _ time.Time) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM assignments WHERE app_id = ? AND kind = ? AND object_id = ?", appID, kind, object)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return notFound("direct assignment of the "+kind, object)
		}
		return nil
	})
}

func (i *IdP) assignment(ctx context.Context, appID, kind, object string, f func(context.Context, *statements, time.Time) error) error {
	return i.change(ctx, "assignment", appID, object, func(tx *statements) error {
		app, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		m := i.manners[app.Profile]
		if err := f(ctx, tx, i.now()); err != nil {
			return err
		}
		if kind == kindPerson {
			return app.touch(ctx, tx, m, i.now(), kindPerson, "SELECT @id", object)
		}
		if m.cycles() {
			if err := app.touch(ctx, tx, m, i.now(), kindGroup, "SELECT @id", object); err != nil {
				return err
			}
		}
		return app.touch(ctx, tx, m, i.now(), kindPerson, "SELECT member_id FROM members WHERE group_id = @id AND kind = 'person'", object)
	})
}

// AccountAction does something with accounts by hand: provision (those that were assigned before provisioning was on), sync (again, although
// nothing changed), delete. Without objects it is done with all to whom it applies.
func (i *IdP) AccountAction(ctx context.Context, appID, action string, objects []string) (int, error) {
	n := 0
	err := i.change(ctx, "account", appID, "", func(tx *statements) error {
		app, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		cond, job := "", ""
		switch action {
		case "provision":
			if !app.Settings.Create {
				return conflict("switch on %q first", i.manners[app.Profile].Word("create"))
			}
			cond, job = "assigned = 1 AND target = ''", "sync"
		case "sync":
			cond, job = "assigned = 1 AND target <> ''", "force"
		case "delete":
			if len(objects) == 0 {
				return badInput("say whose account is to be deleted")
			}
			cond, job = "target <> ''", "delete-user"
		default:
			return badInput("%q is none of provision, sync, delete", action)
		}
		q, args := "SELECT object_id FROM accounts WHERE app_id = ? AND kind = 'person' AND "+cond, []any{appID}
		if len(objects) > 0 {
			q, args = q+" AND object_id IN (SELECT value FROM json_each(?))", append(args, idList(objects...))
		}
		ids, err := collect(ctx, tx, scanString, q+" ORDER BY seq", args...)
		if err != nil {
			return err
		}
		n = len(ids)
		if n == 0 && len(objects) > 0 {
			return conflict("there is nothing to %s here", action)
		}
		for _, id := range ids {
			if action == "provision" {
				if _, err := tx.ExecContext(ctx, "UPDATE accounts SET before = 0, "+marked+", status = 'pending' WHERE app_id = ? AND kind = 'person' AND object_id = ?", appID, id); err != nil {
					return err
				}
			}
			if i.manners[app.Profile].cycles() && action != "delete" {
				if _, err := tx.ExecContext(ctx, "UPDATE accounts SET "+marked+", next_try = 0 WHERE app_id = ? AND kind = 'person' AND object_id = ?", appID, id); err != nil {
					return err
				}
				continue
			}
			if err := addJob(ctx, tx, i.now(), appID, kindPerson, id, job, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// RetryTasks queues failed work again: what is needed now, which may be something else than what failed. Without ids all of the application's.
func (i *IdP) RetryTasks(ctx context.Context, appID string, ids []int64) (int, error) {
	n := 0
	err := i.change(ctx, "job", appID, "", func(tx *statements) error {
		var jobs []*Job
		page, err := listTasks(ctx, tx, appID, Query{Limit: 1000})
		if err != nil {
			return err
		}
		for _, j := range page.Items {
			if len(ids) == 0 || slices.Contains(ids, j.ID) {
				jobs = append(jobs, j)
			}
		}
		if len(ids) > 0 && len(jobs) == 0 {
			return notFound("task", fmt.Sprint(ids))
		}
		for _, j := range jobs {
			j.State, j.Due, j.Tries, j.Wait = jobQueued, i.now(), 0, 0
			if err := putJob(ctx, tx, j, i.now()); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE accounts SET "+marked+" WHERE app_id = ? AND kind = ? AND object_id = ?", j.App, j.Kind, j.Object); err != nil {
				return err
			}
		}
		n = len(jobs)
		return nil
	})
	return n, err
}

// DismissTask takes a failed job off the list.
func (i *IdP) DismissTask(ctx context.Context, id int64) error {
	return i.change(ctx, "job", "", "", func(tx *statements) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM jobs WHERE id = ? AND state = 'failed'", id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			return notFound("task", fmt.Sprint(id))
		}
		return nil
	})
}
