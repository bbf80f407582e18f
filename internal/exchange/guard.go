package exchange

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/scimmage/scimmage/internal/result"
)

// Guard keeps a run from changing anything that it did not create (design, part 6).
//
// A write passes only if its path names an object that is ours, and an object is ours only on
// evidence, because servers lie: they answer a create with the id of somebody else, ignore filters,
// hand out ids again. The evidence has two steps.
//
//  1. Claim. The answer to a create names an id; or a later read shows an object that carries a
//     name which only this run has sent. A claim alone allows nothing.
//  2. Read-back. Before the first write to a claimed object, GET of the very path that the write
//     will use must show a name that we sent. The client does this by itself, unless an earlier
//     read of the story has shown it already. Shows the answer another name, the object is foreign for
//     good. Says the answer nothing (an empty or failed read), a search by name decides; says that
//     nothing either and claims the server that the object does not exist (404, 405, 410, 501), then the
//     name echoed by the create is taken, for there is nobody else at that path.
//
// An object that we deleted is read again before every further write: its id may have been given to
// somebody else. Ids of tests for 404 are announced with [Guard.AllowMissing].
//
// Ids which servers read in different ways (slashes, percent escapes) are ours only after a read of
// the same bytes has shown our name; "." and ".." never are. Whole collections, discovery endpoints
// and /Me are never written to, unless the rules of the run say so.
type Guard struct {
	mu        sync.Mutex
	rules     GuardRules
	endpoints [][]string
	owned     map[objectKey]*entry
	missing   map[string]bool
	names     map[string]string // lower case: every name that this run has given, or is about to give, and the case that did
	made      map[string]bool   // collections that creates were sent to, as written
	seen      map[uint64]struct{}
	seed      maphash.Seed
}

// GuardRules relax or sharpen the guard for one run.
type GuardRules struct {
	// RunID is part of every name that this run gives. With it, a name without it proves nothing.
	RunID string
	// TrustEcho takes the name echoed by a create as proof, without read-back. For providers that
	// are thrown away afterwards.
	TrustEcho bool
	// Open lets every write pass: the mock identity provider does what its administrator asks for, to
	// accounts that were there before as well, as a real one does. A test run never sets it.
	Open        bool
	AllowMe     bool // writes to /Me
	AllowUnsafe bool // lets Request.Unsafe count
}

// MaxID is the longest id that is taken for one: servers and proxies refuse URLs that are longer (8,000 octets are what
// RFC 9110 section 4.1 asks everybody to support).
const MaxID = 8000

const (
	minMarker = 6       // shorter names are no proof
	maxSeen   = 1 << 19 // foreign ids remembered; further ones are still refused as unknown
	maxOwned  = 1 << 18
	maxNames  = 1 << 20
)

type objectKey struct{ coll, id string }

type objectState uint8

const (
	stateClaimed objectState = iota
	stateVerified
	stateDeleted
)

type entry struct {
	state   objectState
	names   []string // lower case, newest last
	echoed  bool     // the create answered with one of our names
	unnamed bool     // we sent no name at all
	suspect bool     // the id had been seen before the create answered with it
	seg     string   // the escaped id whose read showed our name
	coll    string   // the collection as written, "/Users"
}

// NewGuard makes a guard that knows of no object.
func NewGuard(rules GuardRules) *Guard {
	return &Guard{
		rules: rules, owned: map[objectKey]*entry{}, missing: map[string]bool{}, names: map[string]string{}, made: map[string]bool{},
		seen: map[uint64]struct{}{}, seed: maphash.MakeSeed(),
	}
}

// RegisterEndpoint makes the endpoint of a resource type known that has more than one segment.
func (g *Guard) RegisterEndpoint(endpoint string) {
	segs := strings.Split(strings.Trim(endpoint, "/"), "/")
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(segs) > 1 && !slices.ContainsFunc(g.endpoints, func(e []string) bool { return slices.Equal(e, segs) }) {
		g.endpoints = append(g.endpoints, segs)
	}
}

// AllowMissing announces an id that is known not to exist, for tests of 404. One that was not made up
// by chance is looked up before the first write all the same.
func (g *Guard) AllowMissing(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.missing) < maxOwned {
		g.missing[id] = true
	}
}

// Evidence is what makes an object ours.
type Evidence struct {
	Marker string // a name that only this run has given
	Body   []byte // the resource as the server showed it
}

// Claim registers an object that was made other than through Do, such as one that the journal of an
// earlier run names. The evidence must hold together; the object is read back before the first
// write to it in any case.
func (g *Guard) Claim(endpoint, id string, ev Evidence) error {
	if id == "" || dotted(id) || len(id) > MaxID {
		return fmt.Errorf("cannot claim %s/%q: this is no id of one object", endpoint, id)
	}
	if len(ev.Marker) < minMarker {
		return fmt.Errorf("cannot claim %s/%s: the marker %q is too short to be a proof", endpoint, id, ev.Marker)
	}
	if !g.proves(ev.Marker) {
		return fmt.Errorf("cannot claim %s/%s: the name %q does not carry %s, the mark of the run, and may be anybody's", endpoint, id, ev.Marker, g.rules.RunID)
	}
	if ev.Body != nil && !showsName(ev.Body, []string{strings.ToLower(ev.Marker)}) {
		return fmt.Errorf("cannot claim %s/%s: the resource does not show the name %q that this run gave", endpoint, id, ev.Marker)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.claim(endpoint, id, []string{ev.Marker}, ev.Body != nil)
	return nil
}

// claim needs g.mu.
func (g *Guard) claim(endpoint, id string, names []string, echoed bool) *entry {
	key := objectKey{strings.ToLower(strings.Trim(endpoint, "/")), id}
	e := g.owned[key]
	if e == nil {
		if len(g.owned) >= maxOwned {
			g.forgetDeleted()
		}
		e = &entry{coll: "/" + strings.Trim(endpoint, "/"), unnamed: len(names) == 0}
		g.owned[key] = e
	} else if e.state == stateDeleted {
		// The server gave an id again that was ours: a new object, to be proven anew.
		*e = entry{coll: e.coll, unnamed: len(names) == 0}
	}
	e.echoed = e.echoed || echoed
	e.addNames(names)
	g.remember("", names)
	return e
}

func (e *entry) addNames(names []string) {
	for _, n := range names {
		n = strings.ToLower(n)
		if n == "" || slices.Contains(e.names, n) {
			continue
		}
		e.names = append(e.names, n)
		if len(e.names) > 12 { // the first names stay: they are what the create proved
			e.names = slices.Delete(e.names, 4, 5)
		}
	}
}

// remember needs g.mu.
func (g *Guard) remember(by string, names []string) {
	for _, n := range names {
		n = strings.ToLower(n)
		if known, ok := g.names[n]; ok && known != "" || len(g.names) >= maxNames || !g.proves(n) {
			continue
		}
		g.names[n] = by
	}
}

// Gave reports whether this run has given a name that proves whose it is, and the case that did, where that is known.
func (g *Guard) Gave(name string) (by string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.gave(name)
}

// gave needs g.mu.
func (g *Guard) gave(name string) (by string, ok bool) {
	by, ok = g.names[strings.ToLower(name)]
	return by, ok
}

// Collections lists where this run has sent creates to, groups first: the order in which their objects can be removed.
func (g *Guard) Collections() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	groups := func(s string) bool { return strings.EqualFold(s, "Groups") }
	return slices.SortedFunc(maps.Keys(g.made), func(a, b string) int {
		if groups(a) != groups(b) {
			return map[bool]int{true: -1, false: 1}[groups(a)]
		}
		return strings.Compare(a, b)
	})
}

// proves reports whether a name can show that an object is ours.
func (g *Guard) proves(name string) bool {
	if g.rules.RunID != "" {
		return strings.Contains(strings.ToLower(name), strings.ToLower(g.rules.RunID))
	}
	return len(name) >= minMarker
}

// forgetDeleted needs g.mu. Forgetting is safe: what is not known is refused.
func (g *Guard) forgetDeleted() {
	for k, e := range g.owned {
		if e.state == stateDeleted {
			delete(g.owned, k)
		}
	}
}

// Owns reports whether an object is known as ours and not deleted.
func (g *Guard) Owns(endpoint, id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.owned[objectKey{strings.ToLower(strings.Trim(endpoint, "/")), id}]
	return e != nil && e.state != stateDeleted
}

// Deleted reports whether an object was ours, and this run has deleted it.
func (g *Guard) Deleted(endpoint, id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := g.owned[objectKey{strings.ToLower(strings.Trim(endpoint, "/")), id}]
	return e != nil && e.state == stateDeleted
}

// Foreign reports whether an object was seen that is not ours.
func (g *Guard) Foreign(endpoint, id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.foreign(objectKey{strings.ToLower(strings.Trim(endpoint, "/")), id})
}

// foreign needs g.mu.
func (g *Guard) foreign(k objectKey) bool {
	if g.owned[k] != nil {
		return false
	}
	_, ok := g.seen[g.hash(k)]
	return ok
}

func (g *Guard) hash(k objectKey) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	h.WriteString(k.coll)
	h.WriteByte(0)
	h.WriteString(k.id)
	return h.Sum64()
}

// markForeign needs g.mu.
func (g *Guard) markForeign(k objectKey) {
	delete(g.owned, k)
	if len(g.seen) < maxSeen {
		g.seen[g.hash(k)] = struct{}{}
	}
}

func refuse(format string, a ...any) *result.Fault {
	return fault(KindGuard, fmt.Sprintf(format, a...))
}
