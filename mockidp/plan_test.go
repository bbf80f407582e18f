package mockidp

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// wholeTable are queries that may walk through a large table: totals, searches within texts, lists in the order of the table itself, and what is
// done once when the process starts.
var wholeTable = regexp.MustCompile(`^(SELECT count\(\*\) FROM|UPDATE (jobs|cycles) SET state = '(queued|interrupted)')|LIKE \? ESCAPE| ORDER BY (id|seq)( DESC)? LIMIT \?$`)

var large = regexp.MustCompile(`^SCAN (people|p|accounts|a|x|members|m|ops|exchanges|jobs|j|imports|events|assignments|s)\b`)

// TestNoQueryWalksThroughATable asks SQLite how it would answer every query that a day's work causes: a change of one person must not cost more
// because there are a hundred thousand others.
func TestNoQueryWalksThroughATable(t *testing.T) {
	i := workedThrough(t)
	n := 0
	for _, s := range []*statements{i.db.w, i.db.r} {
		for _, q := range sortedKeys(s.kept) {
			if strings.HasPrefix(q, "BEGIN") || strings.HasPrefix(q, "COMMIT") || strings.HasPrefix(q, "ROLLBACK") || strings.HasPrefix(q, "PRAGMA") {
				continue
			}
			n++
			for _, step := range plan(t, i, q) {
				if large.MatchString(step) && !wholeTable.MatchString(q) {
					t.Errorf("%s\n in %s", step, q)
				}
				if strings.Contains(step, "jobs_state") && strings.Contains(q, "app_id = ?") {
					t.Errorf("the queues of all applications are looked at for the sake of one: %s\n in %s", step, q)
				}
				if strings.Contains(step, "accounts_dirty") && strings.Contains(q, "@id") {
					t.Errorf("everybody who waits is looked at for the sake of one person: %s\n in %s", step, q)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d queries were seen", n)
	}
}

var namedParameter = regexp.MustCompile(`@\w+`)

func plan(t *testing.T, i *IdP, query string) []string {
	t.Helper()
	var args []any
	for range strings.Count(query, "?") {
		args = append(args, "")
	}
	seen := map[string]bool{}
	for _, n := range namedParameter.FindAllString(query, -1) {
		if !seen[n] {
			seen[n], args = true, append(args, sql.Named(n[1:], ""))
		}
	}
	steps, err := collect(context.Background(), i.db.r.db, func(r scanner) (string, error) {
		var a, b, c int
		var step string
		err := r.Scan(&a, &b, &c, &step)
		return step, err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Errorf("%v: %s", err, query)
	}
	return steps
}

// opened is an identity provider in memory, a target beside it, and a caller of its API.
func opened(t *testing.T) (i *IdP, target *provider.Provider, call func(method, path string, body any)) {
	t.Helper()
	profiles, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	lib, ps := suites.LoadEmbedded()
	if ps = append(ps, lib.CheckNames(engine.Names(profiles))...); len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	i, err = Open(Options{Path: memory, System: exchange.SystemClock{}, Rand: rand.Reader, Library: lib, Profiles: profiles, Hosts: []string{"idp.test"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	if target, err = provider.New(provider.Options{Token: "t"}); err != nil {
		t.Fatal(err)
	}
	h := i.Handler()
	return i, target, func(method, path string, body any) {
		t.Helper()
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(method, "http://idp.test"+path, strings.NewReader(string(b)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
}

// workedThrough has had people, groups and accounts created, changed, searched, imported and purged.
func workedThrough(t *testing.T) *IdP {
	t.Helper()
	i, target, call := opened(t)
	srv := httptest.NewServer(target)
	t.Cleanup(srv.Close)
	type m = map[string]any
	if err := i.Sample(context.Background(), 60, 1); err != nil {
		t.Fatal(err)
	}
	for k, prof := range []string{"entra", "okta"} {
		call("POST", "/api/v1/apps", m{"id": fmt.Sprint("a", k), "name": "A", "profile": prof, "secret": "t", "settings": m{"baseURL": srv.URL + "/scim/v2", "create": true, "update": true, "deactivate": true}})
		call("POST", fmt.Sprintf("/api/v1/apps/a%d/assignments", k), m{"group": "Engineering"})
	}
	call("POST", "/api/v1/apps/a1/pushes", m{"group": "Engineering"})
	call("POST", "/api/v1/apps/a0/cycle/start", nil)
	call("GET", "/api/v1/idle?wait=60s", nil)
	call("PATCH", "/api/v1/people/p000001", m{"profile": m{"title": "x"}, "manager": "p000002"})
	call("POST", "/api/v1/people/p000001/delete", nil)
	call("POST", "/api/v1/apps/a1/import", nil)
	call("POST", "/api/v1/clock", m{"step": "800h"})
	call("GET", "/api/v1/idle?wait=60s", nil)
	for _, path := range []string{"/", "/people", "/people?q=ana", "/people?status=active", "/people/p000003", "/groups", "/groups?q=a", "/groups/g000001", "/apps/a0", "/apps/a0?tab=assignments", "/apps/a0?tab=assignments&q=ana",
		"/apps/a0?tab=assignments&status=pending", "/apps/a0?tab=assignments&status=any", "/apps/a0?tab=cycle", "/apps/a1?tab=tasks", "/apps/a1?tab=import", "/apps/a1?tab=push", "/activity", "/activity?q=x", "/activity?outcome=problems",
		"/activity?app=a0&outcome=fail", "/tasks", "/api/v1/exchanges?app=a0", "/api/v1/exchanges"} {
		call("GET", path, nil)
	}
	return i
}

// TestDescriptionNamesEveryRoute: what is served is described, and what is described is served.
func TestDescriptionNamesEveryRoute(t *testing.T) {
	i := &IdP{}
	routes := i.routes()
	doc, ok := openAPI(routes)["paths"].(map[string]any)
	if !ok {
		t.Fatal("the description has no paths")
	}
	described := 0
	for _, item := range doc {
		described += len(item.(map[string]any))
	}
	if described != len(routes)+2 { // readyz and the description itself
		t.Errorf("%d operations are described, %d routes are served", described, len(routes))
	}
	for _, rt := range routes {
		item, _ := doc["/api/v1"+rt.path].(map[string]any)
		op, ok := item[strings.ToLower(rt.method)].(map[string]any)
		if !ok || op["operationId"] != rt.id || rt.id == "" || rt.about == "" {
			t.Errorf("%s %s is described as %v", rt.method, rt.path, op["operationId"])
			continue
		}
		if params := op["parameters"].([]any); len(params) != strings.Count(rt.path, "{")+len(rt.query) {
			t.Errorf("%s %s has %d parameters in the description", rt.method, rt.path, len(params))
		}
	}
}
