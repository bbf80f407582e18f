package result

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// sameThing says whether the finding k is about the same as what makes the cause e, where the cause wants that: a
// filter that finds everybody by externalId explains what else was searched by externalId, and nothing else.
func (t *talk) sameThing(e *causeDraft, text CauseText, k *Check) bool {
	return t.shares(text.Same, e, k, t.asked) && t.shares(text.About, e, k, told)
}

// shares: one of the things that the rule takes out of a finding of the cause, it takes out of k, too.
func (t *talk) shares(rule string, e *causeDraft, k *Check, of func(*Check) string) bool {
	re := t.rule(rule)
	if re == nil {
		return true
	}
	mine := taken(re, of(k))
	return slices.ContainsFunc(e.primary, func(p *Check) bool {
		return slices.ContainsFunc(taken(re, of(p)), func(s string) bool { return slices.Contains(mine, s) })
	})
}

// taken lists what the groups of a rule take out of a text, without regard to letter case.
func taken(re *regexp.Regexp, text string) []string {
	var out []string
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		for _, s := range m[1:] {
			if s != "" {
				out = append(out, strings.ToLower(s))
			}
		}
	}
	return out
}

// asked is the request that a finding is about, and, where that one only looks at what a change has left, the change.
func (t *talk) asked(k *Check) string {
	x := t.byID[k.Exchange]
	if x == nil {
		return ""
	}
	said := x.said()
	if x.Request.Method == http.MethodGet {
		before := t.cases[x.Case]
		for i := t.place[x.ID] - 1; i >= 0 && i < len(before); i-- {
			if m := before[i].Request.Method; m == http.MethodPatch || m == http.MethodPut {
				return said + "\n" + before[i].said()
			}
		}
	}
	return said
}

// told is what a finding says: what was seen, what was expected, what stood there, where, and where else.
func told(k *Check) string {
	lines := []string{k.Summary, k.Expected, k.Actual}
	if k.At != nil {
		lines = append(lines, k.At.Pointer)
	}
	for _, n := range k.Notes { // of what every answer is held to: what else it was noticed at
		if _, also, ok := strings.Cut(n, ": "); ok && strings.HasPrefix(n, "also ") {
			lines = append(lines, also)
		}
	}
	return strings.Join(lines, "\n")
}

// marked is the cause that the answer itself names, where its status is what a finding is about: 406 speaks of Accept
// and 415 of Content-Type, whichever check met it first. "" where none does.
func (t *talk) marked(k *Check, texts map[string]CauseText) string {
	x := t.byID[k.Exchange]
	if x == nil || x.Response == nil || !strings.Contains(k.Actual+k.Summary, fmt.Sprint(x.Response.Status)) {
		return ""
	}
	return t.longest(texts, func(text CauseText) string {
		if text.Marks != "" && !answeredSo(text.Answered, x) {
			return ""
		}
		return text.Marks
	}, x)
}

// recased: an id that was expected came in another letter case, and that is all that is wrong. Ids are case exact (RFC
// 7643 section 3.1); whatever such a finding looked for, it was there.
func (t *talk) recased(k *Check, texts map[string]CauseText) string {
	x := t.byID[k.Exchange]
	if x == nil || x.Response == nil || x.Response.Status >= http.StatusBadRequest {
		return ""
	}
	for _, r := range x.resources() {
		id, _ := r["id"].(string)
		if otherCase(id, k.Expected) || otherCase(id, k.Actual) {
			keys := slices.Sorted(maps.Keys(texts))
			if i := slices.IndexFunc(keys, func(key string) bool { return texts[key].Recased }); i >= 0 {
				return keys[i]
			}
		}
	}
	return ""
}

// otherCase: the text names the id in another letter case, and not as it is.
func otherCase(id, text string) bool {
	return id != "" && !strings.Contains(text, id) && strings.Contains(strings.ToLower(text), strings.ToLower(id))
}

// longest is the cause of which the rule over answers fits; of several, the one with the longest, since it says most.
func (t *talk) longest(texts map[string]CauseText, rule func(CauseText) string, x *Exchange) string {
	best := ""
	for key, text := range texts {
		re, longer := t.rule(rule(text)), len(rule(text))-len(rule(texts[best]))
		if re != nil && (longer > 0 || longer == 0 && key < best) && re.MatchString(x.refused()) {
			best = key
		}
	}
	return best
}

// besides is the cause that the finding k stands beside: whatever k was noticed on, a finding of that cause is about. Where
// more was noticed than is recorded, a finding of the cause was noticed as often.
func besides(d *causeDraft, k *Check, drafts []*causeDraft, texts map[string]CauseText) *causeDraft {
	near := texts[d.key].Beside
	mine := k.noticed()
	if len(near) == 0 || len(mine) == 0 {
		return nil
	}
	for _, e := range drafts {
		if e == d || !anyGlob(near, e.key) || anyGlob(texts[e.key].Beside, d.key) && d.first < e.first {
			continue
		}
		theirs, most := map[string]bool{}, len(mine)
		for _, p := range e.primary {
			most = max(most, p.Occurrences)
			for _, x := range p.noticed() {
				theirs[x] = p.Outcome != Error || theirs[x]
			}
		}
		if k.Occurrences <= most && !slices.ContainsFunc(mine, func(x string) bool { return !theirs[x] }) {
			return e
		}
	}
	return nil
}

// noticed are the exchanges that a finding is about.
func (c *Check) noticed() []string {
	if len(c.Exchanges) > 0 || c.Exchange == "" {
		return c.Exchanges
	}
	return []string{c.Exchange}
}
