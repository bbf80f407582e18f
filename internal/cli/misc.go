package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/baseline"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/reports"
)

func (e *env) diffCommand() *cli.Command {
	return &cli.Command{
		Name: "diff", Usage: "compare two results: what was fixed, what is new", ArgsUsage: "BEFORE AFTER",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "text, json, markdown or html"},
			flag("exit-code", "exit 1 when something new is failing"),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 2 {
				return usagef("scimmage diff before.json after.json", "diff needs two results")
			}
			a, err := readDocument(c.Args().Get(0))
			if err != nil {
				return err
			}
			b, err := readDocument(c.Args().Get(1))
			if err != nil {
				return err
			}
			d := result.Compare(a, b)
			if err := e.writeDiff(c, d); err != nil {
				return err
			}
			if c.Bool("exit-code") && len(d.New) > 0 {
				return &exitError{code: exitFail}
			}
			return nil
		},
	}
}

func (e *env) writeDiff(c *cli.Context, d *result.Diff) error {
	var names []string
	for _, f := range reports.DiffFormats(e.reportOptions(c)) {
		if f.Name == c.String("format") {
			if err := f.Write(e.out, d); err != nil {
				return brokenf("%v", err)
			}
			return nil
		}
		names = append(names, f.Name)
	}
	return usagef(didYouMean(c.String("format"), names), "--format %q", c.String("format"))
}

func (e *env) replayCommand() *cli.Command {
	flags := append(append(targetFlags(), runFlags()...), showFlags()...)
	return &cli.Command{
		Name: "replay", Usage: "run one case again (by the id of a case or check, or last = what failed in the last run) and say FIXED or still failing", ArgsUsage: "ID|last",
		Flags: flags,
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 1 {
				return usagef("scimmage replay rfc.patch/replace-single, or scimmage replay last", "replay which case?")
			}
			before, err := readDocuments(nil)
			if err != nil {
				return err
			}
			return e.replay(c, before)
		},
	}
}

// replay runs the cases again with the target and seed of the last run.
func (e *env) replay(c *cli.Context, before *result.Document) error {
	id := c.Args().First()
	var cases []string
	for _, s := range before.Suites {
		for _, k := range s.Cases {
			if s.Kind != "automatic" && (id == "last" && slices.ContainsFunc(k.Checks, result.Check.Finding) || id == k.ID || strings.HasPrefix(id, k.ID+"/")) {
				cases = append(cases, k.ID)
			}
		}
	}
	if len(cases) == 0 {
		if id == "last" {
			fmt.Fprintln(e.out, "nothing failed in the last run")
			return nil
		}
		cases = []string{id}
	}
	args := []string{"scimmage", "run", "--quiet"}
	if before.Run.Demo && !c.IsSet("url") {
		args = append(args, "--demo")
		for _, d := range before.Run.Defects {
			args = append(args, "--defect", d)
		}
	} else if !c.IsSet("url") {
		args = append(args, "--url", before.Target.URL)
	}
	for _, k := range cases {
		args = append(args, "--only", strings.NewReplacer("*", "?").Replace(k))
	}
	args = append(args, passOn(c)...)
	tmp, err := os.CreateTemp("", "scimmage-replay-*.json")
	if err != nil {
		return brokenf("%v", err)
	}
	_ = tmp.Close()
	defer func() { _ = os.Remove(tmp.Name()) }()
	inner := &env{in: e.in, out: &bytes.Buffer{}, err: e.err, sys: e.sys}
	code := inner.run(c.Context, append(args, "-o", "json="+tmp.Name()))
	if code >= exitUsage {
		return &exitError{code: code}
	}
	after, err := readDocument(tmp.Name())
	if err != nil {
		return err
	}
	return e.verdictOfReplay(before, after)
}

// passOn repeats the flags of replay that speak of the target.
func passOn(c *cli.Context) []string {
	var out []string
	for _, f := range append(targetFlags(), runFlags()...) {
		name := f.Names()[0]
		if !c.IsSet(name) || os.Getenv(envName(name)) != "" {
			continue
		}
		switch v := c.Value(name).(type) {
		case cli.StringSlice:
			for _, x := range v.Value() {
				out = append(out, "--"+name, x)
			}
		case bool:
			if v {
				out = append(out, "--"+name)
			}
		default:
			out = append(out, "--"+name, fmt.Sprint(v))
		}
	}
	return out
}

func (e *env) verdictOfReplay(before, after *result.Document) error {
	d := result.Compare(before, after)
	inRun := map[string]bool{}
	for _, s := range after.Suites {
		for _, k := range s.Cases {
			for _, x := range k.Checks {
				inRun[x.ID] = true
			}
		}
	}
	for _, f := range d.Fixed {
		fmt.Fprintf(e.out, "FIXED          %s\n", f.ID)
	}
	still := 0
	for _, s := range after.Suites {
		if s.Kind == "automatic" {
			continue
		}
		for _, k := range s.Cases {
			for _, x := range k.Checks {
				if x.Finding() {
					still++
					fmt.Fprintf(e.out, "STILL FAILING  %s\n               %s\n", x.ID, x.Summary)
				}
			}
		}
	}
	if still > 0 {
		return &exitError{code: exitFail}
	}
	if len(d.Fixed) == 0 {
		fmt.Fprintln(e.out, "passes, as before")
	}
	return nil
}

func (e *env) baselineCommand() *cli.Command {
	return &cli.Command{
		Name: "baseline", Usage: "expected failures",
		Subcommands: []*cli.Command{{
			Name: "update", Usage: "write the findings of a result as expected failures, keeping the reasons that are there",
			Flags: []cli.Flag{
				&cli.StringSliceFlag{Name: "from", Usage: "result to take (default: the last run)"},
				&cli.StringFlag{Name: "file", Value: "scimmage-baseline.yaml", Usage: "baseline file"},
				&cli.StringFlag{Name: "reason", Value: "known when the baseline was made", Usage: "reason of new entries"},
				&cli.StringFlag{Name: "until", Usage: "expiry date of new entries, such as 2027-01-31"},
			},
			Action: func(c *cli.Context) error {
				doc, err := readDocuments(c.StringSlice("from"))
				if err != nil {
					return err
				}
				return e.updateBaseline(doc, c.String("file"), c.String("reason"), c.String("until"))
			},
		}},
	}
}

func (e *env) updateBaseline(doc *result.Document, path, reason, until string) error {
	var old []result.BaselineEntry
	if _, err := os.Stat(path); err == nil {
		if old, err = readBaseline(path); err != nil {
			return err
		}
	}
	entries := result.UpdateBaseline(doc, old, reason, e.sys.Now())
	for i := range entries {
		if !slices.Contains(old, entries[i]) {
			entries[i].Until = until
		}
		if err := entries[i].Validate(); err != nil {
			return usagef("", "%v", err)
		}
	}
	if err := os.WriteFile(path, baseline.Render(entries), 0o644); err != nil {
		return usagef("", "%v", err)
	}
	kept := len(old) - len(slices.DeleteFunc(slices.Clone(old), func(o result.BaselineEntry) bool { return slices.Contains(entries, o) }))
	fmt.Fprintf(e.out, "%s: %s (%d new, %d kept, %d gone)\n", path, counted(len(entries), "entry", "entries"), len(entries)-kept, kept, len(old)-kept)
	return nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

const initText = `# scimmage: how to test this endpoint. Flags and SCIMMAGE_… variables go over this file.
url: https://app.example.com/scim/v2
token-env: SCIMMAGE_TOKEN      # never write a token into this file
idp: [okta, entra]             # whom your customers use; leave it out for all
output: [html=report.html, junit=junit.xml]
# people:
#   domain: example.com        # of the test people's addresses
#   username: email            # email, plain, or a pattern with {name} and {domain}
#   attributes: {organization: Test}   # sent with every user that is created
#   leave-out: [password]
# features: {bulk: off}
# baseline: scimmage-baseline.yaml
`

func (e *env) initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Usage: "write a scimmage.yaml to start from",
		Flags: []cli.Flag{&cli.StringFlag{Name: "file", Value: configFile, Usage: "file to write"}},
		Action: func(c *cli.Context) error {
			path := filepath.Clean(c.String("file"))
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
			if err != nil {
				return usagef("choose another --file", "%v", err)
			}
			defer func() { _ = f.Close() }()
			if _, err := f.WriteString(initText); err != nil {
				return brokenf("%v", err)
			}
			fmt.Fprintf(e.out, "wrote %s\n", path)
			return nil
		},
	}
}
