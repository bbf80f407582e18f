package cli

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/reports"
)

// block is a piece of code of a page.
type block struct{ lang, text string }

// blocks takes the fenced and the indented code of a page.
func blocks(t *testing.T, path string) []block {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	var cur *block
	fenced := false
	for _, l := range strings.Split(string(data), "\n") {
		fence, isFence := strings.CutPrefix(l, "```")
		switch {
		case isFence && fenced:
			out, cur, fenced = append(out, *cur), nil, false
		case isFence:
			cur, fenced = &block{lang: fence}, true
		case fenced:
			cur.text += l + "\n"
		case strings.HasPrefix(l, "    "):
			if cur == nil {
				cur = &block{lang: "sh"}
			}
			cur.text += strings.TrimPrefix(l, "    ") + "\n"
		case cur != nil:
			out, cur = append(out, *cur), nil
		}
	}
	if fenced {
		t.Errorf("%s: a fence is not closed", path)
	}
	return out
}

// pages are those that show commands to copy.
var pages = []string{"../../README.md", "../../docs/ci.md", "../../docs/security.md", "../../docs/idp.md", "../../docs/authoring.md", "../../docs/audit.md", "../../docs/claims.md", "../../docs/idps.md", "../../docs/grading-clients.md", "../../docs/published.md", "../../docs/real-servers.md", "../../CONTRIBUTING.md"}

// command is scimmage with what follows on its line; a backslash continues it.
var command = regexp.MustCompile(`(?m)(?:^|[\s'"/])scimmage((?: +(?:[^\s'"]|'[^']*'|"[^"]*")+)+)`)

// Every command that the documentation shows exists, with every flag and format it shows.
func TestDocumentedCommands(t *testing.T) {
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, sys: realSystem{}}
	app := e.app()
	seen := 0
	for _, p := range pages {
		for _, b := range blocks(t, p) {
			for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(b.text, "\\\n", " "), -1) {
				words := strings.Fields(m[1])
				if commandNamed(app.Commands, words[0]) == nil {
					continue // prose, an image, a path
				}
				seen++
				for _, wrong := range unknownWords(app.Commands, words) {
					t.Errorf("%s: scimmage%s: %s", p, m[1], wrong)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d commands were found in %v", seen, pages)
	}
}

var longFlag = regexp.MustCompile(`--([a-z][a-z0-9-]*)`)

// The help of a command shows no flag that the command does not have.
func TestHelpNamesItsOwnFlags(t *testing.T) {
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, sys: realSystem{}}
	app, seen := e.app(), 0
	var look func(cmd *cli.Command)
	look = func(cmd *cli.Command) {
		for _, m := range command.FindAllStringSubmatch(cmd.UsageText, -1) {
			words := strings.Fields(strings.NewReplacer("[", "", "]", "").Replace(m[1]))
			if commandNamed(app.Commands, words[0]) == nil {
				t.Errorf("%s: the usage shows scimmage%s", cmd.Name, m[1])
				continue
			}
			seen++
			for _, wrong := range unknownWords(app.Commands, words) {
				t.Errorf("%s: scimmage%s: %s", cmd.Name, m[1], wrong)
			}
		}
		for _, m := range longFlag.FindAllStringSubmatch(cmd.Description, -1) {
			if flagNamed(cmd, m[1]) == nil {
				t.Errorf("%s: the description speaks of %s", cmd.Name, m[0])
			}
		}
		for _, sub := range cmd.Subcommands {
			look(sub)
		}
	}
	for _, cmd := range app.Commands {
		look(cmd)
	}
	if seen < 10 {
		t.Errorf("only %d usages were found", seen)
	}
}

func unknownWords(commands []*cli.Command, words []string) []string {
	var out []string
	cmd := commandNamed(commands, words[0])
	for i, w := range words[1:] {
		if strings.HasPrefix(w, "#") || w == "|" || w == ">" || w == "&&" {
			break
		}
		if sub := commandNamed(cmd.Subcommands, w); sub != nil {
			cmd = sub
			continue
		}
		if !strings.HasPrefix(w, "-") || w == "-" {
			continue
		}
		name, value, joined := strings.Cut(strings.TrimLeft(w, "-"), "=")
		name = strings.Trim(name, ".,)…")
		if flagNamed(cmd, name) == nil && name != "help" {
			out = append(out, "no flag "+w)
		}
		if !joined && i+2 < len(words) {
			value = words[i+2]
		}
		if longName(cmd, name) == "output" {
			format, _, _ := strings.Cut(value, "=")
			if _, ok := reports.Find(format, reports.Options{}); !ok {
				out = append(out, "no format "+format)
			}
		}
	}
	return out
}

// Every variable that the documentation names is the twin of a flag, or one of the few others.
func TestDocumentedVariables(t *testing.T) {
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, sys: realSystem{}}
	known := map[string]bool{"SCIMMAGE_PASSWORD": true, "SCIMMAGE_OAUTH_SECRET": true, "SCIMMAGE_TOKEN_B": true, "SCIMMAGE_": true}
	for _, c := range e.app().Commands {
		for _, f := range c.Flags {
			if d, ok := f.(cli.DocGenerationFlag); ok {
				for _, v := range d.GetEnvVars() {
					known[v] = true
				}
			}
		}
	}
	variable := regexp.MustCompile(`SCIMMAGE_[A-Z_]*`)
	for _, p := range pages[:3] {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range variable.FindAllString(string(data), -1) {
			if !known[v] {
				t.Errorf("%s: no variable %s", p, v)
			}
		}
	}
}

// The YAML of the CI page is YAML, and hands the action only what it takes.
func TestDocumentedYAML(t *testing.T) {
	var action struct {
		Inputs map[string]any `yaml:"inputs"`
	}
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &action); err != nil {
		t.Fatal(err)
	}
	parsed, handed := 0, 0
	for _, b := range blocks(t, "../../docs/ci.md") {
		if b.lang != "yaml" {
			continue
		}
		var v any
		if err := yaml.Unmarshal([]byte(b.text), &v); err != nil {
			t.Errorf("%v:\n%s", err, b.text)
			continue
		}
		parsed++
		eachMap(v, func(m map[string]any) {
			uses, _ := m["uses"].(string)
			with, _ := m["with"].(map[string]any)
			if !strings.HasPrefix(uses, "scimmage/scimmage@") {
				return
			}
			for k := range with {
				handed++
				if action.Inputs[k] == nil {
					t.Errorf("action.yml has no input %q", k)
				}
			}
		})
		// Whoever shows a JUnit file to the CI system also writes it, under the same name.
		if file := regexp.MustCompile(`junit=(\S+)`).FindStringSubmatch(b.text); file != nil && strings.Contains(b.text, "junit:") && !strings.Contains(b.text, "junit: "+file[1]) {
			t.Errorf("the file %s is not the one that is shown:\n%s", file[1], b.text)
		}
	}
	if parsed < 4 || handed < 4 {
		t.Errorf("%d blocks with %d inputs", parsed, handed)
	}
}

func eachMap(v any, f func(map[string]any)) {
	switch x := v.(type) {
	case map[string]any:
		f(x)
		for _, e := range x {
			eachMap(e, f)
		}
	case []any:
		for _, e := range x {
			eachMap(e, f)
		}
	}
}

// The Jenkinsfile is closed, and shows the file that its command writes.
func TestDocumentedJenkinsfile(t *testing.T) {
	i := slices.IndexFunc(blocks(t, "../../docs/ci.md"), func(b block) bool { return b.lang == "groovy" })
	if i < 0 {
		t.Fatal("no Jenkinsfile")
	}
	text := blocks(t, "../../docs/ci.md")[i].text
	if strings.Count(text, "{") != strings.Count(text, "}") || strings.Count(text, "'")%2 != 0 {
		t.Error("a brace or a quote is not closed")
	}
	for _, want := range []string{"-o junit=TEST-scim.xml", "junit 'TEST-scim.xml'", "-o html=report.html", "archiveArtifacts artifacts: 'report.html'", "credentials("} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// The exit codes are the same everywhere: in code, help, manual page, README and CI page.
func TestDocumentedExitCodes(t *testing.T) {
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, sys: realSystem{}}
	help := e.app().Description
	for _, p := range pages[:2] {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile(`(?m)^\| (\d+) \| `).FindAllStringSubmatch(string(data), -1)
		var got []string
		for _, r := range rows {
			got = append(got, r[1])
		}
		var want []string
		for _, x := range exitCodes {
			want = append(want, fmt.Sprint(x.code))
			if !strings.Contains(help, fmt.Sprintf(" %d ", x.code)) && !strings.Contains(help, fmt.Sprintf("\n%d ", x.code)) {
				t.Errorf("help lacks exit code %d", x.code)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the exit codes %v, want %v", p, got, want)
		}
	}
}
