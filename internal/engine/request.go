package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// scimJSON is the media type of SCIM (RFC 7644 section 8.1).
const scimJSON = "application/scim+json"

// outgoing is a request with what only the engine needs to know of it.
type outgoing struct {
	exchange.Request
	probing bool   // the breaker's own question
	missing bool   // the id in the path is known not to exist
	creates string // endpoint of what it creates, where that is not plain from method and path
}

// buildRequest turns a step into the request to send.
func (s *scope) buildRequest(st *suites.Step) (outgoing, error) {
	r := outgoing{Request: exchange.Request{Case: s.base, Step: s.prefix + st.ID, Purpose: s.purpose(st)}}
	if st.Read != "" {
		return s.readRequest(st, r)
	}
	sd := st.Send
	path, err := sd.Path.RenderEscaped(s.vars, escapeSegment)
	if err != nil {
		return r, err
	}
	r.Method, r.Path, r.missing = sd.Method, path, sd.Missing
	if r.RawQuery, err = s.query(sd); err != nil {
		return r, err
	}
	r.ForceQuery = sd.RawQuery != nil && r.RawQuery == "" // a bare ? (OneLogin)
	if r.Body, r.HasBody, err = s.body(sd); err != nil {
		return r, err
	}
	if err := s.headers(sd, &r); err != nil {
		return r, err
	}
	if sd.Timeout != "" {
		d, err := time.ParseDuration(sd.Timeout)
		if err != nil {
			return r, err
		}
		r.Timeout = d
	}
	s.mark(sd, &r)
	kind := ""
	if sd.Auth != nil {
		if kind, err = sd.Auth.RenderText(s.vars); err != nil {
			return r, err
		}
	}
	return r, s.auth(kind, &r)
}

// mark tells the guard what a create can be recognised by: the exchange layer takes an object for
// ours only when the answer shows the name that we sent.
func (s *scope) mark(sd *suites.Send, r *outgoing) {
	if sd.Creates != "" {
		r.creates = sd.Creates
	}
	if r.Method == "POST" && r.HasBody {
		r.Marker = s.markerOf(r.Body)
	}
}

// markerOf is the name in the body of a create by which its object can be found again.
func (s *scope) markerOf(body []byte) string {
	first := ""
	if v, err := scim.ParseView(body); err == nil {
		for _, name := range []string{"userName", "displayName", "externalId"} {
			m := v.Get(name)
			switch {
			case !m.IsString() || m.Str() == "":
			case strings.Contains(strings.ToLower(m.Str()), strings.ToLower(s.e.o.Run.Prefix)): // no other run has given this name
				return m.Str()
			case first == "":
				first = m.Str()
			}
		}
	}
	return firstNonEmpty(s.ownName(body), first)
}

// ownName finds a text with the prefix of the run in a body that is no JSON object, or names nothing:
// a server may create something from it all the same, and that has to be cleaned up.
func (s *scope) ownName(body []byte) string {
	i := bytes.Index(body, []byte(s.e.o.Run.Prefix))
	if i < 0 || s.e.o.Run.Prefix == "" {
		return ""
	}
	from := bytes.LastIndexAny(body[:i], `"'=>`) + 1
	end := bytes.IndexAny(body[i:], `"'&<`)
	if end < 0 {
		return ""
	}
	return string(body[from : i+end])
}

func (s *scope) purpose(st *suites.Step) string {
	if st.Title == "" {
		return ""
	}
	return s.e.title(st.Title, s.vars)
}

// title renders a title; one that is broken is shown as it is written.
func (e *Engine) title(text string, vars map[string]any) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	cached, ok := e.titles.Load(text)
	if !ok {
		t, err := suites.CompileText(text)
		if err != nil {
			return text
		}
		cached, _ = e.titles.LoadOrStore(text, t)
	}
	out, err := cached.(*suites.Template).RenderText(vars)
	if err != nil {
		return text
	}
	return out
}

func (s *scope) readRequest(st *suites.Step, r outgoing) (outgoing, error) {
	m, ok := s.vars[st.Read].(map[string]any)
	if !ok {
		return r, fmt.Errorf("read: %q is no resource", st.Read)
	}
	id := text(m["id"])
	if t, ok := m["target"]; ok && t != nil {
		id = text(t)
	}
	if id == "" {
		return r, fmt.Errorf("read: %q has no id", st.Read)
	}
	r.Method, r.Path = "GET", s.endpointOf(m)+"/"+escapeSegment(id)
	r.RawQuery = s.e.askFor(s.endpointOf(m))
	if r.Purpose == "" {
		r.Purpose = "Read back " + st.Read
	}
	r.Header = []exchange.Header{{Name: "Accept", Value: scimJSON}}
	return r, nil
}

// askFor is the query of a read-back: nothing, unless the target publishes attributes that it returns
// on request only (group members, often). Then everything is asked for by name, because a plain GET
// that does not show them is no fault (RFC 7643 section 7, returned).
func (e *Engine) askFor(endpoint string) string {
	for _, t := range e.schemas().ResourceTypes() {
		if !strings.EqualFold(strings.Trim(t.Endpoint, "/"), strings.Trim(endpoint, "/")) {
			continue
		}
		s := e.schemas().Schema(t.Schema)
		if s == nil || !slices.ContainsFunc(s.Attributes, func(a *scim.Attribute) bool { return strings.EqualFold(a.Returned, "request") }) {
			return ""
		}
		names := []string{"schemas", "externalId", "meta"}
		for _, a := range s.Attributes {
			if !strings.EqualFold(a.Returned, "never") {
				names = append(names, a.Name)
			}
		}
		for _, x := range t.Extensions {
			names = append(names, x.Schema)
		}
		return "attributes=" + escapeQuery(strings.Join(names, ","))
	}
	return ""
}

func (s *scope) endpointOf(m map[string]any) string {
	if ep, ok := m["$endpoint"].(string); ok {
		return "/" + ep
	}
	if meta, ok := m["meta"].(map[string]any); ok && strings.EqualFold(text(meta["resourceType"]), "Group") {
		return "/Groups"
	}
	if _, ok := m["members"]; ok {
		return "/Groups"
	}
	return "/Users"
}

// query encodes parameters in order, percent-encoding everything that is not unreserved, spaces as
// %20 (both %20 and + are legal; clients are told apart by it, so it is never left to chance).
func (s *scope) query(sd *suites.Send) (string, error) {
	if sd.RawQuery != nil {
		return sd.RawQuery.RenderText(s.vars)
	}
	var parts []string
	for _, p := range sd.Query {
		if p.Value == nil {
			continue
		}
		v, err := p.Value.Render(s.vars)
		if err != nil {
			return "", err
		}
		if v == nil {
			continue
		}
		parts = append(parts, escapeQuery(p.Name)+"="+escapeQuery(text(v)))
	}
	return strings.Join(parts, "&"), nil
}

func escapeQuery(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func escapeSegment(s string) string {
	e := url.PathEscape(s)
	if e == "." || e == ".." {
		return strings.ReplaceAll(e, ".", "%2E")
	}
	return e
}

func (s *scope) body(sd *suites.Send) ([]byte, bool, error) {
	switch {
	case sd.Raw != nil:
		t, err := sd.Raw.RenderText(s.vars)
		return []byte(t), true, err
	case sd.Patch != nil:
		ops, err := sd.Patch.RenderJSON(s.vars)
		if err != nil {
			return nil, false, err
		}
		return fmt.Appendf(nil, `{"schemas":["%s"],"Operations":%s}`, scim.SchemaPatchOp, ops), true, nil
	case sd.Build != "":
		b, err := s.build(sd)
		return b, true, err
	case sd.Body != nil:
		b, err := sd.Body.RenderJSON(s.vars)
		if err == nil && !sd.AsIs {
			b = s.e.o.Target.adapt(sd.Method, s.renderPath(sd), b)
		}
		return b, true, err
	}
	return nil, false, nil
}

func (s *scope) renderPath(sd *suites.Send) string {
	p, _ := sd.Path.RenderText(s.vars)
	return p
}

// build calls a named builder of the profile (docs/authoring.md).
func (s *scope) build(sd *suites.Send) ([]byte, error) {
	prof := s.profile()
	if prof == nil {
		return nil, suitef("build: %s: no identity provider is being played here", sd.Build)
	}
	args := map[string]any{}
	if sd.With != nil {
		v, err := sd.With.Render(s.vars)
		if err != nil {
			return nil, err
		}
		args, _ = keepMaps(v).(map[string]any)
	}
	b, err := prof.Build(sd.Build, args)
	if err != nil || sd.AsIs {
		return b, err
	}
	return s.e.o.Target.adapt(sd.Method, s.renderPath(sd), b), nil
}

// headers sets the defaults of the speaker (a plain SCIM client, or the profile being played) and
// what the step says over them.
func (s *scope) headers(sd *suites.Send, r *outgoing) error {
	var hs []exchange.Header
	if prof := s.profile(); prof != nil && len(s.ops) > 0 {
		own, err := prof.HeadersFor(r.Method, r.HasBody, s.vars)
		if err != nil {
			return err
		}
		for _, h := range own {
			hs = append(hs, exchange.Header{Name: h.Name, Value: h.Value, Omit: h.Omit})
		}
	} else {
		hs = append(hs, exchange.Header{Name: "Accept", Value: scimJSON})
		if r.HasBody {
			hs = append(hs, exchange.Header{Name: "Content-Type", Value: scimJSON})
		}
	}
	for _, p := range sd.Headers {
		hs = dropHeader(hs, p.Name)
		if p.Value == nil {
			hs = append(hs, exchange.Header{Name: p.Name, Omit: true})
			continue
		}
		v, err := p.Value.RenderText(s.vars)
		if err != nil {
			return err
		}
		hs = append(hs, exchange.Header{Name: p.Name, Value: v})
	}
	r.Header = hs
	return nil
}

func dropHeader(hs []exchange.Header, name string) []exchange.Header {
	out := hs[:0]
	for _, h := range hs {
		if !strings.EqualFold(h.Name, name) {
			out = append(out, h)
		}
	}
	return out
}

func (s *scope) auth(kind string, r *outgoing) error {
	switch kind {
	case "":
	case "none":
		r.NoAuth = true
	case "wrong":
		r.Auth = &exchange.Auth{Kind: "bearer", Token: "scimmage-wrong-" + s.e.random(16), Public: true}
	case "cut", "longer", "swapped", "lower":
		r.Almost = exchange.Almost(kind)
	case "b":
		if s.e.o.Target.AuthB == nil {
			return fmt.Errorf("auth: b needs a second credential (--token-b)")
		}
		r.Auth = s.e.o.Target.AuthB
	default:
		return suitef("auth: %q is none of none, wrong, cut, longer, swapped, lower, b", kind)
	}
	return nil
}

// send sends one request, records it and hands it to the automatic checks.
func (s *scope) send(ctx context.Context, st *suites.Step, r outgoing) *response {
	r.ID = fmt.Sprintf("%s#%d", s.base, s.seq.next())
	r.Setup = r.Setup || s.setup
	if r.missing {
		s.e.o.Client.Guard().AllowMissing(lastSegment(r.Path))
	}
	r.Cleanup = s.cleaning
	x := s.e.o.Client.Do(ctx, r.Request)
	resp := s.received(st, x, r)
	if !r.probing {
		s.watch(ctx, x, &r)
	}
	return resp
}

func (s *scope) received(st *suites.Step, x *result.Exchange, r outgoing) *response {
	s.e.record(x)
	resp := newResponse(x)
	if !r.Setup {
		s.e.auto.see(s.e, s.in, resp, r)
	}
	if x.Error != nil && x.Error.Kind == "guard" {
		s.e.emit(result.Event{Type: result.Noted, Case: s.base, Text: "refused by the guard: " + x.Error.Message})
	}
	s.created.saw(resp, r)
	for _, f := range s.ops {
		f.exchanges = append(f.exchanges, x.ID)
	}
	return resp
}

// Side takes the exchanges that no step asked for: token requests and the guard's own reads. They
// are part of the conversation and of the count.
func (e *Engine) Side(x *result.Exchange) {
	x.Setup = true
	e.breaker.saw(x, nil)
	e.record(x)
}

// record counts and emits an exchange.
func (e *Engine) record(x *result.Exchange) {
	e.counts.Lock()
	e.counts.requests += 1 + len(x.Attempts)
	for _, a := range x.Attempts {
		if a.Status == 429 {
			e.counts.limited++
		}
	}
	e.counts.httpMS += x.Timing.Total
	e.counts.Unlock()
	e.emit(result.Event{Type: result.ExchangeDone, Case: x.Case, Exchange: x})
}

func text(v any) string {
	switch t := v.(type) {
	case nil:
		return ""
	case string:
		return t
	case json.Number:
		return t.String()
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%v", t), ".0")
	}
	return fmt.Sprint(v)
}

// lastSegment is the last segment of an escaped path, unescaped: the id that it names.
func lastSegment(path string) string {
	seg := path[strings.LastIndexByte(path, '/')+1:]
	if u, err := url.PathUnescape(seg); err == nil {
		return u
	}
	return seg
}
