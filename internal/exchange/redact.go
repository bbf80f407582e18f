package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// What stands in a record in place of a secret.
const (
	Redacted      = "[redacted]"       // any secret; in Authorization: the configured credential
	RedactedOther = "[redacted other]" // in Authorization: another credential than the configured one
)

// Redactor takes secrets out of text: by value, whatever secret the configuration knows, in every
// encoding of [needles]; and by name, whatever stands where a secret belongs (RFC 7643 section
// 9.2: passwords must never be disclosed). It is safe for concurrent use.
type Redactor struct {
	set atomic.Pointer[needleSet]
	mu  sync.Mutex // held while a secret is added

	pii    bool
	piiKey []byte
	mark   string         // what the names of the run's own test people hold, lower case
	own    *regexp.Regexp // such a name
	people people
}

// NewRedactor makes a Redactor for the given secrets.
func NewRedactor(secrets ...string) *Redactor {
	r := &Redactor{}
	r.set.Store(newNeedleSet(nil))
	r.Add(secrets...)
	return r
}

// Add makes further secrets known, such as an access token that was just obtained.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.set.Load().secrets
	all := slices.Clone(known)
	for _, s := range secrets {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) > len(known) {
		r.set.Store(newNeedleSet(all))
	}
}

// HidePII makes names, addresses and the like come out as stable hashes: in bodies and filters by the names of the attributes,
// and everywhere by the values that bodies have shown. mark is what the names of the run's own test people hold.
func (r *Redactor) HidePII(key []byte, mark string) {
	r.pii, r.piiKey, r.mark = true, key, strings.ToLower(mark)
	if mark != "" {
		r.own = regexp.MustCompile(`(?i)[^\s"'<>(),;]*` + regexp.QuoteMeta(mark) + `[^\s"'<>(),;]*`)
	}
}

// Text redacts any text by value.
func (r *Redactor) Text(s string) string { return r.set.Load().clean(s) }

// longest is the length of the longest text under which a secret is known.
func (r *Redactor) longest() int {
	if n := r.set.Load().needles; len(n) > 0 {
		return len(n[0])
	}
	return 0
}

// Bytes redacts any text by value. b is not changed; it is returned when nothing was found.
func (r *Redactor) Bytes(b []byte) []byte {
	set := r.set.Load()
	if !set.hit(view(b)) {
		return b
	}
	return []byte(set.clean(string(b)))
}

// view reads b as a string without a copy, for searching only.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// JSONBody redacts a body by name, then by value. The body may be anything, valid JSON or not.
func (r *Redactor) JSONBody(b []byte) string {
	if r.pii || mayNameSecret(b) {
		b = r.redactJSON(b)
	}
	return r.Text(string(b))
}

// Body redacts a body of any media type.
func (r *Redactor) Body(contentType string, b []byte) string {
	if strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded") {
		return r.Query(string(b))
	}
	return r.JSONBody(b)
}

// Header redacts the value of a header field. Of Authorization the scheme stays.
func (r *Redactor) Header(name, value string) string {
	switch {
	case value == "":
		return ""
	case strings.EqualFold(name, "Authorization"), strings.EqualFold(name, "Proxy-Authorization"):
		scheme, _, ok := strings.Cut(value, " ")
		if ok && isToken(scheme) && r.Text(scheme) == scheme {
			return r.Text(scheme + " " + Redacted)
		}
		return r.Text(Redacted)
	case secretHeader(name):
		return r.Text(Redacted)
	case r.pii && (strings.EqualFold(name, "Location") || strings.EqualFold(name, "Content-Location")):
		return r.URL(value)
	case r.pii && !protocolHeader(name):
		return r.hash(value)
	}
	return r.Prose(value)
}

func isToken(s string) bool {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return s != ""
}

// secretHeader reports whether a header field is named like one that holds a secret.
func secretHeader(name string) bool {
	for _, w := range []string{"cookie", "token", "secret", "password", "api-key", "apikey", "auth-key"} {
		if containsFold([]byte(name), w) {
			return true
		}
	}
	return false
}

// URL redacts the query of a URL by name and the whole by value.
func (r *Redactor) URL(u string) string {
	head, query, ok := strings.Cut(u, "?")
	if !ok {
		return r.path(u)
	}
	return r.path(head) + "?" + r.Query(query)
}

// path redacts the path of a URL: there are servers whose ids are mail addresses.
func (r *Redactor) path(p string) string {
	if !r.pii {
		return r.Text(p)
	}
	segments := strings.Split(p, "/")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil || r.ours(plain) {
			continue
		}
		if hidden := r.Prose(plain); hidden != r.Text(plain) {
			segments[i] = hidden
		}
	}
	return r.Text(strings.Join(segments, "/"))
}

// Query redacts a query or form: parameters named like a secret, then everything by value.
func (r *Redactor) Query(q string) string {
	if q == "" {
		return ""
	}
	parts := strings.Split(q, "&")
	for i, p := range parts {
		name, value, ok := strings.Cut(p, "=")
		if !ok || value == "" {
			continue
		}
		plainName, err := url.QueryUnescape(name)
		if err != nil {
			plainName = name
		}
		switch {
		case classOf(plainName) == classSecret:
			parts[i] = name + "=" + Redacted
		case r.pii && strings.EqualFold(plainName, "filter"):
			parts[i] = name + "=" + r.filterPII(value)
		}
	}
	return r.Text(strings.Join(parts, "&"))
}

// filterPII hashes the quoted strings of an encoded filter.
func (r *Redactor) filterPII(encoded string) string {
	f, err := url.QueryUnescape(encoded)
	if err != nil {
		return Redacted
	}
	var sb strings.Builder
	for {
		i := strings.IndexByte(f, '"')
		if i < 0 {
			break
		}
		end := stringEnd([]byte(f), i)
		l := lexer{b: []byte(f)}
		sb.WriteString(f[:i] + `"` + r.personal(l.text(token{'s', i, end})) + `"`)
		f = f[end:]
	}
	return url.QueryEscape(sb.String() + f)
}

// hash stands in for a personal value: the same for the same value, and of no use without the key.
func (r *Redactor) hash(v string) string {
	if v == "" {
		return ""
	}
	m := hmac.New(sha256.New, r.piiKey)
	m.Write([]byte(strings.ToLower(v)))
	return "pii-" + hex.EncodeToString(m.Sum(nil)[:6])
}

// authSecrets are the secrets of a credential.
func authSecrets(a Auth) []string {
	if a.Public {
		return nil
	}
	out := []string{a.Token, a.Password, a.ClientSecret}
	if _, rest, ok := strings.Cut(a.Token, " "); ok && a.Kind == "header" {
		out = append(out, strings.TrimSpace(rest))
	}
	if a.Password != "" {
		out = append(out, a.User+":"+a.Password, base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Password)))
	}
	if a.ClientSecret != "" {
		out = append(out, a.ClientID+":"+a.ClientSecret)
	}
	return out
}
