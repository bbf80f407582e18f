package scim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	thingURN = "urn:acme:core:1.0:Thing"
	extraURN = "urn:acme:ext:1.0:Thing"
	mustURN  = "urn:acme:must:1.0:Thing"
)

// thingSet has every data type and mutability, and a required extension.
func thingSet() (*SchemaSet, ResourceType) {
	rt := ResourceType{Name: "Thing", Endpoint: "/Things", Schema: thingURN,
		Extensions: []SchemaExtension{{Schema: extraURN}, {Schema: mustURN, Required: true}}}
	return NewSchemaSet([]*Schema{
		{ID: thingURN, Attributes: parseAttributes(`
n integer
d decimal
when dateTime
bin binary
ref reference ref=uri
serial string immutable
lines string multi immutable
tags string multi
parts complex multi
  value string required
  secret string immutable
  codes string multi
box complex
  width integer required
  colour string
`)},
		{ID: extraURN, Attributes: parseAttributes("note string\nsize integer")},
		{ID: mustURN, Attributes: parseAttributes("key string required")},
	}, []ResourceType{rt}), rt
}

const thing = `{"schemas":["urn:acme:core:1.0:Thing","urn:acme:ext:1.0:Thing","urn:acme:must:1.0:Thing"],"n":1,"serial":"S","tags":["a","b"],
 "parts":[{"value":"p","secret":"x"},{"value":"q"}],"urn:acme:ext:1.0:Thing":{"note":"N"},"urn:acme:must:1.0:Thing":{"key":"K"}}`

func TestPatchTypesAndMutability(t *testing.T) {
	set, rt := thingSet()
	withoutExtra := `"schemas":["` + thingURN + `","` + mustURN + `"],"` + extraURN + `":null`
	for _, tc := range []patchCase{
		{ops: `[{"op":"replace","path":"n","value":5}]`, want: `{"n":5}`},
		{ops: `[{"op":"replace","path":"n","value":5.5}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"n","value":"5"}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"d","value":5.5}]`, want: `{"d":5.5}`},
		{ops: `[{"op":"replace","path":"d","value":true}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"when","value":"2026-01-01T00:00:00Z"}]`, want: `{"when":"2026-01-01T00:00:00Z"}`},
		{ops: `[{"op":"replace","path":"when","value":"yesterday"}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"bin","value":"QUI"}]`, want: `{"bin":"QUI"}`},
		{ops: `[{"op":"replace","path":"bin","value":"%"}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"ref","value":"urn:x"}]`, want: `{"ref":"urn:x"}`},
		{ops: `[{"op":"replace","path":"ref","value":"a b"}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"n","value":[5]}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"box","value":"x"}]`, err: InvalidValue},
		{ops: `[{"op":"add","path":"tags","value":[["x"]]}]`, err: InvalidValue},

		{ops: `[{"op":"replace","path":"serial","value":"S"}]`},
		{ops: `[{"op":"replace","path":"serial","value":"T"}]`, err: Mutability},
		{ops: `[{"op":"remove","path":"serial"}]`, err: Mutability},
		{ops: `[{"op":"add","path":"lines","value":["x"]}]`, want: `{"lines":["x"]}`},
		{ops: `[{"op":"add","path":"lines","value":["x"]},{"op":"add","path":"lines","value":["y"]}]`, err: Mutability},
		{ops: `[{"op":"add","path":"lines","value":["x"]},{"op":"remove","path":"lines"}]`, err: Mutability},
		{ops: `[{"op":"add","path":"lines","value":["x"]},{"op":"remove","path":"lines[value eq \"x\"]"}]`, err: Mutability},
		{ops: `[{"op":"replace","path":"parts[value eq \"p\"].secret","value":"y"}]`, err: Mutability},
		{ops: `[{"op":"replace","path":"parts[value eq \"q\"].secret","value":"y"}]`, want: `{"parts":[{"value":"p","secret":"x"},{"value":"q","secret":"y"}]}`},
		{ops: `[{"op":"remove","path":"parts[value eq \"q\"].value"}]`, err: Mutability},
		{ops: `[{"op":"add","path":"parts","value":{"secret":"z"}}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"parts[value eq \"q\"]","value":{"secret":"z"}}]`, strict: true, err: InvalidValue},
		{ops: `[{"op":"replace","path":"parts[value eq \"q\"].codes","value":["1","2"]}]`, want: `{"parts":[{"value":"p","secret":"x"},{"value":"q","codes":["1","2"]}]}`},
		{ops: `[{"op":"add","path":"box","value":{"colour":"red"}}]`, err: InvalidValue},
		{ops: `[{"op":"add","path":"box","value":{"colour":"red","width":2,"noSuch":1}}]`, want: `{"box":{"colour":"red","width":2}}`},

		{ops: `[{"op":"add","path":"tags","value":"c"}]`, want: `{"tags":["a","b","c"]}`},
		{ops: `[{"op":"add","path":"tags","value":["A","c"]}]`, want: `{"tags":["a","b","c"]}`},
		{ops: `[{"op":"remove","path":"tags[value eq \"a\"]"}]`, want: `{"tags":["b"]}`},
		{ops: `[{"op":"remove","path":"tags[value pr]"}]`, want: `{"tags":null}`},
		{ops: `[{"op":"replace","path":"tags[value eq \"a\"]","value":"z"}]`, want: `{"tags":["z","b"]}`},
		{ops: `[{"op":"remove","path":"tags","value":["b"]}]`, want: `{"tags":["a"]}`},
		{ops: `[{"op":"add","path":"tags[value eq \"c\"]","value":"c"}]`, want: `{"tags":["a","b","c"]}`},
		{ops: `[{"op":"add","path":"parts[value eq \"r\" and secret eq \"s\"].codes","value":["1"]}]`,
			want: `{"parts":[{"value":"p","secret":"x"},{"value":"q"},{"value":"r","secret":"s","codes":["1"]}]}`},
		{ops: `[{"op":"add","path":"parts[value eq \"r\" or value eq \"s\"].codes","value":["1"]}]`, err: NoTarget},
		{ops: `[{"op":"add","path":"parts[not (value pr)].codes","value":["1"]}]`, err: NoTarget},
		{ops: `[{"op":"remove","path":"parts[value eq \"q\" or value eq \"p\"]"}]`, want: `{"parts":null}`},
		{ops: `[{"op":"add","path":"parts","value":[` + parts(12) + `,{"value":"P"}]}]`, want: `{"parts":[{"value":"p","secret":"x"},{"value":"q"},` + parts(12) + `]}`},
		{ops: `[{"op":"replace","path":"parts","value":[` + parts(12) + `,` + parts(12) + `]}]`, want: `{"parts":[` + parts(12) + `]}`},

		{ops: `[{"op":"remove","path":"` + extraURN + `"}]`, want: `{` + withoutExtra + `}`},
		{ops: `[{"op":"remove","path":"` + extraURN + `:note"}]`, want: `{` + withoutExtra + `}`},
		{ops: `[{"op":"replace","value":{"` + extraURN + `":null}}]`, want: `{` + withoutExtra + `}`},
		{ops: `[{"op":"remove","path":"schemas[value eq \"` + extraURN + `\"]"}]`, want: `{` + withoutExtra + `}`},
		{ops: `[{"op":"replace","path":"schemas","value":["` + thingURN + `","` + mustURN + `"]}]`, want: `{` + withoutExtra + `}`},
		{ops: `[{"op":"replace","path":"schemas","value":["` + thingURN + `"]}]`, err: Mutability},
		{ops: `[{"op":"replace","path":"schemas","value":["` + extraURN + `"]}]`, err: Mutability},
		{ops: `[{"op":"remove","path":"` + mustURN + `"}]`, err: Mutability},
		{ops: `[{"op":"remove","path":"` + mustURN + `:key"}]`, err: Mutability},
		{ops: `[{"op":"remove","path":"` + thingURN + `"}]`, err: Mutability},
		{ops: `[{"op":"replace","path":"` + extraURN + `","value":{"size":4}}]`, want: `{"` + extraURN + `":{"note":"N","size":4}}`},
		{ops: `[{"op":"replace","path":"` + extraURN + `","value":"x"}]`, err: InvalidValue},
		{ops: `[{"op":"replace","path":"` + extraURN + `","value":{"noSuch":4}}]`, err: InvalidPath},
		{ops: `[{"op":"replace","path":"schemas.x","value":"y"}]`, err: InvalidPath},
	} {
		tol := AllTolerances()
		tol.ManagerAsString = false
		if tc.strict {
			tol = Tolerances{}
		}
		before := resource(t, thing)
		ops, err := tol.ParsePatch(resource(t, `{"schemas":["`+SchemaPatchOp+`"],"Operations":`+tc.ops+`}`))
		if err != nil {
			t.Fatal(err)
		}
		out, changed, err := ApplyPatch(before, ops, rt, set, tol)
		if tc.err != "" {
			if err == nil || err.ScimType != tc.err {
				t.Errorf("%s: %v, want %s", tc.ops, err, tc.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.ops, err)
			continue
		}
		want := resource(t, thing)
		if tc.want != "" {
			for k, v := range resource(t, tc.want) {
				if v == nil {
					delete(want, k)
				} else {
					want[k] = v
				}
			}
		}
		if d := cmp.Diff(want, out); d != "" || changed != (tc.want != "") {
			t.Errorf("%s: changed %v %s", tc.ops, changed, d)
		}
	}
}

// parts are n values, enough for the index of long lists.
func parts(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = `{"value":"part` + itoa(i) + `"}`
	}
	return strings.Join(list, ",")
}

func TestPatchErrorIsShortAndNamesTheOperation(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	_, _, err := ApplyPatch(resource(t, patchUser), []Op{{Op: "add", Path: "title", HasPath: true, Value: "t", HasValue: true},
		{Op: "add", Path: "no" + long, HasPath: true, Value: long, HasValue: true}}, userType, nil, Tolerances{})
	if err == nil || len(err.Detail) > 1000 || !strings.HasPrefix(err.Detail, "operation 2 (add ") {
		t.Errorf("%.200v", err)
	}
}
