//go:build browser

package html

import (
	"bytes"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/scimmage/scimmage/internal/result"
)

// pageFile names a report to open in place of the synthesised full run: `make bench-report` gives the
// one of a real run with every identity provider.
var pageFile = flag.String("page", "", "HTML report to open in the benchmark")

// opened is what a person waits for, measured by the browser itself.
const opened = `new Promise((r) => requestAnimationFrame(() => setTimeout(() => {
  const n = performance.getEntriesByType('navigation')[0], p = performance.getEntriesByName('first-contentful-paint')[0];
  r([n.loadEventEnd, p ? p.startTime : 0]);
}, 0)))`

// BenchmarkBrowserOpens measures how long a report takes to be written and to open from a file: from
// the start of the navigation to the first text on the screen and to the end of loading.
func BenchmarkBrowserOpens(b *testing.B) {
	b.Run("full run", func(b *testing.B) {
		path := *pageFile
		if path == "" {
			path = written(b, sample(fullSample))
		}
		opens(b, path)
	})
	b.Run("100000 exchanges", func(b *testing.B) {
		opens(b, written(b, sample(sampleSize{stories: 600, rfcCases: 31_200, checks: 4, requirements: 1400, profiles: fullSample.profiles})))
	})
}

// written renders a document into a file and says how long that took.
func written(b *testing.B, doc *result.Document) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "report.html")
	var page bytes.Buffer
	start := time.Now()
	if err := Write(&page, doc); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms-to-write")
	b.ReportMetric(float64(len(doc.Exchanges)), "exchanges")
	if err := os.WriteFile(path, page.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func opens(b *testing.B, path string) {
	b.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	ctx := browser(b)
	address := (&url.URL{Scheme: "file", Path: path}).String()
	load, paint := 0.0, 0.0
	run(b, ctx, view(1280, 900, false))
	for b.Loop() {
		run(b, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(address))
		took := ask[[]float64](b, ctx, opened)
		load, paint = load+took[0], paint+took[1]
	}
	b.ReportMetric(load/float64(b.N), "ms-to-load")
	b.ReportMetric(paint/float64(b.N), "ms-to-first-paint")
	b.ReportMetric(float64(info.Size()), "bytes")
	b.ReportMetric(float64(ask[int](b, ctx, `document.querySelectorAll('*').length`)), "elements")
}
