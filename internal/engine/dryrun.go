package engine

import (
	"context"
	"fmt"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// DryRun discovers the target with GETs, then lists the cases of the plan with the requests that
// they would send. Values that only an answer can give stay as they are written in the suite.
func (e *Engine) DryRun(ctx context.Context) ([]string, *result.Diagnosis, error) {
	if d := e.discover(ctx); d != nil {
		return nil, d, nil
	}
	p, err := e.Plan()
	if err != nil {
		return nil, nil, err
	}
	var out []string
	for _, in := range p.instances {
		if in.skip != nil {
			out = append(out, fmt.Sprintf("skip %s: %s", in.id, in.skip.Reason))
			continue
		}
		out = append(out, "case "+in.id+"  "+in.title)
		for _, f := range in.c.Given {
			if ep := firstNonEmpty(f.Endpoint, fixtureEndpoints[f.Kind]); ep != "" {
				out = append(out, fmt.Sprintf("     POST /%s  (set up %s ×%d)", ep, f.Name, max(f.Count, 1)))
			}
		}
		out = append(out, e.dryRequests(in, in.c.Steps, "     ", 0)...)
	}
	return out, nil, nil
}

func (e *Engine) dryRequests(in *instance, steps []*suites.Step, indent string, depth int) []string {
	var out []string
	s := &scope{e: e, in: in}
	for _, st := range steps {
		switch {
		case st.Send != nil:
			line := indent + st.Send.Method + " " + st.Send.Path.Source()
			if st.Send.RawQuery != nil {
				line += "?" + st.Send.RawQuery.Source()
			}
			out = append(out, line)
		case st.Read != "":
			out = append(out, indent+"GET "+st.Read)
		case st.Go != "":
			out = append(out, indent+st.Go)
		case st.Use != "" && depth < 6:
			out = append(out, indent+"use "+st.Use)
			if prof, op, err := s.operation(st.Use); err == nil {
				inner := *in
				inner.prof = prof
				out = append(out, e.dryRequests(&inner, op.Steps, indent+"  ", depth+1)...)
			}
		}
		out = append(out, e.dryRequests(in, st.Parallel, indent, depth)...)
	}
	return out
}
