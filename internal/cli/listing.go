package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
)

// row is one line of a listing; Data is what --json shows.
type row struct {
	cells []string
	data  any
}

var listings = []struct {
	name, usage string
	rows        func(*catalogue) []row
	after       func(*catalogue, io.Writer) error // totals below the lines, for people
}{
	{"suites", "suites with their number of cases", (*catalogue).suites, nil},
	{"cases", "every case", (*catalogue).cases, nil},
	{"checks", "every check with its level, the defect that proves it, and what it cites", (*catalogue).checks, (*catalogue).proven},
	{"idps", "identity providers that can be played", (*catalogue).idps, nil},
	{"operations", "what each identity provider does, with its evidence", (*catalogue).operations, nil},
	{"features", "features that verdicts are given for", (*catalogue).features, nil},
	{"rules", "rules for SCIM clients, as provider --grade judges them", (*catalogue).rules, nil},
	{"defects", "ways to make the reference provider wrong, and legal variants", (*catalogue).defects, nil},
}

func (e *env) listCommand() *cli.Command {
	c := &cli.Command{Name: "list", Usage: "show what there is: suites, cases, checks, idps, operations, features, requirements, rules, defects"}
	var names []string
	for _, l := range listings {
		names = append(names, l.name)
		c.Subcommands = append(c.Subcommands, &cli.Command{
			Name: l.name, Usage: l.usage, Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "as JSON"}},
			Action: func(ctx *cli.Context) error {
				cat, err := loadCatalogue()
				if err != nil {
					return err
				}
				if err := show(e.out, l.rows(cat), ctx.Bool("json")); err != nil || l.after == nil || ctx.Bool("json") {
					return err
				}
				return l.after(cat, e.out)
			},
		})
	}
	c.Subcommands = append(c.Subcommands, e.listRequirementsCommand())
	names = append(names, "requirements")
	c.ArgsUsage = strings.Join(names, "|")
	c.Action = func(ctx *cli.Context) error {
		if ctx.Args().Len() == 0 {
			return usagef("there are: "+strings.Join(names, ", "), "list what?")
		}
		return usagef(didYouMean(ctx.Args().First(), names), "nothing to list named %q", ctx.Args().First())
	}
	return c
}

func show(w io.Writer, rows []row, asJSON bool) error {
	if asJSON {
		data := make([]any, len(rows))
		for i, r := range rows {
			data[i] = r.data
		}
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(data)
	}
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(r.cells, "\t"), "\t"))
	}
	return t.Flush()
}

func (c *catalogue) suites() []row {
	var out []row
	for _, s := range c.lib.Suites {
		cells := []string{s.ID, fmt.Sprintf("%d cases", len(s.Cases)), s.Title}
		if s.Off != "" {
			cells[2] += " (only with --suite: " + s.Off + ")"
		}
		out = append(out, row{cells, map[string]any{"id": s.ID, "title": s.Title, "kind": s.Kind, "idp": s.IDP, "cases": len(s.Cases), "about": s.About, "off": s.Off, "file": s.Pos.File}})
	}
	return out
}

func (c *catalogue) cases() []row {
	var out []row
	for _, s := range c.lib.Suites {
		for _, k := range s.Cases {
			out = append(out, row{[]string{k.FullID(), k.Feature, k.Title}, map[string]any{"id": k.FullID(), "title": k.Title, "feature": k.Feature, "cites": k.Cites, "needs": append(append([]string{}, s.Needs...), k.Needs...), "file": k.Pos.File, "line": k.Pos.Line}})
		}
	}
	return out
}

func (c *catalogue) checks() []row {
	var out []row
	for _, k := range c.all {
		proofs := c.proofs[k.ID]
		out = append(out, row{[]string{k.ID, string(k.Level), k.Title, firstOf(append(proofs, "-")...), strings.Join(k.Cites, " ")}, struct {
			engine.CheckInfo
			Defects []string `json:"defects,omitempty"`
		}{k, proofs}})
	}
	return out
}

func (c *catalogue) idps() []row {
	var out []row
	for _, p := range c.profiles.Profiles {
		pub := p.Public()
		asked := ""
		if p.Off != "" {
			asked = "--idp"
		}
		out = append(out, row{[]string{p.ID, pub.Title, p.Known(), pub.Evidence, asked, pub.Note}, listedProfile{pub, p.Known(), p.Off, p.Options}})
	}
	return out
}

// listedProfile is a profile with what only a list says of it.
type listedProfile struct {
	result.Profile
	Basis string `json:"basis"`         // exact or option
	Off   string `json:"off,omitempty"` // why a run does not play it unasked
	// Options are what its vendor leaves open or its administrator chooses (run --option).
	Options []profile.Choice `json:"options,omitempty"`
}

func (c *catalogue) operations() []row {
	var out []row
	for _, p := range c.profiles.Profiles {
		for _, o := range p.Listed() {
			out = append(out, row{[]string{p.ID + "/" + o.ID, o.Evidence, o.Title.Source(), o.Source}, map[string]any{"id": p.ID + "/" + o.ID, "title": o.Title.Source(), "evidence": o.Evidence, "source": o.Source, "feature": o.Feature, "note": o.Note}})
		}
	}
	return out
}

func (c *catalogue) features() []row {
	var out []row
	for _, f := range c.lib.Features {
		out = append(out, row{[]string{f.ID, f.Title, f.About}, f})
	}
	return out
}

// requirements are the words that completion offers; list requirements shows more.
func (c *catalogue) requirements() []row {
	var out []row
	for _, r := range c.lib.Requirements {
		out = append(out, row{[]string{r.ID, r.Summary}, r})
	}
	return out
}

func (c *catalogue) rules() []row {
	var out []row
	for _, s := range c.lib.Clients {
		for _, r := range s.Rules {
			data := map[string]any{"id": r.FullID(), "check": r.CheckID(), "title": r.Title, "of": r.Of, "level": r.Level, "cites": r.Cites, "why": r.Why, "fix": r.Fix}
			out = append(out, row{[]string{r.FullID(), string(r.Level), r.Title}, data})
		}
	}
	return out
}

func (c *catalogue) defects() []row {
	var out []row
	for _, d := range append(provider.Defects(), provider.Variants()...) {
		kind := "defect"
		if d.Variant {
			kind = "variant"
		}
		var trips []string
		if r := c.measured[d.Name]; r != nil {
			trips = r.Checks()
		}
		out = append(out, row{[]string{d.Name, kind, d.Area, d.Title}, struct {
			provider.Defect
			Trips []string `json:"trips,omitempty"`
		}{d, trips}})
	}
	return out
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}
