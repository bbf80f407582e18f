package html

import (
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// sequence is the picture of a story: two lifelines, intents, requests and answers. Everything in
// it stands in the list beside it too, so for people who hear the page it is one labelled image.
type sequence struct {
	Height, Foot int
	Left, Right  string
	Label        string
	Intents      []intent
	Arrows       []arrow
	Hidden       int // exchanges that only the list shows
}

type intent struct {
	Y, Top int
	Lines  []intentLine
	Quiet  bool
}

type intentLine struct {
	Y    int
	Text string
}

// arrow is one exchange: a request to the right and its answer to the left.
type arrow struct {
	TextY, Y, AnswerTextY, AnswerY int
	N                              int
	Request                        string
	Answer                         badge
	Lost                           bool // no answer arrived
}

// Geometry of the picture, in units of its view box (440 wide, fixed in the template).
const (
	seqHead     = 46
	seqIntent   = 15 // height of a line of intent text
	seqExchange = 46
	seqMost     = 40 // exchanges in one picture
	seqChars    = 52 // characters of a request between the lifelines
	seqWords    = 58 // characters of a line of intent
)

func (b *builder) sequence(s *result.Suite, c *result.Case, plan []partPlan) *sequence {
	v := &sequence{Left: clip(b.profile(orElse(s.IDP, s.ID)), 24), Right: clip(b.title(), 24)}
	y, n := seqHead, 0
	for _, p := range plan {
		if n >= seqMost && len(p.ids) > 0 {
			v.Hidden += len(p.ids)
			continue
		}
		in := intent{Top: y + 6, Quiet: p.line == nil}
		y += 8
		for _, line := range wrap(p.text(), seqWords, 2) {
			y += seqIntent
			in.Lines = append(in.Lines, intentLine{y, line})
		}
		y += 8
		in.Y = y
		v.Intents = append(v.Intents, in)
		for _, id := range p.ids {
			i, ok := b.exchanges[id]
			if !ok {
				continue
			}
			if n >= seqMost {
				v.Hidden++
				continue
			}
			n++
			x := &b.doc.Exchanges[i]
			v.Arrows = append(v.Arrows, drawn(x, i+1, y))
			y += seqExchange
		}
	}
	if n == 0 {
		return nil
	}
	v.Foot = y + 10
	v.Height = y + 16
	v.Label = "Sequence diagram of " + clip(clean(orElse(c.Title, c.ID)), 120) + ": " + plural(n, "request", "requests") + " from " + v.Left + " to " + v.Right + "; the list that follows says the same"
	return v
}

func drawn(x *result.Exchange, n, y int) arrow {
	a := arrow{N: n, TextY: y + 14, Y: y + 19, AnswerTextY: y + 33, AnswerY: y + 38, Answer: answer(x)}
	a.Request = clip(clean(x.Request.Method)+" "+clean(requestTarget(x)), seqChars)
	a.Lost = x.Response == nil
	if len(x.Attempts) > 0 {
		a.Answer.Word += " after " + plural(len(x.Attempts), "retry", "retries")
	}
	a.Answer.Word += " · " + millis(x.Timing.Total)
	return a
}

// wrap breaks a text into at most most lines of about n characters.
func wrap(s string, n, most int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		switch {
		case line == "":
			line = w
		case len([]rune(line))+1+len([]rune(w)) <= n:
			line += " " + w
		default:
			out = append(out, line)
			line = w
		}
	}
	out = append(out, line)
	if len(out) > most {
		out = append(out[:most-1], strings.Join(out[most-1:], " "))
	}
	for i := range out {
		out[i] = clip(out[i], n)
	}
	return out
}
