package reports

import (
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/result"
)

// TAP writes Test Anything Protocol 14: a case is a test point. What does not count (warnings,
// known findings) is "ok", known ones with a TODO directive. Source: https://testanything.org/tap-version-14-specification.html
func TAP(w io.Writer, d *result.Document) error {
	var b strings.Builder
	b.WriteString("TAP version 14\n")
	n := 0
	for _, s := range d.Suites {
		n += len(s.Cases)
	}
	if d.Diagnosis != nil {
		fmt.Fprintf(&b, "1..0 # skipped: %s\nBail out! %s\n", tapText(d.Diagnosis.Message), tapText(d.Diagnosis.Message))
		_, err := io.WriteString(w, defuse(b.String()))
		return err
	}
	if n == 0 {
		b.WriteString("1..0 # skipped: no case was planned\n")
	} else {
		fmt.Fprintf(&b, "1..%d\n", n)
	}
	v := newView(d)
	i := 0
	for si := range d.Suites {
		for ci := range d.Suites[si].Cases {
			i++
			v.tapCase(&b, i, &d.Suites[si].Cases[ci])
		}
	}
	if d.Run.Partial {
		b.WriteString("# partial run: " + tapComment(d.Run.PartialWhy) + "\n")
	}
	_, err := io.WriteString(w, defuse(b.String()))
	return err
}

// tapText escapes what has a meaning in a test line.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(clip(oneLine(s), 300))
}

func tapComment(s string) string { return clip(oneLine(s), 300) }

func (v *view) tapCase(b *strings.Builder, n int, c *result.Case) {
	open, knownOnes, warns := split(c)
	status, directive := "ok", ""
	switch {
	case len(open) > 0:
		status = "not ok"
	case len(knownOnes) > 0:
		status, directive = "not ok", " # TODO "+tapText(known(knownOnes[0]))
	case c.Outcome == result.Fail || c.Outcome == result.Error:
		status = "not ok"
	case c.Outcome == result.Skip:
		directive = " # SKIP " + tapText(or(c.Reason, "no reason was recorded"))
	}
	fmt.Fprintf(b, "%s %d - %s: %s%s\n", status, n, tapText(c.ID), tapText(c.Title), directive)
	findings := append(append(open, knownOnes...), warns...)
	if len(findings) == 0 && c.Outcome != result.Error {
		return
	}
	v.tapDiagnostics(b, c, findings)
}

// tapFinding is one finding in the YAML block of a test point.
type tapFinding struct {
	Check    string   `yaml:"check"`
	Outcome  string   `yaml:"outcome"`
	Level    string   `yaml:"level"`
	Cites    []string `yaml:"cites,flow"`
	Message  string   `yaml:"message"`
	Expected string   `yaml:"expected,omitempty"`
	Actual   string   `yaml:"actual,omitempty"`
	Exchange string   `yaml:"exchange,omitempty"`
	Fix      string   `yaml:"fix,omitempty"`
}

func (v *view) tapDiagnostics(b *strings.Builder, c *result.Case, findings []*result.Check) {
	block := struct {
		Message  string       `yaml:"message"`
		Severity string       `yaml:"severity"`
		Findings []tapFinding `yaml:"findings,omitempty"`
	}{Message: clip(oneLine(or(c.Reason, c.Title)), 300), Severity: string(c.Outcome)}
	if len(findings) > 0 {
		block.Message = clip(oneLine(headline(findings[0])), 300)
	}
	for _, k := range findings {
		f := tapFinding{
			Check: oneLine(k.ID), Outcome: string(k.Outcome), Level: string(k.Level), Message: clip(oneLine(headline(k)), 300),
			Expected: clip(oneLine(k.Expected), clipValue), Actual: clip(oneLine(k.Actual), clipValue), Fix: clip(oneLine(k.Fix), clipValue),
		}
		for _, id := range k.Cites {
			f.Cites = append(f.Cites, oneLine(id))
		}
		if x := v.exchanges[k.Exchange]; x != nil {
			f.Exchange = clip(oneLine(conversation(x)), 300)
		}
		block.Findings = append(block.Findings, f)
	}
	text, err := yaml.Marshal(block)
	if err != nil { // strings and lists of strings always have a YAML form
		fmt.Fprintf(b, "  # %s\n", tapComment(err.Error()))
		return
	}
	b.WriteString("  ---\n")
	for _, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		b.WriteString("  " + line + "\n")
	}
	b.WriteString("  ...\n")
}
