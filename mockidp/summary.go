package mockidp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// Summary is an application at a glance.
type Summary struct {
	People    map[string]int `json:"people"` // accounts of people by state
	Groups    map[string]int `json:"groups"`
	Tasks     int            `json:"tasks"`
	Queued    int            `json:"queued"`
	Progress  *Progress      `json:"progress,omitempty"`
	Checks    CheckCounts    `json:"checks"`
	Findings  []Finding      `json:"findings"`
	Traffic   []Bucket       `json:"traffic"`
	Requests  int            `json:"requests"`
	LatencyMS float64        `json:"latencyMS"` // mean of the traffic shown
}

// CheckCounts are the checks of an application so far, each check once.
type CheckCounts struct {
	Passed   int `json:"passed"`
	Failed   int `json:"failed"` // must
	Warnings int `json:"warnings"`
}

// Finding is a check that the application did not pass last time.
type Finding struct {
	Check   result.Check `json:"check"`
	Op      int64        `json:"operation"`
	Failed  int          `json:"failed"`
	Passed  int          `json:"passed"`
	Outcome string       `json:"outcome"`
}

// Bucket is a stretch of the traffic.
type Bucket struct {
	From     time.Time `json:"from"`
	Requests int       `json:"requests"`
	Errors   int       `json:"errors"` // no answer, or 400 and above
	MS       float64   `json:"ms"`     // mean latency
}

const buckets = 48

// Summary of one application.
func (i *IdP) Summary(ctx context.Context, id string) (*Summary, error) {
	if _, err := i.App(ctx, id); err != nil {
		return nil, err
	}
	s := &Summary{People: map[string]int{}, Groups: map[string]int{}, Findings: []Finding{}, Traffic: []Bucket{}}
	type row struct {
		kind, status string
		n            int
	}
	rows, err := collect(ctx, i.db.r, func(r scanner) (row, error) {
		var x row
		err := r.Scan(&x.kind, &x.status, &x.n)
		return x, err
	}, "SELECT kind, status, count(*) FROM accounts WHERE app_id = ? GROUP BY kind, status", id)
	if err != nil {
		return nil, err
	}
	for _, x := range rows {
		if x.kind == kindPerson {
			s.People[x.status] = x.n
		} else {
			s.Groups[x.status] = x.n
		}
	}
	if s.Tasks, err = count(ctx, i.db.r, "SELECT count(*) FROM jobs WHERE app_id = ? AND state = 'failed'", id); err != nil {
		return nil, err
	}
	if s.Queued, err = count(ctx, i.db.r, "SELECT count(*) FROM jobs WHERE app_id = ? AND state IN ('queued', 'running')", id); err != nil {
		return nil, err
	}
	if r := i.runner(id); r != nil {
		s.Progress = r.underWay()
	}
	if err := i.findings(ctx, id, s); err != nil {
		return nil, err
	}
	return s, i.traffic(ctx, id, s)
}

func (i *IdP) findings(ctx context.Context, id string, s *Summary) error {
	list, err := collect(ctx, i.db.r, func(r scanner) (Finding, error) {
		var f Finding
		var doc string
		if err := r.Scan(&f.Outcome, &f.Passed, &f.Failed, &f.Op, &doc); err != nil {
			return f, err
		}
		return f, json.Unmarshal([]byte(doc), &f.Check)
	}, "SELECT outcome, passed, failed, op, doc FROM findings WHERE app_id = ? ORDER BY CASE outcome WHEN 'fail' THEN 0 WHEN 'error' THEN 1 WHEN 'warn' THEN 2 ELSE 3 END, check_id", id)
	for _, f := range list {
		switch {
		case f.Failed == 0:
			s.Checks.Passed++
			continue
		case f.Check.Outcome == result.Warn:
			s.Checks.Warnings++
		default:
			s.Checks.Failed++
		}
		s.Findings = append(s.Findings, f)
	}
	return err
}

// traffic is the last exchanges in equal stretches of time.
func (i *IdP) traffic(ctx context.Context, id string, s *Summary) error {
	type point struct {
		at     int64
		ms     float64
		status int
	}
	points, err := collect(ctx, i.db.r, func(r scanner) (point, error) {
		var p point
		err := r.Scan(&p.at, &p.ms, &p.status)
		return p, err
	}, "SELECT at, ms, status FROM exchanges WHERE app_id = ? ORDER BY id DESC LIMIT 2000", id)
	if err != nil || len(points) == 0 {
		return err
	}
	if s.Requests, err = count(ctx, i.db.r, "SELECT count(*) FROM exchanges WHERE app_id = ?", id); err != nil {
		return err
	}
	first, last := points[len(points)-1].at, points[0].at
	width := max((last-first)/buckets+1, 1)
	for k := range buckets {
		s.Traffic = append(s.Traffic, Bucket{From: fromMillis(first + int64(k)*width)})
	}
	for _, p := range points {
		b := &s.Traffic[min(max(int((p.at-first)/width), 0), buckets-1)]
		b.MS = (b.MS*float64(b.Requests) + p.ms) / float64(b.Requests+1)
		b.Requests++
		if p.status == 0 || p.status >= 400 {
			b.Errors++
		}
		s.LatencyMS += p.ms / float64(len(points))
	}
	return nil
}
