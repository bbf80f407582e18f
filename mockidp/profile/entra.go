package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

const (
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	managerPath   = enterpriseURN + ":manager"
	// adscimGroup is a legacy marker without attributes that Entra lists in every group (entra.md section 5).
	adscimGroup = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
	// waadRole is the type of the roles that Entra's role expressions make (entra.md 2.2).
	waadRole = "WindowsAzureActiveDirectoryRole"
)

// op writes an operation's name in the letter case of the dialect: capital by default, lower under the flag (entra.md 3.2).
func (in input) op(name string) string {
	if in.trait("opCase") == "capital" {
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return name
}

// entraCreateUser is Entra's POST: the enterprise schema is listed whether used or not, custom extensions are
// not listed although they are sent, meta.resourceType and roles are always there (entra.md 2.2).
func entraCreateUser(in input, who map[string]any) ([]byte, error) {
	fs := in.profile.fill(in.profile.Users, who, "create")
	body := object().set("schemas", array(leaf(scim.SchemaUser), leaf(enterpriseURN)))
	for _, f := range fs {
		switch {
		case f.m.at.attr == "roles":
			continue
		case f.m.Type == "reference" && !in.traitOn("managerOnCreate"):
			continue
		case f.m.Type == "boolean":
			f.m.at.place(body, in.boolean(f.v, in.trait("createBooleans")))
		case f.m.Type == "list":
			f.m.at.place(body, listValue(f.v))
		default:
			f.m.at.place(body, fromAny(f.v))
		}
	}
	body.set("meta", object().set("resourceType", leaf("User")))
	body.set("roles", rolesOnCreate(in.trait("roles"), who["roles"]))
	body.arrange("schemas", "externalId", "userName", "active")
	if n := body.get("name"); n != nil {
		n.arrange("formatted", "familyName", "givenName")
	}
	return body.bytes(), nil
}

// arrange sorts the members of an object as Entra's document prints them: the given ones first, then by name, extensions last; so do the entries
// of its lists.
func (t *tree) arrange(first ...string) {
	slices.SortStableFunc(t.members, func(a, b member) int {
		if ra, rb := arrangeRank(a.key, first), arrangeRank(b.key, first); ra != rb {
			return ra - rb
		}
		if arrangeRank(a.key, first) < len(first) {
			return 0
		}
		return strings.Compare(a.key, b.key)
	})
	for _, m := range t.members {
		if m.val.kind != 'a' || m.key == "roles" {
			continue
		}
		for _, it := range m.val.items {
			if it.kind == 'o' {
				it.arrange()
			}
		}
	}
}

func arrangeRank(k string, first []string) int {
	if i := slices.Index(first, k); i >= 0 {
		return i
	}
	if strings.HasPrefix(k, "urn:") {
		return len(first) + 1
	}
	return len(first)
}

// boolean writes a boolean as the trait says: native, string ("True", "False") or lower ("true", "false").
func (in input) boolean(v any, form string) *tree {
	on := strings.EqualFold(text(v), "true")
	switch form {
	case "string":
		if on {
			return leaf("True")
		}
		return leaf("False")
	case "lower":
		return leaf(fmt.Sprint(on))
	}
	return leaf(on)
}

func listValue(v any) *tree {
	a := array()
	for _, x := range asList(v) {
		if asMap(x) == nil {
			a.items = append(a.items, object().set("value", fromAny(text(x))))
			continue
		}
		a.items = append(a.items, fromAny(x))
	}
	if len(a.items) == 0 && asList(v) == nil {
		a.items = append(a.items, object().set("value", fromAny(text(v))))
	}
	return a
}

func entraCreateGroup(in input, g map[string]any) []byte {
	body := object().
		set("schemas", array(leaf(scim.SchemaGroup), leaf(adscimGroup))).
		set("externalId", fromAny(g["id"])).
		set("displayName", fromAny(g["name"])).
		set("meta", object().set("resourceType", leaf("Group")))
	return body.bytes()
}

// buildMembersRemove takes members out: the legacy form names them in value, the flagged one in the path (entra.md section 5).
func buildMembersRemove(in input) ([]byte, error) {
	gone := in.people("members")
	if in.trait("memberRemove") != "filter" {
		return patchMessage(operation(in.op("remove"), "members", in.memberList(gone))), nil
	}
	var ops []*tree
	for _, p := range gone {
		ops = append(ops, operation(in.op("remove"), memberPath(p), nil))
	}
	return patchMessage(ops...), nil
}

// buildPatchActive disables or restores a user by PATCH.
func buildPatchActive(in input) ([]byte, error) {
	op := in.trait("activeOp")
	if op == "" {
		op = "replace"
	}
	v := in.boolean(in.args["active"], in.trait("booleans"))
	if in.trait("activePath") == "none" {
		return patchMessage(operation(in.op(op), "", object().set("active", v))), nil
	}
	return patchMessage(operation(in.op(op), "active", v)), nil
}

// buildPatchUser is Entra's update: one operation for each mapped attribute that differs.
func buildPatchUser(in input) ([]byte, error) {
	ops, err := entraUserOps(in)
	if err != nil {
		return nil, err
	}
	return patchMessage(in.envelope(ops)...), nil
}

// userOp is one attribute that an update writes.
type userOp struct {
	name  string // add, replace, remove
	path  string
	value *tree
	alone bool // has a path also under the flag: value paths, references, lists
}

// envelope makes the operations of the dialect: one for each path, or, under the flag, value paths first and the rest
// in one operation without path for each kind (entra.md 3.2). A single plain attribute keeps its path there too.
func (in input) envelope(us []userOp) []*tree {
	var ops []*tree
	if !in.traitOn("pathless") {
		for _, u := range us {
			ops = append(ops, operation(in.op(u.name), u.path, u.value))
		}
		return ops
	}
	var plain []userOp
	for _, u := range us {
		if u.alone || u.name == "remove" {
			ops = append(ops, operation(in.op(u.name), u.path, u.value))
			continue
		}
		plain = append(plain, u)
	}
	for _, name := range []string{"add", "replace"} {
		var same []userOp
		for _, u := range plain {
			if u.name == name {
				same = append(same, u)
			}
		}
		switch {
		case len(same) == 1:
			ops = append(ops, operation(in.op(name), same[0].path, same[0].value))
		case len(same) > 1:
			v := object()
			for _, u := range same {
				v.set(u.path, u.value)
			}
			ops = append(ops, operation(in.op(name), "", v))
		}
	}
	return ops
}

// entraUserOps compares what the mappings give with what the target has and lists the differences. With
// changes given, only attributes that depend on a changed directory attribute are looked at: an incremental cycle exports
// changes, it does not repair drift.
func entraUserOps(in input) ([]userOp, error) {
	who, err := in.person()
	if err != nil {
		return nil, err
	}
	var have *tree
	if in.args["current"] != nil && in.args["current"] != "" {
		if have, err = in.current(); err != nil {
			return nil, err
		}
	}
	before := asMap(in.args["person"])
	cs := changesOf(before, in.args["changes"])
	old := map[string]any{}
	for k, v := range before {
		old[k] = v
	}
	for k, c := range cs {
		old[k] = c.old
	}
	was, is := in.profile.values(old), in.profile.values(who)
	touched := map[string]bool{} // entries of lists whose own value changed: what accompanies them goes along
	var out []userOp
	for i := range in.profile.Users {
		m := &in.profile.Users[i]
		if m.Apply == "create" {
			continue
		}
		changed := !sameValue(was[m], is[m])
		if changed && m.at.fAttr != "" {
			touched[m.entry()] = true
		}
		if cs != nil && !changed && !(m.HasConst && touched[m.entry()]) {
			continue
		}
		out = append(out, in.differences(m, was[m], is[m], have, cs != nil)...)
	}
	return out, nil
}

// values are what the mappings of an update give for a person; a mapping without a value is absent.
func (p *Profile) values(who map[string]any) map[*Mapping]any {
	out := map[*Mapping]any{}
	for _, f := range p.fill(p.Users, who, "update") {
		out[f.m] = f.v
	}
	return out
}

// differences are the operations for one mapping.
func (in input) differences(m *Mapping, was, is any, have *tree, changed bool) []userOp {
	if m.at.attr == "roles" && m.Source == "roles" {
		return in.roleOps(is, have)
	}
	at := m.at.find(have)
	if is == nil {
		return in.cleared(m, was, at, changed)
	}
	if have != nil && !changed && in.agrees(m, at, is) {
		return nil
	}
	name := "replace"
	switch {
	case m.Type == "list", in.trait("opOnExisting") == "add":
		name = "add"
	case have != nil && at.absent(), have == nil && was == nil:
		name = "add"
	}
	u := userOp{name: name, path: m.Target, value: fromAny(is), alone: m.at.fAttr != ""}
	switch m.Type {
	case "boolean":
		u.value = in.boolean(is, in.trait("booleans"))
	case "list":
		u.value, u.alone = listValue(is), true
	case "reference":
		u.value, u.alone = fromAny(text(is)), true
		if in.trait("managerForm") == "document" {
			u.path = m.at.attr
			u.value = array(object().set("$ref", fromAny(in.args["ref"])).set("value", fromAny(text(is))))
		}
	}
	return []userOp{u}
}

// absent: there is no value in the target (null counts as none, RFC 7643 section 2.5).
func (t *tree) absent() bool {
	return t == nil || t.kind == 's' && t.scalar == nil || t.kind == 'a' && len(t.items) == 0
}

// agrees: the target has the value already. A manager is compared by its value; one that comes back
// as a bare string is not recognised and is written again in each cycle (entra.md 3.4).
func (in input) agrees(m *Mapping, at *tree, is any) bool {
	switch m.Type {
	case "reference":
		return at.get("value").str() == text(is)
	case "boolean":
		return at != nil && at.kind == 's' && strings.EqualFold(fmt.Sprint(at.scalar), text(is))
	case "list":
		return at != nil && scim.Equal(at.goValue(), listValue(is).goValue())
	}
	return at != nil && sameValue(at.goValue(), is)
}

// cleared: nothing is sent by default, null values are not flowed outbound (entra.md 3.6). The two shapes that were seen are
// traits.
func (in input) cleared(m *Mapping, was any, at *tree, changed bool) []userOp {
	if !changed || was == nil {
		return nil
	}
	switch in.trait("clear") {
	case "remove":
		v := fromAny(was)
		if at != nil {
			v = at
		}
		return []userOp{{name: "remove", path: m.Target, value: v}}
	case "empty":
		return []userOp{{name: "replace", path: m.Target, value: leaf(""), alone: m.at.fAttr != ""}}
	}
	return nil
}
