package reports

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/fatih/color"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

func TestRenderFinding(t *testing.T) {
	d := resulttest.AllKindsDocument()
	var b bytes.Buffer
	if err := RenderFinding(&b, d, &d.Suites[0].Cases[1].Checks[1], Options{}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"✗ fail  rfc.users/patch-replace/patch.unchanged  MUST  RFC 7644 §3.5.2",
		"  PATCH changed an attribute that the request did not name",
		"    expected  active = true (as before the request)",
		"    actual    active = false",
		"  PATCH /Users/2819c223 → 200 OK (32 ms)",
		`    4 │   "userName": "ana.ruiz@example.com",`,
		`    5 │   "title": "Chef",`,
		`    6 │   "active": false,`,
		`      │             ^^^^^ was true`,
		`    7 │   "meta": {"resourceType": "User"}`,
		"  why     A person who only got a new title loses access.",
		"  fix     Apply only the paths listed in Operations.",
		"  again   scimmage replay rfc.users/patch-replace",
	}
	lines := strings.Split(b.String(), "\n")
	if diff := cmp.Diff(want, lines[:len(want)]); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(lines[len(want)], "  curl    curl -X PATCH 'https://") {
		t.Errorf("%q", lines[len(want)])
	}
}

func TestRenderCause(t *testing.T) {
	d := resulttest.AllKindsDocument()
	var b bytes.Buffer
	if err := RenderCause(&b, d, &d.Causes[0], Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PATCH changes attributes that the request did not name\n", "fail MUST · 2 findings · breaks Okta", "also\n       ✗ fail  okta/mover/update.still-active"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// The caret stands under the bytes of the locus, in compact and in laid out bodies.
func TestSnippetCaret(t *testing.T) {
	compact := `{"schemas":["x"],"name":{"givenName":"Ana"},"active":false,"n":[{},[],1]}`
	pretty := "{\n  \"name\": \"Ána\",\n  \"active\": false\n}"
	for _, c := range []struct {
		body, mark, line, carets string
	}{
		{compact, "false", `   8 │   "active": false,`, `     │             ^^^^^`},
		{compact, `"Ana"`, `   6 │     "givenName": "Ana"`, `     │                  ^^^^^`},
		{compact, "[]", `  11 │     [],`, `     │     ^^`},
		{pretty, "false", `   3 │   "active": false`, `     │             ^^^^^`},
		{pretty, `"Ána"`, `   2 │   "name": "Ána",`, `     │           ^^^^^`},
		{"not json at all: false", "false", `   1 │ not json at all: false`, `     │                  ^^^^^`},
		{`{"a":"日本","b":false`, "false", `   3 │   "b": false`, `     │        ^^^^^`},
		{`{"a":"日本語"}`, "語", `   2 │   "a": "日本語"`, `     │             ^^`},
	} {
		x := &result.Exchange{Response: &result.Response{Body: c.body}}
		s := snippetOf(x, &result.Locus{Offset: strings.Index(c.body, c.mark), Length: len(c.mark)}, 80)
		out := s.render("", "")
		found := false
		for i, l := range out {
			if l == c.line && i+1 < len(out) && out[i+1] == c.carets {
				found = true
			}
		}
		if !found {
			t.Errorf("%q in %q:\n%s", c.mark, c.body, strings.Join(out, "\n"))
		}
	}
}

func TestSnippetOfNothing(t *testing.T) {
	x := &result.Exchange{Response: &result.Response{Body: "{}", Headers: []result.Header{{Name: "ETag", Value: "1"}}}}
	for name, at := range map[string]*result.Locus{"none": nil, "beyond": {Offset: 99, Length: 1}, "negative": {Offset: -1}, "negative length": {Offset: 1, Length: -1}, "whole": {}} {
		if s := snippetOf(x, at, 80); s != nil {
			t.Errorf("%s: %v", name, s.render("", ""))
		}
	}
	if s := snippetOf(nil, &result.Locus{Offset: 1}, 80); s != nil {
		t.Error("a snippet without an exchange")
	}
	if got := snippetOf(x, &result.Locus{Header: "etag"}, 80).render("", ""); got[0] != "     │ ETag: 1" || got[1] != "     │       ^" {
		t.Errorf("%q", got)
	}
	if got := snippetOf(x, &result.Locus{Header: "Location"}, 80).render("", ""); len(got) != 1 || !strings.Contains(got[0], "no header Location") {
		t.Errorf("%q", got)
	}
}

// Laws of the layout: the text without white space outside strings is the same, and the byte at the
// offset is the same byte. They hold for broken JSON, too.
func TestIndentJSONLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := "{" + rapid.StringMatching(`([a-z{}\[\],:"\\ \n0-9]){0,40}`).Draw(t, "body")
		if rapid.Bool().Draw(t, "valid") {
			b, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.String())).Draw(t, "value"))
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
		}
		at := rapid.IntRange(0, len(body)-1).Draw(t, "at")
		out, place := indentJSON(body, at)
		if json.Valid([]byte(body)) {
			var a, b bytes.Buffer
			if json.Compact(&a, []byte(body)) != nil || json.Compact(&b, []byte(out)) != nil || a.String() != b.String() {
				t.Fatalf("%q became %q", body, out)
			}
		}
		if c := body[at]; !strings.ContainsRune(" \t\r\n", rune(c)) && (place >= len(out) || out[place] != c) {
			t.Fatalf("byte %d (%q) of %q is now at %d of %q", at, c, body, place, out)
		}
	})
}

func TestColourIsAnInstance(t *testing.T) {
	before := color.NoColor
	plain, coloured := render(t, Text, resulttest.AllKindsDocument()), render(t, TextWith(Options{Color: true}), resulttest.AllKindsDocument())
	if color.NoColor != before {
		t.Error("the global switch was touched")
	}
	if bytes.Contains(plain, []byte("\x1b")) || !bytes.Contains(coloured, []byte("\x1b[")) {
		t.Error("colours do not follow the option")
	}
	stripped := string(coloured)
	for strings.Contains(stripped, "\x1b[") {
		i := strings.Index(stripped, "\x1b[")
		stripped = stripped[:i] + stripped[i+strings.IndexByte(stripped[i:], 'm')+1:]
	}
	if strings.Join(strings.Fields(stripped), " ") != strings.Join(strings.Fields(string(plain)), " ") {
		t.Error("the colour says something that the words do not")
	}
}

// A narrow terminal gets no line that is too long, but for what is there to be copied.
func TestWidth(t *testing.T) {
	for _, width := range []int{60, 80, 200} {
		for _, line := range strings.Split(string(render(t, TextWith(Options{Width: width}), resulttest.AllKindsDocument())), "\n") {
			copied := false
			for _, s := range []string{"curl  ", "again ", "next ", "→", "✗ fail", "▲", "! error", "│", "score", "conformant", "supported", "cases:", "known failing"} {
				copied = copied || strings.Contains(line, s)
			}
			if !copied && columns(line) > width {
				t.Errorf("width %d: %d columns: %q", width, columns(line), line)
			}
		}
	}
}

func TestWrapAndClip(t *testing.T) {
	if diff := cmp.Diff([]string{"a quite long text that", "is wrapped here", "and there"}, wrap("a quite long  text that is wrapped here\nand there", 22)); diff != "" {
		t.Error(diff)
	}
	if got := clip("äöüßé", 3); got != "äöü… (5 characters)" {
		t.Error(got)
	}
	if got := cut("aé", 2); got != "a" {
		t.Error(got)
	}
	if got := visible("a\x1b[31mb\u202ec\u2028\x00\ufffe\r\n\t"); got != `a\x1b[31mb\u202ec\u2028\x00\ufffe\r`+"\n\t" {
		t.Errorf("%q", got)
	}
	if columns("日本e\u0301") != 5 {
		t.Errorf("%d columns", columns("日本e\u0301"))
	}
}

// What a target wrote never becomes a command of the CI system that reads the log.
func TestDefuse(t *testing.T) {
	for in, want := range map[string]string{
		"::error::x":                       `:\:error::x`,
		"a\n  ::stop-commands::y":          "a\n  :\\:stop-commands::y",
		"\x1b[31m ::add-mask::z":           "\x1b[31m :\\:add-mask::z",
		"see ::1 and a::b":                 "see ::1 and a::b",
		"x ##vso[task.setvariable]":        `x #\#vso[task.setvariable]`,
		"##[error] ##teamcity[x] ## title": `#\#[error] #\#teamcity[x] ## title`,
	} {
		if got := defuse(in); got != want {
			t.Errorf("defuse(%q) = %q, want %q", in, got, want)
		}
	}
	d := resulttest.AllKindsDocument()
	c := &d.Suites[0].Cases[1].Checks[1]
	for n := range 120 { // wherever the line breaks
		c.Summary = strings.Repeat("x ", n) + "::error::injected ##vso[x]"
		d.Causes[0].Title = c.Summary
		for _, line := range strings.Split(string(render(t, Text, d)), "\n") {
			if strings.HasPrefix(strings.TrimLeft(line, " \t"), "::") || strings.Contains(line, "##vso[") {
				t.Fatalf("a command is in the log: %q", line)
			}
		}
	}
}

func TestOneCommand(t *testing.T) {
	for in, want := range map[string]string{
		"curl -X GET u \\\n  -H 'A: b' \\\r\n  -d 'x'": "curl -X GET u -H 'A: b' -d 'x'",
		"curl -d '{\n}'": "curl -d '{\n}'",
		"curl -d '\x1b'": `curl -d '\x1b'`,
	} {
		if got := oneCommand(in); got != want {
			t.Errorf("oneCommand(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{"a/b.c": "a/b.c", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "": "''", "okta/<x>": "'okta/<x>'"} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q) = %s", in, got)
		}
	}
}
