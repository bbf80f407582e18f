package result

import "testing"

// TestSameThing: a cause that is about one thing explains only what is about that thing.
func TestSameThing(t *testing.T) {
	search := func(id, filter string) Exchange {
		return Exchange{ID: id, Case: id[:len(id)-2], Request: Request{Method: "GET", Path: "/Users", Query: "count=1&filter=" + filter}, Response: &Response{Status: 200}}
	}
	said := []Exchange{search("a#1", "externalId%20eq%20%22x%22"), search("b#1", "EXTERNALID+eq+%22y%22"), search("c#1", "title%20pr")}
	filters := CauseText{Same: `[?&]filter=([A-Za-z.]+)`}
	words := CauseText{About: `(?m)^(?:expected )?([a-z]+) (?:=|is)`}
	for _, c := range []struct {
		name string
		text CauseText
		of   Check // what makes the cause
		k    Check
		want bool
	}{
		{"the same attribute in another letter case", filters, Check{Exchange: "a#1"}, Check{Exchange: "b#1"}, true},
		{"another attribute", filters, Check{Exchange: "a#1"}, Check{Exchange: "c#1"}, false},
		{"no request", filters, Check{Exchange: "a#1"}, Check{}, false},
		{"a cause that says nothing of it", CauseText{}, Check{Exchange: "a#1"}, Check{Exchange: "c#1"}, true},
		{"the same name", words, Check{Summary: "emails is an array"}, Check{Summary: "x", Expected: "emails = two"}, true},
		{"another name", words, Check{Summary: "emails is an array"}, Check{Expected: "name = one"}, false},
		{"the place in the answer", CauseText{About: `(?m)^/([a-z]+)|^([a-z]+) `}, Check{At: &Locus{Pointer: "/name/givenName"}}, Check{Summary: "name is lost"}, true},
	} {
		talk := newTalk(said)
		if got := talk.sameThing(&causeDraft{primary: []*Check{&c.of}}, c.text, &c.k); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestMarked: a status that speaks for itself decides where a finding stands, if the finding is about that status.
func TestMarked(t *testing.T) {
	texts := map[string]CauseText{"accept": {Marks: `^406 `}, "json": {Marks: `^406 \S+ \S+ application/json\n`}, "other": {}}
	said := []Exchange{answerOf("a#1", "GET", "", 406, ""), answerOf("b#1", "GET", "", 404, ""), {ID: "c#1", Case: "c", Request: Request{Method: "GET", Path: "/Users"}, Response: &Response{Status: 406}}}
	for _, c := range []struct {
		k    Check
		want string
	}{
		{Check{Exchange: "a#1", Actual: "status 406"}, "json"},
		{Check{Exchange: "c#1", Actual: "status 406"}, "accept"},
		{Check{Exchange: "c#1", Summary: "not met: a detail for people"}, ""},
		{Check{Exchange: "b#1", Actual: "status 404"}, ""},
		{Check{Actual: "status 406"}, ""},
	} {
		if got := newTalk(said).marked(&c.k, texts); got != c.want {
			t.Errorf("%+v: %q, want %q", c.k, got, c.want)
		}
	}
}

// TestBeside: what was noticed only on answers that another cause is about already is no cause of its own.
func TestBeside(t *testing.T) {
	texts := map[string]CauseText{"5xx": {Beside: []string{"*"}}}
	for _, c := range []struct {
		name string
		k    Check
		want string
	}{
		{"all of them", Check{Occurrences: 2, Exchanges: []string{"a#1", "a#2"}}, "filter"},
		{"one", Check{Exchange: "a#2"}, "filter"},
		{"one more", Check{Occurrences: 3, Exchanges: []string{"a#1", "a#2", "a#3"}}, ""},
		{"some of which are not known", Check{Occurrences: 9, Exchanges: []string{"a#1"}}, ""},
		{"one that could not be judged", Check{Exchange: "a#4"}, ""},
		{"nothing", Check{}, ""},
	} {
		own := &causeDraft{key: "5xx", first: 1, primary: []*Check{&c.k}}
		filter := &causeDraft{key: "filter", first: 2, primary: []*Check{{Exchange: "a#1", Outcome: Fail}, {Exchange: "a#2", Outcome: Warn}, {Exchange: "a#4", Outcome: Error}}}
		got := ""
		if e := besides(own, &c.k, []*causeDraft{own, filter}, texts); e != nil {
			got = e.key
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestAnswered: what an answer has to be for a cause to explain what followed.
func TestAnswered(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		status             int
		want               []string
	}{
		{"GET", "/Users", `{"totalResults":1,"Resources":[{"id":"1"}]}`, 200, []string{AnsweredSuccess}},
		{"GET", "/Users", `{"totalResults":1,"Resources":[{"id":"1"},{}]}`, 200, []string{AnsweredSuccess, AnsweredNoID}},
		{"PATCH", "/Users/1", `{"Operations":[]}`, 200, []string{AnsweredSuccess, AnsweredNoID}},
		{"POST", "/Bulk", `{"Operations":[]}`, 200, []string{AnsweredSuccess}},
		{"GET", "/ServiceProviderConfig", `{"schemas":[]}`, 200, []string{AnsweredSuccess}},
		{"GET", "/Users/1", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}`, 200, []string{AnsweredSuccess, AnsweredErrorAsSuccess}},
		{"GET", "/Users", `{"totalResults":0}`, 200, []string{AnsweredSuccess}},
		{"GET", "/Users", `{"totalResults":1}`, 200, []string{AnsweredSuccess, AnsweredNoList}},
		{"GET", "/Users", `{"id":"1"}`, 200, []string{AnsweredSuccess, AnsweredNoList}},
		{"POST", "/Users/.search", `[]`, 200, []string{AnsweredSuccess, AnsweredNoList}},
		{"GET", "/Users", `{"Resources":{}}`, 200, []string{AnsweredSuccess, AnsweredNoList}},
		{"GET", "/Users/1", `{"id":"1"}`, 200, []string{AnsweredSuccess}},
		{"GET", "/Users", `Notice: x {"a":1}`, 200, []string{AnsweredSuccess, AnsweredUnreadable}},
		{"GET", "/Users", `{"a":1}`, 500, []string{AnsweredError, AnsweredNoErrorBody}},
		{"GET", "/Users/1", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":404}`, 404, []string{AnsweredError}},
		{"GET", "/Users/1", "", 404, []string{AnsweredError, AnsweredNoErrorBody}},
		{"GET", "/Users", `<html>`, 404, []string{AnsweredError, AnsweredUnreadable, AnsweredNoErrorBody}},
	} {
		e := &Exchange{Request: Request{Method: c.method, Path: c.path}, Response: &Response{Status: c.status, Body: c.body}}
		var got []string
		for _, a := range Answers() {
			if answeredSo(a, e) {
				got = append(got, a)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s %s %d %s: %v, want %v", c.method, c.path, c.status, c.body, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s %s %d %s: %v, want %v", c.method, c.path, c.status, c.body, got, c.want)
			}
		}
	}
}

// TestRecased: what was found under an id in another letter case was found.
func TestRecased(t *testing.T) {
	texts := map[string]CauseText{"read.list-entry": {Recased: true}, "filter.ignored": {}}
	for _, c := range []struct{ expected, actual, body, want string }{
		{"exactly ab-1", "AB-1", `{"Resources":[{"id":"AB-1"}]}`, "read.list-entry"},
		{"an address that ends in AB-1", "http://x/Users/ab-1", `{"Resources":[{"id":"AB-1"}]}`, "read.list-entry"},
		{"exactly ab-1", "cd-2", `{"Resources":[{"id":"cd-2"}]}`, ""},
		{"exactly ab-1", "ab-1, cd-2", `{"Resources":[{"id":"ab-1"},{"id":"cd-2"}]}`, ""},
		{"exactly ab-1", "no resource", `{"Resources":[]}`, ""},
	} {
		talk := newTalk([]Exchange{{ID: "c#1", Case: "c", Request: Request{Method: "GET", Path: "/Users"}, Response: &Response{Status: 200, Body: c.body}}})
		if got := talk.recased(&Check{Exchange: "c#1", Expected: c.expected, Actual: c.actual}, texts); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.expected, c.actual, got, c.want)
		}
	}
}

// TestAskedOfAChange: a GET looks at what the change before it has left, so a cause can be about that change.
func TestAskedOfAChange(t *testing.T) {
	talk := newTalk([]Exchange{
		{ID: "c#1", Case: "c", Request: Request{Method: "PATCH", Path: "/Users/1", Body: `{"op":"add"}`}},
		{ID: "c#2", Case: "c", Request: Request{Method: "GET", Path: "/Users/1"}},
		{ID: "c#3", Case: "c", Request: Request{Method: "POST", Path: "/Users", Body: `{}`}},
	})
	for id, want := range map[string]string{"c#1": "PATCH /Users/1\n{\"op\":\"add\"}", "c#2": "GET /Users/1\n\nPATCH /Users/1\n{\"op\":\"add\"}", "c#3": "POST /Users\n{}"} {
		if got := talk.asked(&Check{Exchange: id}); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
