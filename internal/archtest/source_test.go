package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// module is our import path; a package of ours is named by what follows it.
const module = "github.com/scimmage/scimmage"

// root is the top of the repository, from this folder.
const root = "../.."

// source is one Go file of ours, parsed.
type source struct {
	name string // path from the repository's root, slashes
	dir  string // folder of it, "." for the root
	test bool
	text []byte
	file *ast.File
	fset *token.FileSet
}

// at renders the place of a node for a message.
func (s source) at(n ast.Node) string {
	p := s.fset.Position(n.Pos())
	return s.name + ":" + itoa(p.Line)
}

// within reports whether the file lies in dir or below it.
func (s source) within(dir string) bool { return s.dir == dir || strings.HasPrefix(s.dir, dir+"/") }

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// sources parses every Go file of the work tree except vendored npm trees and test data.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "node_modules" || n == "testdata" || (strings.HasPrefix(n, ".") && n != ".." && n != ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		out = append(out, source{name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), text: text, file: file, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatalf("read the source: %v", err)
	}
	if len(out) == 0 {
		t.Fatal("no Go file found: the walk is broken")
	}
	return out
}

// production is sources without the tests.
func production(t *testing.T) []source {
	t.Helper()
	var out []source
	for _, s := range sources(t) {
		if !s.test {
			out = append(out, s)
		}
	}
	return out
}

// imported maps the local name of each import of the file to its path.
func (s source) imported() map[string]string {
	names := map[string]string{}
	for _, imp := range s.file.Imports {
		p := strings.Trim(imp.Path.Value, `"`)
		base := path.Base(p)
		if base == "v2" || base == "v3" || base == "v6" { // major version folders
			base = path.Base(path.Dir(p))
		}
		if imp.Name != nil {
			base = imp.Name.Name
		}
		names[base] = p
	}
	return names
}

// selectors calls f for every mention pkg.Name of an imported package.
func (s source) selectors(f func(sel *ast.SelectorExpr, importPath string)) {
	names := s.imported()
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok {
			if p, ok := names[id.Name]; ok {
				f(sel, p)
			}
		}
		return true
	})
}

// listed is what `go list -json` says of one package.
type listed struct {
	ImportPath string
	Doc        string
	GoFiles    []string
	Imports    []string
}

// packages are our packages by path from the module's root; one that does not compile is still there.
func packages(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Doc,GoFiles,Imports", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all[strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, module), "/")] = l
	}
	if len(all) == 0 {
		t.Fatal("go list names no package")
	}
	return all
}
