package suites

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Object is a JSON object with its member order.
type Object struct {
	Keys   []string
	Values map[string]any
}

// NewObject returns an empty object.
func NewObject() *Object { return &Object{Values: map[string]any{}} }

// Set adds or replaces a member; a new one goes to the end.
func (o *Object) Set(key string, v any) {
	if _, ok := o.Values[key]; !ok {
		o.Keys = append(o.Keys, key)
	}
	if o.Values == nil {
		o.Values = map[string]any{}
	}
	o.Values[key] = v
}

// Get returns a member, nil when there is none.
func (o *Object) Get(key string) any {
	if o == nil {
		return nil
	}
	return o.Values[key]
}

// Has tells whether a member is there, null included.
func (o *Object) Has(key string) bool {
	if o == nil {
		return false
	}
	_, ok := o.Values[key]
	return ok
}

// Delete removes a member.
func (o *Object) Delete(key string) {
	delete(o.Values, key)
	o.Keys = slices.DeleteFunc(o.Keys, func(k string) bool { return k == key })
}

// MarshalJSON keeps the order of the members. (json.Marshal itself escapes <, > and & in what a
// Marshaler returns; use EncodeJSON where bytes matter.)
func (o *Object) MarshalJSON() ([]byte, error) { return EncodeJSON(o) }

// Plain turns *Object into map[string]any at every depth and lists into []any, the form that
// expressions and JSON comparisons expect. Other values are returned as they are.
func Plain(v any) any {
	switch x := v.(type) {
	case *Object:
		if x == nil {
			return nil
		}
		m := make(map[string]any, len(x.Keys))
		for _, k := range x.Keys {
			m[k] = Plain(x.Values[k])
		}
		return m
	case map[string]any:
		m := make(map[string]any, len(x))
		for k, e := range x {
			m[k] = Plain(e)
		}
		return m
	case []any:
		l := make([]any, len(x))
		for i, e := range x {
			l[i] = Plain(e)
		}
		return l
	}
	return v
}

// Shallow is Plain for the outermost level only: the members keep their identity, so that an
// operation can change a person that its caller handed in.
func Shallow(v any) any {
	o, ok := v.(*Object)
	if !ok || o == nil {
		return v
	}
	m := make(map[string]any, len(o.Keys))
	for _, k := range o.Keys {
		m[k] = o.Values[k]
	}
	return m
}

// ParseObject reads a JSON object and keeps the order of members at every depth. Numbers stay as
// they are written (json.Number).
func ParseObject(data []byte) (*Object, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := parseValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text after the JSON object")
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, errors.New("the JSON value is no object")
	}
	return o, nil
}

func parseValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("JSON is nested deeper than %d levels", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if delim == '[' {
		l := []any{}
		for dec.More() {
			v, err := parseValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		_, err := dec.Token()
		return l, err
	}
	o := NewObject()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o.Set(key.(string), v)
	}
	_, err = dec.Token()
	return o, err
}

// EncodeJSON writes a value as compact JSON: members of *Object in their order, those of maps
// sorted, and nothing escaped that JSON does not require to be, because the clients that are
// replayed send "/", "<" and "é" as they are.
func EncodeJSON(v any) ([]byte, error) { return appendJSON(nil, v, 0) }

const maxDepth = 1000

func appendJSON(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("value is nested deeper than %d levels", maxDepth)
	}
	switch x := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case *Object:
		if x == nil {
			return append(b, "null"...), nil
		}
		return appendMembers(b, x.Keys, x.Values, depth)
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		return appendMembers(b, keys, x, depth)
	case []any:
		return appendItems(b, len(x), func(i int) any { return x[i] }, depth)
	case string:
		return appendString(b, x), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case json.RawMessage:
		return append(b, bytes.TrimSpace(x)...), nil
	case json.Number:
		return append(b, x.String()...), nil
	case float64:
		return appendFloat(b, x)
	case time.Time:
		return appendString(b, x.Format(time.RFC3339Nano)), nil
	}
	return appendReflect(b, v, depth)
}

func appendMembers(b []byte, keys []string, values map[string]any, depth int) ([]byte, error) {
	b = append(b, '{')
	var err error
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		if b, err = appendJSON(b, values[k], depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendItems(b []byte, n int, item func(int) any, depth int) ([]byte, error) {
	b = append(b, '[')
	var err error
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, item(i), depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendReflect handles the types that values of Go code bring in.
func appendReflect(b []byte, v any, depth int) ([]byte, error) {
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, rv.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, rv.Uint(), 10), nil
	case reflect.Float32:
		return appendFloat(b, rv.Float())
	case reflect.String:
		return appendString(b, rv.String()), nil
	case reflect.Slice, reflect.Array:
		if _, ok := v.(json.Marshaler); !ok && rv.Type().Elem().Kind() != reflect.Uint8 {
			return appendItems(b, rv.Len(), func(i int) any { return rv.Index(i).Interface() }, depth)
		}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...), nil
}

func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v has no form in JSON", f)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64), nil
}

// appendString escapes what RFC 8259 section 7 demands and nothing else.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	short := [...]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r'}
	b = append(b, '"')
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case int(c) < len(short) && short[c] != 0:
			b = append(b, '\\', short[c])
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// ValueText is a value inside longer text: strings as they are, nil as nothing, whole numbers without
// a fraction, everything structured as JSON.
func ValueText(v any) (string, error) {
	switch x := v.(type) {
	case nil:
		return "", nil
	case string:
		return x, nil
	case []byte:
		return string(x), nil
	case time.Time:
		return x.Format(time.RFC3339Nano), nil
	}
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.String {
		return rv.String(), nil
	}
	b, err := EncodeJSON(v)
	return string(b), err
}
