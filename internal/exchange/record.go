package exchange

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/scimmage/scimmage/internal/result"
)

// record writes the request and the answer into the exchange, redacted.
func (t *trip) record() {
	c, x := t.c, t.x
	x.Request = c.recordRequest(t.r, t.place, c.headerList(t.r, t.auth), t.secretShown())
	if t.hops > 0 {
		// The record shows what was asked for; where it led stands in RedirectedTo.
		first, err := c.base.locate(t.r.Path, t.r.RawQuery, t.r.ForceQuery)
		if err == nil {
			x.Request = c.recordRequest(t.r, first, c.headerList(t.r, t.auth), t.secretShown())
		}
	}
	if a := t.ans; a != nil {
		x.Timing = a.timing
		if a.status != 0 {
			x.Response = c.recordResponse(a)
			if t.hops > 0 {
				x.Response.RedirectedTo = c.red.URL(t.place.url())
			}
		}
	}
	if x.Error != nil {
		f := *x.Error
		f.Message, f.Hint = validText(c.red.Prose(f.Message)), c.red.Text(f.Hint)
		x.Error = &f
	}
	if !c.cfg.NoCurl {
		x.Curl = c.red.Text(Curl(x))
	}
}

// secretShown says how Authorization is recorded: a made-up credential as it is, any other one redacted,
// told apart from the configured one.
func (t *trip) secretShown() func(value string) string {
	return func(value string) string {
		if t.r.Auth != nil && t.r.Auth.Public && value == t.auth {
			return t.c.red.Text(value)
		}
		v := t.c.red.Header("Authorization", value)
		if t.r.Auth != nil || value != t.auth {
			v = t.c.red.Text(strings.Replace(v, Redacted, RedactedOther, 1))
		}
		return v
	}
}

func (c *Client) recordRequest(r *Request, p place, headers []Header, auth func(string) string) result.Request {
	out := result.Request{
		Method: r.Method, URL: short(validText(c.red.URL(p.url()))), Path: short(validText(c.red.path(p.rel))), Query: short(validText(c.red.Query(p.query))),
		Headers: make([]result.Header, 0, len(headers)+1),
	}
	if !p.below {
		out.Path = short(validText(c.red.path(p.path)))
	}
	ct := ""
	for _, h := range headers {
		v := ""
		switch {
		case strings.EqualFold(h.Name, "Authorization"):
			v = auth(h.Value)
		default:
			v = c.red.Header(h.Name, h.Value)
		}
		if strings.EqualFold(h.Name, "Content-Type") {
			ct = h.Value
		}
		out.Headers = append(out.Headers, result.Header{Name: h.Name, Value: validText(v)})
	}
	if r.HasBody || len(r.Body) > 0 {
		out.RawBody = r.Body
		out.Body, _ = c.recordBody(ct, r.Body)
	}
	return out
}

// short keeps absurd addresses, made from absurd ids, from filling the record. What may hold half a secret at the cut goes too.
func short(text string) string {
	if len(text) <= 2*MaxID {
		return text
	}
	text, _ = truncateText(text, MaxID)
	return text + "…"
}

func (c *Client) recordResponse(a *answer) *result.Response {
	out := &result.Response{
		Status: a.status, Proto: a.proto, Size: int64(len(a.body)), RawBody: a.body, Headers: make([]result.Header, 0, len(a.header)+1),
	}
	out.Headers = append(out.Headers, c.recordHeaders(a.header)...)
	for _, v := range a.coding {
		out.Headers = append(out.Headers, result.Header{Name: "Transfer-Encoding", Value: v})
	}
	sort.SliceStable(out.Headers, func(i, j int) bool { return out.Headers[i].Name < out.Headers[j].Name })
	out.Binary = !utf8.Valid(a.body)
	out.Body, out.Truncated = c.recordBody(a.header.Get("Content-Type"), a.body)
	return out
}

// maxRecordedHeaders bounds the header text of one record; servers may send up to maxHeaderBytes of it with each answer.
const maxRecordedHeaders = 32 << 10

// recordHeaders keeps header fields, the small ones first: a flood of them must neither fill the memory nor
// hide those that mean something.
func (c *Client) recordHeaders(h http.Header) []result.Header {
	names := slices.SortedFunc(maps.Keys(h), func(a, b string) int { return cmp.Or(size(h[a])-size(h[b]), strings.Compare(a, b)) })
	var out []result.Header
	room := maxRecordedHeaders
	if c.recorded.Load() > recordBudget {
		room = recordLean
	}
	defer func(all int) { c.recorded.Add(int64(all - max(0, room))) }(room)
	for _, name := range names {
		if room -= len(name) + size(h[name]); room < 0 {
			return append(out, result.Header{Name: "X-Scimmage-Cut", Value: "further header fields were left out of this record"})
		}
		for _, v := range h[name] {
			out = append(out, result.Header{Name: validText(c.red.Text(name)), Value: validText(c.red.Header(name, v))})
		}
	}
	return out
}

func size(values []string) (n int) {
	for _, v := range values {
		n += len(v) + 1
	}
	return n
}

// recordBody is the text of a body for the record. Of a huge one only the beginning is redacted and kept;
// what could be the beginning of a secret at the cut is cut off too.
func (c *Client) recordBody(contentType string, b []byte) (text string, shortened bool) {
	limit := c.cfg.RecordBody
	if c.recorded.Load() > recordBudget {
		limit = min(limit, recordLean)
	}
	defer func() { c.recorded.Add(int64(len(text))) }()
	if len(b) <= 4*limit {
		return truncateText(validText(c.red.Body(contentType, b)), limit)
	}
	text = c.red.Body(contentType, b[:4*limit])
	text = text[:max(0, len(text)-c.red.longest())]
	text, _ = truncateText(validText(text), min(limit, len(text)))
	return text, true
}
