package scim

import (
	"sort"
	"strings"
	"sync"
)

// messageNames are the members of the protocol messages (RFC 7644, RFC 9865) that no schema defines.
var messageNames = [...]string{
	"totalResults", "itemsPerPage", "startIndex", "count", "nextCursor", "previousCursor", "cursor", "attributes",
	"excludedAttributes", "filter", "sortBy", "sortOrder", "op", "path", "value", "failOnErrors", "method", "bulkId", "data",
	"location", "response", "version", "status", "scimType", "detail", "schemas", "id", "externalId", "meta", "resourceType",
	"created", "lastModified",
}

var messageURNs = [...]string{SchemaListResponse, SchemaSearchRequest, SchemaPatchOp, SchemaBulkRequest, SchemaBulkResponse, SchemaError}

// spellings maps lower-case names and URNs to their standard spelling.
var spellings = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	put := func(s string) { m[strings.ToLower(s)] = s }
	var walk func([]*Attribute)
	walk = func(list []*Attribute) {
		for _, a := range list {
			put(a.Name)
			walk(a.SubAttributes)
		}
	}
	for _, sc := range StandardSchemas().Schemas() {
		put(sc.ID)
		walk(sc.Attributes)
	}
	for _, n := range messageNames {
		put(n)
	}
	for _, u := range messageURNs {
		put(u)
	}
	return m
})

// Canonical gives the same value with member names and schema URNs spelled as the standard schemas and messages spell them
// (USERNAME becomes userName); unknown names, and everything inside an unknown extension, stay as they are. Where two members
// differ in letter case only, the exactly spelled one is kept.
func Canonical(v any) any { return canonical(v, true) }

// canonical has message set where Resources and Operations are members of a message, and not names of somebody's attributes.
func canonical(v any, message bool) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = canonical(e, message)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range sortedKeys(v) {
			name := spell(key, message)
			if _, taken := out[name]; taken && key != name {
				continue
			}
			switch {
			case isURN(key) && name == key && spellings()[strings.ToLower(key)] == "":
				out[name] = Clone(v[key])
			case name == "schemas":
				out[name] = canonicalURNs(v[key])
			default:
				out[name] = canonical(v[key], message && (name == "Operations" || name == "Resources" || name == "data" || name == "response"))
			}
		}
		return out
	}
	return v
}

func spell(key string, message bool) string {
	low := strings.ToLower(key)
	if message && low == "resources" {
		return "Resources"
	}
	if message && low == "operations" {
		return "Operations"
	}
	if s := spellings()[low]; s != "" {
		return s
	}
	return key
}

func canonicalURNs(v any) any {
	items, ok := v.([]any)
	if !ok {
		return Clone(v)
	}
	out := make([]any, len(items))
	for i, it := range items {
		out[i] = Clone(it)
		if s, ok := it.(string); ok && spellings()[strings.ToLower(s)] != "" {
			out[i] = spellings()[strings.ToLower(s)]
		}
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
