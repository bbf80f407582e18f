package exchange

import (
	"slices"

	"github.com/scimmage/scimmage/internal/result"
)

// Event takes secrets out of everything that an event says in words: checks, facts and errors quote what a server answered,
// and a server may answer with our own credential. Exchanges are redacted where they are recorded. The event shares nothing
// with the one that was given but what is left as it was.
func (r *Redactor) Event(ev result.Event) result.Event {
	clean := func(fields ...*string) {
		for _, f := range fields {
			*f = r.Prose(*f)
		}
	}
	clean(&ev.Text)
	if ev.Check != nil {
		c := *ev.Check
		clean(&c.Summary, &c.Expected, &c.Actual, &c.Reason)
		c.Title = r.Text(c.Title) // words of a suite
		c.Notes = slices.Clone(c.Notes)
		for i := range c.Notes {
			clean(&c.Notes[i])
		}
		ev.Check = &c
	}
	if ev.Fact != nil {
		f := *ev.Fact
		clean(&f.Note)
		f.Value = r.plain(f.Value)
		ev.Fact = &f
	}
	if ev.Story != nil {
		s := *ev.Story
		clean(&s.Text, &s.Admin)
		ev.Story = &s
	}
	if ev.Ended != nil {
		e := *ev.Ended
		clean(&e.Reason)
		ev.Ended = &e
	}
	if ev.Diagnosis != nil {
		d := *ev.Diagnosis
		clean(&d.Message, &d.Hint)
		ev.Diagnosis = &d
	}
	if ev.Object != nil {
		o := *ev.Object
		if r.ours(o.Marker) { // it is a test person, and cleanup looks for it
			o.ID, o.Marker, o.Location = r.Text(o.ID), r.Text(o.Marker), r.Text(o.Location)
		} else {
			o.Location = r.URL(o.Location)
			clean(&o.ID, &o.Marker)
		}
		clean(&o.Why)
		ev.Object = &o
	}
	if ev.Run != nil {
		run := *ev.Run
		clean(&run.PartialWhy)
		run.Command = r.Text(run.Command)
		ev.Run = &run
	}
	return ev
}

// plain redacts the texts inside of a fact's value.
func (r *Redactor) plain(v any) any {
	switch t := v.(type) {
	case string:
		return r.Prose(t)
	case []any:
		out := make([]any, len(t))
		for i := range t {
			out[i] = r.plain(t[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(t))
		for k := range t {
			out[r.Prose(k)] = r.plain(t[k])
		}
		return out
	}
	return v
}
