package result

import (
	"regexp"
	"slices"
	"strings"
)

// explained takes the findings that another cause of the same run explains, and makes them consequences of
// that one: where ids are no strings, nobody can be read, changed or removed by them, and twenty findings
// are one fault. What explains what stands with the texts of the causes. A cause explains others only
// where a suite that looks for it found it, not a story that merely stopped there, and only what happened
// when the requests were sent that it speaks of: a server with many faults has many reasons. What is urgent
// is explained only by a cause that names it. What the server itself gives as the reason of a refusal goes
// before all that (see voice).
func explained(drafts []*causeDraft, texts map[string]CauseText, talk *talk) []*causeDraft {
	by := map[*causeDraft]*causeDraft{} // of causes that are explained as a whole
	taken := map[*causeDraft]map[*Check]*causeDraft{}
	for _, d := range drafts {
		taken[d] = map[*Check]*causeDraft{}
		left := false
		for _, k := range d.all() {
			if e := explanation(d, k, drafts, texts, talk); e != nil {
				taken[d][k] = e
			} else {
				left = true
			}
		}
		if !left {
			by[d] = taken[d][d.all()[0]]
		}
	}
	type move struct {
		to   *causeDraft
		what *Check
	}
	var moves []move
	var out []*causeDraft
	for _, d := range drafts {
		if rootDraft(d, by) == d { // nothing explains it, or it stands for a ring
			if by[d] == nil {
				d.keep(taken[d], func(to *causeDraft, k *Check) { moves = append(moves, move{rootDraft(to, by), k}) })
			}
			out = append(out, d)
			continue
		}
		for _, k := range d.all() {
			moves = append(moves, move{rootDraft(taken[d][k], by), k})
		}
	}
	for _, m := range moves {
		m.to.secondary = append(m.to.secondary, m.what)
	}
	return out
}

// all lists the findings, those of the cause itself first.
func (draft *causeDraft) all() []*Check {
	return append(slices.Clone(draft.primary), draft.secondary...)
}

// keep takes the findings away that other causes explain.
func (draft *causeDraft) keep(taken map[*Check]*causeDraft, give func(*causeDraft, *Check)) {
	own := func(list []*Check) []*Check {
		var out []*Check
		for _, k := range list {
			if to := taken[k]; to != nil {
				give(to, k)
			} else {
				out = append(out, k)
			}
		}
		return out
	}
	draft.primary, draft.secondary = own(draft.primary), own(draft.secondary)
}

// explanation is the first cause of the run that explains the finding k of d, nil when none does. Of two
// that explain each other the one that was found first stays.
func explanation(d *causeDraft, k *Check, drafts []*causeDraft, texts map[string]CauseText, talk *talk) *causeDraft {
	if e := besides(d, k, drafts, texts); e != nil {
		return e
	}
	if !texts[d.key].Exact {
		if e := sameReason(d, k, drafts, texts, talk); e != nil {
			return e
		}
	}
	for _, e := range drafts {
		if e == d || !e.explains(d, texts) || d.first < e.first && d.explains(e, texts) && talk.fitsAll(texts[d.key], e) || !talk.fits(texts[e.key], k) ||
			texts[e.key].Unmoved && talk.moved(k, texts[d.key].Attribute) || !talk.sameThing(e, texts[e.key], k) || talk.otherReason(e, k) || talk.elsewhere(e, k) {
			continue
		}
		return e
	}
	return nil
}

func (draft *causeDraft) explains(d *causeDraft, texts map[string]CauseText) bool {
	text := texts[draft.key]
	found := slices.ContainsFunc(draft.primary, func(k *Check) bool { return k.Outcome != Error })
	if !found && !text.Exact {
		return false
	}
	if slices.Contains(text.Entails, d.key) || anyGlob(text.Entails, d.key) && !texts[d.key].Urgent {
		return true
	}
	return len(d.primary) == 0 && anyGlob(text.Stories, d.key)
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

// talk knows what was said in the cases of a document.
type talk struct {
	cases map[string][]*Exchange
	byID  map[string]*Exchange
	place map[string]int // of an exchange in its case
	rules map[string]*regexp.Regexp

	refusals map[*Check]*voice
}

func newTalk(exchanges []Exchange) *talk {
	t := &talk{cases: map[string][]*Exchange{}, byID: map[string]*Exchange{}, place: map[string]int{}, rules: map[string]*regexp.Regexp{}, refusals: map[*Check]*voice{}}
	for i := range exchanges {
		e := &exchanges[i]
		t.byID[e.ID] = e
		t.place[e.ID] = len(t.cases[e.Case])
		t.cases[e.Case] = append(t.cases[e.Case], e)
	}
	return t
}

// fits says whether a cause can be why the finding k is there: its case sent such a request before, and the
// request in question had such an answer. What is not known fits.
func (t *talk) fits(text CauseText, k *Check) bool {
	if text.Sent == "" && text.Asked == "" && text.Answered == "" {
		return true
	}
	for _, x := range k.Exchanges {
		if !t.fitsAt(text, k, x) {
			return false
		}
	}
	return len(k.Exchanges) > 0 || t.fitsAt(text, k, k.Exchange)
}

// fitsAll: a cause that is named as the reason of another one is none where one of the findings of that other does not fit.
func (t *talk) fitsAll(text CauseText, e *causeDraft) bool {
	return !slices.ContainsFunc(e.all(), func(k *Check) bool { return !t.fits(text, k) })
}

func (t *talk) fitsAt(text CauseText, k *Check, exchange string) bool {
	caseID, _, numbered := strings.Cut(exchange, "#")
	i, known := t.place[exchange]
	if !numbered || !known {
		return t.fitsCase(text, k)
	}
	said := t.cases[caseID]
	if asked := t.rule(text.Asked); !answeredSo(text.Answered, said[i]) || asked != nil && !asked.MatchString(said[i].said()) {
		return false
	}
	rule := t.rule(text.Sent)
	return rule == nil || slices.ContainsFunc(said[:i+1], func(e *Exchange) bool { return !e.Setup && rule.MatchString(e.said()) })
}

// fitsCase judges a finding about a whole operation, which has no request of its own: one request of its case must
// have been such a one, and answered so.
func (t *talk) fitsCase(text CauseText, k *Check) bool {
	said := t.cases[caseIDOf(k)]
	if len(said) == 0 {
		return true
	}
	sent, asked := t.rule(text.Sent), t.rule(text.Asked)
	return slices.ContainsFunc(said, func(e *Exchange) bool {
		return !e.Setup && (sent == nil || sent.MatchString(e.said())) && (asked == nil || asked.MatchString(e.said())) && answeredSo(text.Answered, e)
	})
}

// rule is the expression over requests, nil when there is none: suites are checked when they are loaded, and an old
// journal with one that nobody can read is still told.
func (t *talk) rule(sent string) *regexp.Regexp {
	if sent == "" {
		return nil
	}
	if r, known := t.rules[sent]; known {
		return r
	}
	r, err := regexp.Compile(sent)
	if err != nil {
		r = nil
	}
	t.rules[sent] = r
	return r
}

// said is a request as the rules of causes read it: method, path with query, and the body.
func (e *Exchange) said() string {
	s := e.Request.Method + " " + e.Request.Path
	if e.Request.Query != "" {
		s += "?" + e.Request.Query
	}
	return s + "\n" + e.Request.Body
}
