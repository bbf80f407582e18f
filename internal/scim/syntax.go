package scim

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a filter or path leaves the grammar of RFC 7644 (figures 1 and 7).
type SyntaxError struct {
	Input  string
	Offset int    // byte offset of the first offending character
	Msg    string // what is wrong
	Want   string // what would be right, "" when there is no single answer
}

func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("%s at character %d of %s", e.Msg, utf8.RuneCountInString(e.Input[:e.clamp()])+1, quoteShort(e.Input))
	if e.Want != "" {
		s += "; expected " + e.Want
	}
	return s
}

func (e *SyntaxError) clamp() int { return min(max(e.Offset, 0), len(e.Input)) }

// Caret shows the input on one line and a caret under the place on the next. A long input is cut around the place.
func (e *SyntaxError) Caret() string {
	const around = 60
	off := e.clamp()
	from, to := 0, len(e.Input)
	lead, tail := "", ""
	if off > around {
		for from = off - around; from < off && !utf8.RuneStart(e.Input[from]); from++ {
		}
		lead = "…"
	}
	if to-off > around {
		for to = off + around; to < len(e.Input) && !utf8.RuneStart(e.Input[to]); to++ {
		}
		tail = "…"
	}
	before, after := oneLine(e.Input[from:off]), oneLine(e.Input[off:to])
	pad := strings.Repeat(" ", utf8.RuneCountInString(lead+before))
	return lead + before + after + tail + "\n" + pad + "^"
}

// oneLine makes control characters and broken UTF-8 harmless without changing the number of runes.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}

// quoteShort quotes s, cut to a length that fits a message.
func quoteShort(s string) string {
	const most = 120
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q… (%d bytes)", s[:cut], len(s))
}
