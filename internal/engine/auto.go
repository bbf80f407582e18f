package engine

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// AutomaticID is the suite of the checks that every response is held to.
const AutomaticID = "every-response"

// maxNotes is how many other attributes a finding names.
const maxNotes = 9

// automatic judges every response of a run and gathers what it finds by rule: one fault of the
// server is one finding here, however many answers show it.
type automatic struct {
	mu     sync.Mutex
	seen   map[string]*tally
	byCode map[string]map[string]*autoRule // kind of object → code → rule
	types  map[string]string               // id → resource type it was first seen with
}

type tally struct {
	judged int
	hits   []hit
	total  int
	people bool // seen outside the discovery endpoints
}

type hit struct {
	order int
	x     string
	v     scim.Violation
}

func newAutomatic() *automatic {
	a := &automatic{seen: map[string]*tally{}, types: map[string]string{}, byCode: map[string]map[string]*autoRule{"errors": {}, "lists": {}, "resources": {}}}
	for i := range autoRules {
		r := &autoRules[i]
		kind := r.group
		if kind == "schema" || kind == "secrets" {
			kind = "resources"
		}
		for _, c := range r.codes {
			if m, ok := a.byCode[kind]; ok {
				if _, taken := m[c]; !taken {
					m[c] = r
				}
			}
		}
	}
	return a
}

// automaticSuite is the suite as the plan shows it.
func automaticSuite(cited map[string]bool) result.Suite {
	s := result.Suite{ID: AutomaticID, Title: "Every response", Kind: string(suites.KindAutomatic)}
	for _, g := range autoGroups {
		s.Cases = append(s.Cases, result.Case{ID: AutomaticID + "/" + g.id, Title: g.title})
	}
	for _, r := range autoRules {
		for _, c := range r.cites {
			cited[c] = true
		}
	}
	return s
}

func (a *automatic) judged(ids ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range ids {
		a.tally(id).judged++
	}
}

// maxClaims bounds the memory of ids: a run against a directory of millions sees them page by page.
const maxClaims = 50_000

// claim remembers with which resource type an id was first seen, and gives that type.
func (a *automatic) claim(id, typ string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if first, ok := a.types[id]; ok {
		return first
	}
	if len(a.types) < maxClaims {
		a.types[id] = typ
	}
	return typ
}

func (a *automatic) tally(id string) *tally {
	t := a.seen[id]
	if t == nil {
		t = &tally{}
		a.seen[id] = t
	}
	return t
}

func (a *automatic) report(id string, order int, r *response, v scim.Violation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tally(id)
	t.total++
	t.people = t.people || r.x == nil || !discoveryEndpoint(r.x.Request.Path)
	for i := range t.hits {
		if t.hits[i].x == r.id() {
			return
		}
	}
	t.hits = append(t.hits, hit{order: order, x: r.id(), v: v})
}

// see judges one response.
func (a *automatic) see(e *Engine, in *instance, r *response, req outgoing) {
	res := r.x.Response
	if res == nil || r.x.Error != nil && r.x.Error.Kind != "redirect" {
		return
	}
	s := &seeing{a: a, e: e, order: in.order, r: r, req: req, res: res}
	s.transport()
	if res.Status >= 500 && res.Status != 501 && !(res.Status == 503 && res.Header("Retry-After") != "") {
		s.add("server-error", scim.Violation{Expected: "a 4xx error at worst", Actual: statusText(r), Message: "the server failed"})
	}
	a.judged("server-error")
	if res.Status >= 400 {
		s.failure()
		return
	}
	if r.isJSON && res.Status < 300 && res.Status != 202 { // 202 holds no resource (RFC 9967 section 2.5.1.1)
		s.success()
	}
}

type seeing struct {
	a     *automatic
	e     *Engine
	order int
	r     *response
	req   outgoing
	res   *result.Response
}

func (s *seeing) add(id string, v scim.Violation) { s.a.report(id, s.order, s.r, v) }

// transport: bytes, JSON, label.
func (s *seeing) transport() {
	body := s.res.RawBody
	if s.res.Status == 204 {
		s.a.judged("no-content")
		// A client over the wire never sees the body of a 204, but the header that announces it.
		if n, err := strconv.Atoi(s.res.Header("Content-Length")); len(bytes.TrimSpace(body)) > 0 || err == nil && n > 0 {
			s.add("no-content", scim.Violation{Expected: "no body", Actual: fmt.Sprintf("%d bytes", max(n, len(body))), Message: "204 with a body"})
		}
		return
	}
	if len(bytes.TrimSpace(body)) == 0 || s.res.Status >= 300 && s.res.Status < 400 {
		return
	}
	var bad *scim.JSONError
	if errors.As(s.r.jsonErr, &bad) && bad.TooDeep {
		return // an echo of the nested body that a suite sent; JSON sets no depth (RFC 8259 section 9), the limit is ours
	}
	if s.res.Status < 300 {
		s.a.judged("json")
		if !s.r.isJSON {
			s.add("json", scim.Violation{Expected: "one JSON value", Actual: firstLine(string(body), 120), Message: "the body is no JSON: " + fmt.Sprint(s.r.jsonErr)})
			return
		}
	}
	s.encoding(body)
	s.label()
}

// byteOrderMark is U+FEFF in UTF-8, which must not begin a JSON text (RFC 8259 section 8.1).
const byteOrderMark = "\xef\xbb\xbf"

func (s *seeing) encoding(body []byte) {
	s.a.judged("utf8", "duplicate-keys")
	if !utf8.Valid(body) {
		s.add("utf8", scim.Violation{Expected: "UTF-8", Actual: "bytes that are no UTF-8", Message: "the body is not UTF-8", Offset: max(scim.InvalidUTF8(body), 0)})
	} else if bytes.HasPrefix(body, []byte(byteOrderMark)) {
		s.add("utf8", scim.Violation{Expected: "no byte order mark", Actual: "a byte order mark", Message: "the body begins with a byte order mark"})
	}
	if !s.r.isJSON {
		return
	}
	for _, d := range scim.Duplicates(s.r.json) {
		s.add("duplicate-keys", scim.Violation{Pointer: d.Pointer, Offset: d.Offset, Expected: "each member once", Actual: d.Name + " twice", Message: "the member " + d.Name + " stands twice"})
	}
}

func (s *seeing) label() {
	if !strings.Contains(strings.ToLower(requestHeader(s.req, "Accept")), scimJSON) {
		return
	}
	ct := s.res.Header("Content-Type")
	mt, _, _ := mime.ParseMediaType(ct)
	id := "media-type"
	if s.res.Status >= 400 {
		id = "error-media-type"
		if !s.r.isJSON {
			return // said already: no SCIM error body at all
		}
	}
	s.a.judged(id)
	if !strings.EqualFold(mt, scimJSON) {
		s.add(id, scim.Violation{Expected: "Content-Type: " + scimJSON, Actual: firstNonEmpty("Content-Type: "+ct, "no Content-Type"), Message: "the answer is labelled " + firstNonEmpty(ct, "nothing")})
	}
}

func requestHeader(r outgoing, name string) string {
	for _, h := range r.Header {
		if strings.EqualFold(h.Name, name) && !h.Omit {
			return h.Value
		}
	}
	return ""
}

// leaks are marks of an exception or a statement that went out to the client; each is specific enough that no sentence for
// people would hold it.
var leaks = regexp.MustCompile(`(?m)(` + strings.Join([]string{
	`^\s+at [\w.$<>]+\(.*\)?$`, `\bat [\w.$<> \[\]]*\(?[^\s()]*\.(java|kt|cs|js|mjs|cjs|ts|scala|rb|php|py|go):\d+`, `at [\w.]+\([\w.]+\.(java|kt|cs|js|ts):\d+`,
	`Traceback \(most recent call last\)`, `File "[^"]+\.py", line \d+`, `\.php on line \d+`, `goroutine \d+ \[`, `panic: |\.go:\d+ \+0x`, `node_modules/`,
	`SQLSTATE|ORA-\d{5}|SQLITE_[A-Z]+`, `(?i:syntax error at or near)`, `You have an error in your SQL syntax`, `(?i:duplicate key value violates unique constraint)`,
	`\bSELECT .{1,200}? FROM \w`, `\bINSERT INTO \w`, `\bUPDATE \w+ SET \w`, `\bDELETE FROM \w`, `relation \\?"[^"]+" does not exist`, `(?i:UNIQUE constraint failed)`,
	`E11000 duplicate key|MongoServerError|ER_DUP_ENTRY|PrismaClient\w+|SequelizeUniqueConstraintError`,
	`\b(TypeError|ReferenceError|RangeError|NullPointerException|NullReferenceException|IntegrityError|KeyError|AttributeError): `, `Cannot read propert(y|ies) of (undefined|null)`,
	`System\.[A-Z]\w+Exception`, `org\.(hibernate|springframework)\.`, `java\.(lang|util|sql)\.\w+`, `ActiveRecord::`, `PG::[A-Z]\w+`,
	`/usr/(src|local)/|/home/\w+/|/var/www/|/srv/\w+/`, `C:\\\\?\w+`,
}, "|") + `)`)

// failure: an error answer.
func (s *seeing) failure() {
	body := s.res.RawBody
	own := scimEndpoint(s.req.Path) && !beforeSCIM(s.req.Method, s.req.Path, s.res.Status)
	if own || s.r.isJSON {
		s.a.judged("error-body")
	}
	if m := leaks.Find(body); m != nil {
		s.add("leak", scim.Violation{Expected: "a sentence for people", Actual: firstLine(string(m), 160), Offset: bytes.Index(body, m), Message: "the error shows internals of the server"})
	}
	s.a.judged("leak")
	if s.req.Method == "HEAD" {
		return
	}
	if !s.r.isJSON || !s.r.view.IsObject() {
		if own {
			s.add("error-body", scim.Violation{Expected: "a SCIM error body", Actual: firstNonEmpty(firstLine(string(body), 120), "an empty body"), Message: "the error has no SCIM body"})
		}
		return
	}
	s.a.judged("error-schemas", "error-status", "error-scimtype", "error-known-scimtype")
	s.violations("errors", scim.CheckErrorBody(s.r.view, s.res.Status))
}

// beforeSCIM reports whether an error is one that a proxy, an HTTP library or a router may give before the SCIM code sees
// the request: credentials, methods, media types, sizes and overload, and routes that SCIM does not define (a POST to one
// resource). Such errors without a SCIM body are no fault of the server (errata-and-ambiguities E4).
func beforeSCIM(method, path string, status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusRequestTimeout, http.StatusLengthRequired,
		http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusExpectationFailed,
		http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
		http.StatusNotImplemented, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusNotFound:
		switch method {
		case http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete:
			return false
		}
		return strings.Contains(strings.Trim(path, "/"), "/")
	}
	return false
}

// discoveryEndpoint: what describes the server, and nobody's account.
func discoveryEndpoint(path string) bool {
	switch strings.ToLower(strings.SplitN(strings.TrimPrefix(path, "/"), "/", 2)[0]) {
	case "schemas", "resourcetypes", "serviceproviderconfig":
		return true
	}
	return false
}

// scimEndpoint: Users, Groups and the discovery endpoints are the server's own. Errors elsewhere may
// come from a proxy or a framework (errata-and-ambiguities E4).
func scimEndpoint(path string) bool {
	seg := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 2)[0]
	switch strings.ToLower(seg) {
	case "users", "groups":
		return true
	}
	return false
}

func (s *seeing) violations(kind string, vs []scim.Violation) {
	for _, v := range vs {
		rule, ok := s.a.byCode[kind][v.Code]
		if kind == "resources" && v.Code == "not-array" && v.Attribute != "schemas" {
			rule = ruleNamed("plurality") // schemas has a rule of its own for this
		}
		if !ok || v.Note && rule.level != result.May {
			continue
		}
		s.add(rule.id, v)
	}
}

func ruleNamed(id string) *autoRule {
	i := slices.IndexFunc(autoRules, func(r autoRule) bool { return r.id == id })
	return &autoRules[i]
}

// finishAutomatic turns the tallies into the checks of the automatic suite, in the order of the
// rules; the exchanges of a finding in plan order, so that --jobs changes nothing.
func (e *Engine) finishAutomatic(p *plan) {
	outcome := map[string]result.Outcome{}
	for _, r := range autoRules {
		c := e.auto.conclude(r)
		e.emit(result.Event{Type: result.CheckDone, Case: AutomaticID + "/" + r.group, Check: &c})
		outcome[r.group] = result.Worst(outcome[r.group], c.Outcome)
	}
	for _, g := range autoGroups {
		o := outcome[g.id]
		if o == "" {
			o = result.Skip
		}
		end := &result.CaseEnd{Outcome: o}
		if o == result.Skip {
			end.Reason, end.SkipKind = "no answer of that kind came", result.SkipNotApplicable
		}
		e.emit(result.Event{Type: result.CaseEnded, Case: AutomaticID + "/" + g.id, Ended: end})
	}
}

func (a *automatic) conclude(r autoRule) result.Check {
	c := result.Check{ID: AutomaticID + "/" + r.group + "/" + r.id, Title: r.title, Level: r.level, Cites: r.cites, Area: r.area, Cause: r.cause, Why: r.why, Fix: r.fix}
	t := a.seen[r.id]
	if t == nil || t.judged == 0 && t.total == 0 {
		c.Outcome, c.SkipKind, c.Reason, c.Summary = result.Skip, result.SkipNotApplicable, "no answer of that kind came", "not judged: no answer of that kind came"
		return c
	}
	if t.total == 0 {
		c.Outcome, c.Summary = result.Pass, fmt.Sprintf("%s (%d answers)", r.title, t.judged)
		return c
	}
	sort.SliceStable(t.hits, func(i, j int) bool {
		if t.hits[i].order != t.hits[j].order {
			return t.hits[i].order < t.hits[j].order
		}
		return seqOf(t.hits[i].x) < seqOf(t.hits[j].x)
	})
	h := t.hits[0]
	c.Outcome = r.level.Violated()
	if r.discovery != "" && !t.people {
		c.Cause = r.discovery
	}
	c.Summary, c.Expected, c.Actual, c.Exchange = h.v.Message, h.v.Expected, h.v.Actual, h.x
	if h.v.Attribute != "" && !strings.Contains(h.v.Message, h.v.Attribute) {
		c.Summary = h.v.Attribute + ": " + h.v.Message
	}
	c.At = &result.Locus{Where: "response", Pointer: h.v.Pointer, Offset: h.v.Offset}
	c.Occurrences = t.total
	for i, x := range t.hits {
		if i == result.MaxOccurrences {
			break
		}
		c.Exchanges = append(c.Exchanges, x.x)
		if note := x.v.Message; i > 0 && len(c.Notes) < maxNotes && x.v.Attribute != h.v.Attribute {
			c.Notes = append(c.Notes, "also "+firstNonEmpty(x.v.Attribute, "")+": "+note)
		}
	}
	return c
}

func seqOf(id string) int {
	n, _ := asInt(id[strings.LastIndexByte(id, '#')+1:])
	return n
}
