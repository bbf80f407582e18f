package exchange

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// people remembers the personal values that bodies have shown, to find them again where no attribute name tells of them: in
// what a check says of an answer, in the detail of an error, in a Location.
type people struct {
	mu     sync.RWMutex
	byWord map[string][]string // first word, lower case → values, the longest first
	known  map[string]bool
}

const (
	maxPeopleValues = 1 << 18
	minPersonal     = 3   // shorter values are words of every text
	maxPersonal     = 512 // longer ones are no names
)

// plainWords are words of the protocol and of our own sentences, which some groups are called by: that a text says "users"
// tells nothing of anybody.
var plainWords = map[string]bool{"user": true, "users": true, "group": true, "groups": true, "admin": true, "admins": true, "everyone": true, "name": true,
	"display": true, "value": true, "type": true, "work": true, "home": true, "other": true, "mobile": true, "true": true, "false": true, "null": true, "none": true,
	"get": true, "post": true, "put": true, "patch": true, "delete": true, "and": true, "the": true, "not": true, "schemas": true, "resources": true, "answer": true,
	"server": true, "status": true, "email": true, "emails": true, "test": true, "active": true, "members": true, "with": true, "create": true, "read": true}

func wordRune(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// firstWord is the first run of letters and digits, and where it begins.
func firstWord(s string) (at int, word string) {
	at = strings.IndexFunc(s, wordRune)
	if at < 0 {
		return 0, ""
	}
	rest := s[at:]
	if end := strings.IndexFunc(rest, func(c rune) bool { return !wordRune(c) }); end >= 0 {
		rest = rest[:end]
	}
	return at, strings.ToLower(rest)
}

func (p *people) learn(value string) {
	at, word := firstWord(value)
	value = strings.TrimRightFunc(value[at:], func(c rune) bool { return !wordRune(c) })
	lower := strings.ToLower(value)
	if len(value) < minPersonal || len(value) > maxPersonal || plainWords[lower] {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[lower] || len(p.known) >= maxPeopleValues {
		return
	}
	if p.known == nil {
		p.known, p.byWord = map[string]bool{}, map[string][]string{}
	}
	p.known[lower] = true
	list := p.byWord[word]
	i := 0
	for i < len(list) && len(list[i]) >= len(value) {
		i++
	}
	p.byWord[word] = append(list[:i:i], append([]string{value}, list[i:]...)...)
}

// hide replaces the values that stand in a text as whole words.
func (p *people) hide(text string, hash func(string) string) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if len(p.known) == 0 {
		return text
	}
	var out strings.Builder
	done := 0
	before := ' '
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		if wordRune(c) && !wordRune(before) {
			if v := p.at(text[i:]); v != "" {
				out.WriteString(text[done:i])
				out.WriteString(hash(v))
				i += len(v)
				done = i
				before = 'x'
				continue
			}
		}
		before = c
		i += size
	}
	if done == 0 {
		return text
	}
	return out.String() + text[done:]
}

// at is the longest known value with which a text begins.
func (p *people) at(text string) string {
	_, word := firstWord(text)
	for _, v := range p.byWord[word] {
		if len(text) < len(v) || !strings.EqualFold(text[:len(v)], v) {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(text[len(v):]); len(text) == len(v) || !wordRune(next) {
			return text[:len(v)]
		}
	}
	return ""
}

// mailAddress is what looks like an address in running text.
var mailAddress = regexp.MustCompile(`[^\s"'<>(),;:\[\]{}=/\\&?|]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)

// Prose redacts what a person reads: secrets by value, and with HidePII whatever the bodies of this run have shown of people.
// Names with the mark of the run stay.
func (r *Redactor) Prose(s string) string {
	s = r.Text(s)
	if !r.pii || s == "" {
		return s
	}
	if r.own == nil {
		return r.strangers(s)
	}
	var out strings.Builder
	done := 0
	for _, at := range r.own.FindAllStringIndex(s, -1) {
		out.WriteString(r.strangers(s[done:at[0]]))
		out.WriteString(s[at[0]:at[1]])
		done = at[1]
	}
	out.WriteString(r.strangers(s[done:]))
	return out.String()
}

func (r *Redactor) strangers(s string) string {
	return r.people.hide(mailAddress.ReplaceAllStringFunc(s, r.hash), r.hash)
}

// ours: names with the mark of the run are those of its test people, and cleanup needs them.
func (r *Redactor) ours(v string) bool {
	return r.mark != "" && strings.Contains(strings.ToLower(v), r.mark)
}

// personal is the hash of a value, which is remembered.
func (r *Redactor) personal(v string) string {
	if !r.ours(v) {
		r.people.learn(v)
	}
	return r.hash(v)
}

// plainNames are attributes that the protocol itself needs (RFC 7643 sections 3, 5 to 7; RFC 7644 section 3), lower case. With
// HidePII the text of any other attribute is hashed: what no RFC names may hold anything.
var plainNames = setOf("schemas", "id", "meta", "resourcetype", "created", "lastmodified", "location", "version", "$ref", "value", "type", "primary", "active",
	"totalresults", "itemsperpage", "startindex", "resources", "nextcursor", "previouscursor", "operations", "op", "path", "method", "bulkid", "data", "response",
	"status", "code", "scimtype", "detail", "members", "groups", "roles", "entitlements", "manager", "attributes", "excludedattributes", "filter", "sortby", "sortorder", "count", "cursor",
	"name", "description", "endpoint", "schema", "schemaextensions", "required", "subattributes", "multivalued", "caseexact", "mutability", "returned", "uniqueness",
	"canonicalvalues", "referencetypes", "documentationuri", "specuri", "patch", "bulk", "maxoperations", "maxpayloadsize", "maxresults", "changepassword", "sort", "etag", "supported",
	"authenticationschemes", "pagination", "usertype", "preferredlanguage", "locale", "timezone", "failonerrors", "defaultpagesize", "maxpagesize", "defaultpaginationmethod", "cursortimeout", "index")

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return set
}

// protocolHeaders are fields of HTTP that say nothing of people, lower case.
var protocolHeaders = setOf("accept", "accept-encoding", "accept-language", "allow", "age", "cache-control", "connection", "content-encoding", "content-length", "content-location", "content-type", "date", "etag",
	"expires", "if-match", "if-none-match", "last-modified", "link", "location", "pragma", "prefer", "retry-after", "server", "strict-transport-security", "transfer-encoding",
	"user-agent", "vary", "via", "www-authenticate", "x-request-id", "x-scimmage-cut")

func protocolHeader(name string) bool {
	n := strings.ToLower(name)
	if protocolHeaders[n] {
		return true
	}
	for _, p := range []string{"ratelimit", "x-ratelimit", "x-rate-limit", "access-control-", "x-content-type", "x-frame", "content-security", "referrer-"} {
		if strings.HasPrefix(n, p) {
			return true
		}
	}
	return false
}

// id hides an identifier that may be a name: servers take user names for ids. What was made up by a machine stays.
func (r *Redactor) id(v string) string {
	at := strings.LastIndexByte(v, '/') + 1
	last := v[at:]
	if plain, err := url.PathUnescape(last); err == nil {
		last = plain
	}
	if n := strings.ToLower(last); strings.HasPrefix(n, "urn:") || strings.HasPrefix(n, "bulkid:") {
		return v
	}
	if len(last) < minPersonal || looksRandom(last) || !strings.ContainsFunc(last, unicode.IsLetter) || r.ours(last) || plainWords[strings.ToLower(last)] {
		return v
	}
	return v[:at] + r.personal(last)
}
