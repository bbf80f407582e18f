package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/apps"
	"github.com/scimmage/scimmage/internal/provider"
)

func (e *env) providerCommand() *cli.Command {
	return &cli.Command{
		Name: "provider", Usage: "serve the reference SCIM service provider, right or with defects",
		UsageText: "scimmage provider --listen 127.0.0.1:8080 --token secret [--defect NAME]…\nscimmage provider --grade [-o html=client.html] [--fail-on must]",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8080", Usage: "address to listen on", EnvVars: []string{envName("listen")}},
			str("token", "bearer token that clients must send (none: no authentication)"),
			str("token-b", "bearer token of a second tenant, with people and groups of its own"),
			list("defect", "make it wrong in this named way (scimmage list defects)"),
			list("variant", "make it different in this legal way (scimmage list defects)"),
			num("seed-users", "people to start with"),
			str("app", "stand in for a product: a scenario file such as testdata/apps/clazar/app.yaml"),
			flag("grade", "judge every client that talks to it; the report comes when it is stopped, and at /grade before"),
			str("fail-on", "with --grade: must (default), should or any: what makes the exit code 1"),
		}, showFlags()...),
		Action: e.providerAction,
	}
}

func (e *env) providerAction(c *cli.Context) error {
	o := provider.Options{Token: c.String("token"), Defects: split(c.StringSlice("defect")), Variants: split(c.StringSlice("variant")), Seed: c.Int("seed-users"), Clock: e.sys.Now}
	if b := c.String("token-b"); b != "" {
		if o.Token == "" || o.Token == b {
			return usagef("give --token, and another one as --token-b", "--token-b: two tenants are told apart by their tokens")
		}
		o.Tokens = map[string]string{b: "other"}
	}
	build := func(o provider.Options) (http.Handler, error) { return provider.New(o) }
	if file := c.String("app"); file != "" {
		app, err := apps.Load(file)
		if err != nil {
			return usagef("", "--app: %v", err)
		}
		build = app.Handler
	}
	if c.Bool("grade") {
		return e.gradeAction(c, o, build)
	}
	for _, name := range []string{"fail-on", "output"} {
		if c.IsSet(name) && e.sys.Getenv(envName(name)) == "" {
			return usagef("add --grade", "--%s reports on a client: it needs --grade", name)
		}
	}
	p, err := startHandler(c.String("listen"), o, build)
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Fprintf(e.out, "listening %s\n", p.base)
	<-c.Context.Done()
	return nil
}

// served is a provider behind a listener.
type served struct {
	base, public, token, tokenB string // base is where it listens, public what it says of itself
	stop                        func()
	handler                     http.Handler
}

func startProvider(addr string, o provider.Options) (*served, error) {
	return startHandler(addr, o, func(o provider.Options) (http.Handler, error) { return provider.New(o) })
}

// startHandler serves what build makes of the options, once its address is known.
func startHandler(addr string, o provider.Options, build func(provider.Options) (http.Handler, error)) (*served, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, usagef("choose another --listen address, such as 127.0.0.1:0 for a free port", "%v", err)
	}
	base := "http://" + publicAddr(ln.Addr().String()) + "/scim/v2"
	switch at := provider.Address(o.Defects); {
	case o.BaseURL == "" && at != "":
		_ = ln.Close()
		return nil, usagef("scimmage run --demo plays it", "--defect: what is wrong is the address, %s, and this provider is at %s", at, base)
	case o.BaseURL == "":
		o.BaseURL = base
	}
	h, err := build(o)
	if err != nil {
		_ = ln.Close()
		return nil, usagef("scimmage list defects shows them all", "%v", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			_ = ln.Close()
		}
	}()
	stop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close()
		}
	}
	s := &served{base: base, public: o.BaseURL, token: o.Token, stop: stop, handler: h}
	for t := range o.Tokens {
		s.tokenB = t
	}
	return s, nil
}

// publicAddr turns a wildcard listener into an address that can be typed.
func publicAddr(a string) string {
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		return a
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

// demoOptions are the embedded provider's: two tenants, so that isolation can be tested too.
func demoOptions(names []string, sys system) provider.Options {
	var defects, variants []string
	for _, n := range names { // run --demo --defect takes legal variants as well: the list shows both
		if slices.ContainsFunc(provider.Variants(), func(v provider.Defect) bool { return v.Name == n }) {
			variants = append(variants, n)
		} else {
			defects = append(defects, n)
		}
	}
	return provider.Options{BaseURL: provider.Address(defects), Token: "demo-token-a", Tokens: map[string]string{"demo-token-b": "other"}, Defects: defects, Variants: variants, Clock: sys.Now, Me: ""}
}
