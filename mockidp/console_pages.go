package mockidp

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// appRow is an application on the overview.
type appRow struct {
	*App
	Profile string
	*Summary
	M *Manners
}

func (c *console) dashboard(r *http.Request) (*page, string, error) {
	apps, err := listApps(r.Context(), c.db.r)
	if err != nil {
		return nil, "", err
	}
	rows := []appRow{}
	for _, a := range apps {
		s, err := c.Summary(r.Context(), a.ID)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, appRow{a, c.o.Profiles.Profile(a.Profile).Label(), s, c.manners[a.Profile]})
	}
	people, err := count(r.Context(), c.db.r, "SELECT count(*) FROM people WHERE status <> 'deleted'")
	if err != nil {
		return nil, "", err
	}
	groups, err := count(r.Context(), c.db.r, "SELECT count(*) FROM groups")
	if err != nil {
		return nil, "", err
	}
	ops, err := listOps(r.Context(), c.db.r, OpQuery{Limit: 8})
	return &page{Title: "Overview", Here: "overview", Data: map[string]any{"Rows": rows, "People": people, "Groups": groups, "Ops": ops.Items, "Profiles": c.profiles()}}, "dashboard", err
}

// listQueryOf reads search and place of a list from the address.
func listQueryOf(r *http.Request) Query {
	q := r.URL.Query()
	after, err := strconv.ParseInt(q.Get("after"), 10, 64)
	if err != nil {
		after = 0
	}
	return Query{Text: q.Get("q"), Status: q.Get("status"), Kind: q.Get("kind"), After: after, Limit: 50}
}

// nextLink is the address of the following page, "" at the end.
func nextLink(r *http.Request, param string, next int64) string {
	if next == 0 {
		return ""
	}
	q := r.URL.Query()
	q.Set(param, strconv.FormatInt(next, 10))
	return r.URL.Path + "?" + q.Encode()
}

func (c *console) people(r *http.Request) (*page, string, error) {
	q := listQueryOf(r)
	list, err := listPeople(r.Context(), c.db.r, q)
	return &page{Title: "People", Here: "people", Data: map[string]any{"List": list, "Q": q, "Next": nextLink(r, "after", list.Next), "Statuses": []string{Active, Suspended, Deactivated, Deleted}}}, "people", err
}

// attributes are those of a person that the form shows always, in order, with what they are called.
var attributes = [][2]string{{"login", "Login"}, {"email", "Mail"}, {"firstName", "First name"}, {"lastName", "Last name"}, {"displayName", "Display name"}, {"title", "Title"}, {"department", "Department"},
	{"employeeNumber", "Employee number"}, {"organization", "Organization"}, {"division", "Division"}, {"costCenter", "Cost centre"}, {"userType", "User type"}, {"workPhone", "Work phone"}, {"mobilePhone", "Mobile phone"},
	{"streetAddress", "Street"}, {"city", "City"}, {"state", "State"}, {"zip", "Postal code"}, {"country", "Country"}, {"locale", "Locale"}, {"preferredLanguage", "Language"}, {"timezone", "Time zone"}}

type attributeRow struct{ Name, Label, Value string }

func attributeRows(p *Person) (known, custom []attributeRow) {
	shown := map[string]bool{"password": true}
	for _, a := range attributes {
		shown[a[0]] = true
		known = append(known, attributeRow{a[0], a[1], text(p.Profile[a[0]])})
	}
	for _, k := range sortedKeys(p.Profile) {
		if !shown[k] {
			custom = append(custom, attributeRow{k, k, text(p.Profile[k])})
		}
	}
	return known, custom
}

func (c *console) person(r *http.Request) (*page, string, error) {
	ctx := r.Context()
	p, err := getPerson(ctx, c.db.r, r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	accounts, err := accountsOf(ctx, c.db.r, kindPerson, p.ID)
	if err != nil {
		return nil, "", err
	}
	groups, err := groupsOf(ctx, c.db.r, kindPerson, p.ID)
	if err != nil {
		return nil, "", err
	}
	ops, err := listOps(ctx, c.db.r, OpQuery{Object: p.ID, Limit: 10})
	if err != nil {
		return nil, "", err
	}
	known, custom := attributeRows(p)
	manager := ""
	if p.Manager != "" {
		if m, err := getPerson(ctx, c.db.r, p.Manager); err == nil {
			manager = m.Name()
		}
	}
	return &page{Title: p.Name(), Here: "people", Data: map[string]any{"P": p, "Known": known, "Custom": custom, "Accounts": accounts, "Groups": groups, "Ops": ops.Items, "Manager": manager}}, "person", nil
}

func (c *console) groups(r *http.Request) (*page, string, error) {
	q := listQueryOf(r)
	list, err := listGroups(r.Context(), c.db.r, q)
	return &page{Title: "Groups", Here: "groups", Data: map[string]any{"List": list, "Q": q, "Next": nextLink(r, "after", list.Next)}}, "groups", err
}

func (c *console) group(r *http.Request) (*page, string, error) {
	ctx := r.Context()
	g, err := getGroup(ctx, c.db.r, r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	members, err := listMembers(ctx, c.db.r, g.ID, 101, r.URL.Query().Get("after"))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(members) > 100 {
		members = members[:100]
		next = "/groups/" + url.PathEscape(g.ID) + "?after=" + url.QueryEscape(members[99].Kind+":"+members[99].ID)
	}
	accounts, err := accountsOf(ctx, c.db.r, kindGroup, g.ID)
	if err != nil {
		return nil, "", err
	}
	ops, err := listOps(ctx, c.db.r, OpQuery{Object: g.ID, Limit: 10})
	return &page{Title: g.Name, Here: "groups", Data: map[string]any{"G": g, "Members": members, "Next": next, "Accounts": accounts, "Ops": ops.Items}}, "group", err
}

func (c *console) apps(r *http.Request) (*page, string, error) {
	return &page{Title: "Applications", Here: "apps", Data: map[string]any{"Profiles": c.profiles()}}, "apps", nil
}

// appView is the page of an application.
type appView struct {
	A        *App
	M        *Manners
	Profile  string
	Dialect  string
	Tab      string
	S        *Summary
	Accounts Page[*Account]
	Q        Query
	Next     string
	Pushes   []Push
	Imports  Page[*Imported]
	Mappings []MappingRow
	Jobs     Page[*Job]
	Cycles   []*Cycle
	Groups   []*Group
	Demand   *Op
	Filters  []Clause
	Matching []string       // by precedence, "" where there is none
	Ranks    map[string]int // matching attribute → precedence, where there are several
	Ops      []string
	Options  []option
	Edit     *MappingRow
}

func (c *console) app(r *http.Request) (*page, string, error) {
	ctx := r.Context()
	a, err := c.App(ctx, r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	prof := c.o.Profiles.Profile(a.Profile)
	v := &appView{A: a, M: c.manners[a.Profile], Profile: prof.Label(), Dialect: prof.Dialect, Tab: r.URL.Query().Get("tab"), Q: listQueryOf(r), Ops: operators}
	if !contains(v.M.Tabs, v.Tab) {
		v.Tab = v.M.Tabs[0]
		if a.Settings.BaseURL != "" {
			v.Tab = "overview"
		}
	}
	if v.S, err = c.Summary(ctx, a.ID); err != nil {
		return nil, "", err
	}
	v.Matching = make([]string, len(v.M.Unique.Choices)+1)
	copy(v.Matching, append([]string{a.Settings.Unique}, a.Settings.Matching...))
	v.Ranks = map[string]int{}
	for k, t := range v.Matching {
		if t != "" && v.M.Unique.Next != "" {
			v.Ranks[t] = k + 1
		}
	}
	v.Options = optionsOf(prof, a.Settings.Traits)
	v.Filters = append(append([]Clause{}, a.Settings.Filters...), Clause{}, Clause{})
	err = c.tab(ctx, r, v)
	return &page{Title: a.Name, Here: a.ID, Data: v}, "app", err
}

// option is a choice that the profile leaves open, with what the application has chosen.
type option struct {
	profile.Choice
	Value string
}

func optionsOf(prof *profile.Profile, chosen map[string]any) (out []option) {
	for _, c := range prof.Options {
		value, ok := chosen[c.Trait]
		if !ok {
			value = prof.Traits[c.Trait]
		}
		out = append(out, option{c, text(value)})
	}
	return out
}

// tab reads what one tab shows.
func (c *console) tab(ctx context.Context, r *http.Request, v *appView) (err error) {
	switch v.Tab {
	case "assignments":
		if !v.M.cycles() { // groups are pushed there, not assigned
			v.Q.Kind = kindPerson
		}
		v.Accounts, err = listAccounts(ctx, c.db.r, v.A.ID, v.Q)
		v.Next = nextLink(r, "after", v.Accounts.Next)
	case "push":
		v.Pushes, err = listPushes(ctx, c.db.r, v.A.ID)
	case "import":
		v.Imports, err = listImports(ctx, c.db.r, v.A.ID, firstNonEmpty(v.Q.Status, importNew), v.Q)
		v.Next = nextLink(r, "after", v.Imports.Next)
	case "mappings":
		v.Mappings = mappingRows(c.o.Profiles.Profile(v.A.Profile), &v.A.Settings)
		v.Edit = &MappingRow{}
		for _, m := range v.Mappings {
			if m.Target == r.URL.Query().Get("edit") && m.Target != "" {
				v.Edit = &m
			}
		}
	case "tasks":
		v.Jobs, err = listTasks(ctx, c.db.r, v.A.ID, v.Q)
		if err == nil && v.M.cycles() {
			v.Accounts, err = listAccounts(ctx, c.db.r, v.A.ID, Query{Status: stFailed, Limit: 50, After: v.Q.After})
			v.Next = nextLink(r, "after", v.Accounts.Next)
		}
	case "cycle":
		v.Cycles, err = listCycles(ctx, c.db.r, v.A.ID, 20)
	case "on-demand":
		if id, perr := strconv.ParseInt(r.URL.Query().Get("op"), 10, 64); perr == nil {
			v.Demand, err = getOp(ctx, c.db.r, id)
		}
	}
	return err
}

func (c *console) activity(r *http.Request) (*page, string, error) {
	q := r.URL.Query()
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	f := OpQuery{App: q.Get("app"), Text: q.Get("q"), Outcome: q.Get("outcome"), Before: before, Limit: 40}
	list, err := listOps(r.Context(), c.db.r, f)
	if err != nil {
		return nil, "", err
	}
	var chosen *Op
	if id, perr := strconv.ParseInt(q.Get("op"), 10, 64); perr == nil {
		if chosen, err = getOp(r.Context(), c.db.r, id); err != nil {
			return nil, "", err
		}
	}
	q.Del("op")
	return &page{Title: "Activity", Here: "activity", Data: map[string]any{"List": list, "F": f, "Op": chosen, "Next": nextLink(r, "before", list.Next), "Query": q.Encode()}}, "activity", nil
}

func (c *console) tasks(r *http.Request) (*page, string, error) {
	q := listQueryOf(r)
	list, err := listTasks(r.Context(), c.db.r, "", q)
	return &page{Title: "Tasks", Here: "tasks", Data: map[string]any{"List": list, "Next": nextLink(r, "after", list.Next)}}, "tasks", err
}

func (c *console) system(*http.Request) (*page, string, error) {
	return &page{Title: "System", Here: "system", Data: map[string]any{"Path": c.o.Path}}, "system", nil
}
