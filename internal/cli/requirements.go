package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// listRequirementsCommand lists the catalogue: what is demanded, what tests it, and why something is not tested.
func (e *env) listRequirementsCommand() *cli.Command {
	return &cli.Command{
		Name: "requirements", Usage: "requirements of the RFCs and needs of the identity providers, with their checks; totals by level and area",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "as JSON"},
			&cli.StringFlag{Name: "area", Usage: "only this area: " + strings.Join(suites.Areas(), ", ")},
			&cli.StringFlag{Name: "level", Usage: "only must, should or may"},
			&cli.BoolFlag{Name: "uncovered", Usage: "only those that no check, fact or rule covers, with the reason"},
			&cli.BoolFlag{Name: "totals", Usage: "only the totals by level and area"},
		},
		Action: func(c *cli.Context) error {
			cat, err := loadCatalogue()
			if err != nil {
				return err
			}
			list, err := cat.selectRequirements(c)
			if err != nil {
				return err
			}
			switch {
			case c.Bool("json") && c.Bool("totals"):
				return writeJSON(e.out, suites.CoverageRows(cat.lib, cat.citing))
			case c.Bool("json"):
				return writeJSON(e.out, list)
			case c.Bool("totals"):
				return cat.totals(e.out)
			}
			width, _ := e.sys.Terminal(e.out)
			if width == 0 {
				width = 100
			}
			printRequirements(e.out, list, width)
			fmt.Fprintln(e.out)
			return cat.totals(e.out)
		},
	}
}

// requirementRow is a requirement as it is listed.
type requirementRow struct {
	ID        string   `json:"id"`
	Level     string   `json:"level"`
	Area      string   `json:"area"`
	Section   string   `json:"section"`
	Subject   string   `json:"subject"`
	Testable  string   `json:"testable"`
	Summary   string   `json:"summary"`
	URL       string   `json:"url"`
	Source    string   `json:"source,omitempty"`
	Checks    []string `json:"checks"`
	Defects   []string `json:"defects"`
	Uncovered string   `json:"uncovered"`
}

func (c *catalogue) selectRequirements(ctx *cli.Context) ([]requirementRow, error) {
	area, level := ctx.String("area"), result.Level(ctx.String("level"))
	if area != "" && !slices.Contains(suites.Areas(), area) {
		return nil, usagef(didYouMean(area, suites.Areas()), "--area %q", area)
	}
	if level != "" && level != result.Must && level != result.Should && level != result.May {
		return nil, usagef("must, should or may", "--level %q", level)
	}
	out := []requirementRow{}
	for _, r := range c.lib.Requirements {
		checks := c.citing[r.ID]
		if area != "" && r.Area != area || level != "" && r.Level() != level || ctx.Bool("uncovered") && len(checks) > 0 {
			continue
		}
		x := requirementRow{ID: r.ID, Level: r.Keyword, Area: r.Area, Section: r.Section, Subject: r.Subject, Testable: r.Testable, Summary: r.Summary, URL: r.URL(), Source: r.Source,
			Checks: checks, Defects: c.provedBy(checks)}
		if len(checks) == 0 {
			x.Uncovered = firstOf(c.lib.WhyUncovered(r), "no check yet")
		}
		out = append(out, x)
	}
	return out, nil
}

// printRequirements writes one entry of one or more lines for each, no wider than the terminal.
func printRequirements(w io.Writer, list []requirementRow, width int) {
	const indent = "    "
	width = max(width, 60)
	for _, r := range list {
		fmt.Fprintf(w, "%s  %s  %s\n", r.ID, r.Level, r.Area)
		for _, line := range wrap(r.Summary, width-len(indent)) {
			fmt.Fprintln(w, indent+line)
		}
		for _, line := range wrap(r.covered(), width-len(indent)) {
			fmt.Fprintln(w, indent+line)
		}
	}
}

// covered says in a line what covers a requirement, or why nothing does.
func (r requirementRow) covered() string {
	if len(r.Checks) == 0 {
		return "– " + r.Uncovered
	}
	s := "✓ " + r.Checks[0]
	if n := len(r.Checks) - 1; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	if n := len(r.Defects); n == 1 {
		s += ", proven by " + r.Defects[0]
	} else if n > 1 {
		s += fmt.Sprintf(", proven by %s and %d more", r.Defects[0], n-1)
	}
	return s
}

// wrap breaks text between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// totals is the table of how much is covered.
func (c *catalogue) totals(w io.Writer) error {
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "area\tMUST\tSHOULD\tMAY\tclients\tinvisible")
	for _, r := range suites.CoverageRows(c.lib, c.citing) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\n", firstOf(r.Area, "all"), r.Must, r.Should, r.May, r.Clients, r.Invisible)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "covered by a check (MAY: by a fact) of those that a black box can test; clients: their MUST and SHOULD, covered by a rule of provider --grade")
	return err
}
