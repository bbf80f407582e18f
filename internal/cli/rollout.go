package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/audit"
	"github.com/scimmage/scimmage/mockidp"
	"github.com/scimmage/scimmage/mockidp/profile"
)

// remap lays the company's own attribute mappings (--mapping IDP=FILE) over the profiles.
func (e *env) remap(c *cli.Context, profiles *profile.Set) (*profile.Set, error) {
	list := c.StringSlice("mapping")
	if len(list) == 0 {
		return profiles, nil
	}
	out := &profile.Set{Profiles: append([]*profile.Profile(nil), profiles.Profiles...)}
	for _, m := range list {
		id, file, ok := strings.Cut(m, "=")
		if !ok {
			return nil, usagef("write --mapping okta=FILE", "--mapping %q does not say whose mapping it is", m)
		}
		if out.Profile(id) == nil {
			return nil, usagef(didYouMean(id, out.IDs()), "--mapping %q: no such identity provider", m)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, usagef("", "--mapping: %v", err)
		}
		m, err := mockidp.ReadMappings(out, id, b)
		if err != nil {
			return nil, usagef("", "--mapping %s: %v", file, err)
		}
		p, err := mockidp.Remapped(out, id, m)
		if err != nil {
			return nil, usagef("", "--mapping %s: %v", file, err)
		}
		for _, n := range m.Notes {
			fmt.Fprintf(e.err, "scimmage: %s: %s\n", file, n)
		}
		for i := range out.Profiles {
			if out.Profiles[i].ID == p.ID {
				out.Profiles[i] = p
			}
		}
	}
	return out, nil
}

// directoryNames are the directory's names of attributes that exports name as SCIM does; others have one name in both.
var directoryNames = map[string]string{"name.givenName": "firstName", "name.familyName": "lastName", "name.middleName": "middleName", "emails": "email"}

// readPeople reads the company's own people (--people): CSV, JSON or a SCIM list.
func (e *env) readPeople(path string) ([]map[string]any, error) {
	if path == "" {
		return nil, nil
	}
	src, err := e.peopleFile("people", path, nil)
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	err = src(func(p audit.Person) error {
		m := map[string]any{}
		if local, _, _ := strings.Cut(p.UserName, "@"); local != "" {
			m["login"] = local
		}
		for k, v := range p.Attrs {
			if name, ok := directoryNames[k]; ok {
				k = name
			}
			if v != "" {
				m[k] = v
			}
		}
		if _, ok := m["displayName"]; !ok && m["firstName"] != nil && m["lastName"] != nil {
			m["displayName"] = m["firstName"].(string) + " " + m["lastName"].(string)
		}
		out = append(out, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, usagef("", "--people %s: there is nobody in it", path)
	}
	return out, nil
}
