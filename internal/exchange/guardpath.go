package exchange

import (
	"net/url"
	"strings"
)

// objectPath is a path below the base URL, taken apart for the guard.
type objectPath struct {
	coll string // lower case, "" for the root
	name string // the collection as written, "/Users"
	id   string // unescaped once, "" for the collection itself
	seg  string // the id as written
	rest bool   // something follows the id
	tail string // the last segment, unescaped, lower case
}

// parsePath takes a path apart and refuses whatever two servers could read in two ways. problem is
// empty when the path is plain.
func (g *Guard) parsePath(rel string) (p objectPath, problem string) {
	if strings.ContainsAny(rel, "\\#?;") || hasControl(rel) {
		return p, "the path holds a character that servers read in different ways"
	}
	if rel != "" && rel[0] != '/' {
		return p, "the path leaves the base URL"
	}
	rel = strings.TrimSuffix(rel, "/")
	if rel == "" {
		return p, ""
	}
	raw := strings.Split(rel[1:], "/")
	segs := make([]string, len(raw))
	for i, s := range raw {
		dec, err := url.PathUnescape(s)
		switch {
		case err != nil:
			return p, "the path holds a broken percent escape"
		case s == "":
			return p, "the path holds an empty segment"
		case dotted(dec):
			return p, "the path climbs out of its collection"
		}
		segs[i] = dec
	}
	n := g.collectionSize(segs)
	p.coll = strings.ToLower(strings.Join(segs[:n], "/"))
	p.name = "/" + strings.Join(raw[:n], "/")
	p.tail = strings.ToLower(segs[len(segs)-1])
	if len(segs) > n {
		p.id, p.seg, p.rest = segs[n], raw[n], len(segs) > n+1
	}
	return p, ""
}

// collectionSize is the number of leading segments that name the collection: one, unless a resource
// type with a longer endpoint is known (RFC 7643 section 6).
func (g *Guard) collectionSize(segs []string) int {
	n := 1
	for _, ep := range g.endpoints {
		if len(ep) > n && len(ep) <= len(segs) && strings.EqualFold(strings.Join(segs[:len(ep)], "/"), strings.Join(ep, "/")) {
			n = len(ep)
		}
	}
	return n
}

// dotted reports whether a segment is "." or "..", or becomes so or holds such a step when a server
// decodes it (again).
func dotted(s string) bool {
	if !strings.ContainsAny(s, ".%") {
		return false
	}
	for range 3 {
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '\\' }) {
			if part == "." || part == ".." {
				return true
			}
		}
		dec, err := url.PathUnescape(s)
		if err != nil || dec == s {
			return false
		}
		s = dec
	}
	return strings.Contains(s, "%")
}

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// awkward reports whether servers may read an id in more than one way: one that decodes it twice,
// or splits the path after decoding it, would reach another object.
func awkward(id string) bool {
	if strings.ContainsAny(id, "/\\;?#") || hasControl(id) {
		return true
	}
	dec, err := url.PathUnescape(id)
	return err == nil && dec != id
}

// looksRandom reports whether an id was surely made up by chance, so that no object can have it: a
// UUID, or 20 characters or more with many different ones.
func looksRandom(id string) bool {
	if len(id) < 20 {
		return false
	}
	var seen [256]bool
	distinct := 0
	for i := range len(id) {
		if !seen[id[i]] {
			seen[id[i]] = true
			distinct++
		}
	}
	digits := strings.ContainsAny(id, "0123456789")
	return distinct >= 8 && digits
}

// lastSegment is the last segment of a Location, unescaped once.
func lastSegment(location string) string {
	location, _, _ = strings.Cut(location, "?")
	location, _, _ = strings.Cut(location, "#")
	seg := location[strings.LastIndexByte(location, '/')+1:]
	if dec, err := url.PathUnescape(seg); err == nil {
		return dec
	}
	return seg
}
