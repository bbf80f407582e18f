// Package proofs owns what has been measured of the defects of the reference provider: which of them
// makes which check fail. The files are written by make prove-update and held by make prove; they are
// embedded, so that explain and list can name the defect that proves a check. It must not know how
// anything is measured.
package proofs

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// Automatic is the suite of the checks that every answer is held to. They belong to no case: what is
// recorded is the case of the first answer that shows them.
const Automatic = "every-response"

// Record is what one defect makes fail in a whole run, items of expanded cases taken together.
type Record struct {
	// Causes: cause → case → checks (the part of their ids behind the case). For what every answer is
	// held to: cause → check → the case of the first answer that shows it.
	Causes map[string]map[string][]string `yaml:"causes"`
	Errors []string                       `yaml:"errors"` // cases that could not be judged
	Apart  []string                       `yaml:"apart"`  // cases that say something else when they run without the others
	// Told: the causes that the report of a whole run told, without those that nothing but stories tell of. It is
	// there where they are many, or seem to be many when only the names of the causes in Causes are looked at.
	Told []string `yaml:"told"`
}

// Map is the record of every defect that was measured.
type Map map[string]*Record

// Checks lists the ids of the checks that the defect makes fail, sorted.
func (r *Record) Checks() []string {
	var out []string
	for _, cases := range r.Causes {
		for c, names := range cases {
			if strings.HasPrefix(c, Automatic+"/") {
				out = append(out, c)
				continue
			}
			for _, n := range names {
				out = append(out, c+"/"+n)
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// In lists the checks of one case that the defect makes fail, with those of every answer whose first
// witness is in this case.
func (r *Record) In(caseID string) []string {
	var out []string
	for _, cases := range r.Causes {
		for c, names := range cases {
			switch {
			case strings.HasPrefix(c, Automatic+"/"):
				if slices.Contains(names, caseID) {
					out = append(out, c)
				}
			case c == caseID:
				for _, n := range names {
					out = append(out, c+"/"+n)
				}
			}
		}
	}
	sort.Strings(out)
	return out
}

// Cases lists the cases in which the defect shows, sorted.
func (r *Record) Cases() []string {
	var out []string
	for _, cases := range r.Causes {
		for c, names := range cases {
			if strings.HasPrefix(c, Automatic+"/") {
				out = append(out, names...)
			} else {
				out = append(out, c)
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// Regroup sorts the checks under the causes that the suites give them today; checks that are no more go.
func (r *Record) Regroup(cause func(id string) string) {
	out := map[string]map[string][]string{}
	put := func(id, c, name string) {
		k := cause(id)
		if k == "" {
			return
		}
		if out[k] == nil {
			out[k] = map[string][]string{}
		}
		if !slices.Contains(out[k][c], name) {
			out[k][c] = append(out[k][c], name)
			sort.Strings(out[k][c])
		}
	}
	for _, cases := range r.Causes {
		for c, names := range cases {
			for _, n := range names {
				if strings.HasPrefix(c, Automatic+"/") {
					put(c, c, n)
				} else {
					put(c+"/"+n, c, n)
				}
			}
		}
	}
	r.Causes = out
}

// Silent reports whether nothing notices the defect.
func (r *Record) Silent() bool { return len(r.Causes) == 0 }

// Primary lists the causes that a suite names whose findings are faults by themselves; findings of the
// stories of identity providers show what a fault does. Where nothing but stories notices, their causes
// are the causes.
func (r *Record) Primary(story func(caseID string) bool) []string {
	var primary, all []string
	for cause, cases := range r.Causes {
		all = append(all, cause)
		for c := range cases {
			if !story(c) {
				primary = append(primary, cause)
				break
			}
		}
	}
	if len(primary) == 0 {
		primary = all
	}
	sort.Strings(primary)
	return primary
}

// ByCheck turns the map around: check → defects that make it fail, the most telling first (the one that
// makes the fewest checks fail). written tells of checks that stories only play how the operation's own is called: that
// one fails with every story, and what no defect makes fail in its own story has the defects of the others.
func (m Map) ByCheck(written map[string]string) map[string][]string {
	out := map[string][]string{}
	size := map[string]int{}
	for name, r := range m {
		ids := r.Checks()
		size[name] = len(ids)
		for _, id := range ids {
			out[id] = append(out[id], name)
			if w := written[id]; w != "" && !slices.Contains(out[w], name) {
				out[w] = append(out[w], name)
			}
		}
	}
	for id, w := range written {
		if len(out[id]) == 0 && len(out[w]) > 0 {
			out[id] = slices.Clone(out[w])
		}
	}
	for _, names := range out {
		sort.Slice(names, func(i, j int) bool {
			if size[names[i]] != size[names[j]] {
				return size[names[i]] < size[names[j]]
			}
			return names[i] < names[j]
		})
	}
	return out
}

//go:embed data/*.yaml
var files embed.FS

// Embedded is the map that this binary carries. It is shared: nobody may change it.
var Embedded = sync.OnceValues(func() (Map, error) {
	sub, err := fs.Sub(files, "data")
	if err != nil {
		return nil, err
	}
	return Read(sub)
})

// Read reads a map from the files of a folder, one for each area of defects.
func Read(dir fs.FS) (Map, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	m := Map{}
	for _, n := range names {
		if n == UnprovenFile {
			continue
		}
		b, err := fs.ReadFile(dir, n)
		if err != nil {
			return nil, err
		}
		if err := yaml.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("proofs: %s: %w; write it again with make prove-update", n, err)
		}
	}
	return m, nil
}

// Write writes the map into a folder; area says in which file a defect stands. Files of areas that are
// no more are removed.
func (m Map) Write(dir string, area map[string]string) error {
	texts := map[string]*strings.Builder{}
	for _, name := range sorted(m) {
		a, known := area[name]
		if !known {
			continue // the defect is no more
		}
		if texts[a] == nil {
			texts[a] = &strings.Builder{}
			texts[a].WriteString("# Written by make prove-update: defect, cause, case, checks that fail.\n")
		}
		m[name].write(texts[a], name)
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, f := range old {
		if n := path.Base(filepath.ToSlash(f)); n != UnprovenFile && texts[strings.TrimSuffix(n, ".yaml")] == nil {
			if err := os.Remove(f); err != nil {
				return err
			}
		}
	}
	for a, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, a+".yaml"), []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (r *Record) write(w *strings.Builder, name string) {
	fmt.Fprintf(w, "%s:\n", word(name))
	if len(r.Causes) == 0 {
		w.WriteString("  causes: {}\n")
	} else {
		w.WriteString("  causes:\n")
	}
	for _, cause := range sorted(r.Causes) {
		fmt.Fprintf(w, "    %s:\n", word(cause))
		for _, c := range sorted(r.Causes[cause]) {
			fmt.Fprintf(w, "      %s: %s\n", word(c), flow(r.Causes[cause][c]))
		}
	}
	if len(r.Errors) > 0 {
		fmt.Fprintf(w, "  errors: %s\n", flow(r.Errors))
	}
	if len(r.Apart) > 0 {
		fmt.Fprintf(w, "  apart: %s\n", flow(r.Apart))
	}
	if len(r.Told) > 0 {
		fmt.Fprintf(w, "  told: %s\n", flow(r.Told))
	}
}

var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9./-]*$`)

// word is a YAML scalar; words that YAML reads as something else are quoted.
func word(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plain.MatchString(s) {
			return s
		}
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func flow(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = word(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func sorted[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
