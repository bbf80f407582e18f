package suites

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Proofs are the defects that make a check fail, by check id.
type Proofs map[string][]string

// generated stands on top of every page.
const generated = "<!-- Generated from suites/; change the YAML there and run make docs. -->\n\n"

// RequirementsPage is docs/requirements.md: what the specifications and the identity providers
// demand, and what tests it.
func RequirementsPage(l *Library, checks []CheckInfo, proofs Proofs) []byte {
	var b bytes.Buffer
	b.WriteString(generated + "# Requirements\n\n")
	b.WriteString("Every normative sentence of the SCIM specifications and every documented need of an identity provider that scimmage knows, in our own words, " +
		"with the checks that test it or the reason why none does. MAY and OPTIONAL are choices: they become facts of the fact sheet and never failures.\n\n")
	covering := Covering(l.withFacts(checks))
	coverageTable(&b, l, covering)
	for _, group := range sourceGroups(l) {
		fmt.Fprintf(&b, "\n## %s\n\n| id | level | requirement | checks |\n|---|---|---|---|\n", group.title)
		for _, r := range group.items {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", requirementLink(r), r.Keyword, cell(r.Summary)+evidenceNote(r), coverCell(l, r, covering[r.ID], proofs))
		}
	}
	return b.Bytes()
}

type sourceGroup struct {
	key, title string
	items      []*Requirement
}

// sourceGroups splits the catalogue by RFC and identity provider, in the order of the files.
func sourceGroups(l *Library) []*sourceGroup {
	var out []*sourceGroup
	byKey := map[string]*sourceGroup{}
	for _, r := range l.Requirements {
		key, title := fmt.Sprint("RFC ", r.RFC), fmt.Sprint("RFC ", r.RFC)
		if r.RFC == 0 {
			switch {
			case r.IDP != "":
				key, title = r.IDP, "Needs of "+r.IDP
			case r.Document != "":
				key, title = r.Document, "Published: "+r.Document
			case r.Subject == "client":
				key, title = "client", "Good conduct of clients"
			default:
				key, title = "own", "Own requirements of suites"
			}
		}
		if byKey[key] == nil {
			byKey[key] = &sourceGroup{key: key, title: title}
			out = append(out, byKey[key])
		}
		byKey[key].items = append(byKey[key].items, r)
	}
	slices.SortStableFunc(out, func(a, b *sourceGroup) int { return cmp.Compare(rfcRank(a), rfcRank(b)) })
	return out
}

func rfcRank(g *sourceGroup) int {
	if strings.HasPrefix(g.key, "RFC ") {
		return 0
	}
	return 1
}

func coverageTable(b *bytes.Buffer, l *Library, covering map[string][]string) {
	b.WriteString("| area | MUST | SHOULD | MAY | for clients | no black box sees it |\n|---|---|---|---|---|---|\n")
	for _, r := range CoverageRows(l, covering) {
		area := r.Area
		if area == "" {
			area = "**all**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %d |\n", area, r.Must, r.Should, r.May, r.Clients, r.Invisible)
	}
	b.WriteString("\nEach cell: covered of those that a black box can test. MAY is covered by a fact. \"For clients\" are the MUST and SHOULD that bind clients, judged by " +
		"`scimmage provider --grade`.\n")
}

func requirementLink(r *Requirement) string {
	if u := r.URL(); u != "" {
		return fmt.Sprintf("<a id=%q></a>[%s](%s)", anchor(r.ID), r.ID, u)
	}
	return fmt.Sprintf("<a id=%q></a>%s", anchor(r.ID), r.ID)
}

func anchor(id string) string { return strings.ToLower(id) }

func evidenceNote(r *Requirement) string {
	if r.Evidence == "" {
		return ""
	}
	return fmt.Sprintf(" <sub>%s: %s</sub>", r.Evidence, cell(r.Source))
}

// maxShown is how many checks a cell of the table names.
const maxShown = 4

func coverCell(l *Library, r *Requirement, checks []string, proofs Proofs) string {
	if len(checks) == 0 {
		if why := l.WhyUncovered(r); why != "" {
			return "none: " + cell(why)
		}
		return "none yet"
	}
	var out []string
	for _, id := range checks[:min(len(checks), maxShown)] {
		s := checkLink(id)
		if p := proofs[id]; len(p) > 0 {
			s += " (proven by " + strings.Join(p[:min(len(p), maxShown)], ", ")
			if n := len(p) - maxShown; n > 0 {
				s += fmt.Sprintf(" and %d more", n)
			}
			s += ")"
		}
		out = append(out, s)
	}
	if n := len(checks) - maxShown; n > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(out, "<br>")
}

// checkLink points to the page of the check's suite, from docs/.
func checkLink(id string) string {
	suite, _, _ := strings.Cut(id, "/")
	return fmt.Sprintf("[%s](checks/%s.md)", cell(id), suite)
}

// cell makes text safe inside a table.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`).Replace(s)
}

// CheckPages is docs/checks/: one page for each suite, by file name, and an index. checks is the
// whole list of a run.
func CheckPages(l *Library, checks []CheckInfo, proofs Proofs) map[string][]byte {
	out := map[string][]byte{}
	var index bytes.Buffer
	index.WriteString(generated + "# Checks\n\n| suite | what it is | cases | checks |\n|---|---|---|---|\n")
	for _, page := range pagesOf(l.withFacts(checks)) {
		title := page.suite
		var b bytes.Buffer
		b.WriteString(generated)
		if s := l.Suite(page.suite); s != nil {
			title = s.Title
			suiteHead(&b, s)
		} else if c := l.clientSuite(page.suite); c != nil {
			title = c.Title
			fmt.Fprintf(&b, "# %s\n\n`%s`, rules for SCIM clients: `scimmage provider --grade` judges what a client sends by them.\n\n%s\n", c.Title, c.ID, c.About)
		} else {
			fmt.Fprintf(&b, "# %s\n", title)
		}
		for _, id := range page.cases {
			caseHead(&b, l, id)
			page.sections(&b, id, proofs)
		}
		out[page.suite+".md"] = b.Bytes()
		fmt.Fprintf(&index, "| [%s](%s.md) | %s | %d | %d |\n", page.suite, page.suite, cell(title), len(page.cases), page.count)
	}
	out["README.md"] = index.Bytes()
	return out
}

type checkPage struct {
	suite  string
	cases  []string
	checks map[string][]CheckInfo
	count  int
	shown  map[string]string // what a check says → id of the check under which it stands
}

// sections shows the checks of a case. An operation that many stories play brings the same checks
// each time: they are explained once and then only named.
func (p *checkPage) sections(b *bytes.Buffer, id string, proofs Proofs) {
	var again []string
	for _, k := range p.checks[id] {
		key := strings.Join(append([]string{k.Title, k.Judge, k.Why, k.Fix, string(k.Level)}, k.Cites...), "\x00")
		if before := p.shown[key]; before != "" && len(proofs[k.ID]) == 0 {
			again = append(again, fmt.Sprintf("* `%s`, as `%s`\n", k.ID, before))
			continue
		}
		p.shown[key] = k.ID
		checkSection(b, k, proofs)
	}
	if len(again) > 0 {
		b.WriteString("\nExplained above:\n\n" + strings.Join(again, ""))
	}
}

func pagesOf(checks []CheckInfo) []*checkPage {
	var out []*checkPage
	byID := map[string]*checkPage{}
	for _, k := range checks {
		suite, _, _ := strings.Cut(k.ID, "/")
		p := byID[suite]
		if p == nil {
			p = &checkPage{suite: suite, checks: map[string][]CheckInfo{}, shown: map[string]string{}}
			byID[suite] = p
			out = append(out, p)
		}
		if len(p.checks[k.Case]) == 0 {
			p.cases = append(p.cases, k.Case)
		}
		p.checks[k.Case] = append(p.checks[k.Case], k)
		p.count++
	}
	return out
}

func suiteHead(b *bytes.Buffer, s *Suite) {
	fmt.Fprintf(b, "# %s\n\n`%s`", s.Title, s.ID)
	if s.IDP != "" {
		fmt.Fprintf(b, ", played as `%s`", s.IDP)
	}
	if p := s.Published; p != nil {
		fmt.Fprintf(b, ". By %s%s: %s", p.By, brackets(p.Version), p.Source)
	}
	if s.Off != "" {
		fmt.Fprintf(b, ". Not part of a default run: %s", s.Off)
	}
	b.WriteString("\n")
	if s.About != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(s.About))
	}
}

func brackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func caseHead(b *bytes.Buffer, l *Library, id string) {
	c := l.Case(id)
	if r := l.ClientRule(id); r != nil {
		fmt.Fprintf(b, "\n## %s\n", r.Title)
		return
	}
	if c == nil {
		fmt.Fprintf(b, "\n## `%s`\n", id)
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n`%s`", c.Title, id)
	if c.Feature != "" {
		fmt.Fprintf(b, ", feature *%s*", c.Feature)
		if c.Essential {
			b.WriteString(" (essential)")
		}
	}
	if len(c.Needs) > 0 {
		fmt.Fprintf(b, ", needs %s", strings.Join(c.Needs, ", "))
	}
	if c.WhenText != "" {
		fmt.Fprintf(b, "; left out when %s", c.WhenText)
	}
	b.WriteString("\n")
}

func checkSection(b *bytes.Buffer, k CheckInfo, proofs Proofs) {
	fmt.Fprintf(b, "\n### `%s`\n\n", k.ID)
	if t := strings.TrimSpace(k.Title); t != "" {
		fmt.Fprintf(b, "%s\n\n", t)
	}
	what := string(k.Level)
	if k.Fact {
		what = "a fact, never a failure"
	}
	fmt.Fprintf(b, "* Level: %s\n", what)
	if k.Judge != "" {
		judged := strings.ReplaceAll(strings.Join(strings.Fields(k.Judge), " "), "](", "] (") // no reader takes a regular expression for a link
		fmt.Fprintf(b, "* Judged by: ``%s``\n", judged)
	}
	if len(k.Cites) > 0 {
		var links []string
		for _, id := range k.Cites {
			links = append(links, fmt.Sprintf("[%s](../requirements.md#%s)", id, anchor(id)))
		}
		fmt.Fprintf(b, "* Rests on: %s\n", strings.Join(links, ", "))
	}
	if k.RFC != nil {
		fmt.Fprintf(b, "* %s: %s\n", k.RFC.Title(), strings.Join(strings.Fields(k.RFC.Note), " "))
	}
	for _, row := range [][2]string{{"Why it matters", k.Why}, {"How to fix it", k.Fix}, {"Proven by defects", strings.Join(proofs[k.ID], ", ")}} {
		if row[1] != "" {
			fmt.Fprintf(b, "* %s: %s\n", row[0], strings.Join(strings.Fields(row[1]), " "))
		}
	}
}
