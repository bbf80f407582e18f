package html

import (
	"encoding/json"
	"sort"
	"strings"
)

// seg is a piece of text, marked or not.
type seg struct {
	Text string
	Mark bool
}

// span is a byte range of a body.
type span struct{ from, to int }

// Limits of what the page itself shows of a body; the embedded document has everything.
const (
	bodyLimit   = 64 << 10
	lineInline  = 72 // a container that fits in this many bytes stays on one line
	deepestTab  = 24
	excerptHead = 4 // lines before the mark
	excerptTail = 5
	clipWindow  = 240 // bytes around a mark in a body without line breaks
)

// layout shows a body for reading: JSON gets line breaks and indentation, and only those; every
// token stays as the server sent it. The spans, byte ranges of the body, come out marked.
func layout(body string, spans []span) []seg {
	if len(body) > bodyLimit {
		body = strings.ToValidUTF8(body[:bodyLimit], "\uFFFD")
	}
	l := &layouter{src: body, spans: normal(spans, len(body))}
	if json.Valid([]byte(body)) && strings.ContainsAny(body, "{[") {
		l.json()
	} else {
		l.copy(0, len(body))
	}
	l.flush()
	for i := range l.out {
		l.out[i].Text = clean(l.out[i].Text)
	}
	return l.out
}

// normal sorts the spans, clips them to the body and merges those that touch.
func normal(spans []span, size int) []span {
	var in []span
	for _, s := range spans {
		if s.to == s.from {
			s.to++ // a position without a length still shows where
		}
		s.from, s.to = max(s.from, 0), min(s.to, size)
		if s.from < s.to {
			in = append(in, s)
		}
	}
	sort.Slice(in, func(i, j int) bool { return in[i].from < in[j].from })
	var out []span
	for _, s := range in {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

type layouter struct {
	src   string
	spans []span
	next  int // first span that is not yet behind us
	out   []seg
	cur   strings.Builder
	on    bool
}

func (l *layouter) marked(i int) bool {
	for l.next < len(l.spans) && l.spans[l.next].to <= i {
		l.next++
	}
	return l.next < len(l.spans) && l.spans[l.next].from <= i
}

func (l *layouter) flush() {
	if l.cur.Len() > 0 {
		l.out = append(l.out, seg{l.cur.String(), l.on})
		l.cur.Reset()
	}
}

// copy takes bytes [from,to) of the source, switching the mark on and off at the spans' edges.
func (l *layouter) copy(from, to int) {
	for i := from; i < to; i++ {
		if m := l.marked(i); m != l.on {
			l.flush()
			l.on = m
		}
		l.cur.WriteByte(l.src[i])
	}
}

// space inserts white space before source position i; it is marked only inside a marked range.
func (l *layouter) space(s string, i int) {
	if l.on && !l.marked(i) {
		l.flush()
		l.on = false
	}
	l.cur.WriteString(s)
}

func (l *layouter) json() {
	depth, inline := 0, 0 // inline: position of the bracket that closes a one-line container
	newline := func(i int) { l.space("\n"+strings.Repeat("  ", min(depth, deepestTab)), i) }
	for i := 0; i < len(l.src); {
		end := tokenEnd(l.src, i)
		switch c := l.src[i]; c {
		case ' ', '\t', '\n', '\r':
		case '{', '[':
			l.copy(i, end)
			closing, short := shortContainer(l.src, i)
			switch {
			case inline > i:
			case short:
				inline = closing
			default:
				depth++
				newline(end)
			}
		case '}', ']':
			if i > inline {
				depth--
				newline(i)
			}
			l.copy(i, end)
		case ',':
			l.copy(i, end)
			if i < inline {
				l.space(" ", end)
			} else {
				newline(end)
			}
		case ':':
			l.copy(i, end)
			l.space(" ", end)
		default:
			l.copy(i, end)
		}
		i = end
	}
}

// tokenEnd returns where the token that starts at i ends. The source is valid JSON.
func tokenEnd(s string, i int) int {
	switch s[i] {
	case ' ', '\t', '\n', '\r', '{', '}', '[', ']', ',', ':':
		return i + 1
	case '"':
		for j := i + 1; j < len(s); j++ {
			switch s[j] {
			case '\\':
				j++
			case '"':
				return j + 1
			}
		}
		return len(s)
	}
	j := i
	for j < len(s) && strings.IndexByte(" \t\r\n{}[],:\"", s[j]) < 0 {
		j++
	}
	return max(j, i+1)
}

// shortContainer reports whether the container that opens at i holds no other container and is
// short, and where it closes.
func shortContainer(s string, i int) (int, bool) {
	for j := i + 1; j < len(s) && j-i < lineInline; j = tokenEnd(s, j) {
		switch s[j] {
		case '{', '[':
			return 0, false
		case '}', ']':
			return j, true
		}
	}
	return 0, false
}

// excerpt keeps the lines around the first mark; ok is false when nothing is marked.
func excerpt(segs []seg) (out []seg, ok bool) {
	lines := splitLines(segs)
	at := -1
	for i, line := range lines {
		for _, s := range line {
			if s.Mark && at < 0 {
				at = i
			}
		}
	}
	if at < 0 {
		return nil, false
	}
	from, to := max(at-excerptHead, 0), min(at+excerptTail, len(lines)-1)
	if from > 0 {
		out = append(out, seg{Text: "…\n"})
	}
	for i := from; i <= to; i++ {
		out = append(out, window(lines[i])...)
		if i < to {
			out = append(out, seg{Text: "\n"})
		}
	}
	if to < len(lines)-1 {
		out = append(out, seg{Text: "\n…"})
	}
	return out, true
}

func splitLines(segs []seg) [][]seg {
	lines := [][]seg{nil}
	for _, s := range segs {
		for k, part := range strings.Split(s.Text, "\n") {
			if k > 0 {
				lines = append(lines, nil)
			}
			if part != "" {
				n := len(lines) - 1
				lines[n] = append(lines[n], seg{part, s.Mark})
			}
		}
	}
	return lines
}

// window shortens a very long line around its mark.
func window(line []seg) []seg {
	var out []seg
	for i, s := range line {
		if n := len(s.Text); n > 2*clipWindow {
			head := strings.ToValidUTF8(s.Text[:clipWindow], "")
			tail := strings.ToValidUTF8(s.Text[n-clipWindow:], "")
			switch {
			case s.Mark || len(line) == 1:
				s.Text = head + " … " + tail
			case i == 0:
				s.Text = "… " + tail
			default:
				s.Text = head + " …"
			}
		}
		out = append(out, s)
	}
	return out
}

// contrast marks where two values differ, when they share enough for that to help.
func contrast(a, b string) (left, right []seg) {
	pre := 0
	for pre < len(a) && pre < len(b) && a[pre] == b[pre] {
		pre++
	}
	for pre > 0 && (cut(a, pre) || cut(b, pre)) {
		pre--
	}
	post := 0
	for post < len(a)-pre && post < len(b)-pre && a[len(a)-1-post] == b[len(b)-1-post] {
		post++
	}
	for post > 0 && (cut(a, len(a)-post) || cut(b, len(b)-post)) {
		post--
	}
	if a == b || a == "" || b == "" || 3*(pre+post) < max(len(a), len(b)) {
		return []seg{{Text: a}}, []seg{{Text: b}}
	}
	return middle(a, pre, post), middle(b, pre, post)
}

// cut reports whether i lies inside a UTF-8 sequence or inside a word.
func cut(s string, i int) bool {
	if i <= 0 || i >= len(s) {
		return false
	}
	return s[i]&0xC0 == 0x80 || word(s[i-1]) && word(s[i])
}

func word(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

func middle(s string, pre, post int) []seg {
	var out []seg
	for _, p := range []seg{{Text: s[:pre]}, {s[pre : len(s)-post], true}, {Text: s[len(s)-post:]}} {
		if p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}
