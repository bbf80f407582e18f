package result

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A document that was folded live and one that was folded from the journal of the same run must
// be equal to the byte. So whatever JSON does to a value on its way through the journal (UTC
// times without monotonic part, invalid UTF-8 replaced byte by byte, empty slices gone, numbers
// as float64) is done here to live values too.

func normalTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).UTC()
}

// normalText replaces each invalid byte by U+FFFD, exactly as encoding/json does.
func normalText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		b.WriteRune(r) // RuneError is U+FFFD, with n 1 for an invalid byte
		i += n
	}
	return b.String()
}

func normalTexts(in []string) []string {
	if len(in) == 0 {
		return nil
	}
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = normalText(s)
	}
	return out
}

func normalHeaders(in []Header) []Header {
	if len(in) == 0 {
		return nil
	}
	out := make([]Header, len(in))
	for i, h := range in {
		out[i] = Header{Name: normalText(h.Name), Value: normalText(h.Value)}
	}
	return out
}

// normalExchange copies an exchange without its raw bytes.
func normalExchange(in Exchange) Exchange {
	in.Request.RawBody = nil
	in.Request.Headers = normalHeaders(in.Request.Headers)
	for _, p := range []*string{&in.ID, &in.Case, &in.Step, &in.Purpose, &in.Curl, &in.Request.Method,
		&in.Request.URL, &in.Request.Path, &in.Request.Query, &in.Request.Body} {
		*p = normalText(*p)
	}
	if in.Response != nil {
		r := *in.Response
		r.RawBody = nil
		r.Headers = normalHeaders(r.Headers)
		r.Body, r.Proto, r.RedirectedTo = normalText(r.Body), normalText(r.Proto), normalText(r.RedirectedTo)
		in.Response = &r
	}
	in.Error = normalFault(in.Error)
	if len(in.Attempts) == 0 {
		in.Attempts = nil
	} else {
		in.Attempts = slices.Clone(in.Attempts)
		for i := range in.Attempts {
			in.Attempts[i].Error = normalFault(in.Attempts[i].Error)
			in.Attempts[i].RetryAfter = normalText(in.Attempts[i].RetryAfter)
		}
	}
	in.Started = normalTime(in.Started)
	return in
}

func normalFault(f *Fault) *Fault {
	if f == nil {
		return nil
	}
	return &Fault{Kind: normalText(f.Kind), Message: normalText(f.Message), Hint: normalText(f.Hint)}
}

func normalCheck(in Check) Check {
	for _, p := range []*string{&in.ID, &in.Title, &in.Summary, &in.Expected, &in.Actual, &in.Exchange, &in.Why,
		&in.Fix, &in.Area, &in.Cause, &in.Reason, &in.BlockedBy} {
		*p = normalText(*p)
	}
	in.Cites = normalTexts(in.Cites)
	if in.Cites == nil {
		in.Cites = []string{}
	}
	in.Exchanges, in.Notes = normalTexts(in.Exchanges), normalTexts(in.Notes)
	if in.At != nil {
		at := *in.At
		at.Header, at.Pointer, at.Where = normalText(at.Header), normalText(at.Pointer), normalText(at.Where)
		in.At = &at
	}
	if in.Known != nil {
		k := *in.Known
		in.Known = &k
	}
	return in
}

// throughJSON copies a value as the journal would give it back.
func throughJSON[T any](v T) T {
	var out T
	if b, err := json.Marshal(v); err != nil || json.Unmarshal(b, &out) != nil {
		return v
	}
	return out
}

// Text returns the value of a fact as a person would write it.
func (f Fact) Text() string { return valueText(f.Value) }

func valueText(v any) string {
	switch x := v.(type) {
	case nil:
		return "–"
	case string:
		return x
	case bool:
		if x {
			return "yes"
		}
		return "no"
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = valueText(e)
		}
		return strings.Join(parts, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
