package reports

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

var update = flag.Bool("update", false, "write golden files and the JSON Schema anew")

// The published schema is made from the Go types and their comments, so that it cannot disagree
// with what is written. This test makes it and compares.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	g := readTypes(t, filepath.Join("..", "internal", "result"))
	doc := g.object("Document")
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["$id"] = "https://github.com/scimmage/scimmage/blob/main/reports/result.schema.json"
	doc["title"] = "Result of a scimmage run, version " + result.SchemaID
	doc["properties"].(map[string]any)["schema"] = map[string]any{"const": result.SchemaID}
	doc["$defs"] = g.defs
	want, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("result.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(ResultSchema)); diff != "" {
		t.Errorf("result.schema.json is not that of the types; run go test ./reports -run Schema -update\n%s", diff)
	}
}

// schemaMaker turns the source of package result into definitions.
type schemaMaker struct {
	t       *testing.T
	structs map[string]*ast.StructType
	docs    map[string]string
	strings map[string][]string // named string types and their constants
	defs    map[string]any
}

func readTypes(t *testing.T, dir string) *schemaMaker {
	t.Helper()
	g := &schemaMaker{t: t, structs: map[string]*ast.StructType{}, docs: map[string]string{}, strings: map[string][]string{}, defs: map[string]any{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.GenDecl); ok {
				g.declaration(decl)
			}
		}
	}
	return g
}

func (g *schemaMaker) declaration(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			g.docs[s.Name.Name] = strings.TrimSpace(decl.Doc.Text())
			switch x := s.Type.(type) {
			case *ast.StructType:
				g.structs[s.Name.Name] = x
			case *ast.Ident:
				if x.Name == "string" {
					g.strings[s.Name.Name] = nil
				}
			}
		case *ast.ValueSpec:
			typ, ok := s.Type.(*ast.Ident)
			if decl.Tok != token.CONST || !ok {
				continue
			}
			for _, v := range s.Values {
				if lit, ok := v.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(lit.Value)
					if err == nil {
						g.strings[typ.Name] = append(g.strings[typ.Name], text)
					}
				}
			}
		}
	}
}

func (g *schemaMaker) object(name string) map[string]any {
	props, required := map[string]any{}, []string{}
	for _, f := range g.structs[name].Fields.List {
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			g.t.Fatalf("%s: tag %s: %v", name, f.Tag.Value, err)
		}
		key, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if key == "-" {
			continue
		}
		schema := g.of(f.Type)
		if c := strings.TrimSpace(f.Comment.Text()); c != "" && schema["$ref"] == nil {
			schema["description"] = c
		}
		props[key] = schema
		if !strings.Contains(options, "omit") {
			required = append(required, key)
		}
	}
	out := map[string]any{"type": "object", "properties": props}
	if len(required) > 0 {
		out["required"] = required
	}
	if d := g.docs[name]; d != "" {
		out["description"] = strings.Join(strings.Fields(d), " ")
	}
	return out
}

func (g *schemaMaker) of(e ast.Expr) map[string]any {
	switch x := e.(type) {
	case *ast.StarExpr:
		return g.of(x.X)
	case *ast.ArrayType:
		return map[string]any{"type": "array", "items": g.of(x.Elt)}
	case *ast.MapType:
		out := map[string]any{"type": "object", "additionalProperties": g.of(x.Value)}
		if key := x.Key.(*ast.Ident).Name; key != "string" {
			out["propertyNames"] = map[string]any{"enum": g.strings[key]}
		}
		return out
	case *ast.SelectorExpr: // time.Time
		return map[string]any{"type": "string", "format": "date-time"}
	case *ast.Ident:
		return g.ident(x.Name)
	}
	g.t.Fatalf("the schema has no form for %T", e)
	return nil
}

func (g *schemaMaker) ident(name string) map[string]any {
	switch name {
	case "string":
		return map[string]any{"type": "string"}
	case "bool":
		return map[string]any{"type": "boolean"}
	case "int", "int64":
		return map[string]any{"type": "integer"}
	case "float64":
		return map[string]any{"type": "number"}
	case "any":
		return map[string]any{}
	}
	if _, ok := g.defs[name]; !ok {
		g.defs[name] = nil // a type may contain itself
		if values, ok := g.strings[name]; ok {
			g.defs[name] = map[string]any{"type": "string", "enum": values, "description": strings.Join(strings.Fields(g.docs[name]), " ")}
		} else if g.structs[name] != nil {
			g.defs[name] = g.object(name)
		} else {
			g.t.Fatalf("the schema has no form for type %s", name)
		}
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(ResultSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("result.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("result.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestJSONValidatesAgainstTheSchema(t *testing.T) {
	schema := compiledSchema(t)
	for name, d := range resulttest.Documents() {
		var b bytes.Buffer
		if err := JSON(&b, d); err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A schema that accepts everything proves nothing.
func TestSchemaRefuses(t *testing.T) {
	schema := compiledSchema(t)
	good := func() map[string]any {
		var b bytes.Buffer
		if err := JSON(&b, resulttest.AllKindsDocument()); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		return v.(map[string]any)
	}
	firstCase := func(d map[string]any) map[string]any {
		return d["suites"].([]any)[0].(map[string]any)["cases"].([]any)[0].(map[string]any)
	}
	for name, damage := range map[string]func(map[string]any){
		"another version":      func(d map[string]any) { d["schema"] = "scimmage.result/2" },
		"no counts":            func(d map[string]any) { delete(d, "counts") },
		"an unknown outcome":   func(d map[string]any) { firstCase(d)["outcome"] = "maybe" },
		"a case without id":    func(d map[string]any) { delete(firstCase(d), "id") },
		"checks that are null": func(d map[string]any) { firstCase(d)["checks"] = nil },
		"an unknown verdict": func(d map[string]any) {
			d["features"].([]any)[0].(map[string]any)["verdicts"].(map[string]any)["okta"] = "fine"
		},
	} {
		d := good()
		damage(d)
		if schema.Validate(d) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
