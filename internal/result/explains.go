package result

import "slices"

// explained takes the causes away that another cause of the same run explains, and makes their
// findings consequences of that one: where ids are no strings, nobody can be read, changed or removed
// by them, and twenty findings are one fault. What explains what stands with the texts of the causes.
// A cause explains others only where a suite that looks for it found it, not a story that merely
// stopped there.
func explained(drafts []*causeDraft, texts map[string]CauseText) []*causeDraft {
	by := map[*causeDraft]*causeDraft{}
	for _, d := range drafts {
		by[d] = explanation(d, drafts, texts)
	}
	roots := map[*causeDraft]*causeDraft{}
	for _, d := range drafts {
		roots[d] = rootDraft(d, by)
	}
	var out []*causeDraft
	for _, d := range drafts {
		if root := roots[d]; root != d {
			root.secondary = append(root.secondary, append(slices.Clone(d.primary), d.secondary...)...)
			continue
		}
		out = append(out, d)
	}
	return out
}

// explanation is the first cause of the run that explains d, nil when none does. Of two that explain
// each other the one that was found first stays.
func explanation(d *causeDraft, drafts []*causeDraft, texts map[string]CauseText) *causeDraft {
	for _, k := range drafts {
		if k == d || !k.explains(d, texts) || d.explains(k, texts) && d.first < k.first {
			continue
		}
		return k
	}
	return nil
}

func (draft *causeDraft) explains(d *causeDraft, texts map[string]CauseText) bool {
	text := texts[draft.key]
	if len(draft.primary) == 0 && !text.Exact {
		return false
	}
	return anyGlob(text.Entails, d.key) || len(d.primary) == 0 && anyGlob(text.Stories, d.key)
}

func anyGlob(patterns []string, key string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return MatchGlob(p, key) })
}

// rootDraft follows explanations to a cause that nothing explains. Of a ring, the member that was
// found first stands for it.
func rootDraft(d *causeDraft, by map[*causeDraft]*causeDraft) *causeDraft {
	seen := map[*causeDraft]bool{}
	for by[d] != nil && !seen[d] {
		seen[d] = true
		d = by[d]
	}
	first := d
	if by[d] != nil {
		for n := by[d]; n != d; n = by[n] {
			if n.first < first.first {
				first = n
			}
		}
	}
	return first
}
