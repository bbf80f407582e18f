package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	genName = rapid.StringMatching(`([a-zA-Z]|\$[a-z])[a-zA-Z0-9$_-]{0,8}`)
	genURN  = rapid.OneOf(rapid.Just(""), rapid.Just(SchemaUser), rapid.Just(SchemaEnterprise),
		rapid.StringMatching(`urn:[a-z]{1,5}:[a-z]{1,5}(:[0-9]\.[0-9]:[A-Z][a-z]{1,5}(:[a-z]{1,4})?)?`))
	genLiteral = rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Int(), func(i int) any { return json.Number(itoa(i)) }),
		rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?`), func(s string) any { return json.Number(s) }),
		rapid.Just[any](nil),
	)
	genOp = rapid.SampledFrom([]string{"eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "pr"})
)

func drawPath(t *rapid.T, urn bool) Path {
	p := Path{Attr: genName.Draw(t, "attr")}
	if urn {
		p.URN = genURN.Draw(t, "urn")
	}
	if rapid.Bool().Draw(t, "hasSub") {
		p.Sub = genName.Draw(t, "sub")
	}
	return p
}

func drawFilter(t *rapid.T, depth int, inValue bool) Filter {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	if depth <= 0 {
		kind = 0
	}
	switch kind {
	case 1, 2:
		terms := make([]Filter, rapid.IntRange(2, 3).Draw(t, "terms"))
		for i := range terms {
			terms[i] = drawFilter(t, depth-1, inValue)
		}
		if kind == 1 {
			return &And{Terms: terms}
		}
		return &Or{Terms: terms}
	case 3:
		return &Not{Filter: drawFilter(t, depth-1, inValue)}
	case 4:
		if !inValue {
			p := drawPath(t, true)
			p.Sub = ""
			return &ValuePath{Path: p, Filter: drawFilter(t, depth-1, true)}
		}
	}
	c := &Compare{Path: drawPath(t, !inValue), Op: genOp.Draw(t, "op")}
	if c.Op != "pr" {
		c.Value = genLiteral.Draw(t, "value")
	}
	return c
}

// Law: parse(format(filter)) = filter.
func TestLawFilterFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFilter(t, 4, false)
		text := FormatFilter(f)
		got, err := ParseFilter(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(f, got, ignorePlaces); d != "" {
			t.Fatalf("%s: %s", text, d)
		}
		if lenient, entra, err := ParseFilterLenient(text); err != nil || entra || !cmp.Equal(got, lenient) {
			t.Fatalf("%s: lenient reads otherwise: %v %v", text, entra, err)
		}
	})
}

// Law: parse(format(path)) = path.
func TestLawPathFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPath(t, true)
		if rapid.Bool().Draw(t, "hasFilter") {
			sub := p.Sub
			p.Sub = ""
			p.Filter = drawFilter(t, 2, true)
			p.Sub = sub
		}
		got, err := ParsePath(p.String())
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if d := cmp.Diff(p, got, ignorePlaces); d != "" {
			t.Fatalf("%s: %s", p, d)
		}
	})
}

// Law: not (f) matches exactly when f does not; and, or are commutative.
func TestLawMatchLogic(t *testing.T) {
	base := resource(t, matchUser)
	leaves := []string{`userName co "b"`, `title pr`, `nickName pr`, `active eq true`, `emails.type eq "home"`, `emails[type eq "work" and primary eq true]`,
		`noSuch pr`, `meta.created gt "2000-01-01T00:00:00Z"`, SchemaEnterprise + `:department eq "x"`, `displayName eq null`}
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string) Filter {
			f, err := ParseFilter(rapid.SampledFrom(leaves).Draw(t, label))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		a, b := pick("a"), pick("b")
		x, y := Match(a, base, nil), Match(b, base, nil)
		for _, tc := range []struct {
			f    Filter
			want bool
		}{
			{&Not{a}, !x}, {&And{[]Filter{a, b}}, x && y}, {&And{[]Filter{b, a}}, x && y}, {&Or{[]Filter{a, b}}, x || y},
			{&Not{&And{[]Filter{a, b}}}, !x || !y}, {&Not{&Not{a}}, x},
		} {
			if got := Match(tc.f, base, nil); got != tc.want {
				t.Fatalf("%s: %v", tc.f, got)
			}
		}
	})
}

var (
	patchPaths = []string{"userName", "title", "active", "name", "name.givenName", "emails", "emails.type", `emails[type eq "work"]`,
		`emails[type eq "work"].value`, `emails[type eq "x"].primary`, `emails[primary eq true]`, "addresses", "groups", "id", "schemas",
		"noSuch", "name.noSuch", SchemaEnterprise, SchemaEnterprise + ":department", SchemaEnterprise + ":manager", SchemaEnterprise + ".manager.value", "emails[", ""}
	patchValues = []string{`"x"`, `""`, `null`, `true`, `"False"`, `5`, `[]`, `{}`, `{"value":"n@x.com","type":"work","primary":true}`,
		`[{"value":"n@x.com","type":"work"},{"value":"b@work.com","type":"work"}]`, `{"givenName":"G","familyName":null}`, `{"department":"D"}`,
		`[{"value":"a","primary":true},{"value":"b","primary":true}]`, `{"title":"T","name.givenName":"N"}`, `["` + SchemaUser + `"]`, `[null]`, `[[1]]`}
)

func drawOps(t *rapid.T) []Op {
	ops := make([]Op, rapid.IntRange(1, 4).Draw(t, "ops"))
	for i := range ops {
		op := Op{Op: rapid.SampledFrom([]string{"add", "replace", "remove", "Add"}).Draw(t, "op")}
		if op.HasPath = rapid.IntRange(0, 4).Draw(t, "hasPath") > 0; op.HasPath {
			op.Path = rapid.SampledFrom(patchPaths).Draw(t, "path")
		}
		if op.HasValue = op.Op != "remove" || rapid.Bool().Draw(t, "hasValue"); op.HasValue {
			v, err := Decode([]byte(rapid.SampledFrom(patchValues).Draw(t, "value")))
			if err != nil {
				t.Fatal(err)
			}
			op.Value = v
		}
		ops[i] = op
	}
	return ops
}

// Laws: a patch never changes the resource it is given, nor its own operations; with an error the resource comes back; at
// most one value is primary; schemas names an extension when there is data of it; required attributes stay; and changed is true
// when and only when the result differs.
func TestLawPatchAtomic(t *testing.T) {
	pristine := resource(t, patchUser)
	rapid.Check(t, func(t *rapid.T) {
		ops := drawOps(t)
		opsText, _ := json.Marshal(ops)
		before, _ := Clone(pristine).(map[string]any)
		tol := rapid.SampledFrom([]Tolerances{{}, AllTolerances()}).Draw(t, "tolerances")
		out, changed, err := ApplyPatch(before, ops, userType, nil, tol)
		if d := cmp.Diff(pristine, before); d != "" {
			t.Fatalf("the resource changed: %s", d)
		}
		if again, _ := json.Marshal(ops); string(again) != string(opsText) {
			t.Fatalf("the operations changed: %s", again)
		}
		if err != nil {
			if changed || !cmp.Equal(out, pristine) || err.Status != 400 || err.ScimType == "" || err.Detail == "" {
				t.Fatalf("failed patch: changed %v, %v", changed, err)
			}
			return
		}
		if changed == Equal(out, pristine) {
			t.Fatalf("changed = %v", changed)
		}
		if _, perr := onePrimary(asItems(out["emails"]), "emails"); perr != nil {
			t.Fatal(perr)
		}
		if Assigned(out[SchemaEnterprise]) != namesSchema(out, SchemaEnterprise) && Assigned(out[SchemaEnterprise]) {
			t.Fatalf("extension without its URN: %v", out)
		}
		if s, _ := out["userName"].(string); s == "" || out["id"] != "1" || !namesSchema(out, SchemaUser) {
			t.Fatalf("required or readOnly attribute lost: %v", out)
		}
		body, _ := json.Marshal(out)
		v, perr := ParseView(body)
		if perr != nil {
			t.Fatal(perr)
		}
		for _, viol := range Validate(v, userType, nil, ValidateOptions{Request: true}) {
			if !viol.Note && viol.Code != "duplicate-value" {
				t.Fatalf("the result is no valid resource: %s", viol)
			}
		}
	})
}

func asItems(v any) []any {
	items, _ := v.([]any)
	return items
}

// Law: one operation applied twice has the effect of one; replace and remove always, add because values are never doubled.
func TestLawPatchIdempotent(t *testing.T) {
	pristine := resource(t, patchUser)
	rapid.Check(t, func(t *rapid.T) {
		op := drawOps(t)[:1]
		once, _, err := ApplyPatch(pristine, op, userType, nil, AllTolerances())
		if err != nil {
			return
		}
		twice, changed, err := ApplyPatch(once, op, userType, nil, AllTolerances())
		if err != nil {
			if err.ScimType == NoTarget { // the first took the target away
				return
			}
			t.Fatalf("%v: %v", op, err)
		}
		if changed || !Equal(once, twice) {
			t.Fatalf("%+v: %s", op, cmp.Diff(once, twice))
		}
	})
}

// Laws of Equal: reflexive, symmetric, blind to the order of arrays and to unassigned members.
func TestLawEqual(t *testing.T) {
	genValue := rapid.Deferred(func() *rapid.Generator[any] { return genJSON(3) })
	rapid.Check(t, func(t *rapid.T) {
		a, b := genValue.Draw(t, "a"), genValue.Draw(t, "b")
		if !Equal(a, Clone(a)) {
			t.Fatalf("%v differs from its copy", a)
		}
		if Equal(a, b) != Equal(b, a) {
			t.Fatalf("not symmetric: %v, %v", a, b)
		}
		list := rapid.SliceOf(genValue).Draw(t, "list")
		perm := rapid.Permutation(list).Draw(t, "perm")
		if !Equal(list, perm) {
			t.Fatalf("order matters: %v, %v", list, perm)
		}
		if !Equal(map[string]any{"x": a}, map[string]any{"X": a, "y": nil, "z": []any{nil}}) {
			t.Fatalf("unassigned members matter beside %v", a)
		}
	})
}

func genJSON(depth int) *rapid.Generator[any] {
	scalar := rapid.OneOf(genLiteral, rapid.Just[any](nil))
	if depth == 0 {
		return scalar
	}
	return rapid.OneOf(scalar,
		rapid.Map(rapid.SliceOfN(genJSON(depth-1), 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "B", "value"}), genJSON(depth-1), 0, 3), func(m map[string]any) any { return m }))
}
