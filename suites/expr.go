package suites

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// Expr is a compiled expression of the one expression language of the house (expr-lang/expr, see
// docs/adr): used in when, that, save, facts and inside {{ }}. It is compiled at load time so that
// a broken one is reported with its place, and run with the variables of a case.
type Expr struct {
	Pos    Pos
	Source string
	prog   *vm.Program
}

// CompileExpr compiles src. Names are not checked: variables come from the case at run time and an
// unknown one is nil.
func CompileExpr(src string, pos Pos) (*Expr, error) {
	prog, err := expr.Compile(src, expr.AllowUndefinedVariables())
	if err != nil {
		return nil, err
	}
	return &Expr{Pos: pos, Source: src, prog: prog}, nil
}

// Eval runs the expression. Functions are plain Go funcs in env.
func (e *Expr) Eval(env map[string]any) (any, error) {
	v, err := expr.Run(e.prog, env)
	if err != nil {
		return nil, fmt.Errorf("%s:%d:%d: %s: %w", e.Pos.File, e.Pos.Line, e.Pos.Col, e.Source, err)
	}
	return v, nil
}

// True evaluates a condition; nil (absent) and errors count as false, errors are returned as well.
func (e *Expr) True(env map[string]any) (bool, error) {
	v, err := e.Eval(env)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok && v != nil {
		return false, fmt.Errorf("%s:%d:%d: %s is %T, not true or false", e.Pos.File, e.Pos.Line, e.Pos.Col, e.Source, v)
	}
	return b, nil
}
