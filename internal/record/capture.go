package record

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// Capture is a recorded conversation in the format of testdata/captures. Everything in it is redacted: it was so when it
// was recorded.
type Capture struct {
	IdP       string            `json:"idp"`
	Dialect   string            `json:"dialect,omitempty"`
	Notes     []string          `json:"notes"`
	Recorded  time.Time         `json:"recorded"`
	Exchanges []CaptureExchange `json:"exchanges"`
}

// CaptureExchange is one request, and the answer that it got.
type CaptureExchange struct {
	ID        string         `json:"id"`
	Operation string         `json:"operation"`
	Step      int            `json:"step"`
	Request   CaptureRequest `json:"request"`
	Answer    CaptureAnswer  `json:"answer"`
	Evidence  string         `json:"evidence"`
	Source    string         `json:"source"`
}

// CaptureRequest is a request as testdata/captures/README.md describes it.
type CaptureRequest struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   *string           `json:"query,omitempty"`
	Headers map[string]string `json:"headers"`
	BodyRaw *string           `json:"body_raw,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
	Order   string            `json:"body_key_order,omitempty"`
}

// CaptureAnswer is what the target answered.
type CaptureAnswer struct {
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body,omitempty"`
	BodyRaw string          `json:"body_raw,omitempty"` // of an answer that is no JSON
}

// NewCapture makes a capture of a conversation.
func NewCapture(idp string, recorded time.Time, xs []*result.Exchange) Capture {
	c := Capture{IdP: idp, Recorded: recorded.UTC(), Notes: []string{"Recorded by scimmage record; credentials are redacted."}, Exchanges: []CaptureExchange{}}
	for i, x := range xs {
		r := CaptureRequest{Method: x.Request.Method, Path: x.Request.Path, Headers: map[string]string{}}
		if x.Request.Query != "" {
			r.Query = &x.Request.Query
		}
		for _, h := range x.Request.Headers {
			r.Headers[h.Name] = h.Value
		}
		if x.Request.Body != "" {
			r.BodyRaw, r.Order = &x.Request.Body, "exact"
			r.Body = whole(x.Request.Body)
		}
		e := CaptureExchange{ID: idp + "/recorded/" + x.ID[strings.LastIndexByte(x.ID, '#')+1:], Operation: operation(x.Request), Step: i + 1, Request: r, Evidence: "captured", Source: "own recording"}
		if x.Response != nil {
			e.Answer = CaptureAnswer{Status: x.Response.Status, Body: whole(x.Response.Body)}
			if e.Answer.Body == nil {
				e.Answer.BodyRaw = x.Response.Body
			}
		}
		c.Exchanges = append(c.Exchanges, e)
	}
	return c
}

func whole(body string) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, []byte(body)) != nil {
		return nil
	}
	return b.Bytes()
}

// operation names what a request does, in the words of testdata/captures. A guess from method, path and body: what the
// client meant stands nowhere in the request.
func operation(r result.Request) string {
	users, groups := strings.HasPrefix(r.Path, "/Users"), strings.HasPrefix(r.Path, "/Groups")
	one := strings.Count(strings.Trim(r.Path, "/"), "/") == 1
	filtered := strings.Contains(r.Query, "filter=")
	switch {
	case r.Method == "POST" && users:
		return "create-user"
	case r.Method == "POST" && groups:
		return "push-group"
	case r.Method == "DELETE" && users:
		return "delete-user"
	case r.Method == "DELETE" && groups:
		return "delete-group"
	case r.Method == "GET" && users && filtered:
		return "match-user"
	case r.Method == "GET" && groups && filtered:
		return "match-group"
	case r.Method == "GET" && users && !one:
		return "import-users"
	case r.Method == "GET" && groups && !one:
		return "import-groups"
	case r.Method != "GET" && users && one:
		return userChange(r.Body)
	case r.Method != "GET" && groups && one:
		return groupChange(r.Body)
	case strings.HasPrefix(r.Path, "/Schemas"), strings.HasPrefix(r.Path, "/ResourceTypes"), strings.HasPrefix(r.Path, "/ServiceProviderConfig"):
		return "discover-schema"
	}
	return "other"
}

func userChange(body string) string {
	flat := strings.ToLower(strings.ReplaceAll(body, " ", ""))
	patch := strings.Contains(flat, `"operations"`)
	switch {
	case patch && (strings.Contains(flat, `"active":false`) || strings.Contains(flat, `"active","value":"false"`) || strings.Contains(flat, `"active","value":false`)):
		return "deactivate-user"
	case patch && (strings.Contains(flat, `"active":true`) || strings.Contains(flat, `"active","value":"true"`) || strings.Contains(flat, `"active","value":true`)):
		return "reactivate-user"
	case patch && strings.Contains(flat, `"password"`):
		return "sync-password"
	}
	return "update-user"
}

func groupChange(body string) string {
	flat := strings.ToLower(strings.ReplaceAll(body, " ", ""))
	switch {
	case strings.Contains(flat, `"op":"remove"`) && strings.Contains(flat, "members"):
		return "remove-members"
	case strings.Contains(flat, `"op":"add"`) && strings.Contains(flat, "members"):
		return "add-members"
	case strings.Contains(flat, `"members"`) && !strings.Contains(flat, `"displayname"`):
		return "replace-members"
	}
	return "rename-group"
}
