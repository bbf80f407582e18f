package scim

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is the deepest nesting of arrays and objects that is read. No SCIM message needs more than ten levels; the limit
// keeps a hostile body from exhausting the stack of any reader behind it.
const MaxDepth = 512

// JSONError says where a text stops being JSON (RFC 8259).
type JSONError struct {
	Offset    int // byte offset of the first offending byte
	Line, Col int // one-based; Col counts bytes
	Msg       string
	TooDeep   bool // the text may be JSON, but it is nested deeper than MaxDepth: nothing is known of the rest
}

func (e *JSONError) Error() string {
	return fmt.Sprintf("not valid JSON at line %d, column %d (byte %d): %s", e.Line, e.Col, e.Offset, e.Msg)
}

func newJSONError(b []byte, off int, format string, args ...any) *JSONError {
	e := &JSONError{Offset: off, Line: 1, Msg: fmt.Sprintf(format, args...)}
	start := 0
	for i := 0; i < off && i < len(b); i++ {
		if b[i] == '\n' {
			e.Line++
			start = i + 1
		}
	}
	e.Col = off - start + 1
	return e
}

// scanner walks a JSON text once, without recursion, and calls the hooks that are set.
type scanner struct {
	b []byte
	i int

	open   func(object bool)         // a container begins at i
	close  func()                    // the innermost container ended
	key    func(start, end int)      // a member name, quotes included
	scalar func(kind byte, s, e int) // any other value
}

// states of a container on the stack
const (
	stObjFirst = iota // after '{'
	stObjNext         // after a member
	stArrFirst
	stArrNext
)

// run validates the whole text: one value, surrounded by white space only.
func (s *scanner) run() *JSONError {
	stack := make([]byte, 0, 16)
	if len(s.b) >= 3 && s.b[0] == 0xEF && s.b[1] == 0xBB && s.b[2] == 0xBF {
		return newJSONError(s.b, 0, "byte order mark before the text (RFC 8259 section 8.1 forbids it)")
	}
	if err := s.value(&stack); err != nil {
		return err
	}
	for len(stack) > 0 {
		if err := s.step(&stack); err != nil {
			return err
		}
	}
	s.space()
	if s.i < len(s.b) {
		return newJSONError(s.b, s.i, "%s after the end of the value", describe(s.b, s.i))
	}
	return nil
}

// step advances the innermost container by one element, or ends it.
func (s *scanner) step(stack *[]byte) *JSONError {
	top := &(*stack)[len(*stack)-1]
	object := *top == stObjFirst || *top == stObjNext
	first := *top == stObjFirst || *top == stArrFirst
	end := byte(']')
	if object {
		end = '}'
	}
	s.space()
	if s.i >= len(s.b) {
		return newJSONError(s.b, s.i, "the text ends before '%c'", end)
	}
	if s.b[s.i] == end {
		s.i++
		*stack = (*stack)[:len(*stack)-1]
		if s.close != nil {
			s.close()
		}
		return nil
	}
	if !first {
		if s.b[s.i] != ',' {
			return newJSONError(s.b, s.i, "%s where ',' or '%c' belongs", describe(s.b, s.i), end)
		}
		s.i++
		s.space()
		if s.i < len(s.b) && s.b[s.i] == end {
			return newJSONError(s.b, s.i, "trailing comma before '%c'", end)
		}
	}
	if !object {
		*top = stArrNext
		return s.value(stack)
	}
	*top = stObjNext
	if err := s.member(); err != nil {
		return err
	}
	return s.value(stack)
}

// member reads a name and its colon.
func (s *scanner) member() *JSONError {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return newJSONError(s.b, s.i, "%s where a member name in double quotes belongs", describe(s.b, s.i))
	}
	start := s.i
	if err := s.str(); err != nil {
		return err
	}
	if s.key != nil {
		s.key(start, s.i)
	}
	s.space()
	if s.i >= len(s.b) || s.b[s.i] != ':' {
		return newJSONError(s.b, s.i, "%s where ':' belongs", describe(s.b, s.i))
	}
	s.i++
	return nil
}

// value reads a scalar, or opens a container.
func (s *scanner) value(stack *[]byte) *JSONError {
	s.space()
	if s.i >= len(s.b) {
		if len(strings.TrimSpace(string(s.b))) == 0 {
			return newJSONError(s.b, s.i, "the text is empty")
		}
		return newJSONError(s.b, s.i, "the text ends where a value belongs")
	}
	start := s.i
	c := s.b[s.i]
	var err *JSONError
	switch {
	case c == '{' || c == '[':
		if len(*stack) >= MaxDepth {
			err := newJSONError(s.b, s.i, "nested deeper than %d levels", MaxDepth)
			err.TooDeep = true
			return err
		}
		state := byte(stArrFirst)
		if c == '{' {
			state = stObjFirst
		}
		*stack = append(*stack, state)
		s.i++
		if s.open != nil {
			s.open(c == '{')
		}
		return nil
	case c == '"':
		err = s.str()
	case c == '-' || c >= '0' && c <= '9':
		err = s.number()
	default:
		err = s.literal()
	}
	if err == nil && s.scalar != nil {
		s.scalar(c, start, s.i)
	}
	return err
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) literal() *JSONError {
	for _, lit := range [...]string{"true", "false", "null"} {
		if s.i+len(lit) <= len(s.b) && string(s.b[s.i:s.i+len(lit)]) == lit {
			s.i += len(lit)
			return nil
		}
	}
	return newJSONError(s.b, s.i, "%s where a value belongs", describe(s.b, s.i))
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}

func (s *scanner) number() *JSONError {
	if s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
		if s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
			return newJSONError(s.b, s.i, "a number must not start with 0")
		}
	} else if !s.digits() {
		return newJSONError(s.b, s.i, "%s where a digit belongs", describe(s.b, s.i))
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if !s.digits() {
			return newJSONError(s.b, s.i, "%s where a digit belongs", describe(s.b, s.i))
		}
	}
	if s.i < len(s.b) && (s.b[s.i] == 'e' || s.b[s.i] == 'E') {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		if !s.digits() {
			return newJSONError(s.b, s.i, "%s where a digit belongs", describe(s.b, s.i))
		}
	}
	return nil
}

// str reads a string. Bytes that are not UTF-8 are let through: InvalidUTF8 finds them, and a judge decides.
func (s *scanner) str() *JSONError {
	start := s.i
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return nil
		case c < 0x20:
			return newJSONError(s.b, s.i, "control character %#02x inside a string must be escaped", c)
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		}
	}
	return newJSONError(s.b, start, "the string that starts here is never closed")
}

// escape checks the escape at i and leaves i on its last byte.
func (s *scanner) escape() *JSONError {
	at := s.i
	s.i++
	if s.i >= len(s.b) {
		return newJSONError(s.b, at, "the text ends inside an escape")
	}
	if s.b[s.i] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s.b[s.i]) < 0 {
			return newJSONError(s.b, at, "unknown escape \\%s", printable(s.b[s.i]))
		}
		return nil
	}
	for n := 0; n < 4; n++ {
		s.i++
		if s.i >= len(s.b) || !isHex(s.b[s.i]) {
			return newJSONError(s.b, at, "\\u needs four hexadecimal digits")
		}
	}
	return nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func describe(b []byte, i int) string {
	if i >= len(b) {
		return "the text ends"
	}
	r, _ := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError || r < 0x20 || r == 0x7f {
		return fmt.Sprintf("byte %#02x", b[i])
	}
	return fmt.Sprintf("%q", r)
}

func printable(c byte) string {
	if c < 0x20 || c > 0x7e {
		return fmt.Sprintf("byte %#02x", c)
	}
	return string(rune(c))
}

// unquote decodes a validated JSON string literal, quotes included. Lone surrogates and bytes that are not UTF-8 become U+FFFD.
func unquote(q []byte) string {
	if len(q) < 2 {
		return ""
	}
	q = q[1 : len(q)-1]
	plain := utf8.Valid(q)
	for i := 0; plain && i < len(q); i++ {
		plain = q[i] != '\\'
	}
	if plain {
		return string(q)
	}
	var sb strings.Builder
	for i := 0; i < len(q); {
		if q[i] != '\\' {
			r, n := utf8.DecodeRune(q[i:])
			sb.WriteRune(r)
			i += n
			continue
		}
		r, n := unescape(q[i:])
		sb.WriteRune(r)
		i += n
	}
	return sb.String()
}

// unescape decodes the escape at the start of q.
func unescape(q []byte) (rune, int) {
	switch q[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r := hex4(q[2:6])
		if utf16.IsSurrogate(r) {
			if len(q) >= 12 && q[6] == '\\' && q[7] == 'u' {
				if both := utf16.DecodeRune(r, hex4(q[8:12])); both != utf8.RuneError {
					return both, 12
				}
			}
			return utf8.RuneError, 6
		}
		return r, 6
	}
	return rune(q[1]), 2
}

func hex4(b []byte) rune {
	var r rune
	for _, c := range b {
		r <<= 4
		switch {
		case c <= '9':
			r |= rune(c - '0')
		case c <= 'F':
			r |= rune(c-'A') + 10
		default:
			r |= rune(c-'a') + 10
		}
	}
	return r
}
