package reports

import (
	"io"

	page "github.com/scimmage/scimmage/reports/html"

	"github.com/scimmage/scimmage/internal/result"
)

// HTML writes the report that people read: one offline file that carries the document, too.
func HTML(w io.Writer, doc *result.Document) error { return page.Write(w, doc) }

// DocumentFromHTML reads back the document that HTML put into its page.
func DocumentFromHTML(r io.Reader) (*result.Document, error) { return page.Document(r) }

// Trend writes the score over the runs of a history as a picture.
func Trend(w io.Writer, doc *result.Document) error { return page.WriteTrend(w, doc) }
