// Command testsum runs `go test -json` with the arguments it is given, shows every package as it ends and the whole
// output of every test that failed, and closes with one line of counts. It fails where a test failed, where a package
// did not build, where a test was skipped (here nothing is skipped: a missing tool is a failure), and where no test
// ran at all, which plain `go test -run PATTERN` passes over in silence.
//
// Its first argument is a word for the closing line: testsum unit -count=1 ./...
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// event is one line of test2json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
	Elapsed    float64
}

// summary is the fold over the events of one `go test`.
type summary struct {
	passed, failed, skipped int
	broken                  []string
	output                  map[string]*strings.Builder
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: testsum NAME GO-TEST-ARGUMENT…")
		os.Exit(2)
	}
	os.Exit(run(os.Args[1], os.Args[2:], os.Stdout, os.Stderr))
}

func run(name string, args []string, stdout, stderr io.Writer) int {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, "testsum:", err)
		return 2
	}
	s := fold(pipe, stdout)
	err = cmd.Wait()
	return s.close(name, err, stdout)
}

// fold reads events and prints what a reader needs while the tests run.
func fold(r io.Reader, w io.Writer) *summary {
	s := &summary{output: map[string]*strings.Builder{}}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil {
			s.add(e, w)
		} else if len(line) > 0 {
			fmt.Fprintf(w, "%s", line)
		}
		if err != nil {
			return s
		}
	}
}

func (s *summary) add(e event, w io.Writer) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if s.output[key] == nil {
			s.output[key] = &strings.Builder{}
		}
		s.output[key].WriteString(e.Output)
	case "build-output":
		fmt.Fprint(w, e.Output)
	case "pass", "fail", "skip":
		s.end(e, key, w)
		delete(s.output, key)
	}
}

// end accounts for one finished test or package.
func (s *summary) end(e event, key string, w io.Writer) {
	out := ""
	if b := s.output[key]; b != nil {
		out = b.String()
	}
	switch {
	case e.Test == "" && e.Action == "fail":
		s.broken = append(s.broken, e.Package)
		fmt.Fprintf(w, "%sFAIL %s %.1fs\n", packageNoise(out), e.Package, e.Elapsed)
	case e.Test == "" && e.Action == "pass" && !strings.Contains(out, "no tests to run"):
		fmt.Fprintf(w, "ok   %s %.1fs\n", e.Package, e.Elapsed)
	case e.Test == "":
	case e.Action == "pass":
		s.passed++
	case e.Action == "skip":
		s.skipped++
		fmt.Fprintf(w, "%s", out)
	default:
		s.failed++
		fmt.Fprintf(w, "%s", out)
	}
}

// packageNoise keeps what a failing package says outside its tests (a panic, a build failure) and drops its verdict
// line, which end prints in its own words.
func packageNoise(out string) string {
	var keep strings.Builder
	for _, line := range strings.SplitAfter(out, "\n") {
		if line == "FAIL\n" || strings.HasPrefix(line, "FAIL\t") || line == "PASS\n" {
			continue
		}
		keep.WriteString(line)
	}
	return keep.String()
}

func (s *summary) close(name string, runErr error, w io.Writer) int {
	if len(s.broken) > 0 {
		fmt.Fprintf(w, "failing packages: %s\n", strings.Join(s.broken, " "))
	}
	if s.passed+s.failed == 0 {
		fmt.Fprintf(w, "%s: no test ran\n", name)
		return 1
	}
	if s.skipped > 0 {
		fmt.Fprintf(w, "%s: %d passed, %d failed, %d skipped (a skipped test is a failure here)\n", name, s.passed, s.failed, s.skipped)
		return 1
	}
	fmt.Fprintf(w, "%s: %d passed, %d failed\n", name, s.passed, s.failed)
	if s.failed > 0 || len(s.broken) > 0 || runErr != nil {
		return 1
	}
	return 0
}
