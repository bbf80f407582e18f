package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/grade"
	"github.com/scimmage/scimmage/internal/provider"
)

func TestGradePage(t *testing.T) {
	lib, _, err := loadLibrary(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := provider.New(provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := grade.New(grade.Options{Library: lib.library, Schemas: p.Schemas(), BaseURL: "http://127.0.0.1:8080/scim/v2", Clock: time.Now})
	g.Wrap(p).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader("{")))
	page := gradePage(g, "secret")
	tests := []struct {
		name, method, query, from string
		header                    map[string]string
		status                    int
		holds                     string
	}{
		{"browser on this machine", "GET", "", "127.0.0.1:5", nil, 200, "<!doctype html>"},
		{"json", "GET", "?format=json", "127.0.0.1:5", nil, 200, `"client.http/json/kept"`},
		{"other machine with the token", "GET", "?format=text", "192.0.2.1:5", map[string]string{"Authorization": "Bearer secret"}, 200, "client.http/json/kept"},
		{"other machine", "GET", "", "192.0.2.1:5", nil, 403, "token"},
		{"other machine, wrong token", "GET", "", "192.0.2.1:5", map[string]string{"Authorization": "Bearer geheim"}, 403, "token"},
		{"another website in a browser on this machine", "GET", "", "127.0.0.1:5", map[string]string{"Origin": "https://evil.example"}, 403, "token"},
		{"a name bound to this address", "GET", "", "127.0.0.1:5", map[string]string{"Host": "evil.example"}, 403, "token"},
		{"through a proxy", "GET", "", "127.0.0.1:5", map[string]string{"X-Forwarded-For": "192.0.2.1"}, 403, "token"},
		{"no such format", "GET", "?format=sheet", "127.0.0.1:5", nil, 400, "html"},
		{"POST", "POST", "", "127.0.0.1:5", nil, 405, "DELETE"},
		{"anew", "DELETE", "", "127.0.0.1:5", nil, 204, ""},
		{"nothing after that", "GET", "?format=text", "127.0.0.1:5", nil, 200, "nothing was judged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/grade"+tt.query, nil)
			r.RemoteAddr, r.Host = tt.from, "127.0.0.1:8080"
			for k, v := range tt.header {
				r.Header.Set(k, v)
				if k == "Host" {
					r.Host = v
				}
			}
			w := httptest.NewRecorder()
			page.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.holds) {
				t.Errorf("%d, wanted %d with %q: %.300s", w.Code, tt.status, tt.holds, w.Body.String())
			}
		})
	}
}
