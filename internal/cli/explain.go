package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// catalogue is everything that can be listed and explained.
type catalogue struct {
	lib      *suites.Library
	profiles *profile.Set
	all      []engine.CheckInfo
	citing   map[string][]string // requirement → checks
	measured proofs.Map          // defect → checks
	proofs   map[string][]string // check → defects, the most telling first
}

func loadCatalogue() (*catalogue, error) {
	l, profiles, err := loadLibrary(nil)
	if err != nil {
		return nil, err
	}
	c := &catalogue{lib: l.library, profiles: profiles, citing: map[string][]string{}}
	c.all = engine.Checks(l.library, profiles)
	for _, k := range c.all {
		for _, id := range k.Cites {
			c.citing[id] = append(c.citing[id], k.ID)
		}
	}
	for _, k := range l.library.ClientChecks() {
		for _, id := range k.Cites {
			c.citing[id] = append(c.citing[id], k.ID)
		}
	}
	for _, k := range l.library.Checks() { // facts: what the choices of a MAY are covered by
		for _, id := range k.Cites {
			if k.Fact {
				c.citing[id] = append(c.citing[id], k.ID)
			}
		}
	}
	if c.measured, err = proofs.Embedded(); err != nil {
		return nil, err
	}
	c.proofs = c.measured.ByCheck(engine.Written(c.all))
	return c, nil
}

func (c *catalogue) provedBy(checks []string) []string {
	var out []string
	for _, k := range checks {
		for _, d := range c.proofs[k] {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	sort.Strings(out)
	return out
}

func (e *env) explainCommand() *cli.Command {
	return &cli.Command{
		Name: "explain", Usage: "say what a check, case, operation, requirement or defect is", ArgsUsage: "ID",
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 1 {
				return usagef("scimmage explain RFC7644-3.5.2-R1; scimmage list shows what there is", "explain what? give one id")
			}
			cat, err := loadCatalogue()
			if err != nil {
				return err
			}
			id := c.Args().First()
			for _, f := range []func(io.Writer, string) bool{cat.explainRequirement, cat.explainCase, cat.explainCheck, cat.explainRule, cat.explainOperation, cat.explainDefect, cat.explainSuite, cat.explainProfile} {
				if f(e.out, id) {
					return nil
				}
			}
			return usagef(didYouMean(id, cat.ids()), "nothing is named %q", id)
		},
	}
}

func (c *catalogue) ids() []string {
	var out []string
	for _, r := range c.lib.Requirements {
		out = append(out, r.ID)
	}
	for _, s := range c.lib.Suites {
		out = append(out, s.ID)
		for _, k := range s.Cases {
			out = append(out, k.FullID())
		}
	}
	for _, k := range c.all {
		out = append(out, k.ID)
	}
	for _, s := range c.lib.Clients {
		for _, r := range s.Rules {
			out = append(out, r.FullID())
		}
	}
	for _, d := range provider.Defects() {
		out = append(out, d.Name)
	}
	for _, p := range c.profiles.Profiles {
		out = append(out, p.ID)
		for _, o := range p.Listed() {
			out = append(out, p.ID+"/"+o.ID)
		}
	}
	return out
}

func field(w io.Writer, name, value string) {
	if strings.TrimSpace(value) != "" {
		fmt.Fprintf(w, "  %-10s %s\n", name, strings.ReplaceAll(strings.TrimSpace(value), "\n", "\n             "))
	}
}

func (c *catalogue) explainRequirement(w io.Writer, id string) bool {
	r := c.lib.Requirement(id)
	if r == nil {
		return false
	}
	fmt.Fprintf(w, "%s  %s  %s\n", r.ID, r.Keyword, r.Summary)
	field(w, "section", r.URL())
	field(w, "area", r.Area)
	field(w, "subject", r.Subject)
	field(w, "source", r.Source)
	field(w, "evidence", r.Evidence)
	if why := c.lib.WhyUncovered(r); why != "" && len(c.citing[r.ID]) == 0 {
		field(w, "no check", why)
	}
	checks := c.citing[r.ID]
	field(w, "checks", strings.Join(checks, "\n"))
	field(w, "proved by", strings.Join(c.provedBy(checks), ", "))
	return true
}

func (c *catalogue) explainSuite(w io.Writer, id string) bool {
	for _, s := range c.lib.Suites {
		if strings.EqualFold(s.ID, id) {
			fmt.Fprintf(w, "%s  %s\n", s.ID, s.Title)
			field(w, "about", s.About)
			if p := s.Published; p != nil {
				field(w, "by", strings.TrimSpace(p.By+" "+p.Version))
				field(w, "source", p.Source)
				field(w, "run it", "scimmage run --url URL --suite "+s.ID)
			}
			field(w, "file", s.Pos.File)
			for _, k := range s.Cases {
				fmt.Fprintf(w, "  %s  %s\n", k.FullID(), k.Title)
			}
			return true
		}
	}
	return false
}

func (c *catalogue) explainCase(w io.Writer, id string) bool {
	base, _, _ := strings.Cut(id, "[")
	for _, s := range c.lib.Suites {
		for _, k := range s.Cases {
			if k.FullID() != base {
				continue
			}
			fmt.Fprintf(w, "%s  %s\n", k.FullID(), k.Title)
			field(w, "feature", k.Feature)
			field(w, "why", k.Why)
			field(w, "fix", k.Fix)
			field(w, "cites", strings.Join(k.Cites, " "))
			field(w, "file", fmt.Sprintf("%s:%d", k.Pos.File, k.Pos.Line))
			for _, x := range c.all {
				if x.Case == k.FullID() {
					fmt.Fprintf(w, "  %-6s %s  %s\n", x.Level, x.ID, x.Title)
				}
			}
			return true
		}
	}
	return false
}

func (c *catalogue) explainCheck(w io.Writer, id string) bool {
	i := slices.IndexFunc(c.all, func(x engine.CheckInfo) bool { return x.ID == stripItem(id) })
	if i < 0 {
		return false
	}
	k := c.all[i]
	fmt.Fprintf(w, "%s  %s\n", k.ID, k.Title)
	field(w, "level", string(k.Level))
	field(w, "asks", k.Asks)
	if k.RFC != nil {
		field(w, "rfc", k.RFC.Title()+": "+k.RFC.Note)
	}
	field(w, "why", k.Why)
	field(w, "fix", k.Fix)
	c.fieldCites(w, k.Cites)
	if ds := c.proofs[k.ID]; len(ds) > 0 {
		field(w, "proved by", some(ds, 5))
		try := "scimmage run --demo --defect " + ds[0]
		if !strings.HasPrefix(k.ID, engine.AutomaticID+"/") { // those come with every case
			try += " --only '" + k.Case + "'"
		}
		field(w, "see it fail", try)
	}
	return true
}

// explainRule explains a rule for clients.
func (c *catalogue) explainRule(w io.Writer, id string) bool {
	r := c.lib.ClientRule(id)
	if r == nil {
		return false
	}
	fmt.Fprintf(w, "%s  %s\n", r.FullID(), r.Title)
	field(w, "level", string(r.Level))
	field(w, "judges", "what a client sends to scimmage provider --grade: each "+r.Of)
	if r.When != nil {
		field(w, "when", r.When.Source)
	}
	field(w, "asks", r.That.Source)
	field(w, "why", r.Why)
	field(w, "fix", r.Fix)
	c.fieldCites(w, r.Cites)
	return true
}

func (c *catalogue) fieldCites(w io.Writer, cites []string) {
	for _, id := range cites {
		if q := c.lib.Requirement(id); q != nil {
			field(w, id, strings.TrimSpace(q.Keyword+": "+q.Summary+"\n"+firstOf(q.URL(), q.Source)))
		}
	}
}

// stripItem turns the id of an expanded case's check into that of its case: a[b]/c → a/c.
func stripItem(id string) string {
	i := strings.IndexByte(id, '[')
	j := strings.LastIndexByte(id, ']')
	if i < 0 || j < i {
		return id
	}
	return id[:i] + id[j+1:]
}

func (c *catalogue) explainOperation(w io.Writer, id string) bool {
	idp, op, ok := strings.Cut(id, "/")
	p := c.profiles.Profile(idp)
	if !ok || p == nil || p.Operation(op) == nil {
		return false
	}
	o := p.Operation(op)
	fmt.Fprintf(w, "%s/%s  %s\n", p.ID, o.ID, o.Title.Source())
	field(w, "evidence", o.Evidence)
	field(w, "source", o.Source)
	field(w, "note", o.Note)
	for _, s := range o.Steps {
		if s.Send != nil {
			field(w, s.ID, s.Send.Method+" "+s.Send.Path.Source())
		} else if s.Use != "" {
			field(w, s.ID, "use "+s.Use)
		}
	}
	return true
}

func (c *catalogue) explainDefect(w io.Writer, id string) bool {
	for _, d := range append(provider.Defects(), provider.Variants()...) {
		if d.Name == id {
			fmt.Fprintf(w, "%s  %s\n", d.Name, d.Title)
			field(w, "area", d.Area)
			field(w, "why", d.Why)
			field(w, "source", d.Source)
			c.explainTrips(w, d.Name)
			field(w, "try", "scimmage run --demo --defect "+d.Name)
			return true
		}
	}
	return false
}

// explainTrips says what fails on a defect, by cause.
func (c *catalogue) explainTrips(w io.Writer, defect string) {
	r := c.measured[defect]
	if r == nil {
		return
	}
	var causes []string
	for cause := range r.Causes {
		causes = append(causes, cause)
	}
	sort.Strings(causes)
	for _, cause := range causes {
		part := proofs.Record{Causes: map[string]map[string][]string{cause: r.Causes[cause]}}
		field(w, "trips", cause+": "+c.lib.Causes[cause].Title+"\n"+strings.ReplaceAll(some(part.Checks(), 12), ", ", "\n"))
	}
}

// some joins the first n of a list and counts the others.
func some(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
