package apps_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/apps"
	"github.com/scimmage/scimmage/internal/audit"
	"github.com/scimmage/scimmage/internal/claims"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/probe"
	"github.com/scimmage/scimmage/internal/prove"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
)

const folder = "../../testdata/apps"

func scenarios(t *testing.T) map[string]*apps.App {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*", "app.yaml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d scenarios (%v)", len(files), err)
	}
	out := map[string]*apps.App{}
	for _, f := range files {
		a, err := apps.Load(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(filepath.Dir(f))] = a
	}
	return out
}

// TestProbe: a probe says of every stand-in what the scenario says of the product.
func TestProbe(t *testing.T) {
	for name, a := range scenarios(t) {
		t.Run(name, func(t *testing.T) {
			rep := probed(t, a)
			if string(rep.Verdict.Kind) != a.Expect.Probe {
				t.Errorf("probe says %s (%v), want %s", rep.Verdict.Kind, rep.Verdict.Because, a.Expect.Probe)
			}
		})
	}
}

func probed(t *testing.T, a *apps.App) *probe.Report {
	t.Helper()
	h, err := a.Handler(provider.Options{Token: "good"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	var headers []exchange.Header
	for k, v := range a.Expect.Headers {
		headers = append(headers, exchange.Header{Name: k, Value: v})
	}
	rep, err := probe.Run(context.Background(), probe.Options{URL: srv.URL + "/scim/v2", Credentials: true, AuthKind: "bearer", Open: func(base string) (probe.Client, error) {
		return exchange.New(exchange.Config{BaseURL: base, Auth: exchange.Auth{Kind: "bearer", Token: "good"}, Headers: headers, ReadOnly: true, NoCurl: true, Timeout: 10 * time.Second, Proxy: "none"})
	}})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// TestPromises: where there is SCIM a run measures the matrix of the scenario; where there is none, every promise is
// broken and every denial is kept.
func TestPromises(t *testing.T) {
	for name, a := range scenarios(t) {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(a.File(a.Claims))
			if err != nil {
				t.Fatal(err)
			}
			f, err := claims.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			var judged []result.Claim
			if a.Serve.SCIM == nil {
				judged, err = claims.Absent(f, "no SCIM")
			} else {
				judged, err = claims.Judge(f, measured(t, a))
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]map[string]string{}
			for _, c := range judged {
				of := c.Profile + c.Kind // a feature has a profile, anything else a kind
				if _, asked := a.Expect.Claims[of][c.Feature]; asked {
					if got[of] == nil {
						got[of] = map[string]string{}
					}
					got[of][c.Feature] = c.Verdict
				}
			}
			if d := cmp.Diff(a.Expect.Claims, got); d != "" {
				t.Errorf("promises (-want +got):\n%s", d)
			}
		})
	}
}

// measured runs the suites of the profiles that the scenario names, and holds the matrix against it.
func measured(t *testing.T, a *apps.App) *result.Document {
	t.Helper()
	bench, err := prove.New()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for idp := range a.Expect.Matrix {
		names = append(names, idp+".*")
	}
	slices.Sort(names)
	doc, err := bench.Run(context.Background(), a.Serve.SCIM.Defects, a.Serve.SCIM.Variants, prove.Selection{Suites: names})
	if err != nil {
		t.Fatal(err)
	}
	for idp, row := range a.Expect.Matrix {
		for feature, want := range row {
			i := slices.IndexFunc(doc.Features, func(f result.Feature) bool { return f.ID == feature })
			if i < 0 {
				t.Errorf("no feature %s", feature)
				continue
			}
			if got := string(doc.Features[i].Verdicts[idp]); got != want {
				t.Errorf("%s, %s: measured %q (%s), want %q", idp, feature, got, doc.Features[i].Because[idp], want)
			}
		}
	}
	return doc
}

// TestOrphans: who should not be in the app is told from its exported list alone.
func TestOrphans(t *testing.T) {
	held := 0
	for name, a := range scenarios(t) {
		if a.Expect.Audit == nil {
			continue
		}
		held++
		t.Run(name, func(t *testing.T) {
			rep, err := audit.Run(audit.Options{Accounts: file(t, a.File(a.Expect.Audit.Accounts)), Roster: file(t, a.File(a.Expect.Audit.Roster)), TempDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rep.Close() }()
			var orphans []string
			if err := rep.Each(audit.Orphan, 100, func(f audit.Finding) error { orphans = append(orphans, f.Name); return nil }); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(a.Expect.Audit.Orphans, orphans); d != "" {
				t.Errorf("orphans (-want +got):\n%s", d)
			}
		})
	}
	if held == 0 {
		t.Error("no scenario has an audit")
	}
}

func file(t *testing.T, path string) audit.Source {
	return func(take func(audit.Person) error) error {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		_, err = audit.ReadFile(f, nil, take)
		return err
	}
}

// TestLoadRefuses: what is wrong with a scenario is said with its file.
func TestLoadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"product: x\n":        "serve needs either scim or site",
		"serve: {scim: {}}\n": "product is missing",
		"product: x\nserve: {site: [{path: x, status: 200}]}\n": "does not begin with a slash",
		"product: x\nserve: {site: [{path: /, status: 99}]}\n":  "no final HTTP status",
		"product: x\nservs: {}\n":                               "servs",
	} {
		f := filepath.Join(t.TempDir(), "app.yaml")
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := apps.Load(f)
		if err == nil || !containsAll(err.Error(), f, want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func containsAll(s string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s, p) })
}
