package suites

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// CompileTemplate compiles a YAML node. pos names the file; line and column come from the node
// where it has them. The error is a Problems.
func CompileTemplate(node *yaml.Node, pos Pos) (*Template, error) {
	c := &templateCompiler{file: pos.File, src: &Source{File: pos.File}}
	root, err := expandAliases(node)
	if err != nil {
		return nil, Problems{c.src.Problem(pos, 0, "", err.Error())}
	}
	t := c.compile(root)
	if t.Pos.Line == 0 {
		t.Pos = pos
	}
	return t, c.problems.Err()
}

type templateCompiler struct {
	file     string
	src      *Source
	problems Problems
}

func (c *templateCompiler) compile(n *yaml.Node) *Template {
	t := &Template{node: c.node(n)}
	t.Pos = t.node.pos
	return t
}

func (c *templateCompiler) errorf(pos Pos, width int, hint, format string, args ...any) {
	c.problems = append(c.problems, c.src.Problem(pos, width, hint, fmt.Sprintf(format, args...)))
}

func (c *templateCompiler) node(n *yaml.Node) tnode {
	if n == nil {
		return tnode{}
	}
	pos := Pos{File: c.file, Line: n.Line, Col: n.Column}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return tnode{pos: pos}
		}
		return c.node(n.Content[0])
	case yaml.SequenceNode:
		t := tnode{kind: tList, pos: pos}
		for _, item := range n.Content {
			t.items = append(t.items, c.node(item))
		}
		return t
	case yaml.MappingNode:
		return c.mapping(n, pos)
	}
	return c.scalar(n, pos)
}

func (c *templateCompiler) mapping(n *yaml.Node, pos Pos) tnode {
	if inner, ok := unquotedBraces(n); ok {
		c.errorf(pos, 2, quoteHint(inner), "a value that begins with {{ must be quoted: YAML reads it as a mapping")
		return tnode{pos: pos}
	}
	t := tnode{kind: tMap, pos: pos}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		kpos := Pos{File: c.file, Line: k.Line, Col: k.Column}
		if k.Kind != yaml.ScalarNode {
			c.errorf(kpos, 1, "", "the key of a member must be text")
			continue
		}
		if seen[k.Value] {
			c.errorf(kpos, len([]rune(k.Value)), "", "duplicate key %q", k.Value)
			continue
		}
		seen[k.Value] = true
		key := tnode{kind: tLiteral, value: k.Value, pos: kpos}
		if strings.Contains(k.Value, "{{") {
			key = c.text(k, k.Value, kpos)
		}
		t.keys = append(t.keys, key)
		t.items = append(t.items, c.node(n.Content[i+1]))
	}
	return t
}

func (c *templateCompiler) scalar(n *yaml.Node, pos Pos) tnode {
	switch n.ShortTag() {
	case "!!null", "!!bool", "!!int", "!!float":
		v, err := scalarValue(n)
		if err != nil {
			c.errorf(pos, len([]rune(n.Value)), "quote it if it is text", "%s", err)
		}
		return tnode{kind: tLiteral, value: v, pos: pos}
	}
	return c.text(n, n.Value, pos)
}

// scalarValue decodes a scalar by its YAML type; timestamps and everything unusual stay text.
func scalarValue(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE", nil
	case "!!int":
		var i int
		if err := n.Decode(&i); err == nil {
			return i, nil
		}
		return nil, fmt.Errorf("number %s is too large", n.Value)
	case "!!float":
		var f float64
		if err := n.Decode(&f); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("number %s has no form in JSON", n.Value)
		}
		return f, nil
	}
	return n.Value, nil
}

// text compiles a string with {{ }} in it.
func (c *templateCompiler) text(n *yaml.Node, s string, pos Pos) tnode {
	if !strings.Contains(s, "{{") {
		return tnode{kind: tLiteral, value: s, pos: pos}
	}
	t := tnode{kind: tText, pos: pos}
	rest, count := s, 0
	for {
		i := strings.Index(rest, "{{")
		if i < 0 {
			break
		}
		if i > 0 {
			t.parts = append(t.parts, tpart{text: rest[:i]})
		}
		at := c.place(n, len(s)-len(rest)+i, count)
		end := exprEnd(rest[i+2:])
		if end < 0 {
			c.errorf(at, 2, "close the expression with }}", "{{ without }}")
			return tnode{pos: pos}
		}
		t.parts = append(t.parts, tpart{expr: c.expr(rest[i+2:i+2+end], at)})
		rest = rest[i+2+end+2:]
		count++
	}
	if rest != "" {
		t.parts = append(t.parts, tpart{text: rest})
	}
	if len(t.parts) == 1 && t.parts[0].expr != nil {
		return tnode{kind: tExpr, expr: t.parts[0].expr, pos: pos}
	}
	return t
}

// expr compiles the text between the braces; at is the place of the braces.
func (c *templateCompiler) expr(src string, at Pos) *Expr {
	lead := len(src) - len(strings.TrimLeft(src, " \t\n"))
	trimmed := strings.TrimSpace(src)
	if at.Col > 0 {
		at.Col += 2 + len([]rune(src[:lead]))
	}
	if trimmed == "" {
		c.errorf(at, 1, "write an expression between the braces", "empty {{ }}")
		trimmed = "nil"
	}
	e, err := c.src.expr(trimmed, at)
	if err != nil {
		c.addExprError(err)
		e, _ = CompileExpr("nil", at)
	}
	return e
}

func (c *templateCompiler) addExprError(err error) {
	if p, ok := err.(Problem); ok {
		p.Line = c.src.LineAt(p.Pos.Line)
		c.problems = append(c.problems, p)
		return
	}
	c.problems = append(c.problems, Problem{Pos: Pos{File: c.file}, Msg: err.Error()})
}

// place finds where in the file the count-th {{ of a scalar stands: in the source text if there is
// one (escapes and folding move things), else by counting from the node.
func (c *templateCompiler) place(n *yaml.Node, offset, count int) Pos {
	pos := Pos{File: c.file, Line: n.Line, Col: n.Column}
	for line, skip := n.Line, n.Column-1; line >= 1 && line <= len(c.src.Lines); line++ {
		text := []rune(c.src.LineAt(line))
		for i := max(0, skip); i+1 < len(text); i++ {
			if text[i] != '{' || text[i+1] != '{' {
				continue
			}
			if count == 0 {
				return Pos{File: c.file, Line: line, Col: i + 1}
			}
			count--
			i++
		}
		skip = 0
	}
	if n.Column > 0 && !strings.Contains(n.Value, "\n") && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && offset <= len(n.Value) {
		pos.Col += len([]rune(n.Value[:offset]))
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			pos.Col++
		}
	}
	return pos
}

// exprEnd finds the }} that closes an expression, past strings and the braces of map literals.
func exprEnd(s string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && i+1 < len(s) && s[i+1] == '}':
			return i
		}
	}
	return -1
}

// unquotedBraces recognises what YAML makes of an unquoted {{ x }}: a flow mapping whose only key
// is a flow mapping.
func unquotedBraces(n *yaml.Node) (string, bool) {
	if n.Style&yaml.FlowStyle == 0 || len(n.Content) < 2 || n.Content[0].Kind != yaml.MappingNode {
		return "", false
	}
	if in := n.Content[0]; len(in.Content) > 0 && in.Content[0].Kind == yaml.ScalarNode {
		return in.Content[0].Value, true
	}
	return "", true
}

func quoteHint(inner string) string {
	if inner == "" {
		inner = "…"
	}
	return "write '{{ " + inner + " }}'"
}

// Limits of alias expansion: a file of a few lines must not become gigabytes.
const (
	maxNodes     = 200_000
	maxNodeDepth = 200
)

// expandAliases returns the tree with aliases and merge keys resolved. Nodes without aliases are
// shared with the input.
func expandAliases(n *yaml.Node) (*yaml.Node, error) {
	budget := maxNodes
	return expandNode(n, 0, &budget)
}

func expandNode(n *yaml.Node, depth int, budget *int) (*yaml.Node, error) {
	if n == nil {
		return nil, nil
	}
	if *budget--; *budget < 0 {
		return nil, fmt.Errorf("the file has more than %d values once its aliases are expanded", maxNodes)
	}
	if depth > maxNodeDepth {
		return nil, fmt.Errorf("the file is nested deeper than %d levels, or an alias contains itself", maxNodeDepth)
	}
	if n.Kind == yaml.AliasNode {
		return expandNode(n.Alias, depth+1, budget)
	}
	if len(n.Content) == 0 {
		return n, nil
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.ShortTag() == "!!merge" && i+1 < len(n.Content) {
			continue
		}
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].ShortTag() == "!!merge" {
			if err := mergeInto(&out, n, child, depth, budget); err != nil {
				return nil, err
			}
			continue
		}
		e, err := expandNode(child, depth+1, budget)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, e)
	}
	return &out, nil
}

// mergeInto adds the members of <<: that the mapping does not set itself.
func mergeInto(out, orig, from *yaml.Node, depth int, budget *int) error {
	e, err := expandNode(from, depth+1, budget)
	if err != nil {
		return err
	}
	sources := []*yaml.Node{e}
	if e.Kind == yaml.SequenceNode {
		sources = e.Content
	}
	taken := map[string]bool{}
	for i := 0; i+1 < len(orig.Content); i += 2 {
		taken[orig.Content[i].Value] = true
	}
	for _, s := range sources {
		if s.Kind != yaml.MappingNode {
			return fmt.Errorf("line %d: << needs a mapping", from.Line)
		}
		for i := 0; i+1 < len(s.Content); i += 2 {
			if k := s.Content[i]; !taken[k.Value] {
				taken[k.Value] = true
				out.Content = append(out.Content, k, s.Content[i+1])
			}
		}
	}
	return nil
}

func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// lineOf finds the line number in a message of the YAML library.
func lineOf(msg string) int {
	m := yamlLine.FindStringSubmatch(msg)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}
