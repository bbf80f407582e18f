package mockidp_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp"
	"github.com/scimmage/scimmage/suites"
)

// wire records requests on their way to a reference provider whose ids come in order.
type wire struct {
	mu   sync.Mutex
	list []string
	next http.Handler
}

var guid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}`)

func newWire(t *testing.T) *wire {
	t.Helper()
	n := 0
	var mu sync.Mutex
	p, err := provider.New(provider.Options{Token: secret, Clock: func() time.Time { return time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC) }, NewID: func() string { mu.Lock(); defer mu.Unlock(); n++; return fmt.Sprintf("object-%d", n) }})
	if err != nil {
		t.Fatal(err)
	}
	return &wire{next: p}
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, "body", 400)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	line := fmt.Sprintf("%s %s\naccept=%s content-type=%s agent=%s adscim=%s\n%s", r.Method, r.RequestURI, r.Header.Get("Accept"), r.Header.Get("Content-Type"), r.Header.Get("User-Agent"), r.Header.Get("Adscimversion"), body)
	w.mu.Lock()
	w.list = append(w.list, guid.ReplaceAllString(line, "GUID"))
	w.mu.Unlock()
	w.next.ServeHTTP(rw, r)
}

var (
	testName = regexp.MustCompile(`(scimmage-r|a\d{6})-\d+-`)
	testID   = regexp.MustCompile(`"externalId":"[0-9a-f]{24}"`)
	objectID = regexp.MustCompile(`object-\d+`)
)

// alike gives names and ids that a client makes up for its connection test the same text in both tellings, and numbers the ids of the target
// in the order in which they are used.
func alike(lines []string) []string {
	ids := map[string]string{}
	for k, l := range lines {
		l = testID.ReplaceAllString(testName.ReplaceAllString(l, "TEST-"), `"externalId":"ID"`)
		lines[k] = objectID.ReplaceAllStringFunc(l, func(id string) string {
			if ids[id] == "" {
				ids[id] = fmt.Sprintf("target-%d", len(ids)+1)
			}
			return ids[id]
		})
	}
	return lines
}

// take returns what was sent since the last call, without the probes that a schedule adds.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, l := range w.list {
		if !strings.Contains(strings.SplitN(l, "\n", 2)[0], "GUID") || strings.HasPrefix(l, "GET /scim/v2/Groups") {
			out = append(out, l)
		}
	}
	w.list = nil
	return alike(out)
}

const twoPeople = `
      ana: {person: {id: u-ana, login: ana@example.com, email: ana@example.com, firstName: Ana, lastName: Ruiz, displayName: Ana Ruiz, title: Engineer, department: R&D, password: "Pw-1ana!x"}}
      bo: {person: {id: u-bo, login: bo@example.com, email: bo@example.com, firstName: Bo, lastName: Moreau, displayName: Bo Moreau, password: "Pw-2bo!xx"}}
`

// story is told twice: as a suite, and by an administrator through the API. Entra reactivates by a flag, so its suites name the same operations. What a
// profile does not do is left out of its story.
const story = `suite: acme.story.IDP
title: Story
kind: user
cases:
  - id: story
    title: Story
    given:` + twoPeople + `    steps:
      - {id: test, use: IDP/test-connection}
      - {id: a, use: IDP/create-user, with: {person: '{{ ana }}'}}
      - {id: b, use: IDP/create-user, with: {person: '{{ bo }}'}}
      - {id: c, use: IDP/update-user, with: {person: '{{ ana }}', changes: {lastName: {old: Ruiz, new: Berg}}}}
      - save: {team: '{"id": "g-team", "name": "Platform Team", "members": [ana, bo]}'}
      - {id: d, use: IDP/push-group, with: {group: '{{ team }}'}}
      - {id: e, use: IDP/deactivate-user, with: {person: '{{ bo }}'}}
      - {id: f, use: IDP/reactivate-user, with: {person: '{{ bo }}'}}
      - {id: g, use: IDP/import-users}
`

var usedOperation = regexp.MustCompile(`use: IDP/([a-z-]+)`)

// storyOf is the story with what the profile does.
func storyOf(idp string) string {
	var out []string
	for _, line := range strings.Split(story, "\n") {
		if op := usedOperation.FindStringSubmatch(line); op == nil || does(idp, op[1]) {
			out = append(out, line)
		}
	}
	return strings.ReplaceAll(strings.Join(out, "\n"), "IDP", idp)
}

// TestSameBytes: every operation of every profile gives the same requests through the suite and through the API, because there is one engine.
func TestSameBytes(t *testing.T) {
	lib, _ := suites.LoadEmbedded()
	_, set := catalogue()
	var ps suites.Problems
	for _, idp := range everyProfile() {
		_, p := lib.Add(idp+".yaml", []byte(storyOf(idp)))
		ps = append(ps, p...)
	}
	if ps = append(ps, lib.CheckNames(engine.Names(set))...); len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for _, idp := range everyProfile() {
		t.Run(idp, func(t *testing.T) {
			fromSuite, fromAPI := tellAsSuite(t, lib, "acme.story."+idp), tellByAPI(t, idp)
			if diff := cmp.Diff(fromSuite, fromAPI); diff != "" {
				t.Errorf("the requests differ (-suite +API):\n%s", diff)
			}
			if len(fromSuite) < 7 {
				t.Errorf("only %d requests were compared", len(fromSuite))
			}
		})
	}
}

func tellAsSuite(t *testing.T, lib *suites.Library, id string) []string {
	t.Helper()
	w := newWire(t)
	_, set := catalogue()
	client, err := exchange.New(exchange.Config{BaseURL: "http://app.example.com/scim/v2", Auth: exchange.Auth{Kind: "bearer", Token: secret}, Handler: w, Rules: exchange.GuardRules{TrustEcho: true}})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	sink := result.SinkFunc(func(e result.Event) {
		if e.Exchange == nil {
			if e.Check != nil && e.Check.Finding() {
				said[e.Check.ID+": "+e.Check.Summary] = true
			}
			return
		}
		if e.Exchange.Case == "discovery" || e.Exchange.Setup { // what a run adds of its own
			w.mu.Lock()
			w.list = w.list[:len(w.list)-1]
			w.mu.Unlock()
		}
	})
	e := engine.New(engine.Options{Library: lib, Profiles: set, Client: client, Clock: exchange.SystemClock{}, Sink: sink, Suites: []string{id},
		Run: result.Run{ID: "r", Prefix: "scimmage-r", Seed: 1}, Info: result.Target{URL: "http://app.example.com/scim/v2"}})
	if diag, err := e.Run(context.Background()); err != nil || diag != nil {
		t.Fatal(diag, err)
	}
	for s := range said {
		t.Error("finding:", s)
	}
	return w.take()
}

func tellByAPI(t *testing.T, idp string) []string {
	t.Helper()
	w := newWorld(t)
	rec := newWire(t)
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	w.target = srv.URL + "/scim/v2"
	app, cycles := w.app(idp), strings.HasPrefix(idp, "entra")
	w.must("PATCH", "/apps/"+app, m{"settings": m{"actions": []string{"importUsers", "pushNew", "pushUpdates", "pushGroups", "importGroups"}}})
	rec.take()
	next := func() {
		t.Helper()
		if cycles {
			w.must("POST", "/clock", m{"step": "41m"})
		}
		w.idle()
	}
	w.must("POST", "/apps/"+app+"/test-connection", nil)
	if cycles {
		w.must("POST", "/apps/"+app+"/cycle/start", nil)
		w.idle()
	}
	add := func(id, login, first, last, password string, more m) {
		p := m{"login": login, "email": login, "firstName": first, "lastName": last, "displayName": first + " " + last, "password": password}
		for k, v := range more {
			p[k] = v
		}
		w.must("POST", "/people", m{"id": id, "profile": p})
		w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
		next()
	}
	add("u-ana", "ana@example.com", "Ana", "Ruiz", "Pw-1ana!x", m{"title": "Engineer", "department": "R&D"})
	add("u-bo", "bo@example.com", "Bo", "Moreau", "Pw-2bo!xx", nil)
	w.must("PATCH", "/people/u-ana", m{"profile": m{"lastName": "Berg"}})
	next()
	w.must("POST", "/groups", m{"id": "g-team", "name": "Platform Team", "members": []m{{"id": "u-ana"}, {"id": "u-bo"}}})
	if cycles {
		w.must("POST", "/apps/"+app+"/assignments", m{"group": "g-team"})
	} else if does(idp, "push-group") {
		w.must("POST", "/apps/"+app+"/pushes", m{"group": "g-team"})
	}
	next()
	if cycles { // people of an assigned group stay in scope: switching them off in the directory is what disables them
		w.must("POST", "/people/u-bo/deactivate", nil)
		next()
		w.must("POST", "/people/u-bo/activate", nil)
	} else {
		w.must("DELETE", "/apps/"+app+"/assignments/person/u-bo", nil)
		next()
		w.must("POST", "/apps/"+app+"/assignments", m{"person": "u-bo"})
	}
	next()
	if does(idp, "import-users") {
		w.must("POST", "/apps/"+app+"/import", nil)
	}
	for k, l := range rec.list {
		rec.list[k] = strings.ReplaceAll(l, srv.URL, "http://app.example.com")
	}
	return rec.take()
}

// TestSurvivesKill kills the process again and again while it is asked for changes, and then looks for every change that it acknowledged.
func TestSurvivesKill(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "scimmage")
	build := exec.Command("go", "build", "-o", bin, "../cmd/scimmage")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := filepath.Join(t.TempDir(), "idp.db")
	var acked sync.Map
	total := 0
	for round := range 4 {
		cmd := exec.Command(bin, "idp", "--listen", "127.0.0.1:0", "--data", data)
		base := startServer(t, cmd)
		var n, answers atomic.Int64
		var wg sync.WaitGroup
		for range 3 { // so that at the moment of the kill requests are at every stage
			wg.Go(func() {
				for addPerson(base, fmt.Sprintf("r%d-n%d@example.com", round, n.Add(1)), &acked) {
					if answers.Add(1) == int64(5+7*round) {
						_ = cmd.Process.Kill()
					}
				}
			})
		}
		wg.Wait()
		_ = cmd.Wait()
		total += int(answers.Load())
	}
	idp := open(t, data, mockidp.Options{})
	b, _, err := idp.Export(context.Background(), "yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := idp.Close(); err != nil {
		t.Error(err)
	}
	acked.Range(func(login, _ any) bool {
		if !bytes.Contains(b, []byte(login.(string))) {
			t.Errorf("%s was acknowledged and is lost", login)
		}
		return true
	})
	if total < 5+12+19+26 {
		t.Errorf("only %d changes were acknowledged", total)
	}
}

// addPerson reports whether the change was acknowledged, and remembers it then.
func addPerson(base, login string, acked *sync.Map) bool {
	resp, err := http.Post(base+"/api/v1/people", "application/json", strings.NewReader(`{"profile":{"login":"`+login+`"}}`))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 201 {
		return false
	}
	acked.Store(login, true)
	return true
}

func startServer(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "listening ")
}

// changes is the length of the soak test: make soak makes it ten thousand.
var changes = flag.Int("soak", 300, "changes to the directory in the soak test")

// TestSoak makes many changes against a provider with every kind of fault, and then compares: the target has exactly what the directory says.
func TestSoak(t *testing.T) {
	for _, idp := range []string{"okta", "entra"} {
		t.Run(idp, func(t *testing.T) { soak(t, idp, *changes) })
	}
}

func soak(t *testing.T, idp string, changes int) {
	w := newWorld(t)
	app, cycles := w.app(idp), idp == "entra"
	w.must("POST", "/sample", m{"people": 40, "seed": 3})
	var group string
	for _, g := range w.must("GET", "/groups?q=Everyone", nil)["items"].([]any) {
		group = g.(m)["id"].(string)
	}
	w.must("PUT", "/apps/"+app+"/faults", m{"seed": 11, "tooManyRequests": 0.03, "retryAfter": 1, "serverError": 0.04, "dropBefore": 0.03, "dropAfter": 0.04, "duplicate": 0.02})
	w.must("POST", "/apps/"+app+"/assignments", m{"group": group})
	if cycles {
		w.must("PATCH", "/apps/"+app, m{"settings": m{"interval": "1s"}})
		w.must("POST", "/apps/"+app+"/cycle/start", nil)
	}
	w.must("POST", "/clock", m{"speed": 600})
	for k := range changes {
		id := fmt.Sprintf("p%06d", k%40+1)
		switch k % 7 {
		case 0, 3:
			w.must("PATCH", "/people/"+id, m{"profile": m{"title": fmt.Sprint("Title ", k)}})
		case 1:
			w.must("POST", "/groups/"+group+"/members", m{"remove": []m{{"kind": "person", "id": id}}})
		case 2, 4:
			w.must("POST", "/groups/"+group+"/members", m{"add": []m{{"id": fmt.Sprintf("p%06d", (k-1)%40+1)}}})
		case 5:
			w.must("PATCH", "/people/"+id, m{"profile": m{"lastName": fmt.Sprint("Name", k)}})
		case 6:
			w.call("POST", "/people/"+id+"/"+[]string{"deactivate", "activate"}[k/7%2], nil)
		}
	}
	w.must("PUT", "/apps/"+app+"/faults", m{})
	for range 12 { // what failed is tried again: by the administrator, or by the next cycles
		w.must("POST", "/apps/"+app+"/tasks/retry", m{})
		if cycles {
			w.must("POST", "/apps/"+app+"/cycle/run", nil)
			w.must("POST", "/clock", m{"step": "25h"})
		}
		w.must("POST", "/clock", m{"step": "1h"})
		w.idle()
	}
	agree(t, w, app, cycles)
}

// agree compares the target with the directory.
func agree(t testing.TB, w *world, app string, cycles bool) {
	t.Helper()
	have := w.accounts()
	people := w.must("GET", "/people?limit=1000", nil)["items"].([]any)
	assigned := map[string]bool{}
	for _, a := range w.must("GET", "/apps/"+app+"/accounts?kind=person&status=any&limit=1000", nil)["items"].([]any) {
		assigned[a.(m)["object"].(string)] = a.(m)["assigned"] == true
	}
	seen := 0
	for _, x := range people {
		p := x.(m)
		prof := p["profile"].(m)
		u := have[prof["login"].(string)]
		want := assigned[p["id"].(string)] && p["status"] == "active"
		switch {
		case u == nil && want:
			t.Errorf("%s is lost", prof["login"])
		case u == nil:
		case u["active"] != want:
			t.Errorf("%s is active %v, want %v", prof["login"], u["active"], want)
		case want && (u["title"] != prof["title"] || u["name"].(m)["familyName"] != prof["lastName"]):
			t.Errorf("%s is %v %v, want %v %v", prof["login"], u["title"], u["name"], prof["title"], prof["lastName"])
		}
		if u != nil {
			seen++
		}
	}
	if seen != len(have) {
		t.Errorf("the target has %d accounts, %d of them are people of the directory", len(have), seen)
	}
	if seen < 30 {
		t.Errorf("only %d accounts were compared", seen)
	}
	if tasks := w.must("GET", "/tasks", nil); tasks["total"] != 0.0 {
		t.Errorf("tasks are left: %v", tasks)
	}
}

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
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s holds the secret", d.Name())
		}
		if info, ierr := d.Info(); ierr == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", d.Name(), info.Mode())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
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
	for op := 1; op <= 8; op++ {
		paths = append(paths, fmt.Sprintf("/activity?op=%d", op), fmt.Sprintf("/api/v1/operations/%d", op))
	}
	hidden := []string{secret, password, next, base64.StdEncoding.EncodeToString([]byte("u:" + secret))}
	for _, path := range paths {
		w := ask(h, "GET", path, "")
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

// holds complains about every file below dir that holds the secret.
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
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestSavedCaseIsASuite: what "save as test" writes is loaded and passes against the reference provider.
func TestSavedCaseIsASuite(t *testing.T) {
	for _, idp := range []string{"okta", "entra"} {
		w := newWorld(t)
		app := w.app(idp)
		w.must("POST", "/groups", m{"id": "g-team", "name": "Team", "members": []m{{"id": w.person("ana@example.com", m{"title": "Engineer"})}}})
		w.must("POST", "/apps/"+app+"/assignments", m{"group": "g-team"})
		if idp == "entra" {
			w.must("POST", "/apps/"+app+"/cycle/start", nil)
		} else {
			w.must("POST", "/apps/"+app+"/pushes", m{"group": "g-team"})
		}
		w.idle()
		ops := w.must("GET", "/operations", nil)["items"].([]any)
		if len(ops) < 2 {
			t.Fatalf("%d operations", len(ops))
		}
		lib, _ := suites.LoadEmbedded()
		ids, files := []string{}, [][]byte{}
		var ps suites.Problems
		for _, o := range ops {
			b := w.saved(o.(m))
			own, p := lib.Add(fmt.Sprint(o.(m)["id"], ".yaml"), b)
			if ps = append(ps, p...); len(ps) > 0 {
				t.Fatalf("%s\n%s", ps.Render(), b)
			}
			ids, files = append(ids, own.ID), append(files, b)
		}
		_, set := catalogue()
		if ps = lib.CheckNames(engine.Names(set)); len(ps) > 0 {
			t.Fatal(ps.Render())
		}
		for k, o := range ops {
			runSaved(t, lib, ids[k], o.(m), files[k])
		}
	}
}

// saved is what the button "save as test" gives.
func (w *world) saved(op m) []byte {
	w.t.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/api/v1/operations/%v/case.yaml", w.api, op["id"]))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		w.t.Fatalf("%d %s %v", resp.StatusCode, b, err)
	}
	return b
}

func runSaved(t *testing.T, lib *suites.Library, id string, op m, b []byte) {
	t.Helper()
	_, set := catalogue()
	fresh := newWire(t)
	client, err := exchange.New(exchange.Config{BaseURL: "http://app.example.com/scim/v2", Auth: exchange.Auth{Kind: "bearer", Token: secret}, Handler: fresh, Rand: rand.Reader, Rules: exchange.GuardRules{TrustEcho: true}})
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	e := engine.New(engine.Options{Library: lib, Profiles: set, Client: client, Clock: exchange.SystemClock{}, Suites: []string{id}, Run: result.Run{ID: "r", Prefix: "scimmage-r", Seed: 1}, Info: result.Target{URL: "http://app.example.com/scim/v2"},
		Sink: result.SinkFunc(func(ev result.Event) {
			if ev.Check == nil {
				return
			}
			if ev.Check.Finding() {
				t.Errorf("%v: %s: %s\n%s", op["title"], ev.Check.ID, ev.Check.Summary, b)
			}
			if strings.HasSuffix(ev.Check.ID, ".done") && ev.Check.Outcome == result.Pass {
				passed++
			}
		})})
	if diag, err := e.Run(context.Background()); diag != nil || err != nil {
		t.Fatal(diag, err)
	}
	if passed != 1 {
		t.Errorf("%v: the saved check passed %d times\n%s", op["title"], passed, b)
	}
}

// TestConsoleNamesNobody: no page and no code of the console knows an identity provider by name; that is data.
func TestConsoleNamesNobody(t *testing.T) {
	names := regexp.MustCompile(`(?i)\b(okta|entra|microsoft|azure|aiw)`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "profile" || path == "settings") {
			return filepath.SkipDir
		}
		ext := filepath.Ext(path)
		if d.IsDir() || strings.HasSuffix(path, "_test.go") || ext != ".go" && ext != ".html" && ext != ".js" && ext != ".css" {
			return nil
		}
		b, err := os.ReadFile(path)
		for n, line := range strings.Split(string(b), "\n") {
			if hit := names.FindString(line); hit != "" && !strings.Contains(line, ".md ") && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				t.Errorf("%s:%d says %q", path, n+1, hit)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecretsOfSampleAreStable: the same seed gives the same company.
func TestSampleIsReproducible(t *testing.T) {
	export := func() string {
		idp := open(t, ":memory:", mockidp.Options{})
		defer func() { _ = idp.Close() }()
		if err := idp.Sample(context.Background(), 60, 9); err != nil {
			t.Fatal(err)
		}
		b, _, err := idp.Export(context.Background(), "scim")
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(b) {
			t.Error("the SCIM export is no JSON")
		}
		return string(b)
	}
	if diff := cmp.Diff(export(), export()); diff != "" {
		t.Error(diff)
	}
}
