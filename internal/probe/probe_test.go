package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
)

// probeAt probes a server; token "" means without a credential.
func probeAt(t *testing.T, url, token string) *Report {
	t.Helper()
	rep, err := Run(t.Context(), options(url, token))
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func options(url, token string) Options {
	auth := exchange.Auth{Kind: "none"}
	if token != "" {
		auth = exchange.Auth{Kind: "bearer", Token: token}
	}
	return Options{URL: url, Credentials: token != "", AuthKind: auth.Kind, Open: func(base string) (Client, error) {
		return exchange.New(exchange.Config{BaseURL: base, Auth: auth, ReadOnly: true, Timeout: 2 * time.Second, MaxBody: 1 << 20, NoCurl: true, Proxy: "none"})
	}}
}

// says answers every request alike.
func says(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// paths answers by path; everything else is 404 as the last entry "*" says.
func paths(m map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h, ok := m[r.URL.Path]
		if !ok {
			h, ok = m["*"]
		}
		if !ok {
			h = says(404, "text/html", "<html>not found</html>")
		}
		h(w, r)
	}
}

const loginHTML = `<!DOCTYPE html><html><head><title>Sign in</title></head><body><form><input type="password"></form></body></html>`

var notSCIM = []struct {
	name  string
	token string
	h     http.HandlerFunc
	want  Kind
	says  string // some reason must hold it
}{
	{"static site", "", says(200, "text/html", "<!doctype html><html><body>Welcome</body></html>"), KindWeb, "HTML page"},
	{"login page", "", says(200, "text/html; charset=utf-8", loginHTML), KindWeb, "login page"},
	{"single page app", "tok", says(200, "text/html", `<html><body><div id="root"></div></body></html>`), KindWeb, "single-page"},
	{"html without a media type", "", says(200, "application/octet-stream", "<!doctype html><html></html>"), KindWeb, "HTML"},
	{"login redirect", "tok", says(302, "text/plain", "", "Location", "https://sso.example.com/login?returnTo=/scim"), KindWeb, "redirects to a login page"},
	{"login redirect on this host", "", paths(map[string]http.HandlerFunc{"/login": says(200, "text/html", loginHTML), "*": says(302, "", "", "Location", "/login?next=x")}), KindWeb, "login"},
	{"moved to another host", "", says(301, "text/plain", "", "Location", "https://new.example.com/home"), KindMoved, "new.example.com"},
	{"REST API, JSON 404", "tok", says(404, "application/json", `{"error":"not_found","message":"no route"}`), KindAPI, "not SCIM's"},
	{"REST API with users", "tok", paths(map[string]http.HandlerFunc{"/Users": says(200, "application/json", `{"data":[{"id":1,"email":"a@example.com"}],"next":null}`), "*": says(404, "application/json", `{"message":"Not Found"}`)}), KindAPI, "members: data"},
	{"REST API, bare array", "tok", says(200, "application/json", `[{"id":1},{"id":2}]`), KindAPI, "array"},
	{"status page", "", says(200, "application/json", `{"status":"ok","version":"1.4"}`), KindAPI, "without schemas"},
	{"resources that are not SCIM's", "", says(200, "application/json", `{"resources":[{"metadata":{"guid":"1"}}],"total_results":1}`), KindAPI, "without schemas"},
	{"totalResults that are not SCIM's", "", says(200, "application/json", `{"totalResults":1,"resources":[{"title":"a video"}]}`), KindAPI, "without schemas"},
	{"GraphQL", "", says(400, "application/json", `{"errors":[{"message":"Must provide query string."}]}`), KindAPI, "GraphQL"},
	{"SOAP", "", says(500, "text/xml", `<?xml version="1.0"?><soap:Envelope><soap:Fault/></soap:Envelope>`), KindFailing, "500"},
	{"XML API", "", says(200, "application/xml", `<?xml version="1.0"?><users><user/></users>`), KindAPI, "XML"},
	{"SOAP answer", "", says(200, "text/xml", `<?xml version="1.0"?><soap:Envelope></soap:Envelope>`), KindAPI, "SOAP"},
	{"OpenAPI description", "", says(200, "application/json", `{"openapi":"3.1.0","paths":{}}`), KindAPI, "OpenAPI"},
	{"JSON:API", "", says(200, "application/vnd.api+json", `{"jsonapi":{"version":"1.0"},"data":[]}`), KindAPI, "JSON:API"},
	{"OData", "", says(200, "application/json", `{"@odata.context":"x","value":[]}`), KindAPI, "OData"},
	{"OpenID provider", "", says(200, "application/json", `{"issuer":"https://example.com","authorization_endpoint":"https://example.com/a"}`), KindAPI, "OpenID"},
	{"needs credentials", "", says(401, "application/json", `{"error":"unauthorized"}`, "WWW-Authenticate", "Bearer"), KindNeedsAuth, "Bearer"},
	{"wrong credentials", "bad", says(401, "application/json", `{"error":"invalid token"}`), KindWrongAuth, "401"},
	{"not allowed", "tok", says(403, "application/json", `{"message":"insufficient scope"}`), KindWrongAuth, "403"},
	{"refusal with status 200", "", says(200, "application/json", `{"status":"error","message":"Unauthorized"}`), KindNeedsAuth, "refusal"},
	{"firewall", "tok", says(403, "text/html", `<html><title>Just a moment...</title></html>`), KindFailing, "firewall"},
	{"nginx 404", "", says(404, "text/html", "<html>404 Not Found nginx</html>"), KindNothing, "404"},
	{"empty 404", "tok", says(404, "", ""), KindNothing, "404"},
	{"empty 200", "", says(200, "", ""), KindNothing, "empty"},
	{"bad gateway", "", says(502, "text/html", "<html>Bad Gateway</html>"), KindFailing, "502"},
	{"rate limit", "tok", says(429, "application/json", `{"message":"slow down"}`, "Retry-After", "30"), KindLimited, "Retry-After: 30"},
	{"plain text", "", says(200, "text/plain", "it works"), KindFailing, "neither"},
	{"broken JSON", "", says(200, "application/json", `{"schemas":[`), KindFailing, "neither"},
	{"a JSON string", "", says(200, "application/json", `"hello"`), KindAPI, "no object"},
	{"SCIM 1.1", "tok", paths(map[string]http.HandlerFunc{"/v1/ServiceProviderConfigs": says(200, "application/json", `{"schemas":["urn:scim:schemas:core:1.0"],"patch":{"supported":true}}`), "/v1/Users": says(200, "application/json", `{"schemas":["urn:scim:schemas:core:1.0"],"totalResults":0,"Resources":[]}`)}), KindSCIM1, "1.1"},
	{"SCIM 1.1 in XML", "tok", says(200, "application/xml", `<Response xmlns="urn:scim:schemas:core:1.0"></Response>`), KindSCIM1, "XML"},
	{"SCIM 1.1, refused", "bad", says(401, "application/json", `{"Errors":[{"description":"who are you","code":"401"}]}`), KindWrongAuth, "1.1"},
	{"SCIM errors only", "tok", says(404, "application/scim+json", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}`), KindElsewhere, "not at this path"},
	{"SCIM 2.0, refused", "bad", says(401, "application/scim+json", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401","detail":"bad token"}`), KindWrongAuth, "bad token"},
	{"not part of the plan", "tok", says(402, "application/json", `{"message":"SCIM is available on the Enterprise plan"}`), KindOff, "Enterprise plan"},
	{"not switched on", "tok", says(403, "application/scim+json", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"403","detail":"SCIM is not enabled for this organization"}`), KindOff, "not enabled"},
	{"a port of TLS", "", says(400, "text/html", "<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port</html>"), KindPlain, "TLS"},
	{"a page that leads to a login", "", says(200, "text/html", `<html><meta http-equiv="refresh" content="0; url=https://login.example.com/"></html>`), KindWeb, "leads to a login page"},
	{"an API that refuses with 200", "", says(200, "application/json", `{"ok":false,"error":"not_authed"}`), KindNeedsAuth, "refusal"},
	{"an API that refuses methods", "tok", says(405, "application/json", `{"message":"Method Not Allowed"}`), KindAPI, "Method Not Allowed"},
	{"a large list", "tok", says(200, "application/json", "["+strings.Repeat("1,", 3<<20)+"1]"), KindFailing, "too large"},
	{"a redirect to itself", "", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, KindMoved, "redirects"},
	{"object storage", "", says(404, "application/xml", `<?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>`), KindNothing, "404"},
	{"a sitemap of redirects to itself", "", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"/x", http.StatusFound) }, KindMoved, "redirects"},
}

func TestNotSCIM(t *testing.T) {
	for _, tt := range notSCIM {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.h)
			defer srv.Close()
			rep := probeAt(t, srv.URL, tt.token)
			if rep.Verdict.Kind != tt.want {
				t.Fatalf("verdict %q (%v), want %q", rep.Verdict.Kind, rep.Verdict.Because, tt.want)
			}
			if rep.Verdict.SCIM() {
				t.Error("counts as SCIM 2.0")
			}
			if all := strings.Join(rep.Verdict.Because, "\n"); !strings.Contains(all, tt.says) {
				t.Errorf("reasons %q do not speak of %q", all, tt.says)
			}
			if len(rep.Verdict.Next) == 0 || rep.Verdict.Title == "" {
				t.Errorf("no advice or no title: %+v", rep.Verdict)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	srv := httptest.NewServer(nil)
	url := srv.URL
	srv.Close()
	for _, u := range []string{url, "http://no-such-host.invalid/scim"} {
		rep := probeAt(t, u, "x")
		if rep.Verdict.Kind != KindUnreachable || len(rep.Tried) != 1 || len(rep.Verdict.Next) == 0 {
			t.Errorf("%s: %+v after %d requests", u, rep.Verdict, len(rep.Tried))
		}
	}
}

func start(t *testing.T, o provider.Options) string {
	t.Helper()
	o.Token = "good"
	p, err := provider.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestFindsTheBase: whatever of the address is given, the endpoint is found.
func TestFindsTheBase(t *testing.T) {
	root := start(t, provider.Options{})
	for _, end := range []string{"/scim/v2", "/scim/v2/", "/scim", "", "/", "/v2", "/scim/v2/Users", "/scim/v2/ServiceProviderConfig", "/scim/v1", "/wrong/place"} {
		rep := probeAt(t, root+end, "good")
		if rep.Verdict.Kind != KindSCIM2 || rep.Base != root+"/scim/v2" {
			t.Errorf("%q: %s at %s (%v)", end, rep.Verdict.Kind, rep.Base, rep.Verdict.Because)
		}
	}
}

func TestCredentials(t *testing.T) {
	base := start(t, provider.Options{}) + "/scim/v2"
	for token, want := range map[string]Kind{"": KindNeedsAuth, "bad": KindWrongAuth, "good": KindSCIM2} {
		if v := probeAt(t, base, token).Verdict; v.Kind != want || v.Version != "2.0" {
			t.Errorf("token %q: %s %s (%v)", token, v.Kind, v.Version, v.Because)
		}
	}
}

func fact(rep *Report, id string) string {
	for _, f := range rep.Facts {
		if f.ID == id {
			return strings.TrimSpace(fmt.Sprint(f.Value) + " " + f.Note)
		}
	}
	return "(missing)"
}

func TestFactSheet(t *testing.T) {
	rep := probeAt(t, start(t, provider.Options{Seed: 250, DefaultPage: 20, MaxPage: 100})+"/scim/v2", "good")
	for id, want := range map[string]string{
		"scim.version": "2.0", "users.total": "250", "paging.default": "20", "paging.largest": "100", "paging.method": "index", "paging.totals": "yes",
		"announced.patch": "yes", "auth.schemes": "oauthbearertoken", "discovery.schemas": "published", "sort": "works", "etag": "honoured",
		"projection.attributes": "works", "projection.excluded": "works", "search": "works", "auth.required": "yes", "tls": "none", "rate.headers": "none seen", "filters.malformed": "invalidFilter",
		"paging.beyond": "empty list", "paging.count-0": "total alone", "attributes.undeclared.user": "0",
	} {
		if got := fact(rep, id); !strings.Contains(got, want) {
			t.Errorf("%s = %q, want %q", id, got, want)
		}
	}
	for _, f := range rep.Filters {
		if f.State != "works" {
			t.Errorf("filter %s: %s %s", f.Filter, f.State, f.Detail)
		}
	}
	if len(rep.Filters) < 15 || len(rep.Attributes) < 30 {
		t.Errorf("%d filters, %d attributes", len(rep.Filters), len(rep.Attributes))
	}
}

// fake is a small list server whose faults are set by hand.
func fake(total int, respond func(w http.ResponseWriter, r *http.Request, users []string) bool) http.HandlerFunc {
	var users []string
	for i := range total {
		users = append(users, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"%d","userName":"user%d@example.com","shoeSize":4}`, i, i))
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/Users" {
			w.WriteHeader(404)
			return
		}
		if !respond(w, r, users) {
			w.WriteHeader(500)
		}
	}
}

func listBody(total int, users []string) []byte {
	return fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"Resources":[%s]}`, total, strings.Join(users, ","))
}

func TestFaultyServers(t *testing.T) {
	everything := func(total int) func(w http.ResponseWriter, _ *http.Request, users []string) bool {
		return func(w http.ResponseWriter, _ *http.Request, users []string) bool {
			_, err := w.Write(listBody(total, users))
			return err == nil
		}
	}
	tests := []struct {
		name string
		h    http.HandlerFunc
		want map[string]string
	}{
		{"paging and filters ignored", fake(30, everything(30)), map[string]string{"paging.method": "none", "filters.work": "0 of", "auth.required": "no", "sort": "ignored", "projection.excluded": "works", "attributes.sample.user": "30"}},
		{"total is wrong", fake(30, everything(99)), map[string]string{"paging.totals": "no: it says 99, there are 30"}},
		{"no users", fake(0, everything(0)), map[string]string{"users.total": "0", "paging.method": "not to be seen"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(tt.h)
			defer srv.Close()
			rep := probeAt(t, srv.URL, "")
			if rep.Verdict.Kind != KindSCIM2 {
				t.Fatalf("%+v", rep.Verdict)
			}
			for id, want := range tt.want {
				if got := fact(rep, id); !strings.Contains(got, want) {
					t.Errorf("%s = %q, want %q; filters %+v", id, got, want, rep.Filters)
				}
			}
		})
	}
}

// TestOpenEmptyList: where nobody is to be seen, an answer without a credential shows neither a lock nor a leak.
func TestOpenEmptyList(t *testing.T) {
	srv := httptest.NewServer(fake(0, func(w http.ResponseWriter, _ *http.Request, _ []string) bool {
		_, _ = w.Write(listBody(0, nil))
		return true
	}))
	defer srv.Close()
	if got := fact(probeAt(t, srv.URL, "some-token"), "auth.required"); !strings.Contains(got, "not to be seen") {
		t.Errorf("auth.required = %q", got)
	}
}

// TestReadsOnly: a probe of any server sends no write.
func TestReadsOnly(t *testing.T) {
	p, err := provider.New(provider.Options{Token: "good", Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/.search") {
			t.Errorf("%s %s was sent", r.Method, r.URL)
		}
		p.ServeHTTP(w, r)
	}))
	defer srv.Close()
	if rep := probeAt(t, srv.URL, "good"); rep.Verdict.Kind != KindSCIM2 {
		t.Fatalf("%+v", rep.Verdict)
	}
}

func TestRenderings(t *testing.T) {
	srv := httptest.NewServer(says(200, "application/json", "{\"\x1b]0;evil\x07<script>\":1,\"a|b\":2}"))
	defer srv.Close()
	hostile := probeAt(t, srv.URL, "")
	good := probeAt(t, start(t, provider.Options{Seed: 3}), "good")
	for name, write := range Formats() {
		var b bytes.Buffer
		if err := write(&b, good); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "SCIM 2.0") {
			t.Errorf("%s does not say SCIM 2.0", name)
		}
		b.Reset()
		if err := write(&b, hostile); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\x07") || name == "html" && strings.Contains(b.String(), "<script>") {
			t.Errorf("%s lets the server write to the terminal or the page", name)
		}
	}
	var b bytes.Buffer
	if err := JSON(&b, good); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Schema != SchemaID || back.Verdict.Kind != KindSCIM2 {
		t.Errorf("%v %+v", err, back.Verdict)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rep, err := Run(ctx, options("http://127.0.0.1:1", ""))
	if err != nil || !rep.Partial || rep.Verdict.SCIM() {
		t.Errorf("%v %+v", err, rep.Verdict)
	}
}
