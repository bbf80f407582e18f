package html

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// The document travels inside the page: JSON, gzip, base64 in its URL alphabet, in a script
// element of a type that no browser runs. The URL alphabet has no character that html/template
// escapes, so the payload needs no exception from it.
const (
	embedID   = "scimmage-document"
	embedOpen = `<script type="application/x-scimmage-document" id="` + embedID + `">`
)

// quickFrom is the number of exchanges from which packing fast matters more than packing tight.
const quickFrom = 20_000

// maxEmbedded bounds what DocumentFromHTML unpacks, so that a forged page cannot fill the memory.
const maxEmbedded = 1 << 30

// envelope is what is packed: the document with its bodies taken out, every different body once,
// and for each exchange the numbers of its two bodies.
type envelope struct {
	Document *result.Document `json:"document"`
	Bodies   []string         `json:"bodies"`
	Refs     [][2]int         `json:"refs"`
}

func pack(doc *result.Document) envelope {
	slim := *doc
	slim.Exchanges = make([]result.Exchange, len(doc.Exchanges))
	env := envelope{Document: &slim, Bodies: []string{""}, Refs: make([][2]int, len(doc.Exchanges))}
	seen := map[string]int{"": 0}
	ref := func(body string) int {
		n, ok := seen[body]
		if !ok {
			n = len(env.Bodies)
			seen[body] = n
			env.Bodies = append(env.Bodies, body)
		}
		return n
	}
	for i, x := range doc.Exchanges {
		env.Refs[i][0] = ref(x.Request.Body)
		x.Request.Body = ""
		if x.Response != nil {
			r := *x.Response
			env.Refs[i][1] = ref(r.Body)
			r.Body = ""
			x.Response = &r
		}
		slim.Exchanges[i] = x
	}
	return env
}

func (e envelope) unpack() (*result.Document, error) {
	if e.Document == nil || len(e.Refs) != len(e.Document.Exchanges) {
		return nil, errors.New("the embedded document is incomplete")
	}
	for i := range e.Document.Exchanges {
		x := &e.Document.Exchanges[i]
		for k, n := range e.Refs[i] {
			if n < 0 || n >= len(e.Bodies) {
				return nil, fmt.Errorf("the embedded document is damaged: exchange %d refers to body %d of %d", i+1, n, len(e.Bodies))
			}
			switch {
			case k == 0:
				x.Request.Body = e.Bodies[n]
			case x.Response != nil:
				x.Response.Body = e.Bodies[n]
			}
		}
	}
	return e.Document, nil
}

func encodeDocument(doc *result.Document) (string, error) {
	var buf bytes.Buffer
	b64 := base64.NewEncoder(base64.RawURLEncoding, &buf)
	level := gzip.BestCompression
	if len(doc.Exchanges) > quickFrom {
		level = gzip.DefaultCompression
	}
	zip, err := gzip.NewWriterLevel(b64, level)
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
	if err := b64.Close(); err != nil {
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
	src := base64.NewDecoder(base64.RawURLEncoding, strings.NewReader(string(bytes.TrimSpace(data))))
	zip, err := gzip.NewReader(src)
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
