package profile

import (
	"bytes"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// buildCreateUser makes the body of POST /Users. Okta and Entra differ only in what their mappings
// and traits say: order of members, whether the enterprise schema is always listed, resourceType.
func buildCreateUser(in input) ([]byte, error) {
	who, err := in.person()
	if err != nil {
		return nil, err
	}
	if in.trait("client") == "entra" {
		return entraCreateUser(in, who)
	}
	fs := in.profile.fill(in.profile.Users, who, "create")
	body := object().set("schemas", schemasOf(scim.SchemaUser, fs, func(string) bool { return true }))
	for _, f := range fs {
		f.m.at.place(body, fromAny(f.v))
	}
	return body.bytes(), nil
}

// buildWholeUser is the PUT of clients that send everything they know and read nothing before: authentik, OneLogin, JumpCloud
// and most others. The trait idInPut says where the id stands: first, last or none.
func buildWholeUser(in input) ([]byte, error) {
	who, err := in.person()
	if err != nil {
		return nil, err
	}
	fs := in.profile.fill(in.profile.Users, who, "update")
	body := object()
	if in.trait("idInPut") == "first" {
		body.set("id", fromAny(who["target"]))
	}
	body.set("schemas", schemasOf(scim.SchemaUser, fs, func(string) bool { return true }))
	for _, f := range fs {
		f.m.at.place(body, fromAny(f.v))
	}
	if in.trait("idInPut") == "last" {
		body.set("id", fromAny(who["target"]))
	}
	return body.bytes(), nil
}

// buildPutUser is Okta's profile push: the server's own JSON with the mapped leaves written over it (okta.md
// section 3). Members of the server keep their order and their values, read-only ones included; what is missing is appended in
// the order of the mappings. An attribute that was emptied in the directory is taken out, so that the PUT clears it.
func buildPutUser(in input) ([]byte, error) {
	who, err := in.person()
	if err != nil {
		return nil, err
	}
	root, err := in.current()
	if err != nil {
		return nil, err
	}
	cs := changesOf(asMap(in.args["person"]), in.args["changes"])
	for i := range in.profile.Users {
		m := &in.profile.Users[i]
		if c, changed := cs[m.Source]; changed && m.Source != "" && m.Apply != "create" && text(c.new) == "" {
			m.at.remove(root)
			dropHollow(root, m.at)
		}
	}
	fs := in.profile.fill(in.profile.Users, who, "update")
	for _, f := range fs {
		if f.m.at.fAttr != "" {
			adoptElement(root, f, fs)
		}
		f.m.at.place(root, fromAny(f.v))
		addSchema(root, f.m.at.urn)
	}
	return root.bytes(), nil
}

// adoptElement marks the entry of the server's list that an overlay is meant for. Okta reads the primary entry and looks entries up by
// type (okta.md 5 and 7.1), and a server may have given neither: a sole entry without both is taken for it (C3).
func adoptElement(root *tree, f filled, all []filled) {
	h := f.m.at.holder(root, false)
	list := h.get(f.m.at.attr)
	if list == nil || list.kind != 'a' || f.m.at.element(list) != nil {
		return
	}
	typ := ""
	for _, o := range all {
		if o.m.entry() == f.m.entry() && o.m.at.sub == "type" {
			typ = text(o.v)
		}
	}
	for _, it := range list.items {
		same := it.kind == 'o' && typ != "" && it.get("type").str() == typ
		bare := it.kind == 'o' && len(list.items) == 1 && it.get("type") == nil && it.get("primary") == nil
		if same || bare {
			it.set(f.m.at.fAttr, leaf(f.m.at.fVal))
			return
		}
	}
}

// dropHollow removes the entry of a list that has lost its value, and the list with its last entry.
func dropHollow(root *tree, at target) {
	h := at.holder(root, false)
	list := h.get(at.attr)
	if at.fAttr == "" || at.sub != "value" || list == nil || list.kind != 'a' {
		return
	}
	el := at.element(list)
	if el == nil || el.get("value") != nil {
		return
	}
	kept := list.items[:0]
	for _, it := range list.items {
		if it != el {
			kept = append(kept, it)
		}
	}
	if list.items = kept; len(kept) == 0 {
		h.del(at.attr)
	}
}

// addSchema appends an extension's URN to the server's schemas, where there are any.
func addSchema(root *tree, urn string) {
	schemas := root.get("schemas")
	if urn == "" || schemas == nil || schemas.kind != 'a' {
		return
	}
	for _, s := range schemas.items {
		if strings.EqualFold(s.str(), urn) {
			return
		}
	}
	schemas.items = append(schemas.items, leaf(urn))
}

// buildPutActive is Okta's (de)activation by PUT: what the server gave, with `active` flipped and nothing else, appended where it
// is missing, whatever the JSON is (C3, C4: a ListResponse came back as one).
func buildPutActive(in input) ([]byte, error) {
	root, err := in.current()
	if err != nil {
		return nil, err
	}
	on, _ := in.args["active"].(bool)
	return root.set("active", leaf(on)).bytes(), nil
}

// buildPutPassword is the password sync of the PUT dialect. The body was never published; by analogy it is the
// server's own JSON with the password written over it.
func buildPutPassword(in input) ([]byte, error) {
	root, err := in.current()
	if err != nil {
		return nil, err
	}
	return root.set("password", leaf(text(in.args["password"]))).bytes(), nil
}

// buildCreateGroup makes the body of POST /Groups.
func buildCreateGroup(in input) ([]byte, error) {
	g, err := in.group()
	if err != nil {
		return nil, err
	}
	if in.trait("client") == "entra" {
		return entraCreateGroup(in, g), nil
	}
	return object().
		set("schemas", array(leaf(scim.SchemaGroup))).
		set("displayName", fromAny(g["name"])).
		set("members", in.memberList(in.people("members"))).bytes(), nil
}

// buildPutGroup is Okta's whole-group PUT: the server's JSON with displayName and the full list of
// members written over it (okta.md 6.4).
func buildPutGroup(in input) ([]byte, error) {
	g, err := in.group()
	if err != nil {
		return nil, err
	}
	root, err := in.current()
	if err != nil {
		return nil, err
	}
	root.set("displayName", fromAny(g["name"]))
	if in.args["members"] == nil { // a rename: the members go back as the server gave them
		return root.bytes(), nil
	}
	return root.set("members", in.memberList(in.people("members"))).bytes(), nil
}

// memberList writes members as the client does: value is the target's id, display the userName or
// null (okta.md 6.2 and 6.4), or Entra's value with or without a null $ref.
func (in input) memberList(people []any) *tree {
	a := array()
	for _, p := range people {
		m := object()
		id := fromAny(text(asMap(p)["target"]))
		switch in.trait("memberShape") {
		case "value-display":
			m.set("value", id).set("display", memberDisplay(asMap(p)))
		case "value-ref": // a relative reference (mitodl/keycloak-scim)
			m.set("value", id).set("$ref", leaf("Users/"+text(asMap(p)["target"])))
		case "ref-value":
			m.set("$ref", leaf(nil)).set("value", id)
		default:
			m.set("value", id)
		}
		a.items = append(a.items, m)
	}
	return a
}

func memberDisplay(p map[string]any) *tree {
	if s := text(p["login"]); s != "" {
		return leaf(s)
	}
	return leaf(nil)
}

// buildMembersAdd is one operation that adds members.
func buildMembersAdd(in input) ([]byte, error) {
	return patchMessage(operation(in.op("add"), "members", in.memberList(in.people("members")))), nil
}

// buildMembersChange is Okta's P3: one remove for each member that goes, first, then a single add (okta.md 6.3).
func buildMembersChange(in input) ([]byte, error) {
	var ops []*tree
	for _, p := range in.people("remove") {
		ops = append(ops, operation(in.op("remove"), memberPath(p), nil))
	}
	if add := in.people("add"); len(add) > 0 {
		ops = append(ops, operation(in.op("add"), "members", in.memberList(add)))
	}
	return patchMessage(ops...), nil
}

// buildMembersSet replaces all members. The trait setMembers chooses the shape: path (P4, P5), pathless
// (P6) or group (P7: with id and displayName).
func buildMembersSet(in input) ([]byte, error) {
	g, err := in.group()
	if err != nil {
		return nil, err
	}
	members := in.memberList(in.people("members"))
	switch in.trait("setMembers") {
	case "pathless":
		return patchMessage(operation(in.op("replace"), "", object().set("members", members))), nil
	case "group":
		v := object().set("members", members).set("id", fromAny(g["target"])).set("displayName", fromAny(g["name"]))
		return patchMessage(operation(in.op("replace"), "", v)), nil
	}
	return patchMessage(operation(in.op("replace"), "members", members)), nil
}

func memberPath(p any) string {
	var b bytes.Buffer
	b.WriteString("members[value eq ")
	writeString(&b, text(asMap(p)["target"]))
	b.WriteByte(']')
	return b.String()
}
