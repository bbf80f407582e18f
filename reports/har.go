package reports

import (
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// HTTP Archive 1.2, as browsers and proxies read it.
// Source: http://www.softwareishard.com/blog/har-12-spec/
type harFile struct {
	Log harLog `json:"log"`
}

type harLog struct {
	Version string     `json:"version"`
	Creator harCreator `json:"creator"`
	Pages   []harPage  `json:"pages"`
	Entries []harEntry `json:"entries"`
	Comment string     `json:"comment,omitempty"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harPage struct {
	StartedDateTime string   `json:"startedDateTime"`
	ID              string   `json:"id"`
	Title           string   `json:"title"`
	PageTimings     struct{} `json:"pageTimings"`
}

type harEntry struct {
	Pageref         string      `json:"pageref,omitempty"`
	StartedDateTime string      `json:"startedDateTime"`
	Time            float64     `json:"time"`
	Request         harRequest  `json:"request"`
	Response        harResponse `json:"response"`
	Cache           struct{}    `json:"cache"`
	Timings         harTimings  `json:"timings"`
	Comment         string      `json:"comment,omitempty"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	PostData    *harPost  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harPost struct {
	MimeType string    `json:"mimeType"`
	Params   []harPair `json:"params"`
	Text     string    `json:"text"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int64      `json:"bodySize"`
	Error       string     `json:"_error,omitempty"`
}

type harContent struct {
	Size     int64  `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	SSL     float64 `json:"ssl"`
}

// HAR writes the whole conversation, redacted as the document is; each case is a page.
func HAR(w io.Writer, d *result.Document) error {
	out := harFile{harLog{Version: "1.2", Creator: harCreator{or(d.Tool.Name, "scimmage"), or(d.Tool.Version, "0")}, Pages: []harPage{}, Entries: []harEntry{}}}
	if d.Run.Partial {
		out.Log.Comment = "partial run: " + d.Run.PartialWhy
	}
	v := newView(d)
	paged := map[string]bool{}
	for i := range d.Exchanges {
		x := &d.Exchanges[i]
		if x.Case != "" && !paged[x.Case] {
			paged[x.Case] = true
			title := x.Case
			if c := v.cases[x.Case].cs; c != nil && c.Title != "" {
				title = c.Title
			}
			out.Log.Pages = append(out.Log.Pages, harPage{StartedDateTime: harTime(x.Started), ID: x.Case, Title: title})
		}
		out.Log.Entries = append(out.Log.Entries, harEntryOf(x))
	}
	return writeJSON(w, out)
}

func harTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func harEntryOf(x *result.Exchange) harEntry {
	t := x.Timing
	wait := max(0, t.FirstByte-t.DNS-t.Connect-t.TLS)
	if t.FirstByte == 0 {
		wait = max(0, t.Total-t.DNS-t.Connect-t.TLS)
	}
	e := harEntry{
		Pageref: x.Case, StartedDateTime: harTime(x.Started), Request: harRequestOf(x), Response: harResponseOf(x), Comment: x.ID,
		Timings: harTimings{Blocked: -1, DNS: orMinus(t.DNS), Connect: orMinus(t.Connect + t.TLS), Wait: wait, SSL: orMinus(t.TLS)},
	}
	if t.FirstByte > 0 {
		e.Timings.Receive = max(0, t.Total-t.FirstByte)
	}
	e.Time = max(0, e.Timings.DNS) + max(0, e.Timings.Connect) + wait + e.Timings.Receive
	if x.Purpose != "" {
		e.Comment += ": " + x.Purpose
	}
	return e
}

// orMinus is HAR's way to say that a phase does not apply.
func orMinus(v float64) float64 {
	if v == 0 {
		return -1
	}
	return v
}

func harPairs(in []result.Header) []harPair {
	out := []harPair{}
	for _, h := range in {
		out = append(out, harPair(h))
	}
	return out
}

func harRequestOf(x *result.Exchange) harRequest {
	r := harRequest{
		Method: x.Request.Method, URL: x.Request.URL, HTTPVersion: "HTTP/1.1", Cookies: []harPair{}, Headers: harPairs(x.Request.Headers),
		QueryString: harQuery(x.Request.Query), HeadersSize: -1, BodySize: len(x.Request.Body),
	}
	if x.Request.Body != "" {
		r.PostData = &harPost{MimeType: x.Request.Header("Content-Type"), Params: []harPair{}, Text: x.Request.Body}
	}
	return r
}

// harQuery splits a query without reordering it, and keeps what cannot be decoded as it is.
func harQuery(query string) []harPair {
	out := []harPair{}
	for _, part := range strings.Split(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, harPair{unescape(name), unescape(value)})
	}
	return out
}

func unescape(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}

func harResponseOf(x *result.Exchange) harResponse {
	r := harResponse{HTTPVersion: "HTTP/1.1", Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: -1}
	if x.Error != nil {
		r.Error = x.Error.Kind + ": " + x.Error.Message
	}
	if x.Response == nil {
		return r
	}
	r.Status, r.StatusText = x.Response.Status, reasons[x.Response.Status]
	r.HTTPVersion = or(x.Response.Proto, "HTTP/1.1")
	r.Headers, r.RedirectURL, r.BodySize = harPairs(x.Response.Headers), x.Response.RedirectedTo, x.Response.Size
	r.Content = harContent{Size: x.Response.Size, MimeType: x.Response.Header("Content-Type"), Text: x.Response.Body}
	if x.Response.Truncated {
		r.Content.Comment = "shortened for the record"
	}
	return r
}
