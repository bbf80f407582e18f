package mockidp_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestOptionsAreChosenInTheConsole: what nobody but the vendor knows is chosen on the page of the connection, and is what is sent.
func TestOptionsAreChosenInTheConsole(t *testing.T) {
	w := newWorld(t)
	app := w.app("google")
	w.must("PATCH", "/apps/"+app, m{"settings": m{"traits": m{"patchForm": "object"}}})
	if page := w.page("/apps/" + app + "?tab=connection"); !strings.Contains(page, `name="settings.traits.update"`) || !strings.Contains(page, "<option selected>object") {
		t.Error("the page of the connection does not offer the options, with what was chosen")
	}
	id := w.person("bo@example.com", nil)
	w.must("POST", "/apps/"+app+"/assignments", m{"person": id})
	w.idle()
	updated := func(title string) string {
		w.must("PATCH", "/people/"+id, m{"profile": m{"lastName": title}})
		w.idle()
		return w.must("GET", "/exchanges/latest", nil)["request"].(m)["method"].(string)
	}
	if got := updated("First"); got != "PUT" {
		t.Errorf("before the choice: %s", got)
	}
	w.must("PATCH", "/apps/"+app, m{"settings": m{"traits": m{"update": "patch"}}})
	if got := updated("Second"); got != "PATCH" {
		t.Errorf("after the choice: %s", got)
	}
	traits := w.must("GET", "/apps/"+app, nil)["settings"].(m)["traits"].(m)
	if traits["patchForm"] != "object" || traits["update"] != "patch" {
		t.Errorf("one choice has taken another away: %v", traits)
	}
	if traits := w.must("PATCH", "/apps/"+app, m{"settings": m{"traits": m{"patchForm": nil}}})["settings"].(m)["traits"].(m); len(traits) != 1 {
		t.Errorf("null does not take a choice away: %v", traits)
	}
}

// Traits that cannot be are refused, and said so with what there is.
func TestTraitsAreChecked(t *testing.T) {
	w := newWorld(t)
	app := w.app("google")
	for _, c := range []struct {
		traits m
		says   string
	}{{m{"updat": "put"}, "it has "}, {m{"update": "post"}, "is one of put, patch"}} {
		status, answer := w.call("PATCH", "/apps/"+app, m{"settings": m{"traits": c.traits}})
		if detail, _ := answer["detail"].(string); status != http.StatusBadRequest || !strings.Contains(detail, c.says) {
			t.Errorf("%v: %d %s", c.traits, status, detail)
		}
	}
}
