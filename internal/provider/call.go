package provider

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// call is one request on its way through the provider.
type call struct {
	p        *Provider
	r        *http.Request
	path     []string // segments below the service root, decoded
	rawQuery string
	query    url.Values
	tenant   *tenant
	me       string // userName that /Me stands for
	media    string // media type of the answer
	body     []byte
	bulk     bool             // an operation inside a Bulk request
	promised string           // the id that this POST of a Bulk request will get
	pending  map[string]*kind // ids promised to other operations of the same Bulk request
	panicked any
	rules    map[*rule]state // what the rules in force know of this request
	unheard  bool            // it was refused before the rules saw it
	// credentials is what is wrong with those of the request: "none", "wrong", or nothing.
	credentials string
}

// serve is the whole life of a request up to its answer.
func (p *Provider) serve(c *call) *answer {
	c.media = mediaSCIM
	if f := c.locate(); f != nil {
		return f.answer()
	}
	c.unheard = true
	if f := p.authenticate(c); f != nil {
		return f.answer()
	}
	if f := c.negotiate(); f != nil {
		return f.answer()
	}
	if f := c.readBody(); f != nil {
		return f.answer()
	}
	c.unheard = false
	for _, hook := range p.bends.before {
		if a := hook(p, c); a != nil {
			return a
		}
	}
	return p.dispatch(c)
}

// locate splits path and query. A path outside the service root is unknown.
func (c *call) locate() *fault {
	escaped := c.r.URL.EscapedPath()
	rest, ok := strings.CutPrefix(escaped, c.p.prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return refuse(http.StatusNotFound, "", "There is nothing at this path; the SCIM service root is %s.", c.p.prefix)
	}
	for _, s := range strings.Split(rest, "/") {
		if s == "" {
			continue
		}
		dec, err := url.PathUnescape(s)
		if err != nil {
			return refuse(http.StatusBadRequest, "invalidSyntax", "The path holds a broken percent-encoding.")
		}
		c.path = append(c.path, dec)
	}
	c.rawQuery = c.r.URL.RawQuery
	q, err := parseQuery(c.rawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "invalidSyntax", "The query string holds a broken percent-encoding.")
	}
	c.query = q
	return nil
}

// parseQuery splits at & only: a semicolon is data, unlike in url.ParseQuery, which refuses it.
func parseQuery(raw string) (url.Values, error) {
	if raw == "" {
		return nil, nil
	}
	q := url.Values{}
	for _, part := range strings.Split(raw, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(k)
		if err != nil {
			return nil, err
		}
		value, err := url.QueryUnescape(v)
		if err != nil {
			return nil, err
		}
		q[key] = append(q[key], value)
	}
	return q, nil
}

// negotiate picks the media type of the answer (RFC 7644 section 3.8): SCIM JSON unless the client takes only plain
// JSON; 406 when it takes neither (RFC 9110 section 15.5.7).
func (c *call) negotiate() *fault {
	if c.p.ignoresAccept(c) {
		return nil
	}
	accept := c.r.Header.Values("Accept")
	if len(accept) == 0 {
		return nil
	}
	if len(accept) == 1 && accept[0] == mediaSCIM {
		return nil
	}
	best := map[string]float64{}
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		typ, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if s, ok := params["q"]; ok {
			if v, err := strconv.ParseFloat(s, 64); err == nil {
				q = v
			}
		}
		best[typ] = max(best[typ], q)
	}
	plain := best[mediaJSON]
	wild := max(best["*/*"], best["application/*"])
	own, named := best[mediaSCIM]
	if !named {
		own = wild
	}
	switch {
	case own > 0 && own >= plain, own > 0 && named:
	case plain > 0:
		c.media = mediaJSON
	case len(best) == 0:
	default:
		return refuse(http.StatusNotAcceptable, "", "This service answers in application/scim+json or application/json only.")
	}
	return nil
}

// readBody reads the body of a writing request within the limit and checks its media type. Charset and other
// parameters are tolerated (RFC 7644 section 8.1); JSON is UTF-8 whatever they say.
func (c *call) readBody() *fault {
	switch c.r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return nil
	}
	limit := c.p.opt.MaxBody
	bulk := len(c.path) == 1 && c.path[0] == "Bulk"
	if bulk && !c.p.has("bulk-payload-unlimited") {
		limit = c.p.opt.MaxPayload
	}
	if ct := c.r.Header.Get("Content-Type"); ct != "" && ct != mediaSCIM {
		typ, _, err := mime.ParseMediaType(ct)
		bad := err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || typ != mediaSCIM && typ != mediaJSON
		if bad && !c.p.has("any-media-accepted") {
			return refuse(http.StatusUnsupportedMediaType, "", "Send application/scim+json (or application/json); this request says %s.", quoted(ct))
		}
	}
	if c.r.Body == nil {
		return nil
	}
	if c.r.ContentLength > limit {
		return tooLarge(limit, bulk)
	}
	b, err := io.ReadAll(io.LimitReader(c.r.Body, limit+1))
	if err != nil {
		return refuse(http.StatusBadRequest, "invalidSyntax", "The request body could not be read to its end.")
	}
	if int64(len(b)) > limit {
		return tooLarge(limit, bulk)
	}
	c.body = b
	return nil
}

func tooLarge(limit int64, bulk bool) *fault {
	name := "the largest body this service takes"
	if bulk {
		name = "bulk.maxPayloadSize"
	}
	return refuse(http.StatusRequestEntityTooLarge, "", "The size of the request exceeds %s (%d bytes).", name, limit)
}

// root is the absolute URL of the service root as this client sees it.
func (c *call) root() string {
	if c.p.base != nil {
		return strings.TrimSuffix(c.p.base.String(), "/")
	}
	scheme := "http://"
	if c.r.TLS != nil {
		scheme = "https://"
	}
	host := c.r.Host
	if !plainHost(host) {
		host = "localhost"
	}
	return scheme + host + c.p.prefix
}

// plainHost keeps a hostile Host header out of every URI in an answer.
func plainHost(h string) bool {
	if h == "" || len(h) > 255 {
		return false
	}
	for i := 0; i < len(h); i++ {
		b := h[i]
		if b != '.' && b != '-' && b != ':' && b != '[' && b != ']' && b != '_' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') {
			return false
		}
	}
	return true
}

func (c *call) send(w http.ResponseWriter, a *answer) {
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if a.body != nil && h.Get("Content-Type") == "" {
		media := c.media
		if a.status >= 400 {
			media = mediaSCIM
		}
		h.Set("Content-Type", media)
	}
	if a.body != nil {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
		h.Set("X-Content-Type-Options", "nosniff")
	}
	if a.noMedia {
		h["Content-Type"] = nil
	}
	w.WriteHeader(a.status)
	if c.r.Method != http.MethodHead && a.body != nil {
		_, _ = w.Write(a.body) // the client is gone when this fails; there is nobody left to tell
	}
}

func quoted(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return strconv.QuoteToASCII(s)
}
