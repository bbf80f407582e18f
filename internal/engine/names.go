package engine

import (
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
