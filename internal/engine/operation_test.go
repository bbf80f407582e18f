package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

func ana(target any) map[string]any {
	return map[string]any{"id": "00u1", "login": "scimmage-test-ana@example.com", "email": "scimmage-test-ana@example.com", "firstName": "Ana", "lastName": "Ruiz", "displayName": "Ana Ruiz",
		"active": true, "password": "Tm!123456", "$endpoint": "Users", "target": target}
}

// plainArgs are arguments for an operation that needs a person or a group only.
func plainArgs(op *profile.Operation, target any) (map[string]any, bool) {
	args := map[string]any{}
	if strings.HasPrefix(op.ID, "create-") {
		target = nil // not linked yet
	}
	for _, p := range op.Params {
		switch {
		case p.Type == "person":
			args[p.Name] = ana(target)
		case p.Type == "group":
			args[p.Name] = map[string]any{"id": "00g1", "name": "scimmage-test-crew", "$endpoint": "Groups", "target": target, "members": []any{}}
		case !p.Optional:
			return nil, false
		}
	}
	return args, true
}

// TestDoAndUseSendTheSame: an operation sends the same bytes, whether the console or a suite plays it.
func TestDoAndUseSendTheSame(t *testing.T) {
	lib, played := library(t), 0
	open := func(_ *Options, c *exchange.Config) { c.Rules.Open = true }
	for _, p := range testProfiles(t).Profiles {
		for _, op := range p.Listed() {
			args, ok := plainArgs(op, "linked-1")
			if !ok {
				continue
			}
			t.Run(p.ID+"/"+op.ID, func(t *testing.T) {
				do, use := newRig(t, reference(t), lib, open), newRig(t, reference(t), lib, open)
				if _, err := do.e.Do(t.Context(), "t/c", p.ID, op.ID, args); err != nil {
					t.Fatal(err)
				}
				again, _ := plainArgs(op, "linked-1")
				use.e.found = standardDiscovery()
				step := &suites.Step{ID: "do", Use: p.ID + "/" + op.ID, With: suites.Literal(again)}
				c := &suites.Case{ID: "c", Title: "T", Suite: &suites.Suite{ID: "t"}, Steps: []*suites.Step{step}}
				s := &scope{e: use.e, in: &instance{c: c, id: "t/c"}, base: "t/c", seq: &counter{}, names: map[string]int{}, created: &objects{}}
				s.vars = use.e.caseEnv(s)
				s.runSteps(t.Context(), c.Steps)
				if d := cmp.Diff(do.rec.list, use.rec.list); d != "" {
					t.Errorf("Do and use differ:\n%s", d)
				}
				if strings.Contains(s.errText, "broken") {
					t.Error(s.errText)
				}
				played += len(do.rec.list)
			})
		}
	}
	if played < 20 {
		t.Errorf("only %d requests were compared", played)
	}
}

func TestDoUnknown(t *testing.T) {
	r := newRig(t, reference(t), library(t))
	for _, name := range [][2]string{{"nobody", "create-user"}, {"okta", "fly"}} {
		if _, err := r.e.Do(t.Context(), "x", name[0], name[1], nil); err == nil || !strings.Contains(fmt.Sprint(err), name[0]) {
			t.Errorf("%v: %v", name, err)
		}
	}
}
