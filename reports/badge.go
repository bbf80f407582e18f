package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// badgeText is what a badge says, and its colour.
func badgeText(d *result.Document) (message, color string) {
	s := d.Score
	switch {
	case d.Diagnosis != nil:
		return "not testable", "lightgrey"
	case d.Run.Partial:
		return "partial run", "lightgrey"
	case d.Counts.Checks[result.Pass]+d.Counts.Checks[result.Fail]+d.Counts.Checks[result.Warn] == 0:
		return "untested", "lightgrey"
	}
	message = fmt.Sprintf("%.1f %%", s.Percent)
	if s.Grade != "" {
		message = s.Grade + " · " + message
	}
	switch {
	case d.Counts.Checks[result.Fail] > 0 && s.Percent < 70:
		return message, "red"
	case d.Counts.Checks[result.Fail] > 0:
		return message, "orange"
	case d.Counts.Checks[result.Warn] > 0 || d.Counts.Checks[result.Error] > 0:
		return message, "yellowgreen"
	}
	return message, "brightgreen"
}

// Badge writes the endpoint schema of shields.io. Source: https://shields.io/badges/endpoint-badge
func Badge(w io.Writer, d *result.Document) error {
	message, color := badgeText(d)
	return writeJSON(w, struct {
		SchemaVersion int    `json:"schemaVersion"`
		Label         string `json:"label"`
		Message       string `json:"message"`
		Color         string `json:"color"`
	}{1, "SCIM 2.0", message, color})
}

var badgeColors = map[string]string{
	"brightgreen": "#2f7d32", "yellowgreen": "#5d7a12", "orange": "#b3560f", "red": "#b3261e", "lightgrey": "#6b6b6b",
}

// BadgeSVG writes the badge as a picture that loads nothing.
func BadgeSVG(w io.Writer, d *result.Document) error {
	const label, charWidth, padding = "SCIM 2.0", 7, 10
	message, color := badgeText(d)
	left := len(label)*charWidth + padding
	right := len([]rune(message))*charWidth + padding
	var escaped strings.Builder
	if err := xml.EscapeText(&escaped, []byte(message)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[6]s: %[4]s">
  <title>%[6]s: %[4]s</title>
  <clipPath id="r"><rect width="%[1]d" height="20" rx="3"/></clipPath>
  <g clip-path="url(#r)"><rect width="%[2]d" height="20" fill="#444"/><rect x="%[2]d" width="%[3]d" height="20" fill="%[5]s"/></g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="%[7]d" y="14">%[6]s</text><text x="%[8]d" y="14">%[4]s</text>
  </g>
</svg>
`, left+right, left, right, escaped.String(), badgeColors[color], label, left/2, left+right/2)
	return err
}
