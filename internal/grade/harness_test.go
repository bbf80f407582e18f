package grade

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

const base = "http://provider.test/scim/v2"

// bench is a graded provider.
type bench struct {
	*Grader
	front    http.Handler
	now      time.Time
	scripted *scriptedAnswer // in place of the provider's, for the next request
	id       string          // that the provider gave last
}

type scriptedAnswer struct {
	Status     int    `yaml:"status"`
	RetryAfter string `yaml:"retry-after"`
	Body       any    `yaml:"body"`
}

// library is loaded once: nothing changes it, and loading is most of the time of these tests.
var library = sync.OnceValues(suites.LoadEmbedded)

func newBench(t *testing.T) *bench {
	t.Helper()
	lib, ps := library()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	return benchWith(t, lib)
}

func benchWith(t *testing.T, lib *suites.Library) *bench {
	t.Helper()
	b := &bench{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	p, err := provider.New(provider.Options{BaseURL: base, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	b.Grader = New(Options{Library: lib, Schemas: p.Schemas(), BaseURL: base, Clock: clock, Secrets: []string{"token-of-the-client"}, Tool: result.Tool{Name: "scimmage"}})
	b.front = b.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := b.scripted
		if a == nil {
			p.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/scim+json")
		if a.RetryAfter != "" {
			w.Header().Set("Retry-After", a.RetryAfter)
		}
		w.WriteHeader(a.Status)
		if err := json.NewEncoder(w).Encode(a.Body); err != nil {
			t.Error(err)
		}
	}))
	return b
}

// call is one request of a table.
type call struct {
	GET    string `yaml:"GET"`
	POST   string `yaml:"POST"`
	PUT    string `yaml:"PUT"`
	PATCH  string `yaml:"PATCH"`
	DELETE string `yaml:"DELETE"`

	Body    any               `yaml:"body"`
	Raw     string            `yaml:"raw"`
	Type    string            `yaml:"type"`
	Headers map[string]string `yaml:"headers"`
	Wait    int               `yaml:"wait"`
	From    string            `yaml:"from"`
	Answer  *scriptedAnswer   `yaml:"answer"`
}

func (c call) methodAndPath() (string, string) {
	for method, path := range map[string]string{"GET": c.GET, "POST": c.POST, "PUT": c.PUT, "PATCH": c.PATCH, "DELETE": c.DELETE} {
		if path != "" {
			return method, path
		}
	}
	return "GET", ""
}

var urns = strings.NewReplacer(`["user"`, `["urn:ietf:params:scim:schemas:core:2.0:User"`, `["group"`, `["urn:ietf:params:scim:schemas:core:2.0:Group"`, `"enterprise"]`, `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]`,
	`["patch"`, `["`+scim.SchemaPatchOp+`"`, `["bulk"`, `["`+scim.SchemaBulkRequest+`"`, `["search"`, `["`+scim.SchemaSearchRequest+`"`)

// send sends one request through the grader and gives the answer.
func (b *bench) send(t *testing.T, c call) *httptest.ResponseRecorder {
	t.Helper()
	method, path := c.methodAndPath()
	body := c.Raw
	if c.Body != nil {
		data, err := json.Marshal(c.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = urns.Replace(string(data))
	}
	path, body = strings.ReplaceAll(path, "{id}", b.id), strings.ReplaceAll(body, "{id}", b.id)
	if !strings.HasPrefix(path, "http") {
		path = "/scim/v2" + path
	}
	r := httptest.NewRequest(method, path, bytes.NewReader([]byte(body)))
	r.RemoteAddr = "127.0.0.1:999"
	if c.From != "" {
		r.RemoteAddr = c.From
	}
	r.Header.Set("User-Agent", "test/1")
	r.Header.Set("Authorization", "Bearer token-of-the-client")
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	if c.Type != "" {
		r.Header.Set("Content-Type", c.Type)
	}
	for name, v := range c.Headers {
		r.Header.Set(name, v)
		if v == "" {
			r.Header.Del(name)
		}
	}
	b.now = b.now.Add(time.Duration(c.Wait) * time.Second)
	b.scripted = c.Answer
	w := httptest.NewRecorder()
	b.front.ServeHTTP(w, r)
	var created struct{ ID string }
	if w.Code == http.StatusCreated && json.Unmarshal(w.Body.Bytes(), &created) == nil {
		b.id = created.ID
	}
	return w
}

// outcomes are the outcomes of all rules by id.
func outcomes(doc *result.Document) map[string]result.Check {
	out := map[string]result.Check{}
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				out[c.ID] = k
			}
		}
	}
	return out
}
