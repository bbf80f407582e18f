package html

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Budgets in bytes of bodies that the page shows without a script. Findings come first; what does
// not fit stays in the embedded document, from which the page's script or the tool brings it back.
const (
	firstBudget   = 600 << 10 // exchanges of the first finding of each cause
	findingBudget = 350 << 10 // exchanges of the other findings
	otherBudget   = 250 << 10 // everything, when a run is that small
)

// row is one line about an exchange.
type row struct {
	N            int // number in the run, from 1
	Anchor       string
	Here         bool // this row is where the exchange lives; otherwise it is a link to it
	Link         template.URL
	Method, Path string
	Status       badge // class and words of the answer
	Took         string
	Purpose      string
	Full         *exchange
}

// exchange is one with everything that was recorded.
type exchange struct {
	URL         string
	ReqHeaders  []header
	ReqBody     bodyView
	Answer      string // status line, empty when none arrived
	RespHeaders []header
	RespBody    bodyView
	Fault, Hint string
	Attempts    []string
	Redirect    string
	Curl        string
	Timing      string
}

type header struct {
	Name, Value string
	Mark        bool
}

// bodyView is a body, or where the same one already stands.
type bodyView struct {
	Segs   []seg
	Same   template.URL
	SameNo int
	Note   string
	Empty  bool
}

func xAnchor(n int) string { return "x" + strconv.Itoa(n) }

// planExchanges decides which exchanges the page itself holds in full: those of findings, the
// first of each cause before the rest, then all others when they fit.
func (b *builder) planExchanges() {
	budget := firstBudget
	take := func(id string) {
		i, ok := b.exchanges[id]
		if !ok || b.full[id] || budget <= 0 {
			return
		}
		b.full[id] = true
		budget -= weight(b.doc.Exchanges[i])
	}
	if d := b.doc.Diagnosis; d != nil {
		take(d.Exchange)
	}
	for pass := range 2 {
		if pass == 1 {
			budget = findingBudget
		}
		for _, c := range b.doc.Causes {
			ids := append(append([]string{}, c.Checks...), c.Consequences...)
			for k, id := range ids {
				if p, ok := b.checks[id]; ok && (k == 0) == (pass == 0) {
					take(p.check.Exchange)
				}
			}
		}
	}
	for _, s := range b.doc.Suites {
		for _, c := range s.Cases {
			for _, check := range c.Checks {
				if _, ok := b.exchanges[check.Exchange]; ok && check.Finding() {
					take(check.Exchange)
					b.inFinding[check.Exchange] = true
				}
			}
		}
	}
	total := 0
	for _, x := range b.doc.Exchanges {
		total += weight(x)
	}
	if total > otherBudget {
		return
	}
	for id := range b.exchanges {
		b.full[id] = true
	}
}

// weight estimates the bytes an exchange takes on the page.
func weight(x result.Exchange) int {
	n := 300 + len(x.Request.Body) + len(x.Curl)
	for _, h := range x.Request.Headers {
		n += 30 + len(h.Name) + len(h.Value)
	}
	if x.Response != nil {
		n += min(len(x.Response.Body), bodyLimit)
		for _, h := range x.Response.Headers {
			n += 30 + len(h.Name) + len(h.Value)
		}
	}
	return n
}

// row describes an exchange; the first row that may hold it in full does.
func (b *builder) row(id string) (row, bool) {
	i, ok := b.exchanges[id]
	if !ok {
		return row{}, false
	}
	x := &b.doc.Exchanges[i]
	r := row{
		N: i + 1, Anchor: xAnchor(i + 1), Link: href(xAnchor(i + 1)), Method: clip(clean(x.Request.Method), 12),
		Path: clip(clean(requestTarget(x)), 160), Took: millis(x.Timing.Total), Purpose: clip(clean(x.Purpose), 140), Status: answer(x),
	}
	if b.shown[id] {
		return r, true
	}
	b.shown[id] = true
	r.Here = true
	if b.full[id] {
		r.Full = b.exchange(x, i+1)
	}
	return r, true
}

func (b *builder) rows(ids []string) []row {
	out := make([]row, 0, len(ids))
	for _, id := range ids {
		if r, ok := b.row(id); ok {
			out = append(out, r)
		}
	}
	return out
}

// requestTarget is path and query as sent.
func requestTarget(x *result.Exchange) string {
	t := orElse(x.Request.Path, orElse(x.Request.URL, "/"))
	if x.Request.Query != "" {
		t += "?" + strings.TrimPrefix(x.Request.Query, "?")
	}
	return t
}

// answer words what came back.
func answer(x *result.Exchange) badge {
	switch {
	case x.Response != nil && x.Response.Status > 0 && x.Error != nil:
		return badge{"bad", "", statusText(x.Response.Status) + ", " + clip(clean(x.Error.Kind), 30)}
	case x.Response != nil && x.Response.Status > 0:
		return badge{statusClass(x.Response.Status), "", statusText(x.Response.Status)}
	case x.Error != nil:
		return badge{"bad", "", "no answer: " + clip(clean(x.Error.Kind), 30)}
	}
	return badge{"none", "", "no answer"}
}

func (b *builder) exchange(x *result.Exchange, n int) *exchange {
	e := &exchange{URL: clip(clean(orElse(x.Request.URL, requestTarget(x))), 2000), Curl: clean(x.Curl), Timing: timing(x.Timing)}
	loci := b.loci[x.ID]
	e.ReqHeaders = headers(x.Request.Headers, loci, "request")
	e.ReqBody = b.body(x.Request.Body, loci, "request", n)
	if r := x.Response; r != nil {
		e.Answer = strings.TrimSpace(clean(r.Proto) + " " + statusText(r.Status))
		e.RespHeaders = headers(r.Headers, loci, "response")
		e.RespBody = b.body(r.Body, loci, "response", n)
		e.RespBody.Note = bodyNote(r)
		e.Redirect = clip(clean(r.RedirectedTo), 500)
	}
	if x.Error != nil {
		e.Fault, e.Hint = prose(x.Error.Kind+": "+x.Error.Message), prose(x.Error.Hint)
	}
	for _, a := range x.Attempts {
		e.Attempts = append(e.Attempts, attempt(a))
	}
	return e
}

func bodyNote(r *result.Response) string {
	var notes []string
	if r.Binary {
		notes = append(notes, "the body was not valid UTF-8")
	}
	if r.Truncated || len(r.Body) > bodyLimit {
		notes = append(notes, "shortened; the whole body had "+size(r.Size))
	}
	return strings.Join(notes, "; ")
}

func headers(hs []result.Header, loci []result.Locus, where string) []header {
	out := make([]header, 0, len(hs))
	for _, h := range hs {
		v := header{Name: clip(clean(h.Name), 120), Value: clip(clean(h.Value), 2000)}
		for _, at := range loci {
			if at.Header != "" && strings.EqualFold(at.Header, h.Name) && orElse(at.Where, "response") == where {
				v.Mark = true
			}
		}
		out = append(out, v)
	}
	return out
}

// sameFrom is the size from which an identical body is shown only once.
const sameFrom = 160

func (b *builder) body(body string, loci []result.Locus, where string, n int) bodyView {
	if body == "" {
		return bodyView{Empty: true}
	}
	if len(body) >= sameFrom {
		if at, ok := b.bodies[body]; ok {
			no, _ := strconv.Atoi(at[1:])
			return bodyView{Same: href(at), SameNo: no}
		}
		b.bodies[body] = xAnchor(n)
	}
	var spans []span
	for i := range loci {
		if orElse(loci[i].Where, "response") != where {
			continue
		}
		if s, ok := locate(body, &loci[i]); ok {
			spans = append(spans, s)
		}
	}
	return bodyView{Segs: layout(body, spans)}
}

func attempt(a result.Attempt) string {
	what := "no answer"
	switch {
	case a.Status > 0:
		what = statusText(a.Status)
	case a.Error != nil:
		what = "no answer (" + clip(clean(a.Error.Kind), 40) + ")"
	}
	if a.RetryAfter != "" {
		what += ", Retry-After: " + clip(clean(a.RetryAfter), 60)
	}
	return what + ", waited " + millis(a.WaitMS)
}

func timing(t result.Timing) string {
	var parts []string
	for _, p := range []struct {
		name string
		ms   float64
	}{{"name look-up", t.DNS}, {"connect", t.Connect}, {"TLS", t.TLS}, {"first byte", t.FirstByte}} {
		if p.ms > 0 {
			parts = append(parts, p.name+" "+millis(p.ms))
		}
	}
	return strings.Join(append(parts, "total "+millis(t.Total)), " · ")
}
