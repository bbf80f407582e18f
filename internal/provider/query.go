package provider

import (
	"sort"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// list answers a query over some resource types (RFC 7644 section 3.4.2).
func (p *Provider) list(c *call, s *search, kinds []*kind) *answer {
	for _, b := range p.bends.search {
		b(p, c, s)
	}
	if s.hasFilter && len(p.on) != 0 {
		if a := p.rawFilter(c, s); a != nil {
			return a
		}
	}
	if f := p.prepare(s, kinds); f != nil {
		return f.answer()
	}
	var at *cursor
	if s.hasCursor && p.cursorsOn() {
		if s.hasStart {
			return refuse(400, scim.InvalidValue, "startIndex and cursor cannot be used together.").answer()
		}
		var f *fault
		if at, f = p.openCursor(c, s, kinds); f != nil {
			return f.answer()
		}
	}
	c.tenant.mu.RLock()
	defer c.tenant.mu.RUnlock()
	v := c.view(s.proj)
	if at != nil || p.has("cursor-default") && !s.hasStart {
		return p.cursorPage(c, v, s, kinds, at)
	}
	return p.indexPage(v, s, kinds)
}

func (p *Provider) indexPage(v *view, s *search, kinds []*kind) *answer {
	var page []*record
	total := 0
	if p.has("filter-after-paging") && s.parsed != nil {
		for _, r := range v.t.of(kinds[0]).window(s.start-1, s.count) {
			if p.match(v, s.parsed, r) {
				page = append(page, r)
			}
		}
		total = len(page)
	} else if s.parsed == nil && s.sortBy == "" && len(kinds) == 1 && !p.sieving() {
		col := v.t.of(kinds[0])
		total, page = col.count, col.window(s.start-1, s.count)
	} else {
		all, f := p.matches(v, s, kinds)
		if f != nil {
			return f.answer()
		}
		total = len(all)
		from := min(s.start-1, total)
		page = all[from:min(from+s.count, total)]
	}
	if s.start > total && total > 0 && p.has("startindex-beyond-all") {
		s.start = 1
		return p.indexPage(v, s, kinds)
	}
	shown := s.start
	if s.shown > 0 {
		shown = s.shown
	}
	if p.has("sort-per-page") && s.sortBy != "" {
		page, _ = p.sorted(v, s, kinds, page)
	}
	b := make([]byte, 0, 256+len(page)*768)
	b = listHead(b, total)
	b = append(b, `,"startIndex":`...)
	b = strconv.AppendInt(b, int64(shown), 10)
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(len(page)), 10)
	return reply(200, p.listTail(b, v, page))
}

func listHead(b []byte, total int) []byte {
	b = append(b, `{"schemas":["`+urnList+`"],"totalResults":`...)
	return strconv.AppendInt(b, int64(total), 10)
}

func (p *Provider) listTail(b []byte, v *view, page []*record) []byte {
	if len(page) == 0 && p.has("no-resources-when-empty") {
		return append(b, '}')
	}
	b = append(b, `,"Resources":[`...)
	for i, r := range page {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.append(b, r)
	}
	return append(b, "]}"...)
}

// matches gives all resources that fit, in creation order or sorted.
func (p *Provider) matches(v *view, s *search, kinds []*kind) ([]*record, *fault) {
	full := &view{p: p, t: v.t, root: v.root}
	var out []*record
	for _, k := range kinds {
		out = append(out, p.matchesOf(full, s, k)...)
	}
	out = p.sieve(s, out)
	if s.sortBy == "" || p.noSort() || p.has("sort-per-page") {
		return out, nil
	}
	return p.sorted(full, s, kinds, out)
}

func (p *Provider) matchesOf(v *view, s *search, k *kind) []*record {
	col := v.t.of(k)
	candidates, rest, planned := p.plan(v, col, s.parsed)
	if !planned {
		candidates, rest = col.order, s.parsed
	}
	if rest == nil && planned {
		return candidates
	}
	out := make([]*record, 0, 16)
	var w *wanted
	if rest != nil && len(p.on) == 0 {
		w = wantedBy(rest)
	}
	for _, r := range candidates {
		if r.gone || rest != nil && !p.matchSome(v, rest, r, w) {
			continue
		}
		out = append(out, r)
	}
	return out
}

// plan answers an equality on an indexed attribute, alone or as one term of an and, from the index. rest is what is left to
// be checked for each candidate.
func (p *Provider) plan(v *view, col *collection, f scim.Filter) (candidates []*record, rest scim.Filter, ok bool) {
	switch t := f.(type) {
	case *scim.Compare:
		candidates, ok = p.indexed(v, col, t)
		return candidates, nil, ok
	case *scim.ValuePath:
		// emails[type eq "work" and value eq "x"]: the value narrows the candidates, the whole filter is still checked.
		if and, isAnd := t.Filter.(*scim.And); isAnd {
			for _, term := range and.Terms {
				if cmp, isCmp := term.(*scim.Compare); isCmp {
					path := t.Path
					path.Sub = cmp.Path.Attr
					if candidates, ok = p.indexed(v, col, &scim.Compare{Path: path, Op: cmp.Op, Value: cmp.Value}); ok {
						return candidates, f, true
					}
				}
			}
		}
	case *scim.And:
		for i, term := range t.Terms {
			cmp, isCmp := term.(*scim.Compare)
			if !isCmp {
				continue
			}
			if candidates, ok = p.indexed(v, col, cmp); ok {
				left := append(append([]scim.Filter(nil), t.Terms[:i]...), t.Terms[i+1:]...)
				return candidates, &scim.And{Terms: left}, true
			}
		}
	}
	return nil, nil, false
}

func (p *Provider) indexed(v *view, col *collection, f *scim.Compare) ([]*record, bool) {
	value, isString := f.Value.(string)
	if f.Op != "eq" || !isString {
		return nil, false
	}
	if f.Path.URN != "" && !strings.EqualFold(f.Path.URN, col.kind.rt.Schema) {
		return nil, false
	}
	name := strings.ToLower(f.Path.Attr)
	if f.Path.Sub != "" {
		name += "." + strings.ToLower(f.Path.Sub)
	}
	switch name {
	case "id":
		if r := col.byID[value]; r != nil {
			return []*record{r}, true
		}
		return nil, true
	case "members", "members.value":
		if col.kind.rt.Name != "Group" {
			return nil, false
		}
		out := append([]*record(nil), v.t.memberOf[value]...)
		sortBySeq(out)
		return out, true
	case "emails":
		name = "emails.value"
	}
	x := col.indexes[name]
	if x == nil || p.has("filter-multivalue-first-only") {
		return nil, false
	}
	if name == "externalid" {
		if p.has("filter-externalid-case-insensitive") {
			return col.foldFind(name, value), true
		}
		return x.find(value), true
	}
	return p.exactOnly(name, value, x.find(fold(value))), true
}

// matchSome is match that reads only what the filter looks at.
func (p *Provider) matchSome(v *view, f scim.Filter, r *record, w *wanted) bool {
	if w == nil || r.refs {
		return p.match(v, f, r)
	}
	return scim.Match(f, v.partialTree(r, w), p.model.data)
}

func (p *Provider) match(v *view, f scim.Filter, r *record) bool {
	tree := v.tree(r)
	if p.has("filter-multivalue-first-only") {
		for name, e := range tree {
			if list, ok := e.([]any); ok && len(list) > 1 && name != "schemas" {
				tree[name] = list[:1]
			}
		}
	}
	return scim.Match(f, tree, p.model.data)
}

// sorted orders resources by sortBy (RFC 7644 section 3.4.2.3): by type and case rule of the attribute, the primary or first
// value of a multi-valued one, resources without value last ascending and first descending.
func (p *Provider) sorted(v *view, s *search, kinds []*kind, list []*record) ([]*record, *fault) {
	path, err := scim.ParseAttrPath(s.sortBy)
	if err != nil {
		return nil, refuse(400, scim.InvalidPath, "sortBy is not an attribute name: %s.", quoted(s.sortBy))
	}
	known := false
	for _, k := range kinds {
		a := k.attribute(path)
		known = known || a != nil
		if a != nil && a.Type == "complex" && path.Sub == "" && a.Sub("value") == nil {
			return nil, refuse(400, scim.InvalidPath, "sortBy on the complex attribute %s needs a sub-attribute.", a.Name)
		}
	}
	if !known {
		return nil, refuse(400, scim.InvalidPath, "sortBy names the attribute %s, which does not exist.", quoted(s.sortBy))
	}
	keyed := make([]sortKey, len(list))
	for i, r := range list {
		keyed[i] = newSortKey(p, r, r.kind.attribute(path), path, v.tree(r))
	}
	sort.SliceStable(keyed, func(i, j int) bool {
		if s.descend {
			return keyed[j].less(keyed[i])
		}
		return keyed[i].less(keyed[j])
	})
	out := make([]*record, len(list))
	for i, k := range keyed {
		out[i] = k.r
	}
	return out, nil
}
