package mockidp

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Secrets are the credentials of one application. They are stored encrypted and leave this package only towards the
// application itself: no answer, page, export or log shows them.
type Secrets struct {
	Token        string `json:"token,omitempty"`
	Password     string `json:"password,omitempty"`
	ClientSecret string `json:"clientSecret,omitempty"`
}

// vault encrypts secrets with a key that stands beside the database, not in it: a copy of the database alone reveals nothing.
type vault struct {
	aead cipher.AEAD
	rand io.Reader
}

const keySize = 32

// openVault reads the key file, or makes one that only its owner can read. A database in memory has its key in memory.
func openVault(path string, random io.Reader) (*vault, error) {
	key := make([]byte, keySize)
	if path == memory {
		if _, err := io.ReadFull(random, key); err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		return newVault(key, random)
	}
	name := path + ".key"
	have, err := os.ReadFile(name)
	switch {
	case err == nil && len(have) == keySize:
		return newVault(have, random)
	case err == nil:
		return nil, fmt.Errorf("the key file %s is damaged (%d bytes, not %d); remove it and enter the secrets of the applications again", name, len(have), keySize)
	case !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if err := writeFileSync(name, key); err != nil {
		return nil, fmt.Errorf("write the key file: %w", err)
	}
	return newVault(key, random)
}

// writeFileSync writes a file that is either whole or not there.
func writeFileSync(name string, data []byte) error {
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func newVault(key []byte, random io.Reader) (*vault, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &vault{aead, random}, nil
}

// seal encrypts secrets for one application; the id is bound to them, so that they cannot be moved to another one.
func (v *vault) seal(appID string, s Secrets) ([]byte, error) {
	if s == (Secrets{}) {
		return nil, nil
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, v.aead.NonceSize())
	if _, err := io.ReadFull(v.rand, nonce); err != nil {
		return nil, err
	}
	return v.aead.Seal(nonce, nonce, plain, []byte(appID)), nil
}

func (v *vault) open(appID string, sealed []byte) (Secrets, error) {
	var s Secrets
	if len(sealed) == 0 {
		return s, nil
	}
	n := v.aead.NonceSize()
	if len(sealed) < n {
		return s, errors.New("the stored secret is damaged; enter it again")
	}
	plain, err := v.aead.Open(nil, sealed[:n], sealed[n:], []byte(appID))
	if err != nil {
		return s, errors.New("the stored secret cannot be read with this key file; enter it again")
	}
	return s, json.Unmarshal(plain, &s)
}
