package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Limits of the JUnit dialect: GitLab refuses files above 30 MB.
const (
	junitBody    = 64 << 10
	junitMessage = 500
	junitTotal   = 24 << 20
)

// The elements that GitHub, GitLab, Jenkins and Azure DevOps all render: a flat list of suites,
// at most one failure, error or skipped element in a case, its whole text in the body.
type junitSuites struct {
	XMLName   xml.Name     `xml:"testsuites"`
	Name      string       `xml:"name,attr"`
	Tests     int          `xml:"tests,attr"`
	Failures  int          `xml:"failures,attr"`
	Errors    int          `xml:"errors,attr"`
	Skipped   int          `xml:"skipped,attr"`
	Time      string       `xml:"time,attr"`
	Timestamp string       `xml:"timestamp,attr"`
	Suites    []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr,omitempty"`
	File       string          `xml:"file,attr,omitempty"`
	Properties *junitPropertys `xml:"properties"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitPropertys struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Classname  string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	Time       string          `xml:"time,attr"`
	File       string          `xml:"file,attr,omitempty"`
	Line       int             `xml:"line,attr,omitempty"`
	Assertions int             `xml:"assertions,attr,omitempty"`
	Properties *junitPropertys `xml:"properties"`
	Failure    *junitText      `xml:"failure"`
	Error      *junitText      `xml:"error"`
	Skipped    *junitText      `xml:"skipped"`
	SystemOut  *junitBodyText  `xml:"system-out"`
}

type junitText struct {
	Message string `xml:"message,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	Body    string `xml:",chardata"`
}

type junitBodyText struct {
	Body string `xml:",chardata"`
}

// JUnit writes the dialect that all four large CI systems render.
func JUnit(w io.Writer, d *result.Document) error {
	j := &junit{pen: newPen(d, Options{})}
	out := junitSuites{Name: "scimmage", Time: junitTime(float64(d.Run.DurationMS)), Timestamp: junitStamp(d), Suites: []junitSuite{}}
	for i := range d.Suites {
		s := j.suite(&d.Suites[i])
		out.Tests, out.Failures = out.Tests+s.Tests, out.Failures+s.Failures
		out.Errors, out.Skipped = out.Errors+s.Errors, out.Skipped+s.Skipped
		out.Suites = append(out.Suites, s)
	}
	if d.Diagnosis != nil {
		out.Suites = append(out.Suites, j.diagnosis(&out))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junit renders with the pen of the text format, so that a failure reads the same everywhere.
type junit struct {
	pen  *pen
	used int // bytes of bodies so far
}

func junitTime(ms float64) string { return fmt.Sprintf("%.3f", ms/1000) }

func junitStamp(d *result.Document) string {
	return d.Run.Started.UTC().Format("2006-01-02T15:04:05")
}

func (j *junit) suite(s *result.Suite) junitSuite {
	d := j.pen.v.doc
	out := junitSuite{Name: xmlText(s.ID), Timestamp: junitStamp(d), File: xmlText(s.File), Hostname: xmlText(clip(d.Target.URL, 200)), Cases: []junitCase{}}
	props := []junitProperty{{"target", xmlText(clip(d.Target.URL, 500))}, {"kind", s.Kind}, {"conformance", s.Score.Conformance}}
	if s.IDP != "" {
		props = append(props, junitProperty{"profile", xmlText(s.IDP)})
	}
	out.Properties = &junitPropertys{props}
	ms := 0.0
	for i := range s.Cases {
		c := j.testcase(s, &s.Cases[i])
		out.Tests++
		switch {
		case c.Failure != nil:
			out.Failures++
		case c.Error != nil:
			out.Errors++
		case c.Skipped != nil:
			out.Skipped++
		}
		ms += s.Cases[i].DurationMS
		out.Cases = append(out.Cases, c)
	}
	out.Time = junitTime(ms)
	return out
}

// testcase renders one case. Names must not change between runs, or CI loses their history:
// the id below the suite is the name, the title is a property.
func (j *junit) testcase(s *result.Suite, c *result.Case) junitCase {
	out := junitCase{
		Classname: className(s), Name: xmlText(strings.TrimPrefix(c.ID, s.ID+"/")), Time: junitTime(c.DurationMS),
		File: xmlText(or(c.File, s.File)), Line: c.Line, Assertions: len(c.Checks), Properties: j.properties(s, c),
	}
	open, knownOnes, warns := split(c)
	switch {
	case len(open) > 0:
		text := j.text(open, junitType(open[0]))
		if open[0].Outcome == result.Error {
			out.Error = text
		} else {
			out.Failure = text
		}
	case c.Outcome == result.Error && len(knownOnes) == 0:
		out.Error = &junitText{Message: junitLine(c.Reason), Type: "error", Body: xmlText(clip(or(c.Reason, "not judged"), junitBody))}
	case c.Outcome == result.Fail && len(knownOnes) == 0:
		out.Failure = &junitText{Message: junitLine(or(c.Reason, c.Title)), Type: "fail", Body: xmlText(clip(or(c.Reason, c.Title), junitBody))}
	case len(knownOnes) > 0:
		out.Skipped = &junitText{Message: junitLine(known(knownOnes[0])), Body: j.bodies(knownOnes)}
	case c.Outcome == result.Skip:
		reason := or(c.Reason, "no reason was recorded")
		if c.SkipKind != "" {
			reason = strings.ReplaceAll(string(c.SkipKind), "-", " ") + ": " + reason
		}
		out.Skipped = &junitText{Message: junitLine(reason)}
	}
	if len(warns) > 0 {
		out.SystemOut = &junitBodyText{j.bodies(warns)}
	}
	return out
}

// className is dotted and never empty: GitLab tells cases apart by it.
func className(s *result.Suite) string {
	name := strings.ReplaceAll(s.ID, "/", ".")
	if strings.TrimSpace(name) == "" {
		name = "scimmage"
	}
	return xmlText(name)
}

// split sorts the findings of a case: those that fail it (failures first, then errors), known ones,
// and warnings.
func split(c *result.Case) (open, knownOnes, warns []*result.Check) {
	var errs []*result.Check
	for i := range c.Checks {
		k := &c.Checks[i]
		switch {
		case !k.Finding():
		case k.Known != nil:
			knownOnes = append(knownOnes, k)
		case k.Outcome == result.Fail:
			open = append(open, k)
		case k.Outcome == result.Error:
			errs = append(errs, k)
		default:
			warns = append(warns, k)
		}
	}
	return append(open, errs...), knownOnes, warns
}

func junitType(k *result.Check) string {
	if len(k.Cites) > 0 {
		return xmlText(clip(k.Cites[0], 200))
	}
	return string(k.Outcome)
}

// text joins all findings of a case into one element: Jenkins shows only the first one.
func (j *junit) text(findings []*result.Check, kind string) *junitText {
	message := junitLine(headline(findings[0]))
	if n := len(findings); n > 1 {
		message = fmt.Sprintf("%d findings: %s", n, message)
	}
	return &junitText{Message: message, Type: kind, Body: j.bodies(findings)}
}

// bodies renders findings within the limit of a case and of the file.
func (j *junit) bodies(findings []*result.Check) string {
	var b strings.Builder
	for _, k := range findings {
		b.WriteString("\n" + j.pen.finding(k, ""))
	}
	text := b.String()
	if len(text) > junitBody {
		text = cut(text, junitBody) + "\n… shortened"
	}
	if j.used += len(text); j.used > junitTotal {
		return "left out: the report would grow too large; see the HTML or JSON report"
	}
	return xmlText(text)
}

func junitLine(s string) string { return xmlText(clip(oneLine(strings.TrimSpace(s)), junitMessage)) }

// properties carry what a reader can filter by.
func (j *junit) properties(s *result.Suite, c *result.Case) *junitPropertys {
	props := []junitProperty{{"title", xmlText(clip(c.Title, 500))}, {"outcome", string(c.Outcome)}}
	add := func(name, value string) {
		if value != "" {
			props = append(props, junitProperty{name, xmlText(clip(value, 1000))})
		}
	}
	add("feature", c.Feature)
	add("profile", s.IDP)
	var cites []string
	level := result.Level("")
	seen := map[string]bool{}
	for _, k := range c.Checks {
		for _, id := range k.Cites {
			if !seen[id] {
				seen[id] = true
				cites = append(cites, id)
			}
		}
		if level == "" || k.Level.Rank() > level.Rank() {
			level = k.Level
		}
	}
	add("clause", strings.Join(cites, " "))
	add("level", string(level))
	for _, k := range c.Checks {
		if k.Finding() && len(k.Cites) > 0 {
			add("url", j.pen.v.url(k.Cites[0]))
			break
		}
	}
	return &junitPropertys{props}
}

// diagnosis makes an untestable target visible: a report without a single case counts as a
// success in every CI system.
func (j *junit) diagnosis(all *junitSuites) junitSuite {
	d := j.pen.v.doc
	text := &junitText{Message: junitLine(d.Diagnosis.Message), Type: xmlText(d.Diagnosis.Kind), Body: xmlText(clip(d.Diagnosis.Message+"\n"+d.Diagnosis.Hint, junitBody))}
	all.Tests, all.Errors = all.Tests+1, all.Errors+1
	return junitSuite{Name: "target", Tests: 1, Errors: 1, Time: junitTime(0), Timestamp: junitStamp(d),
		Cases: []junitCase{{Classname: "target", Name: "reachable", Time: junitTime(0), Error: text}}}
}

// or returns the first text that is not blank.
func or(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
