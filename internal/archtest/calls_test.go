package archtest

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// banned is a mention of a standard library name that only some folders may make.
type banned struct {
	pkg   string
	names *regexp.Regexp
	only  []exception
	why   string
}

// exception is a folder or file that may, and the reason.
type exception struct{ where, reason string }

var bans = []banned{
	{"net/http", regexp.MustCompile(`^(Client|Get|Head|Post|PostForm|NewRequest|NewRequestWithContext|DefaultClient|Transport|DefaultTransport)$`),
		[]exception{
			{"internal/exchange", "the only place that speaks HTTP as a client: redaction, limits and the guard sit there"},
			{"mockidp/client", "calls our own API through the client of whoever uses it (ADR 0018); never a target"},
		},
		"HTTP goes out through internal/exchange only, or nothing guards, records and redacts it"},
	{"net", regexp.MustCompile(`^(Dial.*|Dialer)$`),
		[]exception{
			{"internal/exchange", "connections to the target"},
			{"internal/provider/defects_race.go", "the defect that fetches URLs it is given; loopback only"},
		},
		"connections go out through internal/exchange only"},
	{"fmt", regexp.MustCompile(`^Print(f|ln)?$`),
		[]exception{{"cmd", "the process"}, {"internal/cli", "the terminal"}},
		"write to the io.Writer that was handed in"},
	{"os", regexp.MustCompile(`^(Exit|Stdout|Stderr|Stdin)$`),
		[]exception{{"cmd", "the process"}, {"internal/cli", "the terminal"}, {"tools", "programs of the build"}},
		"only the command line owns the process"},
	{"os", regexp.MustCompile(`^(Getenv|LookupEnv|Environ)$`),
		[]exception{{"cmd", "the process"}, {"internal/cli", "configuration"}, {"tools", "programs of the build"}},
		"configuration is handed in, so that a run can be repeated"},
	{"log", regexp.MustCompile(`.`),
		[]exception{{"cmd", "the process"}, {"internal/cli", "the terminal"}},
		"return an error or emit an event"},
	{"time", regexp.MustCompile(`^(Now|Since|Until)$`),
		[]exception{
			{"cmd", "the process"},
			{"internal/cli", "hands the clock in"},
			{"internal/exchange/clock.go", "the clock that is handed in"},
			{"internal/provider/provider.go", "a server of its own: the system clock where its options name none"},
			{"internal/provider/defects_race.go", "the deadline of a real socket"},
		},
		"the clock is injected, so that a run can be repeated"},
	{"time", regexp.MustCompile(`^(Sleep|After|Tick)$`),
		[]exception{
			{"internal/cli", "hands the clock in"},
			{"internal/exchange/clock.go", "the clock that is handed in"},
			{"internal/provider", "defects that are slow or lose races need real time"},
		},
		"waiting goes through the clock that was handed in, so that tests never sleep"},
	{"math/rand", regexp.MustCompile(`.`), nil, "use math/rand/v2 with a source that was handed in (--seed)"},
	{"math/rand/v2", regexp.MustCompile(`^(Int|IntN|Int32|Int32N|Int64|Int64N|N|Uint32|Uint32N|Uint64|Uint64N|UintN|Uint|Float32|Float64|ExpFloat64|NormFloat64|Perm|Shuffle)$`),
		nil, "the global generator cannot be seeded: take a *rand.Rand"},
	{"crypto/rand", regexp.MustCompile(`.`),
		[]exception{
			{"cmd", "the process"},
			{"internal/cli", "seeds and tokens"},
			{"internal/exchange/assertion.go", "a signed client assertion needs real randomness (RFC 7523)"},
			{"internal/exchange/client.go", "the default where the configuration hands none in"},
			{"internal/provider/provider.go", "a server of its own: ids nobody can guess where its options name no source"},
		},
		"randomness is injected (--seed)"},
}

func TestForbiddenCalls(t *testing.T) {
	for _, s := range production(t) {
		s.selectors(func(sel *ast.SelectorExpr, importPath string) {
			for _, b := range bans {
				if b.pkg == importPath && b.names.MatchString(sel.Sel.Name) && !b.allows(s) {
					t.Errorf("%s mentions %s.%s: %s", s.at(sel), importPath, sel.Sel.Name, b.why)
				}
			}
		})
	}
}

func (b banned) allows(s source) bool {
	return slices.ContainsFunc(b.only, func(e exception) bool { return s.name == e.where || s.within(e.where) })
}

func TestNoInitAndNoDotImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function: registration at a distance; call it from main or keep a table", s.at(f))
			}
		}
		for _, imp := range s.file.Imports {
			if imp.Name != nil && imp.Name.Name == "." {
				t.Errorf("%s imports with a dot: readers cannot see where a name comes from", s.at(imp))
			}
		}
	}
}

// stays lists the package-level variables that may be written after start, with the reason. It is empty on purpose.
var stays = map[string]string{}

// TestNoGlobalState finds package-level variables that some function of their own package assigns to. Tables and
// errors.New at package level are fine; what changes at run time belongs into a value.
func TestNoGlobalState(t *testing.T) {
	globals := map[string]map[string]bool{} // folder → names
	all := production(t)
	for _, s := range all {
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				v, ok := spec.(*ast.ValueSpec)
				if !ok || g.Tok.String() != "var" {
					continue
				}
				for _, n := range v.Names {
					if globals[s.dir] == nil {
						globals[s.dir] = map[string]bool{}
					}
					globals[s.dir][n.Name] = true
				}
			}
		}
	}
	for _, s := range all {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			local := localNames(f)
			check := func(e ast.Expr) {
				if id := baseIdent(e); id != nil && id.Name != "_" && globals[s.dir][id.Name] && !local[id.Name] && stays[s.dir+"."+id.Name] == "" {
					t.Errorf("%s changes the package variable %s: keep state in a value that is handed around", s.at(id), id.Name)
				}
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					if n.Tok.String() != ":=" {
						for _, l := range n.Lhs {
							check(l)
						}
					}
				case *ast.IncDecStmt:
					check(n.X)
				}
				return true
			})
		}
	}
}

// baseIdent finds x in x, x.f, x[i] and *x.
func baseIdent(e ast.Expr) *ast.Ident {
	for {
		switch v := e.(type) {
		case *ast.Ident:
			return v
		case *ast.SelectorExpr:
			e = v.X
		case *ast.IndexExpr:
			e = v.X
		case *ast.StarExpr:
			e = v.X
		case *ast.ParenExpr:
			e = v.X
		default:
			return nil
		}
	}
}

// localNames are the names that a function declares itself anywhere; a local that shadows a global is no change of it.
func localNames(f *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	fields := func(l *ast.FieldList) {
		if l == nil {
			return
		}
		for _, p := range l.List {
			for _, n := range p.Names {
				names[n.Name] = true
			}
		}
	}
	fields(f.Recv)
	fields(f.Type.Params)
	fields(f.Type.Results)
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok.String() == ":=" {
				for _, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok {
						names[id.Name] = true
					}
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				names[id.Name] = true
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok {
					names[id.Name] = true
				}
			}
		case *ast.FuncLit:
			fields(n.Type.Params)
			fields(n.Type.Results)
		}
		return true
	})
	return names
}

// TestNothingIsSkipped: a test that skips itself looks like one that passes.
func TestNothingIsSkipped(t *testing.T) {
	call := regexp.MustCompile(`\b(t|b|f|tb)\.` + `Skip(f|Now)?\(|testing\.Short\(`)
	for _, s := range sources(t) {
		if !s.test || s.within("internal/archtest") {
			continue
		}
		for i, line := range strings.Split(string(s.text), "\n") {
			if call.MatchString(line) {
				t.Errorf("%s:%d skips: a missing tool is a failure, and an impossible case does not belong into the table", s.name, i+1)
			}
		}
	}
}
