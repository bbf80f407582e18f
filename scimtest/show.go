package scimtest

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/reports"
)

// tester is what this package needs of testing.T.
type tester interface {
	Helper()
	Name() string
	Log(...any)
	Error(...any)
	Fatal(...any)
	Skip(...any)
	sub(name string, f func(tester))
}

type test struct{ *testing.T }

func (t test) sub(name string, f func(tester)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { f(test{t}) })
}

// show turns a document into subtests.
func show(t tester, doc *result.Document, c *config) {
	t.Helper()
	for i := range doc.Suites {
		s := &doc.Suites[i]
		if len(s.Cases) == 0 {
			continue
		}
		t.sub(s.ID, func(t tester) {
			for k := range s.Cases {
				cs := &s.Cases[k]
				t.sub(strings.TrimPrefix(cs.ID, s.ID+"/"), func(t tester) { showCase(t, doc, cs, c) })
			}
		})
	}
	if doc.Baseline != nil {
		for _, d := range doc.Baseline.Drift {
			t.Error("the baseline no longer fits: " + d)
		}
	}
	if p := doc.Score.Percent; c.failUnder > 0 && p < c.failUnder {
		t.Error(fmt.Sprintf("score %.1f %% is below %.1f %%", p, c.failUnder))
	}
	t.Log(summary(doc))
}

func showCase(t tester, doc *result.Document, cs *result.Case, c *config) {
	t.Helper()
	unjudged := cs.Outcome == result.Error
	for i := range cs.Checks {
		k := &cs.Checks[i]
		if !k.Finding() {
			continue
		}
		text := "\n" + render(t, doc, cs, k)
		switch {
		case k.Known != nil && !k.Known.Expired:
			t.Log(text)
		case k.Outcome == result.Warn && c.failOn == string(Must):
			t.Log(text)
		default:
			t.Error(text)
		}
		unjudged = unjudged && k.Outcome != result.Error
	}
	switch {
	case unjudged:
		t.Error("could not be judged: " + cs.Reason)
	case cs.Outcome == result.Skip:
		t.Skip(cs.Reason)
	}
}

// render is the text of the terminal; only the command that repeats the case is that of go test.
func render(t tester, doc *result.Document, cs *result.Case, k *result.Check) string {
	root, _, _ := strings.Cut(t.Name(), "/")
	var b strings.Builder
	// What every answer is held to belongs to no case of its own, so the subtest that shows it is named.
	err := reports.RenderFinding(&b, doc, k, reports.Options{Again: func(string) string { return rerun(root, cs.ID) }})
	if err != nil {
		return k.ID + ": " + k.Summary
	}
	return b.String()
}

// rerun is the go test command for one case.
func rerun(root, caseID string) string {
	parts := []string{"^" + root + "$"}
	for _, p := range strings.Split(caseID, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(p)+"$")
	}
	return "go test -run '" + strings.Join(parts, "/") + "'"
}

func summary(doc *result.Document) string {
	n := doc.Counts
	s := fmt.Sprintf("%d checks passed, %d findings (MUST %d, SHOULD %d, known %d), %d requests, score %.1f %%",
		n.Checks[result.Pass], n.Findings, n.Must, n.Should, n.Known, doc.Run.Requests, doc.Score.Percent)
	if doc.Score.Grade != "" {
		s += ", grade " + doc.Score.Grade
	}
	return s
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "\n" + b
}
