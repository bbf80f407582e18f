package suites

import "testing"

func TestEmbeddedLoads(t *testing.T) {
	l, ps := LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	if len(l.Requirements) < 1100 || len(l.Features) < 20 || len(l.Causes) < 60 || len(l.Scoring.Grades) < 6 {
		t.Errorf("incomplete: %d requirements, %d features, %d causes, %d grades", len(l.Requirements), len(l.Features), len(l.Causes), len(l.Scoring.Grades))
	}
}
