package provider

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// authRequests are defects of authentication that let requests in, or shut them out.
var authRequests = map[string]requestHook{
	"user-agent-required": func(_ *Provider, c *call) *answer {
		if c.r.Header.Get("User-Agent") == "" {
			return text(http.StatusForbidden, "text/html", "<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>")
		}
		return nil
	},
	"get-needs-content-type": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodGet && c.r.Header.Get("Content-Type") == "" {
			return refuse(http.StatusUnsupportedMediaType, "", "Content-Type is required.").answer()
		}
		return nil
	},
	"accept-required": func(_ *Provider, c *call) *answer {
		if c.r.Header.Get("Accept") == "" || c.r.Header.Get("Accept") == "*/*" {
			return refuse(http.StatusNotAcceptable, "", "Accept is required.").answer()
		}
		return nil
	},
	"accept-json-406": func(_ *Provider, c *call) *answer {
		if c.r.Header.Get("Accept") == mediaJSON {
			return refuse(http.StatusNotAcceptable, "", "Not acceptable.").answer()
		}
		return nil
	},
	"accept-scim-406": func(_ *Provider, c *call) *answer {
		if strings.HasPrefix(c.r.Header.Get("Accept"), mediaSCIM) {
			return refuse(http.StatusNotAcceptable, "", "Not acceptable.").answer()
		}
		return nil
	},
	"scim-json-415": func(_ *Provider, c *call) *answer {
		if len(c.body) > 0 && strings.HasPrefix(lower(c.r.Header.Get("Content-Type")), mediaSCIM) {
			return refuse(http.StatusUnsupportedMediaType, "", "Unsupported media type.").answer()
		}
		return nil
	},
	"charset-415": func(_ *Provider, c *call) *answer {
		if len(c.body) > 0 && strings.Contains(c.r.Header.Get("Content-Type"), ";") {
			return refuse(http.StatusUnsupportedMediaType, "", "Unsupported media type.").answer()
		}
		return nil
	},
	"scim-json-body-ignored": func(_ *Provider, c *call) *answer {
		if strings.HasPrefix(lower(c.r.Header.Get("Content-Type")), mediaSCIM) && c.creates() {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "userName is required.").answer()
		}
		return nil
	},
}

// authHooks are defects in how a refused request is answered.
var authHooks = map[string]responseHook{
	"auth-403":          unauthorized(func(a *answer) { *a = *refuse(http.StatusForbidden, "", "Forbidden.").answer() }),
	"auth-404":          unauthorized(func(a *answer) { *a = *refuse(http.StatusNotFound, "", "Not found.").answer() }),
	"auth-500":          unauthorized(func(a *answer) { *a = *serverError() }),
	"auth-200-error":    unauthorized(func(a *answer) { a.status, a.body = http.StatusOK, []byte(`{"status":"error"}`) }),
	"auth-no-challenge": unauthorized(func(a *answer) { a.header.Del("WWW-Authenticate") }),
	"auth-empty-body":   unauthorized(func(a *answer) { a.body = nil }),
	"auth-plain-text":   unauthorized(func(a *answer) { a.text("text/plain", "Unauthorized") }),
	"auth-own-json":     unauthorized(func(a *answer) { a.text(mediaJSON, `{"message":"Unauthorized"}`) }),
	"auth-login-page": unauthorized(func(a *answer) {
		a.status = http.StatusOK
		a.text("text/html; charset=utf-8", loginPage)
	}),
	"auth-redirect": unauthorized(func(a *answer) {
		a.status, a.body = http.StatusFound, nil
		a.header.Set("Location", "/login")
	}),
	"auth-echoes-token": func(_ *Provider, c *call, a *answer) {
		if a.status == http.StatusUnauthorized {
			*a = *refuse(http.StatusUnauthorized, "", "The token %s is not valid.", c.r.Header.Get("Authorization")).withHeader("WWW-Authenticate", "Bearer").answer()
		}
	},
}

func unauthorized(f func(*answer)) responseHook {
	return func(_ *Provider, _ *call, a *answer) {
		if a.status == http.StatusUnauthorized {
			f(a)
		}
	}
}

// mediaHooks are defects in the form of answers.
var mediaHooks = map[string]responseHook{
	"json-content-type": func(_ *Provider, _ *call, a *answer) {
		if a.body != nil && a.header.Get("Content-Type") == "" {
			a.header.Set("Content-Type", mediaJSON)
		}
	},
	"html-content-type": func(_ *Provider, _ *call, a *answer) {
		if a.body != nil {
			a.header.Set("Content-Type", "text/html; charset=utf-8")
		}
	},
	"text-content-type": func(_ *Provider, _ *call, a *answer) {
		if a.body != nil {
			a.header.Set("Content-Type", "text/plain")
		}
	},
	"no-content-type": func(_ *Provider, _ *call, a *answer) {
		if a.body != nil {
			a.noMedia = true
		}
	},
	"bom-in-answer": func(_ *Provider, _ *call, a *answer) {
		if len(a.body) > 0 {
			a.body = append([]byte("\xef\xbb\xbf"), a.body...)
		}
	},
	"latin1-answer": func(_ *Provider, _ *call, a *answer) {
		var b bytes.Buffer
		for _, r := range string(a.body) {
			if r < 0x100 {
				b.WriteByte(byte(r))
			} else {
				b.WriteRune(r)
			}
		}
		if len(a.body) > 0 {
			a.body = b.Bytes()
		}
	},
	"warning-before-json": func(_ *Provider, c *call, a *answer) {
		if len(a.body) > 0 && c.lists() {
			a.body = append([]byte("<br />\n<b>Warning</b>: Undefined index: type in <b>/var/www/scim/User.php</b> on line <b>88</b><br />\n"), a.body...)
		}
	},
	"truncated-json": func(_ *Provider, c *call, a *answer) {
		if a.ok() && c.lists() && len(a.body) > 10 {
			a.body = a.body[:len(a.body)-7]
		}
	},
	"html-instead-of-list": func(_ *Provider, c *call, a *answer) {
		if a.ok() && c.lists() && c.head() == "Groups" {
			a.text("text/html; charset=utf-8", loginPage)
		}
	},
	"gzip-unasked": func(_ *Provider, c *call, a *answer) {
		if len(a.body) > 0 && !strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
			a.compress()
		}
	},
	"gzip-header-lies": func(_ *Provider, c *call, a *answer) {
		if len(a.body) > 0 && c.lists() {
			a.header.Set("Content-Encoding", "gzip")
		}
	},
	"204-with-body": func(_ *Provider, c *call, a *answer) {
		if a.status == http.StatusNoContent && c.r.Method == http.MethodDelete {
			a.status, a.body = http.StatusOK, []byte("null")
		}
	},
	"redirect-get": func(_ *Provider, c *call, a *answer) {
		if c.r.Method == http.MethodGet && c.item() && a.ok() && c.query.Get("r") == "" {
			a.status, a.body = http.StatusFound, nil
			a.header.Set("Location", c.root()+"/"+strings.Join(c.path, "/")+"?r=1")
		}
	},
}

func (a *answer) compress() {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(a.body) // a bytes.Buffer takes everything
	_ = z.Close()
	a.body = b.Bytes()
	a.header.Set("Content-Encoding", "gzip")
	a.header.Set("Vary", "Accept-Encoding")
}
