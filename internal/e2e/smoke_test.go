//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestE2EServersAnswer shows that each server lives: a user can be created, read, and not created twice. Without it, a
// server that is down would look like a tool that finds faults.
func TestE2EServersAnswer(t *testing.T) {
	const user = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"smoke@example.com","name":{"givenName":"Smoke","familyName":"Test"},` +
		`"emails":[{"value":"smoke@example.com","type":"work","primary":true}],"active":true}`
	for _, name := range servers {
		t.Run(name, func(t *testing.T) {
			base := start(t, name)
			status, _, body := call(t, http.MethodPost, base+"/Users", user)
			if status != http.StatusCreated {
				t.Fatalf("create: %d %s", status, body)
			}
			var created struct{ ID string }
			if err := json.Unmarshal([]byte(body), &created); err != nil || created.ID == "" {
				t.Fatalf("create: no id in %s (%v)", body, err)
			}
			if status, _, body = call(t, http.MethodGet, base+"/Users/"+created.ID, ""); status != http.StatusOK || !strings.Contains(body, "smoke@example.com") {
				t.Errorf("read: %d %s", status, body)
			}
			if status, _, body = call(t, http.MethodPost, base+"/Users", user); status != http.StatusConflict {
				t.Errorf("second create: %d %s", status, body)
			}
		})
	}
}

// TestE2EThrottle shows that the proxy refuses every fifth request and passes the others on, unchanged.
func TestE2EThrottle(t *testing.T) {
	base, refused := throttled(t, start(t, "scimmy-express4"), 5)
	for i := 1; i <= 10; i++ {
		status, header, _ := call(t, http.MethodGet, base+"/ServiceProviderConfig", "")
		if i%5 == 0 {
			if status != http.StatusTooManyRequests || header.Get("Retry-After") != "1" {
				t.Errorf("request %d: %d, Retry-After %q", i, status, header.Get("Retry-After"))
			}
		} else if status != http.StatusOK {
			t.Errorf("request %d: %d", i, status)
		}
	}
	if got := refused.Load(); got != 2 {
		t.Errorf("refused %d of 10, want 2", got)
	}
}
