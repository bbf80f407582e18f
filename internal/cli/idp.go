package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/mockidp"
)

func (e *env) idpCommand() *cli.Command {
	serve := []cli.Flag{
		&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8181", Usage: "address to listen on; another than loopback needs --admin-token", EnvVars: []string{envName("listen")}},
		str("data", "file of the database, or :memory: (default: in your data directory)"),
		str("admin-token", "credential for the console and the API; browsers ask for it as password"),
		num("sample", "fill an empty directory with a company of so many people"),
		&cli.Int64Flag{Name: "seed", Value: 1, Usage: "the same seed gives the same sample", EnvVars: []string{envName("seed")}},
	}
	return &cli.Command{
		Name: "idp", Usage: "a mock identity provider: directory, applications, web console, API",
		UsageText: "scimmage idp --listen 127.0.0.1:8181 [--data FILE] [--sample 50]\nscimmage idp demo",
		Flags:     serve, Action: e.idpAction,
		Subcommands: []*cli.Command{{
			Name: "demo", Usage: "mock identity provider and reference provider together, with sample data, connected",
			Flags: append([]cli.Flag{
				list("idp", "identity providers to connect (default okta and entra)"),
				list("defect", "make the reference provider wrong in this named way (scimmage list defects)"),
			}, serve...),
			Action: e.idpDemoAction,
		}},
	}
}

// dataFile is the database where --data names none.
func (e *env) dataFile(c *cli.Context) (string, error) {
	if p := c.String("data"); p != "" {
		return p, nil
	}
	dir := e.sys.Getenv("XDG_DATA_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", usagef("name a file with --data, or --data :memory:", "there is no home directory to keep the data in: %v", err)
		}
		dir = filepath.Join(home, ".local", "share")
		if runtime.GOOS == "darwin" {
			dir = filepath.Join(home, "Library", "Application Support")
		}
	}
	return filepath.Join(dir, "scimmage", "idp.db"), nil
}

func (e *env) idpAction(c *cli.Context) error {
	path, err := e.dataFile(c)
	if err != nil {
		return err
	}
	s, err := e.startIDP(c, path)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.fill(c, 0); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "listening %s\n", s.base)
	<-c.Context.Done()
	return nil
}

// idpServer is a mock identity provider behind a listener.
type idpServer struct {
	*mockidp.IdP
	base string
	stop func()
}

func (e *env) startIDP(c *cli.Context, path string) (*idpServer, error) {
	cat, err := loadCatalogue()
	if err != nil {
		return nil, err
	}
	addr, token := c.String("listen"), c.String("admin-token")
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usagef("write it as 127.0.0.1:8181", "--listen %s: %v", addr, err)
	}
	if !loopback(host) && token == "" {
		return nil, usagef("add --admin-token, or listen on 127.0.0.1", "--listen %s can be reached from other machines: credentials are needed", addr)
	}
	ln, err := (&net.ListenConfig{}).Listen(c.Context, "tcp", addr)
	if err != nil {
		return nil, usagef("choose another --listen address, such as 127.0.0.1:0 for a free port", "%v", err)
	}
	idp, err := mockidp.Open(mockidp.Options{Path: path, System: e.sys, Rand: rand.Reader, Library: cat.lib, Profiles: cat.profiles, Tool: tool(), Token: token, Hosts: hostNames(ln.Addr().String(), host)})
	if err != nil {
		return nil, errors.Join(usagef("choose another file with --data", "%v", err), ln.Close())
	}
	srv := &http.Server{Handler: idp.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() {
		if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			_ = ln.Close()
		}
	}()
	stop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		if srv.Shutdown(ctx) != nil { // streams stay open until they are cut
			_ = srv.Close()
		}
		if err := idp.Close(); err != nil {
			fmt.Fprintf(e.err, "scimmage: %v\n", err)
		}
	}
	return &idpServer{IdP: idp, base: "http://" + publicAddr(ln.Addr().String()), stop: stop}, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// hostNames are the names that requests may be addressed to: those of the listener.
func hostNames(addr, asked string) []string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil
	}
	names := []string{"127.0.0.1", "localhost", "[::1]"}
	ip := net.ParseIP(asked)
	switch {
	case asked == "" || ip != nil && ip.IsUnspecified():
		names = append(names, ownNames()...)
	case !loopback(asked):
		if ip != nil && ip.To4() == nil {
			asked = "[" + asked + "]"
		}
		names = append(names, asked)
	}
	out := make([]string, 0, 2*len(names))
	for _, n := range names {
		out = append(out, n+":"+port)
		if port == "80" {
			out = append(out, n)
		}
	}
	return out
}

// ownNames are this machine's name and addresses, for a listener on all of them.
func ownNames() []string {
	var names []string
	if h, err := os.Hostname(); err == nil {
		names = append(names, h)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return names
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			ip := n.IP.String()
			if n.IP.To4() == nil {
				ip = "[" + ip + "]"
			}
			names = append(names, ip)
		}
	}
	return names
}

// fill makes the sample company in a directory that is empty.
func (s *idpServer) fill(c *cli.Context, people int) error {
	if c.IsSet("sample") || people == 0 {
		people = c.Int("sample")
	}
	if people == 0 {
		return nil
	}
	empty, err := s.Empty(c.Context)
	if err != nil || !empty {
		return err
	}
	if err := s.Sample(c.Context, people, c.Int64("seed")); err != nil {
		return usagef("--sample takes 1 to 200000", "%v", err)
	}
	return nil
}

func (e *env) idpDemoAction(c *cli.Context) error {
	path := c.String("data")
	if path == "" {
		path = ":memory:"
	}
	secret := make([]byte, 16)
	if _, err := rand.Read(secret); err != nil {
		return brokenf("no randomness: %v", err)
	}
	token := hex.EncodeToString(secret)
	wanted := split(c.StringSlice("idp"))
	if len(wanted) == 0 {
		wanted = []string{"okta", "entra"}
	}
	o := provider.Options{Token: token, Tokens: map[string]string{}, Defects: split(c.StringSlice("defect")), Clock: e.sys.Now}
	for k := 1; k < len(wanted); k++ { // each application has accounts of its own
		o.Tokens[fmt.Sprintf("%s-%d", token, k)] = fmt.Sprintf("tenant%d", k)
	}
	p, err := startProvider("127.0.0.1:0", o)
	if err != nil {
		return err
	}
	defer p.stop()
	s, err := e.startIDP(c, path)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.fill(c, 50); err != nil {
		return err
	}
	for k, profile := range wanted {
		t := token
		if k > 0 {
			t = fmt.Sprintf("%s-%d", token, k)
		}
		if err := s.Connect(c.Context, profile, p.base, t); err != nil {
			return usagef("scimmage list idps shows those that can be played", "%v", err)
		}
	}
	fmt.Fprintf(e.out, "listening %s\n", s.base)
	fmt.Fprintf(e.err, "open %s in a browser; the reference provider is at %s; Ctrl-C ends both\n", s.base, p.base)
	<-c.Context.Done()
	return nil
}
