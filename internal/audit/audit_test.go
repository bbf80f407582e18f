package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/provider"
)

func file(text string) Source {
	return func(take func(Person) error) error {
		_, err := ReadFile(strings.NewReader(text), nil, take)
		return err
	}
}

func run(t testing.TB, o Options) *Report {
	t.Helper()
	o.TempDir = t.TempDir()
	r, err := Run(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
			t.Errorf("left on disk: %v", left)
		}
	})
	return r
}

// lines are the findings as "kind name attribute".
func lines(t testing.TB, r *Report) []string {
	t.Helper()
	var out []string
	for _, k := range Kinds {
		if err := r.Each(k, 0, func(f Finding) error {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Kind, f.Name, f.Attribute)))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	sort.Strings(out)
	return out
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name, accounts, roster string
		want                   []string
	}{
		{"all is well", "userName,externalId\nana@x.example,1\n", "userName\nana@x.example\n", nil},
		{"letter case and spaces do not matter", "userName\nAna@X.example\n", "Login; Name\n ana@x.example ;Ana\n", nil},
		{"orphan", "userName\nana\nben\n", "userName\nana\n", []string{"orphan ben"}},
		{"inactive account of nobody", "userName,active\nana,true\nben,false\n", "userName\nana\n", nil},
		{"left, still active", "userName,active\nana,true\n", "userName,status\nana,terminated\n", []string{"leaver ana"}},
		{"left, and disabled", "userName,active\nana,false\n", "userName,suspended\nana,yes\n", nil},
		{"missing", "userName\nana\n", "userName\nana\nben\n", []string{"missing ben"}},
		{"a leaver is not missing", "userName\nana\n", "userName,active\nana,true\nben,false\n", nil},
		{"locked out", "userName,active\nana,False\n", "userName\nana\n", []string{"disabled ana"}},
		{"matched by mail", "userName,email\nana1,ana@x.example\n", "email\nANA@x.example\n", nil},
		{"userName is the mail", "userName\nana@x.example\n", "email,name\nana@x.example,Ana\n", nil},
		{"two accounts, one person", "id,userName\n1,ana\n2,ANA\n", "userName\nana\n", []string{"duplicate ANA"}},
		{"second account found by mail", "userName,email\nana,ana@x.example\nana.ruiz,ana@x.example\n", "userName,email\nana,ana@x.example\n", []string{"duplicate ana.ruiz"}},
		{"both accounts of a leaver", "userName,email\nana,ana@x.example\nana2,ana@x.example\n", "userName,email,active\nana,ana@x.example,no\n", []string{"duplicate ana2", "leaver ana", "leaver ana2"}},
		{"drift", "userName,title,department\nana,Clerk,IT\nben,Cook,HR\n", "userName,jobTitle,Department\nana,Manager,IT\nben,Cook,\n", []string{"drift ana title"}},
		{"mail drift", "userName,email\nana,old@x.example\n", "userName,email\nana,new@x.example\n", []string{"drift ana email"}},
		{"never linked", "userName,externalId\nana,1\nben,\n", "userName\nana\nben\n", []string{"unlinked ben"}},
		{"hired again", "userName\nana\n", "userName,active\nana,false\nana,true\n", nil},
		{"listed twice", "userName\nben\n", "userName\nana\nana\nben\n", []string{"missing ana", "missing ana"}},
		{"a status that nobody knows counts as active", "userName\nana\n", "userName,status\nana,on sabbatical\n", nil},
		{"no accounts", `[]`, "userName\nana\n", []string{"missing ana"}},
		{"SCIM on both sides", `{"schemas":["x"],"totalResults":2,"Resources":[{"id":"1","userName":"ana","name":{"givenName":"Ana"},"active":true,"emails":[{"value":"a@x.example","primary":true}]},{"id":"2","userName":"ben","active":"True"}]}`,
			`{"userName":"ana","name":{"givenName":"Anna"},"emails":[{"value":"a@x.example"}]}` + "\n" + `{"userName":"cy"}`, []string{"drift ana name.givenName", "missing cy", "orphan ben"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, Options{Accounts: file(tt.accounts), Roster: file(tt.roster)})
			if d := cmp.Diff(tt.want, lines(t, r)); d != "" {
				t.Error(d)
			}
			if want := strings.Contains(strings.Join(tt.want, " "), "orphan") || strings.Contains(strings.Join(tt.want, " "), "leaver"); r.Gap() != want {
				t.Errorf("gap %v", r.Gap())
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, roster := range map[string]string{"empty": "", "no people": "userName\n", "no column to find by": "shoe,size\n1,2\n", "broken JSON": `[{"userName":`, "a number": "[1]"} {
		_, err := Run(Options{Accounts: file("userName\nana\n"), Roster: file(roster), TempDir: t.TempDir()})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, rules := range [][]Rule{{{"foo", "userName"}}, {{"userName", "bar"}}, {{"externalId", "externalId"}}} { // everybody would be an orphan
		if _, err := Run(Options{Accounts: file("userName\nana\n"), Roster: file("userName\nana\n"), Rules: rules, TempDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "nobody can be matched") {
			t.Errorf("%v: %v", rules, err)
		}
	}
	if _, err := ParseRule("=x"); err == nil {
		t.Error("a rule without an attribute is taken")
	}
}

// TestLaws: every account and every person is accounted for, however both sides lie.
func TestLaws(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		people := rapid.SliceOfN(rapid.StringMatching(`[a-c]{1,2}`), 1, 12)
		app, roster := people.Draw(rt, "app"), people.Draw(rt, "roster")
		give := func(list []string) Source {
			return func(take func(Person) error) error {
				for i, n := range list {
					if err := take(Person{ID: fmt.Sprint(i), UserName: n, State: Active, Line: i}); err != nil {
						return err
					}
				}
				return nil
			}
		}
		r, err := Run(Options{Accounts: give(app), Roster: give(roster), TempDir: dir})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		if got := r.Matched + r.Counts[Orphan] + r.Counts[Duplicate]; got != len(app) {
			rt.Fatalf("%d accounts, %d accounted for: %+v", len(app), got, r.Summary)
		}
		in := map[string]bool{}
		for _, n := range roster {
			in[n] = true
		}
		orphans := 0
		for _, n := range app {
			if !in[n] {
				orphans++
			}
		}
		if r.Counts[Orphan] != orphans {
			rt.Fatalf("orphans %d, want %d", r.Counts[Orphan], orphans)
		}
	})
}

func imported(t *testing.T, h http.Handler, size int) (Imported, int, error) {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	c, err := exchange.New(exchange.Config{BaseURL: srv.URL + "/scim/v2", Auth: exchange.Auth{Kind: "bearer", Token: "good"}, ReadOnly: true, NoCurl: true, Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	seen := map[string]bool{}
	got, err := Import(t.Context(), c, size, nil, func(p Person) error { seen[p.ID] = true; return nil })
	return got, len(seen), err
}

func TestImport(t *testing.T) {
	p, err := provider.New(provider.Options{Token: "good", Seed: 1234, MaxPage: 100})
	if err != nil {
		t.Fatal(err)
	}
	if got, n, err := imported(t, p, 200); err != nil || n != 1234 || got.Total != 1234 {
		t.Errorf("%d of 1234, %+v, %v", n, got, err)
	}
	always := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"totalResults":500,"Resources":[{"id":"1"},{"id":"2"}]}`))
	})
	if got, n, err := imported(t, always, 2); err != nil || n != 2 || got.Pages != 2 {
		t.Errorf("a server that repeats its page: %d, %+v, %v", n, got, err)
	}
	failing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("startIndex") != "1" {
			w.WriteHeader(500)
			return
		}
		always(w, r)
	})
	if _, _, err := imported(t, failing, 2); err == nil || !strings.Contains(err.Error(), "page 2") {
		t.Errorf("half a list is taken for all: %v", err)
	}
	html := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	if _, _, err := imported(t, html, 2); err == nil {
		t.Error("HTML is taken for a list")
	}
}

func TestRenderings(t *testing.T) {
	r := run(t, Options{Accounts: file("userName,displayName\n=cmd()|x,a\n<script>,\x1b[2J\nana,b\n"), Roster: file("userName,displayName\nana,Ana\n"), Price: 10, PriceHour: 60, Minutes: 10, Currency: "EUR"})
	if r.Hours != 0.5 || r.CostWork != 30 { // two orphans and a drift
		t.Errorf("%v hours, %v", r.Hours, r.CostWork)
	}
	for name, write := range Formats() {
		var b bytes.Buffer
		if err := write(&b, r); err != nil {
			t.Fatal(err)
		}
		s := b.String()
		switch {
		case name == "json":
			var v struct {
				Schema   string
				Findings []Finding
				Cost     float64 `json:"cost_per_month"`
			}
			if err := json.Unmarshal(b.Bytes(), &v); err != nil || len(v.Findings) != 3 || v.Schema != SchemaID || v.Cost != 20 {
				t.Errorf("%v %+v", err, v)
			}
		case name == "csv":
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil || len(rows) != 4 || strings.Contains(s, "\n=") || !strings.Contains(s, "'=cmd") {
				t.Errorf("%v %q", err, s)
			}
		case !strings.Contains(s, "20.00") || !strings.Contains(s, "2 active accounts"):
			t.Errorf("%s: %s", name, s)
		case name == "html" && strings.Contains(s, "<script>"), strings.Contains(s, "\x1b"):
			t.Errorf("%s is open to what names hold", name)
		}
	}
}

// TestMany: memory does not grow with the number of accounts beyond the size of a part.
func TestMany(t *testing.T) {
	const n = 100000
	side := func(from int) Source {
		return func(take func(Person) error) error {
			for i := from; i < from+n; i++ {
				p := Person{ID: fmt.Sprint(i), UserName: fmt.Sprintf("user%d@corp.example", i), State: Active, Attrs: map[string]string{"title": "Clerk", "displayName": "Person of the company"}}
				if err := take(p); err != nil {
					return err
				}
			}
			return nil
		}
	}
	var peak uint64
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		var m runtime.MemStats
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	r := run(t, Options{Accounts: side(1000), Roster: side(0)})
	close(stop)
	<-done
	if r.Counts[Orphan] != 1000 || r.Counts[Missing] != 1000 || r.Matched != n-1000 {
		t.Errorf("%+v", r.Summary)
	}
	if peak > 64<<20 {
		t.Errorf("peak %d MiB", peak>>20)
	}
	t.Logf("peak heap %d MiB", peak>>20)
}
