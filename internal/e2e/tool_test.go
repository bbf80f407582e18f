//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary is the tool, built once for all tests of the package.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "scimmage-e2e")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		binary = filepath.Join(dir, "scimmage")
		build := exec.Command("go", "build", "-o", binary, "./cmd/scimmage")
		build.Dir = filepath.Join("..", "..")
		if out, err := build.CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// outcome is what a person has after a run: an exit code, two streams and a folder of artefacts.
type outcome struct {
	code           int
	stdout, stderr string
	dir            string
	doc            document
}

// document is the part of the JSON result that these tests read.
type document struct {
	Suites []struct {
		ID    string `json:"id"`
		Cases []struct {
			ID      string `json:"id"`
			Outcome string `json:"outcome"`
			Checks  []struct {
				ID      string `json:"id"`
				Outcome string `json:"outcome"`
				Summary string `json:"summary"`
			} `json:"checks"`
		} `json:"cases"`
	} `json:"suites"`
	Leftovers []struct {
		Endpoint string `json:"endpoint"`
		Marker   string `json:"marker"`
		Why      string `json:"why"`
	} `json:"leftovers"`
	Run struct {
		Partial   bool   `json:"partial"`
		Selection string `json:"selection"`
		Requests  int    `json:"requests"`
	} `json:"run"`
}

// verdicts maps each check to its outcome.
func (d document) verdicts() map[string]string {
	m := map[string]string{}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				m[k.ID] = k.Outcome
			}
		}
	}
	return m
}

// findings are the checks that did not pass, as lines a person can read.
func (d document) findings() []string {
	var out []string
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Outcome == "fail" || k.Outcome == "warn" || k.Outcome == "error" {
					out = append(out, k.Outcome+" "+k.ID+": "+k.Summary)
				}
			}
		}
	}
	return out
}

// scimmage runs the tool against a target with every kind of artefact and reads its JSON result.
func scimmage(t *testing.T, target string, args ...string) outcome {
	t.Helper()
	o := outcome{dir: t.TempDir()}
	at := func(name string) string { return filepath.Join(o.dir, name) }
	all := []string{"run", "--url", target, "--seed", "7", "--quiet", "--journal", at("run.ndjson"), "-o", "html=" + at("report.html"), "-o", "json=" + at("result.json"),
		"-o", "junit=" + at("junit.xml"), "-o", "text=" + at("report.txt"), "-o", "markdown=" + at("report.md"), "-o", "sarif=" + at("report.sarif"),
		"-o", "tap=" + at("report.tap"), "-o", "har=" + at("report.har"), "-o", "csv=" + at("report.csv"), "-o", "badge=" + at("badge.json")}
	cmd := exec.CommandContext(t.Context(), binary, append(all, args...)...)
	cmd.Env = append(os.Environ(), "SCIMMAGE_TOKEN="+token, "GITHUB_STEP_SUMMARY=")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o.code, o.stdout, o.stderr = cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
	b, err := os.ReadFile(at("result.json"))
	if err != nil {
		t.Fatalf("exit code %d and no JSON result: %v\n%s", o.code, err, o.stderr)
	}
	if err := json.Unmarshal(b, &o.doc); err != nil {
		t.Fatalf("JSON result: %v", err)
	}
	return o
}

// noSecret searches every artefact and both streams for the token.
func (o outcome) noSecret(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{"stdout": o.stdout, "stderr": o.stderr} {
		if strings.Contains(text, token) {
			t.Errorf("%s holds the token", name)
		}
	}
	files, err := os.ReadDir(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 11 {
		t.Errorf("%d artefacts, want 11", len(files))
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(o.dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 {
			t.Errorf("%s is empty", f.Name())
		}
		if bytes.Contains(b, []byte(token)) {
			t.Errorf("%s holds the token", f.Name())
		}
	}
}
