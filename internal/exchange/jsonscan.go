package exchange

import (
	"bytes"
	"encoding/json"
)

// lexer cuts JSON into tokens. It is lenient: bodies of broken servers are redacted and looked
// through too, so nothing here stops at the first error, and every token advances.
type lexer struct {
	b []byte
	i int
}

// token is a structural byte ('{', '}', '[', ']', ':', ','), 's' for a string (quotes included in
// the span), 'v' for any other run (numbers, literals, garbage), or 0 at the end.
type token struct {
	kind       byte
	start, end int
}

func (l *lexer) next() token {
	for l.i < len(l.b) {
		c := l.b[l.i]
		switch c {
		case ' ', '\t', '\n', '\r':
			l.i++
		case '{', '}', '[', ']', ':', ',':
			l.i++
			return token{c, l.i - 1, l.i}
		case '"':
			start := l.i
			l.i = stringEnd(l.b, l.i)
			return token{'s', start, l.i}
		default:
			start := l.i
			for l.i < len(l.b) && !isDelim(l.b[l.i]) {
				l.i++
			}
			return token{'v', start, l.i}
		}
	}
	return token{0, l.i, l.i}
}

func isDelim(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', '{', '}', '[', ']', ':', ',', '"':
		return true
	}
	return false
}

// stringEnd returns the offset after the closing quote of the string that starts at i, or the end.
func stringEnd(b []byte, i int) int {
	i++
	for {
		k := bytes.IndexByte(b[i:], '"')
		if k < 0 {
			return len(b)
		}
		// A quote is escaped when an odd number of backslashes stands before it.
		n := 0
		for j := i + k - 1; j >= i && b[j] == '\\'; j-- {
			n++
		}
		if n%2 == 0 {
			return i + k + 1
		}
		i += k + 1
	}
}

// isKey reports whether the string that was just read is followed by a colon.
func (l *lexer) isKey() bool {
	for j := l.i; j < len(l.b); j++ {
		switch l.b[j] {
		case ' ', '\t', '\n', '\r':
		case ':':
			return true
		default:
			return false
		}
	}
	return false
}

// skip passes over the rest of a value whose first token is t.
func (l *lexer) skip(t token) {
	if t.kind != '{' && t.kind != '[' {
		return
	}
	for depth := 1; depth > 0; {
		switch l.next().kind {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case 0:
			return
		}
	}
}

// text returns the value of a string token; what cannot be unescaped is taken as it stands.
func (l *lexer) text(t token) string {
	raw := l.b[t.start:t.end]
	if t.kind != 's' {
		return string(raw)
	}
	in := raw[1:]
	if n := len(in); n > 0 && in[n-1] == '"' {
		in = in[:n-1]
	}
	if bytes.IndexByte(in, '\\') < 0 {
		return string(in)
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(in)
}

// keyText is text without a copy: keys are compared and forgotten, and bodies do not change.
func (l *lexer) keyText(t token) string {
	if in := l.b[t.start:t.end]; len(in) >= 2 && in[len(in)-1] == '"' && bytes.IndexByte(in, '\\') < 0 {
		return view(in[1 : len(in)-1])
	}
	return l.text(t)
}

// member is a key token and the first token of its value.
type member struct {
	key   string
	value token
}

// members calls f for each member of the object that was just entered, until its end. f may read the
// value; whatever it leaves unread is passed over.
func (l *lexer) members(f func(m member)) {
	for {
		t := l.next()
		switch t.kind {
		case '}', 0:
			return
		case 's':
			if !l.isKey() {
				continue
			}
			key := l.keyText(t)
			l.next() // the colon
			v := l.next()
			if v.kind == '}' || v.kind == 0 {
				return
			}
			at := l.i
			f(member{key, v})
			if l.i == at {
				l.skip(v)
			}
		case '{', '[':
			l.skip(t) // garbage where a key should stand
		}
	}
}

// elements calls f for each element of the array that was just entered, until its end.
func (l *lexer) elements(f func(t token)) {
	for {
		t := l.next()
		switch t.kind {
		case ']', '}', 0:
			return
		case ',', ':':
		default:
			at := l.i
			f(t)
			if l.i == at {
				l.skip(t)
			}
		}
	}
}
