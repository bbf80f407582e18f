package scim

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
