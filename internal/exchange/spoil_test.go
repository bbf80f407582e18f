package exchange

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// TestSpoiltCredential: what is sent is wrong and almost right, and neither it nor an echo of it stands in a record.
func TestSpoiltCredential(t *testing.T) {
	for _, tt := range []struct {
		name   string
		auth   Auth
		almost Almost
		sent   string
	}{
		{"bearer, cut", Auth{Kind: "bearer", Token: "secret-token-12"}, Cut, "Bearer secret-toke"},
		{"bearer, longer", Auth{Kind: "bearer", Token: "secret-token-12"}, Longer, "Bearer secret-token-12-scimmage"},
		{"bearer, its scheme in small letters", Auth{Kind: "bearer", Token: "secret-token-12"}, Lower, "bearer secret-token-12"},
		{"raw header in small letters is as it was", Auth{Kind: "header", Token: "Raw-secret-8"}, Lower, "Raw-secret-8"},
		{"raw header, cut", Auth{Kind: "header", Token: "raw-secret-8"}, Cut, "raw-secre"},
		{"bearer, in other letters", Auth{Kind: "bearer", Token: "Secret-token-12"}, Swapped, "Bearer sECRET-TOKEN-12"},
		{"bearer, hexadecimal letters mean the same", Auth{Kind: "bearer", Token: "abc-1234"}, Swapped, "Bearer abc-1234-scimmage"},
		{"basic, a longer password", Auth{Kind: "basic", User: "u", Password: "pw-secret"}, Longer, "Basic dTpwdy1zZWNyZXQtc2NpbW1hZ2U="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			c := client(t, Config{BaseURL: "http://h/v2", Auth: tt.auth, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.Header.Get("Authorization")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte("no such credential: " + got))
			})})
			r := Request{Method: "GET", Path: "/Users", Almost: tt.almost}
			if r.Own() {
				t.Error("a spoilt credential is taken for our own")
			}
			x := c.Do(context.Background(), r)
			if got != tt.sent {
				t.Errorf("sent %q, want %q", got, tt.sent)
			}
			_, secret, ok := strings.Cut(tt.sent, " ")
			if !ok {
				secret = tt.sent
			}
			if strings.Contains(x.Response.Body, secret) || strings.Contains(x.Curl, secret) {
				t.Errorf("the record shows %q:\n%s\n%s", secret, x.Response.Body, x.Curl)
			}
		})
	}
}
