package profile_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
)

type obj = map[string]any

// scene plays operations of one profile against a server whose answers are written down, and says
// which captures the requests reproduce, one after the other ("" for none).
type scene struct {
	name    string
	as      string // profile that plays, where it is not the one whose captures these are
	variant profile.Variant
	auth    exchange.Auth
	own     []string // ids of the target that the story may change: "Users/u1"
	plays   []play
	answers []string // "200 {…}", in the order of the requests
	shows   []string // capture ids without the file's prefix, in the order of the requests
}

type play struct {
	op   string
	args obj
}

// names are those of the objects that the scenes change: without them the guard would keep them from being written to.
var names = []string{"alice@contoso.com", "jane@test.com", "octocat@github.com", "Droids", "KOTestGroup", "displayName"}

// script is a server that records requests and gives prepared answers.
type script struct {
	mu      sync.Mutex
	answers []string
	seen    []sent
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	path, query, _ := strings.Cut(r.RequestURI, "?")
	h := map[string]string{}
	for k, v := range r.Header {
		h[strings.ToLower(k)] = strings.Join(v, ", ")
	}
	s.seen = append(s.seen, sent{method: r.Method, path: strings.TrimPrefix(path, "/scim/v2"), query: query, headers: h, body: string(body)})
	answer := "500 {}"
	if len(s.answers) > 0 {
		answer, s.answers = s.answers[0], s.answers[1:]
	}
	status := 0
	_, _ = fmt.Sscan(answer, &status)
	_, text, _ := strings.Cut(answer, " ")
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

type stopped struct{}

func (stopped) Now() time.Time                             { return time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC) }
func (stopped) Sleep(context.Context, time.Duration) error { return nil }

// run plays the scene and returns the requests as the server received them.
func (sc scene) run(t *testing.T, set *profile.Set, idp string) []sent {
	t.Helper()
	srv := &script{answers: sc.answers}
	ts := httptest.NewServer(srv)
	defer ts.Close()
	if sc.as != "" {
		idp = sc.as
	}
	p, err := set.Profile(idp).With(sc.variant)
	if err != nil {
		t.Fatal(err)
	}
	auth := sc.auth
	if auth.Kind == "" {
		auth = exchange.Auth{Kind: "bearer", Token: "abcdefg"}
	}
	guard := exchange.NewGuard(exchange.GuardRules{TrustEcho: true})
	for _, o := range sc.own {
		endpoint, id, _ := strings.Cut(o, "/")
		for _, name := range names {
			if err := guard.Claim("/"+endpoint, id, exchange.Evidence{Marker: name, Body: []byte(`{"userName":"` + name + `"}`)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	client, err := exchange.New(exchange.Config{BaseURL: ts.URL + "/scim/v2", Auth: auth, Guard: guard, Clock: stopped{}, MaxRetries429: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	e := engine.New(engine.Options{Profiles: &profile.Set{Profiles: []*profile.Profile{p}}, Client: client, Clock: stopped{}, Sink: result.SinkFunc(func(ev result.Event) {
		if ev.Type == result.Noted {
			t.Errorf("%s: %s", sc.name, ev.Text)
		}
	})})
	for i, pl := range sc.plays {
		res, err := e.Do(context.Background(), fmt.Sprintf("%s/%d", sc.name, i), idp, pl.op, pl.args)
		if err != nil {
			t.Fatalf("%s: %s: %v", sc.name, pl.op, err)
		}
		if !res.OK {
			t.Errorf("%s: %s failed: %s", sc.name, pl.op, res.Message)
		}
	}
	if len(srv.answers) > 0 {
		t.Errorf("%s: %d answers were never asked for", sc.name, len(srv.answers))
	}
	return srv.seen
}

// TestCaptures: every captured or documented request is what one of our operations sends, or stands
// in not-reproduced.yaml with the reason.
func TestCaptures(t *testing.T) {
	set, err := profile.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for idp, scenes := range map[string]func() []scene{"okta": oktaScenes, "okta-aiw": aiwScenes, "entra": entraScenes, "entra-062020": flaggedScenes, "authentik": authentikScenes, "onelogin": oneloginScenes, "jumpcloud": jumpcloudScenes, "rauthy": rauthyScenes, "pocket-id": pocketScenes, "keycloak": keycloakScenes, "connid": connidScenes,
		"google": googleScenes, "cyberark": cyberarkScenes, "sailpoint": sailpointScenes, "pingone": pingoneScenes} {
		t.Run(idp, func(t *testing.T) {
			all := loadCaptures(t, idp)
			byID := map[string]capture{}
			for _, c := range all {
				byID[c.ID] = c
			}
			prefix := strings.SplitN(all[0].ID, "/", 2)[0] + "/"
			done := map[string]bool{}
			for _, sc := range scenes() {
				seen := sc.run(t, set, idp)
				if len(seen) < len(sc.shows) {
					t.Errorf("%s: %d requests were sent, %d expected", sc.name, len(seen), len(sc.shows))
				}
				for i, id := range sc.shows {
					if id == "" || i >= len(seen) {
						continue
					}
					c, ok := byID[prefix+id]
					if !ok {
						t.Fatalf("%s: no capture %s", sc.name, prefix+id)
					}
					if diff := compare(c, seen[i]); len(diff) > 0 {
						t.Errorf("%s is not what %s sends:\n%s", c.ID, sc.name, strings.Join(diff, "\n"))
						continue
					}
					done[c.ID] = true
				}
			}
			reasons := notReproduced(t, idp)
			for _, c := range all {
				switch reason, listed := reasons[c.ID]; {
				case !done[c.ID] && !listed:
					t.Errorf("%s (%s) is neither reproduced nor listed in not-reproduced.yaml", c.ID, c.Evidence)
				case done[c.ID] && listed:
					t.Errorf("%s is reproduced, but not-reproduced.yaml lists it", c.ID)
				case listed && strings.TrimSpace(reason) == "":
					t.Errorf("%s is listed without a reason", c.ID)
				}
			}
			t.Logf("%s: %d of %d captures reproduced, %d with a reason why not", idp, len(done), len(all), len(reasons))
		})
	}
}
