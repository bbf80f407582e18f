package profile

import (
	"bytes"
	"maps"
)

// buildPatchChanges is the PATCH of clients that send what changed and have read nothing before: for each mapping whose value is another
// one after the changes, one replace. Without changes, or where none of them is mapped, everything that has a value is written. The trait
// patchForm says how sub-attributes go: "path" has one operation for each (name.familyName), "object" one for the complex attribute, with the changed
// members alone, which a server must merge. What was emptied is not sent.
func buildPatchChanges(in input) ([]byte, error) {
	after, err := in.person()
	if err != nil {
		return nil, err
	}
	before := maps.Clone(asMap(in.args["person"]))
	for name, c := range changesOf(before, in.args["changes"]) {
		before[name] = c.old
	}
	fs := in.profile.fill(in.profile.Users, after, "update")
	var changed []filled
	for _, f := range fs {
		if was := in.profile.value(f.m, before); was == nil || !bytes.Equal(fromAny(was).bytes(), fromAny(f.v).bytes()) {
			changed = append(changed, f)
		}
	}
	if len(changed) == 0 {
		changed = fs
	}
	var ops []*tree
	objects := map[string]*tree{}
	for _, f := range changed {
		at, path := f.m.at, f.m.Target
		if at.attr == "schemas" {
			continue
		}
		if at.sub == "" || at.fAttr != "" || in.trait("patchForm") != "object" {
			ops = append(ops, operation(in.op("replace"), path, fromAny(f.v)))
			continue
		}
		path = at.attr
		if at.urn != "" {
			path = at.urn + ":" + at.attr
		}
		if objects[path] == nil {
			objects[path] = object()
			ops = append(ops, operation(in.op("replace"), path, objects[path]))
		}
		objects[path].set(at.sub, fromAny(f.v))
	}
	return patchMessage(ops...), nil
}
