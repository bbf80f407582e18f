package probe

import (
	"context"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
)

// SchemaID names the layout of the JSON report.
const SchemaID = "scimmage.probe/1"

// Client sends one request; *exchange.Client is one.
type Client interface {
	Do(ctx context.Context, r exchange.Request) *result.Exchange
}

// Options of one probe.
type Options struct {
	URL         string                            // what the user gave
	Credentials bool                              // requests carry a credential
	AuthKind    string                            // bearer, basic, … for the report
	Insecure    bool                              // certificates are not verified
	Open        func(base string) (Client, error) // a client for a base URL, on the same origin
	WalkLimit   int                               // longest list that is walked to check totals; 0 = 2000
	MaxRequests int                               // of the search for SCIM; 0 = 60
}

// Verdict says what is at the address.
type Verdict struct {
	Kind    Kind     `json:"kind"`
	Title   string   `json:"title"`
	Version string   `json:"version,omitempty"` // "2.0", "1.1" where SCIM was seen
	Sure    bool     `json:"sure"`              // false: the evidence allows another reading
	Because []string `json:"because"`
	Next    []string `json:"next,omitempty"`
}

// SCIM reports whether SCIM 2.0 was found and can be used with the credential at hand.
func (v Verdict) SCIM() bool { return v.Kind == KindSCIM2 }

// FilterResult is one filter that was tried on a known account.
type FilterResult struct {
	Filter string `json:"filter"`
	State  string `json:"state"` // works, refused, ignored, finds nothing, wrong, failed
	Detail string `json:"detail,omitempty"`
}

// AttributeRow is one attribute: what the schema says of it, and how many resources carry it.
type AttributeRow struct {
	Resource   string `json:"resource"`
	Attribute  string `json:"attribute"`
	InSchema   bool   `json:"in_schema"`
	Type       string `json:"type,omitempty"`
	Mutability string `json:"mutability,omitempty"`
	Required   bool   `json:"required,omitempty"`
	Carried    int    `json:"carried"` // resources that carry it
	Of         int    `json:"of"`      // resources looked at
}

// Times of the answers, in milliseconds.
type Times struct {
	Requests int     `json:"requests"`
	Min      float64 `json:"min_ms"`
	Median   float64 `json:"median_ms"`
	P95      float64 `json:"p95_ms"`
	Max      float64 `json:"max_ms"`
}

// Report is the outcome of a probe.
type Report struct {
	Schema     string         `json:"schema"`
	URL        string         `json:"url"`
	Base       string         `json:"base,omitempty"` // where SCIM is, or where the deciding answer came from
	Verdict    Verdict        `json:"verdict"`
	Facts      []result.Fact  `json:"facts,omitempty"`
	Filters    []FilterResult `json:"filters,omitempty"`
	Attributes []AttributeRow `json:"attributes,omitempty"`
	Tried      []Sighting     `json:"tried"`
	Times      Times          `json:"times"`
	Claims     []result.Claim `json:"claims,omitempty"`  // what the product promises, where a claims file was given
	Partial    bool           `json:"partial,omitempty"` // interrupted, or out of time
}

// prober is one probe under way.
type prober struct {
	o      Options
	client Client
	rep    *Report
	ms     []float64
	limits map[string]string // rate-limit headers that were seen
	sent   int
}

// Run probes. It returns an error only where no client can be made; everything else is a verdict.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.WalkLimit == 0 {
		o.WalkLimit = 2000
	}
	if o.MaxRequests == 0 {
		o.MaxRequests = 60
	}
	p := &prober{o: o, rep: &Report{Schema: SchemaID, URL: o.URL}, limits: map[string]string{}}
	var err error
	if p.client, err = o.Open(origin(o.URL)); err != nil {
		return nil, err
	}
	p.search(ctx)
	p.decide(ctx)
	if v := p.rep.Verdict; p.rep.Base != "" && (v.Version == "2.0" || v.Version == "1.1") && v.Kind != KindElsewhere {
		if p.client, err = o.Open(p.rep.Base); err != nil {
			return nil, err
		}
		p.facts(ctx)
	}
	p.common()
	p.rep.Partial = ctx.Err() != nil
	p.rep.Times = times(p.ms)
	return p.rep, nil
}

// origin is scheme and host of a URL.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Scheme + "://" + u.Host
}

// send makes one read and keeps its time and its rate-limit headers.
func (p *prober) send(ctx context.Context, r exchange.Request) *result.Exchange {
	if r.Method == "" {
		r.Method = "GET"
	}
	r.NoRetry = true
	if !hasHeader(r.Header, "Accept") {
		r.Header = append(r.Header, exchange.Header{Name: "Accept", Value: "application/scim+json, application/json;q=0.9"})
	}
	p.sent++
	x := p.client.Do(ctx, r)
	if x.Response != nil {
		p.ms = append(p.ms, x.Timing.Total)
		for _, h := range x.Response.Headers {
			n := strings.ToLower(h.Name)
			if strings.Contains(n, "ratelimit") || strings.Contains(n, "rate-limit") || n == "retry-after" {
				p.limits[h.Name] = h.Value
			}
		}
	}
	return x
}

func hasHeader(hs []exchange.Header, name string) bool {
	for _, h := range hs {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

func (p *prober) fact(group, id, title string, value any, note ...string) {
	p.rep.Facts = append(p.rep.Facts, result.Fact{ID: id, Group: group, Title: title, Value: value, Note: strings.Join(note, "; ")})
}

// common are the facts that need no SCIM.
func (p *prober) common() {
	if len(p.ms) == 0 {
		return
	}
	scheme, _, _ := strings.Cut(p.o.URL, "://")
	switch {
	case scheme == "http":
		p.fact("Connection", "tls", "TLS", "none: plain HTTP", "identity providers in the cloud accept https only; RFC 7644 section 7.3 requires TLS")
	case p.o.Insecure:
		p.fact("Connection", "tls", "TLS", "on, certificate not verified (--insecure)")
	default:
		p.fact("Connection", "tls", "TLS", "on, certificate verified")
	}
	var rate []string
	for n, v := range p.limits {
		rate = append(rate, n+": "+v)
	}
	sort.Strings(rate)
	if len(rate) == 0 {
		rate = []string{"none seen"}
	}
	p.fact("Limits", "rate.headers", "Rate-limit headers", strings.Join(rate, "; "))
}

func times(ms []float64) Times {
	if len(ms) == 0 {
		return Times{}
	}
	s := append([]float64(nil), ms...)
	sort.Float64s(s)
	at := func(q float64) float64 { return s[min(int(q*float64(len(s))), len(s)-1)] }
	return Times{Requests: len(s), Min: s[0], Median: at(0.5), P95: at(0.95), Max: s[len(s)-1]}
}

// Budget is how long a probe should take at most; callers give it to the context.
const Budget = 90 * time.Second
