package record

import (
	"regexp"
	"slices"
	"strings"
)

// family are the requests that a profile sends to one endpoint with one method. People have more attributes or fewer:
// a body that has some of the members that the profile sends, and all that it always sends, in its order, is of its shape
// although no story sent exactly these.
type family struct {
	union  map[string]bool // lines of some body
	always map[string]bool // lines of every body
	before map[string]bool // "a\x00b": a stood before b
	ops    map[string]bool // operations of PATCH, with the names of plain attributes taken out
}

func familiesOf(known []Known) map[string]*family {
	out := map[string]*family{}
	for _, k := range known {
		at := k.Shape.Method + " " + k.Shape.Path
		f := out[at]
		if f == nil {
			f = &family{union: map[string]bool{}, always: map[string]bool{}, before: map[string]bool{}, ops: map[string]bool{}}
			for _, l := range k.Shape.Body {
				f.always[l] = true
			}
			out[at] = f
		}
		for i, l := range k.Shape.Body {
			f.union[l] = true
			for _, later := range k.Shape.Body[i+1:] {
				f.before[l+"\x00"+later] = true
			}
		}
		for l := range f.always {
			if !slices.Contains(k.Shape.Body, l) {
				delete(f.always, l)
			}
		}
		for _, op := range k.Shape.Ops {
			f.ops[op] = true
		}
	}
	return out
}

// maps adds the members that the targets of mappings make.
func (f *family) maps(targets []string) {
	for _, t := range targets {
		if i := strings.LastIndexByte(t, ':'); strings.HasPrefix(t, "urn:") {
			t = t[:i] + "." + t[i+1:]
		}
		if !strings.Contains(t, "[") {
			f.union[t+": string"] = true
		}
	}
}

// without takes out of the differences from the nearest request what the family explains.
func (f *family) without(s Shape, differs []string) []string {
	if len(s.Ops) > 0 {
		return f.operations(s, differs)
	}
	var out []string
	for _, d := range differs {
		line, body := strings.CutPrefix(d[2:], "body ")
		switch {
		case body && d[0] == '+' && f.sends(line), body && d[0] == '-' && !f.always[line]:
		default:
			out = append(out, d)
		}
	}
	if slices.ContainsFunc(s.Body, func(l string) bool { return strings.HasPrefix(l, "meta.") }) {
		return out // what the app gave goes back in the order in which it came
	}
	for i := 1; i < len(s.Body) && len(out) == 0; i++ {
		a, b := s.Body[i-1], s.Body[i]
		if f.before[b+"\x00"+a] && !f.before[a+"\x00"+b] {
			out = append(out, "+ body "+b+" stands behind "+a)
		}
	}
	return out
}

// sends: the profile sends that member; of somebody who has no such value it may be empty.
func (f *family) sends(line string) bool {
	name, _, _ := strings.Cut(line, ": ")
	return f.union[line] || line == name+`: ""` && f.union[name+": string"]
}

// operations: a PATCH is of the profile's shape where each of its operations is.
func (f *family) operations(s Shape, differs []string) []string {
	var out []string
	for _, d := range differs {
		if line, body := strings.CutPrefix(d[2:], "body "); !body || !strings.HasPrefix(line, "Operations[]") {
			out = append(out, d)
		}
	}
	for _, op := range s.Ops {
		if !f.ops[op] {
			out = append(out, "+ operation "+strings.ReplaceAll(op, "\n", ", "))
		}
	}
	return out
}

// special are the attributes for which a client has a form of its own.
var special = map[string]bool{"members": true, "active": true, "password": true, "roles": true, "manager": true, "id": true, "schemas": true, "externalId": true, "displayName": true}

var attributePath = regexp.MustCompile(`^"([A-Za-z$][A-Za-z0-9$_-]*)(.*)"$`)

// plain takes the name of an attribute out of the path of an operation; the form of the path stays: dotted, with a filter,
// with the URN of an extension.
func plain(path string) string {
	if inner := strings.Trim(path, `"`); strings.HasPrefix(inner, "urn:") {
		if name := inner[strings.LastIndexByte(inner, ':')+1:]; special[name] {
			return path
		}
		return `"urn:attribute"`
	}
	m := attributePath.FindStringSubmatch(path)
	if m == nil || special[m[1]] && m[1] != "externalId" && m[1] != "displayName" {
		return path
	}
	rest := m[2]
	if i := strings.LastIndexByte(rest, '.'); i >= 0 {
		rest = rest[:i] + ".sub"
	}
	return `"attribute` + rest + `"`
}
