package engine

import (
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/exchange"
)

// TestUnchangedAppeared: what only appeared is another fault than what was lost or changed.
func TestUnchangedAppeared(t *testing.T) {
	ana := answer(200, anaBody)
	for name, c := range map[string]struct {
		from, to string
		want     string
	}{
		"appeared":            {`"active":true`, `"active":true,"name.givenName":"Eve"`, "patch.path"},
		"changed":             {`"active":true`, `"active":false`, ""},
		"lost and appeared":   {`"active":true`, `"floor":3`, ""},
		"appeared in a part":  {`{"givenName":"Ana"}`, `{"givenName":"Ana","familyName":"Ruiz"}`, "patch.path"},
		"an element appeared": {`"type":"home"}`, `"type":"home"},{"value":"c@example.com"}`, ""},
	} {
		v := judgeOne(t, "unchanged: {from: ana, appeared: patch.path}", answer(200, strings.Replace(anaBody, c.from, c.to, 1)), map[string]any{"ana": ana.value()})
		if v.ok || v.cause != c.want {
			t.Errorf("%s: ok %v, cause %q, want %q", name, v.ok, v.cause, c.want)
		}
	}
}

// TestForwarded: which requests say that they came to another host.
func TestForwarded(t *testing.T) {
	for name, want := range map[string]bool{"X-Forwarded-Host": true, "x-forwarded-proto": true, "Forwarded": true, "X-Request-Id": false} {
		var r outgoing
		r.Header = []exchange.Header{{Name: name, Value: "x"}}
		if got := forwarded(r); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
