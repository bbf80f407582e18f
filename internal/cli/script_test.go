package cli

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"scimmage": func() { os.Exit(Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command line as its users do: every script is a story with its exit codes.
func TestScripts(t *testing.T) {
	started := &servers{running: map[string]*server{}}
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/scripts",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CACHE_HOME", e.WorkDir+"/cache")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit": exitCode, "serve": started.serve, "end": started.end,
		},
		RequireExplicitExec: true,
	})
}

// exitCode is `exit CODE command…`: the command must end with exactly this code.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE command…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if x, ok := err.(*exec.ExitError); ok {
		code = x.ProcessState.String()
		code = strings.TrimPrefix(code, "exit status ")
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, wanted %s", code, args[0])
	}
}

// servers are the commands that scripts left running, by work folder and variable.
type servers struct {
	mu      sync.Mutex
	running map[string]*server
}

type server struct {
	cmd    *exec.Cmd
	rest   chan string // what it prints after its address
	stderr strings.Builder
}

// serve is `serve VAR command…`: it starts a command that prints "listening URL" and sets VAR.
func (s *servers) serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: serve VAR command…")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	srv := &server{cmd: exec.Command(path, args[2:]...), rest: make(chan string, 1)}
	srv.cmd.Dir, srv.cmd.Stderr = ts.MkAbs("."), &srv.stderr
	out, err := srv.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(srv.cmd.Start())
	ts.Defer(func() {
		_ = srv.cmd.Process.Signal(os.Interrupt)
		_ = srv.cmd.Wait()
	})
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			ts.Fatalf("%s never said that it listens: %s", args[1], srv.stderr.String())
		}
		if url, ok := strings.CutPrefix(line, "listening "); ok {
			ts.Setenv(args[0], strings.TrimSpace(url))
			break
		}
	}
	go func() {
		b, _ := io.ReadAll(lines)
		srv.rest <- string(b)
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[ts.MkAbs(args[0])] = srv
}

// end is `end VAR [CODE]`: it interrupts what serve started, and writes what it printed since to VAR.out and VAR.err. With CODE it
// must end with exactly this code.
func (s *servers) end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: end VAR [CODE]")
	}
	s.mu.Lock()
	srv := s.running[ts.MkAbs(args[0])]
	s.mu.Unlock()
	if srv == nil {
		ts.Fatalf("nothing was served as %s", args[0])
	}
	ts.Check(srv.cmd.Process.Signal(os.Interrupt))
	rest := <-srv.rest
	_ = srv.cmd.Wait() // an interrupted command may end with any code
	if code := strconv.Itoa(srv.cmd.ProcessState.ExitCode()); len(args) == 2 && code != args[1] {
		ts.Fatalf("exit code %s, wanted %s: %s", code, args[1], srv.stderr.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(rest), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(srv.stderr.String()), 0o600))
}
