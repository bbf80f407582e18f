package suites

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// unmarshalNode parses, and turns a panic of the YAML library into an error.
func unmarshalNode(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("yaml: %v", r)
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(strings.ReplaceAll(string(data), "\r\n", "\n")))
	var first, second yaml.Node
	if err := dec.Decode(&first); err != nil {
		if err.Error() == "EOF" {
			return nil, nil
		}
		return nil, err
	}
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("yaml: line %d: a second document begins here; one file holds one document", max(1, second.Line-1))
	}
	return &first, nil
}

// syntaxError reports broken YAML with the lines around it.
func (d *Decoder) syntaxError(err error) {
	msg := strings.TrimPrefix(firstLine(err.Error()), "yaml: ")
	line := lineOf(msg)
	msg = strings.TrimPrefix(strings.TrimSpace(yamlLine.ReplaceAllString(msg, "")), ": ")
	if strings.HasPrefix(msg, "did not find expected") && line > 0 {
		line++ // the library counts from 0 in errors of its parser (yaml.v3 decode.go, func fail)
	}
	culprit, hint := d.syntaxHint(line)
	if culprit > 0 {
		line = culprit
	}
	p := Problem{Pos: Pos{File: d.Source.File, Line: line}, Msg: "broken YAML: " + msg, Hint: hint, Line: d.Source.LineAt(line)}
	if line > 0 {
		p.Before, p.After = d.Source.around(line, 2)
	}
	d.problems = append(d.problems, p)
}

// syntaxHint looks around the place for the mistakes that authors make most.
func (d *Decoder) syntaxHint(line int) (culprit int, hint string) {
	for _, n := range []int{line, line - 1, line + 1} {
		l := d.Source.LineAt(n)
		switch at := strings.Index(l, "{{"); {
		case strings.HasPrefix(strings.TrimLeft(l, " "), "\t"):
			return n, "the line is indented with a tab: use spaces"
		case at > 0 && strings.Count(l[:at], "'")%2 == 0 && strings.Count(l[:at], `"`)%2 == 0:
			return n, "quote the value with {{ … }}"
		}
	}
	l := d.Source.LineAt(line)
	if strings.Count(l, ": ") > 1 && !strings.ContainsAny(l, `{"'`) {
		return 0, "quote a value that contains ': '"
	}
	return 0, ""
}
