package provider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// cursor is a place in the result of one query (RFC 9865). It stands for an offset in a sorted result and otherwise for the
// creation number of a resource, so that creations and deletions between two pages neither repeat nor lose anybody. Its text
// is sealed with a key of this provider: a forged one, or one of another query or tenant, is found out.
type cursor struct {
	back   bool // the page before the place, not the one after
	place  uint64
	count  int
	issued int64
	query  uint64
	first  bool // the empty cursor
}

// fingerprint binds a cursor to tenant, endpoint, filter and order.
func (c *call) fingerprint(s *search, kinds []*kind) uint64 {
	h := fnv.New64a()
	parts := []string{c.tenant.name, s.filter, strings.ToLower(s.sortBy), strconv.FormatBool(s.descend)}
	for _, k := range kinds {
		parts = append(parts, k.rt.Name)
	}
	_, _ = h.Write([]byte(strings.Join(parts, "\x00"))) // hash.Hash never fails
	return h.Sum64()
}

func (p *Provider) sealCursor(cur cursor) string {
	if p.has("cursor-plain-number") {
		return strconv.FormatUint(cur.place, 10)
	}
	var b [49]byte
	if cur.back {
		b[0] = 1
	}
	binary.BigEndian.PutUint64(b[1:], cur.place)
	binary.BigEndian.PutUint64(b[9:], uint64(cur.count))
	binary.BigEndian.PutUint64(b[17:], uint64(cur.issued))
	binary.BigEndian.PutUint64(b[25:], cur.query)
	copy(b[33:], p.mac(b[:33]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (p *Provider) mac(b []byte) []byte {
	m := hmac.New(sha256.New, p.key[:])
	_, _ = m.Write(b) // hash.Hash never fails
	return m.Sum(nil)[:16]
}

// openCursor reads the cursor of a request; an empty one asks for the first page.
func (p *Provider) openCursor(c *call, s *search, kinds []*kind) (*cursor, *fault) {
	if s.cursor == "" {
		return &cursor{first: true, count: s.count, query: c.fingerprint(s, kinds)}, nil
	}
	if p.has("cursor-plain-number") {
		n, err := strconv.ParseUint(s.cursor, 10, 64)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, scim.InvalidCursor, "Invalid cursor.")
		}
		return &cursor{place: n, count: s.count, query: c.fingerprint(s, kinds)}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(s.cursor, "+/=="))
	bad := err != nil || len(b) != 49
	if p.has("cursor-invalid-accepted") && (bad || !hmac.Equal(b[33:], p.mac(b[:33]))) {
		return &cursor{first: true, count: s.count, query: c.fingerprint(s, kinds)}, nil
	}
	if bad || !hmac.Equal(b[33:], p.mac(b[:33])) {
		return nil, refuse(http.StatusBadRequest, scim.InvalidCursor, "The cursor is not one that this service gave for this query.")
	}
	cur := &cursor{
		back:   b[0] == 1,
		place:  binary.BigEndian.Uint64(b[1:]),
		count:  int(binary.BigEndian.Uint64(b[9:])),
		issued: int64(binary.BigEndian.Uint64(b[17:])),
		query:  binary.BigEndian.Uint64(b[25:]),
	}
	if cur.query != c.fingerprint(s, kinds) && !p.has("cursor-not-bound") {
		return nil, refuse(http.StatusBadRequest, scim.InvalidCursor, "The cursor is not one that this service gave for this query.")
	}
	if p.now()-cur.issued > p.opt.CursorTTL.Milliseconds() || p.has("cursor-expires-at-once") {
		return nil, refuse(http.StatusBadRequest, scim.ExpiredCursor, "The cursor has expired; start again without one.")
	}
	if s.hasCount && s.count != cur.count && !p.has("cursor-count-may-change") {
		return nil, refuse(http.StatusBadRequest, scim.InvalidCount, "count differs from that of the first request of this query.")
	}
	if !s.hasCount {
		s.count = cur.count
	}
	return cur, nil
}

// cursorPage answers one page under cursor paging. The caller holds the read lock.
func (p *Provider) cursorPage(c *call, v *view, s *search, kinds []*kind, at *cursor) *answer {
	if at == nil {
		at = &cursor{first: true, count: s.count, query: c.fingerprint(s, kinds)}
	}
	if s.parsed == nil && s.sortBy == "" && len(kinds) == 1 && len(p.on) == 0 {
		return p.plainCursorPage(v, s, v.t.of(kinds[0]), at)
	}
	all, f := p.matches(v, s, kinds)
	if f != nil {
		return f.answer()
	}
	byOffset := s.sortBy != "" || len(kinds) > 1
	from, to := pageBounds(all, at, s.count, byOffset)
	switch {
	case from > 0 && p.has("cursor-repeats-row"):
		from--
	case from > 0 && from < to && p.has("cursor-skips-row"):
		from++
	case to < len(all) && p.has("cursor-page-too-long"):
		to++
	}
	page := all[from:to]
	b := make([]byte, 0, 256+len(page)*768)
	b = listHead(b, len(all))
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(len(page)), 10)
	seal := func(i int, back bool) []byte {
		place := uint64(i)
		if !byOffset && i < len(all) {
			place = all[i].seq
		}
		return []byte(`"` + p.sealCursor(cursor{back: back, place: place, count: s.count, issued: p.now(), query: at.query}) + `"`)
	}
	if s.count > 0 && to < len(all) {
		b = append(append(b, `,"nextCursor":`...), seal(to, false)...)
	}
	if s.count > 0 && from > 0 {
		b = append(append(b, `,"previousCursor":`...), seal(from, true)...)
	}
	return reply(http.StatusOK, p.listTail(b, v, page))
}

// plainCursorPage is a page of everything in creation order: it costs what is on the page, however long the list.
func (p *Provider) plainCursorPage(v *view, s *search, col *collection, at *cursor) *answer {
	slot := 0
	if !at.first && at.place > 0 {
		slot = col.after(at.place - 1)
	}
	if at.back {
		slot = col.back(slot, s.count)
	}
	page, end := col.from(slot, s.count)
	b := make([]byte, 0, 256+len(page)*768)
	b = listHead(b, col.count)
	b = append(b, `,"itemsPerPage":`...)
	b = strconv.AppendInt(b, int64(len(page)), 10)
	seal := func(name string, r *record, back bool) {
		b = append(b, name...)
		b = append(b, p.sealCursor(cursor{back: back, place: r.seq, count: s.count, issued: p.now(), query: at.query})...)
		b = append(b, '"')
	}
	if next, _ := col.from(end, 1); s.count > 0 && len(next) > 0 {
		seal(`,"nextCursor":"`, next[0], false)
	}
	if s.count > 0 && len(page) > 0 && col.back(slot, 1) < slot {
		seal(`,"previousCursor":"`, page[0], true)
	}
	return reply(http.StatusOK, p.listTail(b, v, page))
}

// pageBounds finds the page: it begins at the place, or ends before it.
func pageBounds(all []*record, at *cursor, count int, byOffset bool) (from, to int) {
	place := 0
	switch {
	case at.first:
	case byOffset:
		place = int(min(at.place, uint64(len(all))))
	default:
		for place < len(all) && all[place].seq < at.place {
			place++
		}
	}
	if at.back {
		return max(0, place-count), place
	}
	return place, min(place+count, len(all))
}
