package mockidp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/mockidp"
)

// TestNoSecretLeaves: the secret of an application stands in no answer, page, export, event or file.
func TestNoSecretLeaves(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "idp.db")
	p, err := provider.New(provider.Options{Token: secret})
	if err != nil {
		t.Fatal(err)
	}
	target := httptest.NewServer(p)
	defer target.Close()
	idp := open(t, data, mockidp.Options{Hosts: []string{"idp.test"}})
	h := idp.Handler()
	app, err := idp.CreateApp(context.Background(), mockidp.AppInput{Name: "A", Profile: "okta", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := idp.UpdateApp(context.Background(), app.ID, "", func(a *mockidp.App) error {
		a.Settings.BaseURL, a.Settings.Create = target.URL+"/scim/v2", true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/apps/" + app.ID + "?tab=connection", "/activity?op=1", "/api/v1/apps", "/api/v1/apps/" + app.ID, "/api/v1/operations/1", "/api/v1/exchanges/latest", "/api/v1/export?format=yaml", "/api/v1/operations/1/case.yaml"} {
		r := httptest.NewRequest("GET", "http://idp.test"+path, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Errorf("GET %s answered %d: %s", path, w.Code, w.Body.String()[:min(200, w.Body.Len())])
		}
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("GET %s shows the secret", path)
		}
	}
	if p.Count("", "Users") != 0 {
		t.Error("somebody was provisioned")
	}
	if err := idp.Close(); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, secret)
}

// TestNoSecretOfAnyKindLeaves: neither a person's password nor any kind of credential stands in an answer, page, export, event or file.
func TestNoSecretOfAnyKindLeaves(t *testing.T) {
	const password, next = "Pw-of-ana-42x", "Pw-of-ana-43y"
	dir := t.TempDir()
	idp := open(t, filepath.Join(dir, "idp.db"), mockidp.Options{Hosts: []string{"idp.test"}})
	h, sent := idp.Handler(), newWire(t)
	target := httptest.NewServer(sent)
	defer target.Close()
	must := func(method, path, body string) {
		t.Helper()
		if w := ask(h, method, "/api/v1"+path, body, "Content-Type", asJSON); w.Code >= 300 {
			t.Fatalf("%s %s answered %d: %s", method, path, w.Code, w.Body)
		}
	}
	settings := fmt.Sprintf(`"settings":{"baseURL":%q,"create":true,"update":true,"syncPassword":true,"auth":`, target.URL+"/scim/v2")
	must("POST", "/apps", `{"id":"token","name":"A","profile":"okta","secret":"`+secret+`",`+settings+`{"kind":"bearer"}}}`)
	must("POST", "/apps", `{"id":"basic","name":"B","profile":"okta","secret":"`+secret+`",`+settings+`{"kind":"basic","user":"u"}}}`)
	must("POST", "/apps", `{"id":"oauth","name":"C","profile":"okta","secret":"`+secret+`",`+settings+`{"kind":"oauth2","clientID":"c","tokenURL":"`+target.URL+`/token"}}}`)
	must("POST", "/people", `{"id":"ana","profile":{"login":"ana@example.com","email":"ana@example.com","firstName":"Ana","lastName":"Ruiz","password":"`+password+`"}}`)
	for _, app := range []string{"token", "basic", "oauth"} {
		must("POST", "/apps/"+app+"/assignments", `{"person":"ana"}`)
		must("GET", "/idle?wait=60s", "")
	}
	must("PATCH", "/people/ana", `{"profile":{"password":"`+next+`"}}`)
	must("GET", "/idle?wait=60s", "")
	if all := strings.Join(sent.take(), "\n"); !strings.Contains(all, password) || !strings.Contains(all, next) {
		t.Error("the application never got the passwords: nothing was tested")
	}
	paths := []string{"/", "/people", "/people/ana", "/tasks", "/system", "/activity", "/api/v1/people", "/api/v1/people/ana", "/api/v1/people/ana/accounts", "/api/v1/apps", "/api/v1/tasks", "/api/v1/operations", "/api/v1/exchanges?limit=100",
		"/api/v1/export?format=yaml", "/api/v1/export?format=csv", "/api/v1/export?format=scim"}
	for _, app := range []string{"token", "basic", "oauth"} {
		paths = append(paths, "/api/v1/apps/"+app, "/api/v1/apps/"+app+"/accounts", "/api/v1/apps/"+app+"/mappings", "/api/v1/apps/"+app+"/summary")
		for _, tab := range []string{"overview", "connection", "assignments", "mappings", "tasks"} {
			paths = append(paths, "/apps/"+app+"?tab="+tab)
		}
	}
	var done struct{ Items []struct{ ID int64 } }
	if err := json.Unmarshal(ask(h, "GET", "/api/v1/operations?limit=100", "").Body.Bytes(), &done); err != nil || len(done.Items) < 4 {
		t.Fatalf("%d operations, %v", len(done.Items), err)
	}
	for _, op := range done.Items {
		paths = append(paths, fmt.Sprintf("/activity?op=%d", op.ID), fmt.Sprintf("/api/v1/operations/%d", op.ID))
	}
	hidden := []string{secret, password, next, base64.StdEncoding.EncodeToString([]byte("u:" + secret))}
	for _, path := range paths {
		w := ask(h, "GET", path, "")
		if w.Code != 200 {
			t.Errorf("GET %s answered %d: %s", path, w.Code, w.Body.String()[:min(200, w.Body.Len())])
		}
		for _, s := range hidden {
			if strings.Contains(w.Body.String(), s) {
				t.Errorf("GET %s shows %s", path, s)
			}
		}
	}
	if err := idp.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range hidden {
		holds(t, dir, s)
	}
}

// holds complains about every file below dir that holds the secret, or that others can read.
func holds(t *testing.T, dir, secret string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s holds %s", d.Name(), secret)
		}
		if info, ierr := d.Info(); ierr == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", d.Name(), info.Mode())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
