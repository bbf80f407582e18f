package mockidp

import (
	"context"
	"net/http"
	"time"
)

// routes is the API: everything that the console can do.
func (i *IdP) routes() []route {
	var out []route
	for _, part := range [][]route{i.directoryRoutes(), i.appRoutes(), i.appDetailRoutes(), i.workRoutes(), i.historyRoutes(), i.systemRoutes()} {
		out = append(out, part...)
	}
	return out
}

var listQuery = []string{"q", "status", "after", "limit"}

var formats = map[string][]string{"format": {"yaml", "csv", "scim"}}

func (i *IdP) directoryRoutes() []route {
	return []route{
		{method: "GET", path: "/people", id: "listPeople", tag: "directory", about: "People, in the order of their creation", query: listQuery, answer: Page[*Person]{}, do: func(c *apiCall) (any, error) { return listPeople(c.ctx, c.db.r, c.page()) }},
		{method: "POST", path: "/people", id: "createPerson", tag: "directory", about: "Add a person", body: PersonInput{}, answer: &Person{}, status: 201, do: func(c *apiCall) (any, error) {
			var in PersonInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.CreatePerson(c.ctx, in)
		}},
		{method: "GET", path: "/people/{id}", id: "getPerson", tag: "directory", about: "One person", answer: &Person{}, do: func(c *apiCall) (any, error) { return getPerson(c.ctx, c.db.r, c.id()) }},
		{method: "PATCH", path: "/people/{id}", id: "updatePerson", tag: "directory", about: "Change a person; a null attribute is taken away", body: PersonInput{}, answer: &Person{}, do: func(c *apiCall) (any, error) {
			var in PersonInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.UpdatePerson(c.ctx, c.id(), in)
		}},
		{method: "POST", path: "/people/{id}/purge", id: "purgePerson", tag: "directory", about: "Remove a deleted person for good", do: func(c *apiCall) (any, error) { return nil, c.PurgePerson(c.ctx, c.id()) }},
		{method: "POST", path: "/people/{id}/{action}", id: "movePerson", tag: "directory", about: "activate, suspend, unsuspend, deactivate, delete or restore a person", answer: &Person{}, oneOf: map[string][]string{"action": sortedKeys(moves)}, do: func(c *apiCall) (any, error) {
			return c.MovePerson(c.ctx, c.id(), c.r.PathValue("action"))
		}},
		{method: "DELETE", path: "/people/{id}", id: "deletePerson", tag: "directory", about: "Delete a person; restorable for thirty days of the mock clock", answer: &Person{}, do: func(c *apiCall) (any, error) { return c.MovePerson(c.ctx, c.id(), "delete") }},
		{method: "GET", path: "/people/{id}/accounts", id: "personAccounts", tag: "directory", about: "A person's accounts in all applications", answer: []*Account{}, do: func(c *apiCall) (any, error) { return accountsOf(c.ctx, c.db.r, kindPerson, c.id()) }},
		{method: "GET", path: "/groups", id: "listGroups", tag: "directory", about: "Groups", query: listQuery, answer: Page[*Group]{}, do: func(c *apiCall) (any, error) { return listGroups(c.ctx, c.db.r, c.page()) }},
		{method: "POST", path: "/groups", id: "createGroup", tag: "directory", about: "Add a group", body: GroupInput{}, answer: &Group{}, status: 201, do: func(c *apiCall) (any, error) {
			var in GroupInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.CreateGroup(c.ctx, in)
		}},
		{method: "GET", path: "/groups/{id}", id: "getGroup", tag: "directory", about: "One group", answer: &Group{}, do: func(c *apiCall) (any, error) { return getGroup(c.ctx, c.db.r, c.id()) }},
		{method: "PATCH", path: "/groups/{id}", id: "updateGroup", tag: "directory", about: "Rename a group", body: GroupInput{}, answer: &Group{}, do: func(c *apiCall) (any, error) {
			var in GroupInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.UpdateGroup(c.ctx, c.id(), in)
		}},
		{method: "DELETE", path: "/groups/{id}", id: "deleteGroup", tag: "directory", about: "Delete a group", do: func(c *apiCall) (any, error) { return nil, c.DeleteGroup(c.ctx, c.id()) }},
		{method: "GET", path: "/groups/{id}/members", id: "listMembers", tag: "directory", about: "Members of a group; after is the last one seen, as kind:id", query: []string{"after", "limit"}, names: []string{"after"}, answer: []Member{}, do: func(c *apiCall) (any, error) {
			return listMembers(c.ctx, c.db.r, c.id(), c.page().limit(), c.param("after"))
		}},
		{method: "POST", path: "/groups/{id}/members", id: "changeMembers", tag: "directory", about: "Add and remove members", body: MemberChange{}, do: func(c *apiCall) (any, error) {
			var in MemberChange
			if err := c.read(&in); err != nil {
				return nil, err
			}
			for k, m := range in.Add {
				ref := personRef
				if m.Kind == kindGroup {
					ref = groupRef
				}
				id, err := ref(c.ctx, c.db.r, m.ID)
				if err != nil {
					return nil, err
				}
				in.Add[k].ID = id
			}
			return nil, c.ChangeMembers(c.ctx, c.id(), in.Add, in.Remove)
		}},
	}
}

// MemberChange adds and removes members of a group.
type MemberChange struct {
	Add    []Member `json:"add,omitempty"`
	Remove []Member `json:"remove,omitempty"`
}

// AssignmentInput names a person (login or id) or a group (name or id).
type AssignmentInput struct {
	Person string `json:"person,omitempty"`
	Group  string `json:"group,omitempty"`
}

func (a AssignmentInput) object(ctx context.Context, q querier) (kind, id string, err error) {
	switch {
	case a.Person != "" && a.Group == "":
		id, err = personRef(ctx, q, a.Person)
		return kindPerson, id, err
	case a.Group != "" && a.Person == "":
		id, err = groupRef(ctx, q, a.Group)
		return kindGroup, id, err
	}
	return "", "", badInput("name a person or a group")
}

// Objects selects accounts; none = all to whom it applies.
type Objects struct {
	People []string `json:"people,omitempty"`
}

// Done counts what was asked for.
type Done struct {
	Count int `json:"count"`
}

// PushInput names a group to push.
type PushInput struct {
	Group string    `json:"group,omitempty"`
	Link  bool      `json:"link,omitempty"`
	To    string    `json:"to,omitempty"` // id of the application's group
	Rule  *PushRule `json:"rule,omitempty"`
}

// ClockInput moves the clock.
type ClockInput struct {
	Step  string     `json:"step,omitempty"` // 40m, 720h
	Jump  *time.Time `json:"jump,omitempty"`
	Speed *float64   `json:"speed,omitempty"`
}

// SampleInput asks for a company.
type SampleInput struct {
	People int   `json:"people"`
	Seed   int64 `json:"seed"`
}

// IdleAnswer says whether everything that is due was done.
type IdleAnswer struct {
	Idle bool `json:"idle"`
}

func (i *IdP) systemRoutes() []route {
	return []route{
		{method: "GET", path: "/clock", id: "getClock", tag: "system", about: "The mock clock", answer: ClockState{}, do: func(c *apiCall) (any, error) { return c.clock.state(), nil }},
		{method: "POST", path: "/clock", id: "setClock", tag: "system", about: "Step the clock on, jump to a time, or change its speed (0 stops it)", body: ClockInput{}, answer: ClockState{}, do: func(c *apiCall) (any, error) {
			var in ClockInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.MoveClock(c.ctx, in)
		}},
		{method: "GET", path: "/idle", id: "waitUntilIdle", tag: "system", about: "Wait until everything that is due was done, at most for wait (default 30s)", query: []string{"wait"}, answer: IdleAnswer{}, do: func(c *apiCall) (any, error) {
			d := 30 * time.Second
			if s := c.param("wait"); s != "" {
				var err error
				if d, err = time.ParseDuration(s); err != nil || d < 0 || d > 10*time.Minute {
					return nil, badInput("wait=%s is no duration up to 10m; write it as 30s", clip(s, 40))
				}
			}
			ctx, cancel := context.WithTimeout(c.ctx, d)
			defer cancel()
			ok, err := c.Idle(ctx)
			return IdleAnswer{ok}, err
		}},
		{method: "GET", path: "/events", id: "events", tag: "system", about: "Live events (server-sent); resume with Last-Event-ID or after", query: []string{"after"}, gives: []string{"text/event-stream"}, raw: i.events},
		{method: "POST", path: "/reset", id: "reset", tag: "system", about: "Remove everything: people, groups, applications, history", do: func(c *apiCall) (any, error) { return nil, c.Reset(c.ctx) }},
		{method: "POST", path: "/sample", id: "sample", tag: "system", about: "Fill the directory with a company; the same for the same seed", body: SampleInput{}, answer: Done{}, do: func(c *apiCall) (any, error) {
			in := SampleInput{People: 50, Seed: 1}
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return Done{in.People}, c.Sample(c.ctx, in.People, in.Seed)
		}},
		{method: "GET", path: "/export", id: "exportDirectory", tag: "system", about: "The directory as yaml, csv or scim", query: []string{"format"}, oneOf: formats, gives: []string{"application/yaml", "text/csv", "application/json"}, raw: func(w http.ResponseWriter, r *http.Request) error {
			b, typ, err := i.Export(r.Context(), firstNonEmpty(r.URL.Query().Get("format"), "yaml"))
			if err != nil {
				return err
			}
			w.Header().Set("Content-Type", typ)
			_, _ = w.Write(b)
			return nil
		}},
		{method: "POST", path: "/import", id: "importDirectory", tag: "system", about: "Add and update people and groups from yaml, csv or scim (the body is the file)", query: []string{"format"}, oneOf: formats, accepts: []string{"application/yaml", "text/csv", "application/json"}, answer: Done{}, do: func(c *apiCall) (any, error) {
			if c.r.Header.Get("Content-Type") == "" {
				return nil, &problemError{http.StatusUnsupportedMediaType, "send the file with its Content-Type"}
			}
			n, err := c.ImportDirectory(c.ctx, firstNonEmpty(c.param("format"), "yaml"), c.r.Body)
			return Done{n}, err
		}},
		{method: "GET", path: "/profiles", id: "listProfiles", tag: "system", about: "Identity providers that can be played", answer: []ProfileInfo{}, do: func(c *apiCall) (any, error) { return c.profiles(), nil }},
	}
}

// ProfileInfo is an identity provider that can be played.
type ProfileInfo struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Dialect   string `json:"dialect"`
	Behaviour string `json:"behaviour"`
}

func (i *IdP) profiles() []ProfileInfo {
	var out []ProfileInfo
	for _, p := range i.o.Profiles.Profiles {
		out = append(out, ProfileInfo{p.ID, p.Label(), p.Dialect, i.manners[p.ID].Behaviour})
	}
	return out
}
