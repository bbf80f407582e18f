package reports

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fatih/color"

	"github.com/scimmage/scimmage/internal/result"
)

const defaultWidth = 100

// pen holds the colours of one writer. The colours are instances: the global switch of the
// library belongs to whoever imports it and is not touched.
type pen struct {
	v       *view
	width   int
	verbose int
	again   func(string) string
	red     *color.Color
	green   *color.Color
	yellow  *color.Color
	cyan    *color.Color
	bold    *color.Color
	faint   *color.Color
}

func newPen(d *result.Document, o Options) *pen {
	p := &pen{v: newView(d), width: o.Width, verbose: o.Verbose, again: o.Again}
	if p.again == nil {
		p.again = func(id string) string { return "scimmage replay " + shellWord(id) }
	}
	if p.width <= 0 {
		p.width = defaultWidth
	}
	p.width = max(p.width, 40)
	make := func(a ...color.Attribute) *color.Color {
		c := color.New(a...)
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	p.red, p.green, p.yellow = make(color.FgRed), make(color.FgGreen), make(color.FgYellow)
	p.cyan, p.bold, p.faint = make(color.FgCyan), make(color.Bold), make(color.Faint)
	return p
}

func (p *pen) outcome(o result.Outcome) *color.Color {
	switch o {
	case result.Pass:
		return p.green
	case result.Fail:
		return p.red
	case result.Warn, result.Error:
		return p.yellow
	}
	return p.faint
}

func (p *pen) verdict(v result.Verdict) *color.Color {
	switch v {
	case result.Supported:
		return p.green
	case result.Broken:
		return p.red
	case result.Partial:
		return p.yellow
	}
	return p.faint
}

// RenderFinding writes one finding as it looks everywhere: what, where in the standard, expected
// and actual, the conversation with a caret into the answer, the fix, and how to see it again.
func RenderFinding(w io.Writer, d *result.Document, c *result.Check, o Options) error {
	_, err := io.WriteString(w, defuse(newPen(d, o).finding(c, "")))
	return err
}

// RenderCause writes one cause with its findings.
func RenderCause(w io.Writer, d *result.Document, c *result.Cause, o Options) error {
	_, err := io.WriteString(w, defuse(newPen(d, o).cause(c, 0)))
	return err
}

// Limits of what a terminal shows of one text.
const (
	clipSummary = 400
	clipValue   = 600
	clipCurl    = 2000
)

// lines collects lines with an indent.
type lines struct {
	b      strings.Builder
	indent string
}

func (l *lines) add(s string) {
	l.b.WriteString(strings.TrimRight(l.indent+s, " "))
	l.b.WriteByte('\n')
}

// labelled adds "label   text", wrapped, with later lines under the text.
func (l *lines) labelled(indent, label, text string, width, labelWidth int) {
	if strings.TrimSpace(text) == "" {
		return
	}
	room := width - len(l.indent) - len(indent) - labelWidth - 2
	for i, line := range wrap(text, room) {
		head := strings.Repeat(" ", labelWidth)
		if i == 0 {
			head = pad(label, labelWidth)
		}
		l.add(indent + head + "  " + line)
	}
}

// finding renders a check. Curl and paths are not wrapped: they are there to be copied.
func (p *pen) finding(c *result.Check, indent string) string {
	l := &lines{indent: indent}
	head := p.outcome(c.Outcome).Sprint(glyph(c.Outcome)+" "+word(c.Outcome)) + "  " + p.bold.Sprint(clip(oneLine(c.ID), 200)) + "  " + strings.ToUpper(string(c.Level))
	if cites := p.v.citations(c.Cites); cites != "" {
		head += "  " + p.cyan.Sprint(clip(oneLine(cites), 200))
	}
	l.add(head)
	for _, s := range wrap(clip(oneLine(headline(c)), clipSummary), p.width-2-len(indent)) {
		l.add("  " + s)
	}
	if k := known(c); k != "" {
		l.labelled("  ", "", p.faint.Sprint(clip(oneLine(k), clipSummary)), p.width, 0)
	}
	l.labelled("    ", "expected", clip(oneLine(c.Expected), clipValue), p.width, 8)
	l.labelled("    ", "actual", clip(oneLine(c.Actual), clipValue), p.width, 8)
	if c.Occurrences > 1 {
		l.add("    seen      in " + plural(c.Occurrences, "exchange", "exchanges"))
	}
	x := p.v.exchanges[c.Exchange]
	notes := p.conversation(l, c, x)
	for _, n := range notes {
		l.labelled("  ", "note", clip(oneLine(n), clipSummary), p.width, 6)
	}
	if c.RFC != nil {
		l.labelled("  ", "RFC", clip(oneLine(c.RFC.Title()+": "+c.RFC.Note), clipValue), p.width, 6)
	}
	l.labelled("  ", "why", clip(oneLine(c.Why), clipValue), p.width, 6)
	l.labelled("  ", "fix", clip(oneLine(c.Fix), clipValue), p.width, 6)
	if id := p.v.replayCase(c); id != "" {
		l.add("  again   " + p.again(oneLine(id)))
	}
	if x != nil && x.Curl != "" {
		l.add("  curl    " + p.faint.Sprint(clip(oneCommand(x.Curl), clipCurl)))
	}
	return l.b.String()
}

// shortNote is how long a note may be to stand behind the carets.
const shortNote = 40

// conversation adds the exchange and the snippet; it returns the notes that are left.
func (p *pen) conversation(l *lines, c *result.Check, x *result.Exchange) []string {
	notes := c.Notes
	if x == nil {
		return notes
	}
	l.add("  " + clip(oneLine(conversation(x)), 300))
	for _, a := range x.Attempts {
		text := fmt.Sprintf("earlier try: %s", statusLine(a.Status))
		if a.Error != nil {
			text = "earlier try: " + oneLine(a.Error.Message)
		}
		if a.RetryAfter != "" {
			text += ", Retry-After " + oneLine(a.RetryAfter)
		}
		l.add("    " + p.faint.Sprint(clip(text, clipSummary)))
	}
	room := p.width - len(l.indent) - 9
	s := snippetOf(x, c.At, room)
	mark := ""
	if s != nil && s.caret >= 0 && len(notes) > 0 && len(notes[0]) <= shortNote {
		mark, notes = oneLine(notes[0]), notes[1:]
	}
	if mark == "" && c.Expected != "" && len(c.Expected) <= shortNote {
		mark = "expected " + oneLine(c.Expected)
	}
	if s == nil && x.Response != nil && (x.Response.Status >= 400 || p.verbose >= 2) {
		s = plainSnippet(x.Response.Body, room)
	}
	if s != nil {
		for _, line := range s.render(" ", mark) {
			l.add(line)
		}
	}
	if p.verbose >= 2 && x.Request.Body != "" {
		l.add("  sent")
		for _, line := range plainSnippet(x.Request.Body, room).orEmpty().render(" ", "") {
			l.add(line)
		}
	}
	return notes
}

func (s *snippet) orEmpty() *snippet {
	if s == nil {
		return &snippet{caret: -1}
	}
	return s
}

// cause renders a cause: its title, whom it hurts, its primary finding in full and the others in
// a line each.
func (p *pen) cause(c *result.Cause, number int) string {
	l := &lines{}
	label := ""
	if number > 0 {
		label = fmt.Sprintf("%d. ", number)
	}
	title := strings.Join(wrap(clip(oneLine(c.Title), clipSummary), p.width-4), "\n   ")
	l.add(p.outcome(c.Outcome).Sprint(label + title))
	facts := []string{word(c.Outcome) + " " + strings.ToUpper(string(c.Level))}
	if n := len(c.Checks) + len(c.Consequences); n > 1 {
		facts = append(facts, plural(n, "finding", "findings"))
	}
	if len(c.Profiles) > 0 {
		facts = append(facts, "breaks "+strings.Join(titles(c.Profiles, p.v.profiles), ", "))
	}
	if len(c.Features) > 0 {
		facts = append(facts, strings.Join(titles(c.Features, p.v.features), ", "))
	}
	if c.Known {
		facts = append(facts, "known")
	}
	for _, s := range wrap(clip(oneLine(strings.Join(facts, " · ")), clipSummary), p.width-3) {
		l.add("   " + p.faint.Sprint(s))
	}
	l.b.WriteByte('\n')
	p.causeFindings(l, c)
	return l.b.String()
}

// maxOthers is how many further findings of a cause are named when not verbose.
const maxOthers = 6

func (p *pen) causeFindings(l *lines, c *result.Cause) {
	others := append(append([]string{}, c.Checks...), c.Consequences...)
	full := 1
	if p.verbose >= 1 {
		full = len(others)
	}
	for i, id := range others {
		f := p.v.checks[id]
		if f.check == nil {
			continue
		}
		if i < full {
			shown := *f.check
			if i == 0 { // a check's own words are nearer to the fault than those of the whole cause
				shown.Why, shown.Fix = or(shown.Why, c.Why), or(shown.Fix, c.Fix)
			}
			l.b.WriteString(p.finding(&shown, "   "))
			continue
		}
		if i == 1 {
			l.add("     also")
		}
		if i > maxOthers {
			l.add(fmt.Sprintf("       and %d more (-v shows all)", len(others)-i))
			break
		}
		mark := glyph(f.check.Outcome) + " " + word(f.check.Outcome)
		rest := wrap(clip(oneLine(id), 120)+": "+clip(oneLine(headline(f.check)), 160), p.width-len(l.indent)-11-len([]rune(mark)))
		for k, text := range rest {
			head := strings.Repeat(" ", len([]rune(mark)))
			if k == 0 {
				head = p.outcome(f.check.Outcome).Sprint(mark)
			}
			l.add("       " + head + "  " + text)
		}
	}
}

// continued is the end of a line of a command that goes on in the next.
var continued = regexp.MustCompile(`[ \t]*\\\r?\n[ \t]*`)

// oneCommand puts a command on one line, so that it can be copied as a whole. Line ends within its
// quoted arguments stay: they are part of what was sent.
func oneCommand(s string) string { return visible(continued.ReplaceAllString(s, " ")) }

// shellWord quotes an id for a shell where it needs that.
func shellWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./_-:@,+=", r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
