package exchange

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// assertionKey signs client assertions (RFC 7523 section 2.2).
type assertionKey struct {
	signer crypto.Signer
	alg    string // RS256 or ES256
	kid    string
}

func loadAssertionKey(file, kid string) (*assertionKey, error) {
	if file == "" {
		return nil, errors.New("private-key-jwt needs the file of the private key")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the private key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("the private key %s is not in PEM form", file)
	}
	key, err := parseKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("cannot use the private key %s: %w", file, err)
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return &assertionKey{k, "RS256", kid}, nil
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return &assertionKey{k, "ES256", kid}, nil
		}
	}
	return nil, fmt.Errorf("the private key %s is neither RSA nor on the curve P-256", file)
}

func parseKey(der []byte) (any, error) {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return k, nil
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, nil
	}
	k, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, errors.New("it is no unencrypted PKCS#8, PKCS#1 or EC key")
	}
	return k, nil
}

func (k *assertionKey) sign(clientID, audience string, now time.Time, random io.Reader) (string, error) {
	jti := make([]byte, 16)
	if _, err := io.ReadFull(random, jti); err != nil {
		return "", fmt.Errorf("no randomness for the client assertion: %w", err)
	}
	head := map[string]any{"alg": k.alg, "typ": "JWT"}
	if k.kid != "" {
		head["kid"] = k.kid
	}
	claims := map[string]any{
		"iss": clientID, "sub": clientID, "aud": audience, "jti": hex.EncodeToString(jti),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	h, err := json.Marshal(head)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString(h) + "." + enc.EncodeToString(c)
	sum := sha256.Sum256([]byte(signed))
	sig, err := k.signature(sum[:])
	if err != nil {
		return "", fmt.Errorf("cannot sign the client assertion: %w", err)
	}
	return signed + "." + enc.EncodeToString(sig), nil
}

func (k *assertionKey) signature(sum []byte) ([]byte, error) {
	ec, ok := k.signer.(*ecdsa.PrivateKey)
	if !ok {
		return k.signer.Sign(rand.Reader, sum, crypto.SHA256)
	}
	r, s, err := ecdsa.Sign(rand.Reader, ec, sum)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 64) // r and s side by side (RFC 7518 section 3.4)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out, nil
}
