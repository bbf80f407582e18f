//go:build browser

package html

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// click clicks the first element that a CSS selector finds.
func click(sel string) step { return chromedp.Click(chromedp.CSS(sel)) }

const settle = `new Promise((r) => setTimeout(r, 300)).then(() => true)`

// Filters hide what does not match, say how much is left and live in the address.
func TestBrowserFilters(t *testing.T) {
	ctx := browser(t)
	doc := sample(smallSample)
	address := report(t, doc)
	shown := `[...document.querySelectorAll('.fd')].filter((e) => !e.closest('[hidden]')).map((e) => e.dataset.o + ' ' + e.dataset.l).join(', ')`
	run(t, ctx, view(1280, 900, false), chromedp.Navigate(address), click(`#filter input[value=warn]`))
	ask[bool](t, ctx, settle)
	if got := ask[string](t, ctx, shown); got != "warn should" {
		t.Errorf("outcome=warn shows %q", got)
	}
	if got := ask[string](t, ctx, `location.hash`); got != "#?outcome=warn" {
		t.Errorf("the address ends in %q", got)
	}
	if got := ask[string](t, ctx, `document.querySelector('#fcount').textContent`); !strings.HasPrefix(got, "1 of ") {
		t.Errorf("the count says %q", got)
	}
	run(t, ctx, click(`#filter button[type=reset]`))
	ask[bool](t, ctx, settle)
	if got := ask[int](t, ctx, `document.querySelectorAll('.fd[hidden], .cause[hidden], .suite[hidden], .cks li[hidden]').length`); got != 0 {
		t.Errorf("after clearing, %d things stay hidden", got)
	}
	for _, c := range []struct{ hash, want string }{
		{"?level=should", "warn should"},
		{"?outcome=fail&idp=entra&q=answered%20500", "fail must"},
		{"?feature=nothing-like-it", ""},
		{"?req=" + doc.Requirements[3].ID + "&outcome=warn,error", "warn should, error must"},
	} {
		run(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(address+"#"+c.hash))
		ask[bool](t, ctx, settle)
		got := ask[string](t, ctx, shown)
		if c.want == "" {
			if got != "" && !strings.Contains(c.hash, "nothing") {
				t.Errorf("%s shows %q", c.hash, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s shows %q, want %q", c.hash, got, c.want)
		}
	}
}

// A link to a finding opens it, also when it lies in something closed, and clears a filter that hides it.
func TestBrowserAnchors(t *testing.T) {
	ctx := browser(t)
	doc := sample(smallSample)
	id := doc.Causes[1].Consequences[0]
	run(t, ctx, view(1280, 900, false), chromedp.Navigate(report(t, doc)+"#"+id))
	ask[bool](t, ctx, settle)
	at := `(() => { const e = document.getElementById(` + "`" + id + "`" + `), r = e.getBoundingClientRect(); return e.open && r.top >= 0 && r.top < 500 })()`
	if !ask[bool](t, ctx, at) {
		t.Error("the finding of the address is not open and in view")
	}
	shoot(t, ctx, "finding")
	run(t, ctx, click(`#filter input[value=warn]`))
	ask[bool](t, ctx, settle)
	ask[bool](t, ctx, `(location.hash = '#summary', true)`)
	ask[bool](t, ctx, settle)
	if got := ask[string](t, ctx, `location.hash`); got != "#summary?outcome=warn" {
		t.Errorf("following a link loses the filter: %q", got)
	}
	ask[bool](t, ctx, `(location.hash = `+"`#"+id+"`"+`, true)`)
	ask[bool](t, ctx, settle)
	if !ask[bool](t, ctx, at) {
		t.Error("a filter keeps the target of a link hidden")
	}
}

// Exchanges that only the embedded document holds come back on a click.
func TestBrowserLazyExchange(t *testing.T) {
	ctx := browser(t)
	doc := sample(fullSample)
	n := len(doc.Exchanges)
	last := doc.Exchanges[n-1]
	run(t, ctx, view(1280, 900, false), chromedp.Navigate(report(t, doc)+"#"+xAnchor(n)))
	got := ask[string](t, ctx, `new Promise((r) => setTimeout(r, 1500)).then(() => document.getElementById('`+xAnchor(n)+`').innerText)`)
	for _, want := range []string{last.Request.URL, "X-Request-Id", last.Response.Header("X-Request-Id"), `"totalResults": 1`, "curl -X"} {
		if !strings.Contains(got, want) {
			t.Errorf("the opened exchange lacks %q:\n%s", want, got)
		}
	}
	shoot(t, ctx, "lazy")
}

// Without a script everything about findings is there and nothing is offered that does not work.
func TestBrowserNoScript(t *testing.T) {
	ctx := browser(t)
	doc := sample(fullSample)
	run(t, ctx, send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}), view(1280, 900, false), chromedp.Navigate(report(t, doc)))
	html, err := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("html")))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if k.Finding() && !strings.Contains(html, `id="`+checkAnchor(k.ID)+`"`) {
					t.Errorf("finding %s is not in the page", k.ID)
				}
			}
		}
	}
	visible := func(sel string) bool {
		return ask[int](t, ctx, `[...document.querySelectorAll('`+sel+`')].filter((e) => e.getClientRects().length).length`) > 0
	}
	if visible("#filter") || visible("#tools button") {
		t.Error("filters or buttons are shown that need a script")
	}
	if !visible("noscript .band") {
		t.Error("nothing says where the other bodies are")
	}
	if visible(".copier button") {
		t.Error("copy buttons are shown that need a script")
	}
	shoot(t, ctx, "noscript")
}

var pageObject = regexp.MustCompile(`/Type\s*/Page\b`)

// The summary prints on one sheet; the whole report prints open, with addresses.
func TestBrowserPrint(t *testing.T) {
	ctx := browser(t)
	run(t, ctx, view(1280, 900, true), chromedp.Navigate(report(t, sample(fullSample))))
	print := func(name string) int {
		pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("SCIMMAGE_SHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return len(pageObject.FindAll(pdf, -1))
	}
	ask[bool](t, ctx, `(document.documentElement.dataset.print = 'summary', true)`)
	if n := print("summary"); n != 1 {
		t.Errorf("the summary prints on %d sheets, want 1", n)
	}
	run(t, ctx, chromedp.Navigate(report(t, wide())))
	ask[bool](t, ctx, `(document.documentElement.dataset.print = 'summary', true)`)
	if n := print("wide"); n != 1 {
		t.Errorf("the summary for twelve identity providers prints on %d sheets, want 1", n)
	}
	run(t, ctx, chromedp.Navigate(report(t, sample(smallSample))))
	if n := print("whole"); n < 4 {
		t.Errorf("the whole report prints on %d sheets: it was not opened", n)
	}
	run(t, ctx, send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
	for _, theme := range []string{"", "dark"} {
		if got := ask[string](t, ctx, `(document.documentElement.dataset.theme = '`+theme+`', getComputedStyle(document.body).backgroundColor)`); got != "rgb(255, 255, 255)" {
			t.Errorf("theme %q prints on %s", theme, got)
		}
	}
	if n := ask[int](t, ctx, `[...document.querySelectorAll('.fbody, .xbody')].filter((e) => e.getBoundingClientRect().height === 0).length`); n != 0 {
		t.Errorf("%d details stay closed in print", n)
	}
	if got := ask[string](t, ctx, `getComputedStyle(document.querySelector('.cites a[href^=http]'), '::after').content`); !strings.Contains(got, "rfc-editor.org") {
		t.Errorf("addresses are not printed: %q", got)
	}
}

// Dark and light follow the system until a person chooses; both are readable.
func TestBrowserTheme(t *testing.T) {
	ctx := browser(t)
	ground := `getComputedStyle(document.body).backgroundColor`
	run(t, ctx, view(1280, 1000, false), chromedp.Navigate(report(t, sample(smallSample))))
	light := ask[string](t, ctx, ground)
	shoot(t, ctx, "light")
	run(t, ctx, view(1280, 1000, true))
	dark := ask[string](t, ctx, ground)
	shoot(t, ctx, "dark")
	if light == dark {
		t.Errorf("light and dark have the same ground %s", light)
	}
	run(t, ctx, click("#theme"))
	if got := ask[string](t, ctx, ground); got != light {
		t.Errorf("after choosing light in a dark system the ground is %s, want %s", got, light)
	}
	for name, hash := range map[string]string{"story": "story/okta/leaver-0", "matrix": "idps", "sheet": "endpoint", "compliance": "compliance", "talks": "conversations", "cause": "findings", "case": "case/rfc/patch-replace-0", "idp": "idp/okta"} {
		ask[bool](t, ctx, `(location.hash = '#`+hash+`', true)`)
		ask[bool](t, ctx, settle)
		shoot(t, ctx, name)
		run(t, ctx, view(390, 844, false))
		ask[bool](t, ctx, `(document.getElementById('`+hash+`').scrollIntoView(), true)`)
		shoot(t, ctx, name+"-390")
		run(t, ctx, view(1280, 1000, false))
	}
}

// The keyboard reaches the report: skip link first, then sections, and summaries open with Enter.
func TestBrowserKeyboard(t *testing.T) {
	ctx := browser(t)
	run(t, ctx, view(1280, 900, false), chromedp.Navigate(report(t, sample(smallSample))), chromedp.KeyEvent("\t"))
	if got := ask[string](t, ctx, `document.activeElement.className`); got != "skip" {
		t.Errorf("the first stop is %q, want the skip link", got)
	}
	if top := ask[float64](t, ctx, `document.activeElement.getBoundingClientRect().top`); top < 0 {
		t.Error("the focused skip link is not in view")
	}
	run(t, ctx, chromedp.Focus(chromedp.CSS(`.idp > summary`)), chromedp.KeyEvent("\r"))
	if !ask[bool](t, ctx, `document.querySelector('.idp').open`) {
		t.Error("Enter does not open a section")
	}
	if got := ask[string](t, ctx, `getComputedStyle(document.activeElement).outlineStyle`); got == "none" {
		t.Error("the focus is not visible")
	}
}

// What the script brings back is what the file would have spelled out.
func TestBrowserSpellsTheRest(t *testing.T) {
	ctx := browser(t)
	doc := sample(fullSample)
	run(t, ctx, view(1280, 900, false), chromedp.Navigate(report(t, doc)))
	const picture = `((s) => [...s.querySelectorAll('.seq svg, .seq text, .seq path')].map((e) => [e.tagName, e.getAttribute('class'), e.getAttribute('y'), e.getAttribute('d'), e.getAttribute('viewBox'), e.getAttribute('aria-label'), e.tagName === 'text' ? e.textContent : ''].join('|')).sort().join('\n'))`
	for _, id := range []string{"okta/leaver-0", "entra/leaver-0"} { // the first fails
		at := `document.getElementById('story/` + id + `')`
		fromFile := ask[string](t, ctx, picture+`(`+at+`)`)
		drawn := ask[string](t, ctx, `((s) => { s.querySelector('.seq').remove(); drawStory(s); return `+picture+`(s) })(`+at+`)`)
		if fromFile == "" || fromFile != drawn {
			t.Errorf("%s: the file has\n%s\nthe script draws\n%s", id, fromFile, drawn)
		}
	}
	last := doc.Suites[len(doc.Suites)-1].Cases
	c := last[len(last)-1]
	if ask[int](t, ctx, `document.querySelectorAll('[id="story/`+c.ID+`"] .seq, [id="story/`+c.ID+`"] .xl').length`) != 0 {
		t.Fatal("the file spells out the last story; the sample is too small for this test")
	}
	ask[bool](t, ctx, `(location.hash = '#story/`+c.ID+`', true)`)
	ask[bool](t, ctx, `new Promise((r) => setTimeout(r, 1500)).then(() => true)`)
	got := ask[string](t, ctx, `document.getElementById('story/`+c.ID+`').innerText`)
	for _, id := range c.Exchanges {
		for i := range doc.Exchanges {
			if x := &doc.Exchanges[i]; x.ID == id && !strings.Contains(got, x.Request.Method+" "+clip(requestTarget(x), 160)+" "+answer(x).Word+" "+millis(x.Timing.Total)) {
				t.Errorf("the story lacks exchange %d, %s: %s", i+1, id, got)
			}
		}
	}
	for _, l := range c.Story {
		if want := l.Text + " ✓ Pass " + l.Operation + " " + l.Evidence; !strings.Contains(got, want) {
			t.Errorf("the story lacks %q: %s", want, got)
		}
	}
	if !strings.Contains(got, "scimmage prepares or reads back") {
		t.Errorf("the story does not say what belongs to nobody: %s", got)
	}
	if n := ask[int](t, ctx, `document.getElementById('story/`+c.ID+`').querySelectorAll('.seq path.rq').length`); n != 1 {
		t.Error("the opened story has no picture")
	}
	ask[bool](t, ctx, `(location.hash = '#case/`+c.ID+`', true)`)
	ask[bool](t, ctx, settle)
	if got := ask[int](t, ctx, `document.getElementById('case/`+c.ID+`').querySelectorAll('.cks[data-o=pass] li').length`); got != len(c.Checks) {
		t.Errorf("the opened case shows %d checks, want %d", got, len(c.Checks))
	}
	ask[bool](t, ctx, `(location.hash = '#case/rfc/patch-replace-9', true)`)
	ask[bool](t, ctx, settle)
	if got := ask[string](t, ctx, `document.getElementById('case/rfc/patch-replace-9').querySelector('.cks u a').getAttribute('href')`); !strings.HasPrefix(got, "#RFC7644-") {
		t.Errorf("the citation of a passed check leads to %q", got)
	}
	run(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(report(t, doc)+"#?q="+c.ID))
	ask[bool](t, ctx, `new Promise((r) => setTimeout(r, 1500)).then(() => true)`)
	if got := ask[string](t, ctx, `document.getElementById('fcount').textContent`); !strings.Contains(got, fmt.Sprintf("%d of ", len(c.Checks))) {
		t.Errorf("the filter over everything counts %q", got)
	}
}

// The script words a status as the file does.
func TestBrowserStatusWords(t *testing.T) {
	ctx := browser(t)
	run(t, ctx, chromedp.Navigate(report(t, sample(smallSample))))
	for code, words := range ask[map[string]string](t, ctx, `statusWords`) {
		n, err := strconv.Atoi(code)
		if err != nil || http.StatusText(n) != words {
			t.Errorf("status %s is %q in the script and %q in the file", code, words, http.StatusText(n))
		}
	}
}
