package mockidp_test

import (
	"strings"
	"testing"
)

// TestLeaverWhoseCreationWasNotAnswered: an application has created the account, but the identity provider has not heard of it: the
// connection broke, or the request was delivered twice and the second delivery was a conflict. The person leaves before the next try.
// Nobody may be left with an active account that no identity provider knows of.
func TestLeaverWhoseCreationWasNotAnswered(t *testing.T) {
	for _, profileID := range everyProfile() {
		if !does(profileID, "match-user") {
			continue
		}
		for _, fault := range []string{"dropAfter", "duplicate"} {
			t.Run(profileID+" "+fault, func(t *testing.T) {
				w := newWorld(t)
				app, id := w.app(profileID), w.person("bo@example.com", nil)
				next := func() {
					if strings.HasPrefix(profileID, "entra") {
						w.must("POST", "/clock", m{"step": "25h"})
					}
					w.must("POST", "/apps/"+app+"/tasks/retry", m{})
					w.idle()
				}
				w.must("PUT", "/apps/"+app+"/faults", m{fault: 1, "methods": "POST"})
				w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
				if strings.HasPrefix(profileID, "entra") {
					w.must("POST", "/apps/"+app+"/cycle/start", nil)
				}
				w.idle()
				if u := w.accounts()["bo@example.com"]; u == nil || u["active"] == false {
					t.Fatalf("the application should have created the account: %v", u)
				}
				w.must("POST", "/people/"+id+"/deactivate", nil)
				w.must("PUT", "/apps/"+app+"/faults", m{})
				next()
				next()
				if u := w.accounts()["bo@example.com"]; u != nil && u["active"] != false {
					t.Errorf("the leaver's account is still active: %v", u)
				}
				if n := w.must("GET", "/tasks", nil)["total"]; n != 0.0 {
					t.Errorf("%v tasks are left", n)
				}
			})
		}
	}
}
