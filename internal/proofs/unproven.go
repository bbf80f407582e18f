package proofs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// UnprovenFile lists the checks that no defect makes fail, with the reason.
const UnprovenFile = "unproven.yaml"

// Unproven is the list of the checks that no defect makes fail. It only shrinks.
type Unproven struct {
	// AtMost is how many checks the list may have: it falls with every one that goes.
	AtMost int `yaml:"at-most"`
	// Reasons: why → case → checks (the part of their ids behind the case).
	Reasons map[string]map[string][]string `yaml:"reasons"`
	// Silent are defects that nothing notices, with the reason. It only shrinks, too.
	Silent map[string]string `yaml:"silent"`
	// Wide is how many primary causes a defect has that has more than Narrow. The figures only fall.
	Wide map[string]int `yaml:"wide"`
}

// Narrow is how many primary causes one fault may have in a report.
const Narrow = 3

// ReadUnproven reads the list from the folder of the map.
func ReadUnproven(dir fs.FS) (Unproven, error) {
	var u Unproven
	b, err := fs.ReadFile(dir, UnprovenFile)
	if err != nil {
		return u, err
	}
	if err := yaml.Unmarshal(b, &u); err != nil {
		return u, fmt.Errorf("proofs: %s: %w", UnprovenFile, err)
	}
	return u, nil
}

// Checks gives the reason of every check of the list, by its id.
func (u Unproven) Checks() map[string]string {
	out := map[string]string{}
	for why, cases := range u.Reasons {
		for c, names := range cases {
			for _, n := range names {
				out[c+"/"+n] = why
			}
		}
	}
	return out
}

// WithChecks is a list of these checks (id → reason), split into cases by caseOf.
func WithChecks(checks map[string]string, caseOf func(id string) string) Unproven {
	u := Unproven{AtMost: len(checks), Reasons: map[string]map[string][]string{}}
	for _, id := range sorted(checks) {
		why, c := checks[id], caseOf(id)
		if u.Reasons[why] == nil {
			u.Reasons[why] = map[string][]string{}
		}
		u.Reasons[why][c] = append(u.Reasons[why][c], strings.TrimPrefix(id, c+"/"))
	}
	return u
}

// Write writes the list into the folder of the map.
func (u Unproven) Write(dir string) error {
	var w strings.Builder
	fmt.Fprintf(&w, "# Checks that no defect makes fail, and why. The list only shrinks: give a check a defect, measure it\n# (make prove-update), and at-most falls.\nat-most: %d\nreasons:", u.AtMost)
	if len(u.Reasons) == 0 {
		w.WriteString(" {}")
	}
	w.WriteString("\n")
	for _, why := range sorted(u.Reasons) {
		fmt.Fprintf(&w, "  %s:\n", word(why))
		for _, c := range sorted(u.Reasons[why]) {
			fmt.Fprintf(&w, "    %s: %s\n", word(c), flow(u.Reasons[why][c]))
		}
	}
	w.WriteString("# Defects that nothing notices, and why. No name is added: a new defect needs a check.\nsilent:")
	if len(u.Silent) == 0 {
		w.WriteString(" {}")
	}
	w.WriteString("\n")
	for _, name := range sorted(u.Silent) {
		fmt.Fprintf(&w, "  %s: %s\n", word(name), word(u.Silent[name]))
	}
	fmt.Fprintf(&w, "# Defects with more than %d primary causes, and how many. The figures only fall; faults that hit everything say\n# so in the catalogue (wide).\nwide:", Narrow)
	if len(u.Wide) == 0 {
		w.WriteString(" {}")
	}
	w.WriteString("\n")
	for _, name := range sorted(u.Wide) {
		fmt.Fprintf(&w, "  %s: %d\n", word(name), u.Wide[name])
	}
	return os.WriteFile(filepath.Join(dir, UnprovenFile), []byte(w.String()), 0o644)
}
