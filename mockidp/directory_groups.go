package mockidp

import (
	"context"
	"errors"
	"strings"
)

// GroupInput is a group as callers give it.
type GroupInput struct {
	ID      string         `json:"id,omitempty"`
	Name    string         `json:"name"`
	Profile map[string]any `json:"profile,omitempty"`
	Members []Member       `json:"members,omitempty"` // of a new group
}

// CreateGroup adds a group.
func (i *IdP) CreateGroup(ctx context.Context, in GroupInput) (*Group, error) {
	var g *Group
	err := i.change(ctx, "group", "", in.ID, func(tx *statements) error {
		var err error
		if g, err = i.createGroup(ctx, tx, in); err != nil {
			return err
		}
		if err := i.addMembers(ctx, tx, g.ID, in.Members); err != nil {
			return err
		}
		g.Members = len(in.Members)
		return i.pushByRule(ctx, tx, g)
	})
	return g, err
}

func (i *IdP) createGroup(ctx context.Context, tx *statements, in GroupInput) (*Group, error) {
	g := &Group{ID: in.ID, Name: strings.TrimSpace(in.Name), Profile: in.Profile, Created: i.now(), Updated: i.now()}
	if g.Name == "" {
		return nil, badInput("a group needs a name")
	}
	if g.ID == "" {
		id, err := nextID(ctx, tx, kindGroup)
		if err != nil {
			return nil, err
		}
		g.ID = id
	} else if _, err := getGroup(ctx, tx, g.ID); err == nil {
		return nil, conflict("there is a group with the id %q already", g.ID)
	}
	return g, putGroup(ctx, tx, g)
}

// UpdateGroup renames a group or changes its attributes.
func (i *IdP) UpdateGroup(ctx context.Context, id string, in GroupInput) (*Group, error) {
	var g *Group
	err := i.change(ctx, "group", "", id, func(tx *statements) error {
		var err error
		if g, err = getGroup(ctx, tx, id); err != nil {
			return err
		}
		if in.Name != "" {
			g.Name = strings.TrimSpace(in.Name)
		}
		for k, v := range in.Profile {
			g.Profile[k] = v
		}
		g.Updated = i.now()
		if err := putGroup(ctx, tx, g); err != nil {
			return err
		}
		return errors.Join(i.touchGroup(ctx, tx, id), i.pushByRule(ctx, tx, g))
	})
	return g, err
}

// DeleteGroup removes a group; people who were assigned to applications through it lose that.
func (i *IdP) DeleteGroup(ctx context.Context, id string) error {
	return i.change(ctx, "group", "", id, func(tx *statements) error {
		if _, err := getGroup(ctx, tx, id); err != nil {
			return err
		}
		people, err := collect(ctx, tx, scanString, "SELECT member_id FROM members WHERE group_id = ? AND kind = 'person'", id)
		if err != nil {
			return err
		}
		for _, q := range []string{"DELETE FROM assignments WHERE kind = 'group' AND object_id = ?", "DELETE FROM members WHERE kind = 'group' AND member_id = ?",
			"DELETE FROM pushes WHERE group_id = ?", "DELETE FROM groups WHERE id = ?", "UPDATE accounts SET assigned = 0, " + marked + " WHERE kind = 'group' AND object_id = ?"} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		return i.touchPeople(ctx, tx, people...)
	})
}

// ChangeMembers adds and removes members of a group.
func (i *IdP) ChangeMembers(ctx context.Context, id string, add, remove []Member) error {
	return i.change(ctx, "group", "", id, func(tx *statements) error {
		if _, err := getGroup(ctx, tx, id); err != nil {
			return err
		}
		if err := i.addMembers(ctx, tx, id, add); err != nil {
			return err
		}
		var people []string
		for _, m := range remove {
			if _, err := tx.ExecContext(ctx, "DELETE FROM members WHERE group_id = ? AND kind = ? AND member_id = ?", id, firstNonEmpty(m.Kind, kindPerson), m.ID); err != nil {
				return err
			}
			if m.Kind != kindGroup {
				people = append(people, m.ID)
			}
		}
		return errors.Join(i.touchPeople(ctx, tx, people...), i.touchGroup(ctx, tx, id))
	})
}

func (i *IdP) addMembers(ctx context.Context, tx *statements, id string, members []Member) error {
	var people []string
	for _, m := range members {
		kind := firstNonEmpty(m.Kind, kindPerson)
		var err error
		switch kind {
		case kindPerson:
			_, err = getPerson(ctx, tx, m.ID)
			people = append(people, m.ID)
		case kindGroup:
			if m.ID == id {
				return badInput("a group cannot be a member of itself")
			}
			_, err = getGroup(ctx, tx, m.ID)
		default:
			return badInput("a member is a person or a group, not a %q", m.Kind)
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO members (group_id, kind, member_id) VALUES (?,?,?)", id, kind, m.ID); err != nil {
			return err
		}
	}
	return errors.Join(i.touchPeople(ctx, tx, people...), i.touchGroup(ctx, tx, id))
}
