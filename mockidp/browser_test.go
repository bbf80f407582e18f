//go:build browser

package mockidp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a page of the console in a headless Chromium.
type tab struct {
	*world
	ctx context.Context
}

func newTab(w *world) *tab {
	t := w.t
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	opts = append(opts, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true), chromedp.NoFirstRun)
	if p := os.Getenv("SCIMMAGE_CHROMIUM"); p != "" {
		opts = append(opts, chromedp.ExecPath(p))
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	started, cancel := chromedp.NewContext(alloc)
	if err := chromedp.Do(started); err != nil {
		t.Fatal(err)
	}
	ctx, cancelTime := context.WithTimeout(started, 15*time.Minute) // a guard against hanging
	t.Cleanup(func() { cancelTime(); cancel(); cancelAlloc() })
	return &tab{w, ctx}
}

func eval[T any](b *tab, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%v in %s", err, js)
	}
	return v
}

func (b *tab) open(path string) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(b.api+path)); err != nil {
		b.t.Fatal(err)
	}
}

// set fills the field with that label, as a person finds it.
func (b *tab) set(label, value string) {
	b.t.Helper()
	js := fmt.Sprintf(`(() => {
		const l = [...document.querySelectorAll('main label')].find((l) => l.offsetParent && l.textContent.trim().startsWith(%q));
		if (!l) return 'no field';
		const f = l.querySelector('input, select');
		if (f.type === 'checkbox') { if (f.checked !== (%q === 'on')) f.click(); return ''; }
		if (f.tagName === 'SELECT') { const o = [...f.options].find((o) => o.text === %q); if (!o) return 'no option'; f.value = o.value; } else f.value = %q;
		f.dispatchEvent(new Event('input', { bubbles: true })); f.dispatchEvent(new Event('change', { bubbles: true }));
		return '';
	})()`, label, value, value, value)
	if s := eval[string](b, js); s != "" {
		b.t.Fatalf("%s: %s on %s", label, s, eval[string](b, "location.href"))
	}
}

// press presses the button with that name (its label, else its text), says yes where it is asked, and waits for the next page.
func (b *tab) press(name string) {
	b.t.Helper()
	js := fmt.Sprintf(`(() => {
		const x = [...document.querySelectorAll('main button')].find((x) => x.offsetParent && (x.getAttribute('aria-label') || x.textContent.trim()) === %q);
		if (!x) return 'no button ' + [...document.querySelectorAll('main button')].map((x) => x.getAttribute('aria-label') || x.textContent.trim()).join('|');
		window.before = true; x.click();
		if (document.getElementById('sure').open) document.querySelector('#sure button[value=yes]').click();
		return '';
	})()`, name)
	if s := eval[string](b, js); s != "" {
		b.t.Fatalf("press %q: %s\n%s", name, s, eval[string](b, "location.href + ' ' + document.body.innerText.slice(0, 800)"))
	}
	b.until("the next page", `!window.before && document.readyState === 'complete'`)
	if said := eval[string](b, `document.querySelector('#flash .bad')?.textContent || ''`); said != "" {
		b.t.Logf("%s: %s", name, said)
	}
}

// until waits for a condition of the page.
func (b *tab) until(what, js string) {
	b.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](js, chromedp.EvalAwaitPromise))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain for %s (%v): %s", what, err, eval[string](b, "document.querySelector('main').innerText.slice(0, 1500)"))
		}
	}
}

// sees waits until the page shows a text, which it does by itself.
func (b *tab) sees(text string) {
	b.t.Helper()
	b.until("the text "+text, fmt.Sprintf(`document.querySelector('main').innerText.includes(%q)`, text))
}

// TestBrowserSetupAtOnce is the setup of a real product's guide, step by step: what the target has is looked at after each.
func TestBrowserSetupAtOnce(t *testing.T) {
	w := newWorld(t)
	w.person("ana.ruiz@example.com", nil)
	b := newTab(w)
	b.open("/apps")
	eval[bool](b, `(() => { document.querySelector('input[name=profile][value=okta]').click(); return true })()`)
	b.set("Name", "Acme")
	b.press("Add the application")
	app := strings.TrimPrefix(eval[string](b, "location.pathname"), "/apps/")
	b.open("/apps/" + app + "?tab=assignments") // assigned before there is any provisioning
	b.set("Person (login or id)", "ana.ruiz@example.com")
	b.press("Assign")
	b.sees("Click Provision User")
	b.open("/apps/" + app + "?tab=connection")
	b.set("SCIM connector base URL", w.target)
	b.set("Unique identifier field for users", "userName")
	b.set("Authentication Mode", "HTTP Header")
	b.set("Token", "not the token")
	b.press("Save")
	b.press("Test Connector Configuration")
	b.sees("Error authenticating: Unauthorized")
	b.set("Token", secret)
	b.press("Save")
	b.press("Test Connector Configuration")
	b.sees("The connector was configured successfully")
	if n := len(w.accounts()); n != 0 {
		t.Errorf("testing the connection made %d accounts", n)
	}
	b.open("/apps/" + app + "?tab=to-app")
	for _, on := range []string{"Create Users", "Update User Attributes", "Deactivate Users"} {
		b.set(on, "on")
	}
	b.press("Save")
	w.idle()
	if n := len(w.accounts()); n != 0 {
		t.Errorf("switching provisioning on made %d accounts of people who were assigned before", n)
	}
	b.open("/apps/" + app + "?tab=assignments")
	b.sees("Click Provision User")
	b.press("Provision User: Ana Ruiz")
	w.idle()
	if tasks := w.must("GET", "/tasks", nil); tasks["total"] != 0.0 {
		t.Fatalf("tasks: %v", tasks)
	}
	b.until("the state", `document.querySelector('#list .b.good')?.textContent === 'provisioned'`)
	if u := w.accounts()["ana.ruiz@example.com"]; u == nil || u["active"] != true || u["name"].(m)["givenName"] != "Ana" {
		t.Errorf("after Provision User: %v", u)
	}
	b.open("/people/p000001")
	b.set("First name", "Anna")
	b.press("Save")
	w.idle()
	if u := w.accounts()["ana.ruiz@example.com"]; u["name"].(m)["givenName"] != "Anna" {
		t.Errorf("after the change of name: %v", u)
	}
	b.open("/apps/" + app + "?tab=assignments")
	b.press("Unassign: Anna Ruiz")
	w.idle()
	if u := w.accounts()["ana.ruiz@example.com"]; u["active"] != false {
		t.Errorf("after unassigning: %v", u)
	}
	b.open("/activity")
	b.sees("Deactivate")
	b.until("a first entry", `(() => { const a = document.querySelector('#stream .ops a'); if (!a) return false; a.click(); return true })()`)
	b.sees("Again with curl")
	if strings.Contains(eval[string](b, "document.documentElement.outerHTML"), secret) {
		t.Error("the page shows the token")
	}
}

// TestBrowserSetupInCycles: two cycles, a provision on demand and a quarantine.
func TestBrowserSetupInCycles(t *testing.T) {
	w := newWorld(t)
	for _, n := range []string{"ana", "bo", "cy"} {
		w.person(n+"@example.com", m{"firstName": n})
	}
	b := newTab(w)
	b.open("/apps")
	eval[bool](b, `(() => { document.querySelector('input[name=profile][value=entra]').click(); return true })()`)
	b.set("Name", "Acme")
	b.press("Add the application")
	app := strings.TrimPrefix(eval[string](b, "location.pathname"), "/apps/")
	b.set("Tenant URL", w.target)
	b.set("Secret Token", secret)
	b.press("Save")
	b.press("Test Connection")
	b.sees("configured successfully")
	for _, n := range []string{"ana", "bo"} {
		b.open("/apps/" + app + "?tab=assignments")
		b.set("Person (login or id)", n+"@example.com")
		b.press("Add assignment")
	}
	if n := len(w.accounts()); n != 0 {
		t.Errorf("%d accounts before the first cycle", n)
	}
	b.open("/apps/" + app + "?tab=cycle")
	b.press("Start provisioning")
	b.until("the initial cycle", `document.querySelector('#schedule table .b.good')?.textContent === 'done'`)
	if n := len(w.accounts()); n != 2 {
		t.Fatalf("%d accounts after the initial cycle, want 2", n)
	}
	w.must("PATCH", "/people/p000001", m{"profile": m{"title": "Lead"}})
	b.press("Run the next cycle now")
	b.until("the second cycle", `document.querySelectorAll('#schedule table .b.good').length === 2`)
	if u := w.accounts()["ana@example.com"]; u["title"] != "Lead" {
		t.Errorf("after the incremental cycle: %v", u)
	}
	b.open("/apps/" + app + "?tab=assignments")
	b.set("Person (login or id)", "cy@example.com")
	b.press("Add assignment")
	b.open("/apps/" + app + "?tab=on-demand")
	b.set("Person (login or id)", "cy@example.com")
	b.press("Provision")
	b.sees("No matching account was found")
	b.sees("Determine if user is in scope")
	axe := axeScript(t)
	b.judge("provision on demand with its steps", axe, "wcag2a", "wcag2aa", "best-practice")
	b.shoot("/on-demand-steps", "light")
	if len(w.accounts()) != 3 {
		t.Error("provision on demand made no account")
	}
	b.open("/apps/" + app + "?tab=faults")
	b.set("500 server error", "100")
	b.press("Save")
	b.open("/apps/" + app + "?tab=cycle")
	b.press("Run the next cycle now")
	b.sees("EncounteredQuarantineException")
	for _, l := range []struct {
		name, scheme string
		width        int64
	}{{"light", "light", 1280}, {"dark", "dark", 1280}, {"narrow", "light", 390}} {
		b.look(l.scheme, l.width)
		b.judge("quarantine "+l.name, axe, "wcag2a", "wcag2aa", "best-practice")
		b.shoot("/quarantine", l.name)
	}
}

// TestBrowserPagesAreAccessible: axe finds nothing on any page, light, dark and narrow; pages are wide enough for their text.
func TestBrowserPagesAreAccessible(t *testing.T) {
	w := newWorld(t)
	w.must("POST", "/sample", m{"people": 30, "seed": 2})
	apps := []string{w.app("okta"), w.app("entra")}
	for _, a := range apps {
		w.must("POST", "/apps/"+a+"/assignments", m{"group": "Engineering"})
	}
	w.must("POST", "/apps/"+apps[1]+"/cycle/start", nil)
	w.must("POST", "/apps/"+apps[0]+"/pushes", m{"group": "Sales"})
	w.idle()
	w.must("POST", "/apps/"+apps[0]+"/import", nil)
	w.must("PUT", "/apps/"+apps[0]+"/faults", m{"serverError": 1})
	w.must("POST", "/apps/"+apps[0]+"/assignments", m{"group": "Finance"})
	w.idle()
	pages := []string{"/", "/people", "/people/p000001", "/groups", "/groups/g000001", "/apps", "/activity", "/activity?op=2", "/tasks", "/system"}
	axe, b := axeScript(t), newTab(w)
	for _, a := range apps {
		b.open("/apps/" + a)
		tabs := eval[[]string](b, `[...document.querySelectorAll('main nav a[href*="tab="]')].map(a => a.pathname + a.search)`)
		if len(tabs) < 8 {
			t.Fatalf("application %s has the tabs %v", a, tabs)
		}
		pages = append(pages, tabs...)
	}
	for _, p := range pages {
		b.look("light", 1280)
		b.open(p)
		b.judge(p+" light", axe, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
		b.shoot(p, "light")
		b.look("dark", 1280)
		b.judge(p+" dark", axe, "wcag2aa") // the rules of contrast among them: what a scheme can change
		b.shoot(p, "dark")
		b.look("light", 390)
		b.judge(p+" narrow", axe, "wcag2a", "wcag2aa")
		if over := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 1 {
			t.Errorf("%s is %d pixels too wide at 390", p, over)
		}
		b.shoot(p, "narrow")
	}
}

// axeScript is the text of axe-core.
func axeScript(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "browser", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// look sets the colour scheme and the width of the window.
func (b *tab) look(scheme string, width int64) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})); err != nil {
		b.t.Fatal(err)
	}
}

// judge runs axe with the rules that have one of the tags. It is brought into the page once.
func (b *tab) judge(what, axe string, tags ...string) {
	b.t.Helper()
	only, err := json.Marshal(tags)
	if err != nil {
		b.t.Fatal(err)
	}
	if !eval[bool](b, `!!window.axe`) {
		eval[bool](b, axe+`;!!window.axe`)
	}
	raw := eval[string](b, `(async () => JSON.stringify((await axe.run(document, {runOnly: `+string(only)+`, resultTypes: ['violations']})).violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | '))))()`)
	var violations []string
	if err := json.Unmarshal([]byte(raw), &violations); err != nil {
		b.t.Fatal(err)
	}
	for _, v := range violations {
		b.t.Errorf("%s: %s", what, v)
	}
}

// shoot keeps a picture of the page where SCIMMAGE_SHOTS names a folder.
func (b *tab) shoot(page, look string) {
	b.t.Helper()
	dir := os.Getenv("SCIMMAGE_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	name := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(page), "-")
	if err := os.WriteFile(filepath.Join(dir, firstOf(name, "overview")+"."+look+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
