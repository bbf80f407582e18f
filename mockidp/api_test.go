package mockidp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/scimmage/scimmage/mockidp"
)

// ask sends one request straight to the handler.
func ask(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://idp.test"+path, strings.NewReader(body))
	for k := 0; k+1 < len(headers); k += 2 {
		if headers[k] == "Host" {
			r.Host = headers[k+1]
			continue
		}
		r.Header.Set(headers[k], headers[k+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func handler(t *testing.T, o mockidp.Options) http.Handler {
	t.Helper()
	o.Hosts = []string{"idp.test"}
	idp := open(t, ":memory:", o)
	t.Cleanup(func() {
		if err := idp.Close(); err != nil {
			t.Error(err)
		}
	})
	return idp.Handler()
}

const asJSON = "application/json"

func TestAPIAnswers(t *testing.T) {
	h := handler(t, mockidp.Options{})
	tests := []struct {
		name, method, path, body string
		headers                  []string
		want                     int
	}{
		{"ready", "GET", "/readyz", "", nil, 200},
		{"another host's name", "GET", "/api/v1/people", "", []string{"Host", "evil.example"}, 421},
		{"the console under another name", "GET", "/", "", []string{"Host", "evil.example"}, 421},
		{"a page of another origin", "POST", "/api/v1/reset", "", []string{"Origin", "https://evil.example"}, 403},
		{"a form of another site", "POST", "/api/v1/reset", "", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a link of another site", "GET", "/people", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"reading from another site", "GET", "/api/v1/people", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, 403},
		{"a body without its type", "POST", "/api/v1/people", `{"profile":{"login":"a"}}`, nil, 415},
		{"a simple form", "POST", "/api/v1/people", `{"profile":{"login":"a"}}`, []string{"Content-Type", "text/plain"}, 415},
		{"no login", "POST", "/api/v1/people", `{"profile":{}}`, []string{"Content-Type", asJSON}, 400},
		{"broken JSON", "POST", "/api/v1/people", `{"profile":`, []string{"Content-Type", asJSON}, 400},
		{"two values", "POST", "/api/v1/people", `{"profile":{"login":"x"}}{}`, []string{"Content-Type", asJSON}, 400},
		{"an unknown member", "POST", "/api/v1/people", `{"profil":{}}`, []string{"Content-Type", asJSON}, 400},
		{"a person", "POST", "/api/v1/people", `{"profile":{"login":"ana"}}`, []string{"Content-Type", asJSON, "Origin", "http://idp.test"}, 201},
		{"the same login, other letters", "POST", "/api/v1/people", `{"profile":{"login":"ANA"}}`, []string{"Content-Type", asJSON}, 409},
		{"nobody", "GET", "/api/v1/people/nobody", "", nil, 404},
		{"an impossible move", "POST", "/api/v1/people/p000001/restore", "", nil, 409},
		{"an unknown move", "POST", "/api/v1/people/p000001/promote", "", nil, 400},
		{"purge of somebody alive", "POST", "/api/v1/people/p000001/purge", "", nil, 409},
		{"nowhere", "GET", "/api/v1/nothing", "", nil, 404},
		{"no such page", "GET", "/nothing", "", []string{"Accept", "text/html"}, 404},
		{"an unknown profile", "POST", "/api/v1/apps", `{"name":"A","profile":"nobody"}`, []string{"Content-Type", asJSON}, 400},
		{"a bad share", "PUT", "/api/v1/apps/x/faults", `{"slow":2}`, []string{"Content-Type", asJSON}, 400},
		{"the clock back", "POST", "/api/v1/clock", `{"jump":"2001-01-01T00:00:00Z"}`, []string{"Content-Type", asJSON}, 400},
		{"an unknown format", "GET", "/api/v1/export?format=xml", "", nil, 400},
		{"no exchange yet", "GET", "/api/v1/exchanges/latest", "", nil, 404},
		{"a form without its token", "POST", "/do", "_call=POST+/reset", []string{"Content-Type", "application/x-www-form-urlencoded"}, 403},
		{"import of people", "POST", "/api/v1/import?format=csv", "login,firstName\nbo,Bo\n", []string{"Content-Type", "text/csv"}, 200},
		{"import of nonsense", "POST", "/api/v1/import?format=yaml", ":::", []string{"Content-Type", "text/plain"}, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(h, tt.method, tt.path, tt.body, tt.headers...)
			if w.Code != tt.want {
				t.Fatalf("answered %d, want %d: %s", w.Code, tt.want, w.Body)
			}
			if tt.want >= 400 && strings.HasPrefix(tt.path, "/api/") {
				var p mockidp.Problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != tt.want || p.Detail == "" || w.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("the error is no problem+json: %s", w.Body)
				}
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("policy: %q", csp)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Error("CORS is allowed")
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	h := handler(t, mockidp.Options{Token: "let-me-in-please"})
	for _, tt := range []struct {
		auth string
		want int
	}{{"", 401}, {"Bearer wrong", 401}, {"Bearer let-me-in-please", 200}, {"Basic " + "YWRtaW46bGV0LW1lLWluLXBsZWFzZQ==", 200}} {
		for _, path := range []string{"/", "/api/v1/people", "/assets/app.css"} {
			if w := ask(h, "GET", path, "", "Authorization", tt.auth); w.Code != tt.want {
				t.Errorf("GET %s with %q answered %d, want %d", path, tt.auth, w.Code, tt.want)
			}
		}
	}
	if w := ask(h, "GET", "/readyz", ""); w.Code != 200 {
		t.Errorf("readyz needs no credentials, answered %d", w.Code)
	}
}

// TestOpenAPI: the description names every route, all references resolve, and what it names is there.
func TestOpenAPI(t *testing.T) {
	h := handler(t, mockidp.Options{})
	w := ask(h, "GET", "/api/v1/openapi.json", "")
	var doc struct {
		Openapi string
		Paths   map[string]map[string]struct {
			OperationID string
			RequestBody map[string]any
			Responses   map[string]map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, ref := range strings.Split(w.Body.String(), `"$ref":"#/components/schemas/`)[1:] {
		if name, _, _ := strings.Cut(ref, `"`); doc.Components.Schemas[name] == nil {
			t.Errorf("the schema %s is not there", name)
		}
	}
	seen := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.OperationID == "" || seen[op.OperationID] {
				t.Errorf("%s %s has the operation id %q", method, path, op.OperationID)
			}
			seen[op.OperationID] = true
			if strings.HasSuffix(path, "/events") {
				continue
			}
			at := strings.NewReplacer("{", "x", "}", "x").Replace(path)
			if bare := ask(h, strings.ToUpper(method), at, ""); (bare.Code == 415) != (op.RequestBody != nil) {
				t.Errorf("%s %s without a body answered %d; the description has a body: %t", method, path, bare.Code, op.RequestBody != nil)
			}
			r := ask(h, strings.ToUpper(method), at, "{}", "Content-Type", asJSON)
			if success := op.Responses[fmt.Sprint(r.Code)]; r.Code < 300 && (success == nil || (success["content"] != nil) != (r.Body.Len() > 0)) {
				t.Errorf("%s %s answered %d with %d bytes, and the description says %v", method, path, r.Code, r.Body.Len(), op.Responses)
			}
			if r.Code >= 500 || strings.Contains(r.Body.String(), "the API has nothing") {
				t.Errorf("%s %s answered %d: %s", method, path, r.Code, r.Body)
			}
		}
	}
	if len(seen) < 45 {
		t.Errorf("only %d operations", len(seen))
	}
}

// TestEventsResume: a stream that broke off goes on where it ended.
func TestEventsResume(t *testing.T) {
	w := newWorld(t)
	w.person("a@example.com", nil)
	first := w.stream("0", 1)
	w.person("b@example.com", nil)
	w.person("c@example.com", nil)
	next := w.stream(first[0], 2)
	if len(next) != 2 || next[0] <= first[0] && len(next[0]) <= len(first[0]) {
		t.Errorf("after %v came %v", first, next)
	}
}

// stream reads n event ids.
func (w *world) stream(after string, n int) []string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", w.api+"/api/v1/events", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", after)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var ids []string
	for s := bufio.NewScanner(resp.Body); len(ids) < n && s.Scan(); {
		if id, ok := strings.CutPrefix(s.Text(), "id: "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// TestTransfer: what is exported can be imported, and gives the same directory.
func TestTransfer(t *testing.T) {
	for _, format := range []string{"yaml", "csv", "scim"} {
		a, b := open(t, ":memory:", mockidp.Options{}), open(t, ":memory:", mockidp.Options{})
		if err := a.Sample(context.Background(), 30, 4); err != nil {
			t.Fatal(err)
		}
		out, _, err := a.Export(context.Background(), format)
		if err != nil {
			t.Fatal(err)
		}
		n, err := b.ImportDirectory(context.Background(), format, strings.NewReader(string(out)))
		if err != nil || n < 30 {
			t.Fatalf("%s: %d, %v", format, n, err)
		}
		again, _, err := b.Export(context.Background(), format)
		if err != nil {
			t.Fatal(err)
		}
		if x, y := strings.Count(string(out), "@example.com"), strings.Count(string(again), "@example.com"); x != y || x < 30 {
			t.Errorf("%s: %d addresses went out, %d came in", format, x, y)
		}
		for _, i := range []*mockidp.IdP{a, b} {
			if err := i.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestMappings: an edited mapping is sent, in the identity provider's own language, and a broken one is refused with a reason.
func TestMappings(t *testing.T) {
	for idp, expr := range map[string]string{
		"okta":  `String.toUpperCase(user.lastName) + ", " + user.firstName`,
		"entra": `Append(ToUpper([surname]), Append(", ", [givenName]))`,
	} {
		w := newWorld(t)
		app := w.app(idp)
		if status, v := w.call("POST", "/apps/"+app+"/mappings", m{"target": "displayName", "expression": "upper("}); status != 400 || !strings.Contains(fmt.Sprint(v["detail"]), "displayName") {
			t.Errorf("%s: a broken expression answered %d %v", idp, status, v)
		}
		w.must("POST", "/apps/"+app+"/mappings", m{"target": "displayName", "expression": expr})
		w.must("POST", "/apps/"+app+"/mappings", m{"target": "title", "dropped": true})
		w.must("POST", "/apps/"+app+"/mappings", m{"target": "nickName", "constant": "Nick"})
		w.must("POST", "/apps/"+app+"/assignments", m{"person": w.person("ana@example.com", m{"title": "Engineer"})})
		if idp == "entra" {
			w.must("POST", "/apps/"+app+"/cycle/start", nil)
		}
		w.idle()
		if u := w.accounts()["ana@example.com"]; u["displayName"] != "RUIZ, Ana" || u["title"] != nil || u["nickName"] != "Nick" {
			t.Errorf("%s sent %v", idp, u)
		}
	}
}

// TestImport: accounts that are there are offered, confirmed, ignored; linked ones are compared.
func TestImport(t *testing.T) {
	w := newWorld(t)
	if err := w.provider.Seed(130); err != nil {
		t.Fatal(err)
	}
	app := w.app("okta")
	id := w.person("alan.abbott1@example.com", nil)
	res := w.must("POST", "/apps/"+app+"/import", nil)
	if res["scanned"] != 130.0 || res["new"] != 117.0 || res["inactive"] != 13.0 {
		t.Fatalf("import: %v", res)
	}
	rows := w.must("GET", "/apps/"+app+"/import?q=&limit=3", nil)["items"].([]any)
	first := rows[0].(m)
	if first["matched"] != id {
		t.Errorf("%v was not matched with %s", first["login"], id)
	}
	w.must("POST", fmt.Sprintf("/apps/%s/import/%v/confirm", app, first["id"]), m{})
	w.must("POST", fmt.Sprintf("/apps/%s/import/%v/confirm", app, rows[1].(m)["id"]), m{})
	w.must("POST", fmt.Sprintf("/apps/%s/import/%v/ignore", app, rows[2].(m)["id"]), nil)
	w.idle()
	if n := w.must("GET", "/people", nil)["total"]; n != 2.0 {
		t.Errorf("%v people, want 2", n)
	}
	target := fmt.Sprint(first["target"])
	req, err := http.NewRequest("DELETE", w.target+"/Users/"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if res := w.must("POST", "/apps/"+app+"/import", nil); res["removed"] != 1.0 {
		t.Errorf("the drift was not seen: %v", res)
	}
	if s := w.must("GET", "/apps/"+app+"/summary", nil); s["people"].(m)["drifted"] != 2.0 && s["people"].(m)["drifted"] != 1.0 {
		t.Errorf("summary: %v", s["people"])
	}
}

// TestFunctions sends a value of each function of the identity providers' expression languages, with what their documents say it gives.
func TestFunctions(t *testing.T) {
	for idp, forms := range map[string][][2]string{
		"okta": {{`String.toUpperCase(user.firstName)`, "ANA"}, {`String.toLowerCase(user.firstName)`, "ana"}, {`String.append(user.firstName, user.lastName)`, "AnaRuiz"}, {`String.join("-", user.firstName, user.lastName, "x")`, "Ana-Ruiz-x"},
			{`String.substringBefore(user.email, "@")`, "ana"}, {`String.substringAfter(user.email, "@")`, "example.com"}, {`String.substring(user.lastName, 0, 2)`, "Ru"}, {`String.replace(user.lastName, "u", "o")`, "Roiz"},
			{`String.replaceFirst("aXbXc", "X", "-")`, "a-bXc"}, {`String.removeSpaces("a b c")`, "abc"}, {`String.stringContains(user.email, "example") ? "in" : "out"`, "in"}, {`String.len(user.lastName) == 4 ? "four" : "other"`, "four"},
			{`user.department == null OR user.title == "x" ? "none" : user.department`, "none"}, {`Arrays.toCsvString({"a", "b"})`, ""}, {`Iso3166Convert.toAlpha2(user.country)`, ""}, {`String.substringBefore(user.login, "@") + "." + String.toLowerCase(user.lastName)`, "ana.ruiz"}},
		"entra": {{`Append([givenName], [surname])`, "AnaRuiz"}, {`NormalizeDiacritics([surname])`, ""}, {`Switch([a], "b", "c")`, ""}, {`Switch([IsSoftDeleted], , "False", "True", "", "kept")`, "kept"}, {`Join("-", [givenName], [surname], "x")`, "Ana-Ruiz-x"}, {`ToLower([givenName])`, "ana"}, {`ToUpper([givenName])`, "ANA"}, {`Trim("  a ")`, "a"},
			{`Replace([surname], "u", , , "o", , )`, "Roiz"}, {`Coalesce([department], [jobTitle], [surname])`, "Ruiz"}, {`Switch([givenName], "other", "Bo", "first", "Ana", "second")`, "second"}, {`Switch([department], "other", "x", "y")`, "other"},
			{`IIF([surname] == "Ruiz", "yes", "no")`, "yes"}, {`Mid([mail], 1, 3)`, "ana"}, {`Left([mail], 3)`, "ana"}, {`Word("a b c", 2, " ")`, "b"}, {`IIF(IsNullOrEmpty([department]), "none", [department])`, "none"},
			{`StripSpaces("a b")`, "ab"}, {`Item(Split([mail], "@"), 2)`, "example.com"}, {`IIF(InStr([mail], "@") == 4, "four", "other")`, "four"}, {`IIF(Not(IsPresent([department])), "absent", "there")`, "absent"}, {`IIF(Len([surname]) == 4, "four", "other")`, "four"}},
	} {
		t.Run(idp, func(t *testing.T) {
			w := newWorld(t)
			app := w.app(idp)
			var rows []m
			for k, f := range forms {
				if f[1] == "" { // no form of the language
					if status, _ := w.call("POST", "/apps/"+app+"/mappings", m{"target": "title", "expression": f[0]}); status != 400 {
						t.Errorf("%s was taken, status %d", f[0], status)
					}
					continue
				}
				rows = append(rows, m{"target": fmt.Sprintf("addresses[type eq %q].locality", fmt.Sprint("t", k)), "expression": f[0]})
			}
			w.must("PATCH", "/apps/"+app, m{"settings": m{"mappings": rows}})
			w.must("POST", "/apps/"+app+"/assignments", m{"person": w.person("ana@example.com", nil)})
			if idp == "entra" {
				w.must("POST", "/apps/"+app+"/cycle/start", nil)
			}
			w.idle()
			got := map[string]any{}
			list, _ := w.accounts()["ana@example.com"]["addresses"].([]any)
			for _, a := range list {
				got[fmt.Sprint(a.(m)["type"])] = a.(m)["locality"]
			}
			for k, f := range forms {
				if f[1] != "" && got[fmt.Sprint("t", k)] != f[1] {
					t.Errorf("%s gave %v, want %q", f[0], got[fmt.Sprint("t", k)], f[1])
				}
			}
		})
	}
}

// TestImportCanBeStopped: a long import shows how far it is, can be stopped, and then has changed nothing; the next one is whole.
func TestImportCanBeStopped(t *testing.T) {
	w := newWorld(t)
	if err := w.provider.Seed(1000); err != nil {
		t.Fatal(err)
	}
	app := w.app("okta")
	w.must("PUT", "/apps/"+app+"/faults", m{"slow": 1, "slowMS": 600_000})
	w.must("POST", "/apps/"+app+"/import?wait=false", nil)
	if status, _ := w.call("POST", "/apps/"+app+"/import?wait=false", nil); status != 409 {
		t.Errorf("a second import right after the first answered %d", status)
	}
	for w.must("GET", "/apps/"+app+"/summary", nil)["progress"] == nil { // it has begun, and hangs in its first request
		runtime.Gosched()
	}
	if v := w.must("GET", "/idle?wait=0s", nil); v["idle"] != false {
		t.Error("an import is under way and everything is idle")
	}
	w.must("POST", "/apps/"+app+"/stop-work", nil)
	w.idle()
	last := func() m { return w.must("GET", "/apps/"+app, nil)["state"].(m)["lastImport"].(m) }
	if got := last(); got["stopped"] != true || got["scanned"] != 0.0 {
		t.Errorf("after stopping: %v", got)
	}
	if n := w.must("GET", "/apps/"+app+"/import", nil)["total"]; n != 0.0 {
		t.Errorf("%v accounts were imported by an import that was stopped", n)
	}
	w.must("PUT", "/apps/"+app+"/faults", m{})
	w.must("POST", "/apps/"+app+"/import?wait=false", nil)
	w.idle()
	if got := last(); got["stopped"] != nil || got["scanned"] != 1000.0 {
		t.Errorf("the whole import: %v", got)
	}
}
