package provider

import (
	"sort"
	"sync"
)

// record is one stored resource. The body is compact JSON of what clients assert; everything the provider itself
// knows (id, meta, the members of a Group) stands in fields, and computed attributes (groups of a User, $ref) are not
// stored at all. A record is changed only under the write lock of its tenant.
type record struct {
	id       string
	kind     *kind
	seq      uint64 // position in creation order, never reused
	pos      int    // slot in collection.order
	created  int64  // unix milliseconds
	modified int64
	version  uint32
	gone     bool
	refs     bool // has a manager, whose $ref depends on who asks
	body     []byte
	secret   *[32]byte // keyed hash of the password: never the password (RFC 7643 section 9.2)
	members  *membership
}

const blockSize = 1024

// collection holds the resources of one type in creation order. Deleted slots stay until half of them are dead;
// the live counts per block let a page be found without walking over all resources before it.
type collection struct {
	kind    *kind
	byID    map[string]*record
	order   []*record
	live    []int
	count   int
	indexes map[string]*index
}

func newCollection(k *kind) *collection {
	c := &collection{kind: k, byID: map[string]*record{}, indexes: map[string]*index{}}
	for name := range k.indexed {
		c.indexes[name] = newIndex()
	}
	return c
}

func (c *collection) insert(r *record, keys map[string][]string) {
	r.pos = len(c.order)
	c.order = append(c.order, r)
	if r.pos/blockSize == len(c.live) {
		c.live = append(c.live, 0)
	}
	c.live[r.pos/blockSize]++
	c.count++
	c.byID[r.id] = r
	c.link(r, keys)
}

func (c *collection) link(r *record, keys map[string][]string) {
	for name, values := range keys {
		for _, v := range values {
			c.indexes[name].add(v, r)
		}
	}
}

func (c *collection) unlink(r *record, keys map[string][]string) {
	for name, values := range keys {
		for _, v := range values {
			c.indexes[name].remove(v, r)
		}
	}
}

func (c *collection) delete(r *record, keys map[string][]string) {
	c.unlink(r, keys)
	delete(c.byID, r.id)
	r.gone, r.body, r.members = true, nil, nil
	c.live[r.pos/blockSize]--
	c.count--
	if len(c.order) > 2*blockSize && c.count < len(c.order)/2 {
		c.compact()
	}
}

func (c *collection) compact() {
	kept := make([]*record, 0, c.count)
	for _, r := range c.order {
		if !r.gone {
			r.pos = len(kept)
			kept = append(kept, r)
		}
	}
	c.order = kept
	c.live = make([]int, (len(kept)+blockSize-1)/blockSize)
	for i := range kept {
		c.live[i/blockSize]++
	}
}

// window returns up to n live records, skipping the first skip of them.
func (c *collection) window(skip, n int) []*record {
	if n <= 0 || skip >= c.count {
		return nil
	}
	block := 0
	for block < len(c.live) && skip >= c.live[block] {
		skip -= c.live[block]
		block++
	}
	out := make([]*record, 0, min(n, c.count))
	for i := block * blockSize; i < len(c.order) && len(out) < n; i++ {
		r := c.order[i]
		if r.gone {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		out = append(out, r)
	}
	return out
}

// after returns the slot of the first record whose seq is greater than the given one.
func (c *collection) after(seq uint64) int {
	return sort.Search(len(c.order), func(i int) bool { return c.order[i].seq > seq })
}

// from returns up to n live records from a slot on, and the slot behind the last of them.
func (c *collection) from(slot, n int) ([]*record, int) {
	out := make([]*record, 0, min(n, c.count))
	for ; slot < len(c.order) && len(out) < n; slot++ {
		if r := c.order[slot]; !r.gone {
			out = append(out, r)
		}
	}
	return out, slot
}

// back returns the slot that is up to n live records in front of another.
func (c *collection) back(slot, n int) int {
	at := slot
	for i := slot - 1; i >= 0 && n > 0; i-- {
		if !c.order[i].gone {
			at = i
			n--
		}
	}
	return at
}

// tenant is one customer's data: what one credential may see. Nothing crosses from one tenant to another.
type tenant struct {
	name        string
	mu          sync.RWMutex
	collections []*collection
	memberOf    map[string][]*record // resource id → Groups that have it as direct member
	seq         uint64
	stale       bool // the reverse index is never cleaned (a defect)
}

func newTenant(name string, kinds []*kind) *tenant {
	t := &tenant{name: name, memberOf: map[string][]*record{}}
	for _, k := range kinds {
		t.collections = append(t.collections, newCollection(k))
	}
	return t
}

func (t *tenant) of(k *kind) *collection { return t.collections[k.ordinal] }

// lookup finds a resource of any type by id.
func (t *tenant) lookup(id string) *record {
	for _, c := range t.collections {
		if r := c.byID[id]; r != nil {
			return r
		}
	}
	return nil
}

func sortBySeq(list []*record) {
	sort.Slice(list, func(i, j int) bool { return list[i].seq < list[j].seq })
}
