package mockidp_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/mockidp"
)

// TestConsoleNamesNobody: no page and no code of the console knows an identity provider by name; that is data.
func TestConsoleNamesNobody(t *testing.T) {
	words := []string{"microsoft", "azure", "aiw"}
	for _, id := range everyProfile() {
		words = append(words, regexp.QuoteMeta(id))
	}
	names := regexp.MustCompile(`(?i)\b(` + strings.Join(words, "|") + `)`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == "profile" || path == "settings") {
			return filepath.SkipDir
		}
		ext := filepath.Ext(path)
		if d.IsDir() || strings.HasSuffix(path, "_test.go") || ext != ".go" && ext != ".html" && ext != ".js" && ext != ".css" {
			return nil
		}
		b, err := os.ReadFile(path)
		for n, line := range strings.Split(string(b), "\n") {
			if hit := names.FindString(line); hit != "" && !strings.Contains(line, ".md ") && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				t.Errorf("%s:%d says %q", path, n+1, hit)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSampleIsReproducible: the same seed gives the same company.
func TestSampleIsReproducible(t *testing.T) {
	export := func() string {
		idp := open(t, ":memory:", mockidp.Options{})
		defer func() { _ = idp.Close() }()
		if err := idp.Sample(context.Background(), 60, 9); err != nil {
			t.Fatal(err)
		}
		b, _, err := idp.Export(context.Background(), "scim")
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(b) {
			t.Error("the SCIM export is no JSON")
		}
		return string(b)
	}
	if diff := cmp.Diff(export(), export()); diff != "" {
		t.Error(diff)
	}
}
