package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/scim"
)

const extURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func TestLookup(t *testing.T) {
	m := answer(200, `{"id":"1","Title":"Chef","name":{"givenName":"Ana"},"name.familyName":"wrong","emails":[{"value":"a","type":"work"},{"value":"b","type":"home"}],
"`+extURN+`":{"department":"Tools","manager":{"value":"7"}},"Resources":[{"id":"x"}],"nothing":null,"urn:acme:1.0:User":{"a.b":1}}`).value().(map[string]any)
	tests := []struct {
		path  string
		want  any
		found bool
	}{
		{"id", "1", true},
		{"title", "Chef", true},
		{"name.givenName", "Ana", true},
		{"NAME.GIVENNAME", "Ana", true},
		{"name.familyName", nil, false}, // a member with a dot in its name is not the family name
		{"nothing", nil, true},
		{"nobody", nil, false},
		{extURN + ":department", "Tools", true},
		{extURN + ":manager.value", "7", true},
		{extURN + ":division", nil, false},
		{"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "Ana", true},
		{`emails[type eq "home"].value`, "b", true},
		{"emails[1].value", "b", true},
		{"emails[2].value", nil, false},
		{"Resources[0].id", "x", true},
		{"Resources.0.id", "x", true},
		{"id.deeper", nil, false},
	}
	for _, tc := range tests {
		t.Run(tc.path, func(t *testing.T) {
			got, found := lookup(m, tc.path)
			if l, ok := got.([]any); ok && len(l) == 1 { // a filter may select several
				got = l[0]
			}
			if found != tc.found || !cmp.Equal(got, tc.want) {
				t.Errorf("lookup(%s) = %v, %v; want %v, %v", tc.path, got, found, tc.want, tc.found)
			}
		})
	}
	whole, ok := lookup(m, extURN)
	if _, isMap := whole.(map[string]any); !ok || !isMap {
		t.Errorf("the extension itself: %v, %v", whole, ok)
	}
}

func TestSameValue(t *testing.T) {
	tests := []struct {
		want, got any
		path      string
		same      bool
	}{
		{"Ana@x.com", "ana@X.com", "userName", true},
		{"Ana@x.com", "ana@X.com", "emails.value", true},
		{"Ana@x.com", "ana@X.com", `emails[type eq "work"].value`, true},
		{"en-US", "en-us", "locale", true},
		{"Chef", "chef", "title", false},
		{"Ana", "ana", "name.givenName", false},
		{"E-1", "e-1", "externalId", false},
		{"1", 1, "value", false},
		{"true", true, "active", false},
		{true, true, "active", true},
		{1, 1.0, "n", true},
		{1, "1", "n", false},
		{nil, nil, "n", true},
		{"TOOLS", "tools", extURN + ":department", false},
	}
	for _, tc := range tests {
		if got := sameValue(tc.want, tc.got, tc.path); got != tc.same {
			t.Errorf("sameValue(%v, %v, %s) = %v", tc.want, tc.got, tc.path, got)
		}
	}
}

func TestFirstDifference(t *testing.T) {
	tests := []struct{ a, b, path string }{
		{`{"a":1}`, `{"a":1}`, ""},
		{`{"a":1,"b":null,"c":[],"d":{}}`, `{"a":1}`, ""}, // unassigned is one state (RFC 7643 section 2.5)
		{`{"a":1}`, `{"a":1,"b":[],"c":{"d":null}}`, ""},
		{`{"a":1}`, `{"A":1}`, ""},
		{`{"a":1}`, `{"a":2}`, "a"},
		{`{"a":1}`, `{}`, "a"},
		{`{}`, `{"z":0}`, "z"},
		{`{}`, `{"z":false}`, "z"},
		{`{}`, `{"z":""}`, "z"},
		{`{"name":{"x":1,"y":2}}`, `{"name":{"x":1,"y":3}}`, "name.y"},
		{`{"l":[1,2,3]}`, `{"l":[3,1,2]}`, ""},
		{`{"l":[1,1,2]}`, `{"l":[1,2,2]}`, "l"},
		{`{"l":[1]}`, `{"l":[1,1]}`, "l"},
		{`{"l":[{"v":"a"},{"v":"b"}]}`, `{"l":[{"v":"b"},{"v":"a","t":null}]}`, ""},
		{`{"l":[1]}`, `{"l":1}`, "l"},
		{`{"l":{"x":1}}`, `{"l":"x"}`, "l"},
		{`{"` + extURN + `":{"department":"a"}}`, `{"` + extURN + `":{"department":"b"}}`, extURN + ":department"},
	}
	tests = append(tests, struct{ a, b, path string }{`{"` + extURN + `":{"manager":{"value":"a"}}}`, `{"` + extURN + `":{"manager":{"value":"b"}}}`, extURN + ":manager.value"})
	for _, tc := range tests {
		a, b := answer(200, tc.a).value(), answer(200, tc.b).value()
		for _, pair := range [][2]any{{a, b}, {b, a}} {
			path, _, _, same := firstDifference(pair[0], pair[1], "")
			if same != (tc.path == "") || !same && path != tc.path {
				t.Errorf("%s and %s: same %v at %q, want %q", tc.a, tc.b, same, path, tc.path)
			}
		}
	}
}

func TestRemovePath(t *testing.T) {
	tests := []struct{ path, want string }{
		{"a", `{"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"` + extURN + `":{"d":1,"e":2}}`},
		{"A", `{"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"` + extURN + `":{"d":1,"e":2}}`},
		{"name.x", `{"a":1,"name":{"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"` + extURN + `":{"d":1,"e":2}}`},
		{"l.v", `{"a":1,"name":{"x":1,"y":2},"l":[{"t":"w"},{}],"` + extURN + `":{"d":1,"e":2}}`},
		{`l[t eq "w"].v`, `{"a":1,"name":{"x":1,"y":2},"` + extURN + `":{"d":1,"e":2}}`},
		{extURN, `{"a":1,"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}]}`},
		{extURN + ":D", `{"a":1,"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"` + extURN + `":{"e":2}}`},
		{"nothing.here", `{"a":1,"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"` + extURN + `":{"d":1,"e":2}}`},
		{"urn:none:x", `{"a":1,"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"` + extURN + `":{"d":1,"e":2}}`},
	}
	for _, tc := range tests {
		m := answer(200, `{"a":1,"name":{"x":1,"y":2},"l":[{"v":1,"t":"w"},{"v":2}],"`+extURN+`":{"d":1,"e":2}}`).value().(map[string]any)
		removePath(m, tc.path)
		if d := cmp.Diff(answer(200, tc.want).value(), any(m)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.path, d)
		}
	}
}

func TestOrdered(t *testing.T) {
	of := func(vals ...any) []any {
		var out []any
		for _, v := range vals {
			out = append(out, map[string]any{"t": v, "name": map[string]any{"x": v}})
		}
		return out
	}
	tests := []struct {
		list []any
		path string
		desc bool
		ok   bool
	}{
		{of("a", "B", "c"), "t", false, true},
		{of("a", "c", "B"), "t", false, false},
		{of("c", "B", "a"), "name.x", true, true},
		{of("a", "b"), "t", true, false},
		{of("a", nil, "b"), "t", false, true}, // where the empty ones stand is the server's choice
		{of(), "t", false, true},
	}
	for _, tc := range tests {
		if exp, act, ok := ordered(tc.list, tc.path, tc.desc); ok != tc.ok {
			t.Errorf("%v by %s, descending %v: %v (%s; %s)", tc.list, tc.path, tc.desc, ok, exp, act)
		}
	}
}

// jsonValue draws a value as JSON has them.
func jsonValue(depth int) *rapid.Generator[any] {
	simple := rapid.OneOf(rapid.Just[any](nil), rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "b") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.IntRange(-3, 3).Draw(t, "n") }), rapid.Custom(func(t *rapid.T) any { return rapid.SampledFrom([]string{"", "a", "A", "b"}).Draw(t, "s") }))
	if depth == 0 {
		return simple
	}
	return rapid.OneOf(simple,
		rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(jsonValue(depth-1), 0, 3).Draw(t, "l") }),
		rapid.Custom(func(t *rapid.T) any {
			return rapid.MapOfN(rapid.SampledFrom([]string{"x", "y", "value"}), jsonValue(depth-1), 0, 3).Draw(t, "m")
		}))
}

// TestComparisonLaws: a value is like itself, likeness has no direction, and what is shuffled or
// changed is told apart rightly.
func TestComparisonLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := jsonValue(3).Draw(t, "a"), jsonValue(3).Draw(t, "b")
		if !equalUnordered(a, a) || !sameOrEmpty(a, scim.Clone(a)) {
			t.Fatalf("%v is not like itself", a)
		}
		if sameOrEmpty(a, b) != sameOrEmpty(b, a) {
			t.Fatalf("%v and %v are alike in one direction only", a, b)
		}
		if equalUnordered(map[string]any{"k": a, "n": 1}, map[string]any{"k": b, "n": 2}) {
			t.Fatal("a changed number was not seen")
		}
		if d := subset(a, a, "p"); d != nil {
			t.Fatalf("%v does not hold itself: %+v", a, d)
		}
	})
}
