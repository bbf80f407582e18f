package cli

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
)

// settings are flags, environment and configuration file together, in that order of precedence.
type settings struct {
	c    *cli.Context
	file *fileConfig
	sys  system
}

func (e *env) settings(c *cli.Context) (*settings, error) {
	path := c.String("config")
	f, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	return &settings{c: c, file: f, sys: e.sys}, nil
}

// text gives the flag, its environment twin, or what the file says.
func (s *settings) text(flag, file string) string {
	if s.c.IsSet(flag) {
		return s.c.String(flag)
	}
	return file
}

func (s *settings) on(flag string, file bool) bool {
	if s.c.IsSet(flag) {
		return s.c.Bool(flag)
	}
	return file
}

func (s *settings) lines(flag string, file []string) []string {
	if s.c.IsSet(flag) {
		return s.c.StringSlice(flag)
	}
	return file
}

func (s *settings) duration(flag string, file time.Duration) time.Duration {
	if s.c.IsSet(flag) {
		return s.c.Duration(flag)
	}
	return file
}

func (s *settings) number(flag string, file int) int {
	if s.c.IsSet(flag) {
		return s.c.Int(flag)
	}
	return file
}

// targetURL checks the base URL before anything is sent.
func (s *settings) targetURL() (string, error) {
	raw := strings.TrimSpace(s.text("url", s.file.URL))
	if raw == "" {
		return "", usagef("give --url https://app.example.com/scim/v2, or --demo to try scimmage on its own provider", "no target: --url is missing")
	}
	u, err := url.Parse(raw)
	if bare := strings.TrimPrefix(raw, "//"); !strings.Contains(bare, "://") { // host:port reads as a scheme
		if v, bad := url.Parse("https://" + bare); bad == nil && v.Hostname() != "" {
			return "", usagef("did you mean https://"+bare+"?", "--url %q is no http or https address", raw)
		}
	}
	switch {
	case err != nil:
		return "", usagef("a base URL looks like https://app.example.com/scim/v2", "--url %q: %v", raw, err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", usagef("a base URL looks like https://app.example.com/scim/v2", "--url %q is no http or https address", raw)
	case strings.Contains(strings.ToLower(u.RawQuery), "aadoptscim062020"):
		return "", usagef("leave the flag away and give --idp entra-062020, the profile of what Entra sends with it", "--url %q ends in a flag of Entra's tenant URL", raw)
	case u.RawQuery != "" || u.Fragment != "":
		return "", usagef("", "--url %q has a query or a fragment; a SCIM base URL has neither", raw)
	case u.User != nil:
		return "", usagef("use --auth basic --user NAME with SCIMMAGE_PASSWORD", "--url holds credentials; they would stand in every artefact")
	}
	return strings.TrimSuffix(raw, "/"), nil
}

// secret reads a secret from the command line, the environment or a file, in that order; a file that
// the command line names goes before a secret of the environment. flag is empty where no flag takes
// the secret itself. No message ever shows it.
func (s *settings) secret(flag, env, fileFlag, file string) (string, error) {
	if flag != "" && s.typed(flag) {
		return strings.TrimSpace(s.c.String(flag)), nil
	}
	if v := s.sys.Getenv(env); v != "" && !s.typed(fileFlag) {
		return strings.TrimSpace(v), nil
	}
	path := s.text(fileFlag, file)
	if path == "" {
		return "", nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", usagef("", "--%s: %v", fileFlag, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// typed says whether the flag stands on the command line: the library counts its environment twin too.
func (s *settings) typed(flag string) bool {
	return s.c.IsSet(flag) && s.c.String(flag) != s.sys.Getenv(envName(flag))
}

func (s *settings) token() (string, error) {
	t, err := s.secret("token", "SCIMMAGE_TOKEN", "token-file", s.file.TokenFile)
	if err != nil || t != "" {
		return t, err
	}
	if env := s.file.TokenEnv; env != "" {
		if v := s.sys.Getenv(env); v != "" {
			return v, nil
		}
		return "", usagef("set it, or use --token-file", "the configuration takes the token from $%s, which is empty", env)
	}
	command := s.text("token-command", s.file.TokenCommand)
	if command == "" {
		return "", nil
	}
	out, err := exec.Command("sh", "-c", command).Output()
	if err != nil {
		return "", usagef("", "--token-command failed: %v", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// auth builds the credential.
func (s *settings) auth() (exchange.Auth, error) {
	kind := strings.ToLower(s.text("auth", s.file.Auth))
	tok, err := s.token()
	if err != nil {
		return exchange.Auth{}, err
	}
	if kind == "" {
		kind = "bearer"
		if tok == "" {
			kind = "none"
			if s.text("oauth-token-url", s.file.OAuth.TokenURL) != "" {
				kind = "oauth2"
			}
		}
	}
	a := exchange.Auth{Kind: kind, Token: tok}
	switch kind {
	case "none":
	case "bearer", "header":
		if tok == "" {
			return a, usagef("set SCIMMAGE_TOKEN, or use --token-file or --token-command", "--auth %s needs a token", kind)
		}
	case "basic":
		a.User = s.text("user", s.file.User)
		if a.Password, err = s.secret("", "SCIMMAGE_PASSWORD", "password-file", s.file.PasswordFile); err != nil {
			return a, err
		}
	case "oauth2":
		a.TokenURL, a.ClientID = s.text("oauth-token-url", s.file.OAuth.TokenURL), s.text("oauth-client-id", s.file.OAuth.ClientID)
		a.Scopes, a.AuthStyle = split(s.lines("oauth-scope", s.file.OAuth.Scopes)), s.text("oauth-style", s.file.OAuth.Style)
		a.PrivateKeyFile = s.text("oauth-key-file", s.file.OAuth.KeyFile)
		if a.ClientSecret, err = s.secret("", "SCIMMAGE_OAUTH_SECRET", "oauth-secret-file", s.file.OAuth.SecretFile); err != nil {
			return a, err
		}
		if a.TokenURL == "" || a.ClientID == "" {
			return a, usagef("", "--auth oauth2 needs --oauth-token-url and --oauth-client-id")
		}
	default:
		return a, usagef(didYouMean(kind, []string{"bearer", "header", "basic", "oauth2", "none"}), "--auth %q is no way to authenticate", kind)
	}
	return a, nil
}

func (s *settings) headers() ([]exchange.Header, error) {
	out := slices.Clone(s.file.Headers)
	for _, h := range s.c.StringSlice("header") {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usagef("write it as 'Name: value'", "--header %q has no colon", h)
		}
		out = append(out, exchange.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return out, nil
}

// exchangeConfig is the target as the exchange layer needs it.
func (s *settings) exchangeConfig(base string) (exchange.Config, error) {
	auth, err := s.auth()
	if err != nil {
		return exchange.Config{}, err
	}
	hs, err := s.headers()
	if err != nil {
		return exchange.Config{}, err
	}
	return exchange.Config{
		BaseURL: base, Auth: auth, Headers: hs, UserAgent: "scimmage/" + Version,
		Timeout: s.duration("timeout", s.file.Timeout), MaxWait: s.duration("max-wait", s.file.MaxWait), Rate: s.rate(base),
		MaxRequests: s.maxRequests(base), ReadOnly: s.on("read-only", s.file.ReadOnly),
		CAFile: s.text("ca", s.file.TLS.CA), CertFile: s.text("cert", s.file.TLS.Cert), KeyFile: s.text("key", s.file.TLS.Key),
		Insecure: s.on("insecure", s.file.TLS.Insecure), Proxy: s.text("proxy", s.file.Proxy),
		RedactPII: s.on("redact-pii", s.file.RedactPII), Clock: s.sys,
	}, nil
}

// Limits for targets on other machines, where nothing else is said. Somebody else may be working there.
const (
	remoteRate     = 25 // requests a second: what Microsoft Entra ID asks every application to stand (Entra gallery requirements)
	remoteRequests = 50_000
	remoteDuration = 2 * time.Hour
)

func (s *settings) rate(base string) float64 {
	switch {
	case s.c.IsSet("rate"):
		return s.c.Float64("rate")
	case s.file.Rate == 0 && remote(base):
		return remoteRate
	}
	return s.file.Rate
}

func (s *settings) maxRequests(base string) int {
	if n := s.number("max-requests", s.file.MaxRequests); n != 0 || s.c.IsSet("max-requests") || !remote(base) {
		return n
	}
	return remoteRequests
}

func (s *settings) maxDuration(base string) time.Duration {
	if d := s.duration("max-duration", s.file.MaxDuration); d != 0 || s.c.IsSet("max-duration") || !remote(base) {
		return d
	}
	return remoteDuration
}

// target is what the target needs of test people.
func (s *settings) target() (engine.TargetConfig, error) {
	t := s.file.Target
	t.Domain = s.text("domain", t.Domain)
	b := s.c.String("token-b")
	if b == "" && s.file.TokenBFile != "" {
		raw, err := os.ReadFile(s.file.TokenBFile)
		if err != nil {
			return t, usagef("", "token-b-file: %v", err)
		}
		b = strings.TrimSpace(string(raw))
	}
	if b != "" {
		kind := strings.ToLower(s.text("auth", s.file.Auth))
		if kind != "header" {
			kind = "bearer"
		}
		t.AuthB = &exchange.Auth{Kind: kind, Token: b}
	}
	return t, nil
}

func (s *settings) features() (map[string]bool, error) {
	out := map[string]bool{}
	for k, v := range s.file.Features {
		out[k] = v
	}
	for _, f := range split(s.c.StringSlice("feature")) {
		name, val, _ := strings.Cut(f, "=")
		switch strings.ToLower(val) {
		case "on", "true", "yes":
			out[name] = true
		case "off", "false", "no":
			out[name] = false
		default:
			return nil, usagef("write --feature bulk=off", "--feature %q is neither on nor off", f)
		}
	}
	return out, nil
}

func (s *settings) shard() ([2]int, error) {
	v := s.c.String("shard")
	if v == "" {
		return [2]int{}, nil
	}
	a, b, _ := strings.Cut(v, "/")
	n, err1 := strconv.Atoi(a)
	m, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || n < 1 || m < n {
		return [2]int{}, usagef("write --shard 3/8", "--shard %q is no part of a whole", v)
	}
	return [2]int{n, m}, nil
}

// remote tells whether the target is on another machine.
func remote(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return true
	}
	if u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

// again is the command line that repeats this run, without secrets.
func again(c *cli.Context, base string, demo bool) string {
	var b strings.Builder
	b.WriteString("scimmage run")
	if demo {
		b.WriteString(" --demo")
	} else {
		fmt.Fprintf(&b, " --url %s", base)
	}
	for _, f := range []string{"defect", "idp", "suite", "only", "skip", "feature", "config", "seed", "jobs", "fail-on", "read-only", "domain"} {
		if !c.IsSet(f) {
			continue
		}
		switch v := c.Value(f).(type) {
		case cli.StringSlice:
			for _, x := range v.Value() {
				fmt.Fprintf(&b, " --%s %s", f, quoteAll([]string{x})[0])
			}
		case bool:
			fmt.Fprintf(&b, " --%s", f)
		default:
			fmt.Fprintf(&b, " --%s %v", f, v)
		}
	}
	return b.String()
}
