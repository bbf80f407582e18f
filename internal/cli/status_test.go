package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/result"
)

// A run in which the guard refuses dozens of requests shows the first messages and the number of
// the others, not a wall of them.
func TestStatusShowsFewMessages(t *testing.T) {
	for _, c := range []struct{ notes, lines int }{{0, 0}, {1, 1}, {shownNotes, shownNotes}, {60, shownNotes + 1}} {
		var out bytes.Buffer
		s := &status{e: &env{err: &out}}
		for i := range c.notes {
			s.Emit(result.Event{Type: result.Noted, Text: fmt.Sprintf("refused %d", i)})
		}
		s.finish()
		s.finish()
		if got := strings.Count(out.String(), "\n"); got != c.lines {
			t.Errorf("%d messages: %d lines, want %d\n%s", c.notes, got, c.lines, &out)
		}
		if rest := fmt.Sprintf("and %d messages", c.notes-shownNotes); c.notes > shownNotes && !strings.Contains(out.String(), rest) {
			t.Errorf("%d messages: the rest is not counted\n%s", c.notes, &out)
		}
	}
}
