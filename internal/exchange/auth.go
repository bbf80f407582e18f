package exchange

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/scimmage/scimmage/internal/result"
)

// credential puts a proof of identity on requests.
type credential struct {
	auth  Auth
	fixed string // the value of Authorization, unless it is fetched
	oauth *tokenSource
}

// newCredential checks an Auth.
func (c *Client) newCredential(a Auth) (*credential, error) {
	cr := &credential{auth: a}
	switch a.Kind {
	case "", "none":
	case "bearer":
		if a.Token == "" {
			return nil, errors.New("the bearer token is empty; set SCIMMAGE_TOKEN or pass --token-file")
		}
		cr.fixed = "Bearer " + a.Token
	case "header":
		if a.Token == "" {
			return nil, errors.New("the value for the Authorization header is empty")
		}
		cr.fixed = a.Token
	case "basic":
		if a.User == "" && a.Password == "" {
			return nil, errors.New("basic authentication needs a user and a password")
		}
		cr.fixed = "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Password))
	case "oauth2":
		ts, err := c.newTokenSource(a)
		if err != nil {
			return nil, err
		}
		cr.oauth = ts
	default:
		return nil, fmt.Errorf("the kind of authentication %q is not known; use none, bearer, header, basic or oauth2", a.Kind)
	}
	if strings.ContainsAny(cr.fixed, "\r\n\x00") {
		return nil, errors.New("the credential holds a line break or NUL; look for a stray newline where it is read from")
	}
	return cr, nil
}

// value is the value of Authorization, "" for none.
func (cr *credential) value(ctx context.Context) (string, *result.Fault) {
	if cr == nil || cr.oauth == nil {
		if cr == nil {
			return "", nil
		}
		return cr.fixed, nil
	}
	return cr.oauth.get(ctx)
}

// tokenSource obtains access tokens by client credentials (RFC 6749 section 4.4) and keeps them until
// shortly before they expire.
type tokenSource struct {
	c    *Client
	auth Auth
	key  *assertionKey

	mu      sync.Mutex
	current string
	expires time.Time // zero = never
}

// early is how long before its end a token is no longer used.
const early = 10 * time.Second

func (c *Client) newTokenSource(a Auth) (*tokenSource, error) {
	u, err := url.Parse(a.TokenURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the token URL is missing or no URL; write it as https://host/oauth2/token")
	}
	if a.ClientID == "" {
		return nil, errors.New("OAuth2 client credentials need a client id")
	}
	ts := &tokenSource{c: c, auth: a}
	switch a.AuthStyle {
	case "", "basic", "post":
		if a.ClientSecret == "" {
			return nil, errors.New("OAuth2 client credentials need a client secret, or a private key with the style private-key-jwt")
		}
	case "private-key-jwt":
		if ts.key, err = loadAssertionKey(a.PrivateKeyFile, a.KeyID); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("the OAuth2 authentication style %q is not known; use basic, post or private-key-jwt", a.AuthStyle)
	}
	return ts, nil
}

func (t *tokenSource) get(ctx context.Context) (string, *result.Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != "" && (t.expires.IsZero() || t.c.cfg.Clock.Now().Before(t.expires)) {
		return t.current, nil
	}
	tok, err := t.fetch(ctx)
	if err != nil {
		return "", t.tokenFault(ctx, err)
	}
	t.c.red.Add(tok.AccessToken, tok.RefreshToken)
	t.current = tok.Type() + " " + tok.AccessToken
	t.expires = time.Time{}
	if n := expiresIn(tok); n > 0 {
		t.expires = t.c.cfg.Clock.Now().Add(max(time.Duration(n)*time.Second-early, time.Second))
	}
	return t.current, nil
}

// expiresIn is the lifetime that the token endpoint said, in seconds, counted on our clock. Some
// endpoints write it as a string.
func expiresIn(tok *oauth2.Token) int64 {
	switch v := tok.Extra("expires_in").(type) {
	case float64:
		return int64(min(v, 1e9))
	case string:
		n, err := strconv.ParseInt(v, 10, 32)
		if err == nil {
			return n
		}
	}
	return 0
}

// forget drops a token that the target refused, unless it was replaced already.
func (t *tokenSource) forget(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == value {
		t.current = ""
	}
}

func (t *tokenSource) fetch(ctx context.Context) (*oauth2.Token, error) {
	conf := clientcredentials.Config{
		ClientID: t.auth.ClientID, ClientSecret: t.auth.ClientSecret, TokenURL: t.auth.TokenURL,
		Scopes: t.auth.Scopes, AuthStyle: oauth2.AuthStyleInHeader, EndpointParams: url.Values{},
	}
	switch t.auth.AuthStyle {
	case "post":
		conf.AuthStyle = oauth2.AuthStyleInParams
	case "private-key-jwt":
		aud := t.auth.Audience
		if aud == "" {
			aud = t.auth.TokenURL
		}
		jwt, err := t.key.sign(t.auth.ClientID, aud, t.c.cfg.Clock.Now(), t.c.rand)
		if err != nil {
			return nil, err
		}
		t.c.red.Add(jwt)
		conf.AuthStyle, conf.ClientSecret = oauth2.AuthStyleInParams, ""
		conf.EndpointParams.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		conf.EndpointParams.Set("client_assertion", jwt)
	}
	if t.auth.Audience != "" && t.auth.AuthStyle != "private-key-jwt" {
		conf.EndpointParams.Set("audience", t.auth.Audience)
	}
	hc := &http.Client{
		Transport:     tokenTransport{t.c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return conf.Token(context.WithValue(ctx, oauth2.HTTPClient, hc))
}

func (t *tokenSource) tokenFault(ctx context.Context, err error) *result.Fault {
	if f, ok := errors.AsType[*result.Fault](err); ok {
		return fault(KindAuth, "the token request failed: "+f.Message)
	}
	if re, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		detail := ""
		if re.Response != nil {
			detail = re.Response.Status
		}
		if re.ErrorCode != "" {
			detail += " " + re.ErrorCode + " " + re.ErrorDescription
		}
		return fault(KindAuth, t.c.red.Text("the token endpoint answered "+strings.TrimSpace(detail)))
	}
	if ctx.Err() != nil {
		return contextFault(ctx)
	}
	return fault(KindAuth, t.c.red.Text(plain(err)))
}

// tokenTransport sends token requests through the client, so that they are limited, timed, redacted and
// recorded like all others.
type tokenTransport struct{ c *Client }

// RoundTrip implements http.RoundTripper.
func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	x, resp := t.c.tokenExchange(req)
	t.c.side(x)
	if x.Error != nil {
		return nil, x.Error
	}
	return resp, nil
}
