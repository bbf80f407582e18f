package profile

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// file is profile.yaml as it is written.
type file struct {
	ID        string         `yaml:"id"`
	Title     string         `yaml:"title"`
	Vendor    string         `yaml:"vendor"`
	Dialect   string         `yaml:"dialect"`
	Note      string         `yaml:"note"`
	Extends   string         `yaml:"extends"`
	Abstract  bool           `yaml:"abstract"`
	Needs     string         `yaml:"needs"`
	Basis     string         `yaml:"basis"`
	Off       string         `yaml:"off"`
	Never     []string       `yaml:"never"`
	Options   []Choice       `yaml:"options"`
	Sources   []Source       `yaml:"sources"`
	IDs       *IDs           `yaml:"ids"`
	Traits    map[string]any `yaml:"traits"`
	Headers   []*suites.Node `yaml:"headers"`
	Users     []*suites.Node `yaml:"users"`
	Groups    []*suites.Node `yaml:"groups"`
	Readiness readinessFile  `yaml:"readiness"`
}

type readinessFile struct {
	Required []string `yaml:"required"`
	Wanted   []string `yaml:"wanted"`
}

// loader reads the profiles of one file system; a profile that extends another is read after it.
type loader struct {
	fsys     fs.FS
	done     map[string]*Profile
	problems suites.Problems
	vars     []string // variables that operations set, for the check of names
	files    map[string]parsed
}

// parsed is a file that was read once: the operations of a profile are read again, over what it has, for each that extends it.
type parsed struct {
	node *suites.Node
	dec  *suites.Decoder
}

// Load reads every profile: a directory with profile.yaml and operations*.yaml each. The profiles come in the order
// of their directories, with those that extend another after it.
func Load(fsys fs.FS) (*Set, suites.Problems) {
	l := &loader{fsys: fsys, done: map[string]*Profile{}, files: map[string]parsed{}}
	dirs, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, suites.Problems{{Msg: "profiles cannot be read: " + err.Error()}}
	}
	set := &Set{}
	for _, d := range dirs {
		if !d.IsDir() {
			continue
		}
		if _, err := fs.Stat(fsys, path.Join(d.Name(), "profile.yaml")); err != nil {
			continue
		}
		if p := l.profile(d.Name(), nil); p != nil && !p.abstract {
			set.Profiles = append(set.Profiles, p)
		}
	}
	l.problems.Sort()
	return set, l.problems
}

func (l *loader) problem(file, format string, args ...any) {
	l.problems = append(l.problems, suites.Problem{Pos: suites.Pos{File: file}, Msg: fmt.Sprintf(format, args...)})
}

// profile reads one directory. chain are the profiles that wait for it, against circles.
func (l *loader) profile(dir string, chain []string) *Profile {
	if p, ok := l.done[dir]; ok {
		return p
	}
	name := path.Join(dir, "profile.yaml")
	if slices.Contains(chain, dir) {
		l.problem(name, "profiles extend each other in a circle: %s", strings.Join(append(chain, dir), " extends "))
		return nil
	}
	node, dec := l.parse(name)
	if node == nil {
		return nil
	}
	var f file
	node.Into(&f)
	base := &Profile{}
	if f.Extends != "" {
		parent := l.profile(f.Extends, append(chain, dir))
		if parent == nil {
			l.problem(name, "extends %q, which is no readable profile", f.Extends)
			return nil
		}
		base = parent
	}
	p := l.build(&f, base, node)
	l.problems = append(l.problems, dec.Problems()...)
	if p.ID != dir {
		l.problem(name, "the id is %q and the directory %q: they must be the same", p.ID, dir)
	}
	p.dirs, p.never = append(slices.Clone(base.dirs), dir), append(slices.Clone(base.never), f.Never...)
	l.operations(p)
	l.done[dir] = p
	return p
}

func (l *loader) parse(name string) (*suites.Node, *suites.Decoder) {
	if f, ok := l.files[name]; ok {
		return f.node, f.dec
	}
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		l.problem(name, "cannot be read: %v", err)
		return nil, nil
	}
	node, dec := suites.ParseYAML(name, data)
	if node == nil {
		l.problems = append(l.problems, dec.Problems()...)
	}
	l.files[name] = parsed{node, dec}
	return node, dec
}

// build lays what the file says over the profile that it extends.
func (l *loader) build(f *file, base *Profile, node *suites.Node) *Profile {
	p := *base
	p.ID, p.Title, p.Dialect, p.Note, p.Extends, p.abstract = f.ID, f.Title, f.Dialect, f.Note, f.Extends, f.Abstract
	if f.Needs != "" {
		p.needs = f.Needs
	}
	if f.Off != "" {
		p.Off = f.Off
	}
	if f.Basis != "" {
		p.Basis = f.Basis
	}
	if f.Vendor != "" {
		p.Vendor = f.Vendor
	}
	p.Sources = append(slices.Clone(base.Sources), f.Sources...)
	if f.IDs != nil {
		p.IDs = *f.IDs
	}
	p.Traits = base.Merged(f.Traits)
	maps.DeleteFunc(p.Traits, func(_ string, v any) bool { return v == nil })
	if f.Options != nil {
		p.Options = f.Options
	}
	for _, o := range p.Options {
		if !slices.Contains(o.Values, fmt.Sprint(p.Traits[o.Trait])) || o.Title == "" {
			node.Errorf("", "the option %q needs a title and, among its values, the one of the trait, which is %v", o.Trait, p.Traits[o.Trait])
		}
	}
	p.Headers = slices.Clone(base.Headers)
	for _, n := range f.Headers {
		p.Headers = setHeader(p.Headers, readHeader(n))
	}
	p.Users, p.Groups = slices.Clone(base.Users), slices.Clone(base.Groups)
	for _, n := range f.Users {
		p.Users = replaceMapping(p.Users, readMapping(n))
	}
	for _, n := range f.Groups {
		p.Groups = replaceMapping(p.Groups, readMapping(n))
	}
	p.Readiness = result.ReadinessRule{Required: f.Readiness.Required, Wanted: f.Readiness.Wanted}
	if len(f.Readiness.Required) == 0 {
		p.Readiness = base.Readiness
	}
	if f.ID == "" || f.Title == "" || f.Dialect == "" {
		node.Errorf("", "a profile needs id, title and dialect")
	}
	if p.Basis != "" && p.Basis != Exact && p.Basis != OptionBasis {
		node.Errorf("", "the basis %q is neither %q nor %q", p.Basis, Exact, OptionBasis)
	}
	p.Operations = nil // read again, for what IDP stands for is this profile's
	return &p
}

func setHeader(hs []HeaderRule, h HeaderRule) []HeaderRule {
	for i := range hs {
		if strings.EqualFold(hs[i].Name, h.Name) {
			hs[i] = h
			return hs
		}
	}
	return append(hs, h)
}

func readHeader(n *suites.Node) HeaderRule {
	m := n.Map("a header", []string{"name", "value", "on"})
	h := HeaderRule{Name: m.Need("name", "a header").Text()}
	if v := m.Get("value"); !v.IsNull() {
		h.Value = v.Template()
	}
	if on := m.Get("on"); on != nil {
		h.On = on.Texts()
	}
	return h
}

func readMapping(n *suites.Node) Mapping {
	m := n.Map("a mapping", []string{"target", "source", "expression", "constant", "default", "apply", "type", "when", "empty", "note"})
	out := Mapping{
		Target: m.Need("target", "a mapping").Text(), Source: m.Get("source").Text(), Expr: m.Get("expression").Expr(),
		Constant: m.Get("constant").Value(), HasConst: m.Has("constant"), Default: m.Get("default").Value(),
		Apply: m.Get("apply").OneOf("time", []string{"create", "update"}),
		Type:  m.Get("type").OneOf("type of a mapping", []string{"string", "boolean", "reference", "list"}),
		When:  m.Get("when").Expr(), Empty: m.Get("empty").Bool(), Note: m.Get("note").Text(),
	}
	ways := 0
	for _, has := range []bool{out.Source != "", out.Expr != nil, out.HasConst} {
		if has {
			ways++
		}
	}
	if ways != 1 {
		n.Errorf("", "a mapping needs exactly one of source, expression and constant")
	}
	if d := m.Get("default"); d != nil && !d.IsScalar() {
		d.Errorf("", "a default is a single value")
	}
	at, err := parseTarget(out.Target)
	if err != nil {
		m.Get("target").Errorf("", "%s", err)
	}
	out.at = at
	return out
}
