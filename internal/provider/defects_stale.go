package provider

import (
	"net/http"
	"strings"
)

// staleHooks are defects of lists that are made by other queries than single reads: from an index that a change does not reach,
// and by a join that gives a row for each value.
var staleHooks = map[string]responseHook{
	"filter-new-group-name-none": unindexed("Groups", "displayName"),
	"filter-new-user-name-none":  unindexed("Users", "userName"),
	"filter-new-mail-none":       unindexed("Users", "emails"),
	"list-joins-mails":           joined("Users", "emails"),
	"list-joins-members":         joined("Groups", "members"),
}

// unindexed leaves out of the hits of a filter on the attribute whatever had another value when it was created.
func unindexed(segment, attr string) responseHook {
	return func(p *Provider, c *call, a *answer) {
		o := a.tree()
		if c.on(http.MethodPost, segment) && a.ok() {
			p.remember("index "+attr+stringOf(o["id"]), string(encode(o[attr])))
		}
		if !c.on(http.MethodGet, segment) || !strings.Contains(lower(c.query.Get("filter")), lower(attr)) {
			return
		}
		var kept []any
		for _, e := range listOf(o["Resources"]) {
			m, _ := e.(object)
			if was, ok := p.recall("index " + attr + stringOf(m["id"])).(string); !ok || m[attr] == nil || was == string(encode(m[attr])) {
				kept = append(kept, e)
			}
		}
		o["totalResults"] = number(intOf(o["totalResults"]) - len(listOf(o["Resources"])) + len(kept))
		o["Resources"], o["itemsPerPage"] = kept, number(len(kept))
		a.setTree(o)
	}
}

// joined repeats each resource of a list for every value of the attribute.
func joined(segment, attr string) responseHook {
	return lists(func(c *call, o object) {
		if c.head() != segment {
			return
		}
		var rows []any
		for _, e := range listOf(o["Resources"]) {
			m, _ := e.(object)
			for range max(1, len(listOf(m[attr]))) {
				rows = append(rows, e)
			}
		}
		o["totalResults"] = number(intOf(o["totalResults"]) - len(listOf(o["Resources"])) + len(rows))
		o["Resources"], o["itemsPerPage"] = rows, number(len(rows))
	})
}
