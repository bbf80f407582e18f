package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// everything and nothing are filters that hold for every resource and for none.
func everything() scim.Filter {
	return &scim.Compare{Path: scim.Path{Attr: "id", Raw: "id"}, Op: "pr"}
}

func nothing() scim.Filter { return &scim.Not{Filter: everything()} }

// changes makes a bend that exchanges the operator of some comparisons.
func changes(from, to string) filterBend {
	return func(f scim.Filter) scim.Filter {
		return mapCompare(f, func(c *scim.Compare) scim.Filter {
			if c.Op != from {
				return c
			}
			d := *c
			d.Op = to
			return &d
		})
	}
}

// finds makes a bend that puts another filter in the place of some comparisons.
func finds(other func() scim.Filter, which func(*scim.Compare) bool) filterBend {
	return func(f scim.Filter) scim.Filter {
		return mapCompare(f, func(c *scim.Compare) scim.Filter {
			if which(c) {
				return other()
			}
			return c
		})
	}
}

func attribute(names ...string) func(*scim.Compare) bool {
	return func(c *scim.Compare) bool {
		full := lower(c.Path.Attr)
		if c.Path.Sub != "" {
			full += "." + lower(c.Path.Sub)
		}
		for _, n := range names {
			if full == n {
				return true
			}
		}
		return false
	}
}

// filterBends are defects in how a filter is evaluated.
var filterBends = map[string]filterBend{
	"search-managed-only": func(f scim.Filter) scim.Filter {
		return &scim.And{Terms: []scim.Filter{f, &scim.Compare{Path: scim.Path{Attr: "externalId"}, Op: "pr"}}}
	},
	"filter-ignored":             func(scim.Filter) scim.Filter { return everything() },
	"filter-eq-substring":        substring,
	"filter-sw-as-co":            changes("sw", "co"),
	"filter-ew-as-co":            changes("ew", "co"),
	"filter-co-as-sw":            changes("co", "sw"),
	"filter-co-as-eq":            changes("co", "eq"),
	"filter-ge-as-gt":            changes("ge", "gt"),
	"filter-le-as-lt":            changes("le", "lt"),
	"filter-gt-as-lt":            changes("gt", "lt"),
	"filter-ne-as-eq":            changes("ne", "eq"),
	"filter-ne-finds-all":        finds(everything, func(c *scim.Compare) bool { return c.Op == "ne" }),
	"filter-pr-finds-all":        finds(everything, func(c *scim.Compare) bool { return c.Op == "pr" }),
	"filter-pr-finds-none":       finds(nothing, func(c *scim.Compare) bool { return c.Op == "pr" }),
	"filter-date-none":           finds(nothing, attribute("meta.created", "meta.lastmodified")),
	"filter-date-all":            finds(everything, attribute("meta.created", "meta.lastmodified")),
	"filter-email-none":          finds(nothing, attribute("emails", "emails.value")),
	"filter-member-none":         finds(nothing, attribute("members", "members.value")),
	"filter-externalid-none":     finds(nothing, attribute("externalid")),
	"filter-id-none":             finds(nothing, attribute("id")),
	"filter-name-none":           finds(nothing, attribute("name.familyname", "name.givenname")),
	"filter-enterprise-none":     finds(nothing, func(c *scim.Compare) bool { return strings.EqualFold(c.Path.URN, scim.SchemaEnterprise) }),
	"filter-urn-empty":           finds(nothing, func(c *scim.Compare) bool { return c.Path.URN != "" }),
	"filter-displayname-ignored": finds(everything, attribute("displayname")),
	"filter-externalid-ignored":  finds(everything, attribute("externalid")),
	"filter-active-ignored":      finds(everything, attribute("active")),
	"filter-boolean-none":        finds(nothing, func(c *scim.Compare) bool { _, ok := c.Value.(bool); return ok }),
	"filter-schemas-none":        finds(nothing, attribute("schemas")),
	"filter-non-ascii-none": finds(nothing, func(c *scim.Compare) bool {
		return strings.ContainsFunc(stringOf(c.Value), func(r rune) bool { return r > 0x7f })
	}),
	"filter-quote-none":      finds(nothing, func(c *scim.Compare) bool { return strings.ContainsAny(stringOf(c.Value), `"\`) }),
	"filter-apostrophe-none": finds(nothing, func(c *scim.Compare) bool { return strings.Contains(stringOf(c.Value), "'") }),
	"filter-injection": finds(everything, func(c *scim.Compare) bool {
		return strings.Contains(stringOf(c.Value), "' or '") || strings.Contains(stringOf(c.Value), "' OR '")
	}),
	"filter-plus-is-space": plusIsSpace,
	"filter-percent-wildcard": finds(everything, func(c *scim.Compare) bool {
		return strings.Trim(stringOf(c.Value), "%*") == "" && stringOf(c.Value) != ""
	}),
	"filter-and-as-or":             andAsOr,
	"filter-or-as-and":             orAsAnd,
	"filter-first-term-only":       firstTerm,
	"filter-last-term-only":        lastTerm,
	"filter-not-ignored":           notIgnored,
	"filter-not-inverts-nothing":   notFindsNone,
	"filter-precedence-wrong":      leftToRight,
	"filter-value-path-any":        spreadValuePath,
	"filter-value-path-none":       func(f scim.Filter) scim.Filter { return replaceValuePath(f, nothing) },
	"filter-value-path-ignored":    func(f scim.Filter) scim.Filter { return replaceValuePath(f, everything) },
	"filter-value-path-first-and":  valuePathFirst,
	"filter-wildcards":             finds(everything, valueWith("%", "_", "*")),
	"filter-query-injection":       finds(everything, valueWith("' --", "*)(", "$ne", `" or `)),
	"filter-words-in-values":       finds(nothing, valueWith(" and ", " or ", "(")),
	"filter-signs-none":            finds(nothing, valueWith("&", "#", ";")),
	"filter-other-attributes-none": finds(nothing, attribute("nickname", "title", "usertype", "profileurl", "name.middlename", "addresses.locality")),
	"filter-schemas-any":           finds(everything, attribute("schemas")),
	"filter-password-open":         finds(everything, attribute("password")),
	"filter-urn-case":              finds(nothing, func(c *scim.Compare) bool { return strings.HasPrefix(c.Path.URN, "URN:") }),
	"filter-id-case-insensitive": func(f scim.Filter) scim.Filter {
		return mapCompare(f, func(c *scim.Compare) scim.Filter {
			if !attribute("id")(c) {
				return c
			}
			d := *c
			d.Value = lower(stringOf(c.Value))
			return &d
		})
	},
}

// valueWith picks comparisons whose value has one of these parts.
func valueWith(parts ...string) func(*scim.Compare) bool {
	return func(c *scim.Compare) bool {
		for _, p := range parts {
			if strings.Contains(stringOf(c.Value), p) {
				return true
			}
		}
		return false
	}
}

func stringOf(v any) string {
	s, _ := v.(string)
	return s
}

func substring(f scim.Filter) scim.Filter {
	return mapCompare(f, func(c *scim.Compare) scim.Filter {
		if c.Op != "eq" || stringOf(c.Value) == "" || c.Path.Attr == "id" {
			return c
		}
		d := *c
		d.Op = "co"
		return &d
	})
}

func plusIsSpace(f scim.Filter) scim.Filter {
	return mapCompare(f, func(c *scim.Compare) scim.Filter {
		if s := stringOf(c.Value); strings.Contains(s, "+") {
			d := *c
			d.Value = strings.ReplaceAll(s, "+", " ")
			return &d
		}
		return c
	})
}

func andAsOr(f scim.Filter) scim.Filter {
	if t, ok := f.(*scim.And); ok {
		return &scim.Or{Terms: t.Terms}
	}
	return f
}

func orAsAnd(f scim.Filter) scim.Filter {
	if t, ok := f.(*scim.Or); ok {
		return &scim.And{Terms: t.Terms}
	}
	return f
}

func firstTerm(f scim.Filter) scim.Filter {
	switch t := f.(type) {
	case *scim.And:
		return t.Terms[0]
	case *scim.Or:
		return t.Terms[0]
	}
	return f
}

func lastTerm(f scim.Filter) scim.Filter {
	switch t := f.(type) {
	case *scim.And:
		return t.Terms[len(t.Terms)-1]
	case *scim.Or:
		return t.Terms[len(t.Terms)-1]
	}
	return f
}

func notIgnored(f scim.Filter) scim.Filter {
	switch t := f.(type) {
	case *scim.Not:
		return notIgnored(t.Filter)
	case *scim.And:
		return &scim.And{Terms: eachTerm(t.Terms, notIgnored)}
	case *scim.Or:
		return &scim.Or{Terms: eachTerm(t.Terms, notIgnored)}
	}
	return f
}

func notFindsNone(f scim.Filter) scim.Filter {
	switch t := f.(type) {
	case *scim.Not:
		return nothing()
	case *scim.And:
		return &scim.And{Terms: eachTerm(t.Terms, notFindsNone)}
	case *scim.Or:
		return &scim.Or{Terms: eachTerm(t.Terms, notFindsNone)}
	}
	return f
}

func eachTerm(list []scim.Filter, g filterBend) []scim.Filter {
	out := make([]scim.Filter, len(list))
	for i, e := range list {
		out[i] = g(e)
	}
	return out
}

// leftToRight evaluates and and or in the order in which they are written: a or b and c becomes (a or b) and c.
func leftToRight(f scim.Filter) scim.Filter {
	or, ok := f.(*scim.Or)
	if !ok {
		return f
	}
	result := or.Terms[0]
	for _, term := range or.Terms[1:] {
		and, isAnd := term.(*scim.And)
		if !isAnd {
			result = &scim.Or{Terms: []scim.Filter{result, term}}
			continue
		}
		result = &scim.Or{Terms: []scim.Filter{result, and.Terms[0]}}
		for _, more := range and.Terms[1:] {
			result = &scim.And{Terms: []scim.Filter{result, more}}
		}
	}
	return result
}

// spreadValuePath lets the conditions in the brackets hold for different elements.
func spreadValuePath(f scim.Filter) scim.Filter {
	t, ok := f.(*scim.ValuePath)
	if !ok {
		return f
	}
	and, ok := t.Filter.(*scim.And)
	if !ok {
		return f
	}
	var out []scim.Filter
	for _, e := range and.Terms {
		out = append(out, &scim.ValuePath{Path: t.Path, Filter: e})
	}
	return &scim.And{Terms: out}
}

func valuePathFirst(f scim.Filter) scim.Filter {
	t, ok := f.(*scim.ValuePath)
	if !ok {
		return f
	}
	return &scim.ValuePath{Path: t.Path, Filter: firstTerm(t.Filter)}
}

func replaceValuePath(f scim.Filter, with func() scim.Filter) scim.Filter {
	switch t := f.(type) {
	case *scim.ValuePath:
		return with()
	case *scim.And:
		return &scim.And{Terms: eachTerm(t.Terms, func(e scim.Filter) scim.Filter { return replaceValuePath(e, with) })}
	case *scim.Or:
		return &scim.Or{Terms: eachTerm(t.Terms, func(e scim.Filter) scim.Filter { return replaceValuePath(e, with) })}
	}
	return f
}

// rawFilter looks at the text of a filter, which some servers treat with string functions; it answers for them.
func (p *Provider) rawFilter(c *call, s *search) *answer {
	text := s.filter
	empty := reply(http.StatusOK, append(listHead(nil, 0), `,"startIndex":1,"itemsPerPage":0,"Resources":[]}`...))
	_, _, err := scim.ParseFilterLenient(text)
	switch {
	case err != nil && p.has("filter-malformed-500"):
		return serverError()
	case err != nil && p.has("filter-malformed-empty"):
		return empty
	case err != nil && p.has("filter-malformed-text"):
		return serverText(http.StatusBadRequest, "Invalid filter")
	case err != nil && p.has("filter-groups-malformed-empty") && c.head() == "Groups":
		return empty
	case p.has("filter-deep-drops") && strings.Count(text, "(") > 40, p.has("filter-deep-drops") && len(text) > 1500:
		return &answer{drop: true}
	case p.has("filter-bare-everybody") && err == nil && bare(text):
		s.hasFilter = false
		return nil
	case p.has("filter-op-case-empty") && upperOperator(text):
		return empty
	case p.has("filter-op-case-500") && upperOperator(text):
		return serverError()
	case p.has("filter-attribute-case-empty") && oddCase(text):
		return empty
	case p.has("filter-attribute-case-400") && oddCase(text):
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "Unknown attribute.").answer()
	case p.has("filter-urn-refused") && strings.HasPrefix(lower(text), "urn:"):
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "Unknown attribute.").answer()
	case p.has("filter-eq-only") && !onlyEquality(text):
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "Only eq is supported.").answer()
	case p.has("filter-apostrophe-500") && strings.Contains(text, "'"):
		return refuse(http.StatusInternalServerError, "", "pq: syntax error at or near \"s\" in SELECT * FROM users WHERE user_name = 'o's'").answer()
	case p.has("filter-long-400") && len(text) > 120:
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "The filter is too long.").answer()
	case p.has("guid-probe-400") && strings.HasPrefix(lower(text), "username eq") && !strings.Contains(text, "@"):
		return refuse(http.StatusBadRequest, scim.InvalidValue, "userName has to be an e-mail address.").answer()
	case p.has("filter-externalid-400") && strings.HasPrefix(lower(text), "externalid"):
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "externalId cannot be filtered.").answer()
	case p.has("filter-unknown-attribute-500") && err == nil && strings.HasPrefix(text, "n") && !strings.HasPrefix(text, "name") && !strings.HasPrefix(text, "not") && !strings.HasPrefix(text, "nick"):
		return serverError()
	case p.has("filter-spaces-strict") && strings.Contains(c.rawQuery, "+"):
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "Invalid filter: %s", quoted(c.rawQuery)).answer()
	case p.has("entra-email-filter-500") && strings.Contains(text, "].value "):
		return serverError()
	}
	return nil
}

func serverText(status int, body string) *answer {
	return text(status, "text/plain; charset=utf-8", body)
}

func upperOperator(s string) bool {
	for _, w := range strings.Fields(s) {
		switch w {
		case "EQ", "Eq", "NE", "CO", "SW", "EW", "PR", "GT", "GE", "LT", "LE", "AND", "OR", "And", "Or", "NOT":
			return true
		}
	}
	return false
}

// oddCase tells whether the first attribute of a filter is written in another letter case than its definition.
func oddCase(s string) bool {
	name, _, _ := strings.Cut(s, " ")
	for _, n := range []string{"userName", "externalId", "displayName", "active", "emails.value", "name.familyName", "name.givenName", "meta.lastModified", "title", "id"} {
		if strings.EqualFold(n, name) && n != name {
			return true
		}
	}
	return false
}

func onlyEquality(s string) bool {
	f, _, err := scim.ParseFilterLenient(s)
	c, ok := f.(*scim.Compare)
	return err != nil || ok && c.Op == "eq"
}

// bare tells whether a filter names a complex attribute without sub-attribute, or one that no schema has.
func bare(s string) bool {
	f, _, err := scim.ParseFilterLenient(s)
	if err != nil || strings.Contains(s, "[") || strings.HasSuffix(s, " pr") {
		return false
	}
	found := false
	walk(f, func(p scim.Path) {
		n := lower(p.Attr)
		found = found || p.Sub == "" && (n == "name" || n == "emails" || n == "members" || n == "nosuchattribute")
	})
	return found
}
