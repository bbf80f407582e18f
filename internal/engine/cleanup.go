package engine

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

// objects are what a case created, in order, so that it can be removed in reverse.
type objects struct {
	mu      sync.Mutex
	list    []result.Object
	guessed map[string]bool // ids that no body has shown, only a Location header
}

// saw notes creates and deletes. Whether something is ours to touch is decided by the guard of the
// exchange layer; this list only says what to try to remove.
func (o *objects) saw(resp *response, r outgoing) {
	x := resp.x
	if x.Response == nil || x.Response.Status < 200 || x.Response.Status > 299 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	path := strings.Trim(r.Path, "/")
	switch {
	case r.Method == "DELETE":
		id := lastSegment(r.Path)
		for i := range o.list {
			if o.list[i].ID == id {
				o.list[i].State = "deleted"
			}
		}
	case r.Method == "POST" && !strings.Contains(path, "/") && path != "Bulk" && path != ".search":
		o.add(path, resp, r.Marker)
	case r.Method == "PUT" && r.missing:
		o.list = append(o.list, result.Object{Endpoint: strings.SplitN(path, "/", 2)[0], ID: lastSegment(r.Path), State: "created"})
	case path == "Bulk":
		o.bulk(resp)
	}
}

func (o *objects) add(endpoint string, resp *response, marker string) {
	id, shown := createdID(resp)
	if id == "" || len(id) > exchange.MaxID {
		return
	}
	if !shown {
		if o.guessed == nil {
			o.guessed = map[string]bool{}
		}
		o.guessed[id] = true
	}
	for _, old := range o.list {
		// An id that is given away again after a DELETE is a new object.
		if old.ID == id && old.State != "deleted" && (old.Marker == marker || marker == "") {
			return
		}
	}
	o.list = append(o.list, result.Object{Endpoint: endpoint, ID: id, Marker: marker, State: "created"})
}

// createdID is the id of what a create made, from the body, where it is shown, or from the Location header.
func createdID(resp *response) (id string, shown bool) {
	m, _ := resp.value().(map[string]any)
	if id := text(m["id"]); id != "" {
		return id, true
	}
	return lastSegment(strings.TrimSuffix(resp.x.Response.Header("Location"), "/")), false
}

// bulk notes what a bulk request created: POST operations with a 2xx status and a location.
func (o *objects) bulk(resp *response) {
	m, _ := resp.value().(map[string]any)
	ops, _ := m["Operations"].([]any)
	for _, x := range ops {
		op, _ := x.(map[string]any)
		loc := strings.TrimSuffix(text(op["location"]), "/")
		parts := strings.Split(loc, "/")
		if !strings.EqualFold(text(op["method"]), "POST") || len(parts) < 2 || !strings.HasPrefix(bulkStatus(op["status"]), "2") {
			continue
		}
		o.list = append(o.list, result.Object{Endpoint: collectionIn(parts[:len(parts)-1]), ID: lastSegment(loc), State: "created"})
	}
}

// collectionIn is the collection that a location names. Some servers put the id of another resource between it and the id.
func collectionIn(parts []string) string {
	for i := len(parts) - 1; i >= 0; i-- {
		if strings.EqualFold(parts[i], "Users") || strings.EqualFold(parts[i], "Groups") {
			return parts[i]
		}
	}
	return parts[len(parts)-1]
}

func bulkStatus(v any) string {
	if m, ok := v.(map[string]any); ok {
		return text(m["code"])
	}
	return text(v)
}

// cleanupTimeout bounds the removal after an interrupt: the person at the terminal waits for it.
const cleanupTimeout = 20 * time.Second

// outlasting is a context for the clean-up. It goes on when the run is cancelled, but then no longer than
// cleanupTimeout; without an interrupt a slow target may take its time for hundreds of objects.
func outlasting(run context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(run))
	stop := context.AfterFunc(run, func() {
		last, done := context.WithTimeout(ctx, cleanupTimeout)
		defer done()
		<-last.Done()
		cancel()
	})
	return ctx, func() { stop(); cancel() }
}

// cleanup removes what the case created, groups and later objects first. It also runs when the run
// was cancelled or its budget is used up. What cannot be removed is deactivated and listed; what the target did not
// answer about, creates without a clear answer among them, is looked for at the end of the run ([Engine.sweep]).
func (s *scope) cleanup(ctx context.Context) {
	ctx, cancel := outlasting(ctx)
	defer cancel()
	s.setup, s.cleaning = true, true
	defer func() { s.setup, s.cleaning = false, false }()
	list := s.created.list
	for pass := range 2 {
		for i := len(list) - 1; i >= 0; i-- {
			group := strings.EqualFold(list[i].Endpoint, "Groups")
			if list[i].State != "created" || group != (pass == 0) {
				continue
			}
			s.remove(ctx, &list[i])
		}
	}
}

func (s *scope) remove(ctx context.Context, o *result.Object) {
	if s.e.breaker.lost() {
		s.later(o, s.e.breaker.reason())
		return
	}
	path := "/" + o.Endpoint + "/" + escapeSegment(o.ID)
	resp := s.setupCall(ctx, "DELETE", path, nil, "Clean up")
	switch st := resp.status(); {
	case resp.fault() != nil:
		s.later(o, resp.fault().Message)
	case st >= 200 && st < 300 && !isHTML(resp):
		o.State = "deleted"
	case st >= 200 && st < 300, st == 404, st == 410:
		// Nobody has deleted it, as far as this case knows: the end of the run looks whether it is there under another id.
		s.later(o, "DELETE answered "+statusText(resp))
	case s.created.guessed[o.ID]:
		// The server has never said that this is the id: /Users/undefined stands in Location headers of servers that lost it.
		s.later(&result.Object{Endpoint: o.Endpoint, Marker: o.Marker, State: o.State}, "DELETE answered "+statusText(resp))
	case strings.EqualFold(o.Endpoint, "Users"):
		body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
		if r := s.setupCall(ctx, "PATCH", "/Users/"+escapeSegment(o.ID), body, "Clean up: deactivate, as it cannot be deleted"); r.status() >= 200 && r.status() < 300 {
			o.State = "deactivated"
		}
		s.e.left(s.base, *o, "DELETE answered "+statusText(resp))
	default:
		s.e.left(s.base, *o, "DELETE answered "+statusText(resp))
	}
}

// later keeps an object for the end of the run.
func (s *scope) later(o *result.Object, why string) {
	c := *o
	c.Case, c.Why = s.base, why
	s.e.leave.add(c)
}

func (e *Engine) left(caseID string, o result.Object, why string) {
	o.Case, o.Why = caseID, why
	e.leave.stays(o)
	e.emit(result.Event{Type: result.ObjectLeft, Case: caseID, Object: &o})
}

// leavings are the objects that could not be removed when their case ended.
type leavings struct {
	mu     sync.Mutex
	list   []result.Object
	listed map[string]bool // objects of which the report says that they stay
}

func place(o result.Object) string {
	if o.ID == "" {
		return strings.ToLower(o.Endpoint + "//" + o.Marker)
	}
	return strings.ToLower(o.Endpoint) + "/" + o.ID
}

// stays notes what is reported as left, so that nothing tries it again.
func (l *leavings) stays(o result.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listed == nil {
		l.listed = map[string]bool{}
	}
	l.listed[place(o)] = true
}

func (l *leavings) known(o result.Object) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.listed[place(o)]
}

func (l *leavings) add(o result.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, o)
}

func (l *leavings) take() []result.Object {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.list
	l.list = nil
	return out
}
