package scim

import (
	"strconv"
	"strings"
)

// Path is an attribute path or PATCH path (RFC 7644 sections 3.5.2 and 3.10).
type Path struct {
	URN      string // schema URN, "" when not qualified
	Attr     string // "" when the path is a URN alone
	Filter   Filter // of a value path, else nil
	Sub      string
	Index    int // our own "emails[0]", with HasIndex
	HasIndex bool
	Raw      string
	Pos      int // offset of Raw in the text it was read from
}

// String writes the path as the RFC spells it, with a colon before the attribute.
func (p Path) String() string {
	var sb strings.Builder
	p.write(&sb)
	return sb.String()
}

func (p Path) write(sb *strings.Builder) {
	sb.WriteString(p.URN)
	if p.Attr != "" {
		if p.URN != "" {
			sb.WriteByte(':')
		}
		sb.WriteString(p.Attr)
	}
	if p.Filter != nil {
		sb.WriteByte('[')
		writeFilter(sb, p.Filter, 0)
		sb.WriteByte(']')
	} else if p.HasIndex {
		sb.WriteString("[" + strconv.Itoa(p.Index) + "]")
	}
	if p.Sub != "" {
		sb.WriteString("." + p.Sub)
	}
}

// ParsePath reads a PATCH path (RFC 7644 figure 7): attrPath, or valuePath with an optional sub-attribute. The error is a
// *SyntaxError.
func ParsePath(s string) (Path, error) {
	p := &parser{in: s}
	path, err := p.patchPath()
	if err != nil {
		return Path{}, err
	}
	return path, nil
}

// ParseAttrPath reads an attribute path, as in "attributes" and "sortBy", and our own index form "emails[0].value". The error
// is a *SyntaxError.
func ParseAttrPath(s string) (Path, error) {
	p := &parser{in: s}
	path, err := p.attrPath()
	if err != nil {
		return Path{}, err
	}
	if p.peek() == '[' && path.Sub == "" && path.Attr != "" {
		open := p.pos
		end := strings.IndexByte(s[open:], ']')
		if end < 0 {
			return Path{}, p.fail(open, "this bracket is never closed", `"]"`)
		}
		n, convErr := strconv.Atoi(s[open+1 : open+end])
		if convErr != nil || n < 0 || n > 1<<30 {
			return Path{}, p.fail(open+1, "not an index", "a number: a filter has no place in an attribute path")
		}
		path.Index, path.HasIndex = n, true
		p.pos = open + end + 1
		if path.Sub, err = p.subAttr(); err != nil {
			return Path{}, err
		}
	}
	if p.pos < len(s) {
		return Path{}, p.fail(p.pos, describe([]byte(s), p.pos)+" after the attribute path", "the end")
	}
	path.Raw = s
	return path, nil
}

func (p *parser) patchPath() (Path, *SyntaxError) {
	path, err := p.attrPath()
	if err != nil {
		return path, err
	}
	if p.peek() == '[' {
		if path.Attr == "" || path.Sub != "" {
			return path, p.fail(p.pos, "a value filter follows a multi-valued attribute", `an attribute name before "["`)
		}
		if n := p.pos + 1; n < len(p.in) && isDigit(p.in[n]) {
			return path, p.fail(n, "SCIM paths have no array index", `a filter such as type eq "work"`)
		}
		if path.Filter, err = p.brackets(); err != nil {
			return path, err
		}
		if path.Sub, err = p.subAttr(); err != nil {
			return path, err
		}
	}
	if p.pos < len(p.in) {
		return path, p.fail(p.pos, describe([]byte(p.in), p.pos)+" after the path", "the end")
	}
	path.Raw = p.in
	return path, nil
}

// subAttr reads "." ATTRNAME where it stands; "" when there is none.
func (p *parser) subAttr() (string, *SyntaxError) {
	if p.peek() != '.' {
		return "", nil
	}
	p.pos++
	start := p.pos
	for p.pos < len(p.in) && isNameByte(p.in[p.pos], p.pos == start) {
		p.pos++
	}
	if p.pos == start {
		return "", p.fail(p.pos, "no sub-attribute name after the dot", "a name that starts with a letter")
	}
	return p.in[start:p.pos], nil
}

// attrPath reads [URI ":"] ATTRNAME [subAttr]. The token ends at white space, a bracket, a parenthesis or a quote, none of
// which can stand in a URI.
func (p *parser) attrPath() (Path, *SyntaxError) {
	start := p.pos
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n[]()\"", p.in[p.pos]) < 0 {
		p.pos++
	}
	tok := p.in[start:p.pos]
	if tok == "" {
		p.pos = start
		return Path{}, p.fail(start, describe([]byte(p.in), start)+" where an attribute name belongs", "an attribute name")
	}
	urn, rest, at := splitURN(tok)
	path := Path{URN: urn, Raw: tok, Pos: start}
	if urn != "" {
		if i := badURNByte(urn); i >= 0 {
			return path, p.fail(start+i, describe([]byte(p.in), start+i)+" in a schema URN", "")
		}
		if rest == "" && at < 0 {
			return path, nil // the URN alone
		}
	}
	at += start
	names := strings.Split(rest, ".")
	for i, name := range names {
		if bad := badName(name); bad >= 0 {
			if name == "" {
				return path, p.fail(at, "an attribute name is missing", "a name that starts with a letter")
			}
			return path, p.fail(at+bad, describe([]byte(name), bad)+" in the attribute name "+quoteShort(name),
				"letters, digits, '-', '_' and '$', a letter first")
		}
		if i == 2 {
			return path, p.fail(at-1, "a second sub-attribute", "one dot at most: complex attributes do not nest")
		}
		at += len(name) + 1
	}
	path.Attr = names[0]
	if len(names) > 1 {
		path.Sub = names[1]
	}
	return path, nil
}

// splitURN separates the schema URN from the attribute. at is the offset of the attribute in tok, -1 when the token is a URN
// alone. URNs hold dots in their version, and some clients join the attribute with a dot (`…:2.0:User.manager`): the version
// segment decides, and without one the last colon does.
func splitURN(tok string) (urn, rest string, at int) {
	last := strings.LastIndexByte(tok, ':')
	if last <= 0 { // a colon in front is no URN: badName complains
		return "", tok, 0
	}
	if end := versionEnd(tok); end > 0 { // tok[:end] ends in ":2.0:"
		name := tok[end:]
		colon := strings.IndexByte(name, ':')
		if colon < 0 {
			if dot := strings.IndexByte(name, '.'); dot > 0 {
				return tok[:end+dot], name[dot+1:], end + dot + 1
			}
			return tok, "", -1
		}
		return tok[:last], tok[last+1:], last + 1
	}
	if strings.HasPrefix(tok[last:], "://") { // a URI such as http://example.com/schema
		return tok, "", -1
	}
	return tok[:last], tok[last+1:], last + 1
}

// versionEnd is the offset behind the last ":<digits>.<digits>:" of tok, 0 when there is none.
func versionEnd(tok string) int {
	end := 0
	for i := strings.IndexByte(tok, ':'); i >= 0; {
		next := strings.IndexByte(tok[i+1:], ':')
		if next < 0 {
			break
		}
		next += i + 1
		if isVersion(tok[i+1 : next]) {
			end = next + 1
		}
		i = next
	}
	return end
}

func isVersion(s string) bool {
	major, minor, ok := strings.Cut(s, ".")
	return ok && allDigits(major) && allDigits(minor)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// badURNByte gives the first byte that cannot stand in a URI (RFC 3986 appendix A), or -1.
func badURNByte(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= 0x20 || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return i
		}
	}
	return -1
}

// isNameByte knows ATTRNAME of RFC 7643 section 2.1, and `$` in front, which `$ref` needs (erratum 8924).
func isNameByte(c byte, first bool) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '$'
	return letter || !first && (isDigit(c) || c == '-' || c == '_')
}

// badName gives the offset of the first byte that cannot stand in an attribute name, or -1. An empty name is bad at 0.
func badName(s string) int {
	for i := 0; i < len(s); i++ {
		if !isNameByte(s[i], i == 0) {
			return i
		}
	}
	if s == "" || s == "$" {
		return 0
	}
	return -1
}
