package exchange

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/scimmage/scimmage/internal/result"
)

// Client sends requests to one target. It is safe for concurrent use.
type Client struct {
	cfg     Config
	base    base
	rt      http.RoundTripper // to the target
	sockets *http.Transport   // to a token endpoint elsewhere, or to the target
	red     *Redactor
	pace    *pacer
	guard   *Guard
	cred    *credential
	rand    io.Reader

	recorded atomic.Int64 // bytes of body text in all records

	mu    sync.Mutex
	open  []Intent              // creates without a known end, see Unsettled
	other map[*Auth]*credential // second credentials that fetch tokens
	added int                   // secrets of overriding credentials made known to the redactor
}

// maxOtherSecrets bounds how many overriding credentials are redacted by value; Authorization itself
// is always redacted by name.
const maxOtherSecrets = 64

// New makes a client. Its errors say what is wrong with the configuration and what to do.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	b, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: b, pace: newPacer(cfg), guard: cfg.Guard, rand: cfg.Rand, other: map[*Auth]*credential{}}
	if c.rand == nil {
		c.rand = rand.Reader
	}
	if c.guard == nil {
		c.guard = NewGuard(cfg.Rules)
	}
	c.red = newConfigRedactor(cfg)
	if c.sockets, err = newTransport(cfg); err != nil {
		return nil, err
	}
	c.rt = c.sockets
	if cfg.Handler != nil {
		c.rt = &handlerTransport{handler: cfg.Handler, limit: cfg.MaxBody, clock: cfg.Clock}
	}
	if cfg.Wrap != nil {
		c.rt = cfg.Wrap(c.rt)
	}
	for _, h := range cfg.Headers {
		if strings.ContainsAny(h.Name+h.Value, "\r\n\x00") || h.Name == "" {
			return nil, fmt.Errorf("the extra header %q is not a header: it is empty or holds a line break", h.Name)
		}
	}
	if c.cred, err = c.newCredential(cfg.Auth); err != nil {
		return nil, err
	}
	return c, nil
}

// newConfigRedactor makes a Redactor for every secret that a configuration holds.
func newConfigRedactor(cfg Config) *Redactor {
	secrets := append(authSecrets(cfg.Auth), cfg.Secrets...)
	for _, h := range cfg.Headers {
		if secretHeader(h.Name) || strings.EqualFold(h.Name, "Authorization") {
			secrets = append(secrets, h.Value)
		}
	}
	if u, err := url.Parse(cfg.Proxy); err == nil && u.User != nil {
		if p, ok := u.User.Password(); ok {
			secrets = append(secrets, p)
		}
	}
	r := NewRedactor(secrets...)
	if cfg.RedactPII {
		key := cfg.PIIKey
		if key == nil {
			sum := sha256.Sum256([]byte("scimmage pii " + strings.Join(secrets, "\x00")))
			key = sum[:]
		}
		r.HidePII(key, cfg.Rules.RunID)
	}
	return r
}

// Guard is the guard of this client.
func (c *Client) Guard() *Guard { return c.guard }

// Redactor is the redactor of this client, for every other text that leaves the program.
func (c *Client) Redactor() *Redactor { return c.red }

// BaseURL is the base URL as it is used, without a slash at the end.
func (c *Client) BaseURL() string { return c.base.scheme + "://" + c.base.host + c.base.path }

// Close ends idle connections.
func (c *Client) Close() { c.sockets.CloseIdleConnections() }

// Do sends one request and records what happened. It never returns nil; a transport problem, a limit or
// a refusal of the guard stands in Error.
func (c *Client) Do(ctx context.Context, r Request) *result.Exchange {
	return c.do(ctx, r, false)
}

// do is Do; inside marks the guard's own reads.
func (c *Client) do(ctx context.Context, r Request, inside bool) (x *result.Exchange) {
	t := &trip{c: c, r: &r, inside: inside, x: &result.Exchange{
		ID: r.ID, Case: r.Case, Step: r.Step, Purpose: c.red.Text(r.Purpose), Setup: r.Setup, Started: c.cfg.Clock.Now(),
	}}
	defer func() {
		if p := recover(); p != nil {
			x, t.x.Error = t.x, fault(KindOther, c.red.Text(result.OurBug+fmt.Sprint(p)))
		}
	}()
	if f := t.prepare(ctx); f != nil {
		t.x.Error = f
	} else {
		t.run(ctx)
		t.settle()
	}
	t.record()
	return t.x
}

// side hands on an exchange that nobody asked for by name.
func (c *Client) side(x *result.Exchange) {
	if c.cfg.OnSide != nil {
		c.cfg.OnSide(x)
	}
}

// credentialFor is the credential of one request.
func (c *Client) credentialFor(r *Request) (*credential, *result.Fault) {
	if r.NoAuth {
		return nil, nil
	}
	if r.Auth == nil {
		return c.cred, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cr := c.other[r.Auth]; cr != nil {
		return cr, nil
	}
	cr, err := c.newCredential(*r.Auth)
	if err != nil {
		return nil, fault(KindAuth, err.Error())
	}
	if cr.oauth != nil && len(c.other) < maxOtherSecrets {
		c.other[r.Auth] = cr
	}
	if !r.Auth.Public && c.added < maxOtherSecrets {
		c.added++
		c.red.Add(authSecrets(*r.Auth)...)
	}
	return cr, nil
}

// spoil makes a credential wrong that stays almost right, or spells its scheme in small letters. What is sent is most of a secret, or all of it and more, and is kept
// out of every record like the secret.
func (c *Client) spoil(value string, how Almost) string {
	scheme, token, ok := strings.Cut(value, " ")
	if !ok {
		scheme, token = "", value
	}
	user, err := base64.StdEncoding.DecodeString(token)
	basic := strings.EqualFold(scheme, "Basic") && err == nil
	switch {
	case how == Lower:
		return strings.TrimSpace(strings.ToLower(scheme) + " " + token)
	case how == Cut:
		token = token[:len(token)-(len(token)+3)/4]
	case how == Swapped && !basic && beyondHex.MatchString(token):
		token = strings.Map(otherCase, token)
	case basic: // a longer password, not bytes behind the end of base64
		token = base64.StdEncoding.EncodeToString(append(user, "-scimmage"...))
	default:
		token += "-scimmage"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.added < maxOtherSecrets {
		c.added++
		c.red.Add(token)
	}
	return strings.TrimSpace(scheme + " " + token)
}

// beyondHex tells a token whose letters mean something in their case: numbers in hexadecimal form, UUIDs among them, are the
// same in both, and a server may read them so.
var beyondHex = regexp.MustCompile(`[g-zG-Z]`)

func otherCase(r rune) rune {
	if unicode.IsLower(r) {
		return unicode.ToUpper(r)
	}
	return unicode.ToLower(r)
}

// readBack looks at the objects that the guard wants to see before a write.
func (c *Client) readBack(ctx context.Context, r *Request, needs []need) *result.Fault {
	for _, n := range needs {
		x := c.insideGet(ctx, r, n.path, "")
		if x.Response == nil {
			return x.Error
		}
		f, again := c.guard.judge(n, x.Response.Status, x.Response.RawBody)
		if again {
			f = c.searchBack(ctx, r, n, x.Response.Status)
		}
		if f != nil {
			f.Message = c.red.Text(f.Message)
			return f
		}
	}
	return nil
}

func (c *Client) searchBack(ctx context.Context, r *Request, n need, readStatus int) *result.Fault {
	attr, name := c.guard.searchName(n.key)
	if name == "" {
		return c.guard.judgeSearch(n, readStatus, 0, nil)
	}
	filter := fmt.Sprintf(`%s eq "%s"`, attr, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name))
	coll := n.path[:strings.LastIndexByte(n.path, '/')]
	x := c.insideGet(ctx, r, coll, "filter="+strings.ReplaceAll(url.QueryEscape(filter), "+", "%20"))
	if x.Response == nil {
		return x.Error
	}
	return c.guard.judgeSearch(n, readStatus, x.Response.Status, x.Response.RawBody)
}

func (c *Client) insideGet(ctx context.Context, r *Request, path, query string) *result.Exchange {
	x := c.do(ctx, Request{
		ID: r.ID + "~guard", Case: r.Case, Step: r.Step, Purpose: "Guard: is this object ours?", Setup: true,
		Method: "GET", Path: path, RawQuery: query, Cleanup: r.Cleanup, Header: []Header{{Name: "Accept", Value: "application/scim+json"}},
	}, true)
	c.side(x)
	return x
}
