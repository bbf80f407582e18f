package html

import (
	"os"
	"testing"
)

func TestDump(t *testing.T) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		return
	}
	os.WriteFile(dir+"/small.html", render(t, sample(smallSample)), 0o644)
	os.WriteFile(dir+"/full.html", render(t, sample(fullSample)), 0o644)
}
