package provider

import (
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// wanted are the top-level members that a filter looks at. Only they are read from the stored bytes of each resource, which
// makes a scan over many of them several times cheaper than reading all.
type wanted struct {
	names                 map[string]bool // lower case
	meta, groups, members bool
}

func wantedBy(f scim.Filter) *wanted {
	w := &wanted{names: map[string]bool{"schemas": true}}
	walk(f, func(p scim.Path) {
		if p.URN != "" {
			w.names[lower(p.URN)] = true
		}
		switch low := lower(p.Attr); low {
		case "meta":
			w.meta = true
		case "groups":
			w.groups = true
		case "members":
			w.members = true
		default:
			w.names[low] = true
		}
	})
	return w
}

// partialTree is the part of a resource that a filter looks at.
func (v *view) partialTree(r *record, w *wanted) object {
	d := &decoder{b: r.body, lenient: true}
	o := d.some(w.names)
	o["id"] = r.id
	if w.groups || w.members || w.meta {
		v.addComputed(o, r, w)
	}
	return o
}

// some reads the members of the object at the beginning that are wanted, and passes over the others.
func (d *decoder) some(want map[string]bool) object {
	out := object{}
	if len(d.b) < 2 || d.b[0] != '{' {
		return out
	}
	d.i = 1
	for d.i < len(d.b) && d.b[d.i] == '"' {
		from := d.i
		d.pass()
		name := d.b[from+1 : d.i-1]
		d.i++ // the colon
		if wantedName(want, name) {
			if v, err := d.value(0); err == nil {
				out[string(name)] = v
			}
		} else {
			d.pass()
		}
		d.i++ // the comma or the closing brace
	}
	return out
}

func wantedName(want map[string]bool, name []byte) bool {
	var room [96]byte
	if len(name) > len(room) {
		return want[strings.ToLower(string(name))]
	}
	for i, b := range name {
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		room[i] = b
	}
	return want[string(room[:len(name)])]
}

// pass steps over one value of JSON that this provider wrote.
func (d *decoder) pass() {
	depth := 0
	for d.i < len(d.b) {
		switch d.b[d.i] {
		case '"':
			d.i++
			for d.i < len(d.b) && d.b[d.i] != '"' {
				if d.b[d.i] == '\\' {
					d.i++
				}
				d.i++
			}
			d.i++
			if depth == 0 {
				return
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
			if depth == 0 {
				d.i++
				return
			}
		case ',':
			if depth == 0 {
				return
			}
		}
		d.i++
	}
}
