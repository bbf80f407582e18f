package grade

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

func TestReportHoldsNoSecret(t *testing.T) {
	b := newBench(t)
	b.send(t, call{POST: "/Users", Body: map[string]any{"schemas": []any{"user"}, "userName": "ana", "password": "geheim-4711", "id": "7"}})
	b.send(t, call{GET: "/Users?access_token=token-of-the-client&count=1"})
	b.send(t, call{GET: "http://ana:geheim-4711@provider.test/scim/v2/Users"})
	data, err := json.Marshal(b.Document())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"geheim-4711", "token-of-the-client"} {
		if strings.Contains(string(data), secret) {
			t.Errorf("the report holds %q", secret)
		}
	}
	if !strings.Contains(string(data), `"client.accounts/no-id/kept"`) || !strings.Contains(string(data), "POST") {
		t.Error("the report lacks the finding or its exchange")
	}
}

func TestNothingSentIsNothingJudged(t *testing.T) {
	b := newBench(t)
	doc := b.Document()
	if doc.Counts.Findings != 0 || doc.Counts.Cases[result.Skip] != len(outcomes(doc)) || len(doc.FactSheet) != 0 || doc.Run.Partial {
		t.Errorf("findings %d, skipped %d of %d, facts %v, partial %v %s", doc.Counts.Findings, doc.Counts.Cases[result.Skip], len(outcomes(doc)), doc.FactSheet, doc.Run.Partial, doc.Run.PartialWhy)
	}
}

func TestResetForgets(t *testing.T) {
	b := newBench(t)
	b.send(t, call{POST: "/Users", Body: map[string]any{"schemas": []any{"user"}, "userName": "ana", "id": "7"}})
	if b.Document().Counts.Must == 0 {
		t.Fatal("the id was not noticed")
	}
	b.Reset()
	if n := b.Document().Counts.Findings; n != 0 || b.Requests() != 0 {
		t.Errorf("%d findings and %d requests after Reset", n, b.Requests())
	}
}

// TestAnswersPassUnchanged: a graded provider answers byte for byte what it would answer otherwise.
func TestAnswersPassUnchanged(t *testing.T) {
	b := newBench(t)
	answer := `{"a": 1}` + "\n"
	front := b.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusTeapot)
		if _, err := w.Write([]byte(answer)); err != nil {
			t.Error(err)
		}
	}))
	w := httptest.NewRecorder()
	front.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/scim/v2/Users", nil))
	if w.Code != http.StatusTeapot || w.Body.String() != answer || len(w.Header()["Set-Cookie"]) != 2 {
		t.Errorf("%d %q %v", w.Code, w.Body.String(), w.Header())
	}
	w = httptest.NewRecorder()
	front.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/scim/v2/Users/1", nil))
	if w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("%d %q", w.Code, w.Body.String())
	}
}

// TestBrokenConnectionCounts: the provider may break off; the client's request is judged all the same, and the break passes on.
func TestBrokenConnectionCounts(t *testing.T) {
	b := newBench(t)
	front := b.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("recovered %v", v)
			}
		}()
		front.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader("{")))
	}()
	if k := outcomes(b.Document())["client.http/json"]; k.Outcome != result.Fail {
		t.Errorf("%+v", k)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	b := newBench(t)
	front := b.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 100 {
				front.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, fmt.Sprintf("/scim/v2/Users/%d-%d", i, n), strings.NewReader(`{"schemas":["x"]}`)))
			}
		})
	}
	wg.Wait()
	doc := b.Document()
	if b.Requests() != 800 || len(doc.Exchanges) != maxExchanges {
		t.Errorf("%d requests, %d exchanges", b.Requests(), len(doc.Exchanges))
	}
	if k := outcomes(doc)["client.accounts/replace-read"]; k.Occurrences != 800 || len(k.Exchanges) > maxEvidence {
		t.Errorf("%+v", k)
	}
}

// TestHostileRequests: nothing that a client sends may break the grader, or make it say that one of its rules is broken.
func TestHostileRequests(t *testing.T) {
	b := newBench(t)
	for _, body := range []string{``, `[]`, `null`, `"x"`, `7`, `{"schemas":7,"Operations":{"a":1}}`, `{"Operations":[7,null,{"op":{},"path":[],"value":{}}]}`, `{"schemas":[{}],"Operations":[{"op":"replace","path":"emails","value":"x"}]}`,
		`{"emails":"x","members":{"value":1},"name":[],"addresses":[1,null,{"country":7}]}`, strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			for _, path := range []string{"/Users", "/Users/1", "/Groups/1", "/Bulk", "/Users/.search", "/.search", "/Me", "/", "/Users/1/2/3", "/Users?filter=%28&startIndex=x&cursor=%00", "/Users?startIndex=5&count=-1&filter=a+eq+7"} {
				r := httptest.NewRequest(method, "/scim/v2"+path, strings.NewReader(body))
				b.front.ServeHTTP(httptest.NewRecorder(), r)
			}
		}
	}
	for id, k := range outcomes(b.Document()) {
		if k.Outcome == result.Error {
			t.Errorf("%s: %s", id, k.Summary)
		}
	}
}

func TestMemoryForgetsTheOldest(t *testing.T) {
	m := newMemory[int](3)
	for i := range 5 {
		m.put(fmt.Sprint(i), i)
	}
	if _, ok := m.get("0"); ok || !m.lost {
		t.Error("the oldest is still there")
	}
	if v, ok := m.get("4"); !ok || v != 4 || len(m.data) != 3 {
		t.Errorf("%v %v %v", v, ok, m.data)
	}
}
