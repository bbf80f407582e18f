package provider

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/scim"
)

// object is a JSON object. Numbers in it are json.Number, arrays []any.
type object = map[string]any

// maxDepth bounds nesting: SCIM knows three levels, Bulk adds three.
const maxDepth = 32

// decoder is a strict JSON reader: one value, UTF-8, no duplicate member names (a name that differs in letter case only is
// the same SCIM attribute, RFC 7643 section 2.1), bounded depth.
type decoder struct {
	b       []byte
	i       int
	lenient bool // text of our own: no duplicates to look for
}

type decodeError struct {
	at  int
	msg string
}

func (e *decodeError) Error() string { return e.msg }

func (d *decoder) fail(msg string) error { return &decodeError{d.i, msg} }

func decode(b []byte) (any, error) {
	d := &decoder{b: b}
	d.space()
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.i != len(d.b) {
		return nil, d.fail("there is something after the end of the JSON value")
	}
	return v, nil
}

// decodeOwn reads JSON that this provider wrote.
func decodeOwn(b []byte) object {
	d := &decoder{b: b, lenient: true}
	v, _ := d.value(0)
	o, _ := v.(object)
	return o
}

// decodeObject reads the body of a request, which has to be a JSON object.
func decodeObject(b []byte) (object, *fault) {
	if len(b) == 0 {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "The request has no body; a JSON object is needed.")
	}
	if !utf8.Valid(b) {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "The request body is not UTF-8.")
	}
	v, err := decode(b)
	if err != nil {
		at := 0
		if e, ok := err.(*decodeError); ok {
			at = e.at
		}
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "The request body is not valid JSON at byte %d: %s.", at, err)
	}
	o, ok := v.(object)
	if !ok {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "The request body is not a JSON object.")
	}
	return o, nil
}

func (d *decoder) space() {
	for d.i < len(d.b) {
		switch d.b[d.i] {
		case ' ', '\t', '\n', '\r':
			d.i++
		default:
			return
		}
	}
}

func (d *decoder) value(depth int) (any, error) {
	if d.i >= len(d.b) {
		return nil, d.fail("it ends too early")
	}
	if depth > maxDepth {
		return nil, d.fail("it is nested too deeply")
	}
	switch c := d.b[d.i]; {
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c == '"':
		return d.str()
	case c == 't':
		return true, d.literal("true")
	case c == 'f':
		return false, d.literal("false")
	case c == 'n':
		return nil, d.literal("null")
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	}
	return nil, d.fail("unexpected character")
}

func (d *decoder) literal(word string) error {
	if len(d.b)-d.i < len(word) || string(d.b[d.i:d.i+len(word)]) != word {
		return d.fail("unexpected character")
	}
	d.i += len(word)
	return nil
}

func (d *decoder) number() (any, error) {
	start := d.i
	for d.i < len(d.b) && strings.IndexByte("+-0123456789.eE", d.b[d.i]) >= 0 {
		d.i++
	}
	if !json.Valid(d.b[start:d.i]) {
		d.i = start
		return nil, d.fail("malformed number")
	}
	return json.Number(d.b[start:d.i]), nil
}

func (d *decoder) str() (string, error) {
	start := d.i
	d.i++
	plain := true
	for d.i < len(d.b) {
		switch c := d.b[d.i]; {
		case c == '"':
			d.i++
			if plain {
				return string(d.b[start+1 : d.i-1]), nil
			}
			var s string
			if err := json.Unmarshal(d.b[start:d.i], &s); err != nil {
				d.i = start
				return "", d.fail("malformed string")
			}
			return s, nil
		case c == '\\':
			plain = false
			d.i += 2
		case c < 0x20:
			return "", d.fail("control character in a string")
		default:
			d.i++
		}
	}
	return "", d.fail("a string does not end")
}

func (d *decoder) array(depth int) (any, error) {
	d.i++
	out := []any{}
	d.space()
	if d.i < len(d.b) && d.b[d.i] == ']' {
		d.i++
		return out, nil
	}
	for {
		d.space()
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		d.space()
		if d.i >= len(d.b) {
			return nil, d.fail("an array does not end")
		}
		d.i++
		switch d.b[d.i-1] {
		case ',':
		case ']':
			return out, nil
		default:
			return nil, d.fail("a comma or ] is missing")
		}
	}
}

func (d *decoder) object(depth int) (any, error) {
	d.i++
	out := object{}
	var seen map[string]bool
	var dup bool
	d.space()
	if d.i < len(d.b) && d.b[d.i] == '}' {
		d.i++
		return out, nil
	}
	for {
		d.space()
		if d.i >= len(d.b) || d.b[d.i] != '"' {
			return nil, d.fail("a member name is missing")
		}
		at := d.i
		name, err := d.str()
		if err != nil {
			return nil, err
		}
		if seen, dup = d.duplicate(out, seen, name); dup {
			d.i = at
			return nil, d.fail("the member name " + quoted(name) + " occurs twice")
		}
		d.space()
		if d.i >= len(d.b) || d.b[d.i] != ':' {
			return nil, d.fail("a colon is missing")
		}
		d.i++
		d.space()
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out[name] = v
		d.space()
		if d.i >= len(d.b) {
			return nil, d.fail("an object does not end")
		}
		d.i++
		switch d.b[d.i-1] {
		case ',':
		case '}':
			return out, nil
		default:
			return nil, d.fail("a comma or } is missing")
		}
	}
}

// duplicate looks a name up among those before it: by walking in a small object, in a set in a large one, so that a hostile
// body costs linear time.
func (d *decoder) duplicate(out object, seen map[string]bool, name string) (map[string]bool, bool) {
	if d.lenient {
		return nil, false
	}
	if len(out) < 32 {
		_, dup := lookup(out, name)
		return nil, dup
	}
	if seen == nil {
		seen = make(map[string]bool, 2*len(out))
		for k := range out {
			seen[strings.ToLower(k)] = true
		}
	}
	low := strings.ToLower(name)
	dup := seen[low]
	seen[low] = true
	return seen, dup
}

// lookup finds a value by name without regard to letter case.
func lookup(o object, name string) (any, bool) {
	if v, ok := o[name]; ok {
		return v, true
	}
	for k, v := range o {
		if len(k) == len(name) && strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}
