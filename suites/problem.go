package suites

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/vm"
)

// String is "file:line:col", leaving out what is unknown.
func (p Pos) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Col > 0 {
			fmt.Fprintf(&b, ":%d", p.Col)
		}
	}
	return b.String()
}

// Problem is one thing that is wrong with a file: where, what, and what to do.
type Problem struct {
	Pos
	Msg    string
	Hint   string   // what to do; may be empty
	Line   string   // the source line
	Before []string // context, for broken YAML
	After  []string
	Width  int // characters under the caret; 0 and 1 are one
}

// Error is the one-line form.
func (p Problem) Error() string {
	s := p.Pos.String() + ": " + p.Msg
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Render shows the problem the way compilers do: place and message, the source line, a caret
// under the offending text, and the hint.
func (p Problem) Render() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", p.Pos, clean(p.Msg))
	if p.Pos.Line > 0 && (p.Line != "" || len(p.Before)+len(p.After) > 0) {
		p.renderSource(&b)
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "  hint: %s\n", clean(p.Hint))
	}
	return b.String()
}

func (p Problem) renderSource(b *strings.Builder) {
	width := len(fmt.Sprint(p.Pos.Line + len(p.After)))
	for i, l := range p.Before {
		fmt.Fprintf(b, "  %*d | %s\n", width, p.Pos.Line-len(p.Before)+i, clean(l))
	}
	fmt.Fprintf(b, "  %*d | %s\n", width, p.Pos.Line, clean(p.Line))
	if p.Col > 0 {
		fmt.Fprintf(b, "  %*s | %s%s\n", width, "", caretPad(p.Line, p.Col), strings.Repeat("^", max(1, min(p.Width, 80))))
	}
	for i, l := range p.After {
		fmt.Fprintf(b, "  %*d | %s\n", width, p.Pos.Line+1+i, clean(l))
	}
}

// caretPad repeats the line up to the column with everything but tabs as spaces, so that the caret
// stands under its character whatever the tab width.
func caretPad(line string, col int) string {
	var b strings.Builder
	n := 1
	for _, r := range line {
		if n >= col {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteByte(' ')
		}
		n++
	}
	for ; n < col && n < 500; n++ {
		b.WriteByte(' ')
	}
	return b.String()
}

// clean keeps terminal control characters of a hostile file out of messages, and long lines short.
func clean(s string) string {
	const limit = 400
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return '\uFFFD'
		}
		return r
	}, s)
}

// Problems is a list of problems and an error when it is not empty.
type Problems []Problem

// Error joins the one-line forms.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Render shows all of them.
func (ps Problems) Render() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Render())
	}
	return b.String()
}

// Err is the list as an error, nil when it is empty.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Sort orders by file, line and column.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Col, b.Col))
	})
}

// Source is the text of a file, for carets.
type Source struct {
	File  string
	Lines []string

	programs map[string]*vm.Program // what of it is compiled already, by text
}

// NewSource splits data into lines.
func NewSource(file string, data []byte) *Source {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return &Source{File: file, Lines: strings.Split(text, "\n")}
}

// LineAt returns line n (from 1), or "".
func (s *Source) LineAt(n int) string {
	if s == nil || n < 1 || n > len(s.Lines) {
		return ""
	}
	return s.Lines[n-1]
}

// around returns up to n lines before and after a line.
func (s *Source) around(line, n int) (before, after []string) {
	for i := max(1, line-n); i < line; i++ {
		before = append(before, s.LineAt(i))
	}
	for i := line + 1; i <= min(len(s.Lines), line+n); i++ {
		if i == len(s.Lines) && s.Lines[i-1] == "" {
			break
		}
		after = append(after, s.LineAt(i))
	}
	return before, after
}

// Problem makes a problem at a place of this file.
func (s *Source) Problem(pos Pos, width int, hint, msg string) Problem {
	return Problem{Pos: pos, Msg: msg, Hint: hint, Line: s.LineAt(pos.Line), Width: width}
}
