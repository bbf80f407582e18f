package grade

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// book is what the grader remembers of the conversation so far.
type book struct {
	searches  *memory[search]   // endpoint, attribute and value → what a search for it gave
	lookups   *memory[bool]     // endpoint and value, whatever the attribute
	listed    map[string]bool   // endpoints that were read from the first page to the last
	resources *memory[*account] // endpoint and id
	names     *memory[string]   // endpoint and name of what this client created → id
	attempts  *memory[*attempt]
	series    *memory[*page] // endpoint and parameters → the page before
	newest    map[string]*page
	cursors   *memory[bool]
	writes    int // requests that changed something
	reads     int
}

type search struct{ found int }

// account is what the client knows of a resource.
type account struct {
	attrs map[string]string // lower case → as spelled, of what was returned with a value
	etag  string
	name  string
}

// attempt is a request that was sent before.
type attempt struct {
	number, status, writes, reads int
	at                            time.Time
	retryAfter                    string
}

// page is the last page of a query.
type page struct {
	start, received, total, count int
	params                        string
}

func newBook() *book {
	return &book{
		searches: newMemory[search](maxRemembered), lookups: newMemory[bool](maxRemembered), listed: map[string]bool{},
		resources: newMemory[*account](maxRemembered), names: newMemory[string](maxRemembered),
		attempts: newMemory[*attempt](maxRemembered), series: newMemory[*page](maxRemembered / 10), newest: map[string]*page{},
		cursors: newMemory[bool](maxRemembered / 10),
	}
}

func key(parts ...string) string {
	return strings.ToLower(strings.Join(parts, "\x00"))
}

// before fills in what the book knows before this request is entered into it.
func (b *book) before(v map[string]any, o *observation) {
	body, _ := o.body.(map[string]any)
	name := nameOf(body)
	v["name"] = name
	v["lookedUp"] = b.listed[o.endpoint] || b.lookups.lost || b.lookedUp(o.endpoint, body)
	found, _ := b.searches.get(key(o.endpoint, "userName", name))
	v["foundBefore"] = name != "" && found.found > 0
	_, created := b.names.get(key(o.endpoint, name))
	v["createdBefore"] = created && o.endpoint == "Users"
	v["attempt"] = b.attemptEnv(o)
	v["page"] = b.pageEnv(o)
	v["etag"], v["readBefore"], v["left"] = "", false, []any{}
	if a, ok := b.resources.get(key(o.endpoint, o.id)); ok && o.id != "" {
		v["etag"], v["readBefore"] = a.etag, true
		if o.kind == "replace" {
			v["left"] = o.leftOut(a, body)
		}
	}
}

// lookedUp tells whether a search named any text that the body holds.
func (b *book) lookedUp(endpoint string, v any) bool {
	switch v := v.(type) {
	case string:
		ok, _ := b.lookups.get(key(endpoint, v))
		return ok
	case map[string]any:
		for name, x := range v {
			if !strings.EqualFold(name, "schemas") && b.lookedUp(endpoint, x) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return b.lookedUp(endpoint, x) })
	}
	return false
}

func (b *book) attemptEnv(o *observation) any {
	a, ok := b.attempts.get(o.fingerprint())
	if !ok {
		return nil
	}
	return map[string]any{
		"number": a.number, "status": a.status, "waited": o.at.Sub(a.at).Seconds(), "retryAfter": retrySeconds(a),
		"changed": b.writes > a.writes, "looked": b.reads > a.reads,
	}
}

// retrySeconds is Retry-After in seconds, a number or a date; nil when there was none that can be read.
func retrySeconds(a *attempt) any {
	if n, err := strconv.Atoi(a.retryAfter); err == nil && n >= 0 {
		return float64(n)
	}
	if t, err := time.Parse(time.RFC1123, a.retryAfter); err == nil {
		return t.Sub(a.at).Seconds()
	}
	return nil
}

func (b *book) pageEnv(o *observation) any {
	if o.kind != "list" && o.kind != "search" || o.asked.start <= 1 && o.asked.cursor == "" {
		return nil
	}
	p, same := b.series.get(key(o.endpoint, o.asked.params))
	if p == nil {
		p = b.newest[o.endpoint]
	}
	if p == nil {
		return nil
	}
	known := o.asked.cursor == "" || b.cursors.lost
	if !known {
		known, _ = b.cursors.get(key(o.endpoint, o.asked.cursor))
	}
	return map[string]any{"startIndex": p.start, "received": p.received, "total": p.total, "count": p.count, "same": same, "cursor": known}
}

// enter writes down what a request and its answer have told the client.
func (b *book) enter(o *observation) {
	b.enterAttempt(o)
	if o.status >= 200 && o.status < 300 {
		switch o.kind {
		case "create", "replace", "patch", "delete", "bulk":
			b.writes++
		case "read", "list", "search":
			b.reads++
		}
		b.enterAnswer(o)
	}
	if o.kind == "delete" && (o.status == 204 || o.status == 404) {
		if a, ok := b.resources.get(key(o.endpoint, o.id)); ok {
			b.names.drop(key(o.endpoint, a.name))
			b.searches.drop(key(o.endpoint, "userName", a.name))
		}
		b.resources.drop(key(o.endpoint, o.id))
	}
}

func (b *book) enterAttempt(o *observation) {
	k := o.fingerprint()
	n := 1
	if a, ok := b.attempts.get(k); ok {
		n = a.number + 1
	}
	b.attempts.put(k, &attempt{number: n, status: o.status, at: o.answered, writes: b.writes, reads: b.reads, retryAfter: o.retryAfter})
}

func (b *book) enterAnswer(o *observation) {
	answer, _ := o.answer.(map[string]any)
	switch o.kind {
	case "list", "search":
		b.enterList(o, answer)
	case "create", "replace", "patch", "read":
		id := o.id
		if o.kind == "create" {
			id, _ = member(answer, "id").(string)
			b.names.put(key(o.endpoint, nameOf(answer)), id)
		}
		b.know(o, id, answer)
	}
}

func (b *book) enterList(o *observation, answer map[string]any) {
	found, _ := number(member(answer, "totalResults"))
	list, _ := member(answer, "Resources").([]any)
	for _, eq := range o.equals {
		b.searches.put(key(o.endpoint, eq.attr, eq.value), search{found})
		b.lookups.put(key(o.endpoint, eq.value), true)
	}
	for _, x := range list {
		if r, ok := x.(map[string]any); ok {
			id, _ := member(r, "id").(string)
			b.know(o, id, r)
		}
	}
	start, ok := number(member(answer, "startIndex"))
	if !ok || start < 1 {
		start = max(o.asked.start, 1)
	}
	p := &page{start: start, received: len(list), total: found, count: o.asked.count, params: o.asked.params}
	b.series.put(key(o.endpoint, o.asked.params), p)
	b.newest[o.endpoint] = p
	for _, name := range []string{"nextCursor", "previousCursor"} {
		if c, ok := member(answer, name).(string); ok && c != "" {
			b.cursors.put(key(o.endpoint, c), true)
		}
	}
	if o.filterText == "" && start+len(list) > found {
		b.listed[o.endpoint] = true
	}
}

// know takes down what the client has seen of a resource. A partial representation adds to what is known.
func (b *book) know(o *observation, id string, r map[string]any) {
	if id == "" {
		return
	}
	a, ok := b.resources.get(key(o.endpoint, id))
	if !ok {
		a = &account{}
	}
	if len(r) > 0 && !o.projected {
		a.attrs = map[string]string{}
	}
	if a.attrs == nil {
		a.attrs = map[string]string{}
	}
	for name, v := range r {
		if assigned(v) {
			a.attrs[strings.ToLower(name)] = name
		}
	}
	if n := nameOf(r); n != "" {
		a.name = n
	}
	if meta, ok := member(r, "meta").(map[string]any); ok {
		if v, ok := member(meta, "version").(string); ok {
			a.etag = v
		}
	}
	b.resources.put(key(o.endpoint, id), a)
}

// fingerprint is the same for requests that ask the same with the same credential.
func (o *observation) fingerprint() string {
	h := sha256.New()
	for _, s := range []string{o.method, o.r.URL.RequestURI(), o.r.Header.Get("Authorization"), o.r.Header.Get("If-Match"), o.r.Header.Get("If-None-Match"), o.r.Header.Get("Content-Type")} {
		h.Write([]byte(s + "\x00"))
	}
	h.Write(o.r.body)
	return hex.EncodeToString(h.Sum(nil))
}
