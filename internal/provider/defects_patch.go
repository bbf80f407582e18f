package provider

import (
	"net/http"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// opsBends are defects in how the operations of a PATCH are understood.
var opsBends = map[string]opsBend{
	"patch-pathless-refused": refusesOp(func(op scim.Op) bool { return !op.HasPath }, scim.InvalidPath, "path is required."),
	"patch-pathless-ignored": dropsOps(func(op scim.Op) bool { return !op.HasPath }),
	"patch-value-path-refused": refusesOp(func(op scim.Op) bool { return strings.Contains(op.Path, "[") },
		scim.InvalidPath, "Filters in path are not supported."),
	"patch-value-path-ignored":  dropsOps(func(op scim.Op) bool { return strings.Contains(op.Path, "[") }),
	"patch-email-path-refused":  refusesOp(func(op scim.Op) bool { return strings.HasPrefix(lower(op.Path), "emails[") }, scim.InvalidPath, "Invalid path."),
	"patch-dotted-path-refused": refusesOp(func(op scim.Op) bool { return strings.HasPrefix(lower(op.Path), "name.") }, scim.InvalidPath, "Invalid path."),
	"patch-dotted-path-ignored": dropsOps(func(op scim.Op) bool { return strings.HasPrefix(lower(op.Path), "name.") }),
	"patch-urn-path-refused":    refusesOp(urnPath, scim.InvalidPath, "Invalid path."),
	"patch-urn-path-ignored":    dropsOps(urnPath),
	"capital-ops-ignored":       dropsOps(func(op scim.Op) bool { return op.Op != lower(op.Op) }),
	"patch-first-op-only": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		return ops[:min(1, len(ops))], nil
	},
	"patch-last-op-only": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		return ops[max(0, len(ops)-1):], nil
	},
	"patch-ops-reversed": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		out := make([]scim.Op, 0, len(ops))
		for i := len(ops) - 1; i >= 0; i-- {
			out = append(out, ops[i])
		}
		return out, nil
	},
	"patch-add-singular-refused": refusesOp(func(op scim.Op) bool {
		return verb(op) == "add" && op.HasPath && !pluralPath(op.Path)
	}, scim.InvalidPath, "add is for multi-valued attributes."),
	"patch-add-ignored":        dropsOps(func(op scim.Op) bool { return verb(op) == "add" && !isMembers(op.Path) }),
	"patch-remove-ignored":     dropsOps(func(op scim.Op) bool { return verb(op) == "remove" && !isMembers(op.Path) }),
	"patch-remove-refused":     refusesOp(func(op scim.Op) bool { return verb(op) == "remove" && !isMembers(op.Path) }, scim.InvalidPath, "remove is not supported."),
	"patch-add-is-replace":     verbs("add", "replace", func(op scim.Op) bool { return pluralPath(op.Path) && !isMembers(op.Path) }),
	"patch-replace-is-add":     verbs("replace", "add", func(op scim.Op) bool { return pluralPath(op.Path) && !isMembers(op.Path) }),
	"patch-active-ignored":     withoutAttribute("active"),
	"patch-username-ignored":   withoutAttribute("username"),
	"patch-manager-ignored":    withoutAttribute("manager"),
	"patch-name-ignored":       withoutAttribute("name"),
	"patch-emails-ignored":     withoutAttribute("emails"),
	"patch-externalid-ignored": withoutAttribute("externalid"),
	"patch-active-needs-path":  pathlessWithout("active"),
	"reactivation-ignored": func(p *Provider, c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		return dropsOps(func(op scim.Op) bool {
			v := op.Value
			if o, ok := v.(object); ok {
				v, _ = lookup(o, "active")
			} else if !strings.HasSuffix(lower(op.Path), "active") {
				return false
			}
			s, _ := v.(string)
			return v == true || strings.EqualFold(s, "true")
		})(p, c, k, ops)
	},
	"change-reactivates": func(_ *Provider, c *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		if c.head() != "Users" || slices.ContainsFunc(ops, func(op scim.Op) bool { return op.Path == "" || lower(op.Path) == "active" }) {
			return ops, nil
		}
		return append(slices.Clone(ops), scim.Op{Op: "replace", Path: "active", HasPath: true, Value: true, HasValue: true}), nil
	},
	"patch-null-ignored": dropsOps(func(op scim.Op) bool { return op.HasPath && op.HasValue && op.Value == nil && verb(op) != "remove" }),
	"patch-value-path-all": rewritesPath(func(path string) string {
		i, j := strings.IndexByte(path, '['), strings.LastIndexByte(path, ']')
		if i < 0 || j < i || isMembers(path) {
			return path
		}
		return path[:i] + `[value pr or type pr]` + path[j+1:]
	}),
	"patch-unknown-path-ignored": func(_ *Provider, _ *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		var out []scim.Op
		for _, op := range ops {
			if path, err := scim.ParsePath(op.Path); !op.HasPath || err != nil || k.attribute(path) != nil {
				out = append(out, op)
			}
		}
		return out, nil
	},
	"patch-unknown-path-500": func(_ *Provider, _ *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for _, op := range ops {
			if path, err := scim.ParsePath(op.Path); op.HasPath && (err != nil || k.attribute(path) == nil) {
				return nil, refuse(http.StatusInternalServerError, "", "Cannot read properties of undefined (reading 'type')")
			}
		}
		return ops, nil
	},
	"patch-bad-path-ignored": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		var out []scim.Op
		for _, op := range ops {
			if _, err := scim.ParsePath(op.Path); !op.HasPath || err == nil {
				out = append(out, op)
			}
		}
		return out, nil
	},
	"patch-removes-required":        dropsOps(func(op scim.Op) bool { return verb(op) == "remove" && strings.EqualFold(op.Path, "userName") }),
	"patch-remove-no-path-accepted": dropsOps(func(op scim.Op) bool { return verb(op) == "remove" && !op.HasPath }),
	"patch-readonly-ignored": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		var out []scim.Op
		for _, op := range ops {
			if p := lower(op.Path); p != "id" && p != "groups" && !strings.HasPrefix(p, "meta") {
				out = append(out, op)
			}
		}
		return out, nil
	},
	"patch-type-not-checked": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i, op := range ops {
			if s, ok := op.Value.(string); ok && strings.EqualFold(op.Path, "active") {
				ops[i].Value = s != "" && !strings.EqualFold(s, "false")
			}
		}
		return ops, nil
	},
	"patch-dotted-keys-ignored": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i, op := range ops {
			in, ok := op.Value.(object)
			if op.HasPath || !ok {
				continue
			}
			out := object{}
			for name, v := range in {
				if !dottedKey(name) {
					out[name] = v
				}
			}
			ops[i].Value = out
		}
		return ops, nil
	},
	"patch-dotted-keys-refused": refusesOp(func(op scim.Op) bool {
		in, ok := op.Value.(object)
		for name := range in {
			if ok && !op.HasPath && dottedKey(name) {
				return true
			}
		}
		return false
	}, scim.InvalidValue, "Unknown attribute."),
	"string-false-is-true": func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i, op := range ops {
			if s, ok := op.Value.(string); ok && strings.EqualFold(op.Path, "active") && s != "" {
				ops[i].Value = true
			}
		}
		return ops, nil
	},
}

func urnPath(op scim.Op) bool { return strings.HasPrefix(lower(op.Path), "urn:") }

func verb(op scim.Op) string { return lower(op.Op) }

func isMembers(path string) bool { return strings.HasPrefix(lower(path), "members") }

func dottedKey(name string) bool {
	return strings.HasPrefix(lower(name), "urn:") && !strings.HasSuffix(lower(name), ":user") && !strings.HasSuffix(lower(name), ":group") ||
		!strings.HasPrefix(lower(name), "urn:") && strings.Contains(name, ".")
}

// pluralPath tells whether a path is a multi-valued attribute as a whole.
func pluralPath(path string) bool {
	switch lower(path) {
	case "emails", "phonenumbers", "addresses", "ims", "photos", "roles", "entitlements", "members", "x509certificates":
		return true
	}
	return false
}

func refusesOp(bad func(scim.Op) bool, scimType, why string) opsBend {
	return func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for _, op := range ops {
			if bad(op) {
				return nil, refuse(http.StatusBadRequest, scimType, "%s", why)
			}
		}
		return ops, nil
	}
}

func dropsOps(drop func(scim.Op) bool) opsBend {
	return func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		var out []scim.Op
		for _, op := range ops {
			if !drop(op) {
				out = append(out, op)
			}
		}
		return out, nil
	}
}

func verbs(from, to string, applies func(scim.Op) bool) opsBend {
	return func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i, op := range ops {
			if verb(op) == from && applies(op) {
				ops[i].Op = to
			}
		}
		return ops, nil
	}
}

func rewritesPath(f func(string) string) opsBend {
	return func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i := range ops {
			ops[i].Path = f(ops[i].Path)
		}
		return ops, nil
	}
}

// pathlessWithout takes an attribute out of pathless values.
func pathlessWithout(attr string) opsBend {
	return func(_ *Provider, _ *call, _ *kind, ops []scim.Op) ([]scim.Op, *fault) {
		for i, op := range ops {
			in, ok := op.Value.(object)
			if op.HasPath || !ok {
				continue
			}
			out := object{}
			for name, v := range in {
				if low := lower(name); low != attr && !strings.HasPrefix(low, attr+".") && !strings.HasPrefix(low, attr+"[") && !strings.HasSuffix(low, ":"+attr) {
					out[name] = v
				}
			}
			ops[i].Value = out
		}
		return ops, nil
	}
}

// withoutAttribute ignores every operation on an attribute, whatever its form.
func withoutAttribute(attr string) opsBend {
	return func(p *Provider, c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		ops, f := pathlessWithout(attr)(p, c, k, ops)
		if f != nil {
			return nil, f
		}
		return dropsOps(func(op scim.Op) bool {
			path, err := scim.ParsePath(op.Path)
			return op.HasPath && err == nil && strings.EqualFold(path.Attr, attr)
		})(p, c, k, ops)
	}
}
