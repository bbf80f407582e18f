// Package cli owns the command line: commands, flags, configuration, exit codes and the terminal.
// Everything that it shows was made elsewhere; nothing below it prints, exits or reads the clock.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
)

// Exit codes of the contract. An unknown code must be treated as a failure.
const (
	exitOK          = 0
	exitFail        = 1   // the target does not conform
	exitUsage       = 2   // wrong usage or configuration, or a selection that matches nothing
	exitUntestable  = 3   // the target could not be tested
	exitBroken      = 4   // scimmage or a suite file is broken
	exitDrift       = 5   // baseline drift only
	exitInterrupted = 130 // partial report written
)

// exitError carries an exit code with the message for the person at the terminal.
type exitError struct {
	code int
	msg  string
	hint string
}

func (e *exitError) Error() string { return e.msg }

func usagef(hint, format string, a ...any) error {
	return &exitError{exitUsage, fmt.Sprintf(format, a...), hint}
}

func brokenf(format string, a ...any) error {
	return &exitError{exitBroken, fmt.Sprintf(format, a...), ""}
}

// env is what commands need of the outside world; tests hand in their own.
type env struct {
	in       io.Reader
	out, err io.Writer
	sys      system
}

// Main runs the tool and returns its exit code.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log.SetOutput(io.Discard) // net/http logs raw bytes of odd servers there, which may hold anything
	e := &env{in: in, out: out, err: errw, sys: realSystem{}}
	return e.run(ctx, args)
}

func (e *env) run(ctx context.Context, args []string) int {
	app := e.app()
	err := app.RunContext(ctx, args)
	if err == nil {
		return exitOK
	}
	var x *exitError
	if !errors.As(err, &x) {
		x = &exitError{exitUsage, err.Error(), ""}
	}
	if x.msg != "" {
		fmt.Fprintf(e.err, "scimmage: %s\n", x.msg)
	}
	if x.hint != "" {
		fmt.Fprintf(e.err, "  %s\n", x.hint)
	}
	return x.code
}

func (e *env) app() *cli.App {
	app := &cli.App{
		Name: "scimmage", HelpName: "scimmage",
		Usage:                     "a scrimmage for a SCIM endpoint before the real match: conformance tester and mock identity provider",
		Description:               "Start with: scimmage run --demo -o html=report.html\nThen:       SCIMMAGE_TOKEN=… scimmage run --url https://app.example.com/scim/v2 -o html=report.html\n\nExit codes: 0 ran, nothing at or above --fail-on · 1 the target does not conform · 2 wrong usage or configuration ·\n3 the target could not be tested · 4 scimmage or a suite file is broken · 5 baseline drift only · 130 interrupted",
		Writer:                    e.out,
		ErrWriter:                 e.err,
		Reader:                    e.in,
		HideVersion:               true,
		Suggest:                   false, // our own: urfave exits 3 on an unknown command, which means something else here
		DisableSliceFlagSeparator: true,  // header values hold commas; lists are split by hand
		Commands:                  e.commands(),
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              e.usageError,
		CommandNotFound:           func(*cli.Context, string) {},
		Action:                    e.noCommand,
	}
	for _, c := range app.Commands {
		e.harden(c)
	}
	return app
}

// harden gives a command and its subcommands our usage errors and the check for left-over
// arguments: urfave/cli stops at the first positional argument and ignores flags after it.
func (e *env) harden(c *cli.Command) {
	c.OnUsageError = e.usageError
	action, takes := c.Action, c.ArgsUsage != ""
	if action != nil && !c.SkipFlagParsing {
		c.Action = func(ctx *cli.Context) error {
			if err := leftOver(ctx, takes); err != nil {
				return err
			}
			return action(ctx)
		}
	}
	for _, sub := range c.Subcommands {
		e.harden(sub)
	}
}

func leftOver(ctx *cli.Context, takesArgs bool) error {
	args := ctx.Args().Slice()
	i := slices.IndexFunc(args, func(a string) bool { return len(a) > 1 && strings.HasPrefix(a, "-") })
	if i >= 0 {
		moved := append(slices.Clone(args[i:]), args[:i]...)
		return usagef("did you mean: scimmage "+ctx.Command.FullName()+" … "+strings.Join(quoteAll(moved), " "),
			"flags must stand before other arguments: %q comes after %q", args[i], strings.Join(args[:i], " "))
	}
	if len(args) > 0 && !takesArgs {
		hint := "see scimmage " + ctx.Command.FullName() + " --help"
		if strings.Contains(args[0], "://") {
			hint = "did you mean: scimmage " + ctx.Command.FullName() + " --url " + args[0]
		}
		return usagef(hint, "unexpected argument %q", args[0])
	}
	return nil
}

func quoteAll(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a
		if strings.ContainsAny(a, " '\"$") {
			out[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return out
}

// noCommand runs when no command was recognised.
func (e *env) noCommand(c *cli.Context) error {
	if c.Args().Len() == 0 {
		return cli.ShowAppHelp(c)
	}
	var names []string
	for _, cmd := range c.App.Commands {
		if !cmd.Hidden {
			names = append(names, cmd.Name)
		}
	}
	return usagef(didYouMean(c.Args().First(), names), "no command %q", c.Args().First())
}

func didYouMean(got string, names []string) string {
	if near := result.Nearest(got, names, 3); len(near) > 0 {
		return "did you mean: " + strings.Join(near, ", ")
	}
	if len(names) > maxNames {
		return fmt.Sprintf("there are %d names; scimmage list shows them: list checks, suites, idps, operations, requirements, defects", len(names))
	}
	return "there are: " + strings.Join(names, ", ")
}

// maxNames is how many names a message tells; thousands of them would hide it.
const maxNames = 60

// usageError turns the library's flag errors into one line with the nearest flags.
func (e *env) usageError(c *cli.Context, err error, _ bool) error {
	msg := err.Error()
	if name, ok := strings.CutPrefix(msg, "flag provided but not defined: -"); ok {
		var names []string
		if c.Command != nil {
			for _, f := range c.Command.Flags {
				for _, n := range f.Names() {
					names = append(names, dashes(n))
				}
			}
		}
		return usagef(didYouMean(dashes(strings.TrimLeft(name, "-")), names), "no flag %s", dashes(strings.TrimLeft(name, "-")))
	}
	return usagef("see scimmage "+c.Command.FullName()+" --help", "%s", msg)
}

func dashes(n string) string {
	if len(n) == 1 {
		return "-" + n
	}
	return "--" + n
}
