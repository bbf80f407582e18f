package html

import (
	"bytes"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

func render(t *testing.T, doc *result.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A full run fits in two megabytes and is written quickly.
func TestFullRunIsSmall(t *testing.T) {
	doc := sample(fullSample)
	began := time.Now()
	page := render(t, doc)
	took := time.Since(began)
	checks := 0
	for _, n := range doc.Counts.Checks {
		checks += n
	}
	payload, err := encodeDocument(doc)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d exchanges, %d checks: %d bytes, of them %d embedded document, in %v", len(doc.Exchanges), checks, len(page), len(payload), took)
	if len(page) > 2_000_000 {
		t.Errorf("the page of a full run has %d bytes, more than 2 MB", len(page))
	}
}
