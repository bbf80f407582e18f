package html

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/result"
)

// poison replaces the texts of a document that people or endpoints write; ids, which link its
// parts, and numbers stay.
func poison(doc *result.Document, evil string) {
	keep := map[string]bool{"ID": true, "Schema": true, "Outcome": true, "Level": true, "Exchange": true, "Exchanges": true, "Checks": true, "Case": true, "Cause": true,
		"Consequences": true, "Evidence": true, "IDP": true, "Profile": true, "State": true, "Conformance": true, "Pointer": true, "Where": true, "BlockedBy": true, "Area": true, "Feature": true, "Cites": true}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() && !keep[v.Type().Field(i).Name] {
					walk(v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.String:
			if v.CanSet() {
				v.SetString(evil)
			}
		}
	}
	schema := doc.Schema
	walk(reflect.ValueOf(doc))
	doc.Schema = schema
}

// replaceDocument puts another payload into a page.
func replaceDocument(t *testing.T, page, payload string) string {
	t.Helper()
	var b bytes.Buffer
	letters := letterWriter(&b)
	zip := gzip.NewWriter(letters)
	if _, err := zip.Write([]byte(payload)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := letters.Close(); err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(page, embedOpen)
	_, tail, _ := strings.Cut(rest, "</script>")
	return head + embedOpen + b.String() + "</script>" + tail
}

func joined(segs []seg) (text, marked string) {
	for _, s := range segs {
		text += s.Text
		if s.Mark {
			marked += s.Text
		}
	}
	return text, marked
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name, body   string
		spans        []span
		want, marked string
	}{
		{"object", `{"a":1,"b":{"c":[1,2]}}`, []span{{5, 6}}, "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [1, 2]\n  }\n}", "1"},
		{"short object stays", `{"a":1}`, nil, `{"a": 1}`, ""},
		{"own white space goes", "{ \"a\" :\n 1 }", []span{{9, 10}}, `{"a": 1}`, "1"},
		{"tokens stay", `{"a":1.0e2,"a":"\u0041"}`, nil, `{"a": 1.0e2, "a": "\u0041"}`, ""},
		{"text", "no json {", []span{{3, 7}}, "no json {", "json"},
		{"position without length", `{"a":true}`, []span{{5, 5}}, `{"a": true}`, "t"},
		{"range over several tokens", `{"a":1,"b":2}`, []span{{1, 6}}, `{"a": 1, "b": 2}`, `"a": 1`},
		{"overlapping ranges", "abcdef", []span{{1, 3}, {2, 5}}, "abcdef", "bcde"},
		{"range beyond the body", "abc", []span{{2, 99}, {50, 60}, {-4, -1}}, "abc", "c"},
		{"control characters", "a\x00b\x1b\u202e", nil, "a␀b␛⟨U+202E⟩", ""},
		{"empty containers", `{"a":[],"b":{}}`, nil, "{\n  \"a\": [],\n  \"b\": {}\n}", ""},
	} {
		text, marked := joined(layout(c.body, c.spans))
		if diff := cmp.Diff([2]string{c.want, c.marked}, [2]string{text, marked}); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

// Laying out JSON changes white space between tokens and nothing else.
func FuzzLayout(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"c d"}],"e":null}`, `[[[[]]]]`, `"x"`, `{"a":`, "\x00{}", `{"k":"\\\"}{"}`} {
		f.Add(s, 2, 5)
	}
	f.Fuzz(func(t *testing.T, body string, from, to int) {
		if !utf8.ValidString(body) || len(body) > bodyLimit {
			return
		}
		text, _ := joined(layout(body, []span{{from, to}}))
		if !json.Valid([]byte(body)) || dirty(body) {
			return
		}
		var was, is bytes.Buffer
		if err := json.Compact(&was, []byte(body)); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&is, []byte(text)); err != nil {
			t.Fatalf("%q became %q: %v", body, text, err)
		}
		if was.String() != is.String() {
			t.Errorf("%q became %q", body, text)
		}
	})
}

func TestExcerptKeepsTheMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.IntRange(1, 60).Draw(t, "lines")
		at := rapid.IntRange(0, lines-1).Draw(t, "at")
		var body string
		var mark span
		for i := range lines {
			if i == at {
				mark = span{len(body) + 2, len(body) + 6}
			}
			body += "x HERE " + strings.Repeat("y", rapid.IntRange(0, 900).Draw(t, "long")) + "\n"
		}
		segs, ok := excerpt(layout(body, []span{mark}))
		text, marked := joined(segs)
		if !ok || marked != "HERE" {
			t.Fatalf("marked %q", marked)
		}
		if n := strings.Count(text, "\n"); n > excerptHead+excerptTail+2 {
			t.Fatalf("%d lines", n)
		}
	})
	if _, ok := excerpt(layout("nothing", nil)); ok {
		t.Error("an excerpt without a mark")
	}
}

func TestContrast(t *testing.T) {
	for _, c := range []struct{ a, b, left, right string }{
		{"active = true", "active = false", "true", "false"},
		{"200", "500", "", ""},
		{"same", "same", "", ""},
		{"", "x", "", ""},
		{"status 200, type application/scim+json", "status 201, type application/scim+json", "200", "201"},
		{"Grüße an Ana", "Grüsse an Ana", "Grüße", "Grüsse"},
	} {
		l, r := contrast(c.a, c.b)
		lt, lm := joined(l)
		rt, rm := joined(r)
		if lt != c.a || rt != c.b {
			t.Errorf("contrast(%q, %q) changed the texts to %q and %q", c.a, c.b, lt, rt)
		}
		if lm != c.left || rm != c.right {
			t.Errorf("contrast(%q, %q) marks %q and %q, want %q and %q", c.a, c.b, lm, rm, c.left, c.right)
		}
	}
}

func TestLocate(t *testing.T) {
	body := `{"a": {"b~/c": [10, {"d": "x"}]}, "e":true}`
	for _, c := range []struct {
		at   *result.Locus
		want string
	}{
		{&result.Locus{Pointer: "/a/b~0~1c/1/d"}, `"x"`},
		{&result.Locus{Pointer: "/a/b~0~1c/0"}, "10"},
		{&result.Locus{Pointer: "/e"}, "true"},
		{&result.Locus{Pointer: "/a"}, `{"b~/c": [10, {"d": "x"}]}`},
		{&result.Locus{Offset: 1, Length: 3}, `"a"`},
		{&result.Locus{Pointer: "/a/b~0~1c/7"}, ""},
		{&result.Locus{Pointer: "/missing/x"}, ""},
		{&result.Locus{Pointer: "e"}, ""},
		{&result.Locus{Offset: 999, Length: 3}, ""},
		{&result.Locus{Header: "Content-Type"}, ""},
		{nil, ""},
	} {
		got := ""
		if s, ok := locate(body, c.at); ok {
			got = body[s.from:s.to]
		}
		if got != c.want {
			t.Errorf("locate(%+v) = %q, want %q", c.at, got, c.want)
		}
	}
}

// Anchors are made of harmless characters, and two ids never share one.
func TestSlug(t *testing.T) {
	if got := slug("rfc.users/create/post.status-1"); got != "rfc.users/create/post.status-1" {
		t.Errorf("the id of a check changed to %q", got)
	}
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.String().Draw(t, "id")
		s := slug(id)
		for i := range len(s) {
			if !plain(s[i]) && s[i] != '~' {
				t.Fatalf("slug(%q) = %q", id, s)
			}
		}
		if other, ok := seen[s]; ok && other != id {
			t.Fatalf("%q and %q share the anchor %q", id, other, s)
		}
		seen[s] = id
	})
}

// clean leaves nothing hidden and does not touch ordinary text of any language.
func TestClean(t *testing.T) {
	for _, s := range []string{"Zoë Łukasz 日本語 שלום 🦊", "tab\tline\nend", ""} {
		if clean(s) != s {
			t.Errorf("clean changed %q to %q", s, clean(s))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := clean(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		if !utf8.ValidString(s) {
			t.Fatalf("%q is not UTF-8", s)
		}
		for _, r := range s {
			if hidden(r) {
				t.Fatalf("%q hides %U", s, r)
			}
		}
	})
}

func TestMillis(t *testing.T) {
	for ms, want := range map[float64]string{0.25: "0.2\u00a0ms", 9.94: "9.9\u00a0ms", 412: "412\u00a0ms", 1500: "1.5\u00a0s", 61_000: "1\u00a0min 1\u00a0s", -1: "–"} {
		if got := millis(ms); got != want {
			t.Errorf("millis(%v) = %q, want %q", ms, got, want)
		}
	}
}

// A card says what is broken; what only a developer reads stays behind its link.
func TestBrief(t *testing.T) {
	for in, want := range map[string]string{
		"Deactivate users: broken (expected active = false, got active = true)":                                                       "Deactivate users: broken (expected active = false, got active = true)",
		`Group membership: broken (expected ["1"], got ["1","2"])`:                                                                    "Group membership: broken",
		"Update user attributes: broken (Microsoft Entra ID gives up: SystemForCrossDomainIdentityManagementBadRequest: operation 1)": "Update user attributes: broken",
		"no story ran": "no story ran",
	} {
		if got := brief([]string{in}); got[0] != want {
			t.Errorf("%q becomes %q, want %q", in, got[0], want)
		}
	}
}
