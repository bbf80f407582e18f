package engine

import (
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

// TestUnplayedStepReadsAsNothing: a condition may rest on a step that was not played, because of what the server answered before.
func TestUnplayedStepReadsAsNothing(t *testing.T) {
	doc := newRig(t, reference(t), library(t, suite(`
  - id: c
    title: T
    level: must
    steps:
      - id: earlier
        when: "false"
        send: {GET: /Users}
        expect: [{id: ok, title: O, status: 200, level: must}]
      - id: second
        when: '(earlier?.status ?? 999) >= 300 && get(earlier.body, "id") == nil && len(earlier.list) == 0'
        send: {GET: /Users}
        expect: [{id: ok, title: O, status: 200, level: must}]
`))).run(t)
	c := caseOf(t, doc, "t/c")
	if c.Outcome != result.Pass || len(c.Checks) != 1 || c.Checks[0].ID != "t/c/second.ok" {
		t.Errorf("%s %s: %+v", c.Outcome, c.Reason, c.Checks)
	}
}
