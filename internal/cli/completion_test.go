package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// words are the candidates without their help.
func completed(t *testing.T, k completer, typed ...string) []string {
	t.Helper()
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, sys: realSystem{}}
	var out []string
	for _, c := range k.complete(e.app().Commands, typed) {
		if strings.ContainsAny(c.word+c.help, "\t\n") {
			t.Errorf("candidate %q holds a separator", c)
		}
		out = append(out, c.word)
	}
	return out
}

func TestComplete(t *testing.T) {
	k := completer{sync.OnceValues(loadCatalogue)}
	for _, c := range []struct {
		typed string // separated by spaces; what stands behind the last one is at the cursor
		want  string
		no    string
	}{
		{"ru", "run", "report"},
		{"", "completion", "__complete"},
		{"run --fail-", "--fail-on --fail-under", "--url"},
		{"run --fail-on ", "must should any", "run"},
		{"run --fail-on=s", "--fail-on=should", "must"},
		{"run -o j", "json= junit=", "html="},
		{"run --demo --idp okta,en", "okta,entra", "entra"},
		{"run --url https://x --defect patch-active-", "patch-active-ignored", "no-location"},
		{"run --feature bulk", "bulk=off bulk=on", "bulk"},
		{"diff --format h", "html", "json"},
		{"list req", "requirements", "suites"},
		{"baseline up", "update", "run"},
		{"completion ", "bash zsh fish powershell", "run"},
		{"replay las", "last", ""},
		{"explain RFC7644-3.5.2-R1", "RFC7644-3.5.2-R1", "run"},
	} {
		got := completed(t, k, strings.Split(c.typed, " ")...)
		set := " " + strings.Join(got, " ") + " "
		for _, w := range strings.Fields(c.want) {
			if !strings.Contains(set, " "+w+" ") {
				t.Errorf("%q: %q is not offered: %q", c.typed, w, got)
			}
		}
		if c.no != "" && strings.Contains(set, " "+c.no+" ") {
			t.Errorf("%q: %q is offered: %q", c.typed, c.no, got)
		}
	}
}

// Bash itself understands its script and takes words apart as the script expects.
func TestBashCompletion(t *testing.T) {
	dir := t.TempDir()
	// A program that answers with what it was asked.
	fake := "#!/bin/bash\nprintf '%s\\thelp\\n' \"${@: -1}\" | tr -d =\nprintf '%s\\n' \"$@\" >\"" + dir + "/asked\"\n"
	if err := os.WriteFile(filepath.Join(dir, "scimmage"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	script, err := shellFiles.ReadFile("shells/bash")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", string(script)+"\nCOMP_LINE='scimmage run --idp okta --fail-on '; COMP_POINT=${#COMP_LINE}; _scimmage; COMP_LINE='scimmage run --url=http://x'; COMP_POINT=${#COMP_LINE}; _scimmage; echo \"${COMPREPLY[*]}\"")
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	asked, err := os.ReadFile(filepath.Join(dir, "asked"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(asked); got != "__complete\nrun\n=--url=http://x\n" {
		t.Errorf("asked with %q", got)
	}
}

// Every shell of the list has a script that asks the binary.
func TestCompletionScripts(t *testing.T) {
	for _, s := range shells {
		data, err := shellFiles.ReadFile("shells/" + s)
		if err != nil || !bytes.Contains(data, []byte("__complete")) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// Every command has a page, every flag stands in it, and no line is taken for a macro by accident.
func TestManPages(t *testing.T) {
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, sys: realSystem{}}
	app := e.app()
	pages := map[string]string{}
	macro := regexp.MustCompile(`^\.(TH|SH|SS|TP|B|I|nf|fi)\b`)
	for _, p := range manPages(app) {
		pages[p.name] = p.text
		for _, l := range strings.Split(p.text, "\n") {
			if strings.HasPrefix(l, ".") && !macro.MatchString(l) || strings.HasPrefix(l, "'") {
				t.Errorf("%s: %q is no macro of a page", p.name, l)
			}
		}
	}
	for _, c := range app.Commands {
		if c.Hidden || c.Name == "help" {
			continue
		}
		page := pages["scimmage-"+c.Name]
		if page == "" {
			t.Errorf("no page of %s", c.Name)
		}
		for _, f := range c.Flags {
			if n := escape(dashes(f.Names()[0])); !strings.Contains(page, n) {
				t.Errorf("the page of %s lacks %s", c.Name, n)
			}
		}
		if !strings.Contains(pages["scimmage"], escape("scimmage-"+c.Name)) {
			t.Errorf("the first page lacks %s", c.Name)
		}
	}
	// man is told from what it reads: an escape that is not one would eat text.
	if got := escape(`.dot \ back - dash`); got != `\&.dot \e back \- dash` {
		t.Errorf("escape gives %q", got)
	}
}
