package mockidp

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// translate turns an expression in the identity provider's own language into one of scimmage: function calls are
// rewritten by the table of its settings, [attr] and its prefixes become attributes of the person. What is neither is
// left as it is, so that expressions of scimmage pass through.
func (m *Manners) translate(src string) (string, error) {
	t := &translator{m: m, s: src}
	out, err := t.until("")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(out), nil
}

type translator struct {
	m *Manners
	s string
	i int
}

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.'
}

// until translates up to one of the stop characters, which is not taken.
func (t *translator) until(stop string) (string, error) {
	var b strings.Builder
	for t.i < len(t.s) {
		c := t.s[t.i]
		switch {
		case strings.IndexByte(stop, c) >= 0:
			return b.String(), nil
		case c == '"' || c == '\'':
			b.WriteString(t.quoted(c))
		case c == '[' && t.m.Brackets:
			name, err := t.bracket()
			if err != nil {
				return "", err
			}
			b.WriteString(name)
		case c == '(':
			t.i++
			inner, err := t.until(")")
			if err != nil {
				return "", err
			}
			t.i++
			b.WriteString("(" + inner + ")")
		case isName(c):
			word, err := t.word()
			if err != nil {
				return "", err
			}
			b.WriteString(word)
		default:
			b.WriteByte(c)
			t.i++
		}
	}
	if stop != "" {
		return "", fmt.Errorf("a parenthesis is not closed")
	}
	return b.String(), nil
}

func (t *translator) quoted(q byte) string {
	start := t.i
	t.i++
	for t.i < len(t.s) && t.s[t.i] != q {
		if t.s[t.i] == '\\' {
			t.i++
		}
		t.i++
	}
	t.i = min(t.i+1, len(t.s))
	return t.s[start:t.i]
}

func (t *translator) bracket() (string, error) {
	end := strings.IndexByte(t.s[t.i:], ']')
	if end < 0 {
		return "", fmt.Errorf("the '[' at character %d is not closed", t.i+1)
	}
	name := strings.TrimSpace(t.s[t.i+1 : t.i+end])
	t.i += end + 1
	return "person[" + strconv.Quote(t.m.attribute(name)) + "]", nil
}

// word is a name: a call that the table knows, a source attribute, or anything else.
func (t *translator) word() (string, error) {
	start := t.i
	for t.i < len(t.s) && isName(t.s[t.i]) {
		t.i++
	}
	name := t.s[start:t.i]
	j := t.i
	for j < len(t.s) && t.s[j] == ' ' {
		j++
	}
	if form, ok := t.m.Functions[name]; ok && j < len(t.s) && t.s[j] == '(' {
		t.i = j + 1
		return t.call(name, form)
	}
	if j < len(t.s) && t.s[j] == '(' && (name[0] >= 'A' && name[0] <= 'Z') { // the functions of scimmage's own language are small
		return "", fmt.Errorf("the function %s is not known here; known are %s", name, strings.Join(t.m.FunctionNames(), ", "))
	}
	if op, ok := t.m.Operators[name]; ok {
		return op, nil
	}
	for prefix, to := range t.m.Variables {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return to + t.m.attribute(rest), nil
		}
	}
	return name, nil
}

var spreading = regexp.MustCompile(`\$([1-9])([*%])`)

// spread puts all further arguments into a form: $2* as a list from the second on, $3% as pairs of key and value from the third on.
func spread(name, form string, args []string) (string, error) {
	var err error
	form = spreading.ReplaceAllStringFunc(form, func(ref string) string {
		rest := args[min(int(ref[1]-'1'), len(args)):]
		if ref[2] == '*' {
			if len(rest) == 0 {
				err = fmt.Errorf("%s needs at least %c arguments, it has %d", name, ref[1], len(args))
			}
			return strings.Join(rest, ", ")
		}
		if len(rest) == 0 || len(rest)%2 != 0 {
			err = fmt.Errorf("%s needs pairs of key and value from argument %c on", name, ref[1])
			return ""
		}
		var pairs []string
		for k := 0; k < len(rest); k += 2 {
			pairs = append(pairs, "(string("+rest[k]+")): "+rest[k+1])
		}
		return strings.Join(pairs, ", ")
	})
	return form, err
}

func (t *translator) call(name, form string) (string, error) {
	var args []string
	for {
		a, err := t.until(",)")
		if err != nil || t.i >= len(t.s) {
			return "", fmt.Errorf("the call of %s is not closed", name)
		}
		args = append(args, strings.TrimSpace(a))
		t.i++
		if t.s[t.i-1] == ')' {
			break
		}
	}
	if strings.Contains(form, "%") { // pairs: an empty place is a value that is missing
		for k, a := range args {
			args[k] = firstNonEmpty(a, "nil")
		}
	}
	args = slices.DeleteFunc(args, func(a string) bool { return a == "" }) // Replace([x], , , …) leaves places empty
	form, err := spread(name, form, args)
	if err != nil {
		return "", err
	}
	for n := 9; n >= 1; n-- {
		ref := "$" + strconv.Itoa(n)
		if !strings.Contains(form, ref) {
			continue
		}
		if n > len(args) {
			return "", fmt.Errorf("%s needs at least %d arguments, it has %d", name, n, len(args))
		}
		form = strings.ReplaceAll(form, ref, args[n-1])
	}
	return form, nil
}
