package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/baseline"
	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// configFile is looked for in the working directory when --config is not given.
const configFile = "scimmage.yaml"

// fileConfig is scimmage.yaml. Flags and environment go over it.
type fileConfig struct {
	URL, Title   string
	Auth         string
	TokenEnv     string
	TokenFile    string
	TokenCommand string
	TokenBFile   string
	User         string
	PasswordFile string
	OAuth        oauthConfig
	Headers      []exchange.Header
	TLS          tlsConfig
	Proxy        string
	Timeout      time.Duration
	MaxDuration  time.Duration
	MaxWait      time.Duration
	MaxRequests  int
	Rate         float64
	Jobs         int
	ReadOnly     bool
	Yes          bool
	RedactPII    bool
	IDPs, Suites []string
	Skip         []string
	FailOn       string
	Baseline     string
	History      string
	Outputs      []string
	Features     map[string]bool
	Target       engine.TargetConfig
}

type oauthConfig struct {
	TokenURL   string   `yaml:"token-url"`
	ClientID   string   `yaml:"client-id"`
	SecretFile string   `yaml:"secret-file"`
	Scopes     []string `yaml:"scopes"`
	Style      string   `yaml:"style"`
	KeyFile    string   `yaml:"key-file"`
}

type tlsConfig struct {
	CA       string `yaml:"ca"`
	Cert     string `yaml:"cert"`
	Key      string `yaml:"key"`
	Insecure bool   `yaml:"insecure"`
}

// configuration is the file as it is written.
type configuration struct {
	URL          string                  `yaml:"url"`
	Title        string                  `yaml:"title"`
	Auth         string                  `yaml:"auth"`
	TokenEnv     string                  `yaml:"token-env"`
	TokenFile    string                  `yaml:"token-file"`
	TokenCommand string                  `yaml:"token-command"`
	TokenBFile   string                  `yaml:"token-b-file"`
	User         string                  `yaml:"user"`
	PasswordFile string                  `yaml:"password-file"`
	OAuth        oauthConfig             `yaml:"oauth"`
	Headers      map[string]string       `yaml:"headers"`
	TLS          tlsConfig               `yaml:"tls"`
	Proxy        string                  `yaml:"proxy"`
	Timeout      time.Duration           `yaml:"timeout"`
	MaxDuration  time.Duration           `yaml:"max-duration"`
	MaxWait      time.Duration           `yaml:"max-wait"`
	MaxRequests  int                     `yaml:"max-requests"`
	Rate         float64                 `yaml:"rate"`
	Jobs         int                     `yaml:"jobs"`
	ReadOnly     bool                    `yaml:"read-only"`
	Yes          bool                    `yaml:"yes"`
	RedactPII    bool                    `yaml:"redact-pii"`
	IDP          []string                `yaml:"idp"`
	Suite        []string                `yaml:"suite"`
	Skip         []string                `yaml:"skip"`
	FailOn       string                  `yaml:"fail-on"`
	Baseline     string                  `yaml:"baseline"`
	History      string                  `yaml:"history"`
	Output       []string                `yaml:"output"`
	Features     map[string]*suites.Node `yaml:"features"`
	Disposable   bool                    `yaml:"disposable"`
	People       peopleConfig            `yaml:"people"`
	Groups       peopleConfig            `yaml:"groups"`
}

// peopleConfig is what the target needs of test people or groups.
type peopleConfig struct {
	Domain     string           `yaml:"domain"`
	UserName   string           `yaml:"username"`
	Longest    int              `yaml:"longest"`
	Attributes *suites.Template `yaml:"attributes"`
	LeaveOut   []string         `yaml:"leave-out"`
	Directory  *suites.Template `yaml:"directory"`
}

// loadConfig reads a configuration file; "" means the default one, which need not exist.
func loadConfig(path string) (*fileConfig, error) {
	optional := path == ""
	if optional {
		path = configFile
	}
	data, err := os.ReadFile(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return &fileConfig{}, nil
	}
	if err != nil {
		return nil, usagef("", "--config: %v", err)
	}
	node, dec := suites.ParseYAML(path, data)
	var raw configuration
	if node != nil {
		node.Into(&raw)
	}
	out := raw.config()
	for _, given := range []struct {
		key  string
		what *suites.Template
	}{{"people.attributes", raw.People.Attributes}, {"people.directory", raw.People.Directory}, {"groups.attributes", raw.Groups.Attributes}} {
		if given.what == nil {
			continue
		}
		if _, err := given.what.Render(map[string]any{}); err != nil {
			return nil, usagef("write plain values; they are the same for every object", "%s: %s cannot be used: %v", path, given.key, err)
		}
	}
	if ps := dec.Problems(); len(ps) > 0 {
		return nil, &exitError{exitUsage, strings.TrimRight(ps.Render(), "\n"), ""}
	}
	return out, nil
}

func (r *configuration) config() *fileConfig {
	f := &fileConfig{URL: r.URL, Title: r.Title, Auth: r.Auth, TokenEnv: r.TokenEnv, TokenFile: r.TokenFile, TokenCommand: r.TokenCommand, TokenBFile: r.TokenBFile,
		User: r.User, PasswordFile: r.PasswordFile, OAuth: r.OAuth, TLS: r.TLS, Proxy: r.Proxy, Timeout: r.Timeout, MaxDuration: r.MaxDuration, MaxWait: r.MaxWait, MaxRequests: r.MaxRequests,
		Rate: r.Rate, Jobs: r.Jobs, ReadOnly: r.ReadOnly, Yes: r.Yes, RedactPII: r.RedactPII, IDPs: r.IDP, Suites: r.Suite, Skip: r.Skip, FailOn: r.FailOn,
		Baseline: r.Baseline, History: r.History, Outputs: r.Output, Features: switches(r.Features)}
	for _, name := range sortedNames(r.Headers) {
		f.Headers = append(f.Headers, exchange.Header{Name: name, Value: r.Headers[name]})
	}
	p := r.People
	f.Target = engine.TargetConfig{Domain: p.Domain, UserName: p.UserName, Longest: p.Longest, User: constant(p.Attributes), Group: constant(r.Groups.Attributes),
		LeaveOut: append(append([]string{}, p.LeaveOut...), r.Groups.LeaveOut...), Disposable: r.Disposable}
	if m, ok := suites.Plain(constant(p.Directory)).(map[string]any); ok && p.Directory != nil {
		f.Target.Person = m
	}
	return f
}

// switches reads features as the flag does: on and off beside true and false, which YAML 1.2 alone takes for text.
func switches(nodes map[string]*suites.Node) map[string]bool {
	if len(nodes) == 0 {
		return nil
	}
	out := map[string]bool{}
	for name, n := range nodes {
		switch v := n.Value(); v {
		case true, "on":
			out[name] = true
		case false, "off":
			out[name] = false
		default:
			n.Errorf("", "a feature is on or off")
		}
	}
	return out
}

// constant is an object without expressions.
func constant(t *suites.Template) *suites.Object {
	if t == nil {
		return nil
	}
	v, err := t.Render(map[string]any{})
	if err != nil {
		return nil
	}
	o, _ := v.(*suites.Object)
	return o
}

func (j *job) baseline(c *cli.Context, doc *result.Document) (bool, error) {
	path := j.s.text("baseline", j.s.file.Baseline)
	if path == "" {
		return false, nil
	}
	return j.e.applyBaseline(path, doc)
}

func (e *env) applyBaseline(path string, doc *result.Document) (bool, error) {
	entries, err := readBaseline(path)
	if err != nil {
		return false, err
	}
	if err := result.ApplyBaseline(doc, path, entries, e.sys.Now()); err != nil {
		return false, usagef("", "%s: %v", path, err)
	}
	return len(doc.Baseline.Drift) > 0, nil
}

func readBaseline(path string) ([]result.BaselineEntry, error) {
	entries, err := baseline.Read(path)
	var ps suites.Problems
	switch {
	case errors.As(err, &ps):
		return nil, &exitError{exitUsage, strings.TrimRight(ps.Render(), "\n"), ""}
	case err != nil:
		return nil, usagef("scimmage baseline update makes one", "--baseline: %v", err)
	}
	return entries, nil
}
