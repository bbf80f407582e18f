package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/mockidp/profile"
)

// Blocks of docs/idps.md that are made from the profiles and the captures stand between these lines.
const (
	blockBegins = "<!-- made by make docs: %s -->\n"
	blockEnds   = "<!-- end -->\n"
)

// idpsPage is the page with its blocks written again.
func idpsPage(page []byte, profiles *profile.Set, captures string) ([]byte, error) {
	table, err := captureTable(profiles, captures)
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"operations": operationTables(profiles), "options": optionTable(profiles), "captures": table} {
		before, rest, ok := bytes.Cut(page, fmt.Appendf(nil, blockBegins, name))
		_, after, closed := bytes.Cut(rest, []byte(blockEnds))
		if !ok || !closed {
			return nil, fmt.Errorf("docs/idps.md: there is no block %q between its two lines", name)
		}
		page = bytes.Join([][]byte{before, fmt.Appendf(nil, blockBegins, name), []byte("\n" + text + "\n"), []byte(blockEnds), after}, nil)
	}
	return page, nil
}

func operationTables(profiles *profile.Set) string {
	var b strings.Builder
	for _, p := range profiles.Profiles {
		fmt.Fprintf(&b, "### `%s`\n\n", p.ID)
		if p.Label() != p.Title {
			fmt.Fprintf(&b, "%s.\n\n", p.Label())
		}
		var rows, inherited []string
		for _, o := range p.Listed() {
			if o.Profile == p.ID {
				rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", o.ID, o.Evidence, o.Source, cell(o.Note)))
			} else {
				inherited = append(inherited, "`"+o.ID+"`")
			}
		}
		if len(rows) > 0 {
			b.WriteString("| operation | evidence | source | remarks |\n|---|---|---|---|\n" + strings.Join(rows, "\n") + "\n\n")
		}
		if len(inherited) > 0 {
			fmt.Fprintf(&b, "Like `%s`: %s.\n\n", p.Extends, strings.Join(inherited, ", "))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func optionTable(profiles *profile.Set) string {
	var b strings.Builder
	b.WriteString("| option | values | what it is | remarks |\n|---|---|---|---|\n")
	for _, p := range profiles.Profiles {
		for _, o := range p.Options {
			var values []string
			for _, v := range o.Values {
				if v == fmt.Sprint(p.Traits[o.Trait]) {
					v = "**" + v + "**"
				}
				values = append(values, v)
			}
			fmt.Fprintf(&b, "| `%s.%s` | %s | %s | %s |\n", p.ID, o.Trait, strings.Join(values, ", "), cell(o.Title), cell(o.Note))
		}
	}
	return b.String()
}

// captureTable counts the published requests of each profile and those of them that no operation reproduces.
func captureTable(profiles *profile.Set, dir string) (string, error) {
	var b strings.Builder
	b.WriteString("| profile | captures | reproduced | not, with a reason |\n|---|---|---|---|\n")
	var none []string
	all, not := 0, 0
	for _, p := range profiles.Profiles {
		n, err := countExchanges(filepath.Join(dir, p.ID))
		if err != nil {
			return "", err
		}
		if n == 0 {
			none = append(none, "`"+p.ID+"`")
			continue
		}
		reasons := map[string]string{}
		data, err := os.ReadFile(filepath.Join(dir, p.ID, "not-reproduced.yaml"))
		if err == nil {
			err = yaml.Unmarshal(data, &reasons)
		}
		if err != nil && !os.IsNotExist(err) {
			return "", err
		}
		fmt.Fprintf(&b, "| `%s` | %d | %d | %d |\n", p.ID, n, n-len(reasons), len(reasons))
		all, not = all+n, not+len(reasons)
	}
	fmt.Fprintf(&b, "| **all** | %d | %d | %d |\n", all, all-not, not)
	if len(none) > 0 {
		fmt.Fprintf(&b, "\nNo request of its own was published of %s.\n", strings.Join(none, ", "))
	}
	return b.String(), nil
}

func countExchanges(dir string) (int, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		var f struct {
			Exchanges []json.RawMessage `json:"exchanges"`
		}
		if err := json.Unmarshal(data, &f); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		n += len(f.Exchanges)
	}
	return n, nil
}

// cell is text in one cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}
