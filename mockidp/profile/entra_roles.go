package profile

// role reads a role of the directory: a name, or {id, value, displayName}.
func role(v any) (id, value, display string) {
	m := asMap(v)
	if m == nil {
		return "", text(v), text(v)
	}
	value, display = text(m["value"]), text(m["displayName"])
	if display == "" {
		display = value
	}
	return text(m["id"]), value, display
}

func rolesOnCreate(shape string, roles any) *tree {
	a := array()
	list := asList(roles)
	switch shape {
	case "single":
		if len(list) > 0 {
			_, value, _ := role(list[0])
			a.items = append(a.items, object().set("primary", leaf(true)).set("type", leaf(waadRole)).set("value", leaf(value)))
		}
	case "complex", "assertive":
		for _, r := range list {
			_, value, display := role(r)
			name := "displayName"
			if shape == "assertive" {
				name = "display"
			}
			a.items = append(a.items, object().set("primary", leaf(false)).set("type", leaf(waadRole)).set(name, leaf(display)).set("value", leaf(value)))
		}
	}
	return a
}

// roleOps writes roles in the shape of the role expression that the tenant maps (entra.md 3.5).
func (in input) roleOps(is any, have *tree) []userOp {
	list := asList(is)
	if len(list) == 0 {
		return nil
	}
	_, value, display := role(list[0])
	switch in.trait("roles") {
	case "single":
		name := "replace"
		at := target{attr: "roles", fAttr: "primary", fVal: "True", sub: "value"}
		if at.find(have).absent() {
			name = "add"
		}
		return []userOp{{name: name, path: `roles[primary eq "True"].value`, value: leaf(value), alone: true}}
	case "value-paths":
		path := func(sub string) string { return `roles[primary eq "True"].` + sub }
		return []userOp{
			{name: "replace", path: path("value"), value: leaf(value), alone: true},
			{name: "replace", path: path("display"), value: leaf(display), alone: true},
			{name: "replace", path: path("type"), value: leaf(waadRole), alone: true}}
	case "complex":
		if in.traitOn("pathless") { // the flag takes the mismatch between POST and PATCH away
			return []userOp{{name: "add", path: "roles", value: rolesOnCreate("complex", is), alone: true}}
		}
		return []userOp{{name: "add", path: "roles", value: rolesAsJSON(list), alone: true}}
	case "assertive":
		return []userOp{{name: "replace", path: "roles", value: rolesOnCreate("assertive", is), alone: true}}
	}
	return nil
}

// rolesAsJSON puts each role as JSON text into value: what AppRoleAssignmentsComplex sends by PATCH.
func rolesAsJSON(list []any) *tree {
	a := array()
	for _, r := range list {
		id, value, display := role(r)
		inner := object().set("id", leaf(id)).set("value", leaf(value)).set("displayName", leaf(display))
		a.items = append(a.items, object().set("value", leaf(string(inner.bytes()))))
	}
	return a
}
