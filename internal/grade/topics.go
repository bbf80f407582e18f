package grade

import "slices"

// maxTopic bounds the distinct values of one topic: facts name a handful, not all.
const maxTopic = 12

// topics collects distinct values of the whole conversation, for facts.
type topics struct {
	values map[string][]string
	kinds  map[string]int
}

func newTopics() *topics { return &topics{values: map[string][]string{}, kinds: map[string]int{}} }

func (t *topics) add(topic, value string) {
	if list := t.values[topic]; value != "" && len(list) < maxTopic && !slices.Contains(list, value) {
		t.values[topic] = append(list, value)
	}
}

// env is the topics as expressions see them.
func (t *topics) env() map[string]any {
	out := map[string]any{}
	for _, name := range []string{"agents", "mediaTypes", "accepts", "ops", "lookups", "pageSizes", "schemes", "paths", "discovery", "conditions"} {
		list := []any{}
		for _, v := range t.values[name] {
			list = append(list, v)
		}
		out[name] = list
	}
	return out
}

func (t *topics) kindEnv() map[string]any {
	out := map[string]any{}
	for _, k := range kinds {
		out[k] = t.kinds[k]
	}
	return out
}
