package html

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Geometry of the trend, in its own units.
const (
	trendWidth, trendHeight = 640, 180
	trendLeft, trendRight   = 44, 16
	trendTop, trendBottom   = 14, 34
	trendRuns               = 60 // the newest that the picture shows
)

// trend is the picture of the score over the runs of a history file.
type trend struct {
	Width, Height int
	Alone         bool // a file of its own, with its own ground
	Label         string
	Line          string
	Dots          []dot
	Grid          []gridLine
	First, Last   string
	Right, Foot   int
}

type dot struct{ X, Y, Text string }

type gridLine struct{ Y, TextY, Text string }

// WriteTrend writes the trend of a document as a picture that loads nothing. A document without a
// history shows its own run.
func WriteTrend(w io.Writer, doc *result.Document) error {
	s, err := loadStatic()
	if err != nil {
		return fmt.Errorf("html report: templates: %w", err)
	}
	points := doc.Trend
	if len(points) == 0 {
		points = []result.TrendPoint{result.TrendOf(doc)}
	}
	t := newTrend(points)
	t.Alone = true
	out := bufio.NewWriter(w)
	if err := s.tmpl.ExecuteTemplate(out, "trend", t); err != nil {
		return fmt.Errorf("trend: %w", err)
	}
	return out.Flush()
}

func (b *builder) trend() *trend {
	if len(b.doc.Trend) < 2 {
		return nil
	}
	return newTrend(b.doc.Trend)
}

func newTrend(points []result.TrendPoint) *trend {
	if len(points) > trendRuns {
		points = points[len(points)-trendRuns:]
	}
	low := 100.0
	for _, p := range points {
		low = min(low, p.Percent)
	}
	floor := max(0, math.Floor((low-0.01)/10)*10) // the axis begins at a ten below the worst run, and says so
	t := &trend{Width: trendWidth, Height: trendHeight, Right: trendWidth - trendRight, Foot: trendHeight - 12}
	x := func(i int) float64 {
		if len(points) == 1 {
			return trendWidth / 2
		}
		return trendLeft + float64(i)*(trendWidth-trendLeft-trendRight)/float64(len(points)-1)
	}
	y := func(percent float64) float64 {
		return trendTop + (100-percent)/(100-floor)*(trendHeight-trendTop-trendBottom)
	}
	num := func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
	for _, v := range []float64{100, (100 + floor) / 2, floor} {
		t.Grid = append(t.Grid, gridLine{num(y(v)), num(y(v) + 4), percent(v)})
	}
	var line strings.Builder
	for i, p := range points {
		fmt.Fprintf(&line, "%c%s %s", "ML"[min(i, 1)], num(x(i)), num(y(p.Percent)))
		text := fmt.Sprintf("%s: %s, %d findings", p.At.UTC().Format("2006-01-02 15:04"), percent(p.Percent), p.Findings)
		if p.Grade != "" {
			text += ", grade " + clip(clean(p.Grade), 4)
		}
		if p.Partial {
			text += ", partial run"
		}
		t.Dots = append(t.Dots, dot{num(x(i)), num(y(p.Percent)), text})
	}
	t.Line = line.String()
	first, last := points[0], points[len(points)-1]
	t.First, t.Last = first.At.UTC().Format("2006-01-02"), last.At.UTC().Format("2006-01-02")
	t.Label = fmt.Sprintf("Score over %d runs: %s on %s, %s on %s", len(points), percent(first.Percent), t.First, percent(last.Percent), t.Last)
	if len(points) == 1 {
		t.Label = fmt.Sprintf("Score of one run: %s on %s", percent(last.Percent), t.Last)
	}
	return t
}
