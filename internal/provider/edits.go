package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// edit changes one place of a document: a path of member names, numbers of elements, * for every element, or name=value for
// the elements of which that is true, separated by slashes (URNs have dots).
type edit struct {
	Drop   string `yaml:"drop"`
	Set    string `yaml:"set"`
	Add    string `yaml:"add"`    // appends to a list
	Cut    string `yaml:"cut"`    // leaves so many characters of a text
	Number string `yaml:"number"` // makes a number of a text of digits
	To     any    `yaml:"to"`
}

func apply(edits []edit, o object) {
	for _, e := range edits {
		path := strings.Split(e.Drop+e.Set+e.Add+e.Cut+e.Number, "/")
		e.at(o, path)
	}
}

// at walks to the place and gives back what stands there afterwards.
func (e *edit) at(v any, path []string) any {
	name, rest := path[0], path[1:]
	switch node := v.(type) {
	case object:
		if strings.Contains(name, "=") { // this document only
			if selects(name, 0, node) && len(rest) > 0 {
				return e.at(node, rest)
			}
			return node
		}
		key := name
		for k := range node {
			if strings.EqualFold(k, name) {
				key = k
			}
		}
		switch {
		case len(rest) > 0:
			if node[key] != nil {
				node[key] = e.at(node[key], rest)
			}
		case e.Drop != "":
			delete(node, key)
		case e.Add != "":
			node[key] = append(listOf(node[key]), e.value())
		case e.Cut+e.Number != "":
			if text, ok := node[key].(string); ok {
				node[key] = e.rewrite(text)
			}
		default:
			node[key] = e.value()
		}
	case []any:
		out := make([]any, 0, len(node))
		for i, x := range node {
			switch {
			case !selects(name, i, x):
				out = append(out, x)
			case len(rest) > 0:
				out = append(out, e.at(x, rest))
			case e.Drop == "":
				out = append(out, e.value())
			}
		}
		return out
	}
	return v
}

func selects(name string, i int, v any) bool {
	if key, want, ok := strings.Cut(name, "="); ok {
		o, _ := v.(object)
		return fmt.Sprint(o[key]) == want
	}
	n, err := strconv.Atoi(name)
	return name == "*" || err == nil && n == i
}

// rewrite is what becomes of a text in a column that is too short, or of the wrong type.
func (e *edit) rewrite(text string) any {
	if n, ok := e.To.(int); ok && e.Cut != "" {
		if r := []rune(text); len(r) > n {
			return string(r[:n])
		}
		return text
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && e.Number != "" {
		return json.Number(strconv.FormatInt(n, 10))
	}
	return text
}

// value is what a rule writes, as if it had been decoded from JSON; every place gets its own.
func (e *edit) value() any {
	b, err := json.Marshal(e.To)
	if err != nil {
		return nil // TestCatalogue reads every rule
	}
	v, err := decode(bytes.TrimSpace(b))
	if err != nil {
		return nil
	}
	return scim.Clone(v)
}
