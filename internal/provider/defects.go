package provider

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// Defect is one named way in which the provider can be made wrong (or, as a variant, different but right).
type Defect struct {
	Name   string `yaml:"name" json:"name"`
	Title  string `yaml:"title" json:"title"`
	Area   string `yaml:"area" json:"area"`
	Why    string `yaml:"why" json:"why"`
	Source string `yaml:"source,omitempty" json:"source,omitempty"`
	// Variant marks a legitimate difference between servers: no check may fail on it.
	Variant bool `yaml:"variant,omitempty" json:"variant,omitempty"`
	// Each and Shares make an entry with {} in its name stand for several defects: one for each item, or for each share of
	// the requests, counted from 0.
	Each   []string `yaml:"each,omitempty" json:"-"`
	Shares int      `yaml:"shares,omitempty" json:"-"`
	// Wide says why one fault has more than three causes in a report.
	Wide string `yaml:"wide,omitempty" json:"wide,omitempty"`
	// Unmet are needs of identity providers that a variant does not meet, although it is legal.
	Unmet []string `yaml:"unmet,omitempty" json:"unmet,omitempty"`
	// Yardstick is the number of the fault in the published comparison of testers (1 to 36), 0 for the others.
	Yardstick int `yaml:"yardstick,omitempty" json:"yardstick,omitempty"`
	// Family is the name of the entry, with {}, that the defect is one of several of.
	Family string `yaml:"-" json:"-"`
	// With are the variants that the defect stands on: a right server of this kind makes the mistake.
	With []string `yaml:"with,omitempty" json:"with,omitempty"`
	// Publishes is an extension that Users of this variant have.
	Publishes *published `yaml:"publishes,omitempty" json:"-"`
	// Address is where the provider is offered, if that is what is wrong.
	Address string `yaml:"address,omitempty" json:"address,omitempty"`
	// Rules are what the defect does, where that needs no code.
	Rules []rule `yaml:"rules,omitempty" json:"-"`
}

// Seen tells whether the source names a real server, tester or identity provider, and not only a rule of a standard. Where
// time allows no more, these are the defects to prove checks with.
func (d Defect) Seen() bool {
	return !strings.HasPrefix(d.Source, "RFC ") && !strings.HasPrefix(d.Source, "errat")
}

//go:embed defects/*.yaml
var defectFiles embed.FS

// catalogue reads defects/*.yaml: one file for each area, and variants.yaml.
var catalogue = sync.OnceValues(func() ([]Defect, error) {
	files, err := defectFiles.ReadDir("defects")
	if err != nil {
		return nil, err
	}
	var all []Defect
	for _, f := range files {
		b, err := defectFiles.ReadFile(path.Join("defects", f.Name()))
		if err != nil {
			return nil, err
		}
		var list []yaml.Node
		if err := yaml.Unmarshal(b, &list); err != nil {
			return nil, fmt.Errorf("defects/%s: %w", f.Name(), err)
		}
		area := strings.TrimSuffix(f.Name(), ".yaml")
		for i := range list {
			ds, err := expand(&list[i])
			if err != nil {
				return nil, fmt.Errorf("defects/%s: %w", f.Name(), err)
			}
			for _, d := range ds {
				d.Variant = area == "variants"
				if d.Area == "" {
					d.Area = area
				}
				all = append(all, d)
			}
		}
	}
	return all, nil
})

// ChangesOthers tells whether the server itself changes resources that a request was not about: who looks for harm done by a client
// cannot tell it apart.
func (d Defect) ChangesOthers() bool {
	return slices.ContainsFunc(d.Rules, func(r rule) bool { return len(r.Neighbour) > 0 })
}

// Defects lists every defect by area and name. The slice is the caller's.
func Defects() []Defect { return listed(false) }

// Variants lists every benign variant by area and name. The slice is the caller's.
func Variants() []Defect { return listed(true) }

func listed(variant bool) []Defect {
	all, err := catalogue()
	if err != nil {
		return nil // the embedded files are read by a test; New reports the error
	}
	var out []Defect
	for _, d := range all {
		if d.Variant == variant {
			out = append(out, d)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Area != out[j].Area {
			return out[i].Area < out[j].Area
		}
		return out[i].Name < out[j].Name
	})
	return out
}

// Address is where a provider with these defects is offered; "" where any address will do.
func Address(defects []string) string {
	for _, d := range Defects() {
		if d.Address != "" && slices.Contains(defects, d.Name) {
			return d.Address
		}
	}
	return ""
}

// switchOn puts defects and variants in force.
func (p *Provider) switchOn(defects, variants []string) error {
	all, err := catalogue()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, d := range all {
		known[d.Name] = true
	}
	for _, name := range append(append([]string(nil), defects...), variants...) {
		if !known[name] {
			return unknownDefect(name, all)
		}
		p.on[name] = true
	}
	for _, d := range all {
		for _, v := range d.With {
			if p.on[d.Name] && !known[v] {
				return fmt.Errorf("defect %s stands on %q, which is no variant", d.Name, v)
			}
			p.on[v] = p.on[v] || p.on[d.Name]
		}
	}
	for _, d := range all {
		if p.on[d.Name] {
			p.bends.collect(d.Name)
			p.bends.collectRules(d.Rules)
			if d.Publishes != nil {
				p.opt.UserExtensions = append(slices.Clone(p.opt.UserExtensions), d.Publishes.Schema)
			}
		}
	}
	return nil
}

func unknownDefect(name string, all []Defect) error {
	type near struct {
		name string
		dist int
	}
	var list []near
	for _, d := range all {
		dist := distance(name, d.Name)
		if strings.Contains(d.Name, name) && name != "" {
			dist = min(dist, 2)
		}
		list = append(list, near{d.Name, dist})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].dist < list[j].dist })
	var names []string
	for _, n := range list[:min(3, len(list))] {
		names = append(names, n.name)
	}
	return fmt.Errorf("no defect or variant is called %q; the nearest are %s", name, strings.Join(names, ", "))
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
