package mockidp

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/mockidp/profile"
)

//go:embed settings/*.yaml
var settingsFiles embed.FS

// Manners are how one identity provider works and what its administrator reads on the screens: everything about it that is not on
// the wire. They are data; no code asks which identity provider it is.
type Manners struct {
	Profiles          []string          `yaml:"profiles"`
	Behaviour         string            `yaml:"behaviour"` // at-once or cycles
	DefaultRetryAfter time.Duration     `yaml:"default-retry-after"`
	RateLimitTries    int               `yaml:"rate-limit-tries"`
	Suspended         string            `yaml:"suspended"` // nothing or disabled
	Missing           string            `yaml:"missing"`   // keep or forget the link to an account that is gone
	TestOnSave        bool              `yaml:"test-on-save"`
	ImportActiveOnly  bool              `yaml:"import-active-only"`
	Interval          time.Duration     `yaml:"interval"`
	SoftDeleteDays    int               `yaml:"soft-delete-days"`
	BackOffMost       time.Duration     `yaml:"back-off-most"`
	QuarantineRetries []time.Duration   `yaml:"quarantine-retries"`
	QuarantineDays    int               `yaml:"quarantine-days"`
	Quarantine        QuarantineRule    `yaml:"quarantine"`
	OnDemand          OnDemandRule      `yaml:"on-demand"`
	Unique            UniqueRule        `yaml:"unique"`
	Auth              AuthChoices       `yaml:"auth"`
	Words             map[string]string `yaml:"words"`
	Tabs              []string          `yaml:"tabs"`
	Actions           []ActionChoice    `yaml:"actions"`
	Functions         map[string]string `yaml:"functions"` // $1 is an argument, $2* all from the second on, $3% pairs from the third on
	Operators         map[string]string `yaml:"operators"`
	Variables         map[string]string `yaml:"variables"`
	Brackets          bool              `yaml:"brackets"`
	Aliases           map[string]string `yaml:"aliases"`
	Export            ExportRule        `yaml:"export"`
}

// ExportRule says how attribute mappings are to be read that this identity provider has exported.
type ExportRule struct {
	Names   map[string]string         `yaml:"names"`   // names in the export that are no SCIM attributes, and what they stand for
	Sources map[string]string         `yaml:"sources"` // source attributes beside the aliases
	Ignored map[string]string         `yaml:"ignored"` // names that need no row, and why
	Kept    []string                  `yaml:"kept"`    // targets that are sent although no export names them
	Traits  map[string]map[string]any `yaml:"traits"`  // functions that are no expression but a way to send
	Own     []string                  `yaml:"own"`     // sources whose mapping stays that of the profile
	First   string                    `yaml:"first"`   // trait that takes the target with matching priority 1
	Further string                    `yaml:"further"` // trait that takes those after it
}

// QuarantineRule is when so much fails that an application is put aside.
type QuarantineRule struct {
	Least   int `yaml:"least" json:"least"`     // failures before the percentage counts
	Percent int `yaml:"percent" json:"percent"` // of all events
	Most    int `yaml:"most" json:"most"`       // failures, whatever their share
}

// OnDemandRule is how a person is provisioned by hand outside of a cycle.
type OnDemandRule struct {
	Profile string `yaml:"profile"` // dialect that is spoken then
	Probes  int    `yaml:"probes"`
	Members int    `yaml:"members"`
}

// UniqueRule is the choice of the attribute by which people are matched.
type UniqueRule struct {
	Label   string         `yaml:"label"`
	How     string         `yaml:"how"` // value: another source for userName; trait: another attribute on the wire
	Trait   string         `yaml:"trait"`
	Next    string         `yaml:"next"` // trait that lists further attributes by precedence, where there may be several
	Choices []UniqueChoice `yaml:"choices"`
}

// UniqueChoice is one of its options.
type UniqueChoice struct {
	ID     string `yaml:"id"`
	Source string `yaml:"source"`
}

// AuthChoices are the ways in which an application can be signed in to.
type AuthChoices struct {
	Label   string       `yaml:"label"`
	Choices []AuthChoice `yaml:"choices"`
}

// AuthChoice is one of them.
type AuthChoice struct {
	ID     string `yaml:"id"`
	Title  string `yaml:"title"`
	User   string `yaml:"user"`
	Secret string `yaml:"secret"`
}

// ActionChoice is one of the actions that an application is said to support.
type ActionChoice struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	Trait string `yaml:"trait"` // boolean trait of the profile that it switches
}

const (
	behaviourAtOnce = "at-once"
	behaviourCycles = "cycles"
)

func (m *Manners) cycles() bool { return m.Behaviour == behaviourCycles }

// Word is what this identity provider calls something.
func (m *Manners) Word(key string) string { return firstNonEmpty(m.Words[key], key) }

// FunctionNames are those of the expression language, in order.
func (m *Manners) FunctionNames() []string { return sortedKeys(m.Functions) }

// loadManners reads every settings file; each profile must be described by exactly one.
func loadManners(profiles *profile.Set) (map[string]*Manners, error) {
	names, err := fs.Glob(settingsFiles, "settings/*.yaml")
	if err != nil {
		return nil, err
	}
	out := map[string]*Manners{}
	for _, name := range names {
		data, err := settingsFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		m := &Manners{}
		if err := yaml.Unmarshal(data, m); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if m.Behaviour != behaviourAtOnce && m.Behaviour != behaviourCycles {
			return nil, fmt.Errorf("%s: behaviour is %q, not %s or %s", name, m.Behaviour, behaviourAtOnce, behaviourCycles)
		}
		for _, id := range m.Profiles {
			if out[id] != nil {
				return nil, fmt.Errorf("%s: %s is described twice", name, id)
			}
			out[id] = m
		}
	}
	for _, p := range profiles.Profiles {
		if out[p.ID] == nil {
			return nil, fmt.Errorf("no file in settings/ describes the profile %s", p.ID)
		}
	}
	return out, nil
}

// Settings are what the administrator set for one application. Secrets are kept apart.
type Settings struct {
	BaseURL string       `json:"baseURL"`
	Auth    AuthSettings `json:"auth"`
	Unique  string       `json:"unique"`
	// Matching are further attributes by which people are looked for, by precedence, while nobody was found.
	Matching []string `json:"matching,omitempty"`

	Actions []string `json:"actions"` // that the application is said to support

	Create       bool `json:"create"`
	Update       bool `json:"update"`
	Deactivate   bool `json:"deactivate"`
	SyncPassword bool `json:"syncPassword"`

	Traits   map[string]any `json:"traits,omitempty"`
	Mappings []MappingRow   `json:"mappings,omitempty"` // beside those of the profile, or instead of one with the same target
	Drop     []string       `json:"drop,omitempty"`     // targets of the profile that are not mapped

	Scope          string         `json:"scope"` // assigned or all
	Filters        []Clause       `json:"filters,omitempty"`
	Interval       string         `json:"interval,omitempty"`
	SkipOutOfScope bool           `json:"skipOutOfScope,omitempty"` // people who leave the scope keep their accounts
	DeleteLimit    int            `json:"deleteLimit"`              // 0 = no threshold
	Quarantine     QuarantineRule `json:"quarantine"`
	PushRules      []PushRule     `json:"pushRules,omitempty"`
}

// AuthSettings say how requests are signed in, without the secret itself.
type AuthSettings struct {
	Kind     string   `json:"kind"`
	User     string   `json:"user,omitempty"`
	TokenURL string   `json:"tokenURL,omitempty"`
	ClientID string   `json:"clientID,omitempty"`
	Scopes   []string `json:"scopes,omitempty"`
	Style    string   `json:"style,omitempty"` // basic or post
}

// Clause is one condition of a scoping filter; all must hold.
type Clause struct {
	Attribute string `json:"attribute"`
	Operator  string `json:"operator"` // equals, not-equals, is-null, is-not-null, contains, starts-with
	Value     string `json:"value,omitempty"`
}

// PushRule pushes every group whose name fits.
type PushRule struct {
	Operator string `json:"operator"` // starts-with, ends-with, contains, equals
	Value    string `json:"value"`
}

func (s *Settings) action(id string) bool { return slices.Contains(s.Actions, id) }

// defaults are the settings of a new application.
func (m *Manners) defaults() Settings {
	s := Settings{Auth: AuthSettings{Kind: m.Auth.Choices[0].ID}, Scope: "assigned", Quarantine: m.Quarantine, Actions: []string{}}
	if len(m.Unique.Choices) > 0 {
		s.Unique = m.Unique.Choices[0].ID
	}
	for _, a := range m.Actions {
		if a.ID != "importGroups" {
			s.Actions = append(s.Actions, a.ID)
		}
	}
	if m.cycles() {
		s.Create, s.Update, s.Deactivate = true, true, true
	}
	return s
}

// merge lays given settings over these. Lists are replaced, not mixed; of the traits those that are given, and null takes one away.
func (s *Settings) merge(raw json.RawMessage) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return badInput("the settings cannot be read: %v", err)
	}
	for name, list := range map[string]func(){"filters": func() { s.Filters = nil }, "mappings": func() { s.Mappings = nil }, "drop": func() { s.Drop = nil }, "matching": func() { s.Matching = nil }, "actions": func() { s.Actions = nil }, "pushRules": func() { s.PushRules = nil }} {
		if _, ok := given[name]; ok {
			list()
		}
	}
	s.Traits = maps.Clone(s.Traits)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return badInput("the settings cannot be read: %v", err)
	}
	maps.DeleteFunc(s.Traits, func(_ string, v any) bool { return v == nil })
	return nil
}
