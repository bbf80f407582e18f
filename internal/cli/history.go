package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// trendLength is how many runs of a target the picture and the line of a trend go back.
const trendLength = 60

// addTrend puts the runs of the same target into the document: those of the history file before,
// and the document's own.
func addTrend(path string, doc *result.Document) error {
	old, err := readHistory(path)
	if err != nil {
		return err
	}
	now := result.TrendOf(doc)
	doc.Trend = nil
	for _, p := range old {
		// Demo runs listen on another port each time and are one target all the same.
		if same := p.Target == now.Target || doc.Run.Demo && p.Target == demoTarget; same && !p.At.Equal(now.At) {
			doc.Trend = append(doc.Trend, p)
		}
	}
	doc.Trend = append(doc.Trend, now)
	doc.Trend = doc.Trend[max(len(doc.Trend)-trendLength, 0):]
	return nil
}

const demoTarget = "demo"

// appendHistory writes the document's run behind the others.
func appendHistory(path string, doc *result.Document) error {
	now := result.TrendOf(doc)
	if doc.Run.Demo {
		now.Target = demoTarget
	}
	line, err := json.Marshal(now)
	if err != nil {
		return brokenf("%v", err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return usagef("", "--history: %v", err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(append(line, '\n')); err != nil {
		return usagef("", "--history: %v", err)
	}
	return nil
}

func readHistory(path string) ([]result.TrendPoint, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usagef("", "--history: %v", err)
	}
	defer func() { _ = f.Close() }()
	var out []result.TrendPoint
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		var p result.TrendPoint
		if strings.TrimSpace(sc.Text()) == "" {
			continue
		}
		if err := json.Unmarshal(sc.Bytes(), &p); err != nil {
			return nil, usagef("move the file away to begin a new history", "--history: %s:%d: %v", path, n, err)
		}
		out = append(out, p)
	}
	return out, sc.Err()
}

// bars draw a percentage in eighths.
var bars = []rune("▁▂▃▄▅▆▇█")

// trendLine shows the runs of a document's trend as one line.
func trendLine(doc *result.Document) string {
	first, last := doc.Trend[0], doc.Trend[len(doc.Trend)-1]
	var b strings.Builder
	for _, p := range doc.Trend {
		i := int(p.Percent / 100 * float64(len(bars)-1))
		b.WriteRune(bars[min(max(i, 0), len(bars)-1)])
	}
	return fmt.Sprintf("trend %s  %.1f %% → %.1f %% over %s", b.String(), first.Percent, last.Percent, counted(len(doc.Trend), "run", "runs"))
}
