package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifTool   = "https://github.com/scimmage/scimmage"
	sarifFile   = "scimmage.yaml" // a remote server has no file: findings point at the configuration that names it
	sarifBody   = 4 << 10
	sarifMost   = 5000 // GitHub shows no more
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifToolInfo     `json:"tool"`
	Automation  sarifAutomation   `json:"automationDetails"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
	Results     []sarifResult     `json:"results"`
	Properties  map[string]any    `json:"properties,omitempty"`
}

type sarifToolInfo struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name            string      `json:"name"`
	Version         string      `json:"version,omitempty"`
	SemanticVersion string      `json:"semanticVersion,omitempty"`
	InformationURI  string      `json:"informationUri"`
	Rules           []sarifRule `json:"rules"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	StartTime     string              `json:"startTimeUtc,omitempty"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string       `json:"level"`
	Message sarifMessage `json:"message"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifRule struct {
	ID         string         `json:"id"`
	Short      sarifMessage   `json:"shortDescription"`
	Full       *sarifMessage  `json:"fullDescription,omitempty"`
	Help       *sarifMessage  `json:"help,omitempty"`
	HelpURI    string         `json:"helpUri,omitempty"`
	Default    sarifDefault   `json:"defaultConfiguration"`
	Properties map[string]any `json:"properties,omitempty"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifMessage       `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	WebRequest   *sarifRequest      `json:"webRequest,omitempty"`
	WebResponse  *sarifResponse     `json:"webResponse,omitempty"`
	Properties   map[string]any     `json:"properties,omitempty"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifLogical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
}

type sarifContent struct {
	Text string `json:"text"`
}

type sarifRequest struct {
	Target  string            `json:"target"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    *sarifContent     `json:"body,omitempty"`
}

type sarifResponse struct {
	StatusCode   int               `json:"statusCode,omitempty"`
	ReasonPhrase string            `json:"reasonPhrase,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
	Body         *sarifContent     `json:"body,omitempty"`
	NoResponse   bool              `json:"noResponseReceived,omitempty"`
}

// SARIF writes the findings for code scanning. A check is a rule, a finding its result; what could
// not be judged is a notification of the run, because it says nothing about the target.
func SARIF(w io.Writer, d *result.Document) error {
	v := newView(d)
	run := sarifRun{
		Tool:       sarifToolInfo{sarifDriver{Name: or(d.Tool.Name, "scimmage"), Version: visible(d.Tool.Version), InformationURI: sarifTool, Rules: []sarifRule{}}},
		Automation: sarifAutomation{"scimmage/" + clip(oneLine(d.Target.URL), 200) + "/"},
		ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Properties: map[string]any{"partial": d.Run.Partial, "score": d.Score.Percent},
	}
	invocation := sarifInvocation{Successful: d.Diagnosis == nil && !d.Run.Partial, StartTime: harTime(d.Run.Started)}
	if d.Diagnosis != nil {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{"error", sarifMessage{Text: visible(d.Diagnosis.Message)}})
	}
	for _, cause := range d.Causes {
		for _, id := range append(append([]string{}, cause.Checks...), cause.Consequences...) {
			f := v.checks[id]
			switch {
			case f.check == nil || len(run.Results) >= sarifMost:
			case f.check.Outcome == result.Error:
				text := clip(id+": "+headline(f.check), clipValue)
				invocation.Notifications = append(invocation.Notifications, sarifNotification{"warning", sarifMessage{Text: visible(text)}})
			default:
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, v.sarifRule(f))
				run.Results = append(run.Results, v.sarifResult(f, len(run.Results), cause.ID))
			}
		}
	}
	run.Invocations = []sarifInvocation{invocation}
	return writeJSON(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifLevel(c *result.Check) string {
	if c.Outcome == result.Fail {
		return "error"
	}
	return "warning"
}

func (v *view) sarifRule(f found) sarifRule {
	c := f.check
	r := sarifRule{
		ID: visible(c.ID), Short: sarifMessage{Text: clip(visible(or(c.Title, headline(c))), clipValue)}, Default: sarifDefault{sarifLevel(c)},
		Properties: map[string]any{"tags": tags(c, f), "precision": "high"},
	}
	if c.Why != "" {
		r.Full = &sarifMessage{Text: clip(visible(c.Why), clipValue)}
	}
	help := clip(visible(or(c.Fix, c.Why, headline(c))), clipValue)
	r.Help = &sarifMessage{Text: help, Markdown: mdText(help)}
	if len(c.Cites) > 0 {
		r.HelpURI = v.url(c.Cites[0])
	}
	return r
}

func tags(c *result.Check, f found) []string {
	out := []string{"scim", string(c.Level)}
	for _, t := range []string{c.Area, f.suite.IDP, f.cs.Feature} {
		if t != "" {
			out = append(out, clip(visible(t), 100))
		}
	}
	return out
}

func (v *view) sarifResult(f found, index int, cause string) sarifResult {
	c := f.check
	sum := sha256.Sum256([]byte(c.ID))
	text := headline(c)
	if c.Expected != "" || c.Actual != "" {
		text += "\nexpected: " + clip(c.Expected, clipValue) + "\nactual: " + clip(c.Actual, clipValue)
	}
	r := sarifResult{
		RuleID: visible(c.ID), RuleIndex: index, Level: sarifLevel(c), Message: sarifMessage{Text: clip(visible(text), 3000)},
		Locations:    []sarifLocation{{Physical: sarifPlace(f), Logical: []sarifLogical{{visible(c.ID)}}}},
		Fingerprints: map[string]string{"scimmage/v1": hex.EncodeToString(sum[:16])},
		Properties:   map[string]any{"cites": visibleAll(c.Cites), "cause": visible(cause), "outcome": string(c.Outcome)},
	}
	if c.Known != nil {
		r.Suppressions = []sarifSuppression{{"external", visible(known(c))}}
	}
	if x := v.exchanges[c.Exchange]; x != nil {
		r.WebRequest, r.WebResponse = sarifConversation(x)
	}
	return r
}

func visibleAll(in []string) []string {
	out := []string{}
	for _, s := range in {
		out = append(out, visible(s))
	}
	return out
}

// sarifPlace is the suite file for suites of the user, else the configuration.
func sarifPlace(f found) sarifPhysical {
	p := sarifPhysical{Artifact: sarifArtifact{sarifFile}, Region: sarifRegion{1}}
	if f.suite.Kind == "user" && f.cs.File != "" {
		p.Artifact.URI = (&url.URL{Path: strings.TrimPrefix(f.cs.File, "./")}).EscapedPath()
		p.Region.StartLine = max(1, f.cs.Line)
	}
	return p
}

func sarifConversation(x *result.Exchange) (*sarifRequest, *sarifResponse) {
	req := &sarifRequest{Target: visible(x.Request.URL), Method: visible(x.Request.Method), Headers: sarifHeaders(x.Request.Headers), Body: sarifText(x.Request.Body)}
	if x.Response == nil {
		return req, &sarifResponse{NoResponse: true}
	}
	return req, &sarifResponse{StatusCode: x.Response.Status, ReasonPhrase: reasons[x.Response.Status], Headers: sarifHeaders(x.Response.Headers), Body: sarifText(x.Response.Body)}
}

func sarifHeaders(in []result.Header) map[string]string {
	out := map[string]string{}
	for _, h := range in {
		if old, ok := out[h.Name]; ok {
			out[h.Name] = old + ", " + visible(h.Value)
			continue
		}
		out[h.Name] = visible(h.Value)
	}
	return out
}

func sarifText(body string) *sarifContent {
	if body == "" {
		return nil
	}
	return &sarifContent{clip(visible(cut(body, 2*sarifBody)), sarifBody)}
}
