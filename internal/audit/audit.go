package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Kind of a difference.
type Kind string

// The kinds, the most pressing first.
const (
	Orphan    Kind = "orphan"    // active account of nobody on the roster
	Leaver    Kind = "leaver"    // active account of somebody whom the roster calls inactive
	Duplicate Kind = "duplicate" // further account of somebody who has one
	Missing   Kind = "missing"   // active person without an account
	Disabled  Kind = "disabled"  // active person whose account is inactive
	Drift     Kind = "drift"     // attribute that differs
	Unlinked  Kind = "unlinked"  // account that no identity provider has linked: it has no externalId
)

// Kinds in the order of reports.
var Kinds = []Kind{Orphan, Leaver, Duplicate, Missing, Disabled, Drift, Unlinked}

// Titles of the kinds, for people.
var Titles = map[Kind]string{
	Orphan: "Orphaned: active accounts of nobody on the roster", Leaver: "Left, but still active", Duplicate: "Duplicates: further accounts of the same person",
	Missing: "Missing: people without an account", Disabled: "Locked out: people on the roster whose account is inactive",
	Drift: "Drift: attributes that differ", Unlinked: "Never linked: accounts without externalId",
}

// Finding is one difference.
type Finding struct {
	Kind      Kind   `json:"kind"`
	Name      string `json:"name"` // userName, or the next best
	AccountID string `json:"account_id,omitempty"`
	Email     string `json:"email,omitempty"`
	State     State  `json:"account_state,omitempty"`
	Person    string `json:"person,omitempty"` // on the roster
	Line      int    `json:"roster_line,omitempty"`
	Attribute string `json:"attribute,omitempty"`
	InApp     string `json:"in_app,omitempty"`
	OnRoster  string `json:"on_roster,omitempty"`
}

// Rule says which attribute of an account is compared with which of the roster.
type Rule struct{ App, Roster string }

// DefaultRules are tried one after the other.
var DefaultRules = []Rule{{"userName", "userName"}, {"email", "email"}, {"userName", "email"}, {"email", "userName"}, {"externalId", "externalId"}}

// ParseRule reads "userName=email", or "email" for the same on both sides.
func ParseRule(s string) (Rule, error) {
	a, b, two := strings.Cut(s, "=")
	if !two {
		b = a
	}
	r := Rule{strings.TrimSpace(a), strings.TrimSpace(b)}
	if r.App == "" || r.Roster == "" {
		return r, fmt.Errorf("match rule %q: write userName=email (attribute of the app = column of the roster)", s)
	}
	return r, nil
}

// Source gives people one at a time.
type Source func(take func(Person) error) error

// Options of an audit.
type Options struct {
	Accounts, Roster Source
	Rules            []Rule   // none: DefaultRules
	Ignore           []string // attributes that are not compared
	TempDir          string   // "" = the system's
	Price            float64  // of one licence and month; 0 = not asked
	PriceHour        float64  // of one hour of work; 0 = not asked
	Minutes          float64  // that one account takes to be put right by hand
	Currency         string
	About            Sources
}

// Sources say what was compared, and when.
type Sources struct {
	Accounts string `json:"accounts,omitempty"`
	Roster   string `json:"roster,omitempty"`
	At       string `json:"at,omitempty"`
}

// Summary counts.
type Summary struct {
	Schema    string         `json:"schema"`
	Sources   Sources        `json:"sources"`
	Accounts  int            `json:"accounts"`
	Active    int            `json:"active_accounts"`
	Roster    int            `json:"roster"`
	Matched   int            `json:"matched"`
	Repeated  int            `json:"repeated"` // accounts that the list gave more than once
	Idle      int            `json:"inactive_accounts_of_nobody"`
	Counts    map[Kind]int   `json:"counts"`
	DriftBy   map[string]int `json:"drift_by_attribute,omitempty"`
	Notes     []string       `json:"notes,omitempty"`
	Licences  int            `json:"licences_to_save"`
	CostMonth float64        `json:"cost_per_month,omitempty"`
	CostYear  float64        `json:"cost_per_year,omitempty"`
	Hours     float64        `json:"work_hours,omitempty"` // to put every account right by hand
	CostWork  float64        `json:"cost_of_work,omitempty"`
	Currency  string         `json:"currency,omitempty"`
}

// Report holds the counts, and the findings on disk. Close it.
type Report struct {
	Summary
	dir   string
	spool map[Kind]*os.File
	enc   map[Kind]*json.Encoder
}

// SchemaID names the layout of the JSON report.
const SchemaID = "scimmage.audit/1"

// Gap reports whether somebody is let in who should not be.
func (r *Report) Gap() bool { return r.Counts[Orphan]+r.Counts[Leaver] > 0 }

// Close removes everything from disk.
func (r *Report) Close() error {
	for _, f := range r.spool {
		_ = f.Close()
	}
	return os.RemoveAll(r.dir)
}

// Each gives the findings of a kind; limit 0 means all. Errors of take end it.
func (r *Report) Each(k Kind, limit int, take func(Finding) error) error {
	f := r.spool[k]
	if f == nil {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d := json.NewDecoder(f)
	for n := 0; limit == 0 || n < limit; n++ {
		var x Finding
		if err := d.Decode(&x); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := take(x); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) add(f Finding) error {
	r.Counts[f.Kind]++
	return r.enc[f.Kind].Encode(f)
}

// Run compares. What it returns without an error must be closed.
func Run(o Options) (*Report, error) {
	dir, err := os.MkdirTemp(o.TempDir, "scimmage-audit-")
	if err != nil {
		return nil, err
	}
	r := &Report{Summary: Summary{Schema: SchemaID, Sources: o.About, Counts: map[Kind]int{}, DriftBy: map[string]int{}, Currency: o.Currency}, dir: dir, spool: map[Kind]*os.File{}, enc: map[Kind]*json.Encoder{}}
	if err := r.run(o); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Report) run(o Options) error {
	for _, k := range Kinds {
		f, err := os.Create(filepath.Join(r.dir, "findings-"+string(k)))
		if err != nil {
			return err
		}
		r.spool[k], r.enc[k] = f, json.NewEncoder(f)
	}
	rules := o.Rules
	if len(rules) == 0 {
		rules = DefaultRules
	}
	j := &joiner{r: r, o: o, rules: rules, carried: map[string]bool{}, hasA: make([]bool, len(rules)), hasR: make([]bool, len(rules))}
	accounts, err := j.accounts()
	if err != nil {
		return err
	}
	roster, err := j.roster()
	if err != nil {
		accounts.drop()
		return err
	}
	if err := j.rounds(accounts, roster); err != nil {
		return err
	}
	j.notes()
	r.Licences = r.Counts[Orphan] + r.Counts[Leaver] + j.activeTwins
	r.CostMonth = o.Price * float64(r.Licences)
	r.CostYear = 12 * r.CostMonth
	if o.PriceHour > 0 {
		for _, k := range []Kind{Orphan, Leaver, Duplicate, Missing, Disabled, Drift} {
			r.Hours += float64(r.Counts[k]) * o.Minutes / 60
		}
		r.CostWork = o.PriceHour * r.Hours
	}
	return r.tidy()
}

// tidySize is how many findings of a kind are sorted by name; more stay in the order of the parts, which is the same
// for the same input.
const tidySize = 50000

func (r *Report) tidy() error {
	for _, k := range Kinds {
		if r.Counts[k] > tidySize {
			continue
		}
		var all []Finding
		if err := r.Each(k, 0, func(f Finding) error { all = append(all, f); return nil }); err != nil {
			return err
		}
		sort.SliceStable(all, func(a, b int) bool {
			return all[a].Name+"\x00"+all[a].Attribute < all[b].Name+"\x00"+all[b].Attribute
		})
		if err := r.spool[k].Truncate(0); err != nil {
			return err
		}
		if _, err := r.spool[k].Seek(0, io.SeekStart); err != nil {
			return err
		}
		for _, f := range all {
			if err := r.enc[k].Encode(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
