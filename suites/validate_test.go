package suites

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

const goldenDir = "../testdata/golden/validate"

// knownNames stands for the engine and the profiles, which this package must not know.
func knownNames(kind string) []string {
	switch kind {
	case "operation":
		return []string{"okta/create-user", "okta/deactivate-user"}
	case "procedure":
		return []string{"walk-pages", "wait"}
	case "profile":
		return []string{"okta", "entra"}
	}
	return nil
}

// TestGoldenProblems shows every kind of problem as an author sees it: what, where, the line, a
// caret and what to do.
func TestGoldenProblems(t *testing.T) {
	files, err := filepath.Glob(goldenDir + "/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	lib, ps := Catalogue()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lib.Suites, lib.refs = nil, nil
			_, ps := lib.Add(filepath.Base(file), data)
			ps = append(ps, lib.CheckNames(knownNames)...)
			if len(ps) == 0 {
				t.Fatal("no problem found")
			}
			golden := filepath.Join(goldenDir, name+".txt")
			got := ps.Render()
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}
