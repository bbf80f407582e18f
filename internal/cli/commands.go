package cli

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
)

func (e *env) commands() []*cli.Command {
	return []*cli.Command{
		e.runCommand(), e.probeCommand(), e.recordCommand(), e.auditCommand(), e.providerCommand(), e.idpCommand(), e.listCommand(), e.explainCommand(), e.reportCommand(), e.diffCommand(),
		e.validateCommand(), e.replayCommand(), e.baselineCommand(), e.cleanupCommand(), e.initCommand(), e.completionCommand(), e.manCommand(), e.versionCommand(), e.completeCommand(),
	}
}

func (e *env) versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "show versions",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "as JSON"}},
		Action: func(c *cli.Context) error {
			t := tool()
			if c.Bool("json") {
				return writeJSON(e.out, map[string]string{"name": t.Name, "version": t.Version, "commit": t.Commit, "suites": t.Suites, "schema": result.SchemaID, "go": runtime.Version()})
			}
			fmt.Fprintf(e.out, "scimmage %s\n", t.Version)
			return nil
		},
	}
}

func (e *env) validateCommand() *cli.Command {
	return &cli.Command{
		Name: "validate", Usage: "check suite files (your own) and say what is wrong, and where", ArgsUsage: "FILE…",
		Action: func(c *cli.Context) error {
			if c.Args().Len() == 0 {
				return usagef("scimmage validate my-suite.yaml", "validate which file?")
			}
			cat, err := loadCatalogue()
			if err != nil {
				return err
			}
			for _, f := range c.Args().Slice() {
				own, err := addFile(cat.lib, cat.profiles, f)
				if err != nil {
					return err
				}
				fmt.Fprintf(e.out, "%s: fine, %d cases\n", f, len(own.Cases))
			}
			return nil
		},
	}
}

func (e *env) reportCommand() *cli.Command {
	flags := append([]cli.Flag{
		&cli.StringSliceFlag{Name: "from", Usage: "journal, JSON result or HTML report (default: the last run); repeat to merge journals"},
		str("baseline", "file of expected failures"),
		str("fail-on", "must, should or any: exit 1 as the run would (default: a report was made, exit 0)"),
		failUnderFlag(),
		str("history", "show the trend over the runs in this file; nothing is appended"),
	}, showFlags()...)
	return &cli.Command{
		Name: "report", Usage: "render results again, without a target; merge several", UsageText: "scimmage report --from run.ndjson -o html=report.html\nscimmage report --from shard-1.ndjson --from shard-2.ndjson -o html=report.html -o junit=TEST-scim.xml",
		Flags: flags, Action: e.reportAction,
	}
}

func (e *env) reportAction(c *cli.Context) error {
	outs, err := e.outputs(c, nil)
	if err != nil {
		return err
	}
	on := c.String("fail-on")
	if on != "" {
		if err := checkFailOn(on); err != nil {
			return err
		}
	}
	doc, err := readDocuments(c.StringSlice("from"))
	if err != nil {
		return err
	}
	drift := false
	if path := c.String("baseline"); path != "" {
		if drift, err = e.applyBaseline(path, doc); err != nil {
			return err
		}
	}
	if path := c.String("history"); path != "" {
		if err := addTrend(path, doc); err != nil {
			return err
		}
	}
	if err := e.write(c, doc, outs, len(outs) == 0); err != nil {
		return err
	}
	switch {
	case on != "" && failing(doc, on):
		return &exitError{code: exitFail}
	case c.IsSet("fail-under") && doc.Score.Percent < c.Float64("fail-under"):
		return tooLow(doc, c.Float64("fail-under"))
	case drift:
		return errDrift()
	}
	return nil
}

func tooLow(doc *result.Document, limit float64) error {
	return &exitError{code: exitFail, msg: fmt.Sprintf("score %.1f %% is below --fail-under %.1f", doc.Score.Percent, limit)}
}

func errDrift() error {
	return &exitError{exitDrift, "the baseline no longer fits", "see scimmage baseline update"}
}

// failing: does the document hold what --fail-on speaks of?
func failing(doc *result.Document, on string) bool {
	n := doc.Counts
	return n.Must > 0 || on != "must" && n.Should > 0 || on == "any" && n.Findings > 0
}
