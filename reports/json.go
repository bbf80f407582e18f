package reports

import (
	_ "embed" // the published JSON Schema
	"encoding/json"
	"io"

	"github.com/scimmage/scimmage/internal/result"
)

// ResultSchema is the published JSON Schema of the JSON format.
//
//go:embed result.schema.json
var ResultSchema []byte

// JSON writes the whole document. Map keys are sorted by encoding/json, so that the bytes are
// the same for the same document.
func JSON(w io.Writer, d *result.Document) error { return writeJSON(w, d) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
