//go:build hostile

package hostile

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// backend is what faults with a listener of their own build on.
type backend struct {
	t testing.TB
}

// listen hands every connection to f and gives the address.
func (b *backend) listen(f func(net.Conn)) string {
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = ln.Close() }) // a listener has nothing to lose
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }() // whatever f left of it
				f(c)
			}()
		}
	}()
	return ln.Addr().String()
}

// plain is a fault of connections without TLS.
func plain(f func(net.Conn)) func(*backend) string {
	return func(b *backend) string { return "http://" + b.listen(f) + "/scim/v2" }
}

// secure is a server with TLS of the given kind; what it serves is right.
func secure(change func(*tls.Config, *x509.Certificate)) func(*backend) string {
	return func(b *backend) string {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hostile"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		cfg := &tls.Config{MinVersion: tls.VersionTLS12}
		change(cfg, template)
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			b.t.Fatal(err)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			b.t.Fatal(err)
		}
		cfg.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
		return "https://" + b.listen(func(c net.Conn) {
			s := tls.Server(c, cfg)
			r, err := http.ReadRequest(bufio.NewReader(s))
			if err != nil {
				return
			}
			_ = r.Body.Close()
			_, _ = io.WriteString(s, okHead+"Connection: close\r\n\r\n"+oneUser) // the client may be gone
			_ = s.Close()
		}) + "/scim/v2"
	}
}

func asIs(*tls.Config, *x509.Certificate) {}

// certificate is one of 127.0.0.1 that nobody has signed.
func certificate(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// http2 speaks HTTP/2 as far as it takes to be rude: after the client's preface and the settings come the frames.
func http2(frames string) func(*backend) string {
	return func(b *backend) string {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		cfg := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}, Certificates: []tls.Certificate{{Certificate: [][]byte{certificate(b.t, key)}, PrivateKey: key}}}
		return "https://" + b.listen(func(c net.Conn) {
			s := tls.Server(c, cfg)
			preface := make([]byte, 24)
			if _, err := io.ReadFull(s, preface); err != nil {
				return
			}
			_, _ = io.WriteString(s, frame(4, 0, 0, "")+frames) // SETTINGS first; the client may be gone
			_, _ = io.Copy(io.Discard, s)                       // until the client hangs up
		}) + "/scim/v2"
	}
}

// frame is one HTTP/2 frame (RFC 9113 section 4.1).
func frame(kind, flags byte, stream uint32, payload string) string {
	n := len(payload)
	return string([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags, byte(stream >> 24), byte(stream >> 16), byte(stream >> 8), byte(stream)}) + payload
}

// wireFaults happen before there is any HTTP.
func wireFaults() []fault {
	insecure := []string{"--insecure", "--timeout", "2s"}
	hangUp := func(c net.Conn) {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	afterHead := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.WriteString(c, text) // the client may be gone
			}
			hangUp(c)
		}
	}
	return []fault{
		{name: "refused", serve: func(b *backend) string {
			ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
			if err != nil {
				b.t.Fatal(err)
			}
			defer func() { _ = ln.Close() }() // nobody listens there from now on
			return "http://" + ln.Addr().String() + "/scim/v2"
		}, exit: []int{untestable}, says: "refused"},
		{name: "accepts-and-hangs-up", serve: plain(func(net.Conn) {}), exit: []int{untestable}, says: "could not be reached"},
		{name: "accepts-and-is-silent", serve: plain(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), args: soon, exit: []int{untestable}, says: "in time"},
		{name: "reset-at-once", serve: plain(hangUp), exit: []int{untestable}, says: "could not be reached"},
		{name: "reset-after-the-request", serve: plain(afterHead("")), exit: []int{untestable}, says: "could not be reached"},
		{name: "reset-in-the-status-line", serve: plain(afterHead("HTTP/1.1 20")), exit: []int{untestable}, says: "could not be reached"},
		{name: "reset-in-the-headers", serve: plain(afterHead("HTTP/1.1 200 OK\r\nContent-Type: application/sc")), exit: []int{untestable}, says: "could not be reached"},
		{name: "reset-in-the-body", serve: plain(afterHead(okHead + "Content-Length: 400\r\n\r\n{\"total")), exit: []int{untestable}, says: "could not be reached"},
		{name: "ssh", serve: plain(func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n") }), exit: []int{untestable}, says: "not valid HTTP"},
		{name: "binary", serve: plain(func(c net.Conn) { _, _ = io.WriteString(c, strings.Repeat("\x00\xff\x16\x03", 4096)) }), exit: []int{untestable}},
		{name: "tls-where-http-was-meant", serve: func(b *backend) string { return strings.Replace(secure(asIs)(b), "https://", "http://", 1) }, exit: []int{untestable}, args: soon},
		{name: "http-where-tls-was-meant", serve: func(b *backend) string {
			return strings.Replace(plain(afterHead("HTTP/1.1 400 Bad Request\r\n\r\n"))(b), "http://", "https://", 1)
		}, exit: []int{untestable}, args: soon},
		{name: "tls-self-signed", serve: secure(asIs), exit: []int{untestable}, says: "TLS"},
		{name: "tls-expired", serve: secure(func(_ *tls.Config, c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), exit: []int{untestable}, says: "TLS"},
		{name: "tls-of-another-host", serve: secure(func(_ *tls.Config, c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = []string{"other.example.com"}, nil
		}), exit: []int{untestable}, says: "TLS"},
		{name: "tls-too-old", serve: secure(func(c *tls.Config, _ *x509.Certificate) {
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}), args: insecure, exit: []int{untestable}, says: "TLS"},
		{name: "tls-wants-our-certificate", serve: secure(func(c *tls.Config, _ *x509.Certificate) { c.ClientAuth = tls.RequireAnyClientCert }), args: insecure, exit: []int{untestable}},
		{name: "tls-silent-handshake", serve: func(b *backend) string {
			return strings.Replace(plain(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })(b), "http://", "https://", 1)
		}, args: soon, exit: []int{untestable}, says: "in time"},
		{name: "tls-reset-in-the-handshake", serve: func(b *backend) string {
			return strings.Replace(plain(func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); hangUp(c) })(b), "http://", "https://", 1)
		}, exit: []int{untestable}, says: "could not be reached"},
		{name: "http2-goaway", serve: http2(frame(7, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x00")), args: insecure, exit: []int{untestable}},
		{name: "http2-goaway-with-an-error", serve: http2(frame(7, 0, 0, "\x00\x00\x00\x00\x00\x00\x00\x0bcalm down")), args: insecure, exit: []int{untestable}},
		{name: "http2-reset-stream", serve: http2(frame(3, 0, 1, "\x00\x00\x00\x07")), args: insecure, exit: []int{untestable}},
		{name: "http2-garbage", serve: http2(strings.Repeat("\xff", 4096)), args: insecure, exit: []int{untestable}},
	}
}
