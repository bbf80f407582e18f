package result

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fold makes a Document from the events of a run. It is a Sink, safe for concurrent use, and the
// only place where anything is counted. The order of the document is that of the plan and, within
// a case, that of its steps; the order in which concurrent cases happened to report is not visible.
type Fold struct {
	mu sync.Mutex

	tool      Tool
	run       Run
	target    Target
	diagnosis *Diagnosis
	plan      Plan
	ended     bool
	noGrade   string // set where journals of several targets are merged
	first     time.Time
	last      time.Time

	rank      map[string]int // case id → place in the plan
	cases     map[string]*caseState
	unplanned []string
	exchanges []*rankedExchange
	seen      map[string]bool // exchange ids
	seq       int
	facts     []placed[Fact]
	rows      []placed[AttributeRow]
	objects   []placed[Object]
}

// place orders what concurrent cases report: by case, then by arrival within the case.
type place struct{ rank, n, seq int }

func (p place) compare(q place) int {
	switch {
	case p.rank != q.rank:
		return p.rank - q.rank
	case p.n != q.n:
		return p.n - q.n
	}
	return p.seq - q.seq
}

type placed[T any] struct {
	place
	value T
}

type rankedExchange struct {
	place
	Exchange
}

type caseState struct {
	started bool
	at      time.Time
	end     *CaseEnd
	checks  []*Check
	byID    map[string]*Check
	story   []StoryLine
}

// Places of what belongs to no case.
const (
	beforeCases = -1
	afterCases  = 1 << 30
)

// MaxOccurrences is how many exchanges a finding names that showed more than once; the rest is counted. Where all are named,
// nothing that happened apart from them is taken for a consequence of the finding (ADR 0078).
const MaxOccurrences = 50

// NewFold returns an empty fold.
func NewFold() *Fold {
	return &Fold{rank: map[string]int{}, cases: map[string]*caseState{}, seen: map[string]bool{}}
}

// Emit takes one event.
func (f *Fold) Emit(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	f.clock(e)
	switch e.Type {
	case RunStarted, RunEnded:
		f.takeRun(e)
	case Planned:
		f.takePlan(e)
	case Diagnosed:
		f.takeDiagnosis(e)
	case CaseStarted, CaseEnded, StoryTold:
		f.takeCase(e)
	case ExchangeDone:
		f.takeExchange(e)
	case CheckDone:
		f.takeCheck(e)
	case FactFound, AttributeSeen:
		f.takeFact(e)
	case ObjectIntent, ObjectCreated, ObjectRefused, ObjectDeleted, ObjectLeft:
		f.takeObject(e)
	}
}

func (f *Fold) clock(e Event) {
	if e.At.IsZero() {
		return
	}
	if at := normalTime(e.At); f.first.IsZero() {
		f.first, f.last = at, at
	} else if at.After(f.last) {
		f.last = at
	}
}

func (f *Fold) takeRun(e Event) {
	if e.Tool != nil {
		f.tool = throughJSON(*e.Tool)
	}
	if e.Target != nil {
		f.target = throughJSON(*e.Target)
	}
	if e.Run != nil {
		f.run = throughJSON(*e.Run)
		f.run.Started = normalTime(f.run.Started)
	}
	if e.Type == RunEnded {
		f.ended = true
	}
}

func (f *Fold) takePlan(e Event) {
	if e.Plan == nil {
		return
	}
	f.plan = throughJSON(*e.Plan)
	n := 0
	for _, s := range f.plan.Suites {
		for _, c := range s.Cases {
			if _, ok := f.rank[c.ID]; !ok {
				f.rank[c.ID] = n
				n++
			}
		}
	}
}

func (f *Fold) takeDiagnosis(e Event) {
	if e.Diagnosis == nil || f.diagnosis != nil {
		return
	}
	d := throughJSON(*e.Diagnosis)
	f.diagnosis = &d
}

// state returns the state of a case, which need not be in the plan: what happened is reported.
func (f *Fold) state(id string) *caseState {
	s := f.cases[id]
	if s == nil {
		s = &caseState{byID: map[string]*Check{}}
		f.cases[id] = s
		if _, ok := f.rank[id]; !ok {
			f.unplanned = append(f.unplanned, id)
		}
	}
	return s
}

func (f *Fold) takeCase(e Event) {
	if e.Case == "" {
		return
	}
	s := f.state(e.Case)
	switch e.Type {
	case CaseStarted:
		s.started, s.at = true, normalTime(e.At)
	case CaseEnded:
		if e.Ended != nil {
			s.end = betterEnd(s.end, *e.Ended)
		}
	case StoryTold:
		if e.Story != nil {
			s.tell(*e.Story)
		}
	}
}

// betterEnd keeps the end of the run that really ran the case, where journals of shards are merged.
func betterEnd(old *CaseEnd, e CaseEnd) *CaseEnd {
	e = throughJSON(e)
	if old == nil || old.Outcome == Skip || (e.Outcome != Skip && badness[e.Outcome] > badness[old.Outcome]) {
		return &e
	}
	return old
}

// tell adds a story line; a line that was told before its outcome was known is replaced.
func (s *caseState) tell(l StoryLine) {
	l = throughJSON(l)
	for i := range s.story {
		if s.story[i].Step == l.Step && s.story[i].Text == l.Text && s.story[i].Outcome == "" {
			s.story[i] = l
			return
		}
	}
	s.story = append(s.story, l)
}

func (f *Fold) takeExchange(e Event) {
	if e.Exchange == nil {
		return
	}
	x := normalExchange(*e.Exchange)
	if x.Case == "" {
		x.Case = e.Case
	}
	if x.ID == "" {
		x.ID = f.freeID(x.Case)
	}
	if f.seen[x.ID] {
		x.ID = f.freeID(x.ID + "~")
	}
	f.seen[x.ID] = true
	if x.Case != "" {
		f.state(x.Case)
	}
	f.exchanges = append(f.exchanges, &rankedExchange{f.placeOf(x.ID, x.Case), x})
}

func (f *Fold) freeID(base string) string {
	for n := 1; ; n++ {
		if id := base + "#" + strconv.Itoa(n); !f.seen[id] {
			return id
		}
	}
}

// placeOf finds the place of an exchange from its id "<case>#<n>". Discovery comes before all
// cases and "cleanup#n" after them.
func (f *Fold) placeOf(id, caseID string) place {
	name, num := id, ""
	if i := strings.LastIndexByte(id, '#'); i >= 0 {
		name, num = id[:i], id[i+1:]
	}
	n, _ := strconv.Atoi(num)
	if caseID == "" {
		caseID = name
	}
	p := place{rank: beforeCases, n: n, seq: f.seq}
	if r, ok := f.rank[caseID]; ok {
		p.rank = r
	} else if strings.HasSuffix(name, "cleanup") {
		p.rank = afterCases
	} else if i := slices.Index(f.unplanned, caseID); i >= 0 {
		p.rank = afterCases/2 + i
	}
	return p
}

func (f *Fold) takeCheck(e Event) {
	if e.Check == nil || e.Check.ID == "" {
		return
	}
	c := normalCheck(*e.Check)
	id := e.Case
	if id == "" {
		id = parentID(c.ID)
	}
	s := f.state(id)
	if old := s.byID[c.ID]; old != nil {
		*old = f.mergeChecks(*old, c)
		return
	}
	s.byID[c.ID] = &c
	s.checks = append(s.checks, &c)
}

// mergeChecks joins two reports of one check id: the worse decides, then the earlier exchange.
// It is associative and commutative, so that the order of concurrent cases does not show.
func (f *Fold) mergeChecks(a, b Check) Check {
	if f.checkBefore(b, a) {
		a, b = b, a
	}
	if a.Outcome != b.Outcome {
		return a
	}
	a.Occurrences = max(a.Occurrences, 1) + max(b.Occurrences, 1)
	all := make([]string, 0, len(a.Exchanges)+len(b.Exchanges)+2)
	for _, c := range []Check{a, b} {
		all = append(all, c.Exchanges...)
		if len(c.Exchanges) == 0 && c.Exchange != "" {
			all = append(all, c.Exchange)
		}
	}
	slices.SortFunc(all, f.compareExchangeIDs)
	all = slices.Compact(all)
	a.Exchanges = all[:min(len(all), MaxOccurrences)]
	return a
}

func (f *Fold) checkBefore(a, b Check) bool {
	if badness[a.Outcome] != badness[b.Outcome] {
		return badness[a.Outcome] > badness[b.Outcome]
	}
	if c := f.compareExchangeIDs(a.Exchange, b.Exchange); c != 0 {
		return c < 0
	}
	return a.Summary < b.Summary
}

func (f *Fold) compareExchangeIDs(a, b string) int {
	p, q := f.placeOf(a, ""), f.placeOf(b, "")
	p.seq, q.seq = 0, 0
	if c := p.compare(q); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// casePlace orders facts and objects: what discovery found first, then by case.
func (f *Fold) casePlace(caseID, exchange string) place {
	if caseID == "" {
		caseID = exchangeCase(exchange)
	}
	if r, ok := f.rank[caseID]; ok {
		return place{rank: r, seq: f.seq}
	}
	return place{rank: beforeCases, seq: f.seq}
}

func (f *Fold) takeFact(e Event) {
	if e.Fact != nil {
		v := throughJSON(*e.Fact)
		f.facts = append(f.facts, placed[Fact]{f.casePlace(e.Case, v.Exchange), v})
	}
	if e.Attribute != nil {
		v := throughJSON(*e.Attribute)
		f.rows = append(f.rows, placed[AttributeRow]{f.casePlace(e.Case, ""), v})
	}
}

func (f *Fold) takeObject(e Event) {
	if e.Object == nil {
		return
	}
	o := throughJSON(*e.Object)
	if o.Case == "" {
		o.Case = e.Case
	}
	switch e.Type {
	case ObjectIntent:
		o.State = "intended"
	case ObjectCreated:
		if o.State == "" {
			o.State = "created"
		}
	case ObjectRefused:
		o.State = "failed"
	case ObjectDeleted:
		o.State = "deleted"
	case ObjectLeft:
		if o.State == "" || o.State == "deleted" || o.State == "intended" { // what is only intended is not listed when a run is whole
			o.State = "left"
		}
	}
	f.objects = append(f.objects, placed[Object]{f.casePlace(o.Case, ""), o})
}

// exchangeCase is the case part of an exchange id.
func exchangeCase(id string) string {
	if i := strings.LastIndexByte(id, '#'); i >= 0 {
		return id[:i]
	}
	return ""
}

// parentID is the id above: the case of a check, the suite of a case.
func parentID(id string) string {
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		return id[:i]
	}
	return ""
}
