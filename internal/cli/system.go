package cli

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/term"
)

// system is the machine as commands see it.
type system interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
	Getenv(string) string
	Terminal(fd any) (width int, ok bool)
	CacheDir() (string, error)
	Entropy() int64
}

type realSystem struct{}

func (realSystem) Now() time.Time            { return time.Now() }
func (realSystem) Getenv(k string) string    { return os.Getenv(k) }
func (realSystem) Entropy() int64            { return time.Now().UnixNano()%2147483646 + 1 }
func (realSystem) CacheDir() (string, error) { return os.UserCacheDir() }

func (realSystem) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (realSystem) Terminal(w any) (int, bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 100
	}
	return width, true
}

// Version is stamped by the release build (-ldflags -X).
var Version = "0.1.0-dev"

// commit is what the Go tool recorded of the checkout.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

// How a run uses memory. Most of its work before the first request is reading the suites, which a lazier collector makes a third
// faster (measured: 1.8 s of processor time to 1.3 s); the limit keeps a run against a server of huge answers below 256 MB.
const (
	memoryGrowth = 200
	memoryLimit  = 160 << 20
)

// limitMemory sets both, unless the environment has an opinion (GOGC, GOMEMLIMIT).
func (e *env) limitMemory() {
	if e.sys.Getenv("GOGC") == "" && e.sys.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(memoryGrowth)
		debug.SetMemoryLimit(memoryLimit)
	}
}
