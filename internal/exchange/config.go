package exchange

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// Limits that hold when the configuration leaves them at zero.
const (
	DefaultTimeout        = 60 * time.Second // Okta waits 60 s for every answer (Okta SCIM 2.0 reference)
	DefaultConnectTimeout = 15 * time.Second
	DefaultMaxBody        = 8 << 20
	DefaultRecordBody     = 256 << 10
	recordBudget          = 32 << 20 // body text of a whole run; beyond it each body is cut to recordLean
	recordLean            = 4 << 10
	DefaultMaxRetries429  = 10 // Okta gives up after ten rate-limited attempts
	DefaultMaxWait        = 2 * time.Minute
	maxRedirects          = 5
	maxHeaderBytes        = 1 << 20
)

// Config is everything a Client needs to know about its target.
type Config struct {
	BaseURL   string
	Auth      Auth
	Headers   []Header // sent with every request, after those of the request itself
	UserAgent string   // sent when a request names none; "" = "scimmage"

	Timeout        time.Duration // one attempt, from dialling to the last byte of the body
	ConnectTimeout time.Duration
	MaxBody        int64 // decoded bytes; more ends the exchange with KindBodyTooLarge
	RecordBody     int   // longest body text kept in the record; the raw body is not shortened

	CAFile, CertFile, KeyFile string
	Insecure                  bool   // certificates are not verified
	Proxy                     string // "" = from the environment, "none" = no proxy

	Rate          float64 // requests a second; 0 = no pacing
	MaxRequests   int     // 0 = no limit; retries and redirects count
	MaxDuration   time.Duration
	MaxRetries429 int // < 0 = none
	MaxWait       time.Duration

	ReadOnly bool // nothing but GET, HEAD, OPTIONS and POST /.search is sent
	Guard    *Guard
	Rules    GuardRules // for the guard that New makes when Guard is nil

	Handler http.Handler // requests go straight to it, without a socket

	// Wrap lays a transport over the one that New makes: faults on request (429, dropped
	// connections) happen there, below everything that is recorded and retried.
	Wrap func(http.RoundTripper) http.RoundTripper

	Secrets   []string
	RedactPII bool
	PIIKey    []byte // key of the PII hashes; nil = derived from the credentials
	NoCurl    bool   // leave Exchange.Curl empty (proving runs)

	Clock Clock
	Rand  io.Reader // jti of client assertions; nil = crypto/rand

	// OnSide gets the exchanges that nobody asked for by name: token requests and the read-backs
	// of the guard.
	OnSide func(*result.Exchange)

	// The ledger. OnCreateIntent runs before a create is sent; its error keeps the create from
	// being sent. The others run once the answer is known. An intent that is followed by neither
	// OnCreated nor OnCreateRejected may have left an object behind (timeout, reset).
	OnCreateIntent   func(context.Context, Intent) error
	OnCreated        func(Created)
	OnCreateRejected func(Intent, int)
	OnDeleted        func(Deleted)
}

// Header is one header field of a request.
type Header struct {
	Name, Value string
	Omit        bool // take away a field that would be sent otherwise, such as User-Agent
}

// Auth says how requests prove who they are.
type Auth struct {
	Kind string // "" or "none", "bearer", "header", "basic", "oauth2"

	Token          string // bearer: the token; header: the whole value of Authorization, verbatim
	User, Password string

	TokenURL, ClientID, ClientSecret string
	Scopes                           []string
	AuthStyle                        string // "basic" (default), "post", "private-key-jwt"
	PrivateKeyFile, KeyID            string
	Audience                         string // of the client assertion; "" = TokenURL

	// Public marks a made-up credential, such as the wrong token of a test for 401. It is no
	// secret and stands in the record as it was sent.
	Public bool
}

// Almost says how a credential differs from the right one.
type Almost string

// Cut lacks the last quarter, Longer has something behind the end, Swapped has small letters for capital ones and the other
// way round. Lower is right: its scheme alone is in small letters (RFC 9110 section 11.1).
const (
	Cut     Almost = "cut"
	Longer  Almost = "longer"
	Swapped Almost = "swapped"
	Lower   Almost = "lower"
)

// Own reports whether the request carries the configured credential as it is: only then does a refusal, or an object that is
// not there, say anything of the target.
func (r *Request) Own() bool { return r.Auth == nil && !r.NoAuth && r.Almost == "" }

// Request is one request to send.
type Request struct {
	ID, Case, Step, Purpose string
	Setup                   bool

	Method string
	// Path below the base URL, already escaped, sent byte for byte; or a whole URL on the same
	// scheme, host and port.
	Path     string
	RawQuery string // without "?", sent byte for byte
	// ForceQuery sends the "?" of an empty query (OneLogin does).
	ForceQuery bool
	Header     []Header
	Body       []byte
	HasBody    bool // send Body even if empty or with a method that usually has none

	NoAuth     bool
	Almost     Almost // the configured credential, spoilt
	Auth       *Auth  // instead of the configured one
	Timeout    time.Duration
	NoRetry    bool // 429 and resets are the answer
	NoRedirect bool
	// Cleanup marks a request that removes what this run made: it is sent even when the budget of the run
	// (MaxRequests, MaxDuration) is used up.
	Cleanup bool

	// Marker is a string unique to the object that a create makes; "" = userName, externalId and
	// displayName of the body.
	Marker string
	// Unsafe asks for a write to a whole collection or to a discovery endpoint. It counts only
	// where GuardRules.AllowUnsafe is set too.
	Unsafe bool
}

// Intent is a create that is about to be sent.
type Intent struct {
	ID, Case string
	Endpoint string // "/Users"
	Marker   string // what to look for if the answer never arrives
	BulkID   string
	sent     identity
}

// Created is an object that this run has made.
type Created struct {
	Intent
	ObjectID, Location string
}

// Deleted is an object of this run that is gone.
type Deleted struct {
	Case, Endpoint, ObjectID string
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Timeout, DefaultTimeout)
	def(&c.ConnectTimeout, DefaultConnectTimeout)
	def(&c.MaxWait, DefaultMaxWait)
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.RecordBody <= 0 {
		c.RecordBody = DefaultRecordBody
	}
	if c.MaxRetries429 == 0 {
		c.MaxRetries429 = DefaultMaxRetries429
	}
	if c.UserAgent == "" {
		c.UserAgent = "scimmage"
	}
	if c.Clock == nil {
		c.Clock = SystemClock{}
	}
	return c
}
