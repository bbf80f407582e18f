package mockidp

import (
	"fmt"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// Remapped is a profile with a company's own attribute mappings laid over it: rows replace the mapping of their target, are
// added, or take one away.
func Remapped(profiles *profile.Set, id string, rows []MappingRow) (*profile.Profile, error) {
	p := profiles.Profile(id)
	if p == nil {
		return nil, fmt.Errorf("no profile %q", id)
	}
	all, err := loadManners(profiles)
	if err != nil {
		return nil, err
	}
	m := all[p.ID]
	if m == nil {
		return nil, fmt.Errorf("the mappings of %s cannot be changed: nothing is known of how its admin changes them", p.ID)
	}
	v := profile.Variant{}
	for _, r := range rows {
		if r.Dropped {
			v.Drop = append(v.Drop, r.Target)
			continue
		}
		mp, err := m.mapping(r)
		if err != nil {
			return nil, err
		}
		v.Users = append(v.Users, mp)
	}
	return p.With(v)
}
