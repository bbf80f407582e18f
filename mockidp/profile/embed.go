package profile

import "embed"

//go:embed okta okta-aiw okta-entitlements entra entra-062020
//go:embed plain authentik authentik-2026.5 onelogin jumpcloud rauthy pocket-id keycloak connid
//go:embed options google cyberark sailpoint rippling pingone
var files embed.FS

// Embedded loads the profiles that are part of the binary.
func Embedded() (*Set, error) {
	set, problems := Load(files)
	return set, problems.Err()
}
