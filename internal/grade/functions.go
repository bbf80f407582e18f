package grade

import (
	"encoding/json"
	"net/mail"
	"regexp"
	"strings"
)

// functions of the expressions of rules; suites knows their names.
var functions = map[string]any{
	"type": typeOf,
	"json": func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			return "(no JSON)"
		}
		return string(b)
	},
	"text":    text,
	"match":   func(s any, re string) (bool, error) { return regexp.MatchString(re, text(s)) },
	"isEmail": isEmail,
	"isTel":   func(v any) bool { return tel.MatchString(text(v)) },
	"isETag":  func(v any) bool { return etags.MatchString(text(v)) },
}

var (
	tel   = regexp.MustCompile(`^tel:[-+.()0-9A-Za-z*#]+(;[^;=]+(=[^;]*)?)*$`)                                                        // RFC 3966 section 3
	etags = regexp.MustCompile(`^(\*|(W/)?"[\x21\x23-\x7e\x80-\x{10ffff}]*"([ \t]*,[ \t]*(W/)?"[\x21\x23-\x7e\x80-\x{10ffff}]*")*)$`) // RFC 9110 section 8.8.3
)

// isEmail tells whether a text is the address part of RFC 5321: local part, @, domain, no display name.
func isEmail(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Contains(s, "@")
}
