package suites

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Decoder reads one YAML file strictly and collects problems with their places. Every loader of the
// house uses it: suites, profiles, scimmage.yaml, claims and baselines.
type Decoder struct {
	Source   *Source
	problems Problems
}

// Node is a value of a file being decoded. All methods work on a nil Node and give zero values, so
// that a loader can go on after a problem and report the next one too.
type Node struct {
	y *yaml.Node
	d *Decoder
}

// ParseYAML parses one document. The node is nil when the file is empty or broken; what is wrong
// is in the decoder.
func ParseYAML(file string, data []byte) (*Node, *Decoder) {
	d := &Decoder{Source: NewSource(file, data)}
	root, err := unmarshalNode(data)
	if err != nil {
		d.syntaxError(err)
		return nil, d
	}
	if root == nil || len(root.Content) == 0 {
		d.problems = append(d.problems, Problem{Pos: Pos{File: file}, Msg: "the file is empty"})
		return nil, d
	}
	expanded, err := expandAliases(root.Content[0])
	if err != nil {
		d.problems = append(d.problems, Problem{Pos: Pos{File: file}, Msg: err.Error()})
		return nil, d
	}
	return &Node{y: expanded, d: d}, d
}

// NewNode wraps a YAML node that was parsed elsewhere; data, if not nil, is the text of its file,
// for the source lines of problems.
func NewNode(file string, data []byte, y *yaml.Node) (*Node, *Decoder) {
	d := &Decoder{Source: NewSource(file, data)}
	e, err := expandAliases(y)
	if err != nil {
		d.problems = append(d.problems, Problem{Pos: Pos{File: file}, Msg: err.Error()})
		return nil, d
	}
	if e != nil && e.Kind == yaml.DocumentNode && len(e.Content) > 0 {
		e = e.Content[0]
	}
	return &Node{y: e, d: d}, d
}

// Problems is what was wrong so far, in the order of the file.
func (d *Decoder) Problems() Problems {
	out := slices.Clone(d.problems)
	out.Sort()
	return out
}

// Add takes a problem that the caller found.
func (d *Decoder) Add(ps ...Problem) { d.problems = append(d.problems, ps...) }

// Pos of the node.
func (n *Node) Pos() Pos {
	if n == nil {
		return Pos{}
	}
	return Pos{File: n.d.Source.File, Line: n.y.Line, Col: n.y.Column}
}

// YAML is the node of the YAML library.
func (n *Node) YAML() *yaml.Node {
	if n == nil {
		return nil
	}
	return n.y
}

// Errorf reports a problem at the node. hint may be empty.
func (n *Node) Errorf(hint, format string, args ...any) {
	if n == nil {
		return
	}
	n.d.Add(n.d.Source.Problem(n.Pos(), n.width(), hint, fmt.Sprintf(format, args...)))
}

// width is how many characters a caret should mark.
func (n *Node) width() int {
	if n.y.Kind != yaml.ScalarNode || n.y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 1
	}
	w := len([]rune(n.y.Value))
	if n.y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		w += 2
	}
	rest := len([]rune(n.d.Source.LineAt(n.y.Line))) - n.y.Column + 1
	return max(1, min(w, rest))
}

// IsNull tells whether the value is absent or null.
func (n *Node) IsNull() bool {
	return n == nil || n.y.Kind == yaml.ScalarNode && n.y.ShortTag() == "!!null"
}

// IsMapping, IsList and IsScalar tell the kind of the value.
func (n *Node) IsMapping() bool { return n != nil && n.y.Kind == yaml.MappingNode }

// IsList tells whether the value is a sequence.
func (n *Node) IsList() bool { return n != nil && n.y.Kind == yaml.SequenceNode }

// IsScalar tells whether the value is a scalar.
func (n *Node) IsScalar() bool { return n != nil && n.y.Kind == yaml.ScalarNode }

// kindName is the kind in words, for messages.
func (n *Node) kindName() string {
	switch {
	case n.IsMapping():
		return "a mapping"
	case n.IsList():
		return "a list"
	case n.IsNull():
		return "nothing"
	}
	switch n.y.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	}
	return "text"
}

func (n *Node) wrongKind(want string) {
	if _, ok := unquotedBraces(n.y); ok {
		inner, _ := unquotedBraces(n.y)
		n.Errorf(quoteHint(inner), "a value that begins with {{ must be quoted: YAML reads it as a mapping")
		return
	}
	hint := ""
	if want == "text" && n.IsScalar() {
		hint = fmt.Sprintf("quote it: '%s'", n.y.Value)
	}
	n.Errorf(hint, "this must be %s, it is %s", want, n.kindName())
}

// Text is a string. Numbers, true and null are refused, with the advice to quote.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	if n.y.Kind == yaml.ScalarNode {
		switch n.y.ShortTag() {
		case "!!str", "!!timestamp", "!!binary":
			return n.y.Value
		}
	}
	n.wrongKind("text")
	return ""
}

// Raw is the text of any scalar as it is written: 404, true and 10s alike.
func (n *Node) Raw() string {
	if n == nil {
		return ""
	}
	if n.y.Kind != yaml.ScalarNode {
		n.wrongKind("a single value")
		return ""
	}
	return n.y.Value
}

// Int is a whole number.
func (n *Node) Int() int {
	if n == nil {
		return 0
	}
	if n.IsScalar() && n.y.ShortTag() == "!!int" {
		var i int
		if n.y.Decode(&i) == nil {
			return i
		}
	}
	n.wrongKind("a whole number")
	return 0
}

// Float is a number.
func (n *Node) Float() float64 {
	if n == nil {
		return 0
	}
	if n.IsScalar() && (n.y.ShortTag() == "!!int" || n.y.ShortTag() == "!!float") {
		if v, err := scalarValue(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: n.y.Value}); err == nil {
			return v.(float64)
		}
	}
	n.wrongKind("a number")
	return 0
}

// Bool is true or false.
func (n *Node) Bool() bool {
	if n == nil {
		return false
	}
	if n.IsScalar() && n.y.ShortTag() == "!!bool" {
		v, _ := scalarValue(n.y)
		return v == true
	}
	n.wrongKind("true or false")
	return false
}

// Items are the elements of a list.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	if n.y.Kind != yaml.SequenceNode {
		n.wrongKind("a list")
		return nil
	}
	out := make([]*Node, len(n.y.Content))
	for i, c := range n.y.Content {
		out[i] = &Node{y: c, d: n.d}
	}
	return out
}

// ItemsOrOne are the elements of a list; a single value counts as a list of one.
func (n *Node) ItemsOrOne() []*Node {
	if n.IsScalar() && !n.IsNull() {
		return []*Node{n}
	}
	return n.Items()
}

// Texts is a list of strings, or one string.
func (n *Node) Texts() []string {
	var out []string
	for _, item := range n.ItemsOrOne() {
		if s := item.Text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// OneOf is a string out of a closed list.
func (n *Node) OneOf(what string, options []string) string {
	if n == nil {
		return ""
	}
	s := n.Text()
	if s == "" || slices.Contains(options, s) {
		return s
	}
	n.Errorf(suggest(s, options), "unknown %s %q", what, s)
	return ""
}

// Expr is an expression without braces.
func (n *Node) Expr() *Expr {
	if n == nil {
		return nil
	}
	if n.y.Kind != yaml.ScalarNode {
		if _, ok := unquotedBraces(n.y); ok {
			n.Errorf("write the expression without braces, in quotes", "an expression is written without {{ }} here")
		} else {
			n.Errorf("quote it: an expression is one text", "this must be an expression, it is %s", n.kindName())
		}
		return nil
	}
	src := strings.TrimSpace(n.y.Value)
	if strings.HasPrefix(src, "{{") {
		n.Errorf("leave the braces out", "an expression is written without {{ }} here")
		return nil
	}
	if src == "" {
		n.Errorf("", "empty expression")
		return nil
	}
	e, err := n.d.Source.expr(src, n.inner())
	if err != nil {
		c := templateCompiler{file: n.d.Source.File, src: n.d.Source}
		c.addExprError(err)
		n.d.Add(c.problems...)
		return nil
	}
	return e
}

// inner is where the text of a scalar begins: after its quote, or in the line after | and >.
func (n *Node) inner() Pos {
	p := n.Pos()
	switch {
	case n.y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		p.Line++
		l := n.d.Source.LineAt(p.Line)
		p.Col = len(l) - len(strings.TrimLeft(l, " ")) + 1
	case n.y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		p.Col++
	}
	return p
}

// Template is a value with {{ }} in it; nil for a nil node.
func (n *Node) Template() *Template {
	if n == nil {
		return nil
	}
	c := templateCompiler{file: n.d.Source.File, src: n.d.Source}
	t := c.compile(n.y)
	n.d.Add(c.problems...)
	return t
}

// Value is the plain value: mappings as *Object, lists as []any, scalars by their YAML type.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.y.Kind {
	case yaml.SequenceNode:
		l := make([]any, 0, len(n.y.Content))
		for _, item := range n.Items() {
			l = append(l, item.Value())
		}
		return l
	case yaml.MappingNode:
		o := NewObject()
		n.Map("", nil).Each(func(k, v *Node) { o.Set(k.y.Value, v.Value()) })
		return o
	}
	v, err := scalarValue(n.y)
	if err != nil {
		n.Errorf("quote it if it is text", "%s", err)
	}
	return v
}
