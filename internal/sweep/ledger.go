package sweep

import (
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// Ledger follows the intents, creates and deletes of a journal. It is a [result.Sink].
type Ledger struct {
	URL    string // of the target
	Prefix string // of the run
	list   []result.Object
	byID   map[string][]int
	named  map[string][]int // intents that no create has answered yet, by what was sent
}

// Emit takes one event.
func (l *Ledger) Emit(ev result.Event) {
	if l.byID == nil {
		l.byID, l.named = map[string][]int{}, map[string][]int{}
	}
	if ev.Target != nil {
		l.URL = ev.Target.URL
	}
	if ev.Run != nil {
		l.Prefix = ev.Run.Prefix
	}
	if ev.Object == nil {
		return
	}
	o := *ev.Object
	o.Endpoint = strings.Trim(o.Endpoint, "/")
	switch ev.Type {
	case result.ObjectIntent:
		l.named[intentKey(o)] = append(l.named[intentKey(o)], len(l.list))
		l.list = append(l.list, o)
	case result.ObjectCreated:
		l.created(o)
	case result.ObjectRefused:
		// A create that was answered with an error is looked for all the same: servers lie.
		if open := l.named[intentKey(o)]; len(open) > 0 && o.Why == "" {
			l.named[intentKey(o)] = open[1:]
			l.list[open[0]].State = Deleted
		}
	case result.ObjectDeleted:
		for _, i := range l.byID[strings.ToLower(o.Endpoint)+"/"+o.ID] {
			l.list[i].State = Deleted
		}
		for i, have := range l.list { // its id was none, and it was found by its name
			if o.ID == "" && o.Marker != "" && o.Marker == have.Marker && strings.EqualFold(o.Endpoint, have.Endpoint) {
				l.list[i].State = Deleted
			}
		}
	}
}

func intentKey(o result.Object) string {
	return o.Case + "\x00" + strings.Trim(o.Endpoint, "/") + "\x00" + o.Marker
}

func (l *Ledger) created(o result.Object) {
	i := len(l.list)
	if open := l.named[intentKey(o)]; len(open) > 0 {
		i, l.named[intentKey(o)] = open[0], open[1:]
		l.list[i] = o
	} else {
		l.list = append(l.list, o)
	}
	id := strings.ToLower(o.Endpoint) + "/" + o.ID
	l.byID[id] = append(l.byID[id], i)
}

// Mark is what every name of the run holds: its prefix, or the beginning of it where names were cut for the target.
func (l *Ledger) Mark() string {
	for _, o := range l.list {
		if o.ID != "" && len(o.Marker) >= len(ShortMark) && !contains(o.Marker, l.Prefix) && contains(o.Marker, ShortMark) {
			return ShortMark
		}
	}
	return l.Prefix
}

func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

// Open lists what may still be there, groups first and the newest first, the order in which it can be removed.
func (l *Ledger) Open() []result.Object {
	var groups, others []result.Object
	for i := len(l.list) - 1; i >= 0; i-- {
		switch o := l.list[i]; {
		case o.State == Deleted:
		case strings.EqualFold(o.Endpoint, "Groups"):
			groups = append(groups, o)
		default:
			others = append(others, o)
		}
	}
	return append(groups, others...)
}
