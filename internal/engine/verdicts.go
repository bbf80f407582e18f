package engine

import "github.com/scimmage/scimmage/internal/result"

// Automatic are the automatic checks that the answers so far were judged by and did not all pass. Callers
// of Do, who have no plan and no end of a run, ask for them after an operation.
func (e *Engine) Automatic() []result.Check {
	var out []result.Check
	for _, r := range autoRules {
		if c := e.auto.conclude(r); c.Outcome != result.Skip && c.Outcome != result.Pass {
			out = append(out, c)
		}
	}
	return out
}
