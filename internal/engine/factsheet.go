package engine

import (
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// emitFacts writes down what discovery itself measured. What the cases find out joins it.
func (e *Engine) emitFacts() {
	d := e.found
	users := d.responses["users"]
	add := func(group, id, title string, value any, r *response) {
		if value == nil {
			return
		}
		e.emit(result.Event{Type: result.FactFound, Case: "discovery", Fact: &result.Fact{ID: id, Group: group, Title: title, Value: value, Exchange: r.id()}})
	}
	add("Endpoint", "scim.version", "SCIM version", "2.0", users)
	add("Endpoint", "endpoint.url", "Base URL", e.o.Info.URL, nil)
	add("Endpoint", "auth.used", "Authentication used", e.o.Info.Auth, nil)
	if d.spc != nil {
		add("Authentication", "auth.schemes", "Authentication schemes announced", schemesOf(d.spc), d.responses["spc"])
	}
	if m, ok := users.value().(map[string]any); ok {
		add("Content", "users.total", "Users visible to this credential", m["totalResults"], users)
	}
	for _, f := range []string{"patch", "bulk", "filter", "sort", "etag", "change-password", "cursor", "groups", "enterprise", "events"} {
		add("Features", "feature."+f, "Offers "+f, d.features[f], d.responses["spc"])
	}
	add("Discovery", "discovery.spc", "ServiceProviderConfig", documentState(d.responses["spc"]), d.responses["spc"])
	add("Discovery", "discovery.resource-types", "ResourceTypes", documentState(d.responses["types"]), d.responses["types"])
	add("Discovery", "discovery.schemas", "Schemas", documentState(d.responses["schemas"]), d.responses["schemas"])
	if me := d.responses["me"]; me != nil {
		add("Endpoint", "me", "GET /Me answers", me.status(), me)
	}
	e.limits(add, users)
}

// limits are the numbers that the configuration announces and the headers that speak of rates.
func (e *Engine) limits(add func(string, string, string, any, *response), users *response) {
	for _, l := range []struct{ feature, member, id, title string }{
		{"filter", "maxResults", "filter.max-results", "Largest result of a filter, announced"},
		{"bulk", "maxOperations", "bulk.max-operations", "Largest bulk request, announced"},
		{"bulk", "maxPayloadSize", "bulk.max-payload", "Largest bulk body in bytes, announced"},
	} {
		if m, ok := e.found.spc[l.feature].(map[string]any); ok {
			add("Limits", l.id, l.title, m[l.member], e.found.responses["spc"])
		}
	}
	if users.x == nil || users.x.Response == nil {
		return
	}
	var rate []string
	for _, h := range users.x.Response.Headers {
		n := strings.ToLower(h.Name)
		if strings.Contains(n, "ratelimit") || strings.Contains(n, "rate-limit") || n == "retry-after" {
			rate = append(rate, h.Name+": "+h.Value)
		}
	}
	if len(rate) == 0 {
		rate = []string{"none"}
	}
	add("Limits", "rate.headers", "Rate-limit headers", strings.Join(rate, "; "), users)
}

func schemesOf(spc map[string]any) any {
	var out []string
	for _, x := range toList(spc["authenticationSchemes"]) {
		m, _ := x.(map[string]any)
		out = append(out, firstNonEmpty(text(m["type"]), text(m["name"])))
	}
	return strings.Join(out, ", ")
}

func documentState(r *response) any {
	switch {
	case r == nil:
		return nil
	case r.fault() != nil:
		return r.fault().Message
	case r.status() == 200 && r.isJSON:
		return "published"
	}
	return fmt.Sprintf("answers %d", r.status())
}
