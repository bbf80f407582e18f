package reports

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

// FuzzWriters: no journal makes a writer panic or fail, and every report of it can be read by a parser of its format.
func FuzzWriters(f *testing.F) {
	for _, events := range [][]result.Event{resulttest.PartialEvents(), resulttest.HostileEvents(), resulttest.AllKindsEvents()} {
		var b bytes.Buffer
		w := result.NewJournalWriter(&b)
		for _, ev := range events {
			w.Emit(ev)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(`{"type":"check","check":{"id":"/","outcome":"fail","level":"must"}}` + "\n" + `{"type":"exchange","exchange":{"id":"#"}}` + "\n"))
	f.Fuzz(func(t *testing.T, journal []byte) {
		fold := result.NewFold()
		if _, err := result.ReadJournal(bytes.NewReader(journal), fold); err != nil {
			return
		}
		d := fold.Document()
		for _, format := range Formats() {
			out := render(t, format.Write, d)
			if !utf8.Valid(out) {
				t.Errorf("%s: not valid UTF-8", format.Name)
			}
			wellFormed(t, format.Name, out)
		}
	})
}
