package suites

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type decoded struct {
	Pos      Pos
	Name     string            `yaml:"name"`
	Count    int               `yaml:"count"`
	Ratio    float64           `yaml:"ratio"`
	On       bool              `yaml:"on"`
	Wait     time.Duration     `yaml:"wait"`
	List     []string          `yaml:"list"`
	Map      map[string]string `yaml:"map"`
	Any      any               `yaml:"any"`
	Body     *Template         `yaml:"body"`
	When     *Expr             `yaml:"when"`
	Inner    *decoded          `yaml:"inner"`
	Inners   []decoded         `yaml:"inners"`
	ignored  string
	Unmarked string
}

func TestInto(t *testing.T) {
	root, d := ParseYAML("c.yaml", []byte(`
name: x
count: 3
ratio: 1
on: true
wait: 1m30s
list: one
map: {a: b}
any: {z: 1, a: [true, null, 2.5]}
body: {t: "{{ 1 + 1 }}"}
when: 1 < 2
inner: {name: y}
inners: [{count: 1}, {count: 2}]
`))
	var v decoded
	root.Into(&v)
	if ps := d.Problems(); len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	if v.Name != "x" || v.Count != 3 || v.Ratio != 1 || !v.On || v.Wait != 90*time.Second || v.Map["a"] != "b" || v.Inner.Name != "y" || len(v.Inners) != 2 || v.Inners[1].Count != 2 {
		t.Errorf("got %+v", v)
	}
	if d := cmp.Diff([]string{"one"}, v.List); d != "" {
		t.Error(d)
	}
	if b, err := EncodeJSON(v.Any); err != nil || string(b) != `{"z":1,"a":[true,null,2.5]}` {
		t.Errorf("any: %s %v", b, err)
	}
	if b, err := v.Body.RenderJSON(nil); err != nil || string(b) != `{"t":2}` {
		t.Errorf("body: %s %v", b, err)
	}
	if ok, err := v.When.True(nil); !ok || err != nil {
		t.Errorf("when: %v %v", ok, err)
	}
	if v.Pos.Line != 2 || v.Inner.Pos.Line != 12 {
		t.Errorf("places: %v %v", v.Pos, v.Inner.Pos)
	}
}

func TestIntoProblems(t *testing.T) {
	tests := []struct{ src, want string }{
		{"nmae: x", `c.yaml:1:1: unknown key "nmae" in a decoded (did you mean "name"?)`},
		{"name: 1", `c.yaml:1:7: this must be text, it is a number (quote it: '1')`},
		{"name: [a]", `c.yaml:1:7: this must be text, it is a list`},
		{"count: 1.5", `c.yaml:1:8: this must be a whole number, it is a number`},
		{"count: many", `c.yaml:1:8: this must be a whole number, it is text`},
		{"on: on", `c.yaml:1:5: this must be true or false, it is text`},
		{"wait: 10", `c.yaml:1:7: "10" is no duration (write it like 500ms, 10s or 2m)`},
		{"list: {a: b}", `c.yaml:1:7: this must be a list, it is a mapping`},
		{"inner: 3", `c.yaml:1:8: this must be a mapping, it is a number`},
		{"inners:\n- count: 1\n  count: 2", `c.yaml:3:3: duplicate key "count"; it stands in line 2 already`},
		{"body: {a: '{{ ( }}'}", `c.yaml:1:15: bad expression: unexpected token EOF`},
		{"when: '{{ x }}'", `c.yaml:1:7: an expression is written without {{ }} here (leave the braces out)`},
		{"ignored: x", `c.yaml:1:1: unknown key "ignored" in a decoded (known are name, count, ratio, on, wait, list, map, any, body, when, inner, inners)`},
	}
	for _, tt := range tests {
		root, d := ParseYAML("c.yaml", []byte(tt.src))
		var v decoded
		root.Into(&v)
		if got := d.Problems().Error(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.src, got, tt.want)
		}
		_ = v.ignored
	}
}

func TestNilNodeIsSafe(t *testing.T) {
	var n *Node
	var m *Mapping
	if n.Text() != "" || n.Int() != 0 || n.Bool() || n.Items() != nil || n.Texts() != nil || n.Expr() != nil || n.Template() != nil || n.Value() != nil || n.Map("x", nil) != nil {
		t.Error("a nil node must give zero values")
	}
	if m.Get("a") != nil || m.Has("a") || m.Keys() != nil || m.Need("a", "b") != nil || m.Node() != nil {
		t.Error("a nil mapping must be empty")
	}
	n.Into(&struct{}{})
	n.Errorf("", "nothing happens")
}

func TestNearest(t *testing.T) {
	words := []string{"status", "resource", "okta/create-user", "okta/deactivate-user", "present"}
	tests := []struct {
		word string
		want []string
	}{
		{"stauts", []string{"status"}}, {"STATUS", []string{"status"}}, {"create-user", []string{"okta/create-user"}},
		{"okta/deactivat-user", []string{"okta/deactivate-user"}}, {"res", []string{"resource"}}, {"zzz", nil}, {"", nil},
		{strings.Repeat("x", 500), nil},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, Nearest(tt.word, words, 2)); d != "" {
			t.Errorf("%q: %s", tt.word, d)
		}
	}
}

func TestBuiltinsGiveWay(t *testing.T) {
	env := map[string]any{"get": func(any, string) string { return "scim" }, "type": func(any) string { return "json" }, "repeat": func(string, int) string { return "many" }}
	for src, want := range map[string]any{`get({}, "a")`: "scim", `type(1)`: "json", `repeat("a", 2)`: "many", `upper("a")`: "A", `missing`: nil, `missing?.x`: nil} {
		e, err := CompileExpr(src, Pos{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.Eval(env); err != nil || got != want {
			t.Errorf("%s = %v, %v", src, got, err)
		}
	}
	e, err := CompileExpr("1", Pos{File: "f.yaml", Line: 2, Col: 3})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := e.True(nil); ok || err == nil || !strings.HasPrefix(err.Error(), "f.yaml:2:3") {
		t.Errorf("a number is no condition: %v %v", ok, err)
	}
}

func TestParseSteps(t *testing.T) {
	root, d := ParseYAML("op.yaml", []byte(`
- id: match
  send: {GET: /Users, raw-query: 'filter={{ urlq(person.login) }}'}
  react:
    - {when: status == 404, set: {hits: 0}}
    - {when: hits > 1, done: true, set: {person.target: body.id}}
    - fail: 'Error: {{ reason }}'
      cites: [OKTA-USERS-R3]
- when: hits == 0
  send: {POST: /Users, build: create-user, with: {person: '{{ person }}'}}
- use: link-user
  with: {person: '{{ persn }}'}
`))
	var refs []string
	steps := root.Steps(Options{Operation: true, Vars: []string{"person"}, OnRef: func(r Ref) { refs = append(refs, r.Kind+" "+r.Name) }})
	if got, want := d.Problems().Error(), `op.yaml:12:22: unknown variable "persn" (did you mean "person"?)`; got != want {
		t.Errorf("got %s", got)
	}
	if d := cmp.Diff([]string{"builder create-user", "operation link-user"}, refs); d != "" {
		t.Error(d)
	}
	if len(steps) != 3 || len(steps[0].React) != 3 || steps[0].React[1].Set[0].Name != "person.target" || steps[1].ID != "s2" || steps[1].Send.Build != "create-user" {
		t.Errorf("got %+v", steps)
	}
	lib, _ := Catalogue()
	steps[0].React[2].Cites = append(steps[0].React[2].Cites, "OKTA-USERS-R999")
	if ps := lib.CheckSteps(steps); len(ps) != 1 || !strings.Contains(ps[0].Msg, "OKTA-USERS-R999") {
		t.Errorf("got %v", ps)
	}
	unchecked, ps := ParseSteps(root.YAML(), "op.yaml", Options{Operation: true})
	if len(ps) > 0 || len(unchecked) != 3 {
		t.Errorf("got %v", ps)
	}
}
