package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

var errNoPEM = errors.New("it holds no certificate in PEM form")

// newTransport makes the transport for real sockets.
func newTransport(c Config) (*http.Transport, error) {
	tc, err := tlsConfig(c)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(c.Proxy)
	if err != nil {
		return nil, err
	}
	d := &net.Dialer{Timeout: c.ConnectTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            d.DialContext,
		TLSClientConfig:        tc,
		TLSHandshakeTimeout:    c.ConnectTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // Accept-Encoding is sent as the profile says, and decoded here
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        1500 * time.Millisecond, // servers drop idle connections after 2 s (gunicorn) or 5 s (node); a POST must not meet that
		MaxResponseHeaderBytes: maxHeaderBytes,
	}, nil
}

func tlsConfig(c Config) (*tls.Config, error) {
	tc := &tls.Config{InsecureSkipVerify: c.Insecure, MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the CA file: %w; pass the PEM file of the issuing certificate", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("cannot use the CA file %s: %w; convert it, for example with openssl x509 -inform der", c.CAFile, errNoPEM)
		}
		tc.RootCAs = pool
	}
	switch {
	case c.CertFile == "" && c.KeyFile == "":
	case c.CertFile == "" || c.KeyFile == "":
		return nil, errors.New("a client certificate needs both files, certificate and key")
	default:
		cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cannot load the client certificate %s with the key %s: %w; both must be PEM and belong together", c.CertFile, c.KeyFile, err)
		}
		tc.Certificates = []tls.Certificate{cert}
	}
	return tc, nil
}

func proxyFunc(p string) (func(*http.Request) (*url.URL, error), error) {
	switch p {
	case "":
		return http.ProxyFromEnvironment, nil
	case "none":
		return nil, nil
	}
	u, err := url.Parse(p)
	if err != nil || u.Host == "" {
		return nil, errors.New("the proxy is no URL; write it as http://host:port")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return http.ProxyURL(u), nil
	}
	return nil, fmt.Errorf("the proxy scheme %q is not known; use http, https or socks5", u.Scheme)
}

// base is the parsed base URL.
type base struct {
	scheme, host string
	path         string // escaped, without a slash at the end
	query        string // raw; put before the query of each request
}

func parseBase(raw string) (base, error) {
	fail := func(why string) (base, error) {
		return base{}, fmt.Errorf("%s; write it as https://host/scim/v2", why)
	}
	if raw == "" {
		return fail("the base URL is missing")
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil:
		return fail("the base URL cannot be read")
	case u.User != nil:
		return base{}, errors.New("the base URL holds a user name or password; pass credentials with the options for them, where they are kept out of reports")
	case u.Scheme != "http" && u.Scheme != "https":
		return fail(fmt.Sprintf("the base URL %q does not begin with http:// or https://", raw))
	case u.Hostname() == "":
		return fail(fmt.Sprintf("the base URL %q has no host", raw))
	case u.Fragment != "":
		return fail("the base URL has a fragment (#…)")
	}
	b := base{scheme: u.Scheme, host: strings.ToLower(u.Host), path: strings.TrimRight(u.EscapedPath(), "/"), query: u.RawQuery}
	for _, seg := range strings.Split(b.path, "/") {
		if dec, err := url.PathUnescape(seg); err == nil && dotted(dec) {
			return fail("the path of the base URL holds \".\" or \"..\"")
		}
	}
	return b, nil
}

// place is where one request goes.
type place struct {
	scheme, host string
	path         string // escaped, as sent
	query        string
	force        bool // "?" even with an empty query
	rel          string
	below        bool // path lies below the base URL, and rel is the part below
}

func (p place) url() string {
	u := p.scheme + "://" + p.host + p.path
	if p.query != "" || p.force {
		u += "?" + p.query
	}
	return u
}

var errOtherHost = errors.New("it points to another scheme, host or port than the base URL")

// locate finds where a request goes. A path is put below the base; a whole URL must be on the same
// scheme, host and port.
func (b base) locate(path, rawQuery string, force bool) (place, error) {
	p := place{scheme: b.scheme, host: b.host, query: rawQuery, force: force}
	if i := strings.IndexByte(path, '?'); i >= 0 {
		p.query, p.force = joinQuery(path[i+1:], rawQuery), force || i == len(path)-1
		path = path[:i]
	}
	if !isAbsolute(path) {
		if path != "" && path[0] != '/' {
			path = "/" + path
		}
		p.path, p.rel, p.below = b.path+path, path, true
		p.query = joinQuery(b.query, p.query)
	} else {
		rest, err := b.cutOrigin(path)
		if err != nil {
			return p, err
		}
		p.path = rest
		if p.rel, p.below = strings.CutPrefix(rest, b.path); p.below && p.rel != "" && p.rel[0] != '/' {
			p.below = false
		}
	}
	if p.path == "" {
		p.path = "/"
	}
	return p, nil
}

func isAbsolute(path string) bool {
	i := strings.Index(path, "://")
	return i > 0 && !strings.ContainsAny(path[:i], "/?#%")
}

// cutOrigin returns the escaped path of a whole URL on the origin of the base.
func (b base) cutOrigin(abs string) (string, error) {
	scheme, rest, _ := strings.Cut(abs, "://")
	host, path, ok := strings.Cut(rest, "/")
	if ok {
		path = "/" + path
	}
	if !strings.EqualFold(scheme, b.scheme) || !strings.EqualFold(withPort(host, b.scheme), withPort(b.host, b.scheme)) {
		return "", errOtherHost
	}
	return path, nil
}

func withPort(host, scheme string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return host
	}
	if scheme == "https" {
		return host + ":443"
	}
	return host + ":80"
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// requestURL makes the URL so that the transport writes path and query byte for byte.
func (p place) requestURL(proxied bool) *url.URL {
	u := &url.URL{Scheme: p.scheme, Host: p.host, RawQuery: p.query, ForceQuery: p.force}
	if dec, err := url.PathUnescape(p.path); err == nil {
		u.Path, u.RawPath = dec, p.path
		if u.EscapedPath() == p.path {
			return u
		}
		u.Path, u.RawPath = "", ""
	}
	u.Opaque = p.path
	if proxied && p.scheme == "http" || strings.HasPrefix(p.path, "//") {
		u.Opaque = "//" + p.host + p.path // written as a whole URL, which every server must accept (RFC 9112 section 3.2.2)
	}
	return u
}
