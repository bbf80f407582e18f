package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxLines is the longest a Go file may be. Longer ones hold two subjects.
const maxLines = 450

// maxFunc is the longest a function may be, body and comments; the linter holds product code lower.
const maxFunc = 110

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		limit := maxLines
		if s.test {
			limit = 2 * maxLines // tables of cases
		}
		if n := bytes.Count(s.text, []byte("\n")); n > limit {
			t.Errorf("%s has %d lines, more than %d: split it by subject", s.name, n, limit)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test {
				continue
			}
			if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line; n > maxFunc {
				t.Errorf("%s: %s has %d lines, more than %d", s.at(f), f.Name.Name, n, maxFunc)
			}
		}
	}
}

func TestPackagesSayWhatTheyOwn(t *testing.T) {
	docs := map[string]string{}
	for _, s := range production(t) {
		docs[s.dir] += s.file.Doc.Text()
	}
	for dir, doc := range docs {
		if len(strings.Fields(doc)) < 8 {
			t.Errorf("package %s: its comment must say what it owns and what it must not know; it says %q", dir, doc)
		}
	}
}

// selfEvident are methods that an interface of the standard library defines; their comment could only repeat it.
var selfEvident = map[string]bool{"Error": true, "String": true, "Unwrap": true, "Len": true, "Less": true, "Swap": true}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range production(t) {
		if s.file.Name.Name == "main" {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc.Text() == "" && !selfEvident[d.Name.Name] {
					t.Errorf("%s: %s is exported and undocumented", s.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					for _, name := range undocumented(d, spec) {
						t.Errorf("%s: %s is exported and undocumented", s.at(spec), name)
					}
				}
			}
		}
	}
}

// exportedReceiver is true for functions and for methods of exported types: only those show in the documentation.
func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	e := f.Recv.List[0].Type
	for {
		switch v := e.(type) {
		case *ast.StarExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.IndexListExpr:
			e = v.X
		case *ast.Ident:
			return v.IsExported()
		default:
			return false
		}
	}
}

// undocumented names the exported identifiers of one spec that carry no comment: neither their own (above or at the
// end of the line) nor, in a group, the group's.
func undocumented(d *ast.GenDecl, spec ast.Spec) []string {
	if d.Doc.Text() != "" {
		if _, isType := spec.(*ast.TypeSpec); !isType || !d.Lparen.IsValid() {
			return nil
		}
	}
	var out []string
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
			out = append(out, spec.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range spec.Names {
			if n.IsExported() && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
				out = append(out, n.Name)
			}
		}
	}
	return out
}

// tracked lists the files that git knows, with their content; binary ones are left out.
func tracked(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v (the rules on tracked files need the repository)", err)
	}
	files := map[string]string{}
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if os.IsNotExist(err) {
			continue // deleted in the work tree, not yet in git
		}
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		if !bytes.ContainsRune(text[:min(len(text), 8000)], 0) {
			files[name] = string(text)
		}
	}
	if len(files) == 0 {
		t.Fatal("git ls-files names no file")
	}
	return files
}

// phrases must stand in no tracked file. They are split here so that this file does not trip over itself.
var phrases = []struct {
	re  *regexp.Regexp
	why string
}{
	{regexp.MustCompile(`(^|[^\w.~/-])/(wo` + `rk|ro` + `ot|ho` + `me)/\w`), "a path of somebody's machine"},
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`), "unfinished work: finish it, or write an issue"},
	{regexp.MustCompile(`registry\.npm` + `js\.org|proxy\.gol` + `ang\.org`), "the host of a registry: lock files here name none, so that a mirror works"},
}

// pathsAllowed are files that hold such words as data, with the reason.
var pathsAllowed = []exception{
	{"LICENSE", "the licence text is quoted as it is"},
	{"reports/tap.go", "TAP has a directive of that name for tests that are expected to fail"},
	{"testdata/golden/reports/all-kinds.tap.tap", "the same"},
}

func TestTrackedFilesAreClean(t *testing.T) {
	for name, text := range tracked(t) {
		if allowedFile(name) || path.Base(name) == "go.sum" {
			continue
		}
		for i, line := range strings.Split(text, "\n") {
			for _, p := range phrases {
				if m := p.re.FindString(line); m != "" {
					t.Errorf("%s:%d says %q: %s", name, i+1, strings.TrimSpace(m), p.why)
				}
			}
		}
	}
}

func allowedFile(name string) bool {
	for _, e := range pathsAllowed {
		if name == e.where {
			return true
		}
	}
	return false
}

// TestCleanRuleFails shows that each phrase is found, and that a SCIM URL which looks like a path is not.
func TestCleanRuleFails(t *testing.T) {
	finds := []string{"open /wo" + "rk/x", "\"/ho" + "me/ana/x\"", "// TO" + "DO later", "https://registry.npm" + "js.org/x"}
	for _, line := range finds {
		n := 0
		for _, p := range phrases {
			if p.re.MatchString(line) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is matched by %d phrases, want 1", line, n)
		}
	}
	for _, line := range []string{"GET /scim/v2/Users/2819", "emails[type eq \"wo" + "rk\"]", "docs/ho" + "me/x", "method"} {
		for _, p := range phrases {
			if p.re.MatchString(line) {
				t.Errorf("%q is matched by %s", line, p.re)
			}
		}
	}
}

func TestTrackedFilesAreNotHuge(t *testing.T) {
	const limit = 2 << 20
	for name, text := range tracked(t) {
		if len(text) > limit {
			t.Errorf("%s is %s: large data is generated, not committed", name, fmt.Sprintf("%.1f MB", float64(len(text))/(1<<20)))
		}
	}
}
