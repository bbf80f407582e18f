package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// discovery is what the target says of itself, read once before anything is planned.
type discovery struct {
	spc              map[string]any
	schemas          *scim.SchemaSet
	schemasPublished bool
	schemaList       []any // raw definitions
	typeList         []any
	features         map[string]bool
	reasons          map[string]string
	responses        map[string]*response
}

func standardDiscovery() *discovery {
	return &discovery{schemas: scim.StandardSchemas(), features: map[string]bool{}, reasons: map[string]string{}, responses: map[string]*response{}}
}

// discover reads a page of users first (it tells whether the target can be tested at all), then the
// discovery documents. It returns a diagnosis when testing makes no sense: one clear sentence
// instead of hundreds of equal failures.
func (e *Engine) discover(ctx context.Context) *result.Diagnosis {
	e.found = standardDiscovery()
	s := e.discoveryScope()
	users := s.probe(ctx, "users", "/Users", "startIndex=1&count=1", "Is there a SCIM endpoint?")
	if d := diagnoseTransport(users); d != nil {
		return d
	}
	spc := s.probe(ctx, "spc", "/ServiceProviderConfig", "", "Read the ServiceProviderConfig")
	if d := diagnoseFirst(users, spc); d != nil {
		return d
	}
	types := s.probe(ctx, "types", "/ResourceTypes", "", "Read the resource types")
	schemas := s.probe(ctx, "schemas", "/Schemas", "", "Read the schemas")
	if !looksSCIM(users) && !looksSCIM(spc) && !looksSCIM(types) && !looksSCIM(schemas) {
		return notSCIM(users, spc)
	}
	groups := s.probe(ctx, "groups", "/Groups", "startIndex=1&count=1", "Are there groups?")
	e.found.learn(spc, types, schemas)
	e.learnFeatures(users, groups)
	s.probe(ctx, "me", "/Me", "", "Is there /Me?")
	return nil
}

func (e *Engine) discoveryScope() *scope {
	in := &instance{id: "discovery", order: -1}
	s := &scope{e: e, in: in, base: "discovery", seq: &counter{}, names: map[string]int{}, created: &objects{}}
	s.vars = map[string]any{}
	return s
}

func (s *scope) probe(ctx context.Context, name, path, query, purpose string) *response {
	r := s.send(ctx, nil, outgoing{Request: exchange.Request{Case: "discovery", Step: name, Purpose: purpose, Method: "GET", Path: path, RawQuery: query,
		Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}})
	s.e.found.responses[name] = r
	return r
}

// diagnoseTransport: the very first request got no usable answer.
func diagnoseTransport(r *response) *result.Diagnosis {
	f := r.fault()
	if f == nil {
		return nil
	}
	if f.Kind == "redirect" {
		return &result.Diagnosis{Kind: "redirect", Message: "the endpoint redirects elsewhere: " + f.Message, Exchange: r.id(),
			Hint: firstNonEmpty(f.Hint, "Is the base URL right, and does the endpoint take API credentials? A redirect usually leads to a login page.")}
	}
	return &result.Diagnosis{Kind: f.Kind, Message: "the target could not be reached: " + f.Message, Hint: f.Hint, Exchange: r.id()}
}

// diagnoseFirst looks at the first two answers for what makes a run pointless.
func diagnoseFirst(users, spc *response) *result.Diagnosis {
	switch st := users.status(); {
	case st == 401 || st == 403 && !looksSCIM(spc):
		return &result.Diagnosis{Kind: "unauthorized", Exchange: users.id(),
			Message: fmt.Sprintf("the target refuses our credentials: GET /Users answered %s", statusText(users)),
			Hint:    "Check the token (SCIMMAGE_TOKEN, --token-file), whether it has expired, and whether the endpoint wants another scheme (--auth header sends the value without \"Bearer\")."}
	case isHTML(users) && (spc.status() == 0 || isHTML(spc)):
		return &result.Diagnosis{Kind: "html", Exchange: users.id(),
			Message: fmt.Sprintf("this is a web page, not a SCIM endpoint: GET /Users answered %d with HTML", st),
			Hint:    "The base URL probably points at the application itself. SCIM endpoints usually end in /scim/v2; try scimmage probe --url with the address of the application."}
	}
	return nil
}

func isHTML(r *response) bool {
	if r.x == nil || r.x.Response == nil || r.isJSON {
		return false
	}
	if strings.Contains(strings.ToLower(r.x.Response.Header("Content-Type")), "html") {
		return true
	}
	b := strings.ToLower(firstLine(string(r.x.Response.RawBody), 200))
	return strings.HasPrefix(b, "<!doctype html") || strings.HasPrefix(b, "<html")
}

// looksSCIM: a JSON object that only SCIM would give.
func looksSCIM(r *response) bool {
	if r == nil || r.status() == 0 {
		return false
	}
	if r.status() == 406 || r.status() == 415 { // somebody reads media types there, and does not take SCIM's: worth a report
		return true
	}
	if r.status() > 299 {
		m, _ := r.value().(map[string]any)
		return strings.Contains(strings.ToLower(show(m["schemas"])), "urn:ietf:params:scim:api:messages:2.0:error") && r.status() >= 500
	}
	m, ok := r.value().(map[string]any)
	if !ok {
		l, isList := r.value().([]any)
		return isList && len(l) > 0 && strings.Contains(show(l[0]), "urn:ietf:params:scim")
	}
	if _, ok := m["totalResults"]; ok {
		return true
	}
	if _, ok := m["Resources"]; ok {
		return true
	}
	return strings.Contains(strings.ToLower(show(m["schemas"])), "urn:ietf:params:scim") || m["patch"] != nil && m["filter"] != nil
}

func notSCIM(users, spc *response) *result.Diagnosis {
	d := &result.Diagnosis{Kind: "not-scim", Exchange: users.id(), Hint: "Check the base URL: it is what stands before /Users. scimmage probe --url tries the usual places and says what it finds."}
	switch {
	case strings.Contains(strings.ToLower(rawOf(users)+rawOf(spc)), "urn:scim:schemas:core:1.0"):
		d.Kind, d.Message = "scim-1.1", "this endpoint speaks SCIM 1.1; scimmage tests SCIM 2.0 (RFC 7643, 7644)"
	case users.status() == 404:
		d.Message = "nothing here: GET /Users answered " + statusText(users)
	case len(rawOf(users)) == 0 && users.status() < 300:
		d.Kind, d.Message = "empty", fmt.Sprintf("GET /Users answered %d with an empty body", users.status())
	case users.jsonErr != nil:
		d.Kind, d.Message = "not-json", fmt.Sprintf("GET /Users answered %d with a body that is no JSON: %v", users.status(), users.jsonErr)
	default:
		d.Message = fmt.Sprintf("no SCIM here: GET /Users answered %s and nothing in it looks like SCIM", statusText(users))
	}
	return d
}

func rawOf(r *response) string {
	if r == nil || r.x == nil || r.x.Response == nil {
		return ""
	}
	return string(r.x.Response.RawBody)
}

// learn keeps what the discovery documents say.
func (d *discovery) learn(spc, types, schemas *response) {
	if spc.status() == 200 {
		d.spc, _ = spc.value().(map[string]any)
	}
	if schemas.status() == 200 && schemas.isJSON {
		set, _ := scim.ParseSchemas(schemas.json)
		if set != nil && len(set.Schemas()) > 0 {
			d.schemas, d.schemasPublished = set, true
		}
		d.schemaList = resourcesOf(schemas.value())
	}
	if types.status() == 200 && types.isJSON {
		d.typeList = resourcesOf(types.value())
		if ts, _ := scim.ParseResourceTypes(types.json); len(ts) > 0 {
			d.schemas = d.schemas.WithResourceTypes(ts)
		}
	}
}

func resourcesOf(body any) []any {
	switch t := body.(type) {
	case []any:
		return t
	case map[string]any:
		l, _ := t["Resources"].([]any)
		return l
	}
	return nil
}
