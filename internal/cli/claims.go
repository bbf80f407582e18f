package cli

import (
	"os"

	"github.com/scimmage/scimmage/internal/claims"
	"github.com/scimmage/scimmage/internal/probe"
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

// probeClaims sets the promises beside a probe. Where there is no SCIM the probe is the whole measurement; where there is,
// only a run can tell what works.
func probeClaims(path string, rep *probe.Report) error {
	f, err := readClaims(path)
	if err != nil || f == nil {
		return err
	}
	judge, because := claims.Absent, rep.Verdict.Title
	switch {
	case rep.Verdict.SCIM():
		judge, because = claims.Untried, "a probe changes nothing; scimmage run measures it"
	case !noSCIM[rep.Verdict.Kind]:
		judge = claims.Untried
	}
	if rep.Claims, err = judge(f, because); err != nil {
		return usagef("", "--claims %s: %v", path, err)
	}
	return nil
}

// noSCIM are the verdicts that say that there is none. Refused credentials, a server that fails or is not reached say
// nothing about what it could do.
var noSCIM = map[probe.Kind]bool{probe.KindAPI: true, probe.KindWeb: true, probe.KindNothing: true}
