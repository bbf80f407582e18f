package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/scimmage/scimmage/internal/claims"
	"github.com/scimmage/scimmage/internal/probe"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/mockidp/profile"
	"github.com/scimmage/scimmage/suites"
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
	return f, claimsError(path, err)
}

// claimsError says where in the file it is.
func claimsError(path string, err error) error {
	if err == nil {
		return nil
	}
	var at *claims.At
	if errors.As(err, &at) {
		path = fmt.Sprintf("%s:%d", path, at.Line)
	}
	return usagef("a claims file looks like: features: {Create users: yes, Group push: no}", "--claims %s: %v", path, err)
}

// checkClaims reads the file of --claims and holds its names against the library, before anything is sent.
func checkClaims(path string, lib *suites.Library, profiles *profile.Set) error {
	f, err := readClaims(path)
	if err != nil || f == nil {
		return err
	}
	known := claims.Known{IDPs: profiles.IDs()}
	for _, x := range lib.Features {
		known.Features = append(known.Features, result.Feature{ID: x.ID, Title: x.Title})
	}
	for _, c := range lib.Compatibility.Clients {
		if !slices.Contains(known.IDPs, c.Profile) { // of those that are not played a report forecasts
			known.IDPs = append(known.IDPs, c.Profile)
		}
	}
	return claimsError(path, f.Check(known))
}

// addClaims sets the promises beside what was measured.
func addClaims(path string, doc *result.Document) error {
	f, err := readClaims(path)
	if err != nil || f == nil {
		return err
	}
	doc.Claims, err = claims.Judge(f, doc)
	return claimsError(path, err)
}

// probeClaims sets the promises beside a probe. Where there is no SCIM the probe is the whole measurement; where there is,
// it measures limits and attributes, and only a run can tell which features work.
func probeClaims(path string, rep *probe.Report) error {
	f, err := readClaims(path)
	if err != nil || f == nil {
		return err
	}
	switch {
	case rep.Verdict.SCIM():
		if rep.Claims, err = claims.Untried(f, "a probe changes nothing; scimmage run measures it"); err == nil {
			rep.Claims = append(rep.Claims, f.Sheet(probed(rep))...)
		}
	case noSCIM[rep.Verdict.Kind]:
		rep.Claims, err = claims.Absent(f, rep.Verdict.Title)
	default:
		if rep.Claims, err = claims.Untried(f, rep.Verdict.Title); err == nil {
			rep.Claims = append(rep.Claims, f.Sheet(claims.Measured{Used: "nothing that was let in"})...)
		}
	}
	claims.Sort(rep.Claims)
	return claimsError(path, err)
}

// probed is what a probe measured of limits and attributes. An attribute that the schemas declare, or that some user
// carries, is there.
func probed(rep *probe.Report) claims.Measured {
	m := claims.Measured{Facts: rep.Facts}
	for _, a := range rep.Attributes {
		if a.Resource != "User" {
			continue
		}
		row := claims.Attribute{Name: a.Attribute, Verdict: result.Supported, Says: fmt.Sprintf("carried by %d of %d, in no schema", a.Carried, a.Of)}
		if a.InSchema {
			row.Says = fmt.Sprintf("in the schema, carried by %d of %d", a.Carried, a.Of)
		}
		m.Attributes = append(m.Attributes, row)
	}
	return m
}

// noSCIM are the verdicts that say that there is none. Refused credentials, a server that fails or is not reached say
// nothing about what it could do.
var noSCIM = map[probe.Kind]bool{probe.KindAPI: true, probe.KindWeb: true, probe.KindNothing: true}
