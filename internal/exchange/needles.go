package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// minSecret is the shortest secret that is redacted by value. Shorter ones would tear holes into
// every text; they are still redacted by name, wherever a credential stands in its usual place.
const minSecret = 4

// needles returns the texts under which a secret may come back: as it is, escaped for JSON, HTML and
// URLs, in hex, and in base64 at any offset, because a server may log "user:secret" encoded as one.
func needles(secret string) []string {
	if len(secret) < minSecret {
		return nil
	}
	forms := []string{secret}
	add := func(s string) {
		if len(s) >= minSecret {
			forms = append(forms, s)
		}
	}
	for _, esc := range []string{url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"), percentAll(secret)} {
		add(esc)
		add(lowerEscapes(esc))
		add(url.QueryEscape(esc))
	}
	for _, esc := range jsonForms(secret) {
		add(esc)
		add(strings.ReplaceAll(esc, "/", `\/`))
		for _, twice := range jsonForms(esc) { // a server that repeats our body inside of its own
			add(twice)
		}
	}
	add(html.EscapeString(secret))
	add(strings.Trim(strconv.Quote(secret), `"`))
	add(strings.Trim(strconv.QuoteToASCII(secret), `"`))
	h := hex.EncodeToString([]byte(secret))
	add(h)
	add(strings.ToUpper(h))
	for _, b := range base64Forms(secret) {
		add(b)
		add(url.QueryEscape(b))
		add(lowerEscapes(url.QueryEscape(b)))
		add(strings.ReplaceAll(b, "/", `\/`))
	}
	return forms
}

func jsonForms(s string) []string {
	b, _ := json.Marshal(s) // a string always marshals
	forms := []string{string(b[1 : len(b)-1])}
	var sb strings.Builder
	enc := json.NewEncoder(&sb)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) == nil {
		forms = append(forms, strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(sb.String()), `"`), `"`))
	}
	return append(forms, asciiJSON(s))
}

// asciiJSON is s as encoders write it that escape everything outside of ASCII.
func asciiJSON(s string) string {
	var sb strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			sb.WriteByte('\\')
			sb.WriteRune(r)
		case r >= 0x10000:
			r -= 0x10000
			sb.WriteString(`\u` + hex4(0xd800+r>>10) + `\u` + hex4(0xdc00+r&0x3ff))
		case r < 0x20 || r >= 0x7f:
			sb.WriteString(`\u` + hex4(r))
		default:
			sb.WriteRune(r)
		}
	}
	return sb.String()
}

func hex4(r rune) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", 4-len(s)) + s
}

func base64Forms(secret string) []string {
	var forms []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		forms = append(forms, enc.EncodeToString([]byte(secret)))
	}
	if len(secret) < 6 {
		return forms // the inside of a shorter one is too short to mean anything
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for off, lost := range []int{0, 2, 3} { // leading characters that mix in what stands before
			s := enc.EncodeToString(append(make([]byte, off), secret...))
			if (off+len(secret))%3 != 0 {
				s = s[:len(s)-1] // the last character mixes in what stands behind
			}
			forms = append(forms, s[lost:])
		}
	}
	return forms
}

func percentAll(s string) string {
	var sb strings.Builder
	for i := range len(s) {
		sb.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{s[i]})))
	}
	return sb.String()
}

func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

// needleSet finds and replaces secrets. It does not change once made.
type needleSet struct {
	secrets  []string
	needles  []string // longest first
	replacer *strings.Replacer
	marker   string
}

// markers are what may stand in place of a secret: the first that no secret is part of.
var markers = []string{Redacted, "***", "\u2588\u2588\u2588", "<removed>", "#"}

func newNeedleSet(secrets []string) *needleSet {
	s := &needleSet{secrets: secrets}
	for _, sec := range secrets {
		s.needles = append(s.needles, needles(sec)...)
	}
	slices.SortFunc(s.needles, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	s.needles = slices.Compact(s.needles)
	s.marker = "#"
	for _, m := range markers {
		if !s.hit(m) {
			s.marker = m
			break
		}
	}
	pairs := make([]string, 0, 2*len(s.needles))
	for _, n := range s.needles {
		pairs = append(pairs, n, s.marker)
	}
	s.replacer = strings.NewReplacer(pairs...)
	return s
}

func (s *needleSet) hit(text string) bool {
	for _, n := range s.needles {
		if strings.Contains(text, n) {
			return true
		}
	}
	return false
}

// clean takes every secret out of text. The replacement may join with what stands around it to a
// secret again, so it is repeated; a text that still holds one after that is dropped as a whole.
func (s *needleSet) clean(text string) string {
	for range 4 {
		if !s.hit(text) {
			return text
		}
		text = s.replacer.Replace(text)
	}
	if s.hit(text) {
		return s.marker
	}
	return text
}

// validText makes invalid UTF-8 visible as U+FFFD, so that a record is always text.
func validText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
