package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/suites"
)

// Stories are written for the mappings of a profile. A company's own mapping (--mapping) sends some attributes otherwise,
// or not at all; what a story knows of those is not held against the target.

const remappedWhy = "the mapping of --mapping sends otherwise, or not at all: "

// mapped leaves such attributes out of an expectation of a resource.
func (c matchCall) mapped(want map[string]any) (map[string]any, string) {
	p := c.s.profile()
	if p == nil || len(want) == 0 || len(p.RemappedTargets()) == 0 {
		return want, ""
	}
	var out []string
	left := prune(want, "", func(path string) bool {
		own := p.Remapped(path)
		if own {
			out = append(out, path)
		}
		return own
	})
	if len(left) == 0 && len(out) > 0 {
		return nil, remappedWhy + strings.Join(out, ", ")
	}
	return left, ""
}

func prune(m map[string]any, at string, own func(string) bool) map[string]any {
	out := map[string]any{}
	for _, k := range sortedKeys(m) {
		path := k
		switch {
		case strings.HasPrefix(strings.ToLower(at), "urn:"):
			path = at + ":" + k
		case at != "":
			path = at + "." + k
		}
		if inner, ok := m[k].(map[string]any); ok && len(inner) > 0 {
			if left := prune(inner, path, own); len(left) > 0 {
				out[k] = left
			}
		} else if !own(path) {
			out[k] = m[k]
		}
	}
	return out
}

// speaking are the matchers whose argument names attributes in other ways.
var speaking = []string{"that", "equals", "present", "absent", "type"}

// remapped says which attribute that the company maps otherwise a check speaks of. What asks for mapped() goes by the
// company's mapping anyway.
func (s *scope) remapped(k *suites.Check) string {
	p := s.profile()
	if p == nil || k.Args == nil || !slices.Contains(speaking, k.Matcher) || len(p.RemappedTargets()) == 0 {
		return ""
	}
	words := k.Args.Source()
	if strings.Contains(words, "mapped(") {
		return ""
	}
	if k.Actual != nil {
		words += " " + k.Actual.Source()
	}
	if item, ok := s.vars["item"].(map[string]any); ok {
		words += " " + text(item["path"])
	}
	for _, t := range p.RemappedTargets() {
		name := t[strings.LastIndexByte(t, ':')+1:]
		if i := strings.LastIndexByte(name, '.'); i >= 0 && strings.HasPrefix(name, "name.") {
			name = name[i+1:]
		}
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(words) {
			return remappedWhy + t
		}
	}
	return ""
}
