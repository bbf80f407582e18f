package exchange

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/result"
)

// maxCurlBody is the longest body that is written into a command line; Linux takes 128 KiB for one argument.
const maxCurlBody = 64 << 10

// Curl renders an exchange as a shell command that sends the same request again. Secrets are variables:
// $SCIMMAGE_TOKEN for the token, $SCIMMAGE_TOKEN_B for another credential. Whatever the request
// holds, a POSIX shell reads every argument as it stands.
func Curl(x *result.Exchange) string {
	r := &x.Request
	var sb strings.Builder
	body := r.Body
	piped := body != "" && !quotable(body)
	if piped && len(body) <= maxCurlBody {
		sb.WriteString("printf " + printfArg(body) + " | ")
	}
	sb.WriteString("curl -sS -i -g --path-as-is")
	if r.Method == "HEAD" {
		sb.WriteString(" -I")
	} else {
		sb.WriteString(" -X " + quote(r.Method))
	}
	sb.WriteString(" " + quote(r.URL))
	seen := map[string]bool{}
	for _, h := range r.Headers {
		n := strings.ToLower(h.Name)
		seen[n] = true
		if n == "content-length" || n == "host" {
			continue
		}
		sb.WriteString(" \\\n  " + headerArg(n, h))
	}
	for _, n := range []string{"Accept", "User-Agent"} {
		if !seen[strings.ToLower(n)] {
			sb.WriteString(" \\\n  -H '" + n + ":'") // keeps curl from sending its own
		}
	}
	switch {
	case r.Body == "" && len(r.RawBody) == 0:
		return sb.String()
	case !seen["content-type"]:
		sb.WriteString(" \\\n  -H 'Content-Type:'")
	}
	switch {
	case len(body) > maxCurlBody:
		fmt.Fprintf(&sb, " \\\n  --data-binary @body.json # %d bytes, see the record", len(body))
	case piped:
		sb.WriteString(" \\\n  --data-binary @-")
	default:
		sb.WriteString(" \\\n  --data-raw " + quote(body))
	}
	return sb.String()
}

// headerArg is one -H, with a variable in place of a secret.
func headerArg(lower string, h result.Header) string {
	if lower == "authorization" {
		scheme, rest, ok := strings.Cut(h.Value, " ")
		if !ok {
			scheme, rest = "", h.Value
		}
		variable := map[string]string{Redacted: "SCIMMAGE_TOKEN", RedactedOther: "SCIMMAGE_TOKEN_B"}[rest]
		if h.Value == Redacted || h.Value == RedactedOther {
			scheme, variable = "", map[string]string{Redacted: "SCIMMAGE_TOKEN", RedactedOther: "SCIMMAGE_TOKEN_B"}[h.Value]
		}
		switch {
		case variable == "" || scheme != "" && !isToken(scheme):
		case strings.EqualFold(scheme, "Basic"):
			suffix := strings.TrimPrefix(variable, "SCIMMAGE_TOKEN")
			return `-u "$SCIMMAGE_USER` + suffix + `:$SCIMMAGE_PASSWORD` + suffix + `"`
		case scheme != "":
			return `-H "Authorization: ` + scheme + ` $` + variable + `"`
		default:
			return `-H "Authorization: $` + variable + `"`
		}
	}
	if h.Value == Redacted && isToken(h.Name) {
		v := strings.ToUpper(strings.ReplaceAll(h.Name, "-", "_"))
		return `-H "` + h.Name + `: $SCIMMAGE_HEADER_` + v + `"`
	}
	if h.Value == "" {
		return "-H " + quote(h.Name+";")
	}
	return "-H " + quote(h.Name+": "+h.Value)
}

// quotable reports whether a text can stand between single quotes: no NUL, which no argument can
// hold, no control characters that a terminal acts on, and no broken UTF-8.
func quotable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}

// quote makes one argument of a POSIX shell. Control characters cannot stand in a URL or a header that was
// sent; they are shown as U+FFFD.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@,+=%", r))
	}) < 0 {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, s)
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// printfArg is the format of printf(1) that writes s byte for byte.
func printfArg(s string) string {
	var sb strings.Builder
	sb.WriteByte('\'')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			sb.WriteString(`'\''`)
		case c == '\\':
			sb.WriteString(`\\`)
		case c == '%':
			sb.WriteString("%%")
		case c < 0x20 || c == 0x7f || c == '-' && i == 0: // a format must not look like an option
			fmt.Fprintf(&sb, `\%03o`, c)
		default:
			sb.WriteByte(c)
		}
	}
	sb.WriteByte('\'')
	return sb.String()
}
