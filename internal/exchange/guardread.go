package exchange

import (
	"bytes"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// sight is what a read tells about an object that we think is ours.
type sight uint8

const (
	sightNothing sight = iota
	sightOurs
	sightOther
)

// showsName reports whether one of the lower-case names stands in a body, in any case. Objects of
// ours carry the name in several attributes, so a server that loses or changes one of them is still
// recognised.
func showsName(body []byte, names []string) bool {
	if len(names) == 0 {
		return false
	}
	lower := bytes.ToLower(body)
	for _, n := range names {
		if len(n) >= minMarker && bytes.Contains(lower, []byte(n)) {
			return true
		}
	}
	return false
}

func (e *entry) knows(id identity) bool {
	for _, n := range id.names() {
		if slices.Contains(e.names, strings.ToLower(n)) {
			return true
		}
	}
	return false
}

// look compares a body with what we know of an object. Servers answer with a list where one object
// was asked for, too: then only the element with the right id counts.
func (e *entry) look(id string, body []byte) sight {
	var count int
	var ours, other, mismatch, bare bool
	identities(body, func(i identity) {
		count++
		known := e.knows(i)
		switch {
		case i.id == "":
			ours = ours || known
		case !strings.EqualFold(i.id, id):
			mismatch = true
		case known:
			ours = true
		case len(i.names()) == 0:
			bare = true
		default:
			other = true
		}
	})
	switch {
	case ours && !other && !(count == 1 && mismatch):
		return sightOurs
	case other && count == 1 && showsName(body, e.names):
		return sightOurs // a name was changed by the server, another attribute still carries ours
	case other, count == 1 && mismatch:
		return sightOther
	case bare && e.unnamed:
		return sightOurs
	}
	return sightNothing
}

// judge draws the conclusion from the read of an object before a write. again is true when a search by
// name should be asked as well.
func (g *Guard) judge(n need, status int, body []byte) (f *result.Fault, again bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	ok := status >= 200 && status < 300
	if n.why == needMissing {
		switch {
		case ok && holdsObject(body):
			g.markForeign(n.key)
			return refuse("%s was announced as not existing, but the server shows it", n.path), false
		case ok || status >= 400 && status < 500 && status != 401 && status != 403 && status != 429:
			return nil, false
		}
		return refuse("%s was announced as not existing; the read that should confirm it gave status %d", n.path, status), false
	}
	e := g.owned[n.key]
	if e == nil {
		return refuse("%s: this run has not created it", n.path), false
	}
	see := sightNothing
	if ok {
		see = e.look(n.key.id, body)
	}
	switch {
	case see == sightOurs:
		e.seg = n.seg
		if n.why == needProof {
			e.state = stateVerified
		}
		return nil, false
	case see == sightOther:
		if n.why == needProof {
			g.markForeign(n.key)
		}
		return refuse("%s: the server shows an object there that does not carry a name of this run. Creating it, or reading it, gave a wrong answer", n.path), false
	case n.why == needGone && (ok || absent(status)):
		return nil, false
	case n.why == needGone:
		return refuse("%s was deleted before, and the server does not say whether the id is free (status %d)", n.path, status), false
	}
	return nil, true
}

func holdsObject(body []byte) bool {
	found := false
	identities(body, func(i identity) { found = found || i.id != "" })
	return found
}

// absent reports whether a status says that there is nothing at a path.
func absent(status int) bool { return status == 404 || status == 405 || status == 410 || status == 501 }

// judgeSearch draws the conclusion from a search by name, after the read itself said nothing.
func (g *Guard) judgeSearch(n need, readStatus, status int, body []byte) *result.Fault {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.owned[n.key]
	if e == nil {
		return refuse("%s: this run has not created it", n.path)
	}
	if status >= 200 && status < 300 {
		ours, elsewhere, other := false, false, false
		identities(body, func(i identity) {
			same := i.id == n.key.id
			ours = ours || same && e.knows(i)
			elsewhere = elsewhere || !same && i.id != "" && e.knows(i)
			other = other || same && !e.knows(i) && len(i.names()) > 0
		})
		switch {
		case other, elsewhere && !ours:
			g.markForeign(n.key)
			return refuse("%s: a search shows that our object has another id; the answer to the create named a foreign one", n.path)
		case ours && !awkward(n.key.id):
			e.state = stateVerified
			return nil
		}
	}
	if absent(readStatus) && e.echoed && !e.suspect && !awkward(n.key.id) {
		e.state = stateVerified
		return nil
	}
	if e.unnamed || len(e.names) == 0 {
		return refuse("%s: it was created without a name of this run, so nothing proves that it is ours", n.path)
	}
	return refuse("%s: the server does not show the object (status %d), so nothing proves that it is ours", n.path, readStatus)
}

// searchName is a name to look for, with the attribute that holds it.
func (g *Guard) searchName(k objectKey) (attr, name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.owned[k]
	if e == nil || len(e.names) == 0 {
		return "", ""
	}
	if k.coll == "users" {
		return "userName", e.names[0]
	}
	return "displayName", e.names[0]
}

// observe learns from the answer to a read which objects exist, and which of them are ours.
func (g *Guard) observe(p plan, status int, body []byte) {
	if status < 200 || status > 299 || len(body) == 0 {
		return
	}
	switch p.path.coll {
	case "schemas", "resourcetypes", "serviceproviderconfig", "serviceproviderconfigs", "bulk":
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	identities(body, func(i identity) {
		coll := collectionOf(p.path.coll, i)
		if i.id == "" || coll == "" {
			return
		}
		key := objectKey{coll, i.id}
		if e := g.owned[key]; e != nil {
			if e.state == stateClaimed && p.path.id == i.id && !p.path.rest {
				g.passiveLook(key, e, p.path.seg, body)
			}
			return
		}
		for _, n := range i.names() {
			if _, ours := g.gave(n); ours && g.rules.RunID != "" && g.proves(n) {
				g.claim(coll, i.id, []string{n}, false)
				return
			}
		}
		if len(g.seen) < maxSeen {
			g.seen[g.hash(key)] = struct{}{}
		}
	})
}

// passiveLook takes a read that the story made anyway as the read-back. It needs g.mu.
func (g *Guard) passiveLook(k objectKey, e *entry, seg string, body []byte) {
	switch e.look(k.id, body) {
	case sightOurs:
		e.state, e.seg = stateVerified, seg
	case sightOther:
		g.markForeign(k)
	}
}

// collectionOf is the collection of a resource that a read has shown.
func collectionOf(coll string, i identity) string {
	if coll != "" && coll != "me" {
		return coll
	}
	if i.resourceType != "" {
		return strings.ToLower(i.resourceType) + "s"
	}
	parts := strings.Split(strings.TrimSuffix(i.location, "/"), "/")
	if len(parts) >= 2 {
		return strings.ToLower(parts[len(parts)-2])
	}
	return ""
}

// intend remembers the names of creates before they are sent, so that a read which runs at the
// same time does not take the new object for a foreign one.
func (g *Guard) intend(creates []Intent) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, in := range creates {
		g.remember(in.Case, append(in.sent.names(), in.Marker))
		g.made[strings.Trim(in.Endpoint, "/")] = true
	}
}

// created claims the object that the answer to a create names. id is "" when it names none.
func (g *Guard) created(in Intent, body []byte, location string) (id string) {
	var shown identity
	count := 0
	identities(body, func(i identity) { shown = i; count++ })
	if count == 1 {
		id = shown.id
	}
	if id == "" && location != "" {
		id = lastSegment(location)
	}
	if id == "" || dotted(id) || len(id) > MaxID {
		return ""
	}
	all := in.sent.names()
	if in.Marker != "" {
		all = append(all, in.Marker)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := objectKey{strings.ToLower(strings.Trim(in.Endpoint, "/")), id}
	suspect := g.foreign(key)
	var names []string
	for _, n := range all {
		if g.proves(n) {
			names = append(names, n)
		}
	}
	lower := make([]string, len(names))
	for i, n := range names {
		lower[i] = strings.ToLower(n)
	}
	probe := entry{names: lower}
	e := g.claim(in.Endpoint, id, names, probe.knows(shown) || showsName(body, lower))
	e.unnamed = len(all) == 0
	e.suspect = e.suspect || suspect
	return id
}

// intendChange remembers the names that a write to an object of ours is about to give: its answer may be lost, or come from
// an object with another id.
func (g *Guard) intendChange(r *Request, keys []objectKey) {
	if len(keys) == 0 {
		return
	}
	names := g.newNames(r)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remember(r.Case, names)
}

// newNames are the names in the body of a write to an object.
func (g *Guard) newNames(r *Request) []string {
	names := sentIdentity(r.Body).names()
	if strings.EqualFold(r.Method, "PATCH") && g.rules.RunID != "" {
		names = append(names, patchNames(r.Body)...)
	}
	return names
}

// changed learns the new names that a write gave to an object of ours.
func (g *Guard) changed(r *Request, keys []objectKey) {
	if len(keys) != 1 {
		return
	}
	names := g.newNames(r)
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.owned[keys[0]]
	if e == nil {
		return
	}
	for _, n := range names {
		if g.proves(n) {
			e.addNames([]string{n})
			g.remember(r.Case, []string{n})
		}
	}
}

// deleted notes that an object of ours is gone. live is true when it was there before.
func (g *Guard) deleted(k objectKey) (endpoint string, live bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.owned[k]
	if e == nil {
		return "", false
	}
	live = e.state != stateDeleted
	e.state = stateDeleted
	return e.coll, live
}
