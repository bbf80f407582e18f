package audit

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/url"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// Client sends one request; *exchange.Client is one.
type Client interface {
	Do(ctx context.Context, r exchange.Request) *result.Exchange
}

// Imported says how an import went.
type Imported struct {
	Pages int   `json:"pages"`
	Total int64 `json:"total_results"` // what the app says; -1 when it says nothing
	Came  int   `json:"came"`          // accounts that came, repeated ones included
}

// maxPages ends an import of a server that never does.
const maxPages = 200000

// Import reads all Users of an app page by page: by cursor where the pages carry one (RFC 9865), else by index. It
// fails rather than give half a list: what is not read would look like missing accounts.
func Import(ctx context.Context, c Client, size int, keep []string, take func(Person) error) (Imported, error) {
	got := Imported{Total: -1}
	one := &reading{keep: map[string]bool{}}
	for _, k := range keep {
		one.keep[strings.ToLower(k)] = true
	}
	seed := maphash.MakeSeed()
	pages := map[uint64]bool{} // hashes of the first id of each page: a server that ignores startIndex repeats it
	start, cursor := 1, ""
	for got.Pages < maxPages {
		q := fmt.Sprintf("startIndex=%d&count=%d", start, size)
		if cursor != "" {
			q = fmt.Sprintf("cursor=%s&count=%d", url.QueryEscape(cursor), size)
		}
		v, err := page(ctx, c, q)
		if err != nil {
			return got, fmt.Errorf("page %d (GET /Users?%s): %w", got.Pages+1, q, err)
		}
		got.Pages++
		if t := v.Get("totalResults"); t.IsNumber() {
			got.Total = t.Int()
		}
		items := v.Get("Resources").Items()
		if v.IsArray() {
			items = v.Items()
		}
		if len(items) == 0 {
			return got, nil
		}
		mark := maphash.String(seed, items[0].Get("id").Str()+"\x00"+items[len(items)-1].Get("id").Str())
		if pages[mark] {
			return got, nil // the same page again: there is only this one
		}
		pages[mark] = true
		for _, it := range items {
			m, ok := it.Value().(map[string]any)
			if !ok {
				continue
			}
			p := one.person(m)
			got.Came++
			p.Line = got.Came
			if err := take(p); err != nil {
				return got, err
			}
		}
		start += len(items)
		next := v.Get("nextCursor").Str()
		switch {
		case next != "":
			cursor = next
		case cursor != "" || v.IsArray() || got.Total >= 0 && int64(start) > got.Total:
			return got, nil
		}
	}
	return got, fmt.Errorf("the list does not end after %d pages", maxPages)
}

func page(ctx context.Context, c Client, query string) (scim.View, error) {
	x := c.Do(ctx, exchange.Request{Method: "GET", Path: "/Users", RawQuery: query, Purpose: "audit: import",
		Header: []exchange.Header{{Name: "Accept", Value: "application/scim+json, application/json;q=0.9"}}})
	switch {
	case x.Error != nil:
		return scim.View{}, x.Error
	case x.Response.Status != 200:
		return scim.View{}, fmt.Errorf("status %d; scimmage probe says more", x.Response.Status)
	}
	v, err := scim.ParseView(scim.Unmarked(x.Response.RawBody))
	if err != nil {
		return v, err
	}
	if !v.IsArray() && !v.Get("Resources").Exists() && !v.Get("totalResults").Exists() {
		return v, fmt.Errorf("the answer is no SCIM list; scimmage probe says more")
	}
	return v, nil
}
