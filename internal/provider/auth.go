package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"
)

// grant is what one bearer token may do: see one tenant, and be one of its Users at /Me.
type grant struct {
	digest [32]byte
	tenant string
	user   string // userName, empty when the token belongs to no User
}

const defaultTenant = "default"

// grants turns the options into digests, so that tokens are compared in constant time and stay nowhere in memory
// longer than the options do.
func grants(o Options) []grant {
	var out []grant
	if o.Token != "" {
		out = append(out, grant{digest: sha256.Sum256([]byte(o.Token)), tenant: defaultTenant, user: o.Me})
	}
	names := make([]string, 0, len(o.Tokens))
	for t := range o.Tokens {
		names = append(names, t)
	}
	sort.Strings(names)
	for _, t := range names {
		who, user, _ := strings.Cut(o.Tokens[t], "/")
		if who == "" {
			who = defaultTenant
		}
		out = append(out, grant{digest: sha256.Sum256([]byte(t)), tenant: who, user: user})
	}
	return out
}

// authenticate finds the grant of a request (RFC 6750 section 2.1). Only /ServiceProviderConfig is open to a request
// without credentials, so that clients can learn the authentication schemes (RFC 7643 section 5); wrong credentials
// are refused everywhere.
func (p *Provider) authenticate(c *call) *fault {
	f := p.identify(c)
	if f != nil {
		if c.credentials = "wrong"; c.r.Header.Get("Authorization") == "" {
			c.credentials = "none"
		}
	}
	for _, r := range p.bends.admit {
		if f != nil && r.fits(c) {
			return nil
		}
	}
	if f != nil && p.has("auth-lists-only") && (len(c.path) != 1 || c.r.Method != http.MethodGet || c.query.Has("filter")) {
		return nil
	}
	return f
}

func (p *Provider) identify(c *call) *fault {
	c.tenant = p.tenants[defaultTenant]
	if len(p.grants) == 0 {
		c.me = p.opt.Me
		return nil
	}
	header := c.r.Header.Get("Authorization")
	if header == "" {
		if p.openDiscovery(c) || c.head() == "Groups" && p.has("auth-groups-open") || p.has("auth-not-required") || p.has("auth-reads-open") && c.r.Method == http.MethodGet ||
			p.has("cursor-is-credential") && c.r.URL.Query().Get("cursor") != "" {
			return nil
		}
		return p.unauthorized("", "Authentication is required: send Authorization: Bearer <token>.")
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return p.unauthorized("", "The Authorization header does not carry a bearer token.")
	}
	digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
	for _, g := range p.grants {
		if subtle.ConstantTimeCompare(digest[:], g.digest[:]) == 1 {
			c.tenant, c.me = p.tenants[g.tenant], g.user
			return nil
		}
	}
	if p.has("auth-any-token") || p.almostToken(strings.TrimSpace(token)) {
		return nil
	}
	return p.unauthorized("invalid_token", "The bearer token is not valid.")
}

// almostToken compares beginnings only, of the token that came (auth-token-prefix) or of the right one (auth-token-longer), or
// without regard to letter case (auth-token-case).
func (p *Provider) almostToken(got string) bool {
	short, long, folded := p.has("auth-token-prefix"), p.has("auth-token-longer"), p.has("auth-token-case")
	if !short && !long && !folded || got == "" {
		return false
	}
	for _, right := range append(slices.Collect(maps.Keys(p.opt.Tokens)), p.opt.Token) {
		if right != "" && (short && strings.HasPrefix(right, got) || long && strings.HasPrefix(got, right) || folded && strings.EqualFold(right, got)) {
			return true
		}
	}
	return false
}

func (p *Provider) openDiscovery(c *call) bool {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead || len(c.path) == 0 {
		return false
	}
	return c.path[0] == "ServiceProviderConfig" && !p.has("discovery-needs-token") || c.discovery() && p.has("discovery-open")
}

func (p *Provider) unauthorized(code, detail string) *fault {
	challenge := `Bearer realm="scim"`
	if code != "" {
		challenge += `, error="` + code + `"`
	}
	return refuse(http.StatusUnauthorized, "", "%s", detail).withHeader("WWW-Authenticate", challenge)
}
