package result_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

func journalOf(t testing.TB, events []result.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := result.NewJournalWriter(&b)
	for _, e := range events {
		w.Emit(e)
	}
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(data []byte) ([]result.Event, result.JournalInfo, error) {
	var events []result.Event
	info, err := result.ReadJournal(bytes.NewReader(data), result.SinkFunc(func(e result.Event) { events = append(events, e) }))
	return events, info, err
}

// A document from the journal is the document of the live run, to the byte, whatever the strings.
func TestJournalGivesTheSameDocument(t *testing.T) {
	for name, events := range map[string][]result.Event{"all kinds": resulttest.AllKindsEvents(), "partial": resulttest.PartialEvents(), "hostile": resulttest.HostileEvents()} {
		back, info, err := readAll(journalOf(t, events))
		if err != nil || info.Cut || info.Events != len(events) {
			t.Fatalf("%s: %+v %v", name, info, err)
		}
		if diff := cmp.Diff(foldAll(events), foldAll(back)); diff != "" {
			t.Errorf("%s: live and journal differ:\n%s", name, diff)
		}
	}
}

// Every event reaches the file in one write before Emit returns.
func TestJournalWritesEachEventAtOnce(t *testing.T) {
	var writes []string
	w := result.NewJournalWriter(writerFunc(func(p []byte) (int, error) { writes = append(writes, string(p)); return len(p), nil }))
	events := resulttest.PartialEvents()
	for i, e := range events {
		w.Emit(e)
		if len(writes) != i+1 || !strings.HasSuffix(writes[i], "\n") || strings.Count(writes[i], "\n") != 1 {
			t.Fatalf("event %d: %d writes", i, len(writes))
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestJournalWriterKeepsItsFirstError(t *testing.T) {
	n, full := 0, errors.New("disk full")
	w := result.NewJournalWriter(writerFunc(func(p []byte) (int, error) { n++; return 0, full }))
	w.Emit(result.Event{Type: result.RunStarted})
	w.Emit(result.Event{Type: result.RunEnded})
	if !errors.Is(w.Err(), full) || n != 1 {
		t.Errorf("%v after %d writes", w.Err(), n)
	}
	w = result.NewJournalWriter(io.Discard)
	w.Emit(result.Event{Type: result.FactFound, Fact: &result.Fact{Value: func() {}}})
	if w.Err() == nil {
		t.Error("an event without JSON form is lost in silence")
	}
}

// After a kill, whatever was written is read, at every point at which the file can end.
func TestJournalCutAnywhere(t *testing.T) {
	data := journalOf(t, resulttest.PartialEvents()[:6])
	whole := bytes.Count(data, []byte("\n"))
	for n := 0; n <= len(data); n += 7 {
		events, info, err := readAll(data[:n])
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		lines := bytes.Count(data[:n], []byte("\n"))
		if len(events) < lines || len(events) > min(lines+1, whole) {
			t.Fatalf("cut at %d: %d events of %d whole lines", n, len(events), lines)
		}
		if partial := n > 0 && data[n-1] != '\n' && len(events) == lines; partial != info.Cut {
			t.Fatalf("cut at %d: cut is %v", n, info.Cut)
		}
	}
}

func TestJournalDamage(t *testing.T) {
	good := `{"type":"note","at":"2026-01-01T00:00:00Z"}` + "\n"
	for _, c := range []struct {
		name, data string
		line       int
		says       string
	}{
		{"garbage in the middle", good + "garbage\n" + good, 2, "invalid character"},
		{"no event", good + good + `{"a":1}` + "\n", 3, "type"},
		{"wrong type", `{"type":"check","check":[]}` + "\n", 1, "cannot unmarshal"},
		{"too long", good + strings.Repeat("x", result.MaxJournalLine+2) + "\n", 2, "longer than 64 MiB"},
		{"another format", "<html>\n", 1, "invalid character"},
	} {
		_, _, err := readAll([]byte(c.data))
		var damage *result.JournalError
		if !errors.As(err, &damage) || damage.Line != c.line || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if events, _, err := readAll([]byte("\n" + good + "\n\n" + good + "  ")); err != nil || len(events) != 2 {
		t.Errorf("empty lines: %d %v", len(events), err)
	}
	if _, err := result.ReadJournal(io.MultiReader(strings.NewReader(good), brokenReader{}), result.NewFold()); !errors.Is(err, errBroken) {
		t.Errorf("a read error is lost: %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

func TestReadDocument(t *testing.T) {
	want := resulttest.AllKindsDocument()
	got, err := result.ReadDocument(strings.NewReader(asJSON(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
		t.Error(diff)
	}
	for data, says := range map[string]string{"": "not a JSON result", "{}": "schema", `{"schema":"scimmage.result/7"}`: "scimmage.result/7", "[]": "not a JSON result"} {
		if _, err := result.ReadDocument(strings.NewReader(data)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// No input makes the reader or the fold panic, and what is read folds to a document that is
// written and read again.
func FuzzReadJournal(f *testing.F) {
	f.Add(journalOf(f, resulttest.PartialEvents()))
	f.Add([]byte(`{"type":"planned","plan":{"suites":[{"id":"s","cases":[{"id":"s/a","blocked_by":"s/a","outcome":"skip","skip_kind":"blocked"}]}]}}` + "\n"))
	f.Add([]byte(`{"type":"check","check":{"id":"/","outcome":"x"}}` + "\n" + `{"type":"exchange","exchange":{"id":"#"}}` + "\n{"))
	f.Add([]byte("\xff\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fold := result.NewFold()
		if _, err := result.ReadJournal(bytes.NewReader(data), fold); err != nil {
			return
		}
		d := fold.Document()
		back, err := result.ReadDocument(strings.NewReader(asJSON(t, d)))
		if err != nil {
			t.Fatal(err)
		}
		if asJSON(t, back) != asJSON(t, d) {
			t.Fatal("the document changes on its way through JSON")
		}
	})
}
