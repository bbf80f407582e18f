package html

import (
	"fmt"
	"strconv"
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
	Requests     []label
	Answers      []label
	Arrows       []strokes // all arrows of a colour in one path: a page has hundreds of pictures
	Hidden       int       // exchanges that only the list shows
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

// label is a line of text above an arrow.
type label struct {
	Y           int
	Class, Text string
}

type strokes struct{ Class, Path string }

// Geometry of the picture, which the script repeats, in units of its view box (440 wide, fixed in the template).
const (
	seqHead     = 46
	seqIntent   = 15 // height of a line of intent text
	seqExchange = 46
	seqMost     = 40 // exchanges in one picture
	seqChars    = 54 // characters of a request between the lifelines
	seqWords    = 58 // characters of a line of intent
)

// The names above the lifelines.
func (b *builder) left(s *result.Suite) string { return clip(b.profile(orElse(s.IDP, s.ID)), 24) }
func (b *builder) right() string               { return clip(b.title(), 24) }

func (b *builder) sequence(s *result.Suite, c *result.Case, plan []partPlan) *sequence {
	v := &sequence{Left: b.left(s), Right: b.right()}
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
			v.draw(&b.doc.Exchanges[i], i+1, y)
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

// draw adds one exchange below y: a request to the right and its answer to the left.
func (v *sequence) draw(x *result.Exchange, n, y int) {
	v.Requests = append(v.Requests, label{y + 14, "", strconv.Itoa(n) + " " + clip(clean(x.Request.Method)+" "+clean(requestTarget(x)), seqChars)})
	v.stroke("rq", fmt.Sprintf("M14 %dh410m-6-4l6 4l-6 4", y+19))
	a := answer(x)
	text := a.Word
	if len(x.Attempts) > 0 {
		text += " after " + plural(len(x.Attempts), "retry", "retries")
	}
	class := a.Class
	v.Answers = append(v.Answers, label{y + 33, class, text + " · " + millis(x.Timing.Total)})
	if x.Response == nil {
		class += " lost"
	}
	v.stroke(class, fmt.Sprintf("M426 %dh-410m6-4l-6 4l6 4", y+38))
}

func (v *sequence) stroke(class, path string) {
	for i := range v.Arrows {
		if v.Arrows[i].Class == class {
			v.Arrows[i].Path += path
			return
		}
	}
	v.Arrows = append(v.Arrows, strokes{class, path})
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
