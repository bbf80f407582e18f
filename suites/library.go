package suites

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/scimmage/scimmage/internal/result"
)

//go:embed *.yaml */*.yaml
var embedded embed.FS

// Embedded is the built-in judgement: catalogue, texts, templates and suites.
func Embedded() fs.FS { return embedded }

// Feature is something a buyer asks about.
type Feature struct {
	Pos   Pos
	ID    string   `yaml:"id"`
	Title string   `yaml:"title"`
	About string   `yaml:"about"`
	Also  []string `yaml:"also"` // other names of it in listings and claims
}

// Library is everything that was loaded. It is complete after Load and only read afterwards, but
// for Add, which belongs to the start of a run.
type Library struct {
	Suites        []*Suite
	Clients       []*ClientSuite // rules for clients, in the order of the files
	Requirements  []*Requirement // in the order of the files
	Features      []Feature
	Causes        map[string]result.CauseText
	Scoring       result.Scoring
	Compatibility result.CompatibilityRules    // what clients need, and what measures it
	Uncovered     map[string]string            // requirement → why no check covers it
	Sources       map[string]map[string]string // idp → key of evidence → title

	byID      map[string]*Requirement
	templates map[string]map[string]*Template // kind → name
	order     map[string][]string             // kind → names in order
	causes    []string                        // keys of Causes in order, as many as there were when they were last asked for
	refs      []sourcedRef
	afters    []pendingAfter
}

type sourcedRef struct {
	Ref
	src *Source
}

// Load reads all files below dir of fsys. With problems the library holds what could be read.
func Load(fsys fs.FS, dir string) (*Library, Problems) {
	l := newLibrary()
	var suiteFiles []string
	var problems Problems
	err := fs.WalkDir(fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		suiteFiles = append(suiteFiles, name)
		return nil
	})
	if err != nil {
		return l, Problems{{Pos: Pos{File: dir}, Msg: err.Error()}}
	}
	slices.SortFunc(suiteFiles, byRank)
	for _, f := range parseFiles(fsys, suiteFiles) {
		if f.err != nil {
			problems = append(problems, Problem{Pos: Pos{File: f.name}, Msg: f.err.Error()})
			continue
		}
		problems = append(problems, l.read(f)...)
	}
	problems = append(problems, l.finish()...)
	return l, problems
}

// parsedFile is a file between YAML and meaning.
type parsedFile struct {
	name string
	root *Node
	dec  *Decoder
	err  error
}

// parseFiles parses files at the same time, because YAML is the larger part of the start-up of a
// run, and returns them in the order of their names.
func parseFiles(fsys fs.FS, names []string) []parsedFile {
	out := make([]parsedFile, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			data, err := fs.ReadFile(fsys, name)
			out[i] = parsedFile{name: name, err: err}
			if err == nil {
				out[i].root, out[i].dec = ParseYAML(name, data)
			}
		})
	}
	wg.Wait()
	return out
}

// LoadEmbedded is Load of the built-in files.
func LoadEmbedded() (*Library, Problems) { return Load(embedded, ".") }

// Catalogue is the built-in library without the suites, for validating a file of a user or a
// profile against it.
func Catalogue() (*Library, Problems) {
	l := newLibrary()
	var problems Problems
	names := []string{"features.yaml", "fixtures.yaml", "scoring.yaml"}
	for _, dir := range []string{"requirements", "causes"} {
		in, err := fs.Glob(embedded, dir+"/*.yaml")
		if err != nil {
			return l, Problems{{Msg: err.Error()}}
		}
		names = append(names, in...)
	}
	slices.SortFunc(names, byRank)
	for _, f := range parseFiles(embedded, names) {
		if f.err != nil {
			problems = append(problems, Problem{Pos: Pos{File: f.name}, Msg: f.err.Error()})
			continue
		}
		problems = append(problems, l.read(f)...)
	}
	return l, problems
}

func newLibrary() *Library {
	return &Library{Causes: map[string]result.CauseText{}, Uncovered: map[string]string{}, Sources: map[string]map[string]string{},
		byID: map[string]*Requirement{}, templates: map[string]map[string]*Template{}, order: map[string][]string{}}
}

// byRank reads the catalogue before the suites that refer to it, otherwise in the order of names.
func byRank(a, b string) int {
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

func rank(name string) int {
	dir, file := path.Split(name)
	switch {
	case path.Base(dir) == "requirements" && (file == "uncovered.yaml" || file == "sources.yaml"):
		return 1
	case path.Base(dir) == "requirements":
		return 0
	case path.Base(dir) == "causes", catalogueReader(file) != nil:
		return 1
	}
	return 2
}

func catalogueReader(file string) func(*Library, *Node) {
	switch file {
	case "features.yaml":
		return (*Library).readFeatures
	case "fixtures.yaml":
		return (*Library).readFixtures
	case "compatibility.yaml":
		return (*Library).readCompatibility
	case "scoring.yaml":
		return (*Library).readScoring
	case "uncovered.yaml":
		return (*Library).readUncovered
	case "sources.yaml":
		return (*Library).readSources
	}
	return nil
}

func (l *Library) read(f parsedFile) Problems {
	dir, file := path.Split(f.name)
	switch r := catalogueReader(file); {
	case r != nil:
		r(l, f.root)
	case path.Base(dir) == "requirements":
		l.readRequirements(f.root, true)
	case path.Base(dir) == "causes":
		l.readCauses(f.root)
	case path.Base(dir) == "client":
		l.readClient(f.root)
	default:
		l.readSuite(f.root, f.dec)
	}
	return f.dec.Problems()
}

// Add reads one more suite file, of a user for example, against this library.
func (l *Library) Add(name string, data []byte) (*Suite, Problems) {
	root, d := ParseYAML(name, data)
	s := l.readSuite(root, d)
	ps := append(d.Problems(), l.finish()...)
	ps.Sort()
	return s, ps
}

// LoadFile reads one suite file on its own: requirements, features, causes and templates that it
// names are not checked. Use Library.Add where a library is at hand.
func LoadFile(name string, data []byte) (*Suite, Problems) {
	root, d := ParseYAML(name, data)
	if root == nil {
		return nil, d.Problems()
	}
	p := &parser{stepIDs: map[string]bool{}, as: sharedBy(root)[0]}
	return p.suite(root), d.Problems()
}

// readSuite reads a suite file; one that several identity providers share gives several suites, of
// which the first is returned.
func (l *Library) readSuite(root *Node, d *Decoder) *Suite {
	if root == nil {
		return nil
	}
	var first *Suite
	for _, idp := range sharedBy(root) {
		p := &parser{stepIDs: map[string]bool{}, as: idp}
		p.opts = Options{Library: l, OnRef: func(r Ref) { l.refs = append(l.refs, sourcedRef{r, d.Source}) }}
		s := p.suite(root)
		if first == nil {
			first = s
		}
		if other := l.Suite(s.ID); other != nil && s.ID != "" {
			lookupNode(root, "suite").Errorf("", "duplicate suite id %q; %s has it already", s.ID, other.Pos.File)
		} else {
			l.Suites = append(l.Suites, s)
		}
		l.afters = append(l.afters, p.afters...)
		if len(d.Problems()) > 0 { // they would only be repeated
			break
		}
	}
	return first
}

// sharedBy lists the identity providers that a file's stories are told for: one suite for each. [""] is a file of its own.
func sharedBy(root *Node) []string {
	if lookupNode(root, "idps") == nil {
		return []string{""}
	}
	if out := lookupNode(root, "idps").Texts(); len(out) > 0 {
		return out
	}
	return []string{""}
}

// Suite finds a suite by id.
func (l *Library) Suite(id string) *Suite {
	for _, s := range l.Suites {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Case finds a case by its full id.
func (l *Library) Case(id string) *Case {
	suite, name, _ := strings.Cut(id, "/")
	if s := l.Suite(suite); s != nil {
		for _, c := range s.Cases {
			if c.ID == name {
				return c
			}
		}
	}
	return nil
}

// Requirement finds a requirement by id.
func (l *Library) Requirement(id string) *Requirement {
	if l == nil {
		return nil
	}
	return l.byID[id]
}

// needsOf is the identity provider under whose name the needs of a dialect are written down: those of authentik-2026.5 are
// authentik's.
func (l *Library) needsOf(dialect string) string {
	best := ""
	for _, r := range l.Requirements {
		if r.IDP != "" && len(r.IDP) > len(best) && (dialect == r.IDP || strings.HasPrefix(dialect, r.IDP+"-")) {
			best = r.IDP
		}
	}
	return best
}

// LevelOf is the strongest level of requirements; ok is false when none of them is known.
func (l *Library) LevelOf(cites []string) (level result.Level, ok bool) {
	for _, id := range cites {
		if r := l.Requirement(id); r != nil && (!ok || r.Level().Rank() > level.Rank()) {
			level, ok = r.Level(), true
		}
	}
	return level, ok
}

// Feature finds a feature by id, nil when there is none.
func (l *Library) Feature(id string) *Feature {
	for i := range l.Features {
		if l.Features[i].ID == id {
			return &l.Features[i]
		}
	}
	return nil
}

// FeatureIDs lists the ids in order.
func (l *Library) FeatureIDs() []string {
	out := make([]string, len(l.Features))
	for i, f := range l.Features {
		out[i] = f.ID
	}
	return out
}

// Fixture is the template of a fixture; kind is user, group or resource. An empty base is minimal.
func (l *Library) Fixture(kind, base string) *Template {
	if base == "" {
		base = "minimal"
	}
	return l.templates[kind][base]
}

func (l *Library) fixtureNames(kind string) []string { return l.order[kind] }

func (l *Library) requirementIDs() []string {
	out := make([]string, len(l.Requirements))
	for i, r := range l.Requirements {
		out[i] = r.ID
	}
	return out
}

func (l *Library) causeKeys() []string {
	if len(l.causes) != len(l.Causes) {
		l.causes = slices.Sorted(maps.Keys(l.Causes))
	}
	return l.causes
}

// Version identifies the embedded judgement: a hash over all its files.
func Version() string {
	h := sha256.New()
	_ = fs.WalkDir(embedded, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(embedded, name)
		if err == nil {
			h.Write([]byte(name))
			h.Write(data)
		}
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// Source says what a key of evidence stands for: "S8 C9335" is looked up as S8, name#123 becomes
// the address of the issue. "" when the key is in no list.
func (l *Library) Source(idp, key string) string {
	if s := l.Sources[idp][key]; s != "" {
		return s
	}
	if base, rest, ok := strings.Cut(key, " "); ok && l.Sources[idp][base] != "" {
		return l.Sources[idp][base] + ", " + rest
	}
	if name, number, ok := strings.Cut(key, "#"); ok && l.Sources["github"][name] != "" {
		return "https://github.com/" + l.Sources["github"][name] + "/issues/" + number
	}
	return ""
}
