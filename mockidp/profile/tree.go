package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth is where a JSON reader of an identity provider gives up (Jackson, which Okta's error
// texts name, stops at 1000 levels).
const maxDepth = 1000

// tree is a JSON value that keeps the order of members. Okta puts back whatever JSON the server
// gave it with only its own leaves written over (okta.md section 3), so order and unknown members
// must survive reading and writing. Written bytes are compact, with '/' and non-ASCII text as they are.
type tree struct {
	kind    byte // 'o' object, 'a' array, 's' scalar
	scalar  any  // string, bool, json.Number, nil
	members []member
	items   []*tree
}

type member struct {
	key string
	val *tree
}

func object() *tree           { return &tree{kind: 'o'} }
func array(ts ...*tree) *tree { return &tree{kind: 'a', items: ts} }
func leaf(v any) *tree        { return &tree{kind: 's', scalar: v} }

// parseTree reads one JSON value. A name that occurs twice keeps its first place and its last value.
func parseTree(b []byte) (*tree, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	t, err := readTree(dec, 0)
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: text after the value")
	}
	return t, nil
}

func readTree(dec *json.Decoder, depth int) (*tree, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	d, ok := tok.(json.Delim)
	if !ok {
		return leaf(tok), nil
	}
	if depth >= maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	if d == '[' {
		return readArray(dec, depth)
	}
	return readObject(dec, depth)
}

func readArray(dec *json.Decoder, depth int) (*tree, error) {
	t := array()
	for dec.More() {
		item, err := readTree(dec, depth+1)
		if err != nil {
			return nil, err
		}
		t.items = append(t.items, item)
	}
	_, err := dec.Token()
	return t, err
}

func readObject(dec *json.Decoder, depth int) (*tree, error) {
	t := object()
	places := map[string]int{}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := readTree(dec, depth+1)
		if err != nil {
			return nil, err
		}
		key, _ := k.(string)
		if i, dup := places[key]; dup {
			t.members[i].val = v
			continue
		}
		places[key] = len(t.members)
		t.members = append(t.members, member{key, v})
	}
	_, err := dec.Token()
	return t, err
}

// get returns the member of that exact name, or nil.
func (t *tree) get(key string) *tree {
	if t == nil || t.kind != 'o' {
		return nil
	}
	for i := range t.members {
		if t.members[i].key == key {
			return t.members[i].val
		}
	}
	return nil
}

// set replaces the member where it stands, or appends it.
func (t *tree) set(key string, v *tree) *tree {
	for i := range t.members {
		if t.members[i].key == key {
			t.members[i].val = v
			return t
		}
	}
	t.members = append(t.members, member{key, v})
	return t
}

func (t *tree) del(key string) {
	t.members = slices.DeleteFunc(t.members, func(m member) bool { return m.key == key })
}

// child is the object under key, created when there is none.
func (t *tree) child(key string) *tree {
	c := t.get(key)
	if c == nil || c.kind != 'o' {
		c = object()
		t.set(key, c)
	}
	return c
}

// list is the array under key, created when there is none.
func (t *tree) list(key string) *tree {
	c := t.get(key)
	if c == nil || c.kind != 'a' {
		c = array()
		t.set(key, c)
	}
	return c
}

// str is the text of a string leaf.
func (t *tree) str() string {
	if t == nil || t.kind != 's' {
		return ""
	}
	s, _ := t.scalar.(string)
	return s
}

// bytes writes the compact text.
func (t *tree) bytes() []byte {
	var b bytes.Buffer
	t.write(&b)
	return b.Bytes()
}

func (t *tree) write(b *bytes.Buffer) {
	switch t.kind {
	case 'o':
		b.WriteByte('{')
		for i, m := range t.members {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, m.key)
			b.WriteByte(':')
			m.val.write(b)
		}
		b.WriteByte('}')
	case 'a':
		b.WriteByte('[')
		for i, it := range t.items {
			if i > 0 {
				b.WriteByte(',')
			}
			it.write(b)
		}
		b.WriteByte(']')
	default:
		t.writeScalar(b)
	}
}

func (t *tree) writeScalar(b *bytes.Buffer) {
	switch v := t.scalar.(type) {
	case nil:
		b.WriteString("null")
	case string:
		writeString(b, v)
	case json.Number:
		b.WriteString(v.String())
	default:
		fmt.Fprint(b, v) // bool
	}
}

// writeString escapes what JSON demands and nothing else: '/', '<', '&' and non-ASCII text stay.
func writeString(b *bytes.Buffer, s string) {
	const short = "\b\t\n\f\r\"\\"
	const letters = "btnfr\"\\"
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch j := strings.IndexRune(short, r); {
		case r == utf8.RuneError && n <= 1:
			b.WriteString("\uFFFD")
		case j >= 0:
			b.WriteByte('\\')
			b.WriteByte(letters[j])
		case r < 0x20:
			fmt.Fprintf(b, `\u%04X`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
}
