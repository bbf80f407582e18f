package result

import "time"

// Beginnings of the reason of a case that is an error by our own fault.
const (
	OurBug      = "scimmage has a bug here, please report it: "
	SuiteBroken = "the suite is broken here"
)

// Header is one HTTP header field, in the order in which it was sent or received.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Exchange is one HTTP request and its response, as internal/exchange recorded it.
//
// Everything that is marshalled is already redacted. The raw bytes, which checks need, stay in
// memory only (json:"-") and are dropped when the case that made the exchange has ended.
type Exchange struct {
	ID      string `json:"id"`   // "<case id>#<n>", stable between runs
	Case    string `json:"case"` // full case id, "" outside of a case (discovery, cleanup)
	Step    string `json:"step,omitempty"`
	Purpose string `json:"purpose,omitempty"` // in words: "Deactivate Ana Ruiz"
	Setup   bool   `json:"setup,omitempty"`   // fixture, clean-up or discovery rather than the thing tested

	Request  Request   `json:"request"`
	Response *Response `json:"response,omitempty"` // nil when no response arrived
	Error    *Fault    `json:"error,omitempty"`    // transport problem; may stand beside a partial Response
	Attempts []Attempt `json:"attempts,omitempty"` // earlier tries: 429 honoured, a reset connection
	Curl     string    `json:"curl,omitempty"`

	Started time.Time `json:"started"`
	Timing  Timing    `json:"timing"`
}

// Request is what was sent.
type Request struct {
	Method  string   `json:"method"`
	URL     string   `json:"url"`  // whole, redacted
	Path    string   `json:"path"` // below the base URL, as sent (escaped), without query
	Query   string   `json:"query,omitempty"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`

	RawBody []byte `json:"-"`
}

// Response is what came back.
type Response struct {
	Status       int      `json:"status"`
	Proto        string   `json:"proto,omitempty"`
	Headers      []Header `json:"headers,omitempty"`
	Body         string   `json:"body,omitempty"`
	Size         int64    `json:"size"`                // bytes of the decoded body
	Truncated    bool     `json:"truncated,omitempty"` // Body was shortened for the record
	Binary       bool     `json:"binary,omitempty"`    // body was not valid UTF-8
	RedirectedTo string   `json:"redirected_to,omitempty"`

	RawBody []byte `json:"-"`
}

// Header returns the first value of a response header, by case-insensitive name.
func (r *Response) Header(name string) string {
	if r == nil {
		return ""
	}
	return headerValue(r.Headers, name)
}

// Header returns the first value of a request header, by case-insensitive name.
func (r Request) Header(name string) string { return headerValue(r.Headers, name) }

// Attempt is an earlier try of the same request whose answer was not taken as the answer.
type Attempt struct {
	Status     int     `json:"status,omitempty"`
	RetryAfter string  `json:"retry_after,omitempty"`
	Error      *Fault  `json:"error,omitempty"`
	WaitMS     float64 `json:"wait_ms"`
}

// Timing of an exchange in milliseconds.
type Timing struct {
	DNS       float64 `json:"dns_ms,omitempty"`
	Connect   float64 `json:"connect_ms,omitempty"`
	TLS       float64 `json:"tls_ms,omitempty"`
	FirstByte float64 `json:"first_byte_ms,omitempty"`
	Total     float64 `json:"total_ms"`
}

// Fault says why no usable answer arrived.
type Fault struct {
	Kind    string `json:"kind"` // refused, dns, tls, timeout, reset, truncated, body-too-large, redirect, limit, guard, rate-limited, cancelled, protocol, panic, other
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Error makes a Fault usable as an error.
func (f *Fault) Error() string { return f.Kind + ": " + f.Message }
