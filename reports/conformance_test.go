package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

// encoded formats carry the text of the target as data that is not shown as it stands; the HTML
// page has a test of its own for that.
var encoded = map[string]bool{"json": true, "har": true, "html": true}

func render(t testing.TB, write Writer, d *result.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every writer passes the same conformance test over the same five documents.
func TestEveryWriterOverEveryDocument(t *testing.T) {
	for _, f := range Formats() {
		for _, name := range resulttest.Names() {
			t.Run(f.Name+"/"+name, func(t *testing.T) { conform(t, f, name) })
		}
	}
}

func conform(t *testing.T, f Format, name string) {
	d := resulttest.Document(name)
	before := mustJSON(t, d)
	out := render(t, f.Write, d)
	if !bytes.Equal(before, mustJSON(t, d)) {
		t.Error("the writer changed the document")
	}
	if again := render(t, f.Write, resulttest.Document(name)); !bytes.Equal(out, again) {
		t.Error("the same document gave other bytes")
	}
	if back := render(t, f.Write, roundTrip(t, d)); !bytes.Equal(out, back) {
		t.Errorf("the document read back from JSON gives another report:\n%s", cmp.Diff(string(out), string(back)))
	}
	if !utf8.Valid(out) {
		t.Error("not valid UTF-8")
	}
	if !encoded[f.Name] {
		for _, r := range string(out) {
			if hidden(r) && r != '\r' {
				t.Fatalf("rune %U is in the report and acts on its reader", r)
			}
		}
	}
	wellFormed(t, f.Name, out)
	failing := &failingWriter{after: len(out) / 2}
	if err := f.Write(failing, d); len(out) > 0 && !errors.Is(err, errFull) {
		t.Errorf("a full disk is not reported: %v", err)
	}
}

var errFull = errors.New("disk full")

type failingWriter struct{ after int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.after {
		return 0, errFull
	}
	w.after -= len(p)
	return len(p), nil
}

func mustJSON(t *testing.T, d *result.Document) []byte {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func roundTrip(t *testing.T, d *result.Document) *result.Document {
	t.Helper()
	back, err := result.ReadDocument(bytes.NewReader(mustJSON(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// looks are the style of a page, its script and its hashes, and the packed document, which has
// tests of its own: the golden file is about what the page says.
var looks = regexp.MustCompile(`(?s)<style>.*?</style>|<script[ >].*?</script>|<meta http-equiv="Content-Security-Policy"[^>]*>`)

// The whole page of each of the five documents.
func TestGoldenPage(t *testing.T) {
	for _, name := range resulttest.Names() {
		golden(t, name+".html", looks.ReplaceAll(render(t, HTML, resulttest.Document(name)), nil))
	}
}

// wellFormed re-reads a report with a parser of its format.
func wellFormed(t *testing.T, format string, out []byte) {
	t.Helper()
	switch format {
	case "json", "har", "sarif", "badge":
		if !json.Valid(out) {
			t.Error("not JSON")
		}
	case "junit", "badge-svg", "trend":
		dec := xml.NewDecoder(bytes.NewReader(out))
		for {
			if _, err := dec.Token(); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("not well-formed: %v", err)
				}
				return
			}
		}
	case "csv":
		rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil || !reflect.DeepEqual(rows[0], csvColumns) {
			t.Errorf("not CSV with our columns: %v", err)
		}
	case "github":
		for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
			if line != "" && !strings.HasPrefix(line, "::error title=") && !strings.HasPrefix(line, "::warning title=") && !strings.HasPrefix(line, "::notice title=") {
				t.Errorf("no workflow command: %q", cut(line, 80))
			}
		}
	case "html":
		if !bytes.Contains(out, []byte("<html")) || bytes.Contains(out, []byte(`<script>alert("x")`)) {
			t.Error("no page, or one with a script of the target in it")
		}
	case "markdown", "text", "tap":
		if len(bytes.TrimSpace(out)) == 0 {
			t.Error("empty")
		}
	default:
		t.Errorf("format %s has no parser in this test: add one", format)
	}
}

// Golden files show what people get. go test ./reports -run Golden -update writes them anew.
func TestGolden(t *testing.T) {
	docs := resulttest.Documents()
	for _, f := range Formats() {
		if f.Name == "html" { // its bytes are the matter of its own package
			continue
		}
		for _, name := range []string{resulttest.Empty, resulttest.AllKinds, resulttest.Partial} {
			golden(t, name+"."+f.Name+f.Ext, render(t, f.Write, docs[name]))
		}
	}
	golden(t, "all-kinds.colour.txt", render(t, TextWith(Options{Color: true, Width: 60, Verbose: 2}), docs[resulttest.AllKinds]))
	golden(t, "hostile.junit.xml", render(t, JUnit, docs[resulttest.Hostile]))
	golden(t, "hostile.text.txt", render(t, Text, docs[resulttest.Hostile]))
	diff := result.Compare(docs[resulttest.AllPass], docs[resulttest.AllKinds])
	for _, f := range DiffFormats(Options{}) {
		var b bytes.Buffer
		if err := f.Write(&b, diff); err != nil {
			t.Fatal(err)
		}
		golden(t, "diff."+f.Name+f.Ext, looks.ReplaceAll(b.Bytes(), nil))
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "testdata", "golden", "reports", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Formats() {
		if seen[f.Name] || f.Title == "" || f.MediaType == "" || !strings.HasPrefix(f.Ext, ".") {
			t.Errorf("entry %q is incomplete or there twice", f.Name)
		}
		seen[f.Name] = true
	}
	for _, name := range []string{"text", "html", "junit", "json", "markdown", "sarif", "tap", "har", "csv", "badge"} {
		if f, ok := Find(name, Options{}); !ok || f.Name != name {
			t.Errorf("the contract promises format %s", name)
		}
	}
	if _, ok := Find("docx", Options{}); ok {
		t.Error("an unknown format is found")
	}
}

// What was written can be read back: from a journal, from JSON and from the page.
func TestLoad(t *testing.T) {
	want := resulttest.PartialDocument()
	var journal bytes.Buffer
	j := result.NewJournalWriter(&journal)
	for _, e := range resulttest.PartialEvents() {
		j.Emit(e)
	}
	sources := map[string][]byte{
		"journal": journal.Bytes(), "json": render(t, JSON, want), "html": render(t, HTML, want),
		"json with a byte order mark": append([]byte("\ufeff\n"), render(t, JSON, want)...),
	}
	for name, data := range sources {
		in, err := Load(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(string(render(t, JSON, want)), string(render(t, JSON, in.Fold()))); diff != "" {
			t.Errorf("%s gives another document:\n%s", name, diff)
		}
	}
	for _, bad := range []string{"", "  \n", "hello", "<html></html>", `{"a":1}`, `{"schema":"scimmage.result/9"}`, "[1]", `{"type":1}`} {
		if _, err := Load(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
