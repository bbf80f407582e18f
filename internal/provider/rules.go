package provider

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// rule is a defect that needs no code: which requests it meets, and what is wrong with them. Everything that is said has to
// fit, and everything that is told is done.
type rule struct {
	// On names methods and an endpoint: "PUT PATCH Users/" (below the endpoint), "POST Users" (at it), "GET" (anywhere).
	On string `yaml:"on"`
	// Query and Body are regular expressions over the decoded query and the body as it came; not- turns them around.
	Query    pattern `yaml:"query"`
	Body     pattern `yaml:"body"`
	NotQuery pattern `yaml:"not-query"`
	NotBody  pattern `yaml:"not-body"`
	Path     pattern `yaml:"path"`
	// Share is the share of the requests: "3-of-16".
	Share string `yaml:"share"`
	// Shard is the share of the accounts, "3-of-12": those whose rows are in one part of a divided table.
	Shard string `yaml:"shard"`
	// Changed: the resource was changed since it was created. Fresh: it was not.
	Changed bool `yaml:"changed"`
	Fresh   bool `yaml:"fresh"`
	// Holds is a regular expression over the resource as it is stored before the request, with " members:2" behind it; at the
	// endpoint itself, over any resource that is stored there. Once: over the resource before some earlier request.
	Holds    pattern `yaml:"holds"`
	NotHolds pattern `yaml:"not-holds"`
	Once     pattern `yaml:"once"`
	// Member is a regular expression over the members of the Group as they are stored: one of them fits.
	Member pattern `yaml:"member"`
	// Seen: the same was asked before. Often: so many times at least.
	Seen  bool `yaml:"seen"`
	Often int  `yaml:"often"`
	// Credentials: "none" or "wrong". Such a request is refused before anything of it is looked at; what may be wrong is that
	// refusal.
	Credentials string `yaml:"credentials"`
	// Sent are regular expressions over headers of the request, one that is refused for them included.
	Sent map[string]pattern `yaml:"sent"`
	// Larger: the body has more bytes than that.
	Larger int `yaml:"larger"`
	// If looks at the answer that the right provider would give: "ok", "refused", "missing" for 404, or "idle" for a write that
	// changed nothing.
	If string `yaml:"if"`

	// Admit lets a request in that has no credentials, or wrong ones; its body was not read when that is decided.
	Admit bool `yaml:"admit"`
	// Refuse ends the request with this status, before anything happens; HangUp without any.
	Refuse int  `yaml:"refuse"`
	HangUp bool `yaml:"hang-up"`
	// Ignore answers a PUT or PATCH with the resource as it is.
	Ignore bool `yaml:"ignore"`
	// Intrude answers a request of another tenant with the data of the first.
	Intrude bool `yaml:"intrude"`
	// Lose answers as if all went well; what was there before is there afterwards.
	Lose bool `yaml:"lose"`
	// Pretend turns a refusal into the answer of a success.
	Pretend bool `yaml:"pretend"`
	// Rewrite changes the query.
	Rewrite []rewriting `yaml:"rewrite"`
	// Misread changes the body.
	Misread []rewriting `yaml:"misread"`
	// Stored, Neighbour, Members, Answer and Resource change the resource that the request was at as it is stored afterwards,
	// another one that was stored next to it, the Users who are its members or were, the answer, and each resource or document
	// in it.
	Stored    []edit `yaml:"stored"`
	Neighbour []edit `yaml:"neighbour"`
	Members   []edit `yaml:"members"`
	Answer    []edit `yaml:"answer"`
	Resource  []edit `yaml:"resource"`
	// Status, Headers (null removes one) and Text are what the answer has instead.
	Status  int                `yaml:"status"`
	Headers map[string]*string `yaml:"headers"`
	Text    *string            `yaml:"text"`
}

// rewriting is a part of a query or a body and what stands in its place.
type rewriting struct {
	From pattern `yaml:"from"`
	To   string  `yaml:"to"`
}

// pattern is a regular expression that is read with the catalogue.
type pattern struct{ *regexp.Regexp }

func (p *pattern) UnmarshalYAML(n *yaml.Node) error {
	re, err := regexp.Compile(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	p.Regexp = re
	return nil
}

func (p pattern) fits(s string) bool { return p.Regexp == nil || p.MatchString(s) }
func (p pattern) hits(s string) bool { return p.Regexp != nil && p.MatchString(s) }

// state is what a rule needs to know of a request between its beginning and its end.
type state struct {
	met     bool
	was     *snapshot
	version uint32
	members []member
}

type snapshot struct {
	r    *record
	copy record
}

// collectRules puts the rules of a defect in force.
func (b *bends) collectRules(rules []rule) {
	for i := range rules {
		r := &rules[i]
		if r.Admit {
			b.admit = append(b.admit, r)
		}
		b.before = append(b.before, r.before)
		b.after = append(b.after, r.after)
	}
}

// before is what a rule does before the request is dispatched.
func (r *rule) before(p *Provider, c *call) *answer {
	if r.Once.Regexp != nil && c.tenant != nil {
		was := false
		c.locked(func(rec *record) { was = r.Once.fits(string(rec.body)) })
		if was {
			p.remember(r.once(c), true)
		}
	}
	if !r.fits(c) {
		return nil
	}
	if r.Intrude {
		c.tenant = p.tenants[defaultTenant]
	}
	if c.rules == nil {
		c.rules = map[*rule]state{}
	}
	s := state{met: true}
	c.locked(func(rec *record) {
		s.version = rec.version
		if (r.Lose || len(r.Members) > 0) && rec.members != nil {
			s.members = append([]member(nil), rec.members.list...)
		}
		if r.Lose {
			s.was = &snapshot{r: rec, copy: *rec}
		}
	})
	c.rules[r] = s
	if r.HangUp {
		return &answer{drop: true}
	}
	if r.Refuse > 0 {
		return refuse(r.Refuse, "", "The request could not be processed.").answer()
	}
	if r.Ignore {
		var a *answer
		c.locked(func(rec *record) { a = c.show(c.view(nil), rec, http.StatusOK) })
		return a
	}
	for _, w := range r.Rewrite {
		c.rewrite(w.From.Regexp, w.To)
	}
	for _, w := range r.Misread {
		c.body = w.From.ReplaceAll(c.body, []byte(w.To))
	}
	return nil
}

func (c *call) rewrite(from *regexp.Regexp, to string) {
	query, err := url.QueryUnescape(strings.ReplaceAll(c.rawQuery, "+", "%2B"))
	if err != nil {
		return
	}
	if q := from.ReplaceAllString(query, to); q != query {
		c.query = url.Values{}
		for _, part := range strings.Split(q, "&") {
			k, v, _ := strings.Cut(part, "=")
			c.query.Add(k, v)
		}
		c.rawQuery = c.query.Encode()
	}
}

// expects tells whether the answer is the one that the rule is about.
func (r *rule) expects(c *call, s state, a *answer) bool {
	switch r.If {
	case "ok":
		return a.ok()
	case "refused":
		return a.status >= 400
	case "missing":
		return a.status == http.StatusNotFound
	case "idle":
		version := uint32(0)
		return a.ok() && c.locked(func(rec *record) { version = rec.version }) && version == s.version
	}
	return true
}

// after is what a rule does with the answer, and with what is stored.
func (r *rule) after(p *Provider, c *call, a *answer) {
	s := c.rules[r]
	s.met = s.met || c.unheard && (r.Credentials != "" || len(r.Sent) > 0) && r.fits(c)
	if !s.met || !r.expects(c, s, a) || r.Refuse > 0 || r.HangUp {
		return
	}
	if s.was != nil {
		c.restore(s.was, s.members)
	}
	c.store(r, a, s.members)
	if r.Pretend && a.status >= 400 {
		c.pretends(a)
	}
	r.answer(a)
}

// answer changes what is sent.
func (r *rule) answer(a *answer) {
	if o := a.tree(); o != nil && len(r.Answer)+len(r.Resource) > 0 {
		apply(r.Answer, o)
		if list, isList := o["Resources"].([]any); isList {
			for _, e := range list {
				if m, ok := e.(object); ok {
					apply(r.Resource, m)
				}
			}
		} else {
			apply(r.Resource, o)
		}
		a.setTree(o)
	}
	if r.Status > 0 {
		a.status = r.Status
	}
	for name, v := range r.Headers {
		if a.header.Del(name); v != nil {
			a.header.Set(name, *v)
		} else if name == "Content-Type" {
			a.noMedia = true
		}
	}
	if r.Text != nil {
		a.body = []byte(*r.Text)
	}
}

// store changes what the request left behind.
func (c *call) store(r *rule, a *answer, were []member) {
	k := c.p.model.kindBySegment(c.head())
	if k == nil || c.tenant == nil || len(r.Stored)+len(r.Neighbour)+len(r.Members) == 0 {
		return
	}
	c.tenant.mu.Lock()
	defer c.tenant.mu.Unlock()
	id := stringOf(a.tree()["id"])
	if len(c.path) == 2 {
		id = c.path[1]
	}
	col := c.tenant.of(k)
	rec := col.byID[id]
	if len(r.Stored) > 0 && rec != nil {
		c.alter(rec, r.Stored)
	}
	if len(r.Members) > 0 && rec != nil && rec.members != nil {
		were = append(were, rec.members.list...)
	}
	for _, m := range were {
		if u := c.tenant.lookup(m.id); u != nil && len(r.Members) > 0 {
			c.alter(u, r.Members)
		}
	}
	if len(r.Neighbour) == 0 {
		return
	}
	for i := len(col.order) - 1; i >= 0; i-- {
		if other := col.order[i]; !other.gone && other != rec && other.id != id {
			c.alter(other, r.Neighbour)
			return
		}
	}
}

// alter edits a stored resource as somebody would who writes to the database. The caller holds the lock.
func (c *call) alter(rec *record, edits []edit) {
	col, body := c.tenant.of(rec.kind), decodeOwn(rec.body)
	col.unlink(rec, rec.kind.keys(body))
	if rec.members != nil {
		list := []any{}
		for _, m := range rec.members.list {
			list = append(list, object{"value": m.id})
		}
		body["members"] = list
	}
	meta := object{}
	body["meta"] = meta
	apply(edits, body)
	if _, moved := meta["created"]; moved {
		rec.created += 86_400_000
	}
	if _, moved := meta["lastModified"]; moved {
		rec.modified -= 86_400_000
	}
	delete(body, "meta")
	if rec.members != nil {
		kept := []member{}
		for _, e := range listOf(body["members"]) {
			o, _ := e.(object)
			if i := rec.members.find(stringOf(o["value"])); i >= 0 {
				kept = append(kept, rec.members.list[i])
			}
		}
		c.tenant.setMembers(rec, kept)
		delete(body, "members")
	}
	c.p.setBody(rec, body)
	col.link(rec, rec.kind.keys(body))
}

// restore makes a write undone.
func (c *call) restore(s *snapshot, members []member) {
	c.tenant.mu.Lock()
	defer c.tenant.mu.Unlock()
	if s.r.gone {
		return
	}
	col := c.tenant.of(s.r.kind)
	col.unlink(s.r, s.r.kind.keys(decodeOwn(s.r.body)))
	s.r.body, s.r.secret, s.r.refs = s.copy.body, s.copy.secret, s.copy.refs
	s.r.version, s.r.modified = s.copy.version, s.copy.modified
	col.link(s.r, s.r.kind.keys(decodeOwn(s.r.body)))
	if s.r.kind.rt.Name == "Group" {
		c.tenant.setMembers(s.r, members)
	}
}
