package prove

import (
	"context"
	"testing"
)

// BenchmarkRun is one whole run against the reference provider, in process.
func BenchmarkRun(b *testing.B) {
	bn, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		doc, err := bn.Run(context.Background(), nil, nil, Selection{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(doc.Run.Requests), "requests/op")
	}
}
