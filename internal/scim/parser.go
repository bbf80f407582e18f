package scim

import (
	"encoding/json"
	"strings"
)

// maxFilterDepth limits parentheses: nobody needs more, and a hostile filter must not exhaust the stack.
const maxFilterDepth = 100

// compareOps are the operators of RFC 7644 table 3 that take a value.
const compareOps = " eq ne co sw ew gt lt ge le "

// parser is a recursive descent over one filter or path, with one position.
type parser struct {
	in      string
	pos     int
	depth   int
	inValue bool // inside brackets
	lenient bool // accept Entra's form
	entra   bool // met it
}

func (p *parser) fail(off int, msg, want string) *SyntaxError {
	return &SyntaxError{Input: p.in, Offset: off, Msg: msg, Want: want}
}

func (p *parser) peek() byte {
	if p.pos < len(p.in) {
		return p.in[p.pos]
	}
	return 0
}

func (p *parser) space() bool {
	start := p.pos
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.pos]) >= 0 {
		p.pos++
	}
	return p.pos > start
}

func (p *parser) whole() (Filter, *SyntaxError) {
	if strings.TrimSpace(p.in) == "" {
		return nil, p.fail(0, "the filter is empty", `an expression such as userName eq "bjensen"`)
	}
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.in) {
		switch p.peek() {
		case ')':
			return nil, p.fail(p.pos, `")" without its "("`, "")
		case ']':
			return nil, p.fail(p.pos, `"]" without its "["`, "")
		}
		return nil, p.fail(p.pos, describe([]byte(p.in), p.pos)+" after a complete expression", `"and", "or" or the end`)
	}
	return f, nil
}

func (p *parser) or() (Filter, *SyntaxError) {
	terms, err := p.terms("or", (*parser).and)
	if err != nil || len(terms) == 1 {
		return first(terms), err
	}
	return &Or{Terms: terms}, nil
}

func (p *parser) and() (Filter, *SyntaxError) {
	terms, err := p.terms("and", (*parser).term)
	if err != nil || len(terms) == 1 {
		return first(terms), err
	}
	return &And{Terms: terms}, nil
}

func first(fs []Filter) Filter {
	if len(fs) == 0 {
		return nil
	}
	return fs[0]
}

func (p *parser) terms(word string, next func(*parser) (Filter, *SyntaxError)) ([]Filter, *SyntaxError) {
	var out []Filter
	for {
		f, err := next(p)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
		p.space()
		if !p.keyword(word) {
			return out, nil
		}
	}
}

// keyword consumes word in any letter case when it stands here as a word of its own.
func (p *parser) keyword(word string) bool {
	end := p.pos + len(word)
	if end > len(p.in) || !strings.EqualFold(p.in[p.pos:end], word) {
		return false
	}
	if end < len(p.in) && strings.IndexByte(" \t\r\n(", p.in[end]) < 0 {
		return false
	}
	p.pos = end
	return true
}

// term is a group, a negated group, a value path or a comparison.
func (p *parser) term() (Filter, *SyntaxError) {
	p.space()
	if p.peek() == '(' {
		return p.group()
	}
	if mark := p.pos; p.keyword("not") {
		p.space()
		if p.peek() == '(' {
			f, err := p.group()
			if err != nil {
				return nil, err
			}
			return &Not{Filter: f}, nil
		}
		p.pos = mark // an attribute may be called "not"
	}
	path, err := p.attrPath()
	if err != nil {
		return nil, err
	}
	if p.peek() == '[' {
		return p.valuePath(path)
	}
	return p.comparison(path)
}

func (p *parser) group() (Filter, *SyntaxError) {
	open := p.pos
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail(open, "too many nested parentheses", "")
	}
	p.pos++
	f, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		if p.pos >= len(p.in) {
			return nil, p.fail(open, "this parenthesis is never closed", `")"`)
		}
		return nil, p.fail(p.pos, describe([]byte(p.in), p.pos)+" after a complete expression", `"and", "or" or ")"`)
	}
	p.pos++
	p.depth--
	return f, nil
}

// brackets reads "[" valFilter "]". A value path does not nest (erratum 4690).
func (p *parser) brackets() (Filter, *SyntaxError) {
	open := p.pos
	if p.inValue {
		return nil, p.fail(open, "a value filter inside a value filter", "")
	}
	p.inValue = true
	p.pos++
	f, err := p.or()
	p.inValue = false
	if err != nil {
		return nil, err
	}
	if p.peek() != ']' {
		if p.pos >= len(p.in) {
			return nil, p.fail(open, "this bracket is never closed", `"]"`)
		}
		return nil, p.fail(p.pos, describe([]byte(p.in), p.pos)+" after a complete expression", `"and", "or" or "]"`)
	}
	p.pos++
	return f, nil
}

func (p *parser) valuePath(path Path) (Filter, *SyntaxError) {
	if path.Attr == "" || path.Sub != "" {
		return nil, p.fail(p.pos, "a value filter follows a multi-valued attribute", `an attribute name before "["`)
	}
	f, err := p.brackets()
	if err != nil {
		return nil, err
	}
	vp := &ValuePath{Path: path, Filter: f}
	dotted := p.peek() == '.'
	if !dotted && !p.operatorFollows() {
		return vp, nil
	}
	if !p.lenient {
		return nil, p.fail(p.pos, `a value path in a filter ends at "]"`,
			`the comparison inside the brackets, as in emails[type eq "work" and value eq "x"]`)
	}
	return p.entraTail(vp, dotted)
}

// operatorFollows looks past white space for an attribute operator, without moving.
func (p *parser) operatorFollows() bool {
	mark := p.pos
	defer func() { p.pos = mark }()
	p.space()
	op := strings.ToLower(p.word())
	return op == "pr" || isCompareOp(op)
}

// entraTail reads the comparison behind the brackets and moves it inside.
func (p *parser) entraTail(vp *ValuePath, dotted bool) (Filter, *SyntaxError) {
	sub := Path{Attr: "value", Raw: "value", Pos: p.pos}
	if dotted {
		name, err := p.subAttr()
		if err != nil {
			return nil, err
		}
		sub = Path{Attr: name, Raw: name, Pos: p.pos - len(name)}
	}
	c, err := p.comparison(sub)
	if err != nil {
		return nil, err
	}
	p.entra = true
	if and, ok := vp.Filter.(*And); ok {
		and.Terms = append(and.Terms, c)
	} else {
		vp.Filter = &And{Terms: []Filter{vp.Filter, c}}
	}
	return vp, nil
}

func (p *parser) word() string {
	start := p.pos
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n[]()\"", p.in[p.pos]) < 0 {
		p.pos++
	}
	return p.in[start:p.pos]
}

func isCompareOp(op string) bool {
	return len(op) == 2 && strings.Contains(compareOps, " "+op+" ")
}

func (p *parser) comparison(path Path) (Filter, *SyntaxError) {
	if !p.space() && p.pos < len(p.in) {
		return nil, p.fail(p.pos, describe([]byte(p.in), p.pos)+" after the attribute name", "a space and an operator")
	}
	at := p.pos
	word := p.word()
	op := strings.ToLower(word)
	switch {
	case op == "pr":
		return &Compare{Path: path, Op: op, Pos: at}, nil
	case word == "":
		return nil, p.fail(at, "no operator after "+quoteShort(path.Raw), "one of eq ne co sw ew gt ge lt le pr")
	case !isCompareOp(op):
		return nil, p.fail(at, "the operator "+quoteShort(word)+" is not known", "one of eq ne co sw ew gt ge lt le pr")
	}
	if !p.space() && p.peek() != '"' {
		return nil, p.fail(p.pos, "no value after "+op, "a JSON string, number, true, false or null")
	}
	v, err := p.compValue(op)
	if err != nil {
		return nil, err
	}
	return &Compare{Path: path, Op: op, Value: v, Pos: at}, nil
}

// compValue reads false / null / true / number / string by the rules of JSON.
func (p *parser) compValue(op string) (any, *SyntaxError) {
	start := p.pos
	if p.peek() == '"' {
		s := scanner{b: []byte(p.in[start:p.stringEnd()])}
		if err := s.str(); err != nil {
			return nil, p.fail(start+err.Offset, err.Msg, "a JSON string")
		}
		p.pos = start + s.i
		if p.pos < len(p.in) && strings.IndexByte(" \t\r\n)]", p.in[p.pos]) < 0 {
			return nil, p.fail(p.pos, describe([]byte(p.in), p.pos)+" after the string",
				`a space, or \" for a quote inside the string`)
		}
		return unquote([]byte(p.in[start:p.pos])), nil
	}
	word := p.word()
	switch word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	case "":
		return nil, p.fail(start, "no value after "+op, "a JSON string, number, true, false or null")
	}
	if isNumber(word) {
		return json.Number(word), nil
	}
	want := "a JSON value; a string stands in double quotes"
	if low := strings.ToLower(word); low == "true" || low == "false" || low == "null" {
		want = low + ", JSON literals are lower case"
	}
	return nil, p.fail(start, quoteShort(word)+" is not a JSON value", want)
}

// stringEnd is the offset behind the string literal that begins here, or of the end of the input.
func (p *parser) stringEnd() int {
	for i := p.pos + 1; i < len(p.in); i++ {
		switch p.in[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(p.in)
}

func isNumber(s string) bool {
	if s == "" || s[0] != '-' && !isDigit(s[0]) {
		return false
	}
	sc := scanner{b: []byte(s)}
	return sc.number() == nil && sc.i == len(s)
}
