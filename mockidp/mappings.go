package mockidp

import (
	"maps"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
)

// MappingRow is one attribute mapping as the administrator edits it. Exactly one of Source, Constant and Expression gives the value.
type MappingRow struct {
	Target     string `json:"target"`
	Source     string `json:"source,omitempty"`
	Expression string `json:"expression,omitempty"` // in the identity provider's own language, or in that of scimmage
	Constant   string `json:"constant,omitempty"`
	Default    string `json:"default,omitempty"`
	Apply      string `json:"apply,omitempty"` // "" always, "create", "update"
	Type       string `json:"type,omitempty"`  // string, boolean, reference, list
	Own        bool   `json:"own,omitempty"`   // set here, not by the profile
	Dropped    bool   `json:"dropped,omitempty"`
	Note       string `json:"note,omitempty"`
}

// mapping compiles a row.
func (m *Manners) mapping(r MappingRow) (profile.Mapping, error) {
	out := profile.Mapping{Target: r.Target, Source: m.attribute(r.Source), Apply: r.Apply, Type: r.Type, Note: r.Note}
	given := 0
	for _, s := range []string{r.Source, r.Expression, r.Constant} {
		if s != "" {
			given++
		}
	}
	if r.Target == "" || given != 1 {
		return out, badInput("the mapping of %q needs a target and exactly one of source, expression and constant", r.Target)
	}
	if !slices.Contains([]string{"", "create", "update"}, r.Apply) {
		return out, badInput("the mapping of %s applies on %q; give create, update, or nothing for always", r.Target, r.Apply)
	}
	if !slices.Contains([]string{"", "string", "boolean", "reference", "list"}, r.Type) {
		return out, badInput("the mapping of %s is of type %q; give string, boolean, reference or list", r.Target, r.Type)
	}
	if r.Default != "" {
		out.Default = r.Default
	}
	if r.Constant != "" {
		out.Constant, out.HasConst = constant(r.Constant), true
	}
	if r.Expression != "" {
		src, err := m.translate(r.Expression)
		if err != nil {
			return out, badInput("the expression of %s: %v", r.Target, err)
		}
		e, err := suites.CompileExpr(src, suites.Pos{File: "mapping of " + r.Target, Line: 1, Col: 1})
		if err != nil {
			return out, badInput("the expression of %s cannot be read: %v", r.Target, err)
		}
		if _, err := e.Eval(map[string]any{"person": map[string]any{}, "group": map[string]any{}, "traits": map[string]any{}}); err != nil && strings.Contains(err.Error(), "unknown name") {
			return out, badInput("the expression of %s: %v", r.Target, err)
		}
		out.Expr = e
	}
	return out, nil
}

// constant reads true and false as booleans, everything else as text.
func constant(s string) any {
	switch s {
	case "true", "True":
		return true
	case "false", "False":
		return false
	}
	return s
}

// attribute is the directory's name of a source attribute.
func (m *Manners) attribute(name string) string {
	for prefix := range m.Variables {
		name = strings.TrimPrefix(name, prefix)
	}
	if a, ok := m.Aliases[name]; ok {
		return a
	}
	return name
}

// checkTraits refuses traits that the profile does not have, and values that an option does not offer.
func checkTraits(p *profile.Profile, traits map[string]any) error {
	for _, name := range sortedKeys(traits) {
		if _, ok := p.Traits[name]; !ok {
			return badInput("%s has no trait %q; it has %s", p.Title, name, strings.Join(sortedKeys(p.Traits), ", "))
		}
		if o := p.Option(name); o != nil && !slices.Contains(o.Values, text(traits[name])) {
			return badInput("the trait %s of %s is one of %s, not %v", name, p.Title, strings.Join(o.Values, ", "), traits[name])
		}
	}
	return nil
}

// tenant is the profile as this application's tenant has it: its traits, mappings and unique identifier.
func (m *Manners) tenant(p *profile.Profile, s *Settings) (*profile.Profile, error) {
	v := profile.Variant{Traits: maps.Clone(s.Traits), Drop: s.Drop}
	if v.Traits == nil {
		v.Traits = map[string]any{}
	}
	for _, a := range m.Actions {
		if a.Trait != "" {
			v.Traits[a.Trait] = s.action(a.ID)
		}
	}
	for _, c := range m.Unique.Choices {
		switch {
		case c.ID != s.Unique:
		case m.Unique.How == "trait":
			v.Traits[m.Unique.Trait] = c.ID
		case c.Source != "":
			v.Users = append(v.Users, profile.Mapping{Target: "userName", Source: c.Source})
		}
	}
	if err := m.checkMatching(s); err != nil {
		return nil, err
	}
	if m.Unique.Next != "" {
		next := make([]any, len(s.Matching))
		for k, a := range s.Matching {
			next[k] = a
		}
		v.Traits[m.Unique.Next] = next
	}
	for _, r := range s.Mappings {
		mp, err := m.mapping(r)
		if err != nil {
			return nil, err
		}
		v.Users = append(v.Users, mp)
	}
	if m.Unique.How == "value" && (s.Unique == "" || len(m.Unique.Choices) > 0 && s.Unique == m.Unique.Choices[0].ID) {
		v.Users = slices.DeleteFunc(v.Users, func(mp profile.Mapping) bool {
			return mp.Target == "userName" && mp.Source == m.Unique.Choices[0].Source && mp.Expr == nil
		})
	}
	out, err := p.With(v)
	if err != nil {
		return nil, badInput("%v", err)
	}
	return out, nil
}

// checkMatching: each further matching attribute is one that is offered, and stands once.
func (m *Manners) checkMatching(s *Settings) error {
	for k, a := range s.Matching {
		switch {
		case m.Unique.Next == "":
			return badInput("this identity provider matches by one attribute; %q cannot be a second one", a)
		case !slices.ContainsFunc(m.Unique.Choices, func(c UniqueChoice) bool { return c.ID == a }):
			return badInput("people cannot be matched by %q; the matching attributes are %s", a, strings.Join(m.matchingChoices(), ", "))
		case a == s.Unique || slices.Contains(s.Matching[:k], a):
			return badInput("%q is a matching attribute twice; give each precedence another one", a)
		}
	}
	return nil
}

func (m *Manners) matchingChoices() []string {
	out := make([]string, 0, len(m.Unique.Choices))
	for _, c := range m.Unique.Choices {
		out = append(out, c.ID)
	}
	return out
}

// rows lists the mappings in force, with those that were dropped.
func mappingRows(p *profile.Profile, s *Settings) []MappingRow {
	own := map[string]MappingRow{}
	for _, r := range s.Mappings {
		r.Own = true
		own[r.Target] = r
	}
	var out []MappingRow
	for _, mp := range p.Users {
		if r, ok := own[mp.Target]; ok {
			out = append(out, r)
			delete(own, mp.Target)
			continue
		}
		r := MappingRow{Target: mp.Target, Source: mp.Source, Default: text(mp.Default), Apply: mp.Apply, Type: mp.Type, Note: mp.Note, Dropped: slices.Contains(s.Drop, mp.Target)}
		if mp.HasConst {
			r.Constant = text(mp.Constant)
		}
		if mp.Expr != nil {
			r.Expression = mp.Expr.Source
		}
		out = append(out, r)
	}
	for _, r := range s.Mappings {
		if o, ok := own[r.Target]; ok {
			out = append(out, o)
		}
	}
	return out
}
