package provider

import (
	"net/http"
	"strings"
)

// asyncHooks are a provider that answers asynchronously (RFC 9967 section 2.5.1.1), rightly and wrongly. The change itself is
// made at once; what differs is what the client is told.
var asyncHooks = map[string]responseHook{
	"async-requests":           async(func(*answer) {}),
	"async-202-with-body":      async(func(a *answer) { a.body = []byte(`{"status":"accepted"}`) }),
	"async-no-txn":             async(func(a *answer) { a.header.Del("Set-Txn") }),
	"async-preference-unsaid":  async(func(a *answer) { a.header.Del("Preference-Applied") }),
	"async-accept-406":         async(func(*answer) {}),
	"async-no-location":        async(func(a *answer) { a.header.Del("Location") }),
	"events-async-made-up":     documents("ServiceProviderConfig", announceEvents("sometimes", []any{eventPatch})),
	"events-uris-not-an-array": documents("ServiceProviderConfig", announceEvents("none", eventPatch)),
}

// eventPatch is one of the events of RFC 9967 section 2.4.
const eventPatch = "urn:ietf:params:event:SCIM:prov:patch:full"

func announceEvents(async string, uris any) func(*call, object) {
	return func(_ *call, o object) {
		o["securityEvents"] = object{"asyncRequest": async, "eventUris": uris}
	}
}

func prefersAsync(c *call) bool {
	return c.r.Method == http.MethodPatch && strings.Contains(c.r.Header.Get("Prefer"), "respond-async")
}

// async announces asynchronous requests and answers them with 202, changed by wrong.
func async(wrong func(*answer)) responseHook {
	announce := documents("ServiceProviderConfig", announceEvents("request", []any{eventPatch}))
	return func(p *Provider, c *call, a *answer) {
		announce(p, c, a)
		if !prefersAsync(c) || a.status >= 300 {
			return
		}
		a.status, a.body = http.StatusAccepted, nil
		a.header.Set("Set-Txn", "txn-"+c.path[len(c.path)-1])
		a.header.Set("Preference-Applied", "respond-async")
		if a.header.Get("Location") == "" {
			a.header.Set("Location", c.r.URL.Path)
		}
		wrong(a)
	}
}

// asyncRequests see a request that prefers an asynchronous answer before anything is done.
var asyncRequests = map[string]requestHook{
	"filter-injectable": func(_ *Provider, c *call) *answer {
		if f := lower(c.query.Get("filter")); c.lists() && (strings.Contains(f, "' or '1'='1") || strings.Contains(f, "' or 1=1 --")) {
			c.query.Del("filter")
		}
		return nil
	},
}

// ignoresAccept: Accept is about the later event and not about an asynchronous answer (RFC 9967 section 2.5.1.1).
func (p *Provider) ignoresAccept(c *call) bool {
	return prefersAsync(c) && (p.has("async-requests") || p.has("async-202-with-body") || p.has("async-no-txn") || p.has("async-preference-unsaid") || p.has("async-no-location"))
}
