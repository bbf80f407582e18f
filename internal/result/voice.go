package result

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// voice is what a server said when it refused what should have succeeded: the words of its message, without the
// values in it. A server with many faults refuses for many reasons; that it gives the same reason twice tells two
// findings of one fault, and that it gives another one tells them apart.
type voice struct {
	method string
	words  map[string]bool
	all    map[string]bool // with the values
}

// refusal is the voice of the answer that a finding is about; there is none where nothing was refused, where the
// refusal was wanted, or where the server gave no reason.
func (t *talk) refusal(k *Check) *voice {
	v, known := t.refusals[k]
	if !known {
		v = t.listen(k)
		t.refusals[k] = v
	}
	return v
}

func (t *talk) listen(k *Check) *voice {
	x := t.byID[k.Exchange]
	if x == nil || x.Response == nil || x.Response.Status < 400 || !wantsSuccess(k) {
		return nil
	}
	reason := strings.ToLower(reasonIn(x.Response.Body))
	v := &voice{method: x.Request.Method, words: wordsOf(quoted.ReplaceAllString(reason, " ")), all: wordsOf(reason)}
	if len(v.words) == 0 {
		return nil
	}
	return v
}

// wantsSuccess: what an identity provider, or a suite, sent should have been done.
func wantsSuccess(k *Check) bool {
	return k.Outcome != Error && (strings.HasSuffix(k.ID, ".accepted") || strings.HasPrefix(k.Expected, "status 2"))
}

// reasonIn is the message of an error body: detail, or what stands for it, or the text as it is.
func reasonIn(body string) string {
	var e map[string]any
	if json.Unmarshal([]byte(body), &e) != nil {
		return firstRunes(body, maxReason)
	}
	for _, name := range []string{"detail", "message", "error_description", "scimType", "error"} {
		if s, ok := e[name].(string); ok && s != "" {
			return firstRunes(s, maxReason)
		}
	}
	return ""
}

// maxReason: a stack trace has a reason in its first lines.
const maxReason = 400

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// quoted is a value in a message. An apostrophe inside of a word is none of its quotation marks.
var quoted = regexp.MustCompile("\"[^\"]*\"|`[^`]*`|“[^”]*”|(?:^|[^\\pL\\pN])'[^']*'")

// wordsOf leaves out words with digits: they are ids, positions and names of this run.
func wordsOf(reason string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(reason, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !strings.ContainsFunc(w, unicode.IsDigit) {
			words[w] = true
		}
	}
	return words
}

// alike: at least half of the words that either of them has, both have. Two names of attributes differ between two
// messages of one fault; two faults share little more than "is not".
func (v *voice) alike(w *voice) bool {
	both := 0
	for word := range v.words {
		if w.words[word] {
			both++
		}
	}
	return 2*both >= len(v.words)+len(w.words)-both
}

// voices are the refusals among the findings that make a cause.
func (t *talk) voices(d *causeDraft) []*voice {
	var out []*voice
	for _, k := range d.primary {
		if v := t.refusal(k); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// sameReason is the one cause for which the server gave the reason that it also gave an identity provider, for a
// request of the same method: in like words where stories may tell of that cause, else in the very same. Where it has
// given that reason for several, or says little, nothing follows from it; nor where the request was none of those that
// the cause speaks of: libraries have one message for all values that they do not take.
func sameReason(d *causeDraft, k *Check, drafts []*causeDraft, texts map[string]CauseText, talk *talk) *causeDraft {
	v := talk.refusal(k)
	if v == nil || !slices.Contains(d.secondary, k) {
		return nil
	}
	var same []*causeDraft
	for _, e := range drafts {
		if e != d && !talk.said(texts[e.key], k) {
			continue
		}
		told := e == d || anyGlob(texts[e.key].Stories, d.key)
		if slices.ContainsFunc(talk.voices(e), func(w *voice) bool {
			return w.method == v.method && (told && v.alike(w) || maps.Equal(v.all, w.all))
		}) {
			same = append(same, e)
		}
	}
	if len(same) != 1 || same[0] == d {
		return nil
	}
	return same[0]
}

// said: the request in question is one that the cause speaks of, however it was answered.
func (t *talk) said(text CauseText, k *Check) bool {
	text.Answered = ""
	return t.fits(text, k)
}

// otherReason: the server has refused this for another reason than what makes the cause e.
func (t *talk) otherReason(e *causeDraft, k *Check) bool {
	v, said := t.refusal(k), t.voices(e)
	return v != nil && len(said) > 0 && !slices.ContainsFunc(said, v.alike)
}

// elsewhere: what made the cause e was noticed on answers, all of which are known, and none belongs to a case of the
// finding k. A list that was wrong once, of a search with an odd number, is no reason for what failed without it.
func (t *talk) elsewhere(e *causeDraft, k *Check) bool {
	in := casesOf(k)
	for _, p := range e.primary {
		if p.Occurrences == 0 || p.Occurrences > len(p.Exchanges) || slices.ContainsFunc(casesOf(p), func(c string) bool { return slices.Contains(in, c) }) {
			return false
		}
	}
	return len(e.primary) > 0
}

// casesOf are the cases in which a check was noticed: those of its exchanges, or its own.
func casesOf(k *Check) []string {
	if len(k.Exchanges) == 0 {
		if in, _, ok := strings.Cut(k.Exchange, "#"); ok {
			return []string{in}
		}
		return []string{caseIDOf(k)}
	}
	var in []string
	for _, x := range k.Exchanges {
		c, _, _ := strings.Cut(x, "#")
		in = append(in, c)
	}
	return in
}

// refusedAs is the key under which a finding of a story is grouped: that of its case, or, where the case looks for
// something that is answered with success and was refused instead, that of what was refused. A case that looks for a
// refusal is told under a more special one.
func (t *talk) refusedAs(key string, k *Check, texts map[string]CauseText) string {
	x := t.byID[k.Exchange]
	if texts[key].Answered != AnsweredSuccess && texts[key].Refused == "" || x == nil || x.Response == nil || x.Response.Status < 400 || !wantsSuccess(k) {
		return key
	}
	return or(t.longest(texts, func(text CauseText) string { return text.Refused }, x), key)
}

// failedAs is the key under which a finding of a suite is grouped: that of its check, or, where that one tells of
// something that was answered with success and the server failed instead, that of failing servers.
func (t *talk) failedAs(key string, k *Check, texts map[string]CauseText) string {
	x := t.byID[k.Exchange]
	if texts[key].Answered != AnsweredSuccess || x == nil || x.Response == nil || x.Response.Status < 500 || wantsSuccess(k) {
		return key
	}
	best := ""
	for other, text := range texts {
		if text.Failed && (best == "" || other < best) {
			best = other
		}
	}
	return or(best, key)
}

// refused is an answer as the rules of causes read it: the status, the request and its media type, and the body.
func (e *Exchange) refused() string {
	request, body, _ := strings.Cut(e.said(), "\n")
	media, _, _ := strings.Cut(e.Request.Header("Content-Type"), ";")
	return fmt.Sprintf("%d %s %s\n%s", e.Response.Status, request, media, body)
}

// caseIDOf is the case of a check by its id.
func caseIDOf(k *Check) string { return k.ID[:max(strings.LastIndexByte(k.ID, '/'), 0)] }
