package result

import "testing"

// shows is an exchange whose answer is a resource.
func shows(id, method, answer string) Exchange {
	return Exchange{ID: id, Case: id[:len(id)-2], Request: Request{Method: method, Path: "/Groups/1"}, Response: &Response{Status: 200, Body: answer}}
}

// TestMovedIsNotIgnored: a group that lost its members was not left as it was, so "answered with success and not
// applied" is not why.
func TestMovedIsNotIgnored(t *testing.T) {
	const none, one, both = `{"id":"1"}`, `{"id":"1","members":[{"value":"a","display":"A"}]}`, `{"id":"1","members":[{"value":"b"},{"value":"a"}]}`
	texts := map[string]CauseText{
		"ignored":        {Stories: []string{"members.*"}, Unmoved: true},
		"members.remove": {Attribute: "members"},
	}
	for name, c := range map[string]struct {
		said []Exchange
		want bool // explained
	}{
		"nothing happened":             {[]Exchange{shows("a#1", "POST", both), shows("a#2", "PATCH", both), shows("a#3", "GET", both)}, true},
		"only names came":              {[]Exchange{shows("a#1", "POST", `{"id":"1","members":[{"value":"a"}]}`), shows("a#2", "PATCH", one), shows("a#3", "GET", one)}, true},
		"the group was emptied":        {[]Exchange{shows("a#1", "POST", none), shows("a#2", "PATCH", both), shows("a#3", "PATCH", none), shows("a#4", "GET", none)}, false},
		"another member went":          {[]Exchange{shows("a#1", "POST", both), shows("a#2", "PATCH", one), shows("a#3", "GET", one)}, false},
		"an earlier write had worked":  {[]Exchange{shows("a#1", "POST", none), shows("a#2", "PATCH", both), shows("a#3", "PATCH", both), shows("a#4", "GET", both)}, true},
		"nobody saw what was before":   {[]Exchange{shows("a#1", "PATCH", none), shows("a#2", "GET", none)}, true},
		"it was another resource":      {[]Exchange{shows("a#1", "POST", `{"id":"2"}`), shows("a#2", "PATCH", both), shows("a#3", "GET", both)}, true},
		"the answer shows no resource": {[]Exchange{shows("a#1", "POST", both), shows("a#2", "PATCH", none), shows("a#3", "GET", `[]`)}, true},
	} {
		last := c.said[len(c.said)-1].ID
		story := &causeDraft{key: "members.remove", first: 1, secondary: []*Check{{ID: "a/x", Outcome: Fail, Exchange: last}}}
		root := &causeDraft{key: "ignored", first: 2, primary: []*Check{{ID: "rfc/y", Outcome: Fail}}}
		explained([]*causeDraft{story, root}, texts, newTalk(c.said))
		if got := len(root.secondary) == 1; got != c.want {
			t.Errorf("%s: explained %v, want %v", name, got, c.want)
		}
	}
}

// TestFailedAs: a server that failed did not answer with success what should have been refused.
func TestFailedAs(t *testing.T) {
	texts := map[string]CauseText{"patch.invalid": {Answered: AnsweredSuccess}, "robust.syntax": {}, "errors.5xx": {Failed: true}}
	talk := newTalk([]Exchange{answerOf("ok#1", "PATCH", "", 200, ""), answerOf("no#1", "PATCH", "", 500, "")})
	for _, c := range []struct{ key, exchange, expected, want string }{
		{"patch.invalid", "no#1", "status 4xx", "errors.5xx"},
		{"patch.invalid", "ok#1", "status 4xx", "patch.invalid"},
		{"patch.invalid", "no#1", "status 200 or 204", "patch.invalid"},
		{"patch.invalid", "gone#1", "status 4xx", "patch.invalid"},
		{"robust.syntax", "no#1", "status 4xx", "robust.syntax"},
	} {
		k := &Check{ID: "a/refused", Outcome: Fail, Exchange: c.exchange, Expected: c.expected}
		if got := talk.failedAs(c.key, k, texts); got != c.want {
			t.Errorf("%s %s (%s): %s, want %s", c.key, c.exchange, c.expected, got, c.want)
		}
	}
}
