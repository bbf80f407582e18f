package provider

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// TestCatalogue holds the YAML against the code: every name has code, no code asks for a name that is not listed, and each
// entry says what it is about.
func TestCatalogue(t *testing.T) {
	asked := map[string]bool{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	has := regexp.MustCompile(`\.has\("([a-z0-9-]+)"\)`)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
			b, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range has.FindAllStringSubmatch(string(b), -1) {
				asked[m[1]] = true
			}
		}
	}
	listed, yardstick := map[string]bool{}, map[int]bool{}
	for _, d := range append(Defects(), Variants()...) {
		if listed[d.Name] {
			t.Errorf("%s is listed twice", d.Name)
		}
		listed[d.Name] = true
		yardstick[d.Yardstick] = true
		if d.Title == "" || d.Why == "" || d.Area == "" || d.Source == "" {
			t.Errorf("%s: title, why, area and source are needed: %+v", d.Name, d)
		}
		for _, r := range d.Rules {
			if r.If != "" && (r.Refuse > 0 || r.HangUp) {
				t.Errorf("%s: a rule that refuses knows no answer to look at (if: %s)", d.Name, r.If)
			}
		}
		if code := new(bends).collect(d.Name); !code && !asked[d.Name] && len(d.Rules) == 0 && d.Publishes == nil && d.Address == "" {
			t.Errorf("%s has no code", d.Name)
		}
	}
	for name := range asked {
		if !listed[name] {
			t.Errorf("the code asks for %q, which no file lists", name)
		}
	}
	for _, name := range tableNames() {
		if !listed[name] {
			t.Errorf("a table has code for %q, which no file lists", name)
		}
	}
	for i := 1; i <= 36; i++ {
		if !yardstick[i] {
			t.Errorf("fault %d of the yardstick has no defect", i)
		}
	}
	seen := 0
	for _, d := range Defects() {
		if d.Seen() {
			seen++
		}
	}
	if seen < 200 {
		t.Errorf("%d defects have been seen on real servers", seen)
	}
	if len(Defects()) < 200 || len(Variants()) < 30 {
		t.Errorf("%d defects, %d variants", len(Defects()), len(Variants()))
	}
	if _, err := New(Options{Defects: []string{"no-locaton"}}); err == nil || !strings.Contains(err.Error(), "no-location") {
		t.Errorf("an unknown defect: %v", err)
	}
}

func tableNames() []string {
	var out []string
	for _, t := range []map[string]requestHook{requestHooks, discoveryRequests, authRequests, lifecycleRequests, securityRequests, asyncRequests, updateRequests, reachRequests, variantRequests, heirRequests} {
		out = append(out, keysOf(t)...)
	}
	for _, t := range []map[string]responseHook{resourceHooks, listHooks, errorHooks, discoveryHooks, writeHooks, authHooks, bulkHooks, mediaHooks, asyncHooks, updateHooks, reachHooks, variantHooks, heirHooks} {
		out = append(out, keysOf(t)...)
	}
	out = append(out, keysOf(searchBends)...)
	out = append(out, keysOf(projectionBends)...)
	out = append(append(out, keysOf(filterBends)...), keysOf(blindFilter)...)
	for _, t := range []map[string]opsBend{opsBends, groupOpsBends, updateOps, variantOps, blindOps} {
		out = append(out, keysOf(t)...)
	}
	out = append(append(append(out, keysOf(patchedBends)...), keysOf(updatePatched)...), keysOf(forgetPatched)...)
	out = append(out, keysOf(blindPatched)...)
	for _, t := range []map[string]intakeBend{intakeBends, groupIntakeBends, updateIntake, variantIntake} {
		out = append(out, keysOf(t)...)
	}
	return out
}

func keysOf[T any](m map[string]T) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// TestCatalogueHasNoUnknownKeys: a misspelt condition of a rule would only widen the defect.
func TestCatalogueHasNoUnknownKeys(t *testing.T) {
	files, err := filepath.Glob("defects/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(b))
		dec.KnownFields(true)
		var entries []Defect
		if err := dec.Decode(&entries); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestEveryDefectIsVisible runs one long conversation with the clean provider and with each defect and variant: some answer
// must differ.
func TestEveryDefectIsVisible(t *testing.T) {
	clean, _ := conversation(t, Defect{}, nil)
	if again, same := conversation(t, Defect{}, clean); !same {
		t.Fatalf("the conversation is not reproducible:\n%s\n%s", clean[len(again)-1], again[len(again)-1])
	}
	for _, d := range append(Defects(), Variants()...) {
		if len(d.Rules) > 0 || d.Address != "" {
			continue // a rule may be about one request of one case: the map of proofs holds that some check notices it; so with an address
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			if _, same := conversation(t, d, clean); same {
				t.Errorf("%s changes no answer", d.Name)
			}
		})
	}
}

type talk struct {
	*client
	log    *[]string
	clean  []string // what the clean provider said
	differ *bool    // an answer differed: the rest of the conversation is not needed
	trap   string
	n      int
}

// note keeps an observation and compares it with the clean one.
func (k *talk) note(s string) {
	s = strings.ReplaceAll(s, k.trap, "trap")
	*k.log = append(*k.log, s)
	if i := len(*k.log) - 1; k.clean != nil && (i >= len(k.clean) || k.clean[i] != s) {
		*k.differ = true
	}
}

func (k *talk) say(method, path, body string, headers ...string) got {
	if *k.differ {
		return got{header: http.Header{}}
	}
	g := k.do(method, path, body, headers...)
	h := ""
	for _, name := range []string{"Content-Type", "Location", "ETag", "WWW-Authenticate", "Allow", "Content-Location", "Content-Encoding", "Retry-After", "RateLimit-Limit"} {
		h += " " + name + "=" + strings.Join(g.header.Values(name), ",")
	}
	k.note(fmt.Sprintf("%s %s %s → %d%s %s", method, path, body, g.status, h, g.raw))
	return g
}

// id is what a client would take for the id of a new resource.
func (k *talk) id(g got) string {
	if s := g.str("id"); s != "" {
		return strings.ReplaceAll(s, " ", "%20")
	}
	k.n++
	return fmt.Sprintf("missing-%d", k.n)
}

func conversation(t *testing.T, d Defect, clean []string) (log []string, same bool) {
	var hits int
	var mu sync.Mutex
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { mu.Lock(); hits++; mu.Unlock() }))
	defer trap.Close()
	o := Options{Token: testToken, Tokens: map[string]string{"second": "b/eve", "third": "b"}, Me: "ada@x.example", Clock: clock(), NewID: counter(),
		MaxPage: 20, DefaultPage: 20, MaxOperations: 4, MaxPayload: 6000, MaxBody: 300_000}
	if d.Variant {
		o.Variants = []string{d.Name}
	} else if d.Name != "" {
		o.Defects = []string{d.Name}
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.key = [32]byte{}
	differ := false
	k := &talk{client: &client{t: t, p: p, token: testToken}, log: &log, clean: clean, differ: &differ, trap: trap.URL}
	talkDiscovery(k)
	talkCreate(k, trap.URL)
	talkQueries(k)
	talkPatch(k)
	talkGroups(k)
	talkReach(k)
	talkBlind(k)
	talkLife(k)
	talkHeirs(k)
	talkApart(k)
	talkBulk(k)
	talkOdd(k)
	talkTenants(k)
	talkRaces(k, d.Name)
	mu.Lock()
	defer mu.Unlock()
	k.note(fmt.Sprint("hits ", hits))
	return log, !differ
}

// talkRaces sends what only shows at the same time; the clean provider is asked once, the defects of concurrency get the full
// load.
func talkRaces(k *talk, defect string) {
	if *k.differ {
		return
	}
	switch defect {
	case "", "double-create-race", "lost-member-adds", "lost-member-removals", "lost-updates", "if-match-race":
	default:
		*k.log = append(*k.log, k.clean[len(*k.log)]) // nothing to see for this one
		return
	}
	at := func(n int, f func(i int) got) map[int]int {
		var wg sync.WaitGroup
		var mu sync.Mutex
		count := map[int]int{}
		for i := range n {
			wg.Add(1)
			go func() {
				defer wg.Done()
				g := f(i)
				mu.Lock()
				count[g.status]++
				mu.Unlock()
			}()
		}
		wg.Wait()
		return count
	}
	slow := &client{t: k.t, p: k.p, token: k.token}
	created := at(4, func(int) got { return slow.do("POST", "/Users", userJSON("race")) })
	u := slow.do("GET", "/Users?filter="+esc(`userName eq "race"`), "")
	path := "/Users/" + u.str("Resources", "0", "id")
	at(4, func(i int) got {
		return slow.do("PATCH", path, patchJSON(`{"op":"replace","path":"`+[]string{"title", "nickName", "userType", "timezone"}[i]+`","value":"x"}`))
	})
	kept := 0
	after := slow.do("GET", path, "")
	for _, n := range []string{"title", "nickName", "userType", "timezone"} {
		if after.str(n) == "x" {
			kept++
		}
	}
	tag := after.header.Get("ETag")
	won := at(4, func(i int) got {
		return slow.do("PUT", path, userJSON("race", `"title":"`+fmt.Sprint(i)+`"`), "If-Match: "+tag)
	})
	var ids []string
	for i := range 6 {
		ids = append(ids, slow.do("POST", "/Users", userJSON(fmt.Sprintf("racer%d", i))).str("id"))
	}
	g := slow.do("POST", "/Groups", groupJSON("race"))
	at(6, func(i int) got {
		return slow.do("PATCH", "/Groups/"+g.str("id"), patchJSON(`{"op":"add","path":"members","value":[{"value":"`+ids[i]+`"}]}`))
	})
	members := slow.do("GET", "/Groups/"+g.str("id"), "").len("members")
	full := slow.do("POST", "/Groups", groupJSON("leavers", ids...))
	at(6, func(i int) got {
		return slow.do("PATCH", "/Groups/"+full.str("id"), patchJSON(`{"op":"remove","path":"members[value eq \"`+ids[i]+`\"]"}`))
	})
	left := slow.do("GET", "/Groups/"+full.str("id"), "").len("members")
	k.note(fmt.Sprint(created[201], kept, won[200], members, left))
}

// TestPhotoFetchedStaysOnLoopback makes sure that the one defect that opens a connection reaches no other machine.
func TestPhotoFetchedStaysOnLoopback(t *testing.T) {
	start := time.Now()
	for _, u := range []string{"http://192.0.2.1:81/", "https://example.com/", "ftp://127.0.0.1/", "http://[2001:db8::1]/", "::"} {
		fetchLoopback(u)
	}
	if time.Since(start) > 500*time.Millisecond {
		t.Error("something was dialled")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go fetchLoopback("http://" + l.Addr().String() + "/x")
	if c, err := l.Accept(); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
}
