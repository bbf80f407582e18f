package exchange

import (
	"bytes"
	"strings"
)

// identity is what an object can be recognised by.
type identity struct {
	id, userName, displayName, externalID string
	location, resourceType                string
	inside                                []string // texts in a name that is an object or a list
}

// names are the values by which an object is told from others.
func (i identity) names() []string {
	var out []string
	for _, n := range []string{i.userName, i.displayName, i.externalID} {
		if n != "" {
			out = append(out, n)
		}
	}
	return append(out, i.inside...)
}

// namesAt reads a name that is an object or a list and was just entered: a server that checks no types stores one as
// it was sent, and what stands in it is all that the account can be told by.
func namesAt(l *lexer, kind byte) []string {
	var out []string
	read := func(t token) {
		if t.kind == 's' && len(out) < 4 {
			out = append(out, l.text(t))
		}
	}
	if kind == '[' {
		l.elements(read)
	} else {
		l.members(func(m member) { read(m.value) })
	}
	return out
}

// isName says whether a member is one by which objects are told from others.
func isName(key string) bool {
	return strings.EqualFold(key, "userName") || strings.EqualFold(key, "displayName") || strings.EqualFold(key, "externalId")
}

// identityAt reads the object that was just entered.
func identityAt(l *lexer) identity {
	var id identity
	l.members(func(m member) {
		if m.value.kind == '{' && strings.EqualFold(m.key, "meta") {
			l.members(func(n member) {
				switch strings.ToLower(n.key) {
				case "location":
					id.location = l.text(n.value)
				case "resourcetype":
					id.resourceType = l.text(n.value)
				}
			})
			return
		}
		if m.value.kind != 's' && m.value.kind != 'v' {
			if isName(m.key) {
				id.inside = append(id.inside, namesAt(l, m.value.kind)...)
			}
			return
		}
		switch len(m.key) {
		case 2:
			if strings.EqualFold(m.key, "id") {
				id.id = l.text(m.value) // a number counts as its digits
			}
		case 8:
			if strings.EqualFold(m.key, "userName") && m.value.kind == 's' {
				id.userName = l.text(m.value)
			}
		case 10:
			if strings.EqualFold(m.key, "externalId") && m.value.kind == 's' {
				id.externalID = l.text(m.value)
			}
		case 11:
			if strings.EqualFold(m.key, "displayName") && m.value.kind == 's' {
				id.displayName = l.text(m.value)
			}
		}
	})
	return id
}

// identities calls f for each resource of a body: the elements of Resources if the body is a list,
// else the body itself.
func identities(body []byte, f func(identity)) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // what stands behind a byte order mark is read all the same
	l := &lexer{b: body}
	t := l.next()
	switch t.kind {
	case '[': // not SCIM, but seen where one object was asked for
		l.elements(func(e token) {
			if e.kind == '{' {
				f(identityAt(l))
			}
		})
		return
	case '{':
	default:
		return
	}
	if i := bytes.IndexByte(body, '['); i < 0 || !containsFold(body, "resources") {
		f(identityAt(l))
		return
	}
	list := false
	l.members(func(m member) {
		if m.value.kind == '[' && strings.EqualFold(m.key, "Resources") {
			list = true
			l.elements(func(e token) {
				if e.kind == '{' {
					f(identityAt(l))
				}
			})
		}
	})
	if !list {
		l.i = t.end
		f(identityAt(l))
	}
}

// containsFold reports whether the lower-case ASCII word stands in b in any case.
func containsFold(b []byte, lower string) bool {
	first := lower[0]
	for i := 0; i+len(lower) <= len(b); i++ {
		if (b[i]|0x20 == first || b[i] == first) && foldPrefix(b[i:], lower) {
			return true
		}
	}
	return false
}

// sentIdentity reads a request body: of a PATCH, the values of its operations count too.
func sentIdentity(body []byte) identity {
	var id identity
	l := &lexer{b: body}
	if l.next().kind == '{' {
		id = identityAt(l)
	}
	id.id = ""
	return id
}

// patchNames are the new names that a PATCH body gives an object.
func patchNames(body []byte) []string {
	var out []string
	l := &lexer{b: body}
	for {
		t := l.next()
		if t.kind == 0 {
			return out
		}
		if t.kind != 's' || l.isKey() {
			continue
		}
		if v := l.text(t); len(v) >= minMarker && len(out) < 16 {
			out = append(out, v)
		}
	}
}

// references are the ids that a body names as members or groups, by "value" or "$ref". They are
// only looked for in bodies that speak of members or groups at all.
func references(body []byte) []string {
	if !containsFold(body, "members") && !containsFold(body, "groups") && bytes.IndexByte(body, '\\') < 0 {
		return nil
	}
	var out []string
	var key string
	l := &lexer{b: body}
	for {
		t := l.next()
		switch {
		case t.kind == 0:
			return out
		case t.kind == 's' && l.isKey():
			key = l.text(t)
		case t.kind == 's' || t.kind == 'v':
			if strings.EqualFold(key, "value") {
				out = append(out, l.text(t))
			} else if strings.EqualFold(key, "$ref") {
				out = append(out, lastSegment(l.text(t)))
			}
		}
	}
}
