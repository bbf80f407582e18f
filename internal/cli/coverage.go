package cli

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// tally counts requirements: all of them, those that some check asks for, and those of which some check
// has been seen to fail on a defect.
type tally struct{ all, asked, proven int }

func (t *tally) add(c *catalogue, r *suites.Requirement) {
	t.all++
	if checks := c.citing[r.ID]; len(checks) > 0 {
		t.asked++
		if len(c.provedBy(checks)) > 0 {
			t.proven++
		}
	}
}

func (t tally) cell() string {
	if t.all == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d/%d", t.all, t.asked, t.proven)
}

// coverage prints, for each area and level, how many requirements there are, how many have a check, and
// how many a check that a defect proves; then how many checks are proven.
func (c *catalogue) coverage(w io.Writer) error {
	levels := []result.Level{result.Must, result.Should, result.May}
	areas := map[string]map[result.Level]*tally{}
	total := map[result.Level]*tally{}
	for _, l := range levels {
		total[l] = &tally{}
	}
	for _, r := range c.lib.Requirements {
		if areas[r.Area] == nil {
			areas[r.Area] = map[result.Level]*tally{}
			for _, l := range levels {
				areas[r.Area][l] = &tally{}
			}
		}
		areas[r.Area][r.Level()].add(c, r)
		total[r.Level()].add(c, r)
	}
	var names []string
	for a := range areas {
		names = append(names, a)
	}
	sort.Strings(names)
	fmt.Fprintf(w, "\nRequirements: all / with a check / with a check that a defect proves\n\n")
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	line := func(name string, by map[result.Level]*tally) {
		cells := []string{name}
		for _, l := range levels {
			cells = append(cells, by[l].cell())
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	fmt.Fprintln(t, "area\tMUST\tSHOULD\tMAY")
	for _, a := range names {
		line(a, areas[a])
	}
	line("total", total)
	if err := t.Flush(); err != nil {
		return err
	}
	proven := map[result.Level]*tally{result.Must: {}, result.Should: {}, result.May: {}}
	for _, k := range c.all {
		n := proven[k.Level]
		n.all++
		if len(c.proofs[k.ID]) > 0 {
			n.proven++
		}
	}
	_, err := fmt.Fprintf(w, "\nChecks seen to fail on a defect: %d of %d MUST, %d of %d SHOULD\n",
		proven[result.Must].proven, proven[result.Must].all, proven[result.Should].proven, proven[result.Should].all)
	return err
}
