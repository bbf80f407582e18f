package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// choose lays the choices of --option IDP.NAME=VALUE over the profiles: what a vendor leaves open, or an administrator ticks.
func choose(c *cli.Context, profiles *profile.Set) (*profile.Set, error) {
	list := c.StringSlice("option")
	if len(list) == 0 {
		return profiles, nil
	}
	out := &profile.Set{Profiles: slices.Clone(profiles.Profiles)}
	for _, given := range list {
		name, value, ok := strings.Cut(given, "=")
		id, trait, dot := cutLastDot(name)
		if !ok || !dot {
			return nil, usagef("write --option google.update=patch", "--option %q is not IDP.NAME=VALUE", given)
		}
		i := slices.IndexFunc(out.Profiles, func(p *profile.Profile) bool { return strings.EqualFold(p.ID, id) })
		if i < 0 {
			return nil, usagef(didYouMean(id, out.IDs()), "--option %q: no such identity provider", given)
		}
		p, err := chosen(out.Profiles[i], trait, value)
		if err != nil {
			return nil, err
		}
		out.Profiles[i] = p
	}
	return out, nil
}

// chosen is the profile with one of its options set.
func chosen(p *profile.Profile, trait, value string) (*profile.Profile, error) {
	o := p.Option(trait)
	if o == nil {
		var names []string
		for _, x := range p.Options {
			names = append(names, x.Trait)
		}
		if len(names) == 0 {
			return nil, usagef("scimmage list idps --json shows the options of each", "--option %s.%s: %s has no options", p.ID, trait, p.Title)
		}
		return nil, usagef("its options are "+strings.Join(names, ", "), "--option %s.%s: no such option", p.ID, trait)
	}
	if !slices.Contains(o.Values, value) {
		return nil, usagef("it can be "+strings.Join(o.Values, " or "), "--option %s.%s cannot be %q", p.ID, trait, value)
	}
	traits := map[string]any{trait: value}
	if _, is := p.Traits[trait].(bool); is {
		traits[trait] = value == "true"
	}
	return p.With(profile.Variant{Traits: traits})
}

// cutLastDot splits authentik-2026.5.mode at the last dot.
func cutLastDot(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// explainProfile says who an identity provider is, what is known of it, and what can be chosen.
func (c *catalogue) explainProfile(w io.Writer, id string) bool {
	p := c.profiles.Profile(id)
	if p == nil {
		return false
	}
	fmt.Fprintf(w, "%s: %s\n", p.ID, p.Label())
	field(w, "vendor", p.Vendor)
	field(w, "dialect", p.Dialect)
	field(w, "note", p.Note)
	field(w, "played", p.Off)
	for _, o := range p.Options {
		text := fmt.Sprintf("--option %s.%s=%s: %s (played: %v)", p.ID, o.Trait, strings.Join(o.Values, "|"), o.Title, p.Traits[o.Trait])
		if o.Note != "" {
			text += "; " + o.Note
		}
		field(w, "option", text)
	}
	for _, o := range p.Listed() {
		field(w, "operation", strings.TrimSpace(fmt.Sprintf("%-18s %-11s %s", o.ID, o.Evidence, o.Note)))
	}
	for _, s := range p.Sources {
		field(w, "source", s.Key+": "+s.Title)
	}
	return true
}
