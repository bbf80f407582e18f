package scim

// Path is an attribute path or PATCH path (RFC 7644 sections 3.5.2 and 3.10).
type Path struct {
	URN      string // schema URN, "" when not qualified
	Attr     string // "" when the path is a URN alone
	Filter   Filter // of a value path, else nil
	Sub      string
	Index    int // our own "emails[0]", with HasIndex
	HasIndex bool
	Raw      string
	Pos      int // offset of Attr in the text it was read from
}
