package cli

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
)

// status shows progress on stderr: one live line on a terminal, a line for each tenth otherwise, so
// that the log of a CI job shows life and stays short.
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
	tenth   int
	notes   int
	shown   bool
	color   bool
}

func newStatus(e *env, c *cli.Context) *status {
	w, tty := e.sys.Terminal(e.err)
	live := tty && e.sys.Getenv("TERM") != "dumb"
	return &status{e: e, width: w, live: live, quiet: c.Bool("quiet"), color: live && e.sys.Getenv("NO_COLOR") == "" && !c.Bool("no-color") && c.String("color") != "never"}
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
	case result.CheckDone:
		if ev.Check.Outcome == result.Fail {
			s.fails++
		}
	case result.CaseEnded:
		s.ended(ev.Case)
	case result.Noted:
		s.note(ev.Text)
	}
	s.draw()
}

// shownNotes is how many messages of a run are shown as they come. A server that hides what was
// created makes the guard refuse dozens of requests, each for the same reason.
const shownNotes = 5

// note shows the first messages and counts the rest.
func (s *status) note(text string) {
	s.notes++
	if s.notes <= shownNotes {
		s.line(text)
	}
}

func (s *status) ended(id string) {
	for i, r := range s.running {
		if r == id {
			s.running = append(s.running[:i], s.running[i+1:]...)
			s.done++
			s.announce()
			return
		}
	}
}

// announce says at every tenth of the plan how far the run is, where no line can be redrawn.
func (s *status) announce() {
	if s.live || s.quiet || s.total == 0 || s.done*10/s.total <= s.tenth {
		return
	}
	s.tenth = s.done * 10 / s.total
	failing := "nothing failing"
	if s.fails > 0 {
		failing = counted(s.fails, "check failing", "checks failing")
	}
	fmt.Fprintf(s.e.err, "%3d %%  %d of %s, %s\n", s.tenth*10, s.done, counted(s.total, "case", "cases"), failing)
}

// barWidth is the number of cells of the bar, where the terminal has room for one.
const barWidth = 20

func (s *status) draw() {
	if !s.live || s.total == 0 {
		return
	}
	now := ""
	if len(s.running) > 0 {
		now = s.running[len(s.running)-1]
	}
	bar := ""
	if s.width >= 80 {
		full := barWidth * s.done / s.total
		bar = strings.Repeat("█", full) + strings.Repeat("░", barWidth-full) + " "
	}
	failing := fmt.Sprintf("✓ %d failing", s.fails)
	if s.fails > 0 {
		failing = fmt.Sprintf("✗ %d failing", s.fails)
	}
	head := fmt.Sprintf("%s%d/%d  ", bar, s.done, s.total)
	room := max(s.width-1-utf8.RuneCountInString(head+failing)-2, 0)
	if r := []rune(now); len(r) > room {
		now = string(r[:room])
	}
	if s.color {
		failing = s.paint(failing)
	}
	line := head + failing + "  " + now
	fmt.Fprintf(s.e.err, "\r\x1b[2K%s", line)
	s.shown = true
}

// paint colours the count; its glyph says the same.
func (s *status) paint(text string) string {
	c := color.New(color.FgGreen)
	if s.fails > 0 {
		c = color.New(color.FgRed)
	}
	c.EnableColor()
	return c.Sprint(text)
}

// line prints a lasting line above the live one.
func (s *status) line(text string) {
	if s.shown {
		fmt.Fprint(s.e.err, "\r\x1b[2K")
	}
	fmt.Fprintln(s.e.err, text)
}

// finish takes the live line away and says how many messages were not shown.
func (s *status) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if more := s.notes - shownNotes; more > 0 {
		s.line(fmt.Sprintf("and %s like these; --journal FILE keeps each", counted(more, "message", "messages")))
		s.notes = 0
	} else if s.shown {
		fmt.Fprint(s.e.err, "\r\x1b[2K")
	}
	s.shown = false
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
