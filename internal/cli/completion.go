package cli

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/reports"
)

//go:embed shells/*
var shellFiles embed.FS

// shells are the shells with a completion script. The scripts hold no names: they ask the binary,
// so that they never grow old, and the same code answers all of them.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func (e *env) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print the completion script of a shell: " + strings.Join(shells, ", "), ArgsUsage: strings.Join(shells, "|"),
		UsageText: "bash:        source <(scimmage completion bash)\nzsh:         scimmage completion zsh > \"${fpath[1]}/_scimmage\"\n" +
			"fish:        scimmage completion fish > ~/.config/fish/completions/scimmage.fish\nPowerShell:  scimmage completion powershell | Out-String | Invoke-Expression",
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 1 {
				return usagef("scimmage completion bash", "completion for which shell?")
			}
			script, err := shellFiles.ReadFile("shells/" + c.Args().First())
			if err != nil {
				return usagef(didYouMean(c.Args().First(), shells), "no completion for %q", c.Args().First())
			}
			_, err = e.out.Write(script)
			return err
		},
	}
}

// completeCommand answers the scripts: words as they were typed, the one at the cursor last, with
// "=" before it, because some shells lose empty arguments. One candidate a line: word, tab, help.
func (e *env) completeCommand() *cli.Command {
	return &cli.Command{
		Name: "__complete", Hidden: true, SkipFlagParsing: true, ArgsUsage: "WORD…",
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) == 0 {
				return nil
			}
			last := len(words) - 1
			words[last] = strings.TrimPrefix(words[last], "=")
			for _, w := range (completer{loadCatalogue}).complete(c.App.Commands, words) {
				fmt.Fprintf(e.out, "%s\t%s\n", w.word, w.help)
			}
			return nil
		},
	}
}

// candidate is a word that could stand at the cursor.
type candidate struct{ word, help string }

// completer knows the words that are names of things. They are loaded only where they are asked for.
type completer struct {
	catalogue func() (*catalogue, error)
}

// complete finds the words that could stand in place of the last one.
func (k completer) complete(commands []*cli.Command, words []string) []candidate {
	var cmd *cli.Command
	typed, cur := words[:len(words)-1], words[len(words)-1]
	pending := "" // a flag that waits for its value
	for _, w := range typed {
		switch {
		case pending != "":
			pending = ""
		case strings.HasPrefix(w, "-"):
			if name := strings.TrimLeft(w, "-"); !strings.Contains(name, "=") && takesValue(cmd, name) {
				pending = name
			}
		default:
			if next := commandNamed(commands, w); next != nil {
				cmd, commands = next, next.Subcommands
			}
		}
	}
	switch name, value, joined := strings.Cut(cur, "="); {
	case pending != "":
		return matching(k.flagValues(longName(cmd, pending)), cur)
	case strings.HasPrefix(cur, "--") && joined:
		return prefixed(name+"=", matching(k.flagValues(longName(cmd, strings.TrimLeft(name, "-"))), value))
	case strings.HasPrefix(cur, "-"):
		return matching(flagNames(cmd), cur)
	}
	var out []candidate
	for _, c := range commands {
		if !c.Hidden && c.Name != "help" {
			out = append(out, candidate{c.Name, c.Usage})
		}
	}
	if cmd != nil {
		out = append(out, k.arguments(cmd.Name)...)
	}
	return matching(out, cur)
}

func commandNamed(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func flagNamed(cmd *cli.Command, name string) cli.DocGenerationFlag {
	if cmd == nil {
		return nil
	}
	for _, f := range cmd.Flags {
		if d, ok := f.(cli.DocGenerationFlag); ok && slices.Contains(f.Names(), name) {
			return d
		}
	}
	return nil
}

func takesValue(cmd *cli.Command, name string) bool {
	f := flagNamed(cmd, name)
	return f != nil && f.TakesValue()
}

func longName(cmd *cli.Command, name string) string {
	if f, ok := flagNamed(cmd, name).(cli.Flag); ok {
		return f.Names()[0]
	}
	return name
}

func flagNames(cmd *cli.Command) []candidate {
	if cmd == nil {
		return nil
	}
	var out []candidate
	for _, f := range cmd.Flags {
		if d, ok := f.(cli.DocGenerationFlag); ok {
			out = append(out, candidate{"--" + f.Names()[0], d.GetUsage()})
		}
	}
	return out
}

// fixedValues are the values of flags that take a word of a list.
var fixedValues = map[string][]string{
	"fail-on": {"must", "should", "any"}, "color": {"auto", "always", "never"}, "auth": {"bearer", "header", "basic", "oauth2", "none"},
	"oauth-style": {"basic", "post", "private-key-jwt"}, "proxy": {"none"},
}

// switchable are the answers of discovery that --feature overrules.
var switchable = []string{"bulk", "change-password", "cursor", "enterprise", "etag", "events", "filter", "groups", "patch", "schemas", "sort"}

func (k completer) flagValues(name string) []candidate {
	var out []candidate
	for _, v := range fixedValues[name] {
		out = append(out, candidate{v, ""})
	}
	switch name {
	case "output":
		for _, f := range reports.Formats() {
			out = append(out, candidate{f.Name + "=", f.Title})
		}
	case "format":
		for _, f := range reports.DiffFormats(reports.Options{}) {
			out = append(out, candidate{f.Name, ""})
		}
	case "idp":
		return k.listed((*catalogue).idps)
	case "suite":
		return k.listed((*catalogue).suites)
	case "only", "skip":
		return k.listed((*catalogue).cases)
	case "defect", "variant":
		return k.listed((*catalogue).defects)
	case "feature":
		for _, f := range switchable {
			out = append(out, candidate{f + "=on", ""}, candidate{f + "=off", ""})
		}
	}
	return out
}

// arguments are the words that a command takes besides flags.
func (k completer) arguments(command string) []candidate {
	switch command {
	case "completion":
		var out []candidate
		for _, s := range shells {
			out = append(out, candidate{s, ""})
		}
		return out
	case "replay":
		return append([]candidate{{"last", "what failed in the last run"}}, k.listed((*catalogue).cases)...)
	case "explain":
		out := k.listed((*catalogue).cases)
		for _, more := range []func(*catalogue) []row{(*catalogue).checks, (*catalogue).operations, (*catalogue).requirements, (*catalogue).rules, (*catalogue).defects} {
			out = append(out, k.listed(more)...)
		}
		return out
	}
	return nil
}

// listed takes the first column of a listing as words and the last as help.
func (k completer) listed(rows func(*catalogue) []row) []candidate {
	cat, err := k.catalogue()
	if err != nil {
		return nil
	}
	var out []candidate
	for _, r := range rows(cat) {
		out = append(out, candidate{r.cells[0], r.cells[len(r.cells)-1]})
	}
	return out
}

// matching keeps what goes on from the word at the cursor; of a list a,b only the last part counts.
func matching(all []candidate, cur string) []candidate {
	head := ""
	if i := strings.LastIndexByte(cur, ','); i >= 0 {
		head, cur = cur[:i+1], cur[i+1:]
	}
	var out []candidate
	for _, c := range all {
		if strings.HasPrefix(c.word, cur) {
			out = append(out, candidate{head + c.word, strings.NewReplacer("\t", " ", "\n", " ").Replace(c.help)})
		}
	}
	return out
}

func prefixed(prefix string, all []candidate) []candidate {
	for i := range all {
		all[i].word = prefix + all[i].word
	}
	return all
}
