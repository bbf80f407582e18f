package reports

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// view finds parts of a document by id. It is made once for each report.
type view struct {
	doc       *result.Document
	exchanges map[string]*result.Exchange
	checks    map[string]found
	cases     map[string]found
	reqs      map[string]*result.RequirementResult
	profiles  map[string]string
	features  map[string]string
}

// found is a check or case with what is around it.
type found struct {
	suite *result.Suite
	cs    *result.Case
	check *result.Check
}

func newView(d *result.Document) *view {
	v := &view{
		doc: d, exchanges: make(map[string]*result.Exchange, len(d.Exchanges)), checks: map[string]found{}, cases: map[string]found{},
		reqs: make(map[string]*result.RequirementResult, len(d.Requirements)), profiles: map[string]string{}, features: map[string]string{},
	}
	for i := range d.Exchanges {
		v.exchanges[d.Exchanges[i].ID] = &d.Exchanges[i]
	}
	for i := range d.Requirements {
		v.reqs[d.Requirements[i].ID] = &d.Requirements[i]
	}
	for _, p := range d.Profiles {
		v.profiles[p.ID] = p.Title
	}
	for _, f := range d.Features {
		v.features[f.ID] = f.Title
	}
	for i := range d.Suites {
		s := &d.Suites[i]
		for j := range s.Cases {
			c := &s.Cases[j]
			v.cases[c.ID] = found{suite: s, cs: c}
			for k := range c.Checks {
				v.checks[c.Checks[k].ID] = found{s, c, &c.Checks[k]}
			}
		}
	}
	return v
}

// titles turns ids into titles, with the id where there is none.
func titles(ids []string, names map[string]string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if t := names[id]; t != "" {
			out[i] = t
		}
	}
	return out
}

// rfcID is the form of the ids of RFC requirements.
var rfcID = regexp.MustCompile(`^RFC(\d{4})-([0-9A-Za-z.]+)-R\d+$`)

// citation renders a requirement id for people: "RFC 7644 §3.5.2" and the id.
func (v *view) citation(id string) string {
	if m := rfcID.FindStringSubmatch(id); m != nil {
		return "RFC " + m[1] + " §" + m[2]
	}
	return id
}

// citations renders the requirements of a check, each section once.
func (v *view) citations(ids []string) string {
	var out []string
	seen := map[string]bool{}
	for _, id := range ids {
		if c := v.citation(id); !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return strings.Join(out, ", ")
}

// url returns the address of a requirement, or "".
func (v *view) url(id string) string {
	if r := v.reqs[id]; r != nil && r.URL != "" {
		return r.URL
	}
	if m := rfcID.FindStringSubmatch(id); m != nil {
		return "https://www.rfc-editor.org/rfc/rfc" + m[1] + "#section-" + m[2]
	}
	return ""
}

// replayCase is the case to run again for a check. A check of an automatic suite belongs to the case
// in which the exchange took place.
func (v *view) replayCase(c *result.Check) string {
	f := v.checks[c.ID]
	if f.cs == nil {
		return ""
	}
	if f.suite.Kind == "client" { // what a client sent to us: there is nothing to send again
		return ""
	}
	if f.suite.Kind == result.KindAutomatic {
		x := v.exchanges[c.Exchange]
		if x == nil || x.Case == "" {
			return ""
		}
		return x.Case
	}
	return f.cs.ID
}

// headline is what a finding says in one sentence.
func headline(c *result.Check) string {
	for _, s := range []string{c.Summary, c.Title, c.Reason, c.ID} {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return "no summary"
}

// word is an outcome as a word for people.
func word(o result.Outcome) string {
	if o == "" {
		return "-"
	}
	return string(o)
}

// glyph goes with the word, never instead of it.
func glyph(o result.Outcome) string {
	switch o {
	case result.Pass:
		return "✓"
	case result.Fail:
		return "✗"
	case result.Error:
		return "!"
	case result.Warn:
		return "▲"
	case result.Info:
		return "i"
	}
	return "○"
}

func verdictGlyph(v result.Verdict) string {
	switch v {
	case result.Supported:
		return "✓"
	case result.Partial:
		return "▲"
	case result.Broken:
		return "✗"
	case result.NotSupported:
		return "–"
	}
	return "?"
}

func readinessGlyph(state string) string {
	switch state {
	case result.StateReady:
		return "✓"
	case result.StateLimits:
		return "▲"
	case result.StateNotReady:
		return "✗"
	}
	return "?"
}

// readinessWord is a state as a phrase.
func readinessWord(state string) string {
	if state == result.StateLimits {
		return "ready with limits"
	}
	return state
}

// conversation is an exchange in one line: "PATCH /Users/1 → 200 OK (41 ms)".
func conversation(x *result.Exchange) string {
	path := x.Request.Path
	if path == "" {
		path = x.Request.URL
	}
	if x.Request.Query != "" {
		path += "?" + x.Request.Query
	}
	answer := "no answer"
	if x.Response != nil {
		answer = statusLine(x.Response.Status)
	}
	if x.Error != nil {
		answer += " [" + x.Error.Kind + ": " + x.Error.Message + "]"
	}
	return fmt.Sprintf("%s %s → %s (%.0f ms)", x.Request.Method, path, answer, x.Timing.Total)
}

var reasons = map[int]string{
	200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
	307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
	405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
	412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 422: "Unprocessable Content",
	423: "Locked", 428: "Precondition Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
	501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 507: "Insufficient Storage",
}

func statusLine(status int) string {
	if r := reasons[status]; r != "" {
		return fmt.Sprintf("%d %s", status, r)
	}
	return fmt.Sprint(status)
}

// known says what the baseline says of a finding, or "".
func known(c *result.Check) string {
	if c.Known == nil {
		return ""
	}
	s := "known failing: " + c.Known.Reason
	switch {
	case c.Known.Expired:
		s += " (expired on " + c.Known.Until + ")"
	case c.Known.Until != "":
		s += " (until " + c.Known.Until + ")"
	}
	return s
}

// seconds renders a duration of the run.
func seconds(ms int64) string {
	switch {
	case ms < 1000:
		return fmt.Sprintf("%d ms", ms)
	case ms < 120_000:
		return fmt.Sprintf("%.1f s", float64(ms)/1000)
	}
	return fmt.Sprintf("%d min %d s", ms/60_000, ms%60_000/1000)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// promise names what is promised.
func (v *view) promise(c result.Claim) string {
	if t := v.features[c.Feature]; t != "" && c.Kind == "" {
		return t
	}
	return c.Feature
}

// promisedFor is the identity provider of a promise, or what kind of promise it is.
func promisedFor(c result.Claim) string {
	if c.Profile != "" {
		return c.Profile
	}
	return c.Kind
}
