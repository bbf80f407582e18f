package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// attributeCell compares what was sent for an attribute with what a read shows, notes it in the
// attribute table of the fact sheet, sub-attributes included, and tells the outcome to the step:
// state is yes, altered, partly, ignored or refused; text says what differs.
//
// Arguments: attribute (an entry of attributes()), cell (create, replace, patch, filter, returned),
// and either state (as the suite found it) or status, sent, got and before.
func attributeCell(_ context.Context, s *scope, _ *suites.Step, args map[string]any) (map[string]any, error) {
	item, ok := args["attribute"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("attribute-cell: attribute must be an entry of attributes()")
	}
	cell, path := text(args["cell"]), text(item["path"])
	if state := text(args["state"]); state != "" {
		s.attributeRow(item, path, cell, state)
		return map[string]any{"state": state, "text": ""}, nil
	}
	if status := intOr(args["status"], 0); status >= 400 || status == 0 {
		state := "refused"
		if status == 0 || status >= 500 {
			state = "untested"
		}
		s.attributeRow(item, path, cell, state)
		return map[string]any{"state": state, "text": fmt.Sprintf("status %d", status)}, nil
	}
	state, diff := keptValue(args["sent"], args["got"], args["before"])
	s.attributeRow(item, path, cell, state)
	for _, sub := range subsOf(item) {
		name := text(sub["name"])
		sent := subOf(args["sent"], name)
		if sent == nil {
			continue
		}
		st, _ := keptValue(sent, subOf(args["got"], name), subOf(args["before"], name))
		s.attributeRow(sub, path+"."+name, cell, st)
	}
	return map[string]any{"state": state, "text": diff}, nil
}

func (s *scope) attributeRow(item map[string]any, path, cell, state string) {
	if state == "partly" {
		state = "altered"
	}
	typ := text(item["type"])
	if item["multiValued"] == true {
		typ += "[]"
	}
	resource := text(item["resource"])
	if resource == "" {
		if i, ok := s.vars["item"].(map[string]any); ok {
			resource = text(i["resource"])
		}
	}
	s.e.emit(result.Event{Type: result.AttributeSeen, Case: s.base,
		Attribute: &result.AttributeRow{Resource: resource, Attribute: path, Type: typ, Cells: map[string]string{cell: state}}})
}

// subOf is a sub-attribute of a complex value, or of the only element of a multi-valued one.
func subOf(v any, name string) any {
	if l, ok := v.([]any); ok {
		if len(l) == 0 {
			return nil
		}
		v = l[0]
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	x, _ := member(m, name)
	return x
}

// keptValue compares what was sent with what came back. A value in another form is altered, which
// RFC 7644 section 3.3 permits; one that is absent, or still the one before, was ignored.
func keptValue(sent, got, before any) (state, diff string) {
	switch w := sent.(type) {
	case map[string]any:
		return keptObject(w, got, before)
	case []any:
		return keptList(w, got, before)
	}
	switch {
	case isEmpty(got) || got == "":
		return "ignored", show(sent) + " is not there"
	case sameScalar(sent, got):
		return "yes", ""
	case !isEmpty(before) && sameScalar(before, got):
		return "ignored", "still " + show(got) + " instead of " + show(sent)
	}
	return "altered", show(got) + " instead of " + show(sent)
}

// sameScalar takes equal instants and equal numbers for equal, whatever their spelling.
func sameScalar(a, b any) bool {
	if sameValue(a, b, "value") { // letter case may be the server's (RFC 7643 section 7)
		return true
	}
	x, ok1 := a.(string)
	y, ok2 := b.(string)
	if !ok1 || !ok2 {
		return false
	}
	s, err1 := time.Parse(time.RFC3339Nano, x)
	t, err2 := time.Parse(time.RFC3339Nano, y)
	return err1 == nil && err2 == nil && s.Equal(t) || strings.TrimRight(x, "=") == strings.TrimRight(y, "=")
}

func keptObject(sent map[string]any, got, before any) (string, string) {
	g, ok := got.(map[string]any)
	if !ok {
		if isEmpty(got) {
			return "ignored", show(sent) + " is not there"
		}
		return "altered", show(got) + " instead of " + show(sent)
	}
	b, _ := before.(map[string]any)
	count := map[string]int{}
	var diffs []string
	for _, k := range sortedKeys(sent) {
		x, _ := member(g, k)
		y, _ := member(b, k)
		st, d := keptValue(sent[k], x, y)
		if same, _ := keptValue(sent[k], y, nil); same == "yes" && st == "ignored" && !isEmpty(x) {
			st, d = "yes", ""
		}
		count[st]++
		if d != "" {
			diffs = append(diffs, k+": "+d)
		}
	}
	diff := strings.Join(diffs, "; ")
	switch {
	case count["ignored"] == len(sent):
		return "ignored", diff
	case count["ignored"] > 0 || count["partly"] > 0:
		return "partly", diff
	case count["altered"] > 0:
		return "altered", diff
	}
	return "yes", ""
}

// keptList looks for each element that was sent among those that came back.
func keptList(sent []any, got, before any) (string, string) {
	g, ok := got.([]any)
	if !ok {
		if isEmpty(got) {
			return "ignored", show(sent) + " is not there"
		}
		return "altered", show(got) + " instead of an array"
	}
	worst, diff := "yes", ""
	for _, e := range sent {
		best, bestDiff := "ignored", show(e)+" is not there"
		for _, x := range g {
			st, d := keptValue(e, x, nil)
			if keptRank(st) < keptRank(best) {
				best, bestDiff = st, d
			}
		}
		if keptRank(best) > keptRank("yes") && before != nil && equalUnordered(got, before) {
			best, bestDiff = "ignored", "still "+show(got)
		}
		if keptRank(best) > keptRank(worst) {
			worst, diff = best, bestDiff
		}
	}
	return worst, diff
}

func keptRank(state string) int {
	switch state {
	case "yes":
		return 0
	case "altered":
		return 1
	case "partly":
		return 2
	}
	return 3
}
