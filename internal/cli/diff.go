package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sort"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/reports"
)

// readDocuments reads results in any of their forms and merges several into one.
func readDocuments(paths []string) (*result.Document, error) {
	if len(paths) == 0 {
		last, err := lastJournalPath(realSystem{})
		if err != nil {
			return nil, usagef("", "--from is missing")
		}
		paths = []string{last}
	}
	if len(paths) == 1 {
		return readDocument(paths[0])
	}
	var journals [][]result.Event
	for _, p := range paths {
		in, err := readInput(p)
		if err != nil {
			return nil, err
		}
		if in.Events == nil {
			return nil, usagef("run each part with --journal part.ndjson, and merge those: scimmage report --from a.ndjson --from b.ndjson -o html=report.html",
				"%s is a finished result, and only journals can be merged: a result is counted and graded already, and no longer holds the rules that did it", p)
		}
		journals = append(journals, in.Events)
	}
	doc, err := result.Merge(journals...)
	if err != nil {
		return nil, usagef("", "%v", err)
	}
	return doc, nil
}

func readDocument(path string) (*result.Document, error) {
	in, err := readInput(path)
	if err != nil {
		return nil, err
	}
	if in.Document != nil {
		return in.Document, nil
	}
	doc, err := result.Merge(in.Events)
	if err != nil {
		return nil, usagef("", "%s: %v", path, err)
	}
	return doc, nil
}

func readInput(path string) (*result.Input, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("", "%v", err)
	}
	in, err := reports.Load(bytes.NewReader(data))
	if err != nil {
		return nil, usagef("give a journal (NDJSON), a JSON result or an HTML report of scimmage", "%s: %v", path, err)
	}
	return in, nil
}

// dryRun prints the plan and the requests that it would send.
func (j *job) dryRun(ctx context.Context, eng *engine.Engine) error {
	lines, diag, err := eng.DryRun(ctx)
	j.status.finish()
	if err != nil {
		return brokenf("%v", err)
	}
	if diag != nil {
		return &exitError{exitUntestable, diag.Message, diag.Hint}
	}
	for _, l := range lines {
		fmt.Fprintln(j.e.out, l)
	}
	return nil
}

func sortedNames(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
