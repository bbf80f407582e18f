package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
	"gopkg.in/yaml.v3"
)

// published is a schema as the catalogue has it: the JSON of RFC 7643 section 7, written as YAML.
type published struct{ *scim.Schema }

func (s *published) UnmarshalYAML(n *yaml.Node) error {
	var v any
	if err := n.Decode(&v); err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	if err := json.Unmarshal(b, &s.Schema); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	for _, a := range s.Attributes {
		a.Mutability, a.Returned, a.Uniqueness = or(a.Mutability, "readWrite"), or(a.Returned, "default"), or(a.Uniqueness, "none")
	}
	return nil
}

// or gives the default of a characteristic that is not said (RFC 7643 section 2.2).
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// characters is what the attributes of an extension demand of their values beyond the type (RFC 7643 section 7).
func (p *Provider) characters(a *scim.Attribute, path string, v any) (any, *fault) {
	if s, ok := v.(string); ok && len(a.CanonicalValues) > 0 && !slices.Contains(a.CanonicalValues, s) {
		return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "The attribute %s is one of %s.", path, strings.Join(a.CanonicalValues, ", "))
	}
	if a.Returned == "never" && !p.has("write-only-returned") {
		return nil, nil // it goes where passwords go, and stands in no representation
	}
	return v, nil
}

// steadfast holds immutable attributes that are set (RFC 7644 section 3.5.1) against a replacement: another value is refused,
// and one that it leaves out stays.
func (p *Provider) steadfast(r *record, after object) *fault {
	for _, a := range r.kind.attrs {
		if a.Mutability != "immutable" {
			continue
		}
		if old := decodeOwn(r.body)[a.Name]; old != nil && after[a.Name] != nil && !alike(a, old, after[a.Name]) {
			return refuse(http.StatusBadRequest, scim.Mutability, "The attribute %s is immutable.", a.Name)
		} else if old != nil {
			after[a.Name] = old
		}
	}
	for urn, x := range r.kind.exts {
		if len(x.fixed) == 0 || p.has("immutable-changes-by-put") {
			continue
		}
		old, _ := decodeOwn(r.body)[x.schema.ID].(object)
		for _, a := range x.fixed {
			part, _ := after[x.schema.ID].(object)
			switch {
			case old[a.Name] == nil || scim.Equal(part[a.Name], old[a.Name]):
			case part[a.Name] != nil:
				return refuse(http.StatusBadRequest, scim.Mutability, "The attribute %s:%s is immutable.", x.schema.ID, a.Name)
			default:
				if part == nil {
					part = object{}
					after[x.schema.ID] = part
				}
				part[a.Name] = old[a.Name]
				after["schemas"] = p.schemaList(r.kind, map[string]string{urn: x.schema.ID}, after)
			}
		}
	}
	return nil
}

// alone refuses a value of an extension's attribute that another resource has, where the schema says that it is unique. The
// caller holds the lock.
func (p *Provider) alone(c *call, k *kind, body object, self *record) *fault {
	for _, x := range k.exts {
		part, _ := body[x.schema.ID].(object)
		for _, a := range x.single {
			if part[a.Name] == nil || p.has("unique-extension-not-checked") {
				continue
			}
			for _, other := range c.tenant.of(k).order {
				if other == self || other.gone {
					continue
				}
				if theirs, _ := decodeOwn(other.body)[x.schema.ID].(object); alike(a, theirs[a.Name], part[a.Name]) {
					return p.conflict(x.schema.ID+":"+a.Name, self != nil)
				}
			}
		}
	}
	return nil
}

// alike compares two values of an attribute as its schema says.
func alike(a *scim.Attribute, x, y any) bool {
	s, isString := x.(string)
	t, both := y.(string)
	if isString && both && !a.CaseExact {
		return fold(s) == fold(t)
	}
	return scim.Equal(x, y)
}
