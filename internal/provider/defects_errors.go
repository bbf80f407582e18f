package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// errorHooks are defects in error responses.
var errorHooks = map[string]responseHook{
	"error-status-number":  failures(func(_ *call, a *answer, o object) { o["status"] = number(a.status); a.setTree(o) }),
	"error-status-missing": failures(func(_ *call, a *answer, o object) { delete(o, "status"); a.setTree(o) }),
	"error-status-differs": failures(func(_ *call, a *answer, o object) { o["status"] = "500"; a.setTree(o) }),
	"error-no-schemas":     failures(func(_ *call, a *answer, o object) { delete(o, "schemas"); a.setTree(o) }),
	"error-legacy-envelope": failures(func(_ *call, a *answer, o object) {
		a.setTree(object{"Errors": []any{object{"description": o["detail"], "code": o["status"]}}})
	}),
	"error-no-detail": failures(func(_ *call, a *answer, o object) { delete(o, "detail"); a.setTree(o) }),
	"error-detail-object": failures(func(_ *call, a *answer, o object) {
		o["detail"] = object{"message": o["detail"]}
		a.setTree(o)
	}),
	"error-own-shape": failures(func(_ *call, a *answer, o object) {
		a.setTree(object{"error": object{"code": number(a.status), "message": o["detail"]}})
	}),
	"error-array":      failures(func(_ *call, a *answer, o object) { a.body = encode([]any{o}) }),
	"scimtype-missing": failures(func(_ *call, a *answer, o object) { delete(o, "scimType"); a.setTree(o) }),
	"scimtype-made-up": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] != nil {
			o["scimType"] = "VALIDATION_ERROR"
			a.setTree(o)
		}
	}),
	"scimtype-always-invalid-value": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] != nil {
			o["scimType"] = scim.InvalidValue
			a.setTree(o)
		}
	}),
	"error-html": failures(func(_ *call, a *answer, o object) {
		a.text("text/html; charset=utf-8", "<html><body><h1>"+http.StatusText(a.status)+"</h1></body></html>")
	}),
	"error-plain-text": failures(func(_ *call, a *answer, o object) {
		a.text("text/plain; charset=utf-8", stringOf(o["detail"]))
	}),
	"error-empty-body": failures(func(_ *call, a *answer, _ object) { a.body = nil }),
	"error-json-media": failures(func(_ *call, a *answer, _ object) { a.header.Set("Content-Type", mediaJSON) }),
	"error-200":        failures(func(_ *call, a *answer, _ object) { a.status = http.StatusOK }),
	"error-stack-trace": failures(func(_ *call, a *answer, o object) {
		o["detail"] = stringOf(o["detail"]) + "\n    at UserController.handle (/srv/app/src/controllers/user.js:42:13)\n    at Layer.handle (/srv/app/node_modules/express/lib/router/layer.js:95:5)"
		a.setTree(o)
	}),
	"error-repeats-password": failures(func(c *call, a *answer, o object) {
		if sent, _ := decodeObject(c.body); stringOf(sent["password"]) != "" {
			o["detail"] = stringOf(o["detail"]) + " The request was " + string(c.body)
			a.setTree(o)
		}
	}),
	"error-leaks-sql": failures(func(_ *call, a *answer, o object) {
		if a.status == http.StatusConflict {
			o["detail"] = `duplicate key value violates unique constraint "scim_user_user_name_key" DETAIL: Key (user_name)=(x) already exists. INSERT INTO scim_user (user_name) VALUES ($1)`
			a.setTree(o)
		}
	}),
	"notfound-text": failures(func(_ *call, a *answer, _ object) {
		if a.status == http.StatusNotFound {
			a.text("text/plain; charset=utf-8", "Not Found")
		}
	}),
	"notfound-empty": failures(func(_ *call, a *answer, _ object) {
		if a.status == http.StatusNotFound {
			a.body = nil
		}
	}),
	"notfound-400": failures(func(c *call, a *answer, o object) {
		if a.status == http.StatusNotFound && c.item() {
			*a = *refuse(http.StatusBadRequest, "", "%s", stringOf(o["detail"])).answer()
		}
	}),
	"notfound-403": failures(func(c *call, a *answer, o object) {
		if a.status == http.StatusNotFound && c.item() {
			*a = *refuse(http.StatusForbidden, "", "%s", stringOf(o["detail"])).answer()
		}
	}),
	"unknown-200-empty": failures(func(c *call, a *answer, _ object) {
		if a.status == http.StatusNotFound && c.item() && c.r.Method == http.MethodGet {
			a.status, a.body = http.StatusOK, []byte("{}")
		}
	}),
	"unknown-200-null": failures(func(c *call, a *answer, _ object) {
		if a.status == http.StatusNotFound && c.item() && c.r.Method == http.MethodGet {
			a.status, a.body = http.StatusOK, []byte("null")
		}
	}),
	"unknown-200-error": failures(func(c *call, a *answer, _ object) {
		if a.status == http.StatusNotFound && c.item() {
			a.status = http.StatusOK
		}
	}),
	"unknown-500": failures(func(c *call, a *answer, _ object) {
		if a.status == http.StatusNotFound && c.item() {
			*a = *serverError()
		}
	}),
	"unknown-path-html": failures(func(c *call, a *answer, _ object) {
		if a.status == http.StatusNotFound && !c.item() {
			a.text("text/html", "<!DOCTYPE html><html><body><pre>Cannot GET</pre></body></html>")
		}
	}),
	"unknown-path-200": failures(func(c *call, a *answer, _ object) {
		if a.status == http.StatusNotFound && !c.item() && !c.discovery() {
			a.status = http.StatusOK
			a.text("text/html", "<!DOCTYPE html><html><body><div id=\"app\"></div></body></html>")
		}
	}),
	"405-without-allow": failures(func(_ *call, a *answer, _ object) { a.header.Del("Allow") }),
	"405-as-500": failures(func(_ *call, a *answer, _ object) {
		if a.status == http.StatusMethodNotAllowed {
			*a = *serverError()
		}
	}),
	"405-as-200": failures(func(_ *call, a *answer, _ object) {
		if a.status == http.StatusMethodNotAllowed {
			*a = *reply(http.StatusOK, []byte("{}"))
		}
	}),
	"filter-no-scimtype": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] == scim.InvalidFilter {
			delete(o, "scimType")
			a.setTree(o)
		}
	}),
	"mutability-no-scimtype": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] == scim.Mutability || o["scimType"] == scim.NoTarget {
			delete(o, "scimType")
			a.setTree(o)
		}
	}),
	"bad-request-422": failures(func(_ *call, a *answer, o object) {
		if a.status == http.StatusBadRequest {
			a.status, o["status"] = http.StatusUnprocessableEntity, "422"
			a.setTree(o)
		}
	}),
	"bad-request-500": failures(func(_ *call, a *answer, o object) {
		if a.status == http.StatusBadRequest {
			*a = *serverError()
		}
	}),
	"negative-paging-500": func(_ *Provider, c *call, a *answer) {
		if strings.HasPrefix(c.query.Get("startIndex"), "-") || strings.HasPrefix(c.query.Get("count"), "-") {
			*a = *serverError()
		}
	},
	"negative-paging-400": func(_ *Provider, c *call, a *answer) {
		if strings.HasPrefix(c.query.Get("startIndex"), "-") || strings.HasPrefix(c.query.Get("count"), "-") || c.query.Get("startIndex") == "0" {
			*a = *refuse(http.StatusBadRequest, scim.InvalidValue, "startIndex and count have to be positive.").answer()
		}
	},
	"paging-word-500": failures(func(c *call, a *answer, _ object) {
		if _, ok := wholeNumber(c.query.Get("count")); a.status == 400 && c.query.Has("count") && !ok {
			*a = *serverError()
		}
	}),
	"paging-start-word-500": failures(func(c *call, a *answer, _ object) {
		if _, ok := wholeNumber(c.query.Get("startIndex")); a.status == 400 && c.query.Has("startIndex") && !ok {
			*a = *serverError()
		}
	}),
	"paging-huge-500": func(_ *Provider, c *call, a *answer) {
		if len(c.query.Get("count")) > 9 || len(c.query.Get("startIndex")) > 9 {
			*a = *serverError()
		}
	},
	"count-hundred-400": func(_ *Provider, c *call, a *answer) {
		if asked(c, "count") >= 100 {
			*a = *refuse(http.StatusBadRequest, scim.InvalidValue, "count is too large.").answer()
		}
	},
	"count-over-max-400": func(_ *Provider, c *call, a *answer) {
		if asked(c, "count") > c.p.opt.MaxPage {
			*a = *refuse(http.StatusBadRequest, scim.InvalidValue, "count is too large.").answer()
		}
	},
	"startindex-beyond-404": lists404,
	"sort-unknown-500": failures(func(c *call, a *answer, _ object) {
		if c.query.Has("sortBy") && a.status == 400 {
			*a = *serverError()
		}
	}),
	"if-match-500": failures(func(_ *call, a *answer, _ object) {
		if a.status == http.StatusPreconditionFailed {
			*a = *serverError()
		}
	}),
	"bulk-too-large-400": failures(func(_ *call, a *answer, o object) {
		if a.status == http.StatusRequestEntityTooLarge {
			*a = *refuse(http.StatusBadRequest, scim.TooMany, "Too large.").answer()
		}
	}),
	"bulk-limit-not-named": failures(func(_ *call, a *answer, o object) {
		if a.status == http.StatusRequestEntityTooLarge {
			o["detail"] = "Request Entity Too Large"
			a.setTree(o)
		}
	}),
}

var lists404 responseHook = func(_ *Provider, c *call, a *answer) {
	if o := a.tree(); a.ok() && c.lists() && o != nil && intOf(o["startIndex"]) > intOf(o["totalResults"])+1 {
		*a = *refuse(http.StatusNotFound, "", "There is no such page.").answer()
	}
}
