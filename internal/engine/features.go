package engine

import (
	"fmt"
	"maps"
	"strings"
)

// feature tells whether the target offers something, and if not, how we know. Names that nobody
// knows are refused by the loader; here they count as offered.
func (e *Engine) feature(name string) (bool, string) {
	if on, ok := e.o.Features[name]; ok {
		return on, "switched off by --feature " + name + "=off"
	}
	if on, ok := e.found.features[name]; ok {
		return on, firstNonEmpty(e.found.reasons[name], "not offered by the target: "+name)
	}
	return true, ""
}

func (e *Engine) featureMap() map[string]any {
	out := map[string]any{}
	for k, v := range e.found.features {
		out[k] = v
	}
	for k, v := range e.o.Features {
		out[k] = v
	}
	return out
}

// learnFeatures decides applicability from ServiceProviderConfig, ResourceTypes, Schemas and two
// probes. What is not said counts as offered: a server without discovery documents is tested whole.
func (e *Engine) learnFeatures(users, groups *response) {
	d := e.found
	for _, f := range []string{"patch", "bulk", "filter", "sort", "etag", "changePassword"} {
		on, said := spcSupported(d.spc, f)
		name := strings.ToLower(strings.ReplaceAll(f, "changePassword", "change-password"))
		switch {
		case said:
			d.set(name, on, fmt.Sprintf("not offered: ServiceProviderConfig says %s.supported = false", f))
		case name == "patch" || name == "filter":
			d.set(name, true, "")
		default:
			d.set(name, false, "not offered: ServiceProviderConfig does not announce "+f)
		}
	}
	d.set("spc", d.spc != nil, "the target has no ServiceProviderConfig")
	d.set("schemas", d.schemasPublished, "the target publishes no schemas")
	d.set("resource-types", len(d.typeList) > 0, "the target publishes no resource types")
	d.set("users", e.hasType("User", "/Users", users), "the target has no /Users")
	d.set("groups", e.hasType("Group", "/Groups", groups), "the target has no /Groups")
	d.set("enterprise", e.hasEnterprise(), "the target does not offer the enterprise extension")
	pg, _ := d.spc["pagination"].(map[string]any)
	d.set("cursor", strings.EqualFold(fmt.Sprint(pg["cursor"]), "true"), "not offered: ServiceProviderConfig does not announce pagination.cursor (RFC 9865)")
	index, said := pg["index"].(bool)
	d.set("index", !said || index, "not offered: ServiceProviderConfig says pagination.index = false")
	ev, _ := d.spc["securityEvents"].(map[string]any)
	d.set("events", len(ev) > 0, "not offered: ServiceProviderConfig does not announce securityEvents (RFC 9967)")
	d.set("write", !e.o.Run.ReadOnly, "read-only run")
	d.set("token-b", e.o.Target.AuthB != nil, "no second credential was given (--token-b)")
	d.set("rate-test", e.o.RateTest || !e.o.Remote, "the rate test is off for remote targets (--rate-test)")
	d.set("disposable", e.o.Run.Demo || e.o.Target.Disposable, "the target was not declared disposable (--feature disposable=on), and this client deletes what it does not know")
	d.set("loopback", !e.o.Remote, "only for targets on this machine")
	d.set("remote", e.o.Remote, "only for remote targets")
}

func (d *discovery) set(name string, on bool, reason string) {
	d.features[name] = on
	if !on {
		d.reasons[name] = reason
	}
}

func spcSupported(spc map[string]any, name string) (on, said bool) {
	m, ok := spc[name].(map[string]any)
	if !ok {
		return false, false
	}
	switch t := m["supported"].(type) {
	case bool:
		return t, true
	case string:
		return strings.EqualFold(t, "true"), true
	}
	return false, false
}

// hasType: published as a resource type, or its endpoint answers a list although nothing is published.
func (e *Engine) hasType(name, endpoint string, probe *response) bool {
	for _, t := range e.found.typeList {
		m, _ := t.(map[string]any)
		if strings.EqualFold(text(m["name"]), name) || strings.EqualFold("/"+strings.TrimPrefix(text(m["endpoint"]), "/"), endpoint) {
			return true
		}
	}
	if probe.status() == 404 || probe.status() == 501 || probe.status() == 405 {
		return false
	}
	return len(e.found.typeList) == 0 || looksSCIM(probe)
}

func (e *Engine) hasEnterprise() bool {
	const urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
	if len(e.found.typeList) == 0 && !e.found.schemasPublished {
		return true
	}
	return strings.Contains(strings.ToLower(jsonOf(e.found.typeList)), urn) || strings.Contains(strings.ToLower(jsonOf(e.found.schemaList)), urn)
}

func jsonOf(v any) string { return fmt.Sprint(v) }

// Features gives a copy of what was discovered, for callers outside of a run.
func (e *Engine) Features() map[string]bool { return maps.Clone(e.found.features) }
