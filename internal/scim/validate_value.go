package scim

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// value judges plurality, then each value.
func (c *resourceCheck) value(def *Attribute, attr, key string, v View) {
	if key != def.Name {
		c.add(v, "name-case", attr, def.Name, key, "%s is spelled %s: names have no letter case, but many clients are stricter", def.Name, key).Note = true
	}
	if v.IsNull() || !c.opt.Request && c.never(def, attr, v) {
		return
	}
	switch {
	case def.MultiValued && !v.IsArray():
		c.add(v, "not-array", attr, "an array", show(v), "%s is multi-valued and must be an array, not %s", attr, v.Kind())
		return
	case !def.MultiValued && v.IsArray():
		c.add(v, "not-singular", attr, "one value", show(v), "%s is singular and must not be an array", attr)
		return
	case !def.MultiValued:
		c.single(def, attr, v)
		return
	}
	set := valueSet{attr: attr, seen: map[string]bool{}}
	v.Each(func(_ string, item View) bool {
		if c.single(def, attr, item) {
			set.look(c, def, item)
		}
		return true
	})
}

// never reports what must never be returned.
func (c *resourceCheck) never(def *Attribute, attr string, v View) bool {
	if def.Returned != "never" && def.Mutability != "writeOnly" {
		return false
	}
	c.add(v, "returned-never", attr, "absent", "a value", "%s must never be returned", attr)
	return true
}

// single judges one value and says whether its type is right.
func (c *resourceCheck) single(def *Attribute, attr string, v View) bool {
	if def.IsComplex() {
		if !v.IsObject() {
			c.add(v, "wrong-type", attr, "an object", show(v), "%s must be an object, not %s", attr, v.Kind())
			return false
		}
		c.complex(def, attr, v)
		return true
	}
	want, code := scalarProblem(def.Type, v)
	if want != "" {
		c.add(v, code, attr, want, show(v), "%s must be %s", attr, want)
		return false
	}
	if v.IsString() && len(def.CanonicalValues) > 0 && !containsFold(def.CanonicalValues, v.Str()) {
		c.add(v, "not-canonical", attr, strings.Join(def.CanonicalValues, ", "), show(v),
			"%s has a value outside the canonical ones", attr).Note = true // suggestions (RFC 7643 section 7)
	}
	return true
}

func containsFold(list []string, s string) bool {
	for _, e := range list {
		if strings.EqualFold(e, s) {
			return true
		}
	}
	return false
}

// scalarProblem says what the value should be, "" when it is right.
func scalarProblem(typ string, v View) (want, code string) {
	switch typ {
	case "boolean":
		if !v.IsBool() {
			return "a JSON boolean", "wrong-type"
		}
		return "", ""
	case "integer":
		if v.Kind() != "integer" {
			return "a JSON number without fraction and exponent", "wrong-type"
		}
		return "", ""
	case "decimal":
		if !v.IsNumber() {
			return "a JSON number", "wrong-type"
		}
		return "", ""
	}
	if !v.IsString() {
		return "a JSON string", "wrong-type"
	}
	switch typ {
	case "dateTime":
		if _, ok := ParseDateTime(v.Str()); !ok {
			return "an xsd:dateTime such as 2026-01-31T12:00:00Z", "bad-datetime"
		}
	case "binary":
		if !isBase64(v.Str()) {
			return "base64", "bad-binary"
		}
	case "reference":
		if !isReference(v.Str()) {
			return "a URI", "bad-reference"
		}
	}
	return "", ""
}

// isBase64 accepts both alphabets of RFC 4648, with and without padding (RFC 7643 section 2.3.6).
func isBase64(s string) bool {
	s = strings.TrimRight(s, "=")
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	_, err := base64.RawStdEncoding.DecodeString(s)
	return err == nil && !strings.ContainsAny(s, "\r\n")
}

// isReference accepts absolute and relative URIs, and IRIs, which real profile URLs often are. "" is no address, but many
// servers write it for "none"; it is a legal relative reference.
func isReference(s string) bool {
	if strings.ContainsAny(s, " \t\r\n<>\"\\^`{|}") {
		return false
	}
	_, err := url.Parse(s)
	return err == nil
}

// complex judges the members of one complex value.
func (c *resourceCheck) complex(def *Attribute, attr string, v View) {
	v.Each(func(key string, val View) bool {
		sub := def.Sub(key)
		switch {
		case sub != nil:
			c.value(sub, attr+"."+sub.Name, key, val)
		case def.MultiValued && isDefaultSub(key): // every multi-valued attribute has them by default
		case len(def.SubAttributes) > 0:
			c.unknown(key, attr+"."+key, val)
		}
		return true
	})
	if !c.opt.Partial {
		c.requiredOf(def.SubAttributes, v, attr+".")
	}
}

// valueSet looks for rules across the values of one attribute (RFC 7643 section 2.4).
type valueSet struct {
	attr    string
	primary int
	seen    map[string]bool
}

func (s *valueSet) look(c *resourceCheck, def *Attribute, item View) {
	if item.IsObject() && item.Get("primary").Bool() {
		if s.primary++; s.primary == 2 {
			c.add(item, "several-primary", s.attr, "primary: true once", "a second time", "more than one value of %s is primary", s.attr)
		}
	}
	key := item.Raw()
	if item.IsObject() {
		val := item.Get("value")
		if !assigned(val) {
			return
		}
		typ := item.Get("type")
		key = fmt.Sprintf("%s %s", strings.ToLower(typ.Str()), foldUnless(exactValue(def), val.Str()))
	} else if item.IsString() {
		key = foldUnless(def.CaseExact, item.Str())
	}
	if s.seen[key] {
		c.add(item, "duplicate-value", s.attr, "each combination of type and value once", show(item), "%s returns the same value twice", s.attr)
	}
	s.seen[key] = true
}

func exactValue(def *Attribute) bool {
	sub := def.Sub("value")
	return sub == nil || sub.CaseExact || sub.Mutability == "immutable" || sub.Type == "reference" || sub.Type == "binary"
}

func foldUnless(exact bool, s string) string {
	if exact {
		return s
	}
	return strings.ToLower(s)
}
