package scim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// URNs of schemas and messages (RFC 7643 section 10.3, RFC 7644 section 10.4).
const (
	SchemaUser         = "urn:ietf:params:scim:schemas:core:2.0:User"
	SchemaGroup        = "urn:ietf:params:scim:schemas:core:2.0:Group"
	SchemaEnterprise   = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	SchemaSPC          = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	SchemaResourceType = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	SchemaSchema       = "urn:ietf:params:scim:schemas:core:2.0:Schema"

	SchemaListResponse  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	SchemaSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	SchemaPatchOp       = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	SchemaBulkRequest   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	SchemaBulkResponse  = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	SchemaError         = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// scimType values of RFC 7644 table 9 and RFC 9865 section 2.1.
const (
	InvalidFilter = "invalidFilter"
	TooMany       = "tooMany"
	Uniqueness    = "uniqueness"
	Mutability    = "mutability"
	InvalidSyntax = "invalidSyntax"
	InvalidPath   = "invalidPath"
	NoTarget      = "noTarget"
	InvalidValue  = "invalidValue"
	InvalidVers   = "invalidVers"
	Sensitive     = "sensitive"
	InvalidCursor = "invalidCursor"
	ExpiredCursor = "expiredCursor"
	InvalidCount  = "invalidCount"
)

// ScimTypes lists every registered scimType.
func ScimTypes() []string {
	return []string{InvalidFilter, TooMany, Uniqueness, Mutability, InvalidSyntax, InvalidPath, NoTarget, InvalidValue,
		InvalidVers, Sensitive, InvalidCursor, ExpiredCursor, InvalidCount}
}

// Violation is one deviation of a message or resource from its definition.
type Violation struct {
	Code      string // stable, e.g. "wrong-type"
	Pointer   string // JSON pointer of the value, or of the object that lacks it
	Offset    int    // byte offset in the body
	Attribute string // attribute path, e.g. "emails.type"
	Message   string
	Expected  string
	Actual    string
	Note      bool // servers may differ here: mention it, never fail on it
}

func (v Violation) String() string {
	s := v.Code
	if v.Attribute != "" {
		s += " " + v.Attribute
	}
	return s + ": " + v.Message
}

// Error is a SCIM error (RFC 7644 section 3.12).
type Error struct {
	Status   int
	ScimType string
	Detail   string
}

func (e *Error) Error() string {
	if e.ScimType == "" {
		return fmt.Sprintf("%d: %s", e.Status, e.Detail)
	}
	return fmt.Sprintf("%d %s: %s", e.Status, e.ScimType, e.Detail)
}

// MarshalJSON writes the error message with the status as a string.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Schemas  []string `json:"schemas"`
		ScimType string   `json:"scimType,omitempty"`
		Detail   string   `json:"detail,omitempty"`
		Status   string   `json:"status"`
	}{[]string{SchemaError}, e.ScimType, e.Detail, strconv.Itoa(e.Status)})
}

// Errorf makes an Error.
func Errorf(status int, scimType, format string, args ...any) *Error {
	return &Error{Status: status, ScimType: scimType, Detail: fmt.Sprintf(format, args...)}
}

// ParseError reads an error body as far as it is one; ok says whether it names the Error schema. A status that is a number is
// read too.
func ParseError(v View) (e *Error, ok bool) {
	e = &Error{ScimType: v.Get("scimType").Str(), Detail: v.Get("detail").Str()}
	if n, err := strconv.Atoi(strings.TrimSpace(v.Get("status").Str())); err == nil {
		e.Status = n
	}
	return e, hasSchema(v, SchemaError)
}

func hasSchema(v View, urn string) bool {
	for _, s := range v.Get("schemas").Items() {
		if s.IsString() && strings.EqualFold(s.Str(), urn) {
			return true
		}
	}
	return false
}

// ListQuery is what was asked of a list.
type ListQuery struct {
	StartIndex, Count *int
	Cursor            bool // the request pages by cursor (RFC 9865)
}

func itoa(n int) string { return strconv.Itoa(n) }
