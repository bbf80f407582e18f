package provider

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// sink is the cheapest ResponseWriter: what the provider costs, not the recorder.
type sink struct {
	h    http.Header
	code int
	b    bytes.Buffer
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(c int)           { s.code = c }
func (s *sink) Write(b []byte) (int, error) { return s.b.Write(b) }

func request(b *testing.B, method, path, body string) *http.Request {
	r, err := http.NewRequest(method, "http://scim.test/scim/v2"+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json")
	}
	return r
}

func serve(b *testing.B, p *Provider, want int, method, path, body string) *sink {
	s := &sink{h: http.Header{}}
	p.ServeHTTP(s, request(b, method, path, body))
	if s.code != want {
		b.Fatalf("%s %s: %d %s", method, path, s.code, s.b.String())
	}
	return s
}

// BenchmarkCreateReadPatch is the everyday work of an identity provider: one operation is a POST, a GET and a PATCH.
func BenchmarkCreateReadPatch(b *testing.B) {
	p, err := New(Options{Token: testToken})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		name := fmt.Sprintf("user%d@example.com", i)
		s := serve(b, p, 201, "POST", "/Users", userJSON(name, `"name":{"givenName":"A","familyName":"B"}`, `"active":true`, `"emails":[{"value":"`+name+`","type":"work","primary":true}]`))
		path := strings.TrimPrefix(s.h.Get("Location"), "http://scim.test/scim/v2")
		serve(b, p, 200, "GET", path, "")
		serve(b, p, 200, "PATCH", path, patchJSON(`{"op":"replace","value":{"active":false}}`))
	}
}

// BenchmarkMatch is the lookup before every create, in a directory of ten thousand.
func BenchmarkMatch(b *testing.B) {
	p, err := New(Options{Token: testToken, Seed: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		serve(b, p, 200, "GET", "/Users?filter="+esc(fmt.Sprintf(`userName eq "ada.abbott%d@example.com"`, i%10_000)), "")
	}
}

// BenchmarkScan is a filter that no index answers, over ten thousand.
func BenchmarkScan(b *testing.B) {
	p, err := New(Options{Token: testToken, Seed: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		serve(b, p, 200, "GET", "/Users?count=1&filter="+esc(`title co "boss"`), "")
	}
}

// BenchmarkMemberAdd is Entra's way to fill a Group: one PATCH for each member, here into a Group of five thousand.
func BenchmarkMemberAdd(b *testing.B) {
	p, err := New(Options{Token: testToken, Seed: 5_000})
	if err != nil {
		b.Fatal(err)
	}
	var ids []string
	for _, r := range p.tenants[defaultTenant].collections[0].order {
		ids = append(ids, r.id)
	}
	s := serve(b, p, 201, "POST", "/Groups", groupJSON("big", ids[1:]...))
	path := strings.TrimPrefix(s.h.Get("Location"), "http://scim.test/scim/v2") + "?excludedAttributes=members"
	for b.Loop() {
		serve(b, p, 200, "PATCH", path, patchJSON(`{"op":"add","path":"members","value":[{"value":"`+ids[0]+`"}]}`))
		serve(b, p, 200, "PATCH", path, patchJSON(`{"op":"remove","path":"members[value eq \"`+ids[0]+`\"]"}`))
	}
}

// BenchmarkMillion seeds a million Users and reports what one of them costs in memory, and what a page in the middle costs.
func BenchmarkMillion(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p, err := New(Options{Token: testToken, Seed: 1_000_000})
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		serve(b, p, 200, "GET", "/Users?startIndex=500001&count=100", "")
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "bytes/user")
}
