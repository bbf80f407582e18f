package mockidp

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

func (i *IdP) appRoutes() []route { return append(i.appSettingRoutes(), i.appWorkRoutes()...) }

func (i *IdP) appSettingRoutes() []route {
	return []route{
		{method: "GET", path: "/apps", id: "listApps", tag: "applications", about: "Applications", answer: []*App{}, do: func(c *apiCall) (any, error) { return listApps(c.ctx, c.db.r) }},
		{method: "POST", path: "/apps", id: "createApp", tag: "applications", about: "Add an application of a profile", body: AppInput{}, answer: &App{}, status: 201, do: func(c *apiCall) (any, error) {
			var in AppInput
			var given struct {
				AppInput
				Settings json.RawMessage `json:"settings,omitempty"`
			}
			if err := c.read(&given); err != nil {
				return nil, err
			}
			in = given.AppInput
			if m := c.manners[in.Profile]; m != nil && len(given.Settings) > 0 {
				s := m.defaults()
				if err := s.merge(given.Settings); err != nil {
					return nil, err
				}
				in.Settings = &s
			}
			return c.CreateApp(c.ctx, in)
		}},
		{method: "GET", path: "/apps/{id}", id: "getApp", tag: "applications", about: "One application", answer: &App{}, do: func(c *apiCall) (any, error) { return c.App(c.ctx, c.id()) }},
		{method: "PATCH", path: "/apps/{id}", id: "updateApp", tag: "applications", about: "Change name, settings or secret; settings that are not named stay", body: AppInput{}, answer: &App{}, do: func(c *apiCall) (any, error) {
			var in struct {
				Name     string          `json:"name"`
				Secret   string          `json:"secret"`
				Settings json.RawMessage `json:"settings"`
			}
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.UpdateApp(c.ctx, c.id(), in.Secret, func(a *App) error {
				a.Name = firstNonEmpty(in.Name, a.Name)
				if len(in.Settings) == 0 {
					return nil
				}
				return a.Settings.merge(in.Settings)
			})
		}},
		{method: "DELETE", path: "/apps/{id}", id: "deleteApp", tag: "applications", about: "Remove an application; accounts in it are left alone", do: func(c *apiCall) (any, error) { return nil, c.DeleteApp(c.ctx, c.id()) }},
	}
}

func (i *IdP) appWorkRoutes() []route {
	return []route{
		{method: "POST", path: "/apps/{id}/test-connection", id: "testConnection", tag: "applications", about: "Test the connection, with the requests of the identity provider's button", answer: &Op{}, do: func(c *apiCall) (any, error) { return c.TestConnection(c.ctx, c.id()) }},
		{method: "GET", path: "/apps/{id}/summary", id: "appSummary", tag: "applications", about: "Accounts by state, progress, tasks, findings and requests over time", answer: &Summary{}, do: func(c *apiCall) (any, error) { return c.Summary(c.ctx, c.id()) }},
		{method: "GET", path: "/apps/{id}/accounts", id: "listAccounts", tag: "applications", about: "Accounts: people and groups as they stand in the application", query: append([]string{"kind"}, listQuery...), answer: Page[*Account]{}, do: func(c *apiCall) (any, error) { return listAccounts(c.ctx, c.db.r, c.id(), c.page()) }},
		{method: "POST", path: "/apps/{id}/accounts/{action}", id: "accountAction", tag: "applications", about: "provision (people assigned before provisioning was on), sync again, or delete accounts", body: Objects{}, answer: Done{}, oneOf: map[string][]string{"action": {"provision", "sync", "delete"}}, do: func(c *apiCall) (any, error) {
			var in Objects
			if err := c.read(&in); err != nil {
				return nil, err
			}
			n, err := c.AccountAction(c.ctx, c.id(), c.r.PathValue("action"), in.People)
			return Done{n}, err
		}},
		{method: "POST", path: "/apps/{id}/assignments", id: "assign", tag: "applications", about: "Assign a person or a group", body: AssignmentInput{}, do: func(c *apiCall) (any, error) {
			var in AssignmentInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			kind, id, err := in.object(c.ctx, c.db.r)
			if err != nil {
				return nil, err
			}
			return nil, c.Assign(c.ctx, c.id(), kind, id)
		}},
		{method: "DELETE", path: "/apps/{id}/assignments/{kind}/{object}", id: "unassign", tag: "applications", about: "Unassign a person or a group", oneOf: map[string][]string{"kind": {kindPerson, kindGroup}}, do: func(c *apiCall) (any, error) {
			return nil, c.Unassign(c.ctx, c.id(), c.r.PathValue("kind"), c.r.PathValue("object"))
		}},
	}
}

func (i *IdP) appDetailRoutes() []route {
	return []route{
		{method: "GET", path: "/apps/{id}/mappings", id: "listMappings", tag: "applications", about: "Attribute mappings in force", answer: []MappingRow{}, do: func(c *apiCall) (any, error) {
			a, err := c.App(c.ctx, c.id())
			if err != nil {
				return nil, err
			}
			return mappingRows(c.o.Profiles.Profile(a.Profile), &a.Settings), nil
		}},
		{method: "POST", path: "/apps/{id}/mappings", id: "setMapping", tag: "applications", about: "Set one attribute mapping, or drop it", body: MappingRow{}, do: func(c *apiCall) (any, error) {
			var in MappingRow
			if err := c.read(&in); err != nil {
				return nil, err
			}
			_, err := c.UpdateApp(c.ctx, c.id(), "", func(a *App) error { return setMapping(&a.Settings, in) })
			return nil, err
		}},
		{method: "DELETE", path: "/apps/{id}/mappings", id: "resetMapping", tag: "applications", about: "Take a mapping back to that of the profile", query: []string{"target"}, do: func(c *apiCall) (any, error) {
			_, err := c.UpdateApp(c.ctx, c.id(), "", func(a *App) error { return resetMapping(&a.Settings, c.param("target")) })
			return nil, err
		}},
		{method: "PUT", path: "/apps/{id}/faults", id: "setFaults", tag: "applications", about: "Faults on request, reproducible by seed", body: Faults{}, answer: &App{}, do: func(c *apiCall) (any, error) {
			var in Faults
			if err := c.read(&in); err != nil {
				return nil, err
			}
			return c.SetFaults(c.ctx, c.id(), in)
		}},
		{method: "GET", path: "/apps/{id}/pushes", id: "listPushes", tag: "applications", about: "Pushed groups", answer: []Push{}, do: func(c *apiCall) (any, error) { return listPushes(c.ctx, c.db.r, c.id()) }},
		{method: "POST", path: "/apps/{id}/pushes", id: "pushGroup", tag: "applications", about: "Push a group by name, link it with one that exists, or push by rule", body: PushInput{}, do: func(c *apiCall) (any, error) {
			var in PushInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			if in.Rule != nil {
				return nil, c.AddPushRule(c.ctx, c.id(), *in.Rule)
			}
			group, err := groupRef(c.ctx, c.db.r, in.Group)
			if err != nil {
				return nil, err
			}
			return nil, c.PushGroup(c.ctx, c.id(), group, in.Link, in.To)
		}},
		{method: "DELETE", path: "/apps/{id}/push-rules", id: "removePushRule", tag: "applications", about: "Remove a push rule; groups that it pushed stay pushed", query: []string{"operator", "value"}, do: func(c *apiCall) (any, error) {
			_, err := c.UpdateApp(c.ctx, c.id(), "", func(a *App) error {
				n := len(a.Settings.PushRules)
				a.Settings.PushRules = slices.DeleteFunc(slices.Clone(a.Settings.PushRules), func(r PushRule) bool { return r.Operator == c.param("operator") && r.Value == c.param("value") })
				if len(a.Settings.PushRules) == n {
					return notFound("push rule", c.param("operator")+" "+c.param("value"))
				}
				return nil
			})
			return nil, err
		}},
		{method: "POST", path: "/apps/{id}/pushes/{group}/{action}", id: "pushAction", tag: "applications", about: "push, deactivate, activate, unlink or unlink-delete a pushed group", oneOf: map[string][]string{"action": {"push", "deactivate", "activate", "unlink", "unlink-delete"}}, do: func(c *apiCall) (any, error) {
			return nil, c.PushAction(c.ctx, c.id(), c.r.PathValue("group"), c.r.PathValue("action"))
		}},
	}
}

func setMapping(s *Settings, row MappingRow) error {
	if row.Target == "" {
		return badInput("a mapping needs a target")
	}
	if err := resetMapping(s, row.Target); err != nil {
		return err
	}
	if row.Dropped {
		s.Drop = append(s.Drop, row.Target)
		return nil
	}
	row.Own, row.Note = false, ""
	s.Mappings = append(s.Mappings, row)
	return nil
}

func resetMapping(s *Settings, target string) error {
	s.Mappings = slices.DeleteFunc(slices.Clone(s.Mappings), func(m MappingRow) bool { return m.Target == target })
	s.Drop = slices.DeleteFunc(slices.Clone(s.Drop), func(t string) bool { return t == target })
	return nil
}

// SetFaults changes what goes wrong between here and an application.
func (i *IdP) SetFaults(ctx context.Context, id string, f Faults) (*App, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	var a *App
	err := i.change(ctx, "faults", id, "", func(tx *statements) error {
		var err error
		if a, err = getApp(ctx, tx, id); err != nil {
			return err
		}
		a.Faults = f
		return i.saveApp(ctx, tx, a, "")
	})
	return a, err
}

func (i *IdP) workRoutes() []route {
	return []route{
		{method: "POST", path: "/apps/{id}/import", id: "importAccounts", tag: "work", about: "Read every account of the application; with wait=false in the background (the application's state.lastImport tells the result)", query: []string{"wait"}, oneOf: map[string][]string{"wait": {"true", "false"}}, answer: &ImportResult{}, do: func(c *apiCall) (any, error) {
			if c.param("wait") == "false" {
				return &ImportResult{}, c.ImportLater(c.ctx, c.id())
			}
			return c.Import(c.ctx, c.id())
		}},
		{method: "GET", path: "/apps/{id}/import", id: "listImported", tag: "work", about: "Accounts that an import found", query: listQuery, answer: Page[*Imported]{}, do: func(c *apiCall) (any, error) {
			return listImports(c.ctx, c.db.r, c.id(), firstNonEmpty(c.param("status"), importNew), c.page())
		}},
		{method: "POST", path: "/apps/{id}/import/{row}/confirm", id: "confirmImport", tag: "work", about: "Link an imported account with a person: the one named, the one matched, or a new one", body: AssignmentInput{}, do: func(c *apiCall) (any, error) {
			var in AssignmentInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			row, err := c.pathNumber("row")
			if err != nil {
				return nil, err
			}
			if in.Person != "" {
				if in.Person, err = personRef(c.ctx, c.db.r, in.Person); err != nil {
					return nil, err
				}
			}
			return nil, c.ConfirmImport(c.ctx, c.id(), row, in.Person)
		}},
		{method: "POST", path: "/apps/{id}/import/{row}/ignore", id: "ignoreImport", tag: "work", about: "Take an imported account off the list", do: func(c *apiCall) (any, error) {
			row, err := c.pathNumber("row")
			if err != nil {
				return nil, err
			}
			return nil, c.IgnoreImport(c.ctx, c.id(), row)
		}},
		{method: "POST", path: "/apps/{id}/stop-work", id: "stopWork", tag: "work", about: "Stop the long work under way (import, cycle)", do: func(c *apiCall) (any, error) {
			r := c.runner(c.id())
			if r == nil || !r.stopWork() {
				return nil, conflict("nothing is under way")
			}
			return nil, nil
		}},
		{method: "POST", path: "/apps/{id}/cycle/{action}", id: "schedule", tag: "work", about: "start, stop, run, restart the cycles, or allow-deletes", oneOf: map[string][]string{"action": {"start", "stop", "run", "restart", "allow-deletes"}}, do: func(c *apiCall) (any, error) { return nil, c.Schedule(c.ctx, c.id(), c.r.PathValue("action")) }},
		{method: "GET", path: "/apps/{id}/cycles", id: "listCycles", tag: "work", about: "Cycles, the newest first", query: []string{"limit"}, answer: []*Cycle{}, do: func(c *apiCall) (any, error) { return listCycles(c.ctx, c.db.r, c.id(), c.page().limit()) }},
		{method: "POST", path: "/apps/{id}/on-demand", id: "provisionOnDemand", tag: "work", about: "Provision one person outside of a cycle and show the steps", body: AssignmentInput{}, answer: &Op{}, do: func(c *apiCall) (any, error) {
			var in AssignmentInput
			if err := c.read(&in); err != nil {
				return nil, err
			}
			person, err := personRef(c.ctx, c.db.r, in.Person)
			if err != nil {
				return nil, err
			}
			return c.ProvisionOnDemand(c.ctx, c.id(), person)
		}},
	}
}

func (i *IdP) historyRoutes() []route {
	return []route{
		{method: "GET", path: "/tasks", id: "listTasks", tag: "work", about: "Failed jobs that wait for an administrator", query: []string{"app", "after", "limit"}, answer: Page[*Job]{}, do: func(c *apiCall) (any, error) { return listTasks(c.ctx, c.db.r, c.param("app"), c.page()) }},
		{method: "POST", path: "/apps/{id}/tasks/retry", id: "retryTasks", tag: "work", about: "Try failed jobs again; none named = all", body: TaskIDs{}, answer: Done{}, do: func(c *apiCall) (any, error) {
			var in TaskIDs
			if err := c.read(&in); err != nil {
				return nil, err
			}
			n, err := c.RetryTasks(c.ctx, c.id(), in.Tasks)
			return Done{n}, err
		}},
		{method: "DELETE", path: "/tasks/{task}", id: "dismissTask", tag: "work", about: "Take a failed job off the list", do: func(c *apiCall) (any, error) {
			id, err := c.pathNumber("task")
			if err != nil {
				return nil, err
			}
			return nil, c.DismissTask(c.ctx, id)
		}},
		{method: "GET", path: "/operations", id: "listOperations", tag: "history", about: "What happened, the newest first", query: []string{"app", "object", "q", "outcome", "before", "limit"}, answer: Page[*Op]{}, do: func(c *apiCall) (any, error) {
			return listOps(c.ctx, c.db.r, OpQuery{App: c.param("app"), Object: c.param("object"), Text: c.param("q"), Outcome: c.param("outcome"), Before: c.number("before"), Limit: int(c.number("limit"))})
		}},
		{method: "GET", path: "/operations/{op}", id: "getOperation", tag: "history", about: "One operation with its exchanges and checks", answer: &Op{}, do: func(c *apiCall) (any, error) {
			id, err := c.pathNumber("op")
			if err != nil {
				return nil, err
			}
			return getOp(c.ctx, c.db.r, id)
		}},
		{method: "GET", path: "/operations/{op}/case.yaml", id: "saveAsTest", tag: "history", about: "The operation as a suite file: save as test", gives: []string{"application/yaml"}, raw: i.serveCase},
		{method: "GET", path: "/exchanges", id: "listExchanges", tag: "history", about: "Requests and answers, the newest first", query: []string{"app", "before", "limit"}, answer: Page[*Exchange]{}, do: func(c *apiCall) (any, error) {
			return listExchanges(c.ctx, c.db.r, c.param("app"), c.number("before"), int(c.number("limit")))
		}},
		{method: "GET", path: "/exchanges/latest", id: "latestExchange", tag: "history", about: "The newest request and its answer", query: []string{"app"}, answer: &Exchange{}, do: func(c *apiCall) (any, error) {
			p, err := listExchanges(c.ctx, c.db.r, c.param("app"), 0, 1)
			if err != nil {
				return nil, err
			}
			if len(p.Items) == 0 {
				return nil, &problemError{http.StatusNotFound, "nothing was sent yet"}
			}
			return p.Items[0], nil
		}},
	}
}

// TaskIDs selects failed jobs.
type TaskIDs struct {
	Tasks []int64 `json:"tasks,omitempty"`
}

// MoveClock steps, jumps or speeds up the clock.
func (i *IdP) MoveClock(ctx context.Context, in ClockInput) (ClockState, error) {
	var step time.Duration
	if in.Step != "" {
		var err error
		if step, err = time.ParseDuration(in.Step); err != nil || step < 0 || step > 10*365*24*time.Hour {
			return ClockState{}, badInput("the step %q is no duration up to ten years; write it as 40m or 720h", clip(in.Step, 40))
		}
	}
	if in.Jump != nil {
		if step = in.Jump.Sub(i.now()); step < 0 {
			return ClockState{}, badInput("the clock does not go back")
		}
	}
	speed := -1.0
	if in.Speed != nil {
		if speed = *in.Speed; speed < 0 || speed > maxSpeed {
			return ClockState{}, badInput("the speed is from 0 (stopped) to %d", maxSpeed)
		}
	}
	i.clock.set(step, speed)
	st := i.clock.state()
	return st, i.change(ctx, "clock", "", "", func(tx *statements) error {
		b, err := json.Marshal(st)
		if err != nil {
			return err
		}
		return putMeta(ctx, tx, "clock", string(b))
	})
}

// Reset removes everything but the clock.
func (i *IdP) Reset(ctx context.Context) error {
	apps, err := listApps(ctx, i.db.r)
	if err != nil {
		return err
	}
	for _, a := range apps {
		i.stopRunner(a.ID)
	}
	return i.change(ctx, "reset", "", "", func(tx *statements) error {
		for _, t := range []string{"exchanges", "ops", "apps", "members", "groups", "people", "events"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+t); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM meta WHERE key LIKE 'next-%'")
		return err
	})
}
