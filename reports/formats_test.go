package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

// The dialect: counts equal elements, one verdict element a case, names unique and stable.
func TestJUnitDialect(t *testing.T) {
	for name, d := range resulttest.Documents() {
		var out junitSuites
		if err := xml.Unmarshal(render(t, JUnit, d), &out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var all [4]int
		seen := map[string]bool{}
		for _, s := range out.Suites {
			var n [4]int
			for _, c := range s.Cases {
				n[0]++
				verdicts := 0
				for i, e := range []*junitText{c.Failure, c.Error, c.Skipped} {
					if e != nil {
						n[i+1]++
						verdicts++
						if e.Message == "" || strings.Contains(e.Message, "\n") {
							t.Errorf("%s: %s: message %q", name, c.Name, e.Message)
						}
						if i < 2 && (e.Type == "" || strings.TrimSpace(e.Body) == "") {
							t.Errorf("%s: %s: no type or no body", name, c.Name)
						}
						if len(e.Body) > junitBody+100 {
							t.Errorf("%s: %s: body of %d bytes", name, c.Name, len(e.Body))
						}
					}
				}
				if verdicts > 1 {
					t.Errorf("%s: %s has %d verdict elements", name, c.Name, verdicts)
				}
				if key := c.Classname + "\x00" + c.Name; c.Classname == "" || c.Name == "" || seen[key] {
					t.Errorf("%s: %q is empty or there twice", name, key)
				}
				seen[c.Classname+"\x00"+c.Name] = true
			}
			if got := [4]int{s.Tests, s.Failures, s.Errors, s.Skipped}; got != n {
				t.Errorf("%s: suite %s says %v, has %v", name, s.Name, got, n)
			}
			for i := range n {
				all[i] += n[i]
			}
		}
		if got := [4]int{out.Tests, out.Failures, out.Errors, out.Skipped}; got != all {
			t.Errorf("%s: %v, elements %v", name, got, all)
		}
	}
}

func TestJUnitOutcomes(t *testing.T) {
	var out junitSuites
	if err := xml.Unmarshal(render(t, JUnit, resulttest.AllKindsDocument()), &out); err != nil {
		t.Fatal(err)
	}
	cases := map[string]junitCase{}
	for _, s := range out.Suites {
		for _, c := range s.Cases {
			cases[c.Classname+"/"+c.Name] = c
		}
	}
	if c := cases["rfc.users/patch-replace"]; c.Failure == nil || c.Failure.Type != "RFC7644-3.5.2-R10" || !strings.Contains(c.Failure.Body, "scimmage replay") || c.Line != 40 || c.File == "" {
		t.Errorf("failure: %+v", c)
	}
	if c := cases["okta/import"]; c.Error == nil || c.Failure != nil {
		t.Errorf("error: %+v", c)
	}
	if c := cases["okta/sync-password"]; c.Skipped == nil || !strings.HasPrefix(c.Skipped.Message, "not applicable: ServiceProviderConfig") {
		t.Errorf("skip: %+v", c.Skipped)
	}
	if c := cases["rfc.users/filter-case"]; c.Skipped == nil || !strings.HasPrefix(c.Skipped.Message, "known failing: ticket DIR-77") {
		t.Errorf("known: %+v", c)
	}
	if c := cases["automatic/responses"]; c.Failure != nil || c.Skipped != nil || c.SystemOut == nil || !strings.Contains(c.SystemOut.Body, "application/json") {
		t.Errorf("warning: %+v", c)
	}
	props := map[string]string{}
	for _, p := range cases["okta/mover"].Properties.List {
		props[p.Name] = p.Value
	}
	if props["clause"] != "RFC7644-3.5.2-R10" || props["level"] != "must" || props["profile"] != "okta" || !strings.HasPrefix(props["url"], "https://") {
		t.Errorf("properties: %v", props)
	}
}

// Several findings of one case are joined in one element.
func TestJUnitJoinsFindings(t *testing.T) {
	d := resulttest.AllKindsDocument()
	c := &d.Suites[0].Cases[1]
	c.Checks = append(c.Checks, result.Check{ID: c.ID + "/patch.other", Level: result.Must, Outcome: result.Fail, Summary: "second finding", Cites: []string{"RFC7644-3.6-R1"}},
		result.Check{ID: c.ID + "/patch.third", Level: result.Must, Outcome: result.Error, Summary: "third finding"})
	out := string(render(t, JUnit, d))
	if n := strings.Count(out, "<failure"); n != 3 {
		t.Errorf("%d failures", n)
	}
	for _, want := range []string{`message="3 findings: PATCH changed`, "second finding", "third finding"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q", want)
		}
	}
}

func manyCauses(n int, outcome result.Outcome, text string) *result.Document {
	d := resulttest.AllKindsDocument()
	d.Causes = nil
	c := &d.Suites[0].Cases[0]
	c.Checks = nil
	for i := range n {
		id := fmt.Sprintf("%s/s.c%d", c.ID, i)
		c.Checks = append(c.Checks, result.Check{ID: id, Level: result.Must, Outcome: outcome, Summary: text, Expected: text, Actual: text})
		d.Causes = append(d.Causes, result.Cause{ID: id, Title: text, Outcome: outcome, Level: result.Must, Checks: []string{id}, Why: text, Fix: text})
	}
	return d
}

func TestGitHubLimits(t *testing.T) {
	for _, c := range []struct {
		n, want int
		more    string
	}{{0, 0, ""}, {1, 1, ""}, {10, 10, ""}, {11, 10, "and 2 more causes"}, {500, 10, "and 491 more causes"}} {
		out := string(render(t, GitHub, manyCauses(c.n, result.Fail, "x")))
		if got := strings.Count(out, "::error "); got != c.want || !strings.Contains(out, c.more) {
			t.Errorf("%d causes: %d annotations, %q", c.n, got, out)
		}
	}
}

func TestGitHubEscapes(t *testing.T) {
	if got := githubData("a%b\r\nc"); got != "a%25b%0D%0Ac" {
		t.Error(got)
	}
	if got := githubProperty("a:b,c%"); got != "a%3Ab%2Cc%25" {
		t.Error(got)
	}
}

// A step summary above 1 MiB is refused as a whole, so the report stays below and says what is missing.
func TestMarkdownBudget(t *testing.T) {
	out := render(t, Markdown, manyCauses(3000, result.Fail, strings.Repeat("a long text with `code` and <tags> ", 20)))
	if len(out) > markdownBudget {
		t.Errorf("%d bytes", len(out))
	}
	if !bytes.Contains(out, []byte("more causes: see the HTML or JSON report")) || !bytes.Contains(out, []byte("What this endpoint is")) {
		t.Error("what was left out is not said, or the tail is lost")
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"<img src=x onerror=alert(1)>": "&lt;img src=x onerror=alert(1)&gt;", "a|b": `a\|b`, "*a* _b_ [c](d)": `\*a\* \_b\_ \[c\](d)`,
		"ask @octocat, mail ana@example.com": "ask @<!-- -->octocat, mail ana@example.com", "# no\nheading": `\# no\\nheading`, "`": "\\`", "R&D": "R&amp;D",
	} {
		if got := mdText(in); got != want {
			t.Errorf("mdText(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"a": "`a`", "a`b": "``a`b``", "`": "`` ` ``", "a|b": "`a\\|b`", "": ""} {
		if got := mdCode(in); got != want {
			t.Errorf("mdCode(%q) = %q, want %q", in, got, want)
		}
	}
	if got := mdBlock("a\n```\nb", "text"); got != "````text\na\n```\nb\n````\n" {
		t.Errorf("%q", got)
	}
}

// TAP 14: the plan equals the points, numbers run from 1, diagnostics are YAML.
func TestTAP(t *testing.T) {
	for name, d := range resulttest.Documents() {
		lines := strings.Split(strings.TrimSuffix(string(render(t, TAP, d)), "\n"), "\n")
		points, block := 0, []string(nil)
		inBlock := false
		for _, l := range lines[2:] {
			switch {
			case l == "  ---":
				inBlock, block = true, nil
			case l == "  ...":
				inBlock = false
				var v map[string]any
				if err := yaml.Unmarshal([]byte(strings.Join(block, "\n")), &v); err != nil || v["message"] == nil {
					t.Errorf("%s: diagnostics are no YAML: %v", name, err)
				}
			case inBlock:
				block = append(block, l)
			case strings.HasPrefix(l, "#"), strings.HasPrefix(l, "Bail out!"):
			default:
				points++
				if !strings.HasPrefix(l, fmt.Sprintf("ok %d - ", points)) && !strings.HasPrefix(l, fmt.Sprintf("not ok %d - ", points)) {
					t.Errorf("%s: line %q is not test point %d", name, l, points)
				}
			}
		}
		if lines[0] != "TAP version 14" || !strings.HasPrefix(lines[1], fmt.Sprintf("1..%d", points)) {
			t.Errorf("%s: %q %q with %d points", name, lines[0], lines[1], points)
		}
	}
}

// SARIF 2.1.0: the members that the schema requires, rules and results that fit together.
func TestSARIFStructure(t *testing.T) {
	for name, d := range resulttest.Documents() {
		var log sarifLog
		if err := json.Unmarshal(render(t, SARIF, d), &log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name != "scimmage" || len(log.Runs[0].Invocations) != 1 {
			t.Errorf("%s: %+v", name, log)
		}
		run := log.Runs[0]
		prints := map[string]bool{}
		for _, r := range run.Results {
			if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" || len(r.Locations) != 1 || r.Locations[0].Physical.Artifact.URI == "" || r.Locations[0].Physical.Region.StartLine < 1 {
				t.Errorf("%s: %+v", name, r)
			}
			if f := r.Fingerprints["scimmage/v1"]; f == "" || prints[f] {
				t.Errorf("%s: fingerprint %q is empty or there twice", name, f)
			}
			prints[r.Fingerprints["scimmage/v1"]] = true
			if r.Level != "error" && r.Level != "warning" {
				t.Errorf("%s: level %q", name, r.Level)
			}
		}
		if ok := d.Diagnosis == nil && !d.Run.Partial; run.Invocations[0].Successful != ok {
			t.Errorf("%s: executionSuccessful %v", name, !ok)
		}
		want := d.Counts.Checks[result.Fail] + d.Counts.Checks[result.Warn]
		if len(run.Results) != want {
			t.Errorf("%s: %d results, want %d", name, len(run.Results), want)
		}
	}
}

// HAR 1.2: required members, and times that add up.
func TestHAR(t *testing.T) {
	for name, d := range resulttest.Documents() {
		var h harFile
		if err := json.Unmarshal(render(t, HAR, d), &h); err != nil {
			t.Fatal(err)
		}
		if h.Log.Version != "1.2" || len(h.Log.Entries) != len(d.Exchanges) {
			t.Errorf("%s: %d entries of %d", name, len(h.Log.Entries), len(d.Exchanges))
		}
		pages := map[string]bool{"": true}
		for _, p := range h.Log.Pages {
			pages[p.ID] = true
		}
		for i, e := range h.Log.Entries {
			if !pages[e.Pageref] || e.Request.URL == "" || e.Request.Headers == nil || e.Request.QueryString == nil || e.Response.Headers == nil {
				t.Errorf("%s: entry %d %+v", name, i, e)
			}
			if total := d.Exchanges[i].Timing.Total; e.Time < total-0.001 || e.Time > total+0.001 {
				t.Errorf("%s: entry %d takes %v, measured %v", name, i, e.Time, total)
			}
		}
	}
	if q := harQuery("filter=a%20eq%20%22b%22&x&y=%zz"); len(q) != 3 || q[0].Value != `a eq "b"` || q[1].Name != "x" || q[2].Value != "%zz" {
		t.Errorf("%+v", q)
	}
}

func TestCSVCells(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "+x": "'+x", "-x": "'-x", "@x": "'@x", "x=1": "x=1", "": "", "a\nb": `a\nb`} {
		if got := csvCell(in); got != want {
			t.Errorf("csvCell(%q) = %q", in, got)
		}
	}
	rows := strings.Count(string(render(t, CSV, resulttest.AllKindsDocument())), "\n")
	d := resulttest.AllKindsDocument()
	if want := 1 + d.Counts.Findings + d.Counts.Known; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

func TestBadge(t *testing.T) {
	for name, want := range map[string][2]string{
		resulttest.Empty: {"not testable", "lightgrey"}, resulttest.AllPass: {"A · 100.0 %", "brightgreen"},
		resulttest.AllKinds: {"D · 62.6 %", "red"}, resulttest.Partial: {"partial run", "lightgrey"},
	} {
		message, color := badgeText(resulttest.Document(name))
		if message != want[0] || color != want[1] || badgeColors[color] == "" {
			t.Errorf("%s: %s %s, want %v", name, message, color, want)
		}
	}
}
