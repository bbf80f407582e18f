package exchange

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority issues certificates for tests.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key, cert: cert, file: filepath.Join(t.TempDir(), "ca.pem")}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// issue makes a certificate, and its files.
func (a *authority) issue(host string, from, to time.Duration) (tls.Certificate, string, string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if ip := net.ParseIP(host); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	dir := a.t.TempDir()
	certFile, keyFile := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	writePEM(a.t, certFile, "CERTIFICATE", der)
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	writePEM(a.t, keyFile, "EC PRIVATE KEY", keyDER)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, certFile, keyFile
}

func tlsServer(t *testing.T, conf *tls.Config, http2 bool) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"proto":"`+r.Proto+`"}`) }))
	srv.TLS, srv.EnableHTTP2 = conf, http2
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	good, certFile, keyFile := ca.issue("127.0.0.1", -time.Hour, time.Hour)
	old, _, _ := ca.issue("127.0.0.1", -2*time.Hour, -time.Hour)
	early, _, _ := ca.issue("127.0.0.1", time.Minute, time.Hour)
	other, _, _ := ca.issue("other.example.com", -time.Hour, time.Hour)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	mutual := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	only := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	tests := []struct {
		name    string
		conf    *tls.Config
		cfg     Config
		kind    string
		message string
	}{
		{"good", only(good), Config{CAFile: ca.file}, "", ""},
		{"unknown authority", only(good), Config{}, KindTLS, "unknown authority"},
		{"insecure", only(other), Config{Insecure: true}, "", ""},
		{"expired", only(old), Config{CAFile: ca.file}, KindTLS, "expired"},
		{"not yet valid", only(early), Config{CAFile: ca.file}, KindTLS, "not valid yet"},
		{"other host", only(other), Config{CAFile: ca.file}, KindTLS, "another host"},
		{"old protocol", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, Config{CAFile: ca.file}, KindTLS, "handshake was refused"},
		{"client certificate missing", mutual, Config{CAFile: ca.file}, KindTLS, "handshake was refused"},
		{"client certificate", mutual, Config{CAFile: ca.file, CertFile: certFile, KeyFile: keyFile}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := tlsServer(t, tt.conf, false)
			tt.cfg.BaseURL, tt.cfg.Clock = srv.URL, SystemClock{}
			x := client(t, tt.cfg).Do(t.Context(), get("/x"))
			mustKind(t, x, tt.kind)
			if x.Error != nil && !strings.Contains(x.Error.Message, tt.message) {
				t.Errorf("message %q, want one about %q", x.Error.Message, tt.message)
			}
			if x.Error == nil && (x.Timing.TLS <= 0 || x.Timing.Connect <= 0 || x.Timing.FirstByte <= 0 || x.Timing.Total < x.Timing.FirstByte) {
				t.Errorf("timing %+v", x.Timing)
			}
		})
	}
}

func TestTLSAgainstOtherProtocols(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			c.Close()
		}
	}()
	x := client(t, Config{BaseURL: "https://" + ln.Addr().String()}).Do(t.Context(), get("/x"))
	mustKind(t, x, KindTLS)
	if !strings.Contains(x.Error.Message, "plain HTTP") {
		t.Errorf("message %q", x.Error.Message)
	}
}

func TestHTTP2(t *testing.T) {
	ca := newAuthority(t)
	good, _, _ := ca.issue("127.0.0.1", -time.Hour, time.Hour)
	srv := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{good}}, true)
	x := client(t, Config{BaseURL: srv.URL, CAFile: ca.file}).Do(t.Context(), get("/Users/%41?x"))
	mustStatus(t, x, 200)
	if x.Response.Proto != "HTTP/2.0" || x.Response.Body != `{"proto":"HTTP/2.0"}` {
		t.Errorf("%+v", x.Response)
	}
	abort := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	abort.TLS, abort.EnableHTTP2 = &tls.Config{Certificates: []tls.Certificate{good}}, true
	abort.StartTLS()
	defer abort.Close()
	mustKind(t, client(t, Config{BaseURL: abort.URL, CAFile: ca.file}).Do(t.Context(), get("/x")), KindReset)
}

func TestExplainKnowsEveryKind(t *testing.T) {
	other, _ := Explain(KindOther)
	for _, k := range []string{KindRefused, KindUnreachable, KindDNS, KindTLS, KindTimeout, KindReset, KindTruncated, KindBodyTooLarge, KindRedirect, KindLimit,
		KindGuard, KindReadOnly, KindRateLimited, KindCancelled, KindProtocol, KindAuth, KindProxy, KindRequest, KindPanic} {
		if m, _ := Explain(k); m == "" || m == other {
			t.Errorf("%s is not explained", k)
		}
	}
	if m, _ := Explain("no such kind"); m != other {
		t.Errorf("unknown kind: %q", m)
	}
}
