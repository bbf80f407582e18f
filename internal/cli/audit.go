package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/audit"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

func (e *env) auditCommand() *cli.Command {
	return &cli.Command{
		Name: "audit", Usage: "accounts in the app against the people who should have them, read-only",
		UsageText:   "scimmage audit --url https://app.example.com/scim/v2 --roster people.csv -o csv=gap.csv\nscimmage audit --accounts exported-users.csv --roster people.csv",
		Description: "The roster is CSV (with a line of column names), JSON or SCIM. Columns are known by their usual names: userName or login,\nemail, externalId, status or active, firstName, lastName, displayName, title, department and the like.\nExit code 1: active accounts belong to nobody on the roster, or to people whom it calls inactive.",
		Flags: append(targetFlags(),
			str("roster", "the people who should have accounts: CSV, JSON or SCIM"),
			str("accounts", "the app's accounts from an exported file instead of --url, for apps without SCIM"),
			&cli.StringSliceFlag{Name: "match", Usage: "APP=ROSTER, attribute of the account and column of the roster, repeatable; tried in order (default userName, email, userName=email, email=userName, externalId)"},
			&cli.StringSliceFlag{Name: "ignore", Usage: "attribute that is not compared"},
			&cli.IntFlag{Name: "page-size", Value: 200, Usage: "accounts asked for in one request"},
			&cli.Float64Flag{Name: "price-per-licence", Usage: "what an account costs a month, to add up the gap"},
			&cli.Float64Flag{Name: "price-per-hour", Usage: "what an hour of work costs, to add up what it takes to put the accounts right by hand"},
			&cli.Float64Flag{Name: "minutes-per-account", Value: 10, Usage: "with --price-per-hour: how long one account takes"},
			&cli.StringFlag{Name: "currency", Usage: "shown beside amounts"},
			&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "FORMAT=FILE, repeatable; - is stdout. Formats: text csv json html"},
			&cli.BoolFlag{Name: "json", Usage: "same as -o json=-"}),
		Action: e.auditAction,
	}
}

func (e *env) auditAction(c *cli.Context) error {
	outs, err := ownOutputs(c, slices.Sorted(maps.Keys(audit.Formats())))
	if err != nil {
		return err
	}
	o := audit.Options{Ignore: split(c.StringSlice("ignore")), Price: c.Float64("price-per-licence"), PriceHour: c.Float64("price-per-hour"), Minutes: c.Float64("minutes-per-account"), Currency: c.String("currency")}
	for _, m := range split(c.StringSlice("match")) {
		r, err := audit.ParseRule(m)
		if err != nil {
			return usagef("", "%v", err)
		}
		o.Rules = append(o.Rules, r)
	}
	if c.String("roster") == "" {
		return usagef("scimmage audit --url URL --roster people.csv", "who should have accounts? --roster is missing")
	}
	if c.Int("page-size") < 1 || min(o.Price, o.PriceHour, o.Minutes) < 0 {
		return usagef("", "--page-size cannot be below 1, prices and minutes not below 0")
	}
	var inApp, onRoster []string
	for _, r := range o.Rules {
		inApp, onRoster = append(inApp, r.App), append(onRoster, r.Roster)
	}
	if o.Roster, err = e.peopleFile("roster", c.String("roster"), onRoster); err != nil {
		return err
	}
	o.About = audit.Sources{Accounts: firstOf(c.String("accounts"), c.String("url"), "the app"), Roster: c.String("roster"), At: e.sys.Now().UTC().Format("2006-01-02 15:04 UTC")}
	accounts, done, err := e.accountSource(c, inApp)
	if err != nil {
		return err
	}
	o.Accounts = accounts
	defer done()
	rep, err := audit.Run(o)
	if err != nil {
		var x *exitError
		var refused *audit.Refused
		switch {
		case c.Context.Err() != nil:
			return &exitError{exitInterrupted, "interrupted", ""}
		case errors.As(err, &x):
			return x
		case errors.As(err, &refused):
			return usagef("--match userName=email says which attribute of an account is which column of the roster", "%s against %s: %v", o.About.Accounts, o.About.Roster, err)
		}
		return brokenf("audit: %v", err)
	}
	defer func() { _ = rep.Close() }()
	if err := writeOwn(e, outs, rep, audit.Formats()); err != nil {
		return err
	}
	if rep.Gap() {
		return &exitError{code: exitFail}
	}
	return nil
}

// peopleFile makes a source of a file; it is opened once now, so that a wrong name is found before anything is sent.
// keep names further columns that are asked for.
func (e *env) peopleFile(flag, path string, keep []string) (audit.Source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("", "--%s: %v", flag, err)
	}
	info, err := f.Stat()
	_ = f.Close()
	if err == nil && info.IsDir() {
		return nil, usagef("give one file; several pages of a list may stand behind each other in it", "--%s %s is a directory", flag, path)
	}
	return func(take func(audit.Person) error) error {
		f, err := os.Open(path)
		if err != nil {
			return usagef("", "--%s: %v", flag, err)
		}
		defer func() { _ = f.Close() }()
		rem, err := audit.ReadFile(f, keep, take)
		if err != nil {
			return peopleError(flag, path, err)
		}
		if len(rem.Words) > 0 {
			fmt.Fprintf(e.err, "scimmage: %s: these words of a status are not known and count as active: %s\n", path, strings.Join(rem.Words, ", "))
		}
		if rem.Windows {
			fmt.Fprintf(e.err, "scimmage: %s is not UTF-8 everywhere; the rest was read as Windows-1252\n", path)
		}
		if rem.Nobody > 0 {
			fmt.Fprintf(e.err, "scimmage: %s:%d: entries that name nobody were left out: %d (no userName, email, externalId or anything else that is known)\n", path, rem.First, rem.Nobody)
		}
		return nil
	}, nil
}

// peopleError says where in the file it is.
func peopleError(flag, path string, err error) error {
	where := path
	var at *audit.At
	if errors.As(err, &at) {
		line := at.Line
		if line == 0 {
			if f, opened := os.Open(path); opened == nil {
				line = audit.LineOf(f, at.Offset)
				_ = f.Close()
			}
		}
		where = fmt.Sprintf("%s:%d", path, max(line, 1))
	}
	return usagef("a file of people is CSV that begins with a line of column names such as userName,email,status, JSON, or a SCIM list", "--%s %s: %v", flag, where, err)
}

// accountSource is the app's side: its SCIM endpoint, or what it has exported.
func (e *env) accountSource(c *cli.Context, keep []string) (audit.Source, func(), error) {
	nothing := func() {}
	if path := c.String("accounts"); path != "" {
		src, err := e.peopleFile("accounts", path, keep)
		return src, nothing, err
	}
	s, err := e.settings(c)
	if err != nil {
		return nil, nothing, err
	}
	base, err := s.targetURL()
	if err != nil {
		return nil, nothing, err
	}
	cfg, err := s.exchangeConfig(base)
	if err != nil {
		return nil, nothing, err
	}
	cfg.ReadOnly, cfg.NoCurl = true, true
	client, err := exchange.New(cfg)
	if err != nil {
		return nil, nothing, usagef("", "%v", err)
	}
	return func(take func(audit.Person) error) error {
		ctx, cancel := context.WithCancel(c.Context)
		defer cancel()
		got, err := audit.Import(ctx, client, c.Int("page-size"), keep, take)
		var f *result.Fault
		switch {
		case errors.As(err, &f):
			return &exitError{exitUntestable, "the accounts could not be read: " + err.Error(), f.Hint}
		case err != nil:
			return &exitError{exitUntestable, "the accounts could not be read: " + err.Error(), "nothing was compared: half a list would show accounts as missing that are there"}
		case got.Total >= 0 && int64(got.Came) < got.Total:
			return &exitError{exitUntestable, fmt.Sprintf("the app says that it has %d accounts and gave %d", got.Total, got.Came), "its paging is wrong (scimmage probe shows how); with half a list nothing can be said about who is missing"}
		}
		return nil
	}, client.Close, nil
}
