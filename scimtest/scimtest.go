// Package scimtest owns the Go API for people who write a SCIM service provider in Go: Run plays the
// identity providers against it inside go test. Every case of the suites is a subtest, and every
// check that fails is a t.Error with the text that scimmage run shows in a terminal. The service
// provider is an http.Handler of the same process, without a port, or any URL.
//
// The package judges nothing and renders nothing itself: it runs the engine and turns the document
// into calls of testing.T.
package scimtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// DefaultURL is where a Handler believes to be when Target.URL is empty.
const DefaultURL = "http://scim.test/scim/v2"

// Target is the service provider under test.
type Target struct {
	// Handler is called in process, without a socket. Nil means that URL is reached over the network.
	Handler http.Handler

	// URL is the base URL: what stands before /Users. With a Handler, its path says where the handler
	// serves SCIM, and its host is what requests carry in Host; empty means DefaultURL.
	URL string

	Token       string        // bearer token; empty sends no Authorization
	SecondToken string        // another tenant's or a lesser credential; empty leaves out the cases that need one
	Header      http.Header   // sent with every request
	Timeout     time.Duration // of one answer; 0 means 60 s, as Okta waits
}

// Run tests the target and reports every case as a subtest of t, below a subtest for its suite:
// go test -run 'TestSCIM/rfc.patch' -v shows one suite. By default the violations of a MUST fail;
// those of a SHOULD are logged (see FailOn). Cases that do not apply, or that are blocked by
// another case, are skipped with their reason. A case that could not be judged fails, too: a test that does
// not know must not be green.
//
// Run creates, changes and deletes users and groups whose names begin with "scimmage-", and removes
// them again; nothing else is touched.
func Run(t *testing.T, target Target, options ...Option) {
	t.Helper()
	run(test{t}, t.Context(), target, options)
}

func run(t tester, ctx context.Context, target Target, options []Option) {
	t.Helper()
	c := config{failOn: "must"}
	for _, o := range options {
		o(&c)
	}
	if c.err != nil {
		t.Fatal("scimtest: " + c.err.Error())
		return
	}
	eng, fold, closing, err := prepare(target, &c)
	if err != nil {
		t.Fatal("scimtest: " + err.Error())
		return
	}
	defer closing()
	diag, err := eng.Run(ctx)
	if err != nil {
		t.Fatal("scimtest: " + err.Error())
		return
	}
	doc := fold.Document()
	if err := c.finish(doc); err != nil {
		t.Error("scimtest: " + err.Error())
	}
	show(t, doc, &c)
	if diag != nil {
		t.Fatal(join("the target could not be tested: "+diag.Message, diag.Hint))
	}
}

// prepare builds the engine. Nothing is sent.
func prepare(target Target, c *config) (*engine.Engine, *result.Fold, func(), error) {
	base, err := target.base()
	if err != nil {
		return nil, nil, nil, err
	}
	lib, profiles, err := c.library()
	if err != nil {
		return nil, nil, nil, err
	}
	clock := exchange.SystemClock{}
	if c.seed == 0 {
		c.seed = 1
		if target.Handler == nil { // what a broken run left behind on a server must not be in the way
			c.seed = clock.Now().UnixNano()
		}
	}
	prefix := engine.RunPrefix(c.seed)
	client, err := exchange.New(exchange.Config{
		BaseURL: base, Handler: target.Handler, Auth: bearer(target.Token), Headers: headers(target.Header), UserAgent: "scimmage",
		Timeout: target.Timeout, ReadOnly: c.readOnly, Rules: exchange.GuardRules{RunID: prefix}, Clock: clock,
		NoCurl: target.Handler != nil, // nobody can send to a handler
	})
	if err != nil {
		return nil, nil, nil, err
	}
	c.target.AuthB = nil
	if target.SecondToken != "" {
		b := bearer(target.SecondToken)
		c.target.AuthB = &b
	}
	fold := result.NewFold()
	eng := engine.New(engine.Options{
		Library: lib, Profiles: profiles, Client: client, Clock: clock, Sink: fold, Target: c.target,
		Tool: result.Tool{Name: "scimmage", Version: "scimtest", Suites: suites.Version()},
		Run:  result.Run{ID: prefix, Prefix: prefix, Seed: c.seed, Jobs: 1, ReadOnly: c.readOnly, FailOn: c.failOn},
		Info: result.Target{URL: base, Auth: authName(target.Token)},
		IDPs: c.idps, Suites: c.suites, Only: c.only, Skip: c.skip, Features: c.features,
	})
	if err := eng.Check(); err != nil {
		client.Close()
		return nil, nil, nil, err
	}
	return eng, fold, func() { client.Close() }, nil
}

// library is the embedded judgement, with the caller's own suite files.
func (c *config) library() (*suites.Library, *profile.Set, error) {
	profiles, err := profile.Embedded()
	if err != nil {
		return nil, nil, err
	}
	lib, ps := suites.LoadEmbedded()
	for _, f := range c.files {
		own, more := lib.Add(f.name, f.data)
		ps = append(ps, more...)
		if own != nil {
			c.suites = append(c.suites, own.ID)
		}
	}
	if ps = append(ps, lib.CheckNames(engine.Names(profiles))...); len(ps) > 0 {
		return nil, nil, errors.New(ps.Render())
	}
	return lib, profiles, nil
}

func (t Target) base() (string, error) {
	switch {
	case t.URL == "" && t.Handler == nil:
		return "", errors.New("the target has neither a Handler nor a URL")
	case t.URL == "":
		return DefaultURL, nil
	}
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("the target's URL %q is no http or https URL", t.URL)
	}
	return t.URL, nil
}

func bearer(token string) exchange.Auth {
	if token == "" {
		return exchange.Auth{Kind: "none"}
	}
	return exchange.Auth{Kind: "bearer", Token: token}
}

func authName(token string) string { return bearer(token).Kind }

func headers(h http.Header) []exchange.Header {
	var out []exchange.Header
	for _, name := range sortedKeys(h) {
		for _, v := range h[name] {
			out = append(out, exchange.Header{Name: name, Value: v})
		}
	}
	return out
}
