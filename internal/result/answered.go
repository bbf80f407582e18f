package result

import (
	"encoding/json"
	"slices"
	"strings"
)

// What `answered` of a cause may say.
const (
	AnsweredSuccess    = "success"    // the server reported success where something went wrong
	AnsweredError      = "error"      // the server refused or failed
	AnsweredUnreadable = "unreadable" // the body is no JSON
	AnsweredNoList     = "no-list"    // 200, and the body has no array of Resources where a list was asked for

	AnsweredNoErrorBody    = "no-error-body"    // an error, and the body is no SCIM error (RFC 7644 section 3.12)
	AnsweredErrorAsSuccess = "error-as-success" // the body is a SCIM error, and the status says success
	AnsweredNoID           = "no-id"            // success, and the resource that it shows, or one in its list, has no id
)

// Answers lists what `answered` may say.
func Answers() []string {
	return []string{AnsweredSuccess, AnsweredError, AnsweredUnreadable, AnsweredNoList, AnsweredNoErrorBody, AnsweredErrorAsSuccess, AnsweredNoID}
}

func answeredSo(want string, e *Exchange) bool {
	if e.Response == nil || want == "" {
		return want == "" || want == AnsweredError
	}
	switch want {
	case AnsweredUnreadable:
		return e.Response.Body != "" && !e.Response.Truncated && !json.Valid([]byte(e.Response.Body))
	case AnsweredNoList:
		return e.Response.Status == 200 && e.asksForList() && !isList(e.Response.Body)
	case AnsweredNoErrorBody:
		return e.Response.Status >= 400 && !isError(e.Response.Body)
	case AnsweredErrorAsSuccess:
		return e.Response.Status < 300 && isError(e.Response.Body)
	case AnsweredNoID:
		return e.Response.Status < 300 && slices.ContainsFunc(e.resources(), func(r map[string]any) bool { return !hasID(r) })
	}
	return (e.Response.Status < 400) == (want == AnsweredSuccess)
}

// asksForList: a read of an endpoint, or a search.
func (e *Exchange) asksForList() bool {
	path := strings.Trim(e.Request.Path, "/")
	return e.Request.Method == "GET" && path != "" && !strings.Contains(path, "/") && path != "Me" && path != "ServiceProviderConfig" ||
		e.Request.Method == "POST" && strings.HasSuffix(path, ".search")
}

// isList: Resources may be absent when there is nothing (RFC 7644 section 3.4.2).
func isList(body string) bool {
	var v any
	if json.Unmarshal([]byte(body), &v) != nil {
		return true // it is not known what it is
	}
	o, _ := v.(map[string]any)
	if resources, there := o["Resources"]; there {
		_, is := resources.([]any)
		return is
	}
	return o["totalResults"] == 0.0
}

// isError: what names the schema of errors is meant as one, whatever it lacks.
func isError(body string) bool {
	var v any
	_ = json.Unmarshal([]byte(body), &v) // what is no JSON is no SCIM error either
	o, _ := v.(map[string]any)
	urns, _ := o["schemas"].([]any)
	return slices.ContainsFunc(urns, func(urn any) bool {
		text, _ := urn.(string)
		return strings.HasSuffix(strings.ToLower(text), ":error")
	})
}

// resources are the Users, Groups and the like that an answer shows: those of its list, or the one that it is. An
// answer of discovery, of /Bulk, and one that nobody can read, shows none.
func (e *Exchange) resources() []map[string]any {
	endpoint, _, _ := strings.Cut(strings.Trim(e.Request.Path, "/"), "/")
	var body map[string]any
	if slices.Contains([]string{"ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", ""}, endpoint) || json.Unmarshal([]byte(e.Response.Body), &body) != nil || isError(e.Response.Body) {
		return nil
	}
	list, many := body["Resources"].([]any)
	if !many {
		if e.asksForList() {
			return nil
		}
		return []map[string]any{body}
	}
	var out []map[string]any
	for _, r := range list {
		if o, ok := r.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

func hasID(resource map[string]any) bool {
	id, ok := resource["id"].(string)
	return ok && id != ""
}
