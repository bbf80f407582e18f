package mockidp_test

import (
	"flag"
	"fmt"
	"testing"
)

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
