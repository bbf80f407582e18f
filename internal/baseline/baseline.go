// Package baseline owns the file of expected findings: how it is read, with positions for every
// mistake, and how it is written so that a person can go on editing it. What an entry means is
// decided by package result; this package knows no command line.
package baseline

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

type file struct {
	Expected []result.BaselineEntry `yaml:"expected"`
}

// Read reads a file. What is wrong in it comes as suites.Problems.
func Read(path string) ([]result.BaselineEntry, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	node, dec := suites.ParseYAML(path, data)
	var f file
	if node != nil {
		node.Into(&f)
	}
	if ps := dec.Problems(); len(ps) > 0 {
		return nil, ps
	}
	return f.Expected, nil
}

// Render writes entries as a file.
func Render(entries []result.BaselineEntry) []byte {
	if len(entries) == 0 {
		return []byte("# No finding is expected.\nexpected: []\n")
	}
	var b strings.Builder
	b.WriteString("# Expected findings: glob over check ids, reason, last day. An entry that no longer fits is drift (exit code 5).\nexpected:\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "  - check: %s\n    reason: %s\n", strconv.Quote(e.Check), strconv.Quote(e.Reason))
		if e.Until != "" {
			fmt.Fprintf(&b, "    until: %s\n", strconv.Quote(e.Until))
		}
		if e.Outcome != "" {
			fmt.Fprintf(&b, "    outcome: %s\n", e.Outcome)
		}
	}
	return []byte(b.String())
}
