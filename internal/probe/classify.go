package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// Kind is what an answer, or a whole address, turned out to be.
type Kind string

// The kinds, the most telling first.
const (
	KindSCIM2       Kind = "scim-2.0"
	KindSCIM1       Kind = "scim-1.1"
	KindElsewhere   Kind = "scim-elsewhere"    // SCIM errors come from here, but no SCIM resources are at this base
	KindNeedsAuth   Kind = "needs-credentials" // refused, and we sent none
	KindWrongAuth   Kind = "wrong-credentials" // refused, and we sent one
	KindAPI         Kind = "not-scim-api"      // a REST, GraphQL or SOAP service that is not SCIM
	KindWeb         Kind = "web-app"           // HTML, or a redirect to a login page
	KindMoved       Kind = "moved"             // redirects to another address
	KindLimited     Kind = "rate-limited"
	KindOff         Kind = "not-enabled" // the product says that SCIM is off, or not part of the plan
	KindPlain       Kind = "wants-https" // plain HTTP was sent to a port of TLS
	KindFailing     Kind = "failing"     // 5xx, garbage, or an answer that no rule explains
	KindNothing     Kind = "nothing"     // no such page
	KindUnreachable Kind = "unreachable"
)

// rank orders kinds: the verdict is the best sighting.
var rank = map[Kind]int{KindSCIM2: 100, KindSCIM1: 90, KindNeedsAuth: 70, KindWrongAuth: 70, KindElsewhere: 65, KindAPI: 60,
	KindWeb: 50, KindMoved: 45, KindOff: 75, KindPlain: 43, KindLimited: 42, KindFailing: 40, KindNothing: 10, KindUnreachable: 5}

// Sighting is one answer and what it shows.
type Sighting struct {
	URL       string  `json:"url"`
	Status    int     `json:"status,omitempty"`
	MediaType string  `json:"media_type,omitempty"`
	Kind      Kind    `json:"kind"`
	Version   string  `json:"version,omitempty"`
	Sure      bool    `json:"sure"`
	Detail    string  `json:"detail"`
	MS        float64 `json:"ms,omitempty"`

	base     string
	location string
	fault    string // kind of the transport fault
	endpoint string
}

const (
	errorURN = "urn:ietf:params:scim:api:messages:2.0:error"
	listURN  = "urn:ietf:params:scim:api:messages:2.0:listresponse"
	spcURN   = "urn:ietf:params:scim:schemas:core:2.0:serviceproviderconfig"
	urn2     = "urn:ietf:params:scim:"
	urn1     = "urn:scim:schemas:"
)

var (
	loginWord   = regexp.MustCompile(`(?i)(log-?in|sign-?in|/auth\b|/auth/|oauth|saml|sso|openid|accounts?\.|return_?(to|url)|redirect_uri)`)
	loginPage   = regexp.MustCompile(`(?i)(type=["']?password|<title>[^<]*(log ?in|sign ?in)|sign in to|log in to)`)
	spaPage     = regexp.MustCompile(`(?i)<div id=["']?(root|app|__next)["' >]`)
	botPage     = regexp.MustCompile(`(?i)(cf-chl|just a moment|captcha|access denied|request blocked|web application firewall|incapsula)`)
	refusal     = regexp.MustCompile(`(?i)(unauthori[sz]ed|unauthenticated|not authenticated|authentication (is )?required|invalid (api )?(key|token)|missing (api )?(key|token)|(token|api key|credentials?) (is |are )?(missing|invalid|expired|required)|log ?in required|access token|not_authed|invalid_auth|token_expired)`)
	switchedOff = regexp.MustCompile(`(?i)(scim|provisioning|directory sync)[^.]{0,60}(not (been )?(enabled|available|activated|configured|included|part of)|disabled|requires? (an? )?(\w+ )?(plan|licen[cs]e|upgrade)|upgrade|(only )?available (on|in|with|for))|(enable|activate|upgrade)[^.]{0,40}(scim|provisioning)`)
	tlsPort     = regexp.MustCompile(`(?i)(plain HTTP request was sent to (an )?HTTPS|sent an HTTP request to an HTTPS)`)
	leadsToAuth = regexp.MustCompile(`(?i)http-equiv=["']?refresh[^>]*(log-?in|sign-?in|sso|saml|oauth|accounts?\.)`)
	graphError  = regexp.MustCompile(`(?i)(must provide query|graphql|query string)`)
)

// classify reads one answer. credentials says whether the request carried some.
func classify(x *result.Exchange, credentials bool) Sighting {
	s := Sighting{URL: x.Request.URL, MS: x.Timing.Total}
	if r := x.Response; r != nil {
		s.Status = r.Status
		s.MediaType, _, _ = mime.ParseMediaType(r.Header("Content-Type"))
		s.location = r.Header("Location")
	}
	refused := KindNeedsAuth
	if credentials {
		refused = KindWrongAuth
	}
	if x.Response == nil || x.Error != nil && s.location == "" && x.Error.Kind != "body-too-large" {
		return s.unanswered(x, refused)
	}
	body := bytes.TrimPrefix(bytes.TrimSpace(x.Response.RawBody), []byte("\xef\xbb\xbf"))
	if len(body) > largeAnswer && !bytes.Contains(clip(body), []byte("urn:")) && (body[0] == '[' || body[0] == '{') {
		s.set(KindAPI, false, fmt.Sprintf("JSON of %d MB, although one entry was asked for, which begins with nothing of SCIM", len(body)>>20))
		return s
	}
	v, err := scim.ParseView(scim.Unmarked(body))
	isJSON := err == nil && (v.IsObject() || v.IsArray())
	if isJSON {
		if done := s.scimBody(v, refused); done {
			return s
		}
	}
	switch {
	case (s.Status == 402 || s.Status == 403 || s.Status == 404) && isJSON && switchedOff.MatchString(message(v)):
		s.set(KindOff, true, fmt.Sprintf("status %d: %s", s.Status, said(message(v))))
	case s.Status == 400 && tlsPort.Match(clip(body)):
		s.set(KindPlain, true, "status 400: plain HTTP was sent to a port that speaks TLS")
	case s.Status == 401 || s.Status == 407:
		s.refused(x, refused, strings.Contains(strings.ToLower(x.Response.Header("WWW-Authenticate")+string(clip(body))), "scim"))
	case s.Status >= 300 && s.Status < 400:
		s.redirected()
	case s.Status == 429:
		s.set(KindLimited, true, "429: the rate limit is used up"+retryNote(x.Response))
	case s.Status == 403:
		s.forbidden(x, body, isJSON, refused)
	case x.Error != nil:
		s.set(KindFailing, false, "the answer is too large to be read: "+x.Error.Message)
	case isJSON:
		s.plainJSON(v, body, refused)
	default:
		s.notJSON(body)
	}
	return s
}

// largeAnswer is more than any answer to a request for one entry should be; reading it again for each address takes minutes.
const largeAnswer = 2 << 20

func (s *Sighting) set(k Kind, sure bool, detail string) {
	s.Kind, s.Sure, s.Detail = k, sure, detail
}

func (s Sighting) unanswered(x *result.Exchange, refused Kind) Sighting {
	s.set(KindUnreachable, true, "no answer")
	if x.Error != nil {
		s.fault = x.Error.Kind
		s.Detail = x.Error.Message
		if x.Error.Hint != "" {
			s.Detail += ". " + x.Error.Hint
		}
		switch x.Error.Kind {
		case "auth":
			s.set(refused, true, "no access token could be had: "+x.Error.Message)
		case "protocol":
			s.set(KindFailing, true, "something answers, but not HTTP: "+x.Error.Message)
		case "reset", "truncated":
			s.Kind = KindFailing
		}
	}
	return s
}

// schemaWords are the schema URNs of a body, lower case.
func schemaWords(v scim.View) string {
	var b strings.Builder
	for _, x := range v.Get("schemas").Items() {
		b.WriteString(strings.ToLower(x.Str()) + " ")
	}
	if v.Get("schemas").IsString() { // seen: a string instead of an array
		b.WriteString(strings.ToLower(v.Get("schemas").Str()))
	}
	return b.String()
}

// scimBody recognises SCIM by what a body says of itself, whatever the status.
func (s *Sighting) scimBody(v scim.View, refused Kind) bool {
	words := schemaWords(v)
	switch {
	case strings.Contains(words, errorURN):
		s.scimError(v, refused)
	case s.Status >= 300:
		return s.errors1(v, refused)
	case strings.Contains(words, listURN):
		s.version(KindSCIM2, "2.0", true, "a SCIM 2.0 list (its schemas say so)")
	case strings.Contains(words, urn2):
		s.version(KindSCIM2, "2.0", true, "a SCIM 2.0 resource (its schemas say so)")
	case strings.Contains(words, urn1):
		s.version(KindSCIM1, "1.1", true, "a SCIM 1.1 answer (schemas name "+urn1+"…)")
	default:
		return s.errors1(v, refused) || s.byShape(v)
	}
	return true
}

func (s *Sighting) version(k Kind, version string, sure bool, detail string) {
	s.set(k, sure, detail)
	s.Version = version
}

// scimError: the error says SCIM 2.0 by itself; its status says whether the place is right.
func (s *Sighting) scimError(v scim.View, refused Kind) {
	detail := v.Get("detail").Str()
	switch {
	case s.Status < 500 && switchedOff.MatchString(detail):
		s.version(KindOff, "2.0", true, fmt.Sprintf("a SCIM 2.0 error, status %d: %s", s.Status, said(detail)))
	case s.Status == 401 || s.Status == 403 || s.Status == 407 || s.Status < 500 && refusal.MatchString(detail):
		s.version(refused, "2.0", true, fmt.Sprintf("a SCIM 2.0 error, status %d: %s", s.Status, said(detail)))
	case s.Status == 404 || s.Status == 405 || s.Status == 501:
		s.version(KindElsewhere, "2.0", true, fmt.Sprintf("a SCIM 2.0 error, status %d: SCIM is spoken here, but not at this path (%s)", s.Status, said(detail)))
	default:
		s.version(KindSCIM2, "2.0", true, fmt.Sprintf("a SCIM 2.0 error, status %d: %s", s.Status, said(detail)))
	}
}

// errors1 is the error form of SCIM 1.1: {"Errors":[{"description","code"}]}.
func (s *Sighting) errors1(v scim.View, refused Kind) bool {
	exact := false
	v.Each(func(k string, _ scim.View) bool { exact = exact || k == "Errors"; return true })
	first := v.Get("Errors").At("[0]")
	if items := v.Get("Errors").Items(); len(items) > 0 {
		first = items[0]
	}
	if !exact || !first.Get("description").Exists() || !first.Get("code").Exists() {
		return false
	}
	kind := KindElsewhere
	if s.Status == 401 || s.Status == 403 {
		kind = refused
	}
	s.version(kind, "1.1", true, "a SCIM 1.1 error: "+said(first.Get("description").Str()))
	return true
}

// byShape recognises servers that forget schemas.
func (s *Sighting) byShape(v scim.View) bool {
	if v.Get("authenticationSchemes").IsArray() && v.Get("patch", "supported").Exists() && v.Get("filter", "supported").Exists() {
		s.version(KindSCIM2, "2.0", false, "the members of a ServiceProviderConfig, without schemas")
		return true
	}
	rs := v.Get("Resources")
	if !v.Get("totalResults").Exists() || !rs.Exists() {
		if v.IsArray() && s.endpoint != "" { // seen: bare arrays from discovery
			return s.bareArray(v)
		}
		return false
	}
	items := rs.Items()
	if len(items) == 0 {
		if v.Get("startIndex").Exists() || v.Get("itemsPerPage").Exists() {
			s.version(KindSCIM2, "2.0", false, "the members of an empty SCIM list, without schemas")
			return true
		}
		return false
	}
	words := schemaWords(items[0])
	switch {
	case strings.Contains(words, urn1):
		s.version(KindSCIM1, "1.1", true, "a list of SCIM 1.1 resources")
	case strings.Contains(words, urn2):
		s.version(KindSCIM2, "2.0", true, "a list of SCIM 2.0 resources, without schemas of its own")
	case items[0].Get("userName").Exists() && items[0].Get("id").Exists():
		s.version(KindSCIM2, "2.0", false, "a list in the form of SCIM, but nothing carries schemas")
	default:
		return false
	}
	return true
}

func (s *Sighting) bareArray(v scim.View) bool {
	items := v.Items()
	if len(items) == 0 {
		return false
	}
	if strings.Contains(schemaWords(items[0]), urn2) {
		s.version(KindSCIM2, "2.0", true, "a bare array of SCIM 2.0 resources instead of a list")
		return true
	}
	return false
}

func (s *Sighting) refused(x *result.Exchange, refused Kind, scimWord bool) {
	detail := fmt.Sprintf("status %d", s.Status)
	if c := x.Response.Header("WWW-Authenticate"); c != "" {
		detail += ", WWW-Authenticate: " + string(clip([]byte(c)))
	} else {
		detail += " without WWW-Authenticate"
	}
	if scimWord {
		detail += "; it speaks of SCIM"
	}
	s.set(refused, scimWord, detail)
}

func (s *Sighting) forbidden(x *result.Exchange, body []byte, isJSON bool, refused Kind) {
	switch {
	case botPage.Match(clip(body)) && !isJSON:
		s.set(KindFailing, false, "403 from a firewall or bot protection, not from the application")
	case isHTML(s.MediaType, body):
		s.set(KindFailing, false, "403 with an HTML page")
	default:
		s.refused(x, refused, bytes.Contains(bytes.ToLower(clip(body)), []byte("scim")))
	}
}

func (s *Sighting) redirected() {
	to := s.location
	switch {
	case to == "":
		s.set(KindFailing, false, fmt.Sprintf("status %d without Location", s.Status))
	case loginWord.MatchString(to):
		s.set(KindWeb, true, fmt.Sprintf("status %d, redirects to a login page (%s)", s.Status, place(to)))
	default:
		s.set(KindMoved, true, fmt.Sprintf("status %d, redirects to %s", s.Status, place(to)))
	}
}

// place is a URL without its query, which may hold secrets.
func place(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "an address that cannot be read"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}

// plainJSON is JSON that says nothing of SCIM.
func (s *Sighting) plainJSON(v scim.View, body []byte, refused Kind) {
	text := string(clip(body))
	switch {
	case s.Status < 500 && s.Status != 404 && !v.Get("data").IsArray() && v.IsObject() && refusal.MatchString(message(v)):
		s.set(refused, false, fmt.Sprintf("status %d, but the text is a refusal: %s", s.Status, said(message(v))))
	case s.Status >= 500:
		s.set(KindFailing, false, fmt.Sprintf("status %d: %s", s.Status, said(message(v))))
	case graphError.MatchString(text) && v.Get("errors").Exists():
		s.set(KindAPI, true, "a GraphQL service")
	case v.Get("openapi").Exists() || v.Get("swagger").Exists():
		s.set(KindAPI, true, "an OpenAPI description")
	case v.Get("jsonapi").Exists() || strings.Contains(s.MediaType, "vnd.api+json"):
		s.set(KindAPI, true, "a JSON:API service")
	case v.Get("@odata.context").Exists():
		s.set(KindAPI, true, "an OData service")
	case v.Get("issuer").Exists() && v.Get("authorization_endpoint").Exists():
		s.set(KindAPI, true, "an OpenID Connect provider")
	case s.Status >= 400:
		detail := fmt.Sprintf("status %d with a JSON error that is not SCIM's", s.Status)
		if m := message(v); m != "" && !strings.Contains(m, "/") { // paths differ from address to address
			detail += ": " + said(m)
		}
		s.set(KindAPI, false, detail)
	case v.IsArray():
		s.set(KindAPI, true, "a bare JSON array")
	default:
		s.set(KindAPI, true, "JSON without schemas, totalResults or Resources"+names(v))
	}
}

// message gathers what an error body says.
func message(v scim.View) string {
	var out []string
	for _, k := range []string{"error", "message", "detail", "error_description", "title", "msg", "reason", "status", "code"} {
		m := v.Get(k)
		if m.IsObject() {
			m = m.Get("message")
		}
		if m.IsString() {
			out = append(out, m.Str())
		}
	}
	return strings.Join(out, " ")
}

func names(v scim.View) string {
	var out []string
	v.Each(func(k string, _ scim.View) bool {
		out = append(out, k)
		return len(out) < 6
	})
	if len(out) == 0 {
		return ""
	}
	return " (its members: " + string(clip([]byte(strings.Join(out, ", ")))) + ")"
}

func isHTML(mt string, body []byte) bool {
	low := bytes.ToLower(clip(body))
	return mt == "text/html" || mt == "application/xhtml+xml" || bytes.HasPrefix(low, []byte("<!doctype html")) || bytes.HasPrefix(low, []byte("<html"))
}

func (s *Sighting) notJSON(body []byte) {
	low := bytes.ToLower(clip(body))
	switch {
	case s.Status == 404 || s.Status == 410 || s.Status == 405:
		s.set(KindNothing, true, fmt.Sprintf("status %d", s.Status))
	case s.Status >= 500:
		s.set(KindFailing, false, fmt.Sprintf("status %d", s.Status))
	case bytes.Contains(low, []byte(urn1)):
		s.version(KindSCIM1, "1.1", true, "SCIM 1.1 in XML")
	case isHTML(s.MediaType, body):
		s.html(body)
	case bytes.HasPrefix(low, []byte("<?xml")) || strings.HasSuffix(s.MediaType, "xml"):
		what := "XML"
		if bytes.Contains(low, []byte("envelope")) {
			what = "a SOAP service"
		}
		s.set(KindAPI, true, what+", not SCIM")
	case len(body) == 0:
		s.set(KindNothing, false, fmt.Sprintf("status %d with an empty body", s.Status))
	case s.Status >= 400:
		s.set(KindNothing, false, fmt.Sprintf("status %d with plain text", s.Status))
	case json.Valid(body):
		s.set(KindAPI, false, "a JSON value that is no object")
	default:
		s.set(KindFailing, false, fmt.Sprintf("status %d with a body that is neither JSON nor HTML (%s)", s.Status, first(s.MediaType, "no media type")))
	}
}

func (s *Sighting) html(body []byte) {
	what := "an HTML page"
	switch {
	case loginPage.Match(clip(body)):
		what = "a login page (HTML)"
	case leadsToAuth.Match(clip(body)):
		what = "an HTML page that leads to a login page"
	case spaPage.Match(clip(body)):
		what = "the page of a single-page web app (HTML), which answers every path"
	}
	s.set(KindWeb, true, fmt.Sprintf("status %d with %s", s.Status, what))
}

func retryNote(r *result.Response) string {
	if v := r.Header("Retry-After"); v != "" {
		return ", Retry-After: " + v
	}
	return ", without Retry-After"
}

func clip(b []byte) []byte { return b[:min(len(b), 4096)] }

func said(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return "it says nothing more"
	}
	if r := []rune(s); len(r) > 160 {
		s = string(r[:160]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
