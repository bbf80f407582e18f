package mockidp

import (
	"crypto/hmac"
	"net/http"
	"strings"
)

// contentPolicy lets pages use nothing but our own files: no inline script, no other host, no frame.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guarded is every request's way in: security headers, the name it was called by, where it comes from, credentials.
func (i *IdP) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "no-cache")
		} else {
			h.Set("Cache-Control", "no-store")
		}
		if !i.knownHost(r.Host) {
			problem(w, r, &problemError{http.StatusMisdirectedRequest, "this server does not answer to the name " + clip(r.Host, 100) + ": a page elsewhere may have been made to point here (DNS rebinding)"})
			return
		}
		if !sameOrigin(r) {
			problem(w, r, &problemError{http.StatusForbidden, "requests from pages of other origins are refused"})
			return
		}
		if r.URL.Path != "/readyz" && !i.mayEnter(r) {
			h.Set("WWW-Authenticate", `Basic realm="scimmage mock IdP", charset="UTF-8"`)
			problem(w, r, &problemError{http.StatusUnauthorized, "credentials are needed: Authorization: Bearer with the token, or Basic with the token as password"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// maxBody is large enough for a directory of a hundred thousand people.
const maxBody = 256 << 20

func (i *IdP) knownHost(host string) bool {
	for _, h := range i.o.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// sameOrigin refuses what a browser sends for a page that is not ours. Programs send neither header.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return (r.Method == "GET" || r.Method == "HEAD") && r.Header.Get("Sec-Fetch-Mode") == "navigate" && !strings.HasPrefix(r.URL.Path, "/api/")
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	_, host, ok := strings.Cut(origin, "://")
	return ok && strings.EqualFold(host, r.Host)
}

func (i *IdP) mayEnter(r *http.Request) bool {
	if i.o.Token == "" {
		return true
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		_, given, ok = r.BasicAuth()
	}
	return ok && i.same(given, i.o.Token)
}

// same compares secrets without telling by its time how far they agree.
func (i *IdP) same(a, b string) bool {
	return hmac.Equal([]byte(i.mac("compare", a)), []byte(i.mac("compare", b)))
}

const sessionCookie = "scimmage_idp"

// session is the browser's cookie, to which form tokens are bound; it proves nothing else.
func (i *IdP) session(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(sessionCookie); err == nil && len(c.Value) == 64 {
		return c.Value
	}
	nonce := make([]byte, 32)
	if _, err := i.o.Rand.Read(nonce); err != nil {
		return ""
	}
	v := i.mac("session", string(nonce))
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: v, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return v
}

func (i *IdP) formToken(session string) string { return i.mac("form", session) }

func (i *IdP) formOK(r *http.Request) bool {
	c, err := r.Cookie(sessionCookie)
	return err == nil && i.same(r.FormValue("_csrf"), i.formToken(c.Value))
}

func clip(s string, n int) string {
	r := []rune(strings.ToValidUTF8(s, "?"))
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return string(r)
}
