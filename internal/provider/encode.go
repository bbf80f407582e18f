package provider

import (
	"encoding/json"
	"sort"
	"strings"
)

// rank keeps the members that people look for in front and meta last. JSON objects have no order (RFC 7643 section 2.3.8),
// but a fixed one makes answers comparable byte for byte.
var rank = map[string]int{"schemas": -9, "id": -8, "externalId": -7, "userName": -6, "displayName": -5, "totalResults": -4,
	"startIndex": -3, "itemsPerPage": -2, "value": -2, "$ref": -1, "Resources": 3, "meta": 9}

func encode(v any) []byte { return appendValue(nil, v) }

func appendValue(b []byte, v any) []byte {
	switch t := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, t)
	case bool:
		if t {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case json.Number:
		return append(b, t...)
	case json.RawMessage:
		return append(b, t...)
	case object:
		return appendObject(b, t)
	case []any:
		b = append(b, '[')
		for i, e := range t {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, e)
		}
		return append(b, ']')
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, raw...)
}

func appendObject(b []byte, o object) []byte {
	var room [24]string
	names := room[:0]
	for k := range o {
		names = append(names, k)
	}
	sort.Slice(names, func(i, j int) bool {
		ri, rj := rank[names[i]], rank[names[j]]
		if ri != rj {
			return ri < rj
		}
		ui, uj := strings.HasPrefix(names[i], "urn:"), strings.HasPrefix(names[j], "urn:")
		if ui != uj {
			return uj
		}
		return names[i] < names[j]
	})
	b = append(b, '{')
	for i, k := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, k)
		b = append(b, ':')
		b = appendValue(b, o[k])
	}
	return append(b, '}')
}
