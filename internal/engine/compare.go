package engine

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// foldedPaths are attributes whose letter case a server may change on write (RFC 7643 section 7:
// caseExact false; RFC 7644 section 3.3 lets the server alter values). Others must come back as sent.
var foldedPaths = []string{"username", "emails.value", "value", "locale", "preferredlanguage"}

// sameValue compares an expected with a received value. Types count; a number is a number.
func sameValue(want, got any, path string) bool {
	if ws, ok := want.(string); ok {
		gs, ok := got.(string)
		if !ok && strings.EqualFold(path, "id") && got != nil {
			gs, ok = text(got), true // that an id must be a string is judged once, by the automatic checks
		}
		if !ok {
			return false
		}
		if ws == gs {
			return true
		}
		return folded(path) && strings.EqualFold(ws, gs)
	}
	return scim.Equal(want, got)
}

func folded(path string) bool {
	p := strings.ToLower(path)
	if i := strings.LastIndex(p, ":"); i >= 0 {
		p = p[i+1:]
	}
	p = stripBrackets(p)
	return slices.ContainsFunc(foldedPaths, func(f string) bool { return p == f })
}

func stripBrackets(p string) string {
	i := strings.IndexByte(p, '[')
	j := strings.LastIndexByte(p, ']')
	if i >= 0 && j > i {
		return p[:i] + p[j+1:]
	}
	return p
}

// lookup finds a SCIM attribute path (or an indexed one such as emails[0].value) in plain values.
func lookup(m map[string]any, path string) (any, bool) {
	// A member called "name.familyName" is not the family name: only URNs are keys with a dot in them.
	if v, ok := member(m, path); ok && (!strings.Contains(path, ".") || strings.Contains(path, ":")) {
		return v, true
	}
	p, err := scim.ParsePath(path)
	if err != nil {
		return lookupDotted(m, path)
	}
	return scim.GetPath(m, p)
}

// lookupDotted serves paths that are ours, not SCIM's: "Resources[0].id", "members.0.value".
func lookupDotted(m any, path string) (any, bool) {
	cur := m
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		switch t := cur.(type) {
		case map[string]any:
			v, ok := member(t, part)
			if !ok {
				return nil, false
			}
			cur = v
		case []any:
			var i int
			if _, err := fmt.Sscanf(part, "%d", &i); err != nil || i < 0 || i >= len(t) {
				return nil, false
			}
			cur = t[i]
		default:
			return nil, false
		}
	}
	return cur, true
}

func member(m map[string]any, name string) (any, bool) {
	if v, ok := m[name]; ok {
		return v, true
	}
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

// show renders a value for people.
func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	s := string(b)
	if len(s) > 400 {
		s = s[:400] + "…"
	}
	return s
}

func sortedKeys(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// locus points at the value of a path in the body.
func locus(v scim.View, path string) *result.Locus {
	t := v.At(path)
	if !t.Exists() {
		return locusOfParent(v, path)
	}
	return &result.Locus{Where: "response", Pointer: t.Pointer(), Offset: t.Offset(), Length: len(t.Raw())}
}

func locusOfParent(v scim.View, path string) *result.Locus {
	if i := strings.LastIndexByte(path, '.'); i > 0 && !strings.HasSuffix(path, "]") {
		if t := v.At(path[:i]); t.Exists() {
			return &result.Locus{Where: "response", Pointer: t.Pointer(), Offset: t.Offset(), Length: len(t.Raw())}
		}
	}
	return &result.Locus{Where: "response"}
}

func typeName(v any) string {
	switch t := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int, int64:
		return "integer"
	case float64:
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return fmt.Sprintf("%T", t)
	}
}

func isType(v any, want string) bool {
	s, isText := v.(string)
	switch strings.ToLower(want) {
	case "number", "decimal":
		return typeName(v) == "number" || typeName(v) == "integer"
	case "datetime":
		return isText && isDateTime(s)
	case "uri", "reference":
		return isText && isURI(s)
	case "binary":
		return isText && isBase64(s)
	case "complex":
		return typeName(v) == "object"
	}
	return typeName(v) == strings.ToLower(want)
}

// isDateTime follows RFC 7643 section 2.3.5: xsd:dateTime with both date and time.
func isDateTime(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && s != "" && !strings.ContainsAny(s, " \t\n") && (u.Scheme != "" || u.Path != "")
}

func isBase64(s string) bool {
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawURLEncoding, base64.RawStdEncoding} {
		if _, err := enc.DecodeString(s); err == nil {
			return true
		}
	}
	return false
}
