package mockidp

import (
	"context"
	"time"
)

// Push is a group that is pushed to an application.
type Push struct {
	Group   string    `json:"group"`
	Name    string    `json:"name"`
	How     string    `json:"how"` // by name, by rule, linked
	Active  bool      `json:"active"`
	Target  string    `json:"target,omitempty"`
	Status  string    `json:"status"`
	Message string    `json:"message,omitempty"`
	Members int       `json:"members"`
	Created time.Time `json:"created"`
}

func listPushes(ctx context.Context, q querier, app string) ([]Push, error) {
	return collect(ctx, q, func(r scanner) (Push, error) {
		var p Push
		var created int64
		err := r.Scan(&p.Group, &p.Name, &p.How, &p.Active, &p.Target, &p.Status, &p.Message, &p.Members, &created)
		p.Created = fromMillis(created)
		return p, err
	}, `SELECT x.group_id, coalesce(g.name, x.group_id), x.how, x.active, coalesce(a.target, ''), coalesce(a.status, 'pending'), coalesce(a.message, ''), (SELECT count(*) FROM members m WHERE m.group_id = x.group_id), x.created
		FROM pushes x LEFT JOIN groups g ON g.id = x.group_id LEFT JOIN accounts a ON a.app_id = x.app_id AND a.kind = 'group' AND a.object_id = x.group_id WHERE x.app_id = ? ORDER BY g.name`, app)
}

// PushGroup begins to push a group: by its name, or linked with a group that the application has (link; to may name it).
func (i *IdP) PushGroup(ctx context.Context, appID, group string, link bool, to string) error {
	return i.change(ctx, "push", appID, group, func(tx *statements) error {
		app, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		if i.manners[app.Profile].cycles() {
			return conflict("%s provisions groups by assignment: assign the group", app.Name)
		}
		if _, err := getGroup(ctx, tx, group); err != nil {
			return err
		}
		n, err := count(ctx, tx, "SELECT count(*) FROM pushes WHERE app_id = ? AND group_id = ?", appID, group)
		if err != nil {
			return err
		}
		if n > 0 {
			return conflict("the group is pushed to %s already", app.Name)
		}
		how, action := "by name", "sync"
		if link {
			how, action = "linked", "link"
		}
		return i.addPush(ctx, tx, appID, group, how, action, to)
	})
}

func (i *IdP) addPush(ctx context.Context, tx *statements, app, group, how, action, args string) error {
	if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO pushes (app_id, group_id, how, active, created) VALUES (?,?,?,1,?)", app, group, how, millis(i.now())); err != nil {
		return err
	}
	return addJob(ctx, tx, i.now(), app, kindGroup, group, action, args)
}

// pushByRule begins to push a group where a rule of an application fits its name.
func (i *IdP) pushByRule(ctx context.Context, tx *statements, g *Group) error {
	apps, err := listApps(ctx, tx)
	if err != nil {
		return err
	}
	for _, a := range apps {
		for _, r := range a.Settings.PushRules {
			if !r.holds(g.Name) {
				continue
			}
			n, err := count(ctx, tx, "SELECT count(*) FROM pushes WHERE app_id = ? AND group_id = ?", a.ID, g.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				if err := i.addPush(ctx, tx, a.ID, g.ID, "by rule", "sync", ""); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// AddPushRule pushes every group whose name fits, now and later.
func (i *IdP) AddPushRule(ctx context.Context, appID string, rule PushRule) error {
	if rule.Value == "" || !contains([]string{"equals", "contains", "starts-with", "ends-with"}, rule.Operator) {
		return badInput("a push rule needs a value and one of equals, contains, starts-with, ends-with")
	}
	return i.change(ctx, "push", appID, "", func(tx *statements) error {
		app, err := getApp(ctx, tx, appID)
		if err != nil {
			return err
		}
		app.Settings.PushRules = append(app.Settings.PushRules, rule)
		if err := i.saveApp(ctx, tx, app, ""); err != nil {
			return err
		}
		groups, err := collect(ctx, tx, scanGroup, "SELECT "+groupColumns+" FROM groups g")
		if err != nil {
			return err
		}
		for _, g := range groups {
			if rule.holds(g.Name) {
				if err := i.pushByRule(ctx, tx, g); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// PushAction does something with a pushed group: push (overwrite the members now), deactivate, activate, unlink, unlink-delete.
func (i *IdP) PushAction(ctx context.Context, appID, group, action string) error {
	return i.change(ctx, "push", appID, group, func(tx *statements) error {
		n, err := count(ctx, tx, "SELECT count(*) FROM pushes WHERE app_id = ? AND group_id = ?", appID, group)
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound("pushed group", group)
		}
		set := func(q string) error {
			_, err := tx.ExecContext(ctx, q, appID, group)
			return err
		}
		switch action {
		case "push":
			return addJob(ctx, tx, i.now(), appID, kindGroup, group, "push-now", "")
		case "deactivate":
			return set("UPDATE pushes SET active = 0 WHERE app_id = ? AND group_id = ?")
		case "activate": // pushes the members at once (okta.md 6.5)
			if err := set("UPDATE pushes SET active = 1 WHERE app_id = ? AND group_id = ?"); err != nil {
				return err
			}
			return addJob(ctx, tx, i.now(), appID, kindGroup, group, "push-now", "")
		case "unlink":
			if err := set("DELETE FROM pushes WHERE app_id = ? AND group_id = ?"); err != nil {
				return err
			}
			return set("UPDATE accounts SET target = '', sent = '', status = '" + stUnassigned + "', active = 0, message = '' WHERE app_id = ? AND kind = 'group' AND object_id = ?")
		case "unlink-delete":
			if err := set("DELETE FROM pushes WHERE app_id = ? AND group_id = ?"); err != nil {
				return err
			}
			return addJob(ctx, tx, i.now(), appID, kindGroup, group, "unlink-delete", "")
		}
		return badInput("%q is none of push, deactivate, activate, unlink, unlink-delete", action)
	})
}
