//go:build prove

package prove

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

// publishedFile holds what is known of the checks of published suites; -update measures it again with
// the defects of the yardstick, -update -whole with every one.
const publishedFile = "testdata/published.yaml"

type publishedProof struct {
	Also     []string            `yaml:"also"`     // defects to try beside those of the yardstick
	Clean    []string            `yaml:"clean"`    // fail on the right provider, because the suite and the RFC part
	Defects  map[string][]string `yaml:"defects"`  // defect → checks that it makes fail; few defects that cover all
	Unproven []string            `yaml:"unproven"` // no defect makes them fail: this list only shrinks
}

var publishedSuites = Selection{Suites: []string{"published.*"}, Options: func(o *provider.Options) { o.Entitlements = true }}

// TestProvePublished: on the right provider nothing of a published suite fails but where it goes beyond
// the RFC, and every check has been seen to fail.
func TestProvePublished(t *testing.T) {
	b := bench(t)
	clean, err := b.Run(context.Background(), nil, nil, publishedSuites)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range clean.Suites {
		if s.Published != nil && (s.Published.Verdict == result.PassesUntested || s.Published.Verdict == result.PassesUnknown || len(s.Published.RFCBroken) > 0) {
			t.Errorf("%s: %s; the RFC demands %v", s.ID, s.Published.Passes(), s.Published.RFCBroken)
		}
	}
	own := publishedChecks(b)
	want := readPublished(t)
	if *update {
		measurePublished(t, b, want.Also, Findings(clean), own)
		want = readPublished(t)
	}
	if got := Findings(clean); !slices.Equal(got, want.Clean) {
		t.Errorf("the right provider fails %v, want %v:\n%s", got, want.Clean, Describe(clean))
	}
	seen := map[string]bool{}
	for _, id := range slices.Concat(want.Clean, want.Unproven) {
		seen[id] = true
	}
	var mu sync.Mutex
	all(defectsOf(want.Defects), func(d provider.Defect) {
		sel := publishedSuites
		for _, id := range want.Defects[d.Name] {
			sel.Only = append(sel.Only, id[:strings.LastIndexByte(id, '/')])
		}
		doc, err := b.Run(context.Background(), []string{d.Name}, nil, sel)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
			return
		}
		found := Findings(doc)
		mu.Lock()
		defer mu.Unlock()
		for _, id := range want.Defects[d.Name] {
			seen[id] = true
			if !slices.Contains(found, id) {
				t.Errorf("%s no longer makes %s fail", d.Name, id)
			}
		}
	})
	for _, id := range own {
		if !seen[id] {
			t.Errorf("%s: nobody has seen it fail; go test -tags prove -run TestProvePublished ./internal/prove -update", id)
		}
	}
}

func readPublished(t *testing.T) publishedProof {
	t.Helper()
	var p publishedProof
	data, err := os.ReadFile(publishedFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// publishedChecks are the checks that stand in the published suites and can fail. What the operations of
// identity providers check on the way is proven with those.
func publishedChecks(b *Bench) []string {
	var out []string
	for _, k := range b.Library.Checks() {
		if strings.HasPrefix(k.ID, "published.") && !k.Fact && k.Level != result.May {
			out = append(out, k.ID)
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

func defectsOf(names map[string][]string) []provider.Defect {
	var out []provider.Defect
	for n := range names {
		out = append(out, provider.Defect{Name: n})
	}
	return out
}

var whole = flag.Bool("whole", false, "with -update: try every defect on the published suites")

// candidates are the defects that are tried: those of the yardstick and some named ones, or with -whole every one.
func candidates(also []string) []provider.Defect {
	var out []provider.Defect
	for _, d := range provider.Defects() {
		if *whole || d.Yardstick > 0 || slices.Contains(also, d.Name) {
			out = append(out, d)
		}
	}
	return out
}

// measurePublished holds defects against the published suites and keeps few that show all.
func measurePublished(t *testing.T, b *Bench, also, clean, own []string) {
	t.Helper()
	var mu sync.Mutex
	trips := map[string][]string{}
	all(candidates(also), func(d provider.Defect) {
		ctx, cancel := context.WithTimeout(context.Background(), longest)
		defer cancel()
		doc, err := b.Run(ctx, []string{d.Name}, nil, publishedSuites)
		if err != nil {
			t.Logf("%s: %v", d.Name, err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		trips[d.Name] = Findings(doc)
	})
	open := map[string]bool{}
	for _, id := range own {
		open[id] = !slices.Contains(clean, id)
	}
	out := publishedProof{Also: also, Clean: clean, Defects: map[string][]string{}}
	for {
		best, gain := "", []string(nil)
		for _, d := range provider.Defects() {
			var g []string
			for _, id := range trips[d.Name] {
				if open[id] {
					g = append(g, id)
				}
			}
			if len(g) > len(gain) {
				best, gain = d.Name, g
			}
		}
		if best == "" {
			break
		}
		out.Defects[best] = gain
		for _, id := range gain {
			open[id] = false
		}
	}
	for _, id := range own {
		if open[id] {
			out.Unproven = append(out.Unproven, id)
		}
	}
	data, err := yaml.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf("# Written by go test -tags prove -run TestProvePublished ./internal/prove -update: %d checks, %d not proven.\n", len(own), len(out.Unproven))
	if err := os.WriteFile(publishedFile, append([]byte(head), data...), 0o644); err != nil {
		t.Fatal(err)
	}
}
