package html

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/result/resulttest"
)

func render(t testing.TB, doc *result.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func allDocuments() map[string]*result.Document {
	docs := resulttest.Documents()
	docs["sample"] = sample(smallSample)
	docs["full"] = sample(fullSample)
	return docs
}

// A full run fits in two megabytes.
func TestFullRunIsSmall(t *testing.T) {
	doc := sample(fullSample)
	began := time.Now()
	page := render(t, doc)
	took := time.Since(began)
	checks := 0
	for _, n := range doc.Counts.Checks {
		checks += n
	}
	t.Logf("%d exchanges, %d checks: %d bytes in %v", len(doc.Exchanges), checks, len(page), took)
	if len(page) > 2_000_000 {
		t.Errorf("the page of a full run has %d bytes, more than 2 MB", len(page))
	}
}

func TestSameDocumentSameBytes(t *testing.T) {
	for name, doc := range allDocuments() {
		if !bytes.Equal(render(t, doc), render(t, doc)) {
			t.Errorf("%s: two renderings differ", name)
		}
	}
	a, b := render(t, sample(smallSample)), render(t, sample(smallSample))
	if !bytes.Equal(a, b) {
		t.Error("two equal documents give different pages")
	}
}

// What the page carries is the document, and rendering it again gives the same page.
func TestDocumentComesBack(t *testing.T) {
	for name, doc := range allDocuments() {
		page := render(t, doc)
		back, err := Document(bytes.NewReader(page))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(page, render(t, back)) {
			t.Errorf("%s: the page of the page's document differs", name)
		}
		if diff := cmp.Diff(len(doc.Exchanges), len(back.Exchanges)); diff != "" {
			t.Errorf("%s: exchanges: %s", name, diff)
		}
		for i := range back.Exchanges {
			if want := strings.ToValidUTF8(doc.Exchanges[i].Request.Body, "\uFFFD"); back.Exchanges[i].Request.Body != want {
				t.Errorf("%s: body of request %d: got %q, want %q", name, i+1, back.Exchanges[i].Request.Body, want)
			}
		}
	}
}

func TestDocumentRefuses(t *testing.T) {
	page := string(render(t, sample(smallSample)))
	at := strings.Index(page, embedOpen) + len(embedOpen)
	cases := map[string]struct{ page, want string }{
		"another page": {"<html><body>hello</body></html>", "no scimmage document"},
		"empty":        {"", "no scimmage document"},
		"cut off":      {page[:at+100], "cut off"},
		"damaged":      {page[:at] + "AAAA" + page[at+4:], "cannot be unpacked"},
		"not base64":   {page[:at] + "!!" + page[at:], "cannot be unpacked"},
		"other schema": {replaceDocument(t, page, `{"document":{"schema":"scimmage.result/9"},"same":[]}`), "scimmage.result/9"},
		"no document":  {replaceDocument(t, page, `{}`), "incomplete"},
		"wild ref":     {replaceDocument(t, page, `{"document":{"schema":"scimmage.result/1","exchanges":[{}]},"same":[[0,0,7,0]]}`), "damaged"},
	}
	for name, c := range cases {
		_, err := Document(strings.NewReader(c.page))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, c.want)
		}
	}
}

// The policy of the page names the hashes of exactly the style and the script that it contains.
func TestPolicyMatchesContent(t *testing.T) {
	page := string(render(t, sample(smallSample)))
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("the page has no policy")
	}
	got := strings.ReplaceAll(policy[1], "&#39;", "'")
	got = strings.NewReplacer("&#43;", "+", "&#34;", `"`, "&amp;", "&").Replace(got)
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(page, -1)
	script := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(style) != 1 || len(script) != 1 {
		t.Fatalf("%d style and %d script elements, want one of each", len(style), len(script))
	}
	want := "default-src 'none'; style-src " + hash(style[0][1]) + "; script-src " + hash(script[0][1]) + "; img-src data:; base-uri 'none'; form-action 'none'"
	if got != want {
		t.Errorf("policy\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(got, "unsafe") {
		t.Error("the policy allows what it must not")
	}
}

// The page loads nothing, and no attribute runs or styles anything.
func TestPageIsOffline(t *testing.T) {
	active := regexp.MustCompile(`(?i)<[a-z][^>]*\s(?:on[a-z]+|style|srcset|src|action|formaction|background|poster)\s*=`)
	loading := regexp.MustCompile(`(?i)<(?:link|iframe|frame|object|embed|img|image|video|audio|base|source|applet)\b`)
	for name, doc := range allDocuments() {
		page := string(render(t, doc))
		body := page[strings.Index(page, "<body"):strings.Index(page, embedOpen)]
		if m := active.FindString(body); m != "" {
			t.Errorf("%s: active attribute: %.200s", name, m)
		}
		if m := loading.FindString(body); m != "" {
			t.Errorf("%s: loading element: %.200s", name, m)
		}
		if n := strings.Count(page, "<script"); n != 2 {
			t.Errorf("%s: %d script elements, want 2", name, n)
		}
		if strings.Contains(body, "ZgotmplZ") {
			t.Errorf("%s: a value was refused by the template", name)
		}
		for _, r := range body {
			if hidden(r) {
				t.Errorf("%s: hidden character %U on the page", name, r)
				break
			}
		}
	}
}

// Strings that an endpoint controls come out as text, wherever they stand in a document.
func TestHostileStringsEverywhere(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>' onload='x javascript:alert(3) ]]> {{.}} ` + "\u202e\x00\x1b[31m"
	doc := sample(smallSample)
	poison(doc, evil)
	page := string(render(t, doc))
	for _, bad := range []string{"<script>alert", "<img", "<script>a", "\x00", "\x1b", "\u202e"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if m := regexp.MustCompile(`href="[^#"h][^"]*"`).FindString(page); m != "" {
		t.Errorf("a link leads elsewhere: %s", m)
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("the hostile text is not shown at all")
	}
	back, err := Document(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if back.Suites[0].Cases[0].Title != evil {
		t.Errorf("the document lost bytes: %q", back.Suites[0].Cases[0].Title)
	}
}

// The order of the findings: what breaks a MUST stands before what breaks a SHOULD.
func TestMustFirst(t *testing.T) {
	page := string(render(t, sample(smallSample)))
	section := page[strings.Index(page, `<section id="findings"`):]
	must, should, open := strings.Index(section, `id="cause/patch-rewrites"`), strings.Index(section, `id="cause/etag"`), strings.Index(section, "Could not be judged")
	if must < 0 || should < must || open < should {
		t.Errorf("order is must %d, should %d, not judged %d", must, should, open)
	}
}

// The six questions stand in the order of the design.
func TestSixQuestions(t *testing.T) {
	page := string(render(t, sample(smallSample)))
	at := 0
	for i, id := range []string{"summary", "idps", "claims", "findings", "endpoint", "compliance", "conversations", "about"} {
		n := strings.Index(page, fmt.Sprintf(`<section id="%s"`, id))
		if n < at {
			t.Errorf("section %d, %s, stands at %d, before the one that precedes it", i, id, n)
		}
		at = n
	}
}

// A finding shows everything that a developer needs, and every finding of a document is there once.
func TestFindingIsComplete(t *testing.T) {
	doc := sample(smallSample)
	page := string(render(t, doc))
	n := 0
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				if !k.Finding() {
					continue
				}
				n++
				if got := strings.Count(page, `<details class="fd" id="`+checkAnchor(k.ID)+`"`); got != 1 {
					t.Errorf("finding %s stands %d times", k.ID, got)
				}
			}
		}
	}
	if n == 0 {
		t.Fatal("the sample has no findings")
	}
	at := strings.Index(page, `<details class="fd" id="rfc/patch-replace-0/patch.others-kept"`)
	card := page[at:]
	card = card[:strings.Index(card, "link to this finding")]
	for _, want := range []string{"PATCH changed an attribute", "active = <mark>true</mark> (as before", "active = <mark>false</mark>", `&#34;active&#34;: <mark>false</mark>`, "PATCH https://api.example.com/scim/v2/Users/",
		"HTTP/1.1 200 OK", "curl -X PATCH", "https://www.rfc-editor.org/rfc/rfc7644#section-", "rfc/patch-replace-0/patch.others-kept"} {
		if !strings.Contains(card, want) {
			t.Errorf("the finding lacks %q", want)
		}
	}
}

// A page of a load test stays openable, and says what it leaves out.
func TestHugeRunIsBounded(t *testing.T) {
	doc := sample(sampleSize{stories: 1900, rfcCases: 3000, checks: 3, requirements: 40, profiles: []string{"okta"}})
	page := string(render(t, doc))
	if n := strings.Count(page, `class="xl"`) + strings.Count(page, `<details class="x"`); n > 2*rowRoom {
		t.Errorf("%d exchanges are listed, want at most %d", n, 2*rowRoom)
	}
	for _, want := range []string{"more exchanges are not listed on this page", "more cases that passed are not listed here"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Fatalf("the link to %q leads nowhere", m[1])
		}
	}
}
