package suites

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

func mustTemplate(t *testing.T, src string) *Template {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(src), &n); err != nil {
		t.Fatal(err)
	}
	tpl, err := CompileTemplate(&n, Pos{File: "t.yaml", Line: 1, Col: 1})
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return tpl
}

var templateEnv = map[string]any{
	"name": "Ana", "n": 3, "f": 2.0, "no": nil, "yes": true, "slash": "a/b<c>&é",
	"obj": map[string]any{"b": 1, "a": "x"}, "upper3": func(s string) string { return strings.ToUpper(s) },
}

func TestRenderJSON(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"order", "{z: 1, a: 2}", `{"z":1,"a":2}`},
		{"types", "[1, 2.5, 1.0, true, null, text, '1', 2024-01-02, 2011-05-13T04:42:34Z]", `[1,2.5,1,true,null,"text","1","2024-01-02","2011-05-13T04:42:34Z"]`},
		{"typed expression", "{n: '{{ n }}', f: '{{ f }}', y: '{{ yes }}', o: '{{ obj }}'}", `{"n":3,"f":2,"y":true,"o":{"a":"x","b":1}}`},
		{"text", "{t: 'x {{ n }} {{ name }}{{ no }}.'}", `{"t":"x 3 Ana."}`},
		{"nil member omitted", "{a: '{{ no }}', b: null, c: 1}", `{"b":null,"c":1}`},
		{"nested omission", "{name: {givenName: '{{ no }}', x: {y: '{{ no }}'}}, c: 1}", `{"c":1}`},
		{"empty mapping stays", "{name: {}}", `{"name":{}}`},
		{"all omitted at the top", "{a: '{{ no }}'}", `{}`},
		{"list items omitted", "[{a: '{{ no }}'}, '{{ no }}', 1]", `[1]`},
		{"no html escaping", "{a: '{{ slash }}', b: \"a/b<\\n\\t\\u0001\\\"\\\\\"}", `{"a":"a/b<c>&é","b":"a/b<\n\t\u0001\"\\"}`},
		{"braces in expression", `{a: '{{ {"x": {"y": n}}.x.y }}', b: '{{ "}}" + name }}'}`, `{"a":3,"b":"}}Ana"}`},
		{"function", `{a: '{{ upper3(name) }}'}`, `{"a":"ANA"}`},
		{"key", `{'{{ name }}.x': 1}`, `{"Ana.x":1}`},
		{"alias and merge", "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}", `{"a":{"x":1,"y":2},"b":{"x":1,"y":2},"c":{"x":1,"y":3}}`},
		{"block text", "a: |\n  {{ name }}\n  b\n", `{"a":"Ana\nb\n"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := mustTemplate(t, tt.src).RenderJSON(templateEnv)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRenderKeep(t *testing.T) {
	v, err := mustTemplate(t, "{a: '{{ no }}', b: ['{{ no }}']}").RenderKeep(templateEnv)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]any{"a": nil, "b": []any{nil}}, Plain(v)); d != "" {
		t.Error(d)
	}
}

func TestRenderKeepsIdentity(t *testing.T) {
	person := &Object{Keys: []string{"a"}, Values: map[string]any{"a": 1}}
	v, err := mustTemplate(t, "{person: '{{ p }}'}").Render(map[string]any{"p": person})
	if err != nil {
		t.Fatal(err)
	}
	if v.(*Object).Get("person") != person {
		t.Error("the value of a lone expression must be the same object")
	}
}

func TestRenderEscaped(t *testing.T) {
	tpl := mustTemplate(t, "/Users/{{ slash }}/x?y")
	got, err := tpl.RenderEscaped(templateEnv, url.PathEscape)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/Users/a%2Fb%3Cc%3E&%C3%A9/x?y"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	if _, err := mustTemplate(t, "/Users/{{ no }}").RenderEscaped(templateEnv, url.PathEscape); err == nil {
		t.Error("an empty path value must be an error")
	}
}

func TestCompileTemplateErrors(t *testing.T) {
	tests := []struct {
		src, want string
		line, col int
	}{
		{"a: {{ x.y }}", "must be quoted", 1, 4},
		{"a: 'x {{ n '", "{{ without }}", 1, 7},
		{"a: '{{ }}'", "empty {{ }}", 1, 8},
		{"a: 'x {{ n + }}'", "bad expression", 1, 12},
		{"b: 1\na: {x: 1, x: 2}", `duplicate key "x"`, 2, 11},
		{"a: .inf", "no form in JSON", 1, 4},
		{"a: &a [*a]", "alias contains itself", 0, 0},
	}
	for _, tt := range tests {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(tt.src), &n); err != nil {
			t.Fatal(tt.src, err)
		}
		_, err := CompileTemplate(&n, Pos{File: "t.yaml"})
		ps, ok := err.(Problems)
		if !ok || len(ps) != 1 {
			t.Errorf("%s: got %v", tt.src, err)
			continue
		}
		if !strings.Contains(ps[0].Msg, tt.want) || ps[0].Pos.Line != tt.line || ps[0].Col != tt.col {
			t.Errorf("%s: got %v %s, want %d:%d %s", tt.src, ps[0].Pos, ps[0].Msg, tt.line, tt.col, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	got, err := Text("Deactivate {{ name }} ({{ n }})", templateEnv)
	if err != nil || got != "Deactivate Ana (3)" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Text("x {{ n", templateEnv); err == nil {
		t.Error("an open expression must be an error")
	}
}

func TestParseObject(t *testing.T) {
	const in = `{"z":1.50,"a":{"y":[{"b":null,"a":true}],"x":"é<"},"n":12345678901234567890}`
	o, err := ParseObject([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.MarshalJSON()
	if err != nil || string(out) != in {
		t.Errorf("got %s, %v", out, err)
	}
	for _, bad := range []string{"", "[]", `{"a":`, `{} x`, strings.Repeat("[", 2000)} {
		if _, err := ParseObject([]byte(bad)); err == nil {
			t.Errorf("%.20q must be an error", bad)
		}
	}
}
