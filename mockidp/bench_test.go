package mockidp_test

import "testing"

// BenchmarkInitialCycle is the initial cycle of five hundred people against the reference provider: two requests for each, and one for
// each member of a group.
func BenchmarkInitialCycle(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		w.must("POST", "/sample", m{"people": 500, "seed": 1})
		app := w.app("entra")
		w.must("PATCH", "/apps/"+app, m{"settings": m{"scope": "all"}})
		w.must("POST", "/apps/"+app+"/cycle/start", nil)
		w.idle()
		if n := len(w.accounts()); n != 500 {
			b.Fatalf("%d accounts", n)
		}
	}
}
