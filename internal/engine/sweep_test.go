package engine

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
)

const oneCreate = `
  - id: c
    title: A create
    steps: [{id: make, send: {POST: /Users, body: {schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: '{{ username("ana") }}', displayName: Ana}}, expect: [{status: 201, level: must}]}]
`

// strictGuard lets the guard know objects by the prefix of the run, as the command line does.
func strictGuard(_ *Options, cfg *exchange.Config) { cfg.Rules.RunID = "scimmage-test" }

// creates makes what it is asked for and then gives another answer to the POST.
func creates(ref http.Handler, answer func(w http.ResponseWriter, made *httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodPost {
			ref.ServeHTTP(w, q)
			return
		}
		rec := httptest.NewRecorder()
		ref.ServeHTTP(rec, q)
		answer(w, rec)
	})
}

// TestDoubtfulCreates: what a server made although it did not say so is found by its name and removed.
func TestDoubtfulCreates(t *testing.T) {
	answers := map[string]func(http.ResponseWriter, *httptest.ResponseRecorder){
		"500 after the change": func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
			w.WriteHeader(http.StatusInternalServerError)
		},
		"no id":     func(w http.ResponseWriter, _ *httptest.ResponseRecorder) { w.WriteHeader(http.StatusCreated) },
		"no answer": func(http.ResponseWriter, *httptest.ResponseRecorder) { panic(http.ErrAbortHandler) },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, creates(reference(t), answer), library(t, suite(oneCreate)), strictGuard)
			doc := r.run(t)
			lines := strings.Join(r.rec.lines(), "\n")
			if !strings.Contains(lines, "GET /scim/v2/Users?filter=userName%20eq%20%22scimmage-test-0-ana") || !strings.Contains(lines, "DELETE /scim/v2/Users/id-1") {
				t.Errorf("the account was not looked for and removed:\n%s", lines)
			}
			if len(doc.Leftovers) > 0 {
				t.Errorf("left: %+v", doc.Leftovers)
			}
		})
	}
}

// TestIDThatIsNone: a server loses the id of what it made, writes /Users/undefined and fails on it. The account is found by its
// name, whatever the case of its letters, and in the whole list where the search does not know it.
func TestIDThatIsNone(t *testing.T) {
	ref := creates(reference(t), func(w http.ResponseWriter, made *httptest.ResponseRecorder) {
		w.Header().Set("Location", "http://target/scim/v2/Users/undefined")
		w.Header().Set("Content-Type", "application/scim+json")
		w.WriteHeader(http.StatusCreated)
		body := made.Body.String()
		i := strings.Index(body, `"id":"`)
		_, _ = w.Write([]byte(body[:i] + body[i+strings.Index(body[i:], ",")+1:]))
	})
	h := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/undefined") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if q.URL.Query().Has("filter") {
			w.Header().Set("Content-Type", "application/scim+json")
			_, _ = w.Write([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`))
			return
		}
		ref.ServeHTTP(w, q)
	})
	loud := strings.Replace(oneCreate, `{{ username("ana") }}`, `{{ upper(username("ana")) }}`, 1)
	r := newRig(t, h, library(t, suite(loud)), strictGuard)
	doc := r.run(t)
	if lines := strings.Join(r.rec.lines(), "\n"); !strings.Contains(lines, "DELETE /scim/v2/Users/id-1") || len(doc.Leftovers) > 0 {
		t.Errorf("left: %+v\n%s", doc.Leftovers, lines)
	}
}

// TestCollectionOfALocation: some servers put the id of another resource between the collection and the id.
func TestCollectionOfALocation(t *testing.T) {
	for location, want := range map[string]string{
		"http://h/scim/v2/Users": "Users", "/groups": "groups", "http://h/scim/v2/Users/4711": "Users", "http://h/scim/v2/Devices": "Devices",
	} {
		if got := collectionIn(strings.Split(location, "/")); got != want {
			t.Errorf("%s: %s, want %s", location, got, want)
		}
	}
}

// TestDoubtThatStays: when nobody can say what became of a create, the report lists it.
func TestDoubtThatStays(t *testing.T) {
	ref := reference(t)
	h := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		// Neither a search nor a walk through the list is answered; only the first look of the run is.
		if q.Method == http.MethodPost || q.URL.Query().Has("filter") || strings.HasSuffix(q.URL.Path, "/Users") && q.URL.Query().Get("count") != "1" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		ref.ServeHTTP(w, q)
	})
	doc := newRig(t, h, library(t, suite(oneCreate))).run(t)
	if len(doc.Leftovers) != 1 || !strings.Contains(doc.Leftovers[0].Why, "could not be looked up") || !strings.Contains(doc.Leftovers[0].Why, "500") {
		t.Errorf("leftovers %+v, want the create and why it is uncertain", doc.Leftovers)
	}
}

const oneJob = `
  - id: c
    title: A job
    steps:
      - id: job
        send:
          POST: /Bulk
          creates: Bulk
          body: {schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], Operations: [{method: POST, path: /Groups, bulkId: g, data: {schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName: '{{ unique("crew") }}', members: [{value: "bulkId:u"}]}}, {method: POST, path: /Users, bulkId: u, data: {schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: '{{ username("ana") }}'}}]}
        expect: [{status: 200, level: must}]
`

// TestBulkMakesMore: a bulk job that makes a group twice and names one of them leaves nothing behind.
func TestBulkMakesMore(t *testing.T) {
	r := newRig(t, reference(t, "bulk-forward-creates-twice"), library(t, suite(oneJob)), strictGuard)
	doc := r.run(t)
	groups := 0
	for _, l := range r.rec.lines() {
		if strings.HasPrefix(l, "DELETE /scim/v2/Groups/") {
			groups++
		}
	}
	if groups != 2 || len(doc.Leftovers) > 0 {
		t.Errorf("%d groups removed, want 2; left %+v\n%s", groups, doc.Leftovers, strings.Join(r.rec.lines(), "\n"))
	}
}

// TestCleanUpOutlastsTheRun: the clean-up goes on when the run is cancelled, and has a limit only then.
func TestCleanUpOutlastsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run, interrupt := context.WithCancel(t.Context())
		ctx, done := outlasting(run)
		defer done()
		time.Sleep(2 * cleanupTimeout)
		if ctx.Err() != nil {
			t.Error("the clean-up of a run that goes on must not be bounded")
		}
		interrupt()
		time.Sleep(cleanupTimeout - time.Second)
		if ctx.Err() != nil {
			t.Error("an interrupt must not end the clean-up at once")
		}
		time.Sleep(2 * time.Second)
		if ctx.Err() == nil {
			t.Errorf("the clean-up goes on %s after the interrupt", cleanupTimeout+time.Second)
		}
	})
}
