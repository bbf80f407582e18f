package result

import (
	"fmt"
	"slices"
	"strings"
)

// Document makes the document of what has been seen so far. It can be called at any time; while
// the run has not ended the document is partial.
func (f *Fold) Document() *Document {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := &Document{
		Schema: SchemaID, Tool: f.tool, Run: f.run, Target: f.target, Diagnosis: f.diagnosis,
		Profiles:  slices.Clone(f.plan.Profiles),
		Readiness: map[string]Readiness{},
		Facts:     map[string]any{},
	}
	if d.Profiles == nil {
		d.Profiles = []Profile{}
	}
	d.Exchanges = f.orderedExchanges()
	d.Suites = f.orderedSuites(d.Exchanges)
	f.finishRun(d)
	f.finishFacts(d)
	d.Leftovers = f.leftovers()
	f.derive(d)
	return d
}

// derive computes everything that is a function of the cases and the plan.
func (f *Fold) derive(d *Document) {
	x := newIndex(d)
	d.Causes = buildCauses(d, x, f.plan.Causes)
	d.Requirements = requirementResults(d, f.plan.Requirements)
	d.Coverage = coverage(d.Requirements)
	d.Features = featureVerdicts(d, x, f.plan.Features)
	for _, p := range d.Profiles {
		rule, ok := f.plan.Readiness[p.ID]
		if !ok {
			rule = defaultReadiness(d, p.ID)
		}
		d.Readiness[p.ID] = readiness(d, p, rule)
	}
	d.Compatibility = compatibility(d, f.plan.Needs)
	scoring := f.plan.Scoring.orDefault()
	for i := range d.Suites {
		d.Suites[i].Score = suiteScore(d.Suites[i], scoring)
		d.Suites[i].Published = publishedVerdict(d.Suites[i])
	}
	if f.noGrade != "" {
		scoring.Grades = nil
	}
	d.Score = score(d, scoring)
	if f.noGrade != "" {
		d.Score.NoGrade = f.noGrade
	}
	d.Counts = counts(d)
}

func (f *Fold) orderedExchanges() []Exchange {
	list := slices.Clone(f.exchanges)
	for _, x := range list { // a case may have become known after its first exchange
		seq := x.seq
		x.place = f.placeOf(x.ID, x.Case)
		x.seq = seq
	}
	slices.SortStableFunc(list, func(a, b *rankedExchange) int { return a.compare(b.place) })
	out := make([]Exchange, len(list))
	for i := range list {
		out[i] = list[i].Exchange
	}
	return out
}

func (f *Fold) orderedSuites(exchanges []Exchange) []Suite {
	ids := map[string][]string{}
	for _, x := range exchanges {
		if x.Case != "" {
			ids[x.Case] = append(ids[x.Case], x.ID)
		}
	}
	suites := make([]Suite, 0, len(f.plan.Suites))
	for _, s := range f.plan.Suites {
		s.Cases = slices.Clone(s.Cases)
		suites = append(suites, s)
	}
	suites = f.addUnplanned(suites)
	for i := range suites {
		if suites[i].Cases == nil {
			suites[i].Cases = []Case{}
		}
		for j := range suites[i].Cases {
			c := &suites[i].Cases[j]
			f.fillCase(c)
			c.Exchanges = ids[c.ID]
			if suites[i].Kind == KindAutomatic {
				slices.SortFunc(c.Checks, func(a, b Check) int { return strings.Compare(a.ID, b.ID) })
			}
		}
	}
	return suites
}

// addUnplanned gives cases that no plan announced a place at the end: what happened is reported.
func (f *Fold) addUnplanned(suites []Suite) []Suite {
	extra := slices.DeleteFunc(slices.Clone(f.unplanned), func(id string) bool {
		_, planned := f.rank[id]
		return planned || !strings.Contains(id, "/") // discovery and the like belong to the run, not to a suite
	})
	slices.Sort(extra)
	for _, id := range extra {
		parent := parentID(id)
		i := slices.IndexFunc(suites, func(s Suite) bool { return s.ID == parent })
		if i < 0 {
			suites = append(suites, Suite{ID: parent, Title: parent, Kind: "user"})
			i = len(suites) - 1
		}
		suites[i].Cases = append(suites[i].Cases, Case{ID: id, Title: id})
	}
	return suites
}

// fillCase puts what was seen of a case into its planned form.
func (f *Fold) fillCase(c *Case) {
	c.Checks = []Check{}
	s := f.cases[c.ID]
	if s == nil || !(s.started || s.end != nil || len(s.checks) > 0) {
		f.fillUnstarted(c)
		return
	}
	c.StartedAt = s.at
	c.Story = slices.Clone(s.story)
	worst := Outcome("")
	for _, k := range s.checks {
		c.Checks = append(c.Checks, *k)
		worst = worse(worst, k.Outcome)
	}
	if s.end == nil {
		f.fillUnended(c, worst)
		return
	}
	c.DurationMS, c.BlockedBy, c.SkipKind, c.Reason = s.end.DurationMS, s.end.BlockedBy, s.end.SkipKind, s.end.Reason
	c.Outcome = caseOutcome(s.end.Outcome, worst)
	if c.Outcome == Skip && c.Reason == "" {
		inheritSkip(c)
	}
	if c.Outcome != Skip {
		c.SkipKind, c.BlockedBy = "", ""
	}
	if c.Outcome != Skip && c.Outcome != Error {
		c.Reason = ""
	}
}

// caseOutcome joins what the engine says of a case with the worst of its checks. A failing check
// always fails its case; a case that was given up on the way stays skipped although some checks
// before that had passed.
func caseOutcome(ended, worst Outcome) Outcome {
	switch {
	case ended == "" && worst == "":
		return Pass
	case ended == "" || worst == "":
		return worse(ended, worst)
	case ended == Skip && badness[worst] < badness[Warn]:
		return Skip
	}
	return worse(ended, worst)
}

// worse is Worst for values that may still be empty.
func worse(a, b Outcome) Outcome {
	if a == "" {
		return b
	}
	if b == "" {
		return a
	}
	return Worst(a, b)
}

// inheritSkip gives a skipped case the reason of its first skipped check: no skip without reason.
func inheritSkip(c *Case) {
	for _, k := range c.Checks {
		if k.Outcome == Skip && k.Reason != "" {
			c.Reason, c.SkipKind, c.BlockedBy = k.Reason, k.SkipKind, k.BlockedBy
			return
		}
	}
	c.Reason = "no reason was recorded"
}

func (f *Fold) fillUnstarted(c *Case) {
	if c.Outcome == Skip {
		if c.Reason == "" {
			c.Reason = "no reason was recorded"
		}
		return
	}
	c.Outcome, c.SkipKind, c.Reason = Skip, SkipAborted, "the run ended before this case was started"
	if f.diagnosis != nil {
		c.Reason = "the target could not be tested: " + f.diagnosis.Message
	}
}

// fillUnended closes a case that the end of the run cut off. What it had found stays found.
func (f *Fold) fillUnended(c *Case, worst Outcome) {
	c.Outcome, c.SkipKind, c.Reason = Skip, SkipAborted, "the run ended in the middle of this case"
	if f.diagnosis != nil {
		c.Reason = "the target could not be tested: " + f.diagnosis.Message
	}
	if worst == Fail {
		c.Outcome, c.SkipKind = Fail, ""
	}
}

// finishRun counts requests and time, and decides whether the run is partial.
func (f *Fold) finishRun(d *Document) {
	r := &d.Run
	if r.Started.IsZero() {
		r.Started = f.first
	}
	if r.DurationMS == 0 && !f.last.IsZero() {
		r.DurationMS = f.last.Sub(f.first).Milliseconds()
	}
	r.Requests, r.RateLimited = 0, 0
	ms := 0.0
	for _, x := range d.Exchanges {
		ms += x.Timing.Total
		if !neverSent(x) {
			r.Requests += 1 + len(x.Attempts)
		}
		for _, a := range x.Attempts {
			if a.Status == 429 {
				r.RateLimited++
			}
		}
	}
	r.HTTPMS = int64(ms + 0.5)
	f.decidePartial(d)
}

// neverSent reports whether the exchange layer refused to send: such a request does not count.
func neverSent(x Exchange) bool {
	return x.Response == nil && x.Error != nil && (x.Error.Kind == "guard" || x.Error.Kind == "limit")
}

func (f *Fold) decidePartial(d *Document) {
	cut := 0
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			if st := f.cases[c.ID]; (c.Outcome == Skip && c.SkipKind == SkipAborted) || (st != nil && st.started && st.end == nil) {
				cut++
			}
		}
	}
	r := &d.Run
	switch {
	case !f.ended:
		r.Partial = true
		r.PartialWhy = "the journal has no end of the run: it was interrupted or is still going on"
	case r.Partial || d.Diagnosis != nil:
	case cut > 0:
		r.Partial = true
		r.PartialWhy = fmt.Sprintf("%s planned but did not run to the end", plural(cut, "case was", "cases were"))
	}
	if r.Partial && r.PartialWhy == "" {
		r.PartialWhy = "the run was interrupted"
	}
}

func (f *Fold) finishFacts(d *Document) {
	facts := slices.Clone(f.facts)
	slices.SortStableFunc(facts, func(a, b placed[Fact]) int { return a.compare(b.place) })
	groups := []string{}
	byGroup := map[string][]Fact{}
	for _, p := range facts {
		v := p.value
		if _, ok := d.Facts[v.ID]; ok {
			continue // the first case in the plan that measured it decides
		}
		d.Facts[v.ID] = v.Value
		if _, ok := byGroup[v.Group]; !ok {
			groups = append(groups, v.Group)
		}
		byGroup[v.Group] = append(byGroup[v.Group], v)
	}
	d.FactSheet = []Fact{}
	for _, g := range groups {
		d.FactSheet = append(d.FactSheet, byGroup[g]...)
	}
	d.Attributes = f.attributeRows()
}

func (f *Fold) attributeRows() []AttributeRow {
	rows := slices.Clone(f.rows)
	slices.SortStableFunc(rows, func(a, b placed[AttributeRow]) int { return a.compare(b.place) })
	var out []AttributeRow
	at := map[[2]string]int{}
	for _, p := range rows {
		v := p.value
		key := [2]string{v.Resource, v.Attribute}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, AttributeRow{Resource: v.Resource, Attribute: v.Attribute, Type: v.Type, Cells: map[string]string{}})
		}
		for cell, text := range v.Cells {
			if old := out[i].Cells[cell]; old == "" || old == "untested" {
				out[i].Cells[cell] = text
			}
		}
	}
	return out
}

// leftovers are the objects that this run made and did not remove. While the clean-up was not
// reached, that includes creates whose answer never arrived: the object may be there.
func (f *Fold) leftovers() []Object {
	objects := slices.Clone(f.objects)
	slices.SortStableFunc(objects, func(a, b placed[Object]) int { return a.compare(b.place) })
	var list []Object
	for _, p := range objects {
		o := p.value
		i := slices.IndexFunc(list, func(have Object) bool { return sameObject(have, o) })
		switch {
		case i < 0 && o.State != "deleted" && o.State != "failed":
			list = append(list, o)
		case i < 0:
		case o.State == "deleted" || o.State == "failed":
			list = slices.Delete(list, i, i+1)
		default:
			list[i] = joinObject(list[i], o)
		}
	}
	if f.ended && !f.run.Partial {
		list = slices.DeleteFunc(list, func(o Object) bool { return o.State == "intended" })
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

func sameObject(a, b Object) bool {
	if !strings.EqualFold(strings.Trim(a.Endpoint, "/"), strings.Trim(b.Endpoint, "/")) {
		return false
	}
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID && (a.Marker == "" || b.Marker == "" || a.Marker == b.Marker) // servers give the same id twice
	}
	return a.Marker != "" && a.Marker == b.Marker
}

func joinObject(a, b Object) Object {
	for _, p := range []struct{ old, new *string }{{&a.ID, &b.ID}, {&a.Marker, &b.Marker}, {&a.Location, &b.Location}, {&a.Case, &b.Case}, {&a.Why, &b.Why}} {
		if *p.new == "" {
			*p.new = *p.old
		}
	}
	return b
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
