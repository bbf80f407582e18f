package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/probe"
)

func (e *env) probeCommand() *cli.Command {
	return &cli.Command{
		Name: "probe", Usage: "what is there, read-only: SCIM or not, and the fact sheet of the endpoint",
		UsageText: "SCIMMAGE_TOKEN=… scimmage probe --url https://app.example.com/scim/v2 -o markdown=probe.md",
		Flags: append(targetFlags(),
			&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "FORMAT=FILE, repeatable; - is stdout. Formats: text json markdown html"},
			&cli.BoolFlag{Name: "json", Usage: "same as -o json=-"},
			str("claims", "file of what the product promises (YAML): reported beside what is there")),
		Action: e.probeAction,
	}
}

// probeTimeout is the longest wait for one answer where the user names none: a probe takes seconds.
const probeTimeout = 10 * time.Second

func (e *env) probeAction(c *cli.Context) error {
	s, err := e.settings(c)
	if err != nil {
		return err
	}
	outs, err := ownOutputs(c, slices.Sorted(maps.Keys(probe.Formats())))
	if err != nil {
		return err
	}
	if path := c.String("claims"); path != "" { // before anything is sent
		lib, profiles, err := loadLibrary(nil)
		if err != nil {
			return err
		}
		if err := checkClaims(path, lib.library, profiles); err != nil {
			return err
		}
	}
	base, err := s.targetURL()
	if err != nil {
		return err
	}
	cfg, err := s.exchangeConfig(base)
	if err != nil {
		return err
	}
	cfg.ReadOnly, cfg.NoCurl = true, true
	if cfg.Timeout == 0 {
		cfg.Timeout = probeTimeout
	}
	var open []*exchange.Client
	defer func() {
		for _, x := range open {
			x.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(c.Context, s.duration("max-duration", probe.Budget))
	defer cancel()
	rep, err := probe.Run(ctx, probe.Options{
		URL: base, Credentials: cfg.Auth.Kind != "none" && cfg.Auth.Kind != "", AuthKind: cfg.Auth.Kind, Insecure: cfg.Insecure,
		Open: func(at string) (probe.Client, error) {
			cc := cfg
			cc.BaseURL = at
			cl, err := exchange.New(cc)
			if err != nil {
				return nil, usagef("", "%v", err)
			}
			open = append(open, cl)
			return cl, nil
		},
	})
	if err != nil {
		return err
	}
	if err := probeClaims(c.String("claims"), rep); err != nil {
		return err
	}
	if err := writeOwn(e, outs, rep, probe.Formats()); err != nil {
		return err
	}
	switch {
	case c.Context.Err() != nil:
		return &exitError{exitInterrupted, "interrupted; the sheet is not complete", ""}
	case !rep.Verdict.SCIM():
		return &exitError{code: exitUntestable}
	}
	return nil
}

// ownOutputs reads -o and --json of a command that has formats of its own, before anything is sent.
func ownOutputs(c *cli.Context, names []string) ([]output, error) {
	specs := slices.Clone(c.StringSlice("output"))
	if c.Bool("json") {
		specs = append(specs, "json=-")
	}
	var out []output
	for _, o := range specs {
		name, file, _ := strings.Cut(o, "=")
		name = strings.ToLower(name)
		if !slices.Contains(names, name) {
			return nil, usagef(didYouMean(name, names), "-o %q: no such format here", o)
		}
		if file == "" {
			return nil, usagef("write -o "+name+"=report."+name+", or -o "+name+"=- for stdout", "-o %q has no file", o)
		}
		if file != "-" {
			if err := writable(file); err != nil {
				return nil, usagef("", "-o %s: %v", o, err)
			}
		}
		out = append(out, output{name, file})
	}
	return out, nil
}

// writeOwn renders a report in its own formats. Text goes to stdout unless another format took it.
func writeOwn[R any](e *env, outs []output, rep R, formats map[string]func(io.Writer, R) error) error {
	stdout := false
	for _, o := range outs {
		if o.file == "-" {
			stdout = true
			if err := formats[o.format](e.out, rep); err != nil {
				return brokenf("%s: %v", o.format, err)
			}
			continue
		}
		f, err := os.Create(o.file)
		if err != nil {
			return usagef("", "-o %s: %v", o.format, err)
		}
		err = formats[o.format](f, rep)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return brokenf("%s: %v", o.file, err)
		}
		fmt.Fprintf(e.err, "wrote %s (%s)\n", o.file, o.format)
	}
	if stdout {
		return nil
	}
	if err := formats["text"](e.out, rep); err != nil {
		return brokenf("%v", err)
	}
	return nil
}
