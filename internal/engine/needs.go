package engine

import (
	"strings"

	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// patching finds the operation by which a case of an identity provider would send a PATCH. A target
// that says honestly that it has no PATCH does not support what needs it; it is not broken.
func (e *Engine) patching(c *suites.Case) string {
	if c.Suite.IDP == "" {
		return ""
	}
	return e.patchingSteps(e.o.Profiles.Profile(c.Suite.IDP), c.Steps, nil, 0)
}

func (e *Engine) patchingSteps(prof *profile.Profile, steps []*suites.Step, traits map[string]any, depth int) string {
	if prof == nil || depth > 6 {
		return ""
	}
	for _, st := range steps {
		if e.neverSent(prof, st, traits) {
			continue
		}
		if st.Send != nil && st.Send.Method == "PATCH" {
			return prof.ID
		}
		if op := e.patchingSteps(prof, st.Parallel, traits, depth+1); op != "" {
			return op
		}
		if st.Use == "" {
			continue
		}
		p, name := prof, st.Use
		if id, op, ok := strings.Cut(st.Use, "/"); ok {
			p, name = e.o.Profiles.Profile(id), op
		}
		if p == nil || p.Operation(name) == nil {
			continue
		}
		if e.patchingSteps(p, p.Operation(name).Steps, givenTraits(st, traits), depth+1) != "" {
			return p.ID + "/" + name
		}
	}
	return ""
}

// givenTraits are traits that a step hands to its operation as literals.
func givenTraits(st *suites.Step, outer map[string]any) map[string]any {
	if st.With == nil {
		return outer
	}
	v, err := st.With.Render(map[string]any{"traits": outer})
	if err != nil {
		return outer
	}
	m, _ := suites.Plain(v).(map[string]any)
	if t, ok := m["traits"].(map[string]any); ok {
		return t
	}
	return outer
}

// neverSent: traits and features alone already decide that the step is left out. Conditions on answers are
// open before the run.
func (e *Engine) neverSent(prof *profile.Profile, st *suites.Step, traits map[string]any) bool {
	if st.When == nil || !strings.Contains(st.When.Source, "traits.") && !strings.Contains(st.When.Source, "features") {
		return false
	}
	env := prof.Env(traits)
	env["features"] = e.featureMap()
	ok, err := st.When.True(env)
	return err == nil && !ok
}
