package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/scimmage/scimmage/internal/result"
)

// Kinds of a [result.Fault]: why no usable answer arrived.
const (
	KindRefused      = "refused"
	KindUnreachable  = "unreachable"
	KindDNS          = "dns"
	KindTLS          = "tls"
	KindTimeout      = "timeout"
	KindReset        = "reset"
	KindTruncated    = "truncated"
	KindBodyTooLarge = "body-too-large"
	KindRedirect     = "redirect"
	KindLimit        = "limit"
	KindGuard        = "guard"
	KindReadOnly     = "read-only"
	KindRateLimited  = "rate-limited"
	KindCancelled    = "cancelled"
	KindProtocol     = "protocol"
	KindAuth         = "auth"
	KindProxy        = "proxy"
	KindRequest      = "request"
	KindPanic        = "panic"
	KindOther        = "other"
)

var explanations = map[string][2]string{
	KindRefused:      {"the connection was refused", "Is the server running, and are host and port of --url right?"},
	KindUnreachable:  {"the host cannot be reached from this machine", "Check the network, VPN and firewall between this machine and the target."},
	KindDNS:          {"the host name cannot be resolved", "Check the spelling of the host in --url, and whether it is only known inside a private network."},
	KindTLS:          {"the TLS connection could not be set up", "Check the certificate of the server; for a private authority pass --ca."},
	KindTimeout:      {"no complete answer arrived in time", "Identity providers give up too (Okta after 60 s). Make the endpoint faster, or raise --timeout to look further."},
	KindReset:        {"the server closed the connection without an answer", "Look into the log of the server and of any proxy in front of it for a crash at this time."},
	KindTruncated:    {"the answer broke off before its end", "Content-Length or the chunks promise more than was sent; look for a crash while the answer is written."},
	KindBodyTooLarge: {"the answer is larger than the limit", "Return pages (startIndex, count) instead of everything at once."},
	KindRedirect:     {"the server answered with a redirect that is not followed", "Use the final address as --url; API calls must not be sent to a login page."},
	KindLimit:        {"a limit of this run is used up", "Raise --max-requests or --max-duration."},
	KindGuard:        {"the request was not sent, because it would change something that this run did not create", "This protects the target. If the id came from an answer of the server, that answer is what is wrong."},
	KindReadOnly:     {"the request was not sent, because the run is read-only", "Run without --read-only to test writes."},
	KindRateLimited:  {"the server kept answering 429 Too Many Requests", "Lower --rate, or raise the rate limit of the test tenant."},
	KindCancelled:    {"the run was interrupted", ""},
	KindProtocol:     {"the answer is not valid HTTP", "Look at what really listens on this port, and at any proxy in front of it."},
	KindAuth:         {"no access token could be obtained", "Check token URL, client id, client secret and scopes."},
	KindProxy:        {"the proxy did not let the request through", "Check --proxy, HTTPS_PROXY and NO_PROXY."},
	KindRequest:      {"the request cannot be sent as it stands", "A header, method or path holds a character that HTTP does not allow."},
	KindPanic:        {"the embedded target crashed while it answered", "This equals a dropped connection; the panic is a bug of the target."},
	KindOther:        {"the exchange failed", ""},
}

// Explain returns, for a fault kind, what it means and what to do about it.
func Explain(kind string) (message, hint string) {
	e, ok := explanations[kind]
	if !ok {
		e = explanations[KindOther]
	}
	return e[0], e[1]
}

// Unusable reports whether a fault of this kind on the first request means that the target cannot be
// tested at all (exit code 3), rather than that one request went wrong.
func Unusable(kind string) bool {
	switch kind {
	case KindRefused, KindUnreachable, KindDNS, KindTLS, KindAuth, KindProxy:
		return true
	}
	return false
}

func fault(kind, detail string) *result.Fault {
	msg, hint := Explain(kind)
	if detail != "" {
		msg += ": " + detail
	}
	return &result.Fault{Kind: kind, Message: msg, Hint: hint}
}

func faultHint(kind, detail, hint string) *result.Fault {
	f := fault(kind, detail)
	f.Hint = hint
	return f
}

// classify turns an error of the transport into a fault. ctx is the context of the attempt and
// parent the one of the caller: only the parent being cancelled is an interruption.
func classify(parent, ctx context.Context, err error) *result.Fault {
	if f, ok := errors.AsType[*result.Fault](err); ok {
		return f
	}
	if errors.Is(parent.Err(), context.Canceled) {
		return fault(KindCancelled, "")
	}
	if f := classifyTLS(err); f != nil {
		return f
	}
	if f := classifyNet(err); f != nil {
		return f
	}
	if isTimeout(ctx, err) {
		return fault(KindTimeout, plain(err))
	}
	return classifyHTTP(err)
}

func isTimeout(ctx context.Context, err error) bool {
	var ne net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &ne) && ne.Timeout()
}

func classifyTLS(err error) *result.Fault {
	var (
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		verify  *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &host):
		return faultHint(KindTLS, "the certificate is for another host ("+plain(host)+")", "Use the host name of the certificate in --url, or give the server a certificate for this one.")
	case errors.As(err, &unknown):
		return faultHint(KindTLS, "the certificate is signed by an unknown authority", "Pass --ca with the issuing certificate. Identity providers in the cloud accept public authorities only, with the whole chain.")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return faultHint(KindTLS, "the certificate has expired or is not valid yet ("+plain(invalid)+")", "Renew the certificate, and check the clocks of server and this machine.")
	case errors.As(err, &invalid), errors.As(err, &verify):
		return fault(KindTLS, plain(err))
	case errors.As(err, &record):
		if strings.HasPrefix(string(record.RecordHeader[:]), "HTTP") {
			return faultHint(KindTLS, "the server speaks plain HTTP on this port", "Use http:// in --url for a local test, or the TLS port of the server.")
		}
		return fault(KindTLS, plain(record))
	}
	s := err.Error()
	// crypto/tls does not export the type of an alert that the other side sent.
	if _, alert, ok := strings.Cut(s, "remote error: tls: "); ok {
		return faultHint(KindTLS, "the handshake was refused ("+alert+")", "Does the server want a client certificate (--cert, --key), or does it only speak TLS 1.0 or 1.1?")
	}
	if strings.Contains(s, "server gave HTTP response to HTTPS client") {
		return faultHint(KindTLS, "the server speaks plain HTTP on this port", "Use http:// in --url for a local test, or the TLS port of the server.")
	}
	if strings.Contains(s, "tls: ") || strings.Contains(s, "x509: ") || strings.Contains(s, "TLS handshake timeout") {
		return fault(KindTLS, plain(err))
	}
	return nil
}

func classifyNet(err error) *result.Fault {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return fault(KindDNS, plain(dns))
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return fault(KindProxy, plain(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault(KindRefused, plain(err))
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault(KindUnreachable, plain(err))
	}
	return nil
}

func classifyHTTP(err error) *result.Fault {
	s := err.Error()
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(s, p) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(err, errHandlerPanic):
		return fault(KindPanic, plain(err))
	case has("invalid header field", "invalid method", "can't write control character", "invalid Host", "invalid URL"):
		return fault(KindRequest, plain(err))
	case has("server response headers exceeded"):
		return fault(KindProtocol, "the headers are larger than 1 MiB")
	case has("malformed", "invalid Read", "bad Content-Length", "too many 1xx", "unsupported transfer encoding",
		"invalid byte in chunk", "chunk", "http2: response", "PROTOCOL_ERROR", "frame too large", "bad status", "cannot contain multiple",
		"line too long", "trailer"):
		return fault(KindProtocol, plain(err))
	case errors.Is(err, io.ErrUnexpectedEOF):
		// Before the headers are complete this is a connection that died, not a short body.
		return fault(KindReset, plain(err))
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed),
		has("EOF", "server closed idle connection", "GOAWAY", "connection reset", "transport connection broken",
			"stream error", "client connection lost", "client connection force closed"):
		return fault(KindReset, plain(err))
	}
	return fault(KindOther, plain(err))
}

// plain is the text of an error without the noise that wrapping adds.
func plain(err error) string {
	s := err.Error()
	for _, p := range []string{"net/http: ", "http: ", "HTTP/1.x transport connection broken: "} {
		s = strings.TrimPrefix(s, p)
	}
	return s
}
