package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/mockidp"
	"github.com/scimmage/scimmage/mockidp/profile"
)

// readMappings reads a file of attribute mappings. The forms are told apart by what is in the file:
//
//   - an Entra synchronization schema (Microsoft Graph, synchronizationRules/objectMappings/attributeMappings);
//   - an Okta profile mapping (API /api/v1/mappings/{id}, properties with expressions);
//   - our YAML: a list of rows with target and one of source, expression and constant, or drop.
func readMappings(p *profile.Profile, file []byte) ([]mockidp.MappingRow, error) {
	if b := bytes.TrimSpace(file); len(b) > 0 && b[0] == '{' {
		var form struct {
			Rules      []entraRule               `json:"synchronizationRules"`
			Properties map[string]oktaExpression `json:"properties"`
		}
		if err := json.Unmarshal(b, &form); err != nil {
			return nil, fmt.Errorf("it is no JSON: %w", err)
		}
		switch {
		case len(form.Rules) > 0:
			return entraRows(form.Rules)
		case len(form.Properties) > 0:
			return oktaRows(p, form.Properties)
		}
		return nil, errors.New("it has neither synchronizationRules (Entra) nor properties (Okta)")
	}
	var rows []struct {
		Target, Source, Expression, Constant, Default, Apply, Type string
		Drop                                                       bool
	}
	d := yaml.NewDecoder(bytes.NewReader(file))
	d.KnownFields(true)
	if err := d.Decode(&rows); err != nil {
		return nil, err
	}
	var out []mockidp.MappingRow
	for _, r := range rows {
		out = append(out, mockidp.MappingRow{Target: r.Target, Source: r.Source, Expression: r.Expression, Constant: r.Constant, Default: r.Default, Apply: r.Apply, Type: r.Type, Dropped: r.Drop})
	}
	if len(out) == 0 {
		return nil, errors.New("it has no mapping")
	}
	return out, nil
}

type entraRule struct {
	ObjectMappings []struct {
		Enabled           bool   `json:"enabled"`
		SourceObjectName  string `json:"sourceObjectName"`
		AttributeMappings []struct {
			Target  string `json:"targetAttributeName"`
			Default string `json:"defaultValue"`
			Flow    string `json:"flowType"` // Always, ObjectAddOnly, …
			Source  *struct {
				Type       string `json:"type"` // Attribute, Constant, Function
				Name       string `json:"name"`
				Expression string `json:"expression"`
			} `json:"source"`
		} `json:"attributeMappings"`
	} `json:"objectMappings"`
}

// entraRows reads the mappings of users out of a synchronization schema (Microsoft Graph: synchronizationSchema,
// attributeMapping, attributeMappingSource).
func entraRows(rules []entraRule) ([]mockidp.MappingRow, error) {
	var out []mockidp.MappingRow
	for _, rule := range rules {
		for _, o := range rule.ObjectMappings {
			if !strings.EqualFold(o.SourceObjectName, "User") {
				continue
			}
			for _, a := range o.AttributeMappings {
				r := mockidp.MappingRow{Target: a.Target, Default: a.Default}
				if strings.EqualFold(a.Flow, "ObjectAddOnly") {
					r.Apply = "create"
				}
				switch {
				case a.Source == nil:
					continue
				case strings.EqualFold(a.Source.Type, "Constant"):
					r.Constant = strings.Trim(firstOf(a.Source.Expression, a.Source.Name), `"`)
				case strings.EqualFold(a.Source.Type, "Function"):
					r.Expression = a.Source.Expression
				default:
					r.Source = strings.Trim(firstOf(a.Source.Name, a.Source.Expression), "[]")
				}
				out = append(out, r)
			}
		}
	}
	if len(out) == 0 {
		return nil, errors.New("none of its object mappings is of users")
	}
	return out, nil
}

type oktaExpression struct {
	Expression string `json:"expression"`
	PushStatus string `json:"pushStatus"` // PUSH, DONT_PUSH (only when creating)
}

// oktaRows reads a profile mapping. Its properties are variables of the app's profile, not SCIM attributes: each stands
// for the mapped SCIM attribute whose last name it is, as in the profile that Okta makes for a SCIM app.
func oktaRows(p *profile.Profile, properties map[string]oktaExpression) ([]mockidp.MappingRow, error) {
	var out []mockidp.MappingRow
	var unknown []string
	for name, e := range properties {
		target := mappedAs(p, name)
		if target == "" {
			unknown = append(unknown, name)
			continue
		}
		r := mockidp.MappingRow{Target: target, Expression: e.Expression}
		if plain, ok := strings.CutPrefix(e.Expression, "user."); ok && !strings.ContainsAny(plain, " .+()\"?") {
			r.Source, r.Expression = plain, ""
		}
		if e.PushStatus == "DONT_PUSH" {
			r.Apply = "create"
		}
		out = append(out, r)
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		return nil, fmt.Errorf("these properties of the app's profile are mapped to no SCIM attribute that is known: %s. Write their rows as YAML, with target and source", strings.Join(unknown, ", "))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Target < out[j].Target })
	return out, nil
}

func mappedAs(p *profile.Profile, name string) string {
	if strings.EqualFold(name, "email") {
		name = "emails[primary eq true].value"
	}
	for _, m := range p.Users {
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
