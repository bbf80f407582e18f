package reports

import (
	"fmt"
	"io"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

// largeDocument has n exchanges with bodies of a kilobyte and a finding in every hundredth case.
func largeDocument(n int) *result.Document {
	plan := result.Plan{Suites: []result.Suite{{ID: "load", Kind: "rfc"}}}
	for i := range n / 10 {
		plan.Suites[0].Cases = append(plan.Suites[0].Cases, result.Case{ID: fmt.Sprintf("load/c%d", i), Title: "case"})
	}
	f := result.NewFold()
	f.Emit(result.Event{Type: result.Planned, At: resulttest.Start, Plan: &plan})
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","title":"%01000d","active":false}`, 7)
	for i, c := range plan.Suites[0].Cases {
		f.Emit(result.Event{Type: result.CaseStarted, Case: c.ID})
		for k := range 10 {
			x := result.Exchange{ID: fmt.Sprintf("%s#%d", c.ID, k+1), Case: c.ID, Request: result.Request{Method: "GET", URL: "https://scim.example.com/v2/Users/1", Path: "/Users/1"},
				Response: &result.Response{Status: 200, Body: body, Size: int64(len(body))}, Timing: result.Timing{Total: 3}}
			f.Emit(result.Event{Type: result.ExchangeDone, Case: c.ID, Exchange: &x})
			check := result.Check{ID: fmt.Sprintf("%s/s.c%d", c.ID, k), Level: result.Must, Outcome: result.Pass, Summary: "fine", Exchange: x.ID}
			if i%100 == 0 && k == 0 {
				check.Outcome, check.Summary, check.At = result.Fail, "active is false", &result.Locus{Offset: len(body) - 6, Length: 5}
			}
			f.Emit(result.Event{Type: result.CheckDone, Case: c.ID, Check: &check})
		}
		f.Emit(result.Event{Type: result.CaseEnded, Case: c.ID, Ended: &result.CaseEnd{}})
	}
	f.Emit(result.Event{Type: result.RunEnded})
	return f.Document()
}

// BenchmarkFold100k folds a run of 100,000 exchanges.
func BenchmarkFold100k(b *testing.B) {
	for b.Loop() {
		largeDocument(100_000)
	}
}

// BenchmarkWriters renders a run of 100,000 exchanges in every format.
func BenchmarkWriters(b *testing.B) {
	d := largeDocument(100_000)
	for _, f := range Formats() {
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				if err := f.Write(io.Discard, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
