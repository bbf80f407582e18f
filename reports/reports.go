// Package reports owns how a result.Document is written down: one file for each format, each a
// pure function of the document. It must not know targets, engines or HTTP, and it counts nothing:
// every number in a report stands in the document already.
package reports

import (
	"io"

	"github.com/scimmage/scimmage/internal/result"
)

// Writer writes a document in one format. The same document always gives the same bytes.
type Writer func(io.Writer, *result.Document) error

// Options shape the formats that a person reads. The zero value suits a file.
type Options struct {
	Color   bool // ANSI colours; glyphs and words are always there, too
	Width   int  // columns of a line; 0 means 100
	Verbose int  // 1: known findings, warnings and skips in full; 2: request and response bodies, too

	// Again is the command that runs a case again; nil means scimmage replay.
	Again func(caseID string) string
}

// Format is one entry of the registry.
type Format struct {
	Name      string
	Ext       string // of a file, with the dot
	MediaType string
	Title     string
	Write     Writer
}

// Formats lists every format with default options, in the order in which help shows them.
func Formats() []Format { return FormatsWith(Options{}) }

// FormatsWith lists every format with the given options.
func FormatsWith(o Options) []Format {
	return []Format{
		{"text", ".txt", "text/plain; charset=utf-8", "for a terminal", TextWith(o)},
		{"html", ".html", "text/html; charset=utf-8", "for people: one offline page", HTML},
		{"json", ".json", "application/json", "the whole result, described by a JSON Schema", JSON},
		{"junit", ".xml", "application/xml", "for CI systems", JUnit},
		{"markdown", ".md", "text/markdown; charset=utf-8", "for pull requests and step summaries", Markdown},
		{"github", ".txt", "text/plain; charset=utf-8", "workflow annotations of GitHub Actions", GitHub},
		{"sarif", ".sarif", "application/sarif+json", "SARIF 2.1.0 for code scanning", SARIF},
		{"tap", ".tap", "text/plain; charset=utf-8", "Test Anything Protocol 14", TAP},
		{"har", ".har", "application/json", "the whole conversation, redacted, as HTTP Archive 1.2", HAR},
		{"csv", ".csv", "text/csv; charset=utf-8", "the findings as a table", CSV},
		{"badge", ".json", "application/json", "endpoint badge of shields.io", Badge},
		{"badge-svg", ".svg", "image/svg+xml", "the badge as a picture", BadgeSVG},
		{"trend", ".svg", "image/svg+xml", "the score over the runs of --history as a picture", Trend},
	}
}

// Find returns the format of a name.
func Find(name string, o Options) (Format, bool) {
	for _, f := range FormatsWith(o) {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Names lists the names of all formats.
func Names() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}
