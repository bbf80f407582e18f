package exchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// class says what a member name announces.
type class uint8

const (
	classNone class = iota
	classSecret
	classPII
)

// maxRedactDepth bounds the stack of the walk; what is nested deeper is redacted whole.
const maxRedactDepth = 10_000

// secretWords make a member name the name of a secret, wherever in the name they stand.
var secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "api_key", "api-key",
	"privatekey", "private_key", "client_assertion", "credential"}

// notSecret are names that hold such a word and mean something else: a feature of the
// ServiceProviderConfig (RFC 7643 section 5), kinds and places of tokens, and page markers.
var notSecret = []string{"changepassword", "tokentype", "token_type", "tokenurl", "token_url", "tokenendpoint", "token_endpoint",
	"nextpagetoken", "pagetoken", "nexttoken", "client_assertion_type", "specurl", "passwordpolicy"}

// piiNames are attributes of people (RFC 7643 section 4.1), lower case.
var piiNames = map[string]bool{"username": true, "externalid": true, "displayname": true, "nickname": true, "profileurl": true,
	"name": true, "formatted": true, "familyname": true, "givenname": true, "middlename": true, "honorificprefix": true, "honorificsuffix": true,
	"emails": true, "phonenumbers": true, "addresses": true, "ims": true, "photos": true, "display": true,
	"title": true, "department": true, "division": true, "organization": true, "costcenter": true,
	"streetaddress": true, "locality": true, "region": true, "postalcode": true, "employeenumber": true}

func classOf(name string) class {
	if i := strings.LastIndexByte(name, ':'); i >= 0 && strings.HasPrefix(strings.ToLower(name), "urn:") {
		name = name[i+1:]
	}
	n := strings.ToLower(name)
	for _, w := range secretWords {
		if strings.Contains(n, w) {
			if slices.Contains(notSecret, n) {
				return classNone
			}
			return classSecret
		}
	}
	if i := strings.IndexAny(n, ".["); i > 0 {
		n = n[:i]
	}
	if piiNames[n] {
		return classPII
	}
	return classNone
}

// mayNameSecret is the quick look that keeps most bodies off the slow path: does any secret word
// stand in the body, in any case, or a \u escape that could hide one?
func mayNameSecret(b []byte) bool {
	for i := 0; i+4 < len(b); i++ {
		if !beginsSecretWord[b[i]] {
			continue
		}
		switch b[i] | 0x20 {
		case 'p':
			if foldPrefix(b[i:], "passw") || foldPrefix(b[i:], "passp") || foldPrefix(b[i:], "privat") {
				return true
			}
		case 's':
			if foldPrefix(b[i:], "secret") {
				return true
			}
		case 't':
			if foldPrefix(b[i:], "token") {
				return true
			}
		case 'a':
			if foldPrefix(b[i:], "apikey") || foldPrefix(b[i:], "api_key") || foldPrefix(b[i:], "api-key") || foldPrefix(b[i:], "assertion") {
				return true
			}
		case 'c':
			if foldPrefix(b[i:], "credential") {
				return true
			}
		case '\\' | 0x20:
			if b[i] == '\\' && b[i+1] == 'u' {
				return true
			}
		}
	}
	return false
}

// beginsSecretWord marks the bytes that mayNameSecret looks closer at.
var beginsSecretWord = [256]bool{'p': true, 'P': true, 's': true, 'S': true, 't': true, 'T': true, 'a': true, 'A': true, 'c': true, 'C': true, '\\': true}

func foldPrefix(b []byte, lower string) bool {
	if len(b) < len(lower) {
		return false
	}
	for i := range len(lower) {
		if c := b[i]; c != lower[i] && (c < 'A' || c > 'Z' || c|0x20 != lower[i]) {
			return false
		}
	}
	return true
}

// edit replaces a span of the body.
type edit struct {
	start, end int
	text       string
}

type frame struct {
	obj        bool
	inherit    class // of everything inside
	key        class // of the member being read
	keyPath    bool  // the member is "path": its value names an attribute
	keyValue   bool  // the member is "value"
	keyID      bool  // the member names a resource
	path       class // what the path of this object names (a PATCH operation)
	start, end int   // span of the value of "value"
}

// jsonRedactor walks a body once and collects the edits.
type jsonRedactor struct {
	r     *Redactor
	l     lexer
	stack []frame
	edits []edit
	spans []span // values whose class a sibling "path" decides
}

type span struct {
	class      class
	start, end int
}

func (r *Redactor) redactJSON(b []byte) []byte {
	w := &jsonRedactor{r: r, l: lexer{b: b}}
	w.walk(classNone)
	w.cover(classSecret)
	w.cover(classPII)
	if len(w.edits) == 0 {
		return b
	}
	slices.SortStableFunc(w.edits, func(a, c edit) int { return a.start - c.start })
	var out bytes.Buffer
	at := 0
	for _, e := range w.edits {
		if e.start < at {
			continue // inside of what was replaced already
		}
		out.Write(b[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(b[at:])
	return out.Bytes()
}

func (w *jsonRedactor) walk(inherit class) {
	w.stack = append(w.stack, frame{inherit: inherit})
	for {
		t := w.l.next()
		switch t.kind {
		case 0:
			for len(w.stack) > 1 { // a body that broke off
				w.pop(t.end)
			}
			w.stack = w.stack[:0]
			return
		case 's':
			if w.l.isKey() {
				w.key(t)
			} else {
				w.value(t)
			}
		case 'v':
			w.number(t)
		case '{', '[':
			if len(w.stack) >= maxRedactDepth {
				w.l.skip(t)
				w.edits = append(w.edits, edit{t.start, w.l.i, `"` + Redacted + `"`})
				continue
			}
			w.push(t)
		case '}', ']':
			if len(w.stack) > 1 {
				w.pop(t.end)
			}
		}
	}
}

func (w *jsonRedactor) top() *frame { return &w.stack[len(w.stack)-1] }

func lower(s string) string { return strings.ToLower(s) }

func (w *jsonRedactor) key(t token) {
	f := w.top()
	name := w.l.text(t)
	f.key = classOf(name)
	f.keyPath = strings.EqualFold(name, "path") || strings.EqualFold(name, "attribute")
	f.keyValue = strings.EqualFold(name, "value")
	if n := lower(name); n == "type" || n == "primary" || n == "schemas" {
		f.key = classNone
	} else if f.key == classNone || f.inherit == classSecret {
		f.key = max(f.key, f.inherit)
		if f.inherit == classSecret {
			f.key = classSecret
		}
	}
	if w.r.pii && f.key == classNone && !plainNames[lower(name)] && !strings.HasPrefix(lower(name), "urn:") {
		f.key = classPII
	}
	f.keyID = w.r.pii && (name == "id" || name == "$ref" || name == "value" || name == "location")
}

func (w *jsonRedactor) push(t token) {
	f := w.top()
	in := frame{obj: t.kind == '{', inherit: f.inherit}
	if f.obj {
		in.inherit = f.key
		if f.keyValue {
			f.start = t.start
		}
	}
	w.stack = append(w.stack, in)
}

func (w *jsonRedactor) pop(end int) {
	f := *w.top()
	w.stack = w.stack[:len(w.stack)-1]
	up := w.top()
	if up.obj && up.keyValue {
		up.end = end
	}
	if f.path != classNone && f.end > f.start {
		w.spans = append(w.spans, span{f.path, f.start, f.end})
	}
}

// cover redacts all strings in the spans of one class: the "value" of a PATCH operation whose path
// names a secret. Spans lie inside of one another or apart, so walking the outermost ones is enough
// and keeps the work linear, however deep a hostile body nests them.
func (w *jsonRedactor) cover(c class) {
	slices.SortFunc(w.spans, func(a, b span) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	done := 0
	for _, s := range w.spans {
		if s.class != c || s.start < done {
			continue
		}
		in := &jsonRedactor{r: w.r, l: lexer{b: w.l.b[:s.end], i: s.start}}
		in.walk(c)
		w.edits = append(w.edits, in.edits...)
		done = s.end
	}
}

func (w *jsonRedactor) value(t token) {
	f := w.top()
	c := f.inherit
	if f.obj {
		c = f.key
		if f.keyPath {
			f.path = max(f.path, pathClass(w.l.text(t)))
		}
		if f.keyValue {
			f.start, f.end = t.start, t.end
		}
		// "name" holds people's names only as an object; as a string it names an attribute.
		if c == classPII && f.inherit != classPII && strings.EqualFold(w.lastKeyName(t), "name") {
			c = classNone
		}
	}
	switch {
	case c == classSecret && t.end-t.start > 2:
		w.edits = append(w.edits, edit{t.start, t.end, `"` + Redacted + `"`})
	case c == classPII && w.r.pii:
		w.edits = append(w.edits, edit{t.start, t.end, `"` + w.r.personal(w.l.text(t)) + `"`})
	case w.r.pii && bytes.IndexByte(w.l.b[t.start:t.end], '@') >= 0:
		// The detail of an error often repeats the address of the person.
		w.edits = append(w.edits, edit{t.start, t.end, `"` + w.r.personal(w.l.text(t)) + `"`})
	case w.r.pii:
		// Or the name: what was seen of people before is known again, in attributes of any name.
		if text := w.l.text(t); text != "" && !w.r.ours(text) {
			hidden := w.r.people.hide(text, w.r.hash)
			if hidden == text && f.obj && f.keyID {
				hidden = w.r.id(hidden)
			}
			if hidden != text {
				quoted, _ := json.Marshal(hidden) // of a string
				w.edits = append(w.edits, edit{t.start, t.end, string(quoted)})
			}
		}
	}
}

// number redacts a secret that a server writes as a number, such as a PIN; lengths and lifetimes stay.
func (w *jsonRedactor) number(t token) {
	f := w.top()
	c := f.inherit
	if f.obj {
		c = f.key
	}
	if b := w.l.b[t.start]; c == classSecret && b >= '0' && b <= '9' && t.end-t.start > 3 {
		w.edits = append(w.edits, edit{t.start, t.end, `"` + Redacted + `"`})
	}
}

// lastKeyName reads the member name before the value at t.
func (w *jsonRedactor) lastKeyName(t token) string {
	b := bytes.TrimRight(w.l.b[:t.start], " \t\r\n:")
	if len(b) < 2 || b[len(b)-1] != '"' {
		return ""
	}
	i := bytes.LastIndexByte(b[:len(b)-1], '"')
	return string(b[i+1 : len(b)-1])
}

// pathClass is the class of the attribute that a PATCH path names.
func pathClass(path string) class {
	if strings.HasPrefix(strings.ToLower(path), "urn:") {
		if i := strings.LastIndexByte(path, ':'); i >= 0 {
			path = path[i+1:]
		}
	}
	return classOf(path)
}
