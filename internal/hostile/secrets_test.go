//go:build hostile

package hostile

import (
	"encoding/base64"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/provider"
)

// forms are the ways in which a secret may be written.
func forms(secret string) []string {
	return []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		strings.ReplaceAll(secret, "/", `\/`)}
}

// echo is a server that shows its clients the credential wherever it can: in header fields, in attributes, in errors.
func echo(w http.ResponseWriter, r *http.Request, next http.Handler) {
	shown := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	w.Header().Set("X-Debug-Token", shown)
	w.Header().Set("X-Debug", "token="+url.QueryEscape(shown)+" b64="+base64.StdEncoding.EncodeToString([]byte(shown)))
	bend(func(b []byte) []byte {
		text := strings.ReplaceAll(string(b), `"displayName":"`, `"nickName":"`+shown+`","displayName":"`)
		text = strings.ReplaceAll(text, `"detail":"`, `"detail":"Authorization: Bearer `+shown+` and `+base64.StdEncoding.EncodeToString([]byte(shown))+` `)
		return []byte(strings.ReplaceAll(text, `"familyName":"`, `"familyName":"`+shown))
	})(w, r, next)
}

// TestSecretsStayInside searches everything that runs write, of all formats, for the credential in every form.
func TestSecretsStayInside(t *testing.T) {
	tests := []struct {
		name string
		do   behaviour
		with provider.Options
		args []string
	}{
		{"a server that echoes the token", echo, provider.Options{}, []string{"-v", "--redact-pii=false"}},
		{"the same with personal data hidden", echo, provider.Options{}, []string{"-v", "--redact-pii"}},
		{"a server whose errors show the request", echo, provider.Options{Defects: []string{"filter-ignored", "duplicate-overwrites"}}, []string{"-v"}},
		{"a token that is refused", says(401, "text/plain", "the token "+token+" is wrong"), provider.Options{}, []string{"-v"}},
		{"a redirect that carries the token", says(302, "", "", "Location", "https://evil.example.net/?access_token="+url.QueryEscape(token)), provider.Options{}, []string{"-v"}},
		{"an answer that is no HTTP", wire("HTTP/1.1 200 " + token + "\r\nBroken " + token + "\r\n\r\n"), provider.Options{}, []string{"-v"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.with, func(_ int64, w http.ResponseWriter, r *http.Request, next http.Handler) { tt.do(w, r, next) })
			o := run(t, b.url, append(tt.args, "--suite", "rfc.create,rfc.errors,okta.users", "--history", "history.csv")...)
			if files := search(t, o, token); files < 10 {
				t.Errorf("%d artefacts were searched; there must be ten at least", files)
			}
		})
	}
}

// search looks for a secret in all that a run wrote, and tells in how many places it looked.
func search(t *testing.T, o outcome, secret string) (places int) {
	t.Helper()
	all := artefacts(t, o)
	for where, text := range all {
		for _, form := range forms(secret) {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s holds the secret as %q: …%q…", where, form, text[max(0, i-120):min(len(text), i+len(form)+40)])
			}
		}
	}
	return len(all)
}

// artefacts are all texts that a run wrote: what it said, its reports and journals, the copies in its cache.
func artefacts(t *testing.T, o outcome) map[string]string {
	t.Helper()
	all := map[string]string{"stdout": o.stdout, "stderr": o.stderr}
	err := filepath.WalkDir(o.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return all
}
