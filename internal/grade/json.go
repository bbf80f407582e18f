package grade

import (
	"encoding/json"
	"strings"
)

// member finds a member of an object without regard to letter case (RFC 7643 section 2.1); nil when there is none.
func member(m map[string]any, name string) any {
	v, _ := lookup(m, name)
	return v
}

func lookup(m map[string]any, name string) (any, bool) {
	if v, ok := m[name]; ok {
		return v, true
	}
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

// plain turns numbers into int or float64, so that expressions compare them as numbers.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
	}
	return v
}

func number(v any) (int, bool) {
	n, ok := v.(int)
	return n, ok
}

func assigned(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// nameOf is what a resource is known by: userName, else displayName.
func nameOf(m map[string]any) string {
	for _, n := range []string{"userName", "displayName"} {
		if s, ok := member(m, n).(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int:
		return "integer"
	case float64:
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "unknown"
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
