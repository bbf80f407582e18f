package apps

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/provider"
)

// App is a scenario: one file app.yaml in a folder of its own.
type App struct {
	Product string   `yaml:"product"`
	About   string   `yaml:"about"`
	Basis   string   `yaml:"basis"`   // where the description comes from, and how sure it is
	Sources []string `yaml:"sources"` // addresses a reader can look up

	Serve  Serve  `yaml:"serve"`
	Claims string `yaml:"claims"` // file beside app.yaml, for run --claims and probe --claims
	Expect Expect `yaml:"expect"`

	Dir string `yaml:"-"`
}

// Serve is the stand-in: one of SCIM and Site.
type Serve struct {
	SCIM *SCIM    `yaml:"scim"`
	Site []Answer `yaml:"site"`
}

// SCIM is a stand-in built on the reference provider.
type SCIM struct {
	Variants []string `yaml:"variants"` // legal ways to differ
	Defects  []string `yaml:"defects"`  // faults, where the product is known to have them
	Seed     int      `yaml:"seed-users"`
}

// Answer is one fixed answer of an application without SCIM. The first that matches the request counts.
type Answer struct {
	Path    string            `yaml:"path"`   // exact, or a prefix that ends in *
	Header  string            `yaml:"header"` // matches only requests that carry this header
	Status  int               `yaml:"status"`
	Type    string            `yaml:"type"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
}

// Expect is what a test of the scenario holds the tool to.
type Expect struct {
	Headers map[string]string            `yaml:"headers"` // sent with the probe: the product's own way to authenticate
	Probe   string                       `yaml:"probe"`   // kind of the probe's verdict
	Matrix  map[string]map[string]string `yaml:"matrix"`  // profile → feature → verdict
	Claims  map[string]map[string]string `yaml:"claims"`  // profile → feature → verdict of the promise
	Audit   *Audit                       `yaml:"audit"`
}

// Audit compares an exported list of users with a roster; both stand beside app.yaml.
type Audit struct {
	Accounts string   `yaml:"accounts"`
	Roster   string   `yaml:"roster"`
	Orphans  []string `yaml:"orphans"`
}

// Load reads one app.yaml.
func Load(file string) (*App, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	a := App{Dir: filepath.Dir(file)}
	if err := d.Decode(&a); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &a, nil
}

func (a *App) check() error {
	switch {
	case a.Product == "":
		return errors.New("product is missing")
	case (a.Serve.SCIM == nil) == (len(a.Serve.Site) == 0):
		return errors.New("serve needs either scim or site")
	}
	for i, s := range a.Serve.Site {
		switch {
		case !strings.HasPrefix(s.Path, "/"):
			return fmt.Errorf("serve.site[%d]: path %q does not begin with a slash", i, s.Path)
		case s.Status < 200 || s.Status > 599:
			return fmt.Errorf("serve.site[%d]: status %d is no final HTTP status", i, s.Status)
		}
	}
	return nil
}

// File is the path of a file that stands beside app.yaml.
func (a *App) File(name string) string { return filepath.Join(a.Dir, name) }

// Handler is the stand-in. The options carry what the caller decides (address, token, clock); variants, defects and seed
// are the scenario's.
func (a *App) Handler(o provider.Options) (http.Handler, error) {
	if a.Serve.SCIM == nil {
		return site(a.Serve.Site), nil
	}
	o.Variants = append(o.Variants, a.Serve.SCIM.Variants...)
	o.Defects = append(o.Defects, a.Serve.SCIM.Defects...)
	o.Seed = max(o.Seed, a.Serve.SCIM.Seed)
	return provider.New(o)
}

type site []Answer

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, a := range s {
		if !a.matches(r) {
			continue
		}
		for k, v := range a.Headers {
			w.Header().Set(k, v)
		}
		if a.Type != "" {
			w.Header().Set("Content-Type", a.Type)
		}
		w.WriteHeader(a.Status)
		_, _ = w.Write([]byte(a.Body)) // a client that went away is no fault of the stand-in
		return
	}
	http.NotFound(w, r)
}

func (a Answer) matches(r *http.Request) bool {
	if a.Header != "" && r.Header.Get(a.Header) == "" {
		return false
	}
	if prefix, ok := strings.CutSuffix(a.Path, "*"); ok {
		return strings.HasPrefix(r.URL.Path, prefix)
	}
	return r.URL.Path == a.Path
}
