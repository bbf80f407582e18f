package claims

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Measured is what was found out beside features: facts of the fact sheet by id, and attributes.
type Measured struct {
	Facts      []result.Fact
	Attributes []Attribute // none: attributes were not looked at
	Used       string      // how the requests signed in
}

// Attribute is one attribute and what was measured of it.
type Attribute struct {
	Name    string // title, name.givenName, urn:…:User:department
	Says    string // in words
	Verdict result.Verdict
}

func fromDocument(doc *result.Document) Measured {
	m := Measured{Facts: append(waits(doc.Exchanges), doc.FactSheet...)}
	for _, r := range doc.Attributes {
		if r.Resource != "" && r.Resource != "User" {
			continue
		}
		m.Attributes = append(m.Attributes, ofCells(r))
	}
	return m
}

// ofCells: an attribute that a create takes and an answer shows is there; one that some write refuses is there in part.
func ofCells(r result.AttributeRow) Attribute {
	var bad, good []string
	for _, k := range []string{"create", "replace", "patch", "returned"} {
		switch v := r.Cells[k]; v {
		case "", "untested":
		case "yes":
			good = append(good, k)
		default:
			bad = append(bad, k+" "+v)
		}
	}
	a := Attribute{Name: r.Attribute, Verdict: result.Untested, Says: string(result.Untested)}
	switch {
	case len(bad) == 0 && len(good) > 0:
		a.Verdict, a.Says = result.Supported, string(result.Supported)
	case len(good) == 0 && len(bad) > 0:
		a.Verdict, a.Says = result.NotSupported, string(result.NotSupported)+": "+strings.Join(bad, ", ")
	case len(bad) > 0:
		a.Verdict, a.Says = result.Partial, string(result.Partial)+": "+strings.Join(bad, ", ")
	}
	return a
}

// part is one of the lists beside features.
type part struct {
	kind    string
	list    map[string]Promise
	claimed func(says string) string
	judge   func(c result.Claim, name, says string, m Measured) result.Claim
}

func (f *File) parts() []part {
	return []part{
		{"authentication", f.Authentication, claimed, judgeScheme},
		{"limit", f.Limits, func(s string) string { return s }, judgeLimit},
		{"attribute", f.Attributes, attributeClaim, judgeAttribute},
	}
}

// Sheet judges ways to sign in, limits and attributes.
func (f *File) Sheet(m Measured) []result.Claim {
	if u, ok := m.fact("auth.used"); ok && m.Used == "" {
		m.Used = u.Text()
	}
	var out []result.Claim
	for _, p := range f.parts() {
		for _, name := range keys(p.list) {
			says := p.list[name].Says
			c := result.Claim{Kind: p.kind, Feature: name, Claimed: p.claimed(says), Source: f.Source}
			out = append(out, p.judge(c, name, says, m))
		}
	}
	return out
}

func (m Measured) fact(ids ...string) (result.Fact, bool) {
	for _, id := range ids {
		for _, f := range m.Facts {
			if f.ID == id {
				return f, true
			}
		}
	}
	return result.Fact{}, false
}

func untested(c result.Claim, because string) result.Claim {
	c.Measured, c.Verdict, c.Because = string(result.Untested), notTestable, because
	return c
}

// schemes are the ways to sign in, by the words of products, ServiceProviderConfig (RFC 7643 section 5) and --auth.
// "HTTP Header" is what Okta calls a bearer token.
var schemes = map[string]string{
	"bearer": "bearer", "bearertoken": "bearer", "oauthbearertoken": "bearer", "oauthbearer": "bearer", "token": "bearer", "httpheader": "bearer", "statictoken": "bearer", "scimtoken": "bearer", "longlivedtoken": "bearer",
	"basic": "basic", "basicauth": "basic", "basicauthentication": "basic", "httpbasic": "basic",
	"oauth": "oauth2", "oauth2": "oauth2", "oauth20": "oauth2", "clientcredentials": "oauth2", "oauthclientcredentials": "oauth2", "oauth2clientcredentials": "oauth2", "oauth20clientcredentials": "oauth2",
	"header": "header", "apikey": "header", "apikeyheader": "header", "customheader": "header",
	"none": "none", "anonymous": "none", "mtls": "mutual TLS", "mutualtls": "mutual TLS", "clientcertificate": "mutual TLS", "digest": "digest", "httpdigest": "digest", "oauthcode": "authorization code", "authorizationcode": "authorization code",
}

func scheme(name, said string) error {
	if schemes[letters(name)] == "" {
		return fmt.Errorf("no way to sign in is called %q: bearer token, HTTP header, basic, OAuth 2.0, client credentials, API key, mutual TLS, none", name)
	}
	return says(name, said)
}

// judgeScheme: only the way that the requests took was tried; others may be announced.
func judgeScheme(c result.Claim, name, said string, m Measured) result.Claim {
	way := schemes[letters(name)]
	if way == schemes[letters(m.Used)] && m.Used != "" {
		c.Because = "the requests signed in so"
		return weigh(c, said, result.Supported)
	}
	announced := "ServiceProviderConfig announces no scheme"
	if f, ok := m.fact("auth.schemes"); ok {
		announced = "ServiceProviderConfig does not announce it"
		for _, s := range strings.Split(f.Text(), ",") {
			if schemes[letters(s)] == way {
				announced = "ServiceProviderConfig announces it"
			}
		}
	}
	return untested(c, announced+"; the requests signed in by "+first(m.Used, "nothing")+", --auth chooses")
}

// figure is a limit: where it is measured, and how a measured number is weighed.
type figure struct {
	facts []string
	word  bool   // yes or no instead of a number
	exact bool   // a default: more is as wrong as less
	run   string // what measures it, where it was not
}

var figures = map[string]figure{
	"largestpage": {facts: []string{"paging.largest"}}, "defaultpage": {facts: []string{"paging.default-size", "paging.default"}, exact: true},
	"maxresults": {facts: []string{"filter.max-results"}}, "bulkoperations": {facts: []string{"bulk.max-operations"}}, "bulkpayload": {facts: []string{"bulk.max-payload"}},
	"ratelimitheaders": {facts: []string{"rate.headers"}, word: true}, "retryafter": {facts: []string{retryAfter}, word: true, run: "no answer was 429, which is the one that carries it"},
	"requestspersecond": {facts: []string{burst}, run: "scimmage run --rate-test sends 25 a second and tells whether they are throttled"},
	"cursor":            {facts: []string{"paging.cursor", "feature.cursor"}, word: true},
}

// Facts that are read here in a way of their own: how many requests of a burst were throttled, and whether answers 429
// said how long to wait.
const (
	burst      = "rate.result"
	burstRate  = 25 // requests a second of the burst (suite rfc.concurrency)
	retryAfter = "rate.retry-after"
)

// waits is the fact of Retry-After, where some answer was 429.
func waits(xs []result.Exchange) []result.Fact {
	limited, told := 0, 0
	for i := range xs {
		x := &xs[i]
		for _, a := range x.Attempts {
			if a.Status == 429 {
				limited++
				if a.RetryAfter != "" {
					told++
				}
			}
		}
		if x.Response != nil && x.Response.Status == 429 {
			limited++
			if x.Response.Header("Retry-After") != "" {
				told++
			}
		}
	}
	switch {
	case limited == 0:
		return nil
	case told == limited:
		return []result.Fact{{ID: retryAfter, Value: "yes"}}
	}
	return []result.Fact{{ID: retryAfter, Value: fmt.Sprintf("not in %d of %d answers 429", limited-told, limited)}}
}

func judgeBurst(c result.Claim, want int, f result.Fact) result.Claim {
	throttled, err := strconv.Atoi(digits.FindString(f.Text()))
	c.Measured = fmt.Sprintf("%d a second: %s", burstRate, f.Text())
	switch {
	case err == nil && throttled == 0 && want <= burstRate:
		c.Verdict = kept
	case err == nil && throttled > 0 && want >= burstRate:
		c.Verdict = broken
	default:
		c.Verdict, c.Because = notTestable, fmt.Sprintf("the burst has %d a second", burstRate)
	}
	return c
}

// names of limits as products write them.
var limitNames = map[string]string{
	"largestpage": "largestpage", "maxpage": "largestpage", "maxpagesize": "largestpage", "largestpagesize": "largestpage", "pagesize": "largestpage", "maximumpagesize": "largestpage", "resultsperpage": "largestpage",
	"defaultpage": "defaultpage", "defaultpagesize": "defaultpage", "maxresults": "maxresults", "filtermaxresults": "maxresults",
	"bulkoperations": "bulkoperations", "maxoperations": "bulkoperations", "bulkmaxoperations": "bulkoperations", "bulkpayload": "bulkpayload", "maxpayloadsize": "bulkpayload", "bulkmaxpayloadsize": "bulkpayload",
	"ratelimitheaders": "ratelimitheaders", "retryafter": "retryafter", "requestspersecond": "requestspersecond", "ratelimit": "requestspersecond", "rate": "requestspersecond", "cursor": "cursor", "cursorpaging": "cursor", "cursorpagination": "cursor",
}

func limit(name, said string) error {
	fig, ok := figures[limitNames[letters(name)]]
	if !ok {
		return fmt.Errorf("no limit %q: largest page, default page, max results, bulk operations, bulk payload, requests per second, rate-limit headers, Retry-After, cursor", name)
	}
	if fig.word {
		return says(name, said)
	}
	if _, err := strconv.Atoi(strings.TrimSpace(said)); err != nil {
		return fmt.Errorf("%s: %q is no whole number", name, said)
	}
	return nil
}

var digits = regexp.MustCompile(`\d+`)

func judgeLimit(c result.Claim, name, said string, m Measured) result.Claim {
	fig := figures[limitNames[letters(name)]]
	f, ok := m.fact(fig.facts...)
	if !ok {
		return untested(c, first(fig.run, "the app does not say it, and nothing measured it"))
	}
	c.Measured = f.Text()
	if fig.word {
		v := result.Supported
		if w := strings.ToLower(c.Measured); w == "" || w == "no" || w == "false" || strings.HasPrefix(w, "none") || strings.HasPrefix(w, "not ") || w == "not offered" {
			v = result.NotSupported
		}
		return weigh(c, said, v)
	}
	want, _ := strconv.Atoi(strings.TrimSpace(said))
	if f.ID == burst {
		return judgeBurst(c, want, f)
	}
	got, err := strconv.Atoi(digits.FindString(c.Measured))
	atLeast := strings.HasPrefix(c.Measured, "at least") || m.few(fig)
	switch {
	case err != nil:
		return untested(c, "measured: "+c.Measured)
	case got == want, got > want && !fig.exact:
		c.Verdict = kept
	case atLeast && got < want:
		c.Verdict, c.Because = notTestable, "there are too few users to tell"
	default:
		c.Verdict = broken
	}
	return c
}

// few: where all users fit on the default page, the largest page that was seen is no limit.
func (m Measured) few(fig figure) bool {
	if fig.facts[0] != "paging.largest" {
		return false
	}
	f, ok := m.fact("paging.default-size", "paging.default")
	return ok && strings.HasPrefix(f.Text(), "at least")
}

const readOnly = "read-only"

func attribute(name, said string) error {
	if attributeClaim(said) == readOnly {
		return nil
	}
	return says(name, said)
}

func attributeClaim(said string) string {
	if l := letters(said); l == "readonly" {
		return readOnly
	}
	return claimed(said)
}

// judgeAttribute finds an attribute by its name, with or without the URN of its extension.
func judgeAttribute(c result.Claim, name, said string, m Measured) result.Claim {
	if len(m.Attributes) == 0 {
		return untested(c, "no attribute was measured; the suites rfc.* do")
	}
	for _, a := range m.Attributes {
		if !strings.EqualFold(a.Name, name) && !strings.HasSuffix(strings.ToLower(a.Name), ":"+strings.ToLower(name)) {
			continue
		}
		c.Measured = a.Says
		if attributeClaim(said) == readOnly {
			if a.Verdict == result.Supported {
				c.Verdict, c.Because = unclaimed, "it can be written, too"
				return c
			}
			said = "partial"
		}
		return weigh(c, said, a.Verdict)
	}
	c.Because = "no schema declares it, and no user carries it"
	return weigh(c, said, result.NotSupported)
}
