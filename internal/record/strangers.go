package record

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// strangers finds the objects that the conversation speaks of and did not create: people who were linked, members whom the
// client knew from before. In a replay they are made first, with names of their own.
func (w *writer) strangers(xs []*result.Exchange) {
	own, known := map[string]bool{}, map[string]map[string]any{}
	for _, x := range xs {
		if x.Response == nil {
			continue
		}
		for _, r := range resources(x.Response.Body) {
			id, _ := r["id"].(string)
			if created(x) {
				own[id] = true
			} else if known[id] == nil {
				known[id] = r
			}
		}
	}
	kinds := map[string]string{}
	for _, x := range xs {
		for id, kind := range mentioned(x) {
			if !own[id] {
				kinds[id] = kind
			}
		}
	}
	ids := make([]string, 0, len(kinds))
	for id := range kinds {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		w.standIn(id, kinds[id], known[id])
	}
}

// resources are the objects of an answer: of a list, or the one that it is.
func resources(body string) []map[string]any {
	var m map[string]any
	if json.Unmarshal([]byte(body), &m) != nil {
		return nil
	}
	list, isList := m["Resources"].([]any)
	if !isList {
		return []map[string]any{m}
	}
	var out []map[string]any
	for _, x := range list {
		if r, ok := x.(map[string]any); ok {
			out = append(out, r)
		}
	}
	return out
}

var memberPath = regexp.MustCompile(`members\[value eq \\?"([^"\\]+)\\?"\]`)

// mentioned are the ids that a request needs to be there, with their kinds.
func mentioned(x *result.Exchange) map[string]string {
	out := map[string]string{}
	parts := strings.Split(strings.Trim(x.Request.Path, "/"), "/")
	if len(parts) > 1 && !strings.HasPrefix(parts[1], ".") && x.Response != nil && x.Response.Status != 404 {
		id, err := url.PathUnescape(parts[1])
		kind := map[string]string{"Users": "user", "Groups": "group"}[parts[0]]
		if err == nil && kind != "" {
			out[id] = kind
		}
	}
	if parts[0] == "Groups" {
		for _, m := range memberPath.FindAllStringSubmatch(x.Request.Body, -1) {
			out[m[1]] = "user"
		}
	}
	var body any
	if json.Unmarshal([]byte(x.Request.Body), &body) == nil {
		references(body, parts[0] == "Groups", false, out)
	}
	return out
}

// references walks a body: members of groups, in a resource or in an operation, and managers of people.
func references(v any, group, inside bool, out map[string]string) {
	switch t := v.(type) {
	case []any:
		for _, x := range t {
			references(x, group, inside, out)
		}
	case map[string]any:
		if id, ok := t["value"].(string); ok && inside && id != "" {
			out[id] = "user"
		}
		path, _ := t["path"].(string)
		for k, x := range t {
			here := inside
			switch low := strings.ToLower(k); {
			case group && low == "members", group && low == "value" && strings.HasPrefix(path, "members"), !group && low == "manager":
				here = true
				if id, ok := x.(string); ok && low == "manager" && id != "" {
					out[id] = "user"
				}
			case low != "operations" && low != "value":
				here = false
			}
			references(x, group, here, out)
		}
	}
}

// standIn makes a fixture for an object, and has its names stand for those that were recorded.
func (w *writer) standIn(id, kind string, r map[string]any) {
	name := fmt.Sprintf("%s%d", kind, len(w.given)+1)
	fixture := map[string]any{kind: "minimal"}
	say := func(member, text string) {
		if s, _ := r[member].(string); s != "" && w.names[s] == "" {
			w.names[s] = text
		}
	}
	if ext, _ := r["externalId"].(string); ext != "" && w.names[ext] == "" {
		fixture["with"] = map[string]any{"externalId": fmt.Sprintf("{{ unique(%q) }}", name+"x")}
		say("externalId", name+".externalId")
	}
	if kind == "user" {
		say("userName", name+".userName")
		list, _ := r["emails"].([]any)
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				w.name(m["value"], "email")
			}
		}
	} else {
		say("displayName", name+".displayName")
	}
	w.given[name], w.ids[id] = fixture, name+".id"
}
