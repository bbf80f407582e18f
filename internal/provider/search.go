package provider

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// search is one query, whether it came as GET or as POST to /.search.
type search struct {
	filter    string
	hasFilter bool
	parsed    scim.Filter
	sortBy    string
	descend   bool
	start     int // 1-based; 1 when not given
	count     int // page size to use
	hasStart  bool
	hasCount  bool
	cursor    string
	hasCursor bool
	proj      *projection
	get       bool
	shown     int // the startIndex that the answer states, where a defect makes it differ
}

// searchOf reads the parameters of a GET (RFC 7644 section 3.4.2, RFC 9865 section 2). Names other than these are ignored.
func (c *call) searchOf() (*search, *fault) {
	s := &search{get: true}
	f := s.numbers(c.p, c.query.Get, func(name string) bool { return c.query.Has(name) })
	if f != nil {
		return nil, f
	}
	s.filter, s.hasFilter = c.query.Get("filter"), c.query.Has("filter")
	s.sortBy = c.query.Get("sortBy")
	s.cursor, s.hasCursor = c.query.Get("cursor"), c.query.Has("cursor")
	if s.proj, f = c.projection(); f != nil {
		return nil, f
	}
	return s, s.order(c.query.Get("sortOrder"))
}

// projection reads attributes and excludedAttributes from the query string; they are honoured by writes too.
func (c *call) projection() (*projection, *fault) {
	list := func(name string) []string {
		if !c.query.Has(name) {
			return nil
		}
		return splitNames(strings.Join(c.query[name], ","))
	}
	proj, f := projectionOf(list("attributes"), list("excludedAttributes"))
	return c.bendProjection(proj), f
}

// splitNames splits at commas outside of brackets and quotes. An empty list asks for the attributes returned always.
func splitNames(s string) []string {
	out := []string{}
	depth, quote, from := 0, false, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ',' && depth == 0 && !quote {
			if name := strings.TrimSpace(s[from:i]); name != "" {
				out = append(out, name)
			}
			from = i + 1
			continue
		}
		switch s[i] {
		case '"':
			quote = !quote
		case '[':
			depth++
		case ']':
			depth = max(0, depth-1)
		}
	}
	return out
}

// numbers reads startIndex and count. Below the range is the edge of the range (RFC 7644 section 3.4.2.4), not a number is
// an error.
func (s *search) numbers(p *Provider, get func(string) string, has func(string) bool) *fault {
	s.start, s.count = 1, p.opt.DefaultPage
	if has("startIndex") {
		n, ok := wholeNumber(get("startIndex"))
		if !ok {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "startIndex has to be a whole number, not %s.", quoted(get("startIndex")))
		}
		s.start, s.hasStart = max(1, n), true
	}
	if has("count") {
		n, ok := wholeNumber(get("count"))
		if !ok {
			kind := scim.InvalidValue
			if has("cursor") {
				kind = scim.InvalidCount
			}
			return refuse(http.StatusBadRequest, kind, "count has to be a whole number, not %s.", quoted(get("count")))
		}
		s.count, s.hasCount = max(0, n), true
	}
	s.count = min(s.count, p.opt.MaxPage)
	return nil
}

// wholeNumber reads an integer; one too large for the machine counts as very large.
func wholeNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	if err == nil {
		return n, true
	}
	digits := strings.TrimLeft(s, "+-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(s)-len(digits) > 1 {
		return 0, false
	}
	if s[0] == '-' {
		return -1 << 31, true
	}
	return 1 << 31, true
}

func (s *search) order(order string) *fault {
	switch strings.ToLower(order) {
	case "", "ascending":
	case "descending":
		s.descend = true
	default:
		return refuse(http.StatusBadRequest, scim.InvalidValue, "sortOrder is ascending or descending, not %s.", quoted(order))
	}
	return nil
}

// searchBody reads a SearchRequest (RFC 7644 section 3.4.3).
func (c *call) searchBody() (*search, *fault) {
	o, f := decodeObject(c.body)
	if f != nil {
		return nil, f
	}
	if !c.p.has("search-schema-not-checked") && !namesSchema(o, urnSearch) {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "A search request names %s in schemas.", urnSearch)
	}
	s := &search{}
	text := map[string]string{}
	var attributes, excluded []string
	for name, v := range o {
		switch low := strings.ToLower(name); low {
		case "filter", "sortby", "sortorder", "cursor":
			str, ok := v.(string)
			if v != nil && !ok {
				return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "%s has to be a string.", quoted(name))
			}
			if ok {
				text[low] = str
			}
		case "startindex", "count":
			n, ok := v.(json.Number)
			if v != nil && !ok {
				return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "%s has to be a whole number.", quoted(name))
			}
			if ok {
				text[low] = string(n)
			}
		case "attributes":
			attributes, f = nameList(name, v)
		case "excludedattributes":
			excluded, f = nameList(name, v)
		}
		if f != nil {
			return nil, f
		}
	}
	f = s.numbers(c.p, func(n string) string { return text[strings.ToLower(n)] }, func(n string) bool { _, ok := text[strings.ToLower(n)]; return ok })
	if f != nil {
		return nil, f
	}
	s.filter, s.hasFilter = text["filter"], hasKey(text, "filter")
	s.sortBy = text["sortby"]
	s.cursor, s.hasCursor = text["cursor"], hasKey(text, "cursor")
	if s.proj, f = projectionOf(attributes, excluded); f != nil {
		return nil, f
	}
	s.proj = c.bendProjection(s.proj)
	return s, s.order(text["sortorder"])
}

func hasKey(m map[string]string, k string) bool { _, ok := m[k]; return ok }

func nameList(name string, v any) ([]string, *fault) {
	if v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "%s has to be an array of strings.", quoted(name))
	}
	out := []string{}
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "%s has to be an array of strings.", quoted(name))
		}
		out = append(out, s)
	}
	return out, nil
}

func namesSchema(o object, urn string) bool {
	v, _ := lookup(o, "schemas")
	list, _ := v.([]any)
	for _, e := range list {
		if s, ok := e.(string); ok && strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}

// prepare parses and checks the filter against the resource types that are searched.
func (p *Provider) prepare(s *search, kinds []*kind) *fault {
	if !s.hasFilter {
		return nil
	}
	if strings.TrimSpace(s.filter) == "" {
		if p.has("empty-filter-ignored") {
			s.hasFilter = false
			return nil
		}
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "The filter is empty.")
	}
	f, _, err := scim.ParseFilterLenient(s.filter)
	if err != nil {
		if p.has("malformed-filter-returns-all") {
			s.hasFilter = false
			return nil
		}
		return refuse(http.StatusBadRequest, scim.InvalidFilter, "The filter cannot be understood: %s.", strings.TrimSuffix(err.Error(), "."))
	}
	if s.get && mentionsSecret(f) && !p.has("filter-password-open") {
		return refuse(http.StatusForbidden, scim.Sensitive, "The request URI carries a password; use POST and no password in filters.")
	}
	if len(kinds) == 1 {
		f = kinds[0].qualify(f)
	}
	if e := scim.CheckFilter(f, p.model.data); e != nil && !p.has("filter-types-not-checked") {
		return refuse(e.Status, e.ScimType, "%s", e.Detail)
	}
	if len(kinds) == 1 && !p.has("unknown-filter-attribute-no-match") {
		if f := unknownIn(f, kinds[0]); f != nil {
			return f
		}
	}
	s.parsed = p.bend(f)
	return nil
}
