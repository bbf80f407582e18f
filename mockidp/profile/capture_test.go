package profile_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// capture is one exchange of testdata/captures, as its README describes it.
type capture struct {
	ID, Operation, Sequence, Evidence string
	Request                           struct {
		Method, Path  string
		Query         *string
		QueryDecoded  *string `json:"query_decoded"`
		QueryFragment *string `json:"query_fragment"`
		QueryUnknown  bool    `json:"query_unknown"`
		Headers       map[string]string
		HeadersAbsent []string        `json:"headers_absent"`
		BodyRaw       *string         `json:"body_raw"`
		BodyKeyOrder  string          `json:"body_key_order"`
		BodyFragment  json.RawMessage `json:"body_fragment"`
	}
}

const captures = "../../testdata/captures"

func loadCaptures(t *testing.T, idp string) []capture {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(captures, idp, "*.json"))
	var out []capture
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Exchanges []capture }
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		out = append(out, doc.Exchanges...)
	}
	if len(out) == 0 {
		t.Fatalf("no captures of %s", idp)
	}
	return out
}

// notReproduced are the captures that no operation reproduces, with the reason.
func notReproduced(t *testing.T, idp string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(captures, idp, "not-reproduced.yaml"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	if err := yaml.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// sent is one request as a server received it.
type sent struct {
	method, path, query string
	headers             map[string]string
	body                string
}

// compare holds a sent request against a capture and says what differs. bind keeps the values of
// placeholders, which are the same throughout an exchange.
func compare(c capture, s sent) []string {
	var diff []string
	bind := map[string]string{}
	note := func(what string, want, got any) {
		diff = append(diff, fmt.Sprintf("%s: want %v, got %v", what, want, got))
	}
	if c.Request.Method != "" && c.Request.Method != s.method {
		note("method", c.Request.Method, s.method)
	}
	if c.Request.Path != "" && !matches(c.Request.Path, s.path, bind) {
		note("path", c.Request.Path, s.path)
	}
	diff = append(diff, compareQuery(c, s, bind)...)
	for name, want := range c.Request.Headers {
		if name == "Host" { // the host of the base URL
			continue
		}
		if got := s.headers[strings.ToLower(name)]; !matches(want, got, bind) {
			note("header "+name, want, got)
		}
	}
	for _, name := range c.Request.HeadersAbsent {
		if got, ok := s.headers[strings.ToLower(name)]; ok {
			note("header "+name, "none", got)
		}
	}
	return append(diff, compareBody(c, s, bind)...)
}

func compareQuery(c capture, s sent, bind map[string]string) []string {
	r := c.Request
	switch {
	case r.Query != nil:
		if !matches(guid.ReplaceAllString(*r.Query, "{{guid}}"), s.query, bind) { // a GUID is a sample
			return []string{fmt.Sprintf("query: want %s, got %s", *r.Query, s.query)}
		}
	case r.QueryDecoded != nil:
		want, got := strings.Split(*r.QueryDecoded, "&"), strings.Split(s.query, "&")
		for i := range got {
			got[i], _ = url.QueryUnescape(got[i])
		}
		slices.Sort(want)
		slices.Sort(got)
		if !matches(strings.Join(want, "&"), strings.Join(got, "&"), bind) {
			return []string{fmt.Sprintf("decoded query: want %s, got %s", want, got)}
		}
	case r.QueryFragment != nil:
		if !strings.Contains(s.query, *r.QueryFragment) {
			return []string{fmt.Sprintf("query: want a part %s, got %s", *r.QueryFragment, s.query)}
		}
	case !r.QueryUnknown && s.query != "":
		return []string{"query: want none, got " + s.query}
	}
	return nil
}

func compareBody(c capture, s sent, bind map[string]string) []string {
	r := c.Request
	switch {
	case r.BodyRaw != nil && r.BodyKeyOrder == "exact":
		if !matches(*r.BodyRaw, s.body, bind) {
			return []string{fmt.Sprintf("body:\n want %s\n got  %s", *r.BodyRaw, s.body)}
		}
	case r.BodyRaw != nil:
		if !contains(decode(*r.BodyRaw), decode(s.body), bind, true) {
			return []string{fmt.Sprintf("body, keys unordered:\n want %s\n got  %s", *r.BodyRaw, s.body)}
		}
	case r.BodyFragment != nil:
		if !contains(decode(string(r.BodyFragment)), decode(s.body), bind, false) {
			return []string{fmt.Sprintf("body: want a part %s, got %s", r.BodyFragment, s.body)}
		}
	}
	return nil
}

func decode(s string) any {
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return "not JSON: " + s
	}
	return v
}

var guid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

var placeholder = regexp.MustCompile(`\{\{([A-Za-z0-9_]+)\}\}`)

// matches compares text with placeholders, which stand for any non-empty text.
func matches(want, got string, bind map[string]string) bool {
	var b strings.Builder
	var names []string
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(want, -1) {
		b.WriteString(regexp.QuoteMeta(want[at:m[0]]))
		name := want[m[2]:m[3]]
		if v, ok := bind[name]; ok {
			b.WriteString(regexp.QuoteMeta(v))
		} else {
			b.WriteString("(.+?)")
			names = append(names, name)
		}
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(want[at:]))
	found := regexp.MustCompile("(?s)^" + b.String() + "$").FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, name := range names {
		if v, ok := bind[name]; ok && v != found[i+1] {
			return false
		}
		bind[name] = found[i+1]
	}
	return true
}

// contains tells whether got holds want: keys unordered, arrays ordered, schemas a set. With whole, got has nothing else.
func contains(want, got any, bind map[string]string, whole bool) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || whole && len(g) != len(w) {
			return false
		}
		for k, v := range w {
			if !memberMatches(k, v, g, bind, whole) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || (whole || len(w) == 0) && len(g) != len(w) {
			return false
		}
		return inOrder(w, g, bind, whole)
	case string:
		g, ok := got.(string)
		return ok && (w == g || matches(w, g, bind))
	}
	return want == got
}

func memberMatches(k string, v any, g map[string]any, bind map[string]string, whole bool) bool {
	for name, x := range g {
		if !matches(k, name, maps.Clone(bind)) {
			continue
		}
		if k == "schemas" && whole && sameSet(v, x) || contains(v, x, bind, whole) {
			return true
		}
	}
	return false
}

func sameSet(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	var s, t []string
	if json.Unmarshal(x, &s) != nil || json.Unmarshal(y, &t) != nil {
		return false
	}
	slices.Sort(s)
	slices.Sort(t)
	return slices.Equal(s, t)
}

func inOrder(want, got []any, bind map[string]string, whole bool) bool {
	at := 0
	for _, w := range want {
		for at < len(got) && !contains(w, got[at], bind, whole) {
			if whole {
				return false
			}
			at++
		}
		if at == len(got) {
			return false
		}
		at++
	}
	return true
}
