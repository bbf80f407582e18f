package scim

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Filter is a filter expression (RFC 7644 section 3.4.2.2): *Compare, *And, *Or, *Not or *ValuePath.
type Filter interface {
	String() string // FormatFilter
	filter()
}

// Compare is `path op value`, or `path pr`.
type Compare struct {
	Path  Path
	Op    string // lower case
	Value any    // string, bool, nil or json.Number; nil with pr
	Pos   int    // offset of the operator
}

// And matches when every term does. A grouped "and" inside an "and" stays a term of its own.
type And struct{ Terms []Filter }

// Or matches when some term does.
type Or struct{ Terms []Filter }

// Not matches when its filter does not.
type Not struct{ Filter Filter }

// ValuePath is `path[filter]`: one and the same value of path matches the filter.
type ValuePath struct {
	Path   Path
	Filter Filter
}

func (*Compare) filter()   {}
func (*And) filter()       {}
func (*Or) filter()        {}
func (*Not) filter()       {}
func (*ValuePath) filter() {}

func (f *Compare) String() string   { return FormatFilter(f) }
func (f *And) String() string       { return FormatFilter(f) }
func (f *Or) String() string        { return FormatFilter(f) }
func (f *Not) String() string       { return FormatFilter(f) }
func (f *ValuePath) String() string { return FormatFilter(f) }

// ParseFilter reads a filter by the grammar of RFC 7644 figure 1, with the precedence of erratum 4670: grouping, comparison,
// not, and, or. Operators are read in any letter case. Where the RFC's own examples or errata are loose about white space
// (`not(` and `not (`, `eq"x"`, runs of spaces) so is the parser. The error is a *SyntaxError.
func ParseFilter(s string) (Filter, error) {
	p := &parser{in: s}
	f, err := p.whole()
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ParseFilterLenient reads also the form that Entra sends and no grammar knows, `emails[type eq "work"].value eq "x"`, and its
// documented misspelling `emails[type eq "work"] eq "x"`. It gives what the form means, `emails[type eq "work" and value eq
// "x"]`, and says with entraForm that it met one.
func ParseFilterLenient(s string) (f Filter, entraForm bool, err error) {
	p := &parser{in: s, lenient: true}
	f, serr := p.whole()
	if serr != nil {
		return nil, p.entra, serr
	}
	return f, p.entra, nil
}

// precedences of FormatFilter
const (
	precOr = iota
	precAnd
	precTerm
)

// FormatFilter writes a filter so that ParseFilter gives an equal one.
func FormatFilter(f Filter) string {
	var sb strings.Builder
	writeFilter(&sb, f, precOr)
	return sb.String()
}

func writeFilter(sb *strings.Builder, f Filter, prec int) {
	switch f := f.(type) {
	case *Compare:
		f.Path.write(sb)
		sb.WriteString(" " + f.Op)
		if f.Op != "pr" {
			sb.WriteString(" " + formatValue(f.Value))
		}
	case *ValuePath:
		f.Path.write(sb)
		sb.WriteByte('[')
		writeFilter(sb, f.Filter, precOr)
		sb.WriteByte(']')
	case *Not:
		sb.WriteString("not (")
		writeFilter(sb, f.Filter, precOr)
		sb.WriteByte(')')
	case *And:
		writeTerms(sb, f.Terms, " and ", precAnd, prec)
	case *Or:
		writeTerms(sb, f.Terms, " or ", precOr, prec)
	}
}

func writeTerms(sb *strings.Builder, terms []Filter, glue string, own, outer int) {
	if own < outer {
		sb.WriteByte('(')
		defer sb.WriteByte(')')
	}
	for i, t := range terms {
		if i > 0 {
			sb.WriteString(glue)
		}
		writeFilter(sb, t, own+1)
	}
}

func formatValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case json.Number:
		return v.String()
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "null"
	}
	return strings.TrimSuffix(buf.String(), "\n")
}
