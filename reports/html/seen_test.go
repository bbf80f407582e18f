package html

import (
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

// TestSeen: "A valid PATCH is refused: not met: A valid PATCH is accepted" says nothing that the title does not say.
func TestSeen(t *testing.T) {
	for _, c := range []struct {
		k    result.Check
		want string
	}{
		{result.Check{Title: "A valid PATCH is accepted", Summary: "not met: A valid PATCH is accepted", Actual: "400 (Unknown attribute.)"}, "A valid PATCH is accepted: got 400 (Unknown attribute.)"},
		{result.Check{Title: "each once", Summary: "not met: each once", Actual: "false"}, "not met: each once"},
		{result.Check{Title: "each once", Summary: "expected one, got two", Actual: "two"}, "expected one, got two"},
		{result.Check{Summary: "The cause: two of them", Actual: "two"}, "two of them"},
	} {
		if got := seen(&c.k, "The cause"); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
