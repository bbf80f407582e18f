package engine

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// matchResource: every member named is there with that value. For multi-valued attributes each
// expected element must be matched by some element: servers may add values and order is free.
func matchResource(c matchCall) verdict {
	want, ok := c.args.(map[string]any)
	if !ok {
		return broken("resource: needs an object")
	}
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	if want, why = c.mapped(want); why != "" {
		return verdict{unjudged: why}
	}
	for _, k := range sortedKeys(want) {
		if d := contains(want[k], m, k); d != nil {
			out := verdict{expected: d.path + " = " + d.want, actual: d.path + " = " + d.got, at: locus(v, d.path)}
			if c.refused(want) {
				out.actual, out.at = statusText(c.resp), nil
			}
			return out
		}
	}
	return verdict{ok: true, expected: "the resource with " + strings.Join(sortedKeys(want), ", ")}
}

// refused: the answer is an error where a resource was looked at. What its attributes are says nothing of the error.
func (c matchCall) refused(want map[string]any) bool {
	if c.resp.status() < 400 {
		return false
	}
	for _, name := range []string{"status", "scimType", "detail", "schemas"} {
		if _, asked := member(want, name); asked {
			return false
		}
	}
	return true
}

func (c matchCall) remappedTargets() []string {
	if p := c.s.profile(); p != nil {
		return p.RemappedTargets()
	}
	return nil
}

type difference struct{ path, want, got string }

// contains compares an expected member with the received object, subset-wise.
func contains(want any, m map[string]any, path string) *difference {
	got, found := lookup(m, path)
	if !found {
		if want == nil || emptyList(want) {
			return nil
		}
		return &difference{path, show(want), "absent"}
	}
	return subset(want, got, path)
}

func subset(want, got any, path string) *difference {
	switch w := want.(type) {
	case nil:
		if got == nil || emptyList(got) {
			return nil
		}
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return &difference{path, show(want), show(got)}
		}
		for _, k := range sortedKeys(w) {
			x, ok := member(g, k)
			if !ok {
				if w[k] == nil {
					continue
				}
				return &difference{join(path, k), show(w[k]), "absent"}
			}
			if d := subset(w[k], x, join(path, k)); d != nil {
				return d
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok {
			if len(w) == 0 && got == nil {
				return nil
			}
			return &difference{path, show(want), show(got)}
		}
		for _, x := range w {
			if !slices.ContainsFunc(g, func(y any) bool { return subset(x, y, path) == nil }) {
				return &difference{path, "an element " + show(x), show(got)}
			}
		}
		return nil
	default:
		if sameValue(want, got, path) {
			return nil
		}
	}
	return &difference{path, show(want), show(got)}
}

// join adds a member to a path: members of an extension follow its URN after a colon (RFC 7644
// section 3.10), all others a dot.
func join(path, k string) string {
	if isExtensionURN(path) {
		return path + ":" + k
	}
	return path + "." + k
}

// isExtensionURN tells the URN of an extension from the path of an attribute in it. By convention the
// version stands before the last part of the URN (urn:ietf:params:scim:schemas:extension:enterprise:2.0:User).
func isExtensionURN(p string) bool {
	parts := strings.Split(p, ":")
	if !strings.EqualFold(parts[0], "urn") || strings.Contains(parts[len(parts)-1], ".") {
		return false
	}
	for i, s := range parts {
		if s != "" && strings.Trim(s, "0123456789.") == "" && strings.Contains(s, ".") {
			return i == len(parts)-2
		}
	}
	return len(parts) <= 8 && strings.Contains(strings.ToLower(p), ":schemas:")
}

// resourceOf accepts a resource or a step's response.
func resourceOf(v any) (map[string]any, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	if r, ok := m["$response"].(*response); ok {
		b, ok := r.value().(map[string]any)
		return b, ok
	}
	return m, true
}

func texts(v any) []string {
	var out []string
	for _, x := range toList(v) {
		out = append(out, text(x))
	}
	return out
}

func removePath(m map[string]any, path string) {
	for k := range m { // also a member whose name is the whole path, as a server makes it that takes paths for names
		if strings.EqualFold(k, path) {
			delete(m, k)
			if !strings.Contains(path, ".") || strings.Contains(path, ":") {
				return
			}
		}
	}
	head, rest, ok := strings.Cut(path, ".")
	if i := strings.IndexByte(head, '['); i > 0 {
		head, ok = head[:i], false
	}
	if strings.HasPrefix(strings.ToLower(path), "urn:") {
		i := strings.LastIndexByte(path, ':')
		if ext, found := member(m, path[:i]); found {
			if em, isMap := ext.(map[string]any); isMap {
				removePath(em, path[i+1:])
			}
		}
		return
	}
	x, found := member(m, head)
	if !found {
		return
	}
	if !ok {
		for k := range m {
			if strings.EqualFold(k, head) {
				delete(m, k)
			}
		}
		return
	}
	switch t := x.(type) {
	case map[string]any:
		removePath(t, rest)
	case []any:
		for _, e := range t {
			if em, isMap := e.(map[string]any); isMap {
				removePath(em, rest)
			}
		}
	}
}

// sameOrEmpty: null, [] and absence are the same state (RFC 7643 section 2.5).
func sameOrEmpty(a, b any) bool {
	if isEmpty(a) && isEmpty(b) {
		return true
	}
	return equalUnordered(a, b)
}

func isEmpty(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case []any:
		for _, x := range t {
			if !isEmpty(x) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, x := range t {
			if !isEmpty(x) {
				return false
			}
		}
		return true
	}
	return false
}

// equalUnordered compares with the order of multi-valued attributes ignored.
func equalUnordered(a, b any) bool {
	_, _, _, same := firstDifference(a, b, "")
	return same
}

func firstDifference(a, b any, path string) (string, any, any, bool) {
	if a == nil || b == nil { // null, absence and emptiness are one state, nothing else equals them
		return path, a, b, isEmpty(a) && isEmpty(b)
	}
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return path, a, b, isEmpty(a) && isEmpty(b)
		}
		return mapDifference(x, y, path)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return path, a, b, isEmpty(a) && isEmpty(b)
		}
		rest := slices.Clone(y)
		for _, e := range x {
			i := slices.IndexFunc(rest, func(o any) bool { return equalUnordered(e, o) })
			if i < 0 {
				return path, a, b, false
			}
			rest = slices.Delete(rest, i, i+1)
		}
		return "", nil, nil, true
	}
	return path, a, b, isEmpty(a) && isEmpty(b) || sameValue(a, b, path)
}

func mapDifference(x, y map[string]any, path string) (string, any, any, bool) {
	keys := sortedKeys(x)
	for _, k := range sortedKeys(y) {
		if _, ok := member(x, k); !ok {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		p := k
		if path != "" {
			p = join(path, k)
		}
		xv, _ := member(x, k)
		yv, _ := member(y, k)
		if q, a, b, same := firstDifference(xv, yv, p); !same {
			return q, a, b, false
		}
	}
	return "", nil, nil, true
}

// matchList judges the set that a list query returned.
func matchList(c matchCall) verdict {
	a, ok := c.args.(map[string]any)
	if !ok {
		return broken("list: needs an object")
	}
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	if c.resp.status() >= 300 {
		return verdict{expected: "a ListResponse", actual: "status " + statusText(c.resp)}
	}
	got, _ := m["Resources"].([]any)
	var ids []string
	for _, r := range got {
		if rm, ok := r.(map[string]any); ok {
			ids = append(ids, text(rm["id"]))
		}
	}
	at := &result.Locus{Where: "response", Pointer: "/Resources", Offset: max(v.Get("Resources").Offset(), 0)}
	for _, t := range listTests {
		if arg, ok := a[t.key]; ok {
			if exp, act, good := t.test(arg, m, got, ids); !good {
				return verdict{expected: exp, actual: act, at: at}
			}
		}
	}
	if p, ok := a["ordered-by"]; ok {
		desc := a["descending"] == true
		if exp, act, good := ordered(got, text(p), desc); !good {
			return verdict{expected: exp, actual: act, at: at}
		}
	}
	return verdict{ok: true, expected: "the right set"}
}

var listTests = []struct {
	key  string
	test func(arg any, m map[string]any, got []any, ids []string) (string, string, bool)
}{
	{"total", func(arg any, m map[string]any, got []any, _ []string) (string, string, bool) {
		return "totalResults " + text(arg), "totalResults " + show(m["totalResults"]), scim.Equal(arg, m["totalResults"])
	}},
	{"min-total", func(arg any, m map[string]any, _ []any, _ []string) (string, string, bool) {
		n, _ := m["totalResults"].(int)
		w, _ := arg.(int)
		return "totalResults of at least " + text(arg), "totalResults " + show(m["totalResults"]), n >= w
	}},
	{"count", func(arg any, _ map[string]any, got []any, _ []string) (string, string, bool) {
		return text(arg) + " resources", fmt.Sprintf("%d resources", len(got)), scim.Equal(arg, len(got))
	}},
	{"max", func(arg any, _ map[string]any, got []any, _ []string) (string, string, bool) {
		n, _ := arg.(int)
		return "at most " + text(arg) + " resources", fmt.Sprintf("%d resources", len(got)), len(got) <= n
	}},
	{"contains", func(arg any, _ map[string]any, _ []any, ids []string) (string, string, bool) {
		for _, w := range texts(arg) {
			if !slices.Contains(ids, w) {
				return "the resource " + w + " among the results", shortIDs(ids), false
			}
		}
		return "", "", true
	}},
	{"excludes", func(arg any, _ map[string]any, _ []any, ids []string) (string, string, bool) {
		for _, w := range texts(arg) {
			if slices.Contains(ids, w) {
				return "the resource " + w + " not among the results", shortIDs(ids), false
			}
		}
		return "", "", true
	}},
	{"only", func(arg any, _ map[string]any, _ []any, ids []string) (string, string, bool) {
		want := texts(arg)
		a, b := slices.Clone(want), slices.Clone(ids)
		sort.Strings(a)
		sort.Strings(b)
		return "exactly " + shortIDs(want), shortIDs(ids), slices.Equal(slices.Compact(a), slices.Compact(b)) // what stands twice is judged by the automatic check
	}},
}

func shortIDs(ids []string) string {
	if len(ids) == 0 {
		return "no resource"
	}
	if len(ids) > 8 {
		return fmt.Sprintf("%d resources (%s, …)", len(ids), strings.Join(ids[:6], ", "))
	}
	return strings.Join(ids, ", ")
}

// ordered compares by simple text order without regard to case; authors only sort values whose
// order no locale disputes (errata-and-ambiguities D9).
func ordered(got []any, path string, desc bool) (string, string, bool) {
	var vals []string
	for _, r := range got {
		m, _ := r.(map[string]any)
		v, ok := lookup(m, path)
		if ok && v != nil {
			vals = append(vals, strings.ToLower(text(v)))
		}
	}
	sorted := slices.Clone(vals)
	sort.Strings(sorted)
	if desc {
		slices.Reverse(sorted)
	}
	return "order " + strings.Join(sorted, " < "), strings.Join(vals, " < "), slices.Equal(vals, sorted)
}
