package mockidp

import (
	"context"
	"database/sql"
)

// Empty tells whether the directory has nobody in it.
func (i *IdP) Empty(ctx context.Context) (bool, error) {
	n, err := count(ctx, i.db.r, "SELECT count(*) FROM people")
	return n == 0, err
}

// Connect makes an application of a profile ready to work: connected to a target, everything switched on, a group of people assigned and
// provisioned. An application of that profile that is there from an earlier start is pointed at the new target.
func (i *IdP) Connect(ctx context.Context, profileID, url, secret string) error {
	m := i.manners[profileID]
	if m == nil {
		return notFound("profile", profileID)
	}
	set := func(s *Settings) {
		s.BaseURL, s.Auth.Kind = url, "bearer"
		s.Create, s.Update, s.Deactivate, s.SyncPassword = true, true, true, !m.cycles()
	}
	apps, err := listApps(ctx, i.db.r)
	if err != nil {
		return err
	}
	for _, a := range apps {
		if a.Profile == profileID {
			_, err := i.UpdateApp(ctx, a.ID, secret, func(a *App) error { set(&a.Settings); return nil })
			return err
		}
	}
	s := m.defaults()
	set(&s)
	app, err := i.CreateApp(ctx, AppInput{Name: "Reference provider (" + i.o.Profiles.Profile(profileID).Label() + ")", Profile: profileID, Settings: &s, Secret: secret})
	if err != nil {
		return err
	}
	if _, err := i.TestConnection(ctx, app.ID); err != nil {
		return err
	}
	var group string
	err = i.db.r.QueryRowContext(ctx, "SELECT g.id FROM groups g WHERE g.name = 'Engineering'").Scan(&group)
	if err != nil {
		if err == sql.ErrNoRows {
			return nil
		}
		return err
	}
	if err := i.Assign(ctx, app.ID, kindGroup, group); err != nil {
		return err
	}
	if m.cycles() {
		return i.Schedule(ctx, app.ID, "start")
	}
	var push string
	if i.db.r.QueryRowContext(ctx, "SELECT id FROM groups WHERE name LIKE 'Project %' ORDER BY name LIMIT 1").Scan(&push) == nil {
		return i.PushGroup(ctx, app.ID, push, false, "")
	}
	return nil
}
