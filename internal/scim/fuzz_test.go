package scim

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// seed adds bodies that every fuzz target of JSON starts from.
func seed(f *testing.F) {
	for _, s := range []string{userBody, matchUser, patchUser, patchGroup, user(""), `{}`, `[]`, `null`, `"x"`, `-0.5e+3`, `{"a":{"a":{"A":[1,{"b":null}]}}}`,
		"{\"\xff\":\"\\ud800\"}", strings.Repeat("[", 600), `{"a":1,"A":2,"a":3}`, "\xef\xbb\xbf{}", "[1,]", `{"schemas":["` + SchemaListResponse + `"],"totalResults":1,"Resources":[{}]}`} {
		f.Add([]byte(s))
	}
}

func FuzzView(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseView(b)
		if valid := json.Valid(b); (err == nil) != valid && !tooDeep(b) {
			t.Fatalf("encoding/json says %v, we say %v", valid, err)
		}
		Duplicates(b)
		if err != nil {
			je, ok := err.(*JSONError)
			if !ok || je.Offset < 0 || je.Offset > len(b) || je.Line < 1 || je.Col < 1 {
				t.Fatalf("%#v", err)
			}
			return
		}
		if want, err := Decode(b); err != nil || !cmp.Equal(want, v.Value()) {
			t.Fatalf("Value %v, Decode %v %v", v.Value(), want, err)
		}
		walkView(t, b, v, 0)
		v.At("emails[0].value")
		v.At(SchemaEnterprise + ":manager.value")
		CheckErrorBody(v, 400)
		CheckListResponse(v, ListQuery{})
		canon := Canonical(v.Value())
		if !cmp.Equal(canon, Canonical(canon)) {
			t.Fatalf("Canonical is not idempotent: %v", canon)
		}
	})
}

func tooDeep(b []byte) bool {
	return bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) > MaxDepth
}

func walkView(t *testing.T, body []byte, v View, depth int) {
	if got := string(body[v.Offset() : v.Offset()+len(v.Raw())]); got != v.Raw() {
		t.Fatalf("%s: offset %d shows %q, want %q", v.Pointer(), v.Offset(), got, v.Raw())
	}
	n := 0
	v.Each(func(key string, c View) bool {
		n++
		if v.IsObject() && (c.KeyOffset() < v.Offset() || body[c.KeyOffset()] != '"') {
			t.Fatalf("%s: key offset %d", c.Pointer(), c.KeyOffset())
		}
		walkView(t, body, c, depth+1)
		return true
	})
	if n != v.Len() {
		t.Fatalf("%s: %d and %d children", v.Pointer(), n, v.Len())
	}
	if v.IsString() && !utf8.ValidString(v.Str()) {
		t.Fatalf("%s: Str is not UTF-8", v.Pointer())
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range rfcFilters {
		f.Add(s)
	}
	for _, s := range []string{`emails[type eq "work"].value eq "x"`, `not(a pr)`, `((a pr))`, `a eq "\ud800"`, `a eq 1e99999`, `urn:x:2.0:User.a.b ne null`, "a eq \"\xff\"", `a[b[c pr]]`} {
		f.Add(s)
	}
	user := map[string]any{"schemas": []any{SchemaUser}, "userName": "a", "emails": []any{map[string]any{"value": "x", "type": "work"}, nil, "y"}, "active": true}
	f.Fuzz(func(t *testing.T, s string) {
		lenient, _, lerr := ParseFilterLenient(s)
		filter, err := ParseFilter(s)
		if err != nil {
			se, ok := err.(*SyntaxError)
			if !ok || se.Offset < 0 || se.Offset > len(s) || se.Msg == "" || strings.Count(se.Caret(), "\n") != 1 || se.Error() == "" {
				t.Fatalf("%#v", err)
			}
			if lerr == nil {
				Match(lenient, user, nil)
			}
			return
		}
		if lerr != nil {
			t.Fatalf("lenient refuses what strict reads: %v", lerr)
		}
		text := FormatFilter(filter)
		again, err := ParseFilter(text)
		if err != nil {
			t.Fatalf("%q formats to %q: %v", s, text, err)
		}
		if d := cmp.Diff(filter, again, ignorePlaces); d != "" {
			t.Fatalf("%q formats to %q: %s", s, text, d)
		}
		if Match(filter, user, nil) == Match(&Not{filter}, user, nil) {
			t.Fatalf("%q and its negation agree", s)
		}
		CheckFilter(filter, nil)
	})
}

func FuzzPath(f *testing.F) {
	for _, s := range append(patchPaths, "urn:a:b", "urn:a:1.0:B:c:d.e", "http://x/y:z", "emails[0].value", "$ref", "a.$ref", "::", "urn:1.0:1.0:1.0:") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		res := map[string]any{"emails": []any{map[string]any{"type": "work"}}, "name": map[string]any{}}
		for _, parse := range []func(string) (Path, error){ParsePath, ParseAttrPath} {
			p, err := parse(s)
			if err != nil {
				if se, ok := err.(*SyntaxError); !ok || se.Offset < 0 || se.Offset > len(s) || se.Caret() == "" {
					t.Fatalf("%#v", err)
				}
				continue
			}
			again, err := parse(p.String())
			if err != nil {
				t.Fatalf("%q formats to %q: %v", s, p, err)
			}
			if d := cmp.Diff(p, again, ignorePlaces); d != "" {
				t.Fatalf("%q formats to %q: %s", s, p, d)
			}
			StandardSchemas().Attribute(SchemaUser, p)
			GetPath(res, p)
			if p.Index < 1000 {
				SetPath(res, p, "v")
				SetPath(res, p, nil)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, path := range patchPaths {
		for i, v := range patchValues {
			p, _ := json.Marshal(path)
			f.Add([]byte(`{"schemas":["` + SchemaPatchOp + `"],"Operations":[{"op":"` + []string{"add", "remove", "Replace"}[i%3] + `","path":` + string(p) + `,"value":` + v + `}]}`))
		}
	}
	f.Add([]byte(`{"schemas":["` + SchemaPatchOp + `"],"Operations":[{"op":"add","value":{"name.givenName":"x","id":"1","meta":{}}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseView(b)
		if err != nil {
			return
		}
		for _, tol := range []Tolerances{{}, AllTolerances()} {
			ops, perr := tol.ParsePatch(v)
			if perr != nil {
				if perr.Status != 400 || perr.ScimType == "" {
					t.Fatal(perr)
				}
				continue
			}
			before := resource(t, patchUser)
			out, changed, perr := ApplyPatch(before, ops, userType, nil, tol)
			if !cmp.Equal(before, resource(t, patchUser)) {
				t.Fatal("the resource changed")
			}
			if changed == Equal(out, before) || perr != nil && changed {
				t.Fatalf("changed = %v, %v", changed, perr)
			}
			if out["id"] != "1" || !namesSchema(out, SchemaUser) {
				t.Fatalf("id or schemas lost: %v", out)
			}
		}
	})
}

func FuzzSchema(f *testing.F) {
	seed(f)
	for _, sc := range StandardSchemas().Schemas() {
		b, _ := json.Marshal(map[string]any{"schemas": []string{SchemaListResponse}, "Resources": []any{sc}})
		f.Add(b)
	}
	f.Add([]byte(`{"Resources":[{"id":"urn:x","attributes":[{"name":"a","type":"complex","subAttributes":[{"name":"b","subAttributes":[{}]}]}],"schemaExtensions":{"schema":"x"}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		set, violations := ParseSchemas(b)
		types, more := ParseResourceTypes(b)
		for _, v := range append(violations, more...) {
			if v.Code == "" || v.Message == "" || v.Offset < 0 || v.Offset > len(b) {
				t.Fatalf("%+v", v)
			}
		}
		set = set.WithResourceTypes(types)
		v, err := ParseView(b)
		if err != nil {
			return
		}
		for _, rt := range append(types, userType) {
			for _, s := range []*SchemaSet{set, nil} {
				for _, viol := range Validate(v, rt, s, ValidateOptions{}) {
					if viol.Code == "" || viol.Message == "" || viol.Offset < 0 || viol.Offset > len(b) {
						t.Fatalf("%+v", viol)
					}
				}
			}
		}
	})
}
