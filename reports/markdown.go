package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// markdownBudget keeps the file below the 1 MiB at which GitHub refuses a step summary.
const markdownBudget = 900 << 10

// Markdown writes the report for pull requests, wikis and the GitHub step summary: the matrix, the
// result, then the causes as far as the budget reaches, then what the endpoint is.
func Markdown(w io.Writer, d *result.Document) error {
	m := &markdown{v: newView(d), pen: newPen(d, Options{})}
	m.header()
	m.matrix()
	m.readiness()
	m.score()
	m.claims()
	tail := m.tail()
	m.causes(markdownBudget - len(tail) - 1024)
	m.b.WriteString(tail)
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdown struct {
	v   *view
	pen *pen
	b   strings.Builder
}

// mdText escapes what Markdown, HTML and GitHub give a meaning to.
func mdText(s string) string {
	s = oneLine(s)
	var b strings.Builder
	prev := ' '
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@' && strings.ContainsRune(" (,;:", prev):
			b.WriteString("@<!-- -->") // no mention
		case strings.ContainsRune("\\`*_{}[]#|!~$", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		prev = r
	}
	return b.String()
}

// mdCode is an inline code span whose fence no content can close. Pipes are escaped for tables.
func mdCode(s string) string {
	s = strings.ReplaceAll(oneLine(s), "|", `\|`)
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fence := longestRun(s) + "`"
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// mdBlock is a fenced block that no content can close.
func mdBlock(s, language string) string {
	fence := longestRun(s) + "`"
	for len(fence) < 3 {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(s, "\n") + "\n" + fence + "\n"
}

func longestRun(s string) string {
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return strings.Repeat("`", longest)
}

func (m *markdown) header() {
	d := m.v.doc
	fmt.Fprintf(&m.b, "# SCIM conformance of %s\n\n", mdCode(clip(d.Target.URL, 300)))
	fmt.Fprintf(&m.b, "**%s**\n\n", mdText(m.pen.resultLine()))
	if d.Diagnosis != nil && d.Diagnosis.Hint != "" {
		m.b.WriteString(mdText(clip(d.Diagnosis.Hint, clipValue)) + "\n\n")
	}
	if d.Run.Partial {
		m.b.WriteString("> [!WARNING]\n> Partial run: " + mdText(clip(d.Run.PartialWhy, clipValue)) + "\n\n")
	}
	if len(d.Leftovers) > 0 {
		fmt.Fprintf(&m.b, "> [!WARNING]\n> %s left on the target.\n\n", plural(len(d.Leftovers), "test object is", "test objects are"))
	}
	if d.Baseline != nil && len(d.Baseline.Drift) > 0 {
		m.b.WriteString("> [!NOTE]\n> Baseline drift:\n")
		for _, s := range d.Baseline.Drift {
			m.b.WriteString("> - " + mdText(clip(s, clipSummary)) + "\n")
		}
		m.b.WriteString("\n")
	}
}

func (m *markdown) table(head []string, rows [][]string) {
	m.b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat(" --- |", len(head)) + "\n")
	for _, r := range rows {
		m.b.WriteString("| " + strings.Join(r, " | ") + " |\n")
	}
	m.b.WriteString("\n")
}

func (m *markdown) matrix() {
	d := m.v.doc
	features := testedFeatures(d)
	if len(features) == 0 || len(d.Profiles) == 0 {
		return
	}
	m.b.WriteString("## Will it work with my identity provider?\n\n")
	head := []string{"Feature"}
	for _, p := range d.Profiles {
		head = append(head, mdText(clip(p.Title, 60)))
	}
	var rows [][]string
	for _, f := range features {
		row := []string{mdText(clip(f.Title, 60))}
		for _, p := range d.Profiles {
			row = append(row, verdictCell(f, p.ID))
		}
		rows = append(rows, row)
	}
	m.table(head, rows)
}

func (m *markdown) readiness() {
	for _, p := range m.v.doc.Profiles {
		r, ok := m.v.doc.Readiness[p.ID]
		if !ok {
			continue
		}
		fmt.Fprintf(&m.b, "- **%s %s: %s**\n", readinessGlyph(r.State), mdText(clip(p.Title, 60)), readinessWord(r.State))
		for _, why := range r.Because {
			m.b.WriteString("  - " + mdText(clip(why, clipSummary)) + "\n")
		}
		if p.Basis != "" {
			m.b.WriteString("  - what its vendor leaves open was played as: " + mdText(clip(strings.Join(p.Options, "; "), clipSummary)) + "\n")
		}
	}
	m.forecast()
	m.b.WriteString("\n")
}

func (m *markdown) score() {
	d := m.v.doc
	m.b.WriteString("## Result\n\n")
	m.b.WriteString(mdText(m.pen.gradeLine()) + "  \n")
	m.b.WriteString(mdText(m.pen.countLine()) + "  \n")
	fmt.Fprintf(&m.b, "%s in %s%s\n\n", plural(d.Run.Requests, "request", "requests"), seconds(d.Run.DurationMS), m.pen.rateNote())
	for _, c := range d.Score.Caps {
		fmt.Fprintf(&m.b, "- at most %s: %s\n", mdText(c.Grade), mdText(clip(c.Reason, clipSummary)))
	}
	if len(d.Score.Caps) > 0 {
		m.b.WriteString("\n")
	}
	if len(d.Suites) == 0 {
		return
	}
	var rows [][]string
	for _, s := range d.Suites {
		if s.Published != nil {
			continue
		}
		rows = append(rows, []string{mdText(clip(or(s.Title, s.ID), 80)), s.Score.Conformance, levelText(s.Score.Levels, result.Must), levelText(s.Score.Levels, result.Should), fmt.Sprintf("%.1f %%", s.Score.Percent)})
	}
	m.table([]string{"Suite", "Conformance", "MUST", "SHOULD", "Score"}, rows)
	m.published()
}

func (m *markdown) claims() {
	if len(m.v.doc.Claims) == 0 {
		return
	}
	m.b.WriteString("## Claimed and measured\n\n")
	var rows [][]string
	for _, c := range m.v.doc.Claims {
		rows = append(rows, []string{mdText(clip(m.v.promise(c), 80)), mdText(clip(promisedFor(c), 60)), mdText(clip(c.Claimed, 60)), mdText(clip(c.Measured, 120)), mdText(clip(c.Verdict, 60)), mdText(clip(c.Because, 300))})
	}
	m.table([]string{"Promise", "For", "Claimed", "Measured", "Verdict", "Because"}, rows)
}

// causes writes causes until the budget is used up, and says how many were left out.
func (m *markdown) causes(budget int) {
	causes := m.v.doc.Causes
	if len(causes) == 0 {
		return
	}
	m.b.WriteString("## What is broken\n\n")
	for i := range causes {
		text := m.cause(i+1, &causes[i])
		if m.b.Len()+len(text) > budget {
			fmt.Fprintf(&m.b, "… and %s: see the HTML or JSON report.\n\n", plural(len(causes)-i, "more cause", "more causes"))
			return
		}
		m.b.WriteString(text)
	}
}

func (m *markdown) cause(n int, c *result.Cause) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %d. %s\n\n", n, mdText(clip(c.Title, clipSummary)))
	line := glyph(c.Outcome) + " " + word(c.Outcome) + " " + strings.ToUpper(string(c.Level))
	if c.Known {
		line += " · known"
	}
	if len(c.Profiles) > 0 {
		line += " · breaks " + strings.Join(titles(c.Profiles, m.v.profiles), ", ")
	}
	b.WriteString(mdText(clip(line, clipSummary)))
	if cites := m.links(c.Cites); cites != "" {
		b.WriteString(" · " + cites)
	}
	b.WriteString("\n\n")
	for _, p := range [][2]string{{"Why it matters", c.Why}, {"Fix", c.Fix}} {
		if strings.TrimSpace(p[1]) != "" {
			fmt.Fprintf(&b, "**%s:** %s\n\n", p[0], mdText(clip(p[1], clipValue)))
		}
	}
	ids := append(append([]string{}, c.Checks...), c.Consequences...)
	for i, id := range ids {
		k := m.v.checks[id].check
		if k == nil {
			continue
		}
		if i == 0 {
			shown := *k
			shown.Why, shown.Fix = "", ""
			b.WriteString("<details><summary>" + mdText(clip(headline(k), clipSummary)) + "</summary>\n\n" + mdBlock(m.pen.finding(&shown, ""), "text") + "\n</details>\n\n")
			continue
		}
		if i > maxOthers {
			fmt.Fprintf(&b, "- and %d more\n", len(ids)-i)
			break
		}
		fmt.Fprintf(&b, "- %s %s: %s\n", glyph(k.Outcome), mdCode(clip(id, 200)), mdText(clip(headline(k), 200)))
	}
	b.WriteString("\n")
	return b.String()
}

// links renders citations as links.
func (m *markdown) links(cites []string) string {
	var out []string
	const shown = 5
	for i, id := range cites {
		if i == shown {
			out = append(out, fmt.Sprintf("and %d more", len(cites)-i))
			break
		}
		text := mdText(clip(m.v.citation(id), 100))
		if u := m.v.url(id); strings.HasPrefix(u, "https://") && !strings.ContainsAny(u, " ()<>\n") {
			text = "[" + text + "](" + u + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// tail is what stands below the causes: the fact sheet and what was not judged.
func (m *markdown) tail() string {
	rest := &markdown{v: m.v, pen: m.pen}
	d := m.v.doc
	const most = 200
	if len(d.FactSheet) > 0 {
		rest.b.WriteString("## What this endpoint is\n\n")
		var rows [][]string
		for _, f := range d.FactSheet[:min(len(d.FactSheet), most)] {
			rows = append(rows, []string{mdText(clip(f.Group, 60)), mdText(clip(f.Title, 100)), mdText(clip(f.Text(), 200)), mdText(clip(f.Note, 200))})
		}
		rest.table([]string{"Group", "Fact", "Measured", "Note"}, rows)
	}
	if next := nextCommand(m.v); next != "" {
		rest.b.WriteString("Next: " + mdCode(next) + "\n")
	}
	fmt.Fprintf(&rest.b, "\n<sub>%s · run %s · %s</sub>\n", mdText(strings.TrimSpace(d.Tool.Name+" "+d.Tool.Version)), mdText(d.Run.ID), d.Run.Started.UTC().Format("2006-01-02 15:04 UTC"))
	return rest.b.String()
}
