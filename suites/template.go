package suites

// Template is a YAML value with {{ expressions }} inside, compiled at load time.
//
// A string that is one {{ expr }} and nothing else keeps the type (and identity) of the value;
// inside longer text the value is rendered as text. Mappings keep the order of their keys, because
// the key order of what an IdP sends is part of what is replayed. A mapping member or sequence item whose
// {{ expr }} gives nil is left out ("unmapped attributes are omitted"); a literal null stays null.
type Template struct {
	Pos  Pos
	node tnode
}

type tkind int

const (
	tLiteral tkind = iota // scalar without expressions
	tExpr                 // exactly one {{ }}
	tText                 // text with {{ }} in it
	tMap
	tList
)

type tnode struct {
	kind  tkind
	value any
	expr  *Expr
	parts []tpart
	keys  []string
	items []tnode
	pos   Pos
}

type tpart struct {
	text string
	expr *Expr
}

// Object is a JSON object with its member order.
type Object struct {
	Keys   []string
	Values map[string]any
}
