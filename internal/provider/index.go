package provider

import (
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// index maps a prepared value to the records that carry it. Most values belong to one record only, so the first one
// stands in a plain map and only real duplicates cost a slice.
type index struct {
	one  map[string]*record
	more map[string][]*record
}

func newIndex() *index {
	return &index{one: map[string]*record{}, more: map[string][]*record{}}
}

func (x *index) add(key string, r *record) {
	first, taken := x.one[key]
	if !taken {
		x.one[key] = r
		return
	}
	if first == r {
		return
	}
	for _, other := range x.more[key] {
		if other == r {
			return
		}
	}
	x.more[key] = append(x.more[key], r)
}

func (x *index) remove(key string, r *record) {
	rest := x.more[key]
	if x.one[key] == r {
		if len(rest) == 0 {
			delete(x.one, key)
			return
		}
		x.one[key], rest = rest[0], rest[1:]
	} else {
		rest = without(rest, r)
	}
	if len(rest) == 0 {
		delete(x.more, key)
		return
	}
	x.more[key] = rest
}

// find returns the records of a key in creation order.
func (x *index) find(key string) []*record {
	first, ok := x.one[key]
	if !ok {
		return nil
	}
	out := append([]*record{first}, x.more[key]...)
	sortBySeq(out)
	return out
}

func without(list []*record, r *record) []*record {
	for i, other := range list {
		if other == r {
			return append(append([]*record(nil), list[:i]...), list[i+1:]...)
		}
	}
	return list
}

// fold prepares a case-insensitive string for comparison: width mapping, normalisation form C and lower case, which is
// what the PRECIS profile of RFC 7644 section 5 (UsernameCaseMapped, RFC 8265) asks for.
func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return norm.NFC.String(strings.ToLower(norm.NFC.String(width.Fold.String(s))))
		}
	}
	return strings.ToLower(s)
}
