package provider

import (
	"net/http"
)

// bulkHooks are defects in Bulk responses.
var bulkHooks = map[string]responseHook{
	"bulk-status-200":        bulkResults(func(o object) { o["status"] = "200" }),
	"bulk-location-missing":  bulkResults(func(o object) { delete(o, "location") }),
	"bulk-bulkid-missing":    bulkResults(func(o object) { delete(o, "bulkId") }),
	"bulk-method-missing":    bulkResults(func(o object) { delete(o, "method") }),
	"bulk-error-no-response": bulkResults(func(o object) { delete(o, "response") }),
	"bulk-status-missing":    bulkResults(func(o object) { delete(o, "status") }),
	"bulk-wrong-schema": bulkBody(func(o object) {
		o["schemas"] = []any{urnBulk}
	}),
	"bulk-as-list": bulkBody(func(o object) {
		o["schemas"], o["Resources"] = []any{urnList}, o["Operations"]
		delete(o, "Operations")
	}),
	"bulk-failing-job-400": func(_ *Provider, c *call, a *answer) {
		o := a.tree()
		if c.head() != "Bulk" || !a.ok() || o == nil {
			return
		}
		for _, e := range listOf(o["Operations"]) {
			if r, ok := e.(object); ok && stringOf(r["status"]) >= "400" {
				*a = *refuse(http.StatusBadRequest, "", "An operation failed.").answer()
				return
			}
		}
	},
	"bulk-results-lost": bulkBody(func(o object) { o["Operations"] = []any{} }),
	"bulk-201": func(_ *Provider, c *call, a *answer) {
		if c.head() == "Bulk" && a.status == http.StatusOK {
			a.status = http.StatusCreated
		}
	},
}

func bulkBody(f func(object)) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); c.head() == "Bulk" && a.ok() && o != nil {
			f(o)
			a.setTree(o)
		}
	}
}

func bulkResults(f func(object)) responseHook {
	return bulkBody(func(o object) {
		for _, e := range listOf(o["Operations"]) {
			if r, ok := e.(object); ok {
				f(r)
			}
		}
	})
}
