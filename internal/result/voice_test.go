package result

import (
	"testing"
)

// answerOf is an exchange with a request and an answer.
func answerOf(id, method, body string, status int, answer string) Exchange {
	in := id[:len(id)-2]
	return Exchange{ID: id, Case: in, Request: Request{Method: method, Path: "/Users", Body: body, Headers: []Header{{Name: "Content-Type", Value: "application/json; charset=utf-8"}}},
		Response: &Response{Status: status, Body: answer}}
}

func accepted(exchange string) *Check {
	return &Check{ID: exchange[:len(exchange)-2] + "/send.accepted", Outcome: Fail, Exchange: exchange}
}

// TestWords: what a server says when it refuses, without the values in it.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"the same with other values", `{"detail":"Attribute 'groups' is readOnly and can't be set"}`, `{"detail":"Attribute 'meta' is readOnly and can't be set"}`, true},
		{"the same with other names", `{"detail":"unknown attribute: custom"}`, `{"detail":"unknown attribute: nickname"}`, true},
		{"ids and positions", `{"detail":"user 4711 at 3: conflict"}`, `{"detail":"user 12 at 88: conflict"}`, true},
		{"another reason", `{"detail":"Schema validation failed: groups: Attribute 'groups' is readOnly and cannot be set by the client."}`, `{"detail":"Schema validation failed: schemas: Schema URN 'urn:x' is not recognized for this resource type."}`, false},
		{"a word against another", `{"detail":"conflict"}`, `{"detail":"required"}`, false},
		{"no SCIM error", `{"message":"no such thing"}`, `{"message":"No such thing."}`, true},
		{"text", "Bad Request: no value", "Bad Request: no value", true},
	} {
		talk := newTalk([]Exchange{answerOf("a#1", "POST", "", 400, c.a), answerOf("b#1", "POST", "", 400, c.b)})
		a, b := talk.refusal(accepted("a#1")), talk.refusal(accepted("b#1"))
		if a == nil || b == nil || a.alike(b) != c.want {
			t.Errorf("%s: %v and %v are not told apart as they should be", c.name, a, b)
		}
	}
	talk := newTalk([]Exchange{answerOf("ok#1", "POST", "", 200, `{"detail":"fine"}`), answerOf("mute#1", "POST", "", 400, `{"detail":""}`), answerOf("wanted#1", "POST", "", 400, `{"detail":"no"}`)})
	for _, k := range []*Check{accepted("ok#1"), accepted("mute#1"), {ID: "wanted/refused", Outcome: Fail, Exchange: "wanted#1", Expected: "status 409"}, {ID: "gone/send.accepted", Exchange: "gone#1"}} {
		if v := talk.refusal(k); v != nil {
			t.Errorf("%s has the reason %v", k.ID, v)
		}
	}
}

// TestExplainedByTheReason: the reason that the server gives decides between causes.
func TestExplainedByTheReason(t *testing.T) {
	const conflict, readOnly, missing = `{"detail":"conflict"}`, `{"detail":"'groups' is read-only"}`, `{"detail":"value is required"}`
	texts := map[string]CauseText{
		"read-only": {Stories: []string{"idp.*"}},
		"patch":     {Stories: []string{"idp.*"}},
		"numbers":   {},
	}
	for name, c := range map[string]struct {
		method, answer string
		said           map[string]string // cause: reason of its own finding
		want           string            // "" = stays a cause
	}{
		"the cause with that reason":            {"PATCH", conflict, map[string]string{"read-only": readOnly, "patch": conflict}, "patch"},
		"another reason than that of the cause": {"PATCH", missing, map[string]string{"read-only": readOnly, "patch": conflict}, ""},
		"given for several":                     {"PATCH", conflict, map[string]string{"read-only": conflict, "patch": conflict}, "read-only"},
		"for another method":                    {"PUT", conflict, map[string]string{"read-only": conflict}, "read-only"},
		"the very same, of no story":            {"PATCH", conflict, map[string]string{"numbers": conflict}, "numbers"},
		"like words are too little then":        {"PATCH", `{"detail":"value is missing"}`, map[string]string{"numbers": missing}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			said := []Exchange{answerOf("story#1", c.method, "", 400, c.answer)}
			drafts := []*causeDraft{{key: "idp.update", first: 1, secondary: []*Check{accepted("story#1")}}}
			for i, key := range []string{"read-only", "patch", "numbers"} {
				if reason, ok := c.said[key]; ok {
					said = append(said, answerOf(key+"#1", "PATCH", "", 400, reason))
					drafts = append(drafts, &causeDraft{key: key, first: 2 + i, primary: []*Check{accepted(key + "#1")}})
				}
			}
			got := ""
			for _, d := range explained(drafts, texts, newTalk(said)) {
				if d.key != "idp.update" && len(d.secondary) > 0 {
					got = d.key
				}
			}
			if got != c.want {
				t.Errorf("stands under %q, want %q", got, c.want)
			}
		})
	}
}

// TestExplainedWhereItWasNoticed: what every answer is looked at for explains nothing in cases where it was not seen.
func TestExplainedWhereItWasNoticed(t *testing.T) {
	texts := map[string]CauseText{"list.total": {Stories: []string{"idp.*"}}}
	for name, c := range map[string]struct {
		exchanges []string
		total     int
		want      bool
	}{
		"in that case":             {[]string{"other#3", "story#1"}, 2, true},
		"in other cases":           {[]string{"other#3", "third#1"}, 2, false},
		"in more than are known":   {[]string{"other#3", "third#1"}, 80, true},
		"not counted by exchanges": {nil, 0, true},
	} {
		root := &causeDraft{key: "list.total", first: 2, primary: []*Check{{ID: "every-response/lists/list-total", Outcome: Fail, Exchanges: c.exchanges, Occurrences: c.total}}}
		story := &causeDraft{key: "idp.import", first: 1, secondary: []*Check{{ID: "story/import.all", Outcome: Fail, Exchange: "story#2"}}}
		got := explained([]*causeDraft{story, root}, texts, newTalk(nil))
		if taken := len(root.secondary) == 1; taken != c.want || len(got) == 1 != c.want {
			t.Errorf("%s: explained %v, want %v", name, taken, c.want)
		}
	}
}

// TestRefusedAs: a story that was stopped by a refusal is told as a refusal.
func TestRefusedAs(t *testing.T) {
	texts := map[string]CauseText{
		"update.ignored": {Answered: AnsweredSuccess},
		"connection":     {},
		"patch.refused":  {Refused: `^\d+ PATCH `},
		"create.refused": {Refused: `^\d+ POST /Users`},
		"dotted":         {Refused: `^\d+ PATCH [^\n]*\n.*"[a-z]+\.[A-Za-z]+":`},
		"json":           {Refused: `^415 \S+ \S+ application/json\n`},
		"broken":         {Refused: `(`},
	}
	talk := newTalk([]Exchange{
		answerOf("plain#1", "PATCH", `{"path":"title"}`, 400, ""), answerOf("dotted#1", "PATCH", `{"name.givenName":"x"}`, 400, ""), answerOf("done#1", "PATCH", "", 200, ""),
		answerOf("json#1", "POST", "{}", 415, ""), answerOf("post#1", "POST", "{}", 400, ""), answerOf("get#1", "GET", "", 500, ""),
	})
	for _, c := range []struct{ exchange, own, want string }{
		{"plain#1", "update.ignored", "patch.refused"},
		{"dotted#1", "update.ignored", "dotted"},
		{"dotted#1", "patch.refused", "dotted"},
		{"done#1", "update.ignored", "update.ignored"},
		{"json#1", "create.refused", "json"},
		{"post#1", "create.refused", "create.refused"},
		{"post#1", "connection", "connection"},
		{"get#1", "update.ignored", "update.ignored"},
		{"lost#1", "update.ignored", "update.ignored"},
	} {
		if got := talk.refusedAs(c.own, accepted(c.exchange), texts); got != c.want {
			t.Errorf("%s of %s is told as %s, want %s", c.exchange, c.own, got, c.want)
		}
	}
	if got := talk.refusedAs("update.ignored", &Check{ID: "plain/after.status", Outcome: Fail, Exchange: "plain#1", Expected: "status 200"}, texts); got != "patch.refused" {
		t.Errorf("a status that was not that of a success is told as %s", got)
	}
	if got := talk.refusedAs("update.ignored", &Check{ID: "plain/after.status", Outcome: Fail, Exchange: "plain#1", Expected: "status 409"}, texts); got != "update.ignored" {
		t.Errorf("a refusal that was wanted is told as %s", got)
	}
}
