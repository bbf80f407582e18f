package mockidp

import (
	"fmt"
	"slices"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// Remapped is a profile with a company's own attribute mappings laid over it: rows replace the mapping of their target, are
// added, or take one away; traits say what else a mapping decides, such as the form of roles.
func Remapped(profiles *profile.Set, id string, f *MappingFile) (*profile.Profile, error) {
	p, m, err := remappable(profiles, id)
	if err != nil {
		return nil, err
	}
	if err := checkTraits(p, f.Traits); err != nil {
		return nil, err
	}
	v := profile.Variant{Traits: f.Traits}
	for _, r := range f.Rows {
		i := slices.IndexFunc(p.Users, func(old profile.Mapping) bool { return old.Target == r.Target })
		if r.Dropped {
			if i < 0 {
				return nil, fmt.Errorf("%s maps nothing to %s, so it cannot be dropped", p.ID, r.Target)
			}
			v.Drop = append(v.Drop, r.Target)
			continue
		}
		mp, err := m.mapping(r)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			old := p.Users[i]
			if mp.Source != "" && mp.Source == old.Source && mp.Apply == old.Apply && mp.Default == nil {
				continue // the same: defaults and type stay
			}
			if mp.Type == "" && mp.Expr == nil && !mp.HasConst {
				mp.Type = old.Type
			}
		}
		v.Users = append(v.Users, mp)
	}
	return p.With(v)
}
