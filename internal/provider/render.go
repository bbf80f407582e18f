package provider

import (
	"hash/fnv"
	"strconv"
	"time"
)

// timeFormat is xsd:dateTime in UTC with milliseconds (RFC 7643 section 2.3.5).
const timeFormat = "2006-01-02T15:04:05.000Z"

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(timeFormat) }

// view is how one client sees resources: which root its URIs have and which attributes it asked for.
type view struct {
	p    *Provider
	t    *tenant
	root string
	proj *projection // nil: everything that is returned by default
}

func (c *call) view(proj *projection) *view {
	return &view{p: c.p, t: c.tenant, root: c.root(), proj: proj}
}

// location is the URI of a resource.
func (v *view) location(r *record) string {
	return v.root + r.kind.rt.Endpoint + "/" + urlSegment(r.id)
}

// etag is the version of a resource as it is shown: the count of its own changes, and for a User with memberships the state
// of those too, because they are part of the representation that a conditional GET would save.
func (v *view) etag(r *record) string {
	tag := strconv.FormatUint(uint64(r.version), 36)
	if r.kind.rt.Name == "User" {
		if direct, indirect := v.p.groupsOf(v.t, r.id); len(direct) > 0 {
			h := fnv.New32a()
			for _, list := range [][]*record{direct, indirect} {
				for _, g := range list {
					_, _ = h.Write([]byte(g.id)) // hash.Hash never fails
					_, _ = h.Write([]byte(displayOf(g)))
				}
			}
			tag += "-" + strconv.FormatUint(uint64(h.Sum32()), 36)
		}
	}
	if v.p.has("strong-etags") {
		return `"` + tag + `"`
	}
	return `W/"` + tag + `"`
}

// append writes the JSON of a resource. Without projection the stored bytes are used as they are, and only what the provider
// knows is put around them.
func (v *view) append(b []byte, r *record) []byte {
	if v.slow(r) {
		return appendValue(b, v.project(r))
	}
	b = append(b, `{"id":`...)
	b = appendString(b, r.id)
	if len(r.body) > 2 {
		b = append(b, ',')
		b = append(b, r.body[1:len(r.body)-1]...)
	}
	b = v.appendComputed(b, r)
	b = append(b, `,"meta":`...)
	return append(v.appendMeta(b, r), '}')
}

// slow tells whether a resource has to be taken apart before it can be shown.
func (v *view) slow(r *record) bool {
	return v.proj != nil || r.refs || v.p.has("emails-on-request") && r.kind.rt.Name == "User"
}

func (v *view) appendComputed(b []byte, r *record) []byte {
	switch r.kind.rt.Name {
	case "User":
		direct, indirect := v.p.groupsOf(v.t, r.id)
		if len(direct) > 0 && !v.p.has("user-groups-empty") && !v.p.has("groups-writable") {
			b = append(b, `,"groups":`...)
			b = v.appendGroups(b, direct, indirect)
		}
	case "Group":
		if r.members != nil && !v.p.has("members-on-request") && !v.p.has("members-never-returned") {
			b = append(b, `,"members":`...)
			b = v.appendMembers(b, r.members)
		}
	}
	return b
}

func (v *view) appendGroups(b []byte, direct, indirect []*record) []byte {
	b = append(b, '[')
	for i, list := range [][]*record{direct, indirect} {
		for j, g := range list {
			if i+j > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"value":`...)
			b = appendString(b, g.id)
			b = append(b, `,"$ref":`...)
			b = appendString(b, v.location(g))
			b = append(b, `,"display":`...)
			b = appendString(b, displayOf(g))
			b = append(b, `,"type":`...)
			b = appendString(b, [2]string{"direct", "indirect"}[i])
			b = append(b, '}')
		}
	}
	return append(b, ']')
}

func (v *view) appendMembers(b []byte, m *membership) []byte {
	b = append(b, '[')
	for i, e := range m.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"value":`...)
		b = appendString(b, e.id)
		b = append(b, `,"$ref":`...)
		b = appendString(b, v.root+e.kind.rt.Endpoint+"/"+urlSegment(e.id))
		if e.display != "" {
			b = append(b, `,"display":`...)
			b = appendString(b, e.display)
		}
		b = append(b, `,"type":`...)
		b = appendString(b, e.kind.rt.Name)
		b = append(b, '}')
	}
	return append(b, ']')
}

func (v *view) appendMeta(b []byte, r *record) []byte {
	b = append(b, `{"resourceType":`...)
	b = appendString(b, r.kind.rt.Name)
	b = append(b, `,"created":"`...)
	b = time.UnixMilli(r.created).UTC().AppendFormat(b, timeFormat)
	b = append(b, `","lastModified":"`...)
	b = time.UnixMilli(r.modified).UTC().AppendFormat(b, timeFormat)
	b = append(b, `","location":`...)
	b = appendString(b, v.location(r))
	if !v.p.noETags() {
		b = append(b, `,"version":`...)
		b = appendString(b, v.etag(r))
	}
	return append(b, '}')
}

// tree is the whole resource as an object, computed attributes included: what filters, sorting and projections look at.
func (v *view) tree(r *record) object {
	o := decodeOwn(r.body)
	if o == nil {
		o = object{}
	}
	o["id"] = r.id
	v.addComputed(o, r, &wanted{meta: true, groups: true, members: !v.proj.drops("members")})
	return o
}

// addComputed puts in what is not stored: groups, members, manager.$ref and meta.
func (v *view) addComputed(o object, r *record, w *wanted) {
	switch r.kind.rt.Name {
	case "User":
		direct, indirect := v.p.groupsOf(v.t, r.id)
		if w.groups && len(direct) > 0 && !v.p.has("user-groups-empty") {
			o["groups"] = v.groupTree(direct, indirect)
		}
		if r.refs {
			v.refTree(o)
		}
	case "Group":
		if w.members && r.members != nil {
			o["members"] = v.memberTree(r.members)
		}
	}
	if w.meta {
		o["meta"] = v.metaTree(r)
	}
}

func (v *view) metaTree(r *record) object {
	meta := object{"resourceType": r.kind.rt.Name, "created": stamp(r.created), "lastModified": stamp(r.modified), "location": v.location(r)}
	if !v.p.noETags() {
		meta["version"] = v.etag(r)
	}
	return meta
}

func (v *view) groupTree(direct, indirect []*record) []any {
	var out []any
	for i, list := range [][]*record{direct, indirect} {
		for _, g := range list {
			out = append(out, object{"value": g.id, "$ref": v.location(g), "display": displayOf(g), "type": [2]string{"direct", "indirect"}[i]})
		}
	}
	return out
}

func (v *view) memberTree(m *membership) []any {
	out := make([]any, 0, len(m.list))
	for _, e := range m.list {
		o := object{"value": e.id, "$ref": v.root + e.kind.rt.Endpoint + "/" + urlSegment(e.id), "type": e.kind.rt.Name}
		if e.display != "" {
			o["display"] = e.display
		}
		out = append(out, o)
	}
	return out
}

// refTree completes the manager: where its value is a User of this tenant, $ref and displayName follow from that User.
func (v *view) refTree(o object) {
	for _, ext := range o {
		x, ok := ext.(object)
		if !ok {
			continue
		}
		m, ok := x["manager"].(object)
		if !ok {
			continue
		}
		id, _ := m["value"].(string)
		if boss := v.t.collections[0].byID[id]; boss != nil {
			m["$ref"] = v.location(boss)
			if name := displayOf(boss); name != "" {
				m["displayName"] = name
			}
		}
	}
}

func urlSegment(id string) string {
	for i := 0; i < len(id); i++ {
		b := id[i]
		if b != '-' && b != '_' && b != '.' && b != '~' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') {
			return escapeSegment(id)
		}
	}
	return id
}
