package grade

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

// maxRecorded is how much of a body stands in the report.
const maxRecorded = 16 << 10

// record is a request and its answer for the report, without secrets.
func (g *Grader) record(id string, o *observation, c *capture) *result.Exchange {
	origin := g.o.BaseURL
	if u, err := url.Parse(g.o.BaseURL); err == nil {
		origin = u.Scheme + "://" + u.Host
	}
	path, query := o.r.URL.EscapedPath(), o.r.URL.RawQuery
	full := origin + path
	if query != "" {
		full += "?" + query
	}
	x := &result.Exchange{ID: id, Purpose: purpose(o), Started: o.at, Timing: result.Timing{Total: float64(o.answered.Sub(o.at).Microseconds()) / 1000}}
	x.Request = result.Request{Method: o.method, URL: valid(g.red.URL(full)), Path: valid(g.red.Text(strings.TrimPrefix(path, g.prefix))), Query: valid(g.red.Query(query)),
		Headers: g.headers(o.r.Header), Body: g.recorded(o.r.Header.Get("Content-Type"), o.r.body)}
	if c.status == 0 {
		x.Error = &result.Fault{Kind: "reset", Message: "the provider broke off the connection"}
	} else {
		x.Response = &result.Response{Status: c.status, Proto: o.r.Proto, Headers: g.headers(c.header), Size: int64(c.body.Len()),
			Body: g.recorded(c.header.Get("Content-Type"), c.body.Bytes()), Truncated: c.body.Len() > maxRecorded}
	}
	x.Curl = exchange.Curl(x)
	return x
}

// purpose says in words what a request is for.
func purpose(o *observation) string {
	what := map[string]string{"create": "Create in", "replace": "Replace in", "patch": "Change in", "delete": "Delete in", "read": "Read from", "list": "Search", "search": "Search"}[o.kind]
	switch {
	case o.kind == "bulk":
		return "Bulk"
	case o.kind == "discovery":
		return "Read " + o.endpoint
	case what == "" || o.endpoint == "":
		return o.method + " " + o.path
	}
	return what + " " + o.endpoint
}

func (g *Grader) headers(h http.Header) []result.Header {
	out := []result.Header{}
	for name, values := range h {
		for _, v := range values {
			out = append(out, result.Header{Name: valid(name), Value: valid(g.red.Header(name, v))})
		}
	}
	slices.SortStableFunc(out, func(a, b result.Header) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (g *Grader) recorded(contentType string, b []byte) string {
	s := valid(g.red.Body(contentType, b))
	if len(s) <= maxRecorded {
		return s
	}
	cut := maxRecorded
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
