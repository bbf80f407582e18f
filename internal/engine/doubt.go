package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// doubt is a create of which the answer does not say all that became of it: there was none, it was a
// 5xx, or a success that names no id. Real servers fail after the change was made, and some make a
// resource of a bulk job twice and name one (scimmy 1.3.5 does, for a reference to a later operation).
type doubt struct {
	endpoint, attr, name string
	bulk                 bool // the answer was clear; this only makes sure
}

// doubtful notes the creates of a request that have to be looked up before the case ends.
func (o *objects) doubtful(resp *response, r outgoing) {
	x := resp.x
	path := strings.Trim(r.Path, "/")
	if r.Method != "POST" || !r.HasBody || path == ".search" || strings.Contains(path, "/") || withheld(x) {
		return
	}
	bulk := strings.EqualFold(path, "Bulk")
	switch {
	case bulk && (x.Response == nil || x.Response.Status < 400 || x.Response.Status >= 500):
	case !bulk && (x.Response == nil || x.Response.Status >= 500 || x.Response.Status < 300 && createdID(resp) == ""):
	default:
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := scim.ParseView(r.Body)
	if err != nil {
		body = scim.View{}
	}
	if bulk {
		for _, op := range body.Get("Operations").Items() {
			if to := strings.Trim(op.Get("path").Str(), "/"); strings.EqualFold(op.Get("method").Str(), "POST") && !strings.Contains(to, "/") {
				o.doubtName(to, op.Get("data"), "", true)
			}
		}
		return
	}
	o.doubtName(path, body, r.Marker, false)
}

// withheld reports whether a request was refused before it went out.
func withheld(x *result.Exchange) bool {
	return x.Response == nil && x.Error != nil && (x.Error.Kind == exchange.KindGuard || x.Error.Kind == exchange.KindReadOnly)
}

// doubtName remembers by which attribute a resource can be found.
func (o *objects) doubtName(endpoint string, body scim.View, marker string, bulk bool) {
	attrs := []string{"userName", "displayName"}
	if strings.EqualFold(endpoint, "Groups") {
		attrs = attrs[1:]
	}
	for _, attr := range attrs {
		if v := body.Get(attr); v.IsString() && v.Str() != "" {
			o.doubts = append(o.doubts, doubt{endpoint, attr, v.Str(), bulk})
			return
		}
	}
	if marker != "" {
		o.doubts = append(o.doubts, doubt{endpoint, attrs[0], marker, bulk})
	}
}

// resolveDoubts looks every doubtful create up by its name, which only this run has given, and takes
// what is there into the list of what must be removed.
func (s *scope) resolveDoubts(ctx context.Context) {
	for _, d := range s.created.doubts {
		if s.e.breaker.open() {
			if !d.bulk {
				s.left(&result.Object{Endpoint: d.endpoint, Marker: d.name, State: "unknown"}, "its create got no clear answer, and the target stopped answering")
			}
			continue
		}
		r := outgoing{Request: exchange.Request{Case: s.base, Step: "given", Purpose: "Clean up: look for what a create may have left", Setup: true, Method: "GET",
			Path: "/" + d.endpoint, RawQuery: "filter=" + escapeQuery(d.attr+" eq "+quote(d.name)), Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}}
		resp := s.send(ctx, nil, r)
		if resp.status() != 200 {
			if !d.bulk {
				s.left(&result.Object{Endpoint: d.endpoint, Marker: d.name, State: "unknown"}, fmt.Sprintf("its create got no clear answer, and looking for it answered %s", statusText(resp)))
			}
			continue
		}
		s.created.found(d, resp)
	}
}

// found adds the resources of a list that carry exactly the name of a doubtful create.
func (o *objects) found(d doubt, resp *response) {
	o.mu.Lock()
	defer o.mu.Unlock()
	list, err := scim.ParseView(resp.x.Response.RawBody)
	if err != nil {
		return
	}
next:
	for _, r := range list.Get("Resources").Items() {
		id := r.Get("id").Str()
		if id == "" || !strings.EqualFold(r.Get(d.attr).Str(), d.name) {
			continue
		}
		for i := range o.list {
			if o.list[i].ID == id {
				continue next
			}
		}
		o.list = append(o.list, result.Object{Endpoint: d.endpoint, ID: id, Marker: d.name, State: "created"})
	}
}
