//go:build browser

package cli

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/scimmage/scimmage/internal/grade"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/reports"
)

// The pages beside the report of a run: a comparison, a probe, an audit, the report on a client. Axe
// finds nothing in them, light and dark; nothing scrolls sideways, and print is on white paper.
func TestBrowserPages(t *testing.T) {
	axe, err := os.ReadFile("../../testdata/browser/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is missing; `make deps` installs it: %v", err)
	}
	pages := makePages(t)
	ctx := chromium(t)
	for name, address := range pages {
		t.Run(name, func(t *testing.T) {
			for _, v := range []struct {
				width int64
				dark  bool
			}{{1280, false}, {1280, true}, {390, false}, {320, true}} {
				lookAt(t, ctx, address, v.width, v.dark)
				ask[int](t, ctx, string(axe)+";0")
				if bad := ask[[]string](t, ctx, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.passes.length < 8 ? ['only ' + r.passes.length + ' rules applied'] : r.violations.flatMap((v) => v.nodes.slice(0, 4).map((n) => v.id + ': ' + n.html.slice(0, 180) + ' | ' + n.failureSummary.slice(0, 220))))`); len(bad) > 0 {
					t.Errorf("%d px, dark %t:\n%s", v.width, v.dark, strings.Join(bad, "\n"))
				}
				if over := ask[string](t, ctx, `(() => { const w = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= w) return ''; return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > w + 1 && !e.closest('.scroll')).slice(0, 5).map((e) => e.tagName + '.' + e.className).join(', ') || 'unknown' })()`); over != "" {
					t.Errorf("at %d px the page scrolls sideways: %s", v.width, over)
				}
			}
			light := ask[string](t, ctx, `getComputedStyle(document.body).backgroundColor`) // of the last, which is dark
			lookAt(t, ctx, address, 1280, false)
			if got := ask[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); got == light {
				t.Errorf("light and dark have the same ground %s", got)
			}
			do(t, ctx, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
			if got := ask[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); got != "rgb(255, 255, 255)" {
				t.Errorf("a dark system prints on %s", got)
			}
		})
	}
}

// makePages makes one page of each kind with the commands that people use, and gives their addresses.
func makePages(t *testing.T) map[string]string {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	target := pageTarget(t)
	if err := os.WriteFile(at("roster.csv"), []byte("userName,active\nzoe@example.com,true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	scimmage(t, exitOK, "run", "--demo", "--suite", "rfc.etag", "--quiet", "-o", "json="+at("before.json"))
	scimmage(t, exitFail, "run", "--demo", "--suite", "rfc.etag", "--defect", "etag-header-missing", "--quiet", "-o", "json="+at("after.json"))
	diff := scimmage(t, exitOK, "diff", "--format", "html", at("before.json"), at("after.json"))
	scimmage(t, exitOK, "probe", "--url", target, "--token", "page-token", "-o", "html="+at("probe.html"))
	scimmage(t, exitFail, "audit", "--url", target, "--token", "page-token", "--roster", at("roster.csv"), "-o", "html="+at("audit.html"))
	for name, content := range map[string][]byte{"diff.html": []byte(diff), "grade.html": gradedPage(t)} {
		if err := os.WriteFile(at(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]string{}
	for _, name := range []string{"diff", "probe", "audit", "grade"} {
		out[name] = (&url.URL{Scheme: "file", Path: at(name + ".html")}).String()
	}
	return out
}

// pageTarget is a provider with an account that nobody should have.
func pageTarget(t *testing.T) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	base := "http://" + srv.Listener.Addr().String() + "/scim/v2"
	p, err := provider.New(provider.Options{Token: "page-token", BaseURL: base})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = p
	srv.Start()
	t.Cleanup(srv.Close)
	r := httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ana.ruiz@example.com","active":true}`))
	r.Header.Set("Authorization", "Bearer page-token")
	r.Header.Set("Content-Type", "application/scim+json")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return base
}

// gradedPage is the report on a client that sends one broken body.
func gradedPage(t *testing.T) []byte {
	t.Helper()
	lib, _, err := loadLibrary(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := provider.New(provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := grade.New(grade.Options{Library: lib.library, Schemas: p.Schemas(), BaseURL: "http://127.0.0.1:8080/scim/v2", Clock: time.Now, Run: result.Run{ID: "grade"}})
	g.Wrap(p).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/scim/v2/Users", strings.NewReader("{")))
	var b bytes.Buffer
	if err := reports.HTML(&b, g.Document()); err != nil {
		t.Fatal(err)
	}
	if page := b.String(); strings.Contains(page, "Will it work with my identity provider?") || !strings.Contains(page, "What is this client?") {
		t.Error("the report on a client speaks of an endpoint")
	}
	return b.Bytes()
}

func scimmage(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(append([]string{"scimmage"}, args...), strings.NewReader(""), &out, &errs); code != want {
		t.Fatalf("scimmage %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, out.String(), errs.String())
	}
	return out.String()
}

func chromium(t *testing.T) context.Context {
	t.Helper()
	opts := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	opts = append(opts, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true), chromedp.NoFirstRun)
	if p := os.Getenv("SCIMMAGE_CHROMIUM"); p != "" {
		opts = append(opts, chromedp.ExecPath(p))
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	started, cancel := chromedp.NewContext(alloc)
	if err := chromedp.Do(started); err != nil {
		t.Fatal(err)
	}
	ctx, cancelTime := context.WithTimeout(started, 8*time.Minute) // a guard against hanging
	t.Cleanup(func() { cancelTime(); cancel(); cancelAlloc() })
	return ctx
}

type act = chromedp.Action[chromedp.Void]

// call makes an action of a protocol command whose answer does not matter.
func call[P, R any](cmd cdp.Command[P, R], params P) act {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

func do(t *testing.T, ctx context.Context, steps ...act) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// lookAt opens a page in a window of that width, everything unfolded.
func lookAt(t *testing.T, ctx context.Context, address string, width int64, dark bool) {
	t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	do(t, ctx, call(cdppage.SetBypassCSP, cdppage.SetBypassCSPParams{Enabled: true}), chromedp.EmulateViewport(width, 900),
		call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}), chromedp.Navigate(address))
	ask[bool](t, ctx, `(async () => { for (const d of document.querySelectorAll('details')) d.open = true; await new Promise((r) => setTimeout(r, 200)); for (const e of document.querySelectorAll('.case,.suite,.area,.story')) e.style.contentVisibility = 'visible'; return true })()`)
}
