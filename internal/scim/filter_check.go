package scim

import (
	"encoding/json"
	"strings"
)

// CheckFilter says what a strict provider refuses though the grammar allows it: an order of booleans or binaries (RFC 7644
// table 3 demands 400 invalidFilter), text operators on values that are no text, a literal of another type than the
// attribute, and a complex attribute that has no value to compare. An unknown attribute is no error: it matches nothing.
func CheckFilter(f Filter, s *SchemaSet) *Error {
	if s == nil {
		s = StandardSchemas()
	}
	return checkFilter(f, s, nil)
}

func checkFilter(f Filter, s *SchemaSet, parent *Attribute) *Error {
	switch f := f.(type) {
	case *And:
		return checkTerms(f.Terms, s, parent)
	case *Or:
		return checkTerms(f.Terms, s, parent)
	case *Not:
		return checkFilter(f.Filter, s, parent)
	case *ValuePath:
		def := s.Attribute("", s.Resolve(f.Path))
		if def == nil {
			return nil
		}
		return checkFilter(f.Filter, s, def)
	case *Compare:
		def := s.Attribute("", s.Resolve(f.Path))
		if parent != nil {
			def = parent.Sub(f.Path.Attr)
		}
		return checkCompare(f, def)
	}
	return nil
}

func checkTerms(terms []Filter, s *SchemaSet, parent *Attribute) *Error {
	for _, t := range terms {
		if err := checkFilter(t, s, parent); err != nil {
			return err
		}
	}
	return nil
}

func checkCompare(c *Compare, def *Attribute) *Error {
	if c.Op == "pr" {
		return nil
	}
	order := strings.Contains(" gt ge lt le ", " "+c.Op+" ")
	text := strings.Contains(" co sw ew ", " "+c.Op+" ")
	name := c.Path.String()
	if def.IsComplex() {
		if def = def.Sub("value"); def == nil {
			return Errorf(400, InvalidFilter, "%s is complex: name a sub-attribute, as in %s.formatted", name, name)
		}
	}
	_, isString := c.Value.(string)
	if text && !isString {
		return Errorf(400, InvalidFilter, "the operator %s needs a string, not %s", c.Op, formatValue(c.Value))
	}
	if def == nil {
		return nil
	}
	switch {
	case order && (def.Type == "boolean" || def.Type == "binary"):
		return Errorf(400, InvalidFilter, "%s is %s and has no order: the operator %s does not apply", name, def.Type, c.Op)
	case order && (c.Value == nil || isBool(c.Value)):
		return Errorf(400, InvalidFilter, "the operator %s does not apply to %s", c.Op, formatValue(c.Value))
	case text && (def.Type == "boolean" || def.Type == "integer" || def.Type == "decimal"):
		return Errorf(400, InvalidFilter, "%s is %s: the operator %s does not apply", name, def.Type, c.Op)
	case c.Value != nil && !literalFits(def.Type, c.Value):
		return Errorf(400, InvalidFilter, "%s is %s, but %s is not", name, def.Type, formatValue(c.Value))
	}
	return nil
}

func isBool(v any) bool { _, ok := v.(bool); return ok }

func literalFits(typ string, v any) bool {
	switch v.(type) {
	case bool:
		return typ == "boolean"
	case json.Number:
		return typ == "integer" || typ == "decimal"
	}
	return typ != "boolean" && typ != "integer" && typ != "decimal"
}
