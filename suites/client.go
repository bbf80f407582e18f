package suites

import (
	"fmt"
	"slices"

	"github.com/scimmage/scimmage/internal/result"
)

// ClientSuite is a file of rules for SCIM clients: what `scimmage provider --grade` holds every
// request against. It sends nothing; it is judged by what a client happened to send.
type ClientSuite struct {
	Pos   Pos
	ID    string // "client.patch"
	Title string
	About string
	Rules []*ClientRule
	Facts []*FactDef // of the whole conversation: which choice the client took
}

// ClientRule is one rule. Of says what it judges: a request, an operation of a PATCH, …
type ClientRule struct {
	Pos      Pos
	Suite    *ClientSuite
	ID       string
	Of       string
	Title    string
	Cites    []string
	Level    result.Level
	Cause    string
	Why      string
	Fix      string
	When     *Expr // judged only when true
	That     *Expr
	Expected *Template
	Actual   *Template
}

// FullID is "suite/rule".
func (r *ClientRule) FullID() string { return r.Suite.ID + "/" + r.ID }

// CheckID is the id of its check in a document.
func (r *ClientRule) CheckID() string { return r.FullID() + "/kept" }

// clientUnits is what a rule can judge.
var clientUnits = []Word{
	{"request", "every request"},
	{"operation", "every operation of a PATCH"},
	{"value", "every attribute that a request writes, sub-attributes included"},
	{"bulk", "every operation of a bulk request"},
	{"conversation", "the whole of what the client did, once, at the end"},
}

// ClientUnits lists what a rule for clients can judge.
func ClientUnits() []Word { return slices.Clone(clientUnits) }

// clientVariables is what expressions of a rule know, by unit; those of "request" are known to all
// units that belong to one.
var clientVariables = map[string][]Word{
	"request": {
		{"kind", "create, replace, patch, delete, read, list, search, bulk, discovery, me or other"},
		{"method", "GET, POST, …"}, {"path", "path below the base URL"}, {"endpoint", "Users, Groups, …"}, {"resource", "resource type of the endpoint, \"\" when there is none"},
		{"id", "id in the path"}, {"query", "query parameters by name"}, {"rawQuery", "the query byte for byte"}, {"mediaType", "Content-Type without parameters"}, {"asked", "startIndex, count, cursor, hasCursor and filter (text, error, values, unknown: attributes that no schema has; nil without one) of the query or of the body of a search"},
		{"raw", "the body as text"}, {"body", "the body as JSON, member names as sent; nil when it is none"}, {"bodyError", "why the body is no JSON, \"\" when it is"}, {"duplicates", "member names that the body repeats"},
		{"remote", "true when the client is on another machine"}, {"secure", "true when it came over TLS"}, {"userinfo", "true when the URL held a user name"},
		{"status", "status of the answer"}, {"answer", "the answer as JSON"},
		{"name", "userName or displayName that a create or replacement gives"}, {"lookedUp", "a search for this name was answered before"}, {"foundBefore", "that search found somebody"},
		{"createdBefore", "this client created this name before and did not delete it"},
		{"attempt", "the same request before: number, status, waited, retryAfter, changed, looked; nil when there was none"},
		{"page", "the page before: startIndex, received, total, count, same, cursor; nil for a first page"}, {"etag", "version of the resource that this client saw last"},
		{"left", "attributes that the client has read of this resource and that its replacement leaves out"}, {"readBefore", "the client has seen this resource"},
		{"operations", "operations of a PATCH"}, {"missing", "extensions whose attributes the body has and that schemas does not name"},
	},
	"operation": {
		{"op", "op as sent"}, {"hasPath", "path is there"}, {"target", "path as sent"}, {"pathError", "why the path is none"}, {"hasValue", "value is there"}, {"value", "value as sent"},
		{"attribute", "definition of the attribute that the path names: name, type, multiValued, mutability; nil when no schema has it"}, {"whole", "the path names the attribute as a whole, without a value filter"},
	},
	"value": {
		{"attribute", "definition: name, type, multiValued, mutability, returned, complex; nil when no schema has it"}, {"fits", "the value has the JSON type of its attribute"}, {"written", "the name as sent"}, {"value", "value as sent"}, {"op", "op of the PATCH operation, \"\" elsewhere"},
		{"alone", "a dotted name or one with a URN is the name of a JSON member"}, {"primaries", "number of elements with primary true"},
	},
	"bulk": {
		{"call", "method, path, bulkId, version, data as sent"}, {"repeated", "its bulkId stands in the request twice"}, {"unresolved", "references of the form bulkId:x to nothing in the request"},
		{"bare", "references to a bulkId of the request without the prefix"},
	},
	"conversation": {
		{"agent", "User-Agent of the first request"}, {"requests", "number of requests"}, {"kinds", "number of requests by kind"}, {"discovered", "discovery endpoints that were read"},
		{"seen", "distinct values by topic: agents, mediaTypes, accepts, ops, lookups, pageSizes, schemes, paths, discovery, conditions"},
	},
}

// ClientVariables lists the variables of a unit's expressions.
func ClientVariables(unit string) []Word {
	out := slices.Clone(clientVariables[unit])
	if unit != "request" && unit != "conversation" {
		out = append(out, clientVariables["request"]...)
	}
	return out
}

// clientFunctions are the functions that expressions of rules know besides those of expr-lang.
var clientFunctions = []string{"type", "json", "header", "text", "match", "isEmail", "isTel", "isETag"}

var (
	clientKeys     = []string{"client", "title", "about", "rules", "facts"}
	clientRuleKeys = []string{"id", "of", "title", "cites", "level", "cause", "why", "fix", "when", "that", "expected", "actual"}
)

// readClient reads a file of rules for clients.
func (l *Library) readClient(root *Node) {
	if root == nil {
		return
	}
	p := &parser{opts: Options{Library: l}}
	m := root.Map("rules for clients", clientKeys)
	s := &ClientSuite{Pos: root.Pos(), ID: p.id(m.Need("client", "a file of rules for clients"), suiteIDPattern, "id", "small letters, digits, dots and hyphens: client.patch"),
		Title: m.Need("title", "a file of rules for clients").Text(), About: m.Get("about").Text()}
	seen := map[string]bool{}
	for _, n := range m.Need("rules", "a file of rules for clients").Items() {
		r := p.clientRule(n, s)
		if seen[r.ID] {
			n.Errorf("", "duplicate rule id %q", r.ID)
		}
		seen[r.ID] = true
		s.Rules = append(s.Rules, r)
	}
	for _, n := range m.Get("facts").Items() {
		p.exprs = nil
		s.Facts = append(s.Facts, p.fact(n))
		p.clientNames(n, "conversation")
	}
	l.Clients = append(l.Clients, s)
}

func (p *parser) clientRule(n *Node, s *ClientSuite) *ClientRule {
	p.exprs = nil
	m := n.Map("a rule for clients", clientRuleKeys)
	r := &ClientRule{Pos: n.Pos(), Suite: s, ID: p.id(m.Need("id", "a rule"), idPattern, "rule id", "small letters, digits, dots, hyphens and underscores")}
	r.Of = m.Need("of", "a rule").OneOf("unit", words(clientUnits))
	r.Title, r.Why, r.Fix = m.Need("title", "a rule").Text(), m.Need("why", "a rule").Text(), m.Need("fix", "a rule").Text()
	r.Cites = p.cites(m.Need("cites", "a rule"))
	r.Level = p.level(m.Get("level"), r.Cites)
	if r.Level == "" {
		r.Level, _ = p.opts.Library.LevelOf(r.Cites)
	}
	r.Cause = p.cause(m.Get("cause"))
	r.When, r.That = p.expr(m.Get("when")), p.expr(m.Need("that", "a rule"))
	if r.That != nil && constantExpr(r.That) {
		m.Get("that").Errorf("", "the expression does not depend on anything: this rule cannot be broken")
	}
	r.Expected, r.Actual = p.template(m.Need("expected", "a rule")), p.template(m.Need("actual", "a rule"))
	p.clientNames(n, r.Of)
	return r
}

func (p *parser) clientNames(n *Node, unit string) {
	vars := words(ClientVariables(unit))
	for _, e := range p.exprs {
		p.checkNames(n, e, vars, clientFunctions)
	}
}

// ClientRule finds a rule by its full id or the id of its check.
func (l *Library) ClientRule(id string) *ClientRule {
	for _, s := range l.Clients {
		for _, r := range s.Rules {
			if id == r.FullID() || id == r.CheckID() {
				return r
			}
		}
	}
	return nil
}

func (l *Library) clientSuite(id string) *ClientSuite {
	for _, s := range l.Clients {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// ClientChecks lists the rules and facts for clients as checks, for listings and documentation.
func (l *Library) ClientChecks() []CheckInfo {
	var out []CheckInfo
	for _, s := range l.Clients {
		for _, r := range s.Rules {
			judged := fmt.Sprintf("%s: %s", r.Of, r.That.text())
			if r.When != nil {
				judged = fmt.Sprintf("%s, when %s: %s", r.Of, r.When.Source, r.That.text())
			}
			out = append(out, CheckInfo{ID: r.CheckID(), Case: r.FullID(), Title: r.Title, Level: r.Level, Cites: r.Cites, Why: r.Why, Fix: r.Fix, Judge: judged})
		}
		for _, f := range s.Facts {
			out = append(out, CheckInfo{ID: s.ID + "/" + f.ID, Case: s.ID + "/facts", Title: f.Title, Level: result.May, Cites: f.Cites, Fact: true, Judge: f.Value.text()})
		}
	}
	return out
}
