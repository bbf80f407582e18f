package reports

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// csvColumns are the columns, append-only: scripts read them by name.
var csvColumns = []string{
	"outcome", "level", "check", "suite", "case", "feature", "idp", "summary", "expected", "actual", "cites", "cause",
	"method", "path", "status", "fix", "known", "url",
}

// CSV writes the findings, a row each, worst causes first and in the order of their causes.
func CSV(w io.Writer, d *result.Document) error {
	v := newView(d)
	out := csv.NewWriter(w)
	if err := out.Write(csvColumns); err != nil {
		return err
	}
	for _, cause := range d.Causes {
		for _, id := range append(append([]string{}, cause.Checks...), cause.Consequences...) {
			if f := v.checks[id]; f.check != nil {
				if err := out.Write(v.csvRow(f, cause.ID)); err != nil {
					return err
				}
			}
		}
	}
	out.Flush()
	return out.Error()
}

func (v *view) csvRow(f found, cause string) []string {
	c := f.check
	var method, path, status, link string
	if x := v.exchanges[c.Exchange]; x != nil {
		method, path = x.Request.Method, x.Request.Path
		if x.Response != nil {
			status = strconv.Itoa(x.Response.Status)
		}
	}
	if len(c.Cites) > 0 {
		link = v.url(c.Cites[0])
	}
	row := []string{
		string(c.Outcome), string(c.Level), c.ID, f.suite.ID, f.cs.ID, f.cs.Feature, f.suite.IDP, headline(c), c.Expected, c.Actual,
		strings.Join(c.Cites, " "), cause, method, path, status, c.Fix, known(c), link,
	}
	for i := range row {
		row[i] = csvCell(row[i])
	}
	return row
}

// csvCell makes a cell safe for a spreadsheet, which would run a text that begins like a formula.
func csvCell(s string) string {
	s = clip(oneLine(s), 2000)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
