package mockidp

import (
	"fmt"
	"slices"
	"strings"
)

// operators of scoping filters, as they are shown.
var operators = []string{"equals", "not-equals", "contains", "starts-with", "is-null", "is-not-null"}

// inScope: every clause of the scoping filters holds.
func (c *connection) inScope(doc map[string]any) bool {
	return !slices.ContainsFunc(c.app.Settings.Filters, func(f Clause) bool { return !f.holds(text(doc[c.m.attribute(f.Attribute)])) })
}

func (f Clause) holds(v string) bool {
	switch f.Operator {
	case "equals":
		return strings.EqualFold(v, f.Value)
	case "not-equals":
		return !strings.EqualFold(v, f.Value)
	case "contains":
		return strings.Contains(strings.ToLower(v), strings.ToLower(f.Value))
	case "starts-with":
		return strings.HasPrefix(strings.ToLower(v), strings.ToLower(f.Value))
	case "is-null":
		return v == ""
	case "is-not-null":
		return v != ""
	}
	return false
}

// String is the clause as the administrator reads it.
func (f Clause) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Attribute, strings.ReplaceAll(f.Operator, "-", " "), f.Value))
}

func (r PushRule) holds(name string) bool {
	n, v := strings.ToLower(name), strings.ToLower(r.Value)
	switch r.Operator {
	case "equals":
		return n == v
	case "contains":
		return strings.Contains(n, v)
	case "starts-with":
		return strings.HasPrefix(n, v)
	case "ends-with":
		return strings.HasSuffix(n, v)
	}
	return false
}
