package scimtest

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
	"github.com/scimmage/scimmage/reports"
)

// recorder is a testing.T that only writes down what it is told.
type recorder struct {
	name                string
	errors, logs, skips []string
	fatal               string
	subs                []*recorder
	testing.TB          // nil: whatever else were called would be seen
}

func (r *recorder) Helper()        {}
func (r *recorder) Name() string   { return r.name }
func (r *recorder) Log(a ...any)   { r.logs = append(r.logs, fmt.Sprint(a...)) }
func (r *recorder) Error(a ...any) { r.errors = append(r.errors, fmt.Sprint(a...)) }
func (r *recorder) Fatal(a ...any) { r.fatal = fmt.Sprint(a...) }
func (r *recorder) Skip(a ...any)  { r.skips = append(r.skips, fmt.Sprint(a...)) }
func (r *recorder) sub(name string, f func(tester)) {
	s := &recorder{name: r.name + "/" + name}
	r.subs = append(r.subs, s)
	f(s)
}

// all lists a recorder and everything below it.
func (r *recorder) all() []*recorder {
	out := []*recorder{r}
	for _, s := range r.subs {
		out = append(out, s.all()...)
	}
	return out
}

// wrong lists the subtests with errors.
func (r *recorder) wrong() map[string][]string {
	out := map[string][]string{}
	for _, s := range r.all() {
		if len(s.errors) > 0 {
			out[s.name] = s.errors
		}
	}
	return out
}

func serve(t *testing.T, defects ...string) Target {
	t.Helper()
	p, err := provider.New(provider.Options{Token: "secret-of-a", Tokens: map[string]string{"secret-of-b": "other"}, BaseURL: DefaultURL, Defects: defects})
	if err != nil {
		t.Fatal(err)
	}
	return Target{Handler: p, Token: "secret-of-a", SecondToken: "secret-of-b"}
}

func record(t *testing.T, target Target, o ...Option) *recorder {
	t.Helper()
	r := &recorder{name: "TestSCIM"}
	run(r, context.Background(), target, o)
	return r
}

// The real thing: a right service provider passes, as subtests of this test.
func TestRunInProcess(t *testing.T) {
	Run(t, serve(t), Suites("okta.users"), IDPs("okta"))
}

// Every case of the document is one subtest, named by its id.
func TestEveryCaseIsASubtest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "result.json")
	r := record(t, serve(t), Suites("rfc.etag"), Report("json", file))
	if r.fatal != "" {
		t.Fatal(r.fatal)
	}
	doc := read(t, file)
	names := map[string]bool{}
	for _, s := range r.all() {
		names[s.name] = true
	}
	n := 0
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			n++
			if !names["TestSCIM/"+c.ID] {
				t.Errorf("no subtest for case %s", c.ID)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d cases ran", n)
	}
	if w := r.wrong(); len(w) > 0 {
		t.Errorf("errors on the right provider: %v", w)
	}
	if !strings.Contains(strings.Join(r.logs, "\n"), "0 findings") {
		t.Errorf("no summary: %q", r.logs)
	}
}

// A failing check is an error of its case's subtest, with the text of the terminal.
func TestFailingChecksAreErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "result.json")
	r := record(t, serve(t, "if-match-ignored"), Suites("rfc.etag"), Report("json", file))
	doc := read(t, file)
	found := 0
	for _, s := range doc.Suites {
		for i := range s.Cases {
			for k := range s.Cases[i].Checks {
				if s.Cases[i].Checks[k].Outcome != result.Fail {
					continue
				}
				found++
				check := &s.Cases[i].Checks[k]
				got := strings.Join(r.wrong()["TestSCIM/"+s.Cases[i].ID], "\n")
				var want bytes.Buffer
				if err := reports.RenderFinding(&want, doc, check, reports.Options{Again: func(string) string { return rerun("TestSCIM", s.Cases[i].ID) }}); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(got, want.String()) {
					t.Errorf("the error of %s is not the text of the terminal:\n%s\nwant\n%s", check.ID, got, want.String())
				}
			}
		}
	}
	if found == 0 {
		t.Fatal("the defect was not found")
	}
	text := fmt.Sprint(r.wrong())
	for _, want := range []string{"MUST", "RFC 7644 §3.14", "fix ", `go test -run '^TestSCIM$/^rfc\.etag$/^lost-update$'`} {
		if !strings.Contains(text, want) {
			t.Errorf("the errors do not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret-of-a") || strings.Contains(text, "curl") {
		t.Errorf("the errors hold a token, or a curl command for a handler without a port:\n%s", text)
	}
}

// A violated SHOULD is logged, and an error only where asked for; so is a low score.
func TestFailOn(t *testing.T) {
	doc := resulttest.Document(resulttest.AllKinds)
	count := func(c config) (errors, logs int, own string) {
		r := &recorder{name: "TestSCIM"}
		show(r, doc, &c)
		for _, s := range r.all() {
			errors, logs = errors+len(s.errors), logs+len(s.logs)
		}
		return errors, logs, strings.Join(r.errors, "\n")
	}
	laxErrors, laxLogs, _ := count(config{failOn: string(Must)})
	strictErrors, strictLogs, _ := count(config{failOn: string(Should)})
	if moved := strictErrors - laxErrors; moved != doc.Counts.Checks[result.Warn] || laxLogs-strictLogs != moved {
		t.Errorf("FailOn(Should) makes %d more errors and %d fewer logs, want %d of each", moved, laxLogs-strictLogs, doc.Counts.Checks[result.Warn])
	}
	if laxErrors < doc.Counts.Must {
		t.Errorf("%d errors for %d violations of a MUST", laxErrors, doc.Counts.Must)
	}
	if _, _, own := count(config{failOn: string(Must), failUnder: 99.9}); !strings.Contains(own, "is below 99.9") {
		t.Errorf("FailUnder says nothing: %q", own)
	}
}

// The baseline makes findings known, and what it expects in vain is an error.
func TestBaseline(t *testing.T) {
	file := filepath.Join(t.TempDir(), "baseline.yaml")
	write(t, file, "expected:\n  - check: rfc.etag/lost-update/**\n    reason: known since spring\n  - check: rfc.etag/format/**\n    reason: gone\n")
	r := record(t, serve(t, "if-match-ignored"), Suites("rfc.etag"), Baseline(file))
	for name, errs := range r.wrong() {
		if strings.HasSuffix(name, "/lost-update") {
			t.Errorf("%s is an error although it is known: %v", name, errs)
		}
	}
	if !strings.Contains(strings.Join(r.errors, "\n"), "the baseline no longer fits") {
		t.Errorf("drift is no error: %q", r.errors)
	}
	logs := ""
	for _, s := range r.all() {
		logs += strings.Join(s.logs, "")
	}
	if !strings.Contains(logs, "known since spring") {
		t.Error("the reason of a known finding is not logged")
	}
}

// A server behind a URL is tested in the same way.
func TestRunOverTheNetwork(t *testing.T) {
	target := serve(t)
	srv := httptest.NewServer(target.Handler)
	defer srv.Close()
	target.Handler, target.URL = nil, srv.URL+"/scim/v2"
	r := record(t, target, Suites("rfc.delete"), Only("rfc.delete/**"))
	if r.fatal != "" || len(r.subs) == 0 {
		t.Errorf("nothing ran: %q", r.fatal)
	}
}

// What cannot be run is fatal, with the reason and what to do.
func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		target Target
		o      []Option
		want   string
	}{
		"nothing":     {Target{}, nil, "neither a Handler nor a URL"},
		"no url":      {Target{URL: "localhost:8080"}, nil, "no http or https URL"},
		"no suite":    {serve(t), []Option{Suites("rfc.patsh")}, "rfc.patch"},
		"no format":   {serve(t), []Option{Report("word", "x")}, "junit"},
		"no file":     {serve(t), []Option{SuiteFile("missing.yaml")}, "missing.yaml"},
		"wrong token": {Target{Handler: serve(t).Handler, Token: "other"}, []Option{Suites("rfc.etag")}, "could not be tested"},
	} {
		if r := record(t, c.target, c.o...); !strings.Contains(r.fatal, c.want) {
			t.Errorf("%s: %q does not say %q", name, r.fatal, c.want)
		}
	}
}

// A suite file of one's own runs beside the library.
func TestSuiteFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	write(t, file, "suite: mine\ntitle: Mine\nkind: user\ncases:\n  - id: has-schemas\n    title: Schemas are served\n    why: Clients read them.\n    fix: Serve them.\n    cites: [RFC7644-4-R1]\n    feature: schema-discovery\n    steps:\n      - id: get\n        send: {GET: /Schemas}\n        expect:\n          - status: 200\n")
	r := record(t, serve(t), SuiteFile(file))
	if r.fatal != "" {
		t.Fatal(r.fatal)
	}
	if w := r.wrong(); len(w) > 0 {
		t.Error(w)
	}
}

func read(t *testing.T, file string) *result.Document {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	in, err := reports.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return in.Document
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
