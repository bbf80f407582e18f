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
	}{
		{"read after it", "ignored", "patched#2", true},
		{"refused", "ignored", "refused#1", false},
		{"refused", "refused", "refused#1", true},
		{"answered with success", "refused", "patched#1", false},
		{"never sent", "ignored", "read#1", false},
		{"sent by the fixture alone", "ignored", "given#2", false},
		{"no answer", "refused", "lost#1", true},
		{"no answer", "ignored", "lost#1", false},
		{"no exchange", "ignored", "", true},
		{"an exchange that is not there", "ignored", "other#1", true},
		{"a rule that nobody can read", "broken", "read#1", true},
	} {
		if got := newTalk(said).fits(texts[c.cause], &Check{Exchange: c.exchange}); got != c.want {
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
