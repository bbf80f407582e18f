// Package provider is the reference SCIM 2.0 service provider: the embedded target of the demo and the bench on which
// every check is proven. It owns a complete, strict implementation of RFC 7643, 7644 and 9865 in memory, the tolerances
// that real identity providers need (tolerances.go), and the defects and benign variants by which it can be changed on
// purpose (defects.yaml). It must not know who tests it: no suites, no engine, no reports, no http.Client.
package provider

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// Options configure a Provider. The zero value is a working provider without authentication.
type Options struct {
	// Token is the bearer token of the first credential. Empty together with Tokens means: no authentication.
	Token string
	// Tokens are further credentials: token → "tenant" or "tenant/userName". Each tenant has data of its own.
	Tokens map[string]string
	// Me is the userName that /Me stands for with the first credential; empty means /Me answers 501.
	Me string
	// BaseURL is the absolute URL of the service root. Without it the root is /scim/v2 on whatever host is asked.
	BaseURL string
	// Clock and NewID are the provider's time and identifiers; the defaults are the system's.
	Clock func() time.Time
	NewID func() string
	// Defects and Variants switch on what defects.yaml names.
	Defects  []string
	Variants []string
	// DefaultPage and MaxPage bound list responses (100 and 500).
	DefaultPage, MaxPage int
	// MaxOperations and MaxPayload bound Bulk (1000 and 1 MiB), MaxBody every other request (8 MiB).
	MaxOperations int
	MaxPayload    int64
	MaxBody       int64
	// CursorTTL is how long a cursor stays valid (10 minutes).
	CursorTTL time.Duration
	// UserExtensions are schemas that Users carry besides the enterprise extension.
	UserExtensions []*scim.Schema
	// Entitlements adds the resource types Role and Entitlement, as Okta's identity governance reads them.
	Entitlements bool
	// Seed is the number of Users to start with.
	Seed int
}

// Provider is a SCIM service provider. It is an http.Handler, safe for concurrent use.
type Provider struct {
	opt     Options
	on      map[string]bool // names of the defects and variants in force
	bends   bends
	grants  []grant
	model   *model
	tenants map[string]*tenant
	base    *url.URL
	prefix  string
	key     [32]byte // keys cursors and password hashes
	serial  atomic.Uint64
	// inflight counts the requests under way.
	inflight atomic.Int64

	documents sync.Map // root and path → rendered discovery document
	cached    atomic.Int64

	defectMu sync.Mutex // guards what single defects remember between requests
	memory   map[string]any
}

// New builds a provider. An unknown defect or variant is an error that names the nearest ones.
func New(o Options) (*Provider, error) {
	p := &Provider{opt: defaults(o), on: map[string]bool{}, prefix: "/scim/v2", memory: map[string]any{}}
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		if err != nil || u.Host == "" || u.RawQuery != "" {
			return nil, fmt.Errorf("base URL %q: want an absolute URL without query, such as http://127.0.0.1:8080/scim/v2", o.BaseURL)
		}
		p.base, p.prefix = u, strings.TrimSuffix(u.Path, "/")
	}
	if _, err := rand.Read(p.key[:]); err != nil {
		return nil, fmt.Errorf("random key for cursors: %w", err)
	}
	if err := p.switchOn(o.Defects, o.Variants); err != nil {
		return nil, err
	}
	if p.has("page-cap-ten") {
		p.opt.MaxPage = 10
	}
	if p.has("me-own-user") {
		p.opt.Seed = max(p.opt.Seed, 1)
		_, _, p.opt.Me = seeded(1)
	}
	m, err := p.newModel()
	if err != nil {
		return nil, err
	}
	p.model = m
	p.grants = grants(p.opt)
	p.Reset()
	if err := p.Seed(p.opt.Seed); err != nil {
		return nil, err
	}
	return p, nil
}

func defaults(o Options) Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.NewID == nil {
		o.NewID = randomUUID
	}
	setDefault(&o.DefaultPage, 100)
	setDefault(&o.MaxPage, 500)
	setDefault(&o.MaxOperations, 1000)
	setDefault(&o.MaxPayload, 1<<20)
	setDefault(&o.MaxBody, 8<<20)
	setDefault(&o.CursorTTL, 10*time.Minute)
	return o
}

func setDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// randomUUID is a version 4 UUID (RFC 9562): ids give nothing away and cannot be guessed by counting.
func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails (Go 1.24 and later)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], b[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], b[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], b[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], b[10:16])
	return string(out[:])
}

// Reset forgets all resources. It must not run beside requests.
func (p *Provider) Reset() {
	p.tenants = map[string]*tenant{defaultTenant: newTenant(defaultTenant, p.model.kinds)}
	for _, g := range p.grants {
		if p.tenants[g.tenant] == nil {
			p.tenants[g.tenant] = newTenant(g.tenant, p.model.kinds)
		}
	}
	for _, t := range p.tenants {
		t.stale = p.has("user-groups-stale")
	}
	p.seedEntitlements()
}

func (p *Provider) now() int64 { return p.opt.Clock().UnixMilli() }

// has tells whether a defect or variant is in force.
func (p *Provider) has(name string) bool { return len(p.on) != 0 && p.on[name] }

// ServeHTTP answers one SCIM request. Whatever goes wrong inside, the client gets a SCIM error and never a stack.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.inflight.Add(1)
	defer p.inflight.Add(-1)
	c := &call{p: p, r: r}
	a := p.guarded(c)
	for _, hook := range p.bends.after {
		hook(p, c, a)
	}
	c.send(w, a)
}

func (p *Provider) guarded(c *call) (a *answer) {
	defer func() {
		if v := recover(); v != nil {
			a = refuse(http.StatusInternalServerError, "", "The provider failed on this request; nothing is known to have changed.").answer()
			c.panicked = v
		}
	}()
	return p.serve(c)
}
