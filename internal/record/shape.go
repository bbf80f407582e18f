package record

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Shape is what is characteristic of a request, with everything taken out that belongs to one person, one group or one
// run: two requests of one shape come from the same line of a client's code.
type Shape struct {
	Method  string
	Path    string   // ids become {id}
	Query   []string // parameters in order, with the values of filters taken out
	Headers []string // "Name: value" of Accept and Content-Type
	Body    []string // "path: type or constant", one line a member, in order
	Ops     []string // of a PATCH: the lines of each operation, each kind once
}

// constants are members whose values belong to the client and not to a person.
var constants = map[string]bool{"op": true, "path": true, "schemas": true, "type": true, "primary": true, "active": true, "failOnErrors": true, "method": true}

// compared are the headers that a client chooses.
var compared = []string{"Accept", "Content-Type"}

// ShapeOf takes the shape of a request.
func ShapeOf(r result.Request) Shape {
	s := Shape{Method: r.Method, Path: pathShape(r.Path), Query: queryShape(r.Query)}
	for _, name := range compared {
		for _, h := range r.Headers {
			if strings.EqualFold(h.Name, name) {
				s.Headers = append(s.Headers, name+": "+h.Value)
			}
		}
	}
	body := r.RawBody
	if len(body) == 0 {
		body = []byte(r.Body)
	}
	s.Body = bodyShape(body)
	if r.Method == "PATCH" {
		s.Ops = opShapes(body)
	}
	return s
}

// opShapes are the operations of a PATCH, each by itself.
func opShapes(body []byte) []string {
	var doc struct{ Operations []json.RawMessage }
	if json.Unmarshal(body, &doc) != nil {
		return nil
	}
	var out []string
	for _, raw := range doc.Operations {
		lines := bodyShape(raw)
		for i, l := range lines {
			name, what, _ := strings.Cut(l, ": ")
			switch {
			case name == "path":
				lines[i] = "path: " + plain(what)
			case strings.HasPrefix(name, "value.") && !special[strings.TrimPrefix(name, "value.")]: // without a path: members of the resource
				lines[i] = "value.attribute: " + what
			}
		}
		op := strings.Join(slices.Compact(lines), "\n")
		if !slices.Contains(out, op) {
			out = append(out, op)
		}
	}
	return out
}

// pathShape keeps the endpoints and takes out the ids below them.
func pathShape(p string) string {
	parts := strings.Split(strings.Trim(p, "/"), "/")
	for i := 1; i < len(parts); i++ {
		if parts[i-1] == "Users" || parts[i-1] == "Groups" {
			if !strings.HasPrefix(parts[i], ".") {
				parts[i] = "{id}"
			}
		}
	}
	return "/" + strings.Join(parts, "/")
}

// quoted is a value in a filter or a value path; numbers are those of paging.
var (
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	number = regexp.MustCompile(`^\d+$`)
)

func queryShape(q string) []string {
	if q == "" {
		return nil
	}
	var out []string
	for _, part := range strings.Split(q, "&") {
		name, value, has := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		switch {
		case name == "filter":
			value = quoted.ReplaceAllString(value, `"…"`)
		case name == "startIndex" && number.MatchString(value):
			value = "n" // the page that is asked for
		}
		if has {
			name += "=" + value
		}
		out = append(out, name)
	}
	return out
}

// bodyShape walks a JSON text token by token, because the order of members is a client's own.
func bodyShape(b []byte) []string {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	w := &walker{d: d, seen: map[string]bool{}}
	if err := w.value("", ""); err != nil {
		return []string{"no JSON"}
	}
	return w.lines
}

type walker struct {
	d     *json.Decoder
	lines []string
	seen  map[string]bool // elements of one array are often of one shape: each line once
}

func (w *walker) line(at, what string) {
	l := strings.TrimPrefix(at, ".") + ": " + what
	if !w.seen[l] {
		w.seen[l] = true
		w.lines = append(w.lines, l)
	}
}

func (w *walker) value(at, name string) error {
	t, err := w.d.Token()
	if err != nil {
		return err
	}
	switch v := t.(type) {
	case json.Delim:
		if v == '[' {
			return w.array(at, name)
		}
		return w.object(at)
	case string:
		w.line(at, w.text(name, v))
	case bool:
		if constants[name] {
			w.line(at, map[bool]string{true: "true", false: "false"}[v])
		} else {
			w.line(at, "boolean")
		}
	case nil:
		w.line(at, "null")
	default:
		w.line(at, "number")
	}
	return nil
}

// text keeps constants, with the values of value paths taken out, and booleans that were sent as strings.
func (w *walker) text(name, v string) string {
	switch {
	case v == "":
		return `""`
	case constants[name]:
		return `"` + quoted.ReplaceAllString(v, `"…"`) + `"`
	case strings.EqualFold(v, "true") || strings.EqualFold(v, "false"):
		return `"` + v + `"`
	}
	return "string"
}

func (w *walker) array(at, name string) error {
	empty := true
	for w.d.More() {
		empty = false
		if err := w.value(at+"[]", name); err != nil {
			return err
		}
	}
	if empty {
		w.line(at, "[]")
	}
	_, err := w.d.Token()
	return err
}

func (w *walker) object(at string) error {
	empty := true
	for w.d.More() {
		empty = false
		k, err := w.d.Token()
		if err != nil {
			return err
		}
		name, _ := k.(string)
		if err := w.value(at+"."+name, name); err != nil {
			return err
		}
	}
	if empty {
		w.line(at, "{}")
	}
	_, err := w.d.Token()
	return err
}
