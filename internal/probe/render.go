package probe

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/sheet"
)

// Formats are the renderings, by name.
func Formats() map[string]func(io.Writer, *Report) error {
	return map[string]func(io.Writer, *Report) error{"text": Text, "json": JSON, "markdown": Markdown, "html": HTML}
}

// JSON writes the report for programs.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// clean keeps a hostile server from writing control characters to the terminal or shaping our tables.
func clean(v any) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, fmt.Sprint(v))
}

// stream remembers the first error of a writer, so that rendering stays plain.
type stream struct {
	w   io.Writer
	err error
}

func (s *stream) f(format string, a ...any) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.w, format, a...)
	}
}

// Text writes the report for a person at a terminal.
func Text(w io.Writer, r *Report) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	s := &stream{w: tw}
	s.f("%s\n%s\n\n", clean(r.Verdict.Title), clean(first(r.Base, r.URL)))
	for _, b := range r.Verdict.Because {
		s.f("  · %s\n", clean(b))
	}
	if r.Partial {
		s.f("  · out of time or interrupted: the sheet is not complete\n")
	}
	for _, n := range r.Verdict.Next {
		s.f("  → %s\n", clean(n))
	}
	for _, g := range groupsOf(r) {
		s.f("\n%s\n", g.Name)
		for _, f := range g.Facts {
			s.f("  %s\t%s\n", clean(f.Title), withNote(clean(f.Value), clean(f.Note)))
		}
		if g.Name == "Filters" {
			for _, f := range r.Filters {
				s.f("  %s\t%s\n", clean(f.Filter), withNote(f.State, clean(f.Detail)))
			}
		}
	}
	if len(r.Attributes) > 0 {
		s.f("\nAttributes\n  \tschema\tcarried by\n")
		for _, a := range r.Attributes {
			s.f("  %s %s\t%s\t%d of %d\n", a.Resource, clean(a.Attribute), schemaCell(a), a.Carried, a.Of)
		}
	}
	if len(r.Claims) > 0 {
		s.f("\nClaimed and measured\n  \tfor\tclaimed\tmeasured\tverdict\n")
		for _, c := range r.Claims {
			s.f("  %s\t%s\t%s\t%s\t%s\n", clean(promise(c)), clean(first(c.Profile, c.Kind)), clean(c.Claimed), clean(c.Measured), c.Verdict)
		}
	}
	if !r.Verdict.SCIM() {
		s.f("\nTried\n")
		for _, g := range triedAlike(r.Tried) {
			s.f("  %s\n      %s\n", clean(g.detail), clean(g.where()))
		}
	}
	if r.Times.Requests > 0 {
		s.f("\n%s\n", timesLine(r.Times))
	}
	if s.err != nil {
		return s.err
	}
	return tw.Flush()
}

func timesLine(t Times) string {
	return fmt.Sprintf("%d answers in %.0f ms (fastest), %.0f ms (median), %.0f ms (95 %%), %.0f ms (slowest)", t.Requests, t.Min, t.Median, t.P95, t.Max)
}

func withNote(v, note string) string {
	if note == "" {
		return v
	}
	return v + " (" + note + ")"
}

func schemaCell(a AttributeRow) string {
	if !a.InSchema {
		switch root, _, _ := strings.Cut(a.Attribute, "."); root {
		case "id", "externalId", "meta", "schemas": // no schema needs to declare them (RFC 7643 section 3.1)
			return "common attribute"
		}
		return "not declared"
	}
	out := clean(a.Type) + ", " + clean(a.Mutability)
	if a.Required {
		out += ", required"
	}
	return out
}

type factGroup struct {
	Name  string
	Facts []factLine
}

type factLine struct {
	Title, Note string
	Value       any
}

// groupsOf puts facts of one group together, groups in the order in which they first came.
func groupsOf(r *Report) []factGroup {
	var out []factGroup
	at := map[string]int{}
	for _, f := range r.Facts {
		i, ok := at[f.Group]
		if !ok {
			i = len(out)
			at[f.Group] = i
			out = append(out, factGroup{Name: f.Group})
		}
		out[i].Facts = append(out[i].Facts, factLine{f.Title, f.Note, f.Value})
	}
	return out
}

var mdEscaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "[", `\[`, "]", `\]`, "*", `\*`, "`", "\\`", "_", `\_`)

func md(v any) string { return mdEscaper.Replace(clean(v)) }

// Markdown writes the report for an issue or a wiki page.
func Markdown(w io.Writer, r *Report) error {
	s := &stream{w: w}
	s.f("# %s\n\n%s\n\n", md(r.Verdict.Title), md(first(r.Base, r.URL)))
	for _, b := range r.Verdict.Because {
		s.f("- %s\n", md(b))
	}
	for _, n := range r.Verdict.Next {
		s.f("- Next: %s\n", md(n))
	}
	for _, g := range groupsOf(r) {
		s.f("\n## %s\n\n| Fact | Value |\n|---|---|\n", md(g.Name))
		for _, f := range g.Facts {
			s.f("| %s | %s |\n", md(f.Title), md(withNote(fmt.Sprint(f.Value), f.Note)))
		}
	}
	if len(r.Filters) > 0 {
		s.f("\n## Filters tried\n\n| Filter | Result |\n|---|---|\n")
		for _, f := range r.Filters {
			s.f("| %s | %s |\n", md(f.Filter), md(withNote(f.State, f.Detail)))
		}
	}
	if len(r.Attributes) > 0 {
		s.f("\n## Attributes\n\n| Resource | Attribute | Schema | Carried by |\n|---|---|---|---|\n")
		for _, a := range r.Attributes {
			s.f("| %s | %s | %s | %d of %d |\n", a.Resource, md(a.Attribute), md(schemaCell(a)), a.Carried, a.Of)
		}
	}
	if len(r.Claims) > 0 {
		s.f("\n## Claimed and measured\n\n| Feature | Profile | Claimed | Measured | Verdict | Because |\n|---|---|---|---|---|---|\n")
		for _, c := range r.Claims {
			s.f("| %s | %s | %s | %s | %s | %s |\n", md(promise(c)), md(first(c.Profile, c.Kind)), md(c.Claimed), md(c.Measured), md(c.Verdict), md(c.Because))
		}
	}
	s.f("\n## Tried\n\n| Address | Answer |\n|---|---|\n")
	for _, t := range r.Tried {
		s.f("| %s | %s |\n", md(t.URL), md(t.Detail))
	}
	if r.Times.Requests > 0 {
		s.f("\n%s\n", md(timesLine(r.Times)))
	}
	return s.err
}

const page = sheet.Head + `{{.R.Verdict.Title}} · scimmage probe` + sheet.Style + `<p class="over">scimmage probe of {{if .R.Base}}{{.R.Base}}{{else}}{{.R.URL}}{{end}}</p><h1>{{.R.Verdict.Title}}</h1>
<ul>{{range .R.Verdict.Because}}<li>{{.}}</li>{{end}}</ul>{{if .R.Verdict.Next}}<h2>Next</h2><ul>{{range .R.Verdict.Next}}<li>{{.}}</li>{{end}}</ul>{{end}}
{{range .Groups}}<h2>{{.Name}}</h2><table>{{range .Facts}}<tr><th scope="row">{{.Title}}</th><td>{{.Value}}{{if .Note}} ({{.Note}}){{end}}</td></tr>{{end}}</table>{{end}}
{{if .R.Filters}}<h2>Filters tried</h2><table>{{range .R.Filters}}<tr><th scope="row">{{.Filter}}</th><td>{{.State}}{{if .Detail}} ({{.Detail}}){{end}}</td></tr>{{end}}</table>{{end}}
{{if .R.Attributes}}<h2>Attributes</h2><table><tr><th scope="col">Resource</th><th scope="col">Attribute</th><th scope="col">Schema</th><th scope="col">Carried by</th></tr>{{range .R.Attributes}}<tr><td>{{.Resource}}</td><td>{{.Attribute}}</td><td>{{cell .}}</td><td>{{.Carried}} of {{.Of}}</td></tr>{{end}}</table>{{end}}
{{if .R.Claims}}<h2>Claimed and measured</h2><table><tr><th scope="col">Promise</th><th scope="col">For</th><th scope="col">Claimed</th><th scope="col">Measured</th><th scope="col">Verdict</th><th scope="col">Because</th></tr>{{range .R.Claims}}<tr><td>{{promise .}}</td><td>{{of .}}</td><td>{{.Claimed}}</td><td>{{.Measured}}</td><td>{{.Verdict}}</td><td>{{.Because}}</td></tr>{{end}}</table>{{end}}
<h2>Tried</h2><table>{{range .R.Tried}}<tr><th scope="row">{{.URL}}</th><td>{{.Detail}}</td></tr>{{end}}</table>
{{if .R.Times.Requests}}<p>{{times .R.Times}}</p>{{end}}
` + sheet.Foot

// HTML writes the report as one page without scripts.
func HTML(w io.Writer, r *Report) error {
	t, err := template.New("probe").Funcs(template.FuncMap{"cell": schemaCell, "times": timesLine, "promise": promise, "of": func(c result.Claim) string { return first(c.Profile, c.Kind) }}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		R      *Report
		Groups []factGroup
	}{r, groupsOf(r)})
}

// promise names what is promised; a feature's id is words with hyphens.
func promise(c result.Claim) string {
	if c.Kind != "" || c.Feature == "" || !strings.Contains(c.Feature, "-") || strings.Contains(c.Feature, " ") {
		return c.Feature
	}
	return strings.ToUpper(c.Feature[:1]) + strings.ReplaceAll(c.Feature[1:], "-", " ")
}
