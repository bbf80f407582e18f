// Package claims sets what a product promises beside what was measured. It owns the file of promises, the vocabulary
// of listings and galleries, and the comparison; it knows documents, and nothing of how they were measured.
package claims

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/result"
)

// File is a file of promises.
type File struct {
	Product  string                       `yaml:"product"`
	Source   string                       `yaml:"source"`
	Features map[string]string            `yaml:"features"` // for every identity provider
	IDPs     map[string]map[string]string `yaml:"idps"`     // for one, by profile
	Notes    []string                     `yaml:"notes"`
}

// Parse reads a file. Names are checked against the document by Judge, because features are data.
func Parse(b []byte) (*File, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var f File
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if len(f.Features) == 0 && len(f.IDPs) == 0 {
		return nil, fmt.Errorf("it promises nothing: give features or idps")
	}
	for where, list := range f.lists() {
		for name, says := range list {
			if _, err := promised(says); err != nil {
				return nil, fmt.Errorf("%s%q: %w", where, name, err)
			}
		}
	}
	return &f, nil
}

func (f *File) lists() map[string]map[string]string {
	out := map[string]map[string]string{"": f.Features}
	for idp, l := range f.IDPs {
		out[idp+": "] = l
	}
	return out
}

// promised reads yes and no in their usual words.
func promised(s string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "yes", "true", "supported", "on":
		return true, nil
	case "no", "false", "not supported", "unsupported", "off", "jit only":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", s)
}

// vocabulary is what the Okta Integration Network and the Entra gallery call features, reduced to lower-case letters.
var vocabulary = map[string]string{
	"create": "create-users", "createusers": "create-users", "provisionusers": "create-users", "pushnewusers": "create-users",
	"update": "update-users", "updateuserattributes": "update-users", "updateusers": "update-users", "pushprofileupdates": "update-users",
	"deactivate": "deactivate-users", "deactivateusers": "deactivate-users", "removeusers": "deactivate-users", "pushuserdeactivation": "deactivate-users", "disableusers": "deactivate-users",
	"reactivateusers": "reactivate-users", "deleteusers": "delete-users", "importusers": "import-users", "importnewusers": "import-users", "importgroups": "import-groups",
	"grouppush": "group-push", "provisiongroups": "group-push", "groupsync": "group-push", "grouplinking": "group-linking", "schemadiscovery": "schema-discovery",
	"syncpassword": "sync-password", "passwordsync": "sync-password", "entitlements": "roles-entitlements", "roleassignment": "roles-entitlements", "linkusers": "link-users", "matchusers": "match-users",
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// unmeasured are promises of listings that no exchange with the app can show.
var unmeasured = map[string]string{
	"attributesourcing": "the identity provider reads the app's profile as master: seen in its console, not in SCIM", "profilesourcing": "seen in the identity provider's console, not in SCIM",
	"attributewriteback": "seen in the identity provider's console, not in SCIM", "sso": "sign-on is not part of SCIM",
}

// Judge compares. A feature name that the document does not know is an error that says which there are.
func Judge(f *File, doc *result.Document) ([]result.Claim, error) {
	var out []result.Claim
	said := map[string]bool{}
	for _, p := range doc.Profiles {
		own := map[string]string{}
		for k, v := range f.Features {
			own[k] = v
		}
		for k, v := range f.IDPs[p.ID] {
			own[k] = v
		}
		for _, name := range keys(own) {
			yes, err := promised(own[name])
			if err != nil {
				return nil, fmt.Errorf("%q: %w", name, err)
			}
			c := result.Claim{Feature: name, Profile: p.ID, Claimed: word(yes), Source: f.Source}
			if why, no := unmeasured[letters(name)]; no {
				c.Measured, c.Verdict, c.Because = string(result.Untested), "not testable", why
				out = append(out, c)
				continue
			}
			feat := find(doc, name)
			if feat == nil {
				return nil, fmt.Errorf("no feature %q; there are: %s", name, strings.Join(ids(doc), ", "))
			}
			said[p.ID+" "+feat.ID] = true
			out = append(out, judge(c, feat, yes))
		}
		for i := range doc.Features {
			if ft := &doc.Features[i]; !said[p.ID+" "+ft.ID] && ft.Verdicts[p.ID] == result.Supported && ft.ID != "conformance" && ft.ID != "test-connection" {
				out = append(out, result.Claim{Feature: ft.ID, Profile: p.ID, Claimed: "not said", Measured: string(result.Supported), Verdict: "not claimed but works", Source: f.Source})
			}
		}
	}
	return out, nil
}

func judge(c result.Claim, feat *result.Feature, yes bool) result.Claim {
	v := feat.Verdicts[c.Profile]
	if v == "" {
		v = result.Untested
	}
	c.Feature, c.Measured, c.Because = feat.ID, string(v), feat.Because[c.Profile]
	switch {
	case v == result.Untested:
		c.Verdict = "not testable"
	case yes && v == result.Supported, !yes && v == result.NotSupported:
		c.Verdict = "kept"
	case yes: // partial, broken, not supported: a promise that holds in part is not kept
		c.Verdict = "broken"
	case v == result.Supported:
		c.Verdict = "not claimed but works"
	default: // not claimed, and works in part or not at all: nobody was promised anything
		c.Verdict = "kept"
	}
	return c
}

// Absent sets the promises beside the measurement that there is no SCIM at all: what was promised is broken, what was
// denied is kept. Promises for every identity provider stand under the profile "every".
func Absent(f *File, because string) ([]result.Claim, error) {
	lists := map[string]map[string]string{"every": f.Features}
	for idp, l := range f.IDPs {
		lists[idp] = l
	}
	var out []result.Claim
	for _, profile := range keys(lists) {
		for _, name := range keys(lists[profile]) {
			yes, err := promised(lists[profile][name])
			if err != nil {
				return nil, fmt.Errorf("%q: %w", name, err)
			}
			c := result.Claim{Feature: first(vocabulary[letters(name)], name), Profile: profile, Claimed: word(yes), Measured: string(result.NotSupported), Verdict: "kept", Because: because, Source: f.Source}
			if why, no := unmeasured[letters(name)]; no {
				c.Measured, c.Verdict, c.Because = string(result.Untested), "not testable", why
			} else if yes {
				c.Verdict = "broken"
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// Untried lists the promises where there is SCIM but nothing was tried: only a run can tell.
func Untried(f *File, because string) ([]result.Claim, error) {
	out, err := Absent(f, because)
	for i := range out {
		if out[i].Verdict != "not testable" {
			out[i].Measured, out[i].Verdict = string(result.Untested), "not testable"
		}
	}
	return out, err
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func word(yes bool) string {
	if yes {
		return string(result.Supported)
	}
	return string(result.NotSupported)
}

func find(doc *result.Document, name string) *result.Feature {
	id := vocabulary[letters(name)]
	for i := range doc.Features {
		f := &doc.Features[i]
		if f.ID == id || strings.EqualFold(f.ID, name) || strings.EqualFold(f.Title, name) {
			return f
		}
	}
	return nil
}

func ids(doc *result.Document) []string {
	var out []string
	for _, f := range doc.Features {
		out = append(out, f.ID)
	}
	return out
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Fails says whether the claims fail a run: a promise that is broken outright fails it at every level, one that holds
// in part from "should" on.
func Fails(cs []result.Claim, failOn string) bool {
	for _, c := range cs {
		if c.Verdict == "broken" && (c.Measured != string(result.Partial) || failOn != "must") {
			return true
		}
	}
	return false
}
