package exchange

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// plan is what a request would do, as far as the guard is concerned.
type plan struct {
	path    objectPath
	read    bool // the answer shows objects
	bulk    bool
	creates []Intent
	needs   []need      // objects to read back before the request may be sent
	writes  []objectKey // objects of ours that are changed
	deletes []objectKey
	missing *objectKey // a write to an id that should not exist
}

// need is an object that has to be read before it may be written.
type need struct {
	key  objectKey
	path string // escaped, below the base URL
	seg  string
	why  needWhy
}

type needWhy uint8

const (
	needProof   needWhy = iota // claimed, never shown
	needGone                   // deleted before: is the id somebody else's now?
	needMissing                // announced as not existing
)

// overrideHeaders make some servers treat a request as one of another method.
var overrideHeaders = []string{"x-http-method-override", "x-method-override", "x-http-method"}

// plan decides whether a request may be sent, perhaps after a look at the objects it names.
func (g *Guard) plan(r *Request, rel string) (plan, *result.Fault) {
	p := plan{}
	if g.rules.Open {
		return p, nil // nothing to remember either: a mock identity provider runs for weeks
	}
	unsafe := r.Unsafe && g.rules.AllowUnsafe
	if f := disguised(r); f != nil && !unsafe {
		return p, f
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	path, problem := g.parsePath(rel)
	p.path = path
	if safeMethod(r.Method) {
		p.read = true
		return p, nil
	}
	if problem != "" {
		return p, refuse("%s %s: %s", r.Method, rel, problem)
	}
	if strings.EqualFold(r.Method, "POST") {
		return g.planPost(p, r, rel, unsafe)
	}
	return g.planWrite(p, r, r.Method, rel, unsafe)
}

func safeMethod(m string) bool { return m == "GET" || m == "HEAD" || m == "OPTIONS" }

// disguised refuses requests that could be executed as another method, on another host, or whose
// body the guard cannot read.
func disguised(r *Request) *result.Fault {
	for _, h := range r.Header {
		if h.Omit {
			continue
		}
		for _, o := range overrideHeaders {
			if strings.EqualFold(h.Name, o) {
				return refuse("%s %s: the header %s would turn it into another method", r.Method, r.Path, h.Name)
			}
		}
		if strings.EqualFold(h.Name, "Host") {
			return refuse("%s %s: a Host header would send it to another tenant", r.Method, r.Path)
		}
		if strings.EqualFold(h.Name, "Content-Encoding") && !strings.EqualFold(h.Value, "identity") && !safeMethod(r.Method) {
			return refuse("%s %s: the guard does not look into encoded bodies", r.Method, r.Path)
		}
	}
	if methodParameter(r.RawQuery) || containsFold(r.Body, "_method=") && !json.Valid(r.Body) {
		return refuse("%s %s: the parameter _method would turn it into another method", r.Method, r.Path)
	}
	return nil
}

func methodParameter(query string) bool {
	if query == "" {
		return false
	}
	q, err := url.QueryUnescape(query)
	if err != nil {
		q = query
	}
	return containsFold([]byte(q), "_method=")
}

func (g *Guard) planPost(p plan, r *Request, rel string, unsafe bool) (plan, *result.Fault) {
	switch {
	case p.path.tail == ".search" && (p.path.id == "" || !p.path.rest && strings.EqualFold(p.path.id, ".search")):
		p.read = true
		if p.path.coll == ".search" {
			p.path.coll = ""
		}
		p.path.id, p.path.seg = "", ""
		return p, nil
	case p.path.coll == "bulk" && p.path.id == "":
		return g.planBulk(p, r)
	case p.path.coll == "me" || p.path.id != "" || p.path.coll == "":
		return g.planWrite(p, r, "POST", rel, unsafe)
	}
	if f := g.checkReferences(r.Method, rel, r.Body); f != nil {
		return p, f
	}
	p.creates = []Intent{g.intent(r, p.path.name, "", r.Body, r.Marker)}
	return p, nil
}

func (g *Guard) intent(r *Request, endpoint, bulkID string, body []byte, marker string) Intent {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) // servers that skip a byte order mark create what follows it
	in := Intent{ID: r.ID, Case: r.Case, Endpoint: endpoint, BulkID: bulkID, Marker: marker, sent: sentIdentity(body)}
	if in.Marker == "" {
		names := in.sent.names()
		if i := slices.IndexFunc(names, g.proves); i >= 0 {
			in.Marker = names[i]
		} else if len(names) > 0 {
			in.Marker = names[0]
		}
	}
	return in
}

// planWrite decides on a write to one object.
func (g *Guard) planWrite(p plan, r *Request, method, rel string, unsafe bool) (plan, *result.Fault) {
	switch {
	case p.path.coll == "me":
		if g.rules.AllowMe {
			return p, nil
		}
		return p, refuse("%s %s: /Me is the account of the credential itself", method, rel)
	case p.path.id == "":
		if unsafe {
			return p, nil
		}
		return p, refuse("%s %s: it concerns a whole collection or endpoint, not one object of this run", method, rel)
	}
	if f := g.checkReferences(method, rel, r.Body); f != nil {
		return p, f
	}
	return p, g.admit(&p, method, p.path)
}

// admit decides whether the object of a path may be written, and what has to be read first.
func (g *Guard) admit(p *plan, method string, path objectPath) *result.Fault {
	key := objectKey{path.coll, path.id}
	need := need{key: key, path: path.name + "/" + path.seg, seg: path.seg}
	e := g.owned[key]
	odd := awkward(path.id)
	switch {
	case e == nil && g.missing[path.id] && !odd:
		if g.foreign(key) {
			return refuse("%s %s/%s: announced as not existing, but a read has shown it", method, path.name, path.id)
		}
		p.missing = &key
		if !looksRandom(path.id) {
			need.why = needMissing
			p.needs = append(p.needs, need)
		}
		return nil
	case e == nil && g.foreign(key):
		return refuse("%s %s/%s: this object was there before, or belongs to somebody else", method, path.name, path.id)
	case e == nil:
		return refuse("%s %s/%s: this run has not created it", method, path.name, path.id)
	case e.state == stateDeleted && !(g.rules.TrustEcho && !odd):
		need.why = needGone
		p.needs = append(p.needs, need)
	case e.state == stateClaimed && !(g.rules.TrustEcho && e.echoed && !e.suspect && !odd),
		odd && e.seg != path.seg:
		p.needs = append(p.needs, need)
	}
	p.writes = append(p.writes, key)
	if strings.EqualFold(method, "DELETE") && !path.rest {
		p.deletes = append(p.deletes, key)
	}
	return nil
}

// checkReferences refuses bodies that would pull other people's accounts into an object of ours: the
// membership changes their "groups" too, and may give them access.
func (g *Guard) checkReferences(method, rel string, body []byte) *result.Fault {
	for _, id := range references(body) {
		for _, coll := range []string{"users", "groups"} {
			other := objectKey{"users", id}
			if coll == "users" {
				other.coll = "groups"
			}
			if key := (objectKey{coll, id}); g.foreign(key) && g.owned[other] == nil {
				return refuse("%s %s: the body names %s/%s as a member or group, which this run has not created", method, rel, coll, id)
			}
		}
	}
	return nil
}

// bulkOp is one operation of a bulk request (RFC 7644 section 3.7).
type bulkOp struct {
	method, path, bulkID string
	status               string
	location             string
	data                 []byte
}

// parseBulk reads the operations of a bulk message. ok is false when two servers could read them
// in two ways: repeated members, or members that differ only in case.
func parseBulk(body []byte) (ops []bulkOp, ok bool) {
	l := &lexer{b: body}
	if l.next().kind != '{' {
		return nil, false
	}
	ok = true
	lists := 0
	l.members(func(m member) {
		if !strings.EqualFold(m.key, "Operations") {
			return
		}
		if lists++; lists > 1 || m.value.kind != '[' {
			ok = false
			return
		}
		l.elements(func(t token) {
			if t.kind != '{' {
				ok = false
				return
			}
			op, plain := parseBulkOp(l)
			ok = ok && plain
			ops = append(ops, op)
		})
	})
	return ops, ok
}

func parseBulkOp(l *lexer) (op bulkOp, ok bool) {
	ok = true
	seen := map[string]bool{}
	l.members(func(m member) {
		k := strings.ToLower(m.key)
		if seen[k] {
			ok = false
		}
		seen[k] = true
		start := m.value.start
		switch k {
		case "method":
			op.method = l.text(m.value)
		case "path":
			op.path = l.text(m.value)
		case "bulkid":
			op.bulkID = l.text(m.value)
		case "location":
			op.location = l.text(m.value)
		case "status":
			op.status = l.text(m.value)
			if m.value.kind == '{' { // {"code": "201"}, the form of the drafts
				l.members(func(c member) { op.status = l.text(c.value) })
			}
		case "data", "response":
			l.skip(m.value)
			op.data = l.b[start:l.i]
		}
	})
	return op, ok
}

func (g *Guard) planBulk(p plan, r *Request) (plan, *result.Fault) {
	p.bulk = true
	if !json.Valid(r.Body) {
		if harmlessGarbage(r.Body) {
			return p, nil
		}
		return p, refuse("POST /Bulk: the body is not JSON, so nobody can tell what a lenient server would do with it")
	}
	ops, ok := parseBulk(r.Body)
	if !ok && bytes.IndexByte(r.Body, '{') >= 0 && !harmlessGarbage(r.Body) {
		return p, refuse("POST /Bulk: the operations can be read in more than one way (repeated or misplaced members)")
	}
	fresh := map[string]bool{}
	for _, op := range ops {
		if strings.EqualFold(op.method, "POST") && op.bulkID != "" {
			fresh[op.bulkID] = true
		}
	}
	for _, op := range ops {
		if f := g.planBulkOp(&p, r, op, fresh); f != nil {
			return p, f
		}
	}
	return p, nil
}

func (g *Guard) planBulkOp(p *plan, r *Request, op bulkOp, fresh map[string]bool) *result.Fault {
	rel, _, hasQuery := strings.Cut(op.path, "?")
	if !strings.HasPrefix(rel, "/") {
		rel = "/" + rel
	}
	path, problem := g.parsePath(rel)
	post := strings.EqualFold(op.method, "POST")
	switch {
	case op.method == "GET" || op.method == "":
		return nil // not allowed in bulk; a server that accepts it changes nothing
	case problem != "" || hasQuery || strings.Contains(op.path, "://"):
		return refuse("bulk %s %s: the path is not plain", op.method, op.path)
	case path.coll == "me" && !g.rules.AllowMe, path.coll == "bulk", path.coll == "":
		return refuse("bulk %s %s: it does not concern one object of this run", op.method, op.path)
	}
	if f := g.checkReferences("bulk "+op.method, op.path, op.data); f != nil {
		return f
	}
	if post { // with an id, too: a server may look at nothing but the beginning of the path
		p.creates = append(p.creates, g.intent(r, path.name, op.bulkID, op.data, ""))
	}
	if post && path.id == "" {
		return nil
	}
	if path.id == "" {
		return refuse("bulk %s %s: it concerns a whole collection", op.method, op.path)
	}
	if ref, ok := strings.CutPrefix(path.id, "bulkId:"); ok && fresh[ref] && !path.rest {
		return nil // an object that this very request creates
	}
	return g.admit(p, op.method, path)
}

// harmlessGarbage reports whether a body that is not a plain bulk message cannot be taken for one that
// changes an object, by however lenient a reader.
func harmlessGarbage(b []byte) bool {
	for _, c := range b {
		if c >= 0x7f || c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == '\\' {
			return false
		}
	}
	for _, w := range []string{"put", "patch", "delete"} {
		if containsFold(b, w) {
			return false
		}
	}
	return true
}
