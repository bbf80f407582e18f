package probe

import (
	"fmt"
	"net/url"
	"strings"
)

// titles are the verdicts in words.
var titles = map[Kind]string{
	KindSCIM2:       "SCIM 2.0",
	KindSCIM1:       "SCIM 1.1, not SCIM 2.0",
	KindElsewhere:   "SCIM is spoken by this server, but not at the addresses that were tried",
	KindNeedsAuth:   "Needs credentials",
	KindWrongAuth:   "The credentials were refused",
	KindAPI:         "An API, but not SCIM",
	KindWeb:         "A web app, not SCIM",
	KindMoved:       "Redirects to another address",
	KindLimited:     "Rate-limited; nothing can be said yet",
	KindFailing:     "The server answers, but not usefully",
	KindOff:         "SCIM is not switched on, or not part of the plan",
	KindPlain:       "This port wants https",
	KindNothing:     "No SCIM here",
	KindUnreachable: "Nothing answers here",
}

func (p *prober) title() string {
	v := p.rep.Verdict
	t := titles[v.Kind]
	switch {
	case (v.Kind == KindNeedsAuth || v.Kind == KindWrongAuth) && v.Version != "":
		t += "; SCIM version " + v.Version + " is behind them"
	case v.Kind == KindSCIM2 && !v.Sure:
		t += ", by its form: the answers carry no schemas"
	}
	return t
}

// steps are what to try next.
var steps = map[Kind][]string{
	KindSCIM1:     {"Okta, Entra ID and every newer identity provider speak SCIM 2.0; ask the vendor for the 2.0 endpoint.", "Okta can still talk SCIM 1.1 to on-premises connectors."},
	KindElsewhere: {"Look up the base URL in the product's provisioning settings; it often holds a tenant or organisation id.", "Give --url everything that stands before /Users."},
	KindNeedsAuth: {"Create a SCIM or provisioning token in the product's admin console, then: SCIMMAGE_TOKEN=… scimmage probe --url URL", "Basic credentials go with --auth basic --user NAME, a raw Authorization value with --auth header."},
	KindWrongAuth: {"Was the token created for SCIM provisioning (not for the public API), for this tenant, and is it still valid?", "Some products want --auth basic, --auth header (the value without Bearer), or an own header (--header 'X-Api-Key: …')."},
	KindAPI:       {"Ask the vendor whether SCIM is part of the plan, and for its base URL: it is often another host or path than the public API.", "Without SCIM, accounts are made by just-in-time sign-on, by import or by hand, and nothing takes them away when somebody leaves: see scimmage audit."},
	KindWeb:       {"This is an address for people. Look for SCIM, provisioning or directory sync in the admin settings, and copy the base URL from there.", "A product with sign-on (SAML, OIDC) does not have SCIM by that: accounts may be made at first sign-on only."},
	KindLimited:   {"Wait, then probe again; --rate 1 slows the requests down."},
	KindFailing:   {"Try again later; if it stays so, send the vendor the addresses and answers below."},
	KindOff:       {"Switch SCIM or provisioning on in the product's admin settings, or ask the vendor which plan has it; then create the token there and probe again."},
	KindNothing:   {"Look up the base URL in the product's provisioning settings; it often holds a tenant or organisation id.", "Many products have SCIM on their larger plans only, and the address does not exist before it is switched on."},
}

func (p *prober) advice(best Sighting) []string {
	v := p.rep.Verdict
	out := append([]string(nil), steps[v.Kind]...)
	switch v.Kind {
	case KindUnreachable:
		out = append(out, unreachable(best.fault)...)
	case KindMoved:
		out = append(out, moved(best)...)
	case KindPlain:
		out = append(out, "scimmage probe --url https"+strings.TrimPrefix(p.o.URL, "http"))
	case KindSCIM2:
		out = append(out, "scimmage run --url "+p.rep.Base+" tests it as the identity providers would.")
		if strings.TrimRight(p.o.URL, "/") != p.rep.Base {
			out = append(out, fmt.Sprintf("The base URL is %s, not %s.", p.rep.Base, p.o.URL))
		}
	}
	return out
}

// moved names the base URL that a redirect leads to.
func moved(best Sighting) []string {
	from, err := url.Parse(best.URL)
	if err != nil {
		return nil
	}
	to, err := from.Parse(best.location)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" {
		return []string{"It redirects to an address that is none."}
	}
	to.RawQuery, to.Fragment, to.User = "", "", nil
	if to.Host == from.Host && to.Scheme == from.Scheme && to.Path == from.Path {
		return []string{"It redirects to itself: something in front of the application, such as a sign-on or a load balancer, does not know this path. Ask the vendor for the base URL."}
	}
	to.Path, to.RawPath = trimEnd(to.Path), ""
	return []string{"Probe the address that it redirects to; identity providers do not follow redirects to another host.", "scimmage probe --url " + to.String()}
}

func unreachable(fault string) []string {
	switch fault {
	case "dns":
		return []string{"The host name does not exist: check its spelling, and the VPN for internal names."}
	case "refused":
		return []string{"The machine is there, but no server listens on this port."}
	case "tls":
		return []string{"The certificate was not accepted: --ca FILE trusts a private authority. Identity providers in the cloud accept public authorities only."}
	case "timeout":
		return []string{"A firewall may be in the way: from where may the endpoint be reached?"}
	}
	return []string{"Check the address, the network and the proxy (--proxy)."}
}
