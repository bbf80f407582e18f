// Package sweep owns the removal of what runs left behind: which objects a journal still holds open, and how one of them is
// found, deleted or, where a server has no DELETE, deactivated. It must not know how the requests are sent or recorded; whether
// something may be touched at all is decided by the guard of package exchange, at every single request.
package sweep

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// States of an object after Remove.
const (
	Deleted     = "deleted"
	Absent      = "absent"      // the server says that there is no such object
	Deactivated = "deactivated" // it cannot be deleted, and is switched off
	Left        = "left"
)

// Created is the state of an object whose create was answered with success.
const Created = "created"

// Sweeper removes objects, one at a time.
type Sweeper struct {
	Do    func(context.Context, exchange.Request) *result.Exchange
	Guard *exchange.Guard
	// Mark is what every name of the run holds. Nothing is looked for by a name without it: it may be anybody's.
	Mark string
}

// ShortMark is what is left of the prefix of a run in names that were cut for a target.
const ShortMark = "scimmage"

// Remove deletes one object, after the guard has read it back and seen our name on it. Where it has no id, where the guard finds
// that its id belongs to somebody else, or where the server knows nothing at that id, it is looked up by name: servers give wrong
// ids. State and Why of the answer say what became of it.
func (w *Sweeper) Remove(ctx context.Context, o result.Object) result.Object {
	was := o
	if o.ID != "" && !w.Gone(ctx, o) {
		var foreign bool
		if o, foreign = w.removeID(ctx, o); o.State != Absent && !foreign {
			return o
		}
	}
	ids, err := w.Find(ctx, o.Endpoint, o.Marker)
	if made := was.ID == "" && was.State == Created; made && err == nil && len(ids) == 0 {
		// The server has said that it is there: a filter that does not find it may be wrong about it.
		if ids, err = w.walk(ctx, o.Endpoint, "", o.Marker); err == nil && len(ids) == 0 {
			o.State, o.Why = Left, "the server said that it created it, gave no id, and does not list it"
		}
	}
	switch {
	case err != nil && was.ID == "":
		o.State, o.Why = Left, "could not be looked up: "+err.Error()
	case err == nil && len(ids) == 0 && o.State != Left:
		o.State, o.Why = Absent, ""
	}
	stays := o
	for _, id := range ids {
		switch id {
		case "":
			o.State, o.Why = Left, firstOf(o.Why, "the server shows it without an id")
		case was.ID:
			o.State, o.Why = Left, firstOf(o.Why, "a search shows it, but the server says that nothing is there")
		default:
			o.ID = id
			o, _ = w.removeID(ctx, o)
		}
		if o.State == Left || o.State == Deactivated {
			stays = o
		}
	}
	if stays.State == Left || stays.State == Deactivated {
		return stays
	}
	return o
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Gone: the server says by itself that there is nothing at the id, so that nothing needs to be deleted there.
func (w *Sweeper) Gone(ctx context.Context, o result.Object) bool {
	x := w.read(ctx, o, "Clean up: is it still there?")
	return x.Error == nil && (x.Response.Status == 404 || x.Response.Status == 410)
}

// stays: the server shows our object although it has said that it is deleted.
func (w *Sweeper) stays(ctx context.Context, o result.Object) bool {
	x := w.read(ctx, o, "Clean up: is it gone?")
	if x.Error != nil || x.Response.Status != 200 {
		return false
	}
	v, err := scim.ParseView(scim.Unmarked(x.Response.RawBody))
	return err == nil && v.Get("id").Str() == o.ID
}

func (w *Sweeper) read(ctx context.Context, o result.Object, purpose string) *result.Exchange {
	return w.Do(ctx, exchange.Request{Method: "GET", Path: path(o), Header: accept(), Purpose: purpose, Cleanup: true, Setup: true})
}

func path(o result.Object) string { return "/" + o.Endpoint + "/" + url.PathEscape(o.ID) }

// removeID tells whether the guard refused because the object at this id is not ours.
func (w *Sweeper) removeID(ctx context.Context, o result.Object) (_ result.Object, foreign bool) {
	o.State = Left
	if err := w.Guard.Claim(o.Endpoint, o.ID, exchange.Evidence{Marker: o.Marker}); err != nil {
		o.Why = err.Error()
		return o, false
	}
	x := w.Do(ctx, exchange.Request{Method: "DELETE", Path: path(o), Header: accept(), Purpose: "Clean up", Cleanup: true, Setup: true})
	switch {
	case x.Error != nil:
		o.Why = x.Error.Message
		return o, x.Error.Kind == exchange.KindGuard
	case x.Response.Status == 404 || x.Response.Status == 410:
		o.State, o.Why = Absent, ""
		return o, false
	case x.Response.Status >= 200 && x.Response.Status < 300 && webPage(x):
		o.Why = "DELETE was answered with a web page"
		return o, false
	case x.Response.Status >= 200 && x.Response.Status < 300 && !w.stays(ctx, o):
		o.State, o.Why = Deleted, ""
		return o, false
	case x.Response.Status >= 200 && x.Response.Status < 300:
		o.Why = "DELETE answered " + Outcome(x) + ", but the server still shows it"
	default:
		o.Why = "DELETE answered " + Outcome(x)
	}
	if strings.EqualFold(strings.Trim(o.Endpoint, "/"), "Users") && w.deactivate(ctx, path(o)) {
		o.State = Deactivated
	}
	return o, false
}

// webPage: login pages answer everything with 200, and do nothing.
func webPage(x *result.Exchange) bool {
	return strings.Contains(strings.ToLower(x.Response.Header("Content-Type")), "html")
}

const deactivation = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`

func (w *Sweeper) deactivate(ctx context.Context, at string) bool {
	x := w.Do(ctx, exchange.Request{Method: "PATCH", Path: at, Body: []byte(deactivation), HasBody: true, Cleanup: true, Setup: true,
		Purpose: "Clean up: deactivate, as it cannot be deleted",
		Header:  append(accept(), exchange.Header{Name: "Content-Type", Value: "application/scim+json"})})
	return x.Error == nil && x.Response.Status >= 200 && x.Response.Status < 300
}

// Outcome is an answer, or why there is none, in a few words.
func Outcome(x *result.Exchange) string {
	if x.Error != nil {
		return x.Error.Message
	}
	return fmt.Sprintf("status %d", x.Response.Status)
}

func accept() []exchange.Header {
	return []exchange.Header{{Name: "Accept", Value: "application/scim+json"}}
}

// NameOf is the attribute that holds the marker of a resource.
func NameOf(endpoint string) string {
	if strings.EqualFold(strings.Trim(endpoint, "/"), "Users") {
		return "userName"
	}
	return "displayName"
}

// Find gives the ids of the objects that carry a name: by filter, and where the server does not filter, by walking its list. It
// never trusts the filter: only what shows the name counts.
func (w *Sweeper) Find(ctx context.Context, endpoint, marker string) ([]string, error) {
	if marker == "" || w.Mark == "" || !strings.Contains(strings.ToLower(marker), strings.ToLower(w.Mark)) {
		return nil, fmt.Errorf("no name with the mark of the run is known to look for")
	}
	ids, err := w.walk(ctx, endpoint, filterQuery(NameOf(endpoint), "eq", marker), marker)
	if err != nil { // the objects of the pages before the filter failed come again
		ids, err = w.walk(ctx, endpoint, "", marker)
	}
	return ids, err
}

// walk gives the ids of the objects of a list that carry a name.
func (w *Sweeper) walk(ctx context.Context, endpoint, query, marker string) ([]string, error) {
	endpoint = strings.Trim(endpoint, "/")
	attr := NameOf(endpoint)
	var ids []string
	err := w.Walk(ctx, endpoint, query, All, func(r scim.View) {
		if shows(r, attr, marker) {
			ids = append(ids, r.Get("id").Str())
		}
	})
	return ids, err
}

// shows: names are not always where they were sent, and externalId is ours as much as userName is.
func shows(r scim.View, attr, marker string) bool {
	return strings.EqualFold(r.Get(attr).Str(), marker) || strings.EqualFold(r.Get("externalId").Str(), marker)
}

// StartsWith is the query for the objects of a collection whose name begins with a prefix.
func StartsWith(endpoint, prefix string) string { return filterQuery(NameOf(endpoint), "sw", prefix) }

func filterQuery(attr, op, value string) string {
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	return "filter=" + strings.ReplaceAll(url.QueryEscape(attr+" "+op+" "+quoted), "+", "%20")
}

const pageSize = 100

// All is enough pages for 200,000 objects.
const All = 2000

// Walk calls f for every resource of a collection, on so many pages at most; it ends at a page that brings nothing new.
func (w *Sweeper) Walk(ctx context.Context, endpoint, query string, pages int, f func(scim.View)) error {
	seen := map[string]bool{}
	start := 1
	for range pages {
		q := fmt.Sprintf("startIndex=%d&count=%d", start, pageSize)
		if query != "" {
			q = query + "&" + q
		}
		x := w.Do(ctx, exchange.Request{Method: "GET", Path: "/" + endpoint, RawQuery: q, Header: accept(), Purpose: "Clean up: look for what is left", Cleanup: true, Setup: true})
		if x.Error != nil || x.Response.Status != 200 {
			return fmt.Errorf("GET /%s: %s", endpoint, Outcome(x))
		}
		v, err := scim.ParseView(scim.Unmarked(x.Response.RawBody))
		if err != nil {
			return fmt.Errorf("GET /%s: %w", endpoint, err)
		}
		list := v.Get("Resources").Items()
		fresh := false
		for _, r := range list {
			// The names count too: there are servers that give every resource the same id, or none.
			key := r.Get("id").Str() + "\x00" + r.Get("userName").Str() + "\x00" + r.Get("displayName").Str()
			if key != "\x00\x00" && !seen[key] {
				seen[key], fresh = true, true
				f(r)
			}
		}
		start += len(list)
		if !fresh || int64(start) > v.Get("totalResults").Int() {
			return nil
		}
	}
	return fmt.Errorf("GET /%s: more than %d pages", endpoint, pages)
}
