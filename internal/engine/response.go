package engine

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// response is one answer as checks see it: raw bytes, offset-keeping view and plain values with
// canonical member names.
type response struct {
	x       *result.Exchange
	json    []byte // the body without a byte order mark, offsets kept: what every reader of JSON gets
	view    scim.View
	isJSON  bool
	jsonErr error
	body    any // see value
	decoded bool
	m       map[string]any
}

func newResponse(x *result.Exchange) *response {
	r := &response{x: x}
	if x == nil || x.Response == nil || len(x.Response.RawBody) == 0 {
		return r
	}
	r.json = scim.Unmarked(x.Response.RawBody)
	v, err := scim.ParseView(r.json)
	if err != nil {
		r.jsonErr = err
		return r
	}
	r.view, r.isJSON = v, true
	return r
}

// value is the body as plain Go values with canonical member names, decoded when first asked for:
// most answers are judged by view and status alone.
func (r *response) value() any {
	if r == nil || !r.isJSON || r.decoded {
		if r == nil {
			return nil
		}
		return r.body
	}
	r.decoded = true
	if val, err := scim.Decode(r.json); err == nil {
		r.body = plain(scim.Canonical(val))
	}
	return r.body
}

func (r *response) id() string {
	if r == nil || r.x == nil {
		return ""
	}
	return r.x.ID
}

func (r *response) status() int {
	if r == nil || r.x == nil || r.x.Response == nil {
		return 0
	}
	return r.x.Response.Status
}

// fault is the transport problem, if the answer did not arrive whole.
func (r *response) fault() *result.Fault {
	if r == nil || r.x == nil {
		return nil
	}
	return r.x.Error
}

// vars is the response as expressions see it.
func (r *response) vars() map[string]any {
	if r.m != nil {
		return r.m
	}
	var res *result.Response
	if r.x != nil {
		res = r.x.Response
	}
	m := map[string]any{"status": r.status(), "body": r.value(), "raw": "", "ms": 0.0, "list": []any{}, "detail": "", "reason": "", "scimType": nil, "fault": nil, "$response": r,
		"header": func(name string) string { return res.Header(name) }}
	if r.x != nil {
		m["ms"] = r.x.Timing.Total
		if r.x.Error != nil {
			m["fault"], m["reason"], m["detail"] = r.x.Error.Kind, r.x.Error.Message, r.x.Error.Message
		}
	}
	if res != nil {
		m["raw"] = strings.TrimPrefix(string(res.RawBody), byteOrderMark) // no client puts the mark back
		m["reason"] = http.StatusText(res.Status)
		m["detail"] = beginning(res.RawBody)
	}
	if obj, ok := r.value().(map[string]any); ok {
		if l, ok := obj["Resources"].([]any); ok {
			m["list"] = l
		}
		if d, ok := obj["detail"].(string); ok {
			m["detail"] = d
		}
		m["scimType"] = obj["scimType"]
	}
	r.m = m
	return m
}

// beginning is what an administrator sees of an answer that has no detail: JSON in one line, however it was laid out.
func beginning(body []byte) string {
	text := strings.TrimSpace(string(body))
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		text = strings.Join(strings.Fields(text), " ")
	}
	return firstLine(text, 200)
}

func firstLine(s string, n int) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if len(s) > n {
		s = s[:n] + "…"
	}
	return s
}

// plain turns json.Number into int or float64, so that expressions compare numbers as numbers.
func plain(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, x := range t {
			t[k] = plain(x)
		}
		return t
	case []any:
		for i, x := range t {
			t[i] = plain(x)
		}
		return t
	case json.Number:
		if i, err := t.Int64(); err == nil && i <= math.MaxInt && i >= math.MinInt {
			return int(i)
		}
		f, err := t.Float64()
		if err != nil {
			return t.String()
		}
		return f
	}
	return v
}

func toList(v any) []any {
	switch t := v.(type) {
	case nil:
		return nil
	case []any:
		return t
	case []string:
		out := make([]any, len(t))
		for i, s := range t {
			out[i] = s
		}
		return out
	case []map[string]any:
		out := make([]any, len(t))
		for i, s := range t {
			out[i] = s
		}
		return out
	}
	return []any{v}
}
