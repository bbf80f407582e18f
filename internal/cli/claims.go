package cli

import (
	"os"

	"github.com/scimmage/scimmage/internal/claims"
	"github.com/scimmage/scimmage/internal/result"
)

// readClaims reads the file of --claims; none is no error.
func readClaims(path string) (*claims.File, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("", "--claims: %v", err)
	}
	f, err := claims.Parse(b)
	if err != nil {
		return nil, usagef("a claims file looks like: features: {Create users: yes, Group push: no}", "--claims %s: %v", path, err)
	}
	return f, nil
}

// addClaims sets the promises beside what was measured.
func addClaims(path string, doc *result.Document) error {
	f, err := readClaims(path)
	if err != nil || f == nil {
		return err
	}
	if doc.Claims, err = claims.Judge(f, doc); err != nil {
		return usagef("", "--claims %s: %v", path, err)
	}
	return nil
}
