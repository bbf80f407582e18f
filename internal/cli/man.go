package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
)

// Manual pages are made of the commands themselves, so that they say what --help says.

func (e *env) manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print a manual page, or write all of them into a folder", ArgsUsage: "[COMMAND]",
		UsageText: "scimmage man run | man -l -\nscimmage man --dir /usr/local/share/man/man1",
		Flags:     []cli.Flag{&cli.StringFlag{Name: "dir", Usage: "write scimmage.1, scimmage-run.1, … into this folder"}},
		Action: func(c *cli.Context) error {
			pages := manPages(c.App)
			if dir := c.String("dir"); dir != "" {
				return writePages(e, dir, pages)
			}
			name := strings.Join(append([]string{"scimmage"}, c.Args().Slice()...), "-")
			var names []string
			for _, p := range pages {
				if p.name == name {
					_, err := fmt.Fprint(e.out, p.text)
					return err
				}
				names = append(names, strings.TrimPrefix(p.name, "scimmage-"))
			}
			return usagef(didYouMean(strings.Join(c.Args().Slice(), " "), names), "no manual page of %q", strings.Join(c.Args().Slice(), " "))
		},
	}
}

func writePages(e *env, dir string, pages []manPage) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usagef("", "--dir: %v", err)
	}
	for _, p := range pages {
		if err := os.WriteFile(filepath.Join(dir, p.name+".1"), []byte(p.text), 0o644); err != nil {
			return usagef("", "--dir: %v", err)
		}
	}
	fmt.Fprintf(e.out, "wrote %s into %s\n", counted(len(pages), "page", "pages"), dir)
	return nil
}

type manPage struct{ name, text string }

// manPages are the page of the program and one for each command.
func manPages(app *cli.App) []manPage {
	r := &roff{}
	r.head("scimmage", app.Usage)
	r.section("SYNOPSIS").line(".B scimmage").line(".I command").line("[options]")
	r.section("DESCRIPTION").lines(app.Description)
	r.section("COMMANDS")
	pages := []manPage{{}}
	for _, c := range app.Commands {
		if c.Hidden || c.Name == "help" {
			continue
		}
		r.item("scimmage-"+c.Name+"(1)", c.Usage)
		pages = append(pages, commandPage(c))
	}
	r.files()
	pages[0] = manPage{"scimmage", r.b.String()}
	return pages
}

func commandPage(c *cli.Command) manPage {
	name := "scimmage-" + c.Name
	r := &roff{}
	r.head(name, c.Usage)
	r.section("SYNOPSIS").line(".B scimmage " + escape(c.Name)).line("[options] " + escape(c.ArgsUsage))
	if c.UsageText != "" {
		r.section("EXAMPLES").lines(c.UsageText)
	}
	r.flags("OPTIONS", c.Flags)
	for _, sub := range c.Subcommands {
		if sub.Name != "help" {
			r.subsection("scimmage "+c.Name+" "+sub.Name, sub.Usage)
			r.options(sub.Flags)
		}
	}
	r.files()
	return manPage{name, r.b.String()}
}

// roff writes the man macros that every man knows.
type roff struct{ b strings.Builder }

func (r *roff) line(s string) *roff { r.b.WriteString(s + "\n"); return r }

// lines writes text whose line breaks stay.
func (r *roff) lines(s string) {
	r.line(".nf")
	for _, l := range strings.Split(strings.TrimSpace(s), "\n") {
		r.line(escape(l))
	}
	r.line(".fi")
}

func (r *roff) head(name, usage string) {
	r.line(fmt.Sprintf(`.TH "%s" "1" "" "scimmage" "User Commands"`, strings.ToUpper(name)))
	r.section("NAME").line(escape(name) + ` \- ` + escape(usage))
}

func (r *roff) section(title string) *roff { return r.line(".SH " + title) }

func (r *roff) subsection(title, usage string) {
	r.line(".SS " + escape(title)).line(escape(usage))
}

func (r *roff) item(term, text string) {
	r.line(".TP").line(`\fB` + escape(term) + `\fR`).line(escape(text))
}

func (r *roff) flags(title string, flags []cli.Flag) {
	if len(flags) > 0 {
		r.section(title)
		r.options(flags)
	}
}

func (r *roff) options(flags []cli.Flag) {
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		var names []string
		for _, n := range f.Names() {
			names = append(names, `\fB`+escape(dashes(n))+`\fR`)
		}
		term := strings.Join(names, ", ")
		if d.TakesValue() {
			term += ` \fIvalue\fR`
		}
		text := escape(d.GetUsage())
		if env := d.GetEnvVars(); len(env) > 0 {
			text += " [" + escape("$"+strings.Join(env, ", $")) + "]"
		}
		r.line(".TP").line(term).line(text)
	}
}

// files ends every page with what holds for all commands.
func (r *roff) files() {
	r.section("EXIT STATUS")
	for _, x := range exitCodes {
		r.item(fmt.Sprint(x.code), x.meaning)
	}
	r.section("FILES")
	r.item(configFile, "configuration; flags and SCIMMAGE_ variables go over it")
	r.section("SEE ALSO").line(escape("scimmage(1), https://github.com/scimmage/scimmage"))
}

// exitCodes is the contract, for people.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{exitOK, "ran, nothing at or above --fail-on"},
	{exitFail, "the target does not conform"},
	{exitUsage, "wrong usage or configuration, or a selection that matches nothing"},
	{exitUntestable, "the target could not be tested: DNS, TLS, refused, no SCIM there, credentials rejected"},
	{exitBroken, "scimmage or a suite file is broken"},
	{exitDrift, "baseline drift only"},
	{exitInterrupted, "interrupted; a partial report is written"},
}

// escape keeps roff from taking text for commands.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", "·", `\(bu`, "→", `\->`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
