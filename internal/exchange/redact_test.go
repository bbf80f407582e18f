package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// encodings are the ways in which a server may show a secret again.
var encodings = map[string]func(string) string{
	"plain":       func(s string) string { return s },
	"bearer":      func(s string) string { return "Bearer " + s },
	"base64":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 raw":  func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"base64 url":  func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"basic":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte("admin:" + s)) },
	"basic 1":     func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("abc:" + s + "\n")) },
	"basic 2":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("a:" + s + "\n\n")) },
	"query":       url.QueryEscape,
	"path":        url.PathEscape,
	"query twice": func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
	"lower query": func(s string) string { return lowerEscapes(url.QueryEscape(s)) },
	"all escaped": percentAll,
	"hex":         func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":         func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"html":        html.EscapeString,
	"json":        func(s string) string { b, _ := json.Marshal(s); return string(b) },
	"json ascii":  func(s string) string { return `"` + asciiJSON(s) + `"` },
	"json slash":  func(s string) string { b, _ := json.Marshal(s); return strings.ReplaceAll(string(b), "/", `\/`) },
	"go quoted":   func(s string) string { return fmt.Sprintf("%q", s) },
}

func secretGen(minLen int) *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(fmt.Sprintf(`[A-Za-z0-9_.~+/=-]{%d,60}`, minLen)),
		rapid.StringMatching(fmt.Sprintf(`[ -~]{%d,40}`, minLen)),
		rapid.Custom(func(t *rapid.T) string {
			return rapid.StringOfN(rapid.RuneFrom([]rune("aZ9 \"'\\<>&/%+=é€😀\t")), minLen, 30, -1).Draw(t, "s")
		}),
	)
}

// TestNoSecretInAnyText: whatever stands around it, a secret is in no output, in no encoding.
func TestNoSecretInAnyText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		secret := secretGen(8).Draw(rt, "secret")
		r := NewRedactor(secret, secretGen(8).Draw(rt, "second"))
		for name, enc := range encodings {
			around := rapid.String().Draw(rt, "around")
			in := around + enc(secret) + around
			checkGone(rt, name, secret, r.Text(in))
			checkGone(rt, name, secret, string(r.Bytes([]byte(in))))
			checkGone(rt, name, secret, r.JSONBody([]byte(in)))
			checkGone(rt, name, secret, r.URL("http://h/p?x="+in))
			checkGone(rt, name, secret, r.Header("X-Debug", in))
		}
	})
}

// checkGone also looks at the inside of base64, where the first and last character mix in what stands
// around.
func checkGone(t interface{ Fatalf(string, ...any) }, name, secret, out string) {
	for enc, f := range encodings {
		if enc == "bearer" || strings.HasPrefix(enc, "basic") {
			continue
		}
		if needle := strings.Trim(f(secret), `"`); strings.Contains(out, needle) {
			t.Fatalf("%s: secret %q shows as %s in %q", name, secret, enc, out)
		}
	}
	for prefix := range 3 {
		inner := base64.RawStdEncoding.EncodeToString([]byte("zz"[:min(prefix, 2)] + secret))
		if mid := inner[4 : len(inner)-2]; len(mid) >= 8 && (strings.Contains(out, mid) || strings.Contains(out, strings.NewReplacer("+", "-", "/", "_").Replace(mid))) {
			t.Fatalf("%s: secret %q shows inside of base64 in %q", name, secret, out)
		}
	}
}

// TestNoSecretInAnyRecord sends requests to a server that repeats everything, with every kind of
// credential, and looks through everything that is marshalled.
func TestNoSecretInAnyRecord(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		auth := r.Header.Get("Authorization")
		w.Header().Set("Location", "http://scim.example.com/"+url.PathEscape(auth))
		w.Header().Set("X-Echo", auth)
		w.Header().Set("Set-Cookie", "session="+url.QueryEscape(auth))
		w.WriteHeader(400)
		_ = json.NewEncoder(w).Encode(map[string]any{"detail": "bad credential " + auth, "b64": base64.StdEncoding.EncodeToString([]byte(auth)), "body": string(body)})
	})
	rapid.Check(t, func(rt *rapid.T) {
		secret := strings.Map(func(r rune) rune {
			if r < 0x20 {
				return 'x'
			}
			return r
		}, rapid.StringMatching(`[!-~]{8,50}`).Draw(rt, "secret"))
		a := Auth{Kind: rapid.SampledFrom([]string{"bearer", "header", "basic"}).Draw(rt, "kind"), Token: secret, User: "admin", Password: secret}
		c := client(t, Config{Handler: echo, Auth: a, Secrets: []string{secret}})
		r := Request{Method: "POST", Path: "/Users", Purpose: "with " + secret, Body: []byte(`{"note":` + string(must(json.Marshal(secret))) + `}`), RawQuery: "x=" + url.QueryEscape(secret)}
		if rapid.Bool().Draw(rt, "other") {
			r.Auth = &Auth{Kind: "bearer", Token: secret}
		}
		x := c.Do(t.Context(), r)
		if status(x) != 400 {
			rt.Fatalf("no answer: %v", x.Error)
		}
		var texts []string
		texts = append(texts, x.Purpose, x.Curl, x.Request.URL, x.Request.Query, x.Request.Body, x.Response.Body)
		for _, h := range append(x.Request.Headers, x.Response.Headers...) {
			texts = append(texts, h.Name+": "+h.Value)
		}
		for _, s := range texts {
			checkGone(rt, "record", secret, s)
		}
		if !strings.Contains(string(x.Response.RawBody), string(must(json.Marshal("bad credential " + must2(a, secret, r)))[1:20])) {
			rt.Fatalf("checks must see the raw answer")
		}
	})
}

func must2(a Auth, secret string, r Request) string {
	switch {
	case r.Auth != nil || a.Kind == "bearer":
		return "Bearer " + secret
	case a.Kind == "basic":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("admin:"+secret))
	}
	return secret
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestHugeBodiesAreCutSafely: wherever the cut falls, no part of a secret longer than chance stands at it.
func TestHugeBodiesAreCutSafely(t *testing.T) {
	const secret = "tok-0123456789abcdefghijklmnop"
	for shift := range len(secret) {
		body := strings.Repeat("x", shift) + strings.Repeat(secret, 100)
		c := client(t, Config{Auth: Auth{Kind: "bearer", Token: secret}, RecordBody: 100})
		text, cut := c.recordBody("text/plain", []byte(body))
		if !cut || len(text) > 100 || strings.Contains(text, secret[:6]) {
			t.Fatalf("shift %d: %v %q", shift, cut, text)
		}
	}
}

func TestRedactByName(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"password", `{"userName":"a","password":"hunter2"}`, `{"userName":"a","password":"[redacted]"}`},
		{"any case", `{"PassWord" : "hunter2"}`, `{"PassWord" : "[redacted]"}`},
		{"escaped name", `{"pass\u0077ord":"hunter2"}`, `{"pass\u0077ord":"[redacted]"}`},
		{"inside of a name", `{"client_secret":"a","accessTokenValue":"b","x-api-key":"c","apiKey":"d"}`, `{"client_secret":"[redacted]","accessTokenValue":"[redacted]","x-api-key":"[redacted]","apiKey":"[redacted]"}`},
		{"number", `{"password":123456,"tokenTtl":60}`, `{"password":"[redacted]","tokenTtl":60}`},
		{"null and bool", `{"password":null,"tokens":true,"secret":""}`, `{"password":null,"tokens":true,"secret":""}`},
		{"array", `{"tokens":["a","b"],"x":["c"]}`, `{"tokens":["[redacted]","[redacted]"],"x":["c"]}`},
		{"object", `{"secret":{"value":"a","type":"t"},"x":"y"}`, `{"secret":{"value":"[redacted]","type":"t"},"x":"y"}`},
		{"changePassword", `{"changePassword":{"supported":true,"note":"n"}}`, `{"changePassword":{"supported":true,"note":"n"}}`},
		{"patch", `{"Operations":[{"op":"replace","path":"password","value":"hunter2"}]}`, `{"Operations":[{"op":"replace","path":"password","value":"[redacted]"}]}`},
		{"patch, value first", `{"Operations":[{"op":"replace","value":"hunter2","path":"password"},{"value":"keep","path":"title"}]}`, `{"Operations":[{"op":"replace","value":"[redacted]","path":"password"},{"value":"keep","path":"title"}]}`},
		{"patch with urn", `{"path":"urn:ietf:params:scim:schemas:core:2.0:User:password","value":"hunter2"}`, `{"path":"urn:ietf:params:scim:schemas:core:2.0:User:password","value":"[redacted]"}`},
		{"patch with object", `{"op":"add","value":{"a":["hunter2"]},"path":"x.secret"}`, `{"op":"add","value":{"a":["[redacted]"]},"path":"x.secret"}`},
		{"patch, no path", `{"op":"replace","value":{"password":"hunter2","title":"t"}}`, `{"op":"replace","value":{"password":"[redacted]","title":"t"}}`},
		{"schema", `{"name":"password","type":"string"}`, `{"name":"password","type":"string"}`},
		{"cut off", `{"password":"hunt`, `{"password":"[redacted]"`},
		{"broken", `{"a":1,,"password":"hunter2"]}`, `{"a":1,,"password":"[redacted]"]}`},
		{"not JSON", `<p>password: x</p>`, `<p>password: x</p>`},
	}
	r := NewRedactor("some-other-secret")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := r.JSONBody([]byte(tt.in)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRedactHeadersAndQueries(t *testing.T) {
	r := NewRedactor("tok-12345678")
	for _, tt := range []struct{ name, in, want string }{
		{"Authorization", "Bearer tok-12345678", "Bearer [redacted]"},
		{"authorization", "opaque", "[redacted]"},
		{"Authorization", "", ""},
		{"Proxy-Authorization", "Basic YTpi", "Basic [redacted]"},
		{"Cookie", "a=b", "[redacted]"},
		{"Set-Cookie", "sid=1; Path=/", "[redacted]"},
		{"X-Api-Key", "k", "[redacted]"},
		{"X-Auth-Token", "k", "[redacted]"},
		{"WWW-Authenticate", `Bearer realm="x"`, `Bearer realm="x"`},
		{"ETag", `W/"tok-12345678"`, `W/"[redacted]"`},
		{"Content-Type", "application/scim+json", "application/scim+json"},
	} {
		if got := r.Header(tt.name, tt.in); got != tt.want {
			t.Errorf("%s: %s = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
	for in, want := range map[string]string{
		"http://h/p?access_token=abc&count=1":    "http://h/p?access_token=[redacted]&count=1",
		"http://h/tok-12345678?a=tok%2D12345678": "http://h/[redacted]?a=tok%2D12345678",
		"http://h/p?Client%5FSecret=x&token=":    "http://h/p?Client%5FSecret=[redacted]&token=",
	} {
		if got := r.URL(in); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
	form := r.Body("application/x-www-form-urlencoded; charset=utf-8", []byte("grant_type=client_credentials&client_secret=x&client_assertion=y"))
	if form != "grant_type=client_credentials&client_secret=[redacted]&client_assertion=[redacted]" {
		t.Errorf("form %s", form)
	}
}

func TestMarkerNeverHoldsASecret(t *testing.T) {
	for _, secret := range []string{"redacted", "[redacted]", "acted", "***", "****", "<removed>"} {
		r := NewRedactor(secret)
		if out := r.Text("a " + secret + " b"); len(secret) >= minSecret && strings.Contains(out, secret) {
			t.Errorf("secret %q in %q", secret, out)
		}
		if out := r.JSONBody([]byte(`{"password":"x","b":"` + secret + `"}`)); len(secret) >= minSecret && strings.Contains(out, secret) {
			t.Errorf("secret %q in %q", secret, out)
		}
	}
}

func TestRedactPII(t *testing.T) {
	r := NewRedactor()
	r.HidePII([]byte("key"), "")
	h := r.hash
	tests := []struct{ name, in, want string }{
		{"user", `{"id":"1","userName":"ana@corp.example","name":{"givenName":"Ana","familyName":"Ruiz"},"active":true,"emails":[{"value":"ana@corp.example","type":"work","primary":true}]}`,
			fmt.Sprintf(`{"id":"1","userName":"%s","name":{"givenName":"%s","familyName":"%s"},"active":true,"emails":[{"value":"%s","type":"work","primary":true}]}`,
				h("ana@corp.example"), h("Ana"), h("Ruiz"), h("ana@corp.example"))},
		{"case does not matter", `{"USERNAME":"ANA@corp.example"}`, fmt.Sprintf(`{"USERNAME":"%s"}`, h("ana@corp.example"))},
		{"patch", `{"path":"name.givenName","value":"Ana"}`, fmt.Sprintf(`{"path":"name.givenName","value":"%s"}`, h("Ana"))},
		{"patch with filter", `{"path":"emails[type eq \"work\"].value","value":"a@b"}`, fmt.Sprintf(`{"path":"emails[type eq \"work\"].value","value":"%s"}`, h("a@b"))},
		{"dotted key", `{"value":{"name.familyName":"Ruiz"}}`, fmt.Sprintf(`{"value":{"name.familyName":"%s"}}`, h("Ruiz"))},
		{"detail", `{"detail":"user ana@corp.example exists"}`, fmt.Sprintf(`{"detail":"%s"}`, h("user ana@corp.example exists"))},
		{"password in a PII object", `{"name":{"password":"hunter2"}}`, `{"name":{"password":"[redacted]"}}`},
		{"schema", `{"name":"userName","type":"string"}`, `{"name":"userName","type":"string"}`},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, r.JSONBody([]byte(tt.in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if u := r.URL("http://h/Users?filter=userName+eq+%22ana%40corp.example%22"); strings.Contains(u, "ana") || !strings.Contains(u, h("ana@corp.example")) {
		t.Errorf("filter %s", u)
	}
}

// TestRedactKeepsJSON: a valid body stays valid, and one without secrets stays as it is.
func TestRedactKeepsJSON(t *testing.T) {
	r := NewRedactor("0123456789abcdef-secret")
	rapid.Check(t, func(rt *rapid.T) {
		body := drawJSON(rt, 4)
		out := r.JSONBody([]byte(body))
		if !json.Valid([]byte(out)) {
			rt.Fatalf("%s\nbecame %s", body, out)
		}
		if !strings.Contains(out, "[redacted]") && out != body {
			rt.Fatalf("%s\nwas changed to %s", body, out)
		}
	})
}

func drawJSON(rt *rapid.T, depth int) string {
	k := rapid.IntRange(0, 5).Draw(rt, "kind")
	if depth == 0 {
		k %= 4
	}
	switch k {
	case 0:
		return string(must(json.Marshal(rapid.String().Draw(rt, "str"))))
	case 1:
		return fmt.Sprint(rapid.Int().Draw(rt, "int"))
	case 2:
		return "null"
	case 3:
		return "true"
	}
	var parts []string
	for range rapid.IntRange(0, 4).Draw(rt, "n") {
		v := drawJSON(rt, depth-1)
		if k == 5 {
			key := rapid.SampledFrom([]string{"password", "value", "path", "userName", "name", "tokens", "a", `q"`}).Draw(rt, "key")
			v = string(must(json.Marshal(key))) + ":" + v
		}
		parts = append(parts, v)
	}
	if k == 5 {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func FuzzRedactJSON(f *testing.F) {
	for _, s := range []string{`{"password":"x"}`, `{"path":"password","value":{"a":["b"]}}`, `{"a`, `[[[[`, `{"secret":{"path":"secret","value":{}}}`, "\xff\"\\", `{"pass\u0077ord":"x"}`} {
		f.Add([]byte(s))
	}
	r := NewRedactor("a-known-secret")
	r.HidePII([]byte("k"), "")
	f.Fuzz(func(t *testing.T, b []byte) {
		out := r.JSONBody(b)
		if strings.Contains(out, "a-known-secret") {
			t.Fatalf("secret in %q", out)
		}
		if json.Valid(b) && !json.Valid([]byte(out)) {
			t.Fatalf("%q became %q", b, out)
		}
		identities(b, func(identity) {})
		references(b)
		parseBulk(b)
	})
}

func BenchmarkRedactUser(b *testing.B) {
	r := NewRedactor("tok-0123456789abcdefghijklmnopqrstuvwxyz")
	body := []byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"2819c223-7f76-453a-919d-413861904646","userName":"bjensen@example.com","name":{"formatted":"Ms. Barbara J Jensen","familyName":"Jensen","givenName":"Barbara"},"displayName":"Babs Jensen","emails":[{"value":"bjensen@example.com","type":"work","primary":true}],"active":true,"meta":{"resourceType":"User","created":"2010-01-23T04:56:22Z","location":"https://example.com/v2/Users/2819c223"}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		r.JSONBody(body)
	}
}
