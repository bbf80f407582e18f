package html

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// locate turns a locus into a byte range of the body: its offset where the check gave one, else
// the value that its JSON pointer names.
func locate(body string, at *result.Locus) (span, bool) {
	if at == nil || at.Header != "" {
		return span{}, false
	}
	if at.Length > 0 || at.Offset > 0 {
		s := span{at.Offset, at.Offset + at.Length}
		return s, s.from >= 0 && s.from < len(body) && at.Length >= 0
	}
	if at.Pointer == "" {
		return span{}, false
	}
	return pointerSpan(body, at.Pointer)
}

// pointerSpan finds the value that an RFC 6901 pointer names.
func pointerSpan(body, pointer string) (span, bool) {
	if !strings.HasPrefix(pointer, "/") || len(body) > 1<<20 {
		return span{}, false
	}
	parts := strings.Split(pointer[1:], "/")
	for i, p := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(p)
	}
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	return descend(dec, body, parts)
}

func descend(dec *json.Decoder, body string, parts []string) (span, bool) {
	from := int(dec.InputOffset())
	for from < len(body) && strings.IndexByte(" \t\r\n,:", body[from]) >= 0 {
		from++
	}
	if len(parts) == 0 {
		if !skipValue(dec) {
			return span{}, false
		}
		return span{from, int(dec.InputOffset())}, true
	}
	open, err := dec.Token()
	if err != nil {
		return span{}, false
	}
	switch open {
	case json.Delim('{'):
		return descendObject(dec, body, parts)
	case json.Delim('['):
		want, err := strconv.Atoi(parts[0])
		if err != nil {
			return span{}, false
		}
		for i := 0; dec.More(); i++ {
			if i == want {
				return descend(dec, body, parts[1:])
			}
			if !skipValue(dec) {
				return span{}, false
			}
		}
	}
	return span{}, false
}

func descendObject(dec *json.Decoder, body string, parts []string) (span, bool) {
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return span{}, false
		}
		if k, _ := key.(string); k == parts[0] {
			return descend(dec, body, parts[1:])
		}
		if !skipValue(dec) {
			return span{}, false
		}
	}
	return span{}, false
}

func skipValue(dec *json.Decoder) bool {
	var v json.RawMessage
	return dec.Decode(&v) == nil
}
