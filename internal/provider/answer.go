package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

const (
	mediaSCIM = "application/scim+json"
	mediaJSON = "application/json"

	urnError  = "urn:ietf:params:scim:api:messages:2.0:Error"
	urnList   = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	urnPatch  = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	urnSearch = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	urnBulk   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	urnBulked = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// answer is a response before it is sent. The body is finished JSON; nil means no body.
type answer struct {
	status int
	header http.Header
	body   []byte
	// drop makes the connection end without a response (only a defect asks for it).
	drop bool
	// noMedia suppresses Content-Type altogether (a defect).
	noMedia bool
}

func reply(status int, body []byte) *answer {
	return &answer{status: status, header: http.Header{}, body: body}
}

// tree decodes the body for a change; nil when there is none or it is not an object.
func (a *answer) tree() object {
	if len(a.body) == 0 || a.body[0] != '{' {
		return nil
	}
	v, err := decode(a.body)
	if err != nil {
		return nil
	}
	o, _ := v.(object)
	return o
}

func (a *answer) setTree(o object) { a.body = encode(o) }

// fault is a refused request: status, scimType (RFC 7644 table 9, may be empty) and a detail for people.
type fault struct {
	status   int
	scimType string
	detail   string
	header   http.Header
}

func (f *fault) Error() string { return strconv.Itoa(f.status) + " " + f.scimType + ": " + f.detail }

func refuse(status int, scimType, format string, args ...any) *fault {
	return &fault{status: status, scimType: scimType, detail: fmt.Sprintf(format, args...)}
}

func (f *fault) withHeader(name, value string) *fault {
	if f.header == nil {
		f.header = http.Header{}
	}
	f.header.Set(name, value)
	return f
}

// answer renders the error message of RFC 7644 section 3.12.
func (f *fault) answer() *answer {
	a := reply(f.status, f.body())
	for name, values := range f.header {
		a.header[name] = values
	}
	return a
}

func (f *fault) body() []byte {
	b := append([]byte(`{"schemas":["`), urnError...)
	b = append(b, `"],"status":"`...)
	b = strconv.AppendInt(b, int64(f.status), 10)
	b = append(b, '"')
	if f.scimType != "" {
		b = append(append(append(b, `,"scimType":"`...), f.scimType...), '"')
	}
	if f.detail != "" {
		b = append(b, `,"detail":`...)
		b = appendString(b, f.detail)
	}
	return append(b, '}')
}

func appendString(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			q, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...)
			}
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
