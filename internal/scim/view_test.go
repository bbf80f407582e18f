package scim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const userBody = `{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "ID": "2819c223", "userName": "bj\u0065nsen@example.com", "active": true, "age": 12345678901234567890, "size": 1.5,
  "name": {"givenName": "Barbara", "familyName": null},
  "emails": [{"value": "a@example.com", "type": "home"}, {"value": "b@example.com", "type": "work"}],
  "a.b": {"#": "odd", "@this": 1},
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Tour", "manager": {"value": "26118915"}}
}`

func mustView(t testing.TB, s string) View {
	t.Helper()
	v, err := ParseView([]byte(s))
	if err != nil {
		t.Fatalf("ParseView: %v", err)
	}
	return v
}

func TestViewGetIgnoresCaseAndNeverReadsPaths(t *testing.T) {
	v := mustView(t, userBody)
	for _, tc := range []struct {
		names []string
		raw   string
	}{
		{[]string{"id"}, `"2819c223"`},
		{[]string{"USERNAME"}, `"bj\u0065nsen@example.com"`},
		{[]string{"emails", "1", "VALUE"}, `"b@example.com"`},
		{[]string{"emails", "2"}, ""},
		{[]string{"emails", "-1"}, ""},
		{[]string{"a.b", "#"}, `"odd"`},
		{[]string{"a.b", "@this"}, `1`},
		{[]string{"name.givenName"}, ""},
		{[]string{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:user", "Department"}, `"Tour"`},
		{[]string{"age"}, `12345678901234567890`},
	} {
		if got := v.Get(tc.names...).Raw(); got != tc.raw {
			t.Errorf("Get(%q) = %q, want %q", tc.names, got, tc.raw)
		}
	}
	if got := v.Get("userName").Str(); got != "bjensen@example.com" {
		t.Errorf("Str = %q", got)
	}
}

func TestViewGetPrefersExactSpelling(t *testing.T) {
	v := mustView(t, `{"USERNAME":1,"userName":2,"username":3}`)
	if got := v.Get("userName").Int(); got != 2 {
		t.Errorf("exact spelling lost: %d", got)
	}
	if got := v.Get("UserName").Int(); got != 1 {
		t.Errorf("first spelling expected, got %d", got)
	}
}

func TestViewAt(t *testing.T) {
	v := mustView(t, userBody)
	for path, raw := range map[string]string{
		"name.givenName":                     `"Barbara"`,
		"name.familyName":                    `null`,
		"emails[0].value":                    `"a@example.com"`,
		"emails[1]":                          `{"value": "b@example.com", "type": "work"}`,
		"emails.value":                       `"a@example.com"`,
		`emails[type eq "work"].value`:       `"b@example.com"`,
		`emails[type eq "other"].value`:      "",
		SchemaUser + ":userName":             `"bj\u0065nsen@example.com"`,
		SchemaEnterprise + ":department":     `"Tour"`,
		SchemaEnterprise + ".manager.value":  `"26118915"`,
		SchemaEnterprise + ":manager.value":  `"26118915"`,
		SchemaEnterprise:                     `{"department": "Tour", "manager": {"value": "26118915"}}`,
		"urn:example:none:1.0:User:whatever": "",
		"a.b":                                `{"#": "odd", "@this": 1}`,
	} {
		if got := v.At(path).Raw(); got != raw {
			t.Errorf("At(%s) = %s, want %s", path, got, raw)
		}
	}
}

func TestViewKinds(t *testing.T) {
	for raw, kind := range map[string]string{`"x"`: "string", `1`: "integer", `-10`: "integer", `1.0`: "number", `1e3`: "number",
		`true`: "boolean", `false`: "boolean", `null`: "null", `{}`: "object", `[]`: "array"} {
		v := mustView(t, `{"v":`+raw+`}`)
		if got := v.Get("v").Kind(); got != kind {
			t.Errorf("%s is %s, want %s", raw, got, kind)
		}
	}
	if got := (View{}).Kind(); got != "absent" {
		t.Errorf("zero View is %s", got)
	}
}

// Every View points at its own bytes, whatever surrounds it.
func TestViewOffsetsAndPointers(t *testing.T) {
	body := []byte(" \n" + userBody + "\n ")
	v := mustView(t, string(body))
	n := 0
	var walk func(View)
	walk = func(w View) {
		n++
		if got := string(body[w.Offset() : w.Offset()+len(w.Raw())]); got != w.Raw() {
			t.Errorf("%s: offset %d shows %q, want %q", w.Pointer(), w.Offset(), got, w.Raw())
		}
		w.Each(func(key string, c View) bool {
			if w.IsObject() {
				if at := c.KeyOffset(); body[at] != '"' || !strings.HasPrefix(string(body[at+1:]), strings.Split(key, `"`)[0]) {
					t.Errorf("%s: key offset %d", c.Pointer(), at)
				}
			} else if c.KeyOffset() != -1 {
				t.Errorf("%s: key offset of an element", c.Pointer())
			}
			walk(c)
			return true
		})
	}
	walk(v)
	if n < 20 {
		t.Errorf("only %d values walked", n)
	}
	if got := v.Get("emails", "1", "type").Pointer(); got != "/emails/1/type" {
		t.Errorf("pointer %s", got)
	}
	if got := mustView(t, `{"a/b~c":1}`).Get("a/b~c").Pointer(); got != "/a~1b~0c" {
		t.Errorf("pointer %s", got)
	}
}

func TestParseViewErrors(t *testing.T) {
	for _, tc := range []struct {
		in        string
		line, col int
		msg       string
	}{
		{``, 1, 1, "empty"},
		{"  \n ", 2, 2, "empty"},
		{`{"a":1,}`, 1, 8, "trailing comma"},
		{`[1,]`, 1, 4, "trailing comma"},
		{"{\"a\":1,\n\"b\" 2}", 2, 5, "':'"},
		{`{"a":1} x`, 1, 9, "after the end"},
		{`{'a':1}`, 1, 2, "member name"},
		{`{"a":tru}`, 1, 6, "where a value belongs"},
		{`{"a":"b`, 1, 6, "never closed"},
		{"{\"a\":\"b\nc\"}", 1, 8, "control character"},
		{`{"a":"\x"}`, 1, 7, "unknown escape"},
		{`{"a":"\u12G4"}`, 1, 7, "hexadecimal"},
		{`[01]`, 1, 3, "must not start with 0"},
		{`[1.]`, 1, 4, "digit"},
		{`[-]`, 1, 3, "digit"},
		{`[1e+]`, 1, 5, "digit"},
		{`[1 2]`, 1, 4, "','"},
		{`[1`, 1, 3, "ends before"},
		{`<html></html>`, 1, 1, `'<'`},
		{"\xef\xbb\xbf{}", 1, 1, "byte order mark"},
		{`NaN`, 1, 1, "where a value belongs"},
		{strings.Repeat("[", MaxDepth+1), 1, MaxDepth + 1, "nested deeper"},
	} {
		_, err := ParseView([]byte(tc.in))
		var je *JSONError
		if !errors.As(err, &je) {
			t.Errorf("%q: error %v", tc.in, err)
			continue
		}
		if je.Line != tc.line || je.Col != tc.col || !strings.Contains(je.Msg, tc.msg) {
			t.Errorf("%q: %v, want line %d col %d %q", tc.in, je, tc.line, tc.col, tc.msg)
		}
	}
}

func TestHostileDepthAndSize(t *testing.T) {
	for _, s := range []string{strings.Repeat("[", 2<<20), strings.Repeat(`{"a":`, 400000), strings.Repeat(`[{"a":[`, 300000)} {
		if _, err := ParseView([]byte(s)); err == nil {
			t.Error("hostile nesting accepted")
		}
		Duplicates([]byte(s))
		if _, err := Decode([]byte(s)); err == nil {
			t.Error("hostile nesting decoded")
		}
	}
	long := `{"a":"` + strings.Repeat("x", 2<<20) + `"}`
	if got := len(mustView(t, long).Get("a").Str()); got != 2<<20 {
		t.Errorf("long string has %d bytes", got)
	}
}

func TestDuplicates(t *testing.T) {
	body := `{"id":"1","emails":[{"value":"a"},{"value":"b","Value":"c"}],"ID":"2","name":{"x":{"y":1,"y":2}},"i\u0064":3}`
	got := Duplicates([]byte(body))
	want := []Duplicate{
		{Pointer: "/emails/1/Value", Offset: strings.Index(body, `"Value"`), Name: "Value", First: "value"},
		{Pointer: "/ID", Offset: strings.Index(body, `"ID"`), Name: "ID", First: "id"},
		{Pointer: "/name/x/y", Offset: strings.LastIndex(body, `"y"`), Name: "y", First: "y"},
		{Pointer: "/id", Offset: strings.Index(body, `"i\u0064"`), Name: "id", First: "id"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := Duplicates([]byte(userBody)); got != nil {
		t.Errorf("false duplicates: %v", got)
	}
}

func TestInvalidUTF8(t *testing.T) {
	if got := InvalidUTF8([]byte("{\"a\":\"\xff\"}")); got != 6 {
		t.Errorf("offset %d", got)
	}
	if got := InvalidUTF8([]byte(`{"a":"é�"}`)); got != -1 {
		t.Errorf("offset %d in valid text", got)
	}
	if got := mustView(t, "{\"a\":\"x\xffy\"}").Get("a").Str(); got != "x\ufffdy" {
		t.Errorf("broken byte reads %q", got)
	}
}

func TestUnescape(t *testing.T) {
	v := mustView(t, `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800x"}`)
	if got, want := v.Get("a").Str(), "\"\\/\b\f\n\r\té😀\ufffdx"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDecodeKeepsNumbers(t *testing.T) {
	got, err := Decode([]byte(`{"n":12345678901234567890,"l":[1.50,null,true,"x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"n": json.Number("12345678901234567890"), "l": []any{json.Number("1.50"), nil, true, "x"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCanonical(t *testing.T) {
	in, _ := Decode([]byte(`{"SCHEMAS":["URN:ietf:params:scim:schemas:core:2.0:user","urn:x"],"USERNAME":"a","username":"b","Name":{"GIVENNAME":"x"},
	 "Emails":[{"VALUE":"v","$REF":"r"}],"favouriteColour":"red","urn:acme:1.0:User":{"Title":"kept"},
	 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user":{"Department":"d"}}`))
	want := map[string]any{
		"schemas": []any{SchemaUser, "urn:x"}, "userName": "a", "name": map[string]any{"givenName": "x"},
		"emails": []any{map[string]any{"value": "v", "$ref": "r"}}, "favouriteColour": "red",
		"urn:acme:1.0:User": map[string]any{"Title": "kept"}, SchemaEnterprise: map[string]any{"department": "d"},
	}
	if d := cmp.Diff(want, Canonical(in)); d != "" {
		t.Error(d)
	}
	list, _ := Decode([]byte(`{"totalresults":1,"resources":[{"userName":"exact","USERNAME":"other"}],"itemsperpage":1}`))
	wantList := map[string]any{"totalResults": json.Number("1"), "itemsPerPage": json.Number("1"),
		"Resources": []any{map[string]any{"userName": "exact"}}}
	if d := cmp.Diff(wantList, Canonical(list)); d != "" {
		t.Error(d)
	}
}
