// Package resulttest owns the five documents that every report writer is tested with: empty, all
// pass, all kinds, hostile strings and partial. They are made the way real ones are, by folding
// events. It must not know any report format.
package resulttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// Start is the moment at which every run of this package starts.
var Start = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// builder collects events with a clock that moves by itself.
type builder struct {
	events []result.Event
	now    time.Time
	n      map[string]int
}

func newBuilder() *builder { return &builder{now: Start, n: map[string]int{}} }

func (b *builder) emit(e result.Event) {
	e.At = b.now
	b.now = b.now.Add(7 * time.Millisecond)
	b.events = append(b.events, e)
}

func (b *builder) start(run result.Run, plan result.Plan) {
	run.Started = b.now
	b.emit(result.Event{
		Type: result.RunStarted, Run: &run,
		Tool:   &result.Tool{Name: "scimmage", Version: "1.0.0", Commit: "0123456789ab", Suites: "9f2c4e", Scoring: "1"},
		Target: &result.Target{URL: "https://scim.example.com/v2", Title: "Example Directory", Auth: "bearer"},
	})
	b.emit(result.Event{Type: result.Planned, Plan: &plan})
}

func (b *builder) end(run result.Run) {
	run.Started = Start
	run.DurationMS = b.now.Sub(Start).Milliseconds()
	b.emit(result.Event{Type: result.CleanupDone, Text: "removed all test objects"})
	b.emit(result.Event{Type: result.RunEnded, Run: &run})
}

func (b *builder) open(id string) { b.emit(result.Event{Type: result.CaseStarted, Case: id}) }

func (b *builder) close(id string, end result.CaseEnd) {
	if end.DurationMS == 0 {
		end.DurationMS = 42.5
	}
	b.emit(result.Event{Type: result.CaseEnded, Case: id, Ended: &end})
}

func (b *builder) check(caseID string, c result.Check) {
	b.emit(result.Event{Type: result.CheckDone, Case: caseID, Check: &c})
}

func (b *builder) fact(group, id, title string, value any, note string) {
	b.emit(result.Event{Type: result.FactFound, Fact: &result.Fact{
		ID: id, Group: group, Title: title, Value: value, Note: note, Exchange: "discovery#1", Cites: []string{"RFC7644-4-R2"},
	}})
}

// exchange describes one conversation of a fixture in short.
type exchange struct {
	method, path, query, body string
	status                    int
	answer                    string
	purpose                   string
	fault                     *result.Fault
	retried                   bool
	media                     string // of the answer; application/scim+json when empty
}

// send records an exchange and returns its id.
func (b *builder) send(caseID string, x exchange) string {
	name := caseID
	if name == "" {
		name = "discovery"
	}
	b.n[name]++
	id := fmt.Sprintf("%s#%d", name, b.n[name])
	url := "https://scim.example.com/v2" + x.path
	if x.query != "" {
		url += "?" + x.query
	}
	e := result.Exchange{
		ID: id, Case: caseID, Purpose: x.purpose, Setup: caseID == "",
		Request: result.Request{Method: x.method, URL: url, Path: x.path, Query: x.query, Body: x.body, Headers: []result.Header{
			{Name: "Authorization", Value: "Bearer ***"}, {Name: "Accept", Value: "application/scim+json"}, {Name: "User-Agent", Value: "Okta SCIM Client 1.0.0"},
		}},
		Curl:    curl(x, url),
		Started: b.now,
		Timing:  result.Timing{DNS: 0.4, Connect: 1.25, TLS: 8.5, FirstByte: 30.5, Total: 30 + float64(b.n[name])},
		Error:   x.fault,
	}
	if x.body != "" {
		e.Request.Headers = append(e.Request.Headers, result.Header{Name: "Content-Type", Value: "application/scim+json"})
	}
	if x.media == "" {
		x.media = "application/scim+json"
	}
	if x.status != 0 {
		e.Response = &result.Response{Status: x.status, Proto: "HTTP/1.1", Body: x.answer, Size: int64(len(x.answer)), Headers: []result.Header{
			{Name: "Content-Type", Value: x.media}, {Name: "Date", Value: "Sat, 14 Mar 2026 09:26:53 GMT"},
		}}
	}
	if x.retried {
		e.Attempts = []result.Attempt{{Status: 429, RetryAfter: "1", WaitMS: 1000}}
	}
	b.emit(result.Event{Type: result.ExchangeDone, Case: caseID, Exchange: &e})
	return id
}

func curl(x exchange, url string) string {
	c := "curl -X " + x.method + " '" + url + "' -H \"Authorization: Bearer $SCIMMAGE_TOKEN\""
	if x.body != "" {
		c += " -H 'Content-Type: application/scim+json' -d '" + strings.ReplaceAll(x.body, "'", `'\''`) + "'"
	}
	return c
}

// locate points at the first occurrence of text in a body.
func locate(body, text, pointer string) *result.Locus {
	i := strings.Index(body, text)
	if i < 0 {
		return &result.Locus{Where: "response", Pointer: pointer}
	}
	return &result.Locus{Where: "response", Pointer: pointer, Offset: i, Length: len(text)}
}

func fold(events []result.Event) *result.Document {
	f := result.NewFold()
	for _, e := range events {
		f.Emit(e)
	}
	return f.Document()
}
