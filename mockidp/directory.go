package mockidp

import (
	"context"
	"encoding/json"
	"strings"
)

// PersonInput is a person as callers give it. In a change, nil leaves things as they are and a null attribute is taken away.
type PersonInput struct {
	ID      string         `json:"id,omitempty"`
	Status  string         `json:"status,omitempty"`
	Manager *string        `json:"manager,omitempty"`
	Profile map[string]any `json:"profile"`
}

const softDeleteDays = 30

// jsonIDs is the set of objects in @id, a JSON array.
const jsonIDs = "SELECT value FROM json_each(@id)"

func idList(ids ...string) string {
	b, err := json.Marshal(ids)
	if err != nil {
		return "[]"
	}
	return string(b)
}

// touchPeople marks people in every application that has them or should.
func (i *IdP) touchPeople(ctx context.Context, tx *statements, ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	apps, err := listApps(ctx, tx)
	if err != nil {
		return err
	}
	set := idList(ids...)
	for _, a := range apps {
		if err := a.touch(ctx, tx, i.manners[a.Profile], i.now(), kindPerson, jsonIDs, set); err != nil {
			return err
		}
	}
	return nil
}

// touchGroup marks a group in every application that has it or should.
func (i *IdP) touchGroup(ctx context.Context, tx *statements, id string) error {
	apps, err := listApps(ctx, tx)
	if err != nil {
		return err
	}
	for _, a := range apps {
		if err := a.touchGroups(ctx, tx, i.manners[a.Profile], i.now(), jsonIDs, idList(id)); err != nil {
			return err
		}
	}
	return nil
}

// sealPassword takes a password out of the profile and keeps it sealed: answers, pages and exports have nothing to hide then. It reports whether there was one.
func (i *IdP) sealPassword(p *Person) (bool, error) {
	v, given := p.Profile["password"]
	delete(p.Profile, "password")
	if !given {
		return false, nil
	}
	var err error
	p.secret, err = i.vault.seal("person "+p.ID, Secrets{Password: text(v)})
	return true, err
}

// password of a person: their own, or a placeholder as clients send for those who have none.
func (i *IdP) password(p *Person) (string, error) {
	s, err := i.vault.open("person "+p.ID, p.secret)
	if err != nil {
		return "", &problemError{409, "the password of " + p.Name() + ": " + err.Error()}
	}
	return firstNonEmpty(s.Password, i.placeholder(p.ID)), nil
}

func cleanProfile(p map[string]any) error {
	for k, v := range p {
		if k == "" || len(k) > 200 {
			return badInput("the profile has an attribute without a usable name")
		}
		for _, r := range internals {
			if k == r && k != "password" {
				return badInput("the attribute %q is not part of a profile", k)
			}
		}
		if v == nil {
			delete(p, k)
		}
	}
	login := text(p["login"])
	if strings.TrimSpace(login) == "" {
		return badInput("a person needs a login; set profile.login")
	}
	if len(login) > 1024 {
		return badInput("the login is longer than 1024 bytes")
	}
	return nil
}

// CreatePerson adds a person to the directory.
func (i *IdP) CreatePerson(ctx context.Context, in PersonInput) (*Person, error) {
	var p *Person
	err := i.change(ctx, "person", "", "", func(tx *statements) error {
		var err error
		if p, err = i.createPerson(ctx, tx, in); err != nil {
			return err
		}
		return i.touchPeople(ctx, tx, p.ID)
	})
	return p, err
}

func (i *IdP) createPerson(ctx context.Context, tx *statements, in PersonInput) (*Person, error) {
	p := &Person{ID: in.ID, Status: firstNonEmpty(in.Status, Active), Profile: in.Profile, Created: i.now(), Updated: i.now()}
	if p.Profile == nil {
		p.Profile = map[string]any{}
	}
	if err := cleanProfile(p.Profile); err != nil {
		return nil, err
	}
	if p.Status != Active && p.Status != Suspended && p.Status != Deactivated {
		return nil, badInput("a new person is %s, %s or %s, not %q", Active, Suspended, Deactivated, p.Status)
	}
	if in.Manager != nil {
		p.Manager = *in.Manager
	}
	if p.ID == "" {
		id, err := nextID(ctx, tx, kindPerson)
		if err != nil {
			return nil, err
		}
		p.ID = id
	} else if _, err := getPerson(ctx, tx, p.ID); err == nil {
		return nil, conflict("there is a person with the id %q already", p.ID)
	}
	if _, err := i.sealPassword(p); err != nil {
		return nil, err
	}
	return p, putPerson(ctx, tx, p)
}

// UpdatePerson changes attributes of a person.
func (i *IdP) UpdatePerson(ctx context.Context, id string, in PersonInput) (*Person, error) {
	var p *Person
	err := i.change(ctx, "person", "", id, func(tx *statements) error {
		var err error
		if p, err = getPerson(ctx, tx, id); err != nil {
			return err
		}
		if p.Status == Deleted {
			return conflict("%s is deleted; restore the person first", p.Name())
		}
		for k, v := range in.Profile {
			p.Profile[k] = v
		}
		if v, given := in.Profile["password"]; given && v == nil {
			p.secret = nil
		}
		if err := cleanProfile(p.Profile); err != nil {
			return err
		}
		password, err := i.sealPassword(p)
		if err != nil {
			return err
		}
		if in.Manager != nil {
			if p.Manager = *in.Manager; p.Manager != "" {
				if p.Manager, err = personRef(ctx, tx, *in.Manager); err != nil {
					return err
				}
			}
			if p.Manager == id {
				return badInput("nobody is their own manager")
			}
		}
		p.Updated = i.now()
		if err := putPerson(ctx, tx, p); err != nil {
			return err
		}
		if password {
			if err := i.queuePassword(ctx, tx, id); err != nil {
				return err
			}
		}
		return i.touchPeople(ctx, tx, id)
	})
	return p, err
}

func (i *IdP) queuePassword(ctx context.Context, tx *statements, id string) error {
	accounts, err := accountsOf(ctx, tx, kindPerson, id)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		app, err := getApp(ctx, tx, a.App)
		if err != nil {
			return err
		}
		if !app.Settings.SyncPassword || a.Target == "" {
			continue
		}
		if err := addJob(ctx, tx, i.now(), a.App, kindPerson, id, "password", ""); err != nil {
			return err
		}
	}
	return nil
}

// moves says which states a person can go to, by the name of the action.
var moves = map[string]struct {
	from []string
	to   string
}{
	"activate":   {[]string{Deactivated, Suspended}, Active},
	"suspend":    {[]string{Active}, Suspended},
	"unsuspend":  {[]string{Suspended}, Active},
	"deactivate": {[]string{Active, Suspended}, Deactivated},
	"delete":     {[]string{Active, Suspended, Deactivated}, Deleted},
	"restore":    {[]string{Deleted}, Active},
}

// MovePerson changes a person's state: activate, suspend, unsuspend, deactivate, delete (restorable for thirty days), restore.
func (i *IdP) MovePerson(ctx context.Context, id, action string) (*Person, error) {
	mv, ok := moves[action]
	if !ok {
		return nil, badInput("%q is none of activate, suspend, unsuspend, deactivate, delete, restore, purge", action)
	}
	var p *Person
	err := i.change(ctx, "person", "", id, func(tx *statements) error {
		var err error
		if p, err = getPerson(ctx, tx, id); err != nil {
			return err
		}
		if !contains(mv.from, p.Status) {
			return conflict("%s is %s and cannot be %s", p.Name(), p.Status, mv.to)
		}
		now := i.now()
		p.Status, p.Updated, p.DeletedAt = mv.to, now, nil
		if mv.to == Deleted {
			p.DeletedAt = &now
		}
		if err := putPerson(ctx, tx, p); err != nil {
			return err
		}
		return i.touchPeople(ctx, tx, id)
	})
	return p, err
}

func contains(l []string, s string) bool {
	for _, x := range l {
		if x == s {
			return true
		}
	}
	return false
}

// PurgePerson removes a deleted person for good, as happens by itself after thirty days.
func (i *IdP) PurgePerson(ctx context.Context, id string) error {
	return i.change(ctx, "person", "", id, func(tx *statements) error {
		p, err := getPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Status != Deleted {
			return conflict("%s is %s; only a deleted person can be purged", p.Name(), p.Status)
		}
		return i.purge(ctx, tx, id)
	})
}

// purge: where the account was disabled because of the deletion, it is deleted now; after an unassignment that was already sent
// nothing follows (entra.md 4).
func (i *IdP) purge(ctx context.Context, tx *statements, id string) error {
	accounts, err := accountsOf(ctx, tx, kindPerson, id)
	if err != nil {
		return err
	}
	groups, err := groupsOf(ctx, tx, kindPerson, id)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		app, err := getApp(ctx, tx, a.App)
		if err != nil {
			return err
		}
		query := "DELETE FROM accounts WHERE app_id = ? AND kind = 'person' AND object_id = ?"
		switch {
		case a.Target == "":
		case i.manners[app.Profile].cycles() && a.Why == whySoftDeleted:
			query = "UPDATE accounts SET why = '" + whyPurged + "', " + marked + ", assigned = 0, next_try = 0 WHERE app_id = ? AND kind = 'person' AND object_id = ?"
		case a.Active:
			query = "UPDATE accounts SET " + marked + ", assigned = 0, next_try = 0 WHERE app_id = ? AND kind = 'person' AND object_id = ?"
		}
		if _, err := tx.ExecContext(ctx, query, a.App, id); err != nil {
			return err
		}
	}
	for _, q := range []string{"DELETE FROM members WHERE kind = 'person' AND member_id = ?", "DELETE FROM assignments WHERE kind = 'person' AND object_id = ?", "UPDATE people SET manager = '' WHERE manager = ? AND manager <> ''", "DELETE FROM people WHERE id = ?"} {
		if _, err := tx.ExecContext(ctx, q, id); err != nil {
			return err
		}
	}
	for _, g := range groups {
		if err := i.touchGroup(ctx, tx, g.ID); err != nil {
			return err
		}
	}
	return nil
}
