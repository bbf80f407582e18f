// Command docs writes docs/requirements.md, docs/checks/ and the tables of docs/idps.md from the suites, the operations of the
// profiles, the automatic checks and the defects that prove them. With -check it writes nothing and
// fails when a page is out of date.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail when a page is out of date")
	dir := flag.String("dir", "docs", "directory of the documentation")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	pages, err := pages(dir)
	if err != nil {
		return err
	}
	stale, err := filepath.Glob(filepath.Join(dir, "checks", "*.md"))
	if err != nil {
		return err
	}
	stale = slices.DeleteFunc(stale, func(name string) bool { return pages["checks/"+filepath.Base(name)] != nil })
	for name, text := range pages {
		file := filepath.Join(dir, filepath.FromSlash(name))
		have, err := os.ReadFile(file)
		if err == nil && bytes.Equal(have, text) {
			continue
		}
		if check {
			return fmt.Errorf("%s is out of date: run make docs", file)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	for _, file := range stale {
		if check {
			return fmt.Errorf("%s belongs to no suite any more: run make docs", file)
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// pages are all generated files by their path below docs.
func pages(dir string) (map[string][]byte, error) {
	lib, problems := suites.LoadEmbedded()
	if err := problems.Err(); err != nil {
		return nil, err
	}
	profiles, err := profile.Embedded()
	if err != nil {
		return nil, err
	}
	all := engine.Checks(lib, profiles)
	checks := shown(all)
	measured, err := proofs.Embedded()
	if err != nil {
		return nil, err
	}
	proven := suites.Proofs(measured.ByCheck(engine.Written(all)))
	out := map[string][]byte{"requirements.md": suites.RequirementsPage(lib, checks, proven)}
	for name, text := range suites.CheckPages(lib, checks, proven) {
		out["checks/"+name] = text
	}
	page, err := os.ReadFile(filepath.Join(dir, "idps.md"))
	if err != nil {
		return nil, err
	}
	if out["idps.md"], err = idpsPage(page, profiles, filepath.Join(dir, "..", "testdata", "captures")); err != nil {
		return nil, err
	}
	return out, nil
}

// shown lists every check of a run as the documentation shows it.
func shown(all []engine.CheckInfo) []suites.CheckInfo {
	checks := make([]suites.CheckInfo, 0, len(all))
	for _, k := range all {
		checks = append(checks, suites.CheckInfo{ID: k.ID, Case: k.Case, Title: k.Title, Level: k.Level, Cites: k.Cites, Why: k.Why, Fix: k.Fix, Judge: k.Asks, RFC: k.RFC})
	}
	return checks
}
