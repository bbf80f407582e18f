package result

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// moved says whether the last write before the finding k changed the attribute of the resource that k is about. A
// group that lost everybody was not left as it was. What nobody saw has not moved.
func (t *talk) moved(k *Check, attribute string) bool {
	caseID, _, numbered := strings.Cut(k.Exchange, "#")
	i, known := t.place[k.Exchange]
	if attribute == "" || !numbered || !known {
		return false
	}
	said := t.cases[caseID]
	after := said[i].shown()
	if after == nil {
		return false
	}
	write := i
	for write >= 0 && said[write].Request.Method != http.MethodPatch && said[write].Request.Method != http.MethodPut {
		write--
	}
	for j := write - 1; j >= 0; j-- {
		if before := said[j].shown(); before != nil && before["id"] == after["id"] {
			return !slices.Equal(valuesOf(before, attribute), valuesOf(after, attribute))
		}
	}
	return false
}

// shown is the one resource that an answer shows, nil when it shows none.
func (e *Exchange) shown() map[string]any {
	if e.Response == nil || e.Response.Status >= http.StatusBadRequest {
		return nil
	}
	var body map[string]any
	if json.Unmarshal([]byte(e.Response.Body), &body) != nil {
		return nil
	}
	if id, ok := body["id"].(string); !ok || id == "" {
		return nil
	}
	return body
}

// valuesOf are the values of an attribute in a fixed order. Of an element only its value counts: whether a server
// shows names and references beside it differs from answer to answer.
func valuesOf(resource map[string]any, attribute string) []string {
	var value any
	for name, v := range resource {
		if strings.EqualFold(name, attribute) {
			value = v
		}
	}
	list, many := value.([]any)
	if !many {
		list = []any{value}
		if value == nil {
			list = nil
		}
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		if o, ok := e.(map[string]any); ok && o["value"] != nil {
			e = o["value"]
		}
		text, _ := json.Marshal(e) //nolint:errchkjson // it was read from JSON
		out = append(out, string(text))
	}
	slices.Sort(out)
	return out
}
