package profile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// The three kinds of evidence, from strong to weak.
const (
	Captured   = "captured"   // somebody published it from a live client
	Documented = "documented" // the vendor says so
	Assumed    = "assumed"    // by analogy; reports show it
)

// Set is all profiles, in the order they are listed.
type Set struct {
	Profiles []*Profile
}

// Profile finds a profile by id, without regard to letter case; nil when there is none.
func (s *Set) Profile(id string) *Profile {
	if s == nil {
		return nil
	}
	for _, p := range s.Profiles {
		if strings.EqualFold(p.ID, id) {
			return p
		}
	}
	return nil
}

// IDs lists the ids of all profiles.
func (s *Set) IDs() []string {
	out := make([]string, 0, len(s.Profiles))
	for _, p := range s.Profiles {
		out = append(out, p.ID)
	}
	return out
}

// Profile is how one identity provider's provisioning client behaves.
type Profile struct {
	ID         string
	Title      string
	Vendor     string
	Dialect    string // dialect in one sentence
	Note       string
	Extends    string // profile whose traits, mappings, headers and operations hold unless said otherwise
	Basis      string // Exact (also when it is empty) or OptionBasis
	Off        string // why a run plays it only when --idp asks for it; "" = always
	Sources    []Source
	Traits     map[string]any
	TraitNotes map[string]string
	Options    []Choice // what is open: traits that a run or an application may set
	Headers    []HeaderRule
	Users      []Mapping
	Groups     []Mapping
	IDs        IDs
	Readiness  result.ReadinessRule
	Operations []*Operation

	abstract bool     // only there to be extended
	needs    string   // beginning of the ids of its requirements, which IDP-… in operations stands for
	never    []string // operations of what it extends that this client does not do
	dirs     []string // where its operations are read from, those of what it extends first

	remapped []string // targets that a tenant maps otherwise
}

// What is known of a client.
const (
	Exact       = "exact"  // its requests, from captures, from the vendor's documents or from its source
	OptionBasis = "option" // what its vendor lists as options and calls; bodies are assumed
)

// Choice is a trait that nobody but the administrator or the vendor knows, with the values it can have. The first is not always
// the one that is played: that is the trait's own.
type Choice struct {
	Trait  string   `yaml:"trait" json:"trait"`
	Title  string   `yaml:"title" json:"title"`
	Values []string `yaml:"values" json:"values"`
	Note   string   `yaml:"note" json:"note,omitempty"`
}

// Option finds an option by its trait, nil when the profile leaves no such choice.
func (p *Profile) Option(trait string) *Choice {
	for i := range p.Options {
		if p.Options[i].Trait == trait {
			return &p.Options[i]
		}
	}
	return nil
}

// Label is the title as lists and reports show it: a client that is known by its options only says so wherever it stands.
func (p *Profile) Label() string {
	if p.Known() == OptionBasis {
		return p.Title + " (option profile)"
	}
	return p.Title
}

// Source resolves a short key of evidence ("C2", "USE").
type Source struct {
	Key   string `yaml:"key"`
	Title string `yaml:"title"`
}

// IDs says how ids of the provider's own directory look.
type IDs struct {
	User  IDForm `yaml:"user"`
	Group IDForm `yaml:"group"`
}

// IDForm is a fixed beginning and random characters after it, or a GUID.
type IDForm struct {
	Prefix string `yaml:"prefix"`
	Random int    `yaml:"random"`
	GUID   bool   `yaml:"guid"`
}

// NewID makes the id of a new "person" or "group" of the provider's directory; random gives n random hexadecimal digits.
func (p *Profile) NewID(kind string, random func(n int) string) string {
	f := p.IDs.User
	if kind == "group" {
		f = p.IDs.Group
	}
	if !f.GUID {
		return f.Prefix + random(f.Random)
	}
	h := random(32)
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:32]}, "-")
}

// HeaderRule is one header that the client sends, or never sends.
type HeaderRule struct {
	Name  string
	On    []string         // methods; empty = all
	Value *suites.Template // nil: never sent
}

// Header is one rendered header; Omit means that it must not be sent at all.
type Header struct {
	Name, Value string
	Omit        bool
}

// Mapping fills one SCIM attribute from the directory. Exactly one of Source, Constant and Expr gives the value.
type Mapping struct {
	Target   string
	Source   string       // attribute of the directory's person or group
	Expr     *suites.Expr // over person (or group) and traits
	Constant any
	HasConst bool
	Default  any    // when the source has no such attribute; an attribute that is "" stays empty
	Apply    string // create: only when creating; update: only when updating; otherwise always
	Type     string // string (default), boolean, reference (a person's target id), list (custom multi-valued)
	When     *suites.Expr
	Empty    bool // an empty text is sent; else it counts as nothing to send
	Note     string

	at target
}

// Operation is one thing the client does.
type Operation struct {
	ID       string
	Profile  string // the profile that wrote it down: where an inherited one comes from
	Title    *suites.Template
	Feature  string
	Params   []Param
	Evidence string
	Source   string
	Note     string
	Hidden   bool // a part of other operations: not listed, no button
	Steps    []*suites.Step
}

// Param is one argument of an operation.
type Param struct {
	Name     string
	Type     string // person, group, people, attributes, text, number, bool, any
	Optional bool
	Default  any
}

// Operation finds an operation by id, nil when the provider has none such.
func (p *Profile) Operation(id string) *Operation {
	for _, o := range p.Operations {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Intent is the title of the operation with its arguments filled in.
func (o *Operation) Intent(args map[string]any) string {
	t, err := o.Title.RenderText(args)
	if err != nil {
		return o.Title.Source()
	}
	return t
}

// Listed are the operations that a person can ask for, in order.
func (p *Profile) Listed() []*Operation {
	return slices.DeleteFunc(slices.Clone(p.Operations), func(o *Operation) bool { return o.Hidden })
}

// Public is the profile as documents show it.
func (p *Profile) Public() result.Profile {
	out := result.Profile{ID: p.ID, Title: p.Label(), Note: p.Dialect, Evidence: Captured}
	if p.Known() == OptionBasis {
		out.Basis = OptionBasis
	}
	for _, o := range p.Options {
		out.Options = append(out.Options, fmt.Sprintf("%s: %v", o.Title, p.Traits[o.Trait]))
	}
	rank := map[string]int{Captured: 0, Documented: 1, Assumed: 2}
	for _, o := range p.Listed() {
		if rank[o.Evidence] > rank[out.Evidence] {
			out.Evidence = o.Evidence
		}
		if o.Evidence == Assumed {
			out.Assumed = append(out.Assumed, o.ID)
		}
	}
	return out
}

// Known is the basis of the profile, Exact unless it says otherwise.
func (p *Profile) Known() string {
	if p.Basis == "" {
		return Exact
	}
	return p.Basis
}

// Merged are the traits with others laid over them.
func (p *Profile) Merged(over map[string]any) map[string]any {
	out := maps.Clone(p.Traits)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, over)
	return out
}

// Variant is what one customer's tenant changes: traits and attribute mappings.
type Variant struct {
	Traits map[string]any
	Users  []Mapping // added; one with the target of an existing mapping replaces it
	Drop   []string  // targets of mappings that are not mapped
}

// With is the profile as a tenant of that variant has it.
func (p *Profile) With(v Variant) (*Profile, error) {
	q := *p
	q.Traits = p.Merged(v.Traits)
	q.Users = slices.DeleteFunc(slices.Clone(p.Users), func(m Mapping) bool { return slices.Contains(v.Drop, m.Target) })
	q.remapped = append(slices.Clone(p.remapped), v.Drop...)
	for _, m := range v.Users {
		at, err := parseTarget(m.Target)
		if err != nil {
			return nil, err
		}
		m.at = at
		if !slices.ContainsFunc(p.Users, func(old Mapping) bool { return old.sameAs(m) }) {
			q.remapped = append(q.remapped, m.Target)
		}
		q.Users = replaceMapping(q.Users, m)
	}
	return &q, nil
}

// sameAs: both send the same for everybody.
func (m Mapping) sameAs(o Mapping) bool {
	return m.Target == o.Target && m.Source == o.Source && m.Source != "" && m.Apply == o.Apply && (o.Default == nil || o.Default == m.Default)
}

var inBrackets = regexp.MustCompile(`\[[^\]]*\]`)

// Remapped says whether a tenant of its own (With) sends a SCIM attribute, or something in it, otherwise than the profile
// does, or not at all.
func (p *Profile) Remapped(path string) bool {
	path = strings.ToLower(path)
	return slices.ContainsFunc(p.remapped, func(t string) bool {
		t = strings.ToLower(inBrackets.ReplaceAllString(t, ""))
		return t == path || strings.HasPrefix(t, path+".") || strings.HasPrefix(path, t+".")
	})
}

// RemappedTargets are the SCIM attributes that a tenant of its own sends otherwise, without the filters of their paths.
func (p *Profile) RemappedTargets() []string {
	var out []string
	for _, t := range p.remapped {
		if i := strings.IndexByte(t, '['); i >= 0 {
			t = t[:i]
		}
		out = append(out, t)
	}
	return out
}

func replaceMapping(ms []Mapping, m Mapping) []Mapping {
	for i := range ms {
		if ms[i].Target == m.Target {
			ms[i] = m
			return ms
		}
	}
	return append(ms, m)
}

// HeadersFor are the headers of one request, in the order of the profile. Headers with a list of methods are
// left out of others; Content-Type is left out of a request without a body unless it is listed for the method
// by name (Okta prints its DELETE with one: okta.md 0b).
func (p *Profile) HeadersFor(method string, hasBody bool, vars map[string]any) ([]Header, error) {
	var out []Header
	for _, h := range p.Headers {
		switch {
		case h.Value == nil:
			out = append(out, Header{Name: h.Name, Omit: true})
			continue
		case len(h.On) > 0 && !slices.Contains(h.On, method):
			continue
		case len(h.On) == 0 && !hasBody && strings.EqualFold(h.Name, "Content-Type"):
			continue
		}
		v, err := h.Value.RenderText(vars)
		if err != nil {
			return nil, fmt.Errorf("header %s of %s: %w", h.Name, p.ID, err)
		}
		out = append(out, Header{Name: h.Name, Value: v})
	}
	return out, nil
}
