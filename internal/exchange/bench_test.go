package exchange

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

const benchUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"2819c223-7f76-453a-919d-413861904646","userName":"bjensen@example.com","name":{"formatted":"Ms. Barbara J Jensen","familyName":"Jensen","givenName":"Barbara"},"displayName":"Babs Jensen","emails":[{"value":"bjensen@example.com","type":"work","primary":true}],"active":true,"meta":{"resourceType":"User","created":"2010-01-23T04:56:22Z","lastModified":"2011-05-13T04:42:34Z","location":"https://example.com/v2/Users/2819c223-7f76-453a-919d-413861904646"}}`

func benchHandler(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/scim+json")
	_, _ = io.WriteString(w, benchUser)
}

var benchRequest = Request{ID: "b#1", Method: "GET", Path: "/Users/2819c223-7f76-453a-919d-413861904646", Header: []Header{
	{Name: "Accept", Value: "application/scim+json"}, {Name: "Accept-Charset", Value: "utf-8"}, {Name: "User-Agent", Value: "Okta SCIM Client 1.0.0"}}}

func BenchmarkDoInProcess(b *testing.B) {
	c := client(b, Config{Handler: http.HandlerFunc(benchHandler), Auth: Auth{Kind: "bearer", Token: "tok-0123456789abcdefghijklmnop"}, NoCurl: true, Clock: SystemClock{}})
	b.ReportAllocs()
	for b.Loop() {
		if x := c.Do(b.Context(), benchRequest); status(x) != 200 {
			b.Fatal(x.Error)
		}
	}
}

func BenchmarkDoInProcessWithCurl(b *testing.B) {
	c := client(b, Config{Handler: http.HandlerFunc(benchHandler), Auth: Auth{Kind: "bearer", Token: "tok-0123456789abcdefghijklmnop"}, Clock: SystemClock{}})
	b.ReportAllocs()
	for b.Loop() {
		c.Do(b.Context(), benchRequest)
	}
}

func BenchmarkDoSocket(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(benchHandler))
	defer srv.Close()
	c := client(b, Config{BaseURL: srv.URL, Auth: Auth{Kind: "bearer", Token: "tok-0123456789abcdefghijklmnop"}, Clock: SystemClock{}})
	b.ReportAllocs()
	for b.Loop() {
		if x := c.Do(b.Context(), benchRequest); status(x) != 200 {
			b.Fatal(x.Error)
		}
	}
}

// BenchmarkBareSocket is what the same request costs without this package.
func BenchmarkBareSocket(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(benchHandler))
	defer srv.Close()
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), "GET", srv.URL+benchRequest.Path, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Accept", "application/scim+json")
		req.Header.Set("Authorization", "Bearer tok-0123456789abcdefghijklmnop")
		resp, err := srv.Client().Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}
