package result

import "time"

// TrendPoint is one run of a history, for the picture of how the score went.
type TrendPoint struct {
	At       time.Time `json:"at"`
	Target   string    `json:"target"`
	Percent  float64   `json:"percent"`
	Grade    string    `json:"grade,omitempty"`
	Must     int       `json:"must"`
	Should   int       `json:"should"`
	Findings int       `json:"findings"`
	Partial  bool      `json:"partial,omitempty"`
}

// TrendOf is the point of a document itself.
func TrendOf(d *Document) TrendPoint {
	return TrendPoint{At: d.Run.Started.UTC(), Target: d.Target.URL, Percent: d.Score.Percent, Grade: d.Score.Grade,
		Must: d.Counts.Must, Should: d.Counts.Should, Findings: d.Counts.Findings, Partial: d.Run.Partial}
}
