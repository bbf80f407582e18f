package record

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/result"
)

// Suite writes a conversation as a suite of one case that replays it: names, addresses and external ids are new in every
// run, ids are those that the target gives. What was done to objects that the conversation did not create is left out,
// because a run changes only what it has made: somebody of the replay's own stands in for them. dropped counts the requests
// that cannot be replayed at all.
func Suite(name string, xs []*result.Exchange) (b []byte, dropped int, err error) {
	w := &writer{ids: map[string]string{}, names: map[string]string{}, given: map[string]any{}}
	w.collect(xs)
	w.strangers(xs)
	w.sortTexts()
	for _, x := range xs {
		if !w.step(x) {
			dropped++
		}
	}
	if len(w.steps) == 0 {
		return nil, dropped, fmt.Errorf("nothing of the conversation can be replayed: no request creates something, or reads a list")
	}
	steps := w.steps
	if len(w.saved) > 0 {
		steps = append([]step{{ID: "names", Title: "Make names for this run", Send: map[string]any{"GET": "/Users", "query": map[string]any{"count": 1}}, Save: w.saved}}, steps...)
	}
	doc := suiteFile{
		Suite: "recorded." + name, Title: "A recorded conversation", Kind: "user",
		About: "Written by scimmage record. Run it with: scimmage run --url URL --suite FILE",
		Cases: []suiteCase{{ID: "conversation", Title: "The target answers as it did when this was recorded", Given: w.given, Steps: steps}},
	}
	b, err = yaml.Marshal(doc)
	return b, dropped, err
}

type suiteFile struct {
	Suite string      `yaml:"suite"`
	Title string      `yaml:"title"`
	About string      `yaml:"about"`
	Kind  string      `yaml:"kind"`
	Cases []suiteCase `yaml:"cases"`
}

type suiteCase struct {
	ID    string         `yaml:"id"`
	Title string         `yaml:"title"`
	Given map[string]any `yaml:"given,omitempty"`
	Steps []step         `yaml:"steps"`
}

type step struct {
	ID     string            `yaml:"id"`
	Title  string            `yaml:"title"`
	Send   map[string]any    `yaml:"send"`
	Save   map[string]string `yaml:"save,omitempty"`
	Expect []check           `yaml:"expect,omitempty"`
}

type check struct {
	ID     string `yaml:"id"`
	Title  string `yaml:"title"`
	Level  string `yaml:"level"`
	Status any    `yaml:"status"`
	Gate   bool   `yaml:"gate,omitempty"`
}

type writer struct {
	ids   map[string]string // id of the recorded target → step that creates it
	names map[string]string // recorded text → variable
	order []string          // texts, longest first
	saved map[string]string // variable → expression
	given map[string]any    // who stands in for objects that the conversation did not create
	steps []step
}

// collect finds the texts that identify people and groups in what was created.
func (w *writer) collect(xs []*result.Exchange) {
	w.saved = map[string]string{}
	for _, x := range xs {
		if x.Request.Method != "POST" || !created(x) {
			continue
		}
		var body map[string]any
		if json.Unmarshal([]byte(x.Request.Body), &body) != nil {
			continue
		}
		w.name(body["userName"], "username")
		w.name(body["externalId"], "unique")
		if strings.HasPrefix(x.Request.Path, "/Groups") {
			w.name(body["displayName"], "unique")
		}
		list, _ := body["emails"].([]any)
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				w.name(m["value"], "email")
			}
		}
	}
}

func (w *writer) sortTexts() {
	for text := range w.names {
		w.order = append(w.order, text)
	}
	sort.Slice(w.order, func(i, j int) bool {
		if len(w.order[i]) != len(w.order[j]) {
			return len(w.order[i]) > len(w.order[j])
		}
		return w.order[i] < w.order[j]
	})
}

// name gives a text a variable. Of a text that is a userName and an address the first meaning counts.
func (w *writer) name(v any, function string) {
	text, _ := v.(string)
	if text == "" || w.names[text] != "" {
		return
	}
	n := fmt.Sprintf("v%d", len(w.names)+1)
	w.names[text], w.saved[n] = n, fmt.Sprintf("%s(%q)", function, n)
}

func created(x *result.Exchange) bool { return x.Response != nil && x.Response.Status == 201 }

// step writes one request; false where it concerns what the conversation did not create.
func (w *writer) step(x *result.Exchange) bool {
	r := x.Request
	path, ok := w.path(r.Path)
	gone := !ok && r.Method == "GET" && x.Response != nil && x.Response.Status == 404 // an object that was not there is not there in the replay
	if gone {
		path = r.Path
	}
	if !ok && !gone || x.Response == nil {
		return false
	}
	id := fmt.Sprintf("s%d", len(w.steps)+1)
	send := map[string]any{r.Method: path}
	if r.Query != "" {
		send["raw-query"] = w.query(r.Query)
	}
	if r.Body != "" {
		send["raw"] = w.fill(r.Body, "%s")
	}
	if gone {
		send["missing"] = true
	}
	headers := map[string]any{}
	for _, h := range r.Headers {
		if h.Name == "Accept" || h.Name == "Content-Type" && r.Body != "" {
			headers[h.Name] = h.Value
		}
	}
	if len(headers) > 0 {
		send["headers"] = headers
	}
	var status any = x.Response.Status
	if x.Response.Status/100 == 2 {
		status = "2xx"
	}
	w.steps = append(w.steps, step{ID: id, Title: operation(r), Send: send, Expect: []check{{ID: "answered", Title: fmt.Sprintf("The answer is %v, as when it was recorded", status), Level: "must", Status: status, Gate: created(x)}}})
	if created(x) {
		var body struct{ ID string }
		if json.Unmarshal([]byte(x.Response.Body), &body) == nil && body.ID != "" {
			w.ids[body.ID] = id + ".body.id"
		}
	}
	return true
}

// path replaces the id of an object by that of the replay.
func (w *writer) path(p string) (string, bool) {
	parts := strings.Split(p, "/")
	for i := 1; i < len(parts); i++ {
		if parts[i-1] != "Users" && parts[i-1] != "Groups" || strings.HasPrefix(parts[i], ".") {
			continue
		}
		plain, err := url.PathUnescape(parts[i])
		if err != nil || w.ids[plain] == "" {
			return "", false
		}
		parts[i] = "{{ " + w.ids[plain] + " }}"
	}
	return strings.Join(parts, "/"), true
}

// query keeps the encoding that the client chose: %20 or +.
func (w *writer) query(q string) string {
	function := "urlq"
	if strings.Contains(q, "+eq+") {
		function = "plus"
	}
	for _, text := range w.order {
		for _, form := range []string{url.QueryEscape(text), strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), strings.ReplaceAll(url.QueryEscape(text), "%40", "@"), text} {
			q = strings.ReplaceAll(q, form, "{{ "+function+"("+w.names[text]+") }}")
		}
	}
	for id, expr := range w.ids {
		q = strings.ReplaceAll(q, url.QueryEscape(id), "{{ "+function+"("+expr+") }}")
	}
	return q
}

// fill replaces texts and ids in a body.
func (w *writer) fill(body, format string) string {
	for _, text := range w.order {
		body = replaceString(body, text, fmt.Sprintf("{{ "+format+" }}", w.names[text]))
	}
	for id, expr := range w.ids {
		body = strings.ReplaceAll(body, id, fmt.Sprintf("{{ "+format+" }}", expr))
	}
	return body
}

// replaceString replaces whole JSON strings and quoted values of filters only: "Ana" must not change "Anabel".
func replaceString(body, text, with string) string {
	enc, err := json.Marshal(text)
	if err != nil {
		return body
	}
	body = strings.ReplaceAll(body, string(enc), `"`+with+`"`)
	inner := string(enc[1 : len(enc)-1])
	return strings.ReplaceAll(body, `\"`+inner+`\"`, `\"`+with+`\"`)
}
