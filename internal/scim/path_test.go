package scim

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ignorePlaces compares filters and paths by meaning.
var ignorePlaces = cmp.Options{
	cmpopts.IgnoreFields(Path{}, "Raw", "Pos"), cmpopts.IgnoreFields(Compare{}, "Pos"),
}

func eq(attr string, v any) *Compare { return &Compare{Path: Path{Attr: attr}, Op: "eq", Value: v} }

func TestParsePath(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want Path
	}{
		// RFC 7644 figure 8
		{`members`, Path{Attr: "members"}},
		{`name.familyName`, Path{Attr: "name", Sub: "familyName"}},
		{`addresses[type eq "work"]`, Path{Attr: "addresses", Filter: eq("type", "work")}},
		{`members[value eq "2819c223-7f76-453a-919d-413861904646"]`, Path{Attr: "members", Filter: eq("value", "2819c223-7f76-453a-919d-413861904646")}},
		{`members[value eq "2819"].displayName`, Path{Attr: "members", Filter: eq("value", "2819"), Sub: "displayName"}},
		// the RFC's own example without a space before the quote
		{`members[value eq"2819c223...919d-413861904646"]`, Path{Attr: "members", Filter: eq("value", "2819c223...919d-413861904646")}},
		{`members.$ref`, Path{Attr: "members", Sub: "$ref"}},
		{SchemaUser + `:userName`, Path{URN: SchemaUser, Attr: "userName"}},
		{SchemaUser + `:name.givenName`, Path{URN: SchemaUser, Attr: "name", Sub: "givenName"}},
		{SchemaEnterprise + `:employeeNumber`, Path{URN: SchemaEnterprise, Attr: "employeeNumber"}},
		{SchemaEnterprise + `.manager`, Path{URN: SchemaEnterprise, Attr: "manager"}},
		{SchemaEnterprise + `.manager.value`, Path{URN: SchemaEnterprise, Attr: "manager", Sub: "value"}},
		{SchemaEnterprise, Path{URN: SchemaEnterprise}},
		{SchemaUser + `:emails[type eq "work"].value`, Path{URN: SchemaUser, Attr: "emails", Filter: eq("type", "work"), Sub: "value"}},
		{`urn:acme:2.0:User:contacts[primary eq true].value`, Path{URN: "urn:acme:2.0:User", Attr: "contacts", Filter: eq("primary", true), Sub: "value"}},
		{`urn:acme:1.0:core:2.0:User:dept`, Path{URN: "urn:acme:1.0:core:2.0:User", Attr: "dept"}},
		{`urn:acme:1.0:core:2.0:User`, Path{URN: "urn:acme:1.0:core:2.0:User"}},
		{`urn:acme:dept`, Path{URN: "urn:acme", Attr: "dept"}},
		{`urn:okta:app_1:1.0:user:custom:login`, Path{URN: "urn:okta:app_1:1.0:user:custom", Attr: "login"}},
		{`http://schemas.example.com/2006/Group:x`, Path{URN: "http://schemas.example.com/2006/Group", Attr: "x"}},
	} {
		got, err := ParsePath(tc.in)
		if err != nil {
			t.Errorf("%s: %v", tc.in, err)
			continue
		}
		if d := cmp.Diff(tc.want, got, ignorePlaces); d != "" {
			t.Errorf("%s: %s", tc.in, d)
		}
		if got.Raw != tc.in {
			t.Errorf("%s: Raw %q", tc.in, got.Raw)
		}
	}
}

func TestParsePathErrors(t *testing.T) {
	for _, tc := range []struct {
		in  string
		off int
		msg string
	}{
		{``, 0, "where an attribute name belongs"},
		{` members`, 0, "where an attribute name belongs"},
		{`members `, 7, "after the path"},
		{`name.`, 5, "missing"},
		{`name.a.b`, 6, "second sub-attribute"},
		{`9name`, 0, "in the attribute name"},
		{`na/me`, 2, "in the attribute name"},
		{`emails[type eq "work"`, 6, "never closed"},
		{`emails[type eq "work"]value`, 22, "after the path"},
		{`emails[type eq "work"].`, 23, "no sub-attribute name"},
		{`emails[0].value`, 7, "no array index"},
		{`emails[]`, 7, "where an attribute name belongs"},
		{`emails[type eq]`, 14, "no value"},
		{`emails[type regex "x"]`, 12, "not known"},
		{`emails[a[b eq 1] eq 2]`, 8, "inside a value filter"},
		{`name.givenName[x eq 1]`, 14, "follows a multi-valued attribute"},
		{`:x`, 0, "in the attribute name"},
		{`urn:x:`, 6, "missing"},
		{"urn:x\x01y:a", 5, "schema URN"},
		{SchemaUser + `[type eq "x"]`, len(SchemaUser), "follows a multi-valued attribute"},
	} {
		_, err := ParsePath(tc.in)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: error %v", tc.in, err)
			continue
		}
		if se.Offset != tc.off || !strings.Contains(se.Msg, tc.msg) {
			t.Errorf("%q: offset %d %q, want %d %q", tc.in, se.Offset, se.Msg, tc.off, tc.msg)
		}
	}
}

func TestParseAttrPathIndex(t *testing.T) {
	got, err := ParseAttrPath("emails[12].value")
	if err != nil || got.Attr != "emails" || !got.HasIndex || got.Index != 12 || got.Sub != "value" {
		t.Errorf("%+v, %v", got, err)
	}
	if s := got.String(); s != "emails[12].value" {
		t.Errorf("String %s", s)
	}
	for _, bad := range []string{`emails[type eq "x"]`, `emails[-1]`, `emails[1`, `emails[99999999999]`, `a b`, `a[0]x`} {
		if _, err := ParseAttrPath(bad); err == nil {
			t.Errorf("%s accepted", bad)
		}
	}
}

func TestCaret(t *testing.T) {
	_, err := ParseFilter(`userName regex "é"`)
	var se *SyntaxError
	if !errors.As(err, &se) {
		t.Fatal(err)
	}
	if got, want := se.Caret(), "userName regex \"é\"\n         ^"; got != want {
		t.Errorf("caret:\n%s\nwant:\n%s", got, want)
	}
	long := strings.Repeat("é", 100) + "?" + strings.Repeat("x", 100)
	e := &SyntaxError{Input: long, Offset: 200, Msg: "m"}
	lines := strings.Split(e.Caret(), "\n")
	if at := len([]rune(lines[1])) - 1; []rune(lines[0])[at] != '?' {
		t.Errorf("caret of a long input:\n%s", e.Caret())
	}
	if !strings.HasPrefix(lines[0], "…") || !strings.HasSuffix(lines[0], "…") {
		t.Errorf("long input is not cut: %s", lines[0])
	}
}

func TestResolveWithSchemas(t *testing.T) {
	set := NewSchemaSet([]*Schema{{ID: "urn:acme:user", Attributes: []*Attribute{{Name: "badge", Type: "string"}}}}, nil)
	p, err := ParsePath("urn:acme:user") // without a version the last colon looks like the attribute's
	if err != nil || p.Attr != "user" {
		t.Fatalf("%+v %v", p, err)
	}
	if r := set.Resolve(p); r.URN != "urn:acme:user" || r.Attr != "" {
		t.Errorf("resolved to %+v", r)
	}
	p, _ = ParsePath("urn:acme:user:badge")
	if set.Attribute("", set.Resolve(p)) == nil {
		t.Error("badge not found")
	}
}
