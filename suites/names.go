package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// nameVisitor collects the names an expression takes from its environment.
type nameVisitor struct {
	calls    map[*ast.IdentifierNode]bool
	idents   []*ast.IdentifierNode
	declared map[string]bool
}

// Visit implements ast.Visitor; expr-lang visits children before their parent.
func (v *nameVisitor) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		v.idents = append(v.idents, n)
	case *ast.VariableDeclaratorNode:
		v.declared[n.Name] = true
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			v.calls[id] = true
		}
	}
}

func (e *Expr) names() *nameVisitor {
	v := &nameVisitor{calls: map[*ast.IdentifierNode]bool{}, declared: map[string]bool{}}
	node := e.prog.Node()
	ast.Walk(&node, v)
	v.idents = slices.DeleteFunc(v.idents, func(id *ast.IdentifierNode) bool { return v.declared[id.Value] })
	return v
}

// constantExpr tells whether an expression takes nothing from its environment.
func constantExpr(e *Expr) bool { return len(e.names().idents) == 0 }

// finishNames checks, when a case or an operation has been read whole, that its expressions use
// names that exist: an unknown variable would silently be nil, and a check on nil can hide a fault.
func (p *parser) finishNames(n *Node) {
	if n == nil {
		return
	}
	p.finishTargets()
	if p.opts.Operation && p.opts.Vars == nil {
		return
	}
	vars := append(words(variableTable), p.opts.Vars...)
	vars = append(vars, p.vars...)
	for id := range p.stepIDs {
		vars = append(vars, id)
	}
	funcs := append(words(functionTable), p.opts.Functions...)
	for _, e := range p.exprs {
		p.checkNames(n, e, vars, funcs)
	}
}

func (p *parser) checkNames(n *Node, e *Expr, vars, funcs []string) {
	v := e.names()
	for _, id := range v.idents {
		known, what := vars, "variable"
		if v.calls[id] {
			known, what = funcs, "function"
		}
		if id.Value == "$env" || slices.Contains(known, id.Value) || slices.Contains(p.opts.Functions, id.Value) || slices.Contains(p.opts.Vars, id.Value) {
			continue
		}
		pos := e.Pos
		if !strings.Contains(e.Source, "\n") && pos.Col > 0 {
			pos.Col += id.Location().From
		}
		hint := suggest(id.Value, slices.Sorted(slices.Values(known)))
		switch {
		case strings.HasPrefix(hint, "known are"):
			hint = ""
		case slices.ContainsFunc(Nearest(id.Value, known, 1), func(s string) bool { return strings.Contains(s, "-") }):
			hint = "a step id with a hyphen cannot stand in an expression: give the step an id with _"
		}
		n.d.Add(n.d.Source.Problem(pos, len([]rune(id.Value)), hint, fmt.Sprintf("unknown %s %q", what, id.Value)))
	}
}

// finishTargets resolves on:, read: and unchanged.from against what the case knows.
func (p *parser) finishTargets() {
	known := slices.Clone(p.vars)
	for id := range p.stepIDs {
		known = append(known, id)
	}
	if p.opts.Operation {
		known = append(known, p.opts.Vars...)
		if p.opts.Vars == nil {
			return
		}
	}
	for _, on := range p.ons {
		name := on.Raw()
		head, _, _ := strings.Cut(name, ".")
		if slices.Contains(known, name) || slices.Contains(known, head) || isTemplate(on) || name == "" {
			continue
		}
		on.Errorf(suggest(name, slices.Sorted(slices.Values(known))), "no fixture, variable or step %q in this case", name)
	}
}
