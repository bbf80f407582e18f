package exchange

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
)

// tokenServer hands out tokens and accepts the newest one.
type tokenServer struct {
	issued  int
	expires int
	status  int
	auth    []string
	forms   []url.Values
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/token" {
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer access-token-%d", s.issued) {
			w.WriteHeader(401)
		}
		return
	}
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	s.auth, s.forms = append(s.auth, r.Header.Get("Authorization")), append(s.forms, form)
	w.Header().Set("Content-Type", "application/json")
	if s.status != 0 {
		w.Header().Set("Location", "http://elsewhere.example.net/token")
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"who is `+form.Get("client_secret")+`"}`)
		return
	}
	s.issued++
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("access-token-%d", s.issued), "token_type": "bearer", "expires_in": s.expires})
}

func oauthClient(t *testing.T, s *tokenServer, clock *fakeClock, style string, side *[]*result.Exchange) *Client {
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return client(t, Config{BaseURL: srv.URL, Clock: clock, OnSide: func(x *result.Exchange) { *side = append(*side, x) },
		Auth: Auth{Kind: "oauth2", TokenURL: srv.URL + "/token", ClientID: "me", ClientSecret: "client-s3cret", Scopes: []string{"scim", "all"}, AuthStyle: style}})
}

func TestOAuthClientCredentials(t *testing.T) {
	for _, style := range []string{"basic", "post"} {
		s, clock, side := &tokenServer{expires: 60}, newFakeClock(), []*result.Exchange{}
		c := oauthClient(t, s, clock, style, &side)
		for range 3 {
			mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
		}
		if s.issued != 1 {
			t.Errorf("%s: %d tokens for three requests", style, s.issued)
		}
		if style == "basic" && s.auth[0] != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:client-s3cret")) {
			t.Errorf("authorization %q", s.auth[0])
		}
		want := url.Values{"grant_type": {"client_credentials"}, "scope": {"scim all"}}
		if style == "post" {
			want["client_id"], want["client_secret"] = []string{"me"}, []string{"client-s3cret"}
		}
		if diff := cmp.Diff(want, s.forms[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", style, diff)
		}
		_ = clock.Sleep(t.Context(), time.Minute)
		mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
		if s.issued != 2 {
			t.Errorf("%s: an expired token was kept", style)
		}
		s.issued++ // the server has forgotten the token before its time
		x := c.Do(t.Context(), get("/Users"))
		mustStatus(t, x, 200)
		if len(x.Attempts) != 1 || x.Attempts[0].Status != 401 {
			t.Errorf("%s: attempts %+v", style, x.Attempts)
		}
		checkSide(t, side)
	}
}

// checkSide: token requests are recorded, and hold no secret.
func checkSide(t *testing.T, side []*result.Exchange) {
	t.Helper()
	if len(side) != 3 {
		t.Fatalf("%d token requests recorded", len(side))
	}
	for _, x := range side {
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"client-s3cret", "access-token-", base64.StdEncoding.EncodeToString([]byte("me:client-s3cret"))} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s stands in the record: %s", secret, b)
			}
		}
		if x.Response.Status != 200 || x.Request.Method != "POST" || !strings.HasSuffix(x.Request.URL, "/token") {
			t.Errorf("record %s", b)
		}
	}
}

func TestOAuthFailures(t *testing.T) {
	for _, st := range []int{400, 401, 500, 302, 307} {
		s, side := &tokenServer{status: st}, []*result.Exchange{}
		c := oauthClient(t, s, newFakeClock(), "post", &side)
		x := c.Do(t.Context(), get("/Users"))
		mustKind(t, x, KindAuth)
		if strings.Contains(x.Error.Message, "client-s3cret") || !Unusable(kind(x)) {
			t.Errorf("fault %+v", x.Error)
		}
		if st == 401 && !strings.Contains(x.Error.Message, "invalid_client") {
			t.Errorf("the reason is missing: %s", x.Error.Message)
		}
	}
	s, side := &tokenServer{}, []*result.Exchange{}
	c := oauthClient(t, s, newFakeClock(), "post", &side)
	s.issued = -5 // the target refuses every token: one new try, then 401 is the answer
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) })
	refusing := client(t, Config{BaseURL: c.BaseURL(), Auth: c.cfg.Auth})
	refusing.rt = &handlerTransport{handler: h, limit: 1 << 20, clock: newFakeClock()}
	x := refusing.Do(t.Context(), get("/Users"))
	if kind(x) != KindAuth && status(x) != 401 {
		t.Errorf("status %d, %v", status(x), x.Error)
	}
}

func TestPrivateKeyJWT(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		alg, pem string
		der      []byte
		verify   func(sum, sig []byte) bool
	}{
		{"RS256", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), func(sum, sig []byte) bool {
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, sum, sig) == nil
		}},
		{"ES256", "PRIVATE KEY", pkcs8, func(sum, sig []byte) bool {
			return len(sig) == 64 && ecdsa.Verify(&ecKey.PublicKey, sum, new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
		}},
	} {
		t.Run(tt.alg, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key.pem")
			writePEM(t, file, tt.pem, tt.der)
			s := &tokenServer{}
			clock := newFakeClock()
			var side []*result.Exchange
			c := client(t, Config{BaseURL: "http://h", Handler: s, Clock: clock, OnSide: func(x *result.Exchange) { side = append(side, x) },
				Auth: Auth{Kind: "oauth2", TokenURL: "http://h/token", ClientID: "me", AuthStyle: "private-key-jwt", PrivateKeyFile: file, KeyID: "k1"}})
			mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
			form := s.forms[0]
			if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Get("client_secret") != "" {
				t.Errorf("form %v", form)
			}
			jwt := form.Get("client_assertion")
			parts := strings.Split(jwt, ".")
			if len(parts) != 3 {
				t.Fatalf("assertion %q", jwt)
			}
			sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
			sig, err := base64.RawURLEncoding.DecodeString(parts[2])
			if err != nil || !tt.verify(sum[:], sig) {
				t.Errorf("the signature does not hold: %v", err)
			}
			headJSON, _ := base64.RawURLEncoding.DecodeString(parts[0])
			claimsJSON, _ := base64.RawURLEncoding.DecodeString(parts[1])
			if want := `{"alg":"` + tt.alg + `","kid":"k1","typ":"JWT"}`; string(headJSON) != want {
				t.Errorf("header %s, want %s", headJSON, want)
			}
			var claims map[string]any
			if err := json.Unmarshal(claimsJSON, &claims); err != nil || claims["iss"] != "me" || claims["sub"] != "me" || claims["aud"] != "http://h/token" || claims["jti"] == "" {
				t.Errorf("claims %s", claimsJSON)
			}
			b, _ := json.Marshal(side)
			if len(side) != 1 || strings.Contains(string(b), parts[2]) || strings.Contains(string(b), "access-token-1") {
				t.Errorf("record %s", b)
			}
		})
	}
}

func TestTokensGoNowhereElse(t *testing.T) {
	var target seen
	s := &tokenServer{}
	srv := httptest.NewServer(s)
	defer srv.Close()
	c := client(t, Config{BaseURL: "http://target.example.com", Handler: target.handler(200, "{}"), Headers: []Header{{Name: "X-Api-Key", Value: "target-key-1"}},
		Auth: Auth{Kind: "oauth2", TokenURL: srv.URL + "/token", ClientID: "me", ClientSecret: "client-s3cret"}})
	mustStatus(t, c.Do(t.Context(), get("/Users")), 200)
	if target.heads[0].Get("Authorization") != "Bearer access-token-1" || target.heads[0].Get("X-Api-Key") != "target-key-1" || s.issued != 1 {
		t.Errorf("target got %v", target.heads[0])
	}
}
