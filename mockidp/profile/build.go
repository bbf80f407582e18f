package profile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// Builder makes the body of one request from a profile and the arguments of its step: a pure
// function, without HTTP, state, clock or chance. The bytes are compact JSON in the client's key order.
type Builder func(in input) ([]byte, error)

// input of a builder.
type input struct {
	profile *Profile
	args    map[string]any
}

// Builders are all builders by name, as `build:` of a step calls them.
func Builders() map[string]Builder {
	return map[string]Builder{
		"create-user":    buildCreateUser,
		"put-user":       buildPutUser,
		"whole-user":     buildWholeUser,
		"put-active":     buildPutActive,
		"put-password":   buildPutPassword,
		"create-group":   buildCreateGroup,
		"put-group":      buildPutGroup,
		"members-add":    buildMembersAdd,
		"members-change": buildMembersChange,
		"members-set":    buildMembersSet,
		"members-remove": buildMembersRemove,
		"patch-user":     buildPatchUser,
		"patch-changes":  buildPatchChanges,
		"patch-active":   buildPatchActive,
	}
}

// Build calls a builder by name. The argument `traits` is laid over the profile's traits.
func (p *Profile) Build(name string, args map[string]any) ([]byte, error) {
	b, ok := Builders()[name]
	if !ok {
		return nil, fmt.Errorf("no builder %q", name)
	}
	q := *p
	q.Traits = p.Merged(asMap(args["traits"]))
	out, err := b(input{&q, args})
	if err != nil {
		return nil, fmt.Errorf("builder %s of %s: %w", name, p.ID, err)
	}
	return out, nil
}

// person is the directory's person with the changes of this operation applied.
func (in input) person() (map[string]any, error) {
	p := asMap(in.args["person"])
	if p == nil {
		return nil, fmt.Errorf("argument person is %T, not a person of the directory", in.args["person"])
	}
	return applied(p, changesOf(p, in.args["changes"])), nil
}

func (in input) group() (map[string]any, error) {
	g := asMap(in.args["group"])
	if g == nil {
		return nil, fmt.Errorf("argument group is %T, not a group of the directory", in.args["group"])
	}
	return g, nil
}

func (in input) people(name string) []any { return provisioned(in.args[name]) }

// trait is a trait as text.
func (in input) trait(name string) string { return text(in.profile.Traits[name]) }

func (in input) traitOn(name string) bool {
	b, _ := in.profile.Traits[name].(bool)
	return b
}

// current is the JSON that the server gave: what is put back must be an object.
func (in input) current() (*tree, error) {
	var raw []byte
	switch c := in.args["current"].(type) {
	case string:
		raw = []byte(c)
	case []byte:
		raw = c
	case map[string]any, *suites.Object: // an entry of a list: its member order is not kept, so only for comparing
		return fromAny(c), nil
	default:
		return nil, fmt.Errorf("argument current is %T, not the text of an answer", in.args["current"])
	}
	t, err := parseTree(raw)
	if err != nil {
		return nil, err
	}
	if t.kind != 'o' {
		return nil, fmt.Errorf("the answer is no JSON object, so there is nothing to put back")
	}
	return t, nil
}

// preferred is the order of members in the values of multi-valued attributes that come from the
// directory as plain maps (Okta's roles and entitlements: okta.md 7.3; Entra's: entra.md 2.2).
var preferred = []string{"primary", "value", "display", "type", "displayName"}

// fromAny makes a tree of a directory value.
func fromAny(v any) *tree {
	switch x := v.(type) {
	case *tree:
		return x
	case nil, string, bool, json.Number:
		return leaf(x)
	case *suites.Object:
		o := object()
		for _, k := range x.Keys {
			o.set(k, fromAny(x.Values[k]))
		}
		return o
	case map[string]any:
		o := object()
		for _, k := range orderedKeys(x, preferred) {
			o.set(k, fromAny(x[k]))
		}
		return o
	case int, int64, float64:
		return leaf(json.Number(strings.TrimSuffix(fmt.Sprint(x), ".0")))
	}
	if l := asList(v); l != nil {
		a := array()
		for _, it := range l {
			a.items = append(a.items, fromAny(it))
		}
		return a
	}
	return leaf(fmt.Sprint(v))
}

func orderedKeys(m map[string]any, first []string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if ra, rb := rankOf(a, first), rankOf(b, first); ra != rb {
			return ra - rb
		}
		return strings.Compare(a, b)
	})
	return keys
}

func rankOf(k string, first []string) int {
	if i := slices.Index(first, k); i >= 0 {
		return i
	}
	return len(first)
}

// goValue is the plain Go value of a tree, for comparing.
func (t *tree) goValue() any {
	switch {
	case t == nil:
		return nil
	case t.kind == 'o':
		m := map[string]any{}
		for _, x := range t.members {
			m[x.key] = x.val.goValue()
		}
		return m
	case t.kind == 'a':
		l := make([]any, len(t.items))
		for i, x := range t.items {
			l[i] = x.goValue()
		}
		return l
	}
	return plain(t.scalar)
}

// ordered is the value of a tree for templates, which keep the order of members.
func (t *tree) ordered() any {
	switch t.kind {
	case 'o':
		o := &suites.Object{Values: map[string]any{}}
		for _, m := range t.members {
			o.Keys = append(o.Keys, m.key)
			o.Values[m.key] = m.val.ordered()
		}
		return o
	case 'a':
		l := make([]any, len(t.items))
		for i, x := range t.items {
			l[i] = x.ordered()
		}
		return l
	}
	return t.scalar
}

// filled is one mapping with the value that it gives.
type filled struct {
	m *Mapping
	v any
}

// fill evaluates the mappings that apply ("create" or "update") and keeps those with a value. What
// only accompanies an entry of a list (its type, its primary flag) counts only where the entry itself has a sourced value.
func (p *Profile) fill(ms []Mapping, who map[string]any, apply string) []filled {
	var out []filled
	sourced := map[string]bool{}
	for i := range ms {
		m := &ms[i]
		if m.Apply != "" && m.Apply != apply {
			continue
		}
		v := p.value(m, who)
		if v == nil {
			continue
		}
		if m.at.fAttr != "" && !m.HasConst && (m.Default == nil || v != m.Default) {
			sourced[m.entry()] = true
		}
		out = append(out, filled{m, v})
	}
	return slices.DeleteFunc(out, func(f filled) bool { return f.m.at.fAttr != "" && !sourced[f.m.entry()] })
}

// entry names the entry of a list that the mapping writes into.
func (m *Mapping) entry() string {
	head, _, _ := strings.Cut(m.Target, "]")
	return head
}

// schemasOf lists a User's schemas: core, then the extensions that the values use, in their order.
func schemasOf(core string, fs []filled, listExtension func(urn string) bool) *tree {
	a := array(leaf(core))
	seen := map[string]bool{core: true}
	for _, f := range fs {
		if u := f.m.at.urn; u != "" && !seen[u] && listExtension(u) {
			seen[u] = true
			a.items = append(a.items, leaf(u))
		}
	}
	return a
}

func patchMessage(ops ...*tree) []byte {
	return object().
		set("schemas", array(leaf(scim.SchemaPatchOp))).
		set("Operations", array(ops...)).bytes()
}

// operation is one PATCH operation in the order op, path, value; a path of "" and a nil value are left out.
func operation(op, path string, value *tree) *tree {
	o := object().set("op", leaf(op))
	if path != "" {
		o.set("path", leaf(path))
	}
	if value != nil {
		o.set("value", value)
	}
	return o
}
