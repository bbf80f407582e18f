package client_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/mockidp"
	"github.com/scimmage/scimmage/mockidp/client"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// serve starts a mock identity provider and, as the service provider under test, the reference provider. A test of your own has a
// mock identity provider that was started with `scimmage idp --data :memory:`.
func serve() (idp, target string, stop func(), err error) {
	profiles, err := profile.Embedded()
	if err != nil {
		return "", "", nil, err
	}
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		return "", "", nil, errors.New(ps.Render())
	}
	p, err := provider.New(provider.Options{Token: "token"})
	if err != nil {
		return "", "", nil, err
	}
	scim, srv := httptest.NewServer(p), httptest.NewUnstartedServer(nil)
	i, err := mockidp.Open(mockidp.Options{Path: ":memory:", System: exchange.SystemClock{}, Rand: rand.Reader, Library: lib, Profiles: profiles, Hosts: []string{srv.Listener.Addr().String()}})
	if err != nil {
		return "", "", nil, err
	}
	srv.Config.Handler = i.Handler()
	srv.Start()
	return srv.URL, scim.URL + "/scim/v2", func() {
		srv.CloseClientConnections()
		if err := i.Close(); err != nil {
			log.Println(err)
		}
		srv.Close()
		scim.Close()
	}, nil
}

// A person joins, changes her name, and leaves. After each step the test looks at what the application was sent.
func Example() {
	base, target, stop, err := serve()
	if err != nil {
		log.Fatal(err)
	}
	defer stop()
	ctx := context.Background()
	idp := client.New(base, http.DefaultClient, "")

	app, err := idp.CreateApp(ctx, "My app", "okta", "token", map[string]any{"baseURL": target, "create": true, "update": true, "deactivate": true})
	if err != nil {
		log.Fatal(err)
	}
	ana, err := idp.CreatePerson(ctx, map[string]any{"login": "ana@example.com", "email": "ana@example.com", "firstName": "Ana", "lastName": "Ruiz"})
	if err != nil {
		log.Fatal(err)
	}
	show := func() {
		if err := idp.WaitUntilIdle(ctx); err != nil {
			log.Fatal(err)
		}
		x, err := idp.LatestExchange(ctx, app.ID)
		if err != nil {
			log.Fatal(err)
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(x.Request.Path, "/Users/"), "?")
		if path != x.Request.Path {
			path = "/Users/{id}"
		}
		fmt.Println(x.Request.Method, path, x.Response.Status)
	}
	if err := idp.Assign(ctx, app.ID, mockidp.AssignmentInput{Person: ana.ID}); err != nil {
		log.Fatal(err)
	}
	show()
	if _, err := idp.UpdatePerson(ctx, ana.ID, map[string]any{"lastName": "Ruiz-Moreau"}); err != nil {
		log.Fatal(err)
	}
	show()
	if err := idp.Unassign(ctx, app.ID, "person", ana.ID); err != nil {
		log.Fatal(err)
	}
	show()
	// Output:
	// POST /Users 201
	// PUT /Users/{id} 200
	// PATCH /Users/{id} 200
}

func TestClient(t *testing.T) {
	base, target, stop, err := serve()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	ctx := t.Context()
	idp := client.New(base+"/", http.DefaultClient, "")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	app, err := idp.CreateApp(ctx, "App", "entra", "token", map[string]any{"baseURL": target})
	must(err)
	tested, err := idp.TestConnection(ctx, app.ID)
	must(err)
	if !tested.OK {
		t.Errorf("the connection: %s", tested.Message)
	}
	bo, err := idp.CreatePerson(ctx, map[string]any{"login": "bo@example.com", "firstName": "Bo", "lastName": "Moreau"})
	must(err)
	team, err := idp.CreateGroup(ctx, mockidp.GroupInput{Name: "Team"})
	must(err)
	must(idp.ChangeMembers(ctx, team.ID, mockidp.MemberChange{Add: []mockidp.Member{{ID: bo.ID}}}))
	must(idp.Assign(ctx, app.ID, mockidp.AssignmentInput{Group: "Team"}))
	must(idp.Cycle(ctx, app.ID, "start"))
	must(idp.WaitUntilIdle(ctx))
	accounts, err := idp.Accounts(ctx, app.ID)
	must(err)
	if len(accounts) != 2 || accounts[0].Target == "" || accounts[1].Target == "" {
		t.Errorf("accounts: %+v", accounts)
	}
	if _, err := idp.MovePerson(ctx, bo.ID, "deactivate"); err != nil {
		t.Fatal(err)
	}
	must(idp.Step(ctx, 41*time.Minute))
	must(idp.WaitUntilIdle(ctx))
	ops, err := idp.Operations(ctx, app.ID, 50)
	must(err)
	op, err := idp.Operation(ctx, ops[0].ID)
	must(err)
	if len(op.Exchanges) == 0 {
		t.Errorf("the operation %s has no exchanges", op.Title)
	}
	b, err := idp.SaveAsTest(ctx, op.ID)
	must(err)
	if !strings.HasPrefix(string(b), "suite: ") {
		t.Errorf("saved: %s", b)
	}
	must(idp.SetFaults(ctx, app.ID, mockidp.Faults{Error: 1}))
	if tested, err = idp.TestConnection(ctx, app.ID); err != nil || tested.OK {
		t.Errorf("with faults the connection is fine: %v", err)
	}
	var seen []string
	must(idp.Events(ctx, 0, func(e mockidp.Event) bool { seen = append(seen, e.Type); return len(seen) < 5 }))
	if len(seen) != 5 {
		t.Errorf("events: %v", seen)
	}
	if tasks, err := idp.Tasks(ctx); err != nil || len(tasks) != 0 {
		t.Errorf("tasks: %v %v", tasks, err)
	}
	must(idp.Reset(ctx))
	var e *client.Error
	if _, err := idp.UpdatePerson(ctx, bo.ID, map[string]any{"title": "x"}); !errors.As(err, &e) || e.Status != 404 || e.Detail == "" {
		t.Errorf("a change of somebody who is not there: %v", err)
	}
	if err := idp.PushGroup(ctx, app.ID, "Team"); !errors.As(err, &e) || e.Status != 404 {
		t.Errorf("a push to an application that is gone: %v", err)
	}
}
