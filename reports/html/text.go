package html

import (
	"fmt"
	"html/template"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/result"
)

// badge is a state as the page always shows it: a mark and a word, and a colour that repeats them.
type badge struct{ Class, Glyph, Word string }

var outcomeBadges = map[result.Outcome]badge{
	result.Pass:  {"good", "✓", "Pass"},
	result.Fail:  {"bad", "✗", "Fail"},
	result.Warn:  {"some", "!", "Warning"},
	result.Info:  {"note", "i", "Info"},
	result.Skip:  {"none", "–", "Skipped"},
	result.Error: {"odd", "?", "Not judged"},
}

var verdictBadges = map[result.Verdict]badge{
	result.Supported:    {"good", "✓", "Supported"},
	result.Partial:      {"some", "◐", "Partial"},
	result.Broken:       {"bad", "✗", "Broken"},
	result.NotSupported: {"none", "–", "Not supported"},
	result.Untested:     {"void", "?", "Untested"},
}

var readyBadges = map[string]badge{
	"ready":     {"good", "✓", "Ready"},
	"limits":    {"some", "◐", "Ready with limits"},
	"not ready": {"bad", "✗", "Not ready"},
	"unknown":   {"void", "?", "Not known"},
}

var conformanceBadges = map[string]badge{
	"conformant":     {"good", "✓", "Conformant"},
	"partial":        {"some", "◐", "Partial"},
	"not conformant": {"bad", "✗", "Not conformant"},
	"untested":       {"void", "?", "Untested"},
}

var claimBadges = map[string]badge{
	"kept":                  {"good", "✓", "Kept"},
	"broken":                {"bad", "✗", "Broken"},
	"not claimed but works": {"note", "i", "Works, not claimed"},
	"not testable":          {"void", "?", "Not testable"},
}

var forecastBadges = map[string]badge{
	"will work":             {"good", "✓", "Will work"},
	"will work with limits": {"some", "◐", "Will work with limits"},
	"will not work":         {"bad", "✗", "Will not work"},
	"unknown":               {"void", "?", "Not known"},
}

var cellBadges = map[string]badge{
	"yes":      {"good", "✓", "Yes"},
	"no":       {"bad", "✗", "No"},
	"ignored":  {"some", "◌", "Ignored"},
	"refused":  {"bad", "✗", "Refused"},
	"altered":  {"some", "≠", "Altered"},
	"untested": {"void", "?", "Untested"},
}

// lookup returns the badge of a word and, for a word that this version does not know, a plain one.
func lookup[K ~string](m map[K]badge, k K) badge {
	if b, ok := m[k]; ok {
		return b
	}
	if k == "" {
		return badge{"void", "?", "Not known"}
	}
	return badge{"note", "·", clip(clean(string(k)), 40)}
}

// clean makes characters visible that could hide or reorder text on the page: control characters,
// bidirectional overrides and zero-width ones. What is left is still escaped by html/template.
func clean(s string) string {
	if !dirty(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteRune(utf8.RuneError)
		case r == '\r' && i < len(s) && s[i] == '\n':
			// A CR LF pair is one line break and nothing to point at.
		case !hidden(r):
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune(0x2400 + r) // the picture of the control character
		case r == 0x7f:
			b.WriteRune(0x2421)
		default:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		}
	}
	return b.String()
}

func dirty(s string) bool { return !utf8.ValidString(s) || strings.ContainsFunc(s, hidden) }

// hidden reports characters that change what a reader sees without being seen themselves.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e:
		return true
	case r >= 0x2060 && r <= 0x206f, r == 0xfeff, r == 0x61c, r == 0x2028, r == 0x2029:
		return true
	}
	return false
}

// clip shortens a text to about n characters.
func clip(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	i := 0
	for k := 0; k < n-1; k++ {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s[:i] + "…"
}

// textLimit bounds a text that the page shows in a sentence; the embedded document has all of it.
const textLimit = 4000

func prose(s string) string { return clip(clean(s), textLimit) }

// slug turns an id into an anchor that needs no escaping anywhere. Ids of checks come out as they
// are; every other character becomes ~ and its code point, so that two ids never meet.
func slug(id string) string {
	ok := true
	for i := 0; i < len(id) && ok; i++ {
		ok = plain(id[i])
	}
	if ok {
		return id
	}
	var b strings.Builder
	for i := 0; i < len(id); i++ {
		if plain(id[i]) {
			b.WriteByte(id[i])
			continue
		}
		fmt.Fprintf(&b, "~%02x", id[i])
	}
	return b.String()
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._/-", c) >= 0
}

// href links to an anchor of this page. A slug holds nothing that an attribute or URL could misread.
func href(anchor string) template.URL { return template.URL("#" + anchor) }

// webLink returns the address when it is one that a report may link to.
func webLink(s string) string {
	if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

var rfcID = regexp.MustCompile(`^RFC(\d{4})-([0-9]+(?:\.[0-9]+)*)-R\d+$`)

// citation is a requirement as a reader looks it up.
type citation struct {
	ID, Label, URL, Text, Keyword string
	Anchor                        template.URL
}

func (b *builder) cite(id string) citation {
	c := citation{ID: clip(clean(id), 80), Label: clip(clean(id), 80)}
	if m := rfcID.FindStringSubmatch(id); m != nil {
		c.Label = "RFC " + m[1] + " §" + m[2]
		c.URL = "https://www.rfc-editor.org/rfc/rfc" + m[1] + "#section-" + m[2]
	}
	if r := b.reqs[id]; r != nil {
		c.Text, c.Keyword = prose(r.Summary), strings.ToUpper(clean(r.Keyword))
		c.Anchor = href(slug(id))
		if u := webLink(r.URL); u != "" {
			c.URL = u
		}
	}
	return c
}

func (b *builder) citeAll(ids []string) []citation {
	out := make([]citation, 0, len(ids))
	for _, id := range ids {
		out = append(out, b.cite(id))
	}
	return out
}

// millis writes a duration for people.
func millis(ms float64) string {
	switch {
	case math.IsNaN(ms) || ms < 0:
		return "–"
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + "\u00a0ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + "\u00a0ms"
	case ms < 60_000:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + "\u00a0s"
	}
	s := int64(ms / 1000)
	return fmt.Sprintf("%d\u00a0min %d\u00a0s", s/60, s%60)
}

func percent(p float64) string {
	if p == math.Trunc(p) {
		return strconv.FormatFloat(p, 'f', 0, 64) + "\u00a0%"
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + "\u00a0%"
}

func size(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "\u00a0bytes"
	}
	if n < 1<<20 {
		return strconv.FormatFloat(float64(n)/1024, 'f', 1, 64) + "\u00a0KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + "\u00a0MiB"
}

// plural writes "1 finding", "2 findings".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// sentence starts a text with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// list joins words as a sentence does.
func list(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// statusText names a status code, "201 Created".
func statusText(code int) string {
	if t := http.StatusText(code); t != "" {
		return strconv.Itoa(code) + " " + t
	}
	return strconv.Itoa(code)
}

func statusClass(code int) string {
	switch {
	case code >= 500:
		return "bad"
	case code >= 400:
		return "some"
	case code >= 300:
		return "note"
	case code >= 200:
		return "good"
	}
	return "none"
}
