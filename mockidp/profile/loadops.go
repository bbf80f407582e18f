package profile

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/suites"
	"gopkg.in/yaml.v3"
)

var operationKeys = []string{"title", "feature", "params", "evidence", "source", "note", "hidden", "cause", "why", "fix", "steps"}

// paramTypes are the kinds of arguments of an operation.
var paramTypes = []string{"person", "group", "people", "attributes", "text", "number", "bool", "any"}

// operations reads operations*.yaml of a profile and of those that it extends, the most general first. An operation that gives no
// steps says only what the evidence is for what it inherits.
func (l *loader) operations(p *Profile) {
	type fileOf struct{ dir, name string }
	var files []fileOf
	for _, dir := range p.dirs {
		names, _ := fs.Glob(l.fsys, path.Join(dir, "operations*.yaml"))
		for _, name := range names {
			files = append(files, fileOf{dir, name})
			if node, _ := l.parse(name); node != nil {
				l.vars = assigned(node.YAML(), l.vars)
			}
		}
	}
	for _, f := range files {
		l.operationFile(p, f.dir, f.name)
	}
	for _, id := range p.never {
		if p.Operation(id) == nil {
			l.problem(path.Join(p.ID, "profile.yaml"), "never names the operation %q, which %s has not", id, p.ID)
		}
	}
	p.Operations = slices.DeleteFunc(p.Operations, func(o *Operation) bool { return slices.Contains(p.never, o.ID) })
}

func (l *loader) operationFile(p *Profile, dir, name string) {
	node, dec := l.parse(name)
	if node == nil {
		return
	}
	node.Map("a file of operations", []string{"operations"}).Need("operations", "a file of operations").Map("operations", nil).Each(func(k, v *suites.Node) {
		op := l.operation(p, k.Raw(), v)
		op.Profile = dir
		p.Operations = setOperation(p.Operations, op)
	})
	if dir == p.ID { // those of a profile that is extended were told when it was read itself
		l.problems = append(l.problems, dec.Problems()...)
	}
}

// operation reads one operation over the one that the profile has already.
func (l *loader) operation(p *Profile, id string, v *suites.Node) *Operation {
	own := v.Map("an operation", operationKeys)
	old := p.Operation(id)
	if own.Has("steps") || old == nil {
		return readOperation(id, v, suites.Options{Operation: true, Vars: l.vars, Functions: Functions(), As: p.needs})
	}
	op := *old
	op.Note = own.Get("note").Text()
	op.Evidence = own.Need("evidence", "an operation").OneOf("evidence", []string{Captured, Documented, Assumed})
	op.Source = own.Need("source", "an operation").Text()
	if own.Has("title") {
		op.Title = own.Get("title").Template()
	}
	return &op
}

func setOperation(ops []*Operation, op *Operation) []*Operation {
	for i := range ops {
		if ops[i].ID == op.ID {
			ops[i] = op
			return ops
		}
	}
	return append(ops, op)
}

// assigned lists the variables that operations of a file set: what a called operation sets, its caller knows.
func assigned(n *yaml.Node, names []string) []string {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && (c.Value == "set" || c.Value == "save") && n.Content[i+1].Kind == yaml.MappingNode {
			for j := 0; j < len(n.Content[i+1].Content); j += 2 {
				head, _, _ := strings.Cut(n.Content[i+1].Content[j].Value, ".")
				names = append(names, head)
			}
		}
		names = assigned(c, names)
	}
	return names
}

func readOperation(id string, n *suites.Node, opts suites.Options) *Operation {
	m := n.Map("an operation", operationKeys)
	op := &Operation{
		ID: id, Title: m.Need("title", "an operation").Template(), Feature: m.Need("feature", "an operation").Text(),
		Evidence: m.Need("evidence", "an operation").OneOf("evidence", []string{Captured, Documented, Assumed}),
		Source:   m.Need("source", "an operation").Text(), Note: m.Get("note").Text(), Hidden: m.Get("hidden").Bool(),
	}
	m.Get("params").Map("params", nil).Each(func(k, v *suites.Node) { op.Params = append(op.Params, readParam(k.Raw(), v)) })
	known := append([]string{"groups", "users"}, opts.Vars...)
	for _, p := range op.Params {
		known = append(known, p.Name)
	}
	opts.Vars = known
	op.Steps = m.Need("steps", "an operation").Steps(opts)
	checkBuilders(n, op.Steps)
	speak(op.Steps, m.Get("cause").Text(), m.Get("why").Text(), m.Get("fix").Text())
	return op
}

// speak gives the checks of an operation what it says of all of them. It goes before what the story says that plays it: a look-up
// that fails in the story of a leaver tells of look-ups, not of leavers.
func speak(steps []*suites.Step, cause, why, fix string) {
	for _, st := range steps {
		for _, k := range st.Expect {
			k.Cause, k.Why, k.Fix = cmp.Or(k.Cause, cause), cmp.Or(k.Why, why), cmp.Or(k.Fix, fix)
		}
		for _, r := range st.React {
			r.Cause, r.Why, r.Fix = cmp.Or(r.Cause, cause), cmp.Or(r.Why, why), cmp.Or(r.Fix, fix)
		}
		speak(st.Parallel, cause, why, fix)
	}
}

func readParam(name string, n *suites.Node) Param {
	if n.IsScalar() {
		return Param{Name: name, Type: n.OneOf("type of a parameter", paramTypes)}
	}
	m := n.Map("a parameter", []string{"type", "optional", "default"})
	return Param{Name: name, Type: m.Need("type", "a parameter").OneOf("type of a parameter", paramTypes),
		Optional: m.Get("optional").Bool() || m.Has("default"), Default: m.Get("default").Value()}
}

// checkBuilders finds a builder that does not exist when the file is read, not when a run comes there.
func checkBuilders(n *suites.Node, steps []*suites.Step) {
	known := Builders()
	for _, s := range steps {
		if s.Send != nil && s.Send.Build != "" && known[s.Send.Build] == nil {
			names := make([]string, 0, len(known))
			for k := range known {
				names = append(names, k)
			}
			slices.Sort(names)
			n.Errorf("builders are "+strings.Join(names, ", "), "step %q calls the builder %q, which does not exist", s.ID, s.Send.Build)
		}
	}
}
