package result

import (
	"slices"
	"testing"
)

func draftOf(key string, first int, primary, secondary Outcome) *causeDraft {
	d := &causeDraft{key: key, first: first}
	if primary != "" {
		d.primary = []*Check{{ID: "rfc/" + key, Outcome: primary}}
	}
	if secondary != "" {
		d.secondary = []*Check{{ID: "story/" + key, Outcome: secondary}}
	}
	return d
}

// TestExplained: what stays a cause, and which findings it takes over.
func TestExplained(t *testing.T) {
	texts := map[string]CauseText{
		"ids":     {Stories: []string{"*"}, Entails: []string{"locations"}},
		"media":   {Entails: []string{"ids"}},
		"capital": {Exact: true, Stories: []string{"groups"}},
		"lists":   {Entails: []string{"*"}},
		"open":    {Urgent: true},
		"none":    {Entails: []string{"open"}},
		"ring.a":  {Entails: []string{"ring.b"}},
		"ring.b":  {Entails: []string{"ring.a"}},
	}
	for name, c := range map[string]struct {
		drafts []*causeDraft
		stay   []string
		taken  map[string]int
	}{
		"a story that stopped for that reason": {[]*causeDraft{draftOf("groups", 1, "", Fail), draftOf("ids", 2, Fail, "")}, []string{"ids"}, map[string]int{"ids": 1}},
		"a finding of its own stays":           {[]*causeDraft{draftOf("groups", 1, Fail, Fail), draftOf("ids", 2, Fail, "")}, []string{"groups", "ids"}, nil},
		"what follows anywhere":                {[]*causeDraft{draftOf("ids", 1, Fail, ""), draftOf("locations", 2, Fail, Fail)}, []string{"ids"}, map[string]int{"ids": 2}},
		"over two steps":                       {[]*causeDraft{draftOf("locations", 1, Warn, ""), draftOf("ids", 2, Fail, ""), draftOf("media", 3, Fail, "")}, []string{"media"}, map[string]int{"media": 2}},
		"what is urgent is told":               {[]*causeDraft{draftOf("lists", 1, Fail, ""), draftOf("open", 2, Fail, ""), draftOf("groups", 3, Fail, "")}, []string{"lists", "open"}, map[string]int{"lists": 1}},
		"unless a cause names it":              {[]*causeDraft{draftOf("none", 1, Fail, ""), draftOf("open", 2, Fail, "")}, []string{"none"}, map[string]int{"none": 1}},
		"a story explains nothing":             {[]*causeDraft{draftOf("ids", 1, "", Fail), draftOf("groups", 2, "", Fail)}, []string{"ids", "groups"}, nil},
		"unless it looks for that very fault":  {[]*causeDraft{draftOf("capital", 1, "", Fail), draftOf("groups", 2, "", Fail)}, []string{"capital"}, map[string]int{"capital": 1}},
		"the first of two that explain each other": {[]*causeDraft{draftOf("ring.b", 1, Fail, ""), draftOf("ring.a", 2, Fail, "")}, []string{"ring.b"},
			map[string]int{"ring.b": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			before := map[string]int{}
			for _, d := range c.drafts {
				before[d.key] = len(d.secondary)
			}
			var stay []string
			for _, d := range explained(c.drafts, texts, newTalk(nil)) {
				stay = append(stay, d.key)
				if got := len(d.secondary) - before[d.key]; got != c.taken[d.key] {
					t.Errorf("%s takes over %d findings, want %d", d.key, got, c.taken[d.key])
				}
			}
			if !slices.Equal(stay, c.stay) {
				t.Errorf("causes %v, want %v", stay, c.stay)
			}
		})
	}
}
