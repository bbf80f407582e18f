package engine

import (
	"fmt"
	"slices"

	"github.com/scimmage/scimmage/internal/scim"
)

// volatile members change on every write without anybody having asked.
var volatile = []string{"meta"}

// matchUnchanged: the same resource as the variable, but for the paths in except.
func matchUnchanged(c matchCall) verdict {
	a, ok := c.args.(map[string]any)
	if !ok {
		return broken("unchanged: needs {from: …}")
	}
	name := text(a["from"])
	before, ok := resourceOf(c.s.vars[name])
	if !ok {
		return verdict{err: fmt.Errorf("unchanged: %q is no resource", name)}
	}
	v, after, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	if c.resp.status() >= 400 {
		return verdict{expected: "the resource as before", actual: statusText(c.resp)}
	}
	if only := toList(a["only"]); len(only) > 0 {
		for _, p := range only {
			x, _ := lookup(before, text(p))
			y, _ := lookup(after, text(p))
			if !sameOrEmpty(x, y) {
				return verdict{expected: text(p) + " as before: " + show(x), actual: show(y), at: locus(v, text(p))}
			}
		}
		return verdict{ok: true, expected: "unchanged " + joinText(a["only"])}
	}
	b, f := scim.Clone(before).(map[string]any), scim.Clone(after).(map[string]any)
	for _, p := range slices.Concat(volatile, texts(a["except"]), c.remappedTargets()) {
		removePath(b, p)
		removePath(f, p)
	}
	delete(b, "$endpoint")
	delete(f, "$endpoint")
	if p, x, y, same := firstDifference(b, f, ""); !same {
		out := verdict{expected: p + " as before: " + show(x), actual: show(y), at: locus(v, p), summary: fmt.Sprintf("%s changed from %s to %s", p, show(x), show(y))}
		if keeps(f, b) {
			out.cause = text(a["appeared"])
		}
		return out
	}
	return verdict{ok: true, expected: "nothing else changed"}
}

// keeps says whether everything of b is in f as it was: nothing is lost, something may have appeared.
func keeps(f, b any) bool {
	was, ok := b.(map[string]any)
	now, also := f.(map[string]any)
	if !ok || !also {
		_, _, _, same := firstDifference(b, f, "")
		return isEmpty(b) || same
	}
	for k, x := range was {
		if y, _ := member(now, k); !keeps(y, x) {
			return false
		}
	}
	return true
}
