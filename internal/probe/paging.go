package probe

import (
	"context"
	"fmt"
	"net/url"

	"github.com/scimmage/scimmage/internal/scim"
)

// paging measures how lists are cut into pages (RFC 7644 section 3.4.2.4, RFC 9865), and returns a sample of users.
func (p *prober) paging(ctx context.Context, spc answer) []scim.View {
	plain := p.get(ctx, "/Users", "")
	list, isList := plain.list()
	if !isList {
		p.fact("Paging", "users", "List of users", plain.why())
		return nil
	}
	total := plain.total()
	p.fact("Content", "users.total", "Users visible to this credential", number(total))
	if total < 0 || int64(len(list)) < total {
		p.fact("Paging", "paging.default", "Default page size", len(list))
	} else {
		p.fact("Paging", "paging.default", "Default page size", fmt.Sprintf("at least %d: all users came at once", len(list)))
	}
	if n := plain.v.Get("itemsPerPage"); n.Exists() && n.Int() != int64(len(list)) {
		p.fact("Paging", "paging.items-per-page", "itemsPerPage", fmt.Sprintf("says %d, the page holds %d", n.Int(), len(list)))
	}
	works := p.indexPaging(ctx, total)
	cursor := p.cursorPaging(ctx, spc, total)
	method := map[[2]bool]string{{true, true}: "index and cursor", {true, false}: "index", {false, true}: "cursor", {false, false}: "none: startIndex and count change nothing"}[[2]bool{works, cursor}]
	if !works && !cursor && total < 2 {
		method = "not to be seen: fewer than two users"
	}
	p.fact("Paging", "paging.method", "Method", method)
	largest := p.largest(ctx, total)
	if works && largest > 0 {
		p.totals(ctx, total, largest)
	} else if !works {
		p.compareTotal(total, len(list), true)
	}
	return list[:min(len(list), 100)]
}

// indexPaging asks for the first and the second user alone.
func (p *prober) indexPaging(ctx context.Context, total int64) bool {
	one := p.get(ctx, "/Users", "startIndex=1&count=1")
	two := p.get(ctx, "/Users", "startIndex=2&count=1")
	a, _ := one.list()
	b, _ := two.list()
	if zero := p.get(ctx, "/Users", "count=0"); zero.ok() {
		l, _ := zero.list()
		value := "gives the total alone"
		if len(l) > 0 {
			value = fmt.Sprintf("gives %d users instead of the total alone", len(l))
		}
		p.fact("Paging", "paging.count-0", "count=0", value)
	}
	if total >= 0 {
		far := p.get(ctx, "/Users", fmt.Sprintf("startIndex=%d&count=1", total+1000))
		if l, isList := far.list(); !isList {
			p.fact("Paging", "paging.beyond", "startIndex behind the end", far.why())
		} else if len(l) > 0 {
			p.fact("Paging", "paging.beyond", "startIndex behind the end", fmt.Sprintf("gives %d users instead of none", len(l)))
		} else {
			p.fact("Paging", "paging.beyond", "startIndex behind the end", "gives an empty list")
		}
	}
	return len(a) == 1 && len(b) == 1 && a[0].Get("id").Str() != b[0].Get("id").Str()
}

func (p *prober) cursorPaging(ctx context.Context, spc answer, total int64) bool {
	announced := spc.ok() && spc.v.Get("pagination", "cursor").Bool()
	a := p.get(ctx, "/Users", "cursor&count=1")
	next := a.v.Get("nextCursor").Str()
	if !a.ok() || next == "" {
		if announced && total > 1 { // one page needs no cursor
			p.fact("Paging", "paging.cursor", "Cursor", "announced, but the first page has no nextCursor: "+a.why())
		}
		return false
	}
	b := p.get(ctx, "/Users", "cursor="+url.QueryEscape(next)+"&count=1")
	x, _ := a.list()
	y, _ := b.list()
	good := len(x) == 1 && len(y) == 1 && x[0].Get("id").Str() != y[0].Get("id").Str()
	value := "works (RFC 9865)"
	if !good {
		value = "gives a nextCursor, but the next page is not right: " + b.why()
	}
	p.fact("Paging", "paging.cursor", "Cursor", value)
	return good
}

// largest finds out how many users a page may hold.
func (p *prober) largest(ctx context.Context, total int64) int {
	best := 0
	for _, ask := range []int{1000, 10000} {
		a := p.get(ctx, "/Users", fmt.Sprintf("startIndex=1&count=%d", ask))
		list, isList := a.list()
		switch n := len(list); {
		case !isList:
			p.fact("Paging", "paging.largest", "Largest page", fmt.Sprintf("count=%d %s; %d were given before", ask, a.why(), best))
			return best
		case total >= 0 && int64(n) >= total:
			p.fact("Paging", "paging.largest", "Largest page", fmt.Sprintf("at least %d: all users came in one page", n))
			return n
		case n < ask:
			p.fact("Paging", "paging.largest", "Largest page", n)
			return n
		default:
			best = n
		}
	}
	p.fact("Paging", "paging.largest", "Largest page", fmt.Sprintf("at least %d", best))
	return best
}

// totals walks the list, where it is not too long for a probe, and counts.
func (p *prober) totals(ctx context.Context, total int64, page int) {
	if total > int64(p.o.WalkLimit) || page <= 0 || total/int64(page) > 20 {
		p.fact("Paging", "paging.totals", "totalResults is right", "not counted: too many users for a probe", "scimmage audit walks all of them")
		return
	}
	seen := map[string]bool{}
	twice := 0
	for start := 1; ; {
		a := p.get(ctx, "/Users", fmt.Sprintf("startIndex=%d&count=%d", start, page))
		list, isList := a.list()
		if !isList {
			p.fact("Paging", "paging.totals", "totalResults is right", fmt.Sprintf("not counted: startIndex=%d %s", start, a.why()))
			return
		}
		fresh := 0
		for _, u := range list {
			id := u.Get("id").Str()
			if seen[id] {
				twice++
				continue
			}
			seen[id] = true
			fresh++
		}
		start += len(list)
		if fresh == 0 || total >= 0 && int64(start) > total || len(seen) > p.o.WalkLimit {
			break
		}
	}
	p.compareTotal(total, len(seen), false)
	if twice > 0 {
		p.fact("Paging", "paging.twice", "Users that came twice", twice, "pages overlap")
	}
}

func (p *prober) compareTotal(total int64, counted int, onePage bool) {
	how := "counted page by page"
	if onePage {
		how = "counted on the one page there is"
	}
	switch {
	case total < 0:
		p.fact("Paging", "paging.totals", "totalResults is right", "it is missing", how)
	case total == int64(counted):
		p.fact("Paging", "paging.totals", "totalResults is right", "yes", how)
	default:
		p.fact("Paging", "paging.totals", "totalResults is right", fmt.Sprintf("no: it says %d, there are %d", total, counted), how)
	}
}
