package probe

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
)

// search looks at one candidate after the other until SCIM 2.0 is found.
func (p *prober) search(ctx context.Context) {
	for i, base := range candidates(p.o.URL) {
		if ctx.Err() != nil || p.sent >= p.o.MaxRequests {
			return
		}
		best := p.look(ctx, base)
		if best.Kind == KindSCIM2 || best.Version == "2.0" && best.Kind != KindElsewhere {
			return
		}
		if best.Kind == KindUnreachable && (i == 0 || best.fault != "timeout") {
			return // the host is the same for all of them
		}
		if best.Kind == KindLimited {
			return
		}
	}
}

// look asks one base for its discovery document and its users.
func (p *prober) look(ctx context.Context, base string) Sighting {
	best := p.ask(ctx, base, "/ServiceProviderConfig", "")
	if best.Kind == KindUnreachable || best.Kind == KindLimited {
		return best
	}
	users := p.ask(ctx, base, "/Users", "startIndex=1&count=1")
	if better(users, best) {
		best = users
	}
	if best.Version != "2.0" && !settled(best.Kind) {
		if old := p.ask(ctx, base, "/ServiceProviderConfigs", ""); better(old, best) {
			best = old
		}
		if base+"/" == strings.TrimRight(p.o.URL, "/")+"/" { // what is at the very address that was given?
			if s := p.ask(ctx, base, "", ""); better(s, best) {
				best = s
			}
		}
	}
	return best
}

// settled kinds need no look at SCIM 1.1's spelling: the answer would be the same.
func settled(k Kind) bool {
	return k == KindSCIM2 || k == KindNeedsAuth || k == KindWrongAuth
}

func better(a, b Sighting) bool {
	if rank[a.Kind] != rank[b.Kind] {
		return rank[a.Kind] > rank[b.Kind]
	}
	return a.Sure && !b.Sure || a.Version != "" && b.Version == ""
}

// ask sends one request and reads the answer. A redirect to the same host is followed once it is known not to lead to
// a login page; an answer 406 or 415 is asked again for plain JSON.
func (p *prober) ask(ctx context.Context, base, endpoint, query string) Sighting {
	req := exchange.Request{Path: base + endpoint, RawQuery: query, NoRedirect: true, Purpose: "probe"}
	if endpoint == "" {
		req.Path = base + "/"
	}
	x := p.send(ctx, req)
	if x.Response != nil && (x.Response.Status == 406 || x.Response.Status == 415) {
		req.Header = []exchange.Header{{Name: "Accept", Value: "application/json"}}
		x = p.send(ctx, req)
	}
	s := classify(x, p.o.Credentials)
	if s.Kind == KindMoved && sameOrigin(base, s.location) {
		req.NoRedirect = false
		if y := p.send(ctx, req); y.Error == nil {
			from := s.Detail
			s = classify(y, p.o.Credentials)
			s.Detail = from + "; there: " + s.Detail
		}
	}
	s.base, s.endpoint = base, endpoint
	p.rep.Tried = append(p.rep.Tried, s)
	return s
}

func sameOrigin(base, location string) bool {
	b, err := url.Parse(base)
	if err != nil {
		return false
	}
	l, err := b.Parse(location)
	return err == nil && l.Scheme == b.Scheme && l.Host == b.Host
}

// decide makes the verdict out of all sightings.
func (p *prober) decide(ctx context.Context) {
	v := &p.rep.Verdict
	if len(p.rep.Tried) == 0 {
		*v = Verdict{Kind: KindNothing, Title: titles[KindNothing], Because: []string{"nothing was asked: out of time"}}
		return
	}
	best := p.rep.Tried[0]
	for _, s := range p.rep.Tried[1:] {
		if better(s, best) {
			best = s
		}
	}
	p.rep.Base = best.base
	v.Kind, v.Version, v.Sure = best.Kind, best.Version, best.Sure
	p.reconsider(best)
	v.Because = append(v.Because, p.quote(best))
	if (v.Kind == KindNeedsAuth || v.Kind == KindWrongAuth) && v.Version == "" {
		p.control(ctx, best)
	}
	for _, s := range p.rep.Tried {
		if q := p.quote(s); s.base == best.base && len(v.Because) < 4 && !slices.Contains(v.Because, q) {
			v.Because = append(v.Because, q)
		}
	}
	v.Title = p.title()
	v.Next = p.advice(best)
}

// reconsider: a discovery document that is open to all says SCIM, but not that we may use it. Only where the list of
// users is refused is the credential the thing to look at.
func (p *prober) reconsider(best Sighting) {
	v := &p.rep.Verdict
	if best.Kind != KindSCIM2 && best.Kind != KindSCIM1 {
		return
	}
	refused, answered := Sighting{}, false
	for _, s := range p.rep.Tried {
		if s.base != best.base || s.endpoint != "/Users" {
			continue
		}
		switch {
		case s.Kind == best.Kind:
			answered = true
		case s.Kind == KindNeedsAuth || s.Kind == KindWrongAuth || s.Kind == KindWeb && loginish(s):
			refused = s
		}
	}
	if answered || refused.URL == "" {
		return
	}
	v.Kind = KindNeedsAuth
	if p.o.Credentials {
		v.Kind = KindWrongAuth
	}
	v.Because = append(v.Because, p.quote(refused))
}

func loginish(s Sighting) bool { return strings.Contains(s.Detail, "login page") }

func (p *prober) quote(s Sighting) string {
	return fmt.Sprintf("GET %s: %s", s.URL, s.Detail)
}

// control asks for a path that cannot exist. A server that refuses that as well tells nothing about SCIM.
func (p *prober) control(ctx context.Context, best Sighting) {
	x := p.send(ctx, exchange.Request{Path: origin(p.o.URL) + "/scimmage-no-such-path/Users", NoRedirect: true, Purpose: "probe: a path that cannot exist"})
	s := classify(x, p.o.Credentials)
	s.base, s.endpoint = origin(p.o.URL), "control"
	p.rep.Tried = append(p.rep.Tried, s)
	if s.Kind == best.Kind {
		p.rep.Verdict.Sure = false
		p.rep.Verdict.Because = append(p.rep.Verdict.Because, "a path that cannot exist is refused in the same way: whether SCIM is behind it shows only with a credential that is let in")
	}
}
