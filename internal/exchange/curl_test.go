package exchange

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimmage/scimmage/internal/result"
)

func TestCurl(t *testing.T) {
	h := []Header{{Name: "Accept", Value: "application/scim+json"}, {Name: "User-Agent", Omit: true}}
	tests := []struct {
		name string
		auth Auth
		r    Request
		want string
	}{
		{"bearer", Auth{Kind: "bearer", Token: "tok-12345678"}, Request{Method: "GET", Path: "/Users", RawQuery: "filter=a%20eq%20%22b%22&count=1", Header: h},
			"curl -sS -i -g --path-as-is -X GET 'http://h/v2/Users?filter=a%20eq%20%22b%22&count=1' \\\n  -H 'Accept: application/scim+json' \\\n  -H \"Authorization: Bearer $SCIMMAGE_TOKEN\" \\\n  -H 'User-Agent:'"},
		{"raw", Auth{Kind: "header", Token: "tok-12345678"}, Request{Method: "HEAD", Header: h},
			"curl -sS -i -g --path-as-is -I http://h/v2 \\\n  -H 'Accept: application/scim+json' \\\n  -H \"Authorization: $SCIMMAGE_TOKEN\" \\\n  -H 'User-Agent:'"},
		{"basic", Auth{Kind: "basic", User: "u", Password: "tok-12345678"}, Request{Method: "GET", Header: h},
			"curl -sS -i -g --path-as-is -X GET http://h/v2 \\\n  -H 'Accept: application/scim+json' \\\n  -u \"$SCIMMAGE_USER:$SCIMMAGE_PASSWORD\" \\\n  -H 'User-Agent:'"},
		{"second credential", Auth{}, Request{Method: "GET", Header: h, Auth: &Auth{Kind: "bearer", Token: "tok-b-123456"}},
			"curl -sS -i -g --path-as-is -X GET http://h/v2 \\\n  -H 'Accept: application/scim+json' \\\n  -H \"Authorization: Bearer $SCIMMAGE_TOKEN_B\" \\\n  -H 'User-Agent:'"},
		{"made-up credential", Auth{}, Request{Method: "GET", Header: h, Auth: &Auth{Kind: "bearer", Token: "wrong", Public: true}},
			"curl -sS -i -g --path-as-is -X GET http://h/v2 \\\n  -H 'Accept: application/scim+json' \\\n  -H 'Authorization: Bearer wrong' \\\n  -H 'User-Agent:'"},
		{"body", Auth{}, Request{Method: "POST", Path: "/Users", Header: append(h, Header{Name: "Content-Type", Value: "application/json"}, Header{Name: "X-Api-Key", Value: "k"}), Body: []byte(`{"a":"it's"}`)},
			"curl -sS -i -g --path-as-is -X POST http://h/v2/Users \\\n  -H 'Accept: application/scim+json' \\\n  -H 'Content-Type: application/json' \\\n  -H \"X-Api-Key: $SCIMMAGE_HEADER_X_API_KEY\" \\\n  -H 'User-Agent:' \\\n  --data-raw '{\"a\":\"it'\\''s\"}'"},
		{"control characters", Auth{}, Request{Method: "POST", Path: "/Users", Header: h, Body: []byte("\x00%\\'\x1b[2J")},
			"printf '\\000%%\\\\'\\''\\033[2J' | curl -sS -i -g --path-as-is -X POST http://h/v2/Users \\\n  -H 'Accept: application/scim+json' \\\n  -H 'User-Agent:' \\\n  -H 'Content-Type:' \\\n  --data-binary @-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, Config{BaseURL: "http://h/v2", Handler: http.NotFoundHandler(), Auth: tt.auth})
			if diff := cmp.Diff(tt.want, c.Do(t.Context(), tt.r).Curl); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCurlInARealShell lets sh read the command line with a curl that prints its arguments and its input.
func TestCurlInARealShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatalf("a POSIX shell is needed: %v", err)
	}
	hostile := []string{"plain", "it's", `"$(touch x)`, "`id`", "a\nb", "$HOME", "!!", "\\", "é😀\u202e", "-d", "@file", "a b;c&d|e>f", "*?[", "%s%n", "~", "#", "{a,b}"}
	check := func(rt interface{ Fatalf(string, ...any) }, body, value string) {
		x := &result.Exchange{Request: result.Request{Method: "POST", URL: "http://h/" + value, Body: body, RawBody: []byte(body),
			Headers: []result.Header{{Name: "X-V", Value: value}, {Name: "Content-Type", Value: "a"}, {Name: "Accept", Value: "b"}, {Name: "User-Agent", Value: "c"}}}}
		script := "curl() { for a; do printf '%s\\0' \"$a\"; done; case \"$*\" in *data-binary*) printf 'stdin:'; cat;; esac; }\n" + Curl(x)
		out, err := exec.Command(sh, "-c", script).Output()
		if err != nil {
			rt.Fatalf("%v\n%s", err, script)
		}
		want := "-sS\x00-i\x00-g\x00--path-as-is\x00-X\x00POST\x00http://h/" + value + "\x00-H\x00X-V: " + value + "\x00-H\x00Content-Type: a\x00-H\x00Accept: b\x00-H\x00User-Agent: c\x00"
		switch {
		case value == "":
			want = strings.Replace(want, "X-V: \x00", "X-V;\x00", 1)
		}
		switch {
		case body == "":
		case quotable(body):
			want += "--data-raw\x00" + body + "\x00"
		default:
			want += "--data-binary\x00@-\x00stdin:" + body
		}
		if string(out) != want {
			rt.Fatalf("the shell read\n%q\nwant\n%q\nscript %s", out, want, script)
		}
	}
	for _, s := range hostile {
		check(t, s, strings.ReplaceAll(s, "\n", ""))
	}
	rapid.Check(t, func(rt *rapid.T) {
		body := string(rapid.SliceOfN(rapid.Byte(), 0, 30).Draw(rt, "body"))
		value := rapid.StringMatching(`[ -~é]{0,20}`).Draw(rt, "value")
		check(rt, body, value)
	})
}
