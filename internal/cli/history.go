package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
)

// historyEntry is one line of the history file: the score of one run.
type historyEntry struct {
	At       time.Time `json:"at"`
	Target   string    `json:"target"`
	Percent  float64   `json:"percent"`
	Grade    string    `json:"grade,omitempty"`
	Must     int       `json:"must"`
	Should   int       `json:"should"`
	Findings int       `json:"findings"`
	Partial  bool      `json:"partial,omitempty"`
}

// history appends this run to the history file and shows the trend over the runs of this target.
func (j *job) history(c *cli.Context, doc *result.Document) error {
	path := j.s.text("history", j.s.file.History)
	if path == "" {
		return nil
	}
	old, err := readHistory(path)
	if err != nil {
		return err
	}
	now := historyEntry{At: doc.Run.Started, Target: doc.Target.URL, Percent: doc.Score.Percent, Grade: doc.Score.Grade, Must: doc.Counts.Must, Should: doc.Counts.Should, Findings: doc.Counts.Findings, Partial: doc.Run.Partial}
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
	if !c.Bool("quiet") {
		fmt.Fprintln(j.e.err, trend(append(old, now)))
	}
	return nil
}

func readHistory(path string) ([]historyEntry, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usagef("", "--history: %v", err)
	}
	defer func() { _ = f.Close() }()
	var out []historyEntry
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		var e historyEntry
		if strings.TrimSpace(sc.Text()) == "" {
			continue
		}
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			return nil, usagef("move the file away to begin a new history", "--history: %s:%d: %v", path, n, err)
		}
		out = append(out, e)
	}
	return out, sc.Err()
}

// bars draw a percentage in eighths.
var bars = []rune("▁▂▃▄▅▆▇█")

// trend shows the last runs of the newest entry's target as one line.
func trend(entries []historyEntry) string {
	last := entries[len(entries)-1]
	var b strings.Builder
	var first historyEntry
	n := 0
	for _, e := range entries[max(len(entries)-40, 0):] {
		if e.Target != last.Target {
			continue
		}
		if n == 0 {
			first = e
		}
		n++
		i := int(e.Percent / 100 * float64(len(bars)-1))
		b.WriteRune(bars[min(max(i, 0), len(bars)-1)])
	}
	return fmt.Sprintf("trend %s  %.1f %% → %.1f %% over %d runs of %s", b.String(), first.Percent, last.Percent, n, last.Target)
}
