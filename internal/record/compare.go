package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Known is a request that a profile sends, with the name of the operation or case that sends it.
type Known struct {
	From  string
	Shape Shape
}

// Learn takes the shapes of what a profile sent in a run, each once.
func Learn(xs []*result.Exchange) []Known {
	var out []Known
	seen := map[string]bool{}
	for _, x := range xs {
		s := ShapeOf(x.Request)
		if k := s.key(); !x.Setup && !seen[k] {
			seen[k] = true
			out = append(out, Known{From: x.Case + " " + x.Step, Shape: s})
		}
	}
	return out
}

func (s Shape) key() string {
	return strings.Join([]string{s.Method, s.Path, strings.Join(s.Query, "&"), strings.Join(s.Headers, "\n"), strings.Join(s.Body, "\n")}, "\x00")
}

// Judged is a recorded request beside the nearest one of the profile.
type Judged struct {
	Exchange *result.Exchange `json:"-"`
	ID       string           `json:"id"`
	Request  string           `json:"request"`
	Same     bool             `json:"same"`              // the profile sends requests of this shape
	Nearest  string           `json:"nearest,omitempty"` // case and step of the profile's nearest request
	Differs  []string         `json:"differs,omitempty"` // "+ line" is in the recorded request only, "- line" in the profile's
}

// Compare holds recorded requests against what a profile sends. A request to an endpoint that the profile never asks with
// that method has no nearest one.
// targets are the SCIM attributes that it maps: whoever has one sends it.
func Compare(xs []*result.Exchange, known []Known, targets ...string) []Judged {
	var out []Judged
	families := familiesOf(known)
	for _, at := range []string{"POST /Users", "PUT /Users/{id}"} {
		if f := families[at]; f != nil {
			f.maps(targets)
		}
	}
	for _, x := range xs {
		s := ShapeOf(x.Request)
		j := Judged{Exchange: x, ID: x.ID, Request: x.Request.Method + " " + x.Request.Path + question(x.Request.Query)}
		best := -1
		for _, k := range known {
			if k.Shape.Method != s.Method || k.Shape.Path != s.Path {
				continue
			}
			d := difference(s, k.Shape)
			if best < 0 || len(d) < best {
				best, j.Nearest, j.Differs, j.Same = len(d), k.From, d, len(d) == 0
			}
		}
		if best > 0 {
			j.Differs = families[s.Method+" "+s.Path].without(s, j.Differs)
			j.Same = len(j.Differs) == 0
		}
		if best < 0 {
			j.Differs = []string{fmt.Sprintf("+ the profile never sends %s %s", s.Method, s.Path)}
		}
		out = append(out, j)
	}
	return out
}

func question(q string) string {
	if q == "" {
		return ""
	}
	return "?" + q
}

func difference(got, want Shape) []string {
	out := lines("query ", got.Query, want.Query)
	out = append(out, lines("header ", got.Headers, want.Headers)...)
	out = append(out, lines("body ", got.Body, want.Body)...)
	if len(out) == 0 && got.key() != want.key() {
		out = append(out, "+ the same members in another order")
	}
	return out
}

func lines(prefix string, got, want []string) []string {
	var out []string
	for _, l := range got {
		if !slices.Contains(want, l) {
			out = append(out, "+ "+prefix+l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			out = append(out, "- "+prefix+l)
		}
	}
	return out
}
