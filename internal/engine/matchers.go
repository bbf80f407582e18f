package engine

import (
	"context"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// matchCall is what a matcher gets.
type matchCall struct {
	s     *scope
	ctx   context.Context
	resp  *response
	args  any
	check *suites.Check
}

type matcher func(matchCall) verdict

// matchers is the closed list of docs/authoring.md; a test holds it equal to suites.Matchers.
func matchers() map[string]matcher {
	return map[string]matcher{
		"status": matchStatus, "header": matchHeader, "media-type": matchMediaType, "body": matchBody,
		"resource": matchResource, "equals": matchEquals, "absent": matchAbsent, "present": matchPresent,
		"type": matchType, "unchanged": matchUnchanged, "list": matchList, "error": matchError,
		"that": matchThat, "go": matchGo, "answers": matchAnswers,
	}
}

func broken(format string, a ...any) verdict { return verdict{err: suitef(format, a...)} }

func matchStatus(c matchCall) verdict {
	want := toList(c.args)
	got := c.resp.status()
	if got == 0 {
		return verdict{unjudged: "no answer arrived"}
	}
	var names []string
	for _, w := range want {
		names = append(names, text(w))
		if statusFits(text(w), got) {
			return verdict{ok: true, expected: "status " + strings.Join(names, " or "), actual: statusText(c.resp)}
		}
	}
	return verdict{expected: "status " + strings.Join(names, " or "), actual: statusText(c.resp)}
}

func statusFits(want string, got int) bool {
	g := fmt.Sprint(got)
	if len(want) == 3 && strings.HasSuffix(strings.ToLower(want), "xx") {
		return want[0] == g[0]
	}
	return want == g
}

func statusText(r *response) string {
	t := fmt.Sprintf("%d", r.status())
	if d, ok := r.vars()["detail"].(string); ok && d != "" && r.status() >= 400 {
		t += " (" + firstLine(d, 160) + ")"
	}
	return t
}

func matchHeader(c matchCall) verdict {
	a, _ := c.args.(map[string]any)
	name := text(a["name"])
	if name == "" {
		return broken("header: name is missing")
	}
	if c.resp.x == nil || c.resp.x.Response == nil {
		return verdict{unjudged: "no answer arrived"}
	}
	got := c.resp.x.Response.Header(name)
	at := &result.Locus{Where: "response", Header: name}
	shown := name + ": " + got
	if got == "" {
		shown = "no " + name + " header"
	}
	switch {
	case a["equals"] != nil:
		return verdict{ok: got == text(a["equals"]), expected: name + ": " + text(a["equals"]), actual: shown, at: at}
	case a["matches"] != nil:
		re, err := regexp.Compile(text(a["matches"]))
		if err != nil {
			return verdict{err: err}
		}
		return verdict{ok: re.MatchString(got), expected: name + " like " + text(a["matches"]), actual: shown, at: at}
	}
	want, ok := a["present"].(bool)
	if !ok {
		want = true
	}
	exp := "a " + name + " header"
	if !want {
		exp = "no " + name + " header"
	}
	return verdict{ok: (got != "") == want, expected: exp, actual: shown, at: at}
}

func matchMediaType(c matchCall) verdict {
	if c.resp.x == nil || c.resp.x.Response == nil {
		return verdict{unjudged: "no answer arrived"}
	}
	got := c.resp.x.Response.Header("Content-Type")
	mt, _, _ := mime.ParseMediaType(got)
	var names []string
	for _, w := range toList(c.args) {
		names = append(names, text(w))
		if strings.EqualFold(mt, text(w)) {
			return verdict{ok: true, expected: text(w)}
		}
	}
	return verdict{expected: "Content-Type " + strings.Join(names, " or "), actual: firstNonEmpty(got, "no Content-Type"), at: &result.Locus{Where: "response", Header: "Content-Type"}}
}

func matchBody(c matchCall) verdict {
	if c.resp.x == nil || c.resp.x.Response == nil {
		return verdict{unjudged: "no answer arrived"}
	}
	raw := c.resp.x.Response.RawBody
	got := "empty"
	switch {
	case len(strings.TrimSpace(string(raw))) == 0:
	case c.resp.isJSON:
		got = c.resp.view.Kind()
		if got == "object" && c.resp.view.Get("totalResults").Exists() {
			got = "list"
		}
	default:
		got = "text that is no JSON"
	}
	want := text(c.args)
	ok := want == got || want == "any" && got != "empty" || want == "json" && c.resp.isJSON || want == "object" && got == "list"
	return verdict{ok: ok, expected: "body: " + want, actual: "body: " + got}
}

func matchAnswers(c matchCall) verdict {
	f := c.resp.fault()
	if f == nil || c.resp.status() != 0 {
		return verdict{ok: true, expected: "an HTTP answer"}
	}
	switch f.Kind {
	case "guard", "limit", "cancelled", "dns", "rate-limited":
		return verdict{unjudged: f.Message}
	}
	return verdict{expected: "an HTTP answer", actual: f.Message}
}

// needObject gives the body as an object, or why it cannot be judged.
func needObject(c matchCall) (scim.View, map[string]any, string) {
	if c.resp.status() == 0 {
		return scim.View{}, nil, "no answer arrived"
	}
	m, ok := c.resp.value().(map[string]any)
	if !ok {
		return scim.View{}, nil, "the answer has no JSON object to judge"
	}
	return c.resp.view, m, ""
}

func matchEquals(c matchCall) verdict {
	a, _ := c.args.(map[string]any)
	at := text(a["at"])
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	got, found := lookup(m, at)
	exp := at + " = " + show(a["value"])
	if !found {
		return verdict{expected: exp, actual: at + " is absent", at: locusOfParent(v, at)}
	}
	return verdict{ok: scim.Equal(a["value"], got), expected: exp, actual: at + " = " + show(got), at: locus(v, at)}
}

func matchAbsent(c matchCall) verdict {
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	for _, p := range toList(c.args) {
		got, found := lookup(m, text(p))
		if found && got != nil && !emptyList(got) {
			actual := text(p) + " = " + show(got)
			if strings.EqualFold(text(p), "password") { // somebody's, whoever set it
				actual = text(p) + " is there"
			}
			return verdict{expected: "no " + text(p), actual: actual, at: locus(v, text(p))}
		}
	}
	return verdict{ok: true, expected: "no " + joinText(c.args)}
}

func matchPresent(c matchCall) verdict {
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	var missing []string
	for _, p := range toList(c.args) {
		got, found := lookup(m, text(p))
		if !found || got == nil || emptyList(got) {
			missing = append(missing, text(p))
		}
	}
	if len(missing) > 0 {
		return verdict{expected: joinText(c.args) + " present", actual: strings.Join(missing, ", ") + " absent", at: locusOfParent(v, missing[0])}
	}
	return verdict{ok: true, expected: joinText(c.args) + " present"}
}

func emptyList(v any) bool { l, ok := v.([]any); return ok && len(l) == 0 }

func joinText(v any) string {
	var out []string
	for _, x := range toList(v) {
		out = append(out, text(x))
	}
	return strings.Join(out, ", ")
}

func matchType(c matchCall) verdict {
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: why}
	}
	a, _ := c.args.(map[string]any)
	for _, p := range sortedKeys(a) {
		want := text(a[p])
		got, found := lookup(m, p)
		if !found {
			return verdict{expected: p + ": " + want, actual: p + " is absent", at: locusOfParent(v, p)}
		}
		if !isType(got, want) {
			return verdict{expected: p + ": " + want, actual: fmt.Sprintf("%s is %s (%s)", p, typeName(got), show(got)), at: locus(v, p)}
		}
	}
	return verdict{ok: true, expected: "types as published"}
}

func matchError(c matchCall) verdict {
	a, _ := c.args.(map[string]any)
	if c.resp.status() == 0 {
		return verdict{unjudged: "no answer arrived"}
	}
	if st := toList(a["status"]); len(st) > 0 && !slices.ContainsFunc(st, func(w any) bool { return statusFits(text(w), c.resp.status()) }) {
		return verdict{expected: "error with status " + joinText(a["status"]), actual: "status " + statusText(c.resp)}
	}
	types := toList(a["scimType"])
	if len(types) == 0 && a["detail"] == nil {
		return verdict{ok: true, expected: "error with status " + joinText(a["status"])}
	}
	v, m, why := needObject(c)
	if why != "" {
		return verdict{unjudged: "the error has no SCIM body (judged by the automatic checks)"}
	}
	if len(types) > 0 {
		got := text(m["scimType"])
		if !slices.ContainsFunc(types, func(w any) bool { return strings.EqualFold(text(w), got) }) {
			out := verdict{expected: "scimType " + joinText(types), actual: "scimType " + firstNonEmpty(got, "absent"), at: locus(v, "scimType")}
			if got == "" { // the right refusal without the word: a fault of the errors, not of what was refused
				out.cause = "errors.scimtype"
			}
			return out
		}
	}
	if a["detail"] == true && text(m["detail"]) == "" {
		return verdict{expected: "a detail text", actual: "no detail", at: locus(v, "detail")}
	}
	return verdict{ok: true, expected: "the SCIM error"}
}

func matchThat(c matchCall) verdict {
	ok, isBool := c.args.(bool)
	if !isBool && c.args != nil {
		return verdict{err: fmt.Errorf("that: %s is %T, not true or false", thatSource(c.check), c.args)}
	}
	v := verdict{ok: ok, expected: thatSource(c.check), actual: "false"}
	if c.check.Title != "" {
		v.expected = c.check.Title
	}
	if c.resp.status() != 0 && c.check.Actual == nil {
		v.actual = "not met; status " + statusText(c.resp)
	}
	return v
}

func thatSource(k *suites.Check) string {
	if k.Args == nil {
		return "true"
	}
	return k.Args.Source()
}
