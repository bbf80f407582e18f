package cli

import (
	"fmt"
	"io"

	"github.com/scimmage/scimmage/internal/result"
)

// proven prints how many checks have been seen to fail on a defect, by level. A MAY informs and never fails.
func (c *catalogue) proven(w io.Writer) error {
	all, seen := map[result.Level]int{}, map[result.Level]int{}
	for _, k := range c.all {
		all[k.Level]++
		if len(c.proofs[k.ID]) > 0 {
			seen[k.Level]++
		}
	}
	_, err := fmt.Fprintf(w, "\nChecks seen to fail on a defect: %d of %d MUST, %d of %d SHOULD\n", seen[result.Must], all[result.Must], seen[result.Should], all[result.Should])
	return err
}
