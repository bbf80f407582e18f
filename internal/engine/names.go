package engine

import (
	"fmt"
	"slices"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// Names gives the names that suites may refer to, by kind, for suites.Library.CheckNames.
func Names(profiles *profile.Set) func(kind string) []string {
	return func(kind string) []string {
		switch kind {
		case "profile":
			return profiles.IDs()
		case "operation":
			var out []string
			for _, p := range profiles.Profiles {
				for _, o := range p.Operations {
					out = append(out, p.ID+"/"+o.ID)
				}
			}
			return out
		case "procedure":
			return sortedNames(Procedures())
		case "predicate":
			return sortedNames(predicates())
		}
		return nil
	}
}

func sortedNames[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// RunPrefix is what the names of everything that a run creates begin with: short, since some
// targets cut names, and another one for each seed, since targets keep what a broken run left.
func RunPrefix(seed int64) string { return fmt.Sprintf("scimmage-%04x", uint64(seed)*2654435761%65536) }
