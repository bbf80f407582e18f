package mockidp

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestRemovalComesBeforeTheCycle: where the clock jumps, the removal of a deleted person and the next cycle are due at once. The
// cycle waits for the removal, which is held here until the cycle has begun, and deletes the account.
func TestRemovalComesBeforeTheCycle(t *testing.T) {
	i, target, call := opened(t)
	srv := httptest.NewServer(target)
	t.Cleanup(srv.Close)
	type m = map[string]any
	call("POST", "/api/v1/people", m{"id": "u-ana", "profile": m{"login": "ana@example.com", "email": "ana@example.com", "firstName": "Ana", "lastName": "Ruiz"}})
	call("POST", "/api/v1/apps", m{"id": "a", "name": "A", "profile": "entra", "secret": "t", "settings": m{"baseURL": srv.URL + "/scim/v2", "scope": "all"}})
	call("POST", "/api/v1/apps/a/cycle/start", nil)
	call("GET", "/api/v1/idle?wait=60s", nil)
	call("POST", "/api/v1/people/u-ana/delete", nil)
	call("POST", "/api/v1/clock", m{"step": "41m"})
	call("GET", "/api/v1/idle?wait=60s", nil)
	users := func() string {
		r := httptest.NewRequest("GET", "/scim/v2/Users", nil)
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		target.ServeHTTP(w, r)
		return w.Body.String()
	}
	if got := users(); !strings.Contains(got, `"totalResults":1`) || !strings.Contains(got, `"active":false`) {
		t.Fatalf("before the jump there is to be one inactive user: %s", got)
	}
	i.purging.Lock()
	call("POST", "/api/v1/clock", m{"step": "744h"})
	i.mu.Lock()
	r := i.runners["a"]
	i.mu.Unlock()
	for until := time.Now().Add(time.Minute); !r.working(); {
		if time.Now().After(until) {
			i.purging.Unlock()
			t.Fatal("the cycle went by without the removal")
		}
		time.Sleep(time.Millisecond)
	}
	i.purging.Unlock()
	call("GET", "/api/v1/idle?wait=60s", nil)
	if got := users(); !strings.Contains(got, `"totalResults":0`) {
		t.Errorf("the account is still there: %s", got)
	}
}
