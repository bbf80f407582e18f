package archtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// documents are the Markdown files that we track.
func documents(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	for name, text := range tracked(t) {
		if strings.HasSuffix(name, ".md") {
			docs[name] = text
		}
	}
	return docs
}

// blocks returns the fenced code blocks of a language.
func blocks(text, language string) []string {
	var out []string
	parts := strings.Split(text, "\n```")
	for i := 1; i < len(parts); i += 2 {
		if body, ok := strings.CutPrefix(parts[i], language+"\n"); ok {
			out = append(out, body)
		}
	}
	return out
}

func TestYAMLInDocumentsParses(t *testing.T) {
	texts := map[string]string{}
	for name, text := range documents(t) {
		for i, b := range blocks(text, "yaml") {
			texts[fmt.Sprintf("%s, yaml block %d", name, i+1)] = b
		}
	}
	for _, name := range []string{"action.yml", ".goreleaser.yaml", ".golangci.yml"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	for name, text := range texts {
		// {{ }} of a template is no YAML of its own; authoring.md explains the form with an ellipsis.
		dec := yaml.NewDecoder(strings.NewReader(text))
		for {
			var v any
			if err := dec.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	for name, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			target := path.Join(path.Dir(name), m[1])
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
	}
}

// mentions finds each `scimmage COMMAND …` with its flags, in text or in a code block.
var mentions = regexp.MustCompile("(?:^|[\\s`'/])scimmage ([a-z]+)((?:[ \t]+(?:\\\\\n[ \t]*)?[^\\s`|]+)*)")

var longFlag = regexp.MustCompile(`(?:^|\s)--([a-z][a-z-]*)`)

// commandNames are the words that may follow "scimmage" in a command; what else follows is prose.
var commandNames = []string{"run", "probe", "provider", "idp", "list", "explain", "report", "diff", "replay", "audit", "cleanup", "validate", "init", "baseline", "completion", "version"}

// TestDocumentedCommandsExist builds the tool and asks it: every command and flag that a document shows must be there.
func TestDocumentedCommandsExist(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "scimmage")
	build := exec.Command("go", "build", "-o", bin, "./cmd/scimmage")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	help := map[string]string{}
	missing := map[string]bool{}
	for _, c := range commandNames {
		out, err := exec.Command(bin, c, "--help").CombinedOutput()
		help[c], missing[c] = string(out), err != nil
	}
	n := 0
	for name, text := range documents(t) {
		for _, m := range mentions.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(commandNames, m[1]) {
				continue
			}
			if missing[m[1]] {
				t.Errorf("%s shows scimmage %s: there is no such command", name, m[1])
				continue
			}
			for _, f := range longFlag.FindAllStringSubmatch(m[2], -1) {
				n++
				if f[1] != "help" && !regexp.MustCompile(`--`+f[1]+`\b`).MatchString(help[m[1]]) {
					t.Errorf("%s shows scimmage %s --%s, which does not exist", name, m[1], f[1])
				}
			}
		}
	}
	if n == 0 {
		t.Error("no command with a flag found in the documents: the pattern is broken")
	}
}
