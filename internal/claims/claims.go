// Package claims sets what a product promises beside what was measured. It owns the file of promises, the vocabulary
// of listings and galleries, and the comparison; it knows documents, and nothing of how they were measured.
package claims

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/scimmage/scimmage/internal/result"
)

// Promise is what a file says of one thing, and where.
type Promise struct {
	Says string
	Line int
}

// File is a file of promises.
type File struct {
	Product        string
	Source         string
	Features       map[string]Promise            // for every identity provider
	IDPs           map[string]map[string]Promise // for one, by profile
	Authentication map[string]Promise            // ways to sign in
	Limits         map[string]Promise            // page sizes, rates, bulk
	Attributes     map[string]Promise            // of users
	Notes          []string
	lines          map[string]int // of the names of identity providers
}

// At is a mistake in a file of promises and the line where it stands.
type At struct {
	Line int
	Err  error
}

func (e *At) Error() string { return e.Err.Error() }

func (e *At) Unwrap() error { return e.Err }

func at(line int, format string, a ...any) error { return &At{line, fmt.Errorf(format, a...)} }

// sections are the parts of a file and what reads them.
var sections = map[string]func(f *File, n *yaml.Node) error{
	"product":        func(f *File, n *yaml.Node) error { return n.Decode(&f.Product) },
	"source":         func(f *File, n *yaml.Node) error { return n.Decode(&f.Source) },
	"notes":          func(f *File, n *yaml.Node) error { return n.Decode(&f.Notes) },
	"features":       func(f *File, n *yaml.Node) (err error) { f.Features, err = promises(n, says); return err },
	"authentication": func(f *File, n *yaml.Node) (err error) { f.Authentication, err = promises(n, scheme); return err },
	"limits":         func(f *File, n *yaml.Node) (err error) { f.Limits, err = promises(n, limit); return err },
	"attributes":     func(f *File, n *yaml.Node) (err error) { f.Attributes, err = promises(n, attribute); return err },
	"idps":           readIDPs,
}

// Parse reads a file. Names of features and identity providers are held against the library by Check.
func Parse(b []byte) (*File, error) {
	var doc yaml.Node
	d := yaml.NewDecoder(strings.NewReader(string(b)))
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	} else if err != nil {
		return nil, err
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, at(root.Line, "it is no mapping of names to promises")
	}
	f := &File{lines: map[string]int{}}
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		read := sections[k.Value]
		switch {
		case read == nil:
			return nil, at(k.Line, "there is no part %q: %s", k.Value, hint(k.Value, keys(sections)))
		case seen[k.Value]:
			return nil, at(k.Line, "%s stands here for the second time", k.Value)
		}
		seen[k.Value] = true
		if err := read(f, v); err != nil {
			return nil, err
		}
	}
	if len(f.Features)+len(f.IDPs)+len(f.Authentication)+len(f.Limits)+len(f.Attributes) == 0 {
		return nil, errors.New("it promises nothing: give features, idps, authentication, limits or attributes")
	}
	return f, nil
}

func readIDPs(f *File, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return at(n.Line, "idps is a mapping of identity providers to their features")
	}
	f.IDPs = map[string]map[string]Promise{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		id := n.Content[i].Value
		if f.IDPs[id] != nil {
			return at(n.Content[i].Line, "%s stands here for the second time", id)
		}
		list, err := promises(n.Content[i+1], says)
		if err != nil {
			return err
		}
		f.IDPs[id], f.lines[id] = list, n.Content[i].Line
	}
	return nil
}

// promises reads a mapping of names to promises, or a list of names that are promised.
func promises(n *yaml.Node, valid func(name, says string) error) (map[string]Promise, error) {
	out := map[string]Promise{}
	add := func(k *yaml.Node, said string) error {
		if _, twice := out[k.Value]; twice {
			return at(k.Line, "%s stands here for the second time", k.Value)
		}
		if err := valid(k.Value, said); err != nil {
			return &At{k.Line, err}
		}
		out[k.Value] = Promise{said, k.Line}
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i+1].Kind != yaml.ScalarNode {
				return nil, at(n.Content[i].Line, "%s: one word is expected, such as yes or no", n.Content[i].Value)
			}
			if err := add(n.Content[i], n.Content[i+1].Value); err != nil {
				return nil, err
			}
		}
	case yaml.SequenceNode:
		for _, k := range n.Content {
			if k.Kind != yaml.ScalarNode {
				return nil, at(k.Line, "a list of names is expected, or a mapping of names to yes and no")
			}
			if err := add(k, "yes"); err != nil {
				return nil, err
			}
		}
	default:
		return nil, at(n.Line, "a mapping of names to promises is expected")
	}
	return out, nil
}

func says(name, said string) error {
	if _, err := promised(said); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// degree is how much is promised.
type degree int

const (
	no degree = iota
	partly
	yes
)

// promised reads yes and no in their usual words.
func promised(s string) (degree, error) {
	switch w := strings.ToLower(strings.TrimSpace(s)); w {
	case "yes", "true", "supported", "on", "x", "✓":
		return yes, nil
	case "partial", "partly", "partially supported", "limited", "with limits":
		return partly, nil
	case "no", "false", "not supported", "unsupported", "off", "none", "n/a", "jit", "jit only":
		return no, nil
	}
	return no, fmt.Errorf("%q is neither yes nor no nor partial", s)
}

// claimed is the promise in the words of reports; what was written stays where it says more.
func claimed(said string) string {
	d, _ := promised(said)
	word := map[degree]string{yes: string(result.Supported), partly: string(result.Partial), no: string(result.NotSupported)}[d]
	if w := strings.ToLower(strings.TrimSpace(said)); strings.HasPrefix(w, "jit") {
		word += " (" + strings.TrimSpace(said) + ")"
	}
	return word
}

// vocabulary is what the Okta Integration Network and the Entra gallery call features, reduced to lower-case letters.
var vocabulary = map[string]string{
	"create": "create-users", "createusers": "create-users", "provisionusers": "create-users", "pushnewusers": "create-users",
	"update": "update-users", "updateuserattributes": "update-users", "updateusers": "update-users", "pushprofileupdates": "update-users",
	"deactivate": "deactivate-users", "deactivateusers": "deactivate-users", "removeusers": "deactivate-users", "pushuserdeactivation": "deactivate-users", "disableusers": "deactivate-users",
	"reactivateusers": "reactivate-users", "deleteusers": "delete-users", "importusers": "import-users", "importnewusers": "import-users", "importgroups": "import-groups",
	"grouppush": "group-push", "provisiongroups": "group-push", "groupsync": "group-push", "grouplinking": "group-linking", "schemadiscovery": "schema-discovery",
	"syncpassword": "sync-password", "passwordsync": "sync-password", "entitlements": "roles-entitlements", "entitlementmanagement": "roles-entitlements", "roleassignment": "roles-entitlements", "linkusers": "link-users", "matchusers": "match-users", "matchingattribute": "match-users",
	"keepuserattributessynchronized": "update-users", "keepattributessynchronized": "update-users", "removeuserswhentheydonotrequireaccessanymore": "deactivate-users", "suspendandrestore": "deactivate-users",
	"provisiongroupsandgroupmemberships": "group-push", "pushgroups": "group-push", "groupcreate": "group-push", "grouprename": "group-rename", "groupdelete": "group-delete", "membership": "group-membership", "groupmemberships": "group-membership",
	"userimport": "import-users", "accountaggregation": "import-users", "discoverschema": "schema-discovery", "importuserschema": "schema-discovery", "testapicredentials": "test-connection", "checkconnection": "test-connection", "renameusers": "rename-users",
}

// unmeasured are promises of listings that no exchange with the app can show.
var unmeasured = map[string]string{
	"attributesourcing": console, "profilesourcing": console, "profilemastering": console, "attributewriteback": console,
	"sso": signOn, "singlesignon": signOn, "saml": signOn, "oidc": signOn, "jitprovisioning": signOn, "justintimeprovisioning": signOn,
}

const (
	console = "seen in the identity provider's console, not in SCIM"
	signOn  = "sign-on is not part of SCIM"
)

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// hint names what was perhaps meant, or what there is.
func hint(got string, names []string) string {
	if near := result.Nearest(got, names, 3); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return "there are " + strings.Join(names, ", ")
}
