package exchange

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// trip is one request on its way: prepared, sent as often as needed, settled, recorded.
type trip struct {
	c      *Client
	r      *Request
	x      *result.Exchange
	inside bool

	place place
	cred  *credential
	auth  string // the value of Authorization that was sent
	plan  plan
	ans   *answer

	sent      bool          // something went over the wire
	retried   bool          // after a reset
	refreshed bool          // the access token, after 401
	limited   int           // rate-limited answers to this request
	waited    time.Duration // because of them
	hops      int
}

// prepare decides whether the request may be sent at all, and tells the ledger of creates.
func (t *trip) prepare(ctx context.Context) *result.Fault {
	var err error
	c, r := t.c, t.r
	if t.place, err = c.base.locate(r.Path, r.RawQuery, r.ForceQuery); err != nil {
		t.place.path = r.Path
		if isAbsolute(r.Path) {
			scheme, rest, _ := strings.Cut(r.Path, "://")
			host, path, _ := strings.Cut(rest, "/")
			t.place = place{scheme: scheme, host: host, path: "/" + path}
		}
		return refuse("%s %s: %s", r.Method, c.red.URL(r.Path), err)
	}
	if f := t.mayWrite(ctx); f != nil {
		return f
	}
	var f *result.Fault
	if t.cred, f = c.credentialFor(r); f != nil {
		return f
	}
	if len(t.plan.creates) > 0 {
		c.guard.intend(t.plan.creates)
		c.unsettle(t.plan.creates)
		for _, in := range t.plan.creates {
			if c.cfg.OnCreateIntent == nil {
				break
			}
			if err := c.cfg.OnCreateIntent(ctx, in); err != nil {
				return fault(KindOther, "the create was not sent, because it could not be journalled first: "+err.Error())
			}
		}
	}
	return nil
}

func (t *trip) mayWrite(ctx context.Context) *result.Fault {
	c, r := t.c, t.r
	planned := *r
	planned.RawQuery = t.place.query
	if !t.place.below && !safeMethod(r.Method) {
		return refuse("%s %s: the path lies outside of the base URL", r.Method, c.red.URL(r.Path))
	}
	var f *result.Fault
	t.plan, f = c.guard.plan(&planned, t.place.rel)
	if c.cfg.ReadOnly && !t.plan.read {
		return fault(KindReadOnly, r.Method+" "+c.red.URL(r.Path))
	}
	if f != nil {
		f.Message = c.red.Text(f.Message)
		return f
	}
	c.guard.intendChange(r, t.plan.writes)
	return c.readBack(ctx, r, t.plan.needs)
}

// run sends the request until there is an answer to keep.
func (t *trip) run(ctx context.Context) {
	for {
		if f := t.once(ctx); f != nil {
			t.x.Error = f
			return
		}
		again, f := t.next(ctx)
		if f != nil {
			t.x.Error = f
			return
		}
		if !again {
			t.x.Error = t.ans.fault
			return
		}
		t.ans = nil
	}
}

// once makes one attempt.
func (t *trip) once(ctx context.Context) *result.Fault {
	value, f := t.cred.value(ctx)
	if f != nil {
		return f
	}
	if t.r.Almost != "" {
		value = t.c.spoil(value, t.r.Almost)
	}
	if f := t.c.pace.admit(ctx, t.r.Cleanup); f != nil {
		return f
	}
	t.auth, t.sent = value, true
	t.ans = t.c.attempt(ctx, t.r, t.place, value)
	return nil
}

// next decides what follows an answer.
func (t *trip) next(ctx context.Context) (again bool, f *result.Fault) {
	a := t.ans
	if a.status == 0 {
		if a.fault.Kind == KindReset && !a.gotByte && !t.retried && !t.r.NoRetry && t.repeatable() {
			t.retried = true
			t.attempted(a, 0)
			return true, nil
		}
		return false, nil
	}
	if rateLimited(a.status, a.header) && !t.r.NoRetry && t.c.cfg.MaxRetries429 > 0 {
		return t.comeBack(ctx)
	}
	t.c.pace.sawAnswer()
	switch {
	case a.status == http.StatusUnauthorized && t.r.Almost == "" && t.cred != nil && t.cred.oauth != nil && !t.refreshed:
		t.refreshed = true
		t.cred.oauth.forget(t.auth)
		t.attempted(a, 0)
		return true, nil
	case isRedirect(a.status) && !t.r.NoRedirect && a.header.Get("Location") != "":
		return t.redirect()
	}
	return false, nil
}

// repeatable: a request that was closed under may be sent again when twice is as good as once (RFC 9110 section 9.2.2). A DELETE of
// a suite is not repeated, because its answer is judged.
func (t *trip) repeatable() bool {
	return t.r.Method == "GET" || t.r.Method == "HEAD" || t.r.Cleanup && t.r.Method == "DELETE"
}

// comeBack honours 429 and 503 with Retry-After. The whole client waits, not this request alone.
func (t *trip) comeBack(ctx context.Context) (again bool, f *result.Fault) {
	c, a := t.c, t.ans
	row := c.pace.sawLimited()
	wait := retryAfter(a.header, c.cfg.Clock.Now(), t.limited)
	t.limited++
	t.waited += wait
	switch {
	case wait > c.cfg.MaxWait:
		return false, fault(KindRateLimited, fmt.Sprintf("status %d asks to wait %s, and %s is the most this run waits", a.status, wait, c.cfg.MaxWait))
	case t.waited > c.cfg.MaxWait:
		return false, fault(KindRateLimited, fmt.Sprintf("status %d, %d times; all waits together would be %s, and %s is the most this run waits", a.status, t.limited, t.waited, c.cfg.MaxWait))
	case t.limited > c.cfg.MaxRetries429 || row > 8*c.cfg.MaxRetries429:
		return false, fault(KindRateLimited, fmt.Sprintf("status %d, %d times in a row", a.status, max(row, t.limited)))
	}
	c.pace.pause(wait)
	t.attempted(a, wait)
	return true, nil
}

// attempted keeps an answer that was not taken as the answer.
func (t *trip) attempted(a *answer, wait time.Duration) {
	t.x.Attempts = append(t.x.Attempts, result.Attempt{
		Status: a.status, RetryAfter: t.c.red.Text(a.header.Get("Retry-After")), Error: a.fault, WaitMS: ms(wait),
	})
}

// settle tells the guard and the ledger what the answer means.
func (t *trip) settle() {
	a := t.ans
	if !t.sent {
		for _, in := range t.plan.creates {
			t.rejected(in, 0)
		}
	}
	if a == nil || a.status == 0 || t.inside {
		return
	}
	g, ok := t.c.guard, a.status >= 200 && a.status < 300
	switch {
	case t.plan.read:
		if t.r.Method != "HEAD" && t.r.Method != "OPTIONS" && t.hops == 0 {
			g.observe(t.plan, a.status, a.body)
		}
	case t.plan.bulk:
		t.settleBulk(ok)
	case len(t.plan.creates) == 1:
		t.settleCreate(t.plan.creates[0], a.status, a.body, a.header.Get("Location"))
	case t.plan.missing != nil && ok && a.status == http.StatusCreated:
		in := g.intent(t.r, t.plan.path.name, "", t.r.Body, t.r.Marker)
		t.settleCreate(in, a.status, a.body, t.plan.path.seg)
	case len(t.plan.deletes) > 0 && (ok || t.r.Own() && (a.status == 404 || a.status == 410)):
		t.gone(t.plan.deletes[0], ok)
	case ok:
		g.changed(t.r, t.plan.writes)
	}
}

// gone: nothing is at the id any more. Where the server says only that it knows of nothing there, the ledger keeps the object: it
// may have another id.
func (t *trip) gone(k objectKey, done bool) {
	if ep, live := t.c.guard.deleted(k); live && done && t.c.cfg.OnDeleted != nil {
		t.c.cfg.OnDeleted(Deleted{Case: t.r.Case, Endpoint: ep, ObjectID: k.id})
	}
}

func (t *trip) settleCreate(in Intent, status int, body []byte, location string) {
	cfg := &t.c.cfg
	switch {
	case status >= 200 && status < 300:
		id := t.c.guard.created(in, body, location)
		if id == "" {
			return
		}
		t.c.settled(in)
		if cfg.OnCreated != nil {
			cfg.OnCreated(Created{Intent: in, ObjectID: id, Location: location})
		}
	case status >= 400 && status < 500 && status != 408:
		t.rejected(in, status)
	}
}

func (t *trip) rejected(in Intent, status int) {
	t.c.settled(in)
	if t.c.cfg.OnCreateRejected != nil {
		t.c.cfg.OnCreateRejected(in, status)
	}
}

// settleBulk matches the operations of a bulk answer to those of the request: by bulkId, and what has
// none by its place, since answers keep the order (RFC 7644 section 3.7.3).
func (t *trip) settleBulk(ok bool) {
	if !ok {
		if st := t.ans.status; st >= 400 && st < 500 {
			for _, in := range t.plan.creates {
				t.settleCreate(in, st, nil, "")
			}
		}
		return
	}
	sent, _ := parseBulk(t.r.Body)
	got, _ := parseBulk(t.ans.body)
	for _, in := range t.plan.creates {
		for _, op := range got {
			if in.BulkID != "" && op.bulkID == in.BulkID {
				t.settleCreate(in, atoi(op.status), op.data, op.location)
			}
		}
	}
	if len(sent) != len(got) {
		return
	}
	if in, i := loneCreate(t.plan.creates, sent); i >= 0 {
		t.settleCreate(in, atoi(got[i].status), got[i].data, got[i].location)
	}
	for i, op := range got {
		if st := atoi(op.status); strings.EqualFold(sent[i].method, "DELETE") && (st >= 200 && st < 300 || st == 404) {
			for _, k := range t.plan.deletes {
				if k.id == lastSegment(sent[i].path) {
					t.gone(k, st != 404)
				}
			}
		}
	}
}

// loneCreate is the only create of a bulk request that has no bulkId, and its place. With two of them
// nobody can tell which one an answer speaks of; i is -1 then.
func loneCreate(creates []Intent, sent []bulkOp) (in Intent, i int) {
	i = -1
	for k, op := range sent {
		if strings.EqualFold(op.method, "POST") && op.bulkID == "" {
			if i >= 0 {
				return in, -1
			}
			i = k
		}
	}
	n := 0
	for _, c := range creates {
		if c.BulkID == "" {
			in, n = c, n+1
		}
	}
	if n != 1 {
		return in, -1
	}
	return in, i
}

func atoi(s string) int {
	n := 0
	for _, c := range strings.TrimSpace(s) {
		if c < '0' || c > '9' || n > 999 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
