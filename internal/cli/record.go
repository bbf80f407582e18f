package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/record"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

func (e *env) recordCommand() *cli.Command {
	return &cli.Command{
		Name: "record", Usage: "stand between a real identity provider and the target, and keep what it sends",
		UsageText: "scimmage record --url https://app.example.com/scim/v2 --listen 127.0.0.1:8090 --idp okta --capture okta.json --replay-suite replay.yaml",
		Description: "Point the identity provider at the address that is printed. Its requests go to the target as they came, its credentials with them. " +
			"On Ctrl-C the recording is written: a capture, redacted; with --idp what differs from our profile; with --replay-suite a suite that replays the conversation.",
		Flags: append(targetFlags(),
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8090", Usage: "address to listen on", EnvVars: []string{envName("listen")}},
			&cli.StringFlag{Name: "capture", Usage: "write the capture (JSON) here", Value: "capture.json", EnvVars: []string{envName("capture")}},
			str("replay-suite", "write a suite (YAML) here that replays the conversation"),
			&cli.StringFlag{Name: "idp", Usage: "compare with what this profile sends", EnvVars: []string{envName("idp")}},
		),
		Action: e.recordAction,
	}
}

// recording keeps exchanges while they come in.
type recording struct {
	mu sync.Mutex
	xs []*result.Exchange
}

func (r *recording) take(x *result.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x.Request.RawBody, x.Response.RawBody = nil, nil // what is kept is redacted
	r.xs = append(r.xs, x)
}

func (e *env) recordAction(c *cli.Context) error {
	s, err := e.settings(c)
	if err != nil {
		return err
	}
	base, err := s.targetURL()
	if err != nil {
		return err
	}
	cfg, err := s.exchangeConfig(base)
	if err != nil {
		return err
	}
	for _, f := range []string{c.String("capture"), c.String("replay-suite")} {
		if f == "" {
			continue
		}
		if err := writable(f); err != nil {
			return usagef("", "%s: %v", f, err)
		}
	}
	idp := c.String("idp")
	if err := knownIdP(idp); err != nil {
		return err
	}
	rec := &recording{}
	if err := e.relay(c, cfg, rec); err != nil {
		return err
	}
	return e.writeRecording(c, idp, rec.xs)
}

func knownIdP(idp string) error {
	if idp == "" {
		return nil
	}
	_, profiles, err := loadLibrary(nil)
	if err == nil && profiles.Profile(idp) == nil {
		err = usagef(didYouMean(idp, profiles.IDs()), "--idp %q: no such identity provider", idp)
	}
	return err
}

// relay serves until it is interrupted.
func (e *env) relay(c *cli.Context, cfg exchange.Config, rec *recording) error {
	r, err := exchange.NewRelay(cfg, rec.take)
	if err != nil {
		return usagef("", "%v", err)
	}
	defer r.Close()
	ln, err := net.Listen("tcp", c.String("listen"))
	if err != nil {
		return usagef("choose another --listen address, such as 127.0.0.1:0 for a free port", "%v", err)
	}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	fmt.Fprintf(e.out, "listening http://%s\n", publicAddr(ln.Addr().String()))
	fmt.Fprintln(e.err, "Give this address to the identity provider as the base URL. Ctrl-C ends the recording and writes it.")
	select {
	case err := <-done:
		return usagef("", "%v", err)
	case <-c.Context.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if srv.Shutdown(ctx) != nil {
		_ = srv.Close()
	}
	return nil
}

// learn runs a profile's stories against the reference provider and keeps what it sends.
func (e *env) learn(ctx context.Context, idp string) ([]record.Known, error) {
	lib, profiles, err := loadLibrary(nil)
	if err != nil {
		return nil, err
	}
	const at = "http://reference.test/scim/v2"
	p, err := provider.New(provider.Options{BaseURL: at, Token: "reference", Clock: e.sys.Now})
	if err != nil {
		return nil, brokenf("%v", err)
	}
	client, err := exchange.New(exchange.Config{BaseURL: at, Auth: exchange.Auth{Kind: "bearer", Token: "reference"}, Handler: p, NoCurl: true, Clock: e.sys})
	if err != nil {
		return nil, brokenf("%v", err)
	}
	defer client.Close()
	var xs []*result.Exchange
	sink := result.SinkFunc(func(ev result.Event) {
		if ev.Exchange != nil {
			xs = append(xs, ev.Exchange)
		}
	})
	for n, people := range [][]map[string]any{nil, {everything(profiles.Profile(idp))}} { // people with little, and with every attribute
		run := fmt.Sprintf("scimmage-record-%d", n)
		eng := engine.New(engine.Options{Library: lib.library, Profiles: profiles, Client: client, Clock: e.sys, Sink: sink, Target: engine.TargetConfig{People: people},
			Run: result.Run{ID: run, Prefix: run, Seed: 1, Jobs: 1}, Info: result.Target{URL: at}, Suites: told(lib.library, profiles.Profile(idp))})
		if _, err := eng.Run(ctx); err != nil {
			return nil, brokenf("%v", err)
		}
	}
	return record.Learn(xs), nil
}

// told are the suites of a profile; one that has no stories of users of its own shares those of the profile that it extends.
func told(lib *suites.Library, p *profile.Profile) []string {
	out := []string{p.ID + ".*"}
	own := slices.ContainsFunc(lib.Suites, func(s *suites.Suite) bool { return s.ID == p.ID+".users" })
	if !own && p.Extends != "" {
		out = append(out, p.Extends+".*")
	}
	return out
}

// everything is a person who has each attribute of the directory that a profile may send.
func everything(p *profile.Profile) map[string]any {
	out := map[string]any{"login": "rich"}
	for _, name := range strings.Fields("firstName lastName middleName displayName title department division costCenter organization employeeNumber workPhone mobilePhone fax streetAddress city state zip country office preferredLanguage locale timezone userType nickName profileUrl honorificPrefix honorificSuffix") {
		out[name] = "Text"
	}
	for _, m := range p.Users {
		if m.Source != "" && m.Type == "" && out[m.Source] == nil && !slices.Contains([]string{"id", "email", "active", "password", "roles", "entitlements", "managerTarget"}, m.Source) && !strings.HasSuffix(m.Source, "Type") {
			out[m.Source] = "Text"
		}
	}
	return out
}

func (e *env) writeRecording(c *cli.Context, idp string, xs []*result.Exchange) error {
	name := idp
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(c.String("capture")), filepath.Ext(c.String("capture")))
	}
	b, err := json.MarshalIndent(record.NewCapture(name, e.sys.Now(), xs), "", "  ")
	if err != nil {
		return brokenf("%v", err)
	}
	if err := os.WriteFile(c.String("capture"), append(b, '\n'), 0o600); err != nil {
		return usagef("", "--capture: %v", err)
	}
	fmt.Fprintf(e.err, "wrote %s (%d requests)\n", c.String("capture"), len(xs))
	if f := c.String("replay-suite"); f != "" {
		if err := e.writeReplay(f, name, xs); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(xs, func(x *result.Exchange) bool { return x.Response != nil && x.Response.Status < 400 }) && len(xs) > 0 {
		fmt.Fprintln(e.err, "No request was answered with success: is --url the address that stands before /Users, and does the identity provider have the target's credential?")
	}
	if idp == "" {
		return nil
	}
	_, profiles, err := loadLibrary(nil)
	if err != nil {
		return err
	}
	var targets []string
	for _, m := range profiles.Profile(idp).Users {
		targets = append(targets, m.Target)
	}
	known, err := e.learn(context.WithoutCancel(c.Context), idp) // it was the interrupt that ended the recording
	if err != nil {
		return err
	}
	e.printComparison(idp, record.Compare(xs, known, targets...))
	return nil
}

func (e *env) writeReplay(file, name string, xs []*result.Exchange) error {
	b, dropped, err := record.Suite(name, xs)
	if err != nil {
		return usagef("record a conversation that creates a user or a group", "--replay-suite: %v", err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return usagef("", "--replay-suite: %v", err)
	}
	fmt.Fprintf(e.err, "wrote %s; scimmage run --url … --suite %s replays it\n", file, file)
	if dropped > 0 {
		fmt.Fprintf(e.err, "%d requests are not in it: they concern objects that the recording did not create\n", dropped)
	}
	return nil
}

func (e *env) printComparison(idp string, js []record.Judged) {
	same := 0
	for _, j := range js {
		if j.Same {
			same++
		}
	}
	fmt.Fprintf(e.out, "%d of %d requests are of a shape that our profile %s sends\n", same, len(js), idp)
	seen := map[string]int{}
	for _, j := range js {
		if !j.Same {
			seen[strings.Join(j.Differs, "\n")]++
		}
	}
	for _, j := range js {
		alike := strings.Join(j.Differs, "\n")
		if j.Same || seen[alike] == 0 {
			continue
		}
		fmt.Fprintf(e.out, "\n%s", oneLine(j.Request))
		if n := seen[alike] - 1; n > 0 {
			fmt.Fprintf(e.out, " (and %d more that differ in the same way)", n)
		}
		seen[alike] = 0
		fmt.Fprintln(e.out)
		if j.Nearest != "" {
			fmt.Fprintf(e.out, "  nearest: %s\n", j.Nearest)
		}
		for _, d := range j.Differs {
			fmt.Fprintf(e.out, "  %s\n", oneLine(d))
		}
	}
}

// oneLine keeps what a client or a server sent from writing to the terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}
