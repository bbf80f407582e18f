package grade

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/result"
)

type ruleProof struct {
	Rule   string   `yaml:"rule"`
	Before []call   `yaml:"before"`
	Breaks []call   `yaml:"breaks"`
	Keeps  []call   `yaml:"keeps"`
	Also   []string `yaml:"also"`
}

// TestEveryRuleIsProven holds every rule for clients to a conversation that breaks it, and nothing but it, and to one that
// keeps it, judged.
func TestEveryRuleIsProven(t *testing.T) {
	data, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var proofs []ruleProof
	if err := yaml.Unmarshal(data, &proofs); err != nil {
		t.Fatal(err)
	}
	lib, ps := library()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	proven := map[string]bool{}
	for _, p := range proofs {
		t.Run(strings.ReplaceAll(p.Rule, "/", "."), func(t *testing.T) {
			proven[p.Rule] = true
			bad, good := benchWith(t, lib), benchWith(t, lib)
			for _, c := range slices.Concat(p.Before, p.Breaks) {
				bad.send(t, c)
			}
			for _, c := range slices.Concat(p.Before, p.Keeps) {
				good.send(t, c)
			}
			broken := outcomes(bad.Document())
			if k := broken[p.Rule]; k.Outcome != lib.ClientRule(p.Rule).Level.Violated() || k.Expected == "" || k.Actual == "" {
				t.Errorf("not broken: %+v", k)
			}
			for id, k := range broken {
				if k.Finding() && id != p.Rule && !slices.Contains(p.Also, id) && id != "client.discovery/resource-types" {
					t.Errorf("%s is broken too: %s (%s)", id, k.Summary, k.Actual)
				}
			}
			if k := outcomes(good.Document())[p.Rule]; k.Outcome != result.Pass {
				t.Errorf("not kept by the good client: %s %s %s", k.Outcome, k.Summary, k.Actual)
			}
		})
	}
	for _, s := range lib.Clients {
		for _, r := range s.Rules {
			if !proven[r.FullID()] {
				t.Errorf("rule %s is not proven: add a conversation to testdata/rules.yaml", r.FullID())
			}
		}
	}
}
