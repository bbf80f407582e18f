package scim

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEqual(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":null,"c":[],"d":{"e":null}}`, `{"A":1.0}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":"x"}`, `{"a":"X"}`, false},
		{`[1,2,3]`, `[3,1,2]`, true},
		{`[1,1,2]`, `[1,2,2]`, false},
		{`[{"value":"a","type":"t"},{"value":"b"}]`, `[{"value":"b"},{"TYPE":"t","value":"a"}]`, true},
		{`[1]`, `1`, false}, {`"1"`, `1`, false}, {`true`, `"true"`, false}, {`[]`, `null`, true},
		{`12345678901234567890`, `12345678901234567891`, false},
		{`1e2`, `100`, true}, {`0.5`, `5e-1`, true}, {`{}`, `[]`, true}, {`false`, `null`, false}, {`""`, `null`, false},
	} {
		a, _ := Decode([]byte(tc.a))
		b, _ := Decode([]byte(tc.b))
		if got := Equal(a, b); got != tc.want {
			t.Errorf("Equal(%s, %s) = %v", tc.a, tc.b, got)
		}
		if got := Equal(b, a); got != tc.want {
			t.Errorf("Equal(%s, %s) = %v", tc.b, tc.a, got)
		}
	}
	if !Equal(json.Number("5"), 5) || !Equal(5.0, int64(5)) || Equal(5, nil) {
		t.Error("Go numbers differ from JSON numbers")
	}
}

// Two bodies that differ at the bottom are compared in time, however deep they are.
func TestEqualDeep(t *testing.T) {
	for _, level := range []string{`[`, `{"a":`, `[{"a":`, `[1,`, `{"b":1,"a":[2,`} {
		n := MaxDepth / (strings.Count(level, "[") + strings.Count(level, "{"))
		closing := strings.NewReplacer("[", "]", "{", "}")
		end := ""
		for _, c := range level {
			if strings.ContainsRune("[{", c) {
				end = closing.Replace(string(c)) + end
			}
		}
		build := func(bottom string) any {
			v, err := Decode([]byte(strings.Repeat(level, n) + bottom + strings.Repeat(end, n)))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if !Equal(build("1"), build("1.0")) || Equal(build("1"), build("2")) {
			t.Errorf("%s: wrong verdict", level)
		}
	}
}

func TestGetAndSetPath(t *testing.T) {
	r := resource(t, patchUser)
	get := func(s string) any {
		p, err := ParseAttrPath(s)
		if err != nil {
			if p, err = ParsePath(s); err != nil {
				t.Fatal(err)
			}
		}
		v, _ := GetPath(r, p)
		return v
	}
	set := func(s string, v any) {
		p, err := ParseAttrPath(s)
		if err != nil {
			if p, err = ParsePath(s); err != nil {
				t.Fatal(err)
			}
		}
		SetPath(r, p, v)
	}
	for path, want := range map[string]any{
		"USERNAME": "bjensen", "name.givenName": "Barbara", `emails[type eq "home"].value`: "b@home.org", "emails[0].type": "work",
		"emails.type": []any{"work", "home"}, "emails[7].type": nil, `emails[type eq "x"]`: nil, SchemaUser + ":title": "VP",
		SchemaEnterprise + ":department": nil, "noSuch": nil,
	} {
		if d := cmp.Diff(want, get(path)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
	}
	for _, path := range []string{"nickName", "name.middleName", SchemaEnterprise + ":department", SchemaEnterprise + ":manager.value",
		`phoneNumbers[type eq "work"].value`, `emails[type eq "home"].display`, "ims[0].value", SchemaUser + ":locale"} {
		set(path, "new")
		if got := get(path); got != "new" {
			t.Errorf("%s: %v", path, got)
		}
		set(path, nil)
		if got := get(path); got != nil {
			t.Errorf("%s still %v", path, got)
		}
	}
	set(`emails[type eq "work"]`, nil)
	if got := get("emails.type"); !Equal(got, []any{"home"}) {
		t.Errorf("emails %v", got)
	}
}
