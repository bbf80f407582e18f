package scimtest

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/scimmage/scimmage/internal/baseline"
	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/reports"
	"github.com/scimmage/scimmage/suites"
)

// Option narrows or shapes a run.
type Option func(*config)

type config struct {
	idps, suites, only, skip []string
	files                    []suiteFile
	features                 map[string]bool
	target                   engine.TargetConfig
	seed                     int64
	readOnly                 bool
	failOn                   string
	failUnder                float64
	baseline                 string
	outputs                  []output
	err                      error // of an option that could not be taken
}

type suiteFile struct {
	name string
	data []byte
}

type output struct{ format, file string }

// IDPs selects the identity providers to play, by name (scimmage list idps); without it, those that
// are played unasked, Okta and Entra ID.
func IDPs(names ...string) Option { return func(c *config) { c.idps = append(c.idps, names...) } }

// Suites selects suites by name or glob (scimmage list suites).
func Suites(names ...string) Option { return func(c *config) { c.suites = append(c.suites, names...) } }

// SuiteFile adds a suite file of your own (docs/authoring.md) and selects it.
func SuiteFile(path string) Option {
	return func(c *config) {
		data, err := os.ReadFile(path)
		c.fail(err)
		c.files = append(c.files, suiteFile{path, data})
	}
}

// Only runs only the cases that match one of the globs.
func Only(globs ...string) Option { return func(c *config) { c.only = append(c.only, globs...) } }

// Skip leaves out the cases that match one of the globs.
func Skip(globs ...string) Option { return func(c *config) { c.skip = append(c.skip, globs...) } }

// Feature overrules what discovery says the target offers: patch, bulk, filter, sort, etag,
// change-password, cursor, groups, enterprise, events.
func Feature(name string, on bool) Option {
	return func(c *config) {
		if c.features == nil {
			c.features = map[string]bool{}
		}
		c.features[name] = on
	}
}

// ReadOnly sends nothing but GET and POST /.search.
func ReadOnly() Option { return func(c *config) { c.readOnly = true } }

// Seed makes another run: names and order of random choices depend on it. Handlers get 1, so that a
// failure comes again; servers get another one each time.
func Seed(seed int64) Option { return func(c *config) { c.seed = seed } }

// Domain is the domain of the test people's addresses; without it example.com.
func Domain(domain string) Option { return func(c *config) { c.target.Domain = domain } }

// LeaveOut never sends these attributes.
func LeaveOut(paths ...string) Option {
	return func(c *config) { c.target.LeaveOut = append(c.target.LeaveOut, paths...) }
}

// UserAttributes are sent with every user that is created or replaced, for service providers that
// demand more than the RFC does.
func UserAttributes(attributes map[string]any) Option {
	return func(c *config) {
		o := suites.NewObject()
		for _, k := range slices.Sorted(maps.Keys(attributes)) {
			o.Set(k, attributes[k])
		}
		c.target.User = o
	}
}

// Level says what fails a test.
type Level string

// The levels of FailOn.
const (
	Must   Level = "must"   // violations of a MUST (the default)
	Should Level = "should" // those of a SHOULD, too
)

// FailOn decides which findings are errors; the others are logged.
func FailOn(l Level) Option { return func(c *config) { c.failOn = string(l) } }

// FailUnder fails the test when the score is below this percentage.
func FailUnder(percent float64) Option { return func(c *config) { c.failUnder = percent } }

// Baseline is a file of expected failures (scimmage baseline update): they are logged, not errors.
// An entry that no longer fits is an error.
func Baseline(path string) Option { return func(c *config) { c.baseline = path } }

// Report writes the result into a file, in any format of scimmage run -o: html, junit, json, sarif, …
func Report(format, path string) Option {
	return func(c *config) {
		if _, ok := reports.Find(format, reports.Options{}); !ok {
			c.fail(fmt.Errorf("no report format %q; there are %v", format, reports.Names()))
		}
		c.outputs = append(c.outputs, output{format, path})
	}
}

func (c *config) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// finish marks what is known and writes the reports.
func (c *config) finish(doc *result.Document) error {
	if c.baseline != "" {
		entries, err := baseline.Read(c.baseline)
		if err != nil {
			return err
		}
		if err := result.ApplyBaseline(doc, c.baseline, entries, exchange.SystemClock{}.Now()); err != nil {
			return err
		}
	}
	for _, o := range c.outputs {
		f, _ := reports.Find(o.format, reports.Options{})
		var b bytes.Buffer
		if err := f.Write(&b, doc); err != nil {
			return fmt.Errorf("report %s: %w", o.format, err)
		}
		if err := os.WriteFile(o.file, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("report %s: %w", o.format, err)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
