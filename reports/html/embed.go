package html

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/scimmage/scimmage/internal/result"
)

// The document travels inside the page: JSON, gzip, letters (letters.go), in a script element of a
// type that no browser runs.
const (
	embedID   = "scimmage-document"
	embedOpen = `<script type="application/x-scimmage-document" id="` + embedID + `">`
)

// quickFrom is the number of exchanges from which packing fast matters more than packing tight.
const quickFrom = 20_000

// maxEmbedded bounds what DocumentFromHTML unpacks, so that a forged page cannot fill the memory.
const maxEmbedded = 1 << 30

func encodeDocument(doc *result.Document) (string, error) {
	var buf bytes.Buffer
	text := letterWriter(&buf)
	level := gzip.BestCompression
	if len(doc.Exchanges) > quickFrom {
		level = gzip.DefaultCompression
	}
	zip, err := gzip.NewWriterLevel(text, level)
	if err != nil {
		return "", err
	}
	enc := json.NewEncoder(zip)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(pack(doc)); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	if err := text.Close(); err != nil {
		return "", err
	}
	return buf.String(), nil
}

// ErrNoDocument says that a page is no report of ours.
var ErrNoDocument = errors.New("no scimmage document in this HTML file: it is not a report, or something removed its <script> elements")

// Document reads back the document that Write put into a page.
func Document(r io.Reader) (*result.Document, error) {
	page, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the HTML report: %w", err)
	}
	_, rest, found := bytes.Cut(page, []byte(embedOpen))
	if !found {
		return nil, ErrNoDocument
	}
	data, _, found := bytes.Cut(rest, []byte("</script>"))
	if !found {
		return nil, errors.New("the HTML report ends inside its embedded document: the file was cut off")
	}
	zip, err := gzip.NewReader(letterReader(bytes.NewReader(bytes.TrimSpace(data))))
	if err != nil {
		return nil, fmt.Errorf("the embedded document cannot be unpacked: %w", err)
	}
	var env envelope
	if err := json.NewDecoder(io.LimitReader(zip, maxEmbedded)).Decode(&env); err != nil {
		return nil, fmt.Errorf("the embedded document cannot be read: %w", err)
	}
	if env.Document != nil && env.Document.Schema != result.SchemaID {
		return nil, fmt.Errorf("the report holds a document of schema %q; this version reads %q", env.Document.Schema, result.SchemaID)
	}
	return env.unpack()
}
