package scim

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// View is one value of a JSON body: looked up without regard to letter case (RFC 7643 section 2.1), with its place in the
// body. The zero View is absent.
//
// It stands on gjson and keeps its traps away from callers: the text is validated first, names are never gjson paths (a URN
// holds dots, a name may hold '#' or '@'), and a duplicate name is found by Duplicates instead of hidden.
type View struct {
	r      gjson.Result
	ptr    string
	keyOff int
}

// ParseView validates the whole text and returns its root. The error is a *JSONError.
func ParseView(b []byte) (View, error) {
	s := scanner{b: b}
	if err := s.run(); err != nil {
		return View{}, err
	}
	r := gjson.ParseBytes(b)
	r.Raw = strings.TrimRight(r.Raw, " \t\r\n")
	return View{r: r, keyOff: -1}, nil
}

// byteOrderMark is U+FEFF in UTF-8, which must not begin a JSON text (RFC 8259 section 8.1).
const byteOrderMark = "\xef\xbb\xbf"

// Unmarked is a text without the byte order mark that some servers put before it: spaces stand in its place, so that offsets
// keep their meaning. RFC 8259 section 8.1 forbids senders the mark and lets readers ignore it: it is one fault of the sender,
// and everything behind it can be read all the same.
func Unmarked(b []byte) []byte {
	rest, marked := bytes.CutPrefix(b, []byte(byteOrderMark))
	if !marked {
		return b
	}
	return append(bytes.Repeat([]byte(" "), len(byteOrderMark)), rest...)
}

// InvalidUTF8 gives the offset of the first byte that is not UTF-8, or -1 (RFC 8259 section 8.1 demands UTF-8).
func InvalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// Get follows member names, each one name and never a path; arrays take "0", "1", and so on. The exactly spelled member
// wins over one that differs in letter case.
func (v View) Get(names ...string) View {
	for _, n := range names {
		v = v.child(n)
	}
	return v
}

func (v View) child(name string) View {
	if v.IsArray() {
		want, err := strconv.Atoi(name)
		if err != nil || want < 0 {
			return View{keyOff: -1}
		}
		found := View{keyOff: -1}
		i := 0
		v.Each(func(_ string, item View) bool {
			if i == want {
				found = item
			}
			i++
			return i <= want
		})
		return found
	}
	found := View{keyOff: -1}
	v.Each(func(key string, item View) bool {
		if key == name {
			found = item
			return false
		}
		if !found.Exists() && strings.EqualFold(key, name) {
			found = item
		}
		return true
	})
	return found
}

// At follows a SCIM attribute path such as "name.givenName", "urn:…:User:department", "urn:…:User.manager.value", or our own
// index form "emails[0].value". With a filter it gives the first value that matches; a text that is no path is one name.
func (v View) At(path string) View {
	p, err := ParseAttrPath(path)
	if err != nil {
		if p, err = ParsePath(path); err != nil {
			return v.Get(path)
		}
	}
	if direct := v.Get(p.Raw); direct.Exists() {
		return direct
	}
	w := v
	if p.URN != "" {
		ext := v.Get(p.URN)
		if !ext.Exists() && isCoreURN(p.URN) {
			ext = v // core attributes stand at the top level whatever the notation
		}
		w = ext
	}
	if p.Attr == "" {
		return w
	}
	w = w.Get(p.Attr)
	if p.Filter != nil {
		w = w.first(p.Filter)
	}
	if p.HasIndex {
		w = w.Get(strconv.Itoa(p.Index))
	}
	if p.Sub == "" {
		return w
	}
	if w.IsArray() {
		w = w.Get("0")
	}
	return w.Get(p.Sub)
}

// first is the first element that matches a value filter.
func (v View) first(f Filter) View {
	for _, it := range v.Items() {
		if MatchValue(f, it.Value(), nil) {
			return it
		}
	}
	return View{keyOff: -1}
}

func isCoreURN(urn string) bool {
	const core = "urn:ietf:params:scim:schemas:core:"
	return len(urn) >= len(core) && strings.EqualFold(urn[:len(core)], core)
}

// Exists says whether there is a value, null included.
func (v View) Exists() bool { return v.r.Exists() }

// IsNull says whether the value is a JSON null; absent is not null.
func (v View) IsNull() bool { return v.r.Exists() && v.r.Type == gjson.Null }

// IsObject says whether the value is an object.
func (v View) IsObject() bool { return v.r.IsObject() }

// IsArray says whether the value is an array.
func (v View) IsArray() bool { return v.r.IsArray() }

// IsString says whether the value is a string.
func (v View) IsString() bool { return v.r.Type == gjson.String }

// IsNumber says whether the value is a number.
func (v View) IsNumber() bool { return v.r.Type == gjson.Number }

// IsBool says whether the value is true or false.
func (v View) IsBool() bool { return v.r.Type == gjson.True || v.r.Type == gjson.False }

// Kind names the JSON type: string, number, integer, boolean, object, array, null or absent. A number without fraction and
// exponent is an integer (RFC 7643 section 2.3.4).
func (v View) Kind() string {
	switch {
	case !v.Exists():
		return "absent"
	case v.IsObject():
		return "object"
	case v.IsArray():
		return "array"
	case v.IsString():
		return "string"
	case v.IsBool():
		return "boolean"
	case v.IsNumber():
		if strings.ContainsAny(v.r.Raw, ".eE") {
			return "number"
		}
		return "integer"
	}
	return "null"
}

// Str is the text of a string; for a number or boolean its JSON text; else "".
func (v View) Str() string {
	switch {
	case v.IsString():
		return unquote([]byte(v.r.Raw))
	case v.IsNumber(), v.IsBool():
		return v.r.Raw
	}
	return ""
}

// Int is the value of a number, 0 for anything else.
func (v View) Int() int64 {
	if !v.IsNumber() {
		return 0
	}
	if n, err := strconv.ParseInt(v.r.Raw, 10, 64); err == nil {
		return n
	}
	return v.r.Int()
}

// Bool is true for JSON true only.
func (v View) Bool() bool { return v.r.Type == gjson.True }

// Each calls f for the members of an object or the elements of an array (key "") in order until f says false.
func (v View) Each(f func(key string, v View) bool) {
	if !v.IsObject() && !v.IsArray() {
		return
	}
	object, i := v.IsObject(), 0
	v.r.ForEach(func(k, r gjson.Result) bool {
		item := View{r: r, keyOff: -1}
		key := ""
		if object {
			key = unquote([]byte(k.Raw))
			item.keyOff = k.Index
			item.ptr = v.ptr + "/" + escapePointer(key)
		} else {
			item.ptr = v.ptr + "/" + strconv.Itoa(i)
		}
		i++
		return f(key, item)
	})
}

// Items are the elements of an array; nil for anything else.
func (v View) Items() []View {
	if !v.IsArray() {
		return nil
	}
	items := []View{}
	v.Each(func(_ string, item View) bool {
		items = append(items, item)
		return true
	})
	return items
}

// Len is the number of elements or members.
func (v View) Len() int {
	n := 0
	v.Each(func(string, View) bool { n++; return true })
	return n
}

// Raw is the JSON text of the value, "" when absent.
func (v View) Raw() string { return v.r.Raw }

// Offset is the byte offset of the value in the body.
func (v View) Offset() int { return v.r.Index }

// KeyOffset is the byte offset of the member name, -1 where there is none.
func (v View) KeyOffset() int { return v.keyOff }

// Pointer is the JSON pointer (RFC 6901) of the value; "" is the root.
func (v View) Pointer() string { return v.ptr }

// Value is the value as Decode gives it; nil when absent.
func (v View) Value() any {
	if !v.Exists() {
		return nil
	}
	val, err := Decode([]byte(v.r.Raw))
	if err != nil {
		return nil
	}
	return val
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func escapePointer(s string) string { return pointerEscaper.Replace(s) }

// Decode reads one JSON value into map[string]any, []any, string, bool, nil and json.Number. The last of several equal names
// wins, as everywhere in Go. The error is a *JSONError.
func Decode(b []byte) (any, error) {
	s := scanner{b: b}
	if err := s.run(); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, newJSONError(b, int(dec.InputOffset()), "%s", err)
	}
	return v, nil
}
