package claims

import (
	"slices"
	"sort"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Verdicts of a promise.
const (
	kept        = "kept"
	broken      = "broken"
	unclaimed   = "not claimed but works"
	notTestable = "not testable"
)

// Known are the names that a file of promises may use.
type Known struct {
	Features []result.Feature // ids and titles
	IDPs     []string
}

// Check holds the names of a file against what there is, before anything is sent.
func (f *File) Check(k Known) error {
	lists := map[string]map[string]Promise{"": f.Features}
	for _, idp := range keys(f.IDPs) {
		if !slices.Contains(k.IDPs, idp) {
			return at(f.lines[idp], "no identity provider %q: %s", idp, hint(idp, k.IDPs))
		}
		lists[idp] = f.IDPs[idp]
	}
	for _, where := range keys(lists) {
		for _, name := range keys(lists[where]) {
			if unmeasured[letters(name)] == "" && find(k.Features, name) == nil {
				return at(lists[where][name].Line, "no feature %q: %s", name, hint(name, titles(k.Features)))
			}
		}
	}
	return nil
}

func titles(fs []result.Feature) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Title)
	}
	return out
}

func find(fs []result.Feature, name string) *result.Feature {
	id := vocabulary[letters(name)]
	for i := range fs {
		f := &fs[i]
		if f.ID == id || strings.EqualFold(f.ID, name) || strings.EqualFold(f.Title, name) {
			return f
		}
	}
	return nil
}

// Judge compares with a run. A feature name that the document does not know is an error that says which there are.
func Judge(f *File, doc *result.Document) ([]result.Claim, error) {
	var out []result.Claim
	played := map[string]bool{}
	for _, p := range doc.Profiles {
		played[p.ID] = true
		list, err := f.features(doc, p.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	for _, idp := range keys(f.IDPs) {
		if !played[idp] {
			out = append(out, f.unplayed(doc, idp)...)
		}
	}
	if len(doc.Profiles) == 0 {
		out = append(out, f.unplayed(doc, everybody)...)
	}
	out = append(out, f.Sheet(fromDocument(doc))...)
	Sort(out)
	return out, nil
}

// Sort puts what is broken first.
func Sort(cs []result.Claim) {
	sort.SliceStable(cs, func(a, b int) bool { return order[cs[a].Verdict] < order[cs[b].Verdict] })
}

// order of reports: what is broken first.
var order = map[string]int{broken: 0, kept: 1, notTestable: 2, unclaimed: 3}

// features judges what is promised for one identity provider.
func (f *File) features(doc *result.Document, idp string) ([]result.Claim, error) {
	own := map[string]Promise{}
	for k, v := range f.Features {
		own[k] = v
	}
	for k, v := range f.IDPs[idp] {
		own[k] = v
	}
	var out []result.Claim
	said := map[string]bool{}
	for _, name := range keys(own) {
		c := result.Claim{Feature: name, Profile: idp, Claimed: claimed(own[name].Says), Source: f.Source}
		if why, none := unmeasured[letters(name)]; none {
			c.Measured, c.Verdict, c.Because = string(result.Untested), notTestable, why
			out = append(out, c)
			continue
		}
		feat := find(doc.Features, name)
		if feat == nil {
			return nil, at(own[name].Line, "no feature %q: %s", name, hint(name, titles(doc.Features)))
		}
		said[feat.ID] = true
		c.Feature, c.Because = feat.ID, feat.Because[idp]
		out = append(out, weigh(c, own[name].Says, feat.Verdicts[idp]))
	}
	for i := range doc.Features {
		if ft := &doc.Features[i]; !said[ft.ID] && ft.Verdicts[idp] == result.Supported && ft.ID != "conformance" && ft.ID != "test-connection" {
			out = append(out, result.Claim{Feature: ft.ID, Profile: idp, Claimed: "not said", Measured: string(result.Supported), Verdict: unclaimed, Source: f.Source})
		}
	}
	return out, nil
}

// everybody is the profile of promises for every identity provider where none was played.
const everybody = "every"

// unplayed lists what is promised for an identity provider whose stories were not told, with the forecast for it.
func (f *File) unplayed(doc *result.Document, idp string) []result.Claim {
	list, because := f.IDPs[idp], idp+" was not played: scimmage run --idp "+idp+" measures it"
	if idp == everybody {
		list, because = f.Features, "the target could not be tested; scimmage probe --claims tells whether there is SCIM at all"
	}
	for _, c := range doc.Compatibility {
		if c.Profile == idp && c.State != "" && c.State != "unknown" {
			because += "; forecast: " + c.State
		}
	}
	var out []result.Claim
	for _, name := range keys(list) {
		c := result.Claim{Feature: first(vocabulary[letters(name)], name), Profile: idp, Claimed: claimed(list[name].Says), Measured: string(result.Untested), Verdict: notTestable, Because: because, Source: f.Source}
		if why, none := unmeasured[letters(name)]; none {
			c.Because = why
		}
		out = append(out, c)
	}
	return out
}

// weigh sets a promise beside a verdict.
func weigh(c result.Claim, said string, v result.Verdict) result.Claim {
	if v == "" {
		v = result.Untested
	}
	if c.Measured == "" {
		c.Measured = string(v)
	}
	d, _ := promised(said)
	switch {
	case v == result.Untested:
		c.Verdict = notTestable
	case v == result.Supported && d == no:
		c.Verdict = unclaimed
	case v == result.Supported, d == no && v == result.NotSupported, d == partly && v == result.Partial:
		c.Verdict = kept
	case d != no: // a promise that holds in part is not kept
		c.Verdict = broken
	default: // not claimed, and works in part or not at all: nobody was promised anything
		c.Verdict = kept
	}
	return c
}

// Absent sets the promises beside the measurement that there is no SCIM at all: what was promised is broken, what was
// denied is kept. Promises for every identity provider stand under the profile "every".
func Absent(f *File, because string) ([]result.Claim, error) {
	lists := map[string]map[string]Promise{everybody: f.Features}
	for idp, l := range f.IDPs {
		lists[idp] = l
	}
	var out []result.Claim
	for _, profile := range keys(lists) {
		for _, name := range keys(lists[profile]) {
			says := lists[profile][name].Says
			c := result.Claim{Feature: first(vocabulary[letters(name)], name), Profile: profile, Claimed: claimed(says), Because: because, Source: f.Source}
			if why, none := unmeasured[letters(name)]; none {
				c.Measured, c.Verdict, c.Because = string(result.Untested), notTestable, why
				out = append(out, c)
				continue
			}
			out = append(out, weigh(c, says, result.NotSupported))
		}
	}
	for _, part := range f.parts() {
		for _, name := range keys(part.list) {
			says := part.list[name].Says
			c := result.Claim{Kind: part.kind, Feature: name, Claimed: part.claimed(says), Because: because, Source: f.Source}
			if d, err := promised(says); err == nil && d == no {
				out = append(out, weigh(c, says, result.NotSupported))
				continue
			}
			out = append(out, weigh(c, "yes", result.NotSupported))
		}
	}
	return out, nil
}

// Untried lists the promises of features where there is SCIM but nothing was tried: only a run can tell.
func Untried(f *File, because string) ([]result.Claim, error) {
	only := *f
	only.Authentication, only.Limits, only.Attributes = nil, nil, nil
	out, err := Absent(&only, because)
	for i := range out {
		if out[i].Verdict != notTestable {
			out[i].Measured, out[i].Verdict = string(result.Untested), notTestable
		}
	}
	return out, err
}

// Fails says whether the claims fail a run: a promise that is broken outright fails it at every level, one that holds
// in part from "should" on.
func Fails(cs []result.Claim, failOn string) bool {
	for _, c := range cs {
		if c.Verdict == broken && (!strings.HasPrefix(c.Measured, string(result.Partial)) || failOn != "must") {
			return true
		}
	}
	return false
}
