package reports

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a target sends is hostile until shown otherwise: it must not move the cursor, colour the
// line, reverse the reading direction or end an element. visible makes such runes readable
// instead of effective; every text format goes through it.

// visible shows control and direction runes as escapes. Line ends and tabs stay.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s {
		switch {
		case r == '\r':
			b.WriteString(`\r`)
		case !hidden(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// hidden reports whether a rune changes the text around it without being seen.
func hidden(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == 0xFFFE || r == 0xFFFF
}

// CI systems take commands from the log: GitHub Actions lines that begin with "::name", Azure DevOps
// "##vso[" and "##[" anywhere, TeamCity "##teamcity[". A text report goes to such a log, so what a
// target wrote must not become one.
var (
	lineCommand   = regexp.MustCompile(`(?m)^((?:[ \t]|\x1b\[[0-9;]*m)*):(:[a-zA-Z])`)
	inlineCommand = regexp.MustCompile(`##(vso\[|teamcity\[|\[)`)
)

// defuse breaks log commands with a backslash.
func defuse(s string) string {
	if strings.Contains(s, "::") {
		s = lineCommand.ReplaceAllString(s, `${1}:\${2}`)
	}
	if strings.Contains(s, "##") {
		s = inlineCommand.ReplaceAllString(s, `#\#${1}`)
	}
	return s
}

// oneLine is visible without line ends and tabs.
func oneLine(s string) string {
	s = visible(s)
	if !strings.ContainsAny(s, "\n\t") {
		return s
	}
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(s)
}

// clip shortens a text to about n runes and says how long it was.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + fmt.Sprintf("… (%d characters)", utf8.RuneCountInString(s))
		}
		count++
	}
	return s
}

// cut shortens a text to at most n bytes, between runes, without a word.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// xmlText replaces what XML 1.0 cannot carry by U+FFFD; escaping is left to encoding/xml.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000 && r <= 0x10FFFF:
			return r
		}
		return utf8.RuneError
	}, visible(s))
}

// wrap breaks a text into lines of at most width runes at spaces; a longer word stays whole.
func wrap(s string, width int) []string {
	width = max(width, 20)
	var lines []string
	for _, para := range strings.Split(s, "\n") {
		line, n := "", 0
		for _, w := range strings.Fields(para) {
			k := utf8.RuneCountInString(w)
			switch {
			case n == 0:
				line, n = w, k
			case n+1+k <= width:
				line, n = line+" "+w, n+1+k
			default:
				lines = append(lines, line)
				line, n = w, k
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// pad fills a text with spaces up to width columns.
func pad(s string, width int) string {
	if n := width - columns(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// columns is how many columns of a terminal a text takes: combining runes none, East Asian wide
// runes two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case r >= 0x1100 && (r <= 0x115F || r >= 0x2E80 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7A3 ||
			r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F || r >= 0xFF00 && r <= 0xFF60 || r >= 0x1F300 && r <= 0x1FAFF || r >= 0x20000 && r <= 0x3FFFD):
			n += 2
		default:
			n++
		}
	}
	return n
}
