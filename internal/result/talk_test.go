package result

import (
	"slices"
	"testing"
)

// TestExplainedByWhatWasSaid: a cause explains a finding only where the requests and answers that it speaks of were there.
func TestExplainedByWhatWasSaid(t *testing.T) {
	texts := map[string]CauseText{
		"refused": {Stories: []string{"idp.*"}, Sent: `^PATCH `, Answered: AnsweredError},
		"ignored": {Stories: []string{"idp.*"}, Sent: `^PATCH [^\n]*\n.*"active"`, Answered: AnsweredSuccess},
		"reads":   {Stories: []string{"idp.*"}, Asked: `^GET `},
		"broken":  {Stories: []string{"idp.*"}, Sent: `(`},
	}
	ex := func(id, method, body string, status int) Exchange {
		x := Exchange{ID: id, Case: id[:len(id)-2], Request: Request{Method: method, Path: "/Users/1", Body: body}}
		if status != 0 {
			x.Response = &Response{Status: status}
		}
		return x
	}
	said := []Exchange{
		ex("patched#1", "PATCH", `{"active":false}`, 200), ex("patched#2", "GET", "", 200),
		ex("refused#1", "PATCH", `{"active":false}`, 500), ex("read#1", "GET", "", 200), ex("lost#1", "PATCH", `{"title":"x"}`, 0),
	}
	setup := ex("given#1", "PATCH", `{"active":false}`, 200)
	setup.Setup = true
	said = append(said, setup, ex("given#2", "GET", "", 200))
	for _, c := range []struct {
		name, cause, exchange string
		want                  bool
		id                    string
	}{
		{name: "read after it", cause: "ignored", exchange: "patched#2", want: true},
		{name: "refused", cause: "ignored", exchange: "refused#1"},
		{name: "refused", cause: "refused", exchange: "refused#1", want: true},
		{name: "answered with success", cause: "refused", exchange: "patched#1"},
		{name: "never sent", cause: "ignored", exchange: "read#1"},
		{name: "sent by the fixture alone", cause: "ignored", exchange: "given#2"},
		{name: "itself", cause: "reads", exchange: "patched#2", want: true},
		{name: "an earlier one only", cause: "reads", exchange: "patched#1"},
		{name: "no answer", cause: "refused", exchange: "lost#1", want: true},
		{name: "no answer", cause: "ignored", exchange: "lost#1"},
		{name: "no exchange", cause: "ignored", want: true},
		{name: "no exchange of its own", cause: "ignored", id: "patched/link.matched", want: true},
		{name: "no exchange of its own, and only such requests that were refused", cause: "ignored", id: "refused/link.matched"},
		{name: "no exchange of its own, and no such request", cause: "refused", id: "read/link.matched"},
		{name: "an exchange that is not there", cause: "ignored", exchange: "other#1", want: true},
		{name: "a rule that nobody can read", cause: "broken", exchange: "read#1", want: true},
	} {
		if got := newTalk(said).fits(texts[c.cause], &Check{ID: c.id, Exchange: c.exchange}); got != c.want {
			t.Errorf("%s %s (%s): %v, want %v", c.cause, c.exchange, c.name, got, c.want)
		}
	}
}

// TestExplainedInPart: what does not fit stays a cause of its own.
func TestExplainedInPart(t *testing.T) {
	texts := map[string]CauseText{"refused": {Stories: []string{"idp.*"}, Answered: AnsweredError}}
	said := []Exchange{
		{ID: "a#1", Case: "a", Response: &Response{Status: 400}},
		{ID: "b#1", Case: "b", Response: &Response{Status: 200}},
	}
	story := &causeDraft{key: "idp.update", first: 1, secondary: []*Check{{ID: "a/x", Outcome: Fail, Exchange: "a#1"}, {ID: "b/x", Outcome: Fail, Exchange: "b#1"}}}
	root := &causeDraft{key: "refused", first: 2, primary: []*Check{{ID: "rfc/y", Outcome: Fail}}}
	got := explained([]*causeDraft{story, root}, texts, newTalk(said))
	if len(got) != 2 || len(story.secondary) != 1 || story.secondary[0].ID != "b/x" || len(root.secondary) != 1 || root.secondary[0].ID != "a/x" {
		t.Errorf("%v of the story and %v of the root stay", story.secondary, root.secondary)
	}
}

// TestUnjudgedExplainsNothing: what nobody saw is no reason for anything.
func TestUnjudgedExplainsNothing(t *testing.T) {
	texts := map[string]CauseText{"ids": {Stories: []string{"*"}}}
	drafts := []*causeDraft{draftOf("groups", 1, "", Fail), draftOf("ids", 2, Error, "")}
	if got := explained(drafts, texts, newTalk(nil)); len(got) != 2 || slices.ContainsFunc(got, func(d *causeDraft) bool { return len(d.all()) != 1 }) {
		t.Errorf("%d causes", len(got))
	}
}
