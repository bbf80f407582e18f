//go:build hostile

package hostile

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/provider"
)

// credential is one way to give scimmage a secret, and the secrets that come of it.
type credential struct {
	name    string
	env     []string
	args    []string
	files   map[string]string
	secrets []string
	exit    []int // default: the run takes place
	tls     bool
}

const (
	password    = "pa55/Word+with=signs&more"
	apiKey      = "ApiKey k3y/0f+the=tenant"
	oauthSecret = "cl1ent/S3cret+of=us"
	accessToken = "acc3ss/T0ken+given=out"
	proxySecret = "pr0xy-Pa55word-77"
)

// keyPEM is a fresh private key, and the lines by which it would be known.
func keyPEM(t *testing.T) (text string, lines []string, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for _, l := range strings.Split(text, "\n") {
		if len(l) > 30 && !strings.HasPrefix(l, "-") {
			lines = append(lines, l)
		}
	}
	return text, lines, key
}

func credentials(t *testing.T) []credential {
	t.Helper()
	jwtKey, jwtLines, _ := keyPEM(t)
	tlsKey, tlsLines, key := keyPEM(t)
	_, der := selfSigned(t, key)
	basic := base64.StdEncoding.EncodeToString([]byte("admin:" + password))
	oauth := func(style string) []string {
		return []string{"--auth", "oauth2", "--oauth-token-url", "{{base}}/oauth/token", "--oauth-client-id", "me", "--oauth-style", style}
	}
	return []credential{
		{name: "bearer from the environment", env: []string{"SCIMMAGE_TOKEN=" + token}, secrets: []string{token}},
		{name: "bearer from a file", files: map[string]string{"in/token": token + "\n"}, args: []string{"--token-file", "in/token"}, secrets: []string{token}},
		{name: "bearer from a command", files: map[string]string{"in/token": token + "\n"}, args: []string{"--token-command", "cat in/token"}, secrets: []string{token}},
		{name: "bearer from an argument", args: []string{"--token", token}, secrets: []string{token}},
		{name: "a second token", env: []string{"SCIMMAGE_TOKEN=" + token, "SCIMMAGE_TOKEN_B=" + password}, args: []string{"--suite", "rfc.security,rfc.create"}, secrets: []string{token, password}},
		{name: "a header, verbatim", env: []string{"SCIMMAGE_TOKEN=" + apiKey}, args: []string{"--auth", "header"}, secrets: []string{apiKey, "k3y/0f+the=tenant"}},
		{name: "a header of its own", args: []string{"--auth", "none", "--header", "X-Api-Key: " + password}, secrets: []string{password}},
		{name: "basic from the environment", env: []string{"SCIMMAGE_PASSWORD=" + password}, args: []string{"--auth", "basic", "--user", "admin"}, secrets: []string{password, basic}},
		{name: "basic from a file", files: map[string]string{"in/password": password}, args: []string{"--auth", "basic", "--user", "admin", "--password-file", "in/password"}, secrets: []string{password, basic}},
		{name: "client credentials, basic", env: []string{"SCIMMAGE_OAUTH_SECRET=" + oauthSecret}, args: oauth("basic"), secrets: []string{oauthSecret, accessToken}},
		{name: "client credentials, post", files: map[string]string{"in/secret": oauthSecret}, args: append(oauth("post"), "--oauth-secret-file", "in/secret"), secrets: []string{oauthSecret, accessToken}},
		{name: "client credentials that are refused", env: []string{"SCIMMAGE_OAUTH_SECRET=" + oauthSecret}, args: append(oauth("post"), "--oauth-scope", "refuse"), secrets: []string{oauthSecret}, exit: []int{untestable}},
		{name: "private key JWT", files: map[string]string{"in/key.pem": jwtKey}, args: append(oauth("private-key-jwt"), "--oauth-key-file", "in/key.pem"), secrets: append(jwtLines, accessToken)},
		{name: "mutual TLS", tls: true, files: map[string]string{"in/cert.pem": der, "in/key.pem": tlsKey}, env: []string{"SCIMMAGE_TOKEN=" + token},
			args: []string{"--cert", "in/cert.pem", "--key", "in/key.pem", "--insecure"}, secrets: append(tlsLines, token)},
		{name: "a proxy that is not there", env: []string{"SCIMMAGE_TOKEN=" + token}, args: []string{"--proxy", "http://me:" + proxySecret + "@127.0.0.1:9", "--url", "http://scim.example.net/scim/v2", "--yes"}, secrets: []string{token, proxySecret}, exit: []int{untestable}},
	}
}

// selfSigned is a certificate for both ends.
func selfSigned(t *testing.T, key *ecdsa.PrivateKey) (tls.Certificate, string) {
	t.Helper()
	der := certificate(t, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// gossip is a target that accepts every credential, answers as the provider does, and shows what it was given wherever it can.
type gossip struct {
	t  *testing.T
	mu sync.Mutex
	// given are credentials that only the wire knows: assertions.
	given []string
	calls int
}

func (g *gossip) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	shown := r.Header.Get("Authorization")
	if _, value, ok := strings.Cut(shown, " "); ok && !strings.HasPrefix(shown, "ApiKey") {
		shown = value
	}
	if key := r.Header.Get("X-Api-Key"); key != "" {
		shown = key
	}
	if r.URL.Path == "/oauth/token" {
		g.token(w, r)
		return
	}
	g.mu.Lock()
	g.calls++
	g.mu.Unlock()
	said := shown
	if b, err := base64.StdEncoding.DecodeString(shown); err == nil && strings.Contains(string(b), ":") {
		said += " " + string(b) // what a server logs of Basic
	}
	r.Header.Set("Authorization", "Bearer "+token)
	w.Header().Set("X-Debug", said)
	bend(func(b []byte) []byte {
		quoted, _ := json.Marshal(said) // of a string
		in := string(quoted[1 : len(quoted)-1])
		return []byte(strings.NewReplacer(`"detail":"`, `"detail":"`+in+` `, `"familyName":"`, `"familyName":"`+in).Replace(string(b)))
	})(w, r, next)
}

// token is a token endpoint that repeats what it was asked with.
func (g *gossip) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		g.t.Errorf("token request: %v", err)
	}
	g.mu.Lock()
	g.given = append(g.given, r.PostForm.Get("client_assertion"))
	g.mu.Unlock()
	if r.PostForm.Get("scope") == "refuse" {
		says(400, "application/json", fmt.Sprintf(`{"error":"invalid_client","error_description":"unknown: %s %s %s"}`, r.PostForm.Get("client_secret"), r.Header.Get("Authorization"), r.PostForm.Encode()))(w, r, nil)
		return
	}
	says(200, "application/json", `{"access_token":"`+accessToken+`","token_type":"bearer","expires_in":3600}`)(w, r, nil)
}

// TestCredentialsStayInside: whatever kind of credential a run uses, none of its forms stands in anything that the run writes,
// although the target shows it in header fields, attributes and errors.
func TestCredentialsStayInside(t *testing.T) {
	for _, c := range credentials(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := &gossip{t: t}
			b := newBench(t, provider.Options{}, func(_ int64, w http.ResponseWriter, r *http.Request, next http.Handler) { g.serve(w, r, next) })
			base := strings.TrimSuffix(b.url, "/scim/v2")
			if c.tls {
				base = behindTLS(t, b, g)
			}
			o := c.play(t, base)
			want := c.exit
			if want == nil {
				want = []int{0, fails}
			}
			if !slices.Contains(want, o.code) {
				t.Errorf("exit %d, want one of %v; stderr:\n%s", o.code, want, tail(o.stderr))
			}
			if g.calls < 10 && c.exit == nil {
				t.Errorf("%d requests: nothing was played", g.calls)
			}
			for _, secret := range slices.Compact(slices.Sorted(slices.Values(append(c.secrets, g.given...)))) {
				if secret == "" {
					continue
				}
				if n := search(t, o, secret); n < 10 {
					t.Errorf("%d artefacts were searched; there must be ten at least", n)
				}
			}
			b.foreignUntouched(t)
		})
	}
}

// play runs the command with the credential and nothing else.
func (c credential) play(t *testing.T, base string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hangAfter)
	defer cancel()
	dir := t.TempDir()
	for name, text := range c.files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append([]string{"run", "--seed", seed, "-v"}, reportArgs...)
	if !slices.Contains(c.args, "--url") {
		args = append(args, "--url", base+"/scim/v2")
	}
	if !slices.Contains(c.args, "--suite") {
		args = append(args, "--suite", "rfc.create,rfc.errors,okta.users")
	}
	for _, a := range c.args {
		args = append(args, strings.ReplaceAll(a, "{{base}}", base))
	}
	cmd := command(ctx, t, dir, args...)
	cmd.Env = append(slices.DeleteFunc(cmd.Env, func(v string) bool {
		return strings.HasPrefix(v, "SCIMMAGE_TOKEN") || strings.HasPrefix(v, "NO_PROXY")
	}), c.env...)
	o := finish(t, cmd)
	if err := os.RemoveAll(filepath.Join(dir, "in")); err != nil { // what was given is no artefact
		t.Fatal(err)
	}
	return o
}

// behindTLS puts a listener in front of the bench that wants a certificate of its clients.
func behindTLS(t *testing.T, b *bench, g *gossip) string {
	t.Helper()
	_, _, key := keyPEM(t)
	cert, _ := selfSigned(t, key)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, b.provider) })}
	go func() { _ = srv.Serve(ln) }()     // ends when the test closes the server
	t.Cleanup(func() { _ = srv.Close() }) // nothing is open that could be lost
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "https://127.0.0.1:" + port
}

// TestKeysThatCannotBeRead: what stands in a file that should hold a key is shown to nobody.
func TestKeysThatCannotBeRead(t *testing.T) {
	for _, flag := range []string{"--oauth-key-file", "--key", "--ca"} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			c := credential{files: map[string]string{"in/key.pem": "-----BEGIN PRIVATE KEY-----\n" + token + "\n-----END PRIVATE KEY-----\n", "in/cert.pem": token},
				args: []string{"--auth", "oauth2", "--oauth-token-url", "{{base}}/oauth/token", "--oauth-client-id", "me", "--oauth-style", "private-key-jwt", flag, "in/key.pem"}}
			if flag == "--key" {
				c.args = append(c.args, "--cert", "in/cert.pem")
			}
			o := c.play(t, "http://127.0.0.1:9")
			if o.code != 2 || !strings.Contains(o.stderr, "key.pem") && !strings.Contains(o.stderr, "cert.pem") && !strings.Contains(o.stderr, flag) && !strings.Contains(o.stderr, "key") {
				t.Errorf("exit %d, want 2 and the name of the file; stderr:\n%s", o.code, o.stderr)
			}
			search(t, o, token)
		})
	}
}
