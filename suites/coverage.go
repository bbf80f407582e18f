package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Share is how many of so many requirements are covered.
type Share struct {
	Covered int `json:"covered"`
	Total   int `json:"total"`
}

// String is "3 of 4", a dash when there is none.
func (s Share) String() string {
	if s.Total == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d", s.Covered, s.Total)
}

func (s *Share) count(covered bool) {
	s.Total++
	if covered {
		s.Covered++
	}
}

// CoverageRow counts the requirements of one area; the row of all has no area.
type CoverageRow struct {
	Area      string `json:"area,omitempty"`
	Must      Share  `json:"must"`      // of providers, that a black box can test
	Should    Share  `json:"should"`    // the same
	May       Share  `json:"may"`       // the same, covered by facts
	Clients   Share  `json:"clients"`   // MUST and SHOULD of clients alone, covered by rules of provider --grade
	Invisible int    `json:"invisible"` // of providers, that no black box can see
}

// CoverageRows counts by area, in alphabetical order, all of them at the end. covering is that of Covering.
func CoverageRows(l *Library, covering map[string][]string) []CoverageRow {
	rows := map[string]*CoverageRow{}
	total := CoverageRow{}
	for _, r := range l.Requirements {
		row := rows[r.Area]
		if row == nil {
			row = &CoverageRow{Area: r.Area}
			rows[r.Area] = row
		}
		done := len(covering[r.ID]) > 0
		row.count(r, done)
		total.count(r, done)
	}
	var out []CoverageRow
	for _, row := range rows {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b CoverageRow) int { return strings.Compare(a.Area, b.Area) })
	return append(out, total)
}

func (x *CoverageRow) count(r *Requirement, done bool) {
	switch {
	case r.Subject == "client" && r.Level() == result.May: // a permission: there is nothing to break
	case r.Subject == "client":
		x.Clients.count(done)
	case r.Testable == "not-testable" && !done:
		x.Invisible++
	case r.Level() == result.Must:
		x.Must.count(done)
	case r.Level() == result.Should:
		x.Should.count(done)
	default:
		x.May.count(done)
	}
}
