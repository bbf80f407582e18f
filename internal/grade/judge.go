package grade

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// tally counts how often a rule was kept.
type tally struct {
	rule           *suites.ClientRule
	judged, broken int
	expected       string
	actual         string // of the first that broke it
	evidence       []string
	trouble        string // why it could not be judged: a fault of the rule
}

// observe judges one request and its answer.
func (g *Grader) observe(r *request, c *capture, aborted bool) {
	now := g.o.Clock()
	if c.status == 0 && !aborted {
		c.status = http.StatusOK
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.state
	s.requests++
	s.last = now
	o := g.read(r, c, now)
	o.writable = writable(g.o.Schemas, o.rt)
	base := g.env(o)
	id := fmt.Sprintf("client#%d", s.requests)
	written, ops := g.values(o), g.operations(o)
	base["missing"] = list(written.missing)
	base["operations"] = opsEnv(ops)
	found := s.judge("request", base, nil, id)
	found = s.judgeAll("operation", base, ops, id) || found
	found = s.judgeAll("value", base, written.out, id) || found
	found = s.judgeAll("bulk", base, bulk(o), id) || found
	s.topics(o, ops)
	s.book.enter(o)
	s.keep(g.record(id, o, c), found)
}

func opsEnv(ops []unit) []any {
	out := []any{}
	for _, u := range ops {
		out = append(out, map[string]any(u))
	}
	return out
}

func (s *state) judgeAll(kind string, base map[string]any, units []unit, id string) (found bool) {
	for _, u := range units {
		found = s.judge(kind, base, u, id) || found
	}
	return found
}

// judge holds one unit against the rules for its kind and tells whether one was broken.
func (s *state) judge(kind string, base map[string]any, u unit, id string) (found bool) {
	rules := s.byUnit[kind]
	if len(rules) == 0 {
		return false
	}
	env := base
	if u != nil {
		env = maps.Clone(base)
		maps.Copy(env, u)
	}
	for _, t := range rules {
		found = t.judge(env, id) || found
	}
	return found
}

func (t *tally) judge(env map[string]any, id string) (broken bool) {
	if t.rule.When != nil {
		applies, err := t.rule.When.True(env)
		if err != nil {
			t.trouble = err.Error()
		}
		if !applies {
			return false
		}
	}
	kept, err := t.rule.That.True(env)
	if err != nil {
		t.trouble = err.Error()
		return false
	}
	t.judged++
	if kept {
		return false
	}
	t.broken++
	if t.broken == 1 {
		t.expected, t.actual = render(t.rule.Expected, env), render(t.rule.Actual, env)
	}
	if id != "" && len(t.evidence) < maxEvidence && !slices.Contains(t.evidence, id) {
		t.evidence = append(t.evidence, id)
	}
	return true
}

// maxShown bounds what a client wrote where it is quoted in one line.
const maxShown = 300

func render(tpl *suites.Template, env map[string]any) string {
	v, err := tpl.RenderText(env)
	if err != nil {
		return ""
	}
	v = strings.ToValidUTF8(v, "\uFFFD")
	if r := []rune(v); len(r) > maxShown {
		v = string(r[:maxShown]) + "…"
	}
	return v
}

// topics notes what the facts name.
func (s *state) topics(o *observation, ops []unit) {
	t := s.seen
	t.kinds[o.kind]++
	h := o.r.Header
	t.add("agents", h.Get("User-Agent"))
	t.add("accepts", h.Get("Accept"))
	if len(o.r.body) > 0 {
		t.add("mediaTypes", h.Get("Content-Type"))
	}
	scheme, _, _ := strings.Cut(h.Get("Authorization"), " ")
	t.add("schemes", scheme)
	for _, e := range o.equals {
		t.add("lookups", o.endpoint+" by "+e.attr)
	}
	if (o.kind == "list" || o.kind == "search") && o.asked.count > 0 {
		t.add("pageSizes", fmt.Sprint(o.asked.count))
	}
	if o.kind == "discovery" {
		t.add("discovery", o.endpoint)
	}
	for _, n := range []string{"If-Match", "If-None-Match"} {
		if h.Get(n) != "" {
			t.add("conditions", n)
		}
	}
	for _, u := range ops {
		op, _ := u["op"].(string)
		t.add("ops", op)
		if target, ok := u["target"].(string); ok && target != "" {
			t.add("paths", pathShape(target))
		} else {
			t.add("paths", "(no path)")
		}
	}
}

// pathShape is a path without the values of its filter: ids of people do not belong in a fact.
func pathShape(p string) string {
	var sb strings.Builder
	quoted := false
	for _, c := range p {
		if c == '"' {
			if quoted = !quoted; quoted {
				sb.WriteString(`"…"`)
			}
			continue
		}
		if !quoted {
			sb.WriteRune(c)
		}
	}
	return sb.String()
}

// keep holds an exchange for the report. When there are too many, those that break no rule go first.
func (s *state) keep(x *result.Exchange, found bool) {
	x.Setup = !found
	if len(s.kept) >= maxExchanges {
		i := slices.IndexFunc(s.kept, func(k *result.Exchange) bool { return k.Setup })
		switch {
		case i >= 0:
			s.kept = slices.Delete(s.kept, i, i+1)
		case !found || !s.evidence(x.ID):
			return
		}
	}
	s.kept = append(s.kept, x)
}

// evidence tells whether a rule names this exchange.
func (s *state) evidence(id string) bool {
	return slices.ContainsFunc(s.tallies, func(t *tally) bool { return slices.Contains(t.evidence, id) })
}
