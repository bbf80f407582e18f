package mockidp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// MappingFile is what a file of attribute mappings says.
type MappingFile struct {
	Rows   []MappingRow
	Traits map[string]any // what it decides beside rows
	Notes  []string       // what is left out of it, and why
}

// mapReader reads one file for one profile.
type mapReader struct {
	p   *profile.Profile
	m   *Manners
	out MappingFile
	has map[string]bool // targets that the export has
}

// ReadMappings reads a file of attribute mappings. The forms are told apart by what is in the file:
//
//   - an Entra synchronization schema (Microsoft Graph, synchronizationRules/objectMappings/attributeMappings);
//   - an Okta profile mapping (API /api/v1/mappings/{id}, properties with expressions);
//   - our YAML: a list of rows with target and one of source, expression and constant, or drop.
//
// An export is the whole mapping: what it does not name is not sent. Rows of YAML are laid over the profile's.
func ReadMappings(profiles *profile.Set, id string, file []byte) (*MappingFile, error) {
	p, m, err := remappable(profiles, id)
	if err != nil {
		return nil, err
	}
	r := &mapReader{p: p, m: m, has: map[string]bool{}}
	b := bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")))
	switch {
	case len(b) == 0:
		return nil, errors.New("it is empty")
	case b[0] == '{':
		err = r.json(b)
	case b[0] == '[' && json.Valid(b):
		err = errors.New("it is a list, as of all mappings; one mapping with its properties is needed (GET /api/v1/mappings/{id})")
	default:
		err = r.yaml(b)
	}
	return &r.out, err
}

func remappable(profiles *profile.Set, id string) (*profile.Profile, *Manners, error) {
	p := profiles.Profile(id)
	if p == nil {
		return nil, nil, fmt.Errorf("no profile %q", id)
	}
	all, err := loadManners(profiles)
	if err != nil {
		return nil, nil, err
	}
	return p, all[p.ID], nil
}

func (r *mapReader) yaml(file []byte) error {
	var rows []struct {
		Target, Source, Expression, Constant, Default, Apply, Type string
		Drop                                                       bool
	}
	d := yaml.NewDecoder(bytes.NewReader(file))
	d.KnownFields(true)
	if err := d.Decode(&rows); err != nil {
		return fmt.Errorf("it is no list of rows such as {target: title, source: title}: %w", err)
	}
	for _, w := range rows {
		if r.has[w.Target] {
			return fmt.Errorf("%s is mapped twice", w.Target)
		}
		r.has[w.Target] = true
		r.out.Rows = append(r.out.Rows, MappingRow{Target: w.Target, Source: w.Source, Expression: w.Expression, Constant: w.Constant, Default: w.Default, Apply: w.Apply, Type: w.Type, Dropped: w.Drop})
	}
	if len(rows) == 0 {
		return errors.New("it has no mapping")
	}
	return nil
}

func (r *mapReader) json(b []byte) error {
	var form struct {
		Rules      []schemaRule              `json:"synchronizationRules"`
		Properties map[string]mappedProperty `json:"properties"`
	}
	if err := json.Unmarshal(b, &form); err != nil {
		var at *json.SyntaxError
		if errors.As(err, &at) {
			return fmt.Errorf("line %d: it is no JSON: %w", 1+bytes.Count(b[:min(int(at.Offset), len(b))], []byte("\n")), err)
		}
		return fmt.Errorf("it is no mapping that is known: %w", err)
	}
	switch {
	case len(form.Rules) > 0:
		return r.schema(form.Rules)
	case len(form.Properties) > 0:
		return r.properties(form.Properties)
	}
	return errors.New("it has neither synchronizationRules, as a synchronization schema has, nor properties, as a profile mapping has")
}

// schemaRule is a rule of a synchronization schema (Microsoft Graph: synchronizationSchema, attributeMapping,
// attributeMappingSource).
type schemaRule struct {
	ObjectMappings []struct {
		Enabled           *bool           `json:"enabled"`
		SourceObjectName  string          `json:"sourceObjectName"`
		AttributeMappings []schemaMapping `json:"attributeMappings"`
	} `json:"objectMappings"`
}

type schemaMapping struct {
	Target   string `json:"targetAttributeName"`
	Default  string `json:"defaultValue"`
	Flow     string `json:"flowType"` // Always, ObjectAddOnly, …
	Priority int    `json:"matchingPriority"`
	Source   *struct {
		Type       string `json:"type"` // Attribute, Constant, Function
		Name       string `json:"name"`
		Expression string `json:"expression"`
	} `json:"source"`
}

func (r *mapReader) schema(rules []schemaRule) error {
	priorities := map[int]string{}
	for _, rule := range rules {
		for _, o := range rule.ObjectMappings {
			if !strings.EqualFold(o.SourceObjectName, "User") || o.Enabled != nil && !*o.Enabled {
				continue
			}
			for _, a := range o.AttributeMappings {
				if a.Source == nil || a.Target == "" {
					continue
				}
				if a.Priority > 0 {
					priorities[a.Priority] = a.Target
				}
				r.schemaRow(a)
			}
		}
	}
	if len(r.has) == 0 {
		return errors.New("none of its object mappings is of users and enabled")
	}
	r.matching(priorities)
	return r.whole()
}

func (r *mapReader) schemaRow(a schemaMapping) {
	r.has[a.Target] = true
	for _, own := range r.m.Export.Own {
		if strings.Contains(a.Source.Expression, own) || a.Source.Name == own {
			return
		}
	}
	row := MappingRow{Target: a.Target, Default: a.Default}
	if strings.EqualFold(a.Flow, "ObjectAddOnly") {
		row.Apply = "create"
	}
	switch {
	case strings.EqualFold(a.Source.Type, "Constant"):
		row.Constant = strings.Trim(firstText(a.Source.Expression, a.Source.Name), `"`)
	case strings.EqualFold(a.Source.Type, "Function"):
		name, _, _ := strings.Cut(a.Source.Expression, "(")
		if traits, ok := r.m.Export.Traits[strings.TrimSpace(name)]; ok {
			r.trait(traits)
			delete(r.has, a.Target)
			root, _, _ := strings.Cut(a.Target, "[")
			r.has[root] = true // the profile's own mapping of it, in that form
			return
		}
		row.Expression = a.Source.Expression
	default:
		row.Source = r.source(strings.Trim(firstText(a.Source.Name, a.Source.Expression), "[]"))
	}
	r.out.Rows = append(r.out.Rows, row)
}

func (r *mapReader) trait(traits map[string]any) {
	if r.out.Traits == nil {
		r.out.Traits = map[string]any{}
	}
	for k, v := range traits {
		r.out.Traits[k] = v
	}
}

// matching attributes, by precedence.
func (r *mapReader) matching(priorities map[int]string) {
	var further []any
	for i, n := range slices.Sorted(keysOf(priorities)) {
		switch {
		case i == 0 && r.m.Export.First != "":
			r.trait(map[string]any{r.m.Export.First: priorities[n]})
		case i > 0:
			further = append(further, priorities[n])
		}
	}
	if len(further) > 0 && r.m.Export.Further != "" {
		r.trait(map[string]any{r.m.Export.Further: further})
	}
}

func keysOf[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// whole drops what the export does not have.
func (r *mapReader) whole() error {
	if !r.has["userName"] {
		return errors.New("it maps nothing to userName, without which there are no accounts")
	}
	for _, m := range r.p.Users {
		value := strings.TrimSuffix(m.Target, ".type") + ".value" // the type goes with the value
		if !r.has[m.Target] && !r.has[value] && !slices.Contains(r.m.Export.Kept, m.Target) {
			r.out.Rows = append(r.out.Rows, MappingRow{Target: m.Target, Dropped: true})
		}
	}
	return nil
}

func (r *mapReader) source(name string) string {
	if s, ok := r.m.Export.Sources[name]; ok {
		return s
	}
	return name
}

type mappedProperty struct {
	Expression string `json:"expression"`
	PushStatus string `json:"pushStatus"` // PUSH, DONT_PUSH (only when creating)
}

var mappedVariable = regexp.MustCompile(`\b(user|source)\.([A-Za-z0-9_]+)`)

// properties reads a profile mapping. Its properties are variables of the app's profile, not SCIM attributes: each stands
// for the mapped SCIM attribute whose last name it is, as in the profile that Okta makes for a SCIM app.
func (r *mapReader) properties(properties map[string]mappedProperty) error {
	var unknown []string
	for _, name := range slices.Sorted(keysOf(properties)) {
		e := properties[name]
		if why, ok := r.m.Export.Ignored[name]; ok {
			r.out.Notes = append(r.out.Notes, name+" is left out: "+why)
			continue
		}
		target := r.named(name)
		if target == "" {
			unknown = append(unknown, name)
			continue
		}
		r.has[target] = true
		expression := mappedVariable.ReplaceAllStringFunc(e.Expression, func(v string) string {
			prefix, attr, _ := strings.Cut(v, ".")
			return prefix + "." + r.source(attr)
		})
		row := MappingRow{Target: target, Expression: expression}
		if mappedVariable.FindString(expression) == expression {
			_, row.Source, _ = strings.Cut(expression, ".")
			row.Expression = ""
		}
		if e.PushStatus == "DONT_PUSH" {
			row.Apply = "create"
		}
		r.out.Rows = append(r.out.Rows, row)
	}
	if len(r.has) == 0 {
		return fmt.Errorf("none of its properties is one that %s maps: %s", r.p.ID, strings.Join(unknown, ", "))
	}
	if len(unknown) > 0 {
		r.out.Notes = append(r.out.Notes, "left out, because an export does not say which SCIM attributes they are: "+strings.Join(unknown, ", ")+" (a second --mapping with rows of YAML, target and source, adds them)")
	}
	sort.Slice(r.out.Rows, func(i, j int) bool { return r.out.Rows[i].Target < r.out.Rows[j].Target })
	return r.whole()
}

func (r *mapReader) named(name string) string {
	if t := r.m.Export.Names[name]; t != "" {
		return t
	}
	for _, m := range r.p.Users {
		last := m.Target
		if i := strings.LastIndexAny(last, ".:"); i >= 0 && !strings.HasSuffix(last, "].value") {
			last = last[i+1:]
		}
		if strings.EqualFold(last, name) {
			return m.Target
		}
	}
	return ""
}

func firstText(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}
