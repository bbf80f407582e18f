package probe

import (
	"net/url"
	"strings"
)

// ends are the path ends that people paste along with a base URL.
var ends = []string{"/serviceproviderconfigs", "/serviceproviderconfig", "/resourcetypes", "/schemas", "/users", "/groups", "/me", "/.search"}

// usual are the places where products put SCIM, most frequent first (RFC 7644 section 3.13 suggests /v2).
var usual = []string{"/scim/v2", "/scim", "/v2", "/api/scim/v2", "/api/scim", "/scim2", "/scim/v1", "/v1", "/api/v2/scim", "/rest/scim/v2"}

// candidates lists base URLs to try, the given one first.
func candidates(raw string) []string {
	u, err := url.Parse(raw)
	if err != nil {
		return []string{raw}
	}
	root := u.Scheme + "://" + u.Host
	path := strings.TrimRight(u.EscapedPath(), "/")
	var out []string
	seen := map[string]bool{}
	add := func(p string) {
		p = strings.TrimRight(p, "/")
		if !seen[p] {
			seen[p] = true
			out = append(out, root+p)
		}
	}
	base := trimEnd(path)
	add(base)
	if base != path {
		add(path)
	}
	// What the given path may lack, then what it may have too much, then the usual places of the host.
	stem := trimVersion(base)
	for _, s := range []string{"/scim/v2", "/v2", "/scim"} {
		if !strings.HasSuffix(base, s) {
			add(base + s)
		}
	}
	add(stem)
	add(stem + "/v2")
	add(stem + "/v1")
	for _, s := range usual {
		add(s)
	}
	return out
}

// trimEnd takes an endpoint off the end of a path.
func trimEnd(path string) string {
	path = strings.TrimRight(path, "/")
	for _, e := range ends {
		if low := strings.ToLower(path); strings.HasSuffix(low, e) {
			return path[:len(path)-len(e)]
		}
	}
	return path
}

// trimVersion takes a version, and scim before it, off the end of a path.
func trimVersion(p string) string {
	for _, s := range []string{"/v2.0", "/v2", "/v1", "/v1.1", "/scim", "/scim2"} {
		if strings.HasSuffix(strings.ToLower(p), s) {
			p = p[:len(p)-len(s)]
		}
	}
	return p
}
