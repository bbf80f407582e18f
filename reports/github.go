package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// maxAnnotations of one kind are shown by GitHub in a step; the last one says how many are left.
const maxAnnotations = 10

// GitHub writes workflow commands that show as annotations, one for each cause: errors for what
// fails the run, warnings for the rest. Known causes are left out.
// Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func GitHub(w io.Writer, d *result.Document) error {
	v := newView(d)
	var b strings.Builder
	if d.Diagnosis != nil {
		annotate(&b, "error", "the target could not be tested", nil, d.Diagnosis.Message+"\n"+d.Diagnosis.Hint)
	}
	groups := map[string][]*result.Cause{}
	for i := range d.Causes {
		kind := "warning"
		if d.Causes[i].Outcome == result.Fail {
			kind = "error"
		}
		if !d.Causes[i].Known {
			groups[kind] = append(groups[kind], &d.Causes[i])
		}
	}
	for _, kind := range []string{"error", "warning"} {
		list := groups[kind]
		room := maxAnnotations
		if kind == "error" && d.Diagnosis != nil {
			room--
		}
		for i, c := range list {
			if i == room-1 && len(list) > room {
				annotate(&b, kind, "scimmage", nil, fmt.Sprintf("and %s: see the report", plural(len(list)-i, "more cause", "more causes")))
				break
			}
			v.annotateCause(&b, kind, c)
		}
	}
	if d.Run.Partial && d.Diagnosis == nil {
		annotate(&b, "notice", "partial run", nil, d.Run.PartialWhy)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (v *view) annotateCause(b *strings.Builder, kind string, c *result.Cause) {
	text := c.Title
	var at *result.Case
	if f := v.checks[first(c.Checks)]; f.check != nil {
		text = headline(f.check)
		if f.check.Expected != "" || f.check.Actual != "" {
			text += "\nexpected " + clip(f.check.Expected, 300) + "\nactual " + clip(f.check.Actual, 300)
		}
		if f.suite.Kind == "user" { // built-in suites are no files of the user's repository
			at = f.cs
		}
	}
	if c.Fix != "" {
		text += "\nfix: " + clip(c.Fix, 300)
	}
	if cites := v.citations(c.Cites); cites != "" {
		text += "\n" + clip(cites, 200)
	}
	if len(c.Profiles) > 0 {
		text += "\nbreaks " + strings.Join(titles(c.Profiles, v.profiles), ", ")
	}
	annotate(b, kind, clip(c.Title, 120), at, text)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func annotate(b *strings.Builder, kind, title string, at *result.Case, text string) {
	fmt.Fprintf(b, "::%s title=%s", kind, githubProperty(clip(oneLine(title), 200)))
	if at != nil && at.File != "" {
		fmt.Fprintf(b, ",file=%s,line=%d", githubProperty(oneLine(at.File)), max(1, at.Line))
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = clip(oneLine(lines[i]), 1000)
	}
	b.WriteString("::" + githubData(strings.Join(lines, "\n")) + "\n")
}

func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
