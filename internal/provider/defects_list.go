package provider

import (
	"encoding/json"
	"net/http"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// searchBends are defects in what a query asks for: they change it before it runs.
var searchBends = map[string]searchBend{
	"count-ignored": func(p *Provider, _ *call, s *search) { s.count = p.opt.MaxPage },
	"count-zero-all": func(p *Provider, _ *call, s *search) {
		if s.hasCount && s.count == 0 {
			s.count = p.opt.MaxPage
		}
	},
	"count-one-more":     func(_ *Provider, _ *call, s *search) { s.count++ },
	"startindex-ignored": func(_ *Provider, _ *call, s *search) { s.start = 1 },
	"startindex-zero-based": func(_ *Provider, _ *call, s *search) {
		if s.hasStart {
			s.shown, s.start = s.start, s.start+1
		}
	},
	"startindex-as-page": func(_ *Provider, _ *call, s *search) {
		if s.hasStart {
			s.shown, s.start = s.start, (s.start-1)*max(s.count, 1)+1
		}
	},
	"startindex-capped": func(_ *Provider, _ *call, s *search) { s.start = min(s.start, 3) },
	"page-repeats-row": func(_ *Provider, _ *call, s *search) {
		if s.start > 1 {
			s.shown, s.start = s.start, s.start-1
		}
	},
	"page-skips-row": func(_ *Provider, _ *call, s *search) {
		if s.start > 1 {
			s.shown, s.start = s.start, s.start+1
		}
	},
	"sort-descending-ignored": func(_ *Provider, _ *call, s *search) { s.descend = false },
	"sort-always-descending":  func(_ *Provider, _ *call, s *search) { s.descend = s.sortBy != "" },
	"sort-by-subattribute-ignored": func(_ *Provider, _ *call, s *search) {
		if strings.Contains(s.sortBy, ".") {
			s.sortBy = ""
		}
	},
	"sort-urn-ignored": func(_ *Provider, _ *call, s *search) {
		if strings.HasPrefix(s.sortBy, "urn:") {
			s.sortBy = ""
		}
	},
	"projection-search-ignored": func(_ *Provider, _ *call, s *search) {
		if !s.get {
			s.proj = nil
		}
	},
	"search-filter-ignored": func(_ *Provider, _ *call, s *search) { s.hasFilter = s.hasFilter && s.get },
	"search-count-ignored": func(p *Provider, _ *call, s *search) {
		if !s.get {
			s.count, s.start = p.opt.MaxPage, 1
		}
	},
	"search-sort-ignored": func(_ *Provider, _ *call, s *search) {
		if !s.get {
			s.sortBy = ""
		}
	},
	"cursor-search-ignored": func(_ *Provider, _ *call, s *search) { s.hasCursor = s.hasCursor && s.get },
}

func asked(c *call, name string) int {
	n, _ := wholeNumber(c.query.Get(name))
	return n
}

// projectionBends are defects in how attributes and excludedAttributes are read.
var projectionBends = map[string]projectionBend{
	"attributes-ignored":          keepsProjection(func(_ *call, p *projection) bool { return p.exclude }),
	"excluded-attributes-ignored": keepsProjection(func(_ *call, p *projection) bool { return !p.exclude }),
	"projection-writes-ignored":   keepsProjection(func(c *call, _ *projection) bool { return c.r.Method == http.MethodGet || c.lists() }),
	"projection-items-ignored":    keepsProjection(func(c *call, _ *projection) bool { return !c.item() }),
	"excluded-members-ignored": func(_ *call, p *projection) *projection {
		if p.exclude {
			delete(p.whole, "members")
		}
		return p
	},
	"excluded-members-takes-name": func(_ *call, p *projection) *projection {
		if p.exclude && p.whole["members"] {
			p.whole["displayname"] = true
		}
		return p
	},
	"attributes-sub-gives-whole": func(_ *call, p *projection) *projection {
		if !p.exclude {
			for name := range p.parts {
				p.whole[name] = true
			}
		}
		return p
	},
	"attributes-sub-gives-nothing": func(_ *call, p *projection) *projection {
		if !p.exclude {
			p.parts = nil
		}
		return p
	},
	"excluded-sub-removes-whole": func(_ *call, p *projection) *projection {
		if p.exclude {
			for name := range p.parts {
				p.whole[name] = true
			}
		}
		return p
	},
	"attributes-urn-gives-nothing": func(_ *call, p *projection) *projection {
		for name := range p.whole {
			if strings.HasPrefix(name, "urn:") {
				delete(p.whole, name)
			}
		}
		return p
	},
	"attributes-case-sensitive": func(c *call, p *projection) *projection {
		for _, n := range splitNames(strings.Join(c.query["attributes"], ",")) {
			if n == lower(n) && n != "name" && n != "emails" && n != "active" && n != "title" && n != "meta" && n != "groups" || n == strings.ToUpper(n) {
				delete(p.whole, lower(n))
			}
		}
		return p
	},
	"attributes-first-only": func(c *call, p *projection) *projection {
		if names := splitNames(strings.Join(c.query["attributes"], ",")); !p.exclude && len(names) > 1 {
			return newProjection(false, names[:1])
		}
		return p
	},
	"attributes-adds-defaults": func(_ *call, p *projection) *projection {
		if !p.exclude {
			for _, n := range []string{"username", "displayname", "name", "active"} {
				p.whole[n] = true
			}
		}
		return p
	},
}

func keepsProjection(keep func(*call, *projection) bool) projectionBend {
	return func(c *call, p *projection) *projection {
		if keep(c, p) {
			return p
		}
		return nil
	}
}

// listHooks are defects in list responses.
var listHooks = map[string]responseHook{
	"total-page-size": lists(func(_ *call, o object) { o["totalResults"] = number(len(listOf(o["Resources"]))) }),
	"total-missing":   lists(func(_ *call, o object) { delete(o, "totalResults") }),
	"total-zero":      lists(func(_ *call, o object) { o["totalResults"] = number(0) }),
	"total-unfiltered": lists(func(c *call, o object) {
		if k := c.p.model.kindBySegment(c.head()); k != nil {
			o["totalResults"] = number(c.p.Count(c.tenant.name, k.segment))
		}
	}),
	"total-capped": lists(func(_ *call, o object) { o["totalResults"] = number(min(intOf(o["totalResults"]), 5)) }),
	"total-remaining": lists(func(_ *call, o object) {
		o["totalResults"] = number(max(0, intOf(o["totalResults"])-intOf(o["startIndex"])+1))
	}),
	"items-per-page-requested": lists(func(c *call, o object) { o["itemsPerPage"] = number(max(asked(c, "count"), 1)) }),
	"items-per-page-constant":  lists(func(_ *call, o object) { o["itemsPerPage"] = number(20) }),
	"items-per-page-missing":   lists(func(_ *call, o object) { delete(o, "itemsPerPage") }),
	"startindex-missing":       lists(func(_ *call, o object) { delete(o, "startIndex") }),
	"startindex-always-one":    lists(func(_ *call, o object) { o["startIndex"] = number(1) }),
	"startindex-echo-zero-based": lists(func(_ *call, o object) {
		o["startIndex"] = number(max(0, intOf(o["startIndex"])-1))
	}),
	"paging-strings": lists(func(_ *call, o object) {
		for _, n := range []string{"totalResults", "startIndex", "itemsPerPage"} {
			if v, ok := o[n].(json.Number); ok {
				o[n] = string(v)
			}
		}
	}),
	"resources-null-when-empty": lists(func(_ *call, o object) {
		if len(listOf(o["Resources"])) == 0 {
			o["Resources"] = nil
		}
	}),
	"resources-object": lists(func(_ *call, o object) {
		if list := listOf(o["Resources"]); len(list) == 1 {
			o["Resources"] = list[0]
		}
	}),
	"list-bare-array": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.lists() && o != nil {
			a.body = encode(listOf(o["Resources"]))
		}
	},
	"list-no-schemas":   lists(func(_ *call, o object) { delete(o, "schemas") }),
	"list-wrong-schema": lists(func(_ *call, o object) { o["schemas"] = []any{"urn:scim:schemas:core:1.0"} }),
	"list-lowercase-resources": lists(func(_ *call, o object) {
		o["resources"] = o["Resources"]
		delete(o, "Resources")
	}),
	"list-wrapped": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.lists() && o != nil {
			a.setTree(object{"data": o, "success": true})
		}
	},
	"list-thin": lists(func(_ *call, o object) {
		for _, e := range listOf(o["Resources"]) {
			r, _ := e.(object)
			for name := range r {
				if name != "id" && name != "schemas" && name != "userName" && name != "displayName" && name != "meta" {
					delete(r, name)
				}
			}
		}
	}),
	"list-without-meta": lists(func(_ *call, o object) {
		for _, e := range listOf(o["Resources"]) {
			if r, ok := e.(object); ok {
				delete(r, "meta")
			}
		}
	}),
	"list-without-ids": lists(func(_ *call, o object) {
		for _, e := range listOf(o["Resources"]) {
			if r, ok := e.(object); ok {
				delete(r, "id")
			}
		}
	}),
	"list-order-changes": lists(func(c *call, o object) {
		list := listOf(o["Resources"])
		n := int(c.p.serial.Add(1))
		sort.SliceStable(list, func(i, j int) bool { return n%2 == 0 && i > j })
		if n%2 == 0 {
			for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
				list[i], list[j] = list[j], list[i]
			}
		}
	}),
	"last-page-missing": lists(func(_ *call, o object) {
		n := len(listOf(o["Resources"]))
		if intOf(o["startIndex"]) > 1 && intOf(o["startIndex"])+n > intOf(o["totalResults"]) {
			o["Resources"], o["itemsPerPage"] = []any{}, number(0)
		}
	}),
	"filter-no-match-404": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.lists() && o != nil && intOf(o["totalResults"]) == 0 && c.query.Has("filter") {
			*a = *refuse(http.StatusNotFound, "", "No users found.").answer()
		}
	},
	"empty-list-204": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.lists() && o != nil && intOf(o["totalResults"]) == 0 {
			a.status, a.body = http.StatusNoContent, nil
		}
	},
	"filter-single-object": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.lists() && o != nil && len(listOf(o["Resources"])) == 1 && c.query.Has("filter") {
			a.body = encode(listOf(o["Resources"])[0])
		}
	},
	"cursor-loops": lists(func(c *call, o object) {
		if c.query.Has("cursor") && o["nextCursor"] == nil {
			s := &search{count: max(asked(c, "count"), 1), filter: c.query.Get("filter"), sortBy: c.query.Get("sortBy")}
			if k := c.p.model.kindBySegment(c.head()); k != nil {
				o["nextCursor"] = c.p.sealCursor(cursor{count: s.count, issued: c.p.now(), query: c.fingerprint(s, []*kind{k})})
			}
		}
	}),
	"cursor-first-previous": lists(func(c *call, o object) {
		if o["previousCursor"] == nil && o["nextCursor"] != nil {
			o["previousCursor"] = o["nextCursor"]
		}
	}),
	"cursor-next-missing": lists(func(_ *call, o object) { delete(o, "nextCursor") }),
	"cursor-unsafe-characters": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.lists() && o != nil {
			for _, n := range []string{"nextCursor", "previousCursor"} {
				if s, ok := o[n].(string); ok {
					o[n] = s + "+/=="
				}
			}
			a.setTree(o)
		}
	},
	"cursor-null": lists(func(c *call, o object) {
		if c.query.Has("cursor") && o["nextCursor"] == nil {
			o["nextCursor"] = nil
		}
	}),
	"cursor-wrong-type": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] == scim.InvalidCursor || o["scimType"] == scim.ExpiredCursor {
			o["scimType"] = scim.InvalidValue
			a.setTree(o)
		}
	}),
	"cursor-invalid-500": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] == scim.InvalidCursor {
			*a = *serverError()
		}
	}),
}
