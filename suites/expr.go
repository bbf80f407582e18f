package suites

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
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

// exprOptions is how every expression is compiled. Three builtins of expr-lang give way to
// functions of the house with the same name, which the engine puts into the environment: get knows
// SCIM paths, type knows JSON types, repeat has no size limit of its own.
func exprOptions() []expr.Option {
	return []expr.Option{
		expr.AllowUndefinedVariables(),
		expr.DisableBuiltin("get"), expr.DisableBuiltin("type"), expr.DisableBuiltin("repeat"),
	}
}

// CompileExpr compiles src. Names are not checked: variables come from the case at run time and an
// unknown one is nil. (The loader checks names against what a case can know.)
func CompileExpr(src string, pos Pos) (*Expr, error) {
	prog, err := expr.Compile(src, exprOptions()...)
	if err != nil {
		return nil, exprProblem(src, pos, err)
	}
	return &Expr{Pos: pos, Source: src, prog: prog}, nil
}

// expr compiles an expression that stands in the file, the same text once only: two in three repeat another one (checks and bodies that
// are shared by YAML aliases), and compiling them again was a quarter of the time that the embedded suites took to load.
func (s *Source) expr(text string, pos Pos) (*Expr, error) {
	if prog, ok := s.programs[text]; ok {
		return &Expr{Pos: pos, Source: text, prog: prog}, nil
	}
	e, err := CompileExpr(text, pos)
	if err != nil {
		return nil, err
	}
	if s.programs == nil {
		s.programs = map[string]*vm.Program{}
	}
	s.programs[text] = e.prog
	return e, nil
}

// exprProblem turns an error of expr-lang into a problem that points into the expression.
func exprProblem(src string, pos Pos, err error) Problem {
	p := Problem{Pos: pos, Msg: "bad expression: " + firstLine(err.Error()), Width: len([]rune(firstLine(src)))}
	var fe *file.Error
	if !errors.As(err, &fe) {
		return p
	}
	p.Msg = "bad expression: " + firstLine(fe.Message)
	p.Width = max(1, fe.To-fe.From)
	if strings.Contains(p.Msg, "type func(") {
		p.Hint = "a function of the expression language has this name: give the step or variable another id"
	}
	switch {
	case fe.Line <= 1 && pos.Col > 0:
		p.Col = pos.Col + fe.Column
	case fe.Line > 1 && pos.Line > 0:
		p.Pos.Line, p.Col, p.Width = pos.Line+fe.Line-1, 0, 0
	}
	return p
}

// Eval runs the expression. Functions are plain Go funcs in env.
func (e *Expr) Eval(env map[string]any) (any, error) {
	v, err := expr.Run(e.prog, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %s", e.Pos, e.Source, firstLine(err.Error()))
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
		return false, fmt.Errorf("%s: %s is %T, not true or false", e.Pos, e.Source, v)
	}
	return b, nil
}
