package cli

import (
	"errors"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// loaded is the library with the suite files of the user added, and the selection that --suite means.
type loaded struct {
	library   *suites.Library
	selection []string
}

// loadLibrary loads the embedded suites and profiles, and the user's own suite files: an argument of
// --suite that is a file is loaded, anything else selects by name.
func loadLibrary(selection []string) (*loaded, *profile.Set, error) {
	// A third of what the start of a command costs was the collection of garbage while nearly all that is read is kept: until it is read,
	// the heap may grow further between two rounds.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var profiles *profile.Set
	var broken error
	var wg sync.WaitGroup
	wg.Go(func() { profiles, broken = profile.Embedded() })
	lib, ps := suites.LoadEmbedded()
	wg.Wait()
	if broken != nil {
		return nil, nil, brokenProblems(broken)
	}
	if err := problems(append(ps, lib.CheckNames(engine.Names(profiles))...)); err != nil {
		return nil, nil, err
	}
	out := &loaded{library: lib}
	for _, s := range selection {
		if !isFile(s) {
			out.selection = append(out.selection, s)
			continue
		}
		own, err := addFile(lib, profiles, s)
		if err != nil {
			return nil, nil, err
		}
		out.selection = append(out.selection, own.ID)
	}
	return out, profiles, nil
}

// addFile adds one suite file of the user to the library.
func addFile(lib *suites.Library, profiles *profile.Set, path string) (*suites.Suite, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("", "%v", err)
	}
	own, ps := lib.Add(path, data)
	if err := problems(append(ps, lib.CheckNames(engine.Names(profiles))...)); err != nil {
		return nil, err
	}
	return own, nil
}

func brokenProblems(err error) error {
	var ps suites.Problems
	if errors.As(err, &ps) {
		return problems(ps)
	}
	return brokenf("%v", err)
}

func isFile(s string) bool {
	if strings.HasSuffix(s, ".yaml") || strings.HasSuffix(s, ".yml") {
		return true
	}
	info, err := os.Stat(s)
	return err == nil && !info.IsDir()
}

// problems turns what is wrong with YAML files into exit code 4, carets included.
func problems(ps suites.Problems) error {
	if len(ps) == 0 {
		return nil
	}
	return &exitError{exitBroken, strings.TrimRight(ps.Render(), "\n"), ""}
}

func tool() result.Tool {
	return result.Tool{Name: "scimmage", Version: Version, Commit: commit(), Suites: suites.Version()}
}
