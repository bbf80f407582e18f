package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// At is a mistake in a file of people, and where.
type At struct {
	Line   int
	Offset int64 // bytes of text before it, where the line is not known: LineOf finds it
	Err    error
}

func (e *At) Error() string { return e.Err.Error() }

func (e *At) Unwrap() error { return e.Err }

// plainText gives the text of a file in UTF-8, whatever Excel and its like made of it: with a byte order mark or without, in
// UTF-16, with line ends of any system. What is no text is refused in words.
func plainText(r io.Reader) (*bufio.Reader, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(512)
	if len(head) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, errors.New("the file is empty")
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, errors.New("it is a workbook of Excel (or another archive), and no text; save it as CSV, best as CSV UTF-8")
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = br.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		_, _ = br.Discard(2)
		return bufio.NewReaderSize(&lineEnds{in: &utf16Reader{in: br}}, 64<<10), nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		_, _ = br.Discard(2)
		return bufio.NewReaderSize(&lineEnds{in: &utf16Reader{in: br, big: true}}, 64<<10), nil
	}
	if little, big := zeros(head); little || big {
		return bufio.NewReaderSize(&lineEnds{in: &utf16Reader{in: br, big: big}}, 64<<10), nil
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, errors.New("it is no text: it has zero bytes")
	}
	return bufio.NewReaderSize(&lineEnds{in: br}, 64<<10), nil
}

// zeros tells UTF-16 without a byte order mark by where its zero bytes are: names of columns are ASCII.
func zeros(head []byte) (little, big bool) {
	var at [2]int
	for i, c := range head {
		if c == 0 {
			at[i%2]++
		}
	}
	half := len(head) / 2
	return at[1] > half*3/4 && at[0] == 0, at[0] > half*3/4 && at[1] == 0
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	in   *bufio.Reader
	big  bool
	left []byte
}

func (u *utf16Reader) unit() (uint16, error) {
	var b [2]byte
	if _, err := io.ReadFull(u.in, b[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, io.EOF // half a character at the end
		}
		return 0, err
	}
	if u.big {
		return uint16(b[0])<<8 | uint16(b[1]), nil
	}
	return uint16(b[1])<<8 | uint16(b[0]), nil
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.left) < len(p) {
		a, err := u.unit()
		if err != nil {
			if len(u.left) > 0 {
				break
			}
			return 0, err
		}
		r := rune(a)
		if utf16.IsSurrogate(r) {
			b, err := u.unit()
			if err != nil {
				b = 0
			}
			r = utf16.DecodeRune(r, rune(b))
		}
		u.left = utf8.AppendRune(u.left, r)
	}
	n := copy(p, u.left)
	u.left = u.left[:copy(u.left, u.left[n:])]
	return n, nil
}

// lineEnds turns the line ends of old Macs, a carriage return alone, into those of everybody.
type lineEnds struct {
	in   io.Reader
	last bool // the byte before was a carriage return that was passed on as a line feed
}

func (l *lineEnds) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	out := p[:0]
	for _, c := range p[:n] {
		switch {
		case c == '\r':
			out = append(out, '\n')
		case c == '\n' && l.last: // of a pair
		default:
			out = append(out, c)
		}
		l.last = c == '\r'
	}
	return len(out), err
}

// windows1252 are the characters of 0x80 to 0x9f there; the others are those of Latin-1.
var windows1252 = [32]rune{'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f, 0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ'}

// fromWindows reads a field that is no UTF-8 as Excel writes it where nobody asks for UTF-8.
func fromWindows(s string) string {
	var b []rune
	for i := range len(s) {
		if c := s[i]; c >= 0x80 && c < 0xa0 {
			b = append(b, windows1252[c-0x80])
		} else {
			b = append(b, rune(c))
		}
	}
	return string(b)
}

// LineOf counts the lines of a file up to a place of its text.
func LineOf(r io.Reader, offset int64) int {
	text, err := plainText(r)
	if err != nil {
		return 1
	}
	line, ended := 1, false // a line feed at the very end begins no line
	for ; offset > 0; offset-- {
		c, err := text.ReadByte()
		if err != nil {
			break
		}
		if ended {
			line++
		}
		ended = c == '\n'
	}
	if _, err := text.Peek(1); ended && err == nil {
		line++
	}
	return line
}

func atOffset(d interface{ InputOffset() int64 }, format string, a ...any) error {
	return &At{Offset: d.InputOffset(), Err: fmt.Errorf(format, a...)}
}
