package reports

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/result"
)

// snippet is the part of a body around what a finding is about.
type snippet struct {
	lines []snippetLine
	caret int    // index of the line the carets stand under, -1 without
	lead  string // text before the carets, for their column
	mark  string // text over the carets
}

type snippetLine struct {
	number int // 0 for a header
	text   string
}

// Lines of context around the locus.
const (
	linesBefore = 2
	linesAfter  = 1
	plainLines  = 8
)

// snippetOf cuts the snippet of a check out of its exchange, nil when there is nothing to show.
func snippetOf(x *result.Exchange, at *result.Locus, width int) *snippet {
	if x == nil {
		return nil
	}
	body, headers := responseParts(x)
	if at != nil && at.Where == "request" {
		body, headers = x.Request.Body, x.Request.Headers
	}
	if at != nil && at.Header != "" {
		return headerSnippet(headers, at.Header)
	}
	if at == nil || at.Offset < 0 || at.Offset >= len(body) || at.Length < 0 || (at.Offset == 0 && at.Length == 0) {
		return nil
	}
	return bodySnippet(body, at.Offset, at.Length, width)
}

func responseParts(x *result.Exchange) (string, []result.Header) {
	if x.Response == nil {
		return "", nil
	}
	return x.Response.Body, x.Response.Headers
}

func headerSnippet(headers []result.Header, name string) *snippet {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			value := clip(oneLine(h.Value), 200)
			return &snippet{lines: []snippetLine{{0, h.Name + ": " + value}}, lead: h.Name + ": ", mark: value}
		}
	}
	return &snippet{lines: []snippetLine{{0, "(no header " + oneLine(name) + ")"}}, caret: -1}
}

// plainSnippet is the beginning of a body, for findings that point nowhere.
func plainSnippet(body string, width int) *snippet {
	if strings.TrimSpace(body) == "" {
		return nil
	}
	text, _ := indentJSON(cut(body, 16<<10), -1)
	s := &snippet{caret: -1}
	for i, line := range strings.Split(text, "\n") {
		if i == plainLines {
			s.lines = append(s.lines, snippetLine{0, "…"})
			break
		}
		s.lines = append(s.lines, snippetLine{i + 1, clip(oneLine(line), width)})
	}
	return s
}

// bodySnippet shows the line with the locus, its neighbours, and the text the carets go under.
func bodySnippet(body string, offset, length, width int) *snippet {
	const window = 64 << 10 // a body in one line of megabytes is cut around the locus first
	if offset > window && !strings.Contains(body[:offset], "\n") {
		start := offset - window/2
		for start < offset && !utf8.RuneStart(body[start]) {
			start++
		}
		body, offset = body[start:], offset-start
	}
	if end := offset + length + window; end < len(body) {
		body = cut(body, end)
	}
	marked := body[offset:min(len(body), offset+max(length, 1))]
	if !strings.Contains(strings.TrimSpace(body), "\n") {
		body, offset = indentJSON(body, offset)
	}
	if i := strings.IndexByte(marked, '\n'); i >= 0 {
		marked = marked[:i]
	}
	lines := strings.Split(body, "\n")
	n, start := 0, 0
	for n < len(lines)-1 && start+len(lines[n])+1 <= offset {
		start += len(lines[n]) + 1
		n++
	}
	s := &snippet{}
	for i := max(0, n-linesBefore); i <= min(len(lines)-1, n+linesAfter); i++ {
		if i == n {
			s.caret = len(s.lines)
			lead := lines[n][:min(len(lines[n]), offset-start)]
			rest := lines[n][len(lead):]
			mark := rest[:min(len(rest), len(marked))]
			s.addMarked(n+1, lead, mark, rest[len(mark):], width)
			continue
		}
		s.lines = append(s.lines, snippetLine{i + 1, clipTo(oneLine(lines[i]), width)})
	}
	return s
}

// addMarked adds the line with the locus, cut on both sides to fit.
func (s *snippet) addMarked(number int, lead, mark, rest string, width int) {
	lead, mark, rest = oneLine(lead), oneLine(mark), oneLine(rest)
	mark = clipTo(mark, max(8, width/2))
	if room := max(8, width-columns(mark)-8); columns(lead) > room {
		lead = "…" + lastRunes(lead, room-1)
	}
	text := lead + mark
	text += clipTo(rest, max(4, width-columns(text)))
	s.lead, s.mark = lead, mark
	s.lines = append(s.lines, snippetLine{number, text})
}

func clipTo(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	i := 0
	for at := range s {
		if i == n-1 {
			return s[:at] + "…"
		}
		i++
	}
	return s
}

func lastRunes(s string, n int) string {
	for skip := utf8.RuneCountInString(s) - n; skip > 0 && s != ""; skip-- {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}

// render writes the snippet with a gutter, and the carets with a note.
func (s *snippet) render(indent, note string) []string {
	var out []string
	for i, l := range s.lines {
		number := ""
		if l.number > 0 {
			number = fmt.Sprint(l.number)
		}
		out = append(out, fmt.Sprintf("%s%4s │ %s", indent, number, strings.ReplaceAll(l.text, "\t", " ")))
		if i == s.caret && s.mark != "" {
			line := fmt.Sprintf("%s%4s │ %s%s", indent, "", strings.Repeat(" ", columns(s.lead)), strings.Repeat("^", max(1, columns(s.mark))))
			if note != "" {
				line += " " + note
			}
			out = append(out, line)
		}
	}
	return out
}

// indentJSON lays a compact JSON text out in lines and says where the byte at offset went. It
// works on tokens alone, so that a broken text is laid out as far as it goes and nothing is lost.
func indentJSON(body string, offset int) (string, int) {
	first := strings.TrimLeft(body, " \t\r\n")
	if first == "" || (first[0] != '{' && first[0] != '[') {
		return body, offset
	}
	w := jsonLayout{in: body, at: offset, place: -1}
	for w.i < len(body) {
		w.step()
	}
	if w.place < 0 {
		w.place = w.out.Len()
	}
	return w.out.String(), w.place
}

// jsonLayout is the state of indentJSON.
type jsonLayout struct {
	in               string
	out              strings.Builder
	i, depth         int
	at, place        int
	inString, escape bool
}

func (w *jsonLayout) step() {
	c := w.in[w.i]
	if w.inString {
		w.put(c)
		switch {
		case w.escape:
			w.escape = false
		case c == '\\':
			w.escape = true
		case c == '"':
			w.inString = false
		}
		return
	}
	switch c {
	case ' ', '\t', '\r', '\n':
		if w.i == w.at {
			w.place = w.out.Len()
		}
		w.i++
	case '{', '[':
		w.put(c)
		w.depth++
		if !w.closesAtOnce() {
			w.line()
		}
	case '}', ']':
		w.depth = max(0, w.depth-1)
		if last := lastByte(w.out.String()); last != '{' && last != '[' {
			w.line()
		}
		w.put(c)
	case ',':
		w.put(c)
		w.line()
	case ':':
		w.put(c)
		w.out.WriteByte(' ')
	default:
		w.inString = c == '"'
		w.put(c)
	}
}

func (w *jsonLayout) put(c byte) {
	if w.i == w.at {
		w.place = w.out.Len()
	}
	w.out.WriteByte(c)
	w.i++
}

func (w *jsonLayout) line() {
	w.out.WriteByte('\n')
	w.out.WriteString(strings.Repeat("  ", min(w.depth, 40)))
}

func (w *jsonLayout) closesAtOnce() bool {
	rest := strings.TrimLeft(w.in[w.i:min(len(w.in), w.i+16)], " \t\r\n")
	return rest != "" && (rest[0] == '}' || rest[0] == ']')
}

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}
