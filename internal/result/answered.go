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

	AnsweredNoErrorBody = "no-error-body" // an error, and the body is no SCIM error (RFC 7644 section 3.12)
)

// Answers lists what `answered` may say.
func Answers() []string {
	return []string{AnsweredSuccess, AnsweredError, AnsweredUnreadable, AnsweredNoList, AnsweredNoErrorBody}
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
