package reports

import (
	"bufio"
	"bytes"
	_ "embed" // the published JSON Schema
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// ResultSchema is the published JSON Schema of the JSON format.
//
//go:embed result.schema.json
var ResultSchema []byte

// JSON writes the whole document. Map keys are sorted by encoding/json, so that the bytes are
// the same for the same document.
// The exchanges, nearly all of a document, are written one by one: encoding/json would hold them
// twice more, and a run on an admin's laptop or in a small container has no hundred megabytes to spare.
func JSON(w io.Writer, d *result.Document) error {
	if len(d.Exchanges) == 0 {
		return writeJSON(w, d)
	}
	rest := *d
	rest.Exchanges = []result.Exchange{}
	var frame bytes.Buffer
	if err := writeJSON(&frame, &rest); err != nil {
		return err
	}
	const place = "\n  \"exchanges\": [" // a line of this depth is a member of the document
	head, tail, found := strings.Cut(frame.String(), place)
	if !found {
		return errors.New("the document has no place for its exchanges: this is a fault of scimmage")
	}
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(head + place) // Flush tells of any error
	for i := range d.Exchanges {
		text, err := indented(&d.Exchanges[i], "    ")
		if err != nil {
			return err
		}
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_, _ = out.WriteString("\n    ")
		_, _ = out.Write(text)
	}
	_, _ = out.WriteString("\n  " + tail)
	return out.Flush()
}

// indented is v as it stands in a document behind that indentation, without a line end.
func indented(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent(indent, "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
