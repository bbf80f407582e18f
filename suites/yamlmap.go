package suites

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Mapping is a YAML mapping with its keys in order. A nil Mapping is empty.
type Mapping struct {
	node *Node
	keys []*Node
	vals []*Node
}

// Map reads a mapping. what names it in messages ("a step"); allowed are its keys, nil when any
// key may stand there. Unknown and duplicate keys are problems; unknown ones are left out.
func (n *Node) Map(what string, allowed []string) *Mapping {
	if n == nil {
		return nil
	}
	m := &Mapping{node: n}
	if n.y.Kind != yaml.MappingNode {
		n.wrongKind("a mapping")
		return m
	}
	if _, ok := unquotedBraces(n.y); ok {
		n.wrongKind("a mapping")
		return m
	}
	seen := map[string]*Node{}
	for i := 0; i+1 < len(n.y.Content); i += 2 {
		k := &Node{y: n.y.Content[i], d: n.d}
		if k.y.Kind != yaml.ScalarNode {
			k.Errorf("", "a key must be text")
			continue
		}
		name := k.y.Value
		if first := seen[name]; first != nil {
			k.Errorf("", "duplicate key %q; it stands in line %d already", name, first.y.Line)
			continue
		}
		seen[name] = k
		if allowed != nil && !slices.Contains(allowed, name) {
			k.Errorf(suggest(name, allowed), "unknown key %q in %s", name, what)
			continue
		}
		m.keys = append(m.keys, k)
		m.vals = append(m.vals, &Node{y: n.y.Content[i+1], d: n.d})
	}
	return m
}

// Node of the mapping itself.
func (m *Mapping) Node() *Node {
	if m == nil {
		return nil
	}
	return m.node
}

// Get is the value of a key, nil when it is not there.
func (m *Mapping) Get(key string) *Node {
	if m == nil {
		return nil
	}
	for i, k := range m.keys {
		if k.y.Value == key {
			return m.vals[i]
		}
	}
	return nil
}

// Has tells whether a key is there.
func (m *Mapping) Has(key string) bool { return m.Get(key) != nil }

// Key is the node of a key itself, for messages.
func (m *Mapping) Key(key string) *Node {
	if m == nil {
		return nil
	}
	for _, k := range m.keys {
		if k.y.Value == key {
			return k
		}
	}
	return nil
}

// Keys lists the keys in order.
func (m *Mapping) Keys() []string {
	if m == nil {
		return nil
	}
	out := make([]string, len(m.keys))
	for i, k := range m.keys {
		out[i] = k.y.Value
	}
	return out
}

// complete tells that it is a mapping and that no key of it was refused, so that what is missing
// is worth a message of its own.
func (m *Mapping) complete() bool {
	return m != nil && m.node.IsMapping() && len(m.keys) == len(m.node.y.Content)/2
}

// Each walks the members in order.
func (m *Mapping) Each(f func(key, value *Node)) {
	if m == nil {
		return
	}
	for i := range m.keys {
		f(m.keys[i], m.vals[i])
	}
}

// Need is Get that reports a missing key at the beginning of the mapping.
func (m *Mapping) Need(key, what string) *Node {
	v := m.Get(key)
	if v.IsNull() && m != nil && m.node.IsMapping() {
		m.node.Errorf("", "%s needs %q", what, key)
		return nil
	}
	return v
}

// Into decodes the node strictly into a Go value: structs by their yaml tags (unknown keys are
// problems), slices, maps with string keys, scalars, time.Duration, *Template, *Expr and Pos (a
// field of type Pos gets the place of its struct).
func (n *Node) Into(v any) {
	if rv := reflect.ValueOf(v); n != nil && rv.Kind() == reflect.Pointer && !rv.IsNil() {
		n.into(rv.Elem())
	}
}

var (
	typeTemplate = reflect.TypeFor[*Template]()
	typeExpr     = reflect.TypeFor[*Expr]()
	typePos      = reflect.TypeFor[Pos]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeNode     = reflect.TypeFor[*Node]()
)

func (n *Node) into(v reflect.Value) {
	switch v.Type() {
	case typeTemplate:
		v.Set(reflect.ValueOf(n.Template()))
		return
	case typeExpr:
		v.Set(reflect.ValueOf(n.Expr()))
		return
	case typeNode:
		v.Set(reflect.ValueOf(n))
		return
	case typeDuration:
		n.intoDuration(v)
		return
	}
	if n.IsNull() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		n.into(p.Elem())
		v.Set(p)
	case reflect.String:
		v.SetString(n.Text())
	case reflect.Bool:
		v.SetBool(n.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n.Int()))
	case reflect.Float64:
		v.SetFloat(n.Float())
	case reflect.Interface:
		if x := n.Value(); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	case reflect.Slice:
		items := n.ItemsOrOne()
		out := reflect.MakeSlice(v.Type(), len(items), len(items))
		for i, item := range items {
			item.into(out.Index(i))
		}
		v.Set(out)
	case reflect.Map:
		n.intoMap(v)
	case reflect.Struct:
		n.intoStruct(v)
	}
}

func (n *Node) intoDuration(v reflect.Value) {
	d, err := time.ParseDuration(n.Raw())
	if err != nil || d < 0 {
		n.Errorf("write it like 500ms, 10s or 2m", "%q is no duration", n.Raw())
		return
	}
	v.SetInt(int64(d))
}

func (n *Node) intoMap(v reflect.Value) {
	out := reflect.MakeMap(v.Type())
	n.Map("", nil).Each(func(k, val *Node) {
		e := reflect.New(v.Type().Elem()).Elem()
		val.into(e)
		out.SetMapIndex(reflect.ValueOf(k.y.Value).Convert(v.Type().Key()), e)
	})
	v.Set(out)
}

func (n *Node) intoStruct(v reflect.Value) {
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Type == typePos {
			v.Field(i).Set(reflect.ValueOf(n.Pos()))
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		fields[name] = i
		names = append(names, name)
	}
	n.Map(lowerWords(v.Type().Name()), names).Each(func(k, val *Node) {
		val.into(v.Field(fields[k.y.Value]))
	})
}

// lowerWords makes "a cap rule" of CapRule.
func lowerWords(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	s := strings.ToLower(b.String())
	if s == "" {
		return "this mapping"
	}
	if strings.ContainsRune("aeiou", rune(s[0])) {
		return "an " + s
	}
	return "a " + s
}
