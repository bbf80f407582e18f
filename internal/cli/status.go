package cli

import (
	"fmt"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
)

// status shows progress on stderr: one live line on a terminal, one line a suite otherwise.
type status struct {
	mu      sync.Mutex
	e       *env
	width   int
	live    bool
	quiet   bool
	total   int
	done    int
	fails   int
	running []string
	suite   string
	shown   bool
}

func newStatus(e *env, c *cli.Context) *status {
	w, tty := e.sys.Terminal(e.err)
	return &status{e: e, width: w, live: tty && e.sys.Getenv("TERM") != "dumb", quiet: c.Bool("quiet")}
}

// Emit follows the run.
func (s *status) Emit(ev result.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quiet {
		return
	}
	switch ev.Type {
	case result.RunStarted:
		s.line(fmt.Sprintf("testing %s", ev.Target.URL))
		if ev.Target.Insecure {
			s.line("WARNING: certificates are not verified (--insecure): anybody on the way can read the token")
		}
	case result.Planned:
		for _, su := range ev.Plan.Suites {
			for _, c := range su.Cases {
				if c.Outcome == "" && su.Kind != "automatic" {
					s.total++
				}
			}
		}
	case result.CaseStarted:
		s.running = append(s.running, ev.Case)
		s.announce(ev.Case)
	case result.CheckDone:
		if ev.Check.Outcome == result.Fail {
			s.fails++
		}
	case result.CaseEnded:
		s.ended(ev.Case)
	case result.Noted:
		s.line(ev.Text)
	}
	s.draw()
}

func (s *status) ended(id string) {
	for i, r := range s.running {
		if r == id {
			s.running = append(s.running[:i], s.running[i+1:]...)
			s.done++
			return
		}
	}
}

// announce names each suite once where no line can be redrawn.
func (s *status) announce(id string) {
	suite, _, _ := strings.Cut(id, "/")
	if s.live || suite == s.suite {
		return
	}
	s.suite = suite
	fmt.Fprintf(s.e.err, "[%d/%d] %s\n", s.done, s.total, suite)
}

func (s *status) draw() {
	if !s.live || s.total == 0 {
		return
	}
	now := ""
	if len(s.running) > 0 {
		now = s.running[len(s.running)-1]
	}
	line := fmt.Sprintf("[%d/%d] %d failing  %s", s.done, s.total, s.fails, now)
	if len(line) >= s.width {
		line = line[:s.width-1]
	}
	fmt.Fprintf(s.e.err, "\r\x1b[2K%s", line)
	s.shown = true
}

// line prints a lasting line above the live one.
func (s *status) line(text string) {
	if s.shown {
		fmt.Fprint(s.e.err, "\r\x1b[2K")
	}
	fmt.Fprintln(s.e.err, text)
}

// finish takes the live line away.
func (s *status) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown {
		fmt.Fprint(s.e.err, "\r\x1b[2K")
		s.shown = false
	}
}

// lockedSink lets the exchange layer and the engine write to the same sinks.
func lockedSink(next result.Sink) result.Sink {
	var mu sync.Mutex
	return result.SinkFunc(func(e result.Event) {
		mu.Lock()
		defer mu.Unlock()
		next.Emit(e)
	})
}
