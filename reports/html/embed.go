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

// envelope is what is packed: the document, in which a body that stood before in the same document
// is taken out, and where it stood. The first of equal bodies stays in its place, beside the curl
// command that repeats it, so that the two pack well.
type envelope struct {
	Document *result.Document `json:"document"`
	Same     []sameBody       `json:"same"`
}

// sameBody says that a body of an exchange equals an earlier one: exchange, side, exchange, side,
// where the sides are 0 for the request and 1 for the response.
type sameBody [4]int

func pack(doc *result.Document) envelope {
	slim := *doc
	slim.Exchanges = make([]result.Exchange, len(doc.Exchanges))
	env := envelope{Document: &slim, Same: []sameBody{}}
	first := map[string][2]int{}
	take := func(i, side int, body string) string {
		if len(body) < sameFrom {
			return body
		}
		at, ok := first[body]
		if !ok {
			first[body] = [2]int{i, side}
			return body
		}
		env.Same = append(env.Same, sameBody{i, side, at[0], at[1]})
		return ""
	}
	for i, x := range doc.Exchanges {
		x.Request.Body = take(i, 0, x.Request.Body)
		if x.Response != nil {
			r := *x.Response
			r.Body = take(i, 1, r.Body)
			x.Response = &r
		}
		slim.Exchanges[i] = x
	}
	return env
}

func (e envelope) unpack() (*result.Document, error) {
	if e.Document == nil {
		return nil, errors.New("the embedded document is incomplete")
	}
	for _, s := range e.Same {
		to, from := e.body(s[0], s[1]), e.body(s[2], s[3])
		if to == nil || from == nil {
			return nil, fmt.Errorf("the embedded document is damaged: no body %v in its %d exchanges", s, len(e.Document.Exchanges))
		}
		*to = *from
	}
	return e.Document, nil
}

// body is the place of a body in the document, nil where there is none.
func (e envelope) body(i, side int) *string {
	if i < 0 || i >= len(e.Document.Exchanges) {
		return nil
	}
	x := &e.Document.Exchanges[i]
	switch {
	case side == 0:
		return &x.Request.Body
	case side == 1 && x.Response != nil:
		return &x.Response.Body
	}
	return nil
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
