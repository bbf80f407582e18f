package profile

import (
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// Env are the variables and functions that steps of an operation have besides those of a suite:
//
//	profile               id, title, vendor of the client being played
//	traits                its traits, with those of the caller (argument `traits`) laid over them
//	mapped(person, path)  the value that the mappings give for a SCIM path
//	pending(person, changes, current)  how many PATCH operations an update would send
//	provisioned(people)   those who have an account in the target
//	joined(list, more), less(list, some)   people by directory id
//	learn(person, changes)  writes changes into the directory's person
//	memberList(people)    members as the client writes them, those who have an account
//	op(name)              add, replace or remove in the letter case of the dialect
func (p *Profile) Env(traits map[string]any) map[string]any {
	merged := p.Merged(traits)
	q := *p
	q.Traits = merged
	return map[string]any{
		"profile":     map[string]any{"id": p.ID, "title": p.Title, "vendor": p.Vendor},
		"traits":      merged,
		"mapped":      func(person any, path string) any { return q.Mapped(asMap(person), path) },
		"pending":     q.pending,
		"provisioned": provisioned,
		"joined":      joined,
		"less":        less,
		"learn":       func(person, changes any) any { return learn(asMap(person), asMap(changes)) },
		"memberList":  func(people any) any { return input{profile: &q}.memberList(provisioned(people)).ordered() },
		"op":          func(name string) string { return input{profile: &q}.op(name) },
	}
}

// Functions are the names of the functions of Env, for the check of names in operations.
func Functions() []string {
	return []string{"mapped", "pending", "provisioned", "joined", "less", "learn", "memberList", "op"}
}

// Mapped is the value that the user mappings give for a SCIM path, nil when it is not mapped or empty.
func (p *Profile) Mapped(person map[string]any, path string) any {
	for i := range p.Users {
		if m := &p.Users[i]; m.Target == path {
			return p.value(m, person)
		}
	}
	return nil
}

// value of a mapping for a person; nil when there is nothing to send.
func (p *Profile) value(m *Mapping, person map[string]any) any {
	env := map[string]any{"person": person, "group": person, "traits": p.Traits}
	if m.When != nil {
		if ok, err := m.When.True(env); err != nil || !ok {
			return nil
		}
	}
	var v any
	switch {
	case m.HasConst:
		v = m.Constant
	case m.Expr != nil:
		v, _ = m.Expr.Eval(env) // an expression over an absent attribute maps nothing
	default:
		v = person[m.Source]
	}
	if v == nil {
		v = m.Default
	}
	if s, ok := v.(string); ok && s == "" && !m.Empty {
		return nil
	}
	return v
}

// change is an attribute's old and new value.
type change struct{ old, new any }

// changesOf reads the changes of an update: attribute → new value, or attribute → {old, new}. Attributes of which only the new
// value is given have the person's as the old one.
func changesOf(person map[string]any, v any) map[string]change {
	given := asMap(v)
	if given == nil {
		return nil
	}
	out := make(map[string]change, len(given))
	for k, nv := range given {
		if m := asMap(nv); m != nil {
			if n, has := m["new"]; has {
				out[k] = change{m["old"], n}
				continue
			}
		}
		out[k] = change{person[k], nv}
	}
	return out
}

// applied is the person with the changes, as a copy.
func applied(person map[string]any, cs map[string]change) map[string]any {
	out := maps.Clone(person)
	if out == nil {
		out = map[string]any{}
	}
	for k, c := range cs {
		out[k] = c.new
	}
	return out
}

func learn(person, changes map[string]any) any {
	for k, c := range changesOf(person, changes) {
		person[k] = c.new
	}
	return person
}

func (p *Profile) pending(person, changes, current any) (int, error) {
	ops, err := entraUserOps(input{p, map[string]any{"person": person, "changes": changes, "current": current}})
	return len(ops), err
}

func provisioned(people any) []any {
	out := []any{}
	for _, v := range asList(people) {
		if m := asMap(v); m != nil && text(m["target"]) != "" {
			out = append(out, m)
		}
	}
	return out
}

func joined(list, more any) []any {
	out := append([]any{}, asList(list)...)
	for _, v := range asList(more) {
		if !holds(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func less(list, some any) []any {
	out := []any{}
	for _, v := range asList(list) {
		if !holds(asList(some), v) {
			out = append(out, v)
		}
	}
	return out
}

func holds(list []any, v any) bool {
	for _, x := range list {
		if key(x) == key(v) {
			return true
		}
	}
	return false
}

// key identifies a person or group of the directory: the directory id, else the target's.
func key(v any) string {
	m := asMap(v)
	if m == nil {
		return fmt.Sprint(v)
	}
	if id := text(m["id"]); id != "" {
		return "id:" + id
	}
	return "target:" + text(m["target"])
}

func asMap(v any) map[string]any {
	switch m := v.(type) {
	case map[string]any:
		return m
	case *suites.Object:
		return m.Values
	}
	return nil
}

// asList takes any kind of slice: expressions and Go callers make different ones.
func asList(v any) []any {
	switch l := v.(type) {
	case nil:
		return nil
	case []any:
		return l
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice {
		return nil
	}
	out := make([]any, rv.Len())
	for i := range out {
		out[i] = rv.Index(i).Interface()
	}
	return out
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func sameValue(a, b any) bool { return scim.Equal(plain(a), plain(b)) }

// plain gives numbers one form, so that 1 from YAML equals 1 from JSON.
func plain(v any) any {
	switch v.(type) {
	case string, bool, nil, map[string]any, []any:
		return v
	}
	return strings.TrimSuffix(fmt.Sprint(v), ".0")
}
