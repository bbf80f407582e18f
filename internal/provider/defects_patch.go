package provider

import (
	"net/http"
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

// patchedBends are defects in what a PATCH makes of a resource.
var patchedBends = map[string]patchedBend{
	"patch-complex-wiped": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if !op.HasPath {
				if in, ok := op.Value.(object); ok && in["name"] != nil {
					after["name"] = in["name"]
				}
			} else if strings.EqualFold(op.Path, "name") && op.Value != nil {
				after["name"] = op.Value
			}
		}
	},
	"patch-sub-wipes-complex": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if sub, ok := strings.CutPrefix(op.Path, "name."); ok && verb(op) != "remove" {
				after["name"] = object{sub: op.Value}
			}
		}
	},
	"patch-extension-wiped": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, ok := strings.CutPrefix(op.Path, scim.SchemaEnterprise+":")
			if ext, has := after[scim.SchemaEnterprise].(object); ok && has && ext[attr] != nil {
				after[scim.SchemaEnterprise] = object{attr: ext[attr]}
			}
		}
	},
	"patch-primary-not-demoted": func(_ []scim.Op, before, after object) {
		was := map[any]bool{}
		for _, e := range listOf(before["emails"]) {
			if m, ok := e.(object); ok && m["primary"] == true {
				was[m["value"]] = true
			}
		}
		for _, e := range listOf(after["emails"]) {
			if m, ok := e.(object); ok && was[m["value"]] {
				m["primary"] = true
			}
		}
	},
	"patch-add-duplicates": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if verb(op) != "add" || !pluralPath(op.Path) || isMembers(op.Path) {
				continue
			}
			fresh := listOf(op.Value)
			if o, ok := op.Value.(object); ok {
				fresh = []any{o}
			}
			now := listOf(after[op.Path])
			for _, e := range fresh {
				n := 0
				for _, have := range now {
					if scim.Equal(have, e) {
						n++
					}
				}
				if n > 0 && len(now) == len(listOf(after[op.Path])) {
					now = append(now, scim.Clone(e))
				}
			}
			after[op.Path] = now
		}
	},
	"patch-remove-filter-removes-all": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if attr, _, ok := strings.Cut(op.Path, "["); ok && verb(op) == "remove" && !isMembers(op.Path) {
				delete(after, attr)
			}
		}
	},
	"patch-remove-filter-removes-first": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, _, ok := strings.Cut(op.Path, "[")
			if ok && verb(op) == "remove" && !isMembers(op.Path) && strings.HasSuffix(op.Path, "]") && len(listOf(before[attr])) > 0 {
				after[attr] = listOf(before[attr])[1:]
			}
		}
	},
	"patch-remove-sub-removes-complex": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if strings.HasPrefix(op.Path, "name.") && verb(op) == "remove" {
				delete(after, "name")
			}
		}
	},
	"patch-value-path-appends": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, rest, ok := strings.Cut(op.Path, "[")
			if !ok || verb(op) == "remove" || isMembers(op.Path) || op.Value == nil {
				continue
			}
			_, sub, _ := strings.Cut(rest, "].")
			if sub == "" || len(listOf(before[attr])) == 0 {
				continue
			}
			element := object{sub: op.Value}
			if _, v, ok := strings.Cut(rest, `type eq "`); ok {
				element["type"], _, _ = strings.Cut(v, `"`)
			}
			after[attr] = append(append([]any{}, listOf(scim.Clone(before[attr]))...), element)
		}
	},
	"patch-value-path-first": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			attr, rest, ok := strings.Cut(op.Path, "[")
			_, sub, _ := strings.Cut(rest, "].")
			was := listOf(scim.Clone(before[attr]))
			if !ok || sub == "" || verb(op) == "remove" || len(was) < 2 || isMembers(op.Path) {
				continue
			}
			if m, ok := was[0].(object); ok {
				m[sub] = op.Value
				after[attr] = was
			}
		}
	},
	"patch-clears-unmentioned": func(_ []scim.Op, before, after object) {
		for _, name := range []string{"nickName", "title", "phoneNumbers", "externalId"} {
			if before[name] != nil && scim.Equal(before[name], after[name]) {
				delete(after, name)
			}
		}
	},
	"deactivation-wipes-profile": onDeactivation(func(after object) {
		for _, name := range []string{"emails", "name", "phoneNumbers", "displayName"} {
			delete(after, name)
		}
	}),
	"patch-removes-required": func(ops []scim.Op, _, after object) {
		if len(ops) == 0 {
			delete(after, "userName") // the only operation was the one that opsBends took out
		}
	},
	"group-rename-drops-members": func(_ []scim.Op, before, after object) {
		if before["displayName"] != after["displayName"] && before["members"] != nil {
			delete(after, "members")
		}
	},
	"member-duplicated": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if verb(op) == "add" && isMembers(op.Path) {
				after["members"] = append(append([]any{}, listOf(before["members"])...), listOf(op.Value)...)
			}
		}
	},
	"string-boolean-stored": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if s, ok := op.Value.(string); ok && strings.EqualFold(op.Path, "active") {
				after["active"] = s
			}
		}
	},
	"manager-empty-kept": func(ops []scim.Op, _, after object) {
		ext, ok := after[scim.SchemaEnterprise].(object)
		for _, op := range ops {
			if ok && strings.HasSuffix(lower(op.Path), ":manager") && op.Value == nil {
				ext["manager"] = object{"value": ""}
			}
		}
	},
	"patch-literal-keys": func(ops []scim.Op, before, after object) {
		for _, op := range ops {
			if op.HasPath && strings.Contains(op.Path, ".") && !strings.HasPrefix(op.Path, "urn:") && verb(op) != "remove" {
				after[op.Path] = op.Value
				after["name"] = before["name"]
			}
		}
	},
	"deactivation-renames": onDeactivation(func(after object) {
		if s, ok := after["userName"].(string); ok {
			after["userName"] = "deactivated-" + s
		}
	}),
}

// onDeactivation acts when active goes from true to false.
func onDeactivation(f func(object)) patchedBend {
	return func(_ []scim.Op, before, after object) {
		if before["active"] != false && after["active"] == false {
			f(after)
		}
	}
}
