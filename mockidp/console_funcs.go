package mockidp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
)

// functions of the templates.
var functions = template.FuncMap{
	"tone": tone, "when": showTime, "pretty": pretty, "plural": plural, "bars": bars, "call": callOf, "args": arguments, "percent": func(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f*100), ".0") },
	"ms": func(f float64) string { return fmt.Sprintf("%.0f ms", f) }, "has": contains, "list": func(s ...string) []string { return s }, "input": func(t time.Time) string { return t.Format("2006-01-02T15:04") },
	"title": func(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] },
	"word":  func(c result.Outcome) string { return string(c) }, "share": share, "lines": func(s []string) string { return strings.Join(s, " ") },
	"status": func(x *Exchange) string {
		if x.Response == nil {
			return "no answer"
		}
		return fmt.Sprint(x.Response.Status)
	},
	"inc": func(n int) int { return n + 1 }, "named": named, "brief": func(s string) string { return clip(s, 110) },
	"short": func(s string) string { return clip(s, 400) },
}

// tone is the colour of a state; the word stands beside it always.
func tone(s any) string {
	switch text(s) {
	case stProvisioned, Active, "pass", "success", "done", cycleStarted, "true":
		return "good"
	case stFailed, "fail", "failure", Deleted, cycleDisabled, "false":
		return "bad"
	case stDrifted, stNotSent, "warn", Suspended, cycleQuarantine, stRateLimited, "stopped", "interrupted":
		return "some"
	case "error":
		return "odd"
	case stPending, "running", "info":
		return "note"
	}
	return "none"
}

func showTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format("2006-01-02 15:04:05")
}

// pretty indents JSON and leaves everything else as it is.
func pretty(s string) string {
	if len(s) > 200<<10 {
		return s
	}
	var b bytes.Buffer
	if json.Indent(&b, []byte(s), "", "  ") != nil {
		return s
	}
	return b.String()
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "person") {
		return fmt.Sprint(n) + " people"
	}
	return fmt.Sprint(n) + " " + one + "s"
}

// callOf writes the call of the API that a form stands for.
func callOf(method string, parts ...any) string {
	var b strings.Builder
	b.WriteString(method + " ")
	for _, p := range parts {
		b.WriteString(text(p))
	}
	return b.String()
}

// arguments packs named values for a template within a template.
func arguments(kv ...any) map[string]any {
	out := map[string]any{}
	for k := 0; k+1 < len(kv); k += 2 {
		out[text(kv[k])] = kv[k+1]
	}
	return out
}

// named is what an application is called; one that is gone keeps its id.
func named(apps []*App, id string) string {
	for _, a := range apps {
		if a.ID == id {
			return a.Name
		}
	}
	return id
}

func share(n int, m map[string]int) int {
	total := 0
	for _, v := range m {
		total += v
	}
	if total == 0 {
		return 0
	}
	return n * 100 / total
}

// bar is one stretch of the chart: height of its requests and of the failed ones, and place of the latency.
type bar struct {
	X, Y, H, EY, EH int
	Bucket
}

// chart is drawn in a box of 480 by 100.
type chart struct {
	Bars []bar
	Line string
	Most int
	MS   float64
}

func bars(list []Bucket) chart {
	c := chart{Most: 1, MS: 1}
	for _, b := range list {
		c.Most, c.MS = max(c.Most, b.Requests), max(c.MS, b.MS)
	}
	var line []string
	for i, b := range list {
		h, eh := b.Requests*88/c.Most, b.Errors*88/c.Most
		if b.Requests > 0 {
			h = max(h, 2)
			line = append(line, fmt.Sprintf("%d,%d", i*10+5, 96-int(b.MS*88/c.MS)))
		}
		c.Bars = append(c.Bars, bar{i*10 + 1, 98 - h, h, 98 - eh, eh, b})
	}
	c.Line = strings.Join(line, " ")
	return c
}
