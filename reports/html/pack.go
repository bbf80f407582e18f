package html

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// envelope is what the page carries: the document, with everything taken out that the rest of it
// says again, and what is needed to put it back. Half of a page is this, so it decides its size.
type envelope struct {
	Document *result.Document `json:"document"`
	Same     []sameBody       `json:"same"`              // bodies that stood before
	Started  []int64          `json:"started"`           // of each exchange: nanoseconds since the one before it
	Texts    []string         `json:"texts"`             // reasons and fixes, each once
	Advice   []int            `json:"advice"`            // why and fix of each check in order, as numbers of texts; -1 is none
	Empty    []string         `json:"without,omitempty"` // cases that list no exchange although some name them
	// The skeletons of curl commands, and which one each exchange has (pack_curl.go).
	Skeletons []string `json:"skeletons"`
	Curl      []int    `json:"curl"`
	Unlisted  []string `json:"unlisted,omitempty"` // requirements that list no check although some cite them
}

// sameBody says that a body of an exchange equals an earlier one: exchange, side, exchange, side,
// where the sides are 0 for the request and 1 for the response. The first of equal bodies stays in
// its place, beside the curl command that repeats it, so that the two pack well.
type sameBody [4]int

// noTime stands for the zero time, which has no distance.
const noTime = math.MinInt64

func pack(doc *result.Document) envelope {
	slim := *doc
	env := envelope{Document: &slim, Same: []sameBody{}, Started: []int64{}, Advice: []int{}, Curl: []int{}}
	env.packExchanges(doc)
	env.packRequirements(doc)
	env.packSuites(doc)
	return env
}

func (e *envelope) packExchanges(doc *result.Document) {
	slim := e.Document
	slim.Exchanges = make([]result.Exchange, len(doc.Exchanges))
	first := map[string][2]int{}
	take := func(i, side int, body string) string {
		if len(body) < sameFrom {
			return body
		}
		at, ok := first[body]
		if !ok {
			first[body] = [2]int{i, side}
			return body
		}
		e.Same = append(e.Same, sameBody{i, side, at[0], at[1]})
		return ""
	}
	count := map[string]int{}
	before := doc.Run.Started
	skeletons := map[string]int{}
	for i, x := range doc.Exchanges {
		e.packCurl(&x, skeletons)
		x.Request.Body = take(i, 0, x.Request.Body)
		if x.Response != nil {
			r := *x.Response
			r.Body = take(i, 1, r.Body)
			x.Response = &r
		}
		if id := nextID(count, x.Case); x.ID == id {
			x.ID = ""
		}
		d := int64(noTime)
		if !x.Started.IsZero() && !before.IsZero() && before.Add(x.Started.Sub(before)).Equal(x.Started) && x.Started.Location() == time.UTC {
			d = int64(x.Started.Sub(before))
			before = x.Started
			x.Started = time.Time{}
		}
		e.Started = append(e.Started, d)
		slim.Exchanges[i] = x
	}
}

// nextID is the id that the engine gives to the next exchange of a case.
func nextID(count map[string]int, caseID string) string {
	count[caseID]++
	return caseID + "#" + strconv.Itoa(count[caseID])
}

func (e *envelope) packSuites(doc *result.Document) {
	of := exchangesByCase(doc.Exchanges)
	number := map[string]int{}
	text := func(s *string) {
		n := -1
		if *s != "" {
			var ok bool
			if n, ok = number[*s]; !ok {
				n = len(e.Texts)
				number[*s] = n
				e.Texts = append(e.Texts, *s)
			}
		}
		*s = ""
		e.Advice = append(e.Advice, n)
	}
	e.Document.Suites = slices.Clone(doc.Suites)
	for i := range e.Document.Suites {
		s := &e.Document.Suites[i]
		s.Cases = slices.Clone(s.Cases)
		for j := range s.Cases {
			c := &s.Cases[j]
			switch {
			case len(c.Exchanges) == 0 && len(of[c.ID]) > 0:
				e.Empty = append(e.Empty, c.ID)
			case slices.Equal(c.Exchanges, of[c.ID]):
				c.Exchanges = nil
			}
			e.packCase(c)
			for k := range c.Checks {
				text(&c.Checks[k].Why)
				text(&c.Checks[k].Fix)
			}
		}
	}
}

func exchangesByCase(xs []result.Exchange) map[string][]string {
	of := map[string][]string{}
	for i := range xs {
		if c := xs[i].Case; c != "" {
			of[c] = append(of[c], xs[i].ID)
		}
	}
	return of
}

// errDamaged says that an embedded document cannot be put together again.
func errDamaged(format string, a ...any) error {
	return fmt.Errorf("the embedded document is damaged: "+format, a...)
}

func (e envelope) unpack() (*result.Document, error) {
	if e.Document == nil {
		return nil, errors.New("the embedded document is incomplete")
	}
	if err := e.unpackExchanges(); err != nil {
		return nil, err
	}
	if err := e.unpackSuites(); err != nil {
		return nil, err
	}
	e.unpackRequirements()
	return e.Document, nil
}

func (e envelope) unpackExchanges() error {
	xs := e.Document.Exchanges
	for _, s := range e.Same {
		to, from := e.body(s[0], s[1]), e.body(s[2], s[3])
		if to == nil || from == nil {
			return errDamaged("no body %v in its %d exchanges", s, len(xs))
		}
		*to = *from
	}
	if len(e.Started) != len(xs) {
		return errDamaged("%d times for %d exchanges", len(e.Started), len(xs))
	}
	count := map[string]int{}
	before := e.Document.Run.Started
	for i := range xs {
		if id := nextID(count, xs[i].Case); xs[i].ID == "" {
			xs[i].ID = id
		}
		if d := e.Started[i]; d != noTime {
			before = before.Add(time.Duration(d)).UTC()
			xs[i].Started = before
		}
	}
	return e.unpackCurl(xs)
}

func (e envelope) unpackSuites() error {
	of := exchangesByCase(e.Document.Exchanges)
	n := 0
	text := func(s *string) error {
		if n >= len(e.Advice) || e.Advice[n] >= len(e.Texts) {
			return errDamaged("no text %d of %d", n, len(e.Advice))
		}
		if i := e.Advice[n]; i >= 0 {
			*s = e.Texts[i]
		}
		n++
		return nil
	}
	for i := range e.Document.Suites {
		for j := range e.Document.Suites[i].Cases {
			c := &e.Document.Suites[i].Cases[j]
			if len(c.Exchanges) == 0 && !slices.Contains(e.Empty, c.ID) {
				c.Exchanges = of[c.ID]
			}
			unpackCase(c)
			for k := range c.Checks {
				if err := errors.Join(text(&c.Checks[k].Why), text(&c.Checks[k].Fix)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// body is the place of a body in the document, nil where there is none.
func (e envelope) body(i, side int) *string {
	if i < 0 || i >= len(e.Document.Exchanges) {
		return nil
	}
	x := &e.Document.Exchanges[i]
	switch {
	case side == 0:
		return &x.Request.Body
	case side == 1 && x.Response != nil:
		return &x.Response.Body
	}
	return nil
}
